use eqt::equivariant;

#[equivariant(O(3))]
fn f(a: Vector<3>, b: Vector<3>) -> Vector<3> {
    cross(a, b)
}

fn main() {}
