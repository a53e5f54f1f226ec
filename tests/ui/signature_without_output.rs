use eqt::equivariant;

#[equivariant(O(d): R^d, degree <= 2)]
fn f();

fn main() {}
