//! The groups that act on an axis.
//!
//! [`Group`] names them; all that the compiler asks of one stands in its own file behind [`AxisGroup`]: how ports are
//! wired, the invariant form, its character, its stable range, random elements. A new group is a new file, a variant of
//! [`Group`] and a line in [`Group::rules`].
//!
//! ```
//! use eqt_ir::exact::{Matrix, Random};
//! use eqt_ir::group::Group;
//! use eqt_runtime::{Fp, Scalar};
//!
//! // The form of the Lorentz group is eta = diag(1, -1, -1, -1): row 2 has its one entry, -1, in column 2.
//! let lorentz = Group::Indefinite(1, 3).rules();
//! assert_eq!(lorentz.form(4, 2), (2, -1));
//! assert_eq!(lorentz.form_determinant(4), -1);
//!
//! // Random elements over the prime field leave the form invariant, g^T eta g = eta, without rounding.
//! let entry = |(column, sign): (usize, i8), b| if column == b { Fp::from_i64(sign.into()) } else { Fp::ZERO };
//! let eta = Matrix::from_fn(4, |a, b| entry(lorentz.form(4, a), b));
//! for g in lorentz.random_elements(4, &mut Random::seeded(1)) {
//!     let transposed = Matrix::from_fn(4, |a, b| g[(b, a)]);
//!     assert_eq!(transposed.times(&eta).times(&g), eta);
//! }
//!
//! // Conjugacy classes with Haar weights integrate class functions: the mean of (tr g)^2 over O(3) is 1, the number of
//! // invariant tensors of rank 2.
//! let classes = Group::Orthogonal.rules().classes(3, 2, 1).unwrap();
//! let mean = classes.iter().fold(Fp::ZERO, |sum, class| {
//!     sum + class.weight * class.power_sums[0] * class.power_sums[0]
//! });
//! assert_eq!(mean, Fp::ONE);
//! ```

use std::fmt::Debug;

use eqt_runtime::{Fp, Scalar};

use crate::exact::{Matrix, Random};
use crate::signature::Dimension;

mod classes;
mod indefinite;
mod orthogonal;
mod symmetric;
mod symplectic;
mod trivial;

pub use classes::{Class, ClassBudget};

/// A group that acts on one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// `O(d)`.
    Orthogonal,
    /// `SO(d)`.
    SpecialOrthogonal,
    /// `O(p,q)`, metric `diag(+1 x p, -1 x q)`.
    Indefinite(usize, usize),
    /// `SO(p,q)`.
    SpecialIndefinite(usize, usize),
    /// `Sp(d)`, d even, form `[[0, I], [-I, 0]]`.
    Symplectic,
    /// `S(n)`, permuting labels.
    Symmetric,
    /// No group: a free label.
    Trivial,
}

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

/// What the compiler asks of an axis group.
///
/// Matrices act on contravariant components, `x -> g x`; `F` is the invariant form, `g^T F g = F`.
pub trait AxisGroup: Debug {
    /// The group in the grammar of signatures, for instance `O(d)`.
    fn text(&self, dimension: &Dimension) -> String;

    /// How ports are wired.
    fn wires(&self) -> Wires;

    /// The only column `b` of the form with `F[a][b] != 0`, and that entry, +1 or -1.
    /// For a label axis, `(a, +1)`.
    fn form(&self, dimension: usize, a: usize) -> (usize, i8);

    /// The sign of `det F`, by which a product of two epsilons becomes signed forms.
    fn form_determinant(&self, dimension: usize) -> i8 {
        let _ = dimension;
        1
    }

    /// The smallest size at which the diagrams on `ports` ports are independent and no identity of small dimension
    /// holds. With `epsilon`, diagrams of odd parity count too, so that the size must also exceed `ports`.
    fn stable_dimension(&self, ports: usize, epsilon: bool) -> usize;

    /// Representatives of conjugacy classes with weights, such that the weighted sum of a class function whose
    /// degree in the matrix entries is at most `band` is its integral over the (compact form of the) group:
    /// Weyl's integration formula as an equispaced quadrature on the torus, exact over the prime field.
    /// Each class carries the power sums `tr g^k` for `k = 1..=powers` and the determinant.
    ///
    /// # Errors
    /// [`ClassBudget`] if more classes would be needed than the budget allows.
    fn classes(&self, dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget>;

    /// Random elements that generate a dense subgroup: at least one from every connected component.
    fn random_elements(&self, dimension: usize, random: &mut Random) -> Vec<Matrix>;

    /// `det g` of a matrix of this group as the sign by which pseudo-tensors change; +1 for label axes.
    fn determinant_sign(&self, g: &Matrix) -> Fp {
        let _ = g;
        Fp::ONE
    }
}

impl Group {
    /// The rules of this group.
    pub fn rules(self) -> Box<dyn AxisGroup> {
        match self {
            Group::Orthogonal => Box::new(orthogonal::Orthogonal { special: false }),
            Group::SpecialOrthogonal => Box::new(orthogonal::Orthogonal { special: true }),
            Group::Indefinite(p, q) => Box::new(indefinite::Indefinite { p, q, special: false }),
            Group::SpecialIndefinite(p, q) => Box::new(indefinite::Indefinite { p, q, special: true }),
            Group::Symplectic => Box::new(symplectic::Symplectic),
            Group::Symmetric => Box::new(symmetric::Symmetric),
            Group::Trivial => Box::new(trivial::Trivial),
        }
    }

    /// The group in the grammar of signatures.
    pub fn text(self, dimension: &Dimension) -> String {
        self.rules().text(dimension)
    }

    /// Whether the axis carries labels, summed or free, rather than the index of a linear representation.
    pub fn is_label(self) -> bool {
        matches!(self.rules().wires(), Wires::Spiders { .. })
    }

    /// Whether the axis carries free labels, over which coefficients are arrays.
    pub fn is_free(self) -> bool {
        matches!(self.rules().wires(), Wires::Spiders { free: true })
    }

    /// When diagrams hold the epsilon of this axis.
    pub fn epsilon(self) -> Epsilon {
        match self.rules().wires() {
            Wires::Edges { epsilon, .. } => epsilon,
            Wires::Spiders { .. } => Epsilon::Never,
        }
    }

    /// Whether reversing an edge changes its sign.
    pub fn is_antisymmetric(self) -> bool {
        matches!(self.rules().wires(), Wires::Edges { antisymmetric: true, .. })
    }

    /// Whether there is a determinant character, so that pseudo-tensors exist.
    pub fn has_parity(self) -> bool {
        self.epsilon() != Epsilon::Never
    }
}
