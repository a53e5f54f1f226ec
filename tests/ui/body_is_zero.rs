use eqt::equivariant;

#[equivariant(Sp(4))]
fn f(a: Vector<4>) -> Scalar {
    dot(a, a)
}

fn main() {}
