//! The graphs of terms and what can be taken out of them, each computed once.

use std::collections::BTreeMap;
use std::rc::Rc;

use egg::Id;

use super::cut::{connected_parts, cut, leg_symmetries, padded};
use super::frame::legs_of_frame;
use crate::diagram::{Graph, MemberId, Shapes, SlotId, canonicalise};
use crate::exact::Ratio;
use crate::exact::permutations::inverse;
use crate::optimise::classes::{Classes, Mask};
use crate::optimise::node_cost::node_cost;
use crate::signature::AxisId;

/// A graph with a frame, as an index into [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GraphId(u32);

/// A context, as an index into [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ContextId(u32);

/// `scale * theta * graph`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FramedTerm {
    pub(super) graph: GraphId,
    pub(super) theta: Option<MemberId>,
    pub(super) scale: Ratio,
}

/// A sub-diagram that is taken out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Context {
    /// A frame for the open slots of the whole, legs for what is shared with the rest.
    pub(super) graph: Graph,
    /// Open slots of the whole that the rest has.
    pub(super) outer: Vec<SlotId>,
    /// The axis of every leg.
    pub(super) shared: Vec<AxisId>,
}

/// A context of a graph, and what is left: `graph = sign * context o rest`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) context: ContextId,
    pub(super) rest: GraphId,
    pub(super) sign: i8,
    /// Whether a slot of the context that is open in the graph is led out through a delta of the rest.
    pub(super) padded: bool,
}

struct Described {
    graph: Graph,
    /// With legs, in canonical form.
    open: Graph,
    class: Option<Id>,
    parts: Option<Rc<[Part]>>,
    last: Option<i64>,
    /// `own[k]`: multiply-adds of its best contraction tree, leaving out classes that more than k terms of the root also
    /// use.
    own: [Option<i64>; 2],
}

/// All graphs and contexts met so far.
#[derive(Default)]
pub(super) struct Terms {
    ids: BTreeMap<Graph, GraphId>,
    all: Vec<Described>,
    context_ids: BTreeMap<Context, ContextId>,
    contexts: Vec<Context>,
}

impl Terms {
    /// A graph in canonical form.
    pub(super) fn intern(&mut self, graph: Graph, shapes: &Shapes) -> GraphId {
        if let Some(&id) = self.ids.get(&graph) {
            return id;
        }
        let id = GraphId(self.all.len() as u32);
        let open = canonicalise(&legs_of_frame(&graph, shapes), shapes).graph;
        self.ids.insert(graph.clone(), id);
        self.all.push(Described { graph, open, class: None, parts: None, last: None, own: [None; 2] });
        id
    }

    pub(super) fn graph(&self, id: GraphId) -> &Graph {
        &self.all[id.0 as usize].graph
    }

    pub(super) fn context(&self, id: ContextId) -> &Context {
        &self.contexts[id.0 as usize]
    }

    /// All contexts of a graph; those without a delta first.
    pub(super) fn parts(&mut self, id: GraphId, shapes: &Shapes) -> Rc<[Part]> {
        let described = &self.all[id.0 as usize];
        if let Some(parts) = &described.parts {
            return Rc::clone(parts);
        }
        let graph = described.graph.clone();
        let masks = connected_parts(&graph);
        let mut parts: Vec<Part> =
            masks.iter().filter_map(|&mask| self.take_out(&graph, mask, shapes)).collect();
        for (factor, graph) in padded(&graph, shapes) {
            for &mask in masks.iter().filter(|&&mask| mask >> factor & 1 == 1) {
                let part = self.take_out(&graph, mask, shapes);
                parts.extend(part.map(|part| Part { padded: true, ..part }));
            }
        }
        let parts: Rc<[Part]> = parts.into();
        self.all[id.0 as usize].parts = Some(Rc::clone(&parts));
        parts
    }

    /// The sub-diagram of some factors in canonical form, and the rest joined to it.
    fn take_out(&mut self, graph: &Graph, mask: Mask, shapes: &Shapes) -> Option<Part> {
        let cut = cut(graph, mask, shapes);
        let canonical = canonicalise(&cut.context, shapes);
        let first_leg = canonical.graph.nodes.len() - cut.shared.len();
        let first_old = cut.context.nodes.len() - cut.shared.len();
        let place: Vec<usize> = (0..cut.shared.len())
            .map(|leg| canonical.position[first_old + leg].index() - first_leg)
            .collect();
        // The rest is normalised over the symmetry of the context.
        let mut best: Option<(Graph, i8)> = None;
        for (order, sign) in leg_symmetries(&canonical.automorphisms, &cut.context, shapes, first_old) {
            let slot_of_leg: Vec<usize> = order.iter().map(|&image| cut.outer.len() + place[image]).collect();
            let rest = canonicalise(&cut.rest_with(&slot_of_leg), shapes);
            let candidate = (rest.graph, rest.labelling_sign * sign);
            if best.as_ref().is_none_or(|best| candidate.0 < best.0) {
                best = Some(candidate);
            }
        }
        let (rest, sign) = best?;
        let shared = inverse(&place).into_iter().map(|leg| cut.shared[leg]).collect();
        let context = Context { graph: canonical.graph, outer: cut.outer, shared };
        let next = ContextId(self.contexts.len() as u32);
        let id = *self.context_ids.entry(context.clone()).or_insert(next);
        if id == next {
            self.contexts.push(context);
        }
        let sign = sign * canonical.labelling_sign * cut.sign;
        Some(Part { context: id, rest: self.intern(rest, shapes), sign, padded: false })
    }

    /// The class of a graph, if there is one.
    pub(super) fn class(&mut self, id: GraphId, classes: &mut Classes<'_>) -> Option<Id> {
        let described = &mut self.all[id.0 as usize];
        if described.class.is_none() {
            described.class = classes.class_of_canonical(&described.open);
        }
        described.class
    }

    /// The cheapest last contraction of a graph that has a class.
    pub(super) fn last_cost(&mut self, id: GraphId, classes: &mut Classes<'_>) -> i64 {
        if let Some(last) = self.all[id.0 as usize].last {
            return last;
        }
        let class = self.class(id, classes).map(|class| &classes.egraph[classes.egraph.find(class)]);
        let nodes = class.into_iter().flat_map(|class| &class.nodes);
        let least = nodes.map(|node| node_cost(node, classes.sizes, |_| false)).min();
        let last = least.map_or(0, |cost| i64::try_from(cost).unwrap_or(i64::MAX));
        self.all[id.0 as usize].last = Some(last);
        last
    }

    /// Multiply-adds of the best contraction tree of a graph, leaving out classes that more than `others` terms of the
    /// root use; none if the graph has no class yet.
    pub(super) fn own_cost(
        &mut self,
        id: GraphId,
        others: usize,
        uses: &BTreeMap<Id, usize>,
        classes: &mut Classes<'_>,
    ) -> Option<i64> {
        if self.all[id.0 as usize].own[others].is_none() {
            let class = self.class(id, classes)?;
            let tree = classes.best_tree(class).into_iter();
            let own = tree
                .filter(|(class, _)| uses.get(class).is_none_or(|&uses| uses <= others))
                .fold(0_u64, |sum, (_, cost)| sum.saturating_add(cost));
            self.all[id.0 as usize].own[others] = Some(i64::try_from(own).unwrap_or(i64::MAX));
        }
        self.all[id.0 as usize].own[others]
    }
}
