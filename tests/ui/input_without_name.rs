use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(_: Vector<D>) -> Sym<D>;

fn main() {}
