use eqt::equivariant;

#[equivariant(O(D), degree <= 6, limit = 50)]
fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
