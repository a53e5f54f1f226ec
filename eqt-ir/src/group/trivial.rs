//! No group: labels are fixed, every tensor is invariant, and coefficients are arrays over the labels.

use super::{AxisGroup, Class, ClassBudget, Wires, classes};
use crate::exact::{Matrix, Random};
use crate::signature::Dimension;

/// The trivial group on a label axis.
#[derive(Debug)]
pub(super) struct Trivial;

impl AxisGroup for Trivial {
    fn text(&self, _dimension: &Dimension) -> String {
        "1".to_owned()
    }

    fn wires(&self) -> Wires {
        Wires::Spiders { free: true }
    }

    fn form(&self, _dimension: usize, a: usize) -> (usize, i8) {
        (a, 1)
    }

    fn stable_dimension(&self, ports: usize, _epsilon: bool) -> usize {
        ports.max(1)
    }

    fn classes(&self, dimension: usize, _band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
        Ok(classes::trivial(dimension, powers))
    }

    fn random_elements(&self, dimension: usize, _random: &mut Random) -> Vec<Matrix> {
        vec![Matrix::identity(dimension)]
    }
}
