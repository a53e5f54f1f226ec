//! What every method is trained and tested on: bases of subspaces that hide a sparse vector.

pub(crate) mod files;
pub(crate) mod generate;

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
    for j in 0..basis.ncols() {
        let (done, mut rest) = basis.multi_slice_mut((s![.., ..j], s![.., j]));
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
    let length = largest * v.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt();
    v.iter_mut().for_each(|x| *x /= length);
    true
}
