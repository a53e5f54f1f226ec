use eqt::equivariant;

#[equivariant(O(D) * S(n))]
fn gram<const D: usize>(a: [Vector<D>; n]) -> Sym<D> {
    sum(|i| outer(a[i], a[i]))
}

#[equivariant(O(D), uses(gram))]
fn f<const D: usize>(m: Sym<D>) -> Scalar {
    trace(gram(m))
}

fn main() {}
