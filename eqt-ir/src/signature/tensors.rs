//! Tensors of a space: random ones, and the projection onto its symmetry.

use std::collections::BTreeMap;

use eqt_runtime::{Fp, Scalar};

use super::{AxisId, Block, Layout, Signature, Sizes, SlotSymmetry};
use crate::exact::permutations::arrangement_sign;
use crate::exact::tensor::{harmonic_coefficients, indices};
use crate::exact::{Random, Tensor};
use crate::group::Form;

impl Tensor {
    /// A uniformly random member of a space.
    pub fn random(signature: &Signature, layout: &Layout, sizes: &Sizes, random: &mut Random) -> Tensor {
        let mut tensor = Tensor::of_random_entries(sizes.shape(&layout.slots), random);
        tensor.project(layout, |axis| signature.form(axis));
        tensor
    }

    /// Projects onto the symmetry of a space: the average over the slot group, with signs, traces removed.
    pub fn project(&mut self, layout: &Layout, form: impl Fn(AxisId) -> Form) {
        for block in &layout.blocks {
            match block.symmetry {
                SlotSymmetry::General => {}
                SlotSymmetry::Symmetric => self.average(block, false),
                SlotSymmetry::Alternating => self.average(block, true),
                SlotSymmetry::Traceless => {
                    self.average(block, false);
                    self.remove_traces(block, form(layout.slots[block.start]));
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
    fn remove_traces(&mut self, block: &Block, form: Form) {
        let (rank, start) = (block.rank, block.start);
        let dimension = self.shape.get(start).copied().unwrap_or(0);
        if rank < 2 || dimension == 0 {
            return;
        }
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
                    let (b, sign) = form.entry(dimension, a);
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
                    let (partner, s) = form.entry(dimension, a);
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
