//! Kernels: the statements that compute one tensor.
//!
//! Indices of linear axes become loops of the kernel. Labels are left to the scheduler, which wraps or fuses loops over
//! them around the statements.

use std::collections::BTreeMap;

use eqt_ir::group::Form;
use eqt_ir::program::Einsum;
use eqt_ir::signature::AxisId;

use super::plan::{Class, LinearTerm, Operation, Plan};
use super::{Access, Bound, BufferId, Index, Node, Product, VariableId};

mod contraction;
mod mirror;
mod multiply;
mod wires;

use contraction::Contraction;
pub(super) use multiply::Multiplied;
use wires::{End, Link, Resolved, Wire, join};

/// The statements of one tensor, without the loops over its labels.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    /// What it computes.
    pub(super) target: BufferId,
    /// How many indices that has.
    pub(super) rank: usize,
    /// The label variables to loop over, those of the target first: i and j for `g_i = sum_j <a_i, a_j>`.
    pub(super) labels: Vec<VariableId>,
    /// (k, variable) for every slot k of the target on a label axis: (0, i) for `g_i`.
    pub(super) target_labels: Vec<(usize, VariableId)>,
    /// What is done for each value of the label variables.
    pub(super) body: Vec<Node>,
    /// What is done, for each value of the label variables of the target, once all its entries are known but those that are
    /// mirror images of others.
    pub(super) mirror: Vec<Node>,
}

/// All kernels, in topological order.
#[derive(Clone, Debug)]
pub(super) struct Kernels {
    /// The axis of every variable.
    pub(super) variables: Vec<AxisId>,
    /// The kernels.
    pub(super) kernels: Vec<Kernel>,
}

impl Kernels {
    pub(super) fn new(
        plan: &Plan<'_>,
        buffers: BTreeMap<usize, BufferId>,
        multiplied: &Multiplied,
    ) -> Kernels {
        let mut builder = Builder { plan, buffers, variables: Vec::new(), mirrored: Vec::new() };
        let mut kernels = Vec::new();
        for ((index, tensor), mirrored) in plan.tensors.iter().enumerate().zip(plan.mirrored()) {
            if multiplied.is_part(index) {
                continue;
            }
            if let Some(multiply) = multiplied.of(index) {
                kernels.push(Kernel {
                    target: multiply.target(),
                    rank: tensor.axes.len(),
                    labels: Vec::new(),
                    target_labels: Vec::new(),
                    body: vec![Node::Multiply(multiply)],
                    mirror: Vec::new(),
                });
                continue;
            }
            builder.mirrored = mirrored;
            if matches!(tensor.operation, Operation::Linear(_)) {
                // Of two entries, the copy of one takes as long as the sum of a few terms.
                builder.mirrored.retain(|class| class.slots.len() > 2);
            }
            let mut kernel = match &tensor.operation {
                Operation::Einsum(einsum) => builder.einsum(index, einsum),
                Operation::Linear(terms) => builder.linear(index, terms),
                Operation::Raise(source) => builder.moved(index, *source, true),
                Operation::Lower(source) => builder.moved(index, *source, false),
                Operation::Argument(_) | Operation::Delta(_) | Operation::Epsilon(_) | Operation::Ones => {
                    continue;
                }
            };
            builder.mirror(&mut kernel, &tensor.axes);
            kernels.push(kernel);
        }
        Kernels { variables: builder.variables, kernels }
    }
}

struct Builder<'a> {
    plan: &'a Plan<'a>,
    buffers: BTreeMap<usize, BufferId>,
    variables: Vec<AxisId>,
    /// The classes of slots of the tensor that is being computed.
    mirrored: Vec<Class>,
}

impl Builder<'_> {
    fn variable(&mut self, axis: AxisId) -> VariableId {
        self.variables.push(axis);
        VariableId(self.variables.len() - 1)
    }

    fn form(&self, axis: AxisId) -> Form {
        self.plan.axis(axis).form
    }

    fn is_label(&self, axis: AxisId) -> bool {
        self.plan.axis(axis).is_label
    }

    /// The entry of a tensor at these indices; none for deltas, epsilons and ones, which have no memory.
    fn access(&self, tensor: usize, indices: Vec<Index>) -> Option<Access> {
        self.buffers.get(&tensor).map(|&buffer| Access { buffer, indices })
    }

    fn einsum(&mut self, target: usize, einsum: &Einsum) -> Kernel {
        let operands: Vec<usize> = einsum.operands.iter().map(|operand| operand.step.index()).collect();
        let mut wires: Vec<Wire> = Vec::new();
        for (label, &axis) in einsum.axes.iter().enumerate() {
            let mut wire = Wire { axis, ends: Vec::new(), links: Vec::new() };
            for (operand, description) in einsum.operands.iter().enumerate() {
                for (slot, at) in description.labels.iter().enumerate() {
                    if at.index() == label {
                        wire.ends.push(End::Operand(operand, slot));
                    }
                }
            }
            let kept = einsum.output.iter().position(|at| at.index() == label);
            match kept {
                Some(slot) => {
                    wire.ends.push(End::Target(slot));
                    wire.links.push(Link { from: 0, to: wire.ends.len() - 1, form: false });
                }
                // Summed: from the first occurrence to the second.
                None if wire.ends.len() == 2 => wire.links.push(Link { from: 0, to: 1, form: true }),
                None => {}
            }
            if !wire.ends.is_empty() {
                wires.push(wire);
            }
        }
        let buffer = self.buffers[&target];
        self.contraction(buffer, &operands, wires, Product::default(), true)
    }

    /// `target += scale * product of the operands`, summed along the wires. It is `=` in place of `+=` if nothing was
    /// written before (`first`) and the statement reaches every entry of the target exactly once: no delta or epsilon
    /// leaves zeros.
    fn contraction(
        &mut self,
        target: BufferId,
        operands: &[usize],
        wires: Vec<Wire>,
        scale: Product,
        first: bool,
    ) -> Kernel {
        let mut wires = wires;
        let rank =
            wires.iter().flat_map(|wire| &wire.ends).filter(|end| matches!(end, End::Target(_))).count();
        // A delta has no memory, it joins the wires at its two slots. Its value is the inverse form, the transpose of
        // F as F is a signed permutation: (F^-1)[a][b] = F[b][a], so the form runs from slot 1 to slot 0.
        for (operand, &tensor) in operands.iter().enumerate() {
            if let Operation::Delta(_) = self.plan.tensors[tensor].operation {
                join(&mut wires, End::Operand(operand, 1), End::Operand(operand, 0));
            }
        }
        let mut product = Contraction { target, rank, operands, scale, epsilons: Vec::new() };
        for (operand, &tensor) in operands.iter().enumerate() {
            if let Operation::Epsilon(axis) = self.plan.tensors[tensor].operation {
                let legs = self.plan.tensors[tensor].axes.len();
                product.epsilons.push((operand, axis, legs));
            }
        }
        let (mut labels, mut kept, mut summed, mut constant) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for wire in wires {
            let at_epsilon =
                wire.ends.iter().any(|end| product.epsilons.iter().any(|(at, ..)| end.is_of(*at)));
            let is_kept = wire.ends.iter().any(|end| matches!(end, End::Target(_)));
            if self.is_label(wire.axis) {
                labels.push((self.variable(wire.axis), wire, is_kept));
            } else if at_epsilon {
                constant.push(wire);
            } else if is_kept {
                kept.push((self.variable(wire.axis), wire));
            } else {
                summed.push((self.variable(wire.axis), wire));
            }
        }
        let targets = |wire: &Wire| wire.ends.iter().filter(|end| matches!(end, End::Target(_))).count();
        let dense = labels.iter().all(|(_, wire, _)| targets(wire) == 1)
            && kept.iter().all(|(_, wire)| targets(wire) == 1)
            && constant.is_empty()
            && product.epsilons.is_empty();
        // Labels of the result are the outer loops, so that its entries are locals of them.
        labels.sort_by_key(|(_, _, is_kept)| !is_kept);
        let mut target_labels = Vec::new();
        let mut resolved: Vec<(Wire, Resolved)> = Vec::new();
        for (variable, wire, _) in &labels {
            for end in &wire.ends {
                if let End::Target(slot) = end {
                    target_labels.push((*slot, *variable));
                }
            }
            let index = Index::Variable { variable: *variable, half: false };
            let indices = vec![index; wire.ends.len()];
            resolved.push((wire.clone(), Resolved { indices, negative: false, signs: Vec::new() }));
        }
        target_labels.sort_unstable();
        let body = product.epsilon_terms(self, &mut resolved, &kept, &summed, &constant, !(dense && first));
        Kernel {
            target,
            rank,
            labels: labels.into_iter().map(|(variable, ..)| variable).collect(),
            target_labels,
            body,
            mirror: Vec::new(),
        }
    }

    fn linear(&mut self, target: usize, terms: &[LinearTerm]) -> Kernel {
        let axes = self.plan.tensors[target].axes.clone();
        let buffer = self.buffers[&target];
        let variables: Vec<VariableId> = axes.iter().map(|&axis| self.variable(axis)).collect();
        let index = |slot: usize| Index::Variable { variable: variables[slot], half: false };
        let indices: Vec<Index> = (0..axes.len()).map(index).collect();
        let target_labels: Vec<(usize, VariableId)> = (0..axes.len())
            .filter(|&slot| self.is_label(axes[slot]))
            .map(|slot| (slot, variables[slot]))
            .collect();
        let labels: Vec<VariableId> = target_labels.iter().map(|&(_, variable)| variable).collect();
        let scale = |term: &LinearTerm| Product {
            negative: term.negative,
            constants: term.constants.clone(),
            theta: term.theta,
            ..Product::default()
        };
        // Dense terms are one statement; forms and epsilons only add to the entries where they are not zero.
        let mut dense = Vec::new();
        let mut body = Vec::new();
        for term in terms {
            let mut moved = vec![Index::Constant(0); axes.len()];
            for (slot, &source) in term.permutation.iter().enumerate() {
                moved[source] = indices[slot];
            }
            match &self.plan.tensors[term.tensor].operation {
                Operation::Delta(axis) | Operation::Epsilon(axis) if !self.is_label(*axis) => {
                    let wires = (0..axes.len())
                        .map(|slot| {
                            let ends = vec![End::Operand(0, term.permutation[slot]), End::Target(slot)];
                            Wire { axis: *axis, ends, links: vec![Link { from: 0, to: 1, form: false }] }
                        })
                        .collect();
                    let operands: Vec<usize> =
                        [term.tensor].into_iter().chain(term.scalars.iter().copied()).collect();
                    body.extend(self.contraction(buffer, &operands, wires, scale(term), false).body);
                }
                _ => {
                    let scalars = term.scalars.iter().filter_map(|&scalar| self.access(scalar, Vec::new()));
                    let entries = scalars.chain(self.access(term.tensor, moved)).collect();
                    dense.push(Product { entries, ..scale(term) });
                }
            }
        }
        if !dense.is_empty() {
            let store = Node::Store { target: Access { buffer, indices }, add: false, terms: dense };
            let inner = (0..axes.len()).rev().filter(|&slot| !self.is_label(axes[slot]));
            let looped = inner.fold(vec![store], |body, slot| {
                let from = self.before(slot).map(|before| variables[before]);
                vec![loop_from(from, variables[slot], axes[slot], body)]
            });
            body.splice(0..0, looped);
        }
        Kernel { target: buffer, rank: axes.len(), labels, target_labels, body, mirror: Vec::new() }
    }

    /// All linear indices through the form: `result_a = F_ab source_b` to raise, `F_ba source_b` to lower.
    fn moved(&mut self, target: usize, source: usize, raise: bool) -> Kernel {
        let axes = self.plan.tensors[target].axes.clone();
        let wires = axes
            .iter()
            .enumerate()
            .map(|(slot, &axis)| {
                let mut ends = vec![End::Operand(0, slot), End::Target(slot)];
                if raise {
                    ends.reverse();
                }
                Wire { axis, ends, links: vec![Link { from: 0, to: 1, form: true }] }
            })
            .collect();
        self.contraction(self.buffers[&target], &[source], wires, Product::default(), true)
    }
}

/// `for variable in 0..size { body }`.
pub(super) fn full_loop(variable: VariableId, axis: AxisId, body: Vec<Node>) -> Node {
    loop_from(None, variable, axis, body)
}

/// The same from the value of another variable on.
fn loop_from(from: Option<VariableId>, variable: VariableId, axis: AxisId, body: Vec<Node>) -> Node {
    let from = from.map_or(Bound::Literal(0), Bound::Variable);
    Node::Loop { variable, from, to: Bound::Size(axis), body }
}
