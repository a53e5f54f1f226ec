//! Signatures: a symmetry group, input spaces and an output space, as in `O(d) * S(n): (R^d)^n -> S^d`.
//!
//! A [`Signature`] is read from text or Rust tokens ([`parse`]), is printed back by `Display` in the same grammar,
//! and is all that the later stages know of what the user wrote.
//!
//! ```
//! use eqt_ir::signature::{AxisId, Sizes, SlotSymmetry, parse_signature};
//!
//! let signature = parse_signature("O(d) * S(n): (R^d)^n, w: (R)^m -> S^d").unwrap();
//! // An input without a name gets one; printing is the inverse of reading.
//! assert_eq!(signature.to_string(), "O(d) * S(n): x: (R^d)^n, w: (R)^m -> S^d");
//! // Every dimension is bound to an axis; m, on which no factor acts, is an axis of free labels.
//! let axes: Vec<String> = signature.axes.iter().map(|axis| axis.dimension.to_string()).collect();
//! assert_eq!(axes, ["d", "n", "m"]);
//! assert!(signature.axes[2].group.is_free());
//! // A family has its label as the first slot; the two slots of S^d are one symmetric block.
//! assert_eq!(signature.inputs[0].space.layout().slots, [AxisId::new(1), AxisId::new(0)]);
//! assert_eq!(signature.output.layout().blocks[0].symmetry, SlotSymmetry::Symmetric);
//! // Numbers for the symbols: given, or the defaults d = 5 and n = 100.
//! assert_eq!(Sizes::sample(&signature, &[("d".to_owned(), 3)]), Sizes(vec![3, 100, 100]));
//! // A mistake is one sentence.
//! let error = parse_signature("O(d): R^k -> R^d").unwrap_err();
//! assert!(error.to_string().contains('k'), "{error}");
//! ```

use std::fmt;

use crate::group::{Form, Group};

mod bind;
mod layout;
pub mod parse;
pub mod rust_types;
mod sizes;
mod slots;
mod tensors;
#[cfg(test)]
mod tests;

pub use crate::group::Dimension;
pub use layout::{AxisId, AxisShape, Block, Layout, SlotSymmetry};
pub use parse::{parse_signature, parse_signature_tokens, parse_signature_with};
pub use sizes::Sizes;
pub use slots::slot_group;

/// An axis type: a dimension and the group that acts on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Number of values that an index of this axis takes.
    pub dimension: Dimension,
    /// The group that acts on the index.
    pub group: Group,
}

impl Axis {
    /// The axis without its group.
    pub fn shape(&self) -> AxisShape {
        AxisShape {
            size: self.dimension.clone(),
            form: self.group.rules().form(),
            is_label: self.group.is_label(),
            is_free: self.group.is_free(),
        }
    }
}

/// A representation, as written: the tree of the grammar with its axes bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Space {
    /// `R`.
    Scalar,
    /// `R^d`: one slot. Under `S(n)`, the permutation representation; on a free axis, n scalars.
    Vector(AxisId),
    /// `T^k(R^d)`, `Sym^k(R^d)`, `Alt^k(R^d)` or `Sym0^k(R^d)`: `rank` slots on one axis.
    Tensor {
        /// The axis of every slot.
        axis: AxisId,
        /// Number of slots.
        rank: usize,
        /// How the slots are related.
        symmetry: SlotSymmetry,
    },
    /// `pseudo X`: X times the determinant character of the orthogonal factor on `axis`.
    Pseudo {
        /// The orthogonal axis whose determinant the space picks up.
        axis: AxisId,
        /// X.
        space: Box<Space>,
    },
    /// `X (x) Y`, the tensor product; the slots of X come first.
    Product(Box<Space>, Box<Space>),
    /// `(X)^n`: a family of n members of X. The label is the first slot.
    Family {
        /// X.
        member: Box<Space>,
        /// The axis that carries the label.
        label: AxisId,
    },
}

impl Space {
    /// Slots, blocks and parity of this space.
    pub fn layout(&self) -> Layout {
        let mut layout = Layout::default();
        self.collect(&mut layout);
        layout.pseudo.sort();
        layout
    }

    fn collect(&self, layout: &mut Layout) {
        let mut block = |axis: AxisId, rank: usize, symmetry| {
            let start = layout.slots.len();
            layout.slots.extend(std::iter::repeat_n(axis, rank));
            if rank > 0 {
                layout.blocks.push(Block { start, rank, symmetry });
            }
        };
        match self {
            Space::Scalar => {}
            Space::Vector(axis) => block(*axis, 1, SlotSymmetry::General),
            Space::Tensor { axis, rank, symmetry } => block(*axis, *rank, *symmetry),
            Space::Pseudo { axis, space } => {
                space.collect(layout);
                match layout.pseudo.iter().position(|other| other == axis) {
                    Some(twice) => {
                        layout.pseudo.remove(twice);
                    }
                    None => layout.pseudo.push(*axis),
                }
            }
            Space::Product(left, right) => {
                left.collect(layout);
                right.collect(layout);
            }
            Space::Family { member, label } => {
                block(*label, 1, SlotSymmetry::General);
                member.collect(layout);
            }
        }
    }
}

/// A named input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The name in formulas and emitted code.
    pub name: String,
    /// Where it lives.
    pub space: Space,
}

/// A symmetry and a tensor signature; see the [module documentation](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The factors of the group in the order written, then the free label axes (group [`Group::free_label`]).
    pub axes: Vec<Axis>,
    /// Inputs in order; all names differ.
    pub inputs: Vec<Input>,
    /// The output.
    pub output: Space,
}

impl Signature {
    /// The most axes: factors of the group and free labels.
    pub const MAX_AXES: usize = 16;
    /// The most inputs.
    pub const MAX_INPUTS: usize = 4096;
    /// The most slots of one input, or of the output.
    pub const MAX_SLOTS: usize = 120;

    /// All axes without their groups.
    pub fn axis_shapes(&self) -> Vec<AxisShape> {
        self.axes.iter().map(Axis::shape).collect()
    }

    /// The axis with this id.
    pub fn axis(&self, id: AxisId) -> &Axis {
        &self.axes[id.index()]
    }

    /// The invariant form of an axis.
    pub fn form(&self, axis: AxisId) -> Form {
        self.axis(axis).group.rules().form()
    }

    /// All axis ids in order.
    pub fn axis_ids(&self) -> impl Iterator<Item = AxisId> + use<> {
        (0..self.axes.len()).map(AxisId::new)
    }

    /// `space` in the grammar of signatures.
    pub fn space_text(&self, space: &Space) -> String {
        let name = |axis: &AxisId| self.axis(*axis).dimension.to_string();
        match space {
            Space::Scalar => "R".to_owned(),
            Space::Vector(axis) if self.axis(*axis).group.is_free() => format!("(R)^{}", name(axis)),
            Space::Vector(axis) => format!("R^{}", name(axis)),
            Space::Tensor { axis, rank: 2, symmetry: SlotSymmetry::Symmetric } => format!("S^{}", name(axis)),
            Space::Tensor { axis, rank, symmetry } => {
                let head = match symmetry {
                    SlotSymmetry::General => "T",
                    SlotSymmetry::Symmetric => "Sym",
                    SlotSymmetry::Alternating => "Alt",
                    SlotSymmetry::Traceless => "Sym0",
                };
                format!("{head}^{rank}(R^{})", name(axis))
            }
            Space::Pseudo { space, .. } => match **space {
                Space::Product(..) => format!("pseudo ({})", self.space_text(space)),
                _ => format!("pseudo {}", self.space_text(space)),
            },
            Space::Product(left, right) => {
                let right_text = match **right {
                    Space::Product(..) => format!("({})", self.space_text(right)),
                    _ => self.space_text(right),
                };
                format!("{} (x) {right_text}", self.space_text(left))
            }
            Space::Family { member, label } => format!("({})^{}", self.space_text(member), name(label)),
        }
    }

    /// The group in the grammar of signatures, `1` if it is trivial.
    pub fn group_text(&self) -> String {
        let factors: Vec<String> = self
            .axes
            .iter()
            .filter(|axis| !axis.group.is_free())
            .map(|axis| axis.group.text(&axis.dimension))
            .collect();
        if factors.is_empty() { "1".to_owned() } else { factors.join(" * ") }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.group_text())?;
        for (position, input) in self.inputs.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma} {}: {}", input.name, self.space_text(&input.space))?;
        }
        write!(f, " -> {}", self.space_text(&self.output))
    }
}
