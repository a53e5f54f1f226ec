//! Linear combinations with their common factors taken out.
//!
//! `sum_t theta_t T_t` is a class of its own, keyed by the sorted list of its terms. Terms that share a connected
//! sub-diagram X in the same place are grouped, `X o (sum_t theta_t rest_t)`, and the sum of the rests is again such a
//! class: Horner's scheme for diagrams. The best grouping of every class is written down first, others only while a
//! budget lasts; which one is used is left to the extraction.
//!
//! Open slots of a term are the slots of its frame, [`Node::Frame`], so that terms are told apart by where they are
//! joined. At a root, terms are taken up to the symmetry of the space.

use std::collections::{BTreeMap, VecDeque};

use egg::Id;

use super::Ratio;
use super::classes::{Class, Classes, adjacency, einsum, reachable, renumber_spider_slots};
use super::cost::node_cost;
use super::language::{Node as Term, TermSpec};
use crate::diagram::graph::{is_covariant, is_factor};
use crate::diagram::{End, Graph, Node, canonicalise};
use crate::signature::{AxisId, Sizes};
use crate::tensor::gcd;

/// Above this number of classes only the best grouping of each is written down.
const CLASS_BUDGET: usize = 1000;
/// How many groupings of a class are tried, alternating between the two measures of [`Combiner::weigh`].
const RANKS: usize = 10;
/// Sub-diagrams of more factors than this are not taken out.
const MAX_CONTEXT: usize = 6;
/// Combinations of more terms than this are summed up term by term.
const MAX_TERMS: usize = 600;
/// Terms of more factors than this are left alone.
const MAX_FACTORS: usize = 12;
/// The most elements of the symmetry group of a context over which a rest is normalised.
const MAX_SYMMETRY: usize = 24;

/// `scale * theta * graph`; the open slots of the graph are those of its frame.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Summand {
    pub(super) graph: Graph,
    pub(super) theta: Option<u16>,
    pub(super) scale: Ratio,
}

/// What a class of combinations is.
#[derive(Debug)]
struct Combination {
    id: Id,
    axes: Vec<AxisId>,
    /// All forms of each term that are equal up to the symmetry of the root; the first is the term itself.
    forms: Vec<Vec<Summand>>,
    /// What terms share; found when the class is first expanded.
    contexts: Option<Vec<Context>>,
}

/// A sub-diagram that some terms share, and what is left of each.
#[derive(Clone, Debug)]
struct Context {
    /// The sub-diagram: a frame for the open slots of the whole, legs for what it shares with the rest.
    graph: Graph,
    /// Open slots of the whole that the rest has.
    outer: Vec<u8>,
    /// The axis of every slot of a rest: those of `outer`, then one per leg.
    axes: Vec<AxisId>,
    /// (term, what is left of it)
    rests: Vec<(usize, Summand)>,
    /// What taking the context out of each term saves, by each measure.
    gains: [Vec<i64>; 2],
}

/// Builds classes of combinations in an e-graph.
pub(super) struct Combiner<'c, 'a> {
    classes: &'c mut Classes<'a>,
    sizes: &'c Sizes,
    by_terms: BTreeMap<(Vec<AxisId>, Vec<Summand>), Id>,
    queue: VecDeque<(Combination, usize)>,
    created: usize,
    /// How many terms of the root have a class in their best tree.
    uses: BTreeMap<Id, usize>,
}

impl<'c, 'a> Combiner<'c, 'a> {
    pub(super) fn new(classes: &'c mut Classes<'a>, sizes: &'c Sizes) -> Combiner<'c, 'a> {
        Combiner {
            classes,
            sizes,
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
                let graph = legs_of_frame(&forms[0].graph, self.classes);
                self.classes.intern(&graph);
                for class in self.classes.best_tree(&graph).unwrap_or_default().into_keys() {
                    *uses.entry(class).or_insert(0) += 1;
                }
            }
            for (class, count) in uses {
                let most = self.uses.entry(class).or_insert(0);
                *most = count.max(*most);
            }
        }
        let ids = roots.into_iter().map(|(axes, forms)| self.combination(&axes, forms)).collect();
        while let Some((mut combination, rank)) = self.queue.pop_front() {
            if rank > 0 && self.created > CLASS_BUDGET {
                continue;
            }
            let mut contexts = match combination.contexts.take() {
                Some(contexts) => contexts,
                None => self.contexts(&combination),
            };
            // Weighed every time: more sub-diagrams are known than before.
            self.weigh(&mut contexts, &combination);
            self.expand(&combination, &contexts, rank);
            combination.contexts = Some(contexts);
            if rank + 1 < RANKS {
                self.queue.push_back((combination, rank + 1));
            }
        }
        ids
    }

    /// The class of a combination whose terms have no common factor, and that factor.
    fn combination(&mut self, axes: &[AxisId], mut forms: Vec<Vec<Summand>>) -> (Id, Ratio) {
        forms.sort_by(|a, b| a[0].cmp(&b[0]));
        let common = common_factor(forms.iter().map(|forms| forms[0].scale));
        for term in forms.iter_mut().flatten() {
            term.scale = term.scale.times(common.inverse());
        }
        let key = (axes.to_vec(), forms.iter().map(|forms| forms[0].clone()).collect::<Vec<Summand>>());
        if let Some(&id) = self.by_terms.get(&key) {
            return (id, common);
        }
        self.created += 1;
        let (mut specs, mut children) = (Vec::new(), Vec::new());
        for term in &key.1 {
            let (spec, child) = self.single(term);
            specs.push(spec);
            children.push(child);
        }
        let id = self.classes.egraph.add(Term::Linear(axes.to_vec(), specs, children));
        self.by_terms.insert(key, id);
        self.classes.known.entry(id).or_insert_with(|| Class::bare(axes));
        if (2..=MAX_TERMS).contains(&forms.len()) {
            // Best groupings of all classes come before alternatives of any.
            let at = self.queue.iter().position(|(_, rank)| *rank > 0).unwrap_or(self.queue.len());
            self.queue.insert(at, (Combination { id, axes: axes.to_vec(), forms, contexts: None }, 0));
        }
        (id, common)
    }

    /// One term as it is.
    fn single(&mut self, term: &Summand) -> (TermSpec, Id) {
        let reference = self.classes.intern(&legs_of_frame(&term.graph, self.classes));
        let scale = term.scale.times(Ratio::new(reference.sign.into(), 1));
        (TermSpec { scale, theta: term.theta, permutation: reference.permutation }, reference.class)
    }

    /// Writes down the grouping of a class that starts with the context of the given rank.
    fn expand(&mut self, combination: &Combination, contexts: &[Context], rank: usize) {
        let mut remaining: Vec<bool> = vec![true; combination.forms.len()];
        let (mut specs, mut children) = (Vec::new(), Vec::new());
        let (measure, mut skip) = (rank % 2, rank / 2);
        loop {
            let mut ranked: Vec<(i64, usize)> = contexts
                .iter()
                .enumerate()
                .map(|(at, context)| (self.saving(context, combination, &remaining, measure), at))
                .filter(|(saving, _)| *saving > 0)
                .collect();
            // Highest saving first; contexts are in canonical order, so that ties are broken by that.
            ranked.sort_by_key(|&(saving, at)| (std::cmp::Reverse(saving), at));
            let Some(&(_, at)) = ranked.get(skip) else { break };
            skip = 0;
            let rests = self.worthwhile(&contexts[at], combination, &remaining, measure);
            for (term, _) in &rests {
                remaining[*term] = false;
            }
            let (child, scale) = self.group(&contexts[at], combination, rests);
            let permutation = (0..combination.axes.len() as u8).collect();
            specs.push(TermSpec { scale, theta: None, permutation });
            children.push(child);
        }
        if children.is_empty() {
            return;
        }
        if remaining.iter().any(|&left| left) || children.len() > 1 || specs[0].scale != Ratio::ONE {
            for (forms, _) in combination.forms.iter().zip(&remaining).filter(|(_, left)| **left) {
                let (spec, child) = self.single(&forms[0]);
                specs.push(spec);
                children.push(child);
            }
            let node = self.classes.egraph.add(Term::Linear(combination.axes.clone(), specs, children));
            self.classes.egraph.union(combination.id, node);
        } else {
            // All terms share the context: the class is that product itself.
            self.classes.egraph.union(combination.id, children[0]);
        }
    }

    /// The class of `X o (sum of rests)`, and its factor.
    fn group(
        &mut self,
        context: &Context,
        combination: &Combination,
        rests: Vec<(usize, Summand)>,
    ) -> (Id, Ratio) {
        let (inner, scale) =
            self.combination(&context.axes, rests.into_iter().map(|(_, rest)| vec![rest]).collect());
        let (graph, slots) = legs_of_context(&context.graph, self.classes);
        let reference = self.classes.intern(&graph);
        let outer_axes = combination.axes.len() as u8;
        let legs = context.axes.len() - context.outer.len();
        let mut axes = combination.axes.clone();
        axes.extend(&context.axes[context.outer.len()..]);
        // Legs of the context: the slots of the frame that it has, then what it shares with the rest.
        let mut labels: Vec<u8> = slots;
        labels.extend((0..legs as u8).map(|leg| outer_axes + leg));
        let mut operand = vec![0; labels.len()];
        for (leg, &axis) in reference.permutation.iter().enumerate() {
            operand[usize::from(axis)] = labels[leg];
        }
        let mut rest: Vec<u8> = context.outer.clone();
        rest.extend((0..legs as u8).map(|leg| outer_axes + leg));
        let output = (0..outer_axes).collect();
        let node =
            einsum(&axes, vec![operand, rest], output, reference.sign < 0, vec![reference.class, inner]);
        let id = self.classes.egraph.add(node);
        self.classes.known.entry(id).or_insert_with(|| Class::bare(&combination.axes));
        (id, scale)
    }

    /// The rests of the remaining terms from which it is worth taking the context out.
    fn worthwhile(
        &self,
        context: &Context,
        combination: &Combination,
        remaining: &[bool],
        measure: usize,
    ) -> Vec<(usize, Summand)> {
        let (_, add) = self.join_and_add(context, combination);
        context
            .rests
            .iter()
            .zip(&context.gains[measure])
            .filter(|((term, _), gain)| remaining[*term] && (measure == 0 || **gain > add))
            .map(|(rest, _)| rest.clone())
            .collect()
    }

    /// The cost of joining a context to a rest, and of adding up one more rest.
    fn join_and_add(&self, context: &Context, combination: &Combination) -> (i64, i64) {
        let mut all: Vec<AxisId> = combination.axes.clone();
        all.extend(&context.axes[context.outer.len()..]);
        (self.size(&all), self.size(&context.axes))
    }

    fn size(&self, axes: &[AxisId]) -> i64 {
        axes.iter().fold(1_i64, |product, &axis| product.saturating_mul(self.sizes.of(axis).max(1) as i64))
    }

    /// What taking a context out saves: for every term the contraction that joins the context (less if there is a
    /// cheaper way to compute the term), against joining once and adding the rests up.
    fn saving(
        &self,
        context: &Context,
        combination: &Combination,
        remaining: &[bool],
        measure: usize,
    ) -> i64 {
        let (join, add) = self.join_and_add(context, combination);
        let mut count = 0;
        let mut saved = 0_i64;
        for ((term, _), gain) in context.rests.iter().zip(&context.gains[measure]) {
            let gain = gain.saturating_sub(add);
            if remaining[*term] && (measure == 0 || gain > 0) {
                count += 1;
                saved = saved.saturating_add(gain);
            }
        }
        if count < 2 { 0 } else { saved.saturating_add(self.size(&combination.axes)).saturating_sub(join) }
    }

    /// The two measures of what a term gains: its cheapest last contraction; and what the best trees of the term and
    /// of the rest cost that no other term of the root needs too.
    fn weigh(&mut self, contexts: &mut [Context], combination: &Combination) {
        let own: Vec<i64> =
            combination.forms.iter().map(|forms| self.own_cost(&forms[0].graph, 1).unwrap_or(0)).collect();
        let lasts: Vec<i64> = combination.forms.iter().map(|forms| self.last_cost(&forms[0])).collect();
        for context in contexts {
            let (join, _) = self.join_and_add(context, combination);
            context.gains = [Vec::new(), Vec::new()];
            for (term, rest) in &context.rests {
                let left = self.own_cost(&rest.graph, 0);
                context.gains[0].push(lasts[*term]);
                context.gains[1].push(left.map_or(join, |left| own[*term].saturating_sub(left)));
            }
        }
    }

    /// The cost of the best tree of a graph without what other terms need too; the graph itself may be one term.
    fn own_cost(&mut self, graph: &Graph, itself: usize) -> Option<i64> {
        let tree = self.classes.best_tree(&legs_of_frame(graph, self.classes))?;
        let own =
            tree.into_iter().filter(|(class, _)| self.uses.get(class).is_none_or(|&uses| uses <= itself));
        i64::try_from(own.fold(0_u64, |sum, (_, cost)| sum.saturating_add(cost))).ok()
    }

    /// The cheapest last contraction of a term.
    fn last_cost(&mut self, term: &Summand) -> i64 {
        let graph = legs_of_frame(&term.graph, self.classes);
        let class = self.classes.intern(&graph).class;
        let class = &self.classes.egraph[self.classes.egraph.find(class)];
        let costs = class.nodes.iter().map(|node| node_cost(node, self.sizes, |_| false));
        costs.min().and_then(|cost| i64::try_from(cost).ok()).unwrap_or(0)
    }

    /// All contexts that at least two terms share, in canonical order.
    fn contexts(&self, combination: &Combination) -> Vec<Context> {
        let mut found: BTreeMap<(Graph, Vec<u8>), Context> = BTreeMap::new();
        for (term, forms) in combination.forms.iter().enumerate() {
            for form in forms {
                for mask in connected_parts(&form.graph) {
                    let Some((graph, outer, axes, rest)) = self.take_out(form, mask, &combination.axes)
                    else {
                        continue;
                    };
                    let context = found.entry((graph.clone(), outer.clone())).or_insert_with(|| Context {
                        graph,
                        outer,
                        axes,
                        rests: Vec::new(),
                        gains: [Vec::new(), Vec::new()],
                    });
                    // A term may hold the context several times, or in several forms: the first counts.
                    if context.rests.last().is_none_or(|(last, _)| *last != term) {
                        context.rests.push((term, rest));
                    }
                }
            }
        }
        // `X^p s = X^q delta_q^p s`: a term also holds a context that is open where others are not, with a delta left.
        for (term, forms) in combination.forms.iter().enumerate() {
            for form in forms {
                let parts = connected_parts(&form.graph);
                for (factor, padded) in padded(&form.graph, self.classes.shapes) {
                    let padded = Summand { graph: padded, ..form.clone() };
                    for &mask in parts.iter().filter(|&&mask| mask >> factor & 1 == 1) {
                        let Some((graph, outer, _, rest)) = self.take_out(&padded, mask, &combination.axes)
                        else {
                            continue;
                        };
                        if let Some(context) = found.get_mut(&(graph, outer))
                            && context.rests.iter().all(|(other, _)| *other != term)
                        {
                            context.rests.push((term, rest));
                        }
                    }
                }
            }
        }
        found.into_values().filter(|context| context.rests.len() > 1).collect()
    }

    /// The sub-diagram of some factors in canonical form, and the rest of the term joined to it.
    fn take_out(
        &self,
        term: &Summand,
        mask: u32,
        outer_axes: &[AxisId],
    ) -> Option<(Graph, Vec<u8>, Vec<AxisId>, Summand)> {
        let cut = cut(&term.graph, mask, self.classes.shapes);
        let canonical = canonicalise(&cut.context, self.classes.shapes);
        let first_leg = canonical.graph.nodes.len() - cut.shared.len();
        let first_old = cut.context.nodes.len() - cut.shared.len();
        let place: Vec<usize> = (0..cut.shared.len())
            .map(|leg| usize::from(canonical.position[first_old + leg]) - first_leg)
            .collect();
        // The rest is normalised over the symmetry of the context.
        let mut best: Option<(Graph, i8)> = None;
        for (order, sign) in leg_symmetries(&canonical.automorphisms, &cut.context, self.classes, first_old) {
            let mut slot_of_leg = vec![0_u8; place.len()];
            for (leg, &image) in order.iter().enumerate() {
                slot_of_leg[leg] = (cut.outer.len() + place[image]) as u8;
            }
            let rest = cut.rest_with(&slot_of_leg);
            let rest = canonicalise(&rest, self.classes.shapes);
            let candidate = (rest.graph, rest.labelling_sign * sign);
            if best.as_ref().is_none_or(|best| candidate.0 < best.0) {
                best = Some(candidate);
            }
        }
        let (rest, sign) = best?;
        let mut axes: Vec<AxisId> = cut.outer.iter().map(|&slot| outer_axes[usize::from(slot)]).collect();
        let mut shared_axes = vec![AxisId(0); place.len()];
        for (leg, &at) in place.iter().enumerate() {
            shared_axes[at] = cut.shared[leg];
        }
        axes.extend(shared_axes);
        let sign = i64::from(sign * canonical.labelling_sign * cut.sign);
        let rest = Summand { graph: rest, theta: term.theta, scale: term.scale.times(Ratio::new(sign, 1)) };
        Some((canonical.graph, cut.outer, axes, rest))
    }
}

/// The greatest rational that divides all scales to integers, with the sign of the first.
fn common_factor(mut scales: impl Iterator<Item = Ratio>) -> Ratio {
    let Some(first) = scales.next() else { return Ratio::ONE };
    let (mut numerator, mut denominator) = (first.numerator.unsigned_abs(), first.denominator);
    for scale in scales {
        numerator = gcd(numerator, scale.numerator.unsigned_abs());
        denominator = denominator / gcd(denominator, scale.denominator) * scale.denominator;
    }
    Ratio::new(numerator as i64 * first.numerator.signum(), denominator)
}

/// A term cut in two.
struct Cut {
    /// The factors of the mask: a frame, then one leg per shared slot, last.
    context: Graph,
    /// The axis of every shared slot.
    shared: Vec<AxisId>,
    /// The rest; shared slot k is the frame slot `outer.len() + k`.
    rest: Graph,
    /// Open slots of the whole that the rest has; slot k of the rest's frame is `outer[k]`.
    outer: Vec<u8>,
    /// From turning wires so that they run from the context to the rest.
    sign: i8,
}

impl Cut {
    /// The rest with shared slots at the given places of its frame.
    fn rest_with(&self, slot_of_leg: &[u8]) -> Graph {
        let mut rest = self.rest.clone();
        let frame = rest.nodes.iter().position(|node| *node == Node::Frame).unwrap_or(0) as u8;
        for wire in &mut rest.wires {
            for end in [&mut wire.from, &mut wire.to] {
                if end.node == frame && usize::from(end.slot) >= self.outer.len() {
                    end.slot = slot_of_leg[usize::from(end.slot) - self.outer.len()];
                }
            }
        }
        rest
    }
}

fn factors_of(graph: &Graph) -> Vec<u8> {
    (0..graph.nodes.len() as u8).filter(|&node| is_factor(graph.nodes[usize::from(node)])).collect()
}

/// A graph with a delta between the frame and a factor, for every linear wire between the two: which factor it is, and
/// the graph; the delta is the last factor.
fn padded(graph: &Graph, shapes: &crate::diagram::Shapes) -> Vec<(usize, Graph)> {
    let factors = factors_of(graph);
    let mut all = Vec::new();
    for (position, wire) in graph.wires.iter().enumerate() {
        for (end, open) in [(wire.from, wire.to), (wire.to, wire.from)] {
            let kind = graph.nodes[usize::from(end.node)];
            let Some(factor) = factors.iter().position(|&factor| factor == end.node) else { continue };
            if graph.nodes[usize::from(open.node)] != Node::Frame
                || is_covariant(kind)
                || matches!(kind, Node::Delta(_))
            {
                continue;
            }
            let mut padded = graph.clone();
            padded.wires.remove(position);
            let delta = padded.add(Node::Delta(shapes.slot(kind, end.slot).axis));
            padded.join(end, End { node: delta, slot: 0 });
            padded.join(End { node: delta, slot: 1 }, open);
            all.push((factor, padded));
        }
    }
    all
}

/// All connected proper sub-diagrams, as masks over the factors.
fn connected_parts(graph: &Graph) -> Vec<u32> {
    let factors = factors_of(graph);
    if factors.len() < 2 || factors.len() > MAX_FACTORS {
        return Vec::new();
    }
    let adjacency = adjacency(graph, &factors);
    (1..(1_u32 << factors.len()) - 1)
        .filter(|mask| mask.count_ones() as usize <= MAX_CONTEXT && reachable(&adjacency, *mask) == *mask)
        .collect()
}

/// Cuts a term into the factors of the mask and the others.
fn cut(graph: &Graph, mask: u32, shapes: &crate::diagram::Shapes) -> Cut {
    let factors = factors_of(graph);
    let side = |node: u8| -> Option<bool> {
        let at = factors.iter().position(|&factor| factor == node)?;
        Some(mask >> at & 1 == 1)
    };
    let frame = graph.nodes.iter().position(|node| *node == Node::Frame).map(|at| at as u8);
    let is_spider = |node: u8| matches!(graph.nodes[usize::from(node)], Node::Spider(_));
    // (inside, outside, frame slot) per spider
    let spider_sides = |spider: u8| {
        let (mut inside, mut outside, mut slot) = (false, false, None);
        for wire in &graph.wires {
            for (end, other) in [(wire.from, wire.to), (wire.to, wire.from)] {
                if end.node == spider {
                    match side(other.node) {
                        Some(true) => inside = true,
                        Some(false) => outside = true,
                        None if Some(other.node) == frame => slot = Some(other.slot),
                        None => {}
                    }
                }
            }
        }
        (inside, outside, slot)
    };
    let mut parts = [Graph::default(), Graph::default()];
    let mut index = [vec![None; graph.nodes.len()], vec![None; graph.nodes.len()]];
    for node in 0..graph.nodes.len() as u8 {
        let kind = graph.nodes[usize::from(node)];
        if let Some(inside) = side(node) {
            let part = usize::from(!inside);
            index[part][usize::from(node)] = Some(parts[part].add(kind));
        } else if is_spider(node) {
            let (inside, outside, _) = spider_sides(node);
            for (part, present) in [inside, outside].into_iter().enumerate() {
                if present {
                    index[part][usize::from(node)] = Some(parts[part].add(kind));
                }
            }
        }
    }
    let frames = [parts[0].add(Node::Frame), parts[1].add(Node::Frame)];
    let mut sign = 1;
    let mut outer: Vec<u8> = Vec::new();
    // Shared slots: (axis, end in the context, end in the rest).
    let mut shared: Vec<(AxisId, End, End)> = Vec::new();
    let mut open: [Vec<(u8, End)>; 2] = [Vec::new(), Vec::new()];
    for wire in &graph.wires {
        let end_in = |part: usize, end: End| -> Option<End> {
            index[part][usize::from(end.node)].map(|node| End { node, slot: end.slot })
        };
        if is_spider(wire.from.node) || is_spider(wire.to.node) {
            let (spider, other) =
                if is_spider(wire.from.node) { (wire.from, wire.to) } else { (wire.to, wire.from) };
            if let Some(inside) = side(other.node) {
                let part = usize::from(!inside);
                if let (Some(end), Some(spider)) = (end_in(part, other), end_in(part, spider)) {
                    parts[part].join(end, spider);
                }
            }
            continue;
        }
        match (side(wire.from.node), side(wire.to.node)) {
            (Some(a), Some(b)) if a == b => {
                let part = usize::from(!a);
                if let (Some(from), Some(to)) = (end_in(part, wire.from), end_in(part, wire.to)) {
                    parts[part].join(from, to);
                }
            }
            (Some(inside), Some(_)) => {
                let (first, second) = if inside { (wire.from, wire.to) } else { (wire.to, wire.from) };
                let kinds =
                    (graph.nodes[usize::from(wire.from.node)], graph.nodes[usize::from(wire.to.node)]);
                let axis = shapes.slot(kinds.0, wire.from.slot).axis;
                if !inside && shapes.is_oriented(kinds.0, kinds.1, axis) {
                    sign = -sign;
                }
                if let (Some(first), Some(second)) = (end_in(0, first), end_in(1, second)) {
                    shared.push((axis, first, second));
                }
            }
            (Some(inside), None) | (None, Some(inside)) => {
                let (end, slot) = if side(wire.from.node).is_some() {
                    (wire.from, wire.to.slot)
                } else {
                    (wire.to, wire.from.slot)
                };
                let part = usize::from(!inside);
                if let Some(end) = end_in(part, end) {
                    open[part].push((slot, end));
                }
            }
            (None, None) => {}
        }
    }
    for spider in (0..graph.nodes.len() as u8).filter(|&node| is_spider(node)) {
        let (inside, outside, slot) = spider_sides(spider);
        let ends = [index[0][usize::from(spider)], index[1][usize::from(spider)]];
        match slot {
            Some(slot) => {
                for part in 0..2 {
                    if let Some(node) = ends[part] {
                        open[part].push((slot, End { node, slot: 0 }));
                    }
                }
            }
            None => {
                if let (true, true, [Some(a), Some(b)], Node::Spider(axis)) =
                    (inside, outside, ends, graph.nodes[usize::from(spider)])
                {
                    shared.push((axis, End { node: a, slot: 0 }, End { node: b, slot: 0 }));
                }
            }
        }
    }
    for (slot, end) in &open[0] {
        parts[0].join(*end, End { node: frames[0], slot: *slot });
    }
    open[1].sort_unstable();
    for (at, (slot, end)) in open[1].iter().enumerate() {
        outer.push(*slot);
        parts[1].join(*end, End { node: frames[1], slot: at as u8 });
    }
    // Legs are grouped by axis, as the canonical form has them.
    shared.sort_unstable();
    for (at, (axis, first, second)) in shared.iter().enumerate() {
        let leg = parts[0].add(Node::Leg(*axis));
        parts[0].join(*first, End { node: leg, slot: 0 });
        parts[1].join(*second, End { node: frames[1], slot: (outer.len() + at) as u8 });
    }
    let [context, rest] = parts;
    Cut {
        context: renumber_spider_slots(context),
        shared: shared.into_iter().map(|(axis, ..)| axis).collect(),
        rest: renumber_spider_slots(rest),
        outer,
        sign,
    }
}

/// The permutations of the legs under which a context is the same up to a sign.
fn leg_symmetries(
    automorphisms: &[Vec<u8>],
    context: &Graph,
    classes: &Classes<'_>,
    first_leg: usize,
) -> Vec<(Vec<usize>, i8)> {
    let legs = context.nodes.len() - first_leg;
    let identity: Vec<u8> = (0..context.nodes.len() as u8).collect();
    let mut group: Vec<Vec<u8>> = vec![identity];
    let mut next = 0;
    while next < group.len() && group.len() < MAX_SYMMETRY {
        for generator in automorphisms {
            let product: Vec<u8> = group[next].iter().map(|&image| generator[usize::from(image)]).collect();
            let same_on_legs = |other: &Vec<u8>| other[first_leg..] == product[first_leg..];
            if !group.iter().any(same_on_legs) {
                group.push(product);
            }
        }
        next += 1;
    }
    group
        .into_iter()
        .map(|element| {
            let order = element[first_leg..].iter().map(|&image| usize::from(image) - first_leg).collect();
            let sign = crate::diagram::canonical::sign_of_automorphism(context, classes.shapes, &element);
            debug_assert_eq!(element.len() - first_leg, legs);
            (order, sign)
        })
        .collect()
}

/// A graph with a frame as a graph with one leg per slot of the frame, in order.
pub(super) fn legs_of_frame(graph: &Graph, classes: &Classes<'_>) -> Graph {
    legs_of_context(graph, classes).0
}

/// The frame replaced by legs, before the legs that are there; and the slots of the frame that are joined.
fn legs_of_context(graph: &Graph, classes: &Classes<'_>) -> (Graph, Vec<u8>) {
    let Some(frame) = graph.nodes.iter().position(|node| *node == Node::Frame) else {
        return (graph.clone(), Vec::new());
    };
    let frame = frame as u8;
    let mut result = Graph::default();
    let mut index = vec![0_u8; graph.nodes.len()];
    let is_leg = |node: usize| matches!(graph.nodes[node], Node::Leg(_));
    for node in (0..graph.nodes.len()).filter(|&node| node != usize::from(frame) && !is_leg(node)) {
        index[node] = result.add(graph.nodes[node]);
    }
    let mut open: Vec<(u8, AxisId)> = graph
        .wires
        .iter()
        .filter_map(|wire| {
            let (slot, other) = match (wire.from.node == frame, wire.to.node == frame) {
                (true, _) => (wire.from.slot, wire.to),
                (_, true) => (wire.to.slot, wire.from),
                _ => return None,
            };
            Some((slot, classes.shapes.slot(graph.nodes[usize::from(other.node)], other.slot).axis))
        })
        .collect();
    open.sort_unstable();
    let legs: Vec<u8> = open.iter().map(|&(_, axis)| result.add(Node::Leg(axis))).collect();
    for node in (0..graph.nodes.len()).filter(|&node| is_leg(node)) {
        index[node] = result.add(graph.nodes[node]);
    }
    let slots: Vec<u8> = open.into_iter().map(|(slot, _)| slot).collect();
    for wire in &graph.wires {
        let moved = |end: End| {
            if end.node == frame {
                let at = slots.iter().position(|&slot| slot == end.slot).unwrap_or(0);
                End { node: legs[at], slot: 0 }
            } else {
                End { node: index[usize::from(end.node)], slot: end.slot }
            }
        };
        result.join(moved(wire.from), moved(wire.to));
    }
    (renumber_spider_slots(result), slots)
}

/// A graph with legs as a graph with a frame, slot k for leg k.
pub(super) fn frame_of_legs(graph: &Graph) -> Graph {
    let legs = super::classes::legs(graph);
    let mut result = Graph::default();
    let mut index = vec![0_u8; graph.nodes.len()];
    for node in (0..graph.nodes.len() as u8).filter(|node| !legs.contains(node)) {
        index[usize::from(node)] = result.add(graph.nodes[usize::from(node)]);
    }
    let frame = result.add(Node::Frame);
    for wire in &graph.wires {
        let moved = |end: End| match legs.iter().position(|&leg| leg == end.node) {
            Some(slot) => End { node: frame, slot: slot as u8 },
            None => End { node: index[usize::from(end.node)], slot: end.slot },
        };
        result.join(moved(wire.from), moved(wire.to));
    }
    result
}
