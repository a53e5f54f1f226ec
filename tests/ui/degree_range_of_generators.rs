use eqt::equivariant;

#[equivariant(O(D), degree = 1..3, generators)]
fn f<const D: usize>(a: Vector<D>) -> Vector<D>;

fn main() {}
