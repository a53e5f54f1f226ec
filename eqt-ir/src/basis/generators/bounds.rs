//! Degrees beyond which there are no generators, by the theorems that the [parent module](super) lists.

use crate::basis::free::without_free_labels;
use crate::group::Epsilon;
use crate::signature::{AxisId, Signature, SlotSymmetry, Space};

/// Up to which degrees generators are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Of the invariants.
    pub invariants: usize,
    /// Of the covariants.
    pub covariants: usize,
    /// The theorem by which there are no generators beyond; `None` if the bound was given and proves nothing.
    pub source: Option<&'static str>,
}

/// The bound of the theorem that covers a signature, if there is one; see the [module documentation](super).
pub fn known_bound(signature: &Signature) -> Option<Bound> {
    let members: Vec<Space> = signature
        .inputs
        .iter()
        .map(|input| without_free_labels(signature, &input.space))
        .filter(|space| *space != Space::Scalar)
        .collect();
    let scalars = usize::from(members.len() < signature.inputs.len());
    let output = without_free_labels(signature, &signature.output);
    vectors(signature, &members, &output, scalars)
        .or_else(|| symmetric_matrices(signature, &members, &output, scalars))
        .or_else(|| symmetric_functions(signature, &members, &output, scalars))
}

fn vectors(signature: &Signature, members: &[Space], output: &Space, scalars: usize) -> Option<Bound> {
    let mut bound =
        Bound { invariants: scalars, covariants: 0, source: Some("the first fundamental theorem") };
    let output = output.layout();
    let mut axes: Vec<AxisId> = Vec::new();
    let mut pseudo: Vec<AxisId> = Vec::new();
    for member in members {
        let member = match member {
            Space::Pseudo { axis, space } if **space == Space::Vector(*axis) => {
                pseudo.push(*axis);
                space
            }
            other => other,
        };
        match member {
            Space::Vector(axis) if !signature.axis(*axis).group.is_label() => axes.push(*axis),
            _ => return None,
        }
    }
    axes.sort_unstable();
    axes.dedup();
    for axis in axes {
        let described = signature.axis(axis);
        let slots = output.slots.iter().filter(|&&slot| slot == axis).count();
        let special = described.group.epsilon() == Epsilon::EitherParity;
        // Under SO they are vectors.
        let pseudo = !special && pseudo.contains(&axis);
        let determinant = special || pseudo || output.pseudo.contains(&axis);
        // Without a literal dimension there is no epsilon.
        let d = described.dimension.literal().filter(|_| determinant).unwrap_or(0);
        bound.invariants = bound.invariants.max(2).max(if special { d } else { 0 }).max(if pseudo {
            4.max(d + 2)
        } else {
            0
        });
        bound.covariants += match slots {
            0 if special || (pseudo && !output.pseudo.contains(&axis)) => 0,
            _ if pseudo => slots + d.max(2),
            0 => d,
            _ => slots.max((d + slots).saturating_sub(2)),
        };
    }
    Some(bound)
}

fn symmetric_matrices(
    signature: &Signature,
    members: &[Space],
    output: &Space,
    scalars: usize,
) -> Option<Bound> {
    let axis_of = |space: &Space| match space {
        Space::Tensor { axis, rank: 2, symmetry: SlotSymmetry::Symmetric | SlotSymmetry::Traceless } => {
            Some(*axis)
        }
        _ => None,
    };
    let axis = axis_of(members.first()?)?;
    let group = &signature.axis(axis).group;
    if !group.has_epsilon() || members.iter().any(|member| axis_of(member) != Some(axis)) {
        return None;
    }
    let to_matrices = match output {
        Space::Scalar => false,
        _ if axis_of(output) == Some(axis) => true,
        _ => return None,
    };
    let (invariants, covariants, source) = match signature.axis(axis).dimension.literal()? {
        1 => (1, 0, "symmetric 1 x 1 matrices being numbers"),
        2 => (2, 1, "the first fundamental theorem for traceless parts, vectors of O(2)"),
        3 => (6, 5, "Spencer and Rivlin's theorem on symmetric 3 x 3 matrices"),
        _ => return None,
    };
    let covariants = if to_matrices { covariants } else { 0 };
    Some(Bound { invariants: invariants.max(scalars), covariants, source: Some(source) })
}

fn symmetric_functions(
    signature: &Signature,
    members: &[Space],
    output: &Space,
    scalars: usize,
) -> Option<Bound> {
    let labels = |space: &Space| match space.layout().slots[..] {
        [axis] if signature.axis(axis).group.permutes_labels() && space.layout().pseudo.is_empty() => {
            Some(axis)
        }
        _ => None,
    };
    let axis = labels(members.first()?)?;
    if members.iter().any(|member| labels(member) != Some(axis)) {
        return None;
    }
    let n = signature.axis(axis).dimension.literal()?;
    let covariants = match output {
        Space::Scalar => 0,
        _ if labels(output) == Some(axis) => n.saturating_sub(1),
        _ => return None,
    };
    let source = Some("Weyl's theorem on vector invariants of the symmetric group");
    Some(Bound { invariants: n.max(scalars), covariants, source })
}
