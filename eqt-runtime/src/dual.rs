//! Dual numbers: exact derivatives of anything that is generic over [`Scalar`].

#[cfg(feature = "std")]
use core::ops::Div;
use core::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

#[cfg(feature = "std")]
use crate::Real;
use crate::{Lanes, Scalar};

/// `re + eps e` with `e^2 = 0`, so that `f(x + e) = f(x) + f'(x) e`: the derivative, with no step size and no
/// truncation error.
///
/// Nesting gives higher derivatives: the `eps.eps` of `f` at `Dual<Dual<f64>>` is a second derivative. Over
/// [`Fp`](crate::Fp) derivatives are exact in every sense.
///
/// ```
/// use eqt_runtime::Dual;
///
/// let x = Dual::variable(3.0);
/// assert_eq!((x * x * x).eps, 27.0);
/// ```
///
/// The order is lexicographic, that of numbers with an infinitesimal `e > 0`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Default)]
pub struct Dual<T> {
    /// The value.
    pub re: T,
    /// The derivative.
    pub eps: T,
}

impl<T: Scalar> Dual<T> {
    /// `re + eps e`.
    #[inline]
    pub const fn new(re: T, eps: T) -> Self {
        Self { re, eps }
    }

    /// A number that does not vary: `re + 0 e`.
    #[inline]
    pub const fn constant(re: T) -> Self {
        Self { re, eps: T::ZERO }
    }

    /// The variable itself, at the value `re`: `re + 1 e`.
    #[inline]
    pub const fn variable(re: T) -> Self {
        Self { re, eps: T::ONE }
    }
}

impl<T: Scalar> Scalar for Dual<T> {
    type Pack = Lanes<Self, 2>;

    const ZERO: Self = Self::constant(T::ZERO);
    const ONE: Self = Self::constant(T::ONE);

    #[inline]
    fn from_i64(value: i64) -> Self {
        Self::constant(T::from_i64(value))
    }

    #[inline]
    fn from_ratio(numerator: i64, denominator: u64) -> Self {
        Self::constant(T::from_ratio(numerator, denominator))
    }
}

impl<T: Scalar> Add for Dual<T> {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self { re: self.re + other.re, eps: self.eps + other.eps }
    }
}

impl<T: Scalar> Sub for Dual<T> {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self { re: self.re - other.re, eps: self.eps - other.eps }
    }
}

impl<T: Scalar> Neg for Dual<T> {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self { re: -self.re, eps: -self.eps }
    }
}

impl<T: Scalar> Mul for Dual<T> {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        Self { re: self.re * other.re, eps: self.eps * other.re + self.re * other.eps }
    }
}

/// `(a + b e) / (c + d e) = a/c + (b - (a/c) d)/c e`.
#[cfg(feature = "std")]
impl<T: Real> Div for Dual<T> {
    type Output = Self;

    #[inline]
    fn div(self, other: Self) -> Self {
        let re = self.re / other.re;
        Self { re, eps: (self.eps - re * other.eps) / other.re }
    }
}

impl<T: Scalar> AddAssign for Dual<T> {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<T: Scalar> SubAssign for Dual<T> {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl<T: Scalar> MulAssign for Dual<T> {
    #[inline]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

/// The square root has no derivative at zero: `eps` is infinite or NaN there.
#[cfg(feature = "std")]
impl<T: Real> Real for Dual<T> {
    const EPSILON: Self = Self::constant(T::EPSILON);
    const NAN: Self = Self { re: T::NAN, eps: T::NAN };

    #[inline]
    fn sqrt(self) -> Self {
        let re = self.re.sqrt();
        Self { re, eps: self.eps / (re + re) }
    }

    #[inline]
    fn abs(self) -> Self {
        if self < Self::ZERO { -self } else { self }
    }

    #[inline]
    fn is_finite(self) -> bool {
        self.re.is_finite() && self.eps.is_finite()
    }

    #[inline]
    fn binade(self) -> Self {
        Self::constant(self.re.binade())
    }

    #[inline]
    fn to_f64(self) -> f64 {
        self.re.to_f64()
    }

    #[inline]
    fn from_f64(value: f64) -> Self {
        Self::constant(T::from_f64(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fp;
    use proptest::prelude::*;

    /// x^3 / 3 - 2 x, whose derivatives are x^2 - 2, 2 x and 2.
    fn cubic<T: Scalar>(x: T) -> T {
        T::from_ratio(1, 3) * x * x * x - T::from_i64(2) * x
    }

    #[test]
    fn nested_dual_numbers_give_every_derivative_exactly() {
        let x = Fp::new(5);
        let jet = cubic(Dual::variable(Dual::variable(x)));
        assert_eq!(jet.re.re, cubic(x));
        assert_eq!(jet.re.eps, Fp::new(23));
        assert_eq!(jet.eps.re, Fp::new(23));
        assert_eq!(jet.eps.eps, Fp::new(10));
    }

    #[cfg(feature = "std")]
    #[test]
    fn quotients_and_roots_differentiate() {
        let x = Dual::variable(4.0_f64);
        assert_eq!((Dual::ONE / x).eps, -1.0 / 16.0);
        assert_eq!(x.sqrt(), Dual::new(2.0, 0.25));
        assert_eq!((-x).abs(), x);
        let second = Dual::variable(x).sqrt().eps.eps;
        assert_eq!(second, -1.0 / 32.0);
    }

    proptest! {
        #[test]
        fn the_product_rule_holds_in_the_prime_field(a: u64, b: u64, c: u64, d: u64) {
            let (x, y) = (Dual::new(Fp::new(a), Fp::new(b)), Dual::new(Fp::new(c), Fp::new(d)));
            prop_assert_eq!((x * y).eps, x.eps * y.re + x.re * y.eps);
            let mut z = x;
            z += y;
            z -= x;
            z *= x;
            prop_assert_eq!(z, y * x);
            prop_assert_eq!(-(x - y), y - x);
        }
    }
}
