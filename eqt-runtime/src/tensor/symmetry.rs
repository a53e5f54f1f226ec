//! Traces, and whether a tensor has the symmetry that another type promises.

use core::fmt;

use super::projection::first_asymmetry;
use super::{Alt, Matrix, Nesting, Rank, Sym, Tensor, TensorType, Vector};
use crate::Scalar;

/// A matrix does not have the symmetry of the type that it should become.
///
/// ```
/// use eqt_runtime::prelude::*;
///
/// let error = Sym::try_from(Matrix([[1.0, 2.0], [3.0, 4.0]])).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "entries (0, 1) and (1, 0) are not equal (`from_matrix` takes the symmetric part)"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SymmetryError {
    /// The row of an entry that differs from what the entry across the diagonal says.
    pub row: usize,
    /// The column of that entry.
    pub column: usize,
    /// Whether the type is [`Alt`] and not [`Sym`].
    pub antisymmetric: bool,
}

impl fmt::Display for SymmetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, column, antisymmetric } = *self;
        let part = if antisymmetric { "antisymmetric" } else { "symmetric" };
        if row == column {
            write!(f, "entry ({row}, {row}) is not zero")?;
        } else {
            let relation = if antisymmetric { "opposite" } else { "equal" };
            write!(f, "entries ({row}, {column}) and ({column}, {row}) are not {relation}")?;
        }
        write!(f, " (`from_matrix` takes the {part} part)")
    }
}

impl core::error::Error for SymmetryError {}

fn check<const D: usize, T: Scalar>(matrix: &Matrix<D, T>, antisymmetric: bool) -> Result<(), SymmetryError> {
    match first_asymmetry(&|position| matrix.entries()[position], 2, D, antisymmetric) {
        None => Ok(()),
        // The entry found lies on or below the diagonal; shown is the one across.
        Some(position) => Err(SymmetryError { row: position % D, column: position / D, antisymmetric }),
    }
}

/// The same matrix, if it is symmetric to the last bit.
///
/// A matrix that is symmetric up to rounding becomes so by [`Sym::from_matrix`].
impl<const D: usize, T: Scalar> TryFrom<Matrix<D, T>> for Sym<D, T> {
    type Error = SymmetryError;

    fn try_from(matrix: Matrix<D, T>) -> Result<Self, SymmetryError> {
        check(&matrix, false).map(|()| Self(matrix.0))
    }
}

/// The same matrix, if it is antisymmetric to the last bit.
///
/// A matrix that is antisymmetric up to rounding becomes so by [`Alt::from_matrix`].
impl<const D: usize, T: Scalar> TryFrom<Matrix<D, T>> for Alt<D, T> {
    type Error = SymmetryError;

    fn try_from(matrix: Matrix<D, T>) -> Result<Self, SymmetryError> {
        check(&matrix, true).map(|()| Self(matrix.0))
    }
}

impl<const D: usize, T: Scalar> Matrix<D, T> {
    /// The diagonal matrix `diag(d_0, d_1, ..)`.
    pub fn from_diagonal(diagonal: &Vector<D, T>) -> Self {
        Self::from_fn(|p, q| if p == q { diagonal.0[p] } else { T::ZERO })
    }

    /// The trace, `sum_p m_pp`.
    #[inline]
    pub fn trace(&self) -> T {
        self.diagonal().0.into_iter().fold(T::ZERO, |sum, entry| sum + entry)
    }

    /// Whether `m_pq = m_qp` to the last bit.
    pub fn is_symmetric(&self) -> bool {
        check(self, false).is_ok()
    }

    /// Whether `m_pq = -m_qp` to the last bit.
    pub fn is_antisymmetric(&self) -> bool {
        check(self, true).is_ok()
    }
}

impl<const D: usize, T: Scalar> Sym<D, T> {
    /// The diagonal matrix `diag(d_0, d_1, ..)`.
    pub fn from_diagonal(diagonal: &Vector<D, T>) -> Self {
        Self(Matrix::from_diagonal(diagonal).0)
    }

    /// The trace, `sum_p a_pp`.
    #[inline]
    pub fn trace(&self) -> T {
        Matrix(self.0).trace()
    }
}

impl<const K: usize, const D: usize, T: Scalar> Tensor<K, D, T>
where
    Rank<K>: Nesting<D>,
{
    /// Whether every permutation of the indices leaves the tensor as it is, to the last bit.
    pub fn is_symmetric(&self) -> bool {
        first_asymmetry(&|position| self.entries()[position], K, D, false).is_none()
    }

    /// Whether every permutation of the indices multiplies the tensor by its sign, to the last bit.
    pub fn is_antisymmetric(&self) -> bool {
        first_asymmetry(&|position| self.entries()[position], K, D, true).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AltTensor, Fp, SymTensor};

    #[test]
    fn a_matrix_becomes_symmetric_only_if_it_is() {
        let symmetric = Matrix([[1.0, 2.0], [2.0, 3.0]]);
        assert_eq!(Sym::try_from(symmetric), Ok(Sym(symmetric.0)));
        assert!(symmetric.is_symmetric() && !symmetric.is_antisymmetric());
        let turn = Matrix([[0.0, 2.0], [-2.0, 0.0]]);
        assert_eq!(Alt::try_from(turn), Ok(Alt(turn.0)));
        assert!(turn.is_antisymmetric() && !turn.is_symmetric());
        assert!(Matrix::<0>([]).is_symmetric() && Matrix::<0>([]).is_antisymmetric());
        assert!(!Matrix([[f64::NAN]]).is_symmetric(), "NaN equals nothing, itself included");
    }

    #[test]
    fn errors_show_the_entries_that_differ() {
        let message = |error: SymmetryError| error.to_string();
        let m = Matrix([[0.0, 1.0, 2.0], [-1.0, 0.0, 3.0], [-2.0, 3.0, 0.0]]);
        assert_eq!(
            message(Alt::try_from(m).unwrap_err()),
            "entries (1, 2) and (2, 1) are not opposite (`from_matrix` takes the antisymmetric part)"
        );
        assert_eq!(
            message(Alt::try_from(Matrix([[0.0, 0.0], [0.0, 1.0]])).unwrap_err()),
            "entry (1, 1) is not zero (`from_matrix` takes the antisymmetric part)"
        );
        let error = Sym::try_from(m).unwrap_err();
        assert_eq!((error.row, error.column, error.antisymmetric), (0, 1, false));
    }

    #[test]
    fn traces_sum_the_diagonal() {
        assert_eq!(Matrix([[1.0, 2.0], [3.0, 4.0]]).trace(), 5.0);
        assert_eq!(Sym::from_diagonal(&Vector([1.0, 2.0, 4.0])).trace(), 7.0);
        assert_eq!(Matrix::from_diagonal(&Vector([1.0, 2.0])), Matrix([[1.0, 0.0], [0.0, 2.0]]));
    }

    #[test]
    fn projections_have_their_symmetry_and_lose_it_with_one_entry() {
        fn check<const K: usize, const D: usize>()
        where
            Rank<K>: Nesting<D>,
        {
            let mut value = Fp::new(1);
            let tensor = Tensor::<K, D, Fp>::from_index_fn(|_| {
                value = value * Fp::new(6364136223846793005) + Fp::new(1);
                value
            });
            assert!(!tensor.is_symmetric() && !tensor.is_antisymmetric());
            let mut symmetric = Tensor::from(SymTensor::from_tensor(&tensor));
            let mut antisymmetric = Tensor::from(AltTensor::from_tensor(&tensor));
            assert!(symmetric.is_symmetric() && antisymmetric.is_antisymmetric());
            let mut index = [0; K];
            index[K - 1] = 1;
            symmetric[index] += Fp::ONE;
            antisymmetric[index] += Fp::ONE;
            assert!(!symmetric.is_symmetric() && !antisymmetric.is_antisymmetric());
        }
        check::<2, 3>();
        check::<3, 3>();
        check::<4, 2>();
    }
}
