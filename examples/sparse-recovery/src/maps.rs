//! The maps that are compared: two of the literature, two families that are trained.

use std::fmt;

use clap::ValueEnum;
use eqt::Element;
use eqt::map::{EquivariantMap, Sum};
use eqt::prelude::*;
use ndarray::{Array3, ArrayView3, Axis};

use crate::spectral::Spectral;

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

/// Typical size of `|a_i|^{2k}` for Gaussian rows: `sqrt(E r^{2k})`, `d r` chi-squared with d degrees of freedom,
/// so that `E r^m = prod_{j < m} (1 + 2 j / d)`. A step divided by it changes `h` equally for every k.
fn size(k: usize, d: usize) -> f32 {
    (0..2 * k).map(|j| 1.0 + 2.0 * j as f64 / d as f64).product::<f64>().sqrt() as f32
}

/// Whether a member is an invariant times the identity.
fn is_multiple_of_identity(member: &Element) -> bool {
    member.diagram.ends_with("delta^pq")
}

/// A value for each member, repeated for all parameters of its coefficient.
fn flat(map: &impl EquivariantMap<f32>, value: impl Fn(&Element) -> f32) -> Vec<f32> {
    let mut flat = vec![0.0; map.parameters().len()];
    for (array, member) in map.parameters().arrays().iter().zip(map.elements()) {
        flat[array.range.clone()].fill(value(&member));
    }
    flat
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

/// A family of maps `h: (R^D)^n -> S^D`, linear in its parameters, and how it is trained.
///
/// Rows are normalised: `|a_i|^2` has mean one.
pub(crate) struct Trainable<M> {
    /// The maps.
    pub(crate) map: M,
    /// What is made of their values.
    pub(crate) spectral: Spectral,
    /// Where training starts: `sum_i (|a_i|^2 - 1) a_i a_i^T`, SOS I on normalised rows.
    pub(crate) start: Vec<f32>,
    /// The learning rate of each parameter, relative to the common one. Zero for multiples of the identity: they move no
    /// eigenvector, and what rounding leaves of their gradient would let them drift.
    pub(crate) steps: Vec<f32>,
}

/// The values `h` (samples, D, D) at some parameters, of rows (samples, n, D).
type Values<'a> = Box<dyn Fn(&[f32], ArrayView3<'_, f32>) -> Result<Array3<f32>, String> + 'a>;

/// The gradient in the parameters, given also the gradient in `h`.
type Gradient<'a> =
    Box<dyn Fn(&[f32], ArrayView3<'_, f32>, ArrayView3<'_, f32>) -> Result<Vec<f32>, String> + 'a>;

/// What training calls of a family, whatever its type: a `dyn EquivariantMap` would have the functions that are not called
/// compiled for every D, too.
pub(crate) struct Calls<'a> {
    pub(crate) values: Values<'a>,
    pub(crate) gradient: Gradient<'a>,
    pub(crate) spectral: Spectral,
    pub(crate) start: &'a [f32],
    pub(crate) steps: &'a [f32],
}

impl<M: EquivariantMap<f32>> Trainable<M> {
    /// What training calls.
    pub(crate) fn calls(&self) -> Calls<'_> {
        let map = &self.map;
        let values = |parameters: &[f32], rows: ArrayView3<'_, f32>| {
            let h = map.values(parameters, &[rows.into_dyn()]).map_err(|error| error.to_string())?;
            h.into_dimensionality().map_err(|error| error.to_string())
        };
        let gradient = |parameters: &[f32], rows: ArrayView3<'_, f32>, dh: ArrayView3<'_, f32>| {
            let gradient = map.parameter_gradient(parameters, &[rows.into_dyn()], dh.into_dyn());
            gradient.map_err(|error| error.to_string())
        };
        let (values, gradient) = (Box::new(values), Box::new(gradient));
        Calls { values, gradient, spectral: self.spectral, start: &self.start, steps: &self.steps }
    }
}

/// `shared`, for n rows.
pub(crate) fn shared_family<const D: usize>(n: usize) -> Trainable<shared::Instance<D>> {
    let map = shared::instance::<D>(n);
    let (start, steps) = (flat(&map, at_sos), flat(&map, |member| step(member, D)));
    Trainable { map, spectral: Spectral::of::<D>(), start, steps }
}

/// The sums of a map of `pairs` and one of `powers`, for n rows.
pub(crate) fn labelled_family<const D: usize>(
    n: usize,
) -> Trainable<Sum<pairs::Instance<D>, powers::Instance<D>>> {
    let (pairs, powers) = (pairs::instance::<D>(n), powers::instance::<D>(n));
    let mut start = flat(&pairs, |_| 0.0);
    start.extend(flat(&powers, at_sos));
    // A label meets n others in P and itself alone in w: equal steps would let P, most of it noise unless the
    // covariance correlates the rows, drown w. Both are half of what trains fastest: where all labels are alike
    // (identity covariance) the start is nearly best, and large steps fit the training samples first.
    let pair = (2.0 / n as f32).min(0.5);
    let mut steps = flat(&pairs, |member| if is_multiple_of_identity(member) { 0.0 } else { pair });
    steps.extend(flat(&powers, |member| 0.5 * step(member, D)));
    let map = Sum::new::<f32>(pairs, powers);
    Trainable { map, spectral: Spectral::of::<D>(), start, steps }
}
