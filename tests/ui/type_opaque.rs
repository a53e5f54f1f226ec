use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: impl Copy) -> Sym<D>;

fn main() {}
