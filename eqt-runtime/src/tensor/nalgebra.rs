//! Vectors and matrices to and from `nalgebra`.
//!
//! Indices stay what they are, `m[(p, q)]` on both sides; only the order in memory differs (`nalgebra` is
//! column-major).

use core::array;

use nalgebra::{SMatrix, SVector};

use super::{Alt, Matrix, Sym, Sym0, SymmetryError, Vector};
use crate::Scalar;

/// `w[p] = v[p]`.
impl<const D: usize, T: Scalar> From<Vector<D, T>> for SVector<T, D> {
    fn from(vector: Vector<D, T>) -> Self {
        Self::from(vector.0)
    }
}

/// `v[p] = w[p]`.
impl<const D: usize, T: Scalar> From<SVector<T, D>> for Vector<D, T> {
    fn from(vector: SVector<T, D>) -> Self {
        Self(array::from_fn(|p| vector[p]))
    }
}

macro_rules! into_nalgebra {
    ($($name:ident)*) => {$(
        /// `n[(p, q)] = m[(p, q)]`.
        impl<const D: usize, T: Scalar> From<$name<D, T>> for SMatrix<T, D, D> {
            fn from(matrix: $name<D, T>) -> Self {
                Self::from_fn(|p, q| matrix.0[p][q])
            }
        }
    )*};
}
into_nalgebra! { Matrix Sym Alt Sym0 }

/// `m[(p, q)] = n[(p, q)]`.
impl<const D: usize, T: Scalar> From<SMatrix<T, D, D>> for Matrix<D, T> {
    fn from(matrix: SMatrix<T, D, D>) -> Self {
        Self::from_fn(|p, q| matrix[(p, q)])
    }
}

macro_rules! from_nalgebra {
    ($($name:ident)*) => {$(
        /// The same matrix, if it has the symmetry to the last bit; one that has it up to rounding becomes so by
        /// `from_matrix(&matrix.into())`.
        impl<const D: usize, T: Scalar> TryFrom<SMatrix<T, D, D>> for $name<D, T> {
            type Error = SymmetryError;

            fn try_from(matrix: SMatrix<T, D, D>) -> Result<Self, SymmetryError> {
                Matrix::from(matrix).try_into()
            }
        }
    )*};
}
from_nalgebra! { Sym Alt }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_stay_what_they_are() {
        let m = Matrix([[1.0, 2.0], [3.0, 4.0]]);
        let n = SMatrix::from(m);
        assert!(m.indexed_iter().all(|(index, &entry)| n[index] == entry));
        assert_eq!(n, SMatrix::<f64, 2, 2>::new(1.0, 2.0, 3.0, 4.0));
        assert_eq!(Matrix::from(n.transpose()), m.transpose());
        assert_eq!(n.trace(), m.trace());
        let v = Vector([1.0, 2.0]);
        assert_eq!(Vector::from(n * SVector::from(v)), Vector([5.0, 11.0]));
    }

    #[test]
    fn a_symmetry_is_checked_on_the_way_back() {
        let s = Sym([[1.0, 2.0], [2.0, 3.0]]);
        assert_eq!(Sym::try_from(SMatrix::from(s)), Ok(s));
        let a = Alt([[0.0, 2.0], [-2.0, 0.0]]);
        assert_eq!(Alt::try_from(SMatrix::from(a)), Ok(a));
        assert!(Sym::try_from(SMatrix::from(a)).is_err());
        let t = Sym0([[1.0, 2.0], [2.0, -1.0]]);
        assert_eq!(Sym0::from_matrix(&SMatrix::from(t).into()), t);
    }
}
