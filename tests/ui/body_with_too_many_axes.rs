use eqt::equivariant;

#[equivariant(O(2))]
fn f(t: Tensor<8, 2>) -> Scalar {
    pow(dot(t, t), 8)
}

fn main() {}
