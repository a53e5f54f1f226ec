#![doc = include_str!("invariants.md")]

mod assemble;
mod classes;
mod combine;
mod compile;
mod derivative;
#[cfg(test)]
mod exact_tests;
mod extract;
#[cfg(test)]
mod generator_tests;
mod language;
mod linear;
mod node_cost;
mod roots;
mod unshared;

pub use compile::{Programs, Wanted, compile, compile_one};
pub use unshared::{Macs, macs, member_costs};
