//! Evaluation of raw diagrams over the prime field, straight from their definition: the independent truth that every
//! program is compared with.

use eqt_runtime::{Fp, Scalar};

use super::graph::{Node, Shapes, is_covariant};
use super::{Diagram, Graph};
use crate::signature::{AxisId, Layout, Signature, Sizes};
use crate::tensor::{Factor, Tensor, arrangement_sign, einsum, indices};

/// Evaluates diagrams of one signature at fixed sizes.
#[derive(Debug)]
pub struct Evaluator<'a> {
    signature: &'a Signature,
    shapes: Shapes,
    sizes: &'a Sizes,
    output: Layout,
}

impl<'a> Evaluator<'a> {
    /// The most legs of an epsilon that can be evaluated.
    pub const MAX_EPSILON: usize = 8;

    /// Evaluation at the given sizes.
    pub fn new(signature: &'a Signature, sizes: &'a Sizes) -> Evaluator<'a> {
        Evaluator { signature, shapes: Shapes::new(signature), sizes, output: signature.output.layout() }
    }

    /// The value of a diagram, projected onto the symmetry of the output.
    /// `coefficient` is the array over its free labels; without one, every coefficient is 1.
    pub fn evaluate(&self, diagram: &Diagram, inputs: &[Tensor], coefficient: Option<&Tensor>) -> Tensor {
        let mut value = self.raw(diagram, inputs, coefficient);
        value.project(self.signature, &self.output);
        value
    }

    fn raw(&self, diagram: &Diagram, inputs: &[Tensor], coefficient: Option<&Tensor>) -> Tensor {
        let graph: &Graph = &diagram.graph;
        // One variable per spider and per wire between linear slots.
        let mut sizes: Vec<usize> = Vec::new();
        let mut variable_of_spider = vec![usize::MAX; graph.nodes.len()];
        for (node, kind) in graph.nodes.iter().enumerate() {
            if let Node::Spider(axis) = kind {
                variable_of_spider[node] = sizes.len();
                sizes.push(self.sizes.of(*axis));
            }
        }
        let mut variables: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
        let mut tensors: Vec<Option<Tensor>> = Vec::with_capacity(graph.nodes.len());
        let mut epsilon_axes: Vec<(usize, AxisId)> = Vec::new();
        for (node, kind) in graph.nodes.iter().enumerate() {
            let slots = match kind {
                Node::Output => self.output.slots.len(),
                Node::Input(input) => self.shapes.input(*input).len(),
                Node::Epsilon(axis) => self.sizes.of(*axis),
                _ => 0,
            };
            variables[node] = vec![usize::MAX; slots];
            tensors.push(match kind {
                Node::Input(input) => Some(inputs[usize::from(*input)].clone()),
                Node::Epsilon(axis) => {
                    epsilon_axes.push((node, *axis));
                    Some(epsilon(self.sizes.of(*axis)))
                }
                _ => None,
            });
        }
        // Pairs of output variables joined by the inverse form.
        let mut output_pairs: Vec<(usize, usize, AxisId)> = Vec::new();
        for wire in &graph.wires {
            let (from, to) = (usize::from(wire.from.node), usize::from(wire.to.node));
            let (from_slot, to_slot) = (usize::from(wire.from.slot), usize::from(wire.to.slot));
            if variable_of_spider[to] != usize::MAX {
                variables[from][from_slot] = variable_of_spider[to];
                continue;
            }
            if variable_of_spider[from] != usize::MAX {
                variables[to][to_slot] = variable_of_spider[from];
                continue;
            }
            let axis = self.shapes.slot(graph.nodes[from], wire.from.slot).axis;
            let variable = sizes.len();
            sizes.push(self.sizes.of(axis));
            variables[from][from_slot] = variable;
            if graph.nodes[from] == Node::Output && graph.nodes[to] == Node::Output {
                variables[to][to_slot] = sizes.len();
                output_pairs.push((variable, sizes.len(), axis));
                sizes.push(self.sizes.of(axis));
                continue;
            }
            variables[to][to_slot] = variable;
            let (dimension, rules) = (self.sizes.of(axis), self.signature.axis(axis).group.rules());
            let covariant = (is_covariant(graph.nodes[from]), is_covariant(graph.nodes[to]));
            // Between contravariant slots the form, between an epsilon and the output its inverse (both symmetric
            // there), else a plain delta.
            if covariant.0 == covariant.1 {
                let node = if tensors[to].is_some() { (to, to_slot) } else { (from, from_slot) };
                if let Some(tensor) = &tensors[node.0] {
                    tensors[node.0] = Some(tensor.apply_form(node.1, |a| rules.form(dimension, a)));
                }
            }
        }
        let mut factors: Vec<Factor> = Vec::new();
        for (node, tensor) in tensors.into_iter().enumerate() {
            if let Some(tensor) = tensor {
                factors.push(Factor { variables: variables[node].clone(), tensor });
            }
        }
        if let Some(coefficient) = coefficient {
            let labels = diagram.free_labels(&self.shapes);
            let variables = labels.iter().map(|&label| variable_of_spider[usize::from(label)]).collect();
            factors.push(Factor { variables, tensor: coefficient.clone() });
        }
        // A label that no factor carries is still summed.
        for (node, &variable) in variable_of_spider.iter().enumerate() {
            let carried = factors.iter().any(|factor| factor.variables.contains(&variable));
            if variable != usize::MAX && !carried && graph.degree(node as u8) > 0 {
                let ones = Tensor { shape: vec![sizes[variable]], data: vec![Fp::ONE; sizes[variable]] };
                factors.push(Factor { variables: vec![variable], tensor: ones });
            }
        }
        let output_variables = graph
            .nodes
            .iter()
            .position(|node| *node == Node::Output)
            .map(|node| variables[node].clone())
            .unwrap_or_default();
        self.scatter(factors, &output_variables, &output_pairs, &sizes)
    }

    /// Contracts, then writes the result to the output slots: diagonals of repeated labels, forms of output pairs.
    fn scatter(
        &self,
        factors: Vec<Factor>,
        output: &[usize],
        pairs: &[(usize, usize, AxisId)],
        sizes: &[usize],
    ) -> Tensor {
        let in_pair = |variable: &usize| pairs.iter().any(|(a, b, _)| a == variable || b == variable);
        let mut open: Vec<usize> = Vec::new();
        for variable in output {
            if !in_pair(variable) && !open.contains(variable) {
                open.push(*variable);
            }
        }
        let inner = einsum(factors, &open, sizes);
        let mut result = Tensor::zeros(Tensor::shape_of(&self.output, self.sizes));
        for (flat, index) in indices(&result.shape.clone()).enumerate() {
            let value_of = |variable: usize| -> Option<usize> {
                let mut values =
                    output.iter().zip(&index).filter(|(other, _)| **other == variable).map(|(_, &value)| value);
                let first = values.next()?;
                values.all(|value| value == first).then_some(first)
            };
            let mut sign = 1_i64;
            for &(a, b, axis) in pairs {
                let (Some(a), Some(b)) = (value_of(a), value_of(b)) else { continue };
                // The inverse of a signed permutation is its transpose.
                let (partner, s) = self.signature.axis(axis).group.rules().form(self.sizes.of(axis), b);
                sign *= if partner == a { i64::from(s) } else { 0 };
            }
            let at: Option<Vec<usize>> = open.iter().map(|&variable| value_of(variable)).collect();
            if let (Some(at), true) = (at, sign != 0) {
                result.data[flat] = Fp::from_i64(sign) * inner.at(&at);
            }
        }
        result
    }
}

/// The Levi-Civita symbol with `legs` lower indices.
pub(crate) fn epsilon(legs: usize) -> Tensor {
    let shape = vec![legs; legs];
    let mut tensor = Tensor::zeros(shape.clone());
    // Only permutations of the indices are not zero: visit those.
    let mut permutation: Vec<usize> = (0..legs).collect();
    loop {
        let offset = tensor.offset(&permutation);
        tensor.data[offset] = Fp::from_i64(arrangement_sign(&permutation).into());
        let Some(pivot) = (1..legs).rev().find(|&k| permutation[k - 1] < permutation[k]) else { break };
        let Some(swap) = (pivot..legs).rev().find(|&k| permutation[k] > permutation[pivot - 1]) else { break };
        permutation.swap(pivot - 1, swap);
        permutation[pivot..].reverse();
    }
    tensor
}
