//! Exact rank by elimination over the prime field.

use eqt_runtime::{Fp, Scalar};

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::diagram::{
    Diagram, Edited, End, Evaluator, Graph, Node, NodeId, Shapes, canonicalise, components,
};
use crate::exact::tensor::Tensor;
use crate::exact::{Elimination, Random};
use crate::progress::{Stage, report};
use crate::signature::{Block, Signature, Sizes, SlotSymmetry, Space};

use super::Error;

/// Random linear functionals of maps, one row of numbers per diagram. Diagrams are independent if their rows are, and,
/// for enough random functionals, only if. A functional is an entry of the value at a random point x; or, cheaper,
/// `sum_pq u_p v_q f(x)^pq` with random covectors u, v (see [`Paired`]).
struct Functionals<'a> {
    signature: &'a Signature,
    sizes: &'a Sizes,
    diagrams: &'a [Diagram],
    random: Random,
    paired: Option<Paired>,
}

/// Diagrams as sums of products of connected parts, whose open slots are paired with covectors. With u at slot p and v
/// at slot q, `tr(P) P^pr P^rq` is the product of the parts `tr(P)` and `u P P v`; other diagrams have these parts
/// too, and each is evaluated once per point.
struct Paired {
    parts: Vec<Graph>,
    /// For every diagram, (sign, parts) of the products whose sum is its value: one for each exchange of alternating
    /// output slots, one product only if there is no such block.
    products: Vec<Vec<(i8, Vec<usize>)>>,
}

/// The most exchanges of alternating output slots that are summed over: k! for a block of k slots, so `Alt^4` at most.
const MAX_EXCHANGES: usize = 24;

impl Paired {
    /// `None` if the whole value of the output is needed. Functionals `u (x) v (x) ..` span those of a general block,
    /// `u (x) u (x) ..` those of a symmetric one, the signed sums over exchanges of `u (x) v (x) ..` those of an
    /// alternating one; the projection onto traceless tensors is not of this form.
    fn new(signature: &Signature, diagrams: &[Diagram]) -> Option<Paired> {
        let layout = signature.output.layout();
        if layout.blocks.iter().any(|block| block.symmetry == SlotSymmetry::Traceless) {
            return None;
        }
        let is_alternating = |block: &Block| block.symmetry == SlotSymmetry::Alternating;
        let exchanges = layout.slot_group(MAX_EXCHANGES, is_alternating)?;
        let shapes = Shapes::new(signature);
        let mut index: BTreeMap<Graph, usize> = BTreeMap::new();
        let products = diagrams
            .iter()
            .map(|diagram| {
                exchanges
                    .iter()
                    .map(|exchange| {
                        let mut sign = exchange.sign;
                        let parts = connected_parts(&diagram.graph, &exchange.image)
                            .into_iter()
                            .map(|part| {
                                // A part of one node, the frame, is a wire between two open slots, `u F^-1 v`. Under
                                // Sp its direction is a sign, which is lost in the canonical form: leave it.
                                let part = if part.nodes.len() == 1 {
                                    part
                                } else {
                                    let canonical = canonicalise(&part, &shapes);
                                    sign *= canonical.labelling_sign;
                                    canonical.graph
                                };
                                let next = index.len();
                                *index.entry(part).or_insert(next)
                            })
                            .collect();
                        (sign, parts)
                    })
                    .collect()
            })
            .collect();
        let mut parts = vec![Graph::default(); index.len()];
        for (graph, position) in index {
            parts[position] = graph;
        }
        Some(Paired { parts, products })
    }
}

/// The connected parts of a diagram when the slots of its output are told apart; slot k is called `names[k]`.
fn connected_parts(graph: &Graph, names: &[usize]) -> Vec<Graph> {
    let Some(output) = graph.find(Node::Output) else { return vec![graph.clone()] };
    // Every output slot becomes a frame of its own, so that it joins nothing else.
    let mut edit = graph.edit();
    let mut frames: BTreeMap<NodeId, usize> = BTreeMap::new();
    for wire in edit.remove(output) {
        let mut opened = |end: End| {
            if end.node != output {
                return end;
            }
            let frame = edit.add(Node::Frame);
            frames.insert(frame, names[end.slot.index()]);
            End::new(frame, 0)
        };
        let (from, to) = (opened(wire.from), opened(wire.to));
        edit.join(from, to);
    }
    let Edited { graph: split, position, .. } = edit.finish();
    let frames: BTreeMap<NodeId, usize> =
        frames.into_iter().filter_map(|(frame, name)| Some((position[frame.index()]?, name))).collect();
    let part = |nodes: Vec<NodeId>| {
        let mut edit = split.edit();
        let frame = edit.add(Node::Frame);
        edit.retain(|node| node == frame || nodes.contains(&node));
        edit.redirect(|end| frames.get(&end.node).map_or(end, |&name| End::new(frame, name)));
        edit.retain(|node| !frames.contains_key(&node));
        edit.finish().graph
    };
    components(&split).into_iter().map(part).collect()
}

impl<'a> Functionals<'a> {
    fn new(signature: &'a Signature, sizes: &'a Sizes, diagrams: &'a [Diagram]) -> Functionals<'a> {
        let random = Random::seeded(RANK_SEED);
        Functionals { signature, sizes, diagrams, random, paired: Paired::new(signature, diagrams) }
    }

    /// Numbers per diagram and point.
    fn per_point(&self) -> usize {
        match self.paired {
            Some(_) => 1,
            None => usize::try_from(self.sizes.product(&self.signature.output.layout().slots))
                .unwrap_or(usize::MAX),
        }
    }

    /// Appends the values at one more random point; returns what that took.
    fn add_point(&mut self, rows: &mut [Vec<Fp>]) -> Result<u64, Error> {
        let evaluator = Evaluator::new(self.signature, self.sizes).within(Error::WORK);
        let (signature, sizes) = (self.signature, self.sizes);
        let inputs: Vec<Tensor> = signature
            .inputs
            .iter()
            .map(|input| Tensor::random(signature, &input.space.layout(), sizes, &mut self.random))
            .collect();
        let Some(paired) = &self.paired else {
            for (row, diagram) in rows.iter_mut().zip(self.diagrams) {
                row.extend(evaluator.evaluate(diagram, &inputs, None)?.data);
            }
            return Ok(evaluator.effort());
        };
        let layout = signature.output.layout();
        let mut covectors: Vec<Vec<Fp>> =
            layout.slots.iter().map(|&axis| self.random.fields(sizes.of(axis))).collect();
        for block in layout.blocks.iter().filter(|block| block.symmetry == SlotSymmetry::Symmetric) {
            for slot in block.start + 1..block.start + block.rank {
                covectors[slot] = covectors[block.start].clone();
            }
        }
        let parts = paired.parts.iter().map(|part| evaluator.paired(part, &inputs, &covectors));
        let parts: Vec<Fp> = parts.collect::<Result<_, _>>()?;
        for (row, products) in rows.iter_mut().zip(&paired.products) {
            let mut sum = Fp::ZERO;
            for (sign, factors) in products {
                let product = factors.iter().fold(Fp::ONE, |product, &part| product * parts[part]);
                sum += if *sign < 0 { -product } else { product };
            }
            row.push(sum);
        }
        Ok(evaluator.effort())
    }
}

/// Refuses more multiplications than the budget of an exact rank.
///
/// # Errors
/// [`Error::Work`].
pub(crate) fn check_work(needed: u64) -> Result<(), Error> {
    if needed > Error::WORK { Err(Error::Work { needed }) } else { Ok(()) }
}

/// Which diagrams raise the rank, in the order given. `expected` is the known dimension, reached or not: more points
/// are taken until the rank reaches it, or is full, or no longer grows.
///
/// # Errors
/// [`Error::Epsilon`], [`Error::Entries`] or [`Error::Work`] if the evaluation is too large.
pub fn independent(
    signature: &Signature,
    sizes: &Sizes,
    diagrams: &[Diagram],
    expected: usize,
) -> Result<Vec<bool>, Error> {
    if diagrams.is_empty() {
        return Ok(Vec::new());
    }
    check_epsilons(signature, sizes, diagrams)?;
    let spaces = signature.inputs.iter().map(|input| &input.space);
    check_entries(spaces, sizes)?;
    report(Stage::Reducing { diagrams: diagrams.len() });
    let mut functionals = Functionals::new(signature, sizes, diagrams);
    if functionals.paired.is_none() {
        check_entries([&signature.output], sizes)?;
    }
    let entries = functionals.per_point();
    if sizes.shape(&signature.output.layout().slots).contains(&0) {
        return Ok(vec![false; diagrams.len()]);
    }
    // Drawing and projecting a random point comes before any effort is counted: some 64 operations for each entry.
    let drawn = signature.inputs.iter().map(|input| sizes.product(&input.space.layout().slots));
    check_work(drawn.fold(0, u64::saturating_add).saturating_add(entries as u64).saturating_mul(64))?;
    // A few more columns than rows that can be independent, so that a random matrix of full rank shows it.
    let mut points = (expected.min(diagrams.len()) + 2).div_ceil(entries) + 1;
    let mut rows: Vec<Vec<Fp>> = vec![Vec::new(); diagrams.len()];
    let mut before = None;
    loop {
        let columns = rows[0].len() + points * entries;
        let elimination = columns.saturating_mul(diagrams.len()).saturating_mul(expected.max(1)) as u64;
        check_work(elimination)?;
        for point in 0..points {
            let effort = functionals.add_point(&mut rows)?;
            if point == 0 {
                check_work(elimination.saturating_add(effort.saturating_mul(points as u64)))?;
            }
        }
        let mut elimination = Elimination::default();
        let kept: Vec<bool> = rows.iter().map(|row| elimination.insert(row.clone())).collect();
        let rank = elimination.rank();
        if rank == diagrams.len() || rank >= expected || before == Some(rank) {
            return Ok(kept);
        }
        before = Some(rank);
        points = rows[0].len() / entries;
    }
}

/// Any seed would do: a wrong rank has probability at most (degree * columns) / 2^61.
const RANK_SEED: u64 = 0x5eed;

/// Refuses what cannot be evaluated at some sizes: epsilons of too many legs, and tensors of too many entries.
///
/// # Errors
/// [`Error::Epsilon`], [`Error::Entries`].
pub(crate) fn check_evaluable<D: Borrow<Diagram>>(
    signature: &Signature,
    sizes: &Sizes,
    diagrams: &[D],
) -> Result<(), Error> {
    check_entries(signature.inputs.iter().map(|input| &input.space).chain([&signature.output]), sizes)?;
    check_epsilons(signature, sizes, diagrams)
}

fn check_epsilons<D: Borrow<Diagram>>(
    signature: &Signature,
    sizes: &Sizes,
    diagrams: &[D],
) -> Result<(), Error> {
    for axis in signature.axis_ids() {
        let legs = sizes.of(axis);
        let present =
            diagrams.iter().any(|diagram| diagram.borrow().graph.find(Node::Epsilon(axis)).is_some());
        if present && legs > Evaluator::MAX_EPSILON {
            return Err(Error::Epsilon { legs });
        }
    }
    Ok(())
}

fn check_entries<'s>(spaces: impl IntoIterator<Item = &'s Space>, sizes: &Sizes) -> Result<(), Error> {
    for space in spaces {
        let entries = sizes.product(&space.layout().slots);
        if entries > Error::ENTRIES {
            return Err(Error::Entries { entries });
        }
    }
    Ok(())
}
