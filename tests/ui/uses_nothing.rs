use eqt::equivariant;

#[equivariant(O(D), uses)]
fn f<const D: usize>(a: Vector<D>) -> Scalar {
    dot(a, a)
}

fn main() {}
