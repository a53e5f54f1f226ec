//! Cutting a term in two: some connected factors, and the rest.

use crate::diagram::graph::{is_covariant, is_factor};
use crate::diagram::{End, Graph, Node, Shapes};
use crate::optimise::classes::{Mask, adjacency, reachable, renumber_spider_slots};
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
    pub(super) outer: Vec<u8>,
    /// From turning wires so that they run from the context to the rest.
    pub(super) sign: i8,
}

impl Cut {
    /// The rest with shared slots at the given places of its frame.
    pub(super) fn rest_with(&self, slot_of_leg: &[u8]) -> Graph {
        let mut rest = self.rest.clone();
        let frame = rest.nodes.iter().position(|node| *node == Node::Frame).unwrap_or(0) as u8;
        for wire in &mut rest.wires {
            for end in [&mut wire.from, &mut wire.to] {
                if end.node == frame && usize::from(end.slot) >= self.outer.len() {
                    end.slot = slot_of_leg[usize::from(end.slot) - self.outer.len()];
                }
            }
        }
        rest
    }
}

fn factors_of(graph: &Graph) -> Vec<u8> {
    (0..graph.nodes.len() as u8).filter(|&node| is_factor(graph.nodes[usize::from(node)])).collect()
}

/// A graph with a delta between the frame and a factor, for every linear wire between the two: which factor it is, and
/// the graph; the delta is the last factor.
pub(super) fn padded(graph: &Graph, shapes: &Shapes) -> Vec<(usize, Graph)> {
    let factors = factors_of(graph);
    let mut all = Vec::new();
    for (position, wire) in graph.wires.iter().enumerate() {
        for (end, open) in [(wire.from, wire.to), (wire.to, wire.from)] {
            let kind = graph.nodes[usize::from(end.node)];
            let Some(factor) = factors.iter().position(|&factor| factor == end.node) else { continue };
            if graph.nodes[usize::from(open.node)] != Node::Frame
                || is_covariant(kind)
                || matches!(kind, Node::Delta(_))
            {
                continue;
            }
            let mut padded = graph.clone();
            padded.wires.remove(position);
            let delta = padded.add(Node::Delta(shapes.slot(kind, end.slot).axis));
            padded.join(end, End { node: delta, slot: 0 });
            padded.join(End { node: delta, slot: 1 }, open);
            all.push((factor, padded));
        }
    }
    all
}

/// All connected proper sub-diagrams, as masks over the factors.
pub(super) fn connected_parts(graph: &Graph) -> Vec<Mask> {
    let factors = factors_of(graph);
    if factors.len() < 2 || factors.len() > MAX_FACTORS {
        return Vec::new();
    }
    let adjacency = adjacency(graph, &factors);
    (1..(1_u128 << factors.len()) - 1)
        .filter(|mask| mask.count_ones() as usize <= MAX_CONTEXT && reachable(&adjacency, *mask) == *mask)
        .collect()
}

/// Cuts a term into the factors of the mask and the others.
pub(super) fn cut(graph: &Graph, mask: Mask, shapes: &Shapes) -> Cut {
    let factors = factors_of(graph);
    let side = |node: u8| -> Option<bool> {
        let at = factors.iter().position(|&factor| factor == node)?;
        Some(mask >> at & 1 == 1)
    };
    let frame = graph.nodes.iter().position(|node| *node == Node::Frame).map(|at| at as u8);
    let is_spider = |node: u8| matches!(graph.nodes[usize::from(node)], Node::Spider(_));
    // (inside, outside, frame slot) per spider
    let spider_sides = |spider: u8| {
        let (mut inside, mut outside, mut slot) = (false, false, None);
        for wire in &graph.wires {
            for (end, other) in [(wire.from, wire.to), (wire.to, wire.from)] {
                if end.node == spider {
                    match side(other.node) {
                        Some(true) => inside = true,
                        Some(false) => outside = true,
                        None if Some(other.node) == frame => slot = Some(other.slot),
                        None => {}
                    }
                }
            }
        }
        (inside, outside, slot)
    };
    let mut parts = [Graph::default(), Graph::default()];
    let mut index = [vec![None; graph.nodes.len()], vec![None; graph.nodes.len()]];
    for node in 0..graph.nodes.len() as u8 {
        let kind = graph.nodes[usize::from(node)];
        if let Some(inside) = side(node) {
            let part = usize::from(!inside);
            index[part][usize::from(node)] = Some(parts[part].add(kind));
        } else if is_spider(node) {
            let (inside, outside, _) = spider_sides(node);
            for (part, present) in [inside, outside].into_iter().enumerate() {
                if present {
                    index[part][usize::from(node)] = Some(parts[part].add(kind));
                }
            }
        }
    }
    let frames = [parts[0].add(Node::Frame), parts[1].add(Node::Frame)];
    let mut sign = 1;
    let mut outer: Vec<u8> = Vec::new();
    // Shared slots: (axis, end in the context, end in the rest).
    let mut shared: Vec<(AxisId, End, End)> = Vec::new();
    let mut open: [Vec<(u8, End)>; 2] = [Vec::new(), Vec::new()];
    for wire in &graph.wires {
        let end_in = |part: usize, end: End| -> Option<End> {
            index[part][usize::from(end.node)].map(|node| End { node, slot: end.slot })
        };
        if is_spider(wire.from.node) || is_spider(wire.to.node) {
            let (spider, other) =
                if is_spider(wire.from.node) { (wire.from, wire.to) } else { (wire.to, wire.from) };
            if let Some(inside) = side(other.node) {
                let part = usize::from(!inside);
                if let (Some(end), Some(spider)) = (end_in(part, other), end_in(part, spider)) {
                    parts[part].join(end, spider);
                }
            }
            continue;
        }
        match (side(wire.from.node), side(wire.to.node)) {
            (Some(a), Some(b)) if a == b => {
                let part = usize::from(!a);
                if let (Some(from), Some(to)) = (end_in(part, wire.from), end_in(part, wire.to)) {
                    parts[part].join(from, to);
                }
            }
            (Some(inside), Some(_)) => {
                let (first, second) = if inside { (wire.from, wire.to) } else { (wire.to, wire.from) };
                let kinds =
                    (graph.nodes[usize::from(wire.from.node)], graph.nodes[usize::from(wire.to.node)]);
                let axis = shapes.slot(kinds.0, wire.from.slot).axis;
                if !inside && shapes.is_oriented(kinds.0, kinds.1, axis) {
                    sign = -sign;
                }
                if let (Some(first), Some(second)) = (end_in(0, first), end_in(1, second)) {
                    shared.push((axis, first, second));
                }
            }
            (Some(inside), None) | (None, Some(inside)) => {
                let (end, slot) = if side(wire.from.node).is_some() {
                    (wire.from, wire.to.slot)
                } else {
                    (wire.to, wire.from.slot)
                };
                let part = usize::from(!inside);
                if let Some(end) = end_in(part, end) {
                    open[part].push((slot, end));
                }
            }
            (None, None) => {}
        }
    }
    for spider in (0..graph.nodes.len() as u8).filter(|&node| is_spider(node)) {
        let (inside, outside, slot) = spider_sides(spider);
        let ends = [index[0][usize::from(spider)], index[1][usize::from(spider)]];
        match slot {
            Some(slot) => {
                for part in 0..2 {
                    if let Some(node) = ends[part] {
                        open[part].push((slot, End { node, slot: 0 }));
                    }
                }
            }
            None => {
                if let (true, true, [Some(a), Some(b)], Node::Spider(axis)) =
                    (inside, outside, ends, graph.nodes[usize::from(spider)])
                {
                    shared.push((axis, End { node: a, slot: 0 }, End { node: b, slot: 0 }));
                }
            }
        }
    }
    for (slot, end) in &open[0] {
        parts[0].join(*end, End { node: frames[0], slot: *slot });
    }
    open[1].sort_unstable();
    for (at, (slot, end)) in open[1].iter().enumerate() {
        outer.push(*slot);
        parts[1].join(*end, End { node: frames[1], slot: at as u8 });
    }
    // Legs are grouped by axis, as the canonical form has them.
    shared.sort_unstable();
    for (at, (axis, first, second)) in shared.iter().enumerate() {
        let leg = parts[0].add(Node::Leg(*axis));
        parts[0].join(*first, End { node: leg, slot: 0 });
        parts[1].join(*second, End { node: frames[1], slot: (outer.len() + at) as u8 });
    }
    let [context, rest] = parts;
    Cut {
        context: renumber_spider_slots(context),
        shared: shared.into_iter().map(|(axis, ..)| axis).collect(),
        rest: renumber_spider_slots(rest),
        outer,
        sign,
    }
}

/// The permutations of the legs under which a context is the same up to a sign.
pub(super) fn leg_symmetries(
    automorphisms: &[Vec<u8>],
    context: &Graph,
    shapes: &Shapes,
    first_leg: usize,
) -> Vec<(Vec<usize>, i8)> {
    let legs = context.nodes.len() - first_leg;
    let identity: Vec<u8> = (0..context.nodes.len() as u8).collect();
    let mut group: Vec<Vec<u8>> = vec![identity];
    let mut next = 0;
    while next < group.len() && group.len() < MAX_SYMMETRY {
        for generator in automorphisms {
            let product: Vec<u8> = group[next].iter().map(|&image| generator[usize::from(image)]).collect();
            let same_on_legs = |other: &Vec<u8>| other[first_leg..] == product[first_leg..];
            if !group.iter().any(same_on_legs) {
                group.push(product);
            }
        }
        next += 1;
    }
    group
        .into_iter()
        .map(|element| {
            let order = element[first_leg..].iter().map(|&image| usize::from(image) - first_leg).collect();
            let sign = crate::diagram::canonical::sign_of_automorphism(context, shapes, &element);
            debug_assert_eq!(element.len() - first_leg, legs);
            (order, sign)
        })
        .collect()
}
