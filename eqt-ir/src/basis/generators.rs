//! Generators: a minimal integrity basis of the invariants, and minimal module generators of the covariants over them.
//!
//! Both are found multidegree by multidegree (theory.md section 4). With I the ring of invariants and M the module of
//! covariants, what is decomposable in multidegree r is
//!
//! ```text
//! sum over generators g of I, of multidegree 0 < s <= r, of  g M_{r-s}     (M = I for the invariants themselves)
//! ```
//!
//! and the dimension of `M_r` is the Molien-Weyl number. Maps are rows of values at random points over the prime field
//! (a covariant is paired with a random cotangent at each point, which makes it a number), so that products are products
//! of rows. The diagrams of `M_r`, in the frozen order, that raise the rank beyond the decomposable are the generators;
//! their number in every multidegree does not depend on the order (graded Nakayama lemma). A diagram with a closed
//! component next to others is a product, and is not tried, unless determinants may stand in different components.
//!
//! **Free labels.** A family `(X)^n` on a free label is n separate inputs; a generator is then an array over labels,
//! all its entries at once. With n at least the degree bound it is enough that every copy occurs at most once: a map is
//! the restitution of its polarisation, and both respect products (Weyl, *The Classical Groups*, ch. I).
//!
//! **Degree bounds** that are known, and used if none is given:
//!
//! | inputs | invariants | covariants to W | source |
//! |---|---|---|---|
//! | vectors under O, O(p,q), Sp | 2 | number of slots k of W | first fundamental theorem |
//! | vectors under SO, SO(p,q) | max(2, d) | max(k, d + k - 2), k > 0 | the same: at most one determinant; each factor holds a slot of W |
//! | symmetric matrices, d = 2 | 2 | 1, W symmetric | their traceless parts are vectors of O(2), turned by twice the angle |
//! | symmetric matrices, d = 3 | 6 | 5, W symmetric | Spencer & Rivlin 1959; W is one more matrix, linear |
//! | scalars with labels under S(n) | n | n - 1, W = R^n | Weyl: polarised elementary symmetric functions |
//!
//! Scalar inputs may stand beside all of them.
//!
//! **Shared labels.** The ring of invariants of S(n) beside another group grows without a useful bound, and no network
//! wants it. What is emitted for `O(d) * S(n)` are the generators of `O(d)`, with free labels ([`generator_form`]):
//!
//! ```text
//! h(a) = sum_ij q_ij(G) a_i a_j^T + q_0(G) I,    G_ij = <a_i, a_j>
//! ```
//!
//! Such an h is equivariant under S(n) if q is: if relabelling G relabels q(G) alike, and leaves q_0 as it is. A function
//! that is shared across labels is of this kind, `q_i = f(G_ii, sum_j G_jj)` for every i, and conversely every h has such
//! a q: the average over all relabellings of any q that gives it.

mod bounds;
mod families;
mod module;
#[cfg(test)]
mod tests;

pub use bounds::{Bound, known_bound};
pub(super) use families::Families;
use module::{Module, Points};

use super::stable::stable_sizes;
use super::{Element, Error};
use crate::diagram::DiagramLimit;
use crate::group::Group;
use crate::molien;
use crate::signature::{Signature, Space};

/// The generator form of a signature: every equivariant polynomial map is `sum_g q_g(invariants) covariant_g`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generators {
    /// The signature.
    pub signature: Signature,
    /// A minimal integrity basis of the invariants (without 1), in the frozen order. With free labels, arrays.
    pub invariants: Vec<Element>,
    /// Minimal module generators of the covariants; for a scalar output, 1 alone.
    pub covariants: Vec<Element>,
    /// How far the search went.
    pub bound: Bound,
}

impl Generators {
    /// The signature of the invariants: the same inputs, a scalar output.
    pub fn invariant_signature(&self) -> Signature {
        with_output(&self.signature, Space::Scalar)
    }

    /// One sentence on how far the lists are proved complete.
    pub fn certificate(&self) -> String {
        let Bound { invariants, covariants, source } = self.bound;
        let range = format!("degree {invariants} (invariants) and {covariants} (covariants)");
        match source {
            Some(source) => format!("complete: up to {range} by exact rank, and none beyond by {source}"),
            None => format!(
                "complete up to {range}, the bound given, by exact rank; nothing is said of higher degrees"
            ),
        }
    }
}

/// The signature with the labels of S(n) free, if another group acts linearly.
///
/// Functions of arrays over labels that do not depend on the order of the labels stand for all maps that are equivariant
/// under S(n) as well; see the [module documentation](self). A group of permutations alone is left as it is.
pub fn with_shared_labels_free(signature: &Signature) -> Signature {
    let mut freed = signature.clone();
    if signature.axes.iter().any(|axis| !axis.group.is_label()) {
        for axis in freed.axes.iter_mut().filter(|axis| axis.group == Group::Symmetric) {
            axis.group = Group::Trivial;
        }
    }
    freed
}

/// The generators that a map in generator form is made of: those of the signature [with shared labels
/// free](with_shared_labels_free). Arguments and errors as for [`generators`].
///
/// # Errors
/// As for [`generators`].
pub fn generator_form(
    signature: &Signature,
    degree: Option<usize>,
    limit: usize,
) -> Result<Generators, Error> {
    generators(&with_shared_labels_free(signature), degree, limit)
}

/// Finds the generators up to a degree, or, without one, up to the known bound; `limit` as in
/// [`Options::limit`](super::Options::limit).
///
/// # Errors
/// [`Error::Bound`] if no bound is given or known; else limits and budgets.
pub fn generators(signature: &Signature, degree: Option<usize>, limit: usize) -> Result<Generators, Error> {
    let known = known_bound(signature);
    let bound = match (degree, known) {
        (None, None) => return Err(Error::Bound),
        (None, Some(known)) => known,
        (Some(degree), Some(known)) if known.invariants.max(known.covariants) <= degree => known,
        (Some(degree), _) => Bound { invariants: degree, covariants: degree, source: None },
    };
    let most = bound.invariants.max(bound.covariants);
    let families = Families::new(signature, most)?;
    let scalar = with_output(&families.split, Space::Scalar);
    let ring = with_output(signature, Space::Scalar);
    let sizes = stable_sizes(&families.split, most, None);
    let invariant_degrees = families.multidegrees(bound.invariants, limit)?;
    let covariant_degrees = families.multidegrees(bound.covariants, limit)?;
    let invariant_numbers = molien::dimensions_of_multidegrees(&scalar, &sizes, &invariant_degrees)?;
    let covariant_numbers = molien::dimensions_of_multidegrees(&families.split, &sizes, &covariant_degrees)?;
    let largest = invariant_numbers.iter().chain(&covariant_numbers).copied().max().unwrap_or(0) as usize;
    if largest > limit {
        return Err(DiagramLimit::complete(limit, most).into());
    }
    let points = Points::new(&families.split, &sizes, largest + 4);

    let mut invariants = Module::new(&families, &scalar, &ring, &sizes, &points, limit);
    for (multidegree, &number) in invariant_degrees.iter().zip(&invariant_numbers) {
        let generators = invariants.generators.clone();
        invariants.fill(multidegree, number, &generators)?;
    }
    let mut covariants = Module::new(&families, &families.split, signature, &sizes, &points, limit);
    for (multidegree, &number) in covariant_degrees.iter().zip(&covariant_numbers) {
        covariants.fill(multidegree, number, &invariants.generators)?;
    }
    // The constant 1 is no generator of the ring.
    let of_ring = families.arrays(&invariants.found, &ring);
    Ok(Generators {
        signature: signature.clone(),
        invariants: of_ring.into_iter().filter(|element| element.degree > 0).collect(),
        covariants: families.arrays(&covariants.found, signature),
        bound,
    })
}

fn with_output(signature: &Signature, output: Space) -> Signature {
    Signature { output, ..signature.clone() }
}
