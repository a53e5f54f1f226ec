//! `O(d)` and `SO(d)`: edges are Kronecker deltas; epsilon of d legs.

use eqt_runtime::{Fp, Scalar};

use super::{AxisGroup, Class, ClassBudget, Epsilon, Wires, classes};
use crate::exact::{Matrix, Random};
use crate::signature::Dimension;

/// The orthogonal group, or its identity component.
#[derive(Debug)]
pub(super) struct Orthogonal {
    /// `SO(d)` instead of `O(d)`.
    pub(super) special: bool,
}

impl AxisGroup for Orthogonal {
    fn text(&self, dimension: &Dimension) -> String {
        format!("{}({dimension})", if self.special { "SO" } else { "O" })
    }

    fn wires(&self) -> Wires {
        let epsilon = if self.special { Epsilon::EitherParity } else { Epsilon::OddParity };
        Wires::Edges { antisymmetric: false, epsilon }
    }

    fn form(&self, _dimension: usize, a: usize) -> (usize, i8) {
        (a, 1)
    }

    fn stable_dimension(&self, ports: usize, epsilon: bool) -> usize {
        stable_dimension(ports, epsilon || self.special)
    }

    fn classes(&self, dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
        classes::orthogonal(dimension, self.special, band, powers)
    }

    fn random_elements(&self, dimension: usize, random: &mut Random) -> Vec<Matrix> {
        random_elements(dimension, self.special, random, |_| 1)
    }

    fn determinant_sign(&self, g: &Matrix) -> Fp {
        g.determinant()
    }
}

/// Matchings of m ports have m/2 edges and are independent for d >= m/2; no epsilon fits once d > m.
pub(super) fn stable_dimension(ports: usize, epsilon: bool) -> usize {
    if epsilon { ports + 1 } else { (ports / 2).max(1) }
}

/// A Cayley transform for the metric with the given signs and, unless `special`, a reflection times another.
pub(super) fn random_elements(
    dimension: usize,
    special: bool,
    random: &mut Random,
    metric: impl Fn(usize) -> i64,
) -> Vec<Matrix> {
    let rotation = |random: &mut Random| {
        // g = (I - K)(I + K)^-1 with F K skew.
        Matrix::cayley(dimension, random, |skew, a, b| skew(a, b) * Fp::from_i64(metric(a)))
    };
    let mut elements = vec![rotation(random)];
    if !special && dimension > 0 {
        let mut reflected = rotation(random);
        for row in 0..dimension {
            reflected[(row, 0)] = -reflected[(row, 0)];
        }
        elements.push(reflected);
    }
    elements
}
