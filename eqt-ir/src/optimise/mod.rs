//! From maps to programs: one e-graph of canonical sub-diagrams, and the cheapest program in it.
//!
//! ```
//! use eqt_ir::basis::{Basis, Options};
//! use eqt_ir::optimise::{compile, macs};
//! use eqt_ir::signature::{Sizes, parse_signature};
//!
//! // The sixteen matrices of degree 4 of n vectors in R^d, at n = 100 and d = 5.
//! let signature = parse_signature("O(d) * S(n): a: (R^d)^n -> S^d").unwrap();
//! let basis = Basis::new(&signature, &Options::exactly(4)).unwrap();
//! let sizes = Sizes::sample(&signature, &[]);
//! // Multiply-adds with every diagram by its own best tree, and in one program that shares what is alike.
//! assert_eq!(macs(&basis, &sizes).independent, 40_533);
//! assert_eq!(compile(&basis, &sizes).members.cost().at(&sizes), 10_928);
//! ```

mod assemble;
mod classes;
mod combine;
mod defined;
mod derivative;
#[cfg(test)]
mod exact_tests;
mod extract;
mod forward;
mod generators;
mod language;
mod linear;
mod node_cost;
mod roots;
mod unshared;

pub use defined::{ConstantTooLarge, Defined, compile_definition};
pub use forward::{Compiled, Compiler, compile};
pub use generators::{CompiledGenerators, CompiledInvariants, compile_generators};
pub use unshared::{Macs, macs};
