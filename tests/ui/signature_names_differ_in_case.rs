use eqt::equivariant;

#[equivariant(O(d) * O(D): R^d, R^D -> R, degree <= 2)]
fn f();

fn main() {}
