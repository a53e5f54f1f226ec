//! Indices as types of their own, so that a node is never read as a slot, and none wraps.
//!
//! Every one is made by `new`, which is checked. Sizes that a user can cause are refused before: inputs and slots of one
//! tensor where the signature is made ([`Signature::MAX_INPUTS`], [`Signature::MAX_SLOTS`]), ports of one diagram where
//! it is enumerated ([`DiagramLimit::MAX_PORTS`]) or a body is multiplied out, members by the limit on the basis.
//!
//! [`Signature::MAX_INPUTS`]: crate::signature::Signature::MAX_INPUTS
//! [`Signature::MAX_SLOTS`]: crate::signature::Signature::MAX_SLOTS
//! [`DiagramLimit::MAX_PORTS`]: super::DiagramLimit::MAX_PORTS

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($number:ty), $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($number);

        impl $name {
            /// The id of an index.
            ///
            /// # Panics
            /// If the index does not fit. Limits on signatures and diagrams see to it that it does.
            pub const fn new(index: usize) -> $name {
                assert!(index <= <$number>::MAX as usize, concat!(stringify!($name), " out of range"));
                $name(index as $number)
            }

            /// The index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

id! {
    /// A node of a [`Graph`](super::Graph).
    NodeId(u16), "v"
}
id! {
    /// A slot of a node, or of an input.
    SlotId(u8), "s"
}
id! {
    /// An input of a signature.
    InputId(u16), "x"
}
id! {
    /// A member of a basis, or the constant of a term of a body.
    MemberId(u32), "c"
}

impl SlotId {
    /// The number that stands for it in a program.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// A set of slots of one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotSet([u64; 4]);

impl SlotSet {
    /// Adds a slot; whether it is new.
    pub fn insert(&mut self, slot: SlotId) -> bool {
        let new = !self.contains(slot);
        self.0[slot.index() / 64] |= 1 << (slot.index() % 64);
        new
    }

    /// Whether a slot is in the set.
    pub fn contains(&self, slot: SlotId) -> bool {
        self.0[slot.index() / 64] >> (slot.index() % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_slots_are_told_apart() {
        let mut set = SlotSet::default();
        for slot in 0..=usize::from(u8::MAX) {
            assert!(!set.contains(SlotId::new(slot)));
            assert!(set.insert(SlotId::new(slot)));
            assert!(!set.insert(SlotId::new(slot)));
        }
    }

    #[test]
    fn an_index_that_does_not_fit_is_no_other() {
        assert!(std::panic::catch_unwind(|| SlotId::new(256)).is_err());
        assert!(std::panic::catch_unwind(|| InputId::new(1 << 16)).is_err());
    }
}
