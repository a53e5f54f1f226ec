use eqt::prelude::*;

#[equivariant(O(D) * S(N))]
fn f<const D: usize, const N: usize>(a: [Vector<D>; N], c: Scalar) -> Sym<D> {
    c * sum(|i| outer(a[i], b[i]))
}

fn main() {
    let a = [Vector([1.0, 2.0])];
    let h: Sym<2> = f(&a, 1.0);
    let _: f64 = f::gradient(&a, 1.0, &h).c + f::parameter_gradient(&a, 1.0, &h).c;
}
