//! Rational numbers in lowest terms.

use std::fmt;

use eqt_runtime::{Fp, Scalar};

/// A rational number in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio {
    /// Numerator, more than `i64::MIN`.
    pub numerator: i64,
    /// Denominator, positive.
    pub denominator: u64,
}

impl Ratio {
    /// 1.
    pub const ONE: Ratio = Ratio { numerator: 1, denominator: 1 };

    /// `numerator / denominator` in lowest terms; the denominator must be positive.
    pub fn new(numerator: i64, denominator: u64) -> Ratio {
        let common = gcd(numerator.unsigned_abs(), denominator);
        Ratio { numerator: numerator / common as i64, denominator: denominator / common }
    }

    /// `numerator / denominator` in lowest terms, if that fits; nothing of a denominator 0.
    fn fitting(numerator: i128, denominator: i128) -> Option<Ratio> {
        let (mut common, mut rest) = (numerator, denominator);
        while rest != 0 {
            (common, rest) = (rest, common % rest);
        }
        // The denominator becomes positive.
        let common = common.checked_abs()? * denominator.signum();
        let numerator = i64::try_from(numerator.checked_div(common)?).ok()?;
        Some(Ratio { numerator, denominator: u64::try_from(denominator / common).ok()? })
    }

    /// The sum; nothing if it does not fit.
    pub fn plus(self, other: Ratio) -> Option<Ratio> {
        let (left, right) = (i128::from(self.denominator), i128::from(other.denominator));
        let numerator = (i128::from(self.numerator).checked_mul(right)?)
            .checked_add(i128::from(other.numerator).checked_mul(left)?)?;
        Ratio::fitting(numerator, left.checked_mul(right)?)
    }

    /// The product; nothing if it does not fit.
    pub fn times(self, other: Ratio) -> Option<Ratio> {
        let numerator = i128::from(self.numerator) * i128::from(other.numerator);
        Ratio::fitting(numerator, i128::from(self.denominator).checked_mul(other.denominator.into())?)
    }

    /// The quotient; nothing if it does not fit, or if the divisor is zero.
    pub fn over(self, divisor: Ratio) -> Option<Ratio> {
        let numerator = i128::from(self.numerator).checked_mul(divisor.denominator.into())?;
        Ratio::fitting(numerator, i128::from(self.denominator).checked_mul(divisor.numerator.into())?)
    }

    /// Times 1 or -1.
    pub fn signed(self, sign: i8) -> Ratio {
        Ratio { numerator: self.numerator * i64::from(sign), ..self }
    }

    /// The number in the prime field.
    pub fn to_field(self) -> Fp {
        self.to_scalar()
    }

    /// The number among scalars; rounded, if these are floats.
    pub fn to_scalar<S: Scalar>(self) -> S {
        S::from_ratio(self.numerator, self.denominator)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

/// The greatest common divisor; 1 for two zeros.
pub(crate) fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_none_and_what_fits_is_exact() {
        let huge = Ratio::new(i64::MAX, 1);
        let (half, third) = (Ratio::new(1, 2), Ratio::new(-1, 3));
        assert_eq!(half.plus(third), Some(Ratio::new(1, 6)));
        assert_eq!(half.times(third), Some(Ratio::new(-1, 6)));
        assert_eq!(half.over(third), Some(Ratio::new(-3, 2)));
        assert_eq!(half.over(Ratio::new(0, 1)), None);
        assert_eq!(huge.plus(Ratio::ONE), None);
        assert_eq!(huge.times(huge), None);
        assert_eq!(huge.over(huge), Some(Ratio::ONE));
        assert_eq!(huge.times(Ratio::new(1, i64::MAX as u64)), Some(Ratio::ONE));
        assert_eq!(huge.plus(huge.signed(-1)), Some(Ratio::new(0, 1)));
        assert_eq!(Ratio::new(1, u64::MAX).times(Ratio::new(1, u64::MAX)), None);
    }
}
