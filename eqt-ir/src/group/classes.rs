//! Conjugacy classes of the axis groups with their Haar weights, as points of an exact quadrature.
//!
//! For a compact connected group with maximal torus T, Weyl's integration formula reads
//! `∫ f(g) dg = 1/|W| ∫_T f(t) |δ(t)|^2 dt`. With the eigenvalues `x_j^{±1}`, j = 1..m, and `c_j = x_j + 1/x_j`,
//!
//! | group | further eigenvalues | `\|δ\|^2` | `\|W\|` | degree in each angle |
//! |---|---|---|---|---|
//! | `SO(2m+1)` | 1 | `∏ (2 - c_j) ∏_{i<j} (c_i - c_j)^2` | `2^m m!` | `2m - 1` |
//! | `SO(2m)`, m > 0 | | `∏_{i<j} (c_i - c_j)^2` | `2^(m-1) m!` | `2m - 2` |
//! | `Sp(2m)` | | `∏ (4 - c_j^2) ∏_{i<j} (c_i - c_j)^2` | `2^m m!` | `2m` |
//!
//! `O(2m+1) = SO(2m+1) x {1, -1}`; the other component of `O(2m)` has the further eigenvalues 1 and -1 and the measure
//! of `Sp(2m-2)` (Weyl, *The Classical Groups*, ch. VII; Diaconis & Shahshahani 1994).
//!
//! The integrand is a Laurent polynomial in the `x_j`, of degree at most `band` plus that of the density in each of
//! them. The mean over all N-th roots of unity kills every monomial but those whose exponents are multiples of N, so
//! any N above that degree is exact. It is as exact over GF(p) with N a divisor of p - 1 and an N-th root of unity of
//! the field; no number is ever rounded.
//!
//! A [`Class`] shows power sums and determinant only. These do not tell `x_j` from `1/x_j`, even in `SO(2m)`, whose
//! Weyl group has even sign changes only; so angles may be taken sorted and from the upper half circle throughout.
//! Where two of them agree, the density vanishes.

use std::fmt;

use eqt_runtime::{Fp, Scalar};

use crate::exact::inverses;

#[cfg(test)]
mod tests;

/// One point of the quadrature.
#[derive(Clone, Debug)]
pub struct Class {
    /// Haar weight; the weights of all classes sum to 1.
    pub weight: Fp,
    /// `tr g^k` for k = 1..=powers, at position k - 1.
    pub power_sums: Vec<Fp>,
    /// `det g`, +1 or -1 (+1 for label axes).
    pub determinant: i8,
}

/// More quadrature points would be needed than [`ClassBudget::POINTS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassBudget {
    /// The number of points that would be needed (saturating).
    pub needed: u64,
}

impl ClassBudget {
    /// The most points that one axis may have.
    pub const POINTS: u64 = 2_000_000;

    fn check(needed: u64) -> Result<(), ClassBudget> {
        if needed > Self::POINTS { Err(ClassBudget { needed }) } else { Ok(()) }
    }
}

impl fmt::Display for ClassBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the Molien-Weyl integral needs {} points, more than the budget of {}",
            self.needed,
            Self::POINTS
        )
    }
}

impl std::error::Error for ClassBudget {}

/// A generator of the multiplicative group of GF(2^61 - 1).
const PRIMITIVE_ROOT: u64 = 37;

/// `O(d)`, or `SO(d)` if `special`.
pub fn orthogonal(
    dimension: usize,
    special: bool,
    band: usize,
    powers: usize,
) -> Result<Vec<Class>, ClassBudget> {
    let angles = dimension / 2;
    if dimension % 2 == 1 {
        let torus = Torus::new(angles, band, (2 * angles).saturating_sub(1), Density::OddOrthogonal)?;
        ClassBudget::check(torus.points().saturating_mul(if special { 1 } else { 2 }))?;
        let rotations = torus.classes(powers, |_| Fp::ONE, 1);
        if special {
            return Ok(rotations);
        }
        let half = half();
        let reflections = rotations.iter().map(|class| Class {
            weight: half * class.weight,
            power_sums: class.power_sums.iter().zip(1..).map(|(&sum, k)| sum * minus_one_to_the(k)).collect(),
            determinant: -1,
        });
        let rotations = rotations.iter().map(|class| Class { weight: half * class.weight, ..class.clone() });
        return Ok(rotations.chain(reflections).collect());
    }
    if angles == 0 {
        return Ok(trivial(0, powers));
    }
    let degree = 2 * angles - 2;
    let plus = Torus::new(angles, band, degree, Density::EvenOrthogonal)?;
    if special {
        ClassBudget::check(plus.points())?;
        return Ok(plus.classes(powers, |_| Fp::ZERO, 1));
    }
    let minus = Torus::new(angles - 1, band, degree, Density::Symplectic)?;
    ClassBudget::check(plus.points().saturating_add(minus.points()))?;
    let mut classes = plus.classes(powers, |_| Fp::ZERO, 1);
    classes.extend(minus.classes(powers, |k| Fp::ONE + minus_one_to_the(k), -1));
    let half = half();
    for class in &mut classes {
        class.weight *= half;
    }
    Ok(classes)
}

/// `Sp(d)`, d even.
pub fn symplectic(dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
    let angles = dimension / 2;
    let torus = Torus::new(angles, band, 2 * angles, Density::Symplectic)?;
    ClassBudget::check(torus.points())?;
    Ok(torus.classes(powers, |_| Fp::ZERO, 1))
}

/// `S(n)`: cycle types with `m_c` cycles of length c, of weight `∏ 1/(c^{m_c} m_c!)`, and `tr g^k = sum_{c|k} c m_c`.
///
/// Cycles longer than `powers` do not show in the power sums. So only the shorter ones are listed, times the
/// probability w(s) that a permutation of the s labels left has none of these: `s w(s) = sum_{c > powers} w(s - c)`.
/// This keeps `S(100)` small at a low degree.
pub fn symmetric(dimension: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
    let longest = powers.min(dimension);
    if longest == 0 {
        return Ok(trivial(0, powers));
    }
    ClassBudget::check(count_cycle_types(dimension, longest))?;
    let mut types = CycleTypes {
        powers,
        inverses: inverses(dimension),
        cycles: vec![0; longest + 1],
        classes: Vec::new(),
    };
    let mut without_short_cycles = vec![Fp::ONE];
    let mut sum = Fp::ZERO;
    types.partition(longest, dimension, Fp::ONE);
    for left in 1..=dimension {
        if left > longest {
            sum += without_short_cycles[left - longest - 1];
        }
        let probability = sum * types.inverses[left];
        without_short_cycles.push(probability);
        if left > longest {
            types.partition(longest, dimension - left, probability);
        }
    }
    Ok(types.classes)
}

/// No group: the identity on n labels.
pub fn trivial(dimension: usize, powers: usize) -> Vec<Class> {
    vec![Class { weight: Fp::ONE, power_sums: vec![Fp::new(dimension as u64); powers], determinant: 1 }]
}

/// `1/2`.
fn half() -> Fp {
    Fp::from_ratio(1, 2)
}

/// `(-1)^k`.
fn minus_one_to_the(k: usize) -> Fp {
    if k.is_multiple_of(2) { Fp::ONE } else { -Fp::ONE }
}

/// Which `|δ|^2 / |W|` a torus is weighted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Density {
    OddOrthogonal,
    EvenOrthogonal,
    Symplectic,
}

/// The grid of all tuples of N-th roots of unity, up to order and inversion of its members.
struct Torus {
    /// Number of angles m.
    angles: usize,
    /// The order N of the root of unity.
    order: usize,
    density: Density,
    /// The exponents in 0..=N/2 at which the density does not vanish for one angle by itself.
    candidates: std::ops::Range<usize>,
}

impl Torus {
    /// `degree` is that of the density in each angle.
    fn new(angles: usize, band: usize, degree: usize, density: Density) -> Result<Torus, ClassBudget> {
        if angles > 0 {
            // At least `angles + band / 2` candidates are left in every case, so that more points than this follow.
            ClassBudget::check(band as u64 / 2)?;
        }
        let order = if angles == 0 { 1 } else { order_above(band.saturating_add(degree)) };
        let (one, minus_one) = match density {
            Density::OddOrthogonal => (false, true),
            Density::EvenOrthogonal => (true, true),
            Density::Symplectic => (false, false),
        };
        // x = 1 is the exponent 0, and x = -1 is N/2 if N is even.
        let start = if one { 0 } else { 1 };
        let end = if minus_one { order / 2 + 1 } else { order.div_ceil(2) };
        Ok(Torus { angles, order, density, candidates: start..end.max(start) })
    }

    /// Number of classes: the angles are distinct.
    fn points(&self) -> u64 {
        let mut points = 1_u64;
        for i in 0..self.angles {
            let left = self.candidates.len().saturating_sub(i) as u64;
            // The product of i + 1 successive binomial factors is divisible by (i + 1)!.
            points = match points.checked_mul(left) {
                Some(product) => product / (i as u64 + 1),
                None => return u64::MAX,
            };
        }
        points
    }

    /// All classes; `fixed(k)` is the k-th power sum of the eigenvalues that do not depend on the angles.
    fn classes(&self, powers: usize, fixed: impl Fn(usize) -> Fp, determinant: i8) -> Vec<Class> {
        let order = self.order as u64;
        let root = Fp::new(PRIMITIVE_ROOT).pow((Fp::P - 1) / order);
        // c_k = x^k + x^-k.
        let cosine = |k: u64| root.pow(k) + root.pow(order - k);
        let cosines: Vec<Fp> = (0..order).map(cosine).collect();
        let two = Fp::new(2);
        // One sorted tuple of distinct angles stands for m! prod(multiplicity) points of the grid, out of N^m.
        let inverse_order = Fp::from_ratio(1, order);
        let alone = |k: usize| {
            let multiplicity = if k == 0 || 2 * k == self.order { Fp::ONE } else { two };
            let density = match self.density {
                Density::OddOrthogonal => two - cosines[k],
                Density::EvenOrthogonal => Fp::ONE,
                Density::Symplectic => (two - cosines[k]) * (two + cosines[k]),
            };
            multiplicity * density * inverse_order * half()
        };
        let alone: Vec<Fp> = (0..self.candidates.end).map(alone).collect();
        // |W| / m! is 2^m, of which every angle has taken its 2, or 2^(m-1).
        let whole = if self.density == Density::EvenOrthogonal { two } else { Fp::ONE };

        // The power sums of every candidate by itself.
        let candidate = |x: usize| (1..=powers).map(|k| cosines[k * x % self.order]).collect();
        let candidates: Vec<Vec<Fp>> = (0..self.candidates.end).map(candidate).collect();

        let mut classes = Vec::with_capacity(self.points() as usize);
        // Weight and power sums of the first 0, 1, .. angles: most of them stay from one tuple to the next.
        let mut weights = vec![whole; self.angles + 1];
        let mut power_sums = vec![(1..=powers).map(fixed).collect::<Vec<Fp>>(); self.angles + 1];
        for_each_subset(self.candidates.clone(), self.angles, |chosen, first| {
            for (position, &k) in chosen.iter().enumerate().skip(first) {
                let mut weight = weights[position] * alone[k];
                for &l in &chosen[..position] {
                    let difference = cosines[k] - cosines[l];
                    weight *= difference * difference;
                }
                weights[position + 1] = weight;
                let (before, after) = power_sums.split_at_mut(position + 1);
                for ((sum, &so_far), &term) in after[0].iter_mut().zip(&before[position]).zip(&candidates[k])
                {
                    *sum = so_far + term;
                }
            }
            let (weight, power_sums) = (weights[self.angles], power_sums[self.angles].clone());
            classes.push(Class { weight, power_sums, determinant });
        });
        classes
    }
}

/// The smallest divisor of p - 1 above `degree`, which is far below p: there is a root of unity of this order.
fn order_above(degree: usize) -> usize {
    let mut orders = degree.saturating_add(1)..;
    orders.find(|&order| (Fp::P - 1).is_multiple_of(order as u64)).expect("p - 1 itself is a divisor")
}

/// Calls `visit` with every increasing tuple of `size` members of `range`, in lexicographic order, and the first
/// position at which it differs from the one before.
fn for_each_subset(range: std::ops::Range<usize>, size: usize, mut visit: impl FnMut(&[usize], usize)) {
    if range.len() < size {
        return;
    }
    let mut chosen: Vec<usize> = (range.start..range.start + size).collect();
    let mut first = 0;
    loop {
        visit(&chosen, first);
        // The last position that can still move on, leaving room for those behind it.
        let Some(position) = (0..size).rev().find(|&i| chosen[i] + (size - i) < range.end) else { return };
        chosen[position] += 1;
        for i in position + 1..size {
            chosen[i] = chosen[i - 1] + 1;
        }
        first = position;
    }
}

/// The number of cycle types, all cycles longer than `longest > 0` taken as one, or a lower bound of it if it is
/// above the budget by far.
fn count_cycle_types(dimension: usize, longest: usize) -> u64 {
    // Cycles of length 1 and either 2 or more than `longest` alone make this many.
    let least = dimension as u64 / 2;
    if least > ClassBudget::POINTS {
        return least;
    }
    // Partitions of each number into parts of at most the present length.
    let mut partitions = vec![1_u64; dimension + 1];
    for length in 2..=longest {
        for labels in length..=dimension {
            partitions[labels] = partitions[labels].saturating_add(partitions[labels - length]);
        }
        if partitions[dimension] == u64::MAX {
            return u64::MAX;
        }
    }
    let with_longer =
        partitions[..dimension - longest].iter().fold(0_u64, |sum, &count| sum.saturating_add(count));
    partitions[dimension].saturating_add(with_longer)
}

struct CycleTypes {
    powers: usize,
    /// `1/k` at position k.
    inverses: Vec<Fp>,
    /// The number of cycles of each length up to the longest that is listed.
    cycles: Vec<usize>,
    classes: Vec<Class>,
}

impl CycleTypes {
    /// Adds a class for every way to make cycles of length at most `length` of all the `labels`.
    fn partition(&mut self, length: usize, labels: usize, weight: Fp) {
        if length == 0 {
            if labels == 0 {
                self.push(weight);
            }
            return;
        }
        // The cycles of length 1 are the labels left over.
        let least = if length == 1 { labels } else { 0 };
        let mut weight = weight;
        for count in 0..=labels / length {
            if count > 0 {
                weight *= self.inverses[length] * self.inverses[count];
            }
            if count >= least {
                self.cycles[length] = count;
                self.partition(length - 1, labels - count * length, weight);
            }
        }
        self.cycles[length] = 0;
    }

    fn push(&mut self, weight: Fp) {
        let power_sum = |k: usize| {
            let lengths = 1..self.cycles.len().min(k + 1);
            lengths.filter(|&c| k.is_multiple_of(c)).map(|c| c * self.cycles[c]).sum::<usize>()
        };
        let power_sums = (1..=self.powers).map(|k| Fp::new(power_sum(k) as u64)).collect();
        self.classes.push(Class { weight, power_sums, determinant: 1 });
    }
}
