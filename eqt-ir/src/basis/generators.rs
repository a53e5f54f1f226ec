//! Generators: a minimal integrity basis of the invariants, and minimal module generators of the covariants over them.
//!
//! Both are found multidegree by multidegree (theory.md section 4). With I the ring of invariants and M the module of
//! covariants, what is decomposable in multidegree r is
//!
//! ```text
//! sum over generators g of I, of multidegree 0 < s <= r, of  g M_{r-s}     (M = I for the invariants themselves)
//! ```
//!
//! and the dimension of `M_r` is the Molien-Weyl number. Maps are rows of values at random points over the prime field
//! (a covariant is paired with a random cotangent at each point, which makes it a number), so that products are products
//! of rows. The diagrams of `M_r`, in the frozen order, that raise the rank beyond the decomposable are the generators;
//! their number in every multidegree does not depend on the order (graded Nakayama lemma). A diagram with a closed
//! component next to others is a product, and is not tried, unless determinants may stand in different components.
//!
//! **Free labels.** A family `(X)^n` on a free label is n separate inputs; a generator is then an array over labels,
//! all its entries at once. With n at least the degree bound it is enough that every copy occurs at most once: a map is
//! the restitution of its polarisation, and both respect products (Weyl, *The Classical Groups*, ch. I).
//!
//! **Degree bounds** that are known, and used if none is given:
//!
//! | inputs | invariants | covariants to W | source |
//! |---|---|---|---|
//! | vectors under O, O(p,q), Sp | 2 | number of slots k of W | first fundamental theorem |
//! | vectors under SO, SO(p,q) | max(2, d) | max(k, d + k - 2), k > 0 | the same: at most one determinant; each factor holds a slot of W |
//! | symmetric matrices, d = 2 | 2 | 1, W symmetric | their traceless parts are vectors of O(2), turned by twice the angle |
//! | symmetric matrices, d = 3 | 6 | 5, W symmetric | Spencer & Rivlin 1959; W is one more matrix, linear |
//! | scalars with labels under S(n) | n | n - 1, W = R^n | Weyl: polarised elementary symmetric functions |
//!
//! Scalar inputs may stand beside all of them.
//!
//! **Shared labels.** The ring of invariants of S(n) beside another group grows without a useful bound, and no network
//! wants it. What is emitted for `O(d) * S(n)` are the generators of `O(d)`, with free labels ([`generator_form`]):
//!
//! ```text
//! h(a) = sum_ij q_ij(G) a_i a_j^T + q_0(G) I,    G_ij = <a_i, a_j>
//! ```
//!
//! Such an h is equivariant under S(n) if q is: if relabelling G relabels q(G) alike, and leaves q_0 as it is. A function
//! that is shared across labels is of this kind, `q_i = f(G_ii, sum_j G_jj)` for every i, and conversely every h has such
//! a q: the average over all relabellings of any q that gives it.

use std::collections::BTreeMap;

use eqt_runtime::{Fp, Scalar};

use super::family::without_free_labels;
use super::stable::stable_sizes;
use super::{Element, Elimination, Error, rank};
use crate::diagram::{Diagram, DiagramLimit, End, Enumeration, Evaluator, Graph, Node, Wire, components};
use crate::field::Random;
use crate::group::Group;
use crate::molien;
use crate::signature::{AxisId, Input, Signature, Sizes, SlotSymmetry, Space};
use crate::tensor::Tensor;

/// Up to which degrees generators are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Of the invariants.
    pub invariants: usize,
    /// Of the covariants.
    pub covariants: usize,
    /// The theorem by which there are no generators beyond; `None` if the bound was given and proves nothing.
    pub source: Option<&'static str>,
}

/// The generator form of a signature: every equivariant polynomial map is `sum_g q_g(invariants) covariant_g`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generators {
    /// The signature.
    pub signature: Signature,
    /// A minimal integrity basis of the invariants (without 1), in the frozen order. With free labels, arrays.
    pub invariants: Vec<Element>,
    /// Minimal module generators of the covariants; for a scalar output, 1 alone.
    pub covariants: Vec<Element>,
    /// How far the search went.
    pub bound: Bound,
}

impl Generators {
    /// The signature of the invariants: the same inputs, a scalar output.
    pub fn invariant_signature(&self) -> Signature {
        with_output(&self.signature, Space::Scalar)
    }

    /// One sentence on how far the lists are proved complete.
    pub fn certificate(&self) -> String {
        let Bound { invariants, covariants, source } = self.bound;
        let range = format!("degree {invariants} (invariants) and {covariants} (covariants)");
        match source {
            Some(source) => format!("complete: up to {range} by exact rank, and none beyond by {source}"),
            None => format!(
                "complete up to {range}, the bound given, by exact rank; nothing is said of higher degrees"
            ),
        }
    }
}

/// The signature with the labels of S(n) free, if another group acts linearly.
///
/// Functions of arrays over labels that do not depend on the order of the labels stand for all maps that are equivariant
/// under S(n) as well; see the [module documentation](self). A group of permutations alone is left as it is.
pub fn with_shared_labels_free(signature: &Signature) -> Signature {
    let mut freed = signature.clone();
    if signature.axes.iter().any(|axis| !axis.group.is_label()) {
        for axis in freed.axes.iter_mut().filter(|axis| axis.group == Group::Symmetric) {
            axis.group = Group::Trivial;
        }
    }
    freed
}

/// The generators that a map in generator form is made of: those of the signature [with shared labels
/// free](with_shared_labels_free). Arguments and errors as for [`generators`].
///
/// # Errors
/// As for [`generators`].
pub fn generator_form(
    signature: &Signature,
    degree: Option<usize>,
    limit: usize,
) -> Result<Generators, Error> {
    generators(&with_shared_labels_free(signature), degree, limit)
}

/// Finds the generators up to a degree, or, without one, up to the known bound; `limit` as in
/// [`Options::limit`](super::Options::limit).
///
/// # Errors
/// [`Error::Bound`] if no bound is given or known; else limits and budgets.
pub fn generators(signature: &Signature, degree: Option<usize>, limit: usize) -> Result<Generators, Error> {
    let known = known_bound(signature);
    let bound = match (degree, known) {
        (None, None) => return Err(Error::Bound),
        (None, Some(known)) => known,
        (Some(degree), Some(known)) if known.invariants.max(known.covariants) <= degree => known,
        (Some(degree), _) => Bound { invariants: degree, covariants: degree, source: None },
    };
    let most = bound.invariants.max(bound.covariants);
    let families = Families::new(signature, most)?;
    let scalar = with_output(&families.split, Space::Scalar);
    let ring = with_output(signature, Space::Scalar);
    let sizes = stable_sizes(&families.split, most, None);
    let invariant_degrees = families.multidegrees(bound.invariants, limit)?;
    let covariant_degrees = families.multidegrees(bound.covariants, limit)?;
    let invariant_numbers = molien::dimensions_of_multidegrees(&scalar, &sizes, &invariant_degrees)?;
    let covariant_numbers = molien::dimensions_of_multidegrees(&families.split, &sizes, &covariant_degrees)?;
    let largest = invariant_numbers.iter().chain(&covariant_numbers).copied().max().unwrap_or(0) as usize;
    if largest > limit {
        return Err(DiagramLimit::complete(limit, most).into());
    }
    let points = Points::new(&families.split, &sizes, largest + 4);

    let mut invariants = Module::new(&families, &scalar, &ring, &sizes, &points, limit);
    for (multidegree, &number) in invariant_degrees.iter().zip(&invariant_numbers) {
        let generators = invariants.generators.clone();
        invariants.fill(multidegree, number, &generators)?;
    }
    let mut covariants = Module::new(&families, &families.split, signature, &sizes, &points, limit);
    for (multidegree, &number) in covariant_degrees.iter().zip(&covariant_numbers) {
        covariants.fill(multidegree, number, &invariants.generators)?;
    }
    // The constant 1 is no generator of the ring.
    let of_ring = families.arrays(&invariants.found, &ring);
    Ok(Generators {
        signature: signature.clone(),
        invariants: of_ring.into_iter().filter(|element| element.degree > 0).collect(),
        covariants: families.arrays(&covariants.found, signature),
        bound,
    })
}

fn with_output(signature: &Signature, output: Space) -> Signature {
    Signature { output, ..signature.clone() }
}

/// The bound of the theorem that covers a signature, if there is one; see the [module documentation](self).
pub fn known_bound(signature: &Signature) -> Option<Bound> {
    let members: Vec<Space> = signature
        .inputs
        .iter()
        .map(|input| without_free_labels(signature, &input.space))
        .filter(|space| *space != Space::Scalar)
        .collect();
    let scalars = usize::from(members.len() < signature.inputs.len());
    let output = without_free_labels(signature, &signature.output);
    vectors(signature, &members, &output, scalars)
        .or_else(|| symmetric_matrices(signature, &members, &output, scalars))
        .or_else(|| symmetric_functions(signature, &members, &output, scalars))
}

fn vectors(signature: &Signature, members: &[Space], output: &Space, scalars: usize) -> Option<Bound> {
    let mut bound =
        Bound { invariants: scalars, covariants: 0, source: Some("the first fundamental theorem") };
    let output = output.layout();
    let mut axes: Vec<AxisId> = Vec::new();
    for member in members {
        match member {
            Space::Vector(axis) if !signature.axis(*axis).group.is_label() => axes.push(*axis),
            _ => return None,
        }
    }
    axes.sort_unstable();
    axes.dedup();
    for axis in axes {
        let described = signature.axis(axis);
        let slots = output.slots.iter().filter(|&&slot| slot == axis).count();
        let special = matches!(described.group, Group::SpecialOrthogonal | Group::SpecialIndefinite(..));
        let determinant = special || output.pseudo.contains(&axis);
        // Without a literal dimension there is no epsilon.
        let d = described.dimension.literal().filter(|_| determinant).unwrap_or(0);
        bound.invariants = bound.invariants.max(2).max(if special { d } else { 0 });
        bound.covariants += match slots {
            0 if special => 0,
            0 => d,
            _ => slots.max((d + slots).saturating_sub(2)),
        };
    }
    Some(bound)
}

fn symmetric_matrices(
    signature: &Signature,
    members: &[Space],
    output: &Space,
    scalars: usize,
) -> Option<Bound> {
    let axis_of = |space: &Space| match space {
        Space::Tensor { axis, rank: 2, symmetry: SlotSymmetry::Symmetric | SlotSymmetry::Traceless } => {
            Some(*axis)
        }
        _ => None,
    };
    let axis = axis_of(members.first()?)?;
    let group = signature.axis(axis).group;
    if !group.has_parity() || members.iter().any(|member| axis_of(member) != Some(axis)) {
        return None;
    }
    let to_matrices = match output {
        Space::Scalar => false,
        _ if axis_of(output) == Some(axis) => true,
        _ => return None,
    };
    let (invariants, covariants, source) = match signature.axis(axis).dimension.literal()? {
        1 => (1, 0, "symmetric 1 x 1 matrices being numbers"),
        2 => (2, 1, "the first fundamental theorem for traceless parts, vectors of O(2)"),
        3 => (6, 5, "Spencer and Rivlin's theorem on symmetric 3 x 3 matrices"),
        _ => return None,
    };
    let covariants = if to_matrices { covariants } else { 0 };
    Some(Bound { invariants: invariants.max(scalars), covariants, source: Some(source) })
}

fn symmetric_functions(
    signature: &Signature,
    members: &[Space],
    output: &Space,
    scalars: usize,
) -> Option<Bound> {
    let labels = |space: &Space| match space.layout().slots[..] {
        [axis] if signature.axis(axis).group == Group::Symmetric && space.layout().pseudo.is_empty() => {
            Some(axis)
        }
        _ => None,
    };
    let axis = labels(members.first()?)?;
    if members.iter().any(|member| labels(member) != Some(axis)) {
        return None;
    }
    let n = signature.axis(axis).dimension.literal()?;
    let covariants = match output {
        Space::Scalar => 0,
        _ if labels(output) == Some(axis) => n.saturating_sub(1),
        _ => return None,
    };
    let source = Some("Weyl's theorem on vector invariants of the symmetric group");
    Some(Bound { invariants: n.max(scalars), covariants, source })
}

/// Inputs with their free labels taken off: as many copies as may occur in one map.
struct Families<'a> {
    original: &'a Signature,
    /// Copies as inputs of their own; the output without free labels.
    split: Signature,
    /// The input that a copy is of.
    input_of: Vec<usize>,
    /// Whether a copy is tried at most once in a map, there being others.
    once: Vec<bool>,
}

impl<'a> Families<'a> {
    fn new(original: &'a Signature, bound: usize) -> Result<Families<'a>, Error> {
        let mut split = with_output(original, without_free_labels(original, &original.output));
        split.inputs.clear();
        let (mut input_of, mut once) = (Vec::new(), Vec::new());
        for (position, input) in original.inputs.iter().enumerate() {
            let layout = input.space.layout();
            let free = || layout.slots.iter().filter(|&&slot| original.axis(slot).group.is_free());
            let length = free().try_fold(1_usize, |product, &axis| {
                original.axis(axis).dimension.literal().map(|size| product.saturating_mul(size))
            });
            let many = free().next().is_some() && length.is_none_or(|length| length >= bound);
            let copies = if many { bound } else { length.unwrap_or(1) };
            for copy in 0..copies {
                let name = format!("{}{copy}", input.name);
                split.inputs.push(Input { name, space: without_free_labels(original, &input.space) });
                input_of.push(position);
                once.push(many);
            }
        }
        if split.inputs.len() > usize::from(u8::MAX) {
            return Err(DiagramLimit::complete(usize::from(u8::MAX), bound).into());
        }
        Ok(Families { original, split, input_of, once })
    }

    /// All multidegrees up to a degree.
    fn multidegrees(&self, bound: usize, limit: usize) -> Result<Vec<Vec<usize>>, Error> {
        let mut all = vec![vec![0; self.split.inputs.len()]];
        let mut level = all.clone();
        for degree in 1..=bound {
            let mut next = Vec::new();
            for multidegree in &level {
                // Every one is met once: from the one without its last occurrence.
                let last = multidegree.iter().rposition(|&times| times > 0).unwrap_or(0);
                for input in last..multidegree.len() {
                    if multidegree[input] == 0 || !self.once[input] {
                        let mut more = multidegree.clone();
                        more[input] += 1;
                        next.push(more);
                    }
                }
            }
            if all.len() + next.len() > limit {
                return Err(DiagramLimit::complete(limit, degree).into());
            }
            all.extend(next.iter().cloned());
            level = next;
        }
        Ok(all)
    }

    /// The diagram of the original signature whose entries are the relabellings of one of separate copies.
    fn array(&self, diagram: &Diagram, target: &Signature) -> Option<Diagram> {
        let mut graph = Graph::default();
        let is_free = |axis: AxisId| self.original.axis(axis).group.is_free();
        // The original slot of every slot that is left.
        let mut places: Vec<Vec<u8>> = Vec::with_capacity(diagram.graph.nodes.len());
        let mut free: Vec<(End, AxisId)> = Vec::new();
        for &kind in &diagram.graph.nodes {
            let (kind, slots) = match kind {
                Node::Output => (kind, target.output.layout().slots),
                Node::Input(copy) => {
                    let input = self.input_of[usize::from(copy)];
                    (Node::Input(input as u8), self.original.inputs[input].space.layout().slots)
                }
                other => (other, Vec::new()),
            };
            let node = graph.add(kind);
            let mut place = Vec::new();
            for (slot, &axis) in slots.iter().enumerate() {
                let end = End { node, slot: slot as u8 };
                if is_free(axis) { free.push((end, axis)) } else { place.push(end.slot) }
            }
            places.push(place);
        }
        let moved = |end: End| match places[usize::from(end.node)].get(usize::from(end.slot)) {
            Some(&slot) => End { node: end.node, slot },
            None => end,
        };
        graph.wires = diagram
            .graph
            .wires
            .iter()
            .map(|wire| Wire { from: moved(wire.from), to: moved(wire.to) })
            .collect();
        for (end, axis) in free {
            let spider = graph.add(Node::Spider(axis));
            graph.join(end, End { node: spider, slot: 0 });
        }
        Diagram::from_graph(&graph, &crate::diagram::Shapes::new(target))
    }

    /// The elements of the original signature, each once, in the frozen order.
    fn arrays(&self, found: &[Diagram], target: &Signature) -> Vec<Element> {
        let mut elements: Vec<Element> = found
            .iter()
            .filter_map(|diagram| self.array(diagram, target))
            .map(|diagram| Element { degree: diagram.degree(), diagram })
            .collect();
        elements.sort_by_cached_key(|element| element.diagram.order_key(target));
        elements.dedup();
        elements
    }
}

/// Random points, each with a random cotangent.
struct Points {
    inputs: Vec<Vec<Tensor>>,
    cotangents: Vec<Tensor>,
}

impl Points {
    fn new(signature: &Signature, sizes: &Sizes, count: usize) -> Points {
        let mut random = Random::seeded(0x9e4);
        let layouts: Vec<_> = signature.inputs.iter().map(|input| input.space.layout()).collect();
        let output = signature.output.layout();
        let mut points = Points { inputs: Vec::new(), cotangents: Vec::new() };
        for _ in 0..count {
            points.inputs.push(
                layouts.iter().map(|layout| Tensor::random(signature, layout, sizes, &mut random)).collect(),
            );
            points.cotangents.push(Tensor::random(signature, &output, sizes, &mut random));
        }
        points
    }
}

/// A generator as a row of values.
#[derive(Clone)]
struct Generator {
    multidegree: Vec<usize>,
    row: Vec<Fp>,
}

/// A graded module of maps, known by their values.
struct Module<'a> {
    families: &'a Families<'a>,
    /// With separate copies for families.
    signature: &'a Signature,
    /// With families.
    target: &'a Signature,
    sizes: &'a Sizes,
    enumeration: Enumeration<'a>,
    evaluator: Evaluator<'a>,
    points: &'a Points,
    /// A basis of every multidegree.
    rows: BTreeMap<Vec<usize>, Vec<Vec<Fp>>>,
    generators: Vec<Generator>,
    found: Vec<Diagram>,
}

impl<'a> Module<'a> {
    fn new(
        families: &'a Families<'a>,
        signature: &'a Signature,
        target: &'a Signature,
        sizes: &'a Sizes,
        points: &'a Points,
        limit: usize,
    ) -> Module<'a> {
        Module {
            families,
            signature,
            target,
            sizes,
            enumeration: Enumeration::new(signature, None, limit),
            evaluator: Evaluator::new(signature, sizes),
            points,
            rows: BTreeMap::new(),
            generators: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Finds a basis of one multidegree, all lower ones being known: products first, then new generators.
    fn fill(&mut self, multidegree: &[usize], number: u64, ring: &[Generator]) -> Result<(), Error> {
        let mut elimination = Elimination::default();
        let mut basis: Vec<Vec<Fp>> = Vec::new();
        let complete = |elimination: &Elimination| elimination.rank() as u64 == number;
        for generator in ring {
            let rest: Option<Vec<usize>> =
                multidegree.iter().zip(&generator.multidegree).map(|(r, s)| r.checked_sub(*s)).collect();
            let positive = generator.multidegree.iter().any(|&times| times > 0);
            let Some(rows) = rest.filter(|_| positive).and_then(|rest| self.rows.get(&rest)) else {
                continue;
            };
            for row in rows {
                if complete(&elimination) {
                    break;
                }
                let product: Vec<Fp> = row.iter().zip(&generator.row).map(|(&x, &y)| x * y).collect();
                if elimination.insert(product.clone()) {
                    basis.push(product);
                }
            }
        }
        if !complete(&elimination) {
            self.search(multidegree, number, &mut elimination, &mut basis)?;
        }
        self.rows.insert(multidegree.to_vec(), basis);
        Ok(())
    }

    /// Adds the diagrams that raise the rank.
    fn search(
        &mut self,
        multidegree: &[usize],
        number: u64,
        elimination: &mut Elimination,
        basis: &mut Vec<Vec<Fp>>,
    ) -> Result<(), Error> {
        let mut candidates = self.enumeration.of_multidegree(multidegree)?;
        candidates.retain(|diagram| !self.is_product(diagram));
        rank::check_epsilons(self.signature, self.sizes, &candidates)?;
        let arrays: Vec<Option<Diagram>> =
            candidates.iter().map(|diagram| self.families.array(diagram, self.target)).collect();
        let mut tried = vec![false; candidates.len()];
        for first in 0..candidates.len() {
            if tried[first] || elimination.rank() as u64 == number {
                continue;
            }
            let rank = elimination.rank();
            // All entries of an array together.
            for other in first..candidates.len() {
                if arrays[other] != arrays[first] || (other > first && elimination.rank() == rank) {
                    continue;
                }
                tried[other] = true;
                let row = self.row(&candidates[other]);
                if elimination.insert(row.clone()) {
                    basis.push(row.clone());
                    self.generators.push(Generator { multidegree: multidegree.to_vec(), row });
                    self.found.push(candidates[other].clone());
                }
            }
        }
        if elimination.rank() as u64 != number {
            let degree = multidegree.iter().sum();
            return Err(Error::Incomplete { degree, found: elimination.rank() as u64, expected: number });
        }
        Ok(())
    }

    /// Whether a closed component can be split off as an invariant.
    fn is_product(&self, diagram: &Diagram) -> bool {
        let graph = &diagram.graph;
        let odd = |space: &Space| !space.layout().pseudo.is_empty();
        if odd(&self.signature.output) || self.signature.inputs.iter().any(|input| odd(&input.space)) {
            return false;
        }
        let kind = |node: &u8| graph.nodes[usize::from(*node)];
        let closed = components(graph)
            .iter()
            .filter(|component| {
                let has_input = component.iter().any(|node| matches!(kind(node), Node::Input(_)));
                has_input && !component.iter().any(|node| kind(node) == Node::Output)
            })
            .count();
        // A scalar output is a component by itself.
        let is_scalar = self.signature.output.layout().slots.is_empty();
        closed > usize::from(is_scalar)
    }

    fn row(&self, diagram: &Diagram) -> Vec<Fp> {
        let pair = |value: &Tensor, cotangent: &Tensor| {
            value.data.iter().zip(&cotangent.data).fold(Fp::ZERO, |sum, (&x, &y)| sum + x * y)
        };
        let is_scalar = self.signature.output.layout().slots.is_empty();
        self.points
            .inputs
            .iter()
            .zip(&self.points.cotangents)
            .map(|(inputs, cotangent)| {
                let value = self.evaluator.evaluate(diagram, inputs, None);
                if is_scalar { value.data[0] } else { pair(&value, cotangent) }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
