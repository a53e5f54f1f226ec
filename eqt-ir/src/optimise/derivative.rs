//! Derivatives of diagrams, which are diagrams.

use super::assemble::Wanted;
use super::classes::Classes;
use super::forward::Compiler;
use super::linear::{LinearRoot, TermGraph};
use super::roots::open_output;
use crate::diagram::{End, Graph, Node};
use crate::program::{Ratio, RootKind};

impl Compiler<'_> {
    /// The gradients of the sum of some closed graphs, one per member with its coefficient, in all inputs.
    pub(super) fn input_gradients(&self, graph: impl Fn(usize) -> Graph) -> Vec<LinearRoot> {
        let graphs: Vec<Graph> = (0..self.elements.len()).map(graph).collect();
        let inputs = self.signature.inputs.iter().enumerate();
        inputs
            .map(|(input, described)| {
                let layout = described.space.layout();
                let mut terms = Vec::new();
                for (member, graph) in graphs.iter().enumerate() {
                    for (node, kind) in graph.nodes.iter().enumerate() {
                        if *kind == Node::Input(input as u8) {
                            let (graph, sign) = self.without(graph, node as u8, layout.slots.len());
                            let scale = Ratio::new(sign, 1);
                            terms.push(TermGraph { scale, theta: self.theta(member), graph });
                        }
                    }
                }
                LinearRoot { kind: RootKind::InputGradient(input), layout, terms }
            })
            .collect()
    }

    /// The gradients of the sum of some closed graphs, one per member with its coefficient, in all coefficients.
    pub(super) fn coefficient_gradients(
        &self,
        classes: &mut Classes<'_>,
        graph: impl Fn(usize) -> Graph,
    ) -> Vec<Wanted> {
        let gradient = |member: usize| {
            let graph = self.without_coefficient(&graph(member), member);
            let reference = classes.intern(&open_output(&graph, &self.coefficients[member]));
            let kind = RootKind::CoefficientGradient(member);
            Wanted { kind, reference, scale: Ratio::ONE, project: false }
        };
        (0..self.elements.len()).map(gradient).collect()
    }

    /// The graph of a member without its array of coefficients, whose labels become the output; as it is, if the
    /// coefficient is a scalar.
    pub(super) fn without_coefficient(&self, graph: &Graph, member: usize) -> Graph {
        let coefficient = Node::Coefficient(member as u16);
        match graph.nodes.iter().position(|kind| *kind == coefficient) {
            Some(node) => self.without(graph, node as u8, self.coefficients[member].len()).0,
            None => graph.clone(),
        }
    }

    /// Takes an occurrence out: what its slots were joined to becomes the output. Wires are turned so that the form is
    /// read towards the new output, which is lowered in the end; the sign is that of the turns.
    pub(super) fn without(&self, graph: &Graph, node: u8, slots: usize) -> (Graph, i64) {
        let mut sign = 1;
        let mut result = graph.clone();
        let kind = graph.nodes[usize::from(node)];
        result.nodes[usize::from(node)] = Node::Output;
        debug_assert!(slots <= graph.degree(node));
        for wire in &graph.wires {
            let kinds = (graph.nodes[usize::from(wire.from.node)], graph.nodes[usize::from(wire.to.node)]);
            let axis = self.shapes.slot(kinds.0, wire.from.slot).axis;
            let oriented = self.shapes.is_oriented(kinds.0, kinds.1, axis);
            // x^a F_ab y^b = -(y^b F_ba x^a); a loop x^ab F_ab has the gradient F_ab = (F^T F^-1 F)^T_ab.
            if oriented && wire.from.node == node && kind != Node::Output {
                sign = -sign;
            }
        }
        (result, sign)
    }
}

/// The output replaced by the cotangent c, raised such that `c_b = c^a F_ab`. Wires to the output are plain, and run
/// from it in canonical form; wires between two output slots are turned, `F^-1^pq c_p c_q = c^a c^b F_ba`.
pub(super) fn with_cotangent(graph: &Graph) -> Graph {
    let mut result = graph.clone();
    for wire in &mut result.wires {
        let is_output = |end: End| graph.nodes[usize::from(end.node)] == Node::Output;
        if is_output(wire.to) {
            std::mem::swap(&mut wire.from, &mut wire.to);
        }
    }
    for node in &mut result.nodes {
        if *node == Node::Output {
            *node = Node::Cotangent;
        }
    }
    result
}
