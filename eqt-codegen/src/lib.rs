//! Code generation: a compiled map becomes loop nests ([`lower`]), these with their arguments and names an [`interface`], and
//! that source in a language ([`emit`]).
//!
//! ```text
//! Programs --lower--> Nest --interface--> Interface --emit--> tokens of a function and its module --format--> text
//! ```
//!
//! Loop nests and interfaces know no language: a further back end is one more printer of [`interface::Interface`].

mod declaration;
pub mod emit;
pub mod interface;
pub mod lower;
#[cfg(feature = "format")]
mod source;

pub use declaration::{Declaration, DeclarationError, declaration_for};
pub use eqt_ir::basis::Options;
pub use eqt_ir::signature::rust_types::Extent;
pub use interface::CompiledMap;
#[cfg(feature = "format")]
pub use source::{SourceError, generator_source, generator_source_of, source, source_of};

/// The examples of the README are tested.
#[cfg(all(doctest, feature = "format"))]
#[doc = include_str!("../README.md")]
struct Readme;
