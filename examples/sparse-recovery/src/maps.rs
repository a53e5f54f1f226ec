//! The maps that are compared: two of the literature, two families that are trained.

use std::fmt;

use clap::ValueEnum;
use ndarray::{Array1, Array2, Array3, ArrayView3, ArrayViewMut3};

mod reference;

use reference::{pairs, powers, shared, sos_1, sos_2};

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
    let mut h = Array3::zeros((a.dim().0, D, D));
    match model {
        Model::SosII => sos_2::batch::<D, f32>(a, h.view_mut()),
        _ => sos_1::batch::<D, f32>(a, h.view_mut()),
    }
    .map_err(|e| e.to_string())?;
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

/// `O(D) * S(n), degree <= 12, labels <= 1`: 13 constants, for any n.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    theta: [f32; shared::LEN],
}

impl Shared {
    /// The coefficients of SOS I: `sum_i (|a_i|^2 - 1) a_i a_i^T` on normalised rows.
    pub(crate) fn at_sos() -> Self {
        let mut theta = [0.0; shared::LEN];
        theta[shared::outer(0)] = -1.0;
        theta[shared::outer(1)] = 1.0;
        Self { theta }
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
        let mut steps = vec![0.0; shared::LEN];
        (0..6).for_each(|k| steps[shared::outer(k)] = 1.0 / size(k, D));
        steps
    }

    fn count(&self) -> usize {
        shared::LEN
    }
}

/// The sum of `O(D), degree <= 2` and `O(D), degree <= 10, labels <= 1`, labels free in both.
#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    pairs: pairs::Coefficients<f32>,
    powers: powers::Coefficients<f32>,
}

impl Labelled {
    /// The coefficients of SOS I, the same for every label.
    pub(crate) fn at_sos(n: usize) -> Self {
        let pairs = pairs::Coefficients {
            constant: 0.0,
            outer: Array2::zeros((n, n)),
            identity: Array2::zeros((n, n)),
        };
        let zeros = || std::array::from_fn(|_| Array1::zeros(n));
        let mut powers = powers::Coefficients { constant: 0.0, outer: zeros(), identity: zeros() };
        powers.outer[0].fill(-1.0);
        powers.outer[1].fill(1.0);
        Self { pairs, powers }
    }

    fn n(&self) -> usize {
        self.pairs.outer.nrows()
    }
}

/// All coefficients in the flat order: pairs before powers, each as its struct lists them.
fn flatten(pairs: &pairs::Coefficients<f32>, powers: &powers::Coefficients<f32>) -> Vec<f32> {
    let mut flat = vec![pairs.constant, powers.constant];
    flat.extend(&pairs.outer);
    flat.extend(&pairs.identity);
    powers.outer.iter().chain(&powers.identity).for_each(|w| flat.extend(w));
    flat
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
        Ok(flatten(&pairs.theta, &powers.theta))
    }

    fn coefficients(&self) -> Vec<f32> {
        flatten(&self.pairs, &self.powers)
    }

    fn set_coefficients(&mut self, flat: &[f32]) {
        let mut rest = flat.iter().copied();
        let mut fill = |x: &mut f32| *x = rest.next().unwrap_or(*x);
        fill(&mut self.pairs.constant);
        fill(&mut self.powers.constant);
        self.pairs.outer.iter_mut().for_each(&mut fill);
        self.pairs.identity.iter_mut().for_each(&mut fill);
        let powers = self.powers.outer.iter_mut().chain(&mut self.powers.identity);
        powers.flatten().for_each(&mut fill);
    }

    fn steps(&self) -> Vec<f32> {
        let n = self.n();
        let mut steps = Self::at_sos(n);
        // A label meets n others in P and itself alone in w: equal steps would let P, most of it noise unless the
        // covariance correlates the rows, drown w. Both are half of what trains fastest: where all labels are alike
        // (identity covariance) the start is nearly best, and large steps fit the training samples first.
        steps.pairs.outer.fill((2.0 / n as f32).min(0.5));
        for (k, w) in steps.powers.outer.iter_mut().enumerate() {
            w.fill(0.5 / size(k, D));
        }
        flatten(&steps.pairs, &steps.powers)
    }

    fn count(&self) -> usize {
        let n = self.n();
        // P and Q are symmetric; two constants; w and z.
        n * (n + 1) + 2 + 2 * powers::POWERS * n
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Axis;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    const D: usize = 4;

    fn gaussian(samples: usize, n: usize, d: usize, seed: u64) -> Array3<f32> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        Array3::from_shape_simple_fn((samples, n, d), || StandardNormal.sample(&mut rng))
    }

    fn batch(map: &impl TrainableMap<D>, a: &Array3<f32>) -> Array3<f32> {
        let mut h = Array3::zeros((a.dim().0, D, D));
        map.batch(a.view(), h.view_mut()).unwrap();
        h
    }

    /// A map is linear in its coefficients, so `<gradient, delta> = <dh, h(delta)>` for every direction `delta`:
    /// the exact form of a finite difference.
    fn gradient_is_the_transpose_of_the_map<M: TrainableMap<D> + Clone>(map: &M, n: usize, symmetrise: bool) {
        let (a, dh) = (gaussian(3, n, D, 1), gaussian(3, D, D, 2));
        let dh = (&dh + &dh.view().permuted_axes([0, 2, 1])) / 2.0;
        let gradient = map.batch_gradient(a.view(), dh.view()).unwrap();
        let len = gradient.len();
        for index in (0..len).step_by(1 + len / 60) {
            let mut unit = map.clone();
            let mut flat = vec![0.0; len];
            flat[index] = 1.0;
            unit.set_coefficients(&flat);
            assert_eq!(unit.coefficients(), flat, "the flat order is the same in both directions");
            let h = batch(&unit, &a);
            // P alone need not give a symmetric h here: dh is symmetric and sees the symmetric part.
            let expected = (&h * &dh).sum();
            let scale = 1.0 + (&h * &dh).mapv(f32::abs).sum();
            assert!(
                (gradient[index] - expected).abs() < 1e-4 * scale,
                "{index}: {} {expected}",
                gradient[index]
            );
        }
        assert_eq!(map.steps().len(), len);
        assert!(symmetrise || len == map.count());
    }

    #[test]
    fn gradients_are_the_transposes_of_the_maps() {
        gradient_is_the_transpose_of_the_map(&Shared::at_sos(), 6, false);
        gradient_is_the_transpose_of_the_map(&Labelled::at_sos(6), 6, true);
    }

    #[test]
    fn training_starts_at_sos() {
        let n = 12;
        let rows = gaussian(5, n, D, 3);
        let scale = (n as f32 / D as f32).sqrt();
        // |scale a|^2 - 1 = (n / d) (|a|^2 - d / n): both maps are (n / d)^2 times SOS I of the bare rows.
        let sos = sos::<D>(Model::SosI, rows.view()).unwrap() * scale.powi(4);
        for h in [batch(&Shared::at_sos(), &(&rows * scale)), batch(&Labelled::at_sos(n), &(&rows * scale))] {
            let largest = sos.iter().fold(0.0, |m: f32, x| m.max(x.abs()));
            assert!((&h - &sos).iter().all(|x| x.abs() < 1e-5 * largest));
        }
    }

    #[test]
    fn maps_are_equivariant_under_reflections_and_the_shared_one_forgets_the_order() {
        let a = gaussian(2, 6, D, 4);
        let mut mirrored = a.clone();
        mirrored.index_axis_mut(Axis(2), 1).mapv_inplace(|x| -x);
        let mut labelled = Labelled::at_sos(6);
        let len = TrainableMap::<D>::coefficients(&labelled).len();
        let flat: Vec<f32> = (0..len).map(|i| (i as f32).sin()).collect();
        TrainableMap::<D>::set_coefficients(&mut labelled, &flat);
        let (h, g) = (batch(&labelled, &a), batch(&labelled, &mirrored));
        for (index, x) in h.indexed_iter() {
            let sign = if (index.1 == 1) == (index.2 == 1) { 1.0 } else { -1.0 };
            assert!((x - sign * g[index]).abs() < 1e-3 * (1.0 + x.abs()));
        }

        let reversed = a.slice(ndarray::s![.., ..;-1, ..]).to_owned();
        let (h, g) = (batch(&Shared::at_sos(), &a), batch(&Shared::at_sos(), &reversed));
        assert!((&h - &g).iter().all(|x| x.abs() < 1e-4));
    }

    #[test]
    fn wrong_shapes_are_errors() {
        let a = gaussian(2, 6, D, 5);
        let mut h = Array3::zeros((3, D, D));
        let error = TrainableMap::<D>::batch(&Shared::at_sos(), a.view(), h.view_mut()).unwrap_err();
        assert!(error.contains("(2, 6, 4) and (3, 4, 4)"), "{error}");
        let mut h = Array3::zeros((2, D, D));
        let error = TrainableMap::<D>::batch(&Labelled::at_sos(5), a.view(), h.view_mut()).unwrap_err();
        assert!(error.contains("n = 6 labels, found 5"), "{error}");
    }
}
