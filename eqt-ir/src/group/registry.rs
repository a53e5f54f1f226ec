//! The groups that signatures may name: a line each.

use syn::Result;

use super::written::{Factor, Written};
use super::{indefinite, orthogonal, symmetric, symplectic};

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
