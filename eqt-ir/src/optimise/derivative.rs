//! Derivatives of diagrams, which are diagrams.

use crate::diagram::{Graph, InputId, Node, NodeId, Shapes};

/// The derivative of a closed graph in an input: every occurrence taken out in turn, with its sign.
pub(super) fn derivatives(graph: &Graph, input: InputId, shapes: &Shapes) -> Vec<(Graph, i8)> {
    let occurrences = graph.of_kind(|node| node == Node::Input(input));
    occurrences.into_iter().map(|occurrence| without(graph, occurrence, shapes)).collect()
}

/// Takes an occurrence out: what its slots were joined to becomes the output. Forms are read towards the new output,
/// which is lowered in the end; the sign is that of the wires that ran the other way.
pub(super) fn without(graph: &Graph, occurrence: NodeId, shapes: &Shapes) -> (Graph, i8) {
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
