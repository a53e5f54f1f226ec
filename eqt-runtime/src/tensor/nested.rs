//! Nested arrays and the walk over their scalars.

use core::array;
use core::fmt::Debug;
use core::slice;

use super::transparent::{chunks, chunks_mut};
use crate::Scalar;

/// Anything made of scalars in a fixed row-major order: a scalar, a tensor, an array or slice of them.
///
/// Emitted batch code moves data between arrays of any stride and the typed inputs of a map through it. The order
/// is that of the nested arrays: the last index runs fastest.
///
/// ```
/// use eqt_runtime::prelude::*;
///
/// let mut a = [Vector([0.0; 2]); 3];
/// a.fill_entries(&mut (1..).map(f64::from));
/// assert_eq!(a, [Vector([1.0, 2.0]), Vector([3.0, 4.0]), Vector([5.0, 6.0])]);
/// ```
pub trait Entries {
    /// The type of the numbers.
    type Scalar: Scalar;

    /// How many scalars there are.
    fn entry_count(&self) -> usize;

    /// Calls `visit` on every scalar in row-major order.
    fn for_each_entry(&self, visit: &mut impl FnMut(Self::Scalar));

    /// Calls `visit` on every scalar in row-major order, to change it.
    fn for_each_entry_mut(&mut self, visit: &mut impl FnMut(&mut Self::Scalar));

    /// Replaces the scalars in row-major order by those of `source`; where it ends early, the rest stay.
    #[inline]
    fn fill_entries(&mut self, source: &mut impl Iterator<Item = Self::Scalar>) {
        self.for_each_entry_mut(&mut |entry| {
            if let Some(value) = source.next() {
                *entry = value;
            }
        });
    }

    /// Replaces the scalars in row-major order by those of a slice; where it ends early, the rest stay.
    #[inline]
    fn copy_from_entries(&mut self, source: &[Self::Scalar]) {
        self.fill_entries(&mut source.iter().copied());
    }

    /// Writes the scalars in row-major order to a slice; what does not fit is dropped.
    #[inline]
    fn copy_to_entries(&self, target: &mut [Self::Scalar]) {
        let mut slots = target.iter_mut();
        self.for_each_entry(&mut |value| {
            if let Some(slot) = slots.next() {
                *slot = value;
            }
        });
    }
}

impl<T: Scalar> Entries for T {
    type Scalar = T;

    #[inline]
    fn entry_count(&self) -> usize {
        1
    }

    #[inline]
    fn for_each_entry(&self, visit: &mut impl FnMut(T)) {
        visit(*self);
    }

    #[inline]
    fn for_each_entry_mut(&mut self, visit: &mut impl FnMut(&mut T)) {
        visit(self);
    }
}

impl<X: Entries> Entries for [X] {
    type Scalar = X::Scalar;

    #[inline]
    fn entry_count(&self) -> usize {
        self.iter().map(X::entry_count).sum()
    }

    #[inline]
    fn for_each_entry(&self, visit: &mut impl FnMut(X::Scalar)) {
        self.iter().for_each(|member| member.for_each_entry(visit));
    }

    #[inline]
    fn for_each_entry_mut(&mut self, visit: &mut impl FnMut(&mut X::Scalar)) {
        self.iter_mut().for_each(|member| member.for_each_entry_mut(visit));
    }
}

#[cfg(feature = "std")]
impl<X: Entries> Entries for Vec<X> {
    type Scalar = X::Scalar;

    #[inline]
    fn entry_count(&self) -> usize {
        self.as_slice().entry_count()
    }

    #[inline]
    fn for_each_entry(&self, visit: &mut impl FnMut(X::Scalar)) {
        self.as_slice().for_each_entry(visit);
    }

    #[inline]
    fn for_each_entry_mut(&mut self, visit: &mut impl FnMut(&mut X::Scalar)) {
        self.as_mut_slice().for_each_entry_mut(visit);
    }
}

impl<X: Entries, const N: usize> Entries for [X; N] {
    type Scalar = X::Scalar;

    #[inline]
    fn entry_count(&self) -> usize {
        self.as_slice().entry_count()
    }

    #[inline]
    fn for_each_entry(&self, visit: &mut impl FnMut(X::Scalar)) {
        self.as_slice().for_each_entry(visit);
    }

    #[inline]
    fn for_each_entry_mut(&mut self, visit: &mut impl FnMut(&mut X::Scalar)) {
        self.as_mut_slice().for_each_entry_mut(visit);
    }
}

/// A scalar `T`, or an array of nested arrays: `T`, `[T; N]`, `[[T; N]; M]`, ...; the storage of every tensor.
pub trait NestedArray: Entries + Copy + Debug + PartialEq + Send + Sync + 'static {
    /// The number of indices.
    const RANK: usize;

    /// The number of scalars.
    const LEN: usize;

    /// The length of the index `axis`, counted from the outermost; 0 for an axis that does not exist.
    fn size(axis: usize) -> usize;

    /// The array whose entries, in row-major order, are what `next` returns.
    fn generate(next: &mut impl FnMut() -> Self::Scalar) -> Self;

    /// All scalars of consecutive arrays, without a copy.
    fn flatten(arrays: &[Self]) -> &[Self::Scalar];

    /// All scalars of consecutive arrays, without a copy.
    fn flatten_mut(arrays: &mut [Self]) -> &mut [Self::Scalar];

    /// `count` consecutive arrays from all their scalars, without a copy; the inverse of [`flatten`](Self::flatten).
    ///
    /// `None` unless there are exactly `count * LEN` scalars. The count must be told because arrays without entries
    /// (`LEN = 0`) leave no trace of it.
    ///
    /// ```
    /// use eqt_runtime::NestedArray;
    ///
    /// let flat = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    /// assert_eq!(<[f64; 3]>::slice_from_flat(&flat, 2), Some(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]][..]));
    /// assert_eq!(<[f64; 4]>::slice_from_flat(&flat, 2), None);
    /// assert_eq!(<[f64; 0]>::slice_from_flat(&[], 2), Some(&[[], []][..]));
    /// ```
    fn slice_from_flat(flat: &[Self::Scalar], count: usize) -> Option<&[Self]>;

    /// As [`slice_from_flat`](Self::slice_from_flat), to be changed.
    fn slice_from_flat_mut(flat: &mut [Self::Scalar], count: usize) -> Option<&mut [Self]>;

    /// One array from its scalars in row-major order, without a copy; `None` unless there are `LEN` of them.
    ///
    /// ```
    /// use eqt_runtime::NestedArray;
    ///
    /// assert_eq!(<[[f64; 2]; 2]>::from_flat(&[1.0, 2.0, 3.0, 4.0]), Some(&[[1.0, 2.0], [3.0, 4.0]]));
    /// ```
    #[inline]
    fn from_flat(flat: &[Self::Scalar]) -> Option<&Self> {
        Self::slice_from_flat(flat, 1)?.first()
    }

    /// As [`from_flat`](Self::from_flat), to be changed.
    #[inline]
    fn from_flat_mut(flat: &mut [Self::Scalar]) -> Option<&mut Self> {
        Self::slice_from_flat_mut(flat, 1)?.first_mut()
    }

    /// All scalars in row-major order.
    #[inline]
    fn as_entries(&self) -> &[Self::Scalar] {
        Self::flatten(slice::from_ref(self))
    }

    /// All scalars in row-major order.
    #[inline]
    fn as_entries_mut(&mut self) -> &mut [Self::Scalar] {
        Self::flatten_mut(slice::from_mut(self))
    }
}

impl<T: Scalar> NestedArray for T {
    const RANK: usize = 0;
    const LEN: usize = 1;

    #[inline]
    fn size(_: usize) -> usize {
        0
    }

    #[inline]
    fn generate(next: &mut impl FnMut() -> T) -> T {
        next()
    }

    #[inline]
    fn flatten(arrays: &[T]) -> &[T] {
        arrays
    }

    #[inline]
    fn flatten_mut(arrays: &mut [T]) -> &mut [T] {
        arrays
    }

    #[inline]
    fn slice_from_flat(flat: &[T], count: usize) -> Option<&[T]> {
        (flat.len() == count).then_some(flat)
    }

    #[inline]
    fn slice_from_flat_mut(flat: &mut [T], count: usize) -> Option<&mut [T]> {
        (flat.len() == count).then_some(flat)
    }
}

impl<X: NestedArray, const N: usize> NestedArray for [X; N] {
    const RANK: usize = X::RANK + 1;
    const LEN: usize = X::LEN * N;

    #[inline]
    fn size(axis: usize) -> usize {
        match axis {
            0 => N,
            _ => X::size(axis - 1),
        }
    }

    #[inline]
    fn generate(next: &mut impl FnMut() -> X::Scalar) -> Self {
        array::from_fn(|_| X::generate(next))
    }

    #[inline]
    fn flatten(arrays: &[Self]) -> &[X::Scalar] {
        X::flatten(arrays.as_flattened())
    }

    #[inline]
    fn flatten_mut(arrays: &mut [Self]) -> &mut [X::Scalar] {
        X::flatten_mut(arrays.as_flattened_mut())
    }

    #[inline]
    fn slice_from_flat(flat: &[X::Scalar], count: usize) -> Option<&[Self]> {
        Some(chunks(X::slice_from_flat(flat, count.checked_mul(N)?)?, count))
    }

    #[inline]
    fn slice_from_flat_mut(flat: &mut [X::Scalar], count: usize) -> Option<&mut [Self]> {
        Some(chunks_mut(X::slice_from_flat_mut(flat, count.checked_mul(N)?)?, count))
    }
}

/// The number `K` as a type: `Rank<3>: Nesting<D>` says that rank 3 is stored as `[[[T; D]; D]; D]`.
#[derive(Clone, Copy, Debug)]
pub struct Rank<const K: usize>;

/// K-fold nesting of arrays of length `D`, for K = 1 to 8.
pub trait Nesting<const D: usize> {
    /// `[[..[E; D]..; D]; D]`, K deep.
    type Array<E: NestedArray>: NestedArray<Scalar = E::Scalar>;
}

/// The nested array type `[[..[$entry; $dimension]..]; $dimension]`, one level per token of the list.
macro_rules! nested {
    ([] $entry:ty; $dimension:ident) => { $entry };
    ([$level:tt $($levels:tt)*] $entry:ty; $dimension:ident) => {
        [nested!([$($levels)*] $entry; $dimension); $dimension]
    };
}
pub(crate) use nested;

macro_rules! nestings {
    ($($rank:literal $levels:tt;)*) => {$(
        impl<const D: usize> Nesting<D> for Rank<$rank> {
            type Array<E: NestedArray> = nested!($levels E; D);
        }
    )*};
}
nestings! {
    1 [.];
    2 [. .];
    3 [. . .];
    4 [. . . .];
    5 [. . . . .];
    6 [. . . . . .];
    7 [. . . . . . .];
    8 [. . . . . . . .];
}
