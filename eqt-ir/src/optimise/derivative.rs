//! Derivatives of diagrams, which are diagrams.

use super::assemble::Wanted;
use super::classes::Classes;
use super::compile::Compiler;
use super::linear::{LinearRoot, TermGraph};
use super::roots::open_output;
use crate::diagram::{End, Graph, Node};
use crate::exact::Ratio;
use crate::map::Member;
use crate::program::RootKind;
use crate::signature::{AxisId, Layout};

impl Compiler<'_> {
    /// The gradients of the sum of all members, as closed graphs, in some inputs.
    pub(super) fn input_gradients(
        &self,
        inputs: &[usize],
        close: impl Fn(&Graph) -> Graph,
    ) -> Vec<LinearRoot> {
        let closed = |member: &Member| {
            let mut terms = self.terms(member, self.theta(member));
            terms.iter_mut().for_each(|term| term.graph = close(&term.graph));
            terms
        };
        let closed: Vec<TermGraph> = self.map.members.iter().flat_map(closed).collect();
        inputs
            .iter()
            .map(|&input| {
                let layout = self.map.signature.inputs[input].space.layout();
                let mut terms = Vec::new();
                for term in &closed {
                    for (node, kind) in term.graph.nodes.iter().enumerate() {
                        if *kind == Node::Input(input as u8) {
                            let (graph, sign) = self.without(&term.graph, node as u8, layout.slots.len());
                            let scale = term.scale.times(Ratio::new(sign, 1));
                            terms.push(TermGraph { scale, theta: term.theta, graph });
                        }
                    }
                }
                LinearRoot { kind: RootKind::InputGradient(input), layout, terms }
            })
            .collect()
    }

    /// The gradients of the sum of all members, as closed graphs, in all coefficients that are given.
    pub(super) fn coefficient_gradients(
        &self,
        classes: &mut Classes<'_>,
        close: impl Fn(&Graph) -> Graph,
    ) -> Vec<Wanted> {
        let mut roots = Vec::new();
        for member in self.map.members.iter() {
            let coefficient = &self.map.coefficients[member.coefficient];
            if !coefficient.given {
                continue;
            }
            let axes = &coefficient.axes;
            let mut terms = self.terms(member, None);
            for term in &mut terms {
                term.graph = self.without_coefficient(member, &close(&term.graph));
            }
            let kind = RootKind::CoefficientGradient(member.coefficient);
            if let [term] = &terms[..] {
                let reference = classes.intern(&open_output(&term.graph, axes));
                roots.push(Wanted { kind, reference, scale: term.scale, theta: None, project: false });
            } else {
                let layout = Layout { slots: axes.clone(), ..Layout::default() };
                roots.extend(self.linear(classes, vec![LinearRoot { kind, layout, terms }]));
            }
        }
        roots
    }

    /// Whether the caller gives the coefficient of a member.
    pub(super) fn is_given(&self, member: &Member) -> bool {
        self.map.coefficients[member.coefficient].given
    }

    /// The derivatives of the terms of a member in its coefficient, each with the axes of its output.
    pub(super) fn coefficient_derivatives(
        &self,
        member: &Member,
        close: impl Fn(&Graph) -> Graph,
    ) -> Vec<(Graph, &[AxisId])> {
        let axes = &self.map.coefficients[member.coefficient].axes;
        let terms = self.terms(member, None);
        terms.iter().map(|term| (self.without_coefficient(member, &close(&term.graph)), &axes[..])).collect()
    }

    /// A graph without the array of coefficients of its member, whose labels become the output; as it is, if the
    /// coefficient is a number.
    fn without_coefficient(&self, member: &Member, graph: &Graph) -> Graph {
        let array = Node::Coefficient(member.coefficient as u16);
        let axes = self.map.coefficients[member.coefficient].axes.len();
        match graph.nodes.iter().position(|kind| *kind == array) {
            Some(node) => self.without(graph, node as u8, axes).0,
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
