//! What a program leaves implicit, spelled out as further tensors: the projection of a root onto the symmetry of its
//! space, its scale and the order of its axes, indices of cotangents raised and of gradients lowered, copies into
//! results.

use std::collections::BTreeMap;

use eqt_ir::program::{Einsum, Label, Op, Operand, Program, Ratio, Root, RootKind, StepId};
use eqt_ir::signature::{AxisId, AxisShape, Layout};

use super::{BufferId, Constant, Place, ResultSlot, Written};

mod factors;
mod projection;
mod symmetry;

pub(super) use symmetry::Class;

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
    /// All linear indices raised, `x^a = F_ab x_b`. Contracted by the form it gives back the lower index:
    /// `x^a F_ab y^b = x_b y^b`, as `F^T F = 1`.
    Raise(usize),
    /// All linear indices lowered, `x_a = x^b F_ba`, the inverse of raising.
    Lower(usize),
}

/// A term of a sum: `sign * constants * theta * product of scalars * tensor[permutation]`, for instance
/// `-1/2 theta_3 g5 b2[q][p]`.
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
    pub(super) program: &'a Program,
    pub(super) tensors: Vec<Tensor>,
    pub(super) results: Vec<ResultSlot>,
}

impl Tensor {
    /// Whether it needs a kernel and memory of its own. Arguments are there already; deltas, epsilons and ones are no
    /// more than indices and signs in the kernels that read them.
    pub(super) fn is_computed(&self) -> bool {
        matches!(
            self.operation,
            Operation::Einsum(_) | Operation::Linear(_) | Operation::Raise(_) | Operation::Lower(_)
        )
    }

    /// The tensors it reads.
    pub(super) fn operands(&self) -> Vec<usize> {
        match &self.operation {
            Operation::Einsum(einsum) => einsum.operands.iter().map(|operand| operand.step.index()).collect(),
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
    pub(super) fn new(program: &'a Program, wanted: &dyn Fn(RootKind) -> Option<Written>) -> Plan<'a> {
        let roots: Vec<(&Root, Written)> =
            program.roots.iter().filter_map(|root| Some((root, wanted(root.kind)?))).collect();
        let mut plan = Plan { program, tensors: Vec::new(), results: Vec::new() };
        // By step, its tensor; that of a step that no root needs is never asked for.
        let mut of_step: Vec<usize> = Vec::with_capacity(program.steps.len());
        let needed = program.needed(roots.iter().map(|(root, _)| *root));
        for (id, step) in program.iter() {
            if !needed[id.index()] {
                of_step.push(plan.tensors.len());
                continue;
            }
            let at = |step: StepId| of_step[step.index()];
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
                        operand.step = StepId::new(at(operand.step));
                    }
                    Operation::Einsum(einsum)
                }
                Op::Linear(terms) => Operation::Linear(
                    terms
                        .iter()
                        .filter(|term| term.scale.numerator != 0)
                        .map(|term| {
                            let permutation = term.permutation.iter().map(|slot| slot.index()).collect();
                            LinearTerm::new(term.scale, term.theta, at(term.step), permutation)
                        })
                        .collect(),
                ),
            };
            let mut tensor = plan.push(step.axes.clone(), operation, step.formula.clone());
            if step.op == Op::Cotangent {
                tensor = plan.raise(tensor);
                tensor = plan.project(tensor, &program.output);
            }
            of_step.push(tensor);
        }
        for (root, written) in roots {
            plan.root(root, of_step[root.step.index()], written);
        }
        plan.separate_sums();
        plan.fold_scalars();
        plan.move_factors();
        plan.labels_first();
        plan
    }

    /// Orders the indices of what is no argument and no result: labels first, so that a vector per label lies in one place.
    fn labels_first(&mut self) {
        for index in 0..self.tensors.len() {
            let tensor = &self.tensors[index];
            let is_moved = |other: &Tensor| matches!(other.operation, Operation::Raise(of) | Operation::Lower(of) if of == index);
            let is_ordered = matches!(tensor.operation, Operation::Einsum(_) | Operation::Linear(_));
            if !is_ordered || tensor.result.is_some() || self.tensors.iter().any(is_moved) {
                continue;
            }
            // Slot k is slot `order[k]` so far.
            let (mut order, linear): (Vec<usize>, Vec<usize>) =
                (0..tensor.axes.len()).partition(|&slot| self.axis(tensor.axes[slot]).is_label);
            order.extend(linear);
            if order.is_sorted() {
                continue;
            }
            let tensor = &mut self.tensors[index];
            tensor.axes = order.iter().map(|&slot| tensor.axes[slot]).collect();
            match &mut tensor.operation {
                Operation::Einsum(einsum) => {
                    einsum.output = order.iter().map(|&slot| einsum.output[slot]).collect();
                }
                Operation::Linear(terms) => terms.iter_mut().for_each(|term| {
                    term.permutation = order.iter().map(|&slot| term.permutation[slot]).collect();
                }),
                _ => {}
            }
            let mut place = vec![0; order.len()];
            order.iter().enumerate().for_each(|(slot, &before)| place[before] = slot);
            for reader in &mut self.tensors[index + 1..] {
                match &mut reader.operation {
                    Operation::Einsum(einsum) => {
                        let readers =
                            einsum.operands.iter_mut().filter(|operand| operand.step.index() == index);
                        readers.for_each(|operand| {
                            operand.labels = order.iter().map(|&slot| operand.labels[slot]).collect();
                        });
                    }
                    Operation::Linear(terms) => {
                        let readers = terms.iter_mut().filter(|term| term.tensor == index);
                        readers.for_each(|term| {
                            term.permutation.iter_mut().for_each(|slot| *slot = place[*slot]);
                        });
                    }
                    _ => {}
                }
            }
        }
    }

    /// The gradient of an array of coefficients is a result that sums up over the samples of a batch, `d_theta += ..`.
    /// If another tensor of the program reads this gradient, it must not read the sum: so the tensor stays a local,
    /// and the result is a copy of it.
    fn separate_sums(&mut self) {
        for index in 0..self.tensors.len() {
            let Some(result) = self.tensors[index].result else { continue };
            let is_sum = self.results[result].written == Written::Added;
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

    /// `t = s X` with a scalar s, read by one linear combination only, becomes a term with the factor s: `theta t` is
    /// `theta s X`. So t needs no memory, and if X is a delta, the d^2 entries of `s delta` are d additions.
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

    /// (s, X, permutation) if the tensor of a term is an einsum `s X` of a scalar and a tensor, nothing summed.
    fn multiple(&self, term: &LinearTerm) -> Option<(usize, usize, Vec<usize>)> {
        let product = &self.tensors[term.tensor];
        let Operation::Einsum(Einsum { operands, output, .. }) = &product.operation else { return None };
        let [first, second] = operands.as_slice() else { return None };
        let (scalar, operand) = match (first.labels.is_empty(), second.labels.is_empty()) {
            (true, _) => (first, second),
            (_, true) => (second, first),
            _ => return None,
        };
        let tensor = operand.step.index();
        let is_label_delta = matches!(self.tensors[tensor].operation, Operation::Delta(axis)
            if self.axis(axis).is_label);
        if product.result.is_some() || operand.labels.len() != output.len() || is_label_delta {
            return None;
        }
        let slot = |label: &Label| operand.labels.iter().position(|other| other == label);
        let slots: Vec<usize> = output.iter().map(slot).collect::<Option<_>>()?;
        Some((scalar.step.index(), tensor, term.permutation.iter().map(|&axis| slots[axis]).collect()))
    }

    pub(super) fn axis(&self, axis: AxisId) -> &'a AxisShape {
        self.program.axis(axis)
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

    /// The tensor itself; but a delta of labels (1 where i = j) as a tensor in memory, since the loops of a linear
    /// combination over labels are the scheduler's, and visit all pairs.
    fn with_entries(&mut self, tensor: usize) -> usize {
        let Operation::Delta(axis) = self.tensors[tensor].operation else { return tensor };
        if !self.axis(axis).is_label {
            return tensor;
        }
        let labels = vec![Label::new(0), Label::new(1)];
        let operands = vec![Operand { step: StepId::new(tensor), labels: labels.clone() }];
        let formula = self.tensors[tensor].formula.clone();
        self.push(
            vec![axis; 2],
            Operation::Einsum(Einsum { axes: vec![axis; 2], operands, output: labels }),
            formula,
        )
    }

    /// Brings a root to its result.
    fn root(&mut self, root: &Root, tensor: usize, written: Written) {
        let result = self.results.len();
        self.results.push(ResultSlot { kind: root.kind, written, folded: None });
        let layout = match root.kind {
            RootKind::Member(_) | RootKind::Term(_) | RootKind::Combination => &self.program.output,
            RootKind::InputGradient(input) => &self.program.inputs[input].layout,
            // An array of coefficients has no slot symmetry of its own.
            RootKind::Array(_) | RootKind::CoefficientGradient(_) => &Layout::default(),
        };
        let permutation: Vec<usize> = root.permutation.iter().map(|slot| slot.index()).collect();
        let lowers = matches!(root.kind, RootKind::InputGradient(_))
            && layout.slots.iter().any(|&axis| self.has_form(axis));
        let mut last = tensor;
        if root.scale != Ratio::ONE
            || root.theta.is_some()
            || !permutation.iter().copied().eq(0..permutation.len())
        {
            let axes = permutation.iter().map(|&slot| self.tensors[tensor].axes[slot]).collect();
            let term = LinearTerm::new(root.scale, root.theta, tensor, permutation);
            let terms = if root.scale.numerator == 0 { Vec::new() } else { vec![term] };
            last = self.push(axes, Operation::Linear(terms), String::new());
        }
        if root.project {
            last = self.project(last, layout);
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
        !self.axis(axis).form.is_identity()
    }

    fn raise(&mut self, tensor: usize) -> usize {
        let axes = self.tensors[tensor].axes.clone();
        if !axes.iter().any(|&axis| self.has_form(axis)) {
            return tensor;
        }
        self.push(axes, Operation::Raise(tensor), "the cotangent, indices raised".to_owned())
    }

    /// The number of indices of a buffer.
    pub(super) fn rank(&self, buffer: BufferId) -> usize {
        let tensors = self.buffers();
        let tensor = tensors.iter().find(|(_, id)| **id == buffer).map(|(tensor, _)| *tensor);
        tensor.map_or(0, |tensor| self.tensors[tensor].axes.len())
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
