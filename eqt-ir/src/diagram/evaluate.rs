//! Evaluation of raw diagrams over the prime field, straight from their definition: the independent truth that every
//! program is compared with.

use std::cell::Cell;

use eqt_runtime::{Fp, Scalar};

use super::graph::{Node, Shapes};
use super::{Diagram, Graph, Wire};
use crate::exact::permutations::arrangement_sign;
use crate::exact::tensor::{Factor, Tensor, counted_einsum, indices};
use crate::signature::{AxisId, Layout, Signature, Sizes};

/// A graph as an einsum.
struct Prepared {
    factors: Vec<Factor>,
    /// The variable of every open slot; none for slots of a frame that the graph does not have.
    open: Vec<Option<usize>>,
    /// Pairs of open variables that are joined by the inverse form.
    pairs: Vec<(usize, usize, AxisId)>,
    /// The variable of every spider, by node.
    spiders: Vec<Option<usize>>,
    /// The range of every variable.
    sizes: Vec<usize>,
}

/// Evaluates diagrams of one signature at fixed sizes.
#[derive(Debug)]
pub struct Evaluator<'a> {
    signature: &'a Signature,
    shapes: Shapes,
    sizes: &'a Sizes,
    output: Layout,
    effort: Cell<u64>,
    budget: u64,
}

/// Evaluating diagrams takes more multiplications than the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuchWork {
    /// The multiplications up to the contraction that was not begun, itself included; saturating.
    pub needed: u64,
}

impl<'a> Evaluator<'a> {
    /// The most legs of an epsilon that can be evaluated.
    pub const MAX_EPSILON: usize = 8;

    /// Evaluation at the given sizes, however long it takes.
    pub fn new(signature: &'a Signature, sizes: &'a Sizes) -> Evaluator<'a> {
        Evaluator {
            signature,
            shapes: Shapes::new(signature),
            sizes,
            output: signature.output.layout(),
            effort: Cell::new(0),
            budget: u64::MAX,
        }
    }

    /// The evaluator with a budget of multiplications for all that it evaluates.
    pub fn within(self, budget: u64) -> Evaluator<'a> {
        Evaluator { budget, ..self }
    }

    /// Multiplications so far, and what comes with them, the same on every machine.
    pub fn effort(&self) -> u64 {
        self.effort.get()
    }

    fn spend(&self, effort: u64) -> Result<(), TooMuchWork> {
        let needed = self.effort.get().saturating_add(effort);
        if needed > self.budget {
            return Err(TooMuchWork { needed });
        }
        self.effort.set(needed);
        Ok(())
    }

    fn einsum(&self, factors: Vec<Factor>, output: &[usize], sizes: &[usize]) -> Result<Tensor, TooMuchWork> {
        // Every entry was written at least once.
        let entries: usize = factors.iter().map(|factor| factor.tensor.data.len()).sum();
        let before = self.effort.get().saturating_add(entries as u64);
        let (value, effort) = counted_einsum(factors, output, sizes, self.budget.saturating_sub(before))
            .map_err(|more| TooMuchWork { needed: before.saturating_add(more) })?;
        self.effort.set(before.saturating_add(effort));
        Ok(value)
    }

    /// The value of a diagram, projected onto the symmetry of the output.
    /// `coefficient` is the array over its free labels; without one, every coefficient is 1.
    ///
    /// # Errors
    /// If the budget, unless there is none, is spent; with the multiplications needed.
    pub fn evaluate(
        &self,
        diagram: &Diagram,
        inputs: &[Tensor],
        coefficient: Option<&Tensor>,
    ) -> Result<Tensor, TooMuchWork> {
        self.spend(Tensor::projection_effort(&self.output, self.sizes))?;
        let mut value = self.raw(diagram, inputs, coefficient)?;
        value.project(&self.output, |axis| self.signature.form(axis));
        Ok(value)
    }

    /// The value of a graph whose open slots are those of a frame, paired with one covector per slot.
    ///
    /// # Errors
    /// As [`Evaluator::evaluate`].
    pub fn paired(&self, graph: &Graph, inputs: &[Tensor], covectors: &[Vec<Fp>]) -> Result<Fp, TooMuchWork> {
        let mut prepared = self.prepare(graph, inputs, covectors.len());
        for (a, b, axis) in prepared.pairs {
            // u_a F^-1^ab v_b: the inverse of a signed permutation is its transpose.
            let rules = self.signature.axis(axis).group.rules();
            let slot_of = |variable: usize| prepared.open.iter().position(|&other| other == Some(variable));
            let (Some(first), Some(second)) = (slot_of(a), slot_of(b)) else { continue };
            let column = |a: usize| {
                let (b, _) = rules.form().entry(self.sizes.of(axis), a);
                (b, rules.form().entry(self.sizes.of(axis), b).1)
            };
            let covector =
                |slot: usize| Tensor { shape: vec![covectors[slot].len()], data: covectors[slot].clone() };
            prepared.factors.push(Factor { variables: vec![a], tensor: covector(first) });
            prepared
                .factors
                .push(Factor { variables: vec![a], tensor: covector(second).apply_form(0, column) });
            prepared.open[first] = None;
            prepared.open[second] = None;
        }
        for (&variable, covector) in prepared.open.iter().zip(covectors) {
            if let Some(variable) = variable {
                let tensor = Tensor { shape: vec![covector.len()], data: covector.clone() };
                prepared.factors.push(Factor { variables: vec![variable], tensor });
            }
        }
        Ok(self.einsum(prepared.factors, &[], &prepared.sizes)?.data[0])
    }

    fn raw(
        &self,
        diagram: &Diagram,
        inputs: &[Tensor],
        coefficient: Option<&Tensor>,
    ) -> Result<Tensor, TooMuchWork> {
        let mut prepared = self.prepare(&diagram.graph, inputs, self.output.slots.len());
        if let Some(coefficient) = coefficient {
            let labels = diagram.free_labels(&self.shapes);
            let variables = labels.iter().filter_map(|&label| prepared.spiders[label.index()]).collect();
            prepared.factors.push(Factor { variables, tensor: coefficient.clone() });
        }
        // A label that no factor carries is still summed.
        for (node, &variable) in diagram.graph.ids().zip(&prepared.spiders) {
            let Some(variable) = variable else { continue };
            let carried = prepared.factors.iter().any(|factor| factor.variables.contains(&variable));
            if !carried && diagram.graph.degree(node) > 0 {
                let size = prepared.sizes[variable];
                let ones = Tensor { shape: vec![size], data: vec![Fp::ONE; size] };
                prepared.factors.push(Factor { variables: vec![variable], tensor: ones });
            }
        }
        // All slots of the output of a diagram are wired.
        let open: Vec<usize> = prepared.open.into_iter().flatten().collect();
        self.scatter(prepared.factors, &open, &prepared.pairs, &prepared.sizes)
    }

    /// The factors of the einsum that a graph stands for; `open` slots of its output or frame.
    fn prepare(&self, graph: &Graph, inputs: &[Tensor], open: usize) -> Prepared {
        // One variable per spider and per wire between linear slots.
        let mut sizes: Vec<usize> = Vec::new();
        let mut spiders = vec![None; graph.nodes.len()];
        for (node, kind) in graph.nodes.iter().enumerate() {
            if let Node::Spider(axis) = kind {
                spiders[node] = Some(sizes.len());
                sizes.push(self.sizes.of(*axis));
            }
        }
        let mut variables: Vec<Vec<Option<usize>>> = Vec::with_capacity(graph.nodes.len());
        let mut tensors: Vec<Option<Tensor>> = Vec::with_capacity(graph.nodes.len());
        for kind in &graph.nodes {
            let slots = match kind {
                Node::Output | Node::Frame => open,
                Node::Epsilon(axis) => self.sizes.of(*axis),
                Node::Input(_) => self.shapes.space(*kind).map_or(0, <[_]>::len),
                _ => 0,
            };
            variables.push(vec![None; slots]);
            tensors.push(match kind {
                Node::Input(input) => Some(inputs[input.index()].clone()),
                Node::Epsilon(axis) => Some(epsilon(self.sizes.of(*axis))),
                _ => None,
            });
        }
        let is_open = |node: usize| matches!(graph.nodes[node], Node::Output | Node::Frame);
        let mut pairs: Vec<(usize, usize, AxisId)> = Vec::new();
        for wire in &graph.wires {
            let (from, to) = (wire.from.node.index(), wire.to.node.index());
            let (from_slot, to_slot) = (wire.from.slot.index(), wire.to.slot.index());
            if spiders[to].is_some() {
                variables[from][from_slot] = spiders[to];
                continue;
            }
            if spiders[from].is_some() {
                variables[to][to_slot] = spiders[from];
                continue;
            }
            let axis = self.axis_of(graph, wire);
            let variable = sizes.len();
            sizes.push(self.sizes.of(axis));
            variables[from][from_slot] = Some(variable);
            if is_open(from) && is_open(to) {
                variables[to][to_slot] = Some(sizes.len());
                pairs.push((variable, sizes.len(), axis));
                sizes.push(self.sizes.of(axis));
                continue;
            }
            variables[to][to_slot] = Some(variable);
            let (dimension, rules) = (self.sizes.of(axis), self.signature.axis(axis).group.rules());
            // Between contravariant slots the form, between an epsilon and the output its inverse (both symmetric
            // there), else a plain delta.
            let euclidean = (0..dimension).all(|a| rules.form().entry(dimension, a) == (a, 1));
            if !euclidean && graph.nodes[from].is_covariant() == graph.nodes[to].is_covariant() {
                let node = if tensors[to].is_some() { (to, to_slot) } else { (from, from_slot) };
                if let Some(tensor) = &tensors[node.0] {
                    tensors[node.0] = Some(tensor.apply_form(node.1, |a| rules.form().entry(dimension, a)));
                }
            }
        }
        // Of a closed graph no slot is open.
        let open = (0..graph.nodes.len())
            .find(|&node| is_open(node))
            .map_or(Vec::new(), |node| variables[node].clone());
        let factors: Vec<Factor> = tensors
            .into_iter()
            .zip(&variables)
            .filter_map(|(tensor, variables)| {
                Some(Factor { variables: variables.iter().copied().collect::<Option<_>>()?, tensor: tensor? })
            })
            .collect();
        Prepared { factors, open, pairs, spiders, sizes }
    }

    /// The axis of a wire between linear slots. Two slots of a frame do not know theirs; they are slots of the output.
    fn axis_of(&self, graph: &Graph, wire: &Wire) -> AxisId {
        self.shapes.wire_axis(graph, wire).unwrap_or_else(|| self.output.slots[wire.from.slot.index()])
    }

    /// Contracts, then writes the result to the output slots: diagonals of repeated labels, forms of output pairs.
    fn scatter(
        &self,
        factors: Vec<Factor>,
        output: &[usize],
        pairs: &[(usize, usize, AxisId)],
        sizes: &[usize],
    ) -> Result<Tensor, TooMuchWork> {
        let in_pair = |variable: &usize| pairs.iter().any(|(a, b, _)| a == variable || b == variable);
        let mut open: Vec<usize> = Vec::new();
        for variable in output {
            if !in_pair(variable) && !open.contains(variable) {
                open.push(*variable);
            }
        }
        let inner = self.einsum(factors, &open, sizes)?;
        let mut result = Tensor::zeros(self.sizes.shape(&self.output.slots));
        for (flat, index) in indices(&result.shape.clone()).enumerate() {
            let value_of = |variable: usize| -> Option<usize> {
                let mut values = output
                    .iter()
                    .zip(&index)
                    .filter(|(other, _)| **other == variable)
                    .map(|(_, &value)| value);
                let first = values.next()?;
                values.all(|value| value == first).then_some(first)
            };
            let mut sign = 1_i64;
            for &(a, b, axis) in pairs {
                let (Some(a), Some(b)) = (value_of(a), value_of(b)) else { continue };
                // The inverse of a signed permutation is its transpose.
                let (partner, s) = self.signature.form(axis).entry(self.sizes.of(axis), b);
                sign *= if partner == a { i64::from(s) } else { 0 };
            }
            let at: Option<Vec<usize>> = open.iter().map(|&variable| value_of(variable)).collect();
            if let (Some(at), true) = (at, sign != 0) {
                result.data[flat] = Fp::from_i64(sign) * inner.at(&at);
            }
        }
        Ok(result)
    }
}

/// The Levi-Civita symbol with `legs` lower indices.
pub(crate) fn epsilon<S: Scalar>(legs: usize) -> Tensor<S> {
    let shape = vec![legs; legs];
    let mut tensor = Tensor::zeros(shape.clone());
    // Only permutations of the indices are not zero: visit those.
    let mut permutation: Vec<usize> = (0..legs).collect();
    loop {
        let offset = tensor.offset(&permutation);
        tensor.data[offset] = S::from_i64(arrangement_sign(&permutation).into());
        let Some(pivot) = (1..legs).rev().find(|&k| permutation[k - 1] < permutation[k]) else { break };
        let Some(swap) = (pivot..legs).rev().find(|&k| permutation[k] > permutation[pivot - 1]) else {
            break;
        };
        permutation.swap(pivot - 1, swap);
        permutation[pivot..].reverse();
    }
    tensor
}
