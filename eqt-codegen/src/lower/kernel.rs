//! Kernels: the statements that compute one tensor.
//!
//! Indices of linear axes become loops of the kernel. Labels are left to the scheduler, which wraps or fuses loops over
//! them around the statements.

use std::collections::BTreeMap;

use eqt_ir::group::Group;
use eqt_ir::program::Einsum;
use eqt_ir::signature::{AxisId, Signature};

use super::permutation::orders;
use super::plan::{LinearTerm, Operation, Plan};
use super::{Access, Bound, BufferId, Index, Node, PermutationSign, Product, VariableId, literal};

/// The most legs of an epsilon whose signed permutations are written out one by one.
const WRITTEN_LEGS: usize = 4;

/// The invariant form of an axis, as far as indices are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    /// Delta.
    Identity,
    /// `diag(+1 x p, -1 x q)`, p given.
    Diagonal(usize),
    /// `[[0, I], [-I, 0]]`.
    Omega,
}

impl Metric {
    pub(super) fn of(signature: &Signature, axis: AxisId) -> Metric {
        match signature.axis(axis).group {
            Group::Indefinite(_, 0) | Group::SpecialIndefinite(_, 0) => Metric::Identity,
            Group::Indefinite(p, _) | Group::SpecialIndefinite(p, _) => Metric::Diagonal(p),
            Group::Symplectic => Metric::Omega,
            Group::Orthogonal | Group::SpecialOrthogonal | Group::Symmetric | Group::Trivial => {
                Metric::Identity
            }
        }
    }

    pub(super) fn is_identity(self) -> bool {
        self == Metric::Identity
    }
}

/// The statements of one tensor, without the loops over its labels.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    /// What it computes.
    pub(super) target: BufferId,
    /// How many indices that has.
    pub(super) rank: usize,
    /// Label variables to loop over, those of the target first.
    pub(super) labels: Vec<VariableId>,
    /// The label variable at every position of the target that is a label axis.
    pub(super) target_labels: Vec<(usize, VariableId)>,
    /// What is done for each value of the label variables.
    pub(super) body: Vec<Node>,
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
    pub(super) fn new(plan: &Plan<'_>) -> Kernels {
        let mut builder = Builder { plan, buffers: plan.buffers(), variables: Vec::new() };
        let mut kernels = Vec::new();
        for (index, tensor) in plan.tensors.iter().enumerate() {
            match &tensor.operation {
                Operation::Einsum(einsum) => kernels.push(builder.einsum(index, einsum)),
                Operation::Linear(terms) => kernels.push(builder.linear(index, terms)),
                Operation::Raise(source) => kernels.push(builder.moved(index, *source, true)),
                Operation::Lower(source) => kernels.push(builder.moved(index, *source, false)),
                _ => {}
            }
        }
        Kernels { variables: builder.variables, kernels }
    }
}

struct Builder<'a> {
    plan: &'a Plan<'a>,
    buffers: BTreeMap<usize, BufferId>,
    variables: Vec<AxisId>,
}

/// A slot of an operand, or of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Operand(usize, usize),
    Target(usize),
}

/// Slots whose indices determine each other: a wire, with deltas and forms on it.
#[derive(Clone, Debug)]
struct Wire {
    axis: AxisId,
    /// Its slots.
    ends: Vec<End>,
    /// What ties them together; on a label axis all are equal.
    links: Vec<Link>,
}

/// A relation between the indices at two ends, given by their positions.
#[derive(Clone, Copy, Debug)]
struct Link {
    from: usize,
    to: usize,
    /// `F[index of from][index of to] = sign` rather than equality.
    form: bool,
}

/// A wire with its indices known: one index per end, and a sign.
#[derive(Clone, Debug)]
struct Resolved {
    indices: Vec<Index>,
    negative: bool,
    signs: Vec<(VariableId, usize)>,
}

/// One piece of the range of a wire's variable, with the ways to go through it.
struct Piece {
    from: Bound,
    to: Bound,
    ways: Vec<Resolved>,
}

impl Builder<'_> {
    fn variable(&mut self, axis: AxisId) -> VariableId {
        self.variables.push(axis);
        VariableId(self.variables.len() - 1)
    }

    fn metric(&self, axis: AxisId) -> Metric {
        Metric::of(self.plan.signature, axis)
    }

    fn is_label(&self, axis: AxisId) -> bool {
        self.plan.signature.axis(axis).group.is_label()
    }

    /// The entry of a tensor, if it has entries.
    fn access(&self, tensor: usize, indices: Vec<Index>) -> Option<Access> {
        self.buffers.get(&tensor).map(|&buffer| Access { buffer, indices })
    }

    fn einsum(&mut self, target: usize, einsum: &Einsum) -> Kernel {
        let operands: Vec<usize> = einsum.operands.iter().map(|operand| operand.step.0 as usize).collect();
        let mut wires: Vec<Wire> = Vec::new();
        for (label, &axis) in einsum.axes.iter().enumerate() {
            let mut wire = Wire { axis, ends: Vec::new(), links: Vec::new() };
            for (operand, description) in einsum.operands.iter().enumerate() {
                for (slot, at) in description.labels.iter().enumerate() {
                    if usize::from(at.0) == label {
                        wire.ends.push(End::Operand(operand, slot));
                    }
                }
            }
            let kept = einsum.output.iter().position(|at| usize::from(at.0) == label);
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

    /// `target += scale * product of the operands` along the wires; assigned instead if `first` and every entry of the
    /// target is written once.
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
        // Deltas join wires: the inverse form at (slot 0, slot 1) is F[index of slot 1][index of slot 0].
        for (operand, &tensor) in operands.iter().enumerate() {
            if let Operation::Delta(_) = self.plan.tensors[tensor].operation {
                join(&mut wires, End::Operand(operand, 1), End::Operand(operand, 0));
            }
        }
        let mut product = Contraction { target, rank, operands, scale, epsilons: Vec::new() };
        for (operand, &tensor) in operands.iter().enumerate() {
            if let Operation::Epsilon(axis) = self.plan.tensors[tensor].operation {
                let legs = literal(self.plan.signature, axis).unwrap_or(0);
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
            let looped =
                inner.fold(vec![store], |body, slot| vec![full_loop(variables[slot], axes[slot], body)]);
            body.splice(0..0, looped);
        }
        Kernel { target: buffer, rank: axes.len(), labels, target_labels, body }
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

    /// The pieces of the range of a wire's variable.
    fn pieces(&self, variable: VariableId, wire: &Wire) -> Vec<Piece> {
        let size = Bound::Size(wire.axis);
        let start = Bound::Literal(0);
        let way = |half: bool, high: bool| self.resolve(wire, Index::Variable { variable, half }, high);
        match self.metric(wire.axis) {
            Metric::Diagonal(first_negative) if wire.forms() % 2 == 1 => {
                let middle = Bound::Literal(first_negative);
                vec![
                    Piece { from: start, to: middle, ways: way(false, false).into_iter().collect() },
                    Piece { from: middle, to: size, ways: way(false, true).into_iter().collect() },
                ]
            }
            Metric::Omega if wire.forms() > 0 => {
                let ways = [false, true].into_iter().filter_map(|half| way(half, half)).collect();
                vec![Piece { from: start, to: Bound::Half(wire.axis), ways }]
            }
            _ => vec![Piece { from: start, to: size, ways: way(false, false).into_iter().collect() }],
        }
    }

    /// The indices of all ends of a wire from that of the first; `high`: it is in the negative or second half.
    /// Nothing if a closed wire contradicts itself.
    fn resolve(&self, wire: &Wire, first: Index, high: bool) -> Option<Resolved> {
        let mut known: Vec<Option<(Index, bool)>> = vec![None; wire.ends.len()];
        known[0] = Some((first, high));
        let mut resolved = Resolved { indices: Vec::new(), negative: false, signs: Vec::new() };
        let mut used = vec![false; wire.links.len()];
        let mut changed = true;
        while changed {
            changed = false;
            for (position, &Link { from, to, form }) in wire.links.iter().enumerate() {
                let (known_end, other, forward) = match (known[from], known[to]) {
                    _ if used[position] => continue,
                    (Some(end), _) => (end, to, true),
                    (None, Some(end)) => (end, from, false),
                    (None, None) => continue,
                };
                let (mut index, mut high) = known_end;
                if form {
                    if let (Index::Image(permutation, number), Metric::Diagonal(_)) =
                        (index, self.metric(wire.axis))
                    {
                        resolved.signs.push((permutation, number));
                    }
                    let negative;
                    (index, high, negative) = self.through(wire.axis, index, high, forward);
                    resolved.negative ^= negative;
                }
                used[position] = true;
                changed = true;
                match known[other] {
                    None => known[other] = Some((index, high)),
                    Some((same, _)) if same == index => {}
                    Some(_) => return None,
                }
            }
        }
        resolved.indices = known.into_iter().map(|index| index.map_or(first, |(index, _)| index)).collect();
        Some(resolved)
    }

    /// The index on the other side of a form, whether it is in the second half, and whether the entry is -1.
    fn through(&self, axis: AxisId, index: Index, high: bool, forward: bool) -> (Index, bool, bool) {
        match self.metric(axis) {
            Metric::Identity => (index, high, false),
            Metric::Diagonal(first_negative) => match index {
                Index::Constant(value) => (index, high, value >= first_negative),
                Index::Image(..) => (index, high, false),
                Index::Variable { .. } => (index, high, high),
            },
            // F[a][a + m] = 1, F[a + m][a] = -1.
            Metric::Omega => match index {
                Index::Variable { variable, half } => {
                    (Index::Variable { variable, half: !half }, !half, half == forward)
                }
                other => (other, high, false),
            },
        }
    }
}

impl End {
    fn is_of(self, operand: usize) -> bool {
        matches!(self, End::Operand(other, _) if other == operand)
    }
}

/// Joins the wires at two ends by a form from the first to the second.
fn join(wires: &mut Vec<Wire>, first: End, second: End) {
    let position = |wires: &[Wire], end: End| {
        wires
            .iter()
            .enumerate()
            .find_map(|(wire, at)| Some((wire, at.ends.iter().position(|other| *other == end)?)))
    };
    let (Some((a, x)), Some((b, y))) = (position(wires, first), position(wires, second)) else { return };
    if a == b {
        wires[a].links.push(Link { from: x, to: y, form: true });
        return;
    }
    let other = wires[b].clone();
    let shift = wires[a].ends.len();
    wires[a].ends.extend(other.ends);
    wires[a].links.extend(other.links.iter().map(|link| Link {
        from: link.from + shift,
        to: link.to + shift,
        ..*link
    }));
    wires[a].links.push(Link { from: x, to: y + shift, form: true });
    wires.remove(b);
}

/// `for variable in 0..size { body }`.
pub(super) fn full_loop(variable: VariableId, axis: AxisId, body: Vec<Node>) -> Node {
    Node::Loop { variable, from: Bound::Literal(0), to: Bound::Size(axis), body }
}

struct Contraction<'a> {
    target: BufferId,
    /// How many indices it has.
    rank: usize,
    operands: &'a [usize],
    scale: Product,
    /// Operands that are epsilons, with their axes and numbers of legs.
    epsilons: Vec<(usize, AxisId, usize)>,
}

impl Contraction<'_> {
    /// The terms of the epsilons around the loops of the other wires.
    fn epsilon_terms(
        &self,
        builder: &mut Builder<'_>,
        resolved: &mut Vec<(Wire, Resolved)>,
        kept: &[(VariableId, Wire)],
        summed: &[(VariableId, Wire)],
        constant: &[Wire],
        add: bool,
    ) -> Vec<Node> {
        // Every epsilon has its legs at numbers (written out), or at the images of a permutation (looped over).
        let mut terms: Vec<(Vec<Vec<Index>>, Product)> = vec![(Vec::new(), self.scale.clone())];
        let mut loops: Vec<(VariableId, usize)> = Vec::new();
        for &(_, axis, legs) in &self.epsilons {
            let determinant = builder.plan.signature.axis(axis).group.rules().form_determinant(legs) < 0;
            if legs <= WRITTEN_LEGS {
                terms = terms
                    .into_iter()
                    .flat_map(|(values, product)| {
                        orders(legs).into_iter().map(move |(order, odd)| {
                            let mut values = values.clone();
                            values.push(order.into_iter().map(Index::Constant).collect());
                            let negative = product.negative ^ odd ^ determinant;
                            (values, Product { negative, ..product.clone() })
                        })
                    })
                    .collect();
            } else {
                let variable = builder.variable(axis);
                loops.push((variable, legs));
                for (values, product) in &mut terms {
                    values.push((0..legs).map(|leg| Index::Image(variable, leg)).collect());
                    product.negative ^= determinant;
                    let first_negative = match builder.metric(axis) {
                        Metric::Diagonal(first_negative) => first_negative,
                        _ => legs,
                    };
                    product.signs.push(PermutationSign { variable, metric: Vec::new(), first_negative });
                }
            }
        }
        let mut body = Vec::new();
        'terms: for (values, mut product) in terms {
            let before = resolved.len();
            for wire in constant {
                // Start from an end at an epsilon.
                let leg = wire.ends.iter().enumerate().find_map(|(position, end)| match end {
                    End::Operand(operand, slot) => {
                        let epsilon = self.epsilons.iter().position(|(at, ..)| at == operand)?;
                        Some((position, values[epsilon][*slot]))
                    }
                    End::Target(_) => None,
                });
                let Some((position, index)) = leg else { continue };
                let turned = wire.starting_at(position);
                let Some(found) = builder.resolve(&turned, index, false) else {
                    resolved.truncate(before);
                    continue 'terms;
                };
                // A wire between two legs must agree with both.
                for (end, at) in turned.ends.iter().zip(&found.indices) {
                    if let End::Operand(operand, slot) = end
                        && let Some(epsilon) = self.epsilons.iter().position(|(other, ..)| other == operand)
                        && values[epsilon][*slot] != *at
                    {
                        resolved.truncate(before);
                        continue 'terms;
                    }
                }
                for &(permutation, number) in &found.signs {
                    for sign in product.signs.iter_mut().filter(|sign| sign.variable == permutation) {
                        sign.metric.push(number);
                    }
                }
                resolved.push((turned, found));
            }
            body.extend(self.kept_loops(builder, resolved, kept, summed, &product, add));
            resolved.truncate(before);
        }
        for (variable, legs) in loops {
            body = vec![Node::Permutations { variable, legs, body }];
        }
        body
    }

    fn kept_loops(
        &self,
        builder: &Builder<'_>,
        resolved: &mut Vec<(Wire, Resolved)>,
        kept: &[(VariableId, Wire)],
        summed: &[(VariableId, Wire)],
        product: &Product,
        add: bool,
    ) -> Vec<Node> {
        // The loops follow the order of the target's indices.
        let order = |wire: &Wire| {
            wire.ends
                .iter()
                .filter_map(|end| if let End::Target(slot) = end { Some(*slot) } else { None })
                .min()
        };
        let mut kept: Vec<&(VariableId, Wire)> = kept.iter().collect();
        kept.sort_by_key(|(_, wire)| order(wire));
        let summed: Vec<&(VariableId, Wire)> = summed.iter().collect();
        nested(builder, resolved, &kept, &mut |resolved| {
            let target = self.target_access(resolved);
            if summed.is_empty() {
                let terms = vec![self.product(builder, resolved, product)];
                return vec![Node::Store { target, add, terms }];
            }
            let body = nested(builder, resolved, &summed, &mut |resolved| {
                vec![Node::Accumulate(vec![self.product(builder, resolved, product)])]
            });
            vec![Node::Reduce { target, add, body }]
        })
    }

    fn target_access(&self, resolved: &[(Wire, Resolved)]) -> Access {
        let mut indices = vec![Index::Constant(0); self.rank];
        for (wire, found) in resolved {
            for (end, index) in wire.ends.iter().zip(&found.indices) {
                if let End::Target(slot) = end {
                    indices[*slot] = *index;
                }
            }
        }
        Access { buffer: self.target, indices }
    }

    fn product(&self, builder: &Builder<'_>, resolved: &[(Wire, Resolved)], scale: &Product) -> Product {
        let mut product = scale.clone();
        product.negative ^= resolved.iter().filter(|(_, found)| found.negative).count() % 2 == 1;
        for (operand, &tensor) in self.operands.iter().enumerate() {
            let mut indices = vec![Index::Constant(0); builder.plan.tensors[tensor].axes.len()];
            for (wire, found) in resolved {
                for (end, index) in wire.ends.iter().zip(&found.indices) {
                    if let End::Operand(other, slot) = end
                        && *other == operand
                    {
                        indices[*slot] = *index;
                    }
                }
            }
            product.entries.extend(builder.access(tensor, indices));
        }
        product
    }
}

impl Wire {
    /// The same wire with another end as the first.
    fn starting_at(&self, position: usize) -> Wire {
        let mut wire = self.clone();
        wire.ends.swap(0, position);
        let moved = |at: usize| match at {
            0 => position,
            at if at == position => 0,
            at => at,
        };
        wire.links = self
            .links
            .iter()
            .map(|&Link { from, to, form }| Link { from: moved(from), to: moved(to), form })
            .collect();
        wire
    }

    /// How many forms are on it.
    fn forms(&self) -> usize {
        self.links.iter().filter(|link| link.form).count()
    }
}

/// What stands inside of some loops, given the wires whose indices are known.
type Inside<'a> = dyn FnMut(&mut Vec<(Wire, Resolved)>) -> Vec<Node> + 'a;

/// The loops over the pieces of all wires, with `inside` once per way through them.
fn nested(
    builder: &Builder<'_>,
    resolved: &mut Vec<(Wire, Resolved)>,
    wires: &[&(VariableId, Wire)],
    inside: &mut Inside<'_>,
) -> Vec<Node> {
    let Some((first, rest)) = wires.split_first() else { return inside(resolved) };
    let (variable, wire) = (first.0, &first.1);
    let mut nodes = Vec::new();
    for piece in builder.pieces(variable, wire) {
        let mut body = Vec::new();
        for way in piece.ways {
            resolved.push((wire.clone(), way));
            body.extend(nested(builder, resolved, rest, inside));
            resolved.pop();
        }
        if !body.is_empty() {
            nodes.push(Node::Loop { variable, from: piece.from, to: piece.to, body });
        }
    }
    nodes
}
