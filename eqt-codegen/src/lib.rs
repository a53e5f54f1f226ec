//! Code generation: a [`Program`](eqt_ir::program::Program) becomes loop nests ([`lower`]), and those become Rust
//! ([`emit`]).
//!
//! ```text
//! Program --lower--> Nest --print--> tokens of a function and its module --format--> text
//! ```
//!
//! Loop nests are independent of Rust: a further back end is one more printer of [`lower::Nest`].

mod declaration;
#[cfg(feature = "format")]
mod format;
pub mod lower;
mod print;
#[cfg(feature = "format")]
mod source;

pub use declaration::{Declaration, DeclarationError, declaration_for};
pub use eqt_ir::basis::Options;
pub use eqt_ir::optimise::{Compiled, CompiledGenerators};
pub use eqt_ir::signature::rust_types::Extent;
#[cfg(feature = "format")]
pub use format::{FormatError, format};
pub use print::{
    emit, emit_commented, emit_defined, emit_defined_commented, emit_generators, emit_generators_commented,
};
#[cfg(feature = "format")]
pub use source::{SourceError, generator_source, generator_source_of, source, source_of};

/// The examples of the README are tested.
#[cfg(all(doctest, feature = "format"))]
#[doc = include_str!("../README.md")]
struct Readme;
