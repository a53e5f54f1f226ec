//! `O(d)` and `SO(d)`: edges are Kronecker deltas; epsilon of d legs.

use syn::Error;

use super::written::{Factor, Written};
use super::{AxisGroup, Class, ClassBudget, Dimension, Epsilon, Form, Group, Key, Wires, classes};

/// The orthogonal group, or its identity component.
#[derive(Debug)]
struct Orthogonal {
    /// `SO(d)` instead of `O(d)`.
    special: bool,
}

/// `O(d)`.
pub(super) fn read(written: &Written) -> syn::Result<Factor> {
    let dimension = written.dimension(0)?.dimension.clone();
    Ok(Factor { group: Group::new(Orthogonal { special: false }), dimension })
}

/// `SO(d)`.
pub(super) fn read_special(written: &Written) -> syn::Result<Factor> {
    let dimension = written.dimension(0)?;
    if let Dimension::Symbol(name) = &dimension.dimension {
        return Err(Error::new(
            dimension.span,
            format!(
                "SO({name}) needs a literal dimension, because its epsilon has as many legs; write for instance SO(3), \
                 or O({name}) for maps that exist in every dimension"
            ),
        ));
    }
    Ok(Factor { group: Group::new(Orthogonal { special: true }), dimension: dimension.dimension.clone() })
}

impl AxisGroup for Orthogonal {
    fn key(&self) -> Key {
        if self.special { Key::new(1, "SO", &[]) } else { Key::new(0, "O", &[]) }
    }

    fn text(&self, dimension: &Dimension) -> String {
        format!("{}({dimension})", if self.special { "SO" } else { "O" })
    }

    fn wires(&self) -> Wires {
        let epsilon = if self.special { Epsilon::EitherParity } else { Epsilon::OddParity };
        Wires::Edges { antisymmetric: false, epsilon }
    }

    fn form(&self) -> Form {
        Form::Identity
    }

    fn classes(&self, dimension: usize, band: usize, powers: usize) -> Result<Vec<Class>, ClassBudget> {
        classes::orthogonal(dimension, self.special, band, powers)
    }
}
