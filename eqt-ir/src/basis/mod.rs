//! Bases: the diagrams of a signature reduced to independent ones, with the proof that none is missing.
//!
//! Diagrams span (first fundamental theorem). With symbolic sizes they are also independent in the stable range. With
//! literal sizes they are reduced by exact rank: taken in the frozen order of [`OrderKey`](crate::diagram::OrderKey),
//! a diagram is kept iff it raises the rank, so that the basis is the least one in that order (docs/theory.md section 4).
//! Over free labels the members are arrays of maps: all of them, but for those that a literal length makes zero.
//!
//! # The basis as a file format
//!
//! Coefficients that are saved mean what they mean by the order, the signs and the normalisation of the members. These
//! depend on nothing but the signature and the options.
//!
//! **Order**: degree by degree; within a degree, multidegrees with more occurrences of an earlier input come first; and
//! then [`OrderKey`](crate::diagram::OrderKey), field by field: fewer labels, fewer epsilons, fewer wires with both ends
//! on one node (traces, and deltas of the output), fewer connected components, and last the wires of the canonical form,
//! compared as a list. Which diagrams are members follows from the order where sizes are small: the least basis.
//!
//! **Canonical form**: nodes stand in the order of [`Node`](crate::diagram::Node): the output, occurrences in the order
//! of the inputs, epsilons, labels. Within one kind, colour refinement decides, whose cells are split in the order of a
//! fixed hash, and where that leaves several labellings, the least sorted list of wires among those that the search of
//! [`canonicalise`](crate::diagram::canonicalise) visits: both are part of the format. A wire is
//! written with the lesser end (node, then class of slots) first, wires are sorted, and the slots of one class
//! (interchangeable ones) are dealt out in the order of the wires.
//!
//! **Signs**: every member is its canonical diagram with the coefficient +1, read so:
//!  - a wire between two occurrences is the form, `x^a F_ab y^b` with x the end written first: delta, eta =
//!    diag(+1 x p, -1 x q), and omega = [[0, I], [-I, 0]], `omega_{a, a+m} = +1`. A wire between an occurrence and
//!    the output is a plain delta, and one between two slots of the output the inverse form, `(F^-1)^{ab}` with a the
//!    slot written first: -omega for Sp, since omega omega = -1.
//!    In the printed formula: a repeated index stands for the form between its two occurrences, the one that is written
//!    first on the left. Under Sp, `a^q A^pq` is `sum_qr a^q omega_qr A^pr` (first occurrence^T omega second), the trace
//!    `A^rr` is `sum_rs A^rs omega_rs`, `<a, b>` is `a^T omega b`, and `delta^pq` is `-omega^pq`.
//!  - `epsilon_{1 2 .. d} = +1`. Its legs are dealt in the order of the wires as well, and epsilons stand behind the
//!    output and the inputs: the first legs meet the slots of the output, in order, with their indices raised by the
//!    form, and the next ones the occurrences in canonical order, plainly.
//!  - the slots of an alternating block are in the order in which the wires deal them.
//!
//! **Normalisation**: a member is the value of its diagram, every sum over all values of an index or a label, diagonals
//! included, with no factor for symmetries of the diagram; *averaged* over the slot group of the output, `1/k!` times
//! the sum over permutations, with signs for alternating blocks, and for traceless blocks projected orthogonally onto the
//! traceless tensors. An array of coefficients is read through its average over the automorphisms of its diagram, with
//! their signs; its axes are the labels in canonical order.
//!
//! The fingerprint (`eqt_runtime::description::Basis::fingerprint`, `eqt basis`) is a hash of signature, options and
//! formulas of all members in this order.
//!
//! # An example
//!
//! ```
//! use eqt_ir::basis::{Basis, Options, count, relations};
//! use eqt_ir::diagram::Style;
//! use eqt_ir::signature::parse_signature;
//!
//! let cubic = Options::exactly(3);
//! // For every d there are seven diagrams: P^3 and its like, with traces.
//! let every = parse_signature("O(d): P: S^d -> S^d").unwrap();
//! assert_eq!(Basis::new(&every, &cubic).unwrap().elements.len(), 7);
//! // In two dimensions P^2 is a combination of P and I (Cayley-Hamilton): four are left, the first ones.
//! let plane = parse_signature("O(2): P: S^2 -> S^2").unwrap();
//! let basis = Basis::new(&plane, &cubic).unwrap();
//! assert_eq!(basis.elements.len(), 4);
//! assert_eq!(basis.formulas(Style::Text)[0], "P^rs P^pr P^qs");
//! // The proof: as many as the Molien-Weyl number.
//! assert_eq!(count(&plane, &cubic).unwrap()[0].molien, Some(4));
//! // What the others are: one relation for each of the three left out.
//! assert_eq!(relations(&plane, &cubic).unwrap().formulas(Style::Text).len(), 3);
//! ```

use std::fmt;
use std::ops::{Deref, RangeInclusive};

use crate::diagram::{Diagram, DiagramLimit, Notation, Style};
use crate::signature::Signature;

mod error;
mod free;
pub mod generators;
pub(crate) mod rank;
mod reduce;
pub mod relations;
mod stable;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use generators::{Bound, Generators, generator_form, generators, known_bound, with_shared_labels_free};
pub use rank::independent;
pub use reduce::{DegreeCount, count};
pub use relations::{Relation, Relations, relations};
pub use stable::{independence, stable_sizes};

/// What bounds a basis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// From which degree to which, inclusive.
    pub degrees: RangeInclusive<usize>,
    /// At most this many different labels of each label axis in a member. For a scalar of the neighbours of an atom, the
    /// body order is at most one more: the atom itself is the first body.
    pub labels: Option<usize>,
    /// The most diagrams of one degree.
    pub limit: usize,
}

impl Options {
    /// The default of [`Options::limit`].
    pub const LIMIT: usize = 20_000;

    /// All degrees up to `degree`.
    pub fn up_to(degree: usize) -> Options {
        Options { degrees: 0..=degree, labels: None, limit: Self::LIMIT }
    }

    /// Exactly one degree.
    pub fn exactly(degree: usize) -> Options {
        Options { degrees: degree..=degree, labels: None, limit: Self::LIMIT }
    }

    /// With at most `labels` different labels in a member.
    pub fn with_labels(mut self, labels: usize) -> Options {
        self.labels = Some(labels);
        self
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (self.degrees.start(), self.degrees.end());
        match (*low, *high) {
            (low, high) if low == high => write!(f, "degree = {low}")?,
            (0, high) => write!(f, "degree <= {high}")?,
            (low, high) => write!(f, "degree {low}..{high}")?,
        }
        match self.labels {
            Some(labels) => write!(f, ", labels <= {labels}"),
            None => Ok(()),
        }
    }
}

/// A member of a basis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Number of occurrences of inputs.
    pub degree: usize,
    /// The diagram; the map is its value, averaged over the slot group of the output.
    pub diagram: Diagram,
}

/// Members of a signature, of which nothing is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The signature.
    pub signature: Signature,
    /// What bounds the members.
    pub options: Options,
    /// The members.
    pub elements: Vec<Element>,
}

/// The independent members of a signature, in the frozen order, with the counts that prove it.
///
/// It is read as the [`Listing`] of its members, and never changes: what is proved of them stays true.
///
/// ```compile_fail,E0596
/// use eqt_ir::basis::{Basis, Options};
/// use eqt_ir::signature::parse_signature;
///
/// let mut basis = Basis::new(&parse_signature("O(d): a: R^d -> R^d").unwrap(), &Options::up_to(3)).unwrap();
/// basis.elements.pop(); // its listing can be copied and changed, but is then no basis
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    listing: Listing,
    proof: Proof,
}

impl Deref for Basis {
    type Target = Listing;

    fn deref(&self) -> &Listing {
        &self.listing
    }
}

/// That a basis is complete: found and expected numbers, degree by degree. Only [`Basis::new`] makes one.
///
/// ```compile_fail,E0451
/// use eqt_ir::basis::{Options, Proof};
///
/// let proof = Proof { options: Options::up_to(3), counts: Vec::new() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    options: Options,
    counts: Vec<DegreeCount>,
}

impl Proof {
    /// What bounds the basis that is proved complete.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Found and expected numbers, degree by degree.
    pub fn counts(&self) -> &[DegreeCount] {
        &self.counts
    }

    /// One sentence on how completeness was proved.
    pub fn certificate(&self) -> String {
        let total: u64 = self.counts.iter().map(|count| count.scalars.unwrap_or(count.members as u64)).sum();
        let degrees = &self.options.degrees;
        let range = if degrees.start() == degrees.end() {
            format!("degree {}", degrees.start())
        } else {
            format!("degrees {} to {}", degrees.start(), degrees.end())
        };
        format!(
            "complete: the number of independent maps equals the Molien-Weyl count in {range} ({total} in all)"
        )
    }
}

impl Basis {
    /// Enumerates, reduces and certifies.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Incomplete`] if found and independent counts differ.
    pub fn new(signature: &Signature, options: &Options) -> Result<Basis, Error> {
        let mut elements = Vec::new();
        let mut counts = Vec::new();
        for reduced in reduce::degrees(signature, options)? {
            let reduced = reduced?;
            let degree = reduced.count.degree;
            counts.push(reduced.count);
            elements.extend(reduced.diagrams.into_iter().map(|diagram| Element { degree, diagram }));
            if elements.len() > options.limit {
                return Err(DiagramLimit::complete(options.limit, degree).into());
            }
        }
        let proof = Proof { options: options.clone(), counts };
        let listing = Listing { signature: signature.clone(), options: options.clone(), elements };
        Ok(Basis { listing, proof })
    }

    /// The basis, or [`Error::Unreachable`] if it is empty.
    ///
    /// # Errors
    /// If there is no member.
    pub fn require_members(self) -> Result<Basis, Error> {
        if self.elements.is_empty() {
            return Err(Error::unreachable(&self.signature, &self.options));
        }
        Ok(self)
    }

    /// The formula of every member.
    pub fn formulas(&self, style: Style) -> Vec<String> {
        let notation = Notation::new(&self.signature, style);
        self.elements.iter().map(|element| notation.member(&element.diagram)).collect()
    }

    /// That the members are complete.
    pub fn proof(&self) -> &Proof {
        &self.proof
    }
}
