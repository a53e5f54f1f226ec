use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
async fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
