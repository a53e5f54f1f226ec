//! One degree: enumerate, reduce, compare with the independent count.

use std::collections::BTreeSet;

use super::free::{self, ScalarCount};
use super::{Error, Options, rank, stable::stable_sizes};
use crate::diagram::{Diagram, DiagramLimit, Enumeration, Graph, Node, NodeId};
use crate::molien;
use crate::progress::{Stage, report};
use crate::signature::{AxisId, Dimension, Signature, Sizes};

/// The size of a basis in one degree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DegreeCount {
    /// The degree.
    pub degree: usize,
    /// Number of members: enumerated and reduced.
    pub members: usize,
    /// With free labels of literal length, the number of independent scalar maps.
    pub scalars: Option<u64>,
    /// With free labels of literal length, the number of coefficients: the entries of the arrays, up to symmetrisation.
    /// They are more than [`scalars`](DegreeCount::scalars) where small sizes make them dependent.
    pub coefficients: Option<u64>,
    /// Whether the coefficients are independent, at these lengths or, for symbolic ones, at all that are large enough.
    pub independent: bool,
    /// The Molien-Weyl number: of scalar maps with free labels of literal length, else of members. With free labels of
    /// symbolic length members are arrays, which no character counts; completeness is certified at the smallest stable
    /// length.
    pub molien: Option<u64>,
}

/// The counts of all degrees of `options`.
///
/// # Errors
/// As [`Basis::new`](super::Basis::new).
pub fn count(signature: &Signature, options: &Options) -> Result<Vec<DegreeCount>, Error> {
    degrees(signature, options)?.map(|reduced| Ok(reduced?.count)).collect()
}

/// The independent diagrams of one degree, and their certified number.
pub(super) struct Reduced {
    pub(super) diagrams: Vec<Diagram>,
    pub(super) count: DegreeCount,
}

/// Reduces every degree of `options`. The dimension of the highest is looked at first: it refuses what is too large before
/// the lower ones take their time.
///
/// # Errors
/// Limits and budgets; [`Error::Incomplete`] if the numbers differ.
pub(super) fn degrees<'a>(
    signature: &'a Signature,
    options: &Options,
) -> Result<impl Iterator<Item = Result<Reduced, Error>> + use<'a>, Error> {
    let enumeration = Enumeration::new(signature, options.labels, options.limit);
    let highest = *options.degrees.end();
    if !options.degrees.is_empty() {
        check_dimension(&enumeration, highest)?;
    }
    Ok(options.degrees.clone().map(move |degree| {
        report(Stage::Enumerating { degree });
        if degree < highest {
            check_dimension(&enumeration, degree)?;
        }
        let reduced = if signature.axes.iter().any(|axis| axis.group.is_free()) {
            with_free_labels(&enumeration, degree)?
        } else {
            without_free_labels(&enumeration, degree)?
        };
        // As many as the dimension are a basis only if no two are the same.
        let distinct: BTreeSet<&Graph> = reduced.diagrams.iter().map(|diagram| &diagram.graph).collect();
        let (found, expected) = (distinct.len() as u64, reduced.diagrams.len() as u64);
        if found == expected { Ok(reduced) } else { Err(Error::Incomplete { degree, found, expected }) }
    }))
}

fn without_free_labels(enumeration: &Enumeration<'_>, degree: usize) -> Result<Reduced, Error> {
    let signature = enumeration.signature();
    let sizes = stable_sizes(signature, degree, enumeration.labels);
    let multidegrees = enumeration.multidegrees(degree)?;
    let mut total = 0;
    let mut found = Vec::new();
    for multidegree in &multidegrees {
        found.push(enumeration.of_multidegree(multidegree)?);
        total += found.last().map_or(0, Vec::len);
        if total > enumeration.limit {
            return Err(DiagramLimit::complete(enumeration.limit, degree).into());
        }
    }
    let mut diagrams = Vec::new();
    let expected = molien_numbers(signature, &sizes, &multidegrees)?;
    for (found, expected) in found.into_iter().zip(expected) {
        diagrams.extend(independent(signature, &sizes, found, expected, degree)?);
    }
    let members = diagrams.len();
    let molien = Some(members as u64);
    let count = DegreeCount { degree, members, scalars: None, coefficients: None, independent: true, molien };
    Ok(Reduced { diagrams, count })
}

/// Refuses a degree whose basis is known to be too large, before anything is enumerated.
///
/// # Errors
/// [`Error::TooLarge`] with the number, or that the number is out of reach.
fn check_dimension(enumeration: &Enumeration<'_>, degree: usize) -> Result<(), Error> {
    let signature = enumeration.signature();
    DiagramLimit::check_degree(degree)?;
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

/// The diagrams that raise the rank, `expected` being the Molien-Weyl number. Diagrams span, so if there are
/// `expected` of them they are a basis, and no rank need be computed.
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
        // The dimension is 0: every diagram vanishes, even if evaluating it is beyond the budget.
        Err(Error::Work { .. } | Error::Epsilon { .. } | Error::Entries { .. }) if expected == 0 => {
            return Ok(Vec::new());
        }
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
/// the literal lengths, or, for symbolic ones, at the smallest stable length. Arrays that are zero because of a literal
/// length are left out.
fn with_free_labels(enumeration: &Enumeration<'_>, degree: usize) -> Result<Reduced, Error> {
    if let Some(labels) = enumeration.labels.filter(|&labels| labels != 1) {
        return Err(Error::Labels { labels });
    }
    let signature = enumeration.signature();
    let free: Vec<AxisId> =
        signature.axis_ids().filter(|&axis| signature.axis(axis).group.is_free()).collect();
    let mut diagrams = Vec::new();
    let mut total = ScalarCount { rank: 0, entries: 0 };
    let mut independent_entries = true;
    let mut literal = signature.clone();
    let sizes = stable_sizes(signature, degree, enumeration.labels);
    for &axis in &free {
        literal.axes[axis.index()].dimension = Dimension::Literal(sizes.of(axis));
    }
    let symbolic = free.iter().any(|&axis| signature.axis(axis).dimension.literal().is_none());
    for multidegree in enumeration.multidegrees(degree)? {
        // The numbers first: they refuse what is too large before anything is enumerated.
        let (mut count, expected) = if symbolic && enumeration.labels.is_none() {
            free::multilinear_count(&literal, &multidegree, enumeration.limit)?
        } else {
            let expected = scalar_molien(&literal, &sizes, &multidegree, enumeration.labels)?;
            let count = free::scalar_count(&literal, &multidegree, enumeration.labels, enumeration.limit)?;
            (count, expected)
        };
        let found = enumeration.of_multidegree(&multidegree)?;
        if count.rank != expected {
            return Err(Error::Incomplete { degree, found: count.rank, expected });
        }
        let found = if enumeration.labels.is_some() {
            // `labels <= 1`: all ports carry the same label i, and the members are maps of the i-th members alone,
            // with a coefficient for every i. These maps are those of families of length 1: reduce them there.
            let mut single = literal.clone();
            let mut one = sizes.clone();
            let mut carried = free::carried_free_axes(signature, &multidegree).into_iter();
            let none = carried.any(|axis| signature.axis(axis).dimension.literal() == Some(0));
            for &axis in &free {
                single.axes[axis.index()].dimension = Dimension::Literal(1);
                one.0[axis.index()] = 1;
            }
            let expected = molien_numbers(&single, &one, std::slice::from_ref(&multidegree))?[0];
            let found = independent(&single, &one, found, expected, degree)?;
            if none { Vec::new() } else { found }
        } else {
            let (left_out, kept) =
                partition_vanishing(enumeration, &literal, &sizes, found, count, symbolic)?;
            if !symbolic {
                count.entries -= free::entries_of(&literal, &multidegree, &left_out, enumeration.limit)?
                    .min(count.entries);
            }
            kept
        };
        total.rank = total.rank.saturating_add(count.rank);
        total.entries = total.entries.saturating_add(count.entries);
        independent_entries &= count.rank == count.entries;
        diagrams.extend(found);
    }
    let members = diagrams.len();
    let at_length = |number: u64| (!symbolic).then_some(number);
    let count = DegreeCount {
        degree,
        members,
        scalars: at_length(total.rank),
        coefficients: at_length(total.entries),
        independent: independent_entries,
        molien: at_length(total.rank),
    };
    Ok(Reduced { diagrams, count })
}

/// The arrays of one multidegree that are zero at the literal lengths, and the others. Symbolic lengths leave out none.
fn partition_vanishing(
    enumeration: &Enumeration<'_>,
    literal: &Signature,
    sizes: &Sizes,
    found: Vec<Diagram>,
    count: ScalarCount,
    symbolic: bool,
) -> Result<(Vec<Diagram>, Vec<Diagram>), Error> {
    let signature = enumeration.signature();
    // An array can only be zero if its entries are dependent, or if it has more labels than the family has members.
    let is_short = |diagram: &Diagram| {
        let labels = diagram.free_labels(enumeration.shapes());
        signature.axis_ids().any(|axis| {
            let described = signature.axis(axis);
            let on_axis = |label: &&NodeId| diagram.graph[**label] == Node::Spider(axis);
            let literal = described.dimension.literal().filter(|_| described.group.is_free());
            literal.is_some_and(|length| length < labels.iter().filter(on_axis).count())
        })
    };
    let dependent = !symbolic && count.rank != count.entries;
    let (mut left_out, mut kept) = (Vec::new(), Vec::new());
    for diagram in found {
        let zero = (!symbolic && count.rank == 0)
            || ((dependent || is_short(&diagram)) && free::vanishes(literal, sizes, &diagram)?);
        if zero { left_out.push(diagram) } else { kept.push(diagram) }
    }
    Ok((left_out, kept))
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
        one.0[axis.index()] = 1;
    }
    let single = molien::dimension_of_multidegree(literal, &one, multidegree)?;
    let carried = free::carried_free_axes(literal, multidegree);
    let number = single.checked_mul(free::copies(literal, carried)?);
    number.ok_or(Error::Molien(molien::MolienError::Size))
}
