//! What holds of every graph that one stage hands to the next.
//!
//! - **Nodes** name inputs and axes of the signature. Spiders and ones stand on label axes, epsilons on linear ones. There
//!   is at most one output, one cotangent, one frame and one array of coefficients.
//! - **Wires** end at nodes of the graph, and at slots that these have.
//! - **Slots** are joined once: every slot of an output, cotangent, input, epsilon, delta, ones and leg exactly once,
//!   those of a frame at most once (a part of a diagram has some of its open slots).
//! - **Spiders and coefficients** have the slots that are joined: at least one, numbered from 0 without gaps.
//! - **Axes** agree: both slots of a wire are on one axis, where they know it (coefficients and frames do not).
//! - **Labels** meet at spiders: a wire of a label axis ends at exactly one spider, a wire of a linear axis at none.
//! - **Coefficients** meet spiders of free labels only.
//!
//! Canonical forms hold more: nodes are in the order of [`Node::rank`], wires in the order of the classes that they
//! join, and the slots of a class are dealt out in that order (see [`canonicalise`](super::canonicalise)).

use std::fmt;

use super::graph::{End, Graph, Node, Shapes, Wire};
use super::ids::{NodeId, SlotSet};

/// What is wrong with a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphDefect {
    /// A node names an input or an axis that the signature does not have, or an axis of the wrong kind.
    Unknown(NodeId),
    /// There are two outputs, cotangents, frames or arrays of coefficients.
    Several(NodeId),
    /// A wire ends at a node that is not there.
    NoNode(End),
    /// A wire ends at a slot that its node does not have.
    NoSlot(End),
    /// A slot is joined twice.
    Twice(End),
    /// A slot is not joined.
    Open(End),
    /// The slots of a spider or of coefficients are not numbered from 0 without gaps, or there is none.
    Gap(NodeId),
    /// The slots of a wire are on two axes.
    Axes(Wire),
    /// A wire of a label axis does not end at one spider, or one of a linear axis does.
    Label(Wire),
    /// Coefficients meet something that is no free label.
    Coefficient(Wire),
}

impl fmt::Display for GraphDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |end: &End| format!("{}.{}", end.node, end.slot);
        let wire = |wire: &Wire| format!("{} -- {}", end(&wire.from), end(&wire.to));
        match self {
            GraphDefect::Unknown(node) => write!(f, "{node} is of no input or axis of the signature"),
            GraphDefect::Several(node) => write!(f, "{node} is one of several of its kind"),
            GraphDefect::NoNode(at) => write!(f, "a wire ends at {}, a node that is not there", end(at)),
            GraphDefect::NoSlot(at) => write!(f, "a wire ends at {}, a slot that is not there", end(at)),
            GraphDefect::Twice(at) => write!(f, "{} is joined twice", end(at)),
            GraphDefect::Open(at) => write!(f, "{} is not joined", end(at)),
            GraphDefect::Gap(node) => write!(f, "the slots of {node} are not numbered without gaps"),
            GraphDefect::Axes(at) => write!(f, "{} joins two axes", wire(at)),
            GraphDefect::Label(at) => {
                write!(f, "{} joins labels without a spider, or a spider to no label", wire(at))
            }
            GraphDefect::Coefficient(at) => write!(f, "{} joins coefficients to no free label", wire(at)),
        }
    }
}

impl std::error::Error for GraphDefect {}

impl Graph {
    /// Checks the invariants in the module documentation of `diagram::verify`: nodes, slots, axes and labels fit, and
    /// every slot is joined once.
    ///
    /// # Errors
    /// The first defect.
    pub fn verify(&self, shapes: &Shapes) -> Result<(), GraphDefect> {
        let mut single: Vec<u8> = Vec::new();
        for (id, node) in self.iter() {
            if !shapes.knows(node) {
                return Err(GraphDefect::Unknown(id));
            }
            if matches!(node, Node::Output | Node::Cotangent | Node::Frame | Node::Coefficient(_)) {
                if single.contains(&node.rank().0) {
                    return Err(GraphDefect::Several(id));
                }
                single.push(node.rank().0);
            }
        }
        let mut joined = vec![SlotSet::default(); self.nodes.len()];
        let mut degree = vec![0; self.nodes.len()];
        for end in self.wires.iter().flat_map(|wire| [wire.from, wire.to]) {
            let node = self.nodes.get(end.node.index()).ok_or(GraphDefect::NoNode(end))?;
            if shapes.slots(*node).is_some_and(|slots| end.slot.index() >= slots) {
                return Err(GraphDefect::NoSlot(end));
            }
            if !joined[end.node.index()].insert(end.slot) {
                return Err(GraphDefect::Twice(end));
            }
            degree[end.node.index()] += 1;
        }
        for (id, node) in self.iter() {
            let joined = &joined[id.index()];
            let missing = |slots: usize| {
                (0..slots).map(|slot| End::new(id, slot)).find(|end| !joined.contains(end.slot))
            };
            match (node, shapes.slots(node)) {
                (Node::Spider(_) | Node::Coefficient(_), _) => {
                    let slots = degree[id.index()];
                    if slots == 0 || missing(slots).is_some() {
                        return Err(GraphDefect::Gap(id));
                    }
                }
                (_, Some(slots)) => {
                    if let Some(end) = missing(slots) {
                        return Err(GraphDefect::Open(end));
                    }
                }
                _ => {}
            }
        }
        self.wires.iter().try_for_each(|wire| self.verify_wire(wire, shapes))
    }

    fn verify_wire(&self, wire: &Wire, shapes: &Shapes) -> Result<(), GraphDefect> {
        let nodes = [self[wire.from.node], self[wire.to.node]];
        let [from, to] = wire.ends().map(|(end, _)| shapes.slot(self[end.node], end.slot).axis);
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            return Err(GraphDefect::Axes(*wire));
        }
        let spiders = nodes.iter().filter(|node| node.is_spider()).count();
        if let Some(axis) = from.or(to)
            && spiders != usize::from(shapes.is_label(axis))
        {
            return Err(GraphDefect::Label(*wire));
        }
        let has_coefficient = nodes.iter().any(|node| matches!(node, Node::Coefficient(_)));
        if has_coefficient && !nodes.iter().any(|&node| shapes.is_free_spider(node)) {
            return Err(GraphDefect::Coefficient(*wire));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
