//! The groups that act on an axis.
//!
//! A group is a value, [`Group`]; all that the compiler asks of one stands in its own file behind [`AxisGroup`]: how
//! ports are wired, the invariant form, its character, its stable range, conjugacy classes, random elements, its Lie
//! algebra, its action on tensors. A new group is a file here and a line of the [`REGISTRY`];
//! `docs/adding-a-group.md` walks through one. No code outside this folder names a group.
//!
//! ```
//! use eqt_ir::exact::{Matrix, Random};
//! use eqt_ir::signature::parse_signature;
//! use eqt_runtime::{Fp, Scalar};
//!
//! // The form of the Lorentz group is eta = diag(1, -1, -1, -1): row 2 has its one entry, -1, in column 2.
//! let signature = parse_signature("O(1,3): a: R^4 -> R")?;
//! let lorentz = signature.axes[0].group.rules();
//! let form = lorentz.form();
//! assert_eq!((form.entry(4, 2), form.determinant(4)), ((2, -1), -1));
//!
//! // Random elements over the prime field leave the form invariant, g^T eta g = eta, without rounding.
//! let entry = |(column, sign): (usize, i8), b| if column == b { Fp::from_i64(sign.into()) } else { Fp::ZERO };
//! let eta = Matrix::from_fn(4, |a, b| entry(form.entry(4, a), b));
//! for g in lorentz.random_elements(4, &mut Random::seeded(1)) {
//!     let transposed = Matrix::from_fn(4, |a, b| g[(b, a)]);
//!     assert_eq!(transposed.times(&eta).times(&g), eta);
//! }
//!
//! // Conjugacy classes with Haar weights integrate class functions: the mean of (tr g)^2 over O(3) is 1, the number of
//! // invariant tensors of rank 2.
//! let signature = parse_signature("O(3): a: R^3 -> R")?;
//! let classes = signature.axes[0].group.rules().classes(3, 2, 1)?;
//! let mean = classes.iter().fold(Fp::ZERO, |sum, class| {
//!     sum + class.weight * class.power_sums[0] * class.power_sums[0]
//! });
//! assert_eq!(mean, Fp::ONE);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use eqt_runtime::{Fp, Scalar};

use crate::exact::{Matrix, Random, Tensor};

pub mod classes;
mod dimension;
mod form;
mod indefinite;
mod laws;
mod orthogonal;
mod registry;
mod symmetric;
mod symplectic;
#[cfg(test)]
mod tests;
mod trivial;
mod written;

pub use classes::{Class, ClassBudget};
pub use dimension::Dimension;
pub use form::Form;
pub use laws::check_laws;
pub use registry::{Entry, REGISTRY, example, example_of_labels, usages};
pub use written::{Factor, Written, WrittenDimension};

/// How the ports of one axis are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wires {
    /// By edges of two ports, each carrying the invariant bilinear form.
    Edges {
        /// Whether reversing an edge changes the sign.
        antisymmetric: bool,
        /// Whether an epsilon may take d ports.
        epsilon: Epsilon,
    },
    /// By spiders of any number of ports, all of whose indices are equal.
    Spiders {
        /// Whether the coefficient depends on the label of the spider; otherwise the label is summed.
        free: bool,
    },
}

/// When a diagram may hold the epsilon of an axis (never two: they reduce to forms).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epsilon {
    /// The group has none.
    Never,
    /// Exactly one if the total parity is odd, none if it is even: `O(d)`, `O(p,q)`.
    OddParity,
    /// None or one, whatever the parity: `SO(d)`, `SO(p,q)`.
    EitherParity,
}

/// A condition on the dimension of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// The dimension is a multiple of this number.
    pub divisor: usize,
    /// That, in words: `the dimension must be even`.
    pub sentence: &'static str,
}

/// What tells groups apart: two are equal iff their keys are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The place in the order of groups, a number of the group's own that never changes.
    place: u16,
    /// The word of the grammar.
    word: &'static str,
    /// What else the group is made of besides its dimension, as (p, q) of `O(p,q)`.
    data: Vec<usize>,
}

impl Key {
    /// A key; `place` is a number that no other kind of group has.
    pub fn new(place: u16, word: &'static str, data: &[usize]) -> Key {
        Key { place, word, data: data.to_vec() }
    }
}

/// What the compiler asks of an axis group.
///
/// Matrices act on contravariant components, `x -> g x`; `F` is the invariant form, `g^T F g = F`. What has a default
/// follows from the wires and the form: by the first fundamental theorem these say which group it is, over the complex
/// numbers. [`check_laws`] tests that the answers fit together.
pub trait AxisGroup: fmt::Debug + Send + Sync {
    /// What tells this group from others.
    fn key(&self) -> Key;

    /// The group in the grammar of signatures, for instance `O(d)`.
    fn text(&self, dimension: &Dimension) -> String;

    /// How ports are wired.
    fn wires(&self) -> Wires;

    /// The invariant form; that of a label axis is the identity.
    fn form(&self) -> Form;

    /// What the dimension must satisfy, if not every number will do.
    fn constraint(&self) -> Option<Constraint> {
        None
    }

    /// The smallest size at which the diagrams on `ports` ports are independent and no identity of small dimension
    /// holds. With `epsilon`, diagrams of odd parity count too, so that the size must also exceed `ports`.
    fn stable_dimension(&self, ports: usize, epsilon: bool) -> usize {
        match self.wires() {
            // Matchings of m ports have m/2 edges, and are independent for d >= m/2; no epsilon fits once d > m.
            Wires::Edges { antisymmetric: false, epsilon: when } => {
                if epsilon || when == Epsilon::EitherParity {
                    ports.saturating_add(1)
                } else {
                    (ports / 2).max(1)
                }
            }
            // Matchings of 2k ports are independent for d/2 >= k.
            Wires::Edges { antisymmetric: true, .. } => 2 * (ports / 2).max(1),
            Wires::Spiders { .. } => ports.max(1),
        }
    }

    /// Representatives of conjugacy classes with weights, such that the weighted sum of a class function whose
    /// degree in the matrix entries is at most `band` is its integral over the (compact form of the) group:
    /// Weyl's integration formula as an equispaced quadrature on the torus, exact over the prime field.
    /// Each class carries the power sums `tr g^k` for `k = 1..=powers` and the determinant.
    ///
    /// # Errors
    /// [`ClassBudget`] if more classes would be needed than the budget allows.
    fn classes(&self, dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget>;

    /// Random elements that generate a dense subgroup: at least one from every connected component.
    fn random_elements(&self, dimension: usize, random: &mut Random) -> Vec<Matrix> {
        match self.wires() {
            Wires::Edges { epsilon, .. } => {
                let mut elements = vec![self.form().random_element(dimension, random)];
                if epsilon == Epsilon::OddParity && dimension > 0 {
                    elements.push(self.form().random_reflection(dimension, random));
                }
                elements
            }
            Wires::Spiders { free: false } => vec![Matrix::permutation(&random.permutation(dimension))],
            Wires::Spiders { free: true } => vec![Matrix::identity(dimension)],
        }
    }

    /// `det g` of a matrix of this group as the sign by which pseudo-tensors change; +1 for label axes.
    fn determinant_sign(&self, g: &Matrix) -> Fp {
        match self.wires() {
            Wires::Edges { epsilon: Epsilon::OddParity | Epsilon::EitherParity, .. } => g.determinant(),
            Wires::Edges { epsilon: Epsilon::Never, .. } | Wires::Spiders { .. } => Fp::ONE,
        }
    }

    /// A basis of the Lie algebra, matrices X with `X^T F + F X = 0`; none for a discrete group.
    fn algebra(&self, dimension: usize) -> Vec<Matrix> {
        match self.wires() {
            Wires::Edges { .. } => self.form().algebra(dimension),
            Wires::Spiders { .. } => Vec::new(),
        }
    }

    /// `g x` for a tensor x with the given slots on this axis: g acts on each of them, and the whole changes with the
    /// [sign](AxisGroup::determinant_sign) of g if x is odd (a pseudo-tensor).
    fn act(&self, g: &Matrix, slots: &[usize], odd: bool, x: &Tensor) -> Tensor {
        let mut moved = x.clone();
        for &slot in slots {
            moved = moved.transform(slot, g);
        }
        if odd {
            let sign = self.determinant_sign(g);
            moved.data.iter_mut().for_each(|entry| *entry *= sign);
        }
        moved
    }

    /// The derivative at t = 0 of the [action](AxisGroup::act) of `exp(t X)`, X in the [Lie
    /// algebra](AxisGroup::algebra): the sum over the slots of X acting on one of them. (The sign of the identity
    /// component is constant, and has no part in it.)
    fn act_to_first_order(&self, x: &Matrix, slots: &[usize], tensor: &Tensor) -> Tensor {
        let mut sum = Tensor::zeros(tensor.shape.clone());
        for &slot in slots {
            sum.add_scaled(Fp::ONE, &tensor.transform(slot, x));
        }
        sum
    }
}

/// A group that acts on one axis: a shared value, cheap to clone, told from others by its [`Key`].
#[derive(Clone)]
pub struct Group(Arc<Shared<dyn AxisGroup>>);

struct Shared<R: ?Sized> {
    key: Key,
    rules: R,
}

impl Group {
    /// A group with these rules.
    pub fn new(rules: impl AxisGroup + 'static) -> Group {
        Group(Arc::new(Shared { key: rules.key(), rules }))
    }

    /// No group: that of a free label.
    pub fn free_label() -> Group {
        Group::new(trivial::TrivialGroup)
    }

    /// The rules of this group.
    pub fn rules(&self) -> &dyn AxisGroup {
        &self.0.rules
    }

    /// What tells this group from others.
    pub fn key(&self) -> &Key {
        &self.0.key
    }

    /// The group in the grammar of signatures.
    pub fn text(&self, dimension: &Dimension) -> String {
        self.rules().text(dimension)
    }

    /// Whether the axis carries labels, summed or free, rather than the index of a linear representation.
    pub fn is_label(&self) -> bool {
        matches!(self.rules().wires(), Wires::Spiders { .. })
    }

    /// Whether the axis carries free labels, over which coefficients are arrays.
    pub fn is_free(&self) -> bool {
        matches!(self.rules().wires(), Wires::Spiders { free: true })
    }

    /// Whether the axis carries labels that the group permutes, so that none of them is special.
    pub fn permutes_labels(&self) -> bool {
        matches!(self.rules().wires(), Wires::Spiders { free: false })
    }

    /// When diagrams hold the epsilon of this axis.
    pub fn epsilon(&self) -> Epsilon {
        match self.rules().wires() {
            Wires::Edges { epsilon, .. } => epsilon,
            Wires::Spiders { .. } => Epsilon::Never,
        }
    }

    /// Whether reversing an edge changes its sign.
    pub fn is_antisymmetric(&self) -> bool {
        matches!(self.rules().wires(), Wires::Edges { antisymmetric: true, .. })
    }

    /// Whether there is an invariant tensor of d slots and odd under reflections.
    pub fn has_epsilon(&self) -> bool {
        self.epsilon() != Epsilon::Never
    }

    /// Whether there are elements of determinant -1 that pseudo-tensors tell from rotations.
    pub fn has_reflections(&self) -> bool {
        self.epsilon() == Epsilon::OddParity
    }

    /// Whether an axis can have this size.
    pub fn admits(&self, size: usize) -> bool {
        self.rules().constraint().is_none_or(|constraint| size.is_multiple_of(constraint.divisor))
    }
}

impl PartialEq for Group {
    fn eq(&self, other: &Group) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Group {}

impl PartialOrd for Group {
    fn partial_cmp(&self, other: &Group) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Group {
    fn cmp(&self, other: &Group) -> Ordering {
        self.key().cmp(other.key())
    }
}

impl Hash for Group {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(&Dimension::Symbol("d".to_owned())))
    }
}

/// The page for maintainers, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/adding-a-group.md")]
struct AddingAGroup;
