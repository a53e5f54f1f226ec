//! Found and expected numbers of maps, degree by degree.

use super::{Error, Options, reduce};
use crate::diagram::Enumeration;
use crate::signature::Signature;

/// The size of a basis in one degree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DegreeCount {
    /// The degree.
    pub degree: usize,
    /// Number of members: enumerated and reduced.
    pub members: usize,
    /// With free labels of literal length, the number of independent scalar maps.
    pub scalars: Option<u64>,
    /// With free labels of literal length, the number of coefficients: the entries of the arrays, up to symmetrisation.
    /// They are more than [`scalars`](DegreeCount::scalars) where small sizes make them dependent.
    pub coefficients: Option<u64>,
    /// Whether the coefficients are independent, at these lengths or, for symbolic ones, at all that are large enough.
    pub independent: bool,
    /// The Molien-Weyl number: of scalar maps with free labels of literal length, else of members. With free labels of
    /// symbolic length members are arrays, which no character counts; completeness is certified at the smallest stable
    /// length.
    pub molien: Option<u64>,
}

/// The counts of all degrees of `options`.
///
/// # Errors
/// As [`Basis::new`](super::Basis::new).
pub fn count(signature: &Signature, options: &Options) -> Result<Vec<DegreeCount>, Error> {
    let enumeration = Enumeration::new(signature, options.labels, options.limit);
    if !options.degrees.is_empty() {
        reduce::check_dimension(&enumeration, *options.degrees.end())?;
    }
    options.degrees.clone().map(|degree| Ok(reduce::degree(&enumeration, degree)?.count)).collect()
}
