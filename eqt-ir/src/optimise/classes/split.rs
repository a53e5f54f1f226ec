//! All ways to compute a sub-diagram: its splits in two, or what is done to its only factor.

use super::connected::{Mask, splits};
use super::{Classes, einsum, leaf_of};
use crate::diagram::{Edit, End, Graph, Node, NodeId, SlotId, Wire};
use crate::optimise::budget::{Budget, EXHAUSTIVE_FACTORS, MAX_SPLITS, SATURATED};
use crate::optimise::language::ENode;
use crate::program::Label;
use crate::signature::AxisId;

/// A part of a graph, and which label of the whole every leg of it carries.
struct Part {
    graph: Graph,
    labels: Vec<Label>,
}

/// Labels of a graph under a split: one per spider and one per wire between linear slots.
struct Labels {
    /// By node, for spiders.
    spider: Vec<Option<Label>>,
    /// By wire.
    wire: Vec<Label>,
    axes: Vec<AxisId>,
}

impl Classes<'_> {
    /// All ways to compute a sub-diagram from smaller ones.
    pub(super) fn nodes_of(&mut self, graph: &Graph) -> Vec<ENode> {
        let factors = graph.factors();
        let labels = self.labels(graph);
        let at_leg = |leg: NodeId| graph.wires.iter().position(|wire| wire.at(leg).is_some());
        let wires = graph.legs().into_iter().filter_map(at_leg);
        let output: Vec<Label> = wires.map(|wire| labels.wire[wire]).collect();
        match factors[..] {
            [] => Vec::new(),
            [only] => vec![self.single(graph, only, &labels, output)],
            _ => {
                let mut halves = splits(graph, &factors);
                if factors.len() > EXHAUSTIVE_FACTORS && halves.len() >= MAX_SPLITS {
                    self.met.insert(Budget::Splits);
                }
                if self.effort > SATURATED {
                    self.met.insert(Budget::Diagrams);
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
        let mut axes = Vec::new();
        let mut next = |axis: AxisId| {
            axes.push(axis);
            Label::new(axes.len() - 1)
        };
        let of_spider = |node: &Node| if let Node::Spider(axis) = *node { Some(next(axis)) } else { None };
        let spider: Vec<Option<Label>> = graph.nodes.iter().map(of_spider).collect();
        let of_wire =
            |wire: &Wire| match graph.spider_and_slot(wire).and_then(|(end, _)| spider[end.node.index()]) {
                Some(label) => label,
                None => next(self.axis_of(graph, wire)),
            };
        let wire = graph.wires.iter().map(of_wire).collect();
        Labels { spider, wire, axes }
    }

    /// The axis of a wire between slots of factors or legs, which all know theirs.
    fn axis_of(&self, graph: &Graph, wire: &Wire) -> AxisId {
        self.shapes.wire_axis(graph, wire).expect("a slot of a factor or a leg has an axis")
    }

    /// A single factor that is not given as it is: its sums, traces and diagonals.
    fn single(&mut self, graph: &Graph, factor: NodeId, labels: &Labels, output: Vec<Label>) -> ENode {
        let mut slots: Vec<(SlotId, Label)> = Vec::new();
        let mut negative = false;
        for (wire, &label) in graph.wires.iter().zip(&labels.wire) {
            let ends = wire.ends().into_iter().filter(|(end, _)| end.node == factor);
            slots.extend(ends.map(|(end, _)| (end.slot, label)));
            // The form is oriented from the first occurrence of the label to the second.
            negative ^= wire.from.node == factor
                && wire.to.node == factor
                && wire.from.slot > wire.to.slot
                && self.shapes.is_oriented(graph, wire);
        }
        slots.sort_unstable();
        let operand: Vec<Label> = slots.into_iter().map(|(_, label)| label).collect();
        let child = self.leaf(leaf_of(graph[factor]));
        einsum(&labels.axes, vec![operand], output, negative, vec![child])
    }

    /// The product of the sizes of all labels of the two halves.
    fn join_cost(&self, graph: &Graph, factors: &[NodeId], half: Mask, labels: &Labels) -> u64 {
        let mut all: Vec<Label> = [true, false]
            .into_iter()
            .flat_map(|first| part(graph, labels, &|node| in_half(factors, half, node) == first).labels)
            .collect();
        all.sort_unstable();
        all.dedup();
        let axes: Vec<AxisId> = all.into_iter().map(|label| labels.axes[label.index()]).collect();
        self.sizes.cost(&axes)
    }

    /// The node that joins the factors in `half` with the others.
    fn split(
        &mut self,
        graph: &Graph,
        factors: &[NodeId],
        half: Mask,
        labels: &Labels,
        output: &[Label],
    ) -> ENode {
        let in_half = |node: NodeId| in_half(factors, half, node);
        let mut negative = false;
        for wire in &graph.wires {
            let (from, to) = (wire.from.node, wire.to.node);
            // A cut wire is read from the first half to the second.
            if graph[from].is_factor() && graph[to].is_factor() && !in_half(from) && in_half(to) {
                negative ^= self.shapes.is_oriented(graph, wire);
            }
        }
        let mut operands = Vec::with_capacity(2);
        let mut children = Vec::with_capacity(2);
        for first in [true, false] {
            let part = part(graph, labels, &|node| in_half(node) == first);
            let reference = self.intern(&part.graph);
            negative ^= reference.sign < 0;
            operands.push(reference.operand(&part.labels));
            children.push(reference.class);
        }
        einsum(&labels.axes, operands, output.to_vec(), negative, children)
    }
}

/// Whether a factor is in the half of a split that the mask gives.
fn in_half(factors: &[NodeId], half: Mask, node: NodeId) -> bool {
    factors.iter().position(|&factor| factor == node).is_some_and(|position| half >> position & 1 == 1)
}

/// The sub-diagram of some factors: what is joined to others becomes legs.
fn part(graph: &Graph, labels: &Labels, inside: &dyn Fn(NodeId) -> bool) -> Part {
    let within = |node: NodeId| graph[node].is_factor() && inside(node);
    let mut edit = graph.edit();
    // Labels that the part carries, and whether something outside carries them too.
    let carried = |node: NodeId| graph[node].is_spider() && graph.touching(node).any(within);
    let loose = edit.retain(|node| within(node) || carried(node));
    let mut open: Vec<(AxisId, Label, End)> = Vec::new();
    for loose in loose.into_iter().filter(|loose| !graph.is_label_wire(&loose.wire)) {
        let label = labels.wire[loose.position];
        open.push((labels.axes[label.index()], label, loose.kept));
    }
    for (spider, label) in graph.ids().zip(&labels.spider) {
        if let Some(label) = *label
            && carried(spider)
            && graph.touching(spider).any(|node| !within(node))
        {
            open.push((labels.axes[label.index()], label, Edit::at_spider(spider)));
        }
    }
    open.sort_unstable();
    for &(axis, _, end) in &open {
        edit.open(end, axis);
    }
    Part { graph: edit.finish().graph, labels: open.into_iter().map(|(_, label, _)| label).collect() }
}
