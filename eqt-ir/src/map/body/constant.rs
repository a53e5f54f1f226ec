//! Constants of a body: rational functions of the sizes, `(D - 1) / N`, exactly.

use std::collections::BTreeMap;

use eqt_runtime::{Fp, Scalar};

use crate::exact::Ratio;
use crate::signature::{AxisId, Signature, Sizes};

/// A polynomial in the symbolic sizes with integer coefficients: exponents by axis, to the coefficient.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SizePolynomial(BTreeMap<Vec<(AxisId, u8)>, i128>);

/// A quotient of two polynomials in the sizes; the denominator is not zero and its leading coefficient positive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Constant {
    /// What is divided.
    pub numerator: SizePolynomial,
    /// By what.
    pub denominator: SizePolynomial,
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

impl SizePolynomial {
    fn integer(value: i128) -> SizePolynomial {
        SizePolynomial(if value == 0 { BTreeMap::new() } else { BTreeMap::from([(Vec::new(), value)]) })
    }

    /// The monomials, with their coefficients.
    pub fn terms(&self) -> impl DoubleEndedIterator<Item = (&[(AxisId, u8)], i128)> {
        self.0.iter().map(|(powers, &coefficient)| (powers.as_slice(), coefficient))
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn plus(&self, other: &SizePolynomial) -> Option<SizePolynomial> {
        let mut sum = self.0.clone();
        for (powers, &coefficient) in &other.0 {
            let entry = sum.entry(powers.clone()).or_insert(0);
            *entry = entry.checked_add(coefficient)?;
        }
        sum.retain(|_, coefficient| *coefficient != 0);
        Some(SizePolynomial(sum))
    }

    fn times(&self, other: &SizePolynomial) -> Option<SizePolynomial> {
        let mut product = SizePolynomial(BTreeMap::new());
        for (left, &a) in &self.0 {
            for (right, &b) in &other.0 {
                let mut powers: BTreeMap<AxisId, u8> = left.iter().copied().collect();
                for &(axis, power) in right {
                    let entry = powers.entry(axis).or_insert(0);
                    *entry = entry.checked_add(power)?;
                }
                let term = BTreeMap::from([(powers.into_iter().collect(), a.checked_mul(b)?)]);
                product = product.plus(&SizePolynomial(term))?;
            }
        }
        Some(product)
    }

    /// The greatest common divisor of the coefficients, with the sign of the leading one.
    fn content(&self) -> i128 {
        let content = self.0.values().fold(0, |common, &coefficient| gcd(common, coefficient));
        if self.0.values().next_back().is_some_and(|leading| *leading < 0) { -content } else { content }
    }

    fn divided_by(&self, divisor: i128) -> SizePolynomial {
        SizePolynomial(
            self.0.iter().map(|(powers, coefficient)| (powers.clone(), coefficient / divisor)).collect(),
        )
    }

    /// The greatest monomial that divides every term.
    fn common_powers(&self) -> BTreeMap<AxisId, u8> {
        let mut terms = self.0.keys();
        let mut common: BTreeMap<AxisId, u8> =
            terms.next().map(|powers| powers.iter().copied().collect()).unwrap_or_default();
        for powers in terms {
            common.retain(|axis, power| {
                let other = powers.iter().find(|(other, _)| other == axis).map_or(0, |(_, power)| *power);
                *power = (*power).min(other);
                *power > 0
            });
        }
        common
    }

    fn without_powers(&self, common: &BTreeMap<AxisId, u8>) -> SizePolynomial {
        let lowered = |powers: &Vec<(AxisId, u8)>| {
            powers
                .iter()
                .map(|&(axis, power)| (axis, power - common.get(&axis).copied().unwrap_or(0)))
                .filter(|(_, power)| *power > 0)
                .collect()
        };
        SizePolynomial(self.0.iter().map(|(powers, &coefficient)| (lowered(powers), coefficient)).collect())
    }

    fn at(&self, sizes: &Sizes) -> Option<i128> {
        self.0.iter().try_fold(0_i128, |sum, (powers, &coefficient)| {
            let mut product = coefficient;
            for &(axis, power) in powers {
                product = product.checked_mul((sizes.of(axis) as i128).checked_pow(power.into())?)?;
            }
            sum.checked_add(product)
        })
    }

    fn text(&self, signature: &Signature) -> String {
        let mut text = String::new();
        for (powers, coefficient) in self.terms().rev() {
            let factors: Vec<String> = powers
                .iter()
                .map(|(axis, power)| match power {
                    1 => signature.axis(*axis).dimension.to_string(),
                    power => format!("{}^{power}", signature.axis(*axis).dimension),
                })
                .collect();
            text.push_str(match (text.is_empty(), coefficient < 0) {
                (true, false) => "",
                (true, true) => "-",
                (false, false) => " + ",
                (false, true) => " - ",
            });
            let size = coefficient.unsigned_abs();
            if size != 1 || factors.is_empty() {
                text.push_str(&size.to_string());
                text.push_str(if factors.is_empty() { "" } else { " " });
            }
            text.push_str(&factors.join(" "));
        }
        if text.is_empty() { "0".to_owned() } else { text }
    }
}

impl Constant {
    /// `numerator / denominator`; nothing if the denominator is zero.
    pub fn ratio(numerator: i128, denominator: i128) -> Option<Constant> {
        Constant::quotient(SizePolynomial::integer(numerator), SizePolynomial::integer(denominator))
    }

    /// An integer.
    pub fn integer(value: i128) -> Constant {
        Constant { numerator: SizePolynomial::integer(value), denominator: SizePolynomial::integer(1) }
    }

    /// The size of an axis: a number, if it is literal.
    pub fn size(signature: &Signature, axis: AxisId) -> Constant {
        let dimension = &signature.axis(axis).dimension;
        if let Some(value) = dimension.literal() {
            return Constant::integer(value as i128);
        }
        // Axes of one name have one size: the first stands for all.
        let first =
            signature.axis_ids().find(|&other| signature.axis(other).dimension == *dimension).unwrap_or(axis);
        let numerator = SizePolynomial(BTreeMap::from([(vec![(first, 1)], 1)]));
        Constant { numerator, denominator: SizePolynomial::integer(1) }
    }

    fn quotient(numerator: SizePolynomial, denominator: SizePolynomial) -> Option<Constant> {
        if denominator.is_zero() {
            return None;
        }
        if numerator.is_zero() {
            return Some(Constant::integer(0));
        }
        let mut common = numerator.common_powers();
        let other = denominator.common_powers();
        common.retain(|axis, power| {
            *power = (*power).min(other.get(axis).copied().unwrap_or(0));
            *power > 0
        });
        let (mut numerator, mut denominator) =
            (numerator.without_powers(&common), denominator.without_powers(&common));
        let (top, bottom) = (numerator.content(), denominator.content());
        if numerator.divided_by(top) == denominator.divided_by(bottom) {
            numerator = SizePolynomial::integer(top);
            denominator = SizePolynomial::integer(bottom);
        }
        let shared = gcd(top, bottom) * bottom.signum();
        Some(Constant {
            numerator: numerator.divided_by(shared),
            denominator: denominator.divided_by(shared),
        })
    }

    /// The sum; nothing on overflow.
    pub fn plus(&self, other: &Constant) -> Option<Constant> {
        if self.denominator == other.denominator {
            return Constant::quotient(self.numerator.plus(&other.numerator)?, self.denominator.clone());
        }
        let numerator =
            self.numerator.times(&other.denominator)?.plus(&other.numerator.times(&self.denominator)?)?;
        Constant::quotient(numerator, self.denominator.times(&other.denominator)?)
    }

    /// The product; nothing on overflow.
    pub fn times(&self, other: &Constant) -> Option<Constant> {
        // Crosswise first, so that what cancels does not grow.
        let left = Constant::quotient(self.numerator.clone(), other.denominator.clone())?;
        let right = Constant::quotient(other.numerator.clone(), self.denominator.clone())?;
        Constant::quotient(
            left.numerator.times(&right.numerator)?,
            left.denominator.times(&right.denominator)?,
        )
    }

    /// The inverse; nothing of zero.
    pub fn inverse(&self) -> Option<Constant> {
        Constant::quotient(self.denominator.clone(), self.numerator.clone())
    }

    /// Times 1 or -1.
    pub fn signed(&self, sign: i8) -> Constant {
        Constant { numerator: self.numerator.divided_by(sign.into()), denominator: self.denominator.clone() }
    }

    /// Times a rational number; nothing on overflow.
    pub fn times_ratio(&self, ratio: Ratio) -> Option<Constant> {
        self.times(&Constant::ratio(ratio.numerator.into(), ratio.denominator.into())?)
    }

    /// The value at some sizes in the prime field, zero where the denominator is; nothing on overflow.
    pub fn in_field(&self, sizes: &Sizes) -> Option<Fp> {
        let field = |value: i128| Fp::new(value.rem_euclid(i128::from(Fp::P)) as u64);
        let (numerator, denominator) = self.at(sizes)?;
        Some(field(denominator).inv().map_or(Fp::ZERO, |inverse| field(numerator) * inverse))
    }

    /// Whether it is zero for all sizes.
    pub fn is_zero(&self) -> bool {
        self.numerator.is_zero()
    }

    /// A rational number times a quotient of polynomials without common factors of their coefficients.
    pub fn split(&self) -> ((i128, i128), Constant) {
        let (top, bottom) = (self.numerator.content(), self.denominator.content());
        if top == 0 {
            return ((0, 1), Constant::integer(1));
        }
        let rest = Constant {
            numerator: self.numerator.divided_by(top),
            denominator: self.denominator.divided_by(bottom),
        };
        ((top, bottom), rest)
    }

    /// Numerator and denominator at some sizes; nothing on overflow.
    pub fn at(&self, sizes: &Sizes) -> Option<(i128, i128)> {
        Some((self.numerator.at(sizes)?, self.denominator.at(sizes)?))
    }

    /// The constant as people write it.
    pub fn text(&self, signature: &Signature) -> String {
        let bracketed = |polynomial: &SizePolynomial| {
            let text = polynomial.text(signature);
            if text.contains(' ') { format!("({text})") } else { text }
        };
        if self.denominator == SizePolynomial::integer(1) {
            bracketed(&self.numerator)
        } else {
            format!("{}/{}", bracketed(&self.numerator), bracketed(&self.denominator))
        }
    }
}
