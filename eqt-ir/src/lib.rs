//! The compiler proper: from a [`Signature`](signature::Signature) to its diagrams, a proven basis, and a program.
//!
//! Diagrams and programs can be had as graphs of [`petgraph`], in the version that is exported here:
//! [`Diagram::to_petgraph`](diagram::Diagram::to_petgraph), [`Program::to_petgraph`](program::Program::to_petgraph).

pub mod basis;
pub mod certify;
pub mod diagram;
pub mod exact;
pub mod group;
pub mod map;
pub mod molien;
pub mod optimise;
pub mod program;
pub mod progress;
pub mod signature;

pub use petgraph;
