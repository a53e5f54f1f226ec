use eqt::equivariant;

#[equivariant(O(D))]
fn f<const D: usize>(a: Vector<D>, w: [Scalar; 2]) -> Vector<D> {
    w[2] * a
}

fn main() {}
