//! Mirror images: entries of a symmetric tensor that are copied from others.

use eqt_ir::exact::permutations::{SignedPermutation, signed_permutations};
use eqt_ir::signature::AxisId;

use super::super::plan::Class;
use super::super::{Access, Bound, BufferId, Index, Node, Product, VariableId};
use super::{Builder, Kernel, loop_from};

impl Builder<'_> {
    /// The slot before this one in its class.
    pub(super) fn before(&self, slot: usize) -> Option<usize> {
        self.mirrored.iter().find_map(|class| {
            let at = class.slots.iter().position(|&other| other == slot)?;
            class.slots.get(at.checked_sub(1)?).copied()
        })
    }

    /// The statements `g[q][p] = g[p][q]` for p <= q, where a loop left out entries: where `g[p][q]` is set, if it is set by one
    /// statement and never added to, else in loops of their own. Classes are mirrored one after the other:
    /// of `g_pqrs`, symmetric in p, q and in r, s, first `g[q][p][r][s]` for r <= s, then `g[p][q][s][r]` for all p, q.
    pub(super) fn mirror(&mut self, kernel: &mut Kernel, axes: &[AxisId]) {
        if !leaves_out(&kernel.body) {
            return;
        }
        if let [class] = &self.mirrored[..]
            && writes(&kernel.body, kernel.target) == 1
        {
            kernel.body = copy_in_place(std::mem::take(&mut kernel.body), kernel.target, class);
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
            let index = |slot: usize| Index::Variable { variable: variables[slot], half: false };
            let entry = Access { buffer: kernel.target, indices: (0..axes.len()).map(index).collect() };
            let linear = (0..axes.len()).rev().filter(|&slot| !self.is_label(axes[slot]));
            let nodes = linear.fold(copies(&entry, mirrored), |body, slot| {
                let is_done = done.iter().any(|class| class.slots.contains(&slot));
                let before = if is_done { None } else { self.before(slot) };
                vec![loop_from(before.map(|before| variables[before]), variables[slot], axes[slot], body)]
            });
            kernel.mirror.extend(nodes);
        }
    }
}

/// How many statements write entries of a buffer; those that add to them count twice.
fn writes(nodes: &[Node], buffer: BufferId) -> usize {
    let count = |node: &Node| match node {
        Node::Declare(_) | Node::Accumulate(_) | Node::Multiply(_) => 0,
        Node::Loop { body, .. } | Node::Permutations { body, .. } => writes(body, buffer),
        Node::Store { target, add, .. } | Node::Reduce { target, add, .. } => {
            usize::from(target.buffer == buffer) * (1 + usize::from(*add))
        }
    };
    nodes.iter().map(count).sum()
}

/// Copies an entry to its mirror images where it is written.
fn copy_in_place(nodes: Vec<Node>, buffer: BufferId, class: &Class) -> Vec<Node> {
    let mut copied = Vec::with_capacity(nodes.len());
    for node in nodes {
        let target = match &node {
            Node::Store { target, .. } | Node::Reduce { target, .. } if target.buffer == buffer => {
                Some(target.clone())
            }
            _ => None,
        };
        copied.push(match node {
            Node::Loop { variable, from, to, body } => {
                Node::Loop { variable, from, to, body: copy_in_place(body, buffer, class) }
            }
            other => other,
        });
        copied.extend(target.into_iter().flat_map(|entry| copies(&entry, class)));
    }
    copied
}

/// `g[q][p] = g[p][q]`, for every other order of the slots of a class.
fn copies(entry: &Access, class: &Class) -> Vec<Node> {
    let identity: Vec<usize> = (0..class.slots.len()).collect();
    let images = signed_permutations(class.slots.len());
    let images = images.into_iter().filter(|permutation| permutation.image != identity);
    let copy = |permutation: SignedPermutation| {
        let mut target = entry.clone();
        for (&slot, &image) in class.slots.iter().zip(&permutation.image) {
            target.indices[slot] = entry.indices[class.slots[image]];
        }
        let negative = class.odd && permutation.is_odd();
        let terms = vec![Product { negative, entries: vec![entry.clone()], ..Product::default() }];
        Node::Store { target, add: false, terms }
    };
    images.map(copy).collect()
}

/// Whether a loop starts from another.
fn leaves_out(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Loop { from, body, .. } => matches!(from, Bound::Variable(_)) || leaves_out(body),
        Node::Permutations { body, .. } | Node::Reduce { body, .. } => leaves_out(body),
        Node::Declare(_) | Node::Store { .. } | Node::Accumulate(_) | Node::Multiply(_) => false,
    })
}
