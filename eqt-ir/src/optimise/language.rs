//! The language of the e-graph: nameless einsums.
//!
//! Every e-class is a tensor with ordered axes. A node holds its labels by position, so that terms are closed and are
//! hash-consed without names; the axis permutation and the sign with which a child is read stand in the node.

use egg::{Id, Language};

use crate::signature::AxisId;

/// A tensor that is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Leaf {
    Input(u8),
    Coefficient(u16),
    Cotangent,
    Epsilon(AxisId),
    Delta(AxisId),
    Ones(AxisId),
    One,
}

/// A contraction of one or two children: the label of every axis of every child, and of the result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Spec {
    /// The axis of each label; labels are numbered by first appearance.
    pub(super) axes: Vec<AxisId>,
    /// The labels of each child.
    pub(super) operands: Vec<Vec<u8>>,
    /// The labels of the result.
    pub(super) output: Vec<u8>,
    /// Whether the result is negated.
    pub(super) negative: bool,
}

/// A term of a linear combination, without its child.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TermSpec {
    pub(super) scale: crate::exact::Ratio,
    pub(super) theta: Option<u16>,
    /// Axis k of the result is axis `permutation[k]` of the child.
    pub(super) permutation: Vec<u8>,
}

/// A node of the e-graph.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Node {
    Leaf(Leaf),
    Einsum(Box<Spec>, Vec<Id>),
    /// A sum; the axes of the result, and one term per child.
    Linear(Vec<AxisId>, Vec<TermSpec>, Vec<Id>),
    /// Read up to the symmetry of a space. The number keeps what is equal in this way apart from what is equal.
    Modulo(u32, [Id; 1]),
}

impl Language for Node {
    type Discriminant = std::mem::Discriminant<Node>;

    fn discriminant(&self) -> Self::Discriminant {
        std::mem::discriminant(self)
    }

    fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Node::Leaf(a), Node::Leaf(b)) => a == b,
            (Node::Einsum(a, x), Node::Einsum(b, y)) => a == b && x.len() == y.len(),
            (Node::Linear(a, s, x), Node::Linear(b, t, y)) => a == b && s == t && x.len() == y.len(),
            (Node::Modulo(a, _), Node::Modulo(b, _)) => a == b,
            _ => false,
        }
    }

    fn children(&self) -> &[Id] {
        match self {
            Node::Leaf(_) => &[],
            Node::Einsum(_, children) | Node::Linear(_, _, children) => children,
            Node::Modulo(_, child) => child,
        }
    }

    fn children_mut(&mut self) -> &mut [Id] {
        match self {
            Node::Leaf(_) => &mut [],
            Node::Einsum(_, children) | Node::Linear(_, _, children) => children,
            Node::Modulo(_, child) => child,
        }
    }
}
