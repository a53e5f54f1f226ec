//! The compiler proper: from a [`Signature`](signature::Signature) to its diagrams, a proven basis, and a program.

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
