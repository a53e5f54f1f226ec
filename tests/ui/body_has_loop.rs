use eqt::equivariant;

#[equivariant(O(D) * S(N))]
fn f<const D: usize, const N: usize>(a: [Vector<D>; N], m: Matrix<D>, c: Scalar) -> Scalar {
    for i in 0..N { dot(a[i], a[i]) }
}

fn main() {}
