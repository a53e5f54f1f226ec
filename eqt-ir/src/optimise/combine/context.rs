//! What the terms of a combination share, and what it saves to take that out.

use std::collections::BTreeMap;

use super::terms::{Context, ContextId, FramedTerm, GraphId};
use super::{Combination, Combiner};
use crate::exact::Ratio;
use crate::signature::AxisId;

/// A context that several terms of a combination hold.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) context: ContextId,
    rests: Vec<Rest>,
}

/// What is left of a term.
#[derive(Clone, Debug)]
struct Rest {
    /// Which term of the combination.
    term: usize,
    graph: GraphId,
    scale: Ratio,
    /// Whether the context is open in the term, so that a delta is left in its place.
    padded: bool,
    /// What taking the context out of the term saves: by its last contraction, and by trees.
    gains: [i64; 2],
}

impl Context {
    /// The axis of every slot of a rest: the open slots that it has, then one per leg.
    pub(super) fn rest_axes(&self, axes: &[AxisId]) -> Vec<AxisId> {
        self.outer.iter().map(|slot| axes[slot.index()]).chain(self.shared.iter().copied()).collect()
    }
}

impl Combiner<'_, '_> {
    /// All contexts that at least two terms share, in canonical order.
    pub(super) fn shared(&mut self, combination: &Combination) -> Vec<Shared> {
        let mut found: BTreeMap<ContextId, Vec<Rest>> = BTreeMap::new();
        // `X^p s = X^q delta_q^p s`: where others have X shared, a term also holds an X that is open.
        for padded in [false, true] {
            for (term, forms) in combination.forms.iter().enumerate() {
                for form in forms {
                    for part in self.terms.parts(form.graph, self.classes.shapes).iter() {
                        if part.padded != padded || padded && !found.contains_key(&part.context) {
                            continue;
                        }
                        let rests = found.entry(part.context).or_default();
                        // A term may hold the context several times, or in several forms: the first counts.
                        if rests.iter().all(|rest| rest.term != term) {
                            let scale = form.scale.signed(part.sign);
                            rests.push(Rest { term, graph: part.rest, scale, padded, gains: [0; 2] });
                        }
                    }
                }
            }
        }
        let mut shared: Vec<Shared> = found
            .into_iter()
            .filter(|(_, rests)| rests.len() > 1)
            .map(|(context, rests)| Shared { context, rests })
            .collect();
        shared.sort_by(|a, b| self.terms.context(a.context).cmp(self.terms.context(b.context)));
        shared
    }

    /// The two measures of what a term gains: its cheapest last contraction; and what the best trees of the term and
    /// of the rest cost that no other term of the root needs too.
    pub(super) fn weigh(&mut self, shared: &mut [Shared], combination: &Combination) {
        let Combiner { terms, uses, classes, .. } = self;
        let weights: Vec<(i64, i64)> = combination
            .forms
            .iter()
            .map(|forms| {
                let graph = forms[0].graph;
                (terms.last_cost(graph, classes), terms.own_cost(graph, 1, uses, classes).unwrap_or(0))
            })
            .collect();
        for shared in shared {
            let (join, _) = self.join_and_add(shared.context, combination);
            for rest in &mut shared.rests {
                let (last, own) = weights[rest.term];
                let left = self.terms.own_cost(rest.graph, 0, &self.uses, self.classes);
                rest.gains = [last, left.map_or(join, |left| own.saturating_sub(left))];
            }
        }
    }

    /// The cost of joining a context to a rest, and of adding up one more rest.
    fn join_and_add(&self, context: ContextId, combination: &Combination) -> (i64, i64) {
        let context = self.terms.context(context);
        let mut all: Vec<AxisId> = combination.axes.clone();
        all.extend(&context.shared);
        (self.size(&all), self.size(&context.rest_axes(&combination.axes)))
    }

    fn size(&self, axes: &[AxisId]) -> i64 {
        i64::try_from(self.sizes.cost(axes)).unwrap_or(i64::MAX)
    }

    /// The rests of the remaining terms from which it is worth taking the context out.
    pub(super) fn worthwhile(
        &self,
        shared: &Shared,
        combination: &Combination,
        remaining: &[bool],
        measure: usize,
    ) -> Vec<(usize, FramedTerm)> {
        let (_, add) = self.join_and_add(shared.context, combination);
        let rests = shared.rests.iter().filter(|rest| counts(rest, remaining, measure, add));
        rests
            .map(|rest| {
                let theta = combination.forms[rest.term][0].theta;
                (rest.term, FramedTerm { graph: rest.graph, theta, scale: rest.scale })
            })
            .collect()
    }

    /// What taking a context out saves: for every term the contraction that joins the context (less if there is a
    /// cheaper way to compute the term), against joining once and adding the rests up.
    pub(super) fn saving(
        &self,
        shared: &Shared,
        combination: &Combination,
        remaining: &[bool],
        measure: usize,
    ) -> i64 {
        let (join, add) = self.join_and_add(shared.context, combination);
        let (mut count, mut plain) = (0, 0);
        let mut saved = 0_i64;
        for rest in shared.rests.iter().filter(|rest| counts(rest, remaining, measure, add)) {
            count += 1;
            plain += usize::from(!rest.padded);
            saved = saved.saturating_add(rest.gains[measure].saturating_sub(add));
        }
        // With a delta in every rest, the context had better be joined without.
        if count < 2 || plain == 0 {
            return 0;
        }
        saved.saturating_add(self.size(&combination.axes)).saturating_sub(join)
    }
}

/// Whether a rest is added up if its context is taken out.
fn counts(rest: &Rest, remaining: &[bool], measure: usize, add: i64) -> bool {
    remaining[rest.term] && (measure == 0 || rest.gains[measure] > add)
}
