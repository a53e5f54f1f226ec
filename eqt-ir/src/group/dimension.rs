//! The number of values of an axis: what a group acts on.

use std::fmt;

/// A dimension: a literal or a symbol that stands for every value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// A number known to the compiler.
    Literal(usize),
    /// A name; the basis is the stable one, valid for every large enough value.
    Symbol(String),
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dimension::Literal(value) => write!(f, "{value}"),
            Dimension::Symbol(name) => f.write_str(name),
        }
    }
}

impl Dimension {
    /// The value of a literal dimension.
    pub fn literal(&self) -> Option<usize> {
        match self {
            Dimension::Literal(value) => Some(*value),
            Dimension::Symbol(_) => None,
        }
    }
}
