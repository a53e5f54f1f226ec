//! Linear combinations as roots.

use std::collections::BTreeMap;

use super::assemble::Wanted;
use super::classes::{Classes, Reference};
use super::combine::{Combiner, Summand, frame_of_legs, legs_of_frame, with_slots_moved};
use super::roots::{has_symmetry, open_output};
use crate::diagram::{Graph, MemberId, SlotId, canonicalise};
use crate::exact::permutations::SignedPermutation;
use crate::program::{Ratio, RootKind};
use crate::signature::Layout;

/// A root that is a linear combination.
pub(super) struct LinearRoot {
    pub(super) kind: RootKind,
    pub(super) layout: Layout,
    pub(super) terms: Vec<TermGraph>,
}

/// A term of a combination: `scale * theta * graph`; the graph has an output node.
pub(super) struct TermGraph {
    pub(super) scale: Ratio,
    pub(super) theta: Option<MemberId>,
    pub(super) graph: Graph,
}

/// Linear combinations as roots. Terms are taken up to the symmetry of the space, which the root restores.
pub(super) fn linear_roots(classes: &mut Classes<'_>, roots: Vec<LinearRoot>) -> Vec<Wanted> {
    let mut combinations = Vec::new();
    let mut projected = Vec::new();
    let mut single: Vec<Option<(Reference, Ratio)>> = Vec::new();
    for LinearRoot { layout, terms, .. } in &roots {
        let shapes = classes.shapes.with_output(layout);
        let mut merged: BTreeMap<(Option<MemberId>, Graph), Vec<Ratio>> = BTreeMap::new();
        for term in terms {
            let canonical = canonicalise(&term.graph, &shapes);
            let scales = merged.entry((term.theta, canonical.graph)).or_default();
            let scale = term.scale.signed(canonical.sign);
            // Like terms are one, unless their sum is beyond 64 bits.
            match scales.last_mut().and_then(|last| Some((last.plus(scale)?, last))) {
                Some((sum, last)) => *last = sum,
                None => scales.push(scale),
            }
        }
        let merged = merged
            .into_iter()
            .flat_map(|(key, scales)| scales.into_iter().map(move |scale| (key.clone(), scale)));
        let merged = merged.filter(|(_, scale)| scale.numerator != 0);
        let mut project = false;
        let mut forms: Vec<Vec<Summand>> = Vec::new();
        for ((theta, graph), scale) in merged {
            let open = open_output(&graph, &layout.slots);
            project |= !has_symmetry(&open, classes.shapes, layout);
            let framed = frame_of_legs(&open);
            let term = |(form, sign): (Graph, i8)| {
                let canonical = canonicalise(&form, classes.shapes);
                let scale = scale.signed(sign * canonical.labelling_sign);
                Summand { graph: canonical.graph, theta, scale }
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
    let classes = Combiner::new(classes).roots(combinations);
    roots
        .into_iter()
        .zip(single)
        .zip(classes.into_iter().zip(projected))
        .map(|((root, single), ((class, scale), project))| {
            let permutation = (0..root.layout.slots.len()).map(SlotId::new).collect();
            let summed = (Reference { class, permutation, sign: 1 }, scale);
            let (reference, scale) = single.unwrap_or(summed);
            Wanted { kind: root.kind, reference, scale, theta: None, project }
        })
        .collect()
}

fn theta_free(forms: &[Summand]) -> bool {
    forms[0].theta.is_none()
}

/// Blocks of more slots than this are left as they are.
const MAX_RANK: usize = 3;
/// Spaces with more exchanges than this are left as they are.
const MAX_FORMS: usize = 1296;

/// A term with the slots of its space exchanged in every way that the symmetry of the space allows, with signs; the
/// term itself comes first.
fn symmetric_forms(framed: &Graph, layout: &Layout) -> Vec<(Graph, i8)> {
    let exchanges = layout
        .slot_group(MAX_FORMS, |block| block.rank <= MAX_RANK)
        .unwrap_or_else(|| vec![SignedPermutation::identity(layout.slots.len())]);
    let form =
        |exchange: SignedPermutation| (with_slots_moved(framed, |slot| exchange.image[slot]), exchange.sign);
    exchanges.into_iter().map(form).collect()
}
