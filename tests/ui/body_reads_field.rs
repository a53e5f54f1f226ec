use eqt::equivariant;

#[equivariant(O(3))]
fn f(a: Vector<3>) -> Scalar {
    a.x
}

fn main() {}
