use eqt::equivariant;

#[equivariant(O(d): Q^d -> S^d, degree <= 2)]
fn f();

fn main() {}
