//! Tensor types: nested arrays in a public field `.0`, told apart by what they mean.
//!
//! | type | is | stored as |
//! |---|---|---|
//! | [`Vector<D, T>`] | `R^D` | `[T; D]` |
//! | [`Matrix<D, T>`] | `T^2(R^D)` | `[[T; D]; D]` |
//! | [`Sym<D, T>`], [`Alt<D, T>`], [`Sym0<D, T>`] | symmetric, antisymmetric, traceless symmetric matrices | `[[T; D]; D]` |
//! | [`Tensor<K, D, T>`] | `T^K(R^D)`, K = 1 to 8 | K-fold nesting |
//! | [`SymTensor<K, D, T>`], [`AltTensor<K, D, T>`], [`Sym0Tensor<K, D, T>`] | the symmetric, antisymmetric, traceless symmetric ones | K-fold nesting |
//! | [`Pseudo<X>`] | an `X` that changes sign under reflections | an `X` |
//! | [`Product<A, B>`] | the tensor product of two spaces | the nesting of `A` around the array of `B` |
//!
//! Every entry is stored, also where a symmetry makes some of them equal: `a.0[p][q]` is the entry with indices
//! p, q. A type with a symmetry promises it of its entries; emitted code may read any of several equal entries.
//! Conversions from arrays trust the caller, `from_matrix` and `from_tensor` project. A family of n vectors is the
//! plain array `[Vector<D, T>; N]`.
//!
//! # Entries
//!
//! `v[p]`, `m[(p, q)]` or `m[[p, q]]`, `t[[p, q, r]]` read an entry; indices start from 0 and panic out of range, as
//! everywhere in Rust ([`TensorType::get`] does not). `iter()`, `indexed_iter()`, `rows()` run in row-major order.
//! [`Vector`], [`Matrix`] and [`Tensor`] are written in the same way (`m[(p, q)] = x`, `iter_mut()`). A type with a
//! symmetry has no `IndexMut`, because one entry alone would break its promise; `set` writes all that belong together.
//!
//! ```
//! use eqt_runtime::prelude::*;
//!
//! let mut h = Sym::<3>::identity();
//! h.set(0, 2, 5.0);
//! assert_eq!((h[(0, 2)], h[(2, 0)], h.trace()), (5.0, 5.0, 3.0));
//! assert_eq!(h.rows().map(|row| row.dot(&Vector([1.0, 1.0, 1.0]))).collect::<Vec<_>>(), [6.0, 1.0, 6.0]);
//! assert_eq!(format!("{h:.1}"), "[[1.0, 0.0, 5.0],\n [0.0, 1.0, 0.0],\n [5.0, 0.0, 1.0]]");
//! ```
//!
//! # Conversions
//!
//! | to and from | how | checks |
//! |---|---|---|
//! | nested arrays `[[T; D]; D]` | `From` both ways, the field `.0` | nothing |
//! | flat entries `[T]` | [`TensorType::entries`], [`TensorType::from_entries`] | nothing |
//! | plain arrays and flat memory, without a copy | [`Peel`], [`NestedArray::slice_from_flat`] | the length |
//! | fewer symmetries | `From`: `Sym0 -> Sym -> Matrix`, `Alt -> Matrix`, .. | |
//! | more symmetries | `from_matrix`, `from_tensor` project; `TryFrom<Matrix>` for `Sym` and `Alt` | exact symmetry |
//! | `ndarray` (feature) | `to_ndarray`, `view`, `From<Sym> for Array2`, ..; `TryFrom` arrays and views of any strides | the shape |
//! | `nalgebra` (feature) | `From` into `SVector`, `SMatrix`; back by `From` (`Vector`, `Matrix`), `TryFrom` (`Sym`, `Alt`) | exact symmetry |
//! | Voigt, Mandel vectors of a `Sym` | [`to_voigt_stress`](Sym::to_voigt_stress), [`to_voigt_strain`](Sym::to_voigt_strain), `to_mandel`, and back by `from_..` | the length, when compiled |
//!
//! With the feature `ndarray`, `view(&values)` is a slice of typed values, or of families of them, as one array
//! without a copy: the samples of a batch.
//!
//! ```
//! use eqt_runtime::prelude::*;
//!
//! // Stresses pair with strains: one vector of each kind, or two Mandel vectors.
//! let (stress, strain) = (Sym([[3.0, 1.0], [1.0, 2.0]]), Sym([[0.5, 0.25], [0.25, -1.0]]));
//! let (s, e): (Vector<3>, Vector<3>) = (stress.to_voigt_stress(), strain.to_voigt_strain());
//! assert_eq!((s, e), (Vector([3.0, 2.0, 1.0]), Vector([0.5, -1.0, 0.5])));
//! assert_eq!(s.dot(&e), stress.inner(&strain));
//! ```
//!
//! The conversions from `nalgebra` refuse a matrix that is symmetric only up to rounding:
//! `Sym::from_matrix(&matrix.into())` takes its symmetric part.

mod display;
mod family;
mod index;
mod iterate;
#[cfg(test)]
mod laws;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;
mod nested;
mod peel;
mod projection;
mod symmetry;
mod transparent;
mod voigt;

use core::array;
use core::fmt::Debug;

pub use family::{Alt, AltTensor, Matrix, Product, Pseudo, Sym, Sym0, Sym0Tensor, SymTensor, Tensor, Vector};
#[cfg(feature = "ndarray")]
pub use ndarray::{ArrayError, from_view, view, view_mut};
pub use nested::{Entries, NestedArray, Nesting, Rank};
pub use peel::Peel;
pub use symmetry::SymmetryError;
pub use voigt::voigt_pairs;

use crate::Scalar;

/// What all tensor types have in common: a nested array, and the same type over other scalars.
///
/// A scalar is its own tensor type, of rank 0.
///
/// ```
/// use eqt_runtime::prelude::*;
///
/// fn norm_squared<X: TensorType>(x: &X) -> X::Scalar {
///     x.entries().iter().fold(X::Scalar::ZERO, |sum, &entry| sum + entry * entry)
/// }
/// assert_eq!(norm_squared(&Vector([3.0, 4.0])), 25.0);
/// ```
pub trait TensorType: Peel<Plain = Self::Array> + Debug + PartialEq + Default {
    /// The storage, `Self::Nested<Self::Scalar>`.
    type Array: NestedArray<Scalar = Self::Scalar>;

    /// The nesting of the storage around other entries.
    type Nested<E: NestedArray>: NestedArray<Scalar = E::Scalar>;

    /// The same tensor type over the scalars `E`.
    type Of<E: Scalar>: TensorType<Scalar = E>;

    /// The number of indices.
    const RANK: usize = <Self::Array as NestedArray>::RANK;

    /// The number of entries.
    const LEN: usize = <Self::Array as NestedArray>::LEN;

    /// The tensor with these entries; a symmetry that the type promises is not checked.
    fn from_array(array: Self::Array) -> Self;

    /// The entries.
    fn into_array(self) -> Self::Array;

    /// The entries.
    fn as_array(&self) -> &Self::Array;

    /// The entries, to be changed.
    fn as_array_mut(&mut self) -> &mut Self::Array;

    /// The first position at which an entry is not what the symmetry of the type says, to the last bit. `entry` gives the
    /// entries. That traces vanish, which holds up to rounding, is not looked at.
    #[doc(hidden)]
    fn first_asymmetry<S: Scalar>(_entry: &dyn Fn(usize) -> S) -> Option<usize> {
        None
    }

    /// The tensor whose entries are all zero.
    #[inline]
    fn zeros() -> Self {
        Self::from_array(NestedArray::generate(&mut || Self::Scalar::ZERO))
    }

    /// The tensor with the given entries in row-major order; missing ones are zero, surplus ones are not read.
    #[inline]
    fn from_entries(entries: impl IntoIterator<Item = Self::Scalar>) -> Self {
        let mut entries = entries.into_iter();
        Self::from_array(NestedArray::generate(&mut || entries.next().unwrap_or(Self::Scalar::ZERO)))
    }

    /// The tensor whose entry at every multi-index is `entry(index)`, with one number per axis in `index`; for ranks
    /// up to 32.
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// let delta = Sym::<3>::from_index_fn(|index| if index[0] == index[1] { 1.0 } else { 0.0 });
    /// assert_eq!(delta, Sym::identity());
    /// ```
    fn from_index_fn(mut entry: impl FnMut(&[usize]) -> Self::Scalar) -> Self {
        const AXES: usize = 32;
        let mut index = [0; AXES];
        Self::from_array(NestedArray::generate(&mut || {
            let value = entry(&index[..Self::RANK]);
            for axis in (0..Self::RANK).rev() {
                index[axis] += 1;
                if index[axis] < Self::size(axis) {
                    break;
                }
                index[axis] = 0;
            }
            value
        }))
    }

    /// The length of the index `axis`, counted from the outermost; 0 for an axis that does not exist.
    #[inline]
    fn size(axis: usize) -> usize {
        Self::Array::size(axis)
    }

    /// The position of a multi-index among the [entries](Self::entries); `None` if the number of indices is not the
    /// rank, or one is out of range.
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// assert_eq!(Matrix::<3>::position(&[1, 2]), Some(5));
    /// assert_eq!(Matrix::<3>::position(&[0, 3]), None);
    /// ```
    #[inline]
    fn position(index: &[usize]) -> Option<usize> {
        if index.len() != Self::RANK {
            return None;
        }
        index.iter().enumerate().try_fold(0, |position, (axis, &p)| {
            let size = Self::size(axis);
            (p < size).then_some(position * size + p)
        })
    }

    /// The entry with the given indices; `None` as for [`position`](Self::position).
    #[inline]
    fn get(&self, index: &[usize]) -> Option<&Self::Scalar> {
        self.entries().get(Self::position(index)?)
    }

    /// All entries in row-major order.
    #[inline]
    fn entries(&self) -> &[Self::Scalar] {
        self.as_array().as_entries()
    }

    /// All entries in row-major order, to be changed.
    #[inline]
    fn entries_mut(&mut self) -> &mut [Self::Scalar] {
        self.as_array_mut().as_entries_mut()
    }

    /// The tensor of `f(entry)`, over other scalars if need be.
    #[inline]
    fn map<E: Scalar>(&self, f: impl FnMut(Self::Scalar) -> E) -> Self::Of<E> {
        Self::Of::from_entries(self.entries().iter().copied().map(f))
    }

    /// The sum over all indices of the products of entries, `<x, y> = sum_I x_I y_I` (Frobenius).
    #[inline]
    fn inner(&self, other: &Self) -> Self::Scalar {
        let pairs = self.entries().iter().zip(other.entries());
        pairs.fold(Self::Scalar::ZERO, |sum, (&x, &y)| x.mul_add(y, sum))
    }
}

impl<T: Scalar> TensorType for T {
    type Array = T;
    type Nested<E: NestedArray> = E;
    type Of<E: Scalar> = E;

    #[inline]
    fn from_array(array: T) -> T {
        array
    }

    #[inline]
    fn into_array(self) -> T {
        self
    }

    #[inline]
    fn as_array(&self) -> &T {
        self
    }

    #[inline]
    fn as_array_mut(&mut self) -> &mut T {
        self
    }
}

impl<const D: usize, T: Scalar> Vector<D, T> {
    /// The vector with the entries `entry(p)`.
    pub fn from_fn(entry: impl FnMut(usize) -> T) -> Self {
        Self(array::from_fn(entry))
    }

    /// The unit vector `e_axis`; zero if there is no such axis.
    pub fn unit(axis: usize) -> Self {
        Self::from_fn(|p| if p == axis { T::ONE } else { T::ZERO })
    }

    /// The inner product `<a, b> = sum_p a_p b_p`.
    #[inline]
    pub fn dot(&self, other: &Self) -> T {
        self.inner(other)
    }

    /// The outer product `(a b^T)_pq = a_p b_q`.
    #[inline]
    pub fn outer(&self, other: &Self) -> Matrix<D, T> {
        Matrix(self.0.map(|a| other.0.map(|b| a * b)))
    }
}

impl<const D: usize, T: Scalar> Matrix<D, T> {
    /// The matrix with the entries `entry(row, column)`.
    pub fn from_fn(mut entry: impl FnMut(usize, usize) -> T) -> Self {
        Self(array::from_fn(|p| array::from_fn(|q| entry(p, q))))
    }

    /// The identity, `delta_pq`.
    pub fn identity() -> Self {
        Self::from_fn(|p, q| if p == q { T::ONE } else { T::ZERO })
    }

    /// The transpose, `(A^T)_pq = A_qp`.
    pub fn transpose(&self) -> Self {
        Self::from_fn(|p, q| self.0[q][p])
    }
}

impl<const D: usize, T: Scalar> Sym<D, T> {
    /// The identity, `delta_pq`.
    pub fn identity() -> Self {
        Self(Matrix::identity().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fp;

    fn counted<X: TensorType>() -> X {
        X::from_entries((1..).map(X::Scalar::from_i64))
    }

    #[test]
    fn entries_are_in_row_major_order() {
        let a: Matrix<2, Fp> = counted();
        assert_eq!(a.0, [[Fp::new(1), Fp::new(2)], [Fp::new(3), Fp::new(4)]]);
        let b: Tensor<3, 2, Fp> = counted();
        assert_eq!(b.0[1][0][1], Fp::new(6));
        assert_eq!(b.entries().len(), 8);
    }

    #[test]
    fn every_rank_from_one_to_eight_nests() {
        fn check<const K: usize>()
        where
            Rank<K>: Nesting<2>,
        {
            assert_eq!(<Tensor<K, 2> as TensorType>::RANK, K);
            assert_eq!(<Tensor<K, 2> as TensorType>::LEN, 1 << K);
            assert_eq!(<SymTensor<K, 2, Fp>>::zeros().entries().len(), 1 << K);
            assert_eq!(<AltTensor<K, 2, Fp>>::size(K - 1), 2);
            assert_eq!(<Sym0Tensor<K, 2, Fp>>::size(K), 0);
        }
        check::<1>();
        check::<2>();
        check::<3>();
        check::<4>();
        check::<5>();
        check::<6>();
        check::<7>();
        check::<8>();
    }

    #[test]
    fn a_product_nests_its_factors() {
        let x: Product<Vector<3, Fp>, Vector<2, Fp>> = counted();
        assert_eq!(x.0, [[1, 2], [3, 4], [5, 6]].map(|row| row.map(Fp::new)));
        let y = Product::<Vector<2>, Sym<3>>([[[1.0; 3]; 3]; 2]);
        assert_eq!(y.entries().len(), 18);
        let z = Product::<Product<Vector<2>, Vector<3>>, Tensor<3, 1>>::zeros();
        assert_eq!(z.0, [[[[[0.0]]]; 3]; 2]);
        assert_eq!(
            (0..4).map(<Product<Vector<2>, Sym<3>> as TensorType>::size).collect::<Vec<_>>(),
            [2, 3, 3, 0]
        );
    }

    #[test]
    fn a_pseudo_tensor_is_what_it_wraps() {
        let x = Pseudo(Vector([1.0, 2.0]));
        assert_eq!(x.entries(), [1.0, 2.0]);
        assert_eq!(x + x, x * 2.0);
        assert_eq!(Pseudo(3.0).entries(), [3.0]);
        assert_eq!(Pseudo::<Vector<2>>::from_array([1.0, 2.0]), x);
    }

    #[test]
    fn tensors_form_a_vector_space() {
        let mut a = Vector([1.0, 2.0]);
        let b = Vector([10.0, 20.0]);
        a += b;
        a -= b * 0.5;
        assert_eq!(a, Vector([6.0, 12.0]));
        assert_eq!(-a + b, Vector([4.0, 8.0]));
        assert_eq!(b - b, Vector::zeros());
        let t: Tensor<4, 2, Fp> = counted();
        assert_eq!(t + t - t * Fp::new(2), Tensor::zeros());
    }

    #[test]
    fn mapping_changes_the_scalars_and_keeps_the_type() {
        let a: Sym<2, f32> = Sym([[1.0, 2.0], [2.0, 3.0]]);
        let b: Sym<2, f64> = a.map(f64::from);
        assert_eq!(b.0, [[1.0, 2.0], [2.0, 3.0]]);
    }

    #[test]
    fn a_multi_index_runs_over_every_axis() {
        let t = Product::<Vector<2>, Matrix<3>>::from_index_fn(|i| (100 * i[0] + 10 * i[1] + i[2]) as f64);
        assert_eq!(t.0[1][2][0], 120.0);
        assert_eq!(t.0[0][1][2], 12.0);
        assert_eq!(Matrix::<0>::from_index_fn(|_| 1.0), Matrix([]));
    }

    #[test]
    fn families_read_and_write_through_their_entries() {
        let mut family = [Sym::<2>::zeros(); 2];
        assert_eq!(family.entry_count(), 8);
        family.copy_from_entries(&[1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0]);
        assert_eq!(family[1], Sym([[4.0, 5.0], [5.0, 6.0]]));
        let mut flat = [0.0; 7];
        family[..].copy_to_entries(&mut flat);
        assert_eq!(flat, [1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0]);
        let mut nested = [[0.0; 2]; 2];
        nested.copy_from_entries(&flat[..2]);
        assert_eq!(nested, [[1.0, 2.0], [0.0, 0.0]]);
    }

    #[test]
    fn arrays_convert_both_ways() {
        let a: Sym<2> = [[1.0, 2.0], [2.0, 3.0]].into();
        let back: [[f64; 2]; 2] = a.into();
        assert_eq!(back, a.0);
        assert_eq!(Matrix::from(a), Matrix(a.0));
        let t = Tensor::<3, 2>::from([[[1.0; 2]; 2]; 2]);
        assert_eq!(Tensor::from(SymTensor::from_tensor(&t)), t);
        let back: [[[f64; 2]; 2]; 2] = t.into();
        assert_eq!(back, t.0);
    }

    #[test]
    fn vectors_multiply() {
        let (a, b) = (Vector([1.0, 2.0]), Vector([3.0, 5.0]));
        assert_eq!(a.dot(&b), 13.0);
        assert_eq!(a.outer(&b), Matrix([[3.0, 5.0], [6.0, 10.0]]));
        assert_eq!(a.outer(&b).transpose(), b.outer(&a));
        assert_eq!(Vector::unit(1), Vector([0.0, 1.0]));
    }
}
