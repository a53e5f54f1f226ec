//! What diagrams cost one by one, with nothing shared.

use super::classes::Classes;
use super::compile::Compiler;
use super::roots::{has_symmetry, open_output};
use crate::diagram::graph::is_factor;
use crate::diagram::{End, Graph, Node};
use crate::map::{Map, Member};
use crate::program::Polynomial;
use crate::signature::{AxisId, Sizes};

/// Multiply-adds of the members of a map without the simplifier.
#[derive(Clone, Debug)]
pub struct Macs {
    /// Every diagram summed over all its indices at once.
    pub naive: Polynomial,
    /// Every diagram by its own best contraction tree at the sample sizes, nothing shared.
    pub independent: u64,
}

/// The costs of a basis without sharing.
pub fn macs(map: &Map, sizes: &Sizes) -> Macs {
    let compiler = Compiler::new(map, sizes);
    let naive = map
        .members
        .iter()
        .fold(Polynomial::zero(&map.signature), |sum, member| sum.plus(&compiler.naive(member)));
    Macs { naive, independent: compiler.tree_costs().into_iter().fold(0, u64::saturating_add) }
}

/// The cost of each member by its own best contraction tree, repeats inside it paid again.
pub fn tree_costs(map: &Map, sizes: &Sizes) -> Vec<u64> {
    Compiler::new(map, sizes).tree_costs()
}

impl Compiler<'_> {
    /// The cost of each member by its own best contraction tree, repeats inside it paid again.
    fn tree_costs(&self) -> Vec<u64> {
        // The classes are shared to find the trees once; what they cost is not.
        let mut classes = Classes::new(&self.shapes, self.sizes);
        let mut cost = |graph: &Graph| {
            let open = open_output(graph, &self.output.slots);
            let root = classes.intern(&open).class;
            let tree = classes.known.get(&root).map_or(0, |class| class.tree);
            let entries = || self.output.slots.iter().map(|&axis| self.sizes.of(axis) as u64).product();
            let symmetrise = if has_symmetry(&open, &self.shapes, &self.output) { 0 } else { entries() };
            tree.saturating_add(symmetrise)
        };
        let members = self.map.members.iter();
        members
            .map(|member| {
                let terms = self.terms(member, None);
                terms.iter().map(|term| cost(&term.graph)).fold(0, u64::saturating_add)
            })
            .collect()
    }

    /// `(number of factors - 1, deltas counted)` times the product of the sizes of all labels.
    fn naive(&self, member: &Member) -> Polynomial {
        let terms = self.terms(member, None);
        let zero = Polynomial::zero(&self.map.signature);
        terms.iter().fold(zero, |sum, term| sum.plus(&self.naive_of_graph(&term.graph)))
    }

    fn naive_of_graph(&self, graph: &Graph) -> Polynomial {
        let open = open_output(graph, &self.output.slots);
        let factors = open.nodes.iter().filter(|node| is_factor(**node)).count();
        let mut axes: Vec<AxisId> = Vec::new();
        for (node, kind) in open.nodes.iter().enumerate() {
            if let Node::Spider(axis) = kind
                && open.degree(node as u8) > 0
            {
                axes.push(*axis);
            }
        }
        for wire in &open.wires {
            let spider = |end: End| matches!(open.nodes[usize::from(end.node)], Node::Spider(_));
            if !spider(wire.from) && !spider(wire.to) {
                axes.push(self.shapes.slot(open.nodes[usize::from(wire.from.node)], wire.from.slot).axis);
            }
        }
        let mut cost = Polynomial::zero(&self.map.signature);
        cost.add(&self.map.signature, factors.saturating_sub(1) as u64, &axes);
        cost
    }
}
