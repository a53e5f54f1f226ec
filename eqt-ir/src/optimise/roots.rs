//! Diagrams as graphs with open legs, and which symmetries of the output they have by themselves.

use crate::diagram::{End, Graph, Node, Shapes, canonicalise};
use crate::signature::{AxisId, Layout, SlotSymmetry};

use super::classes::renumber_spider_slots;

/// The graph of a diagram with the output replaced by legs, in the order of the output's slots. Wires between two
/// output slots become deltas; so do further output slots of one label; a label that nothing else carries gets ones.
pub(super) fn open_output(graph: &Graph, output: &[AxisId]) -> Graph {
    let Some(root) = graph.nodes.iter().position(|node| *node == Node::Output) else { return graph.clone() };
    let root = root as u8;
    let mut new_index = vec![0_u8; graph.nodes.len()];
    let mut open = Graph::default();
    for (node, &kind) in graph.nodes.iter().enumerate() {
        if node as u8 != root {
            new_index[node] = open.add(kind);
        }
    }
    let moved = |end: End| End { node: new_index[usize::from(end.node)], slot: end.slot };
    // What every output slot is joined to.
    let mut target: Vec<Option<End>> = vec![None; output.len()];
    for wire in &graph.wires {
        match (wire.from.node == root, wire.to.node == root) {
            (false, false) => open.join(moved(wire.from), moved(wire.to)),
            (true, true) => {
                // The inverse form runs from the first slot of the wire to the second.
                let axis = output[usize::from(wire.from.slot)];
                let delta = open.add(Node::Delta(axis));
                target[usize::from(wire.from.slot)] = Some(End { node: delta, slot: 0 });
                target[usize::from(wire.to.slot)] = Some(End { node: delta, slot: 1 });
            }
            (true, false) => target[usize::from(wire.from.slot)] = Some(moved(wire.to)),
            (false, true) => target[usize::from(wire.to.slot)] = Some(moved(wire.from)),
        }
    }
    let mut legs: Vec<(AxisId, End)> = Vec::with_capacity(output.len());
    let mut opened: Vec<u8> = Vec::new();
    for (&axis, target) in output.iter().zip(target) {
        let Some(mut end) = target else { continue };
        if let Node::Spider(_) = open.nodes[usize::from(end.node)] {
            let spider = end.node;
            if opened.contains(&spider) {
                let delta = open.add(Node::Delta(axis));
                let second = open.add(Node::Spider(axis));
                open.join(End { node: delta, slot: 0 }, End { node: spider, slot: 0 });
                open.join(End { node: delta, slot: 1 }, End { node: second, slot: 0 });
                end = End { node: second, slot: 1 };
            } else {
                opened.push(spider);
            }
        }
        legs.push((axis, end));
    }
    for &spider in &opened {
        if !open.wires.iter().any(|wire| wire.from.node == spider || wire.to.node == spider)
            && let Node::Spider(axis) = open.nodes[usize::from(spider)]
        {
            let ones = open.add(Node::Ones(axis));
            open.join(End { node: ones, slot: 0 }, End { node: spider, slot: 0 });
        }
    }
    for (axis, end) in legs {
        let leg = open.add(Node::Leg(axis));
        open.join(end, End { node: leg, slot: 0 });
    }
    renumber_spider_slots(open)
}

/// Whether the tensor of a graph with legs has the slot symmetry of a space by itself: every exchange of neighbouring
/// slots of a block gives the same graph and the right sign.
pub(super) fn has_symmetry(graph: &Graph, shapes: &Shapes, layout: &Layout) -> bool {
    let legs = super::classes::legs(graph);
    let fixed = |swap: Option<usize>| {
        // A node whose slots are all different tells the legs apart.
        let mut marked = graph.clone();
        let marker = marked.add(Node::Frame);
        for wire in &mut marked.wires {
            for end in [&mut wire.from, &mut wire.to] {
                if let Some(slot) = legs.iter().position(|leg| *leg == end.node) {
                    let slot = match swap {
                        Some(first) if slot == first => first + 1,
                        Some(first) if slot == first + 1 => first,
                        _ => slot,
                    };
                    *end = End { node: marker, slot: slot as u8 };
                }
            }
        }
        let canonical = canonicalise(&marked, shapes);
        (canonical.graph, canonical.labelling_sign)
    };
    let blocks: Vec<_> = layout
        .blocks
        .iter()
        .filter(|block| block.rank > 1 && block.symmetry != SlotSymmetry::General)
        .collect();
    if blocks.is_empty() {
        return true;
    }
    let straight = fixed(None);
    blocks.iter().all(|block| {
        block.symmetry != SlotSymmetry::Traceless
            && (block.start..block.start + block.rank - 1).all(|slot| {
                let swapped = fixed(Some(slot));
                let sign = if block.symmetry == SlotSymmetry::Alternating { -1 } else { 1 };
                swapped.0 == straight.0 && swapped.1 == sign * straight.1
            })
    })
}
