//! Free labels of literal length, counted as scalars: a family of n is n separate inputs.
//!
//! The rank in a multidegree of separate inputs depends only on how often each of them occurs, so that it is computed
//! once for every partition of the degree, and weighted with the number of ways to deal it to n labels.
//!
//! For example `O(5): a: (R^5)^4 -> S^5` in degree 2. A *pattern* says how often each member occurs. `[2]`: one member
//! twice, in 4 ways, with the maps `a_1 a_1^T` and `|a_1|^2 I`. `[1, 1]`: two members once each, in 6 ways, with the
//! maps `a_1 a_2^T + a_2 a_1^T` and `<a_1, a_2> I`. In all 4 * 2 + 6 * 2 = 20 scalar maps.

use eqt_runtime::{Fp, Scalar};

use super::{Families, carried_free_axes, copies, without_free_labels};
use crate::basis::{Error, rank, stable::stable_sizes};
use crate::diagram::{Diagram, Enumeration, Evaluator};
use crate::exact::Random;
use crate::exact::tensor::Tensor;
use crate::molien;
use crate::signature::{AxisId, Input, Layout, Signature, Sizes};

/// Scalar maps of a multidegree, free labels expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::basis) struct ScalarCount {
    /// How many are independent.
    pub(in crate::basis) rank: u64,
    /// How many diagrams there are of them, with members of families as inputs of their own. These are the entries of
    /// the arrays of coefficients as they are read, symmetrised: of `q_ij` in `sum_ij q_ij <a_i, a_j>` n (n + 1) / 2
    /// under O(d), where q_ij and q_ji count the same, and n (n - 1) / 2 under Sp(d), where q_ii has no effect.
    pub(in crate::basis) entries: u64,
}

/// The number of scalar maps of a multidegree, free labels expanded.
///
/// # Errors
/// If the enumeration or the rank is too large.
pub(in crate::basis) fn scalar_count(
    signature: &Signature,
    multidegree: &[usize],
    labels: Option<usize>,
    limit: usize,
) -> Result<ScalarCount, Error> {
    if labels.is_some() {
        // One label for all ports of an axis: n copies of the space for n = 1, of which the basis is a true one.
        let copies = copies(signature, carried_free_axes(signature, multidegree))?;
        let patterns: Vec<Vec<usize>> = multidegree.iter().map(|&times| vec![times]).collect();
        let rank = pattern_count(signature, &patterns, labels, limit)?.rank.checked_mul(copies);
        let rank = rank.ok_or(Error::Molien(molien::MolienError::Size))?;
        return Ok(ScalarCount { rank, entries: rank });
    }
    let mut total = ScalarCount { rank: 0, entries: 0 };
    for (pattern, ways) in patterns(signature, multidegree)? {
        let count = pattern_count(signature, &pattern, None, limit)?;
        total.rank = total.rank.saturating_add(count.rank.saturating_mul(ways));
        total.entries = total.entries.saturating_add(count.entries.saturating_mul(ways));
    }
    Ok(total)
}

/// How many of the [entries](ScalarCount::entries) of a multidegree belong to the given `arrays`. (The arrays that are
/// zero whatever their coefficients are left out of a basis, and their entries out of its number of coefficients.)
///
/// # Errors
/// If the enumeration is too large.
pub(in crate::basis) fn entries_of(
    signature: &Signature,
    multidegree: &[usize],
    arrays: &[Diagram],
    limit: usize,
) -> Result<u64, Error> {
    let mut entries = 0_u64;
    if arrays.is_empty() {
        return Ok(0);
    }
    for (pattern, ways) in patterns(signature, multidegree)? {
        let (split, times) = split(signature, &pattern);
        let families = Families::of_pattern(signature, split, &pattern);
        let diagrams = Enumeration::new(&families.split, None, limit).of_multidegree(&times)?;
        let of_arrays = |diagram: &&Diagram| {
            families.array(diagram, signature).is_some_and(|array| arrays.contains(&array))
        };
        let found = diagrams.iter().filter(of_arrays).count() as u64;
        entries = entries.saturating_add(found.saturating_mul(ways));
    }
    Ok(entries)
}

/// Whether an array is zero whatever its coefficients, the free labels having the lengths of `sizes`.
///
/// Take `sum_ij q_ij B(a_i, a_j)`. Coefficients that are products, `q_ij = u_i v_j`, span all arrays, and with such a
/// q the sum is `B(sum_i u_i a_i, sum_j v_j a_j)`. So the array is zero iff B vanishes on combinations of the members,
/// a combination of its own for every occurrence: B is evaluated at random ones. If the family has fewer members than
/// there are occurrences, the combinations are linearly dependent, and so they have to be: of one vector,
/// `det(a_i, a_j, ..)` is zero.
///
/// # Errors
/// If an epsilon is too large to be evaluated.
pub(in crate::basis) fn vanishes(
    signature: &Signature,
    sizes: &Sizes,
    array: &Diagram,
) -> Result<bool, Error> {
    let is_free = |axis: &AxisId| signature.axis(*axis).group.is_free();
    let copies = |layout: &Layout| {
        let free = layout.slots.iter().filter(|slot| is_free(slot));
        free.fold(1_usize, |product, &slot| product.saturating_mul(sizes.of(slot)))
    };
    if copies(&signature.output.layout()) == 0 {
        return Ok(true);
    }
    let pattern: Vec<Vec<usize>> =
        array.occurrences(signature.inputs.len()).into_iter().map(|times| vec![1; times]).collect();
    let (split, _) = split(signature, &pattern);
    let families = Families::of_pattern(signature, split, &pattern);
    let split = &families.split;
    let Some(diagram) = families.separate(array) else { return Ok(true) };
    rank::check_evaluable(split, sizes, std::slice::from_ref(&diagram))?;
    let mut random = Random::seeded(0xa44a);
    let mut occurrences: Vec<Tensor> = Vec::new();
    let mut rest = split.inputs.iter();
    for (input, times) in signature.inputs.iter().zip(&pattern) {
        let times = times.len();
        let layout = without_free_labels(signature, &input.space).layout();
        let members = copies(&input.space.layout()).min(times);
        let members: Vec<Tensor> =
            (0..members).map(|_| Tensor::random(split, &layout, sizes, &mut random)).collect();
        for _ in rest.by_ref().take(times) {
            let mut combination = Tensor::zeros(sizes.shape(&layout.slots));
            for member in &members {
                let factor = random.field();
                for (entry, &value) in combination.data.iter_mut().zip(&member.data) {
                    *entry += factor * value;
                }
            }
            occurrences.push(combination);
        }
    }
    let value = Evaluator::new(split, sizes).within(Error::WORK).evaluate(&diagram, &occurrences, None)?;
    Ok(value.data.iter().all(|&entry| entry == Fp::ZERO))
}

/// How often each member of the families occurs, input by input: `[[2, 1], [1]]` is one member of the first input
/// twice, another one once, and one member of the second input.
type Pattern = Vec<Vec<usize>>;

/// All patterns of a multidegree, parts descending, each with the number of ways to choose the members (and the labels
/// of the output): the pattern `[2, 1]` of a family of n has n (n - 1), `[1, 1]` has n (n - 1) / 2.
fn patterns(signature: &Signature, multidegree: &[usize]) -> Result<Vec<(Pattern, u64)>, Error> {
    let is_free = |axis: AxisId| signature.axis(axis).group.is_free();
    let multiplicity =
        |layout: &Layout| copies(signature, layout.slots.iter().copied().filter(|&slot| is_free(slot)));
    let choices: Vec<Vec<(Vec<usize>, u64)>> = signature
        .inputs
        .iter()
        .zip(multidegree)
        .map(|(input, &times)| {
            let copies = multiplicity(&input.space.layout())?;
            let partitions = partitions(times, times, usize::try_from(copies).unwrap_or(usize::MAX));
            let dealt = partitions.into_iter().map(|partition| {
                let ways = arrangements(&partition, copies);
                (partition, ways)
            });
            Ok(dealt.filter(|(_, ways)| *ways > 0).collect())
        })
        .collect::<Result<_, Error>>()?;
    let count = choices.iter().fold(1_usize, |count, choice| count.saturating_mul(choice.len()));
    if count > MAX_PATTERNS {
        return Err(Error::Patterns { needed: count });
    }
    // The labels of the output are dealt first.
    let output = multiplicity(&signature.output.layout())?;
    let mut patterns: Vec<(Pattern, u64)> = vec![(Vec::new(), output)];
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
    Ok(patterns)
}

/// The found and the expected number of maps that are linear in every occurrence, each with a label of its own, such as
/// `<a_1, a_2> a_3` for `<a_i, a_j> a_k`. A map in which members repeat is one of these with arguments set equal (its
/// restitution, characteristic 0), so that completeness here is completeness for families of every length.
///
/// # Errors
/// If the enumeration or the rank is too large.
pub(in crate::basis) fn multilinear_count(
    signature: &Signature,
    multidegree: &[usize],
    limit: usize,
) -> Result<(ScalarCount, u64), Error> {
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
    Ok((pattern_count(signature, &patterns, None, limit)?, expected))
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

/// The maps with input i split into one separate input per part of `patterns[i]`, occurring that often.
fn pattern_count(
    signature: &Signature,
    patterns: &[Vec<usize>],
    labels: Option<usize>,
    limit: usize,
) -> Result<ScalarCount, Error> {
    let (split, multidegree) = split(signature, patterns);
    let degree = multidegree.iter().sum();
    let sizes = stable_sizes(&split, degree, labels);
    let expected = molien::dimension_of_multidegree(&split, &sizes, &multidegree)?;
    if expected > limit as u64 {
        return Err(Error::Multilinear { degree, dimension: expected, limit });
    }
    let diagrams = Enumeration::new(&split, labels, limit).of_multidegree(&multidegree)?;
    let entries = diagrams.len() as u64;
    if entries == expected {
        return Ok(ScalarCount { rank: expected, entries });
    }
    let kept = rank::independent(&split, &sizes, &diagrams, diagrams.len())?;
    Ok(ScalarCount { rank: kept.into_iter().filter(|&kept| kept).count() as u64, entries })
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
