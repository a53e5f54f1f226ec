use eqt::equivariant;

#[equivariant(SO(3), degree <= 2)]
fn f(a: Pseudo<Vector<3>>) -> Vector<3>;

fn main() {}
