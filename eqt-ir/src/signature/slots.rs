//! The permutations of slots that a space allows.
//!
//! A space of slots with symmetric and alternating blocks is the image of the projection
//!
//! ```text
//! (1/|G|) sum over g in G of  sign(g) g,     G = the product of the symmetric groups of the blocks,
//! ```
//!
//! with `sign(g)` the sign of what g does to the alternating blocks (traceless blocks count as symmetric).
//! [`Layout::slot_group`] lists G, [`Layout::slot_exchanges`] its generators.

use super::{Block, Layout, SlotSymmetry};
use crate::exact::permutations::{SignedPermutation, arrangement_sign, permutations};

impl Layout {
    /// The blocks whose slots may be exchanged.
    pub fn symmetric_blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(|block| block.rank > 1 && block.symmetry != SlotSymmetry::General)
    }

    /// Generators of the slot group: the exchange of any two neighbouring slots of a block.
    pub fn slot_exchanges(&self) -> impl Iterator<Item = SignedPermutation> {
        self.symmetric_blocks().flat_map(|block| {
            (1..block.rank).map(|second| {
                let mut order: Vec<usize> = (0..block.rank).collect();
                order.swap(second - 1, second);
                block.permutation(self.slots.len(), &order)
            })
        })
    }

    /// The slot group of those blocks that `accept` takes: the identity first, later blocks faster, and within a block
    /// in lexicographic order. None if there are more than `most` elements.
    pub fn slot_group(&self, most: usize, accept: impl Fn(&Block) -> bool) -> Option<Vec<SignedPermutation>> {
        slot_group(self.slots.len(), self.symmetric_blocks().filter(|block| accept(block)), most)
    }
}

/// The group of some symmetric and alternating blocks among `slots` slots, as [`Layout::slot_group`] lists it.
pub fn slot_group<'b>(
    slots: usize,
    blocks: impl IntoIterator<Item = &'b Block>,
    most: usize,
) -> Option<Vec<SignedPermutation>> {
    let mut group = vec![SignedPermutation::identity(slots)];
    for block in blocks {
        let order = (1..=block.rank).try_fold(group.len(), |order, factor| order.checked_mul(factor));
        if order.is_none_or(|order| order > most) {
            return None;
        }
        let of_block: Vec<SignedPermutation> =
            permutations(block.rank).iter().map(|order| block.permutation(slots, order)).collect();
        let with_block =
            |element: &SignedPermutation| of_block.iter().map(|more| element.then(more)).collect::<Vec<_>>();
        group = group.iter().flat_map(with_block).collect();
    }
    Some(group)
}

impl Block {
    /// The permutation of `slots` slots that takes the k-th slot of this block to its `order[k]`-th one, with the sign that
    /// it has on the space.
    pub fn permutation(&self, slots: usize, order: &[usize]) -> SignedPermutation {
        let mut permutation = SignedPermutation::identity(slots);
        for (position, &to) in order.iter().enumerate() {
            permutation.image[self.start + position] = self.start + to;
        }
        if self.symmetry == SlotSymmetry::Alternating {
            permutation.sign = arrangement_sign(order);
        }
        permutation
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::signature::parse_signature;

    fn layout(space: &str) -> Layout {
        parse_signature(&format!("O(4): a: R^4 -> {space}")).expect("parses").output.layout()
    }

    #[test]
    fn exchanges_generate_the_slot_group_with_its_signs() {
        for (space, order) in [
            ("R", 1),
            ("T^3(R^4)", 1),
            ("Sym^3(R^4)", 6),
            ("Alt^4(R^4)", 24),
            ("Alt^2(R^4) (x) R^4 (x) Sym^3(R^4)", 12),
            ("Alt^2(R^4) (x) Alt^3(R^4)", 12),
        ] {
            let layout = layout(space);
            let group = layout.slot_group(100, |_| true).expect("a small group");
            assert_eq!(group.len(), order, "{space}");
            let mut generated = BTreeSet::from([SignedPermutation::identity(layout.slots.len())]);
            let mut new: Vec<SignedPermutation> = generated.iter().cloned().collect();
            while let Some(element) = new.pop() {
                for exchange in layout.slot_exchanges() {
                    let product = element.then(&exchange);
                    if generated.insert(product.clone()) {
                        new.push(product);
                    }
                }
            }
            assert_eq!(generated, group.into_iter().collect(), "{space}");
        }
    }

    #[test]
    fn groups_that_are_too_large_are_not_listed() {
        assert_eq!(layout("Sym^3(R^4) (x) Sym^3(R^4)").slot_group(35, |_| true), None);
        assert_eq!(layout("Sym^32(R^4)").slot_group(usize::MAX, |_| true), None);
    }
}
