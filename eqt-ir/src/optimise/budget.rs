//! Limits that a search for a program can meet.

use std::fmt;

/// Beyond this effort (nodes of graphs looked up and put in canonical form) a new class gets a single split, the one
/// whose contraction is cheapest, so that huge bases and long diagrams still end in a program.
pub(in crate::optimise) const SATURATED: u64 = 10_000_000;
/// Up to this many factors all splits of a sub-diagram are listed; of a larger one, at most [`MAX_SPLITS`].
pub(in crate::optimise) const EXHAUSTIVE_FACTORS: usize = 8;
/// Bound on the splits of one sub-diagram of many factors.
pub(in crate::optimise) const MAX_SPLITS: usize = 64;
/// Above this number of classes only the best grouping of each is written down.
pub(in crate::optimise) const CLASS_BUDGET: usize = 1000;
/// Combinations of more terms than this are always summed up term by term.
pub(in crate::optimise) const MAX_TERMS: usize = 20_000;
/// Of combinations of more terms than this the sum term by term is searched for by itself, too: among the groupings of so many terms it
/// is easily overlooked.
pub(in crate::optimise) const MANY_TERMS: usize = 600;

/// A limit that the search for a program met: with more of it, a shorter program might be found. Budgets are counted, and the same
/// on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Budget {
    /// The diagrams together have too many parts: of each further one the cheapest contraction is taken.
    Diagrams,
    /// A diagram has too many factors for all its splits to be tried.
    Splits,
    /// There are too many sums with common factors: of each further one the best grouping is taken.
    Groupings,
    /// A sum has too many terms to look for common factors.
    Terms,
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Budget::Diagrams => write!(
                f,
                "diagrams were looked up with {SATURATED} nodes; of each further one the cheapest contraction was taken"
            ),
            Budget::Splits => write!(
                f,
                "of diagrams with more than {EXHAUSTIVE_FACTORS} factors at most {MAX_SPLITS} splits were tried"
            ),
            Budget::Groupings => write!(
                f,
                "there are more than {CLASS_BUDGET} sums; of each further one the best grouping was taken"
            ),
            Budget::Terms => {
                write!(
                    f,
                    "sums of more than {MAX_TERMS} terms were added up without looking for common factors"
                )
            }
        }
    }
}
