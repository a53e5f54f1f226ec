//! Symmetric matrices as vectors of their `D (D + 1) / 2` independent entries.
//!
//! The order is that of mechanics: the diagonal, then the entries above it,
//!
//! | D | order (indices from 1) |
//! |---|---|
//! | 1 | 11 |
//! | 2 | 11, 22, 12 |
//! | 3 | 11, 22, 33, 23, 13, 12 |
//! | 4 | 11, 22, 33, 44, 34, 24, 14, 23, 13, 12 |
//!
//! in general column by column from the last to the second, each from the diagonal upwards. Three conventions differ
//! in the factor f of the entries above the diagonal:
//!
//! | convention | f | used for |
//! |---|---|---|
//! | stress-like Voigt | 1 | stresses: `(s_11, s_22, s_33, s_23, s_13, s_12)` |
//! | strain-like Voigt | 2 | strains, with the shears `gamma_pq = 2 e_pq` |
//! | Mandel (Kelvin) | sqrt 2 | both |
//!
//! An inner product of matrices, `<A, B> = sum_pq A_pq B_pq`, is that of the Mandel vectors, an isometry, and that of
//! one stress-like and one strain-like vector: `voigt_stress(A) . voigt_strain(B)`.

#[cfg(feature = "std")]
use crate::Real;
use crate::{Scalar, Sym, Vector};

/// The pairs of indices p <= q, from 0, in the order of Voigt vectors.
///
/// ```
/// let pairs = eqt_runtime::tensor::voigt_pairs(3);
/// assert_eq!(pairs.collect::<Vec<_>>(), [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]);
/// ```
#[inline]
pub fn voigt_pairs(dimension: usize) -> impl Iterator<Item = (usize, usize)> {
    let columns = (1..dimension).rev();
    let above = columns.flat_map(|q| (0..q).rev().map(move |p| (p, q)));
    (0..dimension).map(|p| (p, p)).chain(above)
}

impl<const D: usize, T: Scalar> Sym<D, T> {
    /// The stress-like Voigt vector: the entries as they are, in the [order](voigt_pairs)
    /// `(s_11, s_22, s_33, s_23, s_13, s_12)`.
    ///
    /// M must be D (D + 1) / 2; any other is an error of compilation.
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// let s = Sym([[1.0, 6.0, 5.0], [6.0, 2.0, 4.0], [5.0, 4.0, 3.0]]);
    /// let v: Vector<6> = s.to_voigt_stress();
    /// assert_eq!(v, Vector([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    /// ```
    ///
    /// ```compile_fail
    /// let v: eqt_runtime::Vector<5> = eqt_runtime::Sym::<3>::identity().to_voigt_stress();
    /// ```
    #[inline]
    pub fn to_voigt_stress<const M: usize>(&self) -> Vector<M, T> {
        self.to_vector(|x| x)
    }

    /// The matrix of a stress-like Voigt vector, the inverse of [`to_voigt_stress`](Self::to_voigt_stress).
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// assert_eq!(Sym::from_voigt_stress(&Vector([1.0, 2.0, 3.0])), Sym([[1.0, 3.0], [3.0, 2.0]]));
    /// ```
    #[inline]
    pub fn from_voigt_stress<const M: usize>(vector: &Vector<M, T>) -> Self {
        Self::from_vector(vector, |x| x)
    }

    /// The strain-like Voigt vector: twice the entries above the diagonal, in the [order](voigt_pairs)
    /// `(e_11, e_22, e_33, 2 e_23, 2 e_13, 2 e_12)`.
    ///
    /// M must be D (D + 1) / 2; any other is an error of compilation.
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// let v: Vector<3> = Sym([[1.0, 3.0], [3.0, 2.0]]).to_voigt_strain();
    /// assert_eq!(v, Vector([1.0, 2.0, 6.0]));
    /// ```
    #[inline]
    pub fn to_voigt_strain<const M: usize>(&self) -> Vector<M, T> {
        self.to_vector(|x| x + x)
    }

    /// The matrix of a strain-like Voigt vector, the inverse of [`to_voigt_strain`](Self::to_voigt_strain).
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// assert_eq!(Sym::from_voigt_strain(&Vector([1.0, 2.0, 6.0])), Sym([[1.0, 3.0], [3.0, 2.0]]));
    /// ```
    #[inline]
    pub fn from_voigt_strain<const M: usize>(vector: &Vector<M, T>) -> Self {
        let half = T::from_ratio(1, 2);
        Self::from_vector(vector, |x| x * half)
    }

    /// The Mandel vector: sqrt 2 times the entries above the diagonal, in the [order](voigt_pairs)
    /// `(a_11, a_22, a_33, sqrt 2 a_23, sqrt 2 a_13, sqrt 2 a_12)`. It keeps inner products.
    ///
    /// M must be D (D + 1) / 2; any other is an error of compilation.
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// let v: Vector<3> = Sym([[1.0, 3.0], [3.0, 2.0]]).to_mandel();
    /// assert_eq!(v, Vector([1.0, 2.0, 3.0 * f64::sqrt(2.0)]));
    /// ```
    #[cfg(feature = "std")]
    #[inline]
    pub fn to_mandel<const M: usize>(&self) -> Vector<M, T>
    where
        T: Real,
    {
        let root = T::from_i64(2).sqrt();
        self.to_vector(|x| x * root)
    }

    /// The matrix of a Mandel vector, the inverse of [`to_mandel`](Self::to_mandel) up to rounding.
    #[cfg(feature = "std")]
    #[inline]
    pub fn from_mandel<const M: usize>(vector: &Vector<M, T>) -> Self
    where
        T: Real,
    {
        let root = T::from_i64(2).sqrt();
        Self::from_vector(vector, |x| x / root)
    }

    /// The entries in the order of [`voigt_pairs`], those above the diagonal through `off_diagonal`.
    fn to_vector<const M: usize>(self, off_diagonal: impl Fn(T) -> T) -> Vector<M, T> {
        const { assert!(M == D * (D + 1) / 2, "a symmetric matrix has D (D + 1) / 2 independent entries") };
        let mut vector = Vector([T::ZERO; M]);
        for (slot, (p, q)) in vector.0.iter_mut().zip(voigt_pairs(D)) {
            *slot = if p == q { self.0[p][q] } else { off_diagonal(self.0[p][q]) };
        }
        vector
    }

    fn from_vector<const M: usize>(vector: &Vector<M, T>, off_diagonal: impl Fn(T) -> T) -> Self {
        const { assert!(M == D * (D + 1) / 2, "a symmetric matrix has D (D + 1) / 2 independent entries") };
        let mut matrix = Self([[T::ZERO; D]; D]);
        for (&entry, (p, q)) in vector.0.iter().zip(voigt_pairs(D)) {
            matrix.set(p, q, if p == q { entry } else { off_diagonal(entry) });
        }
        matrix
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fp, Matrix, TensorType};
    use proptest::prelude::*;

    #[test]
    fn the_order_is_the_standard_one() {
        let s = Sym([[11.0, 12.0, 13.0], [12.0, 22.0, 23.0], [13.0, 23.0, 33.0]]);
        assert_eq!(s.to_voigt_stress(), Vector([11.0, 22.0, 33.0, 23.0, 13.0, 12.0]));
        assert_eq!(s.to_voigt_strain(), Vector([11.0, 22.0, 33.0, 46.0, 26.0, 24.0]));
        #[cfg(feature = "std")]
        {
            let r = f64::sqrt(2.0);
            assert_eq!(s.to_mandel(), Vector([11.0, 22.0, 33.0, 23.0 * r, 13.0 * r, 12.0 * r]));
        }
        assert_eq!(Sym([[11.0, 12.0], [12.0, 22.0]]).to_voigt_strain(), Vector([11.0, 22.0, 24.0]));
        assert_eq!(Sym([[11.0]]).to_voigt_strain(), Vector([11.0]));
        assert_eq!(Sym::<0>([]).to_voigt_strain(), Vector([]));
        let four = Sym::<4>::from_index_fn(|i| (10 * (i[0].min(i[1]) + 1) + i[0].max(i[1]) + 1) as f64);
        assert_eq!(
            four.to_voigt_stress(),
            Vector([11.0, 22.0, 33.0, 44.0, 34.0, 24.0, 14.0, 23.0, 13.0, 12.0])
        );
    }

    /// Exact round trips, and the duality of stresses and strains.
    fn check<const D: usize, const M: usize>(numbers: &[i64]) {
        let random = |start: usize| {
            Sym::from_matrix(&Matrix::<D, Fp>::from_entries(
                numbers[start..].iter().map(|&x| Fp::from_i64(x)),
            ))
        };
        let (a, b) = (random(0), random(25));
        let (stress, strain): (Vector<M, Fp>, Vector<M, Fp>) = (a.to_voigt_stress(), b.to_voigt_strain());
        assert_eq!(stress.dot(&strain), a.inner(&b), "duality, D = {D}");
        assert_eq!(Sym::from_voigt_stress(&stress), a);
        assert_eq!(Sym::from_voigt_strain(&strain), b);
    }

    #[cfg(feature = "std")]
    fn check_mandel<const D: usize, const M: usize>(numbers: &[i64]) {
        let random = |start: usize| {
            Sym::from_matrix(&Matrix::<D>::from_entries(numbers[start..].iter().map(|&x| x as f64)))
        };
        let (a, b) = (random(0), random(25));
        let (mandel, other): (Vector<M>, Vector<M>) = (a.to_mandel(), b.to_mandel());
        let scale = (a.inner(&a) * b.inner(&b)).sqrt();
        assert!((mandel.dot(&other) - a.inner(&b)).abs() <= 1e-14 * scale, "isometry, D = {D}");
        let back = Sym::from_mandel(&mandel) - a;
        assert!(back.inner(&back).sqrt() <= 1e-15 * a.inner(&a).sqrt(), "round trip, D = {D}");
    }

    proptest! {
        #[test]
        fn stress_and_strain_vectors_are_dual_and_mandel_vectors_isometric(
            numbers in prop::collection::vec(-1000_i64..1000, 50),
        ) {
            check::<1, 1>(&numbers);
            check::<2, 3>(&numbers);
            check::<3, 6>(&numbers);
            check::<4, 10>(&numbers);
            check::<5, 15>(&numbers);
            #[cfg(feature = "std")]
            {
                check_mandel::<1, 1>(&numbers);
                check_mandel::<2, 3>(&numbers);
                check_mandel::<3, 6>(&numbers);
                check_mandel::<5, 15>(&numbers);
            }
        }
    }
}
