//! The groups that signatures may name: a line each.

use proc_macro2::{Span, TokenStream};
use syn::{Error, Result};

use super::{Dimension, Group, WrittenDimension, indefinite, orthogonal, symmetric, symplectic};

/// How one group is written and read.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The word before the parentheses. Two entries may share it if they take different numbers of dimensions.
    pub word: &'static str,
    /// How it is written, for messages: `O(p,q)`.
    pub usage: &'static str,
    /// How many dimensions it takes, separated by commas.
    pub dimensions: usize,
    /// Whether `;` and further tokens may follow the dimensions, for instance generators: `perm(n; (1 2 3), (1 2))`.
    pub more: bool,
    /// Makes the group of what stands in the parentheses; errors are one sentence at the token to blame.
    pub read: fn(&Written) -> Result<Factor>,
}

/// All groups of the grammar, in the order in which messages list them. The trivial group is written `1`.
pub const REGISTRY: &[Entry] = &[
    Entry { word: "O", usage: "O(d)", dimensions: 1, more: false, read: orthogonal::read },
    Entry { word: "SO", usage: "SO(d)", dimensions: 1, more: false, read: orthogonal::read_special },
    Entry { word: "O", usage: "O(p,q)", dimensions: 2, more: false, read: indefinite::read },
    Entry { word: "SO", usage: "SO(p,q)", dimensions: 2, more: false, read: indefinite::read_special },
    Entry { word: "Sp", usage: "Sp(d)", dimensions: 1, more: false, read: symplectic::read },
    Entry { word: "S", usage: "S(n)", dimensions: 1, more: false, read: symmetric::read },
];

/// A factor as written: `word(dimension, ..; more)`.
#[derive(Clone, Debug)]
pub struct Written {
    /// The word.
    pub word: String,
    /// Where the word stands, for errors.
    pub span: Span,
    /// The dimensions; as many as the [`Entry`] takes.
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

/// How all groups are written, `O(d), SO(d), .. {last} 1`.
pub fn usages(registry: &[Entry], last: &str) -> String {
    let usages: Vec<&str> = registry.iter().map(|entry| entry.usage).collect();
    format!("{} {last} 1", usages.join(", "))
}

/// A linear group on `dimension` for examples in messages, `O(d)`.
pub fn example(dimension: &str) -> String {
    format!("O({dimension})")
}

/// The group that permutes `labels` labels for examples in messages, `S(n)`.
pub fn example_of_labels(labels: &str) -> String {
    format!("S({labels})")
}
