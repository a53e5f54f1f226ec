//! All unsafe code of the crate: what the compiler cannot be told otherwise about the layout of tensor types.
//!
//! - Every tensor type is `#[repr(transparent)]` over its field `.0` and has no other field, which is what
//!   [`TransparentWrapper`] asks for: same size, same alignment, same valid bit patterns. The symmetry that a type
//!   promises is a promise about numbers; no memory safety rests on it. The casts themselves are bytemuck's.
//! - Slices of arrays of length zero are made from nothing: `as_chunks` refuses to, for want of their number.

#![allow(unsafe_code)]

use core::ptr::NonNull;
use core::slice;

use bytemuck::TransparentWrapper;

use super::{
    Alt, AltTensor, Matrix, Nesting, Product, Pseudo, Rank, Sym, Sym0, Sym0Tensor, SymTensor, Tensor,
    TensorType, Vector,
};
use crate::Scalar;

// SAFETY: `#[repr(transparent)]` over a single field of this type.
unsafe impl<const D: usize, T> TransparentWrapper<[T; D]> for Vector<D, T> {}

// SAFETY: `#[repr(transparent)]` over a single field of this type.
unsafe impl<X> TransparentWrapper<X> for Pseudo<X> {}

// SAFETY: `#[repr(transparent)]` over a single field of this type.
unsafe impl<A: TensorType, B: TensorType> TransparentWrapper<A::Nested<B::Array>> for Product<A, B> {}

macro_rules! transparent_matrices {
    ($($name:ident)*) => {$(
        // SAFETY: `#[repr(transparent)]` over a single field of this type.
        unsafe impl<const D: usize, T> TransparentWrapper<[[T; D]; D]> for $name<D, T> {}
    )*};
}
transparent_matrices! { Matrix Sym Alt Sym0 }

macro_rules! transparent_tensors {
    ($($name:ident)*) => {$(
        // SAFETY: `#[repr(transparent)]` over a single field of this type.
        unsafe impl<const K: usize, const D: usize, T: Scalar>
            TransparentWrapper<<Rank<K> as Nesting<D>>::Array<T>> for $name<K, D, T>
        where
            Rank<K>: Nesting<D>,
        {
        }
    )*};
}
transparent_tensors! { Tensor SymTensor AltTensor Sym0Tensor }

/// `parts` in groups of N; for N = 0, `count` empty arrays.
///
/// The caller has `count * N` parts.
#[inline]
pub(super) fn chunks<P, const N: usize>(parts: &[P], count: usize) -> &[[P; N]] {
    debug_assert_eq!(Some(parts.len()), count.checked_mul(N));
    if N == 0 {
        // SAFETY: N = 0, so `[P; N]` has no bytes: any aligned pointer that is not null is valid for any number of
        // them, and there is no bit pattern to be invalid. A slice of them has 0 bytes, below the limit of isize.
        return unsafe { slice::from_raw_parts(NonNull::dangling().as_ptr(), count) };
    }
    parts.as_chunks().0
}

/// As [`chunks`], to be changed.
#[inline]
pub(super) fn chunks_mut<P, const N: usize>(parts: &mut [P], count: usize) -> &mut [[P; N]] {
    debug_assert_eq!(Some(parts.len()), count.checked_mul(N));
    if N == 0 {
        // SAFETY: as in `chunks`; what has no bytes is never aliased.
        return unsafe { slice::from_raw_parts_mut(NonNull::dangling().as_ptr(), count) };
    }
    parts.as_chunks_mut().0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dual, Fp, Lanes, Peel};

    fn same_layout<X: Peel>() {
        assert_eq!(size_of::<X>(), size_of::<X::Plain>());
        assert_eq!(align_of::<X>(), align_of::<X::Plain>());
    }

    fn same_layout_of_all_types<const D: usize, T: Scalar>() {
        same_layout::<T>();
        same_layout::<Vector<D, T>>();
        same_layout::<Matrix<D, T>>();
        same_layout::<Sym<D, T>>();
        same_layout::<Alt<D, T>>();
        same_layout::<Sym0<D, T>>();
        same_layout::<Tensor<1, D, T>>();
        same_layout::<Tensor<8, D, T>>();
        same_layout::<SymTensor<3, D, T>>();
        same_layout::<AltTensor<4, D, T>>();
        same_layout::<Sym0Tensor<5, D, T>>();
        same_layout::<Pseudo<T>>();
        same_layout::<Pseudo<Pseudo<Vector<D, T>>>>();
        same_layout::<Product<Sym<D, T>, Pseudo<Vector<2, T>>>>();
        same_layout::<Product<T, Product<Vector<D, T>, T>>>();
        same_layout::<[[Product<Vector<D, T>, Vector<D, T>>; 3]; 2]>();
        same_layout::<[Pseudo<Sym<D, T>>; 0]>();
    }

    #[test]
    fn typed_values_and_plain_arrays_have_one_layout() {
        same_layout_of_all_types::<0, f64>();
        same_layout_of_all_types::<1, f32>();
        same_layout_of_all_types::<2, Fp>();
        same_layout_of_all_types::<3, Dual<f32>>();
        same_layout_of_all_types::<2, Lanes<f32, 16>>();
    }

    #[test]
    fn slices_of_empty_arrays_have_the_length_asked_for() {
        let mut values = [[Vector([1.0, 2.0]); 0]; 3];
        assert_eq!(Peel::peel_slice(&values), [[[0.0; 2]; 0]; 3]);
        assert_eq!(Peel::peel_slice_mut(&mut values).len(), 3);
        assert_eq!(<[Sym<2>; 0]>::wrap_slice(&[[]; 5]).len(), 5);
        assert_eq!(chunks::<f64, 0>(&[], usize::MAX).len(), usize::MAX);
        let nested = [[[Vector([1.0; 2]); 3]; 0]; 2];
        assert_eq!(Peel::peel_slice(&nested), [[[[1.0; 2]; 3]; 0]; 2]);
        let nested = [[[Vector([1.0; 2]); 0]; 3]; 2];
        assert_eq!(Peel::peel_slice(&nested), [[[[1.0; 2]; 0]; 3]; 2]);
        assert_eq!([Vector([0.0; 0]); 4].peel(), &[[0.0; 0]; 4]);
    }
}
