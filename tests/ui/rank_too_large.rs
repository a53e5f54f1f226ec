use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Vector<D>) -> Tensor<9, D>;

fn main() {}
