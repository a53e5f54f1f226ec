//! A graded module of maps as rows of values: what is decomposable, and the generators beyond.

use std::collections::BTreeMap;

use eqt_runtime::{Fp, Scalar};

use crate::basis::free::Families;
use crate::basis::{Error, rank};
use crate::diagram::{Diagram, Enumeration, Evaluator, Node, NodeId, components};
use crate::exact::Elimination;
use crate::exact::Random;
use crate::exact::tensor::Tensor;
use crate::progress::{Stage, report};
use crate::signature::{Signature, Sizes, Space};

/// Random points, each with a random cotangent.
pub(super) struct Points {
    inputs: Vec<Vec<Tensor>>,
    cotangents: Vec<Tensor>,
}

impl Points {
    /// The most entries of all points, 256 MiB.
    const ENTRIES: u64 = 1 << 25;

    /// # Errors
    /// If the points have too many entries.
    pub(super) fn new(signature: &Signature, sizes: &Sizes, count: usize) -> Result<Points, Error> {
        let mut random = Random::seeded(0x9e4);
        let layouts: Vec<_> = signature.inputs.iter().map(|input| input.space.layout()).collect();
        let output = signature.output.layout();
        let entries = layouts.iter().chain([&output]).fold(0_u64, |sum, layout| {
            sum.saturating_add(sizes.product(&layout.slots).saturating_mul(count as u64))
        });
        if entries > Self::ENTRIES {
            return Err(Error::Points { needed: entries, budget: Self::ENTRIES });
        }
        let mut points = Points { inputs: Vec::new(), cotangents: Vec::new() };
        for _ in 0..count {
            points.inputs.push(
                layouts.iter().map(|layout| Tensor::random(signature, layout, sizes, &mut random)).collect(),
            );
            points.cotangents.push(Tensor::random(signature, &output, sizes, &mut random));
        }
        Ok(points)
    }
}

/// A generator as a row: its value at every point, paired with the cotangent of that point.
#[derive(Clone)]
pub(super) struct Generator {
    multidegree: Vec<usize>,
    row: Vec<Fp>,
}

/// A graded module of maps, each known by its values at the points: of covariants over the ring of invariants, or the
/// ring itself. It is filled multidegree by multidegree.
pub(super) struct Module<'a> {
    families: &'a Families<'a>,
    /// The signature whose diagrams are tried: every member of a family is an input of its own.
    signature: &'a Signature,
    /// The signature as stated, with families: the generators found are written as arrays of it.
    target: &'a Signature,
    sizes: &'a Sizes,
    enumeration: Enumeration<'a>,
    points: &'a Points,
    /// `rows[r]`: a basis of the maps of multidegree r, as rows of values.
    rows: BTreeMap<Vec<usize>, Vec<Vec<Fp>>>,
    pub(super) generators: Vec<Generator>,
    pub(super) found: Vec<Diagram>,
}

impl<'a> Module<'a> {
    pub(super) fn new(
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
            points,
            rows: BTreeMap::new(),
            generators: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Finds a basis of one multidegree r, all lower ones being known: first the products `I m` of generators I of the
    /// `ring` with the basis of multidegree r - deg I, and, if these are fewer than `number`, the Molien-Weyl number,
    /// new generators.
    pub(super) fn fill(
        &mut self,
        multidegree: &[usize],
        number: u64,
        ring: &[Generator],
    ) -> Result<(), Error> {
        report(Stage::Generating { degree: multidegree.iter().sum() });
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

    /// Adds the diagrams that raise the rank, the new generators, until it is `number`.
    fn search(
        &mut self,
        multidegree: &[usize],
        number: u64,
        elimination: &mut Elimination,
        basis: &mut Vec<Vec<Fp>>,
    ) -> Result<(), Error> {
        let mut candidates = self.enumeration.of_multidegree(multidegree)?;
        candidates.retain(|diagram| !self.is_product(diagram));
        rank::check_evaluable(self.signature, self.sizes, &candidates)?;
        let arrays: Vec<Option<Diagram>> =
            candidates.iter().map(|diagram| self.families.array(diagram, self.target)).collect();
        let mut tried = vec![false; candidates.len()];
        for first in 0..candidates.len() {
            if tried[first] || elimination.rank() as u64 == number {
                continue;
            }
            let rank = elimination.rank();
            // An array is one generator with all its entries: if `<a_1, a_2>` is new, so is `<a_1, a_3>`, before other
            // diagrams are tried.
            for other in first..candidates.len() {
                if arrays[other] != arrays[first] || (other > first && elimination.rank() == rank) {
                    continue;
                }
                tried[other] = true;
                let row = self.row(&candidates[other])?;
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

    /// Whether a diagram is a product for its looks: a connected component without the output, such as tr(P) in
    /// `tr(P) P^2`, is an invariant by itself. Not where determinants may stand in two components and change parity
    /// together.
    fn is_product(&self, diagram: &Diagram) -> bool {
        let graph = &diagram.graph;
        let odd = |space: &Space| !space.layout().pseudo.is_empty();
        if odd(&self.signature.output) || self.signature.inputs.iter().any(|input| odd(&input.space)) {
            return false;
        }
        let kind = |node: &NodeId| graph[*node];
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

    fn row(&self, diagram: &Diagram) -> Result<Vec<Fp>, Error> {
        let pair = |value: &Tensor, cotangent: &Tensor| {
            value.data.iter().zip(&cotangent.data).fold(Fp::ZERO, |sum, (&x, &y)| sum + x * y)
        };
        let evaluator = Evaluator::new(self.signature, self.sizes).within(Error::WORK);
        let is_scalar = self.signature.output.layout().slots.is_empty();
        self.points
            .inputs
            .iter()
            .zip(&self.points.cotangents)
            .map(|(inputs, cotangent)| {
                let value = evaluator.evaluate(diagram, inputs, None)?;
                Ok(if is_scalar { value.data[0] } else { pair(&value, cotangent) })
            })
            .collect()
    }
}
