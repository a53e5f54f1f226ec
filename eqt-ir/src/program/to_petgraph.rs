//! Programs as graphs of [petgraph](https://docs.rs/petgraph), for all that is not written here.

use petgraph::graph::DiGraph;

use super::{Program, StepId};

/// A node of [`Program::to_petgraph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProgramNode {
    /// A step.
    Step(StepId),
    /// A result, an index into [`Program::roots`].
    Root(usize),
}

impl Program {
    /// The flow of data as a graph of petgraph: a node for every step, in order, then one for every result, and an edge
    /// from what is read to what reads it; its weight is the position of the operand or term. A step that reads another
    /// one twice has two edges from it.
    ///
    /// ```
    /// use eqt_ir::petgraph::algo::toposort;
    /// use eqt_ir::program::{Program, ProgramNode};
    ///
    /// let program = Program::parse(
    ///     "signature O(d) * S(n): a: (R^d)^n -> S^d\n\
    ///      coefficients 1\n\
    ///      %0 [n d] = input a\n\
    ///      %1 [d d] = einsum [i:n p:d q:d] (%0[i p], %0[i q]) -> [p q]\n\
    ///      %2 [d d] = linear theta_0 * %1\n\
    ///      combination = %2\n",
    /// )?;
    /// let graph = program.to_petgraph();
    /// assert_eq!((graph.node_count(), graph.edge_count()), (4, 4));
    /// let order = toposort(&graph, None).expect("a program is a DAG");
    /// assert_eq!(graph[*order.last().unwrap()], ProgramNode::Root(0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_petgraph(&self) -> DiGraph<ProgramNode, usize> {
        let mut graph = DiGraph::new();
        let steps: Vec<_> = self.iter().map(|(id, _)| graph.add_node(ProgramNode::Step(id))).collect();
        for ((_, step), &node) in self.iter().zip(&steps) {
            for (position, read) in step.op.reads().into_iter().enumerate() {
                graph.add_edge(steps[read.index()], node, position);
            }
        }
        for (position, root) in self.roots.iter().enumerate() {
            let node = graph.add_node(ProgramNode::Root(position));
            graph.add_edge(steps[root.step.index()], node, 0);
        }
        graph
    }
}
