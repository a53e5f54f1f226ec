//! Dimensions of spaces of equivariants by the Molien-Weyl integral (docs/theory.md section 5).
//!
//! The equivariant polynomial maps `X_1 x .. x X_m -> W` of multidegree `(r_1, .., r_m)` are the invariants of
//! `Sym^{r_1}(X_1) ⊗ .. ⊗ Sym^{r_m}(X_m) ⊗ W`, so their dimension is
//!
//! ```text
//! ∫ h_{r_1}[χ_1](g) .. h_{r_m}[χ_m](g) χ_W(g) dg,    r h_r = sum_{j=1..r} χ(g^j) h_{r-j}    (Newton)
//! ```
//!
//! over the compact form of the group (all characters here are real), and that of all maps of total degree r has
//! `h_r[χ_1 + .. + χ_m]` instead. Classes and weights come from
//! [`AxisGroup::classes`](crate::group::AxisGroup::classes), and everything is exact over GF(2^61 - 1).
//!
//! Nothing here knows of diagrams: that the rank of a basis equals this count is the certificate of completeness.
//!
//! Sizes are taken as given. The cost grows with them, the result does not beyond the stable range, so callers clamp.
//!
//! ```
//! use eqt_ir::molien;
//! use eqt_ir::signature::{Sizes, parse_signature};
//!
//! // Invariants of one symmetric 3 x 3 matrix are the polynomials in tr P, tr P^2 and tr P^3, of degree 1, 2 and 3:
//! // as many of degree r as there are partitions of r into parts of at most 3.
//! let signature = parse_signature("O(3): P: S^3 -> R").unwrap();
//! assert_eq!(molien::dimensions(&signature, &Sizes(vec![3]), 6).unwrap(), [1, 1, 2, 3, 4, 5, 7]);
//! // Of degree 1 in P and 2 in Q: tr P tr Q^2, tr P (tr Q)^2, tr(P Q) tr Q, tr(P Q^2).
//! let two = parse_signature("O(3): P: S^3, Q: S^3 -> R").unwrap();
//! assert_eq!(molien::dimension_of_multidegree(&two, &Sizes(vec![3]), &[1, 2]).unwrap(), 4);
//! ```

use std::fmt;

use eqt_runtime::{Fp, Scalar};

use crate::group::ClassBudget;
use crate::signature::{Signature, Sizes};

mod bound;
mod integral;
#[cfg(test)]
mod tests;

use integral::{Integral, complete};

/// The count is out of reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MolienError {
    /// One axis has too many classes.
    Classes(ClassBudget),
    /// All axes together need too many operations.
    Work {
        /// The number of multiplications that would be needed (saturating).
        needed: u64,
    },
    /// The dimension may exceed the prime field in which it is computed.
    Size,
}

impl MolienError {
    /// The most multiplications that one integral may take; a few seconds.
    pub const WORK: u64 = 2_000_000_000;

    fn check(needed: u64) -> Result<(), MolienError> {
        if needed > Self::WORK { Err(MolienError::Work { needed }) } else { Ok(()) }
    }
}

impl fmt::Display for MolienError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MolienError::Classes(budget) => budget.fmt(f),
            MolienError::Work { needed } => write!(
                f,
                "the Molien-Weyl integral needs {needed} multiplications, more than the budget of {}",
                Self::WORK
            ),
            MolienError::Size => {
                write!(
                    f,
                    "the dimension may exceed {}, the largest that the Molien-Weyl integral tells; lower the \
                     degree, or let the length of a family be symbolic",
                    Fp::P - 1
                )
            }
        }
    }
}

impl std::error::Error for MolienError {}

impl From<ClassBudget> for MolienError {
    fn from(budget: ClassBudget) -> MolienError {
        MolienError::Classes(budget)
    }
}

/// Number of linearly independent equivariants of total degree `degree`, with scalar coefficients: a free label of
/// length n counts n times.
///
/// # Errors
/// [`MolienError`] if the integral is too large.
pub fn dimension(signature: &Signature, sizes: &Sizes, degree: usize) -> Result<u64, MolienError> {
    Ok(total_degrees(signature, sizes, degree, degree)?[0])
}

/// As [`dimension`], for every degree in `0..=max_degree`, at the cost of the last.
///
/// # Errors
/// [`MolienError`] if the integral is too large.
pub fn dimensions(signature: &Signature, sizes: &Sizes, max_degree: usize) -> Result<Vec<u64>, MolienError> {
    total_degrees(signature, sizes, 0, max_degree)
}

/// Number of linearly independent equivariants of degree `degrees[i]` in input i; `degrees` has one entry per input.
///
/// # Errors
/// [`MolienError`] if the integral is too large.
pub fn dimension_of_multidegree(
    signature: &Signature,
    sizes: &Sizes,
    degrees: &[usize],
) -> Result<u64, MolienError> {
    Ok(dimensions_of_multidegrees(signature, sizes, &[degrees])?[0])
}

/// As [`dimension_of_multidegree`], for every given multidegree, in one pass over the classes.
///
/// # Errors
/// [`MolienError`] if the integral is too large.
pub fn dimensions_of_multidegrees<D: AsRef<[usize]>>(
    signature: &Signature,
    sizes: &Sizes,
    multidegrees: &[D],
) -> Result<Vec<u64>, MolienError> {
    let inputs = signature.inputs.len();
    let multidegrees: Vec<&[usize]> = multidegrees.iter().map(AsRef::as_ref).collect();
    debug_assert!(multidegrees.iter().all(|degrees| degrees.len() == inputs));
    let highest: Vec<usize> = (0..inputs)
        .map(|input| multidegrees.iter().map(|degrees| degrees[input]).max().unwrap_or(0))
        .collect();
    let operations = multidegrees.len().saturating_mul(inputs + 1);
    let integral = Integral::new(signature, sizes, &highest, &multidegrees, operations)?;
    bound::check_multidegrees(signature, sizes, &multidegrees)?;

    let mut sums = vec![Fp::ZERO; multidegrees.len()];
    let mut symmetric_powers = vec![Vec::new(); integral.spaces()];
    integral.for_each_class(|weight, characters| {
        for (space, powers) in symmetric_powers.iter_mut().enumerate() {
            complete(characters.of(space), integral.inverses(), powers);
        }
        let weight = weight * characters.output();
        for (sum, degrees) in sums.iter_mut().zip(&multidegrees) {
            let factors = degrees.iter().enumerate();
            *sum +=
                factors.fold(weight, |term, (i, &r)| term * symmetric_powers[integral.space_of_input(i)][r]);
        }
    });
    Ok(sums.into_iter().map(Fp::value).collect())
}

/// The dimensions for total degrees `least..=most`.
fn total_degrees(
    signature: &Signature,
    sizes: &Sizes,
    least: usize,
    most: usize,
) -> Result<Vec<u64>, MolienError> {
    let inputs = signature.inputs.len();
    if inputs == 0 {
        // Without inputs only degree 0 has maps: the invariants of the output.
        let none: [&[usize]; 1] = [&[]];
        let invariants = dimensions_of_multidegrees(signature, sizes, &none)?[0];
        return Ok((least..=most).map(|degree| if degree == 0 { invariants } else { 0 }).collect());
    }
    let highest = vec![most; inputs];
    // Multidegrees of degree `most` have most slots on an axis where one input has all the occurrences.
    let alone: Vec<Vec<usize>> = (0..inputs)
        .map(|input| (0..inputs).map(|other| if other == input { most } else { 0 }).collect())
        .collect();
    let alone: Vec<&[usize]> = alone.iter().map(Vec::as_slice).collect();
    let operations = most.saturating_mul(inputs.saturating_add(most));
    let integral = Integral::new(signature, sizes, &highest, &alone, operations)?;
    bound::check_total_degrees(signature, sizes, least, most)?;

    let mut sums = vec![Fp::ZERO; most - least + 1];
    let mut power_sums = vec![Fp::ZERO; most];
    let mut symmetric_powers = Vec::new();
    integral.for_each_class(|weight, characters| {
        power_sums.fill(Fp::ZERO);
        for input in 0..inputs {
            for (sum, &character) in power_sums.iter_mut().zip(characters.of(integral.space_of_input(input)))
            {
                *sum += character;
            }
        }
        complete(&power_sums, integral.inverses(), &mut symmetric_powers);
        let weight = weight * characters.output();
        for (sum, &power) in sums.iter_mut().zip(&symmetric_powers[least..]) {
            *sum += weight * power;
        }
    });
    Ok(sums.into_iter().map(Fp::value).collect())
}
