use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<'a, const D: usize>(a: Vector<D>) -> Sym<D>;

fn main() {}
