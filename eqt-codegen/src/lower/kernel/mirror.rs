//! Mirror images: entries of a symmetric tensor that are copied from others.

use eqt_ir::signature::AxisId;

use super::super::permutation::orders;
use super::super::{Access, Bound, Index, Node, Product, VariableId};
use super::{Builder, Kernel, loop_from};

impl Builder<'_> {
    /// The slot before this one in its class.
    pub(super) fn before(&self, slot: usize) -> Option<usize> {
        self.mirrored.iter().find_map(|class| {
            let at = class.slots.iter().position(|&other| other == slot)?;
            class.slots.get(at.checked_sub(1)?).copied()
        })
    }

    /// The statements `g[q][p] = g[p][q]` for p <= q, where a loop left out entries. Classes are mirrored one after the other:
    /// of `g_pqrs`, symmetric in p, q and in r, s, first `g[q][p][r][s]` for r <= s, then `g[p][q][s][r]` for all p, q.
    pub(super) fn mirror(&mut self, kernel: &mut Kernel, axes: &[AxisId]) {
        if !leaves_out(&kernel.body) {
            return;
        }
        for class in 0..self.mirrored.len() {
            let variables: Vec<VariableId> = (0..axes.len())
                .map(|slot| match kernel.target_labels.iter().find(|(other, _)| *other == slot) {
                    Some((_, label)) => *label,
                    None => self.variable(axes[slot]),
                })
                .collect();
            let (done, mirrored) = (&self.mirrored[..class], &self.mirrored[class]);
            let entry = |order: &[usize]| {
                let mut slots: Vec<usize> = (0..axes.len()).collect();
                for (&slot, &image) in mirrored.slots.iter().zip(order) {
                    slots[slot] = mirrored.slots[image];
                }
                let index = |slot: usize| Index::Variable { variable: variables[slot], half: false };
                Access { buffer: kernel.target, indices: slots.into_iter().map(index).collect() }
            };
            let identity: Vec<usize> = (0..mirrored.slots.len()).collect();
            let images = orders(mirrored.slots.len()).into_iter().filter(|(order, _)| *order != identity);
            let copies = images.map(|(order, odd)| Node::Store {
                target: entry(&order),
                add: false,
                terms: vec![Product {
                    negative: mirrored.odd && odd,
                    entries: vec![entry(&identity)],
                    ..Product::default()
                }],
            });
            let linear = (0..axes.len()).rev().filter(|&slot| !self.is_label(axes[slot]));
            let nodes = linear.fold(copies.collect(), |body, slot| {
                let is_done = done.iter().any(|class| class.slots.contains(&slot));
                let before = if is_done { None } else { self.before(slot) };
                vec![loop_from(before.map(|before| variables[before]), variables[slot], axes[slot], body)]
            });
            kernel.mirror.extend(nodes);
        }
    }
}

/// Whether a loop starts from another.
fn leaves_out(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Loop { from, body, .. } => matches!(from, Bound::Variable(_)) || leaves_out(body),
        Node::Permutations { body, .. } | Node::Reduce { body, .. } => leaves_out(body),
        Node::Declare(_) | Node::Store { .. } | Node::Accumulate(_) => false,
    })
}
