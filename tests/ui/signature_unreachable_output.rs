use eqt::equivariant;

#[equivariant(O(d): (R^d)^n -> pseudo S^d, degree <= 2)]
fn f();

fn main() {}
