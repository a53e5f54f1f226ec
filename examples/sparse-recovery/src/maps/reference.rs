//! The trained maps of this example, written by hand, with the interface of compiled ones: what these are tested by.
//!
//! Shapes: `a` (samples, n, D), `out` and `dh` (samples, D, D). Every function returns an error, not a panic, on a
//! shape that does not fit.

use std::fmt;

use ndarray::{Array1, Array2, ArrayView3, ArrayViewMut3, NdFloat};

/// A batch whose shape does not fit the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShapeError(String);

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `a` must be (samples, n, D) and `h` (samples, D, D).
fn check<const D: usize>(a: (usize, usize, usize), h: (usize, usize, usize)) -> Result<(), ShapeError> {
    if a.2 != D || h != (a.0, D, D) {
        return Err(ShapeError(format!("expected (s, n, {D}) and (s, {D}, {D}), found {a:?} and {h:?}")));
    }
    Ok(())
}

/// `n` labels are expected where a coefficient array has its own length.
fn check_labels(labels: usize, n: usize) -> Result<(), ShapeError> {
    if labels != n {
        return Err(ShapeError(format!("expected coefficients for n = {n} labels, found {labels}")));
    }
    Ok(())
}

fn row<const D: usize, T: NdFloat>(a: &ndarray::ArrayView2<'_, T>, i: usize) -> [T; D] {
    std::array::from_fn(|p| a[[i, p]])
}

fn square<const D: usize, T: NdFloat>(a: &[T; D]) -> T {
    a.iter().fold(T::zero(), |s, x| s + *x * *x)
}

/// `out[p][q] += c a_p a_q`.
fn add_outer<const D: usize, T: NdFloat>(out: &mut [[T; D]; D], c: T, a: &[T; D]) {
    for p in 0..D {
        for q in 0..D {
            out[p][q] += c * a[p] * a[q];
        }
    }
}

/// `out[p][p] += c`.
fn add_identity<const D: usize, T: NdFloat>(out: &mut [[T; D]; D], c: T) {
    for (p, row) in out.iter_mut().enumerate() {
        row[p] += c;
    }
}

/// `<a, dh a>` and `tr dh`: the derivatives of `<dh, a a^T>` and `<dh, I>`.
fn contract<const D: usize, T: NdFloat>(dh: &[[T; D]; D], a: &[T; D]) -> T {
    let mut sum = T::zero();
    for p in 0..D {
        for q in 0..D {
            sum += dh[p][q] * a[p] * a[q];
        }
    }
    sum
}

fn trace<const D: usize, T: NdFloat>(dh: &[[T; D]; D]) -> T {
    (0..D).fold(T::zero(), |s, p| s + dh[p][p])
}

fn load<const D: usize, T: NdFloat>(dh: &ndarray::ArrayView2<'_, T>) -> [[T; D]; D] {
    std::array::from_fn(|p| std::array::from_fn(|q| dh[[p, q]]))
}

/// Evaluates `h` sample by sample.
fn each<const D: usize, T: NdFloat>(
    a: ArrayView3<'_, T>,
    mut out: ArrayViewMut3<'_, T>,
    h: impl Fn(&ndarray::ArrayView2<'_, T>, &mut [[T; D]; D]),
) -> Result<(), ShapeError> {
    check::<D>(a.dim(), out.dim())?;
    for (a, mut out) in a.outer_iter().zip(out.outer_iter_mut()) {
        let mut sum = [[T::zero(); D]; D];
        h(&a, &mut sum);
        out.iter_mut().zip(sum.as_flattened()).for_each(|(out, x)| *out = *x);
    }
    Ok(())
}

/// `O(D) * S(n), degree <= 12, labels <= 1`:
/// `c_0 I + sum_{k=0..5} (theta_k sum_i |a_i|^{2k} a_i a_i^T + c_{k+1} sum_i |a_i|^{2k+2} I)`.
pub(crate) mod shared {
    use super::*;

    pub(crate) const LEN: usize = 13;

    /// The place of `sum_i |a_i|^{2k} a_i a_i^T` among the members: I, then per degree the two of that degree.
    pub(crate) const fn outer(k: usize) -> usize {
        1 + 2 * k
    }

    /// The place of `sum_i |a_i|^{2k} I`, `sum_i` left out for k = 0.
    pub(crate) const fn identity(k: usize) -> usize {
        2 * k
    }

    pub(crate) struct Gradient<T> {
        pub(crate) theta: [T; LEN],
    }

    pub(crate) fn batch<const D: usize, T: NdFloat>(
        theta: &[T; LEN],
        a: ArrayView3<'_, T>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<(), ShapeError> {
        let n = a.dim().1;
        each::<D, T>(a, out, |a, h| {
            add_identity(h, theta[identity(0)]);
            for i in 0..n {
                let a = row::<D, T>(a, i);
                let r = square(&a);
                let (mut outer_sum, mut identity_sum) = (T::zero(), T::zero());
                for k in (0..6).rev() {
                    outer_sum = outer_sum * r + theta[outer(k)];
                    identity_sum = (identity_sum + theta[identity(k + 1)]) * r;
                }
                add_outer(h, outer_sum, &a);
                add_identity(h, identity_sum);
            }
        })
    }

    pub(crate) fn batch_gradient<const D: usize, T: NdFloat>(
        _theta: &[T; LEN],
        a: ArrayView3<'_, T>,
        dh: ArrayView3<'_, T>,
    ) -> Result<Gradient<T>, ShapeError> {
        check::<D>(a.dim(), dh.dim())?;
        let mut theta = [T::zero(); LEN];
        for (a, dh) in a.outer_iter().zip(dh.outer_iter()) {
            let dh = load::<D, T>(&dh);
            let tr = trace(&dh);
            theta[identity(0)] += tr;
            for i in 0..a.nrows() {
                let a = row::<D, T>(&a, i);
                let (r, s) = (square(&a), contract(&dh, &a));
                let mut power = T::one();
                for k in 0..6 {
                    theta[outer(k)] += power * s;
                    power *= r;
                    theta[identity(k + 1)] += power * tr;
                }
            }
        }
        Ok(Gradient { theta })
    }
}

/// `O(D), degree <= 2` with free labels: `sum_ij P_ij a_i a_j^T + sum_ij Q_ij <a_i, a_j> I + c I`.
pub(crate) mod pairs {
    use super::*;

    /// `outer` (P) and `identity` (Q) are symmetric n x n.
    #[derive(Clone, Debug)]
    pub(crate) struct Coefficients<T> {
        pub(crate) constant: T,
        pub(crate) outer: Array2<T>,
        pub(crate) identity: Array2<T>,
    }

    pub(crate) struct Gradient<T> {
        pub(crate) theta: Coefficients<T>,
    }

    /// The rows of all samples side by side, (n, samples * D): both sums over labels are then one matrix product.
    fn side_by_side<T: NdFloat>(a: &ArrayView3<'_, T>) -> Array2<T> {
        let (samples, n, d) = a.dim();
        let mut wide = Array2::zeros((n, samples * d));
        for (s, a) in a.outer_iter().enumerate() {
            for (i, row) in a.outer_iter().enumerate() {
                for (p, x) in row.iter().enumerate() {
                    wide[[i, s * d + p]] = *x;
                }
            }
        }
        wide
    }

    pub(crate) fn batch<const D: usize, T: NdFloat>(
        theta: &Coefficients<T>,
        a: ArrayView3<'_, T>,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<(), ShapeError> {
        check::<D>(a.dim(), out.dim())?;
        let (samples, n, _) = a.dim();
        check_labels(theta.outer.nrows(), n)?;
        let wide = side_by_side(&a);
        let (outer, identity) = (theta.outer.dot(&wide), theta.identity.dot(&wide));
        for s in 0..samples {
            let mut h = [[T::zero(); D]; D];
            add_identity(&mut h, theta.constant);
            for i in 0..n {
                for p in 0..D {
                    let x = wide[[i, s * D + p]];
                    for q in 0..D {
                        h[p][q] += x * outer[[i, s * D + q]];
                    }
                    add_identity(&mut h, x * identity[[i, s * D + p]]);
                }
            }
            for p in 0..D {
                for q in 0..D {
                    out[[s, p, q]] = h[p][q];
                }
            }
        }
        Ok(())
    }

    pub(crate) fn batch_gradient<const D: usize, T: NdFloat>(
        _theta: &Coefficients<T>,
        a: ArrayView3<'_, T>,
        dh: ArrayView3<'_, T>,
    ) -> Result<Gradient<T>, ShapeError> {
        check::<D>(a.dim(), dh.dim())?;
        let (samples, n, _) = a.dim();
        let wide = side_by_side(&a);
        // Column s D + p of `turned` is sum_q dh_s[p][q] a^q, of `scaled` tr(dh_s) a^p.
        let (mut turned, mut scaled) = (wide.clone(), wide.clone());
        let mut constant = T::zero();
        for s in 0..samples {
            let dh = load::<D, T>(&dh.index_axis(ndarray::Axis(0), s));
            let tr = trace(&dh);
            constant += tr;
            for i in 0..n {
                let row: [T; D] = std::array::from_fn(|q| wide[[i, s * D + q]]);
                for p in 0..D {
                    turned[[i, s * D + p]] = (0..D).fold(T::zero(), |sum, q| sum + dh[p][q] * row[q]);
                    scaled[[i, s * D + p]] = tr * row[p];
                }
            }
        }
        let half = T::from(0.5).unwrap_or_else(T::nan);
        let symmetric = |m: Array2<T>| (&m + &m.t()) * half;
        let outer = symmetric(wide.dot(&turned.t()));
        let identity = symmetric(wide.dot(&scaled.t()));
        Ok(Gradient { theta: Coefficients { constant, outer, identity } })
    }
}

/// `O(D), degree <= 10, labels <= 1`:
/// `c I + sum_{k=0..4} (sum_i w_ki |a_i|^{2k} a_i a_i^T + sum_i z_ki |a_i|^{2k+2} I)`.
pub(crate) mod powers {
    use super::*;

    pub(crate) const POWERS: usize = 5;

    /// `outer[k]` (w_k) and `identity[k]` (z_k) have length n.
    #[derive(Clone, Debug)]
    pub(crate) struct Coefficients<T> {
        pub(crate) constant: T,
        pub(crate) outer: [Array1<T>; POWERS],
        pub(crate) identity: [Array1<T>; POWERS],
    }

    pub(crate) struct Gradient<T> {
        pub(crate) theta: Coefficients<T>,
    }

    pub(crate) fn batch<const D: usize, T: NdFloat>(
        theta: &Coefficients<T>,
        a: ArrayView3<'_, T>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<(), ShapeError> {
        let n = a.dim().1;
        for coefficients in theta.outer.iter().chain(&theta.identity) {
            check_labels(coefficients.len(), n)?;
        }
        each::<D, T>(a, out, |a, h| {
            add_identity(h, theta.constant);
            for i in 0..n {
                let a = row::<D, T>(a, i);
                let r = square(&a);
                let (mut outer_sum, mut identity_sum) = (T::zero(), T::zero());
                for k in (0..POWERS).rev() {
                    outer_sum = outer_sum * r + theta.outer[k][i];
                    identity_sum = (identity_sum + theta.identity[k][i]) * r;
                }
                add_outer(h, outer_sum, &a);
                add_identity(h, identity_sum);
            }
        })
    }

    pub(crate) fn batch_gradient<const D: usize, T: NdFloat>(
        _theta: &Coefficients<T>,
        a: ArrayView3<'_, T>,
        dh: ArrayView3<'_, T>,
    ) -> Result<Gradient<T>, ShapeError> {
        check::<D>(a.dim(), dh.dim())?;
        let n = a.dim().1;
        let zeros = || std::array::from_fn(|_| Array1::zeros(n));
        let mut theta = Coefficients { constant: T::zero(), outer: zeros(), identity: zeros() };
        for (a, dh) in a.outer_iter().zip(dh.outer_iter()) {
            let dh = load::<D, T>(&dh);
            let tr = trace(&dh);
            theta.constant += tr;
            for i in 0..n {
                let a = row::<D, T>(&a, i);
                let (r, s) = (square(&a), contract(&dh, &a));
                let mut power = T::one();
                for k in 0..POWERS {
                    theta.outer[k][i] += power * s;
                    power *= r;
                    theta.identity[k][i] += power * tr;
                }
            }
        }
        Ok(Gradient { theta })
    }
}
