use eqt::equivariant;

#[equivariant(O(3))]
fn f(a: Vector<3>) -> Scalar {
    dot(a, [1, 0, 0])
}

fn main() {}
