//! Diagrams as graphs of [petgraph](https://docs.rs/petgraph), for all that is not written here.

use petgraph::graph::DiGraph;

use super::graph::{Graph, Node, Wire};
use super::{Diagram, NodeId};

impl Diagram {
    /// The diagram as a graph of petgraph: a node for every node, with the same index, and an edge for every wire in the
    /// direction of its orientation, both in canonical order. Parallel edges and loops are there as often as in the
    /// diagram; which slots an edge joins stands in its weight.
    ///
    /// ```
    /// use eqt_ir::basis::{Basis, Options};
    /// use eqt_ir::petgraph::algo::connected_components;
    /// use eqt_ir::signature::parse_signature;
    ///
    /// let signature = parse_signature("O(d): P: S^d -> R")?;
    /// let basis = Basis::new(&signature, &Options::exactly(2))?;
    /// // tr(P P) and tr(P)^2: a cycle of two matrices, and two loops; the output, without slots, stands alone.
    /// let graphs: Vec<_> = basis.elements.iter().map(|element| element.diagram.to_petgraph()).collect();
    /// assert_eq!(graphs.iter().map(connected_components).collect::<Vec<_>>(), [2, 3]);
    /// assert!(graphs.iter().all(|graph| graph.node_count() == 3 && graph.edge_count() == 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_petgraph(&self) -> DiGraph<Node, Wire> {
        self.graph.to_petgraph()
    }
}

impl Graph {
    /// The graph as a graph of petgraph, see [`Diagram::to_petgraph`].
    pub fn to_petgraph(&self) -> DiGraph<Node, Wire> {
        let mut graph = DiGraph::with_capacity(self.nodes.len(), self.wires.len());
        let nodes: Vec<_> = self.nodes.iter().map(|&node| graph.add_node(node)).collect();
        let at = |node: NodeId| nodes[node.index()];
        for &wire in &self.wires {
            graph.add_edge(at(wire.from.node), at(wire.to.node), wire);
        }
        graph
    }
}
