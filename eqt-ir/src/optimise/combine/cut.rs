//! Cutting a term in two: some connected factors, and the rest.

use super::frame::with_slots_moved;
use crate::diagram::canonical::sign_of_automorphism;
use crate::diagram::{Edit, End, Graph, Node, NodeId, Shapes, SlotId};
use crate::optimise::classes::{Mask, adjacency, reachable};
use crate::signature::AxisId;

/// Sub-diagrams of more factors than this are not taken out.
const MAX_CONTEXT: usize = 6;
/// Terms of more factors than this are left alone.
const MAX_FACTORS: usize = 12;
/// The most elements of the symmetry group of a context over which a rest is normalised.
const MAX_SYMMETRY: usize = 24;

/// A term cut in two.
pub(super) struct Cut {
    /// The factors of the mask: a frame, then one leg per shared slot, last.
    pub(super) context: Graph,
    /// The axis of every shared slot.
    pub(super) shared: Vec<AxisId>,
    /// The rest; shared slot k is the frame slot `outer.len() + k`.
    pub(super) rest: Graph,
    /// Open slots of the whole that the rest has; slot k of the rest's frame is `outer[k]`.
    pub(super) outer: Vec<SlotId>,
    /// From reading wires from the context to the rest.
    pub(super) sign: i8,
}

impl Cut {
    /// The rest with shared slot k at slot `slot_of_leg[k]` of its frame.
    pub(super) fn rest_with(&self, slot_of_leg: &[usize]) -> Graph {
        let outer = self.outer.len();
        with_slots_moved(&self.rest, |slot| if slot < outer { slot } else { slot_of_leg[slot - outer] })
    }
}

/// A graph with a delta between the frame and a factor, for every linear wire between the two: which factor it is, and
/// the graph; the delta is the last factor.
pub(super) fn padded(graph: &Graph, shapes: &Shapes) -> Vec<(usize, Graph)> {
    let factors = graph.factors();
    let mut all = Vec::new();
    for (position, wire) in graph.wires.iter().enumerate() {
        for (end, open) in wire.ends() {
            let kind = graph[end.node];
            let Some(factor) = factors.iter().position(|&factor| factor == end.node) else { continue };
            if graph[open.node] != Node::Frame || kind.is_covariant() || matches!(kind, Node::Delta(_)) {
                continue;
            }
            let Some(axis) = shapes.slot(kind, end.slot).axis else { continue };
            let mut edit = graph.edit();
            edit.unjoin(position);
            let delta = edit.add(Node::Delta(axis));
            edit.join(end, End::new(delta, 0));
            edit.join(End::new(delta, 1), open);
            all.push((factor, edit.finish().graph));
        }
    }
    all
}

/// All connected proper sub-diagrams, as masks over the factors.
pub(super) fn connected_parts(graph: &Graph) -> Vec<Mask> {
    let factors = graph.factors();
    if factors.len() < 2 || factors.len() > MAX_FACTORS {
        return Vec::new();
    }
    let adjacency = adjacency(graph, &factors);
    (1..(1_u128 << factors.len()) - 1)
        .filter(|mask| mask.count_ones() as usize <= MAX_CONTEXT && reachable(&adjacency, *mask) == *mask)
        .collect()
}

/// Cuts a term into the factors of the mask and the others.
///
/// What joins the two is a shared slot: a wire, or a label without an open slot that both carry. An open label that both
/// carry is an open slot of both.
pub(super) fn cut(graph: &Graph, mask: Mask, shapes: &Shapes) -> Cut {
    let factors = graph.factors();
    let in_context: Vec<bool> = (0..factors.len()).map(|at| mask >> at & 1 == 1).collect();
    let is_on = |side: bool, node: NodeId| {
        factors.iter().position(|&factor| factor == node).is_some_and(|at| in_context[at] == side)
    };
    let half = |side: bool| {
        let carried =
            |node: NodeId| graph[node].is_spider() && graph.touching(node).any(|other| is_on(side, other));
        let mut edit = graph.edit();
        let loose = edit.retain(|node| is_on(side, node) || carried(node));
        let labels: Vec<NodeId> = graph.ids().filter(|&node| carried(node)).collect();
        (edit, loose, labels)
    };
    let (mut context, loose, labels) = half(true);
    let (mut rest, rest_loose, rest_labels) = half(false);
    let is_open = |end: End| graph[end.node] == Node::Frame;
    // Wires to the frame, by slot. A label is joined to its slot whichever of the two it is in.
    let mut open: Vec<(SlotId, End)> = Vec::new();
    let mut rest_open: Vec<(SlotId, End)> = Vec::new();
    for (loose, open) in [(&loose, &mut open), (&rest_loose, &mut rest_open)] {
        open.extend(
            loose.iter().filter(|loose| is_open(loose.lost)).map(|loose| (loose.lost.slot, loose.kept)),
        );
    }
    rest_open.sort_unstable();
    // Shared slots: (axis, end in the context, end in the rest).
    let mut shared: Vec<(AxisId, End, End)> = Vec::new();
    for loose in loose.iter().filter(|loose| is_on(false, loose.lost.node)) {
        if graph.is_label_wire(&loose.wire) {
            continue;
        }
        if loose.kept == loose.wire.to && shapes.is_oriented(graph, &loose.wire) {
            context.negate();
        }
        if let Some(axis) = shapes.wire_axis(graph, &loose.wire) {
            shared.push((axis, loose.kept, loose.lost));
        }
    }
    for label in labels.into_iter().filter(|label| rest_labels.contains(label)) {
        let end = Edit::at_spider(label);
        if let Node::Spider(axis) = graph[label]
            && open.iter().all(|(_, open)| open.node != label)
        {
            shared.push((axis, end, end));
        }
    }
    // Legs are grouped by axis, as the canonical form has them.
    shared.sort_unstable();
    let frame = context.add(Node::Frame);
    for &(slot, end) in &open {
        context.join(end, End { node: frame, slot });
    }
    let frame = rest.add(Node::Frame);
    for (at, &(_, end)) in rest_open.iter().enumerate() {
        rest.join(end, End::new(frame, at));
    }
    for (at, &(axis, inside, outside)) in shared.iter().enumerate() {
        context.open(inside, axis);
        rest.join(outside, End::new(frame, rest_open.len() + at));
    }
    let context = context.finish();
    Cut {
        context: context.graph,
        shared: shared.into_iter().map(|(axis, ..)| axis).collect(),
        rest: rest.finish().graph,
        outer: rest_open.into_iter().map(|(slot, _)| slot).collect(),
        sign: context.sign,
    }
}

/// The permutations of the legs under which a context is the same up to a sign.
pub(super) fn leg_symmetries(
    automorphisms: &[Vec<NodeId>],
    context: &Graph,
    shapes: &Shapes,
    first_leg: usize,
) -> Vec<(Vec<usize>, i8)> {
    let mut group: Vec<Vec<NodeId>> = vec![context.ids().collect()];
    let mut next = 0;
    while next < group.len() && group.len() < MAX_SYMMETRY {
        for generator in automorphisms {
            let product: Vec<NodeId> = group[next].iter().map(|&image| generator[image.index()]).collect();
            let same_on_legs = |other: &Vec<NodeId>| other[first_leg..] == product[first_leg..];
            if !group.iter().any(same_on_legs) {
                group.push(product);
            }
        }
        next += 1;
    }
    group
        .into_iter()
        .map(|element| {
            let order = element[first_leg..].iter().map(|image| image.index() - first_leg).collect();
            (order, sign_of_automorphism(context, shapes, &element))
        })
        .collect()
}
