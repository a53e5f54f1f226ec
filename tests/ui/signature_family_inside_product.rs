use eqt::equivariant;

#[equivariant(O(3): (R^3)^n (x) R^3 -> R, degree <= 2)]
fn f();

fn main() {}
