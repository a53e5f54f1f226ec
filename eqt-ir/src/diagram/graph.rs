//! Port graphs: occurrences of tensors whose slots are joined by wires.
//!
//! Everything that takes part is a node: occurrences of inputs, the output, an epsilon, the spider that joins all ports
//! of one label. A wire joins two slots. Between slots of a linear axis it carries the invariant form, except next to
//! the output or an epsilon, where it is a plain delta (docs/theory.md section 3).

use crate::group::Wires;
use crate::signature::{AxisId, Layout, Signature, SlotSymmetry};

/// What stands at a node. The order of the variants is part of the canonical form, hence of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// The output; at most one.
    Output,
    /// An occurrence of the input with this index.
    Input(u8),
    /// The array of coefficients of the member with this index (free labels only).
    Coefficient(u16),
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

/// A slot of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    /// Index into [`Graph::nodes`].
    pub node: u8,
    /// Which slot of it.
    pub slot: u8,
}

/// Two joined slots; for an antisymmetric form the orientation is from `from` to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wire {
    /// First end.
    pub from: End,
    /// Second end.
    pub to: End,
}

/// Nodes and wires.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Graph {
    /// What stands where.
    pub nodes: Vec<Node>,
    /// All wires.
    pub wires: Vec<Wire>,
}

impl Graph {
    /// Adds a node and returns its index.
    pub fn add(&mut self, node: Node) -> u8 {
        self.nodes.push(node);
        (self.nodes.len() - 1) as u8
    }

    /// Joins two slots.
    pub fn join(&mut self, from: End, to: End) {
        self.wires.push(Wire { from, to });
    }

    /// Number of wire ends at a node.
    pub fn degree(&self, node: u8) -> usize {
        self.wires
            .iter()
            .map(|wire| usize::from(wire.from.node == node) + usize::from(wire.to.node == node))
            .sum()
    }
}

/// What the canonical form has to know of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its axis.
    pub axis: AxisId,
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
    antisymmetric: Vec<bool>,
    free: Vec<bool>,
    label: Vec<bool>,
}

impl Shapes {
    /// The shapes of the nodes of a signature.
    pub fn new(signature: &Signature) -> Shapes {
        let rules: Vec<Wires> = signature.axes.iter().map(|axis| axis.group.rules().wires()).collect();
        Shapes {
            inputs: signature.inputs.iter().map(|input| slots(&input.space.layout())).collect(),
            output: slots(&signature.output.layout()),
            cotangent: slots(&signature.output.layout()),
            antisymmetric: rules
                .iter()
                .map(|wires| matches!(wires, Wires::Edges { antisymmetric: true, .. }))
                .collect(),
            free: rules.iter().map(|wires| matches!(wires, Wires::Spiders { free: true })).collect(),
            label: rules.iter().map(|wires| matches!(wires, Wires::Spiders { .. })).collect(),
        }
    }

    /// The same inputs and cotangent, with another space as output: that of a gradient.
    pub fn with_output(&self, layout: &Layout) -> Shapes {
        Shapes { output: slots(layout), ..self.clone() }
    }

    /// A slot of a node. Epsilons alternate, spiders do not; coefficients and legs keep their slots apart.
    pub fn slot(&self, node: Node, slot: u8) -> Slot {
        let plain = |axis, class, alternating| Slot { axis, class, alternating, traceless: false };
        match node {
            Node::Output => self.output[usize::from(slot)],
            Node::Cotangent => self.cotangent[usize::from(slot)],
            Node::Input(input) => self.inputs[usize::from(input)][usize::from(slot)],
            Node::Epsilon(axis) => plain(axis, 0, true),
            Node::Delta(axis) => plain(axis, 0, self.antisymmetric[usize::from(axis.0)]),
            Node::Spider(axis) | Node::Leg(axis) | Node::Ones(axis) => plain(axis, 0, false),
            // What these slots meet knows the axis.
            Node::Coefficient(_) | Node::Frame => plain(AxisId(u8::MAX), slot, false),
        }
    }

    /// The slots of an input.
    pub fn input(&self, input: u8) -> &[Slot] {
        &self.inputs[usize::from(input)]
    }

    /// The slots of the cotangent of the output.
    pub fn cotangent(&self) -> &[Slot] {
        &self.cotangent
    }

    /// The slots of the output.
    pub fn output(&self) -> &[Slot] {
        &self.output
    }

    /// The first slot of a class of a node.
    pub fn class_start(&self, node: Node, class: u8) -> u8 {
        match node {
            Node::Output => first_of_class(&self.output, class),
            Node::Cotangent => first_of_class(&self.cotangent, class),
            Node::Input(input) => first_of_class(&self.inputs[usize::from(input)], class),
            Node::Coefficient(_) | Node::Frame => class,
            Node::Epsilon(_) | Node::Delta(_) | Node::Ones(_) | Node::Spider(_) | Node::Leg(_) => 0,
        }
    }

    /// Whether the axis carries free labels.
    pub fn is_free(&self, axis: AxisId) -> bool {
        self.free[usize::from(axis.0)]
    }

    /// Whether the axis carries labels.
    pub fn is_label(&self, axis: AxisId) -> bool {
        self.label[usize::from(axis.0)]
    }

    /// Whether reversing this wire changes the sign: an antisymmetric form, or its inverse between two output slots.
    pub fn is_oriented(&self, from: Node, to: Node, axis: AxisId) -> bool {
        usize::from(axis.0) < self.antisymmetric.len()
            && self.antisymmetric[usize::from(axis.0)]
            && is_covariant(from) == is_covariant(to)
    }
}

/// Slots of the output, of epsilons and of legs meet inputs by a plain delta.
pub fn is_covariant(node: Node) -> bool {
    matches!(node, Node::Output | Node::Epsilon(_) | Node::Frame | Node::Leg(_))
}

/// Whether a node is a tensor, not an open slot or a joint of labels.
pub fn is_factor(node: Node) -> bool {
    !matches!(node, Node::Output | Node::Spider(_) | Node::Frame | Node::Leg(_))
}

fn slots(layout: &Layout) -> Vec<Slot> {
    let mut slots = Vec::with_capacity(layout.slots.len());
    let mut class = 0;
    for block in &layout.blocks {
        for slot in block.start..block.start + block.rank {
            slots.push(Slot {
                axis: layout.slots[slot],
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

fn first_of_class(slots: &[Slot], class: u8) -> u8 {
    slots.iter().position(|slot| slot.class == class).unwrap_or(0) as u8
}
