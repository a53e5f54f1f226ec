use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(D: Vector<D>) -> Vector<D>;

fn main() {}
