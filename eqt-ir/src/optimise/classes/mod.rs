//! The saturated e-graph, written down.
//!
//! Contractions have a decidable normal form, a diagram up to isomorphism, so that associativity and commutativity need
//! not be discovered by rewriting: every e-class carries the canonical form of the sub-diagram that it stands for, and
//! every split of it into two connected halves is inserted as a node (of a disconnected one, every split into unions of
//! its components). A class is referred to with a permutation of its axes and a sign.

use std::collections::BTreeMap;

use egg::{EGraph, Id};

use crate::diagram::graph::is_factor;
use crate::diagram::{Graph, Node as Vertex, Shapes, canonicalise};
use crate::optimise::language::{Leaf, Node, Spec};
use crate::optimise::node_cost::{is_delta_leaf, node_cost};
use crate::progress::{Stage, report};
use crate::signature::{AxisId, Sizes};

mod connected;
mod generalise;
mod split;

pub(in crate::optimise) use connected::{Mask, adjacency, reachable};

/// A class as it is read: axis k of what is meant is axis `permutation[k]` of the class, times the sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::optimise) struct Reference {
    pub(in crate::optimise) class: Id,
    pub(in crate::optimise) permutation: Vec<u8>,
    pub(in crate::optimise) sign: i8,
}

/// What is known of a class.
#[derive(Clone, Debug)]
pub(in crate::optimise) struct Class {
    /// The canonical sub-diagram; its legs come last, in the order of the axes.
    pub(in crate::optimise) graph: Graph,
    /// The axis of every leg.
    pub(in crate::optimise) axes: Vec<AxisId>,
    /// Multiply-adds of its best contraction tree, nothing shared.
    pub(in crate::optimise) tree: u64,
    /// The last contraction of that tree: its multiply-adds and what it reads.
    pub(in crate::optimise) last: (u64, Vec<Id>),
}

impl Class {
    /// A class without a diagram of its own.
    pub(in crate::optimise) fn bare(axes: &[AxisId]) -> Class {
        Class { graph: Graph::default(), axes: axes.to_vec(), tree: 0, last: (0, Vec::new()) }
    }
}

/// The e-graph with its classes by canonical sub-diagram.
pub(in crate::optimise) struct Classes<'a> {
    pub(in crate::optimise) shapes: &'a Shapes,
    pub(in crate::optimise) sizes: &'a Sizes,
    pub(in crate::optimise) egraph: EGraph<Node, ()>,
    by_graph: BTreeMap<Graph, Id>,
    /// Raw graphs met before, so that canonical forms are computed once.
    memo: BTreeMap<Graph, Reference>,
    pub(in crate::optimise) known: BTreeMap<Id, Class>,
    /// Nodes of all graphs that were looked up, and of the partitions that their canonical forms took.
    effort: u64,
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
pub(in crate::optimise) fn legs(graph: &Graph) -> Vec<u8> {
    (0..graph.nodes.len() as u8)
        .filter(|&node| matches!(graph.nodes[usize::from(node)], Vertex::Leg(_)))
        .collect()
}

impl<'a> Classes<'a> {
    pub(in crate::optimise) fn new(shapes: &'a Shapes, sizes: &'a Sizes) -> Classes<'a> {
        report(Stage::Splitting);
        Classes {
            shapes,
            sizes,
            egraph: EGraph::new(()),
            by_graph: BTreeMap::new(),
            memo: BTreeMap::new(),
            known: BTreeMap::new(),
            effort: 0,
        }
    }

    /// The class of a graph with open legs, created with all its splits if it is new.
    pub(in crate::optimise) fn intern(&mut self, graph: &Graph) -> Reference {
        self.effort += graph.nodes.len() as u64;
        if let Some(reference) = self.memo.get(graph) {
            return reference.clone();
        }
        if let Some(reference) = self.given(graph) {
            self.memo.insert(graph.clone(), reference.clone());
            return reference;
        }
        let canonical = canonicalise(graph, self.shapes);
        self.effort += canonical.effort;
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
        self.effort += canonical.effort;
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
    pub(in crate::optimise) fn best_tree(&self, root: Id) -> BTreeMap<Id, u64> {
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
    pub(in crate::optimise) fn class_of_canonical(&mut self, graph: &Graph) -> Option<Id> {
        self.given(graph).map(|reference| reference.class).or_else(|| self.by_graph.get(graph).copied())
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

    /// The given tensor with its slots in order, as a class of its own.
    fn leaf(&mut self, leaf: Leaf, axes: &[AxisId]) -> Id {
        let id = self.egraph.add(Node::Leaf(leaf));
        self.known.entry(id).or_insert_with(|| Class::bare(axes));
        id
    }
}

/// The nodes wired to a node.
pub(in crate::optimise) fn touching(graph: &Graph, node: u8) -> impl Iterator<Item = u8> + '_ {
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

/// Spiders number their slots without gaps; which slot is which does not matter.
pub(in crate::optimise) fn renumber_spider_slots(mut graph: Graph) -> Graph {
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

/// A node with labels numbered by first appearance.
pub(in crate::optimise) fn einsum(
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
