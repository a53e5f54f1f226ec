//! What is left of spaces without their groups: axes with sizes and forms, and slots in blocks. All that programs and loop
//! nests know.

use super::Dimension;
use crate::group::Form;
use crate::ids::id;

id! {
    /// Index of an [`Axis`](super::Axis) in [`Signature::axes`](super::Signature::axes), and of what is left of it in a
    /// program.
    AxisId(u8), "axes", "@"
}

/// All that later stages need to know of an axis, without its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisShape {
    /// Number of values that an index takes.
    pub size: Dimension,
    /// The invariant form, which a summed pair of contravariant indices carries.
    pub form: Form,
    /// Whether indices are labels, of which any number may be equal, rather than indices of a linear representation.
    pub is_label: bool,
    /// Whether coefficients are arrays over the labels.
    pub is_free: bool,
}

/// Symmetry of a block of consecutive slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotSymmetry {
    /// No relation between the slots.
    General,
    /// `Sym^k`: any two slots may be exchanged.
    Symmetric,
    /// `Alt^k`: exchanging two slots changes the sign.
    Alternating,
    /// `Sym0^k`: symmetric, and every contraction of two slots with the form of the axis vanishes.
    Traceless,
}

/// A run of consecutive slots with one symmetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first slot.
    pub start: usize,
    /// Number of slots.
    pub rank: usize,
    /// How the slots of the block are related.
    pub symmetry: SlotSymmetry,
}

/// A space as the compiler sees it: ordered slots, blocks of related slots, determinant characters.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Layout {
    /// The axis of each slot, in storage order (row-major).
    pub slots: Vec<AxisId>,
    /// A partition of the slots into consecutive blocks.
    pub blocks: Vec<Block>,
    /// Sorted axes whose determinant the space picks up (each an odd number of times).
    pub pseudo: Vec<AxisId>,
}
