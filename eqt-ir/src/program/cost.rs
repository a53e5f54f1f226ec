//! Costs: multiply-adds at given sizes, and as polynomials in the symbolic sizes.

use std::collections::BTreeMap;
use std::fmt;

use super::{Einsum, Label, Op, Program, Step};
use crate::signature::{AxisId, AxisShape, Sizes};

/// A polynomial in the sizes of the axes with natural coefficients.
///
/// It prints as `n^2 d + n d^2 + 3 d`: in a monomial the sizes of labels come first, each kind in the order of the axes;
/// monomials come in the lexicographic order of their exponents, the highest total degree first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Polynomial {
    /// Exponents by axis, to the coefficient.
    terms: BTreeMap<Vec<u8>, u64>,
    axes: Vec<AxisShape>,
}

impl Polynomial {
    /// The zero polynomial in the symbolic sizes of some axes.
    pub fn zero(axes: &[AxisShape]) -> Polynomial {
        Polynomial { terms: BTreeMap::new(), axes: axes.to_vec() }
    }

    /// Adds `coefficient` times the product of the sizes of some axes; literal sizes are multiplied out.
    pub fn add(&mut self, mut coefficient: u64, axes: &[AxisId]) {
        let mut exponents = vec![0; self.axes.len()];
        for &axis in axes {
            match self.axes[axis.index()].size.literal() {
                Some(size) => coefficient = coefficient.saturating_mul(size as u64),
                None => exponents[axis.index()] += 1,
            }
        }
        if coefficient > 0 {
            let term = self.terms.entry(exponents).or_insert(0);
            *term = term.saturating_add(coefficient);
        }
    }

    /// The sum of two polynomials in the sizes of the same axes.
    pub fn plus(mut self, other: &Polynomial) -> Polynomial {
        for (exponents, coefficient) in &other.terms {
            let term = self.terms.entry(exponents.clone()).or_insert(0);
            *term = term.saturating_add(*coefficient);
        }
        self
    }

    /// The value at some sizes.
    pub fn at(&self, sizes: &Sizes) -> u64 {
        self.terms
            .iter()
            .map(|(exponents, &coefficient)| {
                exponents.iter().zip(&sizes.0).fold(coefficient, |product, (&power, &size)| {
                    product.saturating_mul((size as u64).saturating_pow(u32::from(power)))
                })
            })
            .fold(0, u64::saturating_add)
    }
}

impl fmt::Display for Polynomial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return f.write_str("0");
        }
        let mut printed: Vec<usize> = (0..self.axes.len()).collect();
        printed.sort_by_key(|&axis| !self.axes[axis].is_label);
        let mut terms: Vec<(&Vec<u8>, &u64)> = self.terms.iter().collect();
        terms.sort_by_key(|(exponents, _)| {
            let degree: u32 = exponents.iter().map(|&power| u32::from(power)).sum();
            let powers: Vec<u8> = printed.iter().map(|&axis| exponents[axis]).collect();
            std::cmp::Reverse((degree, powers))
        });
        for (position, (exponents, coefficient)) in terms.into_iter().enumerate() {
            if position > 0 {
                f.write_str(" + ")?;
            }
            let mut factors: Vec<String> = Vec::new();
            for &axis in &printed {
                let name = &self.axes[axis].size;
                match exponents[axis] {
                    0 => {}
                    1 => factors.push(name.to_string()),
                    power => factors.push(format!("{name}^{power}")),
                }
            }
            if *coefficient != 1 || factors.is_empty() {
                factors.insert(0, coefficient.to_string());
            }
            f.write_str(&factors.join(" "))?;
        }
        Ok(())
    }
}

/// The axes whose sizes multiply to the cost of an einsum: all labels, a delta counting one of its two.
pub(crate) fn charged(
    axes: &[AxisId],
    operands: &[Vec<Label>],
    is_delta: impl Fn(usize) -> bool,
) -> Vec<AxisId> {
    let mut free: Vec<Label> = Vec::new();
    for (position, labels) in operands.iter().enumerate() {
        let other = |label: &Label| {
            operands.iter().enumerate().any(|(at, labels)| at != position && labels.contains(label))
        };
        if is_delta(position)
            && let Some(&label) = labels.iter().find(|label| !other(label))
        {
            free.push(label);
        }
    }
    (0..axes.len()).filter(|&label| !free.contains(&Label::new(label))).map(|label| axes[label]).collect()
}

impl Program {
    /// Multiply-adds of one step; nothing for a given tensor.
    pub(crate) fn step_cost(&self, step: &Step) -> Polynomial {
        let mut cost = Polynomial::zero(&self.axes);
        match &step.op {
            Op::Einsum(Einsum { axes, operands, .. }) => {
                let labels: Vec<Vec<Label>> = operands.iter().map(|operand| operand.labels.clone()).collect();
                let is_delta =
                    |position: usize| matches!(self.step(operands[position].step).op, Op::Delta(_));
                cost.add(1, &charged(axes, &labels, is_delta));
            }
            Op::Linear(terms) => cost.add(terms.len() as u64, &step.axes),
            _ => {}
        }
        cost
    }

    /// The multiply-adds of the whole program, each step once, as a polynomial in the symbolic sizes. Symmetrising a
    /// root that is not symmetric by itself counts its size once.
    pub fn cost(&self) -> Polynomial {
        let mut cost = Polynomial::zero(&self.axes);
        for step in &self.steps {
            cost = cost.plus(&self.step_cost(step));
        }
        for root in self.roots.iter().filter(|root| root.project) {
            cost.add(1, &self.step(root.step).axes);
        }
        cost
    }
}
