//! From a matrix to an estimate: the top eigenvector of `h(a)`, the loss, and its gradient in `h`.
//!
//! With `b = S^T v_0` the estimate `v^ = S u` has `<v_0, v^> = <b, u>`, so everything happens in d dimensions.

use ndarray::{ArrayView2, ArrayView3, ArrayViewMut3};

mod jacobi;

/// `<v_0, v^>^2` of every sample of a batch: `h` (samples, d, d), `b` (samples, d). A sample whose `h` is not finite
/// has no estimate and counts zero.
pub(crate) fn scores<const D: usize>(h: ArrayView3<'_, f32>, b: ArrayView2<'_, f64>) -> Vec<f64> {
    let score = |(h, b): (ndarray::ArrayView2<'_, f32>, ndarray::ArrayView1<'_, f64>)| {
        let h = matrix::<D>(&h);
        let b: [f64; D] = std::array::from_fn(|i| b[i]);
        if h.as_flattened().iter().all(|x| x.is_finite()) {
            dot(&b, &jacobi::eigen(h).1[0]).powi(2)
        } else {
            0.0
        }
    };
    h.outer_iter().zip(b.rows()).map(score).collect()
}

/// Mean of the loss `1 - <v_0, v^>^2` over a batch; writes its gradient in `h` to `dh` (samples, d, d).
///
/// With eigenpairs `(lambda_k, u_k)`, `u = u_0` the top one and `g = dL/du = -2 <b, u> b`, first-order
/// perturbation theory, `du = sum_{k > 0} u_k (u_k^T dh u) / (lambda_0 - lambda_k)`, gives
/// `dL/dh = sym(w u^T)`, `w = sum_{k > 0} u_k <u_k, g> / (lambda_0 - lambda_k)`.
pub(crate) fn loss_and_gradient<const D: usize>(
    h: ArrayView3<'_, f32>,
    b: ArrayView2<'_, f64>,
    mut dh: ArrayViewMut3<'_, f32>,
) -> f64 {
    let samples = b.nrows() as f64;
    let mut total = 0.0;
    for ((h, b), mut dh) in h.outer_iter().zip(b.rows()).zip(dh.outer_iter_mut()) {
        let h = matrix::<D>(&h);
        let b: [f64; D] = std::array::from_fn(|i| b[i]);
        dh.fill(0.0);
        if !h.as_flattened().iter().all(|x| x.is_finite()) {
            total += 1.0;
            continue;
        }
        let (values, vectors) = jacobi::eigen(h);
        let u = &vectors[0];
        let overlap = dot(&b, u);
        total += 1.0 - overlap * overlap;
        let w = response(&values, &vectors, &b, overlap);
        for p in 0..D {
            for q in 0..D {
                dh[[p, q]] = (0.5 * (w[p] * u[q] + w[q] * u[p]) / samples) as f32;
            }
        }
    }
    total / samples
}

/// `w` of [`loss_and_gradient`]. Where two eigenvalues almost meet, `1 / gap` is replaced by
/// `gap / (gap^2 + (c lambda)^2)`: equal for all but such samples, whose gradient would drown the batch's.
fn response<const D: usize>(
    values: &[f64; D],
    vectors: &[[f64; D]; D],
    b: &[f64; D],
    overlap: f64,
) -> [f64; D] {
    const SMOOTHING: f64 = 0.02;
    let width = SMOOTHING * (values[0] - values[D - 1]);
    let mut w = [0.0; D];
    for k in 1..D {
        let gap = values[0] - values[k];
        if gap > 0.0 {
            let step = -2.0 * overlap * dot(&vectors[k], b) * gap / (gap * gap + width * width);
            w.iter_mut().zip(&vectors[k]).for_each(|(w, x)| *w += step * x);
        }
    }
    w
}

fn matrix<const D: usize>(h: &ndarray::ArrayView2<'_, f32>) -> [[f64; D]; D] {
    std::array::from_fn(|p| std::array::from_fn(|q| f64::from(h[[p, q]])))
}

fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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

    fn eigen_equations_hold<const D: usize>() {
        let (h, _) = random::<D>(D as u64, 20);
        for h in h.outer_iter() {
            let h = matrix::<D>(&h);
            let (values, vectors) = jacobi::eigen(h);
            assert!(values.windows(2).all(|w| w[0] >= w[1]));
            for (k, u) in vectors.iter().enumerate() {
                for p in 0..D {
                    assert!((dot(&h[p], u) - values[k] * u[p]).abs() < 1e-12);
                }
                for (l, v) in vectors.iter().enumerate() {
                    assert!((dot(u, v) - f64::from(k == l)).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn eigenvectors_are_orthonormal_and_satisfy_their_equation() {
        eigen_equations_hold::<1>();
        eigen_equations_hold::<2>();
        eigen_equations_hold::<5>();
        eigen_equations_hold::<16>();
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
