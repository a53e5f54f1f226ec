use eqt::equivariant;

#[equivariant(1)]
fn f(c: Scalar) -> Scalar {
    #[cfg(any())]
    let c = pow(c, 2);
    c
}

fn main() {}
