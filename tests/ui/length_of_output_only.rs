use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Vector<D>) -> [Sym<D>; n];

fn main() {}
