//! Every type of signatures, and every group.

use eqt::prelude::*;

#[equivariant(O(1, 3), degree <= 2)]
fn lorentz(p: Vector<4>, f: Alt<4>) -> Sym0<4>;

#[equivariant(Sp(D), degree = 2)]
fn symplectic<const D: usize>(x: Vector<D>) -> Sym<D>;

#[equivariant(O(3), degree <= 2)]
fn pseudo(a: Vector<3>, b: Pseudo<Vector<3>>) -> Pseudo<Vector<3>>;

#[equivariant(SO(3), degree <= 2)]
fn ranked(t: SymTensor<3, 3>, v: Vector<3>) -> Tensor<3, 3>;

#[equivariant(O(3) * O(2), degree <= 2)]
fn product(x: Product<Vector<3>, Vector<2>>) -> Product<Sym<3>, Matrix<2>>;

#[equivariant(S(N), degree <= 2)]
fn permutations<const N: usize>(x: Vector<N>, y: [Scalar; N]) -> Vector<N>;

#[equivariant(1, degree <= 2)]
fn free(x: [Scalar; 3]) -> Scalar;

fn main() {
    assert!(lorentz::LEN > 0 && symplectic::LEN > 0 && pseudo::LEN > 0 && ranked::LEN > 0);
    assert!(product::LEN > 0 && permutations::LEN > 0 && free::LEN > 0);
}
