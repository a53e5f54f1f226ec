//! Tensors of a space: random ones, and the projection onto its symmetry.

use eqt_runtime::Scalar;

use super::{AxisId, Block, Layout, Signature, Sizes, SlotSymmetry};
use crate::exact::permutations::arrangement_sign;
use crate::exact::tensor::{for_each_index, harmonic_factors};
use crate::exact::{Random, Tensor};
use crate::group::Form;

impl Tensor {
    /// A uniformly random member of a space.
    pub fn random(signature: &Signature, layout: &Layout, sizes: &Sizes, random: &mut Random) -> Tensor {
        let mut tensor = Tensor::of_random_entries(sizes.shape(&layout.slots), random);
        tensor.project(layout, |axis| signature.form(axis));
        tensor
    }

    /// Multiplications of [`Tensor::project`], and what comes with them: every entry is looked at with all its indices, once
    /// for every average over a slot group.
    pub(crate) fn projection_effort(layout: &Layout, sizes: &Sizes) -> u64 {
        let blocks = layout.blocks.iter().filter(|block| block.symmetry != SlotSymmetry::General);
        let averages = blocks.map(|block| match block.symmetry {
            SlotSymmetry::Traceless => 1 + block.rank as u64 / 2,
            _ => 1,
        });
        let looks = averages.sum::<u64>().saturating_mul(layout.slots.len() as u64);
        sizes.product(&layout.slots).saturating_mul(looks)
    }
}

impl<S: Scalar> Tensor<S> {
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
        if block.rank < 2 || self.data.is_empty() {
            return;
        }
        let range = block.start..block.start + block.rank;
        // By entry: the position of the arrangement in increasing order, and the sign of that order.
        let mut sorted: Vec<(usize, i8)> = Vec::with_capacity(self.data.len());
        let mut sums = vec![(S::ZERO, 0_u64); self.data.len()];
        let mut ordered = vec![0; self.shape.len()];
        // How often every value occurs among the indices of the block.
        let mut times = vec![0; self.shape[block.start]];
        for_each_index(&self.shape, |index| {
            let of_block = &index[range.clone()];
            let sign = if alternating { arrangement_sign(of_block) } else { 1 };
            ordered.copy_from_slice(index);
            times.fill(0);
            of_block.iter().for_each(|&value| times[value] += 1);
            let in_order =
                times.iter().enumerate().flat_map(|(value, &times)| std::iter::repeat_n(value, times));
            ordered[range.clone()].iter_mut().zip(in_order).for_each(|(place, value)| *place = value);
            let position = self.offset(&ordered);
            let (sum, count) = &mut sums[position];
            *sum += S::from_i64(sign.into()) * self.data[sorted.len()];
            *count += 1;
            sorted.push((position, sign));
        });
        for (sum, count) in sums.iter_mut().filter(|(_, count)| *count > 1) {
            *sum *= S::from_ratio(1, *count);
        }
        for (entry, (position, sign)) in self.data.iter_mut().zip(sorted) {
            *entry = S::from_i64(sign.into()) * sums[position].0;
        }
    }

    /// The harmonic projection of a symmetric block of rank k in dimension d,
    /// `sum_j a_j Sym(g^j (x) tr^j S)` with `a_j` from [`harmonic_factors`], g the inverse form.
    fn remove_traces(&mut self, block: &Block, form: Form) {
        let (rank, start) = (block.rank, block.start);
        if rank < 2 || self.data.is_empty() {
            return;
        }
        let dimension = self.shape[start];
        let mut trace = self.clone();
        let mut result = self.clone();
        let mut coefficient = S::ONE;
        for (j, factor) in (1..).zip(harmonic_factors(rank, dimension)) {
            coefficient *= factor.to_scalar::<S>();
            // One more trace: the form is a signed permutation.
            let mut shape = trace.shape.clone();
            shape.drain(start..start + 2);
            let mut next = Tensor::zeros(shape);
            let (mut flat, mut full) = (0, vec![0; trace.shape.len()]);
            for_each_index(&next.shape, |index| {
                full[..start].copy_from_slice(&index[..start]);
                full[start + 2..].copy_from_slice(&index[start..]);
                for a in 0..dimension {
                    let (b, sign) = form.entry(dimension, a);
                    (full[start], full[start + 1]) = (a, b);
                    next.data[flat] += S::from_i64(sign.into()) * trace.at(&full);
                }
                flat += 1;
            });
            trace = next;
            let mut lifted = Tensor::zeros(self.shape.clone());
            let (mut flat, mut rest) = (0, vec![0; trace.shape.len()]);
            for_each_index(&self.shape, |index| {
                let mut sign = 1;
                for pair in 0..j {
                    let (a, b) = (index[start + 2 * pair], index[start + 2 * pair + 1]);
                    let (partner, s) = form.entry(dimension, a);
                    sign *= if partner == b { i64::from(s) } else { 0 };
                }
                if sign != 0 {
                    rest[..start].copy_from_slice(&index[..start]);
                    rest[start..].copy_from_slice(&index[start + 2 * j..]);
                    lifted.data[flat] = S::from_i64(sign) * trace.at(&rest);
                }
                flat += 1;
            });
            lifted.average(block, false);
            result.add_scaled(coefficient, &lifted);
        }
        *self = result;
    }
}
