//! The numbers that emitted code computes with.

use core::fmt::Debug;
#[cfg(feature = "std")]
use core::ops::Div;
use core::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

#[cfg(all(feature = "std", target_arch = "x86_64"))]
use crate::batch::avx2;
#[cfg(all(feature = "avx512", target_arch = "x86_64"))]
use crate::batch::avx512;
#[cfg(feature = "std")]
use crate::batch::{Body, Drive, InstructionSet};
#[cfg(not(target_arch = "x86_64"))]
use crate::lanes::Lanes;
use crate::lanes::{Broadcast, Pack};

/// A commutative ring with the rationals that a basis needs: what emitted code is generic over.
///
/// Emitted code uses sums, products and rational constants only, never a comparison, so the very code that ships
/// runs over [`f32`], [`f64`], SIMD [`Lanes`](crate::Lanes), [`Dual`](crate::Dual) numbers (exact derivatives)
/// and the prime field [`Fp`](crate::Fp) (exact tests).
pub trait Scalar:
    Broadcast<<Self as Scalar>::Pack>
    + Copy
    + Debug
    + PartialEq
    + Default
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// As many of these numbers as a batch computes with at once: for floats, what fills a vector register that every
    /// processor of the architecture has. (With more, a number would take several registers, and sums be moved to memory.)
    ///
    /// Sums over samples are made lane by lane first, so that their last bits depend on the number of lanes.
    type Pack: Pack<Self>;

    /// The neutral element of addition.
    const ZERO: Self;

    /// The neutral element of multiplication.
    const ONE: Self;

    /// The image of an integer; rounded to nearest for floats, reduced modulo p for [`Fp`](crate::Fp).
    fn from_i64(value: i64) -> Self;

    /// The quotient `numerator / denominator`; correctly rounded for floats as long as both are below 2^53.
    ///
    /// The denominator is never zero in the scalar type: emitted constants have the denominators of a basis
    /// (factorials, dimensions), all far below the characteristic 2^61 - 1 of [`Fp`](crate::Fp).
    ///
    /// # Panics
    ///
    /// [`Fp`](crate::Fp) panics if p divides the denominator. Floats follow IEEE 754: an infinity or NaN.
    fn from_ratio(numerator: i64, denominator: u64) -> Self;

    /// `self * a + b`.
    ///
    /// For `f32` and `f64` these are two operations with two roundings: a fused one would be a slow library call on
    /// targets without the instruction, and results would depend on the target.
    #[inline]
    fn mul_add(self, a: Self, b: Self) -> Self {
        self * a + b
    }

    /// What runs a function of a map in wider registers than [`Scalar::Pack`], where this set of instructions has them.
    #[cfg(feature = "std")]
    #[doc(hidden)]
    fn wide<B: Body<Self, F>, F>(_set: InstructionSet) -> Option<fn(Drive<'_, Self>)> {
        None
    }
}

macro_rules! float_scalar {
    ($($float:ident $vector:ident $wide:ident $widest:ident)*) => {$(
        impl Scalar for $float {
            #[cfg(target_arch = "x86_64")]
            type Pack = crate::vectors::$vector;
            #[cfg(not(target_arch = "x86_64"))]
            type Pack = Lanes<$float, { 16 / size_of::<$float>() }>;

            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;

            #[inline]
            fn from_i64(value: i64) -> Self {
                value as $float
            }

            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            fn wide<B: Body<Self, F>, F>(set: InstructionSet) -> Option<fn(Drive<'_, Self>)> {
                match set {
                    InstructionSet::Baseline => None,
                    #[cfg(feature = "avx512")]
                    InstructionSet::Avx512 => Some(avx512::drive::<Self, crate::vectors::$widest, B, F>),
                    _ => Some(avx2::drive::<Self, crate::vectors::$wide, B, F>),
                }
            }

            // The quotient of doubles rounds correctly to single precision too (53 >= 2 * 24 + 2).
            #[inline]
            fn from_ratio(numerator: i64, denominator: u64) -> Self {
                (numerator as f64 / denominator as f64) as $float
            }
        }
    )*};
}
float_scalar! { f32 F32x4 F32x8 F32x16 f64 F64x2 F64x4 F64x8 }

/// An ordered field with square roots: `f32`, `f64`, and [`Dual`](crate::Dual) numbers over them.
///
/// What [`eigen`](crate::eigen) asks of its numbers.
#[cfg(feature = "std")]
pub trait Real: Scalar + PartialOrd + Div<Output = Self> {
    /// The distance from 1 to the next larger number.
    const EPSILON: Self;

    /// Not a number.
    const NAN: Self;

    /// The square root; NaN below zero.
    fn sqrt(self) -> Self;

    /// The absolute value.
    fn abs(self) -> Self;

    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// The largest power of two that is at most `|self|`, and the least normal number for anything smaller:
    /// dividing by it is exact, short of underflow. For finite numbers only.
    fn binade(self) -> Self;

    /// The value in double precision.
    fn to_f64(self) -> f64;

    /// The nearest number to a value in double precision.
    fn from_f64(value: f64) -> Self;
}

#[cfg(feature = "std")]
macro_rules! float_real {
    ($($float:ident)*) => {$(
        impl Real for $float {
            const EPSILON: Self = $float::EPSILON;
            const NAN: Self = $float::NAN;

            #[inline]
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }

            #[inline]
            fn abs(self) -> Self {
                $float::abs(self)
            }

            #[inline]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }

            #[inline]
            fn binade(self) -> Self {
                // An infinity has the exponent bits alone: they mask the mantissa and the sign away.
                $float::from_bits(self.to_bits() & $float::INFINITY.to_bits()).max($float::MIN_POSITIVE)
            }

            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            #[inline]
            fn from_f64(value: f64) -> Self {
                value as $float
            }
        }
    )*};
}
#[cfg(feature = "std")]
float_real! { f32 f64 }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_of_floats_are_correctly_rounded() {
        assert_eq!(f64::from_ratio(1, 3), 1.0 / 3.0);
        assert_eq!(f32::from_ratio(-1, 3), -1.0 / 3.0);
        assert_eq!(f32::from_ratio(1, 10), 0.1);
    }

    #[test]
    fn multiply_add_rounds_twice_on_every_target() {
        let x = 1.0 + f64::EPSILON;
        assert_eq!(Scalar::mul_add(x, x, -1.0), x * x - 1.0);
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_binade_is_the_power_of_two_below() {
        assert_eq!(Real::binade(-5.0_f64), 4.0);
        assert_eq!(Real::binade(1.0_f32), 1.0);
        assert_eq!(Real::binade(0.75_f32), 0.5);
        assert_eq!(Real::binade(0.0_f64), f64::MIN_POSITIVE);
        assert_eq!(Real::binade(f64::MIN_POSITIVE / 8.0), f64::MIN_POSITIVE);
    }
}
