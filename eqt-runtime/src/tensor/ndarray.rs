//! Tensors to and from `ndarray`.

use ndarray::{
    Array, Array1, Array2, ArrayD, ArrayView, ArrayView1, ArrayView2, ArrayViewD, ArrayViewMutD, Dimension,
    IxDyn,
};
use std::fmt;

use super::{
    Alt, AltTensor, Entries, Matrix, NestedArray, Nesting, Peel, Product, Pseudo, Rank, Sym, Sym0,
    Sym0Tensor, SymTensor, Tensor, TensorType, Vector,
};
use crate::Scalar;
use crate::batch::Shape;

/// An array is no tensor of a type.
///
/// ```
/// use eqt_runtime::prelude::*;
///
/// let error = Vector::<3>::try_from(ndarray::aview1(&[1.0, 2.0])).unwrap_err();
/// assert_eq!(error.to_string(), "expected shape (3), found (2)");
/// let error = Sym::<2>::try_from(ndarray::aview2(&[[1.0, 2.0], [3.0, 4.0]])).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the entry at (1, 0) is not what the symmetry of the type says (`from_matrix` and `from_tensor` project onto it)"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArrayError {
    /// It has another shape.
    Shape {
        /// The shape of the tensor type.
        expected: Vec<usize>,
        /// The shape of the array.
        found: Vec<usize>,
    },
    /// It does not have the symmetry that the type promises, to the last bit.
    Asymmetric {
        /// The first entry that differs.
        index: Vec<usize>,
    },
}

impl fmt::Display for ArrayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape { expected, found } => {
                write!(f, "expected shape {}, found {}", Shape(expected), Shape(found))
            }
            Self::Asymmetric { index } => write!(
                f,
                "the entry at {} is not what the symmetry of the type says (`from_matrix` and `from_tensor` project \
                 onto it)",
                Shape(index)
            ),
        }
    }
}

impl std::error::Error for ArrayError {}

fn shape<X: TensorType>() -> Vec<usize> {
    (0..X::RANK).map(X::size).collect()
}

/// The tensor with the entries of an array of the same shape, of any strides and dimension type.
///
/// A symmetry that the tensor type promises must hold to the last bit; `from_matrix` and `from_tensor` project what is
/// symmetric up to rounding. That traces vanish, which only holds up to rounding, is the caller's care.
///
/// # Errors
///
/// [`ArrayError`] if the shapes differ, or the symmetry does not hold.
pub fn from_view<X: TensorType, N: Dimension>(view: ArrayView<'_, X::Scalar, N>) -> Result<X, ArrayError> {
    let expected = shape::<X>();
    if view.shape() != expected {
        return Err(ArrayError::Shape { expected, found: view.shape().to_vec() });
    }
    let tensor = X::from_entries(view.iter().copied());
    let Some(mut position) = X::first_asymmetry(&|position| tensor.entries()[position]) else {
        return Ok(tensor);
    };
    let mut index = vec![0; expected.len()];
    for (place, size) in index.iter_mut().zip(&expected).rev() {
        *place = position % size;
        position /= size;
    }
    Err(ArrayError::Asymmetric { index })
}

fn to_dynamic<X: TensorType>(tensor: &X) -> ArrayD<X::Scalar> {
    match ArrayD::from_shape_vec(IxDyn(&shape::<X>()), tensor.entries().to_vec()) {
        Ok(array) => array,
        Err(error) => unreachable!("the shape of the tensor itself: {error}"),
    }
}

macro_rules! conversions {
    ($([$($generics:tt)*] $tensor:ty, [$($bounds:tt)*];)*) => {$(
        /// Copies an array of the same shape and symmetry, as [`from_view`].
        impl<$($generics)*, N: Dimension> TryFrom<ArrayView<'_, <$tensor as Entries>::Scalar, N>> for $tensor
        where
            $($bounds)*
        {
            type Error = ArrayError;

            fn try_from(view: ArrayView<'_, <$tensor as Entries>::Scalar, N>) -> Result<Self, ArrayError> {
                from_view(view)
            }
        }

        /// Copies an array of the same shape and symmetry, as [`from_view`].
        impl<$($generics)*, N: Dimension> TryFrom<&Array<<$tensor as Entries>::Scalar, N>> for $tensor
        where
            $($bounds)*
        {
            type Error = ArrayError;

            fn try_from(array: &Array<<$tensor as Entries>::Scalar, N>) -> Result<Self, ArrayError> {
                from_view(array.view())
            }
        }

        /// Copies an array of the same shape and symmetry, as [`from_view`].
        impl<$($generics)*, N: Dimension> TryFrom<Array<<$tensor as Entries>::Scalar, N>> for $tensor
        where
            $($bounds)*
        {
            type Error = ArrayError;

            fn try_from(array: Array<<$tensor as Entries>::Scalar, N>) -> Result<Self, ArrayError> {
                from_view(array.view())
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
        self.view().to_owned()
    }

    /// The entries as a view of shape (D), without a copy.
    pub fn view(&self) -> ArrayView1<'_, T> {
        ArrayView1::from(&self.0)
    }
}

macro_rules! matrix_conversions {
    ($($name:ident)*) => {$(
        impl<const D: usize, T: Scalar> $name<D, T> {
            /// The entries as an array of shape (D, D).
            pub fn to_ndarray(&self) -> Array2<T> {
                self.view().to_owned()
            }

            /// The entries as a view of shape (D, D), without a copy.
            pub fn view(&self) -> ArrayView2<'_, T> {
                ArrayView2::from(&self.0)
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

macro_rules! into_arrays {
    ($([$($generics:tt)*] $tensor:ty => $array:ty, [$($bounds:tt)*];)*) => {$(
        /// The entries, as by `to_ndarray`.
        impl<$($generics)*> From<$tensor> for $array
        where
            $($bounds)*
        {
            fn from(tensor: $tensor) -> Self {
                tensor.to_ndarray()
            }
        }
    )*};
}
into_arrays! {
    [const D: usize, T: Scalar] Vector<D, T> => Array1<T>, [];
    [const D: usize, T: Scalar] Matrix<D, T> => Array2<T>, [];
    [const D: usize, T: Scalar] Sym<D, T> => Array2<T>, [];
    [const D: usize, T: Scalar] Alt<D, T> => Array2<T>, [];
    [const D: usize, T: Scalar] Sym0<D, T> => Array2<T>, [];
    [const K: usize, const D: usize, T: Scalar] Tensor<K, D, T> => ArrayD<T>, [Rank<K>: Nesting<D>];
    [const K: usize, const D: usize, T: Scalar] SymTensor<K, D, T> => ArrayD<T>, [Rank<K>: Nesting<D>];
    [const K: usize, const D: usize, T: Scalar] AltTensor<K, D, T> => ArrayD<T>, [Rank<K>: Nesting<D>];
    [const K: usize, const D: usize, T: Scalar] Sym0Tensor<K, D, T> => ArrayD<T>, [Rank<K>: Nesting<D>];
    [T: Scalar, X: TensorType<Scalar = T>] Pseudo<X> => ArrayD<T>, [];
    [T: Scalar, A: TensorType, B: TensorType<Scalar = T>] Product<A, B> => ArrayD<T>, [];
}

/// The shape of consecutive values: their number, then the lengths of the indices of each.
fn shape_of<X: Peel>(count: usize) -> IxDyn {
    let mut shape = vec![count];
    shape.extend((0..X::Plain::RANK).map(X::Plain::size));
    IxDyn(&shape)
}

/// Consecutive values as one array, without a copy; the number of values is the first axis.
///
/// ```
/// use eqt_runtime::prelude::*;
///
/// let positions = vec![Vector([1.0, 2.0, 3.0]), Vector([4.0, 5.0, 6.0])];
/// let view = eqt_runtime::tensor::view(&positions);
/// assert_eq!(view.shape(), [2, 3]);
/// assert_eq!(view[[1, 0]], 4.0);
/// // Samples of a family of vectors: (samples, n, D).
/// assert_eq!(eqt_runtime::tensor::view(&[[Vector([0.0; 3]); 5]; 7]).shape(), [7, 5, 3]);
/// ```
pub fn view<X: Peel>(values: &[X]) -> ArrayViewD<'_, X::Scalar> {
    let entries = NestedArray::flatten(X::peel_slice(values));
    match ArrayViewD::from_shape(shape_of::<X>(values.len()), entries) {
        Ok(view) => view,
        Err(error) => unreachable!("the shape of the values themselves: {error}"),
    }
}

/// As [`view`], to be changed; a symmetry that the type promises is the caller's care.
pub fn view_mut<X: Peel>(values: &mut [X]) -> ArrayViewMutD<'_, X::Scalar> {
    let shape = shape_of::<X>(values.len());
    match ArrayViewMutD::from_shape(shape, NestedArray::flatten_mut(X::peel_slice_mut(values))) {
        Ok(view) => view,
        Err(error) => unreachable!("the shape of the values themselves: {error}"),
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
    fn owned_arrays_convert_both_ways() {
        let s = Sym([[1.0, 2.0], [2.0, 3.0]]);
        let owned = Array2::from(s);
        assert_eq!((s.view(), owned.view()), (owned.view(), array![[1.0, 2.0], [2.0, 3.0]].view()));
        assert_eq!((Sym::try_from(&owned), Sym::try_from(owned)), (Ok(s), Ok(s)));
        assert_eq!(Vector::try_from(Array1::from(Vector([1.0, 2.0]))), Ok(Vector([1.0, 2.0])));
        assert_eq!(Vector([1.0, 2.0]).view(), array![1.0, 2.0]);
        let t = SymTensor::<3, 2>::from_tensor(&Tensor::from_entries((0..8).map(f64::from)));
        assert_eq!(SymTensor::try_from(ArrayD::from(t)), Ok(t));
        let x = Pseudo(Product::<Vector<2>, Vector<3>>([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
        assert_eq!(Pseudo::try_from(ArrayD::from(x)), Ok(x));
        assert_eq!(ArrayD::from(x), ArrayD::from(x.0));
        assert!(Vector::<3>::try_from(array![1.0, 2.0]).is_err());
        assert!(Vector::<3>::try_from(&array![1.0, 2.0]).is_err());
    }

    #[test]
    fn the_symmetry_of_a_type_is_checked() {
        fn asymmetric<X>(array: &ArrayD<f64>) -> Option<Vec<usize>>
        where
            X: TensorType<Scalar = f64>,
        {
            match from_view::<X, _>(array.view()) {
                Err(ArrayError::Asymmetric { index }) => Some(index),
                Ok(_) => None,
                Err(other) => panic!("{other}"),
            }
        }
        let m = array![[0.0, 2.0], [-2.0, 0.0]].into_dyn();
        assert_eq!(asymmetric::<Matrix<2>>(&m), None);
        assert_eq!(asymmetric::<Alt<2>>(&m), None);
        assert_eq!(asymmetric::<Sym<2>>(&m), Some(vec![1, 0]));
        assert_eq!(asymmetric::<Pseudo<Sym0<2>>>(&m), Some(vec![1, 0]));
        let mut t = SymTensor::<3, 2>::from_tensor(&Tensor::from_entries((0..8).map(f64::from))).to_ndarray();
        assert_eq!(asymmetric::<SymTensor<3, 2>>(&t), None);
        t[[1, 0, 1]] += 1.0;
        assert_eq!(asymmetric::<SymTensor<3, 2>>(&t), Some(vec![1, 0, 1]));
        assert_eq!(asymmetric::<AltTensor<3, 2>>(&t), Some(vec![0, 0, 1]));
        // Each factor of a product on its own indices.
        let left = Product::<Sym<2>, Vector<2>>::from_index_fn(|i| (i[0] + i[1]) as f64 * (1 + i[2]) as f64)
            .to_ndarray();
        assert_eq!(asymmetric::<Product<Sym<2>, Vector<2>>>(&left), None);
        assert_eq!(asymmetric::<Product<Vector<2>, Sym<2>>>(&left), Some(vec![0, 1, 0]));
        let mut broken = left;
        broken[[1, 0, 1]] = 7.0;
        assert_eq!(asymmetric::<Product<Sym<2>, Vector<2>>>(&broken), Some(vec![1, 0, 1]));
    }

    #[test]
    fn consecutive_values_are_one_array_without_a_copy() {
        let mut values = [Sym([[1.0, 2.0], [2.0, 3.0]]), Sym([[4.0, 5.0], [5.0, 6.0]])];
        assert_eq!(view(&values), array![[[1.0, 2.0], [2.0, 3.0]], [[4.0, 5.0], [5.0, 6.0]]].into_dyn());
        view_mut(&mut values)[[1, 0, 0]] = 7.0;
        assert_eq!(values[1].0[0][0], 7.0);
        assert_eq!(view(&[2.0, 3.0]), array![2.0, 3.0].into_dyn());
        assert_eq!(view::<[Vector<3>; 2]>(&[]).shape(), [0, 2, 3]);
        assert_eq!(view(&[[Vector([1.0; 3]); 0]; 4]).shape(), [4, 0, 3]);
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
