//! The two maps of the literature, written by hand.

use ndarray::{Array3, ArrayView3};

/// `sum_i (|a_i|^2 - shift / n) a_i a_i^T + multiple I` of every sample: `a` (samples, n, D), result (samples, D, D).
pub(super) fn batch<const D: usize>(
    a: ArrayView3<'_, f32>,
    shift: f32,
    multiple: f32,
) -> Result<Array3<f32>, String> {
    let (samples, n, d) = a.dim();
    if d != D {
        return Err(format!("expected rows of length {D}, found {d}"));
    }
    let mut h = Array3::zeros((samples, D, D));
    for (a, mut h) in a.outer_iter().zip(h.outer_iter_mut()) {
        h.diag_mut().fill(multiple);
        for a in a.rows() {
            let a: [f32; D] = std::array::from_fn(|p| a[p]);
            let weight = a.iter().map(|x| x * x).sum::<f32>() - shift / n as f32;
            for p in 0..D {
                for q in 0..D {
                    h[[p, q]] += weight * a[p] * a[q];
                }
            }
        }
    }
    Ok(h)
}
