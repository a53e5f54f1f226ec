use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Product<[Vector<D>; 3], Vector<D>>) -> Sym<D>;

fn main() {}
