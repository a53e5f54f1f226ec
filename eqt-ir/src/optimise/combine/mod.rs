//! Linear combinations with their common factors taken out.
//!
//! `sum_t theta_t T_t` is a class of its own, keyed by the sorted list of its terms. Terms that share a connected
//! sub-diagram X in the same place are grouped, `X o (sum_t theta_t rest_t)`, and the sum of the rests is again such a
//! class: Horner's scheme for diagrams. The best grouping of every class is written down first, others only while a
//! budget lasts; which one is used is left to the extraction.
//!
//! Open slots of a term are the slots of its frame, [`Node::Frame`](crate::diagram::Node::Frame), so that terms are
//! told apart by where they are joined. At a root, terms are taken up to the symmetry of the space.

use std::collections::{BTreeMap, VecDeque};

use egg::Id;

use super::budget::{Budget, CLASS_BUDGET};
use super::classes::{Classes, einsum};
use super::language::{ENode, TermSpec};
use crate::diagram::{Graph, MemberId, SlotId};
use crate::exact::Ratio;
use crate::exact::gcd;
use crate::program::Label;
use crate::signature::{AxisId, Sizes};

mod context;
mod cut;
mod frame;
mod terms;
#[cfg(test)]
mod tests;

use context::Shared;
use frame::legs_of_context;
pub(super) use frame::{frame_of_legs, legs_of_frame, with_slots_moved};
use terms::{ContextId, FramedTerm, Terms};

/// How many groupings of a class are tried, alternating between the two measures: a dozen first contexts by each. Of 87
/// diagrams and their gradient, twelve instead of five save a fifth; more save nothing.
const RANKS: usize = 24;

/// `scale * theta * graph`; the open slots of the graph are those of its frame.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Summand {
    pub(super) graph: Graph,
    pub(super) theta: Option<MemberId>,
    pub(super) scale: Ratio,
}

/// What a class of combinations is.
#[derive(Debug)]
struct Combination {
    id: Id,
    axes: Vec<AxisId>,
    /// All forms of each term that are equal up to the symmetry of the root; the first is the term itself.
    forms: Vec<Vec<FramedTerm>>,
    /// The number of the class if it holds its terms up to the symmetry of the root only, see [`ENode::Modulo`].
    modulo: Option<u32>,
    /// What terms share; found when the class is first expanded.
    shared: Option<Vec<Shared>>,
}

/// A combination is told by its axes and the forms of its terms. The forms tell up to which symmetry the terms are meant:
/// `{P Q, Q P}` up to transposition, `{P Q, -Q P}` up to transposition with a sign, `{P Q}` exactly.
type Key = (Vec<AxisId>, Vec<Vec<FramedTerm>>);

/// Builds classes of combinations in an e-graph.
pub(super) struct Combiner<'c, 'a> {
    classes: &'c mut Classes<'a>,
    sizes: &'c Sizes,
    terms: Terms,
    by_terms: BTreeMap<Key, Id>,
    queue: VecDeque<(Combination, usize)>,
    created: usize,
    /// How many terms of the root have a class in their best tree.
    uses: BTreeMap<Id, usize>,
}

impl<'c, 'a> Combiner<'c, 'a> {
    pub(super) fn new(classes: &'c mut Classes<'a>) -> Combiner<'c, 'a> {
        Combiner {
            sizes: classes.sizes,
            classes,
            terms: Terms::default(),
            by_terms: BTreeMap::new(),
            queue: VecDeque::new(),
            created: 0,
            uses: BTreeMap::new(),
        }
    }

    /// The classes of combinations, each with the factor by which it has to be multiplied. `forms[t]` are the forms of
    /// term t that are equal up to the symmetry of the root.
    pub(super) fn roots(&mut self, roots: Vec<(Vec<AxisId>, Vec<Vec<Summand>>)>) -> Vec<(Id, Ratio)> {
        for (_, forms) in &roots {
            let mut uses: BTreeMap<Id, usize> = BTreeMap::new();
            for forms in forms {
                let graph = legs_of_frame(&forms[0].graph, self.classes.shapes);
                let class = self.classes.intern(&graph).class;
                for class in self.classes.best_tree(class).into_keys() {
                    *uses.entry(class).or_insert(0) += 1;
                }
            }
            for (class, count) in uses {
                let most = self.uses.entry(class).or_insert(0);
                *most = count.max(*most);
            }
        }
        let mut ids = Vec::with_capacity(roots.len());
        for (axes, forms) in roots {
            let shapes = self.classes.shapes;
            let mut term = |Summand { graph, theta, scale }: Summand| FramedTerm {
                graph: self.terms.intern(graph, shapes),
                theta,
                scale,
            };
            let forms = forms.into_iter().map(|forms| forms.into_iter().map(&mut term).collect()).collect();
            ids.push(self.combination(&axes, forms));
        }
        while let Some((mut combination, rank)) = self.queue.pop_front() {
            if rank > 0 && self.created > CLASS_BUDGET {
                self.classes.met.insert(Budget::Groupings);
                continue;
            }
            let mut shared = match combination.shared.take() {
                Some(shared) => shared,
                None => self.shared(&combination),
            };
            // Weighed every time: more sub-diagrams are known than before.
            self.weigh(&mut shared, &combination);
            self.expand(&combination, &shared, rank);
            combination.shared = Some(shared);
            if rank + 1 < RANKS {
                self.queue.push_back((combination, rank + 1));
            }
        }
        ids
    }

    /// The class of a combination whose terms have no common factor, and that factor.
    fn combination(&mut self, axes: &[AxisId], mut forms: Vec<Vec<FramedTerm>>) -> (Id, Ratio) {
        forms.sort_by(|a, b| {
            let key = |term: &FramedTerm| (self.terms.graph(term.graph), term.theta, term.scale);
            key(&a[0]).cmp(&key(&b[0]))
        });
        let scales: Vec<Ratio> = forms.iter().map(|forms| forms[0].scale).collect();
        let common = common_factor(&scales).unwrap_or(Ratio::ONE);
        for term in forms.iter_mut().flatten() {
            // The forms of a term have its scale up to the sign, which the common factor divides.
            term.scale = term.scale.over(common).unwrap_or(term.scale);
        }
        let symmetric = forms.iter().any(|forms| forms.len() > 1);
        let key = (axes.to_vec(), forms);
        if let Some(&id) = self.by_terms.get(&key) {
            return (id, common);
        }
        let modulo = symmetric.then_some(self.created as u32);
        self.created += 1;
        let (mut specs, mut children) = (Vec::new(), Vec::new());
        for forms in &key.1 {
            let (spec, child) = self.single(forms[0]);
            specs.push(spec);
            children.push(child);
        }
        let id = self.classes.egraph.add(ENode::Linear(axes.to_vec(), specs, children));
        let id = self.meant(modulo, id);
        let forms = key.1.clone();
        self.by_terms.insert(key, id);
        self.classes.known.entry(id).or_default();
        if (2..=self.classes.most_terms).contains(&forms.len()) {
            // Best groupings of all classes come before alternatives of any.
            let at = self.queue.iter().position(|(_, rank)| *rank > 0).unwrap_or(self.queue.len());
            let combination = Combination { id, axes: axes.to_vec(), forms, modulo, shared: None };
            self.queue.insert(at, (combination, 0));
        } else if forms.len() > self.classes.most_terms {
            self.classes.met.insert(Budget::Terms);
        }
        (id, common)
    }

    /// What a class is for a combination: itself, or what it is up to symmetry.
    fn meant(&mut self, modulo: Option<u32>, id: Id) -> Id {
        let Some(number) = modulo else { return id };
        self.classes.known.entry(id).or_default();
        self.classes.egraph.add(ENode::Modulo(number, [id]))
    }

    /// One term as it is.
    fn single(&mut self, term: FramedTerm) -> (TermSpec, Id) {
        let graph = legs_of_frame(self.terms.graph(term.graph), self.classes.shapes);
        let reference = self.classes.intern(&graph);
        let scale = term.scale.signed(reference.sign);
        (TermSpec { scale, theta: term.theta, permutation: reference.permutation }, reference.class)
    }

    /// Writes down the grouping of a class that starts with the context of the given rank.
    fn expand(&mut self, combination: &Combination, shared: &[Shared], rank: usize) {
        let mut remaining: Vec<bool> = vec![true; combination.forms.len()];
        let (mut specs, mut children) = (Vec::new(), Vec::new());
        let (measure, mut skip) = (rank % 2, rank / 2);
        loop {
            let mut ranked: Vec<(i64, usize)> = shared
                .iter()
                .enumerate()
                .map(|(at, shared)| (self.saving(shared, combination, &remaining, measure), at))
                .filter(|(saving, _)| *saving > 0)
                .collect();
            // Highest saving first; contexts are in canonical order, so that ties are broken by that.
            ranked.sort_by_key(|&(saving, at)| (std::cmp::Reverse(saving), at));
            let Some(&(_, at)) = ranked.get(skip) else { break };
            skip = 0;
            let rests = self.worthwhile(&shared[at], combination, &remaining, measure);
            for (term, _) in &rests {
                remaining[*term] = false;
            }
            let rests = rests.into_iter().map(|(_, rest)| vec![rest]).collect();
            let (child, scale) = self.group(shared[at].context, combination, rests);
            let permutation = (0..combination.axes.len()).map(SlotId::new).collect();
            specs.push(TermSpec { scale, theta: None, permutation });
            children.push(child);
        }
        if children.is_empty() {
            return;
        }
        // If all terms share the context, the class is that product itself.
        let mut node = children[0];
        if remaining.iter().any(|&left| left) || children.len() > 1 || specs[0].scale != Ratio::ONE {
            for (forms, _) in combination.forms.iter().zip(&remaining).filter(|(_, left)| **left) {
                let (spec, child) = self.single(forms[0]);
                specs.push(spec);
                children.push(child);
            }
            node = self.classes.egraph.add(ENode::Linear(combination.axes.clone(), specs, children));
        }
        let node = self.meant(combination.modulo, node);
        self.classes.egraph.union(combination.id, node);
    }

    /// The class of `X o (sum of rests)`, and its factor.
    fn group(
        &mut self,
        id: ContextId,
        combination: &Combination,
        rests: Vec<Vec<FramedTerm>>,
    ) -> (Id, Ratio) {
        let context = self.terms.context(id).clone();
        let (inner, scale) = self.combination(&context.rest_axes(&combination.axes), rests);
        let (graph, slots) = legs_of_context(&context.graph, self.classes.shapes);
        let reference = self.classes.intern(&graph);
        let outer_axes = combination.axes.len();
        let mut axes = combination.axes.clone();
        axes.extend(&context.shared);
        // Legs of the context: the slots of the frame that it has, then what it shares with the rest.
        let legs = || (0..context.shared.len()).map(|leg| Label::new(outer_axes + leg));
        let of_slot = |slot: &SlotId| Label::new(slot.index());
        let labels: Vec<Label> = slots.iter().map(of_slot).chain(legs()).collect();
        let operand = reference.operand(&labels);
        let rest: Vec<Label> = context.outer.iter().map(of_slot).chain(legs()).collect();
        let output = (0..outer_axes).map(Label::new).collect();
        let node =
            einsum(&axes, vec![operand, rest], output, reference.sign < 0, vec![reference.class, inner]);
        let id = self.classes.egraph.add(node);
        self.classes.known.entry(id).or_default();
        (id, scale)
    }
}

/// The greatest rational that divides all scales to integers, with the sign of the first; nothing if it or one of these
/// integers is beyond 64 bits.
fn common_factor(scales: &[Ratio]) -> Option<Ratio> {
    let first = scales.first()?;
    let (mut numerator, mut denominator) = (first.numerator.unsigned_abs(), first.denominator);
    for scale in scales {
        numerator = gcd(numerator, scale.numerator.unsigned_abs());
        denominator = (denominator / gcd(denominator, scale.denominator)).checked_mul(scale.denominator)?;
    }
    let common = Ratio::new(i64::try_from(numerator).ok()? * first.numerator.signum(), denominator);
    scales.iter().all(|scale| scale.over(common).is_some()).then_some(common)
}
