//! Open slots as legs, which are told apart by their axes only up to canonical form, and as the slots of a frame, which
//! are told apart by number.

use crate::diagram::{End, Graph, Node, Shapes, SlotId};

/// A graph with a frame as a graph with one leg per slot of the frame, in order.
pub(in crate::optimise) fn legs_of_frame(graph: &Graph, shapes: &Shapes) -> Graph {
    legs_of_context(graph, shapes).0
}

/// The frame replaced by legs, before the legs that are there; and the slots of the frame that are joined.
pub(super) fn legs_of_context(graph: &Graph, shapes: &Shapes) -> (Graph, Vec<SlotId>) {
    let Some(frame) = graph.find(Node::Frame) else { return (graph.clone(), Vec::new()) };
    let mut edit = graph.edit();
    let mut open: Vec<(SlotId, End)> = edit
        .remove(frame)
        .iter()
        .filter_map(|wire| wire.at(frame))
        .map(|(end, other)| (end.slot, other))
        .collect();
    open.sort_unstable();
    for &(_, other) in &open {
        if let Some(axis) = shapes.slot(graph[other.node], other.slot).axis {
            edit.open(other, axis);
        }
    }
    for leg in graph.legs() {
        edit.move_last(leg);
    }
    (edit.finish().graph, open.into_iter().map(|(slot, _)| slot).collect())
}

/// A graph with legs as a graph with a frame, slot k for leg k.
pub(in crate::optimise) fn frame_of_legs(graph: &Graph) -> Graph {
    let legs = graph.legs();
    let mut edit = graph.edit();
    let frame = edit.add(Node::Frame);
    edit.redirect(|end| match legs.iter().position(|&leg| leg == end.node) {
        Some(slot) => End::new(frame, slot),
        None => end,
    });
    edit.retain(|node| !legs.contains(&node));
    edit.finish().graph
}

/// A graph with the slots of its frame at other places: slot k at `place(k)`.
pub(in crate::optimise) fn with_slots_moved(graph: &Graph, place: impl Fn(usize) -> usize) -> Graph {
    graph.find(Node::Frame).map_or_else(|| graph.clone(), |frame| graph.with_slots_moved(frame, place))
}
