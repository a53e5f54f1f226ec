//! Projections onto the slot symmetry of a space.

use eqt_ir::program::{Einsum, Label, Operand, Ratio, StepId};
use eqt_ir::signature::{AxisId, Block, Layout, SlotSymmetry};

use super::super::Constant;
use super::super::permutation::{Permutation, slot_group};
use super::{LinearTerm, Operation, Plan};

impl Plan<'_> {
    /// Projects onto the slot symmetry of a space: averages, traces removed.
    pub(super) fn project(&mut self, tensor: usize, layout: &Layout) -> usize {
        let averaged: Vec<&Block> = layout
            .blocks
            .iter()
            .filter(|block| block.symmetry != SlotSymmetry::General && block.rank > 1)
            .collect();
        let mut last = self.average(tensor, &averaged);
        for block in averaged {
            if block.symmetry == SlotSymmetry::Traceless {
                last = self.remove_traces(last, block);
            }
        }
        last
    }

    /// The average over the slot groups of the blocks. A small group is summed at once; a large one slot by slot:
    /// `Sym_m = (1/m) (1 + sum_{j<m} (j m)) Sym_{m-1}`.
    fn average(&mut self, tensor: usize, blocks: &[&Block]) -> usize {
        let rank = self.tensors[tensor].axes.len();
        let mut last = tensor;
        let order: usize = blocks.iter().map(|block| (1..=block.rank).product::<usize>()).product();
        if order == 1 {
            return tensor;
        }
        if order <= 6 {
            return self.combine(last, slot_group(rank, blocks), "symmetrised");
        }
        for block in blocks {
            for slot in 1..block.rank {
                let alternating = block.symmetry == SlotSymmetry::Alternating;
                let mut group = vec![((0..rank).collect::<Permutation>(), false)];
                for other in 0..slot {
                    let mut swap: Permutation = (0..rank).collect();
                    swap.swap(block.start + other, block.start + slot);
                    group.push((swap, alternating));
                }
                last = self.combine(last, group, "symmetrised");
            }
        }
        last
    }

    /// The mean of signed permutations of a tensor.
    fn combine(&mut self, tensor: usize, group: Vec<(Permutation, bool)>, what: &str) -> usize {
        let order = group.len() as u64;
        let terms = group
            .into_iter()
            .map(|(permutation, negative)| {
                let sign = if negative { -1 } else { 1 };
                LinearTerm::new(Ratio::new(sign, order), None, tensor, permutation)
            })
            .collect();
        let formula = describe(&self.tensors[tensor].formula, what);
        self.push(self.tensors[tensor].axes.clone(), Operation::Linear(terms), formula)
    }

    /// The traceless part of a symmetric block: `sum_j a_j Sym(g^j (x) tr^j S)`,
    /// `a_j = (-1)^j k! / ((k-2j)! 2^j j! prod_{i=1..j} (d + 2k - 2 - 2i))`.
    fn remove_traces(&mut self, tensor: usize, block: &Block) -> usize {
        let axes = self.tensors[tensor].axes.clone();
        let (rank, axis) = (block.rank as u64, axes[block.start]);
        let identity: Vec<usize> = (0..axes.len()).collect();
        let mut terms = vec![LinearTerm::new(Ratio::ONE, None, tensor, identity.clone())];
        let (mut trace, mut numerator, mut denominator, mut shifts) = (tensor, 1_u64, 1_u64, Vec::new());
        for j in 1..=rank / 2 {
            trace = self.trace(trace, block.start);
            let left = rank - 2 * (j - 1);
            numerator *= left * (left - 1);
            denominator *= 2 * j;
            shifts.push(2 * rank - 2 - 2 * j);
            let mut lifted = trace;
            for _ in 0..j {
                lifted = self.lift(lifted, block.start, axis);
            }
            if rank > 2 {
                lifted = self.average(lifted, &[&Block { symmetry: SlotSymmetry::Symmetric, ..*block }]);
            }
            let mut term = LinearTerm::new(Ratio::ONE, None, lifted, identity.clone());
            term.negative = j % 2 == 1;
            term.constants.push(Constant::Harmonic { axis, numerator, denominator, shifts: shifts.clone() });
            terms.push(term);
        }
        let formula = describe(&self.tensors[tensor].formula, "without its traces");
        self.push(axes, Operation::Linear(terms), formula)
    }

    /// The contraction of slots `start` and `start + 1`.
    fn trace(&mut self, tensor: usize, start: usize) -> usize {
        let axes = self.tensors[tensor].axes.clone();
        let rest = (0..axes.len()).filter(|&slot| slot != start && slot != start + 1);
        let output: Vec<Label> = rest.map(Label::new).collect();
        let label = |slot| Label::new(if slot == start + 1 { start } else { slot });
        let labels = (0..axes.len()).map(label).collect();
        let kept = output.iter().map(|label| axes[label.index()]).collect();
        let operands = vec![Operand { step: StepId::new(tensor), labels }];
        let formula = describe(&self.tensors[tensor].formula, "traced");
        self.push(kept, Operation::Einsum(Einsum { axes, operands, output }), formula)
    }

    /// The product with the inverse form, whose slots become `start` and `start + 1`.
    fn lift(&mut self, tensor: usize, start: usize, axis: AxisId) -> usize {
        let delta = self.push(vec![axis, axis], Operation::Delta(axis), String::new());
        let mut axes = self.tensors[tensor].axes.clone();
        axes.splice(start..start, [axis, axis]);
        let pair = vec![Label::new(start), Label::new(start + 1)];
        let output: Vec<Label> = (0..axes.len()).map(Label::new).collect();
        let rest = output.iter().copied().filter(|label| !pair.contains(label)).collect();
        let operands = vec![
            Operand { step: StepId::new(delta), labels: pair },
            Operand { step: StepId::new(tensor), labels: rest },
        ];
        let formula = describe(&self.tensors[tensor].formula, "times the form");
        self.push(axes.clone(), Operation::Einsum(Einsum { axes, operands, output }), formula)
    }
}

fn describe(formula: &str, what: &str) -> String {
    if formula.is_empty() { what.to_owned() } else { format!("{formula}, {what}") }
}
