//! Free labels: a family of n on which no group acts is n separate inputs.
//!
//! `Families` goes from families to separate inputs and back, `scalar_count` counts scalar maps of literal length. Neither
//! knows of generators, which use both.

use super::Error;
use crate::molien::MolienError;
use crate::signature::{AxisId, Signature, Space};

mod count;
mod families;

pub(super) use count::{ScalarCount, entries_of, multilinear_count, scalar_count, vanishes};
pub(super) use families::Families;

/// The number of values that free labels on these axes, of literal length, take together.
///
/// # Errors
/// If that is no number of 64 bits, so that no count of maps would be one.
pub(in crate::basis) fn copies(
    signature: &Signature,
    axes: impl IntoIterator<Item = AxisId>,
) -> Result<u64, Error> {
    let length = |axis: AxisId| signature.axis(axis).dimension.literal().map(|length| length as u64);
    let product = axes.into_iter().try_fold(1_u64, |product, axis| product.checked_mul(length(axis)?));
    product.ok_or(Error::Molien(MolienError::Size))
}

/// The free axes that occur in a multidegree.
pub(in crate::basis) fn carried_free_axes(signature: &Signature, multidegree: &[usize]) -> Vec<AxisId> {
    let carries = |space: &Space, axis: AxisId| space.layout().slots.contains(&axis);
    let free = signature.axis_ids().filter(|&axis| signature.axis(axis).group.is_free());
    free.filter(|&axis| {
        let mut inputs = signature.inputs.iter().zip(multidegree);
        carries(&signature.output, axis)
            || inputs.any(|(input, &times)| times > 0 && carries(&input.space, axis))
    })
    .collect()
}

/// A space with its free labels taken off.
pub(in crate::basis) fn without_free_labels(signature: &Signature, space: &Space) -> Space {
    let is_free = |axis: AxisId| signature.axis(axis).group.is_free();
    match space {
        Space::Vector(axis) if is_free(*axis) => Space::Scalar,
        Space::Family { member, label } if is_free(*label) => without_free_labels(signature, member),
        Space::Family { member, label } => {
            Space::Family { member: Box::new(without_free_labels(signature, member)), label: *label }
        }
        Space::Pseudo { axis, space } => {
            Space::Pseudo { axis: *axis, space: Box::new(without_free_labels(signature, space)) }
        }
        Space::Product(left, right) => Space::Product(
            Box::new(without_free_labels(signature, left)),
            Box::new(without_free_labels(signature, right)),
        ),
        Space::Scalar | Space::Vector(_) | Space::Tensor { .. } => space.clone(),
    }
}
