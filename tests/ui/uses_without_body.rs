use eqt::equivariant;

#[equivariant(O(D), degree <= 2, uses(g))]
fn f<const D: usize>(a: Vector<D>) -> Scalar;

fn main() {}
