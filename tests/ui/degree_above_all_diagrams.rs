use eqt::equivariant;

#[equivariant(1, degree = 65)]
fn f(a: Scalar) -> Scalar;

fn main() {}
