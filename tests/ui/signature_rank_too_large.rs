use eqt::equivariant;

#[equivariant(O(3): R^3 -> T^9(R^3), degree <= 2)]
fn f();

fn main() {}
