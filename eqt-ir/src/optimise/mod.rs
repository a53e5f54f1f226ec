//! From maps to programs: one e-graph of canonical sub-diagrams, and the cheapest program in it.

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
pub use unshared::{Macs, Roots, macs, member_costs};
