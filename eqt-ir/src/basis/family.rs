//! Free labels of literal length, counted as scalars: a family of n is n separate inputs.
//!
//! The rank in a multidegree of separate inputs depends only on how often each of them occurs, so that it is computed
//! once for every partition of the degree, and weighted with the number of ways to deal it to n labels.

use super::{Error, rank, stable::stable_sizes};
use crate::diagram::Enumeration;
use crate::molien;
use crate::signature::{AxisId, Input, Layout, Signature, Space};

/// The number of independent scalar maps of a multidegree, free labels expanded.
///
/// # Errors
/// If the enumeration or the rank is too large.
pub(super) fn scalar_rank(
    signature: &Signature,
    multidegree: &[usize],
    labels: Option<usize>,
    limit: usize,
) -> Result<u64, Error> {
    let is_free = |axis: AxisId| signature.axis(axis).group.is_free();
    let size = |axis: AxisId| signature.axis(axis).dimension.literal().unwrap_or(0) as u64;
    let multiplicity = |layout: &Layout| {
        layout.slots.iter().filter(|&&slot| is_free(slot)).map(|&slot| size(slot)).product::<u64>()
    };
    let output_factor = multiplicity(&signature.output.layout());
    let mut total = 0_u64;
    if labels.is_some() {
        // One label for all ports of an axis: n copies of the space for n = 1.
        let copies: u64 = carried_free_axes(signature, multidegree).into_iter().map(size).product();
        let patterns: Vec<Vec<usize>> = multidegree.iter().map(|&times| vec![times]).collect();
        return Ok(pattern_rank(signature, &patterns, labels, limit)?.saturating_mul(copies));
    }
    let choices: Vec<Vec<(Vec<usize>, u64)>> = signature
        .inputs
        .iter()
        .zip(multidegree)
        .map(|(input, &times)| {
            let copies = multiplicity(&input.space.layout());
            partitions(times, times, usize::try_from(copies).unwrap_or(usize::MAX))
                .into_iter()
                .map(|partition| {
                    let ways = arrangements(&partition, copies);
                    (partition, ways)
                })
                .filter(|(_, ways)| *ways > 0)
                .collect()
        })
        .collect();
    let count = choices.iter().fold(1_usize, |count, choice| count.saturating_mul(choice.len()));
    if count > MAX_PATTERNS {
        return Err(Error::Patterns { needed: count });
    }
    let mut patterns: Vec<(Vec<Vec<usize>>, u64)> = vec![(Vec::new(), 1)];
    for choice in &choices {
        patterns = patterns
            .into_iter()
            .flat_map(|(pattern, ways)| {
                choice.iter().map(move |(partition, more)| {
                    let mut pattern = pattern.clone();
                    pattern.push(partition.clone());
                    (pattern, ways.saturating_mul(*more))
                })
            })
            .collect();
    }
    for (pattern, ways) in patterns {
        total = total.saturating_add(pattern_rank(signature, &pattern, None, limit)?.saturating_mul(ways));
    }
    Ok(total.saturating_mul(output_factor))
}

/// The found and the expected number of maps that are linear in every occurrence, each with a label of its own. All
/// scalar maps of free labels of any length are restitutions of these (characteristic 0), so that completeness here is
/// completeness for every length.
///
/// # Errors
/// If the enumeration or the rank is too large.
pub(super) fn multilinear_rank(
    signature: &Signature,
    multidegree: &[usize],
    limit: usize,
) -> Result<(u64, u64), Error> {
    let is_free = |axis: AxisId| signature.axis(axis).group.is_free();
    let patterns: Vec<Vec<usize>> = signature
        .inputs
        .iter()
        .zip(multidegree)
        .map(|(input, &times)| {
            let labelled = input.space.layout().slots.into_iter().any(is_free);
            if labelled { vec![1; times] } else { vec![times] }
        })
        .collect();
    let (split, multidegree) = split(signature, &patterns);
    let sizes = stable_sizes(&split, multidegree.iter().sum(), None);
    let expected = molien::dimension_of_multidegree(&split, &sizes, &multidegree)?;
    Ok((pattern_rank(signature, &patterns, None, limit)?, expected))
}

/// The signature with input i split into one separate input per part of `patterns[i]`, and how often each occurs.
fn split(signature: &Signature, patterns: &[Vec<usize>]) -> (Signature, Vec<usize>) {
    let mut split = signature.clone();
    split.output = without_free_labels(signature, &signature.output);
    split.inputs = Vec::new();
    let mut multidegree = Vec::new();
    for (input, pattern) in signature.inputs.iter().zip(patterns) {
        for (copy, &times) in pattern.iter().enumerate() {
            let name = format!("{}{copy}", input.name);
            split.inputs.push(Input { name, space: without_free_labels(signature, &input.space) });
            multidegree.push(times);
        }
    }
    (split, multidegree)
}

/// The rank with input i split into one separate input per part of `patterns[i]`, occurring that often.
fn pattern_rank(
    signature: &Signature,
    patterns: &[Vec<usize>],
    labels: Option<usize>,
    limit: usize,
) -> Result<u64, Error> {
    let (split, multidegree) = split(signature, patterns);
    let degree = multidegree.iter().sum();
    let sizes = stable_sizes(&split, degree, labels);
    let expected = molien::dimension_of_multidegree(&split, &sizes, &multidegree)?;
    if expected > limit as u64 {
        return Err(Error::Multilinear { degree, dimension: expected, limit });
    }
    let diagrams = Enumeration::new(&split, labels, limit).of_multidegree(&multidegree)?;
    if diagrams.len() as u64 == expected {
        return Ok(expected);
    }
    let kept = rank::independent(&split, &sizes, &diagrams, diagrams.len())?;
    Ok(kept.into_iter().filter(|&kept| kept).count() as u64)
}

/// The free axes that occur in a multidegree.
pub(super) fn carried_free_axes(signature: &Signature, multidegree: &[usize]) -> Vec<AxisId> {
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
pub(super) fn without_free_labels(signature: &Signature, space: &Space) -> Space {
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

/// The most ways to deal occurrences to labels that are told apart.
const MAX_PATTERNS: usize = 5_000;

/// All partitions of `total` into at most `parts` parts of at most `largest`, parts descending; a few more than
/// [`MAX_PATTERNS`] if there are more.
fn partitions(total: usize, largest: usize, parts: usize) -> Vec<Vec<usize>> {
    if total == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    if parts == 0 {
        return all;
    }
    for part in (1..=largest.min(total)).rev() {
        for mut rest in partitions(total - part, part, parts - 1) {
            rest.insert(0, part);
            all.push(rest);
        }
        if all.len() > MAX_PATTERNS {
            break;
        }
    }
    all
}

/// In how many ways the parts can be dealt to n copies: `n! / ((n - parts)! prod of (multiplicities)!)`.
fn arrangements(partition: &[usize], copies: u64) -> u64 {
    let mut ways = 1_u128;
    let mut run = 0_u128;
    for (position, part) in partition.iter().enumerate() {
        let Some(left) = copies.checked_sub(position as u64) else { return 0 };
        run = if position > 0 && partition[position - 1] == *part { run + 1 } else { 1 };
        // Exact: every prefix is a product of binomial coefficients.
        ways = ways * u128::from(left) / run;
    }
    u64::try_from(ways).unwrap_or(u64::MAX)
}
