//! Eigenvalues and eigenvectors of small symmetric matrices, and the derivative of the top eigenvector.

use core::array;

use crate::{Real, Sym, Vector};

/// The eigenvalues of a symmetric matrix in descending order, with orthonormal eigenvectors:
/// `h u_k = lambda_k u_k`.
///
/// Of every eigenvector the entry of greatest absolute value, the first such, is positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eigen<const D: usize, T = f64> {
    /// The eigenvalues, `values[0] >= values[1] >= ..`.
    pub values: [T; D],
    /// The unit eigenvectors, `vectors[k]` to `values[k]`.
    pub vectors: [Vector<D, T>; D],
}

/// A matrix of any size is diagonal to working precision after six or so sweeps; convergence is quadratic.
const MAX_SWEEPS: usize = 50;

/// The eigenvalues and eigenvectors of the symmetric part `(h + h^T) / 2`.
///
/// Cyclic Jacobi rotations (Golub and Van Loan, *Matrix Computations*, section 8.5): no input makes it slow or
/// inaccurate, and eigenvectors are orthogonal to working precision also where eigenvalues are close. Takes
/// about `6 * 4 D^3` multiply-adds; meant for D up to a few dozen.
///
/// - If an entry is infinite or NaN, every eigenvalue and eigenvector is NaN.
/// - Entries of any finite size are safe: the matrix is scaled by a power of two. An eigenvalue beyond the range of
///   the type is infinite.
/// - The zero matrix has the eigenvectors `e_0, e_1, ..`, and so has every multiple of the identity.
/// - `D = 0` gives no eigenvalue.
///
/// ```
/// use eqt_runtime::{Sym, Vector, eigen::eigen};
///
/// let e = eigen(&Sym([[1.0, 0.0], [0.0, 3.0]]));
/// assert_eq!(e.values, [3.0, 1.0]);
/// assert_eq!(e.vectors, [Vector([0.0, 1.0]), Vector([1.0, 0.0])]);
/// ```
pub fn eigen<const D: usize, T: Real>(h: &Sym<D, T>) -> Eigen<D, T> {
    if !h.0.as_flattened().iter().all(|entry| entry.is_finite()) {
        return Eigen { values: [T::NAN; D], vectors: [Vector([T::NAN; D]); D] };
    }
    let half = T::from_ratio(1, 2);
    let largest = h.0.as_flattened().iter().fold(T::ZERO, |max, entry| larger(max, entry.abs()));
    let scale = largest.binade();
    let mut matrix: [[T; D]; D] =
        array::from_fn(|p| array::from_fn(|q| (h.0[p][q] / scale + h.0[q][p] / scale) * half));
    let mut vectors = Sym::<D, T>::identity().0;
    for _ in 0..MAX_SWEEPS {
        if !sweep(&mut matrix, &mut vectors) {
            break;
        }
    }
    let mut order: [usize; D] = array::from_fn(|k| k);
    // Insertion sort, so that equal eigenvalues keep their order.
    for end in 1..D {
        let mut k = end;
        while k > 0 && matrix[order[k - 1]][order[k - 1]] < matrix[order[k]][order[k]] {
            order.swap(k - 1, k);
            k -= 1;
        }
    }
    Eigen {
        values: order.map(|k| matrix[k][k] * scale),
        vectors: order.map(|k| with_sign(Vector(vectors[k]))),
    }
}

/// Rotates away every entry above the diagonal once; false if all of them were negligible.
///
/// Rows of `vectors` are the eigenvectors to be.
fn sweep<const D: usize, T: Real>(matrix: &mut [[T; D]; D], vectors: &mut [[T; D]; D]) -> bool {
    // Convergence is quadratic: once all is below epsilon, the sweep that follows would bring it to its square.
    let negligible = T::EPSILON * T::EPSILON;
    let mut rotated = false;
    for p in 0..D {
        for q in p + 1..D {
            if matrix[p][q].abs() > negligible {
                rotate(matrix, vectors, p, q);
                rotated = true;
            }
        }
    }
    rotated
}

/// The rotation in the plane p, q by the smaller angle that makes the entry (p, q) zero.
fn rotate<const D: usize, T: Real>(matrix: &mut [[T; D]; D], vectors: &mut [[T; D]; D], p: usize, q: usize) {
    let two = T::from_i64(2);
    let off = matrix[p][q];
    // tan^2 + 2 cot(2 angle) tan - 1 = 0, the root of smaller size.
    let cot = (matrix[q][q] - matrix[p][p]) / (two * off);
    let size = T::ONE / (cot.abs() + (cot * cot + T::ONE).sqrt());
    let tan = if cot < T::ZERO { -size } else { size };
    let cos = T::ONE / (tan * tan + T::ONE).sqrt();
    let sin = tan * cos;

    matrix[p][p] -= tan * off;
    matrix[q][q] += tan * off;
    matrix[p][q] = T::ZERO;
    matrix[q][p] = T::ZERO;
    for r in (0..D).filter(|&r| r != p && r != q) {
        let (x, y) = (matrix[r][p], matrix[r][q]);
        matrix[r][p] = cos * x - sin * y;
        matrix[r][q] = sin * x + cos * y;
        matrix[p][r] = matrix[r][p];
        matrix[q][r] = matrix[r][q];
    }
    let (u, v) = (vectors[p], vectors[q]);
    vectors[p] = array::from_fn(|r| cos * u[r] - sin * v[r]);
    vectors[q] = array::from_fn(|r| sin * u[r] + cos * v[r]);
}

/// Makes the entry of greatest absolute value positive, the first of several.
fn with_sign<const D: usize, T: Real>(vector: Vector<D, T>) -> Vector<D, T> {
    let first = vector.0.first().copied().unwrap_or_default();
    let largest = vector.0.iter().fold(first, |max, &x| if x.abs() > max.abs() { x } else { max });
    if largest < T::ZERO { -vector } else { vector }
}

fn larger<T: PartialOrd>(x: T, y: T) -> T {
    if y > x { y } else { x }
}

impl<const D: usize, T: Real> Eigen<D, T> {
    /// The greatest eigenvalue and its eigenvector; `(0, [])` for D = 0.
    pub fn top(&self) -> (T, Vector<D, T>) {
        let value = self.values.first().copied().unwrap_or_default();
        let vector = self.vectors.first().copied().unwrap_or_default();
        (value, vector)
    }

    /// The matrix `sum_k lambda_k u_k u_k^T` that was decomposed.
    pub fn recompose(&self) -> Sym<D, T> {
        Sym(array::from_fn(|p| {
            array::from_fn(|q| {
                let pairs = self.values.iter().zip(&self.vectors);
                pairs.fold(T::ZERO, |sum, (&value, u)| sum + value * u.0[p] * u.0[q])
            })
        }))
    }
}

/// The greatest eigenvalue of a symmetric matrix and its unit eigenvector, signed as in [`Eigen`].
///
/// Everything said at [`eigen`] holds; `(0, [])` for D = 0.
pub fn top_eigenvector<const D: usize, T: Real>(h: &Sym<D, T>) -> (T, Vector<D, T>) {
    eigen(h).top()
}

/// The gradient in h of a function of the top eigenvector u of h, given its gradient `du` in u:
///
/// ```text
/// G = sum_{k != top} (u_k . du) / (lambda_top - lambda_k) * (u_k u^T + u u_k^T) / 2
/// ```
///
/// the symmetric matrix with `df = sum_pq G_pq dh_pq`, by perturbation theory of first order,
/// `du = sum_{k != top} u_k (u_k^T dh u) / (lambda_top - lambda_k)`.
///
/// Where the top eigenvalue is not simple its eigenvector has no derivative. Terms whose gap
/// `lambda_top - lambda_k` is at most `D EPSILON max |lambda|`, the accuracy of the eigenvalues, are left out, and so
/// are terms too large for the number type, `gap <= D MIN_POSITIVE |u_k . du|` with the least normal number
/// (gaps of 1e-310, say). For every finite h and `du` G is then finite (if large next to a crossing, as the
/// derivative is), and zero for the zero matrix, for D = 1, and where an eigenvalue is beyond the range of the type.
/// A decomposition or `du` that is NaN gives NaN.
pub fn top_eigenvector_gradient<const D: usize, T: Real>(
    eigen: &Eigen<D, T>,
    du: &Vector<D, T>,
) -> Sym<D, T> {
    let (top_value, top) = eigen.top();
    let size = eigen.values.iter().fold(T::ZERO, |max, value| larger(max, value.abs()));
    let du_is_finite = du.0.iter().all(|entry| entry.is_finite());
    if du_is_finite && size.to_f64().is_infinite() {
        // A gap to an infinite eigenvalue divides to zero, and one between two of them is unknown.
        return Sym([[T::ZERO; D]; D]);
    }
    let dimension = T::from_i64(D as i64);
    let threshold = dimension * T::EPSILON * size;
    // The least normal number; its reciprocal is finite. What is not finite is passed on instead of left out.
    let least = if du_is_finite { T::ZERO.binade() } else { T::ZERO };
    // The response u_k (u_k . du) / gap summed over k; G is its symmetrised outer product with u.
    let mut response = Vector([T::ZERO; D]);
    for (&value, u) in eigen.values.iter().zip(&eigen.vectors).skip(1) {
        let gap = top_value - value;
        let slope = u.dot(du);
        // Written so that a NaN gap is not taken for a small one.
        if gap <= larger(threshold, dimension * (least * slope.abs())) {
            continue;
        }
        response += *u * (slope / gap);
    }
    // Half of the unit vector first: the sum of two products of greatest size would overflow.
    let half_top = top * T::from_ratio(1, 2);
    Sym(array::from_fn(|p| array::from_fn(|q| response.0[p] * half_top.0[q] + half_top.0[p] * response.0[q])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dual, Matrix, TensorType};
    use proptest::prelude::*;

    fn symmetric<const D: usize>(entries: &[f64]) -> Sym<D> {
        Sym::from_matrix(&Matrix::from_entries(entries.iter().copied()))
    }

    fn assert_close<const D: usize>(found: &Sym<D>, expected: &Sym<D>, tolerance: f64) {
        let difference = *found - *expected;
        assert!(difference.inner(&difference).sqrt() <= tolerance, "{found:?} is not {expected:?}");
    }

    /// Residual, orthonormality, order and sign, relative to the size of the matrix.
    fn check_decomposition<const D: usize, T: Real>(h: &Sym<D, T>) {
        let e = eigen(h);
        let size = e.values.iter().fold(f64::MIN_POSITIVE, |max, value| max.max(value.to_f64().abs()));
        let tolerance = 20.0 * T::EPSILON.to_f64();
        for k in 0..D {
            let u = e.vectors[k].map(Real::to_f64);
            for p in 0..D {
                let image: f64 = (0..D).map(|q| h.0[p][q].to_f64() / size * u.0[q]).sum();
                let expected = e.values[k].to_f64() / size * u.0[p];
                assert!((image - expected).abs() <= tolerance, "residual of eigenvector {k}");
            }
            for l in 0..D {
                let expected = if k == l { 1.0 } else { 0.0 };
                let product = u.dot(&e.vectors[l].map(Real::to_f64));
                assert!((product - expected).abs() <= tolerance, "product of eigenvectors {k}, {l}");
            }
            assert!(k == 0 || e.values[k - 1] >= e.values[k], "order of eigenvalues");
            let largest = u.0.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
            assert_eq!(u.0.iter().find(|x| x.abs() == largest), Some(&largest), "sign of eigenvector {k}");
        }
    }

    fn check_against_nalgebra<const D: usize>(h: &Sym<D>) {
        let oracle = nalgebra::DMatrix::from_fn(D, D, |p, q| h.0[p][q]).symmetric_eigen();
        let mut expected: Vec<f64> = oracle.eigenvalues.iter().copied().collect();
        expected.sort_by(|x, y| y.total_cmp(x));
        let size = expected.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
        for (found, expected) in eigen(h).values.iter().zip(&expected) {
            assert!((found - expected).abs() <= 1e-13 * size, "{found} is not {expected}");
        }
    }

    /// The dual number `(h + e dh)(u + e du) = (lambda + e dlambda)(u + e du)` with |u + e du| = 1 defines du; its
    /// adjoint must agree with the gradient: `<du_cotangent, du> = <G, dh>`.
    fn check_gradient<const D: usize>(h: &Sym<D>, dh: &Sym<D>, cotangent: &Vector<D>) {
        let e = eigen(h);
        let gap = if D > 1 { e.values[0] - e.values[1] } else { 1.0 };
        let gradient = top_eigenvector_gradient(&e, cotangent);
        assert_eq!(gradient, Sym::from_matrix(&Matrix(gradient.0)), "symmetric");

        // The response to dh, from the gradients of the single entries of u.
        let du = Vector::from_fn(|p| top_eigenvector_gradient(&e, &Vector::unit(p)).inner(dh));
        assert!((du.dot(cotangent) - gradient.inner(dh)).abs() <= 1e-12 / gap, "linear in the cotangent");

        let (value, u) = e.top();
        let slope = u.dot(&Vector::from_fn(|p| (0..D).map(|q| dh.0[p][q] * u.0[q]).sum()));
        let value = Dual::new(value, slope);
        let u = Vector::<D, _>::from_fn(|p| Dual::new(u.0[p], du.0[p]));
        let norm = u.dot(&u);
        assert!((norm.re - 1.0).abs() < 1e-13 && norm.eps.abs() < 1e-12 / gap, "stays a unit vector");
        for p in 0..D {
            let image =
                (0..D).fold(Dual::default(), |sum, q| sum + Dual::new(h.0[p][q], dh.0[p][q]) * u.0[q]);
            let residual = image - value * u.0[p];
            assert!(residual.re.abs() < 1e-13 && residual.eps.abs() < 1e-11 / gap, "stays an eigenvector");
        }
    }

    /// Central differences of the eigenvector itself.
    fn check_differences<const D: usize>(h: &Sym<D>, dh: &Sym<D>, cotangent: &Vector<D>) {
        let e = eigen(h);
        let gap = if D > 1 { e.values[0] - e.values[1] } else { 1.0 };
        let mut sizes: Vec<f64> = e.top().1.0.iter().map(|x| x.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        // Close to a crossing, or where two entries vie for the sign, differences say nothing.
        if gap < 0.05 || D > 1 && sizes[D - 1] - sizes[D - 2] < 0.01 {
            return;
        }
        let step = 1e-5;
        let ahead = top_eigenvector(&(*h + *dh * step)).1;
        let behind = top_eigenvector(&(*h - *dh * step)).1;
        let expected = (ahead - behind).dot(cotangent) / (2.0 * step);
        let found = top_eigenvector_gradient(&e, cotangent).inner(dh);
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }

    fn check_all<const D: usize>(numbers: &[f64]) {
        let h = symmetric::<D>(numbers);
        check_decomposition(&h);
        check_decomposition(&h.map(|x| x as f32));
        check_against_nalgebra(&h);
        assert_close(&eigen(&h).recompose(), &h, 1e-13);
        let dh = symmetric::<D>(&numbers[36..]);
        let cotangent = Vector::from_entries(numbers[72..].iter().copied());
        let gap = if D > 1 { eigen(&h).values[0] - eigen(&h).values[1] } else { 1.0 };
        if gap > 1e-3 {
            check_gradient(&h, &dh, &cotangent);
            check_differences(&h, &dh, &cotangent);
        }
    }

    /// Zero, subnormal, least normal and greatest numbers of both precisions, and some between.
    fn of_any_size() -> impl Strategy<Value = f64> {
        let sizes = prop::sample::select(vec![
            0.0,
            5e-324,
            1e-310,
            f64::MIN_POSITIVE,
            1e-300,
            1e-45,
            1e-40,
            f64::from(f32::MIN_POSITIVE),
            1e-30,
            1.0,
            1e30,
            f64::from(f32::MAX),
            1e300,
            f64::MAX,
        ]);
        (sizes, -1.0..=1.0).prop_map(|(size, factor)| size * factor)
    }

    proptest! {
        #[test]
        fn random_matrices_are_decomposed_and_differentiated(numbers in prop::collection::vec(-1.0..1.0, 78)) {
            check_all::<1>(&numbers);
            check_all::<2>(&numbers);
            check_all::<3>(&numbers);
            check_all::<4>(&numbers);
            check_all::<5>(&numbers);
            check_all::<6>(&numbers);
        }

        #[test]
        fn matrices_of_any_scale_are_decomposed(numbers in prop::collection::vec(-1.0..1.0, 16), power in -300..300) {
            check_decomposition(&(symmetric::<4>(&numbers) * 10_f64.powi(power)));
        }

        #[test]
        fn gradients_at_entries_of_every_size_are_finite(
            entries in prop::collection::vec(of_any_size(), 16),
            du in prop::collection::vec(of_any_size(), 4),
        ) {
            gradient_is_finite::<2, f64>(&entries, &du);
            gradient_is_finite::<4, f64>(&entries, &du);
            gradient_is_finite::<2, f32>(&entries, &du);
            gradient_is_finite::<3, f32>(&entries, &du);
        }

        #[test]
        fn matrices_of_low_rank_are_decomposed(numbers in prop::collection::vec(-1.0..1.0, 5)) {
            let a = Vector::<5>::from_entries(numbers);
            let h = Sym(a.outer(&a).0);
            check_decomposition(&h);
            prop_assert!((top_eigenvector(&h).0 - a.dot(&a)).abs() < 1e-14);
        }
    }

    #[test]
    fn graded_and_degenerate_matrices_are_decomposed() {
        check_decomposition(&Sym([[1e200, 1e100, 1.0], [1e100, 1.0, 1e-100], [1.0, 1e-100, 1e-200]]));
        check_decomposition(&Sym([[0.0, 1.0], [1.0, 0.0]]));
        check_decomposition(&Sym([[1.0; 6]; 6]));
        check_decomposition(&Sym([[1.0_f32; 6]; 6]));
        check_decomposition(&Sym([[f64::MAX / 4.0, f64::MAX / 4.0], [f64::MAX / 4.0, -f64::MAX / 4.0]]));
        check_decomposition(&Sym([[1e-310, 2e-310], [2e-310, -1e-310]]));
    }

    #[test]
    fn signs_are_those_of_the_first_largest_entry() {
        let (value, u) = top_eigenvector(&Sym([[1.0, -1.0], [-1.0, 1.0]]));
        assert_eq!(value, 2.0);
        assert!(u.0[0] > 0.0 && u.0[1] < 0.0);
    }

    #[test]
    fn the_zero_matrix_has_unit_vectors_and_no_gradient() {
        let e = eigen(&Sym::<3>::zeros());
        assert_eq!(e.values, [0.0; 3]);
        assert_eq!(e.vectors, [Vector::unit(0), Vector::unit(1), Vector::unit(2)]);
        assert_eq!(top_eigenvector_gradient(&e, &Vector([1.0; 3])), Sym::zeros());
    }

    #[test]
    fn equal_eigenvalues_contribute_nothing_to_the_gradient() {
        let e = eigen(&Sym([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]));
        let g = top_eigenvector_gradient(&e, &Vector([0.0, 1.0, 1.0]));
        assert_eq!(g.0, [[0.0, 0.0, 0.5], [0.0, 0.0, 0.0], [0.5, 0.0, 0.0]]);
    }

    fn gradient_is_finite<const D: usize, T: Real>(entries: &[f64], du: &[f64]) {
        let h = Sym::from_matrix(&Matrix::from_entries(entries.iter().map(|&x| T::from_f64(x))));
        let du = Vector::<D, T>::from_entries(du.iter().map(|&x| T::from_f64(x)));
        // Beyond the range of `f32`, or of the sum with the transpose, there is no finite matrix to begin with.
        if h.entries().iter().chain(du.entries()).all(|x| x.is_finite()) {
            let gradient = top_eigenvector_gradient(&eigen(&h), &du);
            assert!(gradient.entries().iter().all(|x| x.is_finite()), "{h:?}, {du:?}: {gradient:?}");
        }
    }

    #[test]
    fn the_gradient_at_subnormal_entries_is_finite() {
        for size in [1e-310, 5e-324, 2.2e-308, 1e-40, 1e-45, 1.2e-38, 0.0] {
            for h in [[2.0, 1.0, 1.0, -1.0], [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]]
            {
                for du in [[1.0, 2.0], [1e300, -1e300], [1e30, -1e30], [1e-310, 5e-324]] {
                    gradient_is_finite::<2, f64>(&h.map(|x| x * size), &du);
                    gradient_is_finite::<2, f32>(&h.map(|x| x * size), &du);
                }
            }
            let e = eigen(&Sym([[size, 0.0], [0.0, size]]));
            assert_eq!(top_eigenvector_gradient(&e, &Vector([1.0, 2.0])), Sym::zeros(), "equal eigenvalues");
        }
        let e = eigen(&Sym([[1e-310, 0.0], [0.0, 0.0]]));
        assert_eq!(top_eigenvector_gradient(&e, &Vector([0.0, 1.0])), Sym::zeros(), "1e310 is no number");
        assert!(top_eigenvector_gradient(&e, &Vector([0.0, f64::NAN])).0[0][1].is_nan());
    }

    /// `G(s h, du) = G(h, du) / s`, also where `s h` is subnormal, as long as the result is a number.
    #[test]
    fn a_gradient_that_is_a_number_is_not_left_out() {
        let (h, du) = (Sym([[2.0, 1.0], [1.0, -1.0]]), Vector([0.0, 1.0]));
        // `powi` of less than the least normal number goes through an infinity.
        let (s, t) = (2.0_f64.powi(-520) * 2.0_f64.powi(-520), 2.0_f64.powi(-30));
        let expected = top_eigenvector_gradient(&eigen(&h), &du);
        let found = top_eigenvector_gradient(&eigen(&(h * s)), &(du * t));
        assert!(found.0[0][0].abs() > 1e300);
        // Eigenvalues of size 2^-1040 are multiples of 2^-1074.
        assert_close(&(found * s * (1.0 / t)), &expected, 1e-9);
        let (s, t) = (2.0_f32.powi(-70) * 2.0_f32.powi(-65), 2.0_f32.powi(-15));
        let found = top_eigenvector_gradient(&eigen(&(h.map(|x| x as f32) * s)), &(du.map(|x| x as f32) * t));
        assert_close(&found.map(|x| f64::from(x) / f64::from(t) * f64::from(s)), &expected, 1e-3);
    }

    #[test]
    fn the_gradient_of_eigenvalues_beyond_the_range_is_zero() {
        let e = eigen(&Sym([[f64::MAX; 4]; 4]));
        assert_eq!(e.values[0], f64::INFINITY);
        assert_eq!(top_eigenvector_gradient(&e, &Vector([1.0, 2.0, 3.0, 4.0])), Sym::zeros());
        let two = Eigen { values: [f64::INFINITY; 2], vectors: [Vector::unit(0), Vector::unit(1)] };
        assert_eq!(top_eigenvector_gradient(&two, &Vector([1.0, 2.0])), Sym::zeros());
    }

    #[test]
    fn what_is_not_finite_gives_nan() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let e = eigen(&Sym([[1.0, bad], [bad, 1.0]]));
            assert!(e.values.iter().all(|value| value.is_nan()));
            assert!(e.vectors.iter().all(|u| u.0.iter().all(|x| x.is_nan())));
            let g = top_eigenvector_gradient(&e, &Vector([1.0, 2.0]));
            assert!(g.entries().iter().all(|x| x.is_nan()));
        }
        let e = eigen(&Sym([[1.0, 0.0], [0.0, 2.0]]));
        assert!(top_eigenvector_gradient(&e, &Vector([f64::NAN; 2])).0[0][1].is_nan());
    }

    #[test]
    fn dimension_zero_has_no_eigenvector() {
        let e = eigen(&Sym::<0>([]));
        assert_eq!(e.top(), (0.0, Vector([])));
        assert_eq!(top_eigenvector_gradient(&e, &Vector([])), Sym([]));
    }

    #[test]
    fn dimension_one_is_its_own_eigenvalue() {
        assert_eq!(top_eigenvector(&Sym([[-3.0]])), (-3.0, Vector([1.0])));
        assert_eq!(top_eigenvector_gradient(&eigen(&Sym([[-3.0]])), &Vector([1.0])), Sym([[0.0]]));
    }

    #[test]
    fn eigenvalues_beyond_the_range_are_infinite() {
        let e = eigen(&Sym([[f64::MAX; 2]; 2]));
        assert_eq!(e.values[0], f64::INFINITY);
        assert!(e.vectors[0].0.iter().all(|x| x.is_finite()));
    }
}
