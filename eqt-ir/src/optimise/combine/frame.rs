//! Open slots as legs, which are told apart by their axes only up to canonical form, and as the slots of a frame, which
//! are told apart by number.

use crate::diagram::{End, Graph, Node, Shapes};
use crate::optimise::classes::{legs, renumber_spider_slots};
use crate::signature::AxisId;

/// A graph with a frame as a graph with one leg per slot of the frame, in order.
pub(in crate::optimise) fn legs_of_frame(graph: &Graph, shapes: &Shapes) -> Graph {
    legs_of_context(graph, shapes).0
}

/// The frame replaced by legs, before the legs that are there; and the slots of the frame that are joined.
pub(super) fn legs_of_context(graph: &Graph, shapes: &Shapes) -> (Graph, Vec<u8>) {
    let Some(frame) = graph.nodes.iter().position(|node| *node == Node::Frame) else {
        return (graph.clone(), Vec::new());
    };
    let frame = frame as u8;
    let mut result = Graph::default();
    let mut index = vec![0_u8; graph.nodes.len()];
    let is_leg = |node: usize| matches!(graph.nodes[node], Node::Leg(_));
    for node in (0..graph.nodes.len()).filter(|&node| node != usize::from(frame) && !is_leg(node)) {
        index[node] = result.add(graph.nodes[node]);
    }
    let mut open: Vec<(u8, AxisId)> = graph
        .wires
        .iter()
        .filter_map(|wire| {
            let (slot, other) = match (wire.from.node == frame, wire.to.node == frame) {
                (true, _) => (wire.from.slot, wire.to),
                (_, true) => (wire.to.slot, wire.from),
                _ => return None,
            };
            Some((slot, shapes.slot(graph.nodes[usize::from(other.node)], other.slot).axis))
        })
        .collect();
    open.sort_unstable();
    let legs: Vec<u8> = open.iter().map(|&(_, axis)| result.add(Node::Leg(axis))).collect();
    for node in (0..graph.nodes.len()).filter(|&node| is_leg(node)) {
        index[node] = result.add(graph.nodes[node]);
    }
    let slots: Vec<u8> = open.into_iter().map(|(slot, _)| slot).collect();
    for wire in &graph.wires {
        let moved = |end: End| {
            if end.node == frame {
                let at = slots.iter().position(|&slot| slot == end.slot).unwrap_or(0);
                End { node: legs[at], slot: 0 }
            } else {
                End { node: index[usize::from(end.node)], slot: end.slot }
            }
        };
        result.join(moved(wire.from), moved(wire.to));
    }
    (renumber_spider_slots(result), slots)
}

/// A graph with legs as a graph with a frame, slot k for leg k.
pub(in crate::optimise) fn frame_of_legs(graph: &Graph) -> Graph {
    let legs = legs(graph);
    let mut result = Graph::default();
    let mut index = vec![0_u8; graph.nodes.len()];
    for node in (0..graph.nodes.len() as u8).filter(|node| !legs.contains(node)) {
        index[usize::from(node)] = result.add(graph.nodes[usize::from(node)]);
    }
    let frame = result.add(Node::Frame);
    for wire in &graph.wires {
        let moved = |end: End| match legs.iter().position(|&leg| leg == end.node) {
            Some(slot) => End { node: frame, slot: slot as u8 },
            None => End { node: index[usize::from(end.node)], slot: end.slot },
        };
        result.join(moved(wire.from), moved(wire.to));
    }
    result
}
