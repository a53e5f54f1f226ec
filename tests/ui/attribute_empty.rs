use eqt::equivariant;

#[equivariant]
fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

fn main() {}
