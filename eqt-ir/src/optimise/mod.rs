#![doc = include_str!("invariants.md")]

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
