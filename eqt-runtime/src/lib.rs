//! What code emitted by eqt links against.
//!
//! Scalars ([`Scalar`], [`Dual`], [`Lanes`], the prime field [`Fp`]), tensor types ([`tensor`]), the description
//! of a basis ([`description`]), symmetric eigenvectors (`eigen`), maps as values (`map`), their batches (`batch`) and saved
//! coefficients (`weights`).
//!
//! ```
//! use eqt_runtime::prelude::*;
//!
//! let a = Vector([1.0, 2.0]);
//! let h = Sym::from_matrix(&a.outer(&a));
//! assert_eq!(h, Sym([[1.0, 2.0], [2.0, 4.0]]));
//! ```
//!
//! # Features
//!
//! Without features the crate is `no_std`: scalars, tensors and descriptions.
//!
//! | feature | adds |
//! |---|---|
//! | `std` | eigenvectors, `Real`, the thread driver of batches |
//! | `ndarray` (default) | maps as values; batches over `ndarray` views; tensors to and from `ndarray`; implies `std` |
//! | `nalgebra` | vectors and matrices to and from `nalgebra` |
//! | `safetensors` | coefficients in files; implies `std` |

#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "std")]
pub mod batch;
#[cfg(feature = "ndarray")]
mod coefficients;
pub mod description;
mod dual;
#[cfg(feature = "std")]
pub mod eigen;
mod fp;
mod lanes;
mod length;
#[cfg(feature = "ndarray")]
pub mod map;
pub mod products;
mod scalar;
mod support;
pub mod tensor;
#[cfg(target_arch = "x86_64")]
pub mod vectors;
#[cfg(feature = "safetensors")]
pub mod weights;

#[cfg(feature = "std")]
pub use batch::BatchError;
pub use description::{Basis, Element, Fingerprint, Form};
pub use dual::Dual;
pub use fp::Fp;
pub use lanes::{Broadcast, Lanes, Pack};
pub use length::LengthError;
#[cfg(feature = "ndarray")]
pub use map::EquivariantMap;
pub use products::{Rows, RowsMut, Way};
#[cfg(feature = "std")]
pub use scalar::Real;
pub use scalar::Scalar;
#[cfg(feature = "ndarray")]
pub use tensor::ArrayError;
pub use tensor::{
    Alt, AltTensor, Entries, Matrix, NestedArray, Nesting, Peel, Product, Pseudo, Rank, Sym, Sym0,
    Sym0Tensor, SymTensor, SymmetryError, Tensor, TensorType, Vector,
};

/// Everything that code around an emitted map usually names.
pub mod prelude {
    #[doc(no_inline)]
    pub use crate::{
        Alt, AltTensor, Basis, Dual, Element, Entries, Fp, Lanes, Matrix, Product, Pseudo, Scalar, Sym, Sym0,
        Sym0Tensor, SymTensor, Tensor, TensorType, Vector,
    };
    #[cfg(feature = "std")]
    pub use crate::{Real, eigen::top_eigenvector};
}

/// What emitted code names; no part of the public interface, and free to change with any version.
#[doc(hidden)]
pub mod __private {
    pub use ::core;
    #[cfg(feature = "std")]
    pub use ::std;

    #[cfg(feature = "ndarray")]
    pub use ::ndarray;

    pub use crate::__with_ndarray as with_ndarray;
    #[cfg(feature = "std")]
    pub use crate::batch;
    #[cfg(feature = "std")]
    pub use crate::batch::Memory;
    pub use crate::description::interface;
    pub use crate::description::{Basis, Element, Fingerprint, Form};
    #[cfg(feature = "std")]
    pub use crate::eigen;
    #[cfg(feature = "ndarray")]
    pub use crate::map;
    #[cfg(feature = "std")]
    pub use crate::support::entries_of;
    pub use crate::support::{
        SizePolynomial, flat, flat_mut, next_permutation, quotient, slice, slice_mut, unfold,
    };
    #[cfg(feature = "ndarray")]
    pub use crate::support::{contiguous, contiguous_mut};
    pub use crate::tensor::{
        Alt, AltTensor, Entries, Matrix, NestedArray, Nesting, Peel, Product, Pseudo, Rank, Sym, Sym0,
        Sym0Tensor, SymTensor, Tensor, TensorType, Vector,
    };
    #[cfg(feature = "ndarray")]
    pub use crate::{__coefficients as coefficients, coefficients::CoefficientField};
    pub use crate::{Broadcast, Dual, Fp, Lanes, LengthError, Pack, Rows, RowsMut, Scalar, Way};
}

/// Expands to its items if this crate has the feature `ndarray`, and to nothing otherwise.
///
/// Emitted code cannot ask for the features of another crate; this macro can.
#[cfg(feature = "ndarray")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_ndarray {
    ($($items:tt)*) => { $($items)* };
}

/// Expands to its items if this crate has the feature `ndarray`, and to nothing otherwise.
#[cfg(not(feature = "ndarray"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_ndarray {
    ($($items:tt)*) => {};
}

/// The examples of the README are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
