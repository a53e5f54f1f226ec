use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Pseudo<[Vector<D>; 3]>) -> Sym<D>;

fn main() {}
