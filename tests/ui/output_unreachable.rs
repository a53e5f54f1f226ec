use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Sym<D>) -> Vector<D>;

fn main() {}
