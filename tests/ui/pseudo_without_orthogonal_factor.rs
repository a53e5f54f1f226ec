use eqt::equivariant;

#[equivariant(Sp(D), degree <= 2)]
fn f<const D: usize>(a: Pseudo<Vector<D>>) -> Sym<D>;

fn main() {}
