//! The language of the e-graph: nameless einsums.
//!
//! Every e-class is a tensor with ordered axes. A node refers to labels by their number, so that terms are closed and
//! are hash-consed without names; in which order a node reads the axes of a child, and with which sign, stands in the
//! node. What may be united is said in the [module documentation](super).

use egg::{Id, Language};

use crate::diagram::{InputId, MemberId, SlotId};
use crate::exact::Ratio;
use crate::program::Label;
use crate::signature::AxisId;

/// A tensor that is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Leaf {
    Input(InputId),
    Coefficient(MemberId),
    Cotangent,
    Epsilon(AxisId),
    Delta(AxisId),
    Ones(AxisId),
    One,
}

/// A contraction of one or two children: the label of every axis of every child, and of the result. For instance the
/// matrix product `P^pr Q^rq` has the operands `[0 1]`, `[1 2]` and the output `[0 2]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Spec {
    /// The axis of each label; labels are numbered by first appearance.
    pub(super) axes: Vec<AxisId>,
    /// The labels of each child.
    pub(super) operands: Vec<Vec<Label>>,
    /// The labels of the result.
    pub(super) output: Vec<Label>,
    /// Whether the result is negated.
    pub(super) negative: bool,
}

/// A term of a linear combination, without its child: `scale * theta * child`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TermSpec {
    pub(super) scale: Ratio,
    /// The scalar coefficient; 1 without one.
    pub(super) theta: Option<MemberId>,
    /// Axis k of the result is axis `permutation[k]` of the child.
    pub(super) permutation: Vec<SlotId>,
}

/// A node of the e-graph.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ENode {
    Leaf(Leaf),
    Einsum(Box<Spec>, Vec<Id>),
    /// A sum; the axes of the result, and one term per child.
    Linear(Vec<AxisId>, Vec<TermSpec>, Vec<Id>),
    /// `Modulo(s, x)` equals x only after the root symmetrises it, as `P Q` and `Q P` do for symmetric P, Q and a
    /// symmetric output. It is a class of its own, told apart by the number s of the combination, so that x is never
    /// united with a tensor that merely has the same symmetrisation.
    Modulo(u32, [Id; 1]),
}

impl Language for ENode {
    type Discriminant = std::mem::Discriminant<ENode>;

    fn discriminant(&self) -> Self::Discriminant {
        std::mem::discriminant(self)
    }

    fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (ENode::Leaf(a), ENode::Leaf(b)) => a == b,
            (ENode::Einsum(a, x), ENode::Einsum(b, y)) => a == b && x.len() == y.len(),
            (ENode::Linear(a, s, x), ENode::Linear(b, t, y)) => a == b && s == t && x.len() == y.len(),
            (ENode::Modulo(a, _), ENode::Modulo(b, _)) => a == b,
            _ => false,
        }
    }

    fn children(&self) -> &[Id] {
        match self {
            ENode::Leaf(_) => &[],
            ENode::Einsum(_, children) | ENode::Linear(_, _, children) => children,
            ENode::Modulo(_, child) => child,
        }
    }

    fn children_mut(&mut self) -> &mut [Id] {
        match self {
            ENode::Leaf(_) => &mut [],
            ENode::Einsum(_, children) | ENode::Linear(_, _, children) => children,
            ENode::Modulo(_, child) => child,
        }
    }
}
