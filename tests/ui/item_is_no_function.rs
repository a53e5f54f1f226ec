use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
struct Map;

fn main() {}
