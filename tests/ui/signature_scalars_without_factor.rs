use eqt::equivariant;

#[equivariant(O(3): a: R^4 -> R, degree <= 1)]
fn f();

fn main() {}
