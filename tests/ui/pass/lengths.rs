//! Lengths may be numbers, const generics and run-time names, in both notations.

use eqt::prelude::*;

#[equivariant(O(D) * S(N), degree <= 2)]
fn generic<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;

#[equivariant(O(3) * S(4), degree <= 2)]
fn literal(a: [Vector<3>; 4]) -> Sym<3>;

#[equivariant(O(D) * S(n), degree <= 2, sizes(D = 3, n = 1000))]
fn run_time<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

#[equivariant(O(d) * S(n): (R^d)^n -> S^d, degree <= 2)]
fn in_the_grammar();

fn main() {
    let a = [Vector([1.0, 2.0, 3.0]), Vector([0.0, -1.0, 1.0]), Vector([2.0, 0.0, 0.0]), Vector([1.0, 1.0, 1.0])];
    let theta: [f64; generic::LEN] = std::array::from_fn(|b| b as f64 + 1.0);
    let h = generic(&theta, &a);
    assert_eq!(literal(&theta, &a), h);
    assert_eq!(run_time(&theta, &a), h);
    assert_eq!(in_the_grammar(&theta, &a), h);
}
