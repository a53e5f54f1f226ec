//! The maps that are compared: two of the literature, two families that are trained.

use std::fmt;
use std::iter::repeat_n;

use clap::ValueEnum;
use eqt::Element;
use eqt::prelude::*;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Axis};

#[cfg(test)]
mod reference;
mod sos;
#[cfg(test)]
mod tests;

/// All maps of degree <= 12 that sum one function over the rows: 13 constants, for any number of rows.
#[equivariant(O(D) * S(n), degree <= 12, labels <= 1)]
pub(crate) fn shared<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

/// All maps of degree <= 2, with a coefficient for each pair of rows.
#[equivariant(O(D), degree <= 2)]
pub(crate) fn pairs<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

/// All maps of degree <= 10 that sum functions of single rows, with coefficients for each row.
#[equivariant(O(D), degree <= 10, labels <= 1)]
pub(crate) fn powers<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

/// A method of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Model {
    /// sum_i (|a_i|^2 - d/n) a_i a_i^T (Hopkins, Schramm, Shi, Steurer 2016)
    #[value(name = "sos-i")]
    SosI,
    /// sum_i (|a_i|^2 - (d-1)/n) a_i a_i^T - 3 I (Mao, Wein 2022)
    #[value(name = "sos-ii")]
    SosII,
    /// trained, O(D)*S(n): sum_i f(|a_i|^2) a_i a_i^T, f a polynomial of degree 5; any n
    Shared,
    /// trained, O(D): sum_ij P_ij a_i a_j^T + sum_i f_i(|a_i|^2) a_i a_i^T, a polynomial of degree 4 for each label
    Labelled,
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SosI => "sos-i",
            Self::SosII => "sos-ii",
            Self::Shared => "shared",
            Self::Labelled => "labelled",
        })
    }
}

/// `h(a)` of SOS I or II, in single precision, for bases of any scale.
pub(crate) fn sos<const D: usize>(model: Model, a: ArrayView3<'_, f32>) -> Result<Array3<f32>, String> {
    let mut h = Array3::zeros((a.len_of(Axis(0)), D, D));
    match model {
        Model::SosII => sos::second::batch::<D, f32>(a, h.view_mut()),
        _ => sos::first::batch::<D, f32>(a, h.view_mut()),
    }
    .map_err(|error| error.to_string())?;
    Ok(h)
}

/// A family of maps `h: (R^D)^n -> S^D`, linear in its coefficients, seen as a flat vector by the optimiser.
///
/// Rows are normalised: `|a_i|^2` has mean one. The flat order is the map's own and matters to nobody else.
pub(crate) trait TrainableMap<const D: usize> {
    /// `h` (samples, D, D) of the rows `a` (samples, n, D).
    fn batch(&self, a: ArrayView3<'_, f32>, h: ArrayViewMut3<'_, f32>) -> Result<(), String>;

    /// The gradient of `sum_samples <dh, h(a)>` in the coefficients.
    fn batch_gradient(&self, a: ArrayView3<'_, f32>, dh: ArrayView3<'_, f32>) -> Result<Vec<f32>, String>;

    fn coefficients(&self) -> Vec<f32>;

    fn set_coefficients(&mut self, flat: &[f32]);

    /// The learning rate of each coefficient, relative to the common one. Zero for multiples of the identity:
    /// they move no eigenvector, and what rounding leaves of their gradient would let them drift.
    fn steps(&self) -> Vec<f32>;

    /// The number of independent coefficients of the family.
    fn count(&self) -> usize;
}

/// Typical size of `|a_i|^{2k}` for Gaussian rows: `sqrt(E r^{2k})`, `d r` chi-squared with d degrees of freedom,
/// so that `E r^m = prod_{j < m} (1 + 2 j / d)`. A step divided by it changes `h` equally for every k.
fn size(k: usize, d: usize) -> f32 {
    (0..2 * k).map(|j| 1.0 + 2.0 * j as f64 / d as f64).product::<f64>().sqrt() as f32
}

/// Whether a member is an invariant times the identity.
fn is_multiple_of_identity(member: &Element) -> bool {
    member.diagram.ends_with("delta^pq")
}

/// The number of scalars that the coefficient of `member` has, for n labels.
fn scalars(member: &Element, n: usize) -> usize {
    n.pow(member.labels.len() as u32)
}

/// A value for each member, repeated for all scalars of its coefficient: what the flat order of a map looks like.
fn flat(basis: &Basis, n: usize, value: impl Fn(&Element) -> f32) -> Vec<f32> {
    basis.iter().flat_map(|member| repeat_n(value(member), scalars(member, n))).collect()
}

/// The coefficient of a member of `sum_i f(|a_i|^2) a_i a_i^T` at SOS I: `f(r) = r - 1` on normalised rows.
fn at_sos(member: &Element) -> f32 {
    match member.degree {
        _ if is_multiple_of_identity(member) => 0.0,
        2 => -1.0,
        4 => 1.0,
        _ => 0.0,
    }
}

/// The step of a member of `sum_i f(|a_i|^2) a_i a_i^T`.
fn step(member: &Element, d: usize) -> f32 {
    if is_multiple_of_identity(member) { 0.0 } else { 1.0 / size(member.degree as usize / 2 - 1, d) }
}

/// The maps of `shared`.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    theta: [f32; shared::LEN],
}

impl Shared {
    /// The coefficients of SOS I: `sum_i (|a_i|^2 - 1) a_i a_i^T` on normalised rows.
    pub(crate) fn at_sos() -> Self {
        let mut map = Self { theta: [0.0; shared::LEN] };
        map.theta.copy_from_slice(&flat(&shared::basis(), 0, at_sos));
        map
    }
}

impl<const D: usize> TrainableMap<D> for Shared {
    fn batch(&self, a: ArrayView3<'_, f32>, h: ArrayViewMut3<'_, f32>) -> Result<(), String> {
        shared::batch::<D, f32>(&self.theta, a, h).map_err(|e| e.to_string())
    }

    fn batch_gradient(&self, a: ArrayView3<'_, f32>, dh: ArrayView3<'_, f32>) -> Result<Vec<f32>, String> {
        let gradient = shared::batch_gradient::<D, f32>(&self.theta, a, dh).map_err(|e| e.to_string())?;
        Ok(gradient.theta.to_vec())
    }

    fn coefficients(&self) -> Vec<f32> {
        self.theta.to_vec()
    }

    fn set_coefficients(&mut self, flat: &[f32]) {
        self.theta.copy_from_slice(flat);
    }

    fn steps(&self) -> Vec<f32> {
        flat(&shared::basis(), 0, |member| step(member, D))
    }

    fn count(&self) -> usize {
        shared::LEN
    }
}

/// The sums of a map of `pairs` and one of `powers`.
#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    pairs: pairs::Coefficients<f32>,
    powers: powers::Coefficients<f32>,
    n: usize,
}

impl Labelled {
    /// The coefficients of SOS I, the same for every label.
    pub(crate) fn at_sos(n: usize) -> Self {
        let (pairs, powers) = (pairs::Coefficients::zeros(n), powers::Coefficients::zeros(n));
        let mut map = Self { pairs, powers, n };
        map.set(&map.flat(|_| 0.0, at_sos));
        map
    }

    /// A value for each member of the two bases, in the flat order: pairs before powers.
    fn flat(&self, pair: impl Fn(&Element) -> f32, power: impl Fn(&Element) -> f32) -> Vec<f32> {
        let mut all = flat(&pairs::basis(), self.n, pair);
        all.extend(flat(&powers::basis(), self.n, power));
        all
    }

    fn set(&mut self, flat: &[f32]) {
        let all = self.pairs.iter_mut().chain(self.powers.iter_mut());
        all.zip(flat).for_each(|(x, value)| *x = *value);
    }
}

impl<const D: usize> TrainableMap<D> for Labelled {
    fn batch(&self, a: ArrayView3<'_, f32>, mut h: ArrayViewMut3<'_, f32>) -> Result<(), String> {
        let mut second = Array3::zeros(h.dim());
        pairs::batch::<D, f32>(&self.pairs, a, h.view_mut()).map_err(|e| e.to_string())?;
        powers::batch::<D, f32>(&self.powers, a, second.view_mut()).map_err(|e| e.to_string())?;
        h += &second;
        Ok(())
    }

    fn batch_gradient(&self, a: ArrayView3<'_, f32>, dh: ArrayView3<'_, f32>) -> Result<Vec<f32>, String> {
        let pairs = pairs::batch_gradient::<D, f32>(&self.pairs, a, dh).map_err(|e| e.to_string())?;
        let powers = powers::batch_gradient::<D, f32>(&self.powers, a, dh).map_err(|e| e.to_string())?;
        let mut flat = pairs.theta.to_vec();
        flat.extend(powers.theta.to_vec());
        Ok(flat)
    }

    fn coefficients(&self) -> Vec<f32> {
        let mut flat = self.pairs.to_vec();
        flat.extend(self.powers.to_vec());
        flat
    }

    fn set_coefficients(&mut self, flat: &[f32]) {
        self.set(flat);
    }

    fn steps(&self) -> Vec<f32> {
        // A label meets n others in P and itself alone in w: equal steps would let P, most of it noise unless the
        // covariance correlates the rows, drown w. Both are half of what trains fastest: where all labels are alike
        // (identity covariance) the start is nearly best, and large steps fit the training samples first.
        let pair = (2.0 / self.n as f32).min(0.5);
        self.flat(
            |member| if is_multiple_of_identity(member) { 0.0 } else { pair },
            |member| 0.5 * step(member, D),
        )
    }

    fn count(&self) -> usize {
        // Coefficients of pairs are symmetric.
        let independent = |member: &Element| match member.labels.len() {
            2 => self.n * (self.n + 1) / 2,
            _ => scalars(member, self.n),
        };
        pairs::basis().iter().chain(&powers::basis()).map(independent).sum()
    }
}
