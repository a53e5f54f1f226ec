use eqt::equivariant;

#[equivariant(degree <= 2, O(D))]
fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
