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
            sum.saturating_add(Tensor::entries_of(layout, sizes).saturating_mul(count as u64))
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

/// A generator as a row of values.
#[derive(Clone)]
pub(super) struct Generator {
    multidegree: Vec<usize>,
    row: Vec<Fp>,
}

/// A graded module of maps, known by their values.
pub(super) struct Module<'a> {
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
            evaluator: Evaluator::new(signature, sizes),
            points,
            rows: BTreeMap::new(),
            generators: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Finds a basis of one multidegree, all lower ones being known: products first, then new generators.
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
        rank::check_evaluable(self.signature, self.sizes, &candidates)?;
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
