use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Vector<D>, b: Matrix<4>) -> Sym<D>;

fn main() {}
