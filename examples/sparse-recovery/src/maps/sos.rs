//! The two maps of the literature, as maps with a body.

use eqt::prelude::*;

/// Hopkins, Schramm, Shi, Steurer 2016.
#[equivariant(O(D) * S(n))]
pub(super) fn first<const D: usize>(a: [Vector<D>; n]) -> Sym<D> {
    sum(|i| (dot(a[i], a[i]) - D / n) * outer(a[i], a[i]))
}

/// Mao, Wein 2022.
#[equivariant(O(D) * S(n))]
pub(super) fn second<const D: usize>(a: [Vector<D>; n]) -> Sym<D> {
    sum(|i| (dot(a[i], a[i]) - (D - 1) / n) * outer(a[i], a[i])) - 3 * identity()
}
