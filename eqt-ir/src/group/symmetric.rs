//! `S(n)`: ports of one label are joined by spiders, and every label is summed.

use super::{AxisGroup, Class, ClassBudget, Wires, classes};
use crate::exact::{Matrix, Random};
use crate::signature::Dimension;

/// The symmetric group on labels.
#[derive(Debug)]
pub(super) struct Symmetric;

impl AxisGroup for Symmetric {
    fn text(&self, dimension: &Dimension) -> String {
        format!("S({dimension})")
    }

    fn wires(&self) -> Wires {
        Wires::Spiders { free: false }
    }

    fn form(&self, _dimension: usize, a: usize) -> (usize, i8) {
        (a, 1)
    }

    fn stable_dimension(&self, ports: usize, _epsilon: bool) -> usize {
        ports.max(1)
    }

    fn classes(&self, dimension: usize, _band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
        classes::symmetric(dimension, powers)
    }

    fn random_elements(&self, dimension: usize, random: &mut Random) -> Vec<Matrix> {
        vec![Matrix::permutation(&random.permutation(dimension))]
    }
}
