use eqt::equivariant;

#[equivariant(O(3): pseudo (R^3)^n -> R, degree <= 2)]
fn f();

fn main() {}
