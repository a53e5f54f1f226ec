use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(None: Vector<D>, Some: Vector<D>) -> Vector<D>;

fn main() {}
