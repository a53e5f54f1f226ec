//! The prime field GF(2^61 - 1), in which every certificate is computed.

use core::fmt;
use core::iter::{Product, Sum};
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::{Lanes, Scalar};

/// An element of the prime field with p = 2^61 - 1 elements, a Mersenne prime.
///
/// Arithmetic is exact: a polynomial identity that holds at random points of the field holds, except with
/// probability at most degree / p (Schwartz and Zippel). Because 2^61 = 1 modulo p, reduction is a shift and a sum.
///
/// ```
/// use eqt_runtime::{Fp, Scalar};
///
/// let third = Fp::from_ratio(1, 3);
/// assert_eq!(third + third + third, Fp::ONE);
/// assert_eq!(Fp::from_i64(-1).value(), Fp::P - 1);
/// ```
///
/// The derived order is that of the representatives 0..p; it has no algebraic meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fp(u64);

impl Fp {
    /// The characteristic p = 2^61 - 1.
    pub const P: u64 = (1 << 61) - 1;

    /// The residue of `value` modulo p, for every `u64`.
    #[inline]
    pub const fn new(value: u64) -> Self {
        // value = high * 2^61 + low = high + low modulo p, and high + low <= 7 + p.
        Self::fold((value >> 61) + (value & Self::P))
    }

    /// The representative in 0..p.
    #[inline]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// The representative of least absolute value, in -(p - 1)/2 ..= (p - 1)/2; what small integers print as.
    #[inline]
    pub const fn signed_value(self) -> i64 {
        if self.0 > Self::P / 2 { self.0 as i64 - Self::P as i64 } else { self.0 as i64 }
    }

    /// `self` to the power of `exponent`, with `0^0 = 1`.
    pub const fn pow(self, mut exponent: u64) -> Self {
        let mut base = self;
        let mut power = Self(1);
        while exponent > 0 {
            if exponent & 1 == 1 {
                power = power.times(base);
            }
            base = base.times(base);
            exponent >>= 1;
        }
        power
    }

    /// The multiplicative inverse, `self^(p - 2)` (Fermat); `None` for zero.
    pub const fn inv(self) -> Option<Self> {
        if self.0 == 0 { None } else { Some(self.pow(Self::P - 2)) }
    }

    /// The sum of products, `sum_i x_i y_i`, reduced once in a while instead of after every product.
    ///
    /// ```
    /// use eqt_runtime::Fp;
    ///
    /// let (two, three) = (Fp::new(2), Fp::new(3));
    /// assert_eq!(Fp::dot([(two, three), (-two, two)]), two);
    /// ```
    #[inline]
    pub fn dot(pairs: impl IntoIterator<Item = (Self, Self)>) -> Self {
        let mut sum = 0_u128;
        for (x, y) in pairs {
            // A product is below 2^122; a sum is folded from 2^127 on, to less than 2^68.
            sum += u128::from(x.0) * u128::from(y.0);
            if sum >> 127 != 0 {
                sum = (sum >> 61) + (sum & u128::from(Self::P));
            }
        }
        let folded = (sum >> 61) + (sum & u128::from(Self::P));
        Self::new((folded >> 61) as u64 + (folded as u64 & Self::P))
    }

    /// Reduces a number below 2p.
    #[inline]
    const fn fold(value: u64) -> Self {
        Self(if value >= Self::P { value - Self::P } else { value })
    }

    #[inline]
    const fn times(self, other: Self) -> Self {
        let product = self.0 as u128 * other.0 as u128;
        // Both parts are below 2^61, as the product is below 2^122; their sum is p + p at most when both are p,
        // which no product of two residues reaches.
        Self::fold((product >> 61) as u64 + (product as u64 & Self::P))
    }
}

impl Scalar for Fp {
    type Pack = Lanes<Self, 2>;

    const ZERO: Self = Self(0);
    const ONE: Self = Self(1);

    #[inline]
    fn from_i64(value: i64) -> Self {
        Self(value.rem_euclid(Self::P as i64) as u64)
    }

    fn from_ratio(numerator: i64, denominator: u64) -> Self {
        Self::from_i64(numerator) / Self::new(denominator)
    }
}

impl Add for Fp {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self::fold(self.0 + other.0)
    }
}

impl Sub for Fp {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self::fold(self.0 + Self::P - other.0)
    }
}

impl Neg for Fp {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self::fold(Self::P - self.0)
    }
}

impl Mul for Fp {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        self.times(other)
    }
}

/// Division by the inverse.
///
/// # Panics
///
/// On division by zero, as for integers; [`Fp::inv`] tells in advance.
impl Div for Fp {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        match other.inv() {
            Some(inverse) => self.times(inverse),
            None => panic!("division by zero in GF(2^61 - 1)"),
        }
    }
}

impl AddAssign for Fp {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Fp {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign for Fp {
    #[inline]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl DivAssign for Fp {
    fn div_assign(&mut self, other: Self) {
        *self = *self / other;
    }
}

impl Sum for Fp {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(Self::ZERO, Add::add)
    }
}

impl Product for Fp {
    fn product<I: Iterator<Item = Self>>(factors: I) -> Self {
        factors.fold(Self::ONE, Mul::mul)
    }
}

impl fmt::Display for Fp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Fp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every residue at which a carry or a borrow could go wrong.
    const EDGES: [u64; 12] = [
        0,
        1,
        2,
        3,
        Fp::P / 2 - 1,
        Fp::P / 2,
        Fp::P / 2 + 1,
        1 << 60,
        (1 << 60) + 1,
        Fp::P - 3,
        Fp::P - 2,
        Fp::P - 1,
    ];

    fn modulo(value: u128) -> u64 {
        (value % u128::from(Fp::P)) as u64
    }

    #[test]
    fn sums_of_products_agree_with_products_one_by_one() {
        // Up to 100 products as large as can be: 32 fill 127 bits.
        for count in 0..100 {
            let pairs = |i: usize| (-Fp::new(EDGES[i % 3]), -Fp::new(EDGES[i / 3 % 2]) - Fp::ONE);
            let sum: Fp = (0..count).map(pairs).map(|(x, y)| x * y).sum();
            assert_eq!(Fp::dot((0..count).map(pairs)), sum, "{count} products");
            let largest = -Fp::ONE;
            assert_eq!(Fp::dot(vec![(largest, largest); count]), Fp::new(count as u64), "{count} products");
        }
    }

    #[test]
    fn arithmetic_agrees_with_wide_integers_at_every_pair_of_edges() {
        for a in EDGES {
            for b in EDGES {
                let (x, y) = (Fp::new(a), Fp::new(b));
                assert_eq!((x + y).value(), modulo(u128::from(a) + u128::from(b)), "{a} + {b}");
                assert_eq!((x * y).value(), modulo(u128::from(a) * u128::from(b)), "{a} * {b}");
                let difference = u128::from(a) + u128::from(Fp::P) - u128::from(b);
                assert_eq!((x - y).value(), modulo(difference), "{a} - {b}");
                if b != 0 {
                    assert_eq!(x / y * y, x, "{a} / {b}");
                }
            }
        }
    }

    #[test]
    fn every_word_is_reduced() {
        for high in 0..8_u64 {
            for low in EDGES.into_iter().chain([Fp::P]) {
                let word = (high << 61) | low;
                assert_eq!(Fp::new(word).value(), word % Fp::P, "{word}");
            }
        }
        assert_eq!(Fp::new(u64::MAX).value(), 7);
    }

    #[test]
    fn signed_integers_wrap_around_zero() {
        assert_eq!(Fp::from_i64(-1), -Fp::ONE);
        assert_eq!(-Fp::ZERO, Fp::ZERO);
        assert_eq!(Fp::from_i64(i64::MIN), -Fp::new(1 << 63));
        assert_eq!(Fp::from_i64(i64::MAX), Fp::new(i64::MAX as u64));
        assert_eq!(Fp::from_i64(-(Fp::P as i64)), Fp::ZERO);
        for value in [-2, -1, 0, 1, 2, (Fp::P / 2) as i64, -((Fp::P / 2) as i64)] {
            assert_eq!(Fp::from_i64(value).signed_value(), value);
        }
    }

    #[test]
    fn zero_has_no_inverse() {
        assert_eq!(Fp::ZERO.inv(), None);
        assert_eq!(Fp::ONE.inv(), Some(Fp::ONE));
        assert_eq!((-Fp::ONE).inv(), Some(-Fp::ONE));
        assert_eq!(Fp::new(2).inv(), Some(Fp::new(1 << 60)));
    }

    #[test]
    #[should_panic(expected = "division by zero")]
    fn a_denominator_divisible_by_p_panics() {
        let _ = Fp::from_ratio(1, 3 * Fp::P);
    }

    #[test]
    fn powers_follow_fermat() {
        for a in EDGES {
            assert_eq!(Fp::new(a).pow(0), Fp::ONE);
            assert_eq!(Fp::new(a).pow(1), Fp::new(a));
            assert_eq!(Fp::new(a).pow(Fp::P), Fp::new(a));
        }
    }

    #[test]
    fn it_prints_its_representative() {
        assert_eq!(format!("{:>3} {:?}", Fp::new(5), Fp::from_i64(-1)), "  5 2305843009213693950");
    }

    proptest! {
        #[test]
        fn the_laws_of_a_field_hold(a: u64, b: u64, c: u64) {
            let (a, b, c) = (Fp::new(a), Fp::new(b), Fp::new(c));
            prop_assert_eq!(a + b, b + a);
            prop_assert_eq!(a * b, b * a);
            prop_assert_eq!((a + b) + c, a + (b + c));
            prop_assert_eq!((a * b) * c, a * (b * c));
            prop_assert_eq!(a * (b + c), a * b + a * c);
            prop_assert_eq!(a - b, a + -b);
            prop_assert_eq!(a + Fp::ZERO, a);
            prop_assert_eq!(a * Fp::ONE, a);
            prop_assert_eq!(a + -a, Fp::ZERO);
            if let Some(inverse) = a.inv() {
                prop_assert_eq!(a * inverse, Fp::ONE);
            }
        }

        #[test]
        fn integers_embed_as_a_ring(a in -1_000_000_000_i64..1_000_000_000, b in -1_000_000_000_i64..1_000_000_000) {
            prop_assert_eq!(Fp::from_i64(a) * Fp::from_i64(b), Fp::from_i64(a * b));
            prop_assert_eq!(Fp::from_i64(a) - Fp::from_i64(b), Fp::from_i64(a - b));
        }
    }
}
