use eqt::equivariant;

#[equivariant(Sp(D), degree <= 2)]
fn f<const D: usize>(a: Vector<D>) -> Sym0<D>;

fn main() {}
