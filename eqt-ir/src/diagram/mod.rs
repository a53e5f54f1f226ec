//! Diagrams: the contraction graphs that span the equivariant maps (first fundamental theorem, docs/theory.md section 2).
//!
//! ```
//! use eqt_ir::diagram::{Diagram, End, Enumeration, Graph, InputId, Node, Notation, Shapes, Style};
//! use eqt_ir::signature::parse_signature;
//!
//! let signature = parse_signature("O(d): P: S^d -> S^d").unwrap();
//! let notation = Notation::new(&signature, Style::Text);
//!
//! // All diagrams of degree 2, each once.
//! let found = Enumeration::new(&signature, None, 100).of_degree(2).unwrap();
//! let formulas: Vec<String> = found.iter().map(|diagram| notation.member(diagram)).collect();
//! assert_eq!(formulas, ["P^pr P^qr", "tr(P P) delta^pq", "tr(P) P^pq", "tr(P)^2 delta^pq"]);
//!
//! // One of them built by hand, P P: nodes, and wires between their slots. The slots of P and of the output are
//! // interchangeable, so that which slot a wire ends at does not matter.
//! let mut graph = Graph::default();
//! let p = Node::Input(InputId::new(0));
//! let (output, first, second) = (graph.add(Node::Output), graph.add(p), graph.add(p));
//! graph.join(End::new(output, 0), End::new(first, 1));
//! graph.join(End::new(first, 0), End::new(second, 1));
//! graph.join(End::new(second, 0), End::new(output, 1));
//! assert_eq!(Diagram::from_graph(&graph, &Shapes::new(&signature)).as_ref(), Some(&found[0]));
//! ```

use std::collections::BTreeMap;

use petgraph::unionfind::UnionFind;

use crate::signature::{AxisId, Signature};

pub mod canonical;
mod draw;
pub mod edit;
mod enumerate;
mod evaluate;
pub mod graph;
mod ids;
mod notation;
#[cfg(test)]
mod tests;
mod to_petgraph;
pub mod verify;

pub use canonical::{Canonical, canonicalise};
pub use draw::{Drawn, Section, dot, svg};
pub use edit::{Edit, Edited, Loose};
pub use enumerate::{DiagramLimit, Enumeration, Exceeded};
pub(crate) use evaluate::epsilon as epsilon_symbol;
pub use evaluate::{Evaluator, TooMuchWork};
pub use graph::{End, Graph, Node, Shapes, Wire};
pub use ids::{InputId, MemberId, NodeId, SlotId, SlotSet};
pub use notation::{Notation, Style};
pub use verify::GraphDefect;

/// A canonical, non-vanishing diagram: occurrences of inputs and the output with all their slots wired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// In canonical form; see [`canonicalise`].
    pub graph: Graph,
}

/// The frozen order of diagrams, compared field by field. It is part of the file format of a basis: it never depends on
/// sizes, on costs, or on how good the simplifier is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey {
    /// Number of occurrences.
    pub degree: usize,
    /// Occurrences of each input, negated, so that more of an earlier input comes first.
    pub occurrences: Vec<isize>,
    /// Number of labels.
    pub labels: usize,
    /// Number of epsilons.
    pub epsilons: usize,
    /// Wires with both ends on one node: traces, and deltas of the output.
    pub loops: usize,
    /// Connected components.
    pub components: usize,
    /// The canonical form itself.
    pub wires: Vec<Wire>,
}

impl Diagram {
    /// The canonical form of a graph, unless it vanishes.
    pub fn from_graph(graph: &Graph, shapes: &Shapes) -> Option<Diagram> {
        debug_assert_eq!(graph.verify(shapes), Ok(()), "{graph:?}");
        let canonical = canonicalise(graph, shapes);
        let vanishes = if graph.nodes.iter().any(|&node| shapes.is_free_spider(node)) {
            // An automorphism that moves free labels is a symmetry of the coefficient, with its sign.
            canonicalise(&with_coefficient(graph, shapes, MemberId::default()), shapes).sign == 0
        } else {
            canonical.sign == 0
        };
        (!vanishes).then_some(Diagram { graph: canonical.graph })
    }

    /// Number of occurrences of inputs.
    pub fn degree(&self) -> usize {
        self.graph.nodes.iter().filter(|node| matches!(node, Node::Input(_))).count()
    }

    /// Occurrences of each input.
    pub fn occurrences(&self, inputs: usize) -> Vec<usize> {
        let mut counts = vec![0; inputs];
        for node in &self.graph.nodes {
            if let Node::Input(input) = node {
                counts[input.index()] += 1;
            }
        }
        counts
    }

    /// The nodes of the free labels, in canonical order: the axes of the member's coefficient array.
    pub fn free_labels(&self, shapes: &Shapes) -> Vec<NodeId> {
        self.graph.of_kind(|node| shapes.is_free_spider(node))
    }

    /// The axes of the array of coefficients: those of the free labels, in canonical order.
    pub fn coefficient_axes(&self, shapes: &Shapes) -> Vec<AxisId> {
        let axis = |node: &Node| match node {
            Node::Spider(axis) if shapes.is_free(*axis) => Some(*axis),
            _ => None,
        };
        self.graph.nodes.iter().filter_map(axis).collect()
    }

    /// Where the diagram stands in a basis.
    pub fn order_key(&self, signature: &Signature) -> OrderKey {
        let count = |accept: fn(&Node) -> bool| self.graph.nodes.iter().filter(|node| accept(node)).count();
        OrderKey {
            degree: self.degree(),
            occurrences: self
                .occurrences(signature.inputs.len())
                .iter()
                .map(|&count| -(count as isize))
                .collect(),
            labels: count(|node| node.is_spider()),
            epsilons: count(|node| matches!(node, Node::Epsilon(_))),
            loops: self.graph.wires.iter().filter(|wire| wire.from.node == wire.to.node).count(),
            components: components(&self.graph).len(),
            wires: self.graph.wires.clone(),
        }
    }
}

/// A graph together with the array of coefficients over its free labels, in the order of the nodes.
pub fn with_coefficient(graph: &Graph, shapes: &Shapes, member: MemberId) -> Graph {
    let mut extended = graph.clone();
    let coefficient = extended.add(Node::Coefficient(member));
    for (slot, label) in graph.of_kind(|node| shapes.is_free_spider(node)).into_iter().enumerate() {
        let leg = extended.degree(label);
        extended.join(End::new(coefficient, slot), End::new(label, leg));
    }
    extended
}

/// The diagram of a scalar map without its output, which has no slots.
pub fn without_output(graph: &Graph) -> Graph {
    let Some(output) = graph.find(Node::Output) else { return graph.clone() };
    let mut edit = graph.edit();
    edit.remove(output);
    edit.finish().graph
}

/// The connected components of a graph, each a sorted list of nodes, in the order of their first nodes.
pub fn components(graph: &Graph) -> Vec<Vec<NodeId>> {
    let mut joined: UnionFind<usize> = UnionFind::new(graph.nodes.len());
    for wire in &graph.wires {
        joined.union(wire.from.node.index(), wire.to.node.index());
    }
    let mut component_of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut components: Vec<Vec<NodeId>> = Vec::new();
    for node in graph.ids() {
        let next = components.len();
        let at = *component_of.entry(joined.find_mut(node.index())).or_insert(next);
        if at == next {
            components.push(Vec::new());
        }
        components[at].push(node);
    }
    components
}
