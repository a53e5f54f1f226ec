//! Emitted code is silent under every lint of a strict crate.

#![deny(missing_docs, warnings, clippy::pedantic, unused_qualifications, non_snake_case)]

/// A module.
pub mod maps {
    use eqt::prelude::*;

    /// Second moments.
    #[equivariant(O(D) * S(N), degree <= 4)]
    pub fn moments<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;

    /// In words of mathematics.
    #[equivariant(O(d): A: R^d, (R^d)^n -> S^d, degree <= 2)]
    pub fn in_the_grammar();
}

fn main() {}
