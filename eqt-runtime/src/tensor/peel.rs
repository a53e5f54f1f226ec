//! Typed values seen as plain nested arrays and back, without a copy.

use core::slice;

use super::transparent::{chunks, chunks_mut};
use super::{Entries, NestedArray};
use crate::Scalar;

/// What an emitted map takes and returns, seen as the plain nested array that it is stored as.
///
/// | `Self` | `Plain` |
/// |---|---|
/// | a scalar `T` | `T` |
/// | `Vector<D, T>` | `[T; D]` |
/// | `Matrix<D, T>`, `Sym<D, T>`, `Alt<D, T>`, `Sym0<D, T>` | `[[T; D]; D]` |
/// | `Tensor<K, D, T>` and its symmetric kinds | `[[..[T; D]..; D]; D]`, K deep |
/// | `Product<A, B>` | the nesting of `A` around the array of `B` |
/// | `Pseudo<X>` | `X::Plain` |
/// | `[X; N]` | `[X::Plain; N]` |
///
/// With [`NestedArray::flatten`] and [`NestedArray::slice_from_flat`] this leads from typed values to flat memory and
/// back. Wrapping, like every conversion from arrays, trusts the caller about a symmetry that the type promises.
///
/// ```
/// use eqt_runtime::prelude::*;
/// use eqt_runtime::{NestedArray, Peel};
///
/// // Two samples of a family of three vectors of the plane, in flat memory.
/// let flat = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0];
/// type Family = [Vector<2>; 3];
/// let plain = <<Family as Peel>::Plain>::slice_from_flat(&flat, 2).ok_or("a wrong length")?;
/// let samples: &[Family] = Family::wrap_slice(plain);
/// assert_eq!(samples[1][2], Vector([11.0, 12.0]));
/// assert_eq!(NestedArray::flatten(Family::peel_slice(samples)), flat);
/// # Ok::<(), &str>(())
/// ```
pub trait Peel: Entries + Copy + Send + Sync + 'static {
    /// The plain nested array.
    type Plain: NestedArray<Scalar = Self::Scalar>;

    /// The plain array of one value.
    fn peel(&self) -> &Self::Plain;

    /// The plain array of one value, to be changed.
    fn peel_mut(&mut self) -> &mut Self::Plain;

    /// The plain arrays of consecutive values.
    fn peel_slice(values: &[Self]) -> &[Self::Plain];

    /// The plain arrays of consecutive values, to be changed.
    fn peel_slice_mut(values: &mut [Self]) -> &mut [Self::Plain];

    /// The value that a plain array stores.
    fn wrap(plain: &Self::Plain) -> &Self;

    /// The value that a plain array stores, to be changed.
    fn wrap_mut(plain: &mut Self::Plain) -> &mut Self;

    /// The values that consecutive plain arrays store.
    fn wrap_slice(plain: &[Self::Plain]) -> &[Self];

    /// The values that consecutive plain arrays store, to be changed.
    fn wrap_slice_mut(plain: &mut [Self::Plain]) -> &mut [Self];
}

/// The methods of [`Peel`] for a type that is a transparent wrapper of the plain array `$plain`.
macro_rules! peel_transparent {
    ($plain:ty) => {
        #[inline]
        fn peel(&self) -> &$plain {
            &self.0
        }

        #[inline]
        fn peel_mut(&mut self) -> &mut $plain {
            &mut self.0
        }

        #[inline]
        fn peel_slice(values: &[Self]) -> &[$plain] {
            TransparentWrapper::peel_slice(values)
        }

        #[inline]
        fn peel_slice_mut(values: &mut [Self]) -> &mut [$plain] {
            TransparentWrapper::peel_slice_mut(values)
        }

        #[inline]
        fn wrap(plain: &$plain) -> &Self {
            TransparentWrapper::wrap_ref(plain)
        }

        #[inline]
        fn wrap_mut(plain: &mut $plain) -> &mut Self {
            TransparentWrapper::wrap_mut(plain)
        }

        #[inline]
        fn wrap_slice(plain: &[$plain]) -> &[Self] {
            TransparentWrapper::wrap_slice(plain)
        }

        #[inline]
        fn wrap_slice_mut(plain: &mut [$plain]) -> &mut [Self] {
            TransparentWrapper::wrap_slice_mut(plain)
        }
    };
}
pub(super) use peel_transparent;

impl<T: Scalar> Peel for T {
    type Plain = T;

    #[inline]
    fn peel(&self) -> &T {
        self
    }

    #[inline]
    fn peel_mut(&mut self) -> &mut T {
        self
    }

    #[inline]
    fn peel_slice(values: &[T]) -> &[T] {
        values
    }

    #[inline]
    fn peel_slice_mut(values: &mut [T]) -> &mut [T] {
        values
    }

    #[inline]
    fn wrap(plain: &T) -> &T {
        plain
    }

    #[inline]
    fn wrap_mut(plain: &mut T) -> &mut T {
        plain
    }

    #[inline]
    fn wrap_slice(plain: &[T]) -> &[T] {
        plain
    }

    #[inline]
    fn wrap_slice_mut(plain: &mut [T]) -> &mut [T] {
        plain
    }
}

impl<X: Peel, const N: usize> Peel for [X; N] {
    type Plain = [X::Plain; N];

    #[inline]
    fn peel(&self) -> &[X::Plain; N] {
        &Self::peel_slice(slice::from_ref(self))[0]
    }

    #[inline]
    fn peel_mut(&mut self) -> &mut [X::Plain; N] {
        &mut Self::peel_slice_mut(slice::from_mut(self))[0]
    }

    #[inline]
    fn peel_slice(values: &[Self]) -> &[[X::Plain; N]] {
        chunks(X::peel_slice(values.as_flattened()), values.len())
    }

    #[inline]
    fn peel_slice_mut(values: &mut [Self]) -> &mut [[X::Plain; N]] {
        let count = values.len();
        chunks_mut(X::peel_slice_mut(values.as_flattened_mut()), count)
    }

    #[inline]
    fn wrap(plain: &[X::Plain; N]) -> &Self {
        &Self::wrap_slice(slice::from_ref(plain))[0]
    }

    #[inline]
    fn wrap_mut(plain: &mut [X::Plain; N]) -> &mut Self {
        &mut Self::wrap_slice_mut(slice::from_mut(plain))[0]
    }

    #[inline]
    fn wrap_slice(plain: &[[X::Plain; N]]) -> &[Self] {
        chunks(X::wrap_slice(plain.as_flattened()), plain.len())
    }

    #[inline]
    fn wrap_slice_mut(plain: &mut [[X::Plain; N]]) -> &mut [Self] {
        let count = plain.len();
        chunks_mut(X::wrap_slice_mut(plain.as_flattened_mut()), count)
    }
}
