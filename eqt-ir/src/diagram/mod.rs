//! Diagrams: the contraction graphs that span the equivariant maps (first fundamental theorem, theory.md section 2).

use crate::signature::{AxisId, Signature};

pub mod canonical;
mod draw;
mod enumerate;
mod evaluate;
pub mod graph;
mod notation;
#[cfg(test)]
mod tests;

pub use canonical::{Canonical, canonicalise};
pub use draw::{Drawn, Section, dot, svg};
pub use enumerate::{DiagramLimit, Enumeration, Exceeded};
pub use evaluate::Evaluator;
pub(crate) use evaluate::epsilon as epsilon_symbol;
pub use graph::{End, Graph, Node, Shapes, Wire};
pub use notation::{Notation, Style};

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
        let canonical = canonicalise(graph, shapes);
        let vanishes =
            if graph.nodes.iter().any(|node| matches!(node, Node::Spider(axis) if shapes.is_free(*axis))) {
                // An automorphism that moves free labels is a symmetry of the coefficient, with its sign.
                canonicalise(&with_coefficient(graph, shapes, 0), shapes).sign == 0
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
                counts[usize::from(*input)] += 1;
            }
        }
        counts
    }

    /// The nodes of the free labels, in canonical order: the axes of the member's coefficient array.
    pub fn free_labels(&self, shapes: &Shapes) -> Vec<u8> {
        (0..self.graph.nodes.len() as u8)
            .filter(|&node| matches!(self.graph.nodes[usize::from(node)], Node::Spider(axis) if shapes.is_free(axis)))
            .collect()
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
            labels: count(|node| matches!(node, Node::Spider(_))),
            epsilons: count(|node| matches!(node, Node::Epsilon(_))),
            loops: self.graph.wires.iter().filter(|wire| wire.from.node == wire.to.node).count(),
            components: components(&self.graph).len(),
            wires: self.graph.wires.clone(),
        }
    }
}

/// A graph together with the array of coefficients over its free labels, in the order of the nodes.
pub fn with_coefficient(graph: &Graph, shapes: &Shapes, member: u16) -> Graph {
    let mut extended = graph.clone();
    let coefficient = extended.add(Node::Coefficient(member));
    let mut slot = 0;
    for (node, kind) in graph.nodes.iter().enumerate() {
        if matches!(kind, Node::Spider(axis) if shapes.is_free(*axis)) {
            let leg = extended.degree(node as u8) as u8;
            extended.join(End { node: coefficient, slot }, End { node: node as u8, slot: leg });
            slot += 1;
        }
    }
    extended
}

/// The diagram of a scalar map without its output, which has no slots.
pub fn without_output(graph: &Graph) -> Graph {
    let Some(output) = graph.nodes.iter().position(|node| *node == Node::Output) else {
        return graph.clone();
    };
    let moved = |end: End| End { node: end.node - u8::from(usize::from(end.node) > output), slot: end.slot };
    let mut nodes = graph.nodes.clone();
    nodes.remove(output);
    let wires = graph.wires.iter().map(|wire| Wire { from: moved(wire.from), to: moved(wire.to) }).collect();
    Graph { nodes, wires }
}

/// The connected components of a graph, each a sorted list of nodes, in the order of their first nodes.
pub fn components(graph: &Graph) -> Vec<Vec<u8>> {
    let mut component: Vec<usize> = (0..graph.nodes.len()).collect();
    loop {
        let mut changed = false;
        for wire in &graph.wires {
            let (a, b) = (usize::from(wire.from.node), usize::from(wire.to.node));
            let least = component[a].min(component[b]);
            changed |= component[a] != least || component[b] != least;
            component[a] = least;
            component[b] = least;
        }
        if !changed {
            break;
        }
    }
    let mut lists: Vec<Vec<u8>> = Vec::new();
    for root in 0..graph.nodes.len() {
        let members: Vec<u8> =
            (0..graph.nodes.len() as u8).filter(|&node| component[usize::from(node)] == root).collect();
        if !members.is_empty() {
            lists.push(members);
        }
    }
    lists
}
