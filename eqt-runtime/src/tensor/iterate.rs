//! Iteration over entries and rows, in row-major order as in `ndarray`.

use core::slice;

use bytemuck::TransparentWrapper;

use super::{
    Alt, AltTensor, Matrix, Nesting, Product, Pseudo, Rank, Sym, Sym0, Sym0Tensor, SymTensor, Tensor,
    TensorType, Vector,
};
use crate::{Entries, Scalar};

macro_rules! iterators {
    ($([$($generics:tt)*] $tensor:ty, [$($bounds:tt)*];)*) => {$(
        impl<$($generics)*> $tensor
        where
            $($bounds)*
        {
            /// All entries in row-major order: the last index runs fastest.
            #[inline]
            pub fn iter(&self) -> slice::Iter<'_, <$tensor as Entries>::Scalar> {
                self.entries().iter()
            }
        }

        /// All entries in row-major order.
        impl<'a, $($generics)*> IntoIterator for &'a $tensor
        where
            $($bounds)*
        {
            type Item = &'a <$tensor as Entries>::Scalar;
            type IntoIter = slice::Iter<'a, <$tensor as Entries>::Scalar>;

            #[inline]
            fn into_iter(self) -> Self::IntoIter {
                self.iter()
            }
        }
    )*};
}
iterators! {
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

/// The types without a symmetry, whose entries may be changed one at a time.
macro_rules! mutable_iterators {
    ($([$($generics:tt)*] $tensor:ty, [$($bounds:tt)*];)*) => {$(
        impl<$($generics)*> $tensor
        where
            $($bounds)*
        {
            /// All entries in row-major order, to be changed.
            #[inline]
            pub fn iter_mut(&mut self) -> slice::IterMut<'_, T> {
                self.entries_mut().iter_mut()
            }
        }

        /// All entries in row-major order, to be changed.
        impl<'a, $($generics)*> IntoIterator for &'a mut $tensor
        where
            $($bounds)*
        {
            type Item = &'a mut T;
            type IntoIter = slice::IterMut<'a, T>;

            #[inline]
            fn into_iter(self) -> Self::IntoIter {
                self.iter_mut()
            }
        }
    )*};
}
mutable_iterators! {
    [const D: usize, T: Scalar] Vector<D, T>, [];
    [const D: usize, T: Scalar] Matrix<D, T>, [];
    [const K: usize, const D: usize, T: Scalar] Tensor<K, D, T>, [Rank<K>: Nesting<D>];
}

impl<const D: usize, T: Scalar> Vector<D, T> {
    /// All entries with their indices: `(p, &v_p)`.
    #[inline]
    pub fn indexed_iter(&self) -> impl ExactSizeIterator<Item = (usize, &T)> + DoubleEndedIterator {
        self.iter().enumerate()
    }
}

macro_rules! matrix_iterators {
    ($($name:ident)*) => {$(
        impl<const D: usize, T: Scalar> $name<D, T> {
            /// All entries with their rows and columns, row by row: `((p, q), &m_pq)`.
            ///
            /// ```
            #[doc = concat!("let m = eqt_runtime::", stringify!($name), "([[0.0, 1.0], [2.0, 3.0]]);")]
            /// assert_eq!(m.indexed_iter().nth(2), Some(((1, 0), &2.0)));
            /// ```
            #[inline]
            pub fn indexed_iter(
                &self,
            ) -> impl ExactSizeIterator<Item = ((usize, usize), &T)> + DoubleEndedIterator {
                self.iter().enumerate().map(|(position, entry)| ((position / D, position % D), entry))
            }

            /// The rows, from the first to the last.
            ///
            /// ```
            /// use eqt_runtime::prelude::*;
            ///
            #[doc = concat!("let m = ", stringify!($name), "([[0.0, 1.0], [2.0, 3.0]]);")]
            /// let product = m.rows().map(|row| row.dot(&Vector([10.0, 1.0])));
            /// assert_eq!(product.collect::<Vec<_>>(), [1.0, 23.0]);
            /// ```
            #[inline]
            pub fn rows(&self) -> slice::Iter<'_, Vector<D, T>> {
                Vector::wrap_slice(&self.0).iter()
            }

            /// The row p, `(m_p0, m_p1, ..)`.
            ///
            /// # Panics
            ///
            /// If p is not below D.
            #[inline]
            pub fn row(&self, p: usize) -> &Vector<D, T> {
                Vector::wrap_ref(&self.0[p])
            }

            /// The column q, `(m_0q, m_1q, ..)`.
            ///
            /// # Panics
            ///
            /// If q is not below D.
            #[inline]
            pub fn column(&self, q: usize) -> Vector<D, T> {
                Vector(self.0.map(|row| row[q]))
            }

            /// The diagonal, `(m_00, m_11, ..)`.
            #[inline]
            pub fn diagonal(&self) -> Vector<D, T> {
                Vector::from_fn(|p| self.0[p][p])
            }
        }
    )*};
}
matrix_iterators! { Matrix Sym Alt Sym0 }

macro_rules! ranked_iterators {
    ($($name:ident)*) => {$(
        impl<const K: usize, const D: usize, T: Scalar> $name<K, D, T>
        where
            Rank<K>: Nesting<D>,
        {
            /// All entries with their indices, in row-major order: `([p, q, ..], &t_pq..)`.
            ///
            /// ```
            #[doc = concat!("let t = eqt_runtime::", stringify!($name), "::<3, 2>::default();")]
            /// assert_eq!(t.indexed_iter().nth(5), Some(([1, 0, 1], &0.0)));
            /// ```
            #[inline]
            pub fn indexed_iter(
                &self,
            ) -> impl ExactSizeIterator<Item = ([usize; K], &T)> + DoubleEndedIterator {
                self.iter().enumerate().map(|(position, entry)| (index_at(position, D), entry))
            }
        }
    )*};
}
ranked_iterators! { Tensor SymTensor AltTensor Sym0Tensor }

/// The K indices below `dimension` of a row-major position.
#[inline]
fn index_at<const K: usize>(mut position: usize, dimension: usize) -> [usize; K] {
    let mut index = [0; K];
    for slot in index.iter_mut().rev() {
        *slot = position % dimension;
        position /= dimension;
    }
    index
}

impl<const D: usize, T: Scalar> IntoIterator for Vector<D, T> {
    type Item = T;
    type IntoIter = core::array::IntoIter<T, D>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_rows_come_in_row_major_order() {
        let m = Matrix([[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(m.iter().copied().collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(m.rows().collect::<Vec<_>>(), [m.row(0), m.row(1)]);
        assert_eq!((m.row(1), m.column(1)), (&Vector([3.0, 4.0]), Vector([2.0, 4.0])));
        assert_eq!(m.diagonal(), Vector([1.0, 4.0]));
        assert_eq!((&Pseudo(m)).into_iter().len(), 4);
        assert_eq!(Product::<Vector<2>, Vector<3>>::zeros().iter().len(), 6);
        assert_eq!(Vector([1.0, 2.0]).into_iter().sum::<f64>(), 3.0);
        assert_eq!(Sym::<0>::zeros().indexed_iter().count() + Sym::<0>::zeros().rows().count(), 0);
    }

    #[test]
    fn entries_without_a_symmetry_are_changed_in_place() {
        let (mut v, mut m, mut t) = (Vector([1.0, 2.0]), Matrix::identity(), Tensor::<3, 2>::zeros());
        v.iter_mut().for_each(|x| *x *= 2.0);
        for x in &mut m {
            *x += 1.0;
        }
        t.iter_mut().zip(0..).for_each(|(x, i)| *x = f64::from(i));
        assert_eq!((v, m), (Vector([2.0, 4.0]), Matrix([[2.0, 1.0], [1.0, 2.0]])));
        assert_eq!(t[[1, 1, 0]], 6.0);
    }
}
