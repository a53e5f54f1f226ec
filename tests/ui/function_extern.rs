use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
extern "C" fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
