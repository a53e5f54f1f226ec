use eqt::equivariant;

#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Vector<D>, b: [Pseudo<AltTensor<10, D>>; n]) -> Vector<D>;

#[equivariant(O(3): a: (R^3 (x) Sym^9(R^3))^n, b: T^12(R^3) -> R^3, degree <= 2)]
fn g();

fn main() {}
