//! Keywords of all editions, written raw, are names; in a signature they are written plainly.

use eqt::prelude::*;

#[equivariant(O(3), degree <= 2)]
fn r#gen(r#gen: Vector<3>, r#try: Vector<3>, r#async: Scalar, r#type: Vector<3>) -> Vector<3>;

#[equivariant(O(3))]
fn r#try(r#gen: Vector<3>, r#dyn: Scalar) -> Vector<3> {
    let r#match = r#dyn * r#gen;
    r#match + r#gen
}

#[equivariant(O(3), generators)]
fn r#async(r#gen: Vector<3>, r#ref: Vector<3>) -> Vector<3>;

#[equivariant(O(3): gen: R^3, try: (R^3)^gen -> R^3, degree <= 2)]
fn r#yield();

fn main() {
    assert!(r#gen::LEN > 0 && r#async::GENERATORS == 2 && r#yield::basis().len() > 0);
    assert_eq!(r#try(&Vector([1.0, 2.0, 3.0]), 2.0), Vector([3.0, 6.0, 9.0]));
}
