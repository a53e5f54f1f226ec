use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize, const M: usize>(a: Vector<D>) -> Sym<D>;

fn main() {}
