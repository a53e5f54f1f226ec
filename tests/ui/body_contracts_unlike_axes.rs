use eqt::equivariant;

#[equivariant(O(D) * S(N))]
fn f<const D: usize, const N: usize>(a: [Vector<D>; N], m: Matrix<D>, c: Scalar) -> Scalar {
    sum(|i| contract(a[i], a))
}

fn main() {}
