//! Exact rank by elimination over the prime field.

use eqt_runtime::{Fp, Scalar};

use crate::diagram::{Diagram, Evaluator};
use crate::field::Random;
use crate::signature::{Signature, Sizes};
use crate::tensor::Tensor;

use super::Error;

/// Row echelon form that grows row by row.
#[derive(Clone, Debug, Default)]
pub struct Elimination {
    /// Reduced rows with the position of their leading one.
    rows: Vec<(usize, Vec<Fp>)>,
}

impl Elimination {
    /// Number of independent rows so far.
    pub fn rank(&self) -> usize {
        self.rows.len()
    }

    /// Takes a row; whether it was independent of those before.
    pub fn insert(&mut self, mut row: Vec<Fp>) -> bool {
        for (pivot, known) in &self.rows {
            let factor = row[*pivot];
            if factor != Fp::ZERO {
                for (entry, &value) in row[*pivot..].iter_mut().zip(&known[*pivot..]) {
                    *entry -= factor * value;
                }
            }
        }
        let Some(pivot) = row.iter().position(|&entry| entry != Fp::ZERO) else { return false };
        let Some(scale) = row[pivot].inv() else { return false };
        for entry in &mut row[pivot..] {
            *entry *= scale;
        }
        self.rows.push((pivot, row));
        true
    }
}

/// Values of diagrams at random points, one row per diagram, `points` points side by side.
pub(super) fn values(
    signature: &Signature,
    sizes: &Sizes,
    diagrams: &[Diagram],
    points: usize,
    random: &mut Random,
) -> Vec<Vec<Fp>> {
    let evaluator = Evaluator::new(signature, sizes);
    let mut rows: Vec<Vec<Fp>> = vec![Vec::new(); diagrams.len()];
    for _ in 0..points {
        let inputs: Vec<Tensor> = signature
            .inputs
            .iter()
            .map(|input| Tensor::random(signature, &input.space.layout(), sizes, random))
            .collect();
        for (row, diagram) in rows.iter_mut().zip(diagrams) {
            row.extend(evaluator.evaluate(diagram, &inputs, None).data);
        }
    }
    rows
}

/// Which diagrams raise the rank, in the order given. `expected` is the known dimension, reached or not: more points
/// are taken until the rank reaches it, or is full, or no longer grows.
///
/// # Errors
/// [`Error::Epsilon`] or [`Error::Work`] if the evaluation is too large.
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
    let entries: usize = Tensor::shape_of(&signature.output.layout(), sizes).iter().product();
    if entries == 0 {
        return Ok(vec![false; diagrams.len()]);
    }
    let mut random = Random::seeded(RANK_SEED);
    let mut points = (diagrams.len() + 2).div_ceil(entries) + 1;
    let mut rows: Vec<Vec<Fp>> = vec![Vec::new(); diagrams.len()];
    let mut before = None;
    loop {
        let columns = rows[0].len() + points * entries;
        let work = (columns * diagrams.len()).saturating_mul(expected.max(1)) as u64;
        if work > Error::WORK {
            return Err(Error::Work { needed: work });
        }
        for (row, more) in rows.iter_mut().zip(values(signature, sizes, diagrams, points, &mut random)) {
            row.extend(more);
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

pub(super) fn check_epsilons<D: std::borrow::Borrow<Diagram>>(
    signature: &Signature,
    sizes: &Sizes,
    diagrams: &[D],
) -> Result<(), Error> {
    for axis in signature.axis_ids() {
        let legs = sizes.of(axis);
        let present = diagrams
            .iter()
            .any(|diagram| diagram.borrow().graph.nodes.contains(&crate::diagram::Node::Epsilon(axis)));
        if present && legs > Evaluator::MAX_EPSILON {
            return Err(Error::Epsilon { legs });
        }
    }
    Ok(())
}
