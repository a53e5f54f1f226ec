use eqt::equivariant;

#[equivariant(O(d), degree <= 2)]
fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
