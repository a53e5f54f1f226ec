//! All ways to compute a sub-diagram: its splits in two, or what is done to its only factor.

use super::connected::{Mask, splits};
use super::{Classes, einsum, leaf_of, legs, touching};
use crate::diagram::graph::is_factor;
use crate::diagram::{End, Graph, Node as Vertex, Shapes, Wire};
use crate::optimise::language::Node;
use crate::signature::AxisId;

/// Beyond this effort (nodes of graphs looked up and put in canonical form) a new class gets a single split, the one
/// whose contraction is cheapest, so that huge bases and long diagrams still end in a program.
const SATURATED: u64 = 10_000_000;

/// A part of a graph, and which label of the whole every leg of it carries.
struct Part {
    graph: Graph,
    labels: Vec<u8>,
}

/// Labels of a graph under a split: one per spider and one per wire.
struct Labels {
    /// By node, for spiders.
    spider: Vec<Option<u8>>,
    /// By wire, for wires between linear slots.
    wire: Vec<Option<u8>>,
    axes: Vec<AxisId>,
}

impl Classes<'_> {
    /// All ways to compute a sub-diagram from smaller ones.
    pub(super) fn nodes_of(&mut self, graph: &Graph) -> Vec<Node> {
        let factors: Vec<u8> =
            (0..graph.nodes.len() as u8).filter(|&node| is_factor(graph.nodes[usize::from(node)])).collect();
        let labels = self.labels(graph);
        let output: Vec<u8> = legs(graph).iter().map(|&leg| label_of_leg(graph, &labels, leg)).collect();
        match factors[..] {
            [] => Vec::new(),
            [only] => vec![self.single(graph, only, &labels, output)],
            _ => {
                let mut halves = splits(graph, &factors);
                if self.effort > SATURATED {
                    let cheapest = halves
                        .iter()
                        .copied()
                        .min_by_key(|&half| self.join_cost(graph, &factors, half, &labels));
                    halves = cheapest.into_iter().collect();
                }
                halves.into_iter().map(|half| self.split(graph, &factors, half, &labels, &output)).collect()
            }
        }
    }

    fn labels(&self, graph: &Graph) -> Labels {
        let mut labels = Labels {
            spider: vec![None; graph.nodes.len()],
            wire: vec![None; graph.wires.len()],
            axes: Vec::new(),
        };
        for (node, kind) in graph.nodes.iter().enumerate() {
            if let Vertex::Spider(axis) = kind {
                labels.spider[node] = Some(labels.axes.len() as u8);
                labels.axes.push(*axis);
            }
        }
        for (position, wire) in graph.wires.iter().enumerate() {
            let spider = |end: End| matches!(graph.nodes[usize::from(end.node)], Vertex::Spider(_));
            if !spider(wire.from) && !spider(wire.to) {
                labels.wire[position] = Some(labels.axes.len() as u8);
                labels.axes.push(self.axis_of(graph, wire));
            }
        }
        labels
    }

    fn axis_of(&self, graph: &Graph, wire: &Wire) -> AxisId {
        let kind = graph.nodes[usize::from(wire.from.node)];
        self.shapes.slot(kind, wire.from.slot).axis
    }

    /// A single factor that is not given as it is: its sums, traces and diagonals.
    fn single(&mut self, graph: &Graph, factor: u8, labels: &Labels, output: Vec<u8>) -> Node {
        let kind = graph.nodes[usize::from(factor)];
        let mut slots: Vec<(u8, u8)> = Vec::new();
        let mut negative = false;
        for (position, wire) in graph.wires.iter().enumerate() {
            for (end, other) in [(wire.from, wire.to), (wire.to, wire.from)] {
                if end.node == factor {
                    let label = labels.wire[position].or(labels.spider[usize::from(other.node)]).unwrap_or(0);
                    slots.push((end.slot, label));
                }
            }
            if wire.from.node == factor && wire.to.node == factor {
                // The form is oriented from the first occurrence of the label to the second.
                negative ^= wire.from.slot > wire.to.slot
                    && self.shapes.is_oriented(kind, kind, self.axis_of(graph, wire));
            }
        }
        slots.sort_unstable();
        let operand: Vec<u8> = slots.into_iter().map(|(_, label)| label).collect();
        let axes: Vec<AxisId> = operand.iter().map(|&label| labels.axes[usize::from(label)]).collect();
        let child = self.leaf(leaf_of(kind), &axes);
        einsum(&labels.axes, vec![operand], output, negative, vec![child])
    }

    /// The product of the sizes of all labels of the two halves.
    fn join_cost(&self, graph: &Graph, factors: &[u8], half: Mask, labels: &Labels) -> u64 {
        let mut all: Vec<u8> = [true, false]
            .into_iter()
            .flat_map(|first| {
                part(graph, labels, &|node| in_half(factors, half, node) == first, self.shapes).labels
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        all.iter().fold(1, |product: u64, &label| {
            product.saturating_mul(self.sizes.of(labels.axes[usize::from(label)]).max(1) as u64)
        })
    }

    /// The node that joins the factors in `half` with the others.
    fn split(&mut self, graph: &Graph, factors: &[u8], half: Mask, labels: &Labels, output: &[u8]) -> Node {
        let in_half = |node: u8| in_half(factors, half, node);
        let mut negative = false;
        for wire in &graph.wires {
            let (from, to) = (wire.from.node, wire.to.node);
            let kinds = (graph.nodes[usize::from(from)], graph.nodes[usize::from(to)]);
            // A cut wire is read from the first half to the second.
            if is_factor(kinds.0)
                && is_factor(kinds.1)
                && !in_half(from)
                && in_half(to)
                && self.shapes.is_oriented(kinds.0, kinds.1, self.axis_of(graph, wire))
            {
                negative = !negative;
            }
        }
        let mut operands = Vec::with_capacity(2);
        let mut children = Vec::with_capacity(2);
        for first in [true, false] {
            let part = part(graph, labels, &|node| in_half(node) == first, self.shapes);
            let reference = self.intern(&part.graph);
            negative ^= reference.sign < 0;
            let mut operand = vec![0; part.labels.len()];
            for (leg, &axis) in reference.permutation.iter().enumerate() {
                operand[usize::from(axis)] = part.labels[leg];
            }
            operands.push(operand);
            children.push(reference.class);
        }
        einsum(&labels.axes, operands, output.to_vec(), negative, children)
    }
}

/// Whether a factor is in the half of a split that the mask gives.
fn in_half(factors: &[u8], half: Mask, node: u8) -> bool {
    factors.iter().position(|&factor| factor == node).is_some_and(|position| half >> position & 1 == 1)
}

fn label_of_leg(graph: &Graph, labels: &Labels, leg: u8) -> u8 {
    graph
        .wires
        .iter()
        .enumerate()
        .find_map(|(position, wire)| {
            let other = if wire.from.node == leg {
                wire.to.node
            } else if wire.to.node == leg {
                wire.from.node
            } else {
                return None;
            };
            labels.wire[position].or(labels.spider[usize::from(other)])
        })
        .unwrap_or(0)
}

/// The sub-diagram of some factors: what is joined to others becomes legs.
fn part(graph: &Graph, labels: &Labels, inside: &dyn Fn(u8) -> bool, shapes: &Shapes) -> Part {
    let mut new_index: Vec<Option<u8>> = vec![None; graph.nodes.len()];
    let mut result = Graph::default();
    let within = |node: u8| is_factor(graph.nodes[usize::from(node)]) && inside(node);
    for node in 0..graph.nodes.len() as u8 {
        if within(node) {
            new_index[usize::from(node)] = Some(result.add(graph.nodes[usize::from(node)]));
        }
    }
    // Spiders that touch the part, and whether something outside touches them too.
    for spider in 0..graph.nodes.len() as u8 {
        if !matches!(graph.nodes[usize::from(spider)], Vertex::Spider(_)) {
            continue;
        }
        if touching(graph, spider).any(within) {
            new_index[usize::from(spider)] = Some(result.add(graph.nodes[usize::from(spider)]));
        }
    }
    let mut spider_slots = vec![0_u8; graph.nodes.len()];
    let mut leg_labels: Vec<(AxisId, u8, End)> = Vec::new();
    for (position, wire) in graph.wires.iter().enumerate() {
        let place = |end: End, spider_slots: &mut Vec<u8>| -> Option<End> {
            let node = new_index[usize::from(end.node)]?;
            let slot = if is_factor(graph.nodes[usize::from(end.node)]) {
                end.slot
            } else {
                spider_slots[usize::from(end.node)] += 1;
                spider_slots[usize::from(end.node)] - 1
            };
            Some(End { node, slot })
        };
        let spider = |end: End| matches!(graph.nodes[usize::from(end.node)], Vertex::Spider(_));
        let (from_in, to_in) = (
            new_index[usize::from(wire.from.node)].is_some(),
            new_index[usize::from(wire.to.node)].is_some(),
        );
        if from_in && to_in {
            if let (Some(from), Some(to)) =
                (place(wire.from, &mut spider_slots), place(wire.to, &mut spider_slots))
            {
                result.join(from, to);
            }
        } else if !spider(wire.from) && !spider(wire.to) && (from_in || to_in) {
            let end = if from_in { wire.from } else { wire.to };
            if let (Some(end), Some(label)) = (place(end, &mut spider_slots), labels.wire[position]) {
                let kind = graph.nodes[usize::from(wire.from.node)];
                leg_labels.push((shapes.slot(kind, wire.from.slot).axis, label, end));
            }
        }
    }
    for spider in 0..graph.nodes.len() as u8 {
        if let (Some(new), Vertex::Spider(axis), Some(label)) = (
            new_index[usize::from(spider)],
            graph.nodes[usize::from(spider)],
            labels.spider[usize::from(spider)],
        ) && touching(graph, spider).any(|node| !within(node))
        {
            leg_labels.push((axis, label, End { node: new, slot: spider_slots[usize::from(spider)] }));
        }
    }
    leg_labels.sort_unstable();
    let mut part_labels = Vec::with_capacity(leg_labels.len());
    for (axis, label, end) in leg_labels {
        let leg = result.add(Vertex::Leg(axis));
        result.join(end, End { node: leg, slot: 0 });
        part_labels.push(label);
    }
    Part { graph: result, labels: part_labels }
}
