//! Unary nodes: sums, traces and diagonals of classes that are there anyway.

use egg::Id;

use super::{Class, Classes, Reference, einsum};
use crate::diagram::{Edit, Graph, Node, Shapes};
use crate::optimise::language::ENode;
use crate::program::Label;
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
                let node = unary(&class.graph, &graph, &reference, &opening);
                let added = self.egraph.add(node);
                self.egraph.union(id, added);
            }
        }
        self.egraph.rebuild();
    }
}

/// The node that computes `closed` from its generalisation `open`, whose additional legs come last.
fn unary(closed: &Graph, open: &Graph, reference: &Reference, opening: &Opening) -> ENode {
    let outer = closed.legs().len();
    let mut axes: Vec<AxisId> = Vec::new();
    let mut label_of_leg: Vec<Label> = Vec::new();
    for (position, axis) in open.leg_axes().into_iter().enumerate() {
        if let Some(same) = opening.same_label(position, outer) {
            label_of_leg.push(label_of_leg[same]);
            continue;
        }
        label_of_leg.push(Label::new(axes.len()));
        axes.push(axis);
    }
    let mut negative = reference.sign < 0;
    if let Opening::Wire { oriented: true } = opening {
        // The form runs from the first new leg to the second; the einsum reads it in the order of the axes.
        negative ^= reference.permutation[outer] > reference.permutation[outer + 1];
    }
    let output: Vec<Label> = label_of_leg[..outer].to_vec();
    let operand = reference.operand(&label_of_leg);
    einsum(&axes, vec![operand], output, negative, vec![reference.class])
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

/// Labels of up to this many ports are split in every way.
const MAX_SPLIT: usize = 8;

/// All graphs of which a graph is a sum, a trace or a diagonal. New legs come after the old ones.
fn openings(graph: &Graph, shapes: &Shapes) -> Vec<(Graph, Opening)> {
    let mut all = Vec::new();
    let legs = graph.legs();
    for (spider, axis) in graph.iter().filter_map(|(id, node)| match node {
        Node::Spider(axis) => Some((id, axis)),
        _ => None,
    }) {
        // The wires of the label to factors, and its leg.
        let mut ports: Vec<usize> = Vec::new();
        let mut leg = None;
        for (position, wire) in graph.wires.iter().enumerate() {
            let Some((_, other)) = wire.at(spider) else { continue };
            match legs.iter().position(|&leg| leg == other.node) {
                None => ports.push(position),
                found => leg = found,
            }
        }
        if leg.is_none() {
            let mut edit = graph.edit();
            edit.open(Edit::at_spider(spider), axis);
            all.push((edit.finish().graph, Opening::Label));
        }
        if !(2..=MAX_SPLIT).contains(&ports.len()) {
            continue;
        }
        // Every bipartition of the ports; the first port stays.
        for moved in 1..1_u32 << (ports.len() - 1) {
            let mut edit = graph.edit();
            let second = edit.add(Node::Spider(axis));
            for (index, &port) in ports[1..].iter().enumerate() {
                if moved >> index & 1 == 1 {
                    edit.reattach(port, spider, Edit::at_spider(second));
                }
            }
            let opening = match leg {
                Some(leg) => Opening::OpenSpider { leg },
                None => {
                    edit.open(Edit::at_spider(spider), axis);
                    Opening::SummedSpider
                }
            };
            edit.open(Edit::at_spider(second), axis);
            all.push((edit.finish().graph, opening));
        }
    }
    for (position, wire) in graph.wires.iter().enumerate() {
        let (from, to) = (graph[wire.from.node], graph[wire.to.node]);
        let (true, true, Some(axis)) = (from.is_factor(), to.is_factor(), shapes.wire_axis(graph, wire))
        else {
            continue;
        };
        let mut edit = graph.edit();
        edit.unjoin(position);
        edit.open(wire.from, axis);
        edit.open(wire.to, axis);
        // Next to an epsilon the wire is a plain delta, which is a contraction of raised indices with the form.
        let oriented = shapes.is_oriented(graph, wire) && !from.is_covariant();
        all.push((edit.finish().graph, Opening::Wire { oriented }));
    }
    all
}
