//! Diagrams as graphs with open legs, and which symmetries of the output they have by themselves.

use super::combine::{frame_of_legs, with_slots_moved};
use crate::diagram::{Edit, End, Graph, Node, NodeId, Shapes, canonicalise};
use crate::signature::{AxisId, Layout, SlotSymmetry};

/// The graph of a diagram with the output replaced by legs, in the order of the output's slots. Wires between two
/// output slots become deltas; so do further output slots of one label; a label that nothing else carries gets ones.
///
/// For instance `sum_i a_i^p delta_ij`, output slots p and j, becomes `a_j^p`, and `delta_ij` over labels becomes a
/// delta with two legs.
pub(super) fn open_output(graph: &Graph, output: &[AxisId]) -> Graph {
    let Some(root) = graph.find(Node::Output) else { return graph.clone() };
    let mut edit = graph.edit();
    // What every output slot is joined to.
    let mut target: Vec<Option<End>> = vec![None; output.len()];
    for wire in edit.remove(root) {
        let (from, to) = (wire.from.slot.index(), wire.to.slot.index());
        match (wire.from.node == root, wire.to.node == root) {
            (true, true) => {
                // The inverse form runs from the first slot of the wire to the second.
                let delta = edit.add(Node::Delta(output[from]));
                target[from] = Some(End::new(delta, 0));
                target[to] = Some(End::new(delta, 1));
            }
            (true, false) => target[from] = Some(wire.to),
            (false, _) => target[to] = Some(wire.from),
        }
    }
    let mut open: Vec<(AxisId, End)> = Vec::with_capacity(output.len());
    let mut labels: Vec<(NodeId, AxisId)> = Vec::new();
    for (&axis, target) in output.iter().zip(target) {
        let Some(mut end) = target else { continue };
        if edit.node(end.node).is_some_and(Node::is_spider) {
            if labels.iter().any(|(label, _)| *label == end.node) {
                let delta = edit.add(Node::Delta(axis));
                let second = edit.add(Node::Spider(axis));
                edit.join(End::new(delta, 0), end);
                edit.join(End::new(delta, 1), Edit::at_spider(second));
                end = Edit::at_spider(second);
            } else {
                labels.push((end.node, axis));
            }
        }
        open.push((axis, end));
    }
    for (label, axis) in labels {
        if edit.degree(label) == 0 {
            let ones = edit.add(Node::Ones(axis));
            edit.join(End::new(ones, 0), Edit::at_spider(label));
        }
    }
    for (axis, end) in open {
        edit.open(end, axis);
    }
    edit.finish().graph
}

/// Whether the tensor of a graph with legs has the slot symmetry of a space by itself: every exchange of neighbouring
/// slots of a block gives the same graph and the right sign. That a block is traceless is not seen.
pub(super) fn has_symmetry(graph: &Graph, shapes: &Shapes, layout: &Layout) -> bool {
    let mut exchanges = layout.slot_exchanges().peekable();
    if exchanges.peek().is_none() {
        return true;
    }
    if layout.blocks.iter().any(|block| block.rank > 1 && block.symmetry == SlotSymmetry::Traceless) {
        return false;
    }
    // A frame, all of whose slots are different, tells the legs apart.
    let framed = frame_of_legs(graph);
    let straight = canonicalise(&framed, shapes);
    exchanges.all(|exchange| {
        let swapped = canonicalise(&with_slots_moved(&framed, |slot| exchange.image[slot]), shapes);
        swapped.graph == straight.graph && swapped.labelling_sign == exchange.sign * straight.labelling_sign
    })
}
