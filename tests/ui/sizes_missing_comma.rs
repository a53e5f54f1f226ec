use eqt::equivariant;

#[equivariant(O(D), degree <= 2, sizes(D = 3 n = 4))]
fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
