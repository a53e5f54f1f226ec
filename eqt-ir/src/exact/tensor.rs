//! Dense tensors over the prime field, and their contraction.

use eqt_runtime::{Fp, Scalar};

use super::field::{Matrix, Random};
use super::ratio::gcd;

mod einsum;

pub(crate) use einsum::counted_einsum;
pub use einsum::{Factor, einsum};

/// A row-major tensor over the prime field.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// A tensor of random entries.
    pub fn of_random_entries(shape: Vec<usize>, random: &mut Random) -> Tensor {
        Tensor { data: random.fields(shape.iter().product()), shape }
    }

    /// The number `value`.
    pub fn scalar(value: Fp) -> Tensor {
        Tensor { shape: Vec::new(), data: vec![value] }
    }

    /// All entries zero.
    pub fn zeros(shape: Vec<usize>) -> Tensor {
        let total = shape.iter().product();
        Tensor { shape, data: vec![Fp::ZERO; total] }
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
