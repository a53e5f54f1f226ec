//! One degree: enumerate, reduce, compare with the independent count.

use super::{DegreeCount, Error, family, rank, stable::stable_sizes};
use crate::diagram::{Diagram, Enumeration};
use crate::molien;
use crate::signature::{Dimension, Signature, Sizes};

/// The independent diagrams of one degree, and their certified number.
pub(super) struct Reduced {
    pub(super) diagrams: Vec<Diagram>,
    pub(super) count: DegreeCount,
}

/// Reduces one degree.
///
/// # Errors
/// Limits and budgets; [`Error::Incomplete`] if the numbers differ.
pub(super) fn degree(enumeration: &Enumeration<'_>, degree: usize) -> Result<Reduced, Error> {
    let signature = enumeration.signature();
    if signature.axes.iter().any(|axis| axis.group.is_free()) {
        return with_free_labels(enumeration, degree);
    }
    check_dimension(enumeration, degree)?;
    let sizes = stable_sizes(signature, degree, enumeration.labels);
    let multidegrees = enumeration.multidegrees(degree);
    let mut diagrams = Vec::new();
    let mut total = 0;
    if degree <= crate::diagram::DiagramLimit::MAX_DEGREE {
        let mut per_multidegree = Vec::new();
        for multidegree in &multidegrees {
            let found = enumeration.of_multidegree(multidegree)?;
            total += found.len();
            per_multidegree.push(found);
            if total > enumeration.limit {
                return Err(crate::diagram::DiagramLimit::complete(enumeration.limit, degree).into());
            }
        }
        let expected = molien_numbers(signature, &sizes, &multidegrees)?;
        for (found, expected) in per_multidegree.into_iter().zip(expected) {
            diagrams.extend(independent(signature, &sizes, found, expected, degree)?);
        }
    } else {
        return Err(crate::diagram::DiagramLimit::complete(enumeration.limit, degree).into());
    }
    let members = diagrams.len();
    let count = DegreeCount { degree, members, scalars: None, molien: Some(members as u64) };
    Ok(Reduced { diagrams, count })
}

/// Refuses a degree whose basis is known to be too large, before anything is enumerated.
///
/// # Errors
/// [`Error::TooLarge`] with the number, or that the number is out of reach.
pub(super) fn check_dimension(enumeration: &Enumeration<'_>, degree: usize) -> Result<(), Error> {
    let signature = enumeration.signature();
    if degree > crate::diagram::DiagramLimit::MAX_DEGREE {
        return Err(crate::diagram::DiagramLimit::complete(enumeration.limit, degree).into());
    }
    let output_labels =
        signature.output.layout().slots.iter().any(|&slot| signature.axis(slot).group.is_label());
    let free = signature.axes.iter().any(|axis| axis.group.is_free());
    if free || (enumeration.labels.is_some() && output_labels) {
        // The number of scalar maps, or of maps of all body orders, says nothing on that of members.
        return Ok(());
    }
    let sizes = stable_sizes(signature, degree, enumeration.labels);
    let dimension = molien::dimension(signature, &sizes, degree)?;
    if dimension > enumeration.limit as u64 {
        return Err(Error::TooLarge { degree, dimension, limit: enumeration.limit });
    }
    Ok(())
}

/// The Molien-Weyl number of each multidegree.
fn molien_numbers(
    signature: &Signature,
    sizes: &Sizes,
    multidegrees: &[Vec<usize>],
) -> Result<Vec<u64>, Error> {
    if multidegrees.is_empty() {
        return Ok(Vec::new());
    }
    Ok(molien::dimensions_of_multidegrees(signature, sizes, multidegrees)?)
}

/// The diagrams that raise the rank. As they span, none has to be left out if there are as many as the dimension.
fn independent(
    signature: &Signature,
    sizes: &Sizes,
    found: Vec<Diagram>,
    expected: u64,
    degree: usize,
) -> Result<Vec<Diagram>, Error> {
    if found.len() as u64 == expected {
        return Ok(found);
    }
    let kept = match rank::independent(signature, sizes, &found, expected as usize) {
        // Where there is no map at all, every diagram vanishes, be that ever so hard to see.
        Err(Error::Work { .. } | Error::Epsilon { .. }) if expected == 0 => return Ok(Vec::new()),
        kept => kept?,
    };
    let reduced: Vec<Diagram> =
        found.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(diagram, _)| diagram).collect();
    if reduced.len() as u64 != expected {
        return Err(Error::Incomplete { degree, found: reduced.len() as u64, expected });
    }
    Ok(reduced)
}

/// With free labels the members are arrays of maps. They span; the number of independent scalar maps is certified at
/// the literal lengths, or, for symbolic ones, at the smallest stable length.
fn with_free_labels(enumeration: &Enumeration<'_>, degree: usize) -> Result<Reduced, Error> {
    if let Some(labels) = enumeration.labels.filter(|&labels| labels != 1) {
        return Err(Error::Labels { labels });
    }
    let signature = enumeration.signature();
    let mut diagrams = Vec::new();
    let mut scalars = 0_u64;
    let mut literal = signature.clone();
    let sizes = stable_sizes(signature, degree, enumeration.labels);
    for axis in signature.axis_ids().filter(|&axis| signature.axis(axis).group.is_free()) {
        literal.axes[usize::from(axis.0)].dimension = Dimension::Literal(sizes.of(axis));
    }
    let symbolic =
        signature.axes.iter().any(|axis| axis.group.is_free() && axis.dimension.literal().is_none());
    for multidegree in enumeration.multidegrees(degree) {
        // The numbers first: they refuse what is too large before anything is enumerated.
        let (rank, expected) = if symbolic && enumeration.labels.is_none() {
            family::multilinear_rank(&literal, &multidegree, enumeration.limit)?
        } else {
            let expected = scalar_molien(&literal, &sizes, &multidegree, enumeration.labels)?;
            let rank = family::scalar_rank(&literal, &multidegree, enumeration.labels, enumeration.limit)?;
            (rank, expected)
        };
        let found = enumeration.of_multidegree(&multidegree)?;
        if rank != expected {
            return Err(Error::Incomplete { degree, found: rank, expected });
        }
        scalars = scalars.saturating_add(rank);
        diagrams.extend(if enumeration.labels.is_some() {
            // With one label for all, the label is no more than a name: reduce the members of a family of one.
            let mut single = literal.clone();
            let mut one = sizes.clone();
            for axis in signature.axis_ids().filter(|&axis| signature.axis(axis).group.is_free()) {
                single.axes[usize::from(axis.0)].dimension = Dimension::Literal(1);
                one.0[usize::from(axis.0)] = 1;
            }
            let expected = molien_numbers(&single, &one, std::slice::from_ref(&multidegree))?[0];
            independent(&single, &one, found, expected, degree)?
        } else {
            found
        });
    }
    let members = diagrams.len();
    let count = DegreeCount {
        degree,
        members,
        scalars: (!symbolic).then_some(scalars),
        molien: (!symbolic).then_some(scalars),
    };
    Ok(Reduced { diagrams, count })
}

/// The Molien-Weyl number of scalar maps, free labels expanded.
fn scalar_molien(
    literal: &Signature,
    sizes: &Sizes,
    multidegree: &[usize],
    labels: Option<usize>,
) -> Result<u64, Error> {
    if labels.is_none() {
        return Ok(molien::dimension_of_multidegree(literal, sizes, multidegree)?);
    }
    let mut one = sizes.clone();
    for axis in literal.axis_ids().filter(|&axis| literal.axis(axis).group.is_free()) {
        one.0[usize::from(axis.0)] = 1;
    }
    let single = molien::dimension_of_multidegree(literal, &one, multidegree)?;
    let carried = family::carried_free_axes(literal, multidegree);
    let copies: u64 = carried.into_iter().map(|axis| sizes.of(axis) as u64).product();
    Ok(single.saturating_mul(copies))
}
