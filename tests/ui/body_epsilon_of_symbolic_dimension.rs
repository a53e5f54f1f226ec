use eqt::equivariant;

#[equivariant(O(D))]
fn f<const D: usize>(a: Vector<D>) -> Scalar {
    dot(epsilon(), epsilon())
}

fn main() {}
