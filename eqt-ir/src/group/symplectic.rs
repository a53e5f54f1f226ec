//! `Sp(d)`, d = 2m: oriented edges carry omega = [[0, I], [-I, 0]].

use syn::Error;

use super::written::{Factor, Written};
use super::{
    AxisGroup, Class, ClassBudget, Constraint, Dimension, Epsilon, Form, Group, Key, Wires, classes,
};

/// The symplectic group.
#[derive(Debug)]
struct Symplectic;

/// `Sp(d)`.
pub(super) fn read(written: &Written) -> syn::Result<Factor> {
    let dimension = written.dimension(0)?;
    if let Some(odd) = dimension.dimension.literal().filter(|value| !value.is_multiple_of(2)) {
        return Err(Error::new(
            dimension.span,
            format!(
                "Sp({odd}) does not exist: symplectic dimensions are even; write Sp({}) or Sp({})",
                odd - 1,
                odd.saturating_add(1)
            ),
        ));
    }
    Ok(Factor { group: Group::new(Symplectic), dimension: dimension.dimension.clone() })
}

impl AxisGroup for Symplectic {
    fn key(&self) -> Key {
        Key::new(4, "Sp", &[])
    }

    fn text(&self, dimension: &Dimension) -> String {
        format!("Sp({dimension})")
    }

    fn wires(&self) -> Wires {
        Wires::Edges { antisymmetric: true, epsilon: Epsilon::Never }
    }

    fn form(&self) -> Form {
        Form::Omega
    }

    fn constraint(&self) -> Option<Constraint> {
        Some(Constraint { divisor: 2, sentence: "the dimension must be even" })
    }

    fn classes(&self, dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
        classes::symplectic(dimension, band, powers)
    }
}
