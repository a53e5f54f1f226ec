use eqt::equivariant;

#[equivariant(O(3) * O(5), degree <= 2)]
fn f(a: Vector<3>) -> Scalar;

fn main() {}
