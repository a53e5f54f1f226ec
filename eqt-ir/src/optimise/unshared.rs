//! What diagrams cost one by one, with nothing shared.

use super::classes::Classes;
use super::forward::Compiler;
use super::roots::{has_symmetry, open_output};
use crate::basis::Basis;
use crate::diagram::{Node, NodeId};
use crate::program::Polynomial;
use crate::signature::{AxisId, Sizes};

/// Multiply-adds of a basis without the simplifier.
#[derive(Clone, Debug)]
pub struct Macs {
    /// Every diagram summed over all its indices at once.
    pub naive: Polynomial,
    /// Every diagram by its own best contraction tree at the sample sizes, nothing shared.
    pub independent: u64,
}

/// The costs of a basis without sharing.
pub fn macs(basis: &Basis, sizes: &Sizes) -> Macs {
    let compiler = Compiler::new(basis, sizes);
    let naive = (0..basis.elements.len())
        .fold(Polynomial::zero(&basis.signature), |sum, member| sum.plus(&compiler.naive(member)));
    Macs { naive, independent: compiler.tree_costs().into_iter().fold(0, u64::saturating_add) }
}

impl Compiler<'_> {
    /// The cost of each member by its own best contraction tree, repeats inside it paid again.
    pub fn tree_costs(&self) -> Vec<u64> {
        // The classes are shared to find the trees once; what they cost is not.
        let mut classes = Classes::new(&self.shapes, self.sizes);
        let cost = |member| {
            let open = open_output(&self.member_graph(member), &self.output.slots);
            let root = classes.intern(&open).class;
            let tree = classes.known.get(&root).map_or(0, |class| class.tree);
            let entries = || self.output.slots.iter().map(|&axis| self.sizes.of(axis) as u64).product();
            let symmetrise = if has_symmetry(&open, &self.shapes, &self.output) { 0 } else { entries() };
            tree.saturating_add(symmetrise)
        };
        (0..self.elements.len()).map(cost).collect()
    }

    /// `(number of factors - 1, deltas counted)` times the product of the sizes of all labels.
    pub fn naive(&self, member: usize) -> Polynomial {
        let open = open_output(&self.member_graph(member), &self.output.slots);
        let factors = open.factors().len();
        let label = |(node, kind): (NodeId, Node)| match kind {
            Node::Spider(axis) if open.degree(node) > 0 => Some(axis),
            _ => None,
        };
        let linear = open.wires.iter().filter(|wire| !open.is_label_wire(wire));
        let linear = linear.filter_map(|wire| self.shapes.wire_axis(&open, wire));
        let axes: Vec<AxisId> = open.iter().filter_map(label).chain(linear).collect();
        let mut cost = Polynomial::zero(self.signature);
        cost.add(self.signature, factors.saturating_sub(1) as u64, &axes);
        cost
    }
}
