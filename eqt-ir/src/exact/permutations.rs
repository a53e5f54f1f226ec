//! Permutations of slots, with signs.
//!
//! A space of slots with symmetric and alternating blocks is the image of the projection
//!
//! ```text
//! (1/|G|) sum over g in G of  sign(g) g,     G = the product of the symmetric groups of the blocks,
//! ```
//!
//! with `sign(g)` the sign of what g does to the alternating blocks (traceless blocks count as symmetric). [`slot_group`]
//! lists G, [`slot_exchanges`] its generators.

use crate::signature::{Block, Layout, SlotSymmetry};

/// The sign of the permutation that sorts the values, 0 if two are equal.
pub fn arrangement_sign<T: Ord>(values: &[T]) -> i8 {
    let mut sign = 1;
    for (position, value) in values.iter().enumerate() {
        for later in &values[position + 1..] {
            match value.cmp(later) {
                std::cmp::Ordering::Equal => return 0,
                std::cmp::Ordering::Greater => sign = -sign,
                std::cmp::Ordering::Less => {}
            }
        }
    }
    sign
}

/// All permutations of `0..count`, in lexicographic order.
pub fn permutations(count: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..count {
        let longer = |shorter: Vec<usize>| {
            let left: Vec<usize> = (0..count).filter(|value| !shorter.contains(value)).collect();
            left.into_iter().map(move |value| [&shorter[..], &[value]].concat())
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}

/// The permutation that takes `permutation[k]` to k.
pub fn inverse(permutation: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; permutation.len()];
    for (from, &to) in permutation.iter().enumerate() {
        inverse[to] = from;
    }
    inverse
}

/// A permutation of slots with the sign that it has on a space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedPermutation {
    /// Slot k goes to slot `image[k]`.
    pub image: Vec<usize>,
    /// +1 or -1.
    pub sign: i8,
}

impl SignedPermutation {
    /// All slots stay.
    pub fn identity(slots: usize) -> SignedPermutation {
        SignedPermutation { image: (0..slots).collect(), sign: 1 }
    }

    /// First this one, then the other.
    pub fn then(&self, other: &SignedPermutation) -> SignedPermutation {
        let image = self.image.iter().map(|&slot| other.image[slot]).collect();
        SignedPermutation { image, sign: self.sign * other.sign }
    }

    /// The permutation of the slots of one block that takes its k-th slot to its `order[k]`-th one.
    fn of_block(slots: usize, block: &Block, order: &[usize]) -> SignedPermutation {
        let mut permutation = SignedPermutation::identity(slots);
        for (position, &to) in order.iter().enumerate() {
            permutation.image[block.start + position] = block.start + to;
        }
        if block.symmetry == SlotSymmetry::Alternating {
            permutation.sign = arrangement_sign(order);
        }
        permutation
    }
}

/// The blocks of a space whose slots may be exchanged.
fn symmetric_blocks(layout: &Layout) -> impl Iterator<Item = &Block> {
    layout.blocks.iter().filter(|block| block.rank > 1 && block.symmetry != SlotSymmetry::General)
}

/// Generators of the slot group of a space: the exchange of any two neighbouring slots of a block.
pub fn slot_exchanges(layout: &Layout) -> impl Iterator<Item = SignedPermutation> {
    symmetric_blocks(layout).flat_map(|block| {
        (1..block.rank).map(|second| {
            let mut order: Vec<usize> = (0..block.rank).collect();
            order.swap(second - 1, second);
            SignedPermutation::of_block(layout.slots.len(), block, &order)
        })
    })
}

/// The slot group of a space, of those of its blocks that `accept` takes: the identity first, later blocks faster, and
/// within a block in lexicographic order. None if there are more than `most` elements.
pub fn slot_group(
    layout: &Layout,
    most: usize,
    accept: impl Fn(&Block) -> bool,
) -> Option<Vec<SignedPermutation>> {
    let slots = layout.slots.len();
    let mut group = vec![SignedPermutation::identity(slots)];
    for block in symmetric_blocks(layout).filter(|block| accept(block)) {
        let order = (1..=block.rank).try_fold(group.len(), |order, factor| order.checked_mul(factor));
        if order.is_none_or(|order| order > most) {
            return None;
        }
        let of_block: Vec<SignedPermutation> = permutations(block.rank)
            .iter()
            .map(|order| SignedPermutation::of_block(slots, block, order))
            .collect();
        group =
            group.iter().flat_map(|element| of_block.iter().map(move |more| element.then(more))).collect();
    }
    Some(group)
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
    fn permutations_are_all_different_and_in_order() {
        for (count, number) in [(0, 1), (1, 1), (2, 2), (3, 6), (5, 120)] {
            let all = permutations(count);
            assert_eq!(all.len(), number);
            assert!(all.is_sorted());
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), number);
            for permutation in &all {
                let both: Vec<usize> = inverse(permutation).iter().map(|&at| permutation[at]).collect();
                assert_eq!(both, (0..count).collect::<Vec<_>>());
            }
        }
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
            let group = slot_group(&layout, 100, |_| true).expect("a small group");
            assert_eq!(group.len(), order, "{space}");
            let mut generated = BTreeSet::from([SignedPermutation::identity(layout.slots.len())]);
            let mut new: Vec<SignedPermutation> = generated.iter().cloned().collect();
            while let Some(element) = new.pop() {
                for exchange in slot_exchanges(&layout) {
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
        assert_eq!(slot_group(&layout("Sym^3(R^4) (x) Sym^3(R^4)"), 35, |_| true), None);
        assert_eq!(slot_group(&layout("Sym^32(R^4)"), usize::MAX, |_| true), None);
    }
}
