#![doc = include_str!("invariants.md")]
//!
//! # Example
//!
//! ```
//! use eqt_ir::basis::{Basis, Options};
//! use eqt_ir::map::Map;
//! use eqt_ir::optimise::{Wanted, compile_one, macs};
//! use eqt_ir::signature::{Sizes, parse_signature};
//!
//! // The sixteen matrices of degree 4 of n vectors in R^d, at n = 100 and d = 5.
//! let signature = parse_signature("O(d) * S(n): a: (R^d)^n -> S^d").unwrap();
//! let basis = Basis::new(&signature, &Options::exactly(4)).unwrap();
//! let sizes = Sizes::sample(&signature, &[]);
//! // Multiply-adds with every diagram by its own best tree, and in one program that shares what is alike.
//! let map = Map::of_basis(&basis);
//! assert_eq!(macs(&map, &sizes, &Wanted::Members).independent, 40_533);
//! assert_eq!(compile_one(&map, &Wanted::Members, &sizes).cost().at(&sizes), 10_928);
//! ```

mod assemble;
mod budget;
mod classes;
mod combine;
mod compile;
mod conditioning;
mod derivative;
#[cfg(test)]
mod exact_tests;
mod extract;
#[cfg(test)]
mod generator_tests;
mod language;
mod linear;
mod node_cost;
mod reverse;
mod roots;
mod unshared;

pub use budget::Budget;
pub use compile::{Objective, Programs, Wanted, compile, compile_one, compile_reported};
pub use unshared::{Macs, macs, member_costs};
