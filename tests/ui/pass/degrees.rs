//! Ranges of degrees have both ends.

use eqt::prelude::*;

#[equivariant(O(D) * S(n), degree = 1..3)]
fn range<const D: usize>(a: [Vector<D>; n]) -> Vector<D>;

#[equivariant(O(D) * S(n), degree = 1..=3)]
fn same<const D: usize>(a: [Vector<D>; n]) -> Vector<D>;

#[equivariant(O(D) * S(n), degree <= 3)]
fn all<const D: usize>(a: [Vector<D>; n]) -> Vector<D>;

#[equivariant(O(D) * S(n), degree = 0..3)]
fn from_zero<const D: usize>(a: [Vector<D>; n]) -> Vector<D>;

#[equivariant(O(D) * S(n), degree = 3..3)]
fn one<const D: usize>(a: [Vector<D>; n]) -> Vector<D>;

#[equivariant(O(D) * S(n), degree = 3)]
fn three<const D: usize>(a: [Vector<D>; n]) -> Vector<D>;

fn main() {
    let degrees: Vec<u32> = range::basis().iter().map(|element| element.degree).collect();
    assert_eq!((degrees.iter().min(), degrees.iter().max()), (Some(&1), Some(&3)));
    assert_eq!(range::basis().options, "degree 1..3");
    assert_eq!(range::basis().fingerprint(), same::basis().fingerprint());
    assert_eq!(all::basis().fingerprint(), from_zero::basis().fingerprint());
    assert_eq!(one::basis().fingerprint(), three::basis().fingerprint());
    assert_eq!(all::LEN, range::LEN, "no member has degree 0");
    assert_ne!(all::basis().fingerprint(), range::basis().fingerprint());
}
