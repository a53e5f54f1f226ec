//! Tensors to and from `ndarray`.

use ndarray::{Array1, Array2, ArrayD, ArrayView, Dimension, IxDyn};
use std::fmt;

use super::{
    Alt, AltTensor, Entries, Matrix, Nesting, Product, Pseudo, Rank, Sym, Sym0, Sym0Tensor, SymTensor,
    Tensor, TensorType, Vector,
};
use crate::Scalar;
use crate::batch::Shape;

/// An array does not have the shape of a tensor.
///
/// ```
/// use eqt_runtime::prelude::*;
///
/// let error = Vector::<3>::try_from(ndarray::aview1(&[1.0, 2.0])).unwrap_err();
/// assert_eq!(error.to_string(), "expected shape (3), found (2)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeError {
    /// The shape of the tensor type.
    pub expected: Vec<usize>,
    /// The shape of the array.
    pub found: Vec<usize>,
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected shape {}, found {}", Shape(&self.expected), Shape(&self.found))
    }
}

impl std::error::Error for ShapeError {}

fn shape<X: TensorType>() -> Vec<usize> {
    (0..X::RANK).map(X::size).collect()
}

/// The tensor with the entries of an array of the same shape, of any strides and dimension type.
///
/// A symmetry that the tensor type promises is not checked; `from_matrix` and `from_tensor` project.
///
/// # Errors
///
/// [`ShapeError`] if the shapes differ.
pub fn from_view<X: TensorType, N: Dimension>(view: ArrayView<'_, X::Scalar, N>) -> Result<X, ShapeError> {
    let expected = shape::<X>();
    if view.shape() != expected {
        return Err(ShapeError { expected, found: view.shape().to_vec() });
    }
    Ok(X::from_entries(view.iter().copied()))
}

fn to_dynamic<X: TensorType>(tensor: &X) -> ArrayD<X::Scalar> {
    let mut entries = tensor.entries().iter().copied();
    ArrayD::from_shape_simple_fn(IxDyn(&shape::<X>()), || entries.next().unwrap_or_default())
}

macro_rules! conversions {
    ($([$($generics:tt)*] $tensor:ty, [$($bounds:tt)*];)*) => {$(
        /// Copies an array of the same shape; the symmetry of the type is not checked.
        impl<$($generics)*, N: Dimension> TryFrom<ArrayView<'_, <$tensor as Entries>::Scalar, N>> for $tensor
        where
            $($bounds)*
        {
            type Error = ShapeError;

            fn try_from(view: ArrayView<'_, <$tensor as Entries>::Scalar, N>) -> Result<Self, ShapeError> {
                from_view(view)
            }
        }
    )*};
}
conversions! {
    [const D: usize, T: Scalar] Vector<D, T>, [];
    [const D: usize, T: Scalar] Matrix<D, T>, [];
    [const D: usize, T: Scalar] Sym<D, T>, [];
    [const D: usize, T: Scalar] Alt<D, T>, [];
    [const D: usize, T: Scalar] Sym0<D, T>, [];
    [const K: usize, const D: usize, T: Scalar] Tensor<K, D, T>, [Rank<K>: Nesting<D>];
    [const K: usize, const D: usize, T: Scalar] SymTensor<K, D, T>, [Rank<K>: Nesting<D>];
    [const K: usize, const D: usize, T: Scalar] AltTensor<K, D, T>, [Rank<K>: Nesting<D>];
    [const K: usize, const D: usize, T: Scalar] Sym0Tensor<K, D, T>, [Rank<K>: Nesting<D>];
    [X: TensorType] Pseudo<X>, [];
    [A: TensorType, B: TensorType] Product<A, B>, [];
}

impl<const D: usize, T: Scalar> Vector<D, T> {
    /// The entries as an array of shape (D).
    pub fn to_ndarray(&self) -> Array1<T> {
        Array1::from_shape_fn(D, |p| self.0[p])
    }
}

macro_rules! matrix_conversions {
    ($($name:ident)*) => {$(
        impl<const D: usize, T: Scalar> $name<D, T> {
            /// The entries as an array of shape (D, D).
            pub fn to_ndarray(&self) -> Array2<T> {
                Array2::from_shape_fn((D, D), |(p, q)| self.0[p][q])
            }
        }
    )*};
}
matrix_conversions! { Matrix Sym Alt Sym0 }

macro_rules! ranked_conversions {
    ($($name:ident)*) => {$(
        impl<const K: usize, const D: usize, T: Scalar> $name<K, D, T>
        where
            Rank<K>: Nesting<D>,
        {
            /// The entries as an array with K axes of length D.
            pub fn to_ndarray(&self) -> ArrayD<T> {
                to_dynamic(self)
            }
        }
    )*};
}
ranked_conversions! { Tensor SymTensor AltTensor Sym0Tensor }

impl<X: TensorType> Pseudo<X> {
    /// The entries as an array with the axes of `X`.
    pub fn to_ndarray(&self) -> ArrayD<X::Scalar> {
        to_dynamic(self)
    }
}

impl<A: TensorType, B: TensorType> Product<A, B> {
    /// The entries as an array with the axes of `A`, then those of `B`.
    pub fn to_ndarray(&self) -> ArrayD<B::Scalar> {
        to_dynamic(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, s};

    #[test]
    fn arrays_of_any_stride_convert_to_tensors_and_back() {
        let a = array![[1.0, 2.0], [3.0, 4.0]];
        assert_eq!(Matrix::try_from(a.t()), Ok(Matrix([[1.0, 3.0], [2.0, 4.0]])));
        assert_eq!(Matrix::<2>::try_from(a.view()).map(|m| m.to_ndarray()), Ok(a.clone()));
        assert_eq!(Vector::try_from(a.slice(s![.., 1])), Ok(Vector([2.0, 4.0])));
        let x = Tensor::<3, 2>::from_entries((0..8).map(f64::from));
        assert_eq!(Tensor::try_from(x.to_ndarray().view()), Ok(x));
        let y = Product::<Vector<2>, Vector<3>>([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        assert_eq!(y.to_ndarray(), array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].into_dyn());
        assert_eq!(Pseudo(y).to_ndarray(), y.to_ndarray());
        assert_eq!(Vector([1.0, 2.0]).to_ndarray(), array![1.0, 2.0]);
    }

    #[test]
    fn a_wrong_shape_is_an_error_that_shows_both() {
        let a = array![[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]];
        let error = Sym::<2>::try_from(a.view()).unwrap_err();
        assert_eq!(error.to_string(), "expected shape (2, 2), found (2, 3)");
        let error = Vector::<2>::try_from(a.view()).unwrap_err();
        assert_eq!(error.to_string(), "expected shape (2), found (2, 3)");
    }
}
