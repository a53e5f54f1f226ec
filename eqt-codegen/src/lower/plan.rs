//! What a program leaves implicit, spelled out as further tensors.

use std::collections::BTreeMap;

use eqt_ir::program::{Einsum, Label, Op, Operand, Program, Ratio, Root, RootKind, StepId};
use eqt_ir::signature::{AxisId, Block, Layout, Signature, SlotSymmetry};

use super::permutation::{Permutation, slot_group};
use super::{BufferId, Constant, Place, ResultSlot};

/// What a tensor is computed from; tensors are referred to by index.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    /// An argument.
    Argument(Place),
    /// The inverse form.
    Delta(AxisId),
    /// The epsilon, indices raised.
    Epsilon(AxisId),
    /// The number 1, or ones over a label axis.
    Ones,
    /// A contraction; operands are tensors of the plan.
    Einsum(Einsum),
    /// A linear combination.
    Linear(Vec<LinearTerm>),
    /// All linear indices raised, `x^a = F_ab x_b`: what is contracted with it reads the form from its own index.
    Raise(usize),
    /// All linear indices lowered, `x_a = x^b F_ba`, the inverse of raising.
    Lower(usize),
}

/// `sign * constants * theta * product of scalars * tensor[permutation]`.
#[derive(Clone, Debug)]
pub(super) struct LinearTerm {
    pub(super) negative: bool,
    pub(super) constants: Vec<Constant>,
    pub(super) theta: Option<usize>,
    /// Tensors without indices.
    pub(super) scalars: Vec<usize>,
    pub(super) tensor: usize,
    /// Axis k of the result is axis `permutation[k]` of the tensor.
    pub(super) permutation: Vec<usize>,
}

/// A tensor.
#[derive(Clone, Debug)]
pub(super) struct Tensor {
    pub(super) axes: Vec<AxisId>,
    pub(super) operation: Operation,
    pub(super) formula: String,
    /// The result it is written to, if its buffer is one.
    pub(super) result: Option<usize>,
}

/// Tensors in topological order.
#[derive(Clone, Debug)]
pub(super) struct Plan<'a> {
    pub(super) signature: &'a Signature,
    pub(super) tensors: Vec<Tensor>,
    pub(super) results: Vec<ResultSlot>,
}

impl Tensor {
    /// Whether it needs a kernel and memory of its own.
    pub(super) fn is_computed(&self) -> bool {
        matches!(
            self.operation,
            Operation::Einsum(_) | Operation::Linear(_) | Operation::Raise(_) | Operation::Lower(_)
        )
    }

    /// The tensors it reads.
    fn operands(&self) -> Vec<usize> {
        match &self.operation {
            Operation::Einsum(einsum) => {
                einsum.operands.iter().map(|operand| operand.step.0 as usize).collect()
            }
            Operation::Linear(terms) => {
                terms.iter().flat_map(|term| term.scalars.iter().copied().chain([term.tensor])).collect()
            }
            Operation::Raise(tensor) | Operation::Lower(tensor) => vec![*tensor],
            _ => Vec::new(),
        }
    }

    /// Where it is kept.
    pub(super) fn place(&self) -> Place {
        match (&self.operation, self.result) {
            (Operation::Argument(place), _) => *place,
            (_, Some(result)) => Place::Result(result),
            _ => Place::Local,
        }
    }
}

impl LinearTerm {
    fn new(scale: Ratio, theta: Option<usize>, tensor: usize, permutation: Vec<usize>) -> LinearTerm {
        let mut term = LinearTerm {
            negative: scale.numerator < 0,
            constants: Vec::new(),
            theta,
            scalars: Vec::new(),
            tensor,
            permutation,
        };
        let size = Ratio { numerator: scale.numerator.abs(), denominator: scale.denominator };
        if size != Ratio::ONE {
            term.constants.push(Constant::Ratio(size));
        }
        term
    }
}

impl<'a> Plan<'a> {
    pub(super) fn new(program: &'a Program, wanted: impl Fn(RootKind) -> bool) -> Plan<'a> {
        let roots: Vec<&Root> = program.roots.iter().filter(|root| wanted(root.kind)).collect();
        let mut plan = Plan { signature: &program.signature, tensors: Vec::new(), results: Vec::new() };
        let mut of_step: Vec<Option<usize>> = vec![None; program.steps.len()];
        let needed = needed(program, &roots);
        for (id, step) in program.iter().filter(|(id, _)| needed[id.0 as usize]) {
            let at = |step: StepId| of_step[step.0 as usize].unwrap_or(usize::MAX);
            let operation = match &step.op {
                Op::Input(input) => Operation::Argument(Place::Input(*input)),
                Op::Coefficient(member) => Operation::Argument(Place::Coefficient(*member)),
                Op::Cotangent => Operation::Argument(Place::Cotangent),
                Op::Delta(axis) => Operation::Delta(*axis),
                Op::Epsilon(axis) => Operation::Epsilon(*axis),
                Op::Ones(_) | Op::One => Operation::Ones,
                Op::Einsum(einsum) => {
                    let mut einsum = einsum.clone();
                    for operand in &mut einsum.operands {
                        operand.step = StepId(at(operand.step) as u32);
                    }
                    Operation::Einsum(einsum)
                }
                Op::Linear(terms) => Operation::Linear(
                    terms
                        .iter()
                        .filter(|term| term.scale.numerator != 0)
                        .map(|term| {
                            let permutation =
                                term.permutation.iter().map(|&slot| usize::from(slot)).collect();
                            LinearTerm::new(term.scale, term.theta, at(term.step), permutation)
                        })
                        .collect(),
                ),
            };
            let mut tensor = plan.push(step.axes.clone(), operation, step.formula.clone());
            if step.op == Op::Cotangent {
                tensor = plan.raise(tensor);
                tensor = plan.project(tensor, &program.signature.output.layout());
            }
            of_step[id.0 as usize] = Some(tensor);
        }
        for root in roots {
            let tensor = of_step[root.step.0 as usize].unwrap_or(usize::MAX);
            plan.root(root, tensor);
        }
        if program.coefficients.iter().any(|axes| !axes.is_empty()) {
            plan.separate_sums();
        }
        plan.fold_scalars();
        plan
    }

    /// Gives the gradients of coefficients that other tensors read a copy as their result: arrays of coefficients are
    /// added to over many samples, so that what they hold is not the value of one.
    fn separate_sums(&mut self) {
        for index in 0..self.tensors.len() {
            let Some(result) = self.tensors[index].result else { continue };
            let is_sum = matches!(self.results[result].kind, RootKind::CoefficientGradient(_));
            if is_sum && self.tensors.iter().any(|tensor| tensor.operands().contains(&index)) {
                self.tensors[index].result = None;
                self.copy_to(result, index);
            }
        }
    }

    /// A copy of a tensor, as a result.
    fn copy_to(&mut self, result: usize, tensor: usize) {
        let axes = self.tensors[tensor].axes.clone();
        let copy = LinearTerm::new(Ratio::ONE, None, tensor, (0..axes.len()).collect());
        let formula = self.tensors[tensor].formula.clone();
        let copy = self.push(axes, Operation::Linear(vec![copy]), formula);
        self.tensors[copy].result = Some(result);
    }

    /// A tensor times a scalar that only one linear combination reads becomes a term with a factor, so that it needs no
    /// memory, and a form or an epsilon no zeros.
    fn fold_scalars(&mut self) {
        let mut readers = vec![0; self.tensors.len()];
        for tensor in &self.tensors {
            tensor.operands().into_iter().for_each(|operand| readers[operand] += 1);
        }
        for index in 0..self.tensors.len() {
            let Operation::Linear(mut terms) = self.tensors[index].operation.clone() else { continue };
            for term in &mut terms {
                while let Some((scalar, tensor, permutation)) =
                    self.multiple(term).filter(|_| readers[term.tensor] == 1)
                {
                    self.tensors[term.tensor].operation = Operation::Ones;
                    term.scalars.push(scalar);
                    term.tensor = tensor;
                    term.permutation = permutation;
                }
            }
            self.tensors[index].operation = Operation::Linear(terms);
        }
    }

    /// The scalar, the tensor and the permutation of a term that is a tensor times a scalar.
    fn multiple(&self, term: &LinearTerm) -> Option<(usize, usize, Vec<usize>)> {
        let product = &self.tensors[term.tensor];
        let Operation::Einsum(Einsum { operands, output, .. }) = &product.operation else { return None };
        let [first, second] = operands.as_slice() else { return None };
        let (scalar, operand) = match (first.labels.is_empty(), second.labels.is_empty()) {
            (true, _) => (first, second),
            (_, true) => (second, first),
            _ => return None,
        };
        let tensor = operand.step.0 as usize;
        let is_label_delta = matches!(self.tensors[tensor].operation, Operation::Delta(axis)
            if self.signature.axis(axis).group.is_label());
        if product.result.is_some() || operand.labels.len() != output.len() || is_label_delta {
            return None;
        }
        let slot = |label: &Label| operand.labels.iter().position(|other| other == label);
        let slots: Vec<usize> = output.iter().map(slot).collect::<Option<_>>()?;
        Some((scalar.step.0 as usize, tensor, term.permutation.iter().map(|&axis| slots[axis]).collect()))
    }

    fn push(&mut self, axes: Vec<AxisId>, mut operation: Operation, formula: String) -> usize {
        if let Operation::Linear(terms) = &mut operation {
            for term in terms {
                term.tensor = self.with_entries(term.tensor);
            }
        }
        self.tensors.push(Tensor { axes, operation, formula, result: None });
        self.tensors.len() - 1
    }

    /// The tensor itself, or a copy in memory of a delta of labels, which no linear combination can read otherwise.
    fn with_entries(&mut self, tensor: usize) -> usize {
        let Operation::Delta(axis) = self.tensors[tensor].operation else { return tensor };
        if !self.signature.axis(axis).group.is_label() {
            return tensor;
        }
        let labels = vec![Label(0), Label(1)];
        let operands = vec![Operand { step: StepId(tensor as u32), labels: labels.clone() }];
        let formula = self.tensors[tensor].formula.clone();
        self.push(
            vec![axis; 2],
            Operation::Einsum(Einsum { axes: vec![axis; 2], operands, output: labels }),
            formula,
        )
    }

    /// Brings a root to its result.
    fn root(&mut self, root: &Root, tensor: usize) {
        let result = self.results.len();
        self.results.push(ResultSlot { kind: root.kind });
        let layout = match root.kind {
            RootKind::Member(_) | RootKind::Combination => self.signature.output.layout(),
            RootKind::InputGradient(input) => self.signature.inputs[input].space.layout(),
            // An array of coefficients has no slot symmetry of its own.
            RootKind::CoefficientGradient(_) => Layout::default(),
        };
        let permutation: Permutation = root.permutation.iter().map(|&slot| usize::from(slot)).collect();
        let lowers = matches!(root.kind, RootKind::InputGradient(_))
            && layout.slots.iter().any(|&axis| self.has_form(axis));
        let mut last = tensor;
        if root.scale != Ratio::ONE || !permutation.iter().copied().eq(0..permutation.len()) {
            let axes = permutation.iter().map(|&slot| self.tensors[tensor].axes[slot]).collect();
            let term = LinearTerm::new(root.scale, None, tensor, permutation);
            let terms = if root.scale.numerator == 0 { Vec::new() } else { vec![term] };
            last = self.push(axes, Operation::Linear(terms), String::new());
        }
        if root.project {
            last = self.project(last, &layout);
        }
        if lowers {
            last = self.push(self.tensors[last].axes.clone(), Operation::Lower(last), String::new());
        }
        if !self.tensors[last].is_computed() || self.tensors[last].result.is_some() {
            self.copy_to(result, last);
        } else {
            self.tensors[last].result = Some(result);
        }
    }

    /// Whether raising an index of this axis is more than a change of name.
    fn has_form(&self, axis: AxisId) -> bool {
        !super::kernel::Metric::of(self.signature, axis).is_identity()
    }

    fn raise(&mut self, tensor: usize) -> usize {
        let axes = self.tensors[tensor].axes.clone();
        if !axes.iter().any(|&axis| self.has_form(axis)) {
            return tensor;
        }
        self.push(axes, Operation::Raise(tensor), "the cotangent, indices raised".to_owned())
    }

    /// Projects onto the slot symmetry of a space: averages, traces removed.
    fn project(&mut self, tensor: usize, layout: &Layout) -> usize {
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
        let output: Vec<Label> = rest.map(|slot| Label(slot as u8)).collect();
        let labels =
            (0..axes.len()).map(|slot| Label(if slot == start + 1 { start } else { slot } as u8)).collect();
        let kept = output.iter().map(|label| axes[usize::from(label.0)]).collect();
        let operands = vec![Operand { step: StepId(tensor as u32), labels }];
        let formula = describe(&self.tensors[tensor].formula, "traced");
        self.push(kept, Operation::Einsum(Einsum { axes, operands, output }), formula)
    }

    /// The product with the inverse form, whose slots become `start` and `start + 1`.
    fn lift(&mut self, tensor: usize, start: usize, axis: AxisId) -> usize {
        let delta = self.push(vec![axis, axis], Operation::Delta(axis), String::new());
        let mut axes = self.tensors[tensor].axes.clone();
        axes.splice(start..start, [axis, axis]);
        let pair = vec![Label(start as u8), Label(start as u8 + 1)];
        let output: Vec<Label> = (0..axes.len() as u8).map(Label).collect();
        let rest = output.iter().copied().filter(|label| !pair.contains(label)).collect();
        let operands = vec![
            Operand { step: StepId(delta as u32), labels: pair },
            Operand { step: StepId(tensor as u32), labels: rest },
        ];
        let formula = describe(&self.tensors[tensor].formula, "times the form");
        self.push(axes.clone(), Operation::Einsum(Einsum { axes, operands, output }), formula)
    }

    /// The buffer of each tensor that has one, in order.
    pub(super) fn buffers(&self) -> BTreeMap<usize, BufferId> {
        let stored =
            |tensor: &Tensor| tensor.is_computed() || matches!(tensor.operation, Operation::Argument(_));
        let ids =
            self.tensors.iter().enumerate().filter(|(_, tensor)| stored(tensor)).map(|(index, _)| index);
        ids.enumerate().map(|(buffer, tensor)| (tensor, BufferId(buffer))).collect()
    }
}

fn describe(formula: &str, what: &str) -> String {
    if formula.is_empty() { what.to_owned() } else { format!("{formula}, {what}") }
}

/// Which steps the roots need.
fn needed(program: &Program, roots: &[&Root]) -> Vec<bool> {
    let mut needed = vec![false; program.steps.len()];
    for root in roots {
        needed[root.step.0 as usize] = true;
    }
    for index in (0..program.steps.len()).rev() {
        if !needed[index] {
            continue;
        }
        match &program.steps[index].op {
            Op::Einsum(einsum) => {
                einsum.operands.iter().for_each(|operand| needed[operand.step.0 as usize] = true);
            }
            Op::Linear(terms) => terms.iter().for_each(|term| needed[term.step.0 as usize] = true),
            _ => {}
        }
    }
    needed
}
