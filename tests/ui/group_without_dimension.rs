use eqt::equivariant;

#[equivariant(O * S(n), degree <= 2)]
fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
