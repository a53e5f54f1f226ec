//! Dense tensors over the prime field: projection onto the symmetry of a space, and contraction.

use std::collections::BTreeMap;

use eqt_runtime::{Fp, Scalar};

use super::field::{Matrix, Random};
use super::permutations::arrangement_sign;
use super::ratio::gcd;
use crate::signature::{AxisId, Block, Layout, Signature, Sizes, SlotSymmetry};

mod einsum;

pub(crate) use einsum::counted_einsum;
pub use einsum::{Factor, einsum};

/// A row-major tensor over the prime field.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The size of every slot.
    pub shape: Vec<usize>,
    /// The entries, last index fastest.
    pub data: Vec<Fp>,
}

/// All multi-indices of a shape, last index fastest.
pub fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> + use<> {
    let shape = shape.to_vec();
    let total: usize = shape.iter().product();
    (0..total).map(move |mut flat| {
        let mut index = vec![0; shape.len()];
        for (position, &size) in shape.iter().enumerate().rev() {
            index[position] = flat % size;
            flat /= size;
        }
        index
    })
}

impl Tensor {
    /// The number `value`.
    pub fn scalar(value: Fp) -> Tensor {
        Tensor { shape: Vec::new(), data: vec![value] }
    }

    /// All entries zero.
    pub fn zeros(shape: Vec<usize>) -> Tensor {
        let total = shape.iter().product();
        Tensor { shape, data: vec![Fp::ZERO; total] }
    }

    /// The shape of a space at given sizes.
    pub fn shape_of(layout: &Layout, sizes: &Sizes) -> Vec<usize> {
        layout.slots.iter().map(|&axis| sizes.of(axis)).collect()
    }

    /// A uniformly random member of a space.
    pub fn random(signature: &Signature, layout: &Layout, sizes: &Sizes, random: &mut Random) -> Tensor {
        let shape = Self::shape_of(layout, sizes);
        let data = random.fields(shape.iter().product());
        let mut tensor = Tensor { shape, data };
        tensor.project(signature, layout);
        tensor
    }

    /// Position of a multi-index in [`Tensor::data`].
    pub fn offset(&self, index: &[usize]) -> usize {
        index.iter().zip(&self.shape).fold(0, |offset, (&i, &size)| offset * size + i)
    }

    /// The entry at a multi-index.
    pub fn at(&self, index: &[usize]) -> Fp {
        self.data[self.offset(index)]
    }

    /// Adds `scale` times another tensor of the same shape.
    pub fn add_scaled(&mut self, scale: Fp, other: &Tensor) {
        for (entry, &value) in self.data.iter_mut().zip(&other.data) {
            *entry += scale * value;
        }
    }

    /// Applies `g` to one slot: `x'_a = sum_b g_ab x_b`.
    pub fn transform(&self, slot: usize, g: &Matrix) -> Tensor {
        let mut result = Tensor::zeros(self.shape.clone());
        let inner: usize = self.shape[slot + 1..].iter().product();
        let size = self.shape[slot];
        for outer in 0..self.shape[..slot].iter().product() {
            for (a, b) in (0..size).flat_map(|a| (0..size).map(move |b| (a, b))) {
                let factor = g[(a, b)];
                if factor == Fp::ZERO {
                    continue;
                }
                for k in 0..inner {
                    result.data[(outer * size + a) * inner + k] +=
                        factor * self.data[(outer * size + b) * inner + k];
                }
            }
        }
        result
    }

    /// Contracts one slot with the signed permutation `x'_a = sign(a) x_{partner(a)}`.
    pub fn apply_form(&self, slot: usize, form: impl Fn(usize) -> (usize, i8)) -> Tensor {
        let size = self.shape[slot];
        let entries: Vec<(usize, i8)> = (0..size).map(form).collect();
        let inner: usize = self.shape[slot + 1..].iter().product();
        let mut result = Tensor::zeros(self.shape.clone());
        for outer in 0..self.shape[..slot].iter().product() {
            for (a, &(partner, sign)) in entries.iter().enumerate() {
                for k in 0..inner {
                    let value = self.data[(outer * size + partner) * inner + k];
                    result.data[(outer * size + a) * inner + k] = if sign < 0 { -value } else { value };
                }
            }
        }
        result
    }

    /// Projects onto the symmetry of a space: the average over the slot group, with signs, traces removed.
    pub fn project(&mut self, signature: &Signature, layout: &Layout) {
        for block in &layout.blocks {
            match block.symmetry {
                SlotSymmetry::General => {}
                SlotSymmetry::Symmetric => self.average(block, false),
                SlotSymmetry::Alternating => self.average(block, true),
                SlotSymmetry::Traceless => {
                    self.average(block, false);
                    self.remove_traces(block, signature, layout.slots[block.start]);
                }
            }
        }
    }

    /// The average over permutations of the slots of a block. Every distinct arrangement of a multi-index is met
    /// equally often, so that arrangements, not permutations, are summed.
    fn average(&mut self, block: &Block, alternating: bool) {
        if block.rank < 2 {
            return;
        }
        let range = block.start..block.start + block.rank;
        let mut sums: BTreeMap<Vec<usize>, (Fp, i64)> = BTreeMap::new();
        let sorted = |index: &[usize]| {
            let mut key = index.to_vec();
            key[range.clone()].sort_unstable();
            (key, if alternating { arrangement_sign(&index[range.clone()]) } else { 1 })
        };
        for (flat, index) in indices(&self.shape).enumerate() {
            let (key, sign) = sorted(&index);
            let sum = sums.entry(key).or_insert((Fp::ZERO, 0));
            sum.0 += Fp::from_i64(sign.into()) * self.data[flat];
            sum.1 += 1;
        }
        for (flat, index) in indices(&self.shape).enumerate() {
            let (key, sign) = sorted(&index);
            if let Some(&(sum, count)) = sums.get(&key) {
                self.data[flat] = Fp::from_i64(sign.into()) * sum * Fp::from_ratio(1, count as u64);
            }
        }
    }

    /// The harmonic projection of a symmetric block of rank k in dimension d,
    /// `sum_j a_j Sym(g^j (x) tr^j S)` with `a_j` from [`harmonic_coefficients`], g the inverse form.
    fn remove_traces(&mut self, block: &Block, signature: &Signature, axis: AxisId) {
        let (rank, start) = (block.rank, block.start);
        let dimension = self.shape.get(start).copied().unwrap_or(0);
        if rank < 2 || dimension == 0 {
            return;
        }
        let rules = signature.axis(axis).group.rules();
        let mut trace = self.clone();
        let mut result = self.clone();
        for (j, (numerator, denominator)) in
            harmonic_coefficients(rank, dimension).into_iter().enumerate().skip(1)
        {
            // One more trace: the form is a signed permutation.
            let mut shape = trace.shape.clone();
            shape.drain(start..start + 2);
            let mut next = Tensor::zeros(shape);
            for (flat, index) in indices(&next.shape).enumerate() {
                for a in 0..dimension {
                    let (b, sign) = rules.form(dimension, a);
                    let mut full = index.clone();
                    full.splice(start..start, [a, b]);
                    next.data[flat] += Fp::from_i64(sign.into()) * trace.at(&full);
                }
            }
            trace = next;
            let mut lifted = Tensor::zeros(self.shape.clone());
            for (flat, index) in indices(&self.shape).enumerate() {
                let mut sign = 1;
                for pair in 0..j {
                    let (a, b) = (index[start + 2 * pair], index[start + 2 * pair + 1]);
                    let (partner, s) = rules.form(dimension, a);
                    sign *= if partner == b { i64::from(s) } else { 0 };
                }
                if sign != 0 {
                    let mut rest = index.clone();
                    rest.drain(start..start + 2 * j);
                    lifted.data[flat] = Fp::from_i64(sign) * trace.at(&rest);
                }
            }
            lifted.average(block, false);
            result.add_scaled(Fp::from_ratio(numerator, denominator), &lifted);
        }
        *self = result;
    }
}

/// `a_j = (-1)^j k! / ((k-2j)! 2^j j! prod_{i=1..j} (d + 2k - 2 - 2i))`: the coefficients of the projection of a
/// symmetric k-tensor in dimension d >= 1 onto traceless ones (harmonic polynomials; Axler, Bourdon & Ramey, ch. 5).
pub fn harmonic_coefficients(rank: usize, dimension: usize) -> Vec<(i64, u64)> {
    let mut coefficients = vec![(1_i64, 1_u64)];
    for j in 1..=rank / 2 {
        let (numerator, denominator) = coefficients[j - 1];
        let (k, d) = (rank as i64, dimension as i64);
        let left = k - 2 * (j as i64 - 1);
        let numerator = -numerator * left * (left - 1);
        let denominator = denominator * 2 * j as u64 * (d + 2 * k - 2 - 2 * j as i64) as u64;
        let common = gcd(numerator.unsigned_abs(), denominator);
        coefficients.push((numerator / common as i64, denominator / common));
    }
    coefficients
}
