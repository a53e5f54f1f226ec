//! Unary nodes: sums, traces and diagonals of classes that are there anyway.

use egg::Id;

use super::{Class, Classes, Reference, einsum, legs, renumber_spider_slots};
use crate::diagram::graph::{is_covariant, is_factor};
use crate::diagram::{End, Graph, Node as Vertex, Shapes};
use crate::optimise::language::Node;
use crate::signature::AxisId;

impl Classes<'_> {
    /// Unary generalisation: classes that are a sum, a trace or a diagonal of another class. No class is created.
    pub(in crate::optimise) fn generalise(&mut self) {
        let classes: Vec<(Id, Class)> = self
            .known
            .iter()
            .filter(|(_, class)| !class.graph.nodes.is_empty())
            .map(|(id, class)| (*id, class.clone()))
            .collect();
        for (id, class) in classes {
            for (graph, opening) in openings(&class.graph, self.shapes) {
                let Some(reference) = self.lookup(&graph) else { continue };
                if reference.class == id {
                    continue;
                }
                let node = self.unary(&class.graph, &graph, &reference, &opening);
                let added = self.egraph.add(node);
                self.egraph.union(id, added);
            }
        }
        self.egraph.rebuild();
    }

    /// The node that computes `closed` from its generalisation `open`, whose additional legs come last.
    fn unary(&self, closed: &Graph, open: &Graph, reference: &Reference, opening: &Opening) -> Node {
        let outer = legs(closed).len();
        let mut axes: Vec<AxisId> = Vec::new();
        let mut label_of_leg: Vec<u8> = Vec::new();
        for (position, &leg) in legs(open).iter().enumerate() {
            if let Some(same) = opening.same_label(position, outer) {
                label_of_leg.push(label_of_leg[same]);
                continue;
            }
            label_of_leg.push(axes.len() as u8);
            if let Vertex::Leg(axis) = open.nodes[usize::from(leg)] {
                axes.push(axis);
            }
        }
        let mut operand = vec![0; label_of_leg.len()];
        for (leg, &axis) in reference.permutation.iter().enumerate() {
            operand[usize::from(axis)] = label_of_leg[leg];
        }
        let mut negative = reference.sign < 0;
        if let Opening::Wire { oriented: true } = opening {
            // The form runs from the first new leg to the second; the einsum reads it in the order of the axes.
            let position = |leg: usize| reference.permutation[leg];
            negative ^= position(outer) > position(outer + 1);
        }
        let output: Vec<u8> = (0..outer).map(|leg| label_of_leg[leg]).collect();
        einsum(&axes, vec![operand], output, negative, vec![reference.class])
    }
}

/// How a generalised graph differs.
enum Opening {
    /// One summed label got a leg.
    Label,
    /// A wire was cut into two legs.
    Wire { oriented: bool },
    /// The label with this leg was split: its new half has the last leg.
    OpenSpider { leg: usize },
    /// A summed label was split: both halves have legs, the last two.
    SummedSpider,
}

impl Opening {
    /// The earlier leg whose label the leg at this position shares.
    fn same_label(&self, position: usize, outer: usize) -> Option<usize> {
        match self {
            Opening::Label => None,
            Opening::Wire { .. } | Opening::SummedSpider => (position == outer + 1).then_some(outer),
            Opening::OpenSpider { leg } => (position == outer).then_some(*leg),
        }
    }
}

/// All graphs of which a graph is a sum, a trace or a diagonal. New legs come after the old ones.
fn openings(graph: &Graph, shapes: &Shapes) -> Vec<(Graph, Opening)> {
    let mut all = Vec::new();
    let is_spider = |node: u8| matches!(graph.nodes[usize::from(node)], Vertex::Spider(_));
    let is_leg = |node: u8| matches!(graph.nodes[usize::from(node)], Vertex::Leg(_));
    let add_leg = |graph: &mut Graph, axis: AxisId, spider: u8| {
        let slot = graph.degree(spider) as u8;
        let leg = graph.add(Vertex::Leg(axis));
        graph.join(End { node: leg, slot: 0 }, End { node: spider, slot });
    };
    for spider in (0..graph.nodes.len() as u8).filter(|&node| is_spider(node)) {
        let Vertex::Spider(axis) = graph.nodes[usize::from(spider)] else { continue };
        let ends: Vec<(usize, bool)> = graph
            .wires
            .iter()
            .enumerate()
            .filter_map(|(position, wire)| match (wire.from.node == spider, wire.to.node == spider) {
                (true, _) => Some((position, is_leg(wire.to.node))),
                (_, true) => Some((position, is_leg(wire.from.node))),
                _ => None,
            })
            .collect();
        let leg_wire = ends.iter().find(|(_, leg)| *leg).map(|(position, _)| *position);
        if leg_wire.is_none() {
            let mut open = graph.clone();
            add_leg(&mut open, axis, spider);
            all.push((open, Opening::Label));
        }
        let ports: Vec<usize> = ends.iter().filter(|(_, leg)| !leg).map(|(position, _)| *position).collect();
        if !(2..=8).contains(&ports.len()) {
            continue;
        }
        // Every bipartition of the ports; the first port stays.
        for moved in 1..1_u32 << (ports.len() - 1) {
            let mut open = graph.clone();
            let second = open.add(Vertex::Spider(axis));
            let mut slot = 0;
            for (index, &position) in ports.iter().enumerate().skip(1) {
                if moved >> (index - 1) & 1 == 1 {
                    let wire = &mut open.wires[position];
                    let end = if wire.from.node == spider { &mut wire.from } else { &mut wire.to };
                    *end = End { node: second, slot };
                    slot += 1;
                }
            }
            let opening = match leg_wire {
                Some(position) => {
                    let wire = &graph.wires[position];
                    let leg = if wire.from.node == spider { wire.to.node } else { wire.from.node };
                    let leg = legs(graph).iter().position(|&other| other == leg).unwrap_or(0);
                    Opening::OpenSpider { leg }
                }
                None => {
                    add_leg(&mut open, axis, spider);
                    Opening::SummedSpider
                }
            };
            add_leg(&mut open, axis, second);
            all.push((renumber_spider_slots(open), opening));
        }
    }
    for (position, wire) in graph.wires.iter().enumerate() {
        let kinds = (graph.nodes[usize::from(wire.from.node)], graph.nodes[usize::from(wire.to.node)]);
        if !is_factor(kinds.0) || !is_factor(kinds.1) {
            continue;
        }
        let axis = shapes.slot(kinds.0, wire.from.slot).axis;
        let mut open = graph.clone();
        open.wires.remove(position);
        for end in [wire.from, wire.to] {
            let leg = open.add(Vertex::Leg(axis));
            open.join(end, End { node: leg, slot: 0 });
        }
        // Next to an epsilon the wire is a plain delta, which is a contraction of raised indices with the form.
        let oriented = shapes.is_oriented(kinds.0, kinds.1, axis) && !is_covariant(kinds.0);
        all.push((open, Opening::Wire { oriented }));
    }
    all
}
