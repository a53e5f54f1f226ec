//! Keywords, shadowed types and user types of the same name do no harm.

#![allow(dead_code, non_camel_case_types)]

use eqt::equivariant;

struct Vector;
struct Sym;
struct Option;
struct Vec;
struct Result;
struct f64;
trait Scalar {}

#[equivariant(O(3) * S(n), degree <= 2)]
pub(crate) fn r#type(r#in: [Vector<3>; n], out: Vector<3>, theta: Sym<3>) -> Sym<3>;

#[equivariant(O(T) * S(LEN), degree <= 2)]
fn basis<const T: usize, const LEN: usize>(value: [Vector<T>; LEN], dh: Scalar) -> Sym<T>;

#[equivariant(Sp(4), degree <= 2)]
fn call(a: Vector<4>, self_: Vector<4>) -> Scalar;

fn main() {
    assert!(r#type::LEN > 0 && basis::LEN > 0 && call::LEN > 0);
}
