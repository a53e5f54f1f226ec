//! `O(p,q)` and `SO(p,q)`: edges carry the metric eta = diag(+1 x p, -1 x q).

use eqt_runtime::Fp;

use super::{AxisGroup, Class, ClassBudget, Epsilon, Wires, classes, orthogonal};
use crate::exact::{Matrix, Random};
use crate::signature::Dimension;

/// The indefinite orthogonal group, or its unimodular part.
#[derive(Debug)]
pub(super) struct Indefinite {
    pub(super) p: usize,
    pub(super) q: usize,
    pub(super) special: bool,
}

impl AxisGroup for Indefinite {
    fn text(&self, _dimension: &Dimension) -> String {
        format!("{}({},{})", if self.special { "SO" } else { "O" }, self.p, self.q)
    }

    fn wires(&self) -> Wires {
        let epsilon = if self.special { Epsilon::EitherParity } else { Epsilon::OddParity };
        Wires::Edges { antisymmetric: false, epsilon }
    }

    fn form(&self, _dimension: usize, a: usize) -> (usize, i8) {
        (a, if a < self.p { 1 } else { -1 })
    }

    fn form_determinant(&self, _dimension: usize) -> i8 {
        if self.q.is_multiple_of(2) { 1 } else { -1 }
    }

    fn stable_dimension(&self, ports: usize, epsilon: bool) -> usize {
        orthogonal::stable_dimension(ports, epsilon || self.special)
    }

    fn classes(&self, dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
        // Polynomial equivariants of a real form are those of the complex group (docs/theory.md section 1).
        classes::orthogonal(dimension, self.special, band, powers)
    }

    fn random_elements(&self, dimension: usize, random: &mut Random) -> Vec<Matrix> {
        let p = self.p;
        orthogonal::random_elements(dimension, self.special, random, |a| if a < p { 1 } else { -1 })
    }

    fn determinant_sign(&self, g: &Matrix) -> Fp {
        g.determinant()
    }
}
