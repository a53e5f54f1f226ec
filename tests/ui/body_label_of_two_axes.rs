use eqt::equivariant;

#[equivariant(O(D) * S(N))]
fn f<const D: usize, const N: usize>(a: [Vector<D>; N], b: [Vector<D>; 2]) -> Scalar {
    sum(|i| dot(a[i], b[i]))
}

fn main() {}
