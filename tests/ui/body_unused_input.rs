use eqt::equivariant;

#[equivariant(O(D))]
fn f<const D: usize>(a: Vector<D>, b: Vector<D>) -> Scalar {
    dot(a, a)
}

fn main() {}
