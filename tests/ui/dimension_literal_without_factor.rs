use eqt::equivariant;

#[equivariant(O(3), degree <= 1)]
fn f(a: Vector<3>) -> Vector<4>;

fn main() {}
