use eqt::equivariant;

#[equivariant(O(3) * S(n): r: (R^3)^7 -> R, degree <= 2)]
fn f();

fn main() {}
