//! The cost model of extraction: multiply-adds at sample sizes.

use super::language::{ENode, Leaf};
use crate::program::charged;
use crate::signature::Sizes;

/// Multiply-adds of a node at some sizes; `is_delta` tells whether a child is a delta.
pub(super) fn node_cost(node: &ENode, sizes: &Sizes, is_delta: impl Fn(egg::Id) -> bool) -> u64 {
    match node {
        ENode::Leaf(_) | ENode::Modulo(..) => 0,
        ENode::Einsum(spec, children) => {
            sizes.cost(&charged(&spec.axes, &spec.operands, |position| is_delta(children[position])))
        }
        ENode::Linear(axes, terms, _) => sizes.cost(axes).saturating_mul(terms.len() as u64),
    }
}

/// Whether a leaf is a delta.
pub(super) fn is_delta_leaf(node: &ENode) -> bool {
    matches!(node, ENode::Leaf(Leaf::Delta(_)))
}
