use eqt::equivariant;

#[equivariant(O(d): R^d -> S^d, degree <= 2)]
fn f(a: Vector<3>);

fn main() {}
