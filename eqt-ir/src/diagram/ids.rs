//! The ids of port graphs.

use crate::ids::id;

id! {
    /// A node of a [`Graph`](super::Graph).
    NodeId(u16), "nodes", "v"
}
id! {
    /// A slot of a node, or of an input.
    SlotId(u8), "slots", "s"
}
id! {
    /// An input of a signature.
    InputId(u16), "inputs", "x"
}
id! {
    /// A member of a basis, or the constant of a term of a body.
    MemberId(u32), "members", "c"
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
