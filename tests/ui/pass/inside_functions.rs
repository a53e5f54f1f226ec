//! A map may be declared inside a function, and twice under one name in different ones.

use eqt::prelude::*;

fn first() -> f64 {
    #[equivariant(O(3), degree <= 2)]
    fn f(a: Vector<3>) -> Scalar;

    f(&[1.0; f::LEN], &Vector([1.0, 2.0, 3.0]))
}

fn second() -> usize {
    #[equivariant(SO(3), degree = 2)]
    fn f(a: Vector<3>, b: Vector<3>) -> Vector<3>;

    f::basis().len()
}

fn main() {
    assert_eq!(first(), 15.0);
    assert_eq!(second(), 1);
}
