use eqt::equivariant;

#[equivariant(O(3), degree <= 2)]
fn f(a: Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Pseudo<Vector<3>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>) -> Scalar;

fn main() {}
