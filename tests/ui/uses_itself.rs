use eqt::equivariant;

#[equivariant(O(D), uses(f))]
fn f<const D: usize>(a: Vector<D>) -> Scalar {
    f(a)
}

fn main() {}
