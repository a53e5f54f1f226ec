//! Linear combinations as roots.

use std::collections::BTreeMap;

use super::assemble::Wanted;
use super::classes::{Classes, Reference};
use super::combine::{Combiner, Summand, frame_of_legs, legs_of_frame};
use super::compile::Compiler;
use super::roots::{has_symmetry, open_output};
use crate::diagram::{Graph, Node, canonicalise};
use crate::exact::permutations::arrangement_sign;
use crate::program::{Ratio, RootKind};
use crate::signature::{Layout, SlotSymmetry};

/// A root that is a linear combination.
pub(super) struct LinearRoot {
    pub(super) kind: RootKind,
    pub(super) layout: Layout,
    pub(super) terms: Vec<TermGraph>,
}

/// A term of a combination: `scale * theta * graph`; the graph has an output node.
pub(super) struct TermGraph {
    pub(super) scale: Ratio,
    pub(super) theta: Option<u16>,
    pub(super) graph: Graph,
}

impl Compiler<'_> {
    /// Linear combinations as roots. Terms are taken up to the symmetry of the space, which the root restores.
    pub(super) fn linear(&self, classes: &mut Classes<'_>, roots: Vec<LinearRoot>) -> Vec<Wanted> {
        let mut combinations = Vec::new();
        let mut projected = Vec::new();
        let mut single: Vec<Option<(Reference, Ratio)>> = Vec::new();
        for LinearRoot { layout, terms, .. } in &roots {
            let shapes = self.shapes.with_output(layout);
            let mut merged: BTreeMap<(Option<u16>, Graph), Ratio> = BTreeMap::new();
            for term in terms {
                let canonical = canonicalise(&term.graph, &shapes);
                let sum = merged.entry((term.theta, canonical.graph)).or_insert(Ratio::new(0, 1));
                *sum = sum.plus(term.scale.times(Ratio::new(canonical.sign.into(), 1)));
            }
            merged.retain(|_, scale| scale.numerator != 0);
            let mut project = false;
            let mut forms: Vec<Vec<Summand>> = Vec::new();
            for ((theta, graph), scale) in merged {
                let open = open_output(&graph, &layout.slots);
                project |= !has_symmetry(&open, &self.shapes, layout);
                let framed = frame_of_legs(&open);
                let term = |(form, sign): (Graph, i8)| {
                    let canonical = canonicalise(&form, &self.shapes);
                    let sign = i64::from(sign * canonical.labelling_sign);
                    Summand { graph: canonical.graph, theta, scale: scale.times(Ratio::new(sign, 1)) }
                };
                forms.push(symmetric_forms(&framed, layout).into_iter().map(term).collect());
            }
            // A single diagram needs no sum.
            single.push(match &forms[..] {
                [forms] if theta_free(forms) => {
                    let open = legs_of_frame(&forms[0].graph, classes.shapes);
                    Some((classes.intern(&open), forms[0].scale))
                }
                _ => None,
            });
            combinations.push((layout.slots.clone(), forms));
            projected.push(project);
        }
        let classes = Combiner::new(classes, self.sizes).roots(combinations);
        roots
            .into_iter()
            .zip(single)
            .zip(classes.into_iter().zip(projected))
            .map(|((root, single), ((class, scale), project))| {
                let permutation = (0..root.layout.slots.len() as u8).collect();
                let summed = (Reference { class, permutation, sign: 1 }, scale);
                let (reference, scale) = single.unwrap_or(summed);
                Wanted { kind: root.kind, reference, scale, theta: None, project }
            })
            .collect()
    }
}

fn theta_free(forms: &[Summand]) -> bool {
    forms[0].theta.is_none()
}

/// A term with the slots of its space exchanged in every way that the symmetry of the space allows, with signs; the
/// term itself comes first. Large blocks are left alone.
fn symmetric_forms(framed: &Graph, layout: &Layout) -> Vec<(Graph, i8)> {
    const MAX_RANK: usize = 3;
    let mut forms = vec![(framed.clone(), 1)];
    for block in &layout.blocks {
        if block.symmetry == SlotSymmetry::General || !(2..=MAX_RANK).contains(&block.rank) {
            continue;
        }
        let orders: Vec<Vec<usize>> = match block.rank {
            2 => vec![vec![0, 1], vec![1, 0]],
            _ => {
                vec![vec![0, 1, 2], vec![0, 2, 1], vec![1, 0, 2], vec![1, 2, 0], vec![2, 0, 1], vec![2, 1, 0]]
            }
        };
        forms = forms
            .iter()
            .flat_map(|(form, sign)| {
                orders.iter().map(move |order| {
                    let mut moved = form.clone();
                    let frame = moved.nodes.iter().position(|node| *node == Node::Frame).unwrap_or(0) as u8;
                    for wire in &mut moved.wires {
                        for end in [&mut wire.from, &mut wire.to] {
                            let slot = usize::from(end.slot);
                            if end.node == frame && (block.start..block.start + block.rank).contains(&slot) {
                                end.slot = (block.start + order[slot - block.start]) as u8;
                            }
                        }
                    }
                    let alternating = block.symmetry == SlotSymmetry::Alternating;
                    (moved, if alternating { sign * arrangement_sign(order) } else { *sign })
                })
            })
            .collect();
    }
    forms
}
