//! Port graphs: occurrences of tensors whose slots are joined by wires.
//!
//! Everything that takes part is a node: occurrences of inputs, the output, an epsilon, the spider that joins all ports
//! of one label. A wire joins two slots. Between slots of a linear axis it carries the invariant form, except next to
//! the output or an epsilon, where it is a plain delta (docs/theory.md section 3).

use std::cmp::Ordering;
use std::ops::Index;

use super::ids::{InputId, MemberId, NodeId, SlotId};
use crate::signature::{AxisId, AxisShape, Layout, Signature, SlotSymmetry};

/// What stands at a node. Nodes are ordered by [`rank`](Node::rank).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// The output; at most one.
    Output,
    /// An occurrence of an input.
    Input(InputId),
    /// The array of coefficients of a member (free labels only).
    Coefficient(MemberId),
    /// The cotangent of the output, in gradients.
    Cotangent,
    /// The epsilon of an axis.
    Epsilon(AxisId),
    /// Two open slots joined to each other: the inverse form, or on a label axis the Kronecker delta (programs only).
    Delta(AxisId),
    /// An open label that nothing else carries (programs only).
    Ones(AxisId),
    /// All ports of one label.
    Spider(AxisId),
    /// Open slots that are told apart by their number (programs only).
    Frame,
    /// An open slot of a sub-diagram.
    Leg(AxisId),
}

impl Node {
    /// The kind of the node, then which input, member or axis it is of. Nodes of a canonical form stand in this order,
    /// so that the numbers are part of the file format of a basis and never change; a new kind gets a new number.
    pub const fn rank(self) -> (u8, usize) {
        match self {
            Node::Output => (0, 0),
            Node::Input(input) => (1, input.index()),
            Node::Coefficient(member) => (2, member.index()),
            Node::Cotangent => (3, 0),
            Node::Epsilon(axis) => (4, axis.index()),
            Node::Delta(axis) => (5, axis.index()),
            Node::Ones(axis) => (6, axis.index()),
            Node::Spider(axis) => (7, axis.index()),
            Node::Frame => (8, 0),
            Node::Leg(axis) => (9, axis.index()),
        }
    }

    /// Whether the slots of the node are those of a covector: slots of the output, of epsilons, of a frame and of legs
    /// meet the slots of an input by a plain delta.
    pub const fn is_covariant(self) -> bool {
        matches!(self, Node::Output | Node::Epsilon(_) | Node::Frame | Node::Leg(_))
    }

    /// Whether the node is a tensor, not an open slot or a joint of labels.
    pub const fn is_factor(self) -> bool {
        !matches!(self, Node::Output | Node::Spider(_) | Node::Frame | Node::Leg(_))
    }

    /// Whether the node joins all ports of one label.
    pub const fn is_spider(self) -> bool {
        matches!(self, Node::Spider(_))
    }

    /// Whether the node is an open slot of a sub-diagram.
    pub const fn is_leg(self) -> bool {
        matches!(self, Node::Leg(_))
    }
}

impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |node: &Node| {
            let (kind, number) = node.rank();
            (kind as u64) << 32 | number as u64
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A slot of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    /// Which node.
    pub node: NodeId,
    /// Which slot of it.
    pub slot: SlotId,
}

impl End {
    /// Slot number `slot` of a node.
    pub const fn new(node: NodeId, slot: usize) -> End {
        End { node, slot: SlotId::new(slot) }
    }
}

/// Two joined slots; for an antisymmetric form the orientation is from `from` to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wire {
    /// First end.
    pub from: End,
    /// Second end.
    pub to: End,
}

impl Wire {
    /// Both ends, each with the other one.
    pub fn ends(&self) -> [(End, End); 2] {
        [(self.from, self.to), (self.to, self.from)]
    }

    /// The end at a node and the other one; of a loop the first.
    pub fn at(&self, node: NodeId) -> Option<(End, End)> {
        self.ends().into_iter().find(|(end, _)| end.node == node)
    }

    /// The same wire, run through the other way.
    pub fn turned(&self) -> Wire {
        Wire { from: self.to, to: self.from }
    }
}

/// Nodes and wires.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Graph {
    /// What stands where.
    pub nodes: Vec<Node>,
    /// All wires.
    pub wires: Vec<Wire>,
}

impl Index<NodeId> for Graph {
    type Output = Node;

    fn index(&self, node: NodeId) -> &Node {
        &self.nodes[node.index()]
    }
}

impl Graph {
    /// Adds a node and returns its id.
    pub fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId::new(self.nodes.len() - 1)
    }

    /// Joins two slots.
    pub fn join(&mut self, from: End, to: End) {
        self.wires.push(Wire { from, to });
    }

    /// All node ids in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId::new)
    }

    /// All nodes with their ids, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (NodeId, Node)> + '_ {
        self.nodes.iter().enumerate().map(|(index, &node)| (NodeId::new(index), node))
    }

    /// The nodes of some kind, in order.
    pub fn of_kind(&self, accept: impl Fn(Node) -> bool) -> Vec<NodeId> {
        self.iter().filter(|(_, node)| accept(*node)).map(|(id, _)| id).collect()
    }

    /// The first node that is this one.
    pub fn find(&self, node: Node) -> Option<NodeId> {
        self.nodes.iter().position(|&other| other == node).map(NodeId::new)
    }

    /// The tensors: all nodes that are no open slots or joints of labels.
    pub fn factors(&self) -> Vec<NodeId> {
        self.of_kind(Node::is_factor)
    }

    /// The legs, in order.
    pub fn legs(&self) -> Vec<NodeId> {
        self.of_kind(Node::is_leg)
    }

    /// The axes of the legs, in order.
    pub fn leg_axes(&self) -> Vec<AxisId> {
        let axis = |&node: &Node| if let Node::Leg(axis) = node { Some(axis) } else { None };
        self.nodes.iter().filter_map(axis).collect()
    }

    /// Number of wire ends at a node.
    pub fn degree(&self, node: NodeId) -> usize {
        self.wires
            .iter()
            .map(|wire| usize::from(wire.from.node == node) + usize::from(wire.to.node == node))
            .sum()
    }

    /// The nodes wired to a node, once for every wire.
    pub fn touching(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.wires.iter().filter_map(move |wire| wire.at(node)).map(|(_, other)| other.node)
    }

    /// Whether a wire joins a slot to the spider of its label.
    pub fn is_label_wire(&self, wire: &Wire) -> bool {
        self[wire.from.node].is_spider() || self[wire.to.node].is_spider()
    }

    /// The spider that a wire ends at, and the slot at its other end; none for wires of linear axes.
    pub fn spider_and_slot(&self, wire: &Wire) -> Option<(End, End)> {
        [(wire.to, wire.from), (wire.from, wire.to)].into_iter().find(|(end, _)| self[end.node].is_spider())
    }
}

/// What the canonical form has to know of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its axis; none for slots that have the axis of what they meet (coefficients, frames).
    pub axis: Option<AxisId>,
    /// Slots of one class may be exchanged.
    pub class: u8,
    /// Exchange of two slots of the class changes the sign.
    pub alternating: bool,
    /// A loop on the class vanishes.
    pub traceless: bool,
}

/// The slots of every kind of node of one signature.
#[derive(Clone, Debug)]
pub struct Shapes {
    inputs: Vec<Vec<Slot>>,
    output: Vec<Slot>,
    cotangent: Vec<Slot>,
    axes: Vec<AxisShape>,
}

impl Shapes {
    /// The shapes of the nodes of a signature.
    pub fn new(signature: &Signature) -> Shapes {
        let output = slots(&signature.output.layout());
        Shapes {
            inputs: signature.inputs.iter().map(|input| slots(&input.space.layout())).collect(),
            cotangent: output.clone(),
            output,
            axes: signature.axis_shapes(),
        }
    }

    /// The same inputs and cotangent, with another space as output: that of a gradient.
    pub fn with_output(&self, layout: &Layout) -> Shapes {
        Shapes { output: slots(layout), ..self.clone() }
    }

    /// The slots of a node that is a space: the output, the cotangent, an input.
    pub fn space(&self, node: Node) -> Option<&[Slot]> {
        match node {
            Node::Output => Some(&self.output),
            Node::Cotangent => Some(&self.cotangent),
            Node::Input(input) => Some(&self.inputs[input.index()]),
            _ => None,
        }
    }

    /// A slot of a node. Epsilons alternate, spiders do not; coefficients and legs keep their slots apart.
    pub fn slot(&self, node: Node, slot: SlotId) -> Slot {
        let plain = |axis, alternating| Slot { axis: Some(axis), class: 0, alternating, traceless: false };
        match node {
            Node::Output | Node::Cotangent | Node::Input(_) => {
                self.space(node).expect("a space")[slot.index()]
            }
            Node::Epsilon(axis) => plain(axis, true),
            Node::Delta(axis) => plain(axis, self.is_antisymmetric(axis)),
            Node::Spider(axis) | Node::Leg(axis) | Node::Ones(axis) => plain(axis, false),
            Node::Coefficient(_) | Node::Frame => {
                Slot { axis: None, class: slot.index() as u8, alternating: false, traceless: false }
            }
        }
    }

    /// The number of slots of a node; none if it has as many as are joined (spiders, coefficients, frames), or if the
    /// size of its axis is not a number.
    pub fn slots(&self, node: Node) -> Option<usize> {
        match node {
            Node::Epsilon(axis) => self.axis(axis).size.literal(),
            Node::Delta(_) => Some(2),
            Node::Ones(_) | Node::Leg(_) => Some(1),
            _ => self.space(node).map(<[Slot]>::len),
        }
    }

    /// The first slot of a class of a node.
    pub fn class_start(&self, node: Node, class: u8) -> usize {
        match node {
            Node::Coefficient(_) | Node::Frame => usize::from(class),
            _ => self
                .space(node)
                .map_or(0, |slots| slots.iter().take_while(|slot| slot.class != class).count()),
        }
    }

    /// Whether a node is of an input or an axis that there is, and of the right kind.
    pub(super) fn knows(&self, node: Node) -> bool {
        let is_label = |axis: AxisId| self.axes.get(axis.index()).map(|shape| shape.is_label);
        match node {
            Node::Input(input) => input.index() < self.inputs.len(),
            Node::Epsilon(axis) => is_label(axis) == Some(false),
            Node::Delta(axis) | Node::Leg(axis) => is_label(axis).is_some(),
            Node::Ones(axis) | Node::Spider(axis) => is_label(axis) == Some(true),
            Node::Output | Node::Coefficient(_) | Node::Cotangent | Node::Frame => true,
        }
    }

    /// The axis with this id.
    pub fn axis(&self, axis: AxisId) -> &AxisShape {
        &self.axes[axis.index()]
    }

    /// All axes.
    pub fn axes(&self) -> impl Iterator<Item = AxisId> + use<> {
        (0..self.axes.len()).map(AxisId::new)
    }

    /// Whether the axis carries free labels.
    pub fn is_free(&self, axis: AxisId) -> bool {
        self.axis(axis).is_free
    }

    /// Whether the axis carries labels.
    pub fn is_label(&self, axis: AxisId) -> bool {
        self.axis(axis).is_label
    }

    /// Whether the form of the axis is antisymmetric.
    pub fn is_antisymmetric(&self, axis: AxisId) -> bool {
        self.axis(axis).form.is_antisymmetric()
    }

    /// Whether a node joins the ports of a free label.
    pub fn is_free_spider(&self, node: Node) -> bool {
        matches!(node, Node::Spider(axis) if self.is_free(axis))
    }

    /// The axis of a wire; none between two slots that do not know it.
    pub fn wire_axis(&self, graph: &Graph, wire: &Wire) -> Option<AxisId> {
        wire.ends().into_iter().find_map(|(end, _)| self.slot(graph[end.node], end.slot).axis)
    }

    /// Whether reversing this wire changes the sign: an antisymmetric form, or its inverse between two output slots.
    pub fn is_oriented(&self, graph: &Graph, wire: &Wire) -> bool {
        let (from, to) = (graph[wire.from.node], graph[wire.to.node]);
        from.is_covariant() == to.is_covariant()
            && self.wire_axis(graph, wire).is_some_and(|axis| self.is_antisymmetric(axis))
    }
}

fn slots(layout: &Layout) -> Vec<Slot> {
    let mut slots = Vec::with_capacity(layout.slots.len());
    let mut class = 0;
    for block in &layout.blocks {
        for slot in block.start..block.start + block.rank {
            slots.push(Slot {
                axis: Some(layout.slots[slot]),
                class,
                alternating: block.symmetry == SlotSymmetry::Alternating,
                traceless: block.symmetry == SlotSymmetry::Traceless,
            });
            if block.symmetry == SlotSymmetry::General {
                class += 1;
            }
        }
        if block.symmetry != SlotSymmetry::General {
            class += 1;
        }
    }
    slots
}
