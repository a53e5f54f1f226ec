use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Vector<D>) -> Scalar {
    dot(a, a)
}

fn main() {}
