//! From a matrix to an estimate: the top eigenvector of `h(a)`, the loss, and its gradient in `h`.
//!
//! With `b = S^T v_0` the estimate `v^ = S u` has `<v_0, v^> = <b, u>`, so everything happens in d dimensions.

use eqt::eigen::{Eigen, eigen, top_eigenvector_gradient};
use eqt::prelude::*;
use ndarray::{ArrayView1, ArrayView2, ArrayView3, ArrayViewMut3};

/// The two functions at some d: what holds them need not be compiled for every d.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spectral {
    /// [`scores`]
    pub(crate) scores: fn(ArrayView3<'_, f32>, ArrayView2<'_, f64>) -> Vec<f64>,
    /// [`loss_and_gradient`]
    pub(crate) loss_and_gradient: fn(ArrayView3<'_, f32>, ArrayView2<'_, f64>, ArrayViewMut3<'_, f32>) -> f64,
}

impl Spectral {
    /// At d = `D`.
    pub(crate) fn of<const D: usize>() -> Self {
        Self { scores: scores::<D>, loss_and_gradient: loss_and_gradient::<D> }
    }
}

/// `<v_0, v^>^2` of every sample of a batch: `h` (samples, d, d), `b` (samples, d). A sample whose `h` is not finite
/// has no estimate and counts zero.
pub(crate) fn scores<const D: usize>(h: ArrayView3<'_, f32>, b: ArrayView2<'_, f64>) -> Vec<f64> {
    let score = |(h, b): (ArrayView2<'_, f32>, ArrayView1<'_, f64>)| {
        decompose::<D>(&h).map_or(0.0, |eigen| vector(&b).dot(&eigen.top().1).powi(2))
    };
    h.outer_iter().zip(b.rows()).map(score).collect()
}

/// Mean of the loss `1 - <v_0, v^>^2` over a batch; writes its gradient in `h` to `dh` (samples, d, d).
///
/// With `u` the top eigenvector, the gradient of the loss in it is `-2 <b, u> b`.
pub(crate) fn loss_and_gradient<const D: usize>(
    h: ArrayView3<'_, f32>,
    b: ArrayView2<'_, f64>,
    mut dh: ArrayViewMut3<'_, f32>,
) -> f64 {
    let samples = b.nrows() as f64;
    let mut total = 0.0;
    for ((h, b), mut dh) in h.outer_iter().zip(b.rows()).zip(dh.outer_iter_mut()) {
        let Some(eigen) = decompose::<D>(&h) else {
            dh.fill(0.0);
            total += 1.0;
            continue;
        };
        let b = vector::<D>(&b);
        let overlap = b.dot(&eigen.top().1);
        total += 1.0 - overlap * overlap;
        let du = b * (-2.0 * overlap / samples);
        let gradient = top_eigenvector_gradient(&eigen, &damped(&eigen, &du));
        dh.iter_mut().zip(gradient.0.as_flattened()).for_each(|(dh, x)| *dh = *x as f32);
    }
    total / samples
}

/// `du` with its part along `u_k` times `gap^2 / (gap^2 + (c spread)^2)`, `gap = lambda_top - lambda_k`: the gradient
/// in h then has `gap / (gap^2 + (c spread)^2)` for `1 / gap`. That changes nothing but samples where two eigenvalues
/// almost meet, whose gradients would drown the batch's.
///
/// Over three trials it raises the test score of the labelled maps on BR vectors with identity covariance from .874 to
/// .889, and that of the shared ones with random covariance from .980 (.96 in the worst trial) to .989.
fn damped<const D: usize>(eigen: &Eigen<D>, du: &Vector<D>) -> Vector<D> {
    const DAMPING: f64 = 0.02;
    let spread = eigen.values[0] - eigen.values[D - 1];
    let mut sum = Vector([0.0; D]);
    for (value, u) in eigen.values.iter().zip(&eigen.vectors) {
        let gap = eigen.values[0] - value;
        if gap > 0.0 {
            let rest = DAMPING * spread / gap;
            sum += *u * (u.dot(du) / (1.0 + rest * rest));
        }
    }
    sum
}

/// The eigenvectors of a matrix, unless an entry is infinite or NaN.
fn decompose<const D: usize>(h: &ArrayView2<'_, f32>) -> Option<Eigen<D>> {
    let h = Sym(std::array::from_fn(|p| std::array::from_fn(|q| f64::from(h[[p, q]]))));
    h.0.as_flattened().iter().all(|x: &f64| x.is_finite()).then(|| eigen(&h))
}

fn vector<const D: usize>(b: &ArrayView1<'_, f64>) -> Vector<D> {
    Vector(std::array::from_fn(|p| b[p]))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3};
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn random<const D: usize>(seed: u64, samples: usize) -> (Array3<f32>, Array2<f64>) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut h = Array3::from_shape_simple_fn((samples, D, D), || rng.random_range(-1.0..1.0_f32));
        for mut h in h.outer_iter_mut() {
            let transposed = h.t().to_owned();
            h += &transposed;
        }
        (h, Array2::from_shape_simple_fn((samples, D), || rng.random_range(-1.0..1.0_f64)))
    }

    #[test]
    fn the_gradient_is_the_finite_difference_of_the_loss() {
        const D: usize = 5;
        let (h, b) = random::<D>(4, 3);
        let mut dh = Array3::zeros(h.dim());
        loss_and_gradient::<D>(h.view(), b.view(), dh.view_mut());
        let mut scratch = dh.clone();
        for index in ndarray::indices(h.dim()) {
            let (s, p, q) = index;
            let mut loss = |step: f32| {
                let mut moved = h.clone();
                moved[[s, p, q]] += step;
                if p != q {
                    moved[[s, q, p]] += step;
                }
                loss_and_gradient::<D>(moved.view(), b.view(), scratch.view_mut())
            };
            // An off-diagonal entry and its mirror image move together. The smoothing of small gaps
            // changes the gradient by at most (0.02 lambda / gap)^2.
            let step = 1e-2;
            let expected = (loss(step) - loss(-step)) / (2.0 * f64::from(step));
            let found = f64::from(dh[[s, p, q]]) * if p == q { 1.0 } else { 2.0 };
            assert!((found - expected).abs() < 0.02, "{index:?}: {found} {expected}");
        }
    }

    #[test]
    fn degenerate_and_infinite_matrices_give_finite_results() {
        let (mut h, b) = random::<3>(2, 4);
        h.index_axis_mut(ndarray::Axis(0), 0).fill(0.0);
        h[[1, 0, 0]] = f32::NAN;
        h[[2, 0, 0]] = f32::INFINITY;
        let mut dh = Array3::zeros(h.dim());
        assert!(loss_and_gradient::<3>(h.view(), b.view(), dh.view_mut()).is_finite());
        assert!(dh.iter().all(|x| x.is_finite()));
        assert!(scores::<3>(h.view(), b.view()).iter().all(|x| x.is_finite()));
    }
}
