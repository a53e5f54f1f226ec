use eqt::equivariant;

#[equivariant(O(3): self: R^3 -> R, degree <= 2)]
fn f();

fn main() {}
