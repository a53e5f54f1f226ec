use eqt::equivariant;

#[equivariant(O(D))]
fn f<const D: usize>(a: Vector<D>, b: Vector<D>) -> Sym<D> {
    outer(a, b)
}

fn main() {}
