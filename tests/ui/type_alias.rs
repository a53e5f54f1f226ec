use eqt::equivariant;

type Points<const D: usize> = [eqt::Vector<D>; 3];

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Points<D>) -> Sym<D>;

fn main() {}
