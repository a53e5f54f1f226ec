use eqt::equivariant;

#[equivariant(O(D))]
fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
