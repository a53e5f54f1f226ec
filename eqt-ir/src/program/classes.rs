//! The saturated e-graph, written down.
//!
//! Contractions have a decidable normal form, a diagram up to isomorphism, so that associativity and commutativity need
//! not be discovered by rewriting: every e-class carries the canonical form of the sub-diagram that it stands for, and
//! every split of it into two connected halves is inserted as a node (of a disconnected one, every split into unions of
//! its components). A class is referred to with a permutation of its axes and a sign.

use std::collections::BTreeMap;

use egg::{EGraph, Id};

use super::cost::{is_delta_leaf, node_cost};
use super::language::{Leaf, Node, Spec};
use crate::diagram::graph::{is_covariant, is_factor};
use crate::diagram::{End, Graph, Node as Vertex, Shapes, Wire, canonicalise};
use crate::signature::{AxisId, Sizes};

/// Up to this many factors all splits of a sub-diagram are listed; of a larger one, at most [`MAX_SPLITS`].
const EXHAUSTIVE_FACTORS: usize = 8;
/// Bound on the splits of one sub-diagram of many factors.
const MAX_SPLITS: usize = 64;

/// Beyond this number of classes a new one gets a single split, the one whose contraction is cheapest, so that huge
/// bases still end in a program.
const SATURATED_CLASSES: usize = 20_000;

/// A class as it is read: axis k of what is meant is axis `permutation[k]` of the class, times the sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) class: Id,
    pub(super) permutation: Vec<u8>,
    pub(super) sign: i8,
}

/// What is known of a class.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// The canonical sub-diagram; its legs come last, in the order of the axes.
    pub(super) graph: Graph,
    /// The axis of every leg.
    pub(super) axes: Vec<AxisId>,
    /// Multiply-adds of its best contraction tree, nothing shared.
    pub(super) tree: u64,
    /// The last contraction of that tree: its multiply-adds and what it reads.
    pub(super) last: (u64, Vec<Id>),
}

impl Class {
    /// A class without a diagram of its own.
    pub(super) fn bare(axes: &[AxisId]) -> Class {
        Class { graph: Graph::default(), axes: axes.to_vec(), tree: 0, last: (0, Vec::new()) }
    }
}

/// The e-graph with its classes by canonical sub-diagram.
pub(super) struct Classes<'a> {
    pub(super) shapes: &'a Shapes,
    pub(super) sizes: &'a Sizes,
    pub(super) egraph: EGraph<Node, ()>,
    by_graph: BTreeMap<Graph, Id>,
    /// Raw graphs met before, so that canonical forms are computed once.
    memo: BTreeMap<Graph, Reference>,
    pub(super) known: BTreeMap<Id, Class>,
}

/// The given tensor at a factor.
fn leaf_of(kind: Vertex) -> Leaf {
    match kind {
        Vertex::Input(input) => Leaf::Input(input),
        Vertex::Coefficient(member) => Leaf::Coefficient(member),
        Vertex::Epsilon(axis) => Leaf::Epsilon(axis),
        Vertex::Delta(axis) => Leaf::Delta(axis),
        Vertex::Ones(axis) => Leaf::Ones(axis),
        Vertex::Cotangent | Vertex::Output | Vertex::Spider(_) | Vertex::Frame | Vertex::Leg(_) => {
            Leaf::Cotangent
        }
    }
}

/// The legs of a graph, in order.
pub(super) fn legs(graph: &Graph) -> Vec<u8> {
    (0..graph.nodes.len() as u8)
        .filter(|&node| matches!(graph.nodes[usize::from(node)], Vertex::Leg(_)))
        .collect()
}

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

impl<'a> Classes<'a> {
    pub(super) fn new(shapes: &'a Shapes, sizes: &'a Sizes) -> Classes<'a> {
        Classes {
            shapes,
            sizes,
            egraph: EGraph::new(()),
            by_graph: BTreeMap::new(),
            memo: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// The class of a graph with open legs, created with all its splits if it is new.
    pub(super) fn intern(&mut self, graph: &Graph) -> Reference {
        if let Some(reference) = self.memo.get(graph) {
            return reference.clone();
        }
        if let Some(reference) = self.given(graph) {
            self.memo.insert(graph.clone(), reference.clone());
            return reference;
        }
        let canonical = canonicalise(graph, self.shapes);
        let first_leg = (canonical.graph.nodes.len() - legs(&canonical.graph).len()) as u8;
        let permutation: Vec<u8> =
            legs(graph).iter().map(|&leg| canonical.position[usize::from(leg)] - first_leg).collect();
        let class = match self.by_graph.get(&canonical.graph) {
            Some(&class) => class,
            None => self.create(canonical.graph),
        };
        let reference = Reference { class, permutation, sign: canonical.labelling_sign };
        self.memo.insert(graph.clone(), reference.clone());
        reference
    }

    /// The class of a graph, if there is one already.
    fn lookup(&mut self, graph: &Graph) -> Option<Reference> {
        if let Some(reference) = self.memo.get(graph) {
            return Some(reference.clone());
        }
        let canonical = canonicalise(graph, self.shapes);
        let class = *self.by_graph.get(&canonical.graph)?;
        let first_leg = (canonical.graph.nodes.len() - legs(&canonical.graph).len()) as u8;
        let permutation =
            legs(graph).iter().map(|&leg| canonical.position[usize::from(leg)] - first_leg).collect();
        let reference = Reference { class, permutation, sign: canonical.labelling_sign };
        self.memo.insert(graph.clone(), reference.clone());
        Some(reference)
    }

    fn create(&mut self, graph: Graph) -> Id {
        let axes: Vec<AxisId> = legs(&graph)
            .iter()
            .filter_map(|&leg| match graph.nodes[usize::from(leg)] {
                Vertex::Leg(axis) => Some(axis),
                _ => None,
            })
            .collect();
        let nodes = self.nodes_of(&graph);
        let (tree, last) = nodes
            .iter()
            .map(|node| self.tree_cost(node))
            .min_by_key(|(tree, _)| *tree)
            .unwrap_or((0, (0, Vec::new())));
        let mut ids = nodes.into_iter().map(|node| self.egraph.add(node)).collect::<Vec<Id>>().into_iter();
        let class =
            ids.next().unwrap_or_else(|| self.egraph.add(Node::Linear(axes.clone(), Vec::new(), Vec::new())));
        for id in ids {
            self.egraph.union(class, id);
        }
        let class = self.egraph.find(class);
        self.by_graph.insert(graph.clone(), class);
        self.known.insert(class, Class { graph, axes, tree, last });
        class
    }

    /// The cost of a node with its children as trees, and of the node alone with its children.
    fn tree_cost(&self, node: &Node) -> (u64, (u64, Vec<Id>)) {
        let is_delta = |id: Id| self.egraph[self.egraph.find(id)].nodes.iter().any(is_delta_leaf);
        let own = node_cost(node, self.sizes, is_delta);
        let children = egg::Language::children(node);
        let tree = children
            .iter()
            .fold(own, |sum, child| sum.saturating_add(self.known.get(child).map_or(0, |class| class.tree)));
        (tree, (own, children.to_vec()))
    }

    /// The classes of the best tree of a class with the cost of each.
    pub(super) fn best_tree(&self, root: Id) -> BTreeMap<Id, u64> {
        let mut tree = BTreeMap::new();
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if let Some(class) = self.known.get(&id)
                && tree.insert(id, class.last.0).is_none()
            {
                stack.extend(&class.last.1);
            }
        }
        tree
    }

    /// The class of a graph in canonical form, if there is one already.
    pub(super) fn class_of_canonical(&mut self, graph: &Graph) -> Option<Id> {
        self.given(graph).map(|reference| reference.class).or_else(|| self.by_graph.get(graph).copied())
    }

    /// All ways to compute a sub-diagram from smaller ones.
    fn nodes_of(&mut self, graph: &Graph) -> Vec<Node> {
        let factors: Vec<u8> =
            (0..graph.nodes.len() as u8).filter(|&node| is_factor(graph.nodes[usize::from(node)])).collect();
        let labels = self.labels(graph);
        let output: Vec<u8> = legs(graph).iter().map(|&leg| label_of_leg(graph, &labels, leg)).collect();
        match factors[..] {
            [] => Vec::new(),
            [only] => vec![self.single(graph, only, &labels, output)],
            _ => {
                let mut halves = splits(graph, &factors);
                if self.known.len() > SATURATED_CLASSES {
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

    /// A graph that is a given tensor and nothing else: every slot has a leg of its own.
    fn given(&mut self, graph: &Graph) -> Option<Reference> {
        let mut factors = graph.nodes.iter().enumerate().filter(|(_, kind)| is_factor(**kind));
        let Some((factor, kind)) = factors.next() else {
            let class = self.leaf(Leaf::One, &[]);
            return graph.nodes.is_empty().then(|| Reference { class, permutation: Vec::new(), sign: 1 });
        };
        if factors.next().is_some() {
            return None;
        }
        let slot_beside = |node: u8| {
            let mut slots =
                graph.wires.iter().filter_map(|wire| match (wire.from.node == node, wire.to.node == node) {
                    (true, _) if usize::from(wire.to.node) == factor => Some(wire.to.slot),
                    (_, true) if usize::from(wire.from.node) == factor => Some(wire.from.slot),
                    _ => None,
                });
            let slot = slots.next()?;
            slots.next().is_none().then_some(slot)
        };
        let mut permutation = Vec::new();
        for leg in legs(graph) {
            let beside = touching(graph, leg).next()?;
            permutation.push(slot_beside(if usize::from(beside) == factor { leg } else { beside })?);
        }
        // Every slot is met once iff there are as many legs as wire ends at the factor.
        if permutation.len() != graph.degree(factor as u8) {
            return None;
        }
        let mut axes = vec![AxisId(0); permutation.len()];
        for (&slot, &leg) in permutation.iter().zip(&legs(graph)) {
            if let Vertex::Leg(axis) = graph.nodes[usize::from(leg)] {
                axes[usize::from(slot)] = axis;
            }
        }
        let class = self.leaf(leaf_of(*kind), &axes);
        Some(Reference { class, permutation, sign: 1 })
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

    /// The given tensor with its slots in order, as a class of its own.
    fn leaf(&mut self, leaf: Leaf, axes: &[AxisId]) -> Id {
        let id = self.egraph.add(Node::Leaf(leaf));
        self.known.entry(id).or_insert_with(|| Class::bare(axes));
        id
    }

    /// The product of the sizes of all labels of the two halves.
    fn join_cost(&self, graph: &Graph, factors: &[u8], half: u32, labels: &Labels) -> u64 {
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
    fn split(&mut self, graph: &Graph, factors: &[u8], half: u32, labels: &Labels, output: &[u8]) -> Node {
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

    /// Unary generalisation: classes that are a sum, a trace or a diagonal of another class. No class is created.
    pub(super) fn generalise(&mut self) {
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

/// Spiders number their slots without gaps; which slot is which does not matter.
pub(super) fn renumber_spider_slots(mut graph: Graph) -> Graph {
    let mut next = vec![0_u8; graph.nodes.len()];
    for wire in &mut graph.wires {
        for end in [&mut wire.from, &mut wire.to] {
            if matches!(graph.nodes[usize::from(end.node)], Vertex::Spider(_)) {
                end.slot = next[usize::from(end.node)];
                next[usize::from(end.node)] += 1;
            }
        }
    }
    graph
}

/// Whether a factor is in the half of a split that the mask gives.
fn in_half(factors: &[u8], half: u32, node: u8) -> bool {
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

/// The nodes wired to a node.
pub(super) fn touching(graph: &Graph, node: u8) -> impl Iterator<Item = u8> + '_ {
    graph.wires.iter().filter_map(move |wire| {
        if wire.from.node == node {
            Some(wire.to.node)
        } else if wire.to.node == node {
            Some(wire.from.node)
        } else {
            None
        }
    })
}

/// Which factors are joined directly or through a label, as bit masks over the positions in `factors`.
pub(super) fn adjacency(graph: &Graph, factors: &[u8]) -> Vec<u32> {
    let mut adjacency = vec![0_u32; factors.len()];
    let position = |node: u8| factors.iter().position(|&factor| factor == node);
    for (spider, kind) in graph.nodes.iter().enumerate() {
        if matches!(kind, Vertex::Spider(_)) {
            let mask: u32 =
                touching(graph, spider as u8).filter_map(position).fold(0, |mask, at| mask | 1 << at);
            (0..factors.len()).filter(|at| mask >> at & 1 == 1).for_each(|at| adjacency[at] |= mask);
        }
    }
    for wire in &graph.wires {
        if let (Some(a), Some(b)) = (position(wire.from.node), position(wire.to.node)) {
            adjacency[a] |= 1 << b;
            adjacency[b] |= 1 << a;
        }
    }
    adjacency
}

pub(super) fn reachable(adjacency: &[u32], within: u32) -> u32 {
    let mut reached = within & within.wrapping_neg();
    loop {
        let mut next = reached;
        for (position, neighbours) in adjacency.iter().enumerate() {
            if reached >> position & 1 == 1 {
                next |= neighbours & within;
            }
        }
        if next == reached {
            return reached;
        }
        reached = next;
    }
}

/// Bit masks of one half of every split; the last factor is always in the other half.
fn splits(graph: &Graph, factors: &[u8]) -> Vec<u32> {
    let count = factors.len();
    let all: u32 = if count >= 32 { u32::MAX } else { (1 << count) - 1 };
    let adjacency = adjacency(graph, factors);
    let mut components = Vec::new();
    let mut rest = all;
    while rest != 0 {
        let component = reachable(&adjacency, rest);
        components.push(component);
        rest &= !component;
    }
    if components.len() > 1 {
        // Unions of components; the last stays in the other half.
        let unions = (components.len() - 1).min(EXHAUSTIVE_FACTORS);
        return (1..1_u32 << unions)
            .map(|choice| {
                (0..unions).filter(|at| choice >> at & 1 == 1).fold(0, |mask, at| mask | components[at])
            })
            .collect();
    }
    let connected = |mask: u32| reachable(&adjacency, mask) == mask;
    if count <= EXHAUSTIVE_FACTORS {
        return (1..all >> 1)
            .chain(std::iter::once(all >> 1))
            .filter(|&mask| mask != 0 && connected(mask) && connected(all & !mask))
            .collect();
    }
    // Connected halves grown factor by factor, small ones first.
    let mut found: Vec<u32> = Vec::new();
    let mut level: Vec<u32> = (0..count).map(|at| 1 << at).collect();
    while !level.is_empty() && found.len() < MAX_SPLITS {
        let mut next: Vec<u32> = Vec::new();
        for &mask in &level {
            if connected(all & !mask) && found.len() < MAX_SPLITS && !found.contains(&(all & !mask)) {
                found.push(mask);
            }
            for at in (0..count).filter(|at| mask >> at & 1 == 0 && adjacency[*at] & mask != 0) {
                let grown = mask | 1 << at;
                if grown.count_ones() * 2 <= count as u32
                    && !next.contains(&grown)
                    && next.len() < 4 * MAX_SPLITS
                {
                    next.push(grown);
                }
            }
        }
        level = next;
    }
    found
}

/// A node with labels numbered by first appearance.
pub(super) fn einsum(
    axes: &[AxisId],
    operands: Vec<Vec<u8>>,
    output: Vec<u8>,
    negative: bool,
    children: Vec<Id>,
) -> Node {
    let mut order: Vec<u8> = Vec::new();
    for &label in operands.iter().flatten() {
        if !order.contains(&label) {
            order.push(label);
        }
    }
    let rename = |labels: Vec<u8>| -> Vec<u8> {
        labels
            .into_iter()
            .map(|label| order.iter().position(|&other| other == label).unwrap_or(0) as u8)
            .collect()
    };
    let spec = Spec {
        axes: order.iter().map(|&label| axes[usize::from(label)]).collect(),
        operands: operands.into_iter().map(rename).collect(),
        output: rename(output),
        negative,
    };
    Node::Einsum(Box::new(spec), children)
}
