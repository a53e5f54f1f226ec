//! Derivatives of diagrams, which are diagrams.

use super::assemble::Wanted;
use super::classes::Classes;
use super::compile::Compiler;
use super::linear::{LinearRoot, TermGraph};
use super::roots::open_output;
use crate::diagram::{Graph, InputId, MemberId, Node, NodeId, Shapes};
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
                    for (graph, sign) in derivatives(&term.graph, InputId::new(input), &self.shapes) {
                        let scale = term.scale.times(Ratio::new(sign.into(), 1));
                        terms.push(TermGraph { scale, theta: term.theta, graph });
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
        let array = Node::Coefficient(MemberId::new(member.coefficient));
        graph.find(array).map_or_else(|| graph.clone(), |node| without(graph, node, &self.shapes).0)
    }
}

/// The derivative of a closed graph in an input: every occurrence taken out in turn, with its sign.
pub(super) fn derivatives(graph: &Graph, input: InputId, shapes: &Shapes) -> Vec<(Graph, i8)> {
    let occurrences = graph.of_kind(|node| node == Node::Input(input));
    occurrences.into_iter().map(|occurrence| without(graph, occurrence, shapes)).collect()
}

/// Takes an occurrence out: what its slots were joined to becomes the output. Forms are read towards the new output,
/// which is lowered in the end; the sign is that of the wires that ran the other way.
fn without(graph: &Graph, occurrence: NodeId, shapes: &Shapes) -> (Graph, i8) {
    let mut edit = graph.edit();
    for wire in &graph.wires {
        // x^a F_ab y^b = -(y^b F_ba x^a); a loop x^ab F_ab has the gradient F_ab = (F^T F^-1 F)^T_ab.
        if wire.from.node == occurrence && shapes.is_oriented(graph, wire) {
            edit.negate();
        }
    }
    edit.replace(occurrence, Node::Output);
    let edited = edit.finish();
    (edited.graph, edited.sign)
}

/// The output replaced by the cotangent c, raised such that `c_b = c^a F_ab`. Wires to the output are plain, and run
/// from it in canonical form; wires between two output slots are turned, `F^-1^pq c_p c_q = c^a c^b F_ba`.
pub(super) fn with_cotangent(graph: &Graph) -> Graph {
    let Some(output) = graph.find(Node::Output) else { return graph.clone() };
    let mut edit = graph.edit();
    edit.turn(|wire| wire.to.node == output);
    edit.replace(output, Node::Cotangent);
    edit.finish().graph
}
