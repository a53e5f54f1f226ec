//! Dense tensors, and their contraction: over the prime field, if nothing else is said, or over floats.

use eqt_runtime::{Fp, Scalar};

use super::Ratio;
use super::field::{Matrix, Random};

mod einsum;

pub(crate) use einsum::counted_einsum;
pub use einsum::{Factor, einsum};

/// A row-major tensor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tensor<S = Fp> {
    /// The size of every slot.
    pub shape: Vec<usize>,
    /// The entries, last index fastest.
    pub data: Vec<S>,
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

/// Calls `visit` with the [`indices`] of a shape, one after the other in the same place.
pub fn for_each_index(shape: &[usize], mut visit: impl FnMut(&[usize])) {
    if shape.contains(&0) {
        return;
    }
    let mut index = vec![0; shape.len()];
    loop {
        visit(&index);
        let Some(slot) = (0..shape.len()).rev().find(|&slot| index[slot] + 1 < shape[slot]) else { return };
        index[slot] += 1;
        index[slot + 1..].fill(0);
    }
}

impl Tensor {
    /// A tensor of random entries.
    pub fn of_random_entries(shape: Vec<usize>, random: &mut Random) -> Tensor {
        Tensor { data: random.fields(shape.iter().product()), shape }
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
}

impl<S: Scalar> Tensor<S> {
    /// The number `value`.
    pub fn scalar(value: S) -> Self {
        Tensor { shape: Vec::new(), data: vec![value] }
    }

    /// All entries zero.
    pub fn zeros(shape: Vec<usize>) -> Self {
        let total = shape.iter().product();
        Tensor { shape, data: vec![S::ZERO; total] }
    }

    /// Position of a multi-index in [`Tensor::data`].
    pub fn offset(&self, index: &[usize]) -> usize {
        index.iter().zip(&self.shape).fold(0, |offset, (&i, &size)| offset * size + i)
    }

    /// The entry at a multi-index.
    pub fn at(&self, index: &[usize]) -> S {
        self.data[self.offset(index)]
    }

    /// Adds `scale` times another tensor of the same shape.
    pub fn add_scaled(&mut self, scale: S, other: &Self) {
        for (entry, &value) in self.data.iter_mut().zip(&other.data) {
            *entry += scale * value;
        }
    }

    /// Contracts one slot with the signed permutation `x'_a = sign(a) x_{partner(a)}`.
    pub fn apply_form(&self, slot: usize, form: impl Fn(usize) -> (usize, i8)) -> Self {
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
}

/// The factors of the coefficients of the projection of a symmetric k-tensor in dimension d >= 1 onto traceless ones,
/// `a_j = (-1)^j k! / ((k-2j)! 2^j j! prod_{i=1..j} (d + 2k - 2 - 2i))` (harmonic polynomials; Axler, Bourdon & Ramey, ch. 5):
/// `a_j / a_(j-1)` for j = 1, 2, .., k/2, and `a_0 = 1`. The coefficients themselves are soon too large for 64 bits.
pub fn harmonic_factors(rank: usize, dimension: usize) -> impl Iterator<Item = Ratio> {
    (1..=rank / 2).map(move |j| {
        let left = (rank - 2 * (j - 1)) as i64;
        let denominator = 2 * j * (dimension + 2 * (rank - 1 - j));
        Ratio::new(-left * (left - 1), denominator as u64)
    })
}
