//! No group: labels are fixed, every tensor is invariant, and coefficients are arrays over the labels.

use super::{AxisGroup, Class, ClassBudget, Dimension, Form, Key, Wires, classes};

/// The trivial group on a label axis.
#[derive(Debug)]
pub(super) struct TrivialGroup;

impl AxisGroup for TrivialGroup {
    fn key(&self) -> Key {
        Key::new(6, "1", &[])
    }

    fn text(&self, _dimension: &Dimension) -> String {
        "1".to_owned()
    }

    fn wires(&self) -> Wires {
        Wires::Spiders { free: true }
    }

    fn form(&self) -> Form {
        Form::Identity
    }

    fn classes(&self, dimension: usize, _band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
        Ok(classes::trivial(dimension, powers))
    }
}
