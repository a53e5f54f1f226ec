//! Why there is no basis: budgets with their numbers, questions without an answer, and the defect of an incomplete list.

use std::fmt;

use super::{Options, stable};
use crate::diagram::{DiagramLimit, Evaluator, TooMuchWork};
use crate::molien::MolienError;
use crate::signature::Signature;

/// Why there is no basis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Too many diagrams.
    Limit(DiagramLimit),
    /// The basis of one degree has more members than the limit.
    TooLarge {
        /// The degree.
        degree: usize,
        /// The Molien-Weyl number of its members.
        dimension: u64,
        /// The limit.
        limit: usize,
    },
    /// With free labels, completeness is a statement on more multilinear maps than the limit.
    Multilinear {
        /// Their degree.
        degree: usize,
        /// The Molien-Weyl number of them.
        dimension: u64,
        /// The limit.
        limit: usize,
    },
    /// The independent count is out of reach.
    Molien(MolienError),
    /// An epsilon of too many legs.
    Epsilon {
        /// Its number of legs.
        legs: usize,
    },
    /// A tensor of too many entries.
    Entries {
        /// Its number of entries, saturating.
        entries: u64,
    },
    /// Evaluating the diagrams would need more multiplications than [`Error::WORK`].
    Work {
        /// The number needed, saturating.
        needed: u64,
    },
    /// Free labels of literal length fall into too many patterns.
    Patterns {
        /// At least this many.
        needed: usize,
    },
    /// With free labels, `labels <= m` with m other than 1.
    Labels {
        /// The bound given.
        labels: usize,
    },
    /// The list and the independent count differ: a defect of the compiler.
    Incomplete {
        /// In this degree.
        degree: usize,
        /// Independent diagrams found.
        found: u64,
        /// The Molien-Weyl number.
        expected: u64,
    },
    /// A relation whose coefficients or values are too large to be proved in integers of 64 bits.
    Relation {
        /// In this degree.
        degree: usize,
    },
    /// Diagrams are left out that are arrays over free labels.
    Arrays,
    /// No degree bound of the generators is known, and none is given.
    Bound,
    /// A theorem asks for generators up to a degree above [`DiagramLimit::MAX_DEGREE`].
    GeneratorDegree {
        /// The degree.
        degree: usize,
        /// The theorem.
        theorem: &'static str,
    },
    /// The members of the families, as separate inputs, are too many for a search of generators.
    Copies {
        /// Their number.
        needed: usize,
        /// The most there may be.
        budget: usize,
    },
    /// The random points at which generators are compared have too many entries.
    Points {
        /// Their number, saturating.
        needed: u64,
        /// The most there may be.
        budget: u64,
    },
    /// Generators would be sought in more multidegrees than the limit.
    Multidegrees {
        /// The degree up to which the limit is exceeded.
        degree: usize,
        /// The limit.
        limit: usize,
    },
    /// No diagram reaches the output.
    Unreachable {
        /// Why.
        reason: String,
    },
}

impl Error {
    /// The most multiplications of one exact rank; some seconds.
    pub const WORK: u64 = 5_000_000_000;
    /// The most entries of a tensor that is evaluated.
    pub const ENTRIES: u64 = 1 << 24;

    /// Whether it says that the answer is beyond a budget, and no more than that; the number is in the message.
    pub fn is_budget(&self) -> bool {
        match self {
            Error::Limit(_)
            | Error::TooLarge { .. }
            | Error::Multilinear { .. }
            | Error::Molien(_)
            | Error::Epsilon { .. }
            | Error::Entries { .. }
            | Error::Work { .. }
            | Error::Patterns { .. }
            | Error::Relation { .. }
            | Error::GeneratorDegree { .. }
            | Error::Copies { .. }
            | Error::Points { .. }
            | Error::Multidegrees { .. } => true,
            Error::Labels { .. }
            | Error::Incomplete { .. }
            | Error::Arrays
            | Error::Bound
            | Error::Unreachable { .. } => false,
        }
    }

    /// That no diagram within some options reaches the output, with the reason.
    pub fn unreachable(signature: &Signature, options: &Options) -> Error {
        Error::Unreachable { reason: stable::why_unreachable(signature, options) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Limit(limit) => limit.fmt(f),
            Error::TooLarge { degree, dimension, limit } => write!(
                f,
                "the basis of degree {degree} has {dimension} members, more than the limit of {limit}; lower the \
                 degree, bound `labels`, or raise `limit`"
            ),
            Error::Multilinear { degree, dimension, limit } => write!(
                f,
                "with free labels, completeness in degree {degree} is checked on {dimension} multilinear maps, more than \
                 the limit of {limit}; lower the degree or raise `limit`"
            ),
            Error::Molien(error) => write!(f, "completeness cannot be checked: {error}"),
            Error::Epsilon { legs } => {
                write!(f, "an epsilon of {legs} legs is more than the budget of {} legs", Evaluator::MAX_EPSILON)
            }
            Error::Entries { entries } => write!(
                f,
                "a tensor of {} entries is more than the budget of {} for exact ranks; lower its rank or the \
                 degree",
                if *entries == u64::MAX { "2^64 or more".to_owned() } else { entries.to_string() },
                Self::ENTRIES
            ),
            Error::Work { needed } => write!(
                f,
                "the exact rank needs {needed} multiplications, more than the budget of {}; lower the degree",
                Self::WORK
            ),
            Error::Patterns { needed } => write!(
                f,
                "the occurrences can be dealt to the free labels in {needed} ways or more, above the budget of 5000; \
                 lower the degree, or let the length be symbolic"
            ),
            Error::Labels { labels } => write!(
                f,
                "`labels <= {labels}` with free labels: the bound must be 1, or be left out for no bound"
            ),
            Error::Incomplete { degree, found, expected } => write!(
                f,
                "the basis of degree {degree} has {found} members but the Molien-Weyl count is {expected}; this is a \
                 defect of eqt, please report the signature"
            ),
            Error::Arrays => write!(
                f,
                "relations between arrays over free labels are not listed; bound the labels with `labels <= 1`, or write \
                 the members of the family as inputs of their own"
            ),
            Error::Relation { degree } => write!(
                f,
                "a relation of degree {degree} cannot be proved in integers of 64 bits; lower the degree"
            ),
            Error::Bound => f.write_str(
                "no degree bound is known for the generators of this signature (they are known for vectors, pseudo \
                 vectors, and symmetric matrices in dimension 2 and 3); give a degree up to which they are wanted",
            ),
            Error::GeneratorDegree { degree, theorem } => write!(
                f,
                "the generators may have degrees up to {degree}, by {theorem}, above the largest supported degree {}; give \
                 a degree up to which they are wanted",
                DiagramLimit::MAX_DEGREE
            ),
            Error::Copies { needed, budget } => write!(
                f,
                "the members of the families are {needed} separate inputs up to this degree, more than the budget of \
                 {budget}; lower the degree"
            ),
            Error::Points { needed, budget } => write!(
                f,
                "the points at which generators are compared have {needed} entries, more than the budget of {budget}; \
                 lower the degree or the ranks"
            ),
            Error::Multidegrees { degree, limit } => write!(
                f,
                "there are more than {limit} multidegrees up to degree {degree}; lower the degree, or raise `limit`"
            ),
            Error::Unreachable { reason } => write!(f, "the map can only be zero: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<DiagramLimit> for Error {
    fn from(limit: DiagramLimit) -> Error {
        Error::Limit(limit)
    }
}

impl From<TooMuchWork> for Error {
    fn from(TooMuchWork { needed }: TooMuchWork) -> Error {
        Error::Work { needed }
    }
}

impl From<MolienError> for Error {
    fn from(error: MolienError) -> Error {
        Error::Molien(error)
    }
}
