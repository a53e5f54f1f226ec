//! Groups and dimensions as written, and what becomes of them.

use proc_macro2::{Span, TokenStream};
use syn::{Error, Result};

use super::{Dimension, Group};

/// A dimension as written, with its place.
#[derive(Clone, Debug)]
pub struct WrittenDimension {
    /// The dimension.
    pub dimension: Dimension,
    /// Where it stands, for errors.
    pub span: Span,
}

/// A factor as written: `word(dimension, ..; more)`.
#[derive(Clone, Debug)]
pub struct Written {
    /// The word.
    pub word: String,
    /// Where the word stands, for errors.
    pub span: Span,
    /// The dimensions; as many as the [`Entry`](super::Entry) takes.
    pub dimensions: Vec<WrittenDimension>,
    /// The tokens behind `;`.
    pub more: TokenStream,
}

impl Written {
    /// One of the dimensions.
    ///
    /// # Errors
    /// If there are not as many.
    pub fn dimension(&self, position: usize) -> Result<&WrittenDimension> {
        let missing = || Error::new(self.span, format!("`{}` takes more dimensions", self.word));
        self.dimensions.get(position).ok_or_else(missing)
    }
}

/// A group and the dimension that it acts on.
#[derive(Clone, Debug)]
pub struct Factor {
    /// The group.
    pub group: Group,
    /// The dimension of its axis.
    pub dimension: Dimension,
}
