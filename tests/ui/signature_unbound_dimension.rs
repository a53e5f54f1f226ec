use eqt::equivariant;

#[equivariant(O(d): R^e -> S^d, degree <= 2)]
fn f();

fn main() {}
