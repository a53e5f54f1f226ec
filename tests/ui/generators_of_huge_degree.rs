use eqt::equivariant;

#[equivariant(O(3): (S^3)^0 -> R^3, generators, degree <= 20000)]
fn f();

fn main() {}
