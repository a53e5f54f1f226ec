//! Completeness: the members have full rank, and their number is the Molien-Weyl count.

use std::collections::{BTreeMap, BTreeSet};

use eqt_runtime::{Fp, Scalar};

use super::{Certificate, Doubt, Tried, World, evaluable, sample_sizes};
use crate::basis::Listing;
use crate::basis::rank::check_work;
use crate::diagram::{Diagram, Enumeration, Graph};
use crate::exact::Elimination;
use crate::exact::Random;
use crate::exact::tensor::Tensor;
use crate::molien;
use crate::signature::{AxisId, Signature, Sizes};

/// The most scalar maps of a multidegree that arrays over free labels are expanded to: an array over i and j at length
/// 3 is nine maps.
const SCALARS: usize = 60;

/// Members are pairwise different, and in every multidegree the exact rank of the members' values equals their number and the Molien-Weyl count. With free
/// labels the maps are counted as scalars, one for every entry of a coefficient array, at the length given, or at a
/// shorter one if there would be many; the arrays span there, so that their rank is the count.
pub fn completeness(listing: &Listing) -> Certificate {
    Certificate::new("completeness", || try_completeness(listing))
}

/// The rank is taken again at other points, from all diagrams: the same members are kept.
pub fn seeds(listing: &Listing) -> Certificate {
    Certificate::new("independence of seeds", || try_seeds(listing))
}

/// A multidegree with its members.
type Graded<'a> = (Vec<usize>, Vec<&'a Diagram>);

/// The members of every multidegree, also of those that have none.
fn by_multidegree(listing: &Listing) -> Result<Vec<Graded<'_>>, Doubt> {
    let signature = &listing.signature;
    let enumeration = Enumeration::new(signature, listing.options.labels, listing.options.limit);
    let mut members: BTreeMap<Vec<usize>, Vec<&Diagram>> = BTreeMap::new();
    for element in &listing.elements {
        members
            .entry(element.diagram.occurrences(signature.inputs.len()))
            .or_default()
            .push(&element.diagram);
    }
    let mut all = Vec::new();
    for degree in listing.options.degrees.clone() {
        let multidegrees =
            enumeration.multidegrees(degree).map_err(|error| Doubt::Untried(error.to_string()))?;
        all.extend(multidegrees.into_iter().map(|multidegree| {
            let diagrams = members.remove(&multidegree).unwrap_or_default();
            (multidegree, diagrams)
        }));
    }
    Ok(all)
}

fn try_completeness(listing: &Listing) -> Tried {
    let signature = &listing.signature;
    let free: Vec<AxisId> =
        signature.axis_ids().filter(|&axis| signature.axis(axis).group.is_free()).collect();
    let (mut multidegrees, mut total) = (0, 0);
    let tried = |multidegrees: usize, total: usize| {
        let maps = if free.is_empty() { "members" } else { "scalar maps" };
        format!("{multidegrees} multidegrees, {total} {maps}: rank = number = Molien-Weyl count")
    };
    for (multidegree, diagrams) in by_multidegree(listing).map_err(|doubt| (tried(0, 0), doubt))? {
        let doubted = |doubt: Doubt| (tried(multidegrees, total), doubt);
        let failed = |wrong: String| doubted(Doubt::Wrong(format!("in multidegree {multidegree:?} {wrong}")));
        let degree = multidegree.iter().sum();
        let sizes = expanded_sizes(signature, degree, listing.options.labels, &diagrams);
        let expected = molien::dimension_of_multidegree(signature, &sizes, &multidegree)
            .map_err(|error| doubted(Doubt::Untried(error.to_string())))?;
        let distinct: BTreeSet<&Graph> = diagrams.iter().map(|diagram| &diagram.graph).collect();
        if distinct.len() < diagrams.len() {
            return Err(failed("a member is listed twice".to_owned()));
        }
        let arrays = free_arrays(signature, &sizes, &diagrams);
        if (free.is_empty() || listing.options.labels.is_some()) && arrays.len() as u64 != expected {
            return Err(failed(format!("{} members, but the Molien-Weyl count is {expected}", arrays.len())));
        }
        let kept = independent_rows(signature, &sizes, &arrays, expected as usize, Random::seeded(0xc0))
            .map_err(doubted)?;
        let rank = kept.iter().filter(|&&kept| kept).count();
        if rank as u64 != expected {
            return Err(failed(format!("the rank is {rank}, but the Molien-Weyl count is {expected}")));
        }
        multidegrees += 1;
        total += rank;
    }
    Ok(tried(multidegrees, total))
}

fn try_seeds(listing: &Listing) -> Tried {
    let signature = &listing.signature;
    let has_free = signature.axes.iter().any(|axis| axis.group.is_free());
    let enumeration = Enumeration::new(signature, listing.options.labels, listing.options.limit);
    let (mut reduced, mut total) = (0, 0);
    let tried =
        |reduced: usize, total: usize| format!("{reduced} multidegrees reduced again, of {total} diagrams");
    if has_free && listing.options.labels.is_none() {
        return Ok("nothing: members with free labels are not reduced".to_owned());
    }
    for (multidegree, diagrams) in by_multidegree(listing).map_err(|doubt| (tried(0, 0), doubt))? {
        let all = enumeration
            .of_multidegree(&multidegree)
            .map_err(|error| (tried(reduced, total), Doubt::Untried(error.to_string())))?;
        total += all.len();
        let doubted = |doubt: Doubt| (tried(reduced, total), doubt);
        let failed = |wrong: String| doubted(Doubt::Wrong(format!("in multidegree {multidegree:?} {wrong}")));
        if all.len() == diagrams.len() {
            if all.iter().zip(&diagrams).any(|(a, b)| a != *b) {
                return Err(failed("other diagrams are enumerated".to_owned()));
            }
            continue;
        }
        let sizes = sample_sizes(signature, multidegree.iter().sum(), listing.options.labels, 1);
        // Over labels of length 0 an array has no entry.
        let first = |diagram| unit_arrays(signature, &sizes, diagram).into_iter().next();
        let rows: Vec<(&Diagram, Tensor)> =
            all.iter().filter_map(|diagram| Some((diagram, first(diagram)?))).collect();
        let kept = independent_rows(signature, &sizes, &rows, diagrams.len(), Random::seeded(0x5eed5))
            .map_err(doubted)?;
        let again: Vec<&Diagram> =
            rows.iter().zip(kept).filter(|(_, kept)| *kept).map(|((diagram, _), _)| *diagram).collect();
        if again != diagrams {
            return Err(failed(format!(
                "{} members differ from the {} of the basis",
                again.len(),
                diagrams.len()
            )));
        }
        reduced += 1;
    }
    Ok(tried(reduced, total))
}

/// The stable sizes, with families on free labels as long as possible: up to a length of one label per port, and as
/// long as there are at most [`SCALARS`] maps.
fn expanded_sizes(
    signature: &Signature,
    degree: usize,
    labels: Option<usize>,
    diagrams: &[&Diagram],
) -> Sizes {
    // With `labels <= 1` the values of a label are copies of one and the same map, and one copy is enough.
    let longest = if labels.is_some() { 1 } else { degree + signature.output.layout().slots.len() };
    let mut sizes = sample_sizes(signature, degree, labels, 1);
    for free in 2..=longest {
        let longer = sample_sizes(signature, degree, labels, free);
        let world = World::new(signature, &longer);
        let entries = |diagram: &&Diagram| world.coefficient_shape(diagram).iter().product::<usize>();
        let scalars: usize = diagrams.iter().map(entries).sum();
        if longer == sizes || scalars > SCALARS {
            break;
        }
        sizes = longer;
    }
    sizes
}

/// Every diagram with every unit array of coefficients: the scalar maps `a_1 a_1^T`, `a_1 a_2^T`, .. of
/// `q_ij a_i a_j^T`.
fn free_arrays<'a>(
    signature: &Signature,
    sizes: &Sizes,
    diagrams: &[&'a Diagram],
) -> Vec<(&'a Diagram, Tensor)> {
    let unit = |diagram: &&'a Diagram| {
        let diagram: &'a Diagram = diagram;
        unit_arrays(signature, sizes, diagram).into_iter().map(move |unit| (diagram, unit))
    };
    diagrams.iter().flat_map(unit).collect()
}

/// The arrays of coefficients with a single entry 1; the number 1 if no label is free.
fn unit_arrays(signature: &Signature, sizes: &Sizes, diagram: &Diagram) -> Vec<Tensor> {
    let shape = World::new(signature, sizes).coefficient_shape(diagram);
    let entries = shape.iter().product();
    let unit = |position| {
        let mut unit = Tensor::zeros(shape.clone());
        unit.data[position] = Fp::ONE;
        unit
    };
    (0..entries).map(unit).collect()
}

/// Which maps raise the rank. Points are added until it is `expected`, or full, or no longer grows.
fn independent_rows(
    signature: &Signature,
    sizes: &Sizes,
    maps: &[(&Diagram, Tensor)],
    expected: usize,
    mut random: Random,
) -> Result<Vec<bool>, Doubt> {
    evaluable(signature, sizes)?;
    let world = World::new(signature, sizes);
    for (diagram, _) in maps {
        world.affordable(&diagram.graph)?;
    }
    let entries = sizes.product(&world.output.slots) as usize;
    if entries == 0 || maps.is_empty() {
        return Ok(vec![false; maps.len()]);
    }
    let mut rows: Vec<Vec<Fp>> = vec![Vec::new(); maps.len()];
    let mut points = (maps.len() + 2).div_ceil(entries);
    let mut before = None;
    loop {
        let work =
            (rows[0].len() + points * entries).saturating_mul(maps.len()).saturating_mul(expected.max(1));
        check_work(work as u64)?;
        for _ in 0..points {
            let inputs = world.random_inputs(&mut random);
            for (row, (diagram, coefficient)) in rows.iter_mut().zip(maps) {
                row.extend(world.value(diagram, &inputs, coefficient)?.data);
            }
        }
        let mut elimination = Elimination::default();
        let kept: Vec<bool> = rows.iter().map(|row| elimination.insert(row.clone())).collect();
        let rank = elimination.rank();
        if rank >= expected.min(maps.len()) || before == Some(rank) {
            return Ok(kept);
        }
        before = Some(rank);
        points = rows[0].len() / entries;
    }
}
