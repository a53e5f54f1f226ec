//! Sizes at which a count or a rank stands for all larger ones.

use super::Options;
use crate::diagram::Enumeration;
use crate::group::{Epsilon, example};
use crate::signature::{AxisId, Dimension, Signature, Sizes};

/// The most ports on one axis of a diagram of total degree `degree`.
fn ports(signature: &Signature, axis: AxisId, degree: usize) -> usize {
    let count = |slots: &[AxisId]| slots.iter().filter(|&&slot| slot == axis).count();
    let most = signature.inputs.iter().map(|input| count(&input.space.layout().slots)).max().unwrap_or(0);
    degree * most + count(&signature.output.layout().slots)
}

fn has_pseudo(signature: &Signature, axis: AxisId) -> bool {
    signature.output.layout().pseudo.contains(&axis)
        || signature.inputs.iter().any(|input| input.space.layout().pseudo.contains(&axis))
}

/// Sizes for counts and ranks of a degree: symbolic ones at the smallest stable size, literal ones clamped to it with
/// the parity of d kept. `O(100) * S(100): (R^100)^100 -> R` in degree 4 is counted at
/// d = 2 and n = 4.
///
/// Label sizes are also clamped to `labels`. A map whose members hold at most m labels is known from its values where
/// all but m members of every family are zero: a term `sum_ij ..` of two labels shows as soon as two members are not
/// zero. Labels of the output count as those of one more input, the map being paired with a covector.
pub fn stable_sizes(signature: &Signature, degree: usize, labels: Option<usize>) -> Sizes {
    Sizes(
        signature
            .axis_ids()
            .map(|id| {
                let axis = signature.axis(id);
                let rules = axis.group.rules();
                let epsilon = axis.group.epsilon() == Epsilon::EitherParity || has_pseudo(signature, id);
                let mut stable = rules.stable_dimension(ports(signature, id, degree), epsilon);
                if axis.group.is_free() {
                    // Counts of scalars grow with the number of free labels: a literal one is kept.
                    return axis.dimension.literal().unwrap_or(stable);
                }
                if let (true, Some(most)) = (axis.group.is_label(), labels) {
                    stable = stable.min(most);
                }
                match axis.dimension {
                    Dimension::Symbol(_) => stable,
                    Dimension::Literal(size) if axis.group.is_label() => size.min(stable),
                    Dimension::Literal(size) if size <= stable => size,
                    Dimension::Literal(size) => stable + (size - stable) % 2,
                }
            })
            .collect(),
    )
}

/// The range of symbolic sizes in which the members are independent, `d >= 3, n >= 4`; always they span.
pub fn independence(signature: &Signature, options: &Options) -> String {
    let sizes = stable_sizes(signature, *options.degrees.end(), options.labels);
    let bounds: Vec<String> = signature
        .axis_ids()
        .filter_map(|id| match &signature.axis(id).dimension {
            Dimension::Symbol(name) => Some(format!("{name} >= {}", sizes.of(id))),
            Dimension::Literal(_) => None,
        })
        .collect();
    if bounds.is_empty() { "independent at these sizes".to_owned() } else { bounds.join(", ") }
}

/// Why no diagram reaches the output, for an empty basis.
pub(super) fn why_unreachable(signature: &Signature, options: &Options) -> String {
    let (low, high) = (*options.degrees.start(), *options.degrees.end());
    if signature.inputs.is_empty() && low > 0 {
        return "there is no input, so that only degree 0 has members".to_owned();
    }
    for id in signature.axis_ids() {
        let axis = signature.axis(id);
        if axis.group.is_label() {
            continue;
        }
        let count = |slots: &[AxisId]| slots.iter().filter(|&&slot| slot == id).count();
        let output = count(&signature.output.layout().slots);
        let even_inputs =
            signature.inputs.iter().all(|input| count(&input.space.layout().slots).is_multiple_of(2));
        let one_parity =
            signature.inputs.iter().all(|input| !count(&input.space.layout().slots).is_multiple_of(2));
        let name = axis.group.text(&axis.dimension);
        let pseudo = has_pseudo(signature, id);
        if axis.group.epsilon() != Epsilon::EitherParity && !pseudo {
            if even_inputs && !output.is_multiple_of(2) {
                return format!(
                    "the inputs have an even number of indices of {name} and the output an odd one, so that they \
                     cannot be contracted in pairs"
                );
            }
            if one_parity && low == high && !(low + output).is_multiple_of(2) {
                return format!(
                    "in degree {low} there is an odd number of indices of {name}, which cannot be contracted in pairs"
                );
            }
        }
        if pseudo && axis.dimension.literal().is_none() {
            return format!(
                "the parity is odd, which needs an epsilon, and {name} has one for a literal dimension only; write for \
                 instance {}",
                example("3")
            );
        }
    }
    let enumeration = Enumeration::new(signature, options.labels, options.limit);
    let mut degrees = options.degrees.clone();
    if degrees.any(|degree| enumeration.of_degree(degree).is_ok_and(|found| !found.is_empty())) {
        let range = if low == high { format!("{low}") } else { format!("{low} to {high}") };
        return format!("every contraction of degree {range} is zero at these sizes");
    }
    if low == high {
        format!("every contraction of degree {low} vanishes by symmetry or parity")
    } else {
        format!("every contraction of degree {low} to {high} vanishes by symmetry or parity")
    }
}
