//! `Sp(d)`, d = 2m: oriented edges carry omega = [[0, I], [-I, 0]].

use super::{AxisGroup, Class, ClassBudget, Epsilon, Wires, classes};
use crate::exact::{Matrix, Random};
use crate::signature::Dimension;

/// The symplectic group.
#[derive(Debug)]
pub(super) struct Symplectic;

impl AxisGroup for Symplectic {
    fn text(&self, dimension: &Dimension) -> String {
        format!("Sp({dimension})")
    }

    fn wires(&self) -> Wires {
        Wires::Edges { antisymmetric: true, epsilon: Epsilon::Never }
    }

    fn form(&self, dimension: usize, a: usize) -> (usize, i8) {
        let half = dimension / 2;
        if a < half { (a + half, 1) } else { (a - half, -1) }
    }

    fn stable_dimension(&self, ports: usize, _epsilon: bool) -> usize {
        // Matchings of 2k ports are independent for m >= k, that is d >= 2k.
        2 * (ports / 2).max(1)
    }

    fn classes(&self, dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
        classes::symplectic(dimension, band, powers)
    }

    fn random_elements(&self, dimension: usize, random: &mut Random) -> Vec<Matrix> {
        // K = -omega S with S symmetric is Hamiltonian: omega K is symmetric.
        let half = dimension / 2;
        vec![Matrix::cayley_symmetric(dimension, random, |symmetric, a, b| {
            if a < half { -symmetric(a + half, b) } else { symmetric(a - half, b) }
        })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eqt_runtime::{Fp, Scalar};

    #[test]
    fn random_elements_keep_omega() {
        let mut random = Random::seeded(1);
        let g = &Symplectic.random_elements(6, &mut random)[0];
        let omega = |a: usize, b: usize| {
            let (partner, sign) = Symplectic.form(6, a);
            if partner == b { Fp::from_i64(sign.into()) } else { Fp::ZERO }
        };
        for (a, b) in (0..6).flat_map(|a| (0..6).map(move |b| (a, b))) {
            let mut value = Fp::ZERO;
            for (c, e) in (0..6).flat_map(|c| (0..6).map(move |e| (c, e))) {
                value += g[(c, a)] * omega(c, e) * g[(e, b)];
            }
            assert_eq!(value, omega(a, b));
        }
    }
}
