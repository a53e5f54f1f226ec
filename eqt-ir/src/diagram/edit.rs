//! Changes of a graph: nodes are removed, replaced, opened and joined, and renumbered once, in the end.
//!
//! While a graph is edited its nodes keep their ids, and new ones get ids beyond. [`Edit::finish`] closes the gaps: what
//! is left of the old nodes comes first, in its order, then the new ones, in the order in which they were added; wires
//! likewise. Slots of spiders are interchangeable, and are numbered without gaps in the end as well, so that any slot
//! number will do for an end at a spider ([`Edit::at_spider`]).
//!
//! ```
//! use eqt_ir::diagram::{End, Graph, InputId, Node};
//!
//! // tr(P Q): one wire is cut, and what its ends are now open to are two legs.
//! let mut graph = Graph::default();
//! let [p, q] = [0, 1].map(|input| graph.add(Node::Input(InputId::new(input))));
//! graph.join(End::new(p, 0), End::new(q, 0));
//! graph.join(End::new(p, 1), End::new(q, 1));
//! let mut edit = graph.edit();
//! let wire = edit.unjoin(1);
//! let axis = eqt_ir::signature::AxisId::new(0);
//! let first = edit.open(wire.from, axis);
//! edit.open(wire.to, axis);
//! let edited = edit.finish();
//! assert_eq!(edited.graph.legs().len(), 2);
//! assert_eq!(edited.position[first.index()], Some(edited.graph.legs()[0]));
//! ```

use super::graph::{End, Graph, Node, Wire};
use super::ids::NodeId;
use crate::signature::AxisId;

/// A graph that is being changed; see the [module documentation](self).
#[derive(Clone, Debug)]
pub struct Edit {
    nodes: Vec<Option<Node>>,
    wires: Vec<Option<Wire>>,
    sign: i8,
}

/// The outcome of an [`Edit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The changed graph.
    pub graph: Graph,
    /// `position[node before]` = node after, for old and for added nodes; none for those that were removed.
    pub position: Vec<Option<NodeId>>,
    /// +1, or -1 after an odd number of [negations](Edit::negate).
    pub sign: i8,
}

/// A wire that went with one of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loose {
    /// Which wire it was, an index into [`Graph::wires`] of the graph that is edited.
    pub position: usize,
    /// The wire as it was.
    pub wire: Wire,
    /// The end that is left.
    pub kept: End,
    /// The end that is gone.
    pub lost: End,
}

/// Room for what is added.
const SPARE: usize = 4;

impl Graph {
    /// Begins to change the graph.
    pub fn edit(&self) -> Edit {
        // Most edits add a few nodes and wires.
        let mut edit = Edit {
            nodes: Vec::with_capacity(self.nodes.len() + SPARE),
            wires: Vec::with_capacity(self.wires.len() + SPARE),
            sign: 1,
        };
        edit.nodes.extend(self.nodes.iter().copied().map(Some));
        edit.wires.extend(self.wires.iter().copied().map(Some));
        edit
    }

    /// The graph with the slots of a node at other places: slot k at `place(k)`.
    pub fn with_slots_moved(&self, node: NodeId, place: impl Fn(usize) -> usize) -> Graph {
        let mut edit = self.edit();
        edit.redirect(|end| if end.node == node { End::new(node, place(end.slot.index())) } else { end });
        edit.finish().graph
    }
}

impl Edit {
    /// Adds a node.
    pub fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(Some(node));
        NodeId::new(self.nodes.len() - 1)
    }

    /// Joins two slots.
    pub fn join(&mut self, from: End, to: End) {
        self.wires.push(Some(Wire { from, to }));
    }

    /// A slot of a spider; which one does not matter.
    pub fn at_spider(spider: NodeId) -> End {
        End::new(spider, 0)
    }

    /// Joins a slot to a new leg.
    pub fn open(&mut self, end: End, axis: AxisId) -> NodeId {
        let leg = self.add(Node::Leg(axis));
        self.join(end, End::new(leg, 0));
        leg
    }

    /// Puts another node in the place of a node; its slots are joined as those of the old one were.
    pub fn replace(&mut self, node: NodeId, by: Node) {
        self.nodes[node.index()] = Some(by);
    }

    /// Removes a node; returns the wires at it, which go too.
    pub fn remove(&mut self, node: NodeId) -> Vec<Wire> {
        self.nodes[node.index()] = None;
        let at_node = |wire: &mut Option<Wire>| wire.take_if(|wire| wire.at(node).is_some());
        self.wires.iter_mut().filter_map(at_node).collect()
    }

    /// Removes all nodes but some; returns the wires that lost one of their ends.
    pub fn retain(&mut self, keep: impl Fn(NodeId) -> bool) -> Vec<Loose> {
        for (index, node) in self.nodes.iter_mut().enumerate() {
            node.take_if(|_| !keep(NodeId::new(index)));
        }
        let is_kept = |end: End| self.nodes[end.node.index()].is_some();
        let mut loose = Vec::new();
        for (position, place) in self.wires.iter_mut().enumerate() {
            let Some(wire) = *place else { continue };
            let (kept, lost) = match (is_kept(wire.from), is_kept(wire.to)) {
                (true, true) => continue,
                (true, false) => (wire.from, wire.to),
                (false, true) => (wire.to, wire.from),
                (false, false) => {
                    *place = None;
                    continue;
                }
            };
            *place = None;
            loose.push(Loose { position, wire, kept, lost });
        }
        loose
    }

    /// Removes a wire, an index into [`Graph::wires`] of the graph that is edited.
    ///
    /// # Panics
    /// If the wire is gone already.
    pub fn unjoin(&mut self, wire: usize) -> Wire {
        self.wires[wire].take().expect("a wire is cut once")
    }

    /// Moves the end of a wire at a node elsewhere; `wire` is an index into [`Graph::wires`] of the graph that is edited.
    pub fn reattach(&mut self, wire: usize, node: NodeId, to: End) {
        if let Some(wire) = &mut self.wires[wire] {
            let end = if wire.from.node == node { &mut wire.from } else { &mut wire.to };
            *end = to;
        }
    }

    /// Moves ends of wires elsewhere.
    pub fn redirect(&mut self, place: impl Fn(End) -> End) {
        for wire in self.wires.iter_mut().flatten() {
            *wire = Wire { from: place(wire.from), to: place(wire.to) };
        }
    }

    /// Turns the wires of some kind around. Of an oriented wire that is a change of sign, which [`Edit::negate`] keeps.
    pub fn turn(&mut self, which: impl Fn(&Wire) -> bool) {
        for wire in self.wires.iter_mut().flatten().filter(|wire| which(wire)) {
            *wire = wire.turned();
        }
    }

    /// Changes the sign.
    pub fn negate(&mut self) {
        self.sign = -self.sign;
    }

    /// Lets a node come after all others that there are so far; returns its id from now on.
    pub fn move_last(&mut self, node: NodeId) -> NodeId {
        let moved = NodeId::new(self.nodes.len());
        let kind = self.nodes[node.index()].take();
        self.nodes.push(kind);
        self.redirect(|end| if end.node == node { End { node: moved, ..end } } else { end });
        moved
    }

    /// Number of wire ends at a node.
    pub fn degree(&self, node: NodeId) -> usize {
        let ends = self.wires.iter().flatten().flat_map(|wire| [wire.from, wire.to]);
        ends.filter(|end| end.node == node).count()
    }

    /// What stands at a node.
    pub fn node(&self, node: NodeId) -> Option<Node> {
        self.nodes[node.index()]
    }

    /// The changed graph, its nodes and the slots of its spiders numbered without gaps.
    ///
    /// # Panics
    /// If a wire ends at a node that was removed.
    pub fn finish(self) -> Edited {
        let mut graph = Graph {
            nodes: Vec::with_capacity(self.nodes.len()),
            wires: Vec::with_capacity(self.wires.len()),
        };
        let position: Vec<Option<NodeId>> =
            self.nodes.iter().map(|node| node.map(|node| graph.add(node))).collect();
        let mut next_leg = vec![0; graph.nodes.len()];
        let mut place = |graph: &Graph, end: End| {
            let node = position[end.node.index()].expect("a wire ends at a node that is there");
            if !graph[node].is_spider() {
                return End { node, slot: end.slot };
            }
            next_leg[node.index()] += 1;
            End::new(node, next_leg[node.index()] - 1)
        };
        for wire in self.wires.into_iter().flatten() {
            let from = place(&graph, wire.from);
            let to = place(&graph, wire.to);
            graph.join(from, to);
        }
        Edited { graph, position, sign: self.sign }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagram::InputId;

    /// A label with three vectors on it, the second and third joined as well.
    fn star() -> Graph {
        let mut graph = Graph::default();
        let input = Node::Input(InputId::new(0));
        let spider = graph.add(Node::Spider(AxisId::new(1)));
        for slot in 0..3 {
            let node = graph.add(input);
            graph.join(End::new(node, 0), End::new(spider, slot));
        }
        graph.join(End::new(NodeId::new(2), 1), End::new(NodeId::new(3), 1));
        graph
    }

    #[test]
    fn nothing_changed_is_the_same_graph() {
        let edited = star().edit().finish();
        assert_eq!(edited.graph, star());
        assert_eq!(edited.position, star().ids().map(Some).collect::<Vec<_>>());
        assert_eq!(edited.sign, 1);
    }

    #[test]
    fn what_is_left_is_renumbered_and_slots_of_labels_have_no_gaps() {
        let graph = star();
        let mut edit = graph.edit();
        let gone = NodeId::new(2);
        let wires = edit.remove(gone);
        assert_eq!(wires.len(), 2);
        let open =
            wires.iter().find_map(|wire| wire.at(gone).filter(|(_, other)| !graph[other.node].is_spider()));
        let leg = edit.open(open.expect("the second wire").1, AxisId::new(0));
        let edited = edit.finish();
        assert_eq!(edited.position[gone.index()], None);
        assert_eq!(edited.position[leg.index()], Some(NodeId::new(3)));
        let spider = NodeId::new(0);
        let mut slots: Vec<usize> = edited
            .graph
            .wires
            .iter()
            .filter_map(|wire| wire.at(spider))
            .map(|(end, _)| end.slot.index())
            .collect();
        slots.sort_unstable();
        assert_eq!(slots, [0, 1]);
        assert_eq!(edited.graph.degree(NodeId::new(3)), 1);
    }

    #[test]
    fn wires_that_lose_an_end_are_told() {
        let graph = star();
        let mut edit = graph.edit();
        let loose = edit.retain(|node| node != NodeId::new(3));
        assert_eq!(loose.iter().map(|loose| loose.position).collect::<Vec<_>>(), [2, 3]);
        assert!(loose.iter().all(|loose| loose.lost.node == NodeId::new(3)));
        assert_eq!(loose[1].kept, End::new(NodeId::new(2), 1));
        assert_eq!(edit.finish().graph.wires.len(), 2);
    }

    #[test]
    fn a_node_can_be_moved_behind_others() {
        let mut edit = star().edit();
        let moved = edit.move_last(NodeId::new(1));
        let edited = edit.finish();
        assert_eq!(edited.position[1], None);
        let last = NodeId::new(3);
        assert_eq!(edited.position[moved.index()], Some(last));
        assert_eq!(edited.graph.touching(last).collect::<Vec<_>>(), [NodeId::new(0)]);
    }
}
