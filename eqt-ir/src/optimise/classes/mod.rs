//! The saturated e-graph, written down.
//!
//! Contractions have a decidable normal form, a diagram up to isomorphism, so that associativity and commutativity need
//! not be discovered by rewriting: every e-class carries the canonical form of the sub-diagram that it stands for, and
//! every split of it into two connected halves is inserted as a node (of a disconnected one, every split into unions of
//! its components). A class is referred to with a permutation of its axes and a sign.

use std::collections::{BTreeMap, BTreeSet};

use egg::{EGraph, Id};

use crate::diagram::{Graph, Node, NodeId, Shapes, SlotId, canonicalise};
use crate::optimise::budget::{Budget, MAX_TERMS};
use crate::optimise::language::{ENode, Leaf, Spec};
use crate::optimise::node_cost::{is_delta_leaf, node_cost};
use crate::program::Label;
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
    pub(in crate::optimise) permutation: Vec<SlotId>,
    pub(in crate::optimise) sign: i8,
}

/// What is known of a class. A class without a diagram of its own, a given tensor or a sum, has the default.
#[derive(Clone, Debug, Default)]
pub(in crate::optimise) struct Class {
    /// The canonical sub-diagram; its legs come last, in the order of the axes.
    pub(in crate::optimise) graph: Graph,
    /// Multiply-adds of its best contraction tree, nothing shared.
    pub(in crate::optimise) tree: u64,
    /// The last contraction of that tree: its multiply-adds and what it reads.
    pub(in crate::optimise) last: (u64, Vec<Id>),
}

/// The e-graph with its classes by canonical sub-diagram.
pub(in crate::optimise) struct Classes<'a> {
    pub(in crate::optimise) shapes: &'a Shapes,
    pub(in crate::optimise) sizes: &'a Sizes,
    pub(in crate::optimise) egraph: EGraph<ENode, ()>,
    by_graph: BTreeMap<Graph, Id>,
    /// Raw graphs met before, so that canonical forms are computed once.
    memo: BTreeMap<Graph, Reference>,
    pub(in crate::optimise) known: BTreeMap<Id, Class>,
    /// Nodes of all graphs that were looked up, and of the partitions that their canonical forms took.
    effort: u64,
    /// Combinations of more terms than this are summed up term by term.
    pub(in crate::optimise) most_terms: usize,
    /// The limits that were met.
    pub(in crate::optimise) met: BTreeSet<Budget>,
}

/// The given tensor at a factor.
fn leaf_of(factor: Node) -> Leaf {
    match factor {
        Node::Input(input) => Leaf::Input(input),
        Node::Coefficient(member) => Leaf::Coefficient(member),
        Node::Epsilon(axis) => Leaf::Epsilon(axis),
        Node::Delta(axis) => Leaf::Delta(axis),
        Node::Ones(axis) => Leaf::Ones(axis),
        Node::Cotangent => Leaf::Cotangent,
        Node::Output | Node::Spider(_) | Node::Frame | Node::Leg(_) => {
            unreachable!("{factor:?} is no factor")
        }
    }
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
            most_terms: MAX_TERMS,
            met: BTreeSet::new(),
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
        let (canonical, permutation, sign) = self.canonical(graph);
        let class = match self.by_graph.get(&canonical) {
            Some(&class) => class,
            None => self.create(canonical),
        };
        let reference = Reference { class, permutation, sign };
        self.memo.insert(graph.clone(), reference.clone());
        reference
    }

    /// The class of a graph, if there is one already.
    fn lookup(&mut self, graph: &Graph) -> Option<Reference> {
        if let Some(reference) = self.memo.get(graph) {
            return Some(reference.clone());
        }
        let (canonical, permutation, sign) = self.canonical(graph);
        let reference = Reference { class: *self.by_graph.get(&canonical)?, permutation, sign };
        self.memo.insert(graph.clone(), reference.clone());
        Some(reference)
    }

    /// The canonical form of a graph, which of its legs every leg becomes, and the sign. Legs come last there.
    fn canonical(&mut self, graph: &Graph) -> (Graph, Vec<SlotId>, i8) {
        debug_assert_eq!(graph.verify(self.shapes), Ok(()), "{graph:?}");
        let canonical = canonicalise(graph, self.shapes);
        self.effort += canonical.effort;
        let legs = graph.legs();
        let first_leg = graph.nodes.len() - legs.len();
        let place = |&leg: &NodeId| SlotId::new(canonical.position[leg.index()].index() - first_leg);
        (canonical.graph, legs.iter().map(place).collect(), canonical.labelling_sign)
    }

    fn create(&mut self, graph: Graph) -> Id {
        let axes = graph.leg_axes();
        let nodes = self.nodes_of(&graph);
        let (tree, last) = nodes
            .iter()
            .map(|node| self.tree_cost(node))
            .min_by_key(|(tree, _)| *tree)
            .unwrap_or((0, (0, Vec::new())));
        let mut ids = nodes.into_iter().map(|node| self.egraph.add(node)).collect::<Vec<Id>>().into_iter();
        let class = ids
            .next()
            .unwrap_or_else(|| self.egraph.add(ENode::Linear(axes.clone(), Vec::new(), Vec::new())));
        for id in ids {
            self.egraph.union(class, id);
        }
        let class = self.egraph.find(class);
        self.by_graph.insert(graph.clone(), class);
        self.known.insert(class, Class { graph, tree, last });
        class
    }

    /// The cost of a node with its children as trees, and of the node alone with its children.
    fn tree_cost(&self, node: &ENode) -> (u64, (u64, Vec<Id>)) {
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
        let mut factors = graph.iter().filter(|(_, node)| node.is_factor());
        let Some((factor, kind)) = factors.next() else {
            let class = self.leaf(Leaf::One);
            return graph.nodes.is_empty().then(|| Reference { class, permutation: Vec::new(), sign: 1 });
        };
        if factors.next().is_some() {
            return None;
        }
        // The only slot of the factor that is joined to a node.
        let slot_beside = |node: NodeId| {
            let mut slots = graph
                .wires
                .iter()
                .filter_map(|wire| wire.at(node))
                .filter(|(_, other)| other.node == factor)
                .map(|(_, other)| other.slot);
            let slot = slots.next()?;
            slots.next().is_none().then_some(slot)
        };
        let mut permutation = Vec::new();
        for leg in graph.legs() {
            let beside = graph.touching(leg).next()?;
            permutation.push(slot_beside(if beside == factor { leg } else { beside })?);
        }
        // Every slot is met once iff there are as many legs as wire ends at the factor.
        if permutation.len() != graph.degree(factor) {
            return None;
        }
        let class = self.leaf(leaf_of(kind));
        Some(Reference { class, permutation, sign: 1 })
    }

    /// The given tensor with its slots in order, as a class of its own.
    fn leaf(&mut self, leaf: Leaf) -> Id {
        let id = self.egraph.add(ENode::Leaf(leaf));
        self.known.entry(id).or_default();
        id
    }
}

impl Reference {
    /// The labels of the axes of the class, where those of what is meant are given in order.
    pub(in crate::optimise) fn operand(&self, labels: &[Label]) -> Vec<Label> {
        let mut operand = labels.to_vec();
        for (&label, place) in labels.iter().zip(&self.permutation) {
            operand[place.index()] = label;
        }
        operand
    }
}

/// A node with labels numbered by first appearance; each label of the output is one of an operand.
pub(in crate::optimise) fn einsum(
    axes: &[AxisId],
    operands: Vec<Vec<Label>>,
    output: Vec<Label>,
    negative: bool,
    children: Vec<Id>,
) -> ENode {
    let mut order: Vec<Label> = Vec::new();
    let mut number: BTreeMap<Label, Label> = BTreeMap::new();
    for &label in operands.iter().flatten() {
        number.entry(label).or_insert_with(|| {
            order.push(label);
            Label::new(order.len() - 1)
        });
    }
    let rename =
        |labels: Vec<Label>| -> Vec<Label> { labels.into_iter().map(|label| number[&label]).collect() };
    let spec = Spec {
        operands: operands.into_iter().map(rename).collect(),
        output: rename(output),
        axes: order.into_iter().map(|label| axes[label.index()]).collect(),
        negative,
    };
    ENode::Einsum(Box::new(spec), children)
}
