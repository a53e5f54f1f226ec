use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Tensor<3>) -> Sym<D>;

fn main() {}
