use eqt::equivariant;

#[equivariant(O(D), degree <= 99999999999)]
fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
