//! Rational numbers in lowest terms.

use std::fmt;

/// A rational number in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio {
    /// Numerator.
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

    /// The reciprocal; the number must not be zero.
    pub fn inverse(self) -> Ratio {
        let numerator = i64::try_from(self.denominator).unwrap_or(i64::MAX) * self.numerator.signum();
        Ratio::new(numerator, self.numerator.unsigned_abs())
    }

    /// The sum.
    pub fn plus(self, other: Ratio) -> Ratio {
        let common = gcd(self.denominator, other.denominator);
        let (left, right) = (other.denominator / common, self.denominator / common);
        let numerator = self.numerator * left as i64 + other.numerator * right as i64;
        Ratio::new(numerator, self.denominator * left)
    }

    /// The product.
    pub fn times(self, other: Ratio) -> Ratio {
        Ratio::new(self.numerator * other.numerator, self.denominator * other.denominator)
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
