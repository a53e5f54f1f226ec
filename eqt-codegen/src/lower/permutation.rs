//! Permutations of slots.

use eqt_ir::signature::{Block, SlotSymmetry};

/// Slot k of the result is slot `permutation[k]` of the argument.
pub(super) type Permutation = Vec<usize>;

/// All orders of `0..n`, each with whether it is odd, in lexicographic order.
pub(super) fn orders(n: usize) -> Vec<(Vec<usize>, bool)> {
    let mut all = Vec::new();
    let mut order: Vec<usize> = (0..n).collect();
    loop {
        let inversions =
            (0..n).flat_map(|a| (0..a).map(move |b| (b, a))).filter(|&(b, a)| order[b] > order[a]).count();
        all.push((order.clone(), inversions % 2 == 1));
        let Some(pivot) = (1..n).rev().find(|&k| order[k - 1] < order[k]) else { return all };
        let Some(swap) = (pivot..n).rev().find(|&k| order[k] > order[pivot - 1]) else { return all };
        order.swap(pivot - 1, swap);
        order[pivot..].reverse();
    }
}

/// The group of the blocks acting on `rank` slots, each element with whether it carries a minus sign.
pub(super) fn slot_group(rank: usize, blocks: &[&Block]) -> Vec<(Permutation, bool)> {
    let mut group = vec![((0..rank).collect::<Permutation>(), false)];
    for block in blocks {
        let alternating = block.symmetry == SlotSymmetry::Alternating;
        group = group
            .iter()
            .flat_map(|(permutation, negative)| {
                orders(block.rank).into_iter().map(move |(order, odd)| {
                    let mut permutation = permutation.clone();
                    for (slot, image) in order.into_iter().enumerate() {
                        permutation[block.start + slot] = block.start + image;
                    }
                    (permutation, negative ^ (alternating && odd))
                })
            })
            .collect();
    }
    group
}
