//! Projections onto the slot symmetry of a space.

use eqt_ir::exact::permutations::SignedPermutation;
use eqt_ir::program::{Einsum, Label, Operand, Ratio, StepId};
use eqt_ir::signature::{AxisId, Block, Layout, SlotSymmetry, slot_group};

use super::super::Constant;
use super::{LinearTerm, Operation, Plan};

/// The largest rank of traceless tensors whose coefficients are one constant each: numerator and denominator fit 64 bits at
/// every dimension at which such a tensor fits a machine. Beyond, a coefficient is the one before it times a constant.
const LARGEST_EXACT: u64 = 17;

/// Groups of at most so many elements are summed at once.
const SUMMED_AT_ONCE: usize = 6;

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
        if let Some(group) = slot_group(rank, blocks.iter().copied(), SUMMED_AT_ONCE) {
            return if group.len() == 1 { tensor } else { self.combine(tensor, group, "symmetrised") };
        }
        let mut last = tensor;
        for block in blocks {
            for slot in 1..block.rank {
                let exchange = |other: usize| {
                    let mut order: Vec<usize> = (0..block.rank).collect();
                    order.swap(other, slot);
                    block.permutation(rank, &order)
                };
                let group = std::iter::once(SignedPermutation::identity(rank)).chain((0..slot).map(exchange));
                last = self.combine(last, group.collect(), "symmetrised");
            }
        }
        last
    }

    /// The mean of signed permutations of a tensor.
    fn combine(&mut self, tensor: usize, group: Vec<SignedPermutation>, what: &str) -> usize {
        let order = group.len() as u64;
        let terms = group
            .into_iter()
            .map(|SignedPermutation { image, sign }| {
                LinearTerm::new(Ratio::new(sign.into(), order), None, tensor, image)
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
        // What the coefficient of the trace before is made of, if it is not one constant.
        let mut before: Vec<Constant> = Vec::new();
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
            let coefficient = Constant::Harmonic { axis, numerator, denominator, shifts: shifts.clone() };
            term.constants.extend(before.iter().cloned().chain([coefficient.clone()]));
            if rank > LARGEST_EXACT {
                before.push(coefficient);
                (numerator, denominator, shifts) = (1, 1, Vec::new());
            }
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
