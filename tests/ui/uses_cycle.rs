use eqt::equivariant;

#[equivariant(O(D), uses(g))]
fn f<const D: usize>(a: Vector<D>) -> Scalar {
    g(a)
}

#[equivariant(O(D), uses(f))]
fn g<const D: usize>(a: Vector<D>) -> Scalar {
    f(a)
}

fn main() {}
