use eqt::equivariant;

#[equivariant(O(D), degree = 1..)]
fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
