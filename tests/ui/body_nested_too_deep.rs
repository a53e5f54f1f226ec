use eqt::equivariant;

#[equivariant(1)]
#[allow(unused_parens)]
fn f(c: Scalar) -> Scalar {
    ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((c))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
}

fn main() {}
