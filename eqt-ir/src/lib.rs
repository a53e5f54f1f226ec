//! The compiler proper: from a [`Signature`](signature::Signature) to its diagrams, a proven basis, and a program.

pub mod basis;
pub mod body;
pub mod certify;
pub mod diagram;
pub mod field;
pub mod group;
pub mod molien;
pub mod program;
pub mod signature;
pub mod tensor;
