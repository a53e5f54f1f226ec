//! Single entries: `v[p]`, `m[(p, q)]`, `t[[p, q, r]]`, and `set` where a symmetry ties entries together.
//!
//! Types with a symmetry have no `IndexMut`: a write to one entry would break the promise that they make of the
//! others. `set` writes all the entries that the symmetry ties together. The traceless types have neither: no entry
//! of the diagonal can change alone, so they come from `from_matrix` and `from_tensor`.

use core::ops::{Index, IndexMut};

use super::projection::{next_order, position_of, sort};
use super::{
    Alt, AltTensor, Matrix, Nesting, Product, Pseudo, Rank, Sym, Sym0, Sym0Tensor, SymTensor, Tensor,
    TensorType, Vector,
};
use crate::Scalar;

/// The row-major position of a multi-index.
///
/// # Panics
///
/// If the number of indices is not the rank, or one is out of range: a mistake in the caller's code, as everywhere
/// in Rust.
#[inline]
#[track_caller]
fn position<X: TensorType>(index: &[usize]) -> usize {
    match X::position(index) {
        Some(position) => position,
        None => panic!("the index {index:?} is out of range for a tensor of rank {}", X::RANK),
    }
}

/// The entry `v_p`.
impl<const D: usize, T> Index<usize> for Vector<D, T> {
    type Output = T;

    #[inline]
    fn index(&self, p: usize) -> &T {
        &self.0[p]
    }
}

/// The entry `v_p`, to be changed.
impl<const D: usize, T> IndexMut<usize> for Vector<D, T> {
    #[inline]
    fn index_mut(&mut self, p: usize) -> &mut T {
        &mut self.0[p]
    }
}

macro_rules! matrix_indices {
    ($($name:ident)*) => {$(
        /// The entry `m_pq` in row p and column q, written as users of `nalgebra` do.
        impl<const D: usize, T> Index<(usize, usize)> for $name<D, T> {
            type Output = T;

            #[inline]
            fn index(&self, (p, q): (usize, usize)) -> &T {
                &self.0[p][q]
            }
        }

        /// The entry `m_pq` in row p and column q, written as users of `ndarray` do.
        impl<const D: usize, T> Index<[usize; 2]> for $name<D, T> {
            type Output = T;

            #[inline]
            fn index(&self, [p, q]: [usize; 2]) -> &T {
                &self.0[p][q]
            }
        }
    )*};
}
matrix_indices! { Matrix Sym Alt Sym0 }

/// The entry `m_pq` in row p and column q, to be changed.
impl<const D: usize, T> IndexMut<(usize, usize)> for Matrix<D, T> {
    #[inline]
    fn index_mut(&mut self, (p, q): (usize, usize)) -> &mut T {
        &mut self.0[p][q]
    }
}

/// The entry `m_pq` in row p and column q, to be changed.
impl<const D: usize, T> IndexMut<[usize; 2]> for Matrix<D, T> {
    #[inline]
    fn index_mut(&mut self, [p, q]: [usize; 2]) -> &mut T {
        &mut self.0[p][q]
    }
}

macro_rules! ranked_indices {
    ($($name:ident)*) => {$(
        /// The entry with the given K indices.
        impl<const K: usize, const D: usize, T: Scalar> Index<[usize; K]> for $name<K, D, T>
        where
            Rank<K>: Nesting<D>,
        {
            type Output = T;

            #[inline]
            fn index(&self, index: [usize; K]) -> &T {
                &self.entries()[position::<Self>(&index)]
            }
        }
    )*};
}
ranked_indices! { Tensor SymTensor AltTensor Sym0Tensor }

/// The entry with the given K indices, to be changed.
impl<const K: usize, const D: usize, T: Scalar> IndexMut<[usize; K]> for Tensor<K, D, T>
where
    Rank<K>: Nesting<D>,
{
    #[inline]
    fn index_mut(&mut self, index: [usize; K]) -> &mut T {
        &mut self.entries_mut()[position::<Self>(&index)]
    }
}

/// The entry with the given indices, those of `A` and then those of `B`; K must be the rank of the product.
///
/// ```
/// use eqt_runtime::prelude::*;
///
/// let x = Product::<Vector<2>, Sym<2>>([[[1.0, 2.0], [2.0, 3.0]], [[4.0, 5.0], [5.0, 6.0]]]);
/// assert_eq!(x[[1, 0, 1]], 5.0);
/// ```
impl<A: TensorType, B: TensorType, const K: usize> Index<[usize; K]> for Product<A, B> {
    type Output = B::Scalar;

    #[inline]
    fn index(&self, index: [usize; K]) -> &B::Scalar {
        &self.entries()[position::<Self>(&index)]
    }
}

/// The entry of the tensor inside.
impl<I, X: Index<I>> Index<I> for Pseudo<X> {
    type Output = X::Output;

    #[inline]
    fn index(&self, index: I) -> &X::Output {
        &self.0[index]
    }
}

/// The entry of the tensor inside, to be changed.
impl<I, X: IndexMut<I>> IndexMut<I> for Pseudo<X> {
    #[inline]
    fn index_mut(&mut self, index: I) -> &mut X::Output {
        &mut self.0[index]
    }
}

impl<const D: usize, T: Scalar> Sym<D, T> {
    /// Sets the entries (p, q) and (q, p) to `value`. There is no `IndexMut`: writing one of them alone would break
    /// the symmetry that the type promises.
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// let mut a = Sym::<2>::identity();
    /// a.set(0, 1, 5.0);
    /// assert_eq!(a.0, [[1.0, 5.0], [5.0, 1.0]]);
    /// ```
    ///
    /// # Panics
    ///
    /// If an index is not below D.
    #[inline]
    pub fn set(&mut self, p: usize, q: usize, value: T) {
        self.0[p][q] = value;
        self.0[q][p] = value;
    }
}

impl<const D: usize, T: Scalar> Alt<D, T> {
    /// Sets the entry (p, q) to `value` and (q, p) to `-value`. There is no `IndexMut`: writing one of them alone
    /// would break the antisymmetry that the type promises.
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// let mut a = Alt::<2>::zeros();
    /// a.set(0, 1, 5.0);
    /// assert_eq!(a.0, [[0.0, 5.0], [-5.0, 0.0]]);
    /// ```
    ///
    /// # Panics
    ///
    /// If an index is not below D, or if p = q and the value is not zero.
    #[inline]
    pub fn set(&mut self, p: usize, q: usize, value: T) {
        assert!(p != q || value == T::ZERO, "the diagonal of an antisymmetric matrix is zero");
        self.0[p][q] = value;
        self.0[q][p] = if p == q { value } else { -value };
    }
}

impl<const K: usize, const D: usize, T: Scalar> SymTensor<K, D, T>
where
    Rank<K>: Nesting<D>,
{
    /// Sets the entries at all orders of `index` to `value`. There is no `IndexMut`: writing one of them alone would
    /// break the symmetry that the type promises.
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// let mut t = SymTensor::<3, 2>::zeros();
    /// t.set([0, 1, 1], 5.0);
    /// assert_eq!(t.0, [[[0.0, 0.0], [0.0, 5.0]], [[0.0, 5.0], [5.0, 0.0]]]);
    /// ```
    ///
    /// # Panics
    ///
    /// If an index is not below D.
    pub fn set(&mut self, mut index: [usize; K], value: T) {
        position::<Self>(&index);
        sort(&mut index);
        loop {
            self.entries_mut()[position_of(&index, D)] = value;
            if !next_order(&mut index) {
                break;
            }
        }
    }
}

impl<const K: usize, const D: usize, T: Scalar> AltTensor<K, D, T>
where
    Rank<K>: Nesting<D>,
{
    /// Sets the entry at `index` to `value`, and those at its other orders to `value` times the sign of the
    /// permutation. There is no `IndexMut`: writing one of them alone would break the antisymmetry that the type
    /// promises.
    ///
    /// ```
    /// use eqt_runtime::prelude::*;
    ///
    /// // The volume form.
    /// let mut epsilon = AltTensor::<3, 3>::zeros();
    /// epsilon.set([0, 1, 2], 1.0);
    /// assert_eq!((epsilon[[1, 2, 0]], epsilon[[1, 0, 2]], epsilon[[1, 1, 2]]), (1.0, -1.0, 0.0));
    /// ```
    ///
    /// # Panics
    ///
    /// If an index is not below D, or if two are equal and the value is not zero.
    pub fn set(&mut self, mut index: [usize; K], value: T) {
        position::<Self>(&index);
        let odd = sort(&mut index);
        let repeats = index.windows(2).any(|pair| pair[0] == pair[1]);
        assert!(!repeats || value == T::ZERO, "an antisymmetric tensor is zero where an index repeats");
        loop {
            let mut sorted = index;
            let keeps_sign = repeats || sort(&mut sorted) == odd;
            self.entries_mut()[position_of(&index, D)] = if keeps_sign { value } else { -value };
            if !next_order(&mut index) {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fp;

    #[test]
    fn entries_are_read_and_written_at_their_indices() {
        let mut v = Vector([1.0, 2.0]);
        v[1] = 5.0;
        assert_eq!((v[0], v[1]), (1.0, 5.0));
        let mut m = Matrix([[1.0, 2.0], [3.0, 4.0]]);
        m[(0, 1)] = 7.0;
        m[[1, 0]] += 1.0;
        assert_eq!((m[(0, 1)], m[[0, 1]], m[(1, 0)]), (7.0, 7.0, 4.0));
        let mut t = Tensor::<3, 2>::zeros();
        t[[1, 0, 1]] = 3.0;
        assert_eq!(t.0[1][0][1], 3.0);
        let mut w = Pseudo(v);
        w[0] = 4.0;
        assert_eq!(w[0], 4.0);
        assert_eq!(Pseudo(m)[(0, 1)], 7.0);
    }

    #[test]
    fn an_index_out_of_range_panics_and_never_reads_another_entry() {
        use std::panic::catch_unwind;

        let t = Tensor::<2, 2>::from([[1.0, 2.0], [3.0, 4.0]]);
        assert!(catch_unwind(|| t[[0, 2]]).is_err());
        let x = Product::<Vector<2>, Vector<3>>::zeros();
        assert!(catch_unwind(|| x[[0, 3]]).is_err());
        assert!(catch_unwind(|| x[[0, 2, 0]]).is_err());
        assert!(catch_unwind(|| x[[1]]).is_err());
        assert!(catch_unwind(|| Sym::<2>::zeros().set(0, 2, 1.0)).is_err());
        assert!(catch_unwind(|| SymTensor::<2, 2>::zeros().set([0, 2], 1.0)).is_err());
        assert!(catch_unwind(|| AltTensor::<2, 2>::zeros().set([2, 0], 1.0)).is_err());
        assert!(catch_unwind(|| Alt::<2>::zeros().set(1, 1, 1.0)).is_err());
        assert!(catch_unwind(|| AltTensor::<2, 2>::zeros().set([1, 1], 1.0)).is_err());
    }

    /// Written entry by entry at the sorted indices, in any order of the slots, a projected tensor comes out again.
    fn set_rebuilds<const K: usize, const D: usize>()
    where
        Rank<K>: Nesting<D>,
    {
        let mut state = Fp::new(7);
        let tensor = Tensor::<K, D, Fp>::from_entries(core::iter::from_fn(|| {
            state = state * Fp::new(6364136223846793005) + Fp::new(1442695040888963407);
            Some(state)
        }));
        let symmetric = SymTensor::from_tensor(&tensor);
        let antisymmetric = AltTensor::from_tensor(&tensor);
        let (mut even, mut odd) = (SymTensor::zeros(), AltTensor::zeros());
        for (mut index, _) in tensor.indexed_iter().filter(|(index, _)| index.is_sorted()) {
            index.reverse();
            even.set(index, symmetric[index]);
            odd.set(index, antisymmetric[index]);
        }
        assert_eq!(even, symmetric);
        assert_eq!(odd, antisymmetric);
    }

    #[test]
    fn setting_an_entry_sets_all_that_the_symmetry_ties_to_it() {
        set_rebuilds::<1, 3>();
        set_rebuilds::<2, 3>();
        set_rebuilds::<3, 3>();
        set_rebuilds::<4, 5>();
        set_rebuilds::<5, 2>();
        let mut a = Alt::<3>::zeros();
        a.set(2, 0, 4.0);
        a.set(1, 1, 0.0);
        assert_eq!(a.0, [[0.0, 0.0, -4.0], [0.0; 3], [4.0, 0.0, 0.0]]);
    }
}
