//! Which tensors are symmetric or antisymmetric in some of their slots: half of their entries are mirror images of the other
//! half, and are not computed.
//!
//! That of `g_pq = sum_i a_ip a_iq` follows from its expression: exchanging p and q exchanges the factors. So an einsum is
//! multiplied out until its factors are no einsums, and a renaming of its summed labels is sought that, with p and q
//! exchanged, gives the same product.

use eqt_ir::exact::permutations::signed_permutations;
use eqt_ir::group::Form;
use eqt_ir::program::Einsum;
use eqt_ir::signature::{AxisId, Block, SlotSymmetry};

use super::super::{Place, Written};
use super::{LinearTerm, Operation, Plan};

/// Slots any two of which may be exchanged: the tensor stays, or, if it is odd, changes its sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    /// At least two, in increasing order.
    pub(crate) slots: Vec<usize>,
    /// Whether an exchange changes the sign.
    pub(crate) odd: bool,
}

/// An einsum is multiplied out to at most this many factors; beyond, factors that are einsums stay as they are.
const MAX_FACTORS: usize = 8;

/// At most this many pairs of factors are compared in search of a renaming; beyond, a tensor passes for one without symmetry.
const MAX_COMPARISONS: usize = 2000;

/// Mirror images are written for classes of at most this many slots (a larger one is cut): of k slots there are k! - 1.
const MAX_MIRRORED: usize = 3;

/// A factor of a product: what it is, and the label at each of its slots. Equal numbers are equal labels.
#[derive(Clone, Debug)]
struct Factor {
    tensor: usize,
    labels: Vec<usize>,
}

/// `prod factors`, summed over the labels that are not in `output`.
#[derive(Clone, Debug)]
struct Monomial {
    factors: Vec<Factor>,
    output: Vec<usize>,
    /// The axis of every label.
    axes: Vec<AxisId>,
}

impl Plan<'_> {
    /// The classes of each tensor whose mirror images are worth writing: of tensors that are computed, but for sums over
    /// samples, which are added to.
    pub(crate) fn mirrored(&self) -> Vec<Vec<Class>> {
        let mut all: Vec<Vec<Class>> = Vec::with_capacity(self.tensors.len());
        for index in 0..self.tensors.len() {
            let classes = self.classes(index, &all);
            all.push(classes);
        }
        for (tensor, classes) in self.tensors.iter().zip(&mut all) {
            let is_sum = tensor.result.is_some_and(|at| self.results[at].written == Written::Added);
            if is_sum || !tensor.is_computed() {
                classes.clear();
            }
            classes.iter_mut().for_each(|class| class.slots.truncate(MAX_MIRRORED));
        }
        all
    }

    /// All classes of a tensor, given those of the tensors before it.
    fn classes(&self, index: usize, before: &[Vec<Class>]) -> Vec<Class> {
        let axes = &self.tensors[index].axes;
        let product = match &self.tensors[index].operation {
            Operation::Einsum(einsum) => Some(self.multiplied_out(einsum)),
            _ => None,
        };
        let mut classes: Vec<Class> = Vec::new();
        for first in (0..axes.len()).filter(|&slot| !self.axis(axes[slot]).is_label) {
            if classes.iter().any(|class| class.slots.contains(&first)) {
                continue;
            }
            let others = (first + 1..axes.len()).filter(|&slot| axes[slot] == axes[first]);
            let signs: Vec<(usize, bool)> = others
                .filter_map(|other| {
                    Some((other, self.exchange(index, product.as_ref(), (first, other), before)?))
                })
                .collect();
            // With both signs the tensor is zero.
            let Some(&(_, odd)) = signs.first() else { continue };
            let same = signs.into_iter().filter(|&(_, sign)| sign == odd).map(|(slot, _)| slot);
            classes.push(Class { slots: [first].into_iter().chain(same).collect(), odd });
        }
        classes
    }

    /// Whether the exchange of two slots changes the sign of a tensor; nothing if it is not known to give the tensor back.
    fn exchange(
        &self,
        index: usize,
        product: Option<&Monomial>,
        (first, second): (usize, usize),
        before: &[Vec<Class>],
    ) -> Option<bool> {
        match &self.tensors[index].operation {
            Operation::Argument(Place::Input(input)) => {
                let layout = &self.program.inputs[*input].layout;
                let holds = |block: &&Block| {
                    [first, second].iter().all(|slot| (block.start..block.start + block.rank).contains(slot))
                };
                match layout.blocks.iter().find(holds)?.symmetry {
                    SlotSymmetry::General => None,
                    SlotSymmetry::Symmetric | SlotSymmetry::Traceless => Some(false),
                    SlotSymmetry::Alternating => Some(true),
                }
            }
            Operation::Argument(_) | Operation::Ones => None,
            Operation::Delta(axis) => Some(self.axis(*axis).form == Form::Omega),
            Operation::Epsilon(_) => Some(true),
            Operation::Raise(source) | Operation::Lower(source) => sign(&before[*source], first, second),
            Operation::Linear(terms) => [false, true]
                .into_iter()
                .find(|&odd| !terms.is_empty() && is_exchanged(terms, (first, second), odd, before)),
            Operation::Einsum(_) => {
                let product = product?;
                let mut images = vec![None; product.axes.len()];
                for (slot, &label) in product.output.iter().enumerate() {
                    let image = if slot == first {
                        second
                    } else if slot == second {
                        first
                    } else {
                        slot
                    };
                    images[label] = Some(product.output[image]);
                }
                let mut search = Search { plan: self, product, before, left: MAX_COMPARISONS };
                search.renaming(0, &mut vec![false; product.factors.len()], images, false)
            }
        }
    }

    fn multiplied_out(&self, einsum: &Einsum) -> Monomial {
        let mut product = Monomial {
            factors: Vec::new(),
            output: einsum.output.iter().map(|label| label.index()).collect(),
            axes: einsum.axes.clone(),
        };
        let factor = |labels: &[eqt_ir::program::Label], tensor: usize, of: &dyn Fn(usize) -> usize| Factor {
            tensor,
            labels: labels.iter().map(|label| of(label.index())).collect(),
        };
        let mut open: Vec<Factor> = einsum
            .operands
            .iter()
            .map(|operand| factor(&operand.labels, operand.step.index(), &|label| label))
            .collect();
        while let Some(next) = open.pop() {
            let inner = match &self.tensors[next.tensor].operation {
                Operation::Einsum(inner)
                    if product.factors.len() + open.len() + inner.operands.len() <= MAX_FACTORS =>
                {
                    inner
                }
                _ => {
                    product.factors.push(next);
                    continue;
                }
            };
            let start = product.axes.len();
            product.axes.extend(&inner.axes);
            let label = |label: usize| {
                let kept = inner.output.iter().position(|at| at.index() == label);
                kept.map_or(start + label, |slot| next.labels[slot])
            };
            let operands = inner.operands.iter();
            open.extend(operands.map(|operand| factor(&operand.labels, operand.step.index(), &label)));
        }
        product
    }
}

/// Whether two slots are in one class, and if it is odd.
fn sign(classes: &[Class], first: usize, second: usize) -> Option<bool> {
    let class = classes.iter().find(|class| class.slots.contains(&first) && class.slots.contains(&second));
    class.map(|class| class.odd)
}

/// Whether exchanging two slots gives every term of a sum itself or another term, with this sign.
fn is_exchanged(
    terms: &[LinearTerm],
    (first, second): (usize, usize),
    odd: bool,
    before: &[Vec<Class>],
) -> bool {
    let mut taken = vec![false; terms.len()];
    terms.iter().all(|term| {
        let (one, other) = (term.permutation[first], term.permutation[second]);
        if sign(&before[term.tensor], one, other) == Some(odd) {
            return true;
        }
        let mut permutation = term.permutation.clone();
        permutation.swap(first, second);
        let image = |(at, candidate): (usize, &LinearTerm)| {
            !taken[at]
                && candidate.tensor == term.tensor
                && candidate.permutation == permutation
                && candidate.negative == term.negative ^ odd
                && (&candidate.constants, candidate.theta, &candidate.scalars)
                    == (&term.constants, term.theta, &term.scalars)
        };
        let found = terms.iter().enumerate().position(image);
        if let Some(at) = found {
            taken[at] = true;
        }
        found.is_some()
    })
}

/// The search for a renaming of labels that maps a product to itself.
struct Search<'a> {
    plan: &'a Plan<'a>,
    product: &'a Monomial,
    before: &'a [Vec<Class>],
    /// Comparisons that are left of the budget.
    left: usize,
}

impl Search<'_> {
    /// Maps factor `at` and those after it to factors not taken yet; `images` are the labels known so far. Gives whether the
    /// sign changes.
    fn renaming(
        &mut self,
        at: usize,
        taken: &mut Vec<bool>,
        images: Vec<Option<usize>>,
        odd: bool,
    ) -> Option<bool> {
        let Some(factor) = self.product.factors.get(at) else { return Some(odd) };
        for to in 0..taken.len() {
            let candidate = &self.product.factors[to];
            if taken[to] || !self.is_same(factor.tensor, candidate.tensor) {
                continue;
            }
            for (order, negative) in self.orders(factor.tensor, factor.labels.len()) {
                self.left = self.left.checked_sub(1)?;
                let Some(images) = self.matched(factor, candidate, &order, images.clone()) else { continue };
                taken[to] = true;
                if let Some(found) = self.renaming(at + 1, taken, images, odd ^ negative) {
                    return Some(found);
                }
                taken[to] = false;
            }
        }
        None
    }

    /// Whether two tensors are the same one; deltas, epsilons and ones have no names.
    fn is_same(&self, one: usize, other: usize) -> bool {
        let of = |index: usize| (&self.plan.tensors[index].operation, &self.plan.tensors[index].axes);
        one == other
            || match (of(one), of(other)) {
                ((Operation::Delta(one), _), (Operation::Delta(other), _)) => one == other,
                ((Operation::Epsilon(one), axes), (Operation::Epsilon(other), others)) => {
                    one == other && axes == others
                }
                ((Operation::Ones, axes), (Operation::Ones, others)) => axes == others,
                _ => false,
            }
    }

    /// The orders of its slots that give a tensor back, each with whether the sign changes.
    fn orders(&self, tensor: usize, rank: usize) -> Vec<(Vec<usize>, bool)> {
        let mut all = vec![((0..rank).collect::<Vec<usize>>(), false)];
        for class in &self.before[tensor] {
            let within = signed_permutations(class.slots.len().min(MAX_MIRRORED));
            all = all
                .iter()
                .flat_map(|(order, negative)| {
                    within.iter().map(move |permutation| {
                        let mut order = order.clone();
                        for (&slot, &image) in class.slots.iter().zip(&permutation.image) {
                            order[slot] = class.slots[image];
                        }
                        (order, negative ^ (class.odd && permutation.is_odd()))
                    })
                })
                .collect();
        }
        all
    }

    /// The images of all labels if slot k of a factor becomes slot `order[k]` of another one.
    fn matched(
        &self,
        factor: &Factor,
        candidate: &Factor,
        order: &[usize],
        mut images: Vec<Option<usize>>,
    ) -> Option<Vec<Option<usize>>> {
        for (&label, &slot) in factor.labels.iter().zip(order) {
            let image = candidate.labels[slot];
            match images[label] {
                Some(known) if known == image => {}
                Some(_) => return None,
                // No two labels have one image, and a sum through omega knows its first slot from its second.
                None => {
                    let axis = self.product.axes[label];
                    let fits = axis == self.product.axes[image]
                        && self.plan.axis(axis).form != Form::Omega
                        && !images.contains(&Some(image));
                    if !fits {
                        return None;
                    }
                    images[label] = Some(image);
                }
            }
        }
        Some(images)
    }
}
