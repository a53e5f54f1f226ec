//! `S(n)`: ports of one label are joined by spiders, and every label is summed.

use super::written::{Factor, Written};
use super::{AxisGroup, Class, ClassBudget, Dimension, Form, Group, Key, Wires, classes};

/// The symmetric group on labels.
#[derive(Debug)]
struct SymmetricGroup;

/// `S(n)`.
pub(super) fn read(written: &Written) -> syn::Result<Factor> {
    let dimension = written.dimension(0)?.dimension.clone();
    Ok(Factor { group: Group::new(SymmetricGroup), dimension })
}

impl AxisGroup for SymmetricGroup {
    fn key(&self) -> Key {
        Key::new(5, "S", &[])
    }

    fn text(&self, dimension: &Dimension) -> String {
        format!("S({dimension})")
    }

    fn wires(&self) -> Wires {
        Wires::Spiders { free: false }
    }

    fn form(&self) -> Form {
        Form::Identity
    }

    fn classes(&self, dimension: usize, _band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
        classes::symmetric(dimension, powers)
    }
}
