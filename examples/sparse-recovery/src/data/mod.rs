//! What every method is trained and tested on: bases of subspaces that hide a sparse vector.

pub(crate) mod files;
pub(crate) mod generate;
pub(crate) mod memory;

use ndarray::{Array2, Array3, Axis, Zip, s};

/// `samples` instances of the recovery problem.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    /// The bases `S`, shape (samples, n, d), columns orthonormal. The rows `a_1 .. a_n` are a model's input.
    pub(crate) bases: Array3<f64>,
    /// The hidden unit vectors `v_0`, shape (samples, n).
    pub(crate) planted: Array2<f64>,
}

impl Samples {
    pub(crate) fn len(&self) -> usize {
        self.bases.len_of(Axis(0))
    }

    pub(crate) fn n(&self) -> usize {
        self.bases.len_of(Axis(1))
    }

    pub(crate) fn d(&self) -> usize {
        self.bases.len_of(Axis(2))
    }

    /// `b = S^T v_0`, shape (samples, d): all of `v_0` that an estimate `S u` can reach, since `<v_0, S u> = <b, u>`.
    pub(crate) fn coordinates(&self) -> Array2<f64> {
        let mut b = Array2::zeros((self.len(), self.d()));
        Zip::from(b.rows_mut()).and(self.bases.outer_iter()).and(self.planted.rows()).for_each(
            |mut b, basis, v| {
                b.assign(&basis.t().dot(&v));
            },
        );
        b
    }

    /// The rows times `sqrt(n / d)`, in single precision: `|a_i|^2` is then 1 on average for every n and d, and
    /// the coefficients of a trained map keep their meaning when n changes.
    pub(crate) fn normalised_rows(&self) -> Array3<f32> {
        let scale = (self.n() as f64 / self.d() as f64).sqrt();
        self.bases.mapv(|x| (x * scale) as f32)
    }
}

/// Training, validation and test samples of one experiment.
#[derive(Clone, Debug)]
pub(crate) struct Dataset {
    pub(crate) train: Samples,
    pub(crate) validation: Samples,
    pub(crate) test: Samples,
}

/// Replaces the columns of `basis` (row-major, n x d) by an orthonormal basis of their span, the `Q` of a QR
/// factorisation with positive diagonal in `R`. Returns false if the columns are linearly dependent.
///
/// Gram-Schmidt, every column orthogonalised twice: the second pass removes the rounding of the first, after
/// which `Q^T Q = I` to machine precision ("twice is enough").
pub(crate) fn orthonormalise(basis: &mut ndarray::ArrayViewMut2<'_, f64>) -> bool {
    const DEPENDENT: f64 = 1e-10;
    /// Largest entries of a column whose squares neither overflow nor vanish.
    const SQUARES: std::ops::RangeInclusive<f64> = 1e-100..=1e100;
    for j in 0..basis.ncols() {
        let (done, mut rest) = basis.multi_slice_mut((s![.., ..j], s![.., j]));
        let largest = rest.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        if !SQUARES.contains(&largest) && largest > 0.0 && largest.is_finite() {
            // By a power of two, without rounding; in two steps, since the power itself may be out of range.
            let half = largest.log2().floor() / 2.0;
            for exponent in [half.floor(), half.ceil()] {
                rest *= 2.0_f64.powi(-exponent as i32);
            }
        }
        let before = rest.dot(&rest).sqrt();
        for _ in 0..2 {
            for q in done.columns() {
                let overlap = q.dot(&rest);
                rest.scaled_add(-overlap, &q);
            }
        }
        let length = rest.dot(&rest).sqrt();
        if length.is_nan() || length <= DEPENDENT * before {
            return false;
        }
        rest /= length;
    }
    true
}

/// Scales `v` to length one; false if its length is zero or not finite.
pub(crate) fn normalise(v: &mut [f64]) -> bool {
    // Dividing by the largest entry first keeps the squares from overflowing.
    let largest = v.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    if !(largest > 0.0 && largest.is_finite()) {
        return false;
    }
    let norm = v.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt();
    let length = largest * norm;
    // Next to the largest and the smallest numbers the length itself is not exact.
    if length.is_normal() {
        v.iter_mut().for_each(|x| *x /= length);
    } else {
        v.iter_mut().for_each(|x| *x = *x / largest / norm);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_vector_does_not_depend_on_the_scale_of_what_it_is_made_from() {
        for scale in [1e-310, 1e-200, 1.0, 1e200, 1e308] {
            let mut v = [1.0, -0.5, 0.0, 1.5].map(|x| x * scale);
            assert!(normalise(&mut v));
            let length = 3.5_f64.sqrt();
            for (x, expected) in v.iter().zip([1.0, -0.5, 0.0, 1.5]) {
                assert!((x - expected / length).abs() < 1e-12, "{scale}: {v:?}");
            }
        }
        assert!(!normalise(&mut [0.0, 0.0]) && !normalise(&mut [1.0, f64::NAN, f64::INFINITY]));
    }

    #[test]
    fn the_scale_of_columns_does_not_make_them_dependent() {
        let plain = ndarray::array![[3.0, 1.0, 2.0], [0.0, 4.0, -1.0], [1.0, 0.0, 5.0], [2.0, 1.0, 1.0]];
        let mut expected = plain.clone();
        assert!(orthonormalise(&mut expected.view_mut()));
        for scales in [[1e300, 1.0, 1e-300], [1e-310; 3], [1e307; 3], [1e-310, 1e307, 1.0]] {
            let mut scaled = &plain * &ndarray::arr1(&scales);
            assert!(orthonormalise(&mut scaled.view_mut()), "{scales:?}");
            assert!((&scaled - &expected).iter().all(|x| x.abs() < 1e-12), "{scales:?}");
            let mut dependent = scaled;
            let copy = &dependent.column(0) * scales[1];
            dependent.column_mut(1).assign(&copy);
            assert!(!orthonormalise(&mut dependent.view_mut()), "{scales:?}");
        }
    }
}
