//! Contraction of dense tensors; factors that are mostly zero are read entry by entry.

use eqt_runtime::{Fp, Scalar};

use super::Tensor;

/// A factor of an einsum: a tensor whose slots carry variables.
#[derive(Clone, Debug)]
pub struct Factor<S = Fp> {
    /// The variable of every slot; may repeat.
    pub variables: Vec<usize>,
    /// Its entries.
    pub tensor: Tensor<S>,
}

/// `sum over all variables but output of the product of the factors`, by pairwise contraction, smallest result first.
/// `sizes[variable]` is its range; output variables are distinct.
pub fn einsum<S: Scalar>(factors: Vec<Factor<S>>, output: &[usize], sizes: &[usize]) -> Tensor<S> {
    counted_einsum(factors, output, sizes, u64::MAX).expect("no count is above the largest number").0
}

/// As [`einsum`], with the number of multiplications, each contraction counting as at least [`LEAST_WORK`].
///
/// # Errors
/// Before a contraction with which the number would be above the budget, with that number. An entry of a result counts as
/// [`ENTRY`] multiplications there, so that the budget bounds the memory too.
pub(crate) fn counted_einsum<S: Scalar>(
    mut factors: Vec<Factor<S>>,
    output: &[usize],
    sizes: &[usize],
    budget: u64,
) -> Result<(Tensor<S>, u64), u64> {
    let mut effort = 0_u64;
    // In how many factors a variable is, the output being one.
    let mut uses = vec![0_usize; sizes.len()];
    output.iter().for_each(|&variable| uses[variable] += 1);
    for factor in &factors {
        distinct(factor).for_each(|variable| uses[variable] += 1);
    }
    for factor in &mut factors {
        let kept: Vec<usize> = distinct(factor).filter(|&variable| uses[variable] > 1).collect();
        if kept.len() != factor.variables.len() {
            *factor = contract(&[factor], &kept, sizes);
        }
    }
    // From here on no factor has a variable twice.
    let mut few: Vec<Option<usize>> = factors.iter().map(|factor| sparse_entries(&factor.tensor)).collect();
    while factors.len() > 1 {
        let mut best: Option<(usize, usize, usize)> = None;
        for a in 0..factors.len() {
            for b in a + 1..factors.len() {
                let work = work([&factors[a], &factors[b]], [few[a], few[b]], sizes);
                if best.is_none_or(|(least, ..)| work < least) {
                    best = Some((work, a, b));
                }
            }
        }
        let Some((work, a, b)) = best else { break };
        let before = effort;
        effort = effort.saturating_add((work as u64).max(LEAST_WORK));
        let second = factors.remove(b);
        few.remove(b);
        let first = &factors[a];
        let in_both = |variable| first.variables.contains(&variable) && second.variables.contains(&variable);
        let mut kept = first.variables.clone();
        kept.extend(second.variables.iter().filter(|variable| !first.variables.contains(variable)));
        kept.retain(|&variable| uses[variable] > if in_both(variable) { 2 } else { 1 });
        let entries =
            kept.iter().fold(ENTRY, |product, &variable| product.saturating_mul(sizes[variable] as u64));
        let needed = effort.max(before.saturating_add(entries));
        if needed > budget {
            return Err(needed);
        }
        let contracted = contract(&[first, &second], &kept, sizes);
        for &variable in &first.variables {
            uses[variable] -= usize::from(in_both(variable));
        }
        few[a] = sparse_entries(&contracted.tensor);
        factors[a] = contracted;
    }
    let value = match factors.pop() {
        None => Tensor::scalar(S::ONE),
        Some(last) => contract(&[&last], output, sizes).tensor,
    };
    Ok((value, effort.saturating_add(LEAST_WORK)))
}

/// What planning a small contraction takes, in multiplications.
const LEAST_WORK: u64 = 500;

/// The multiplications that an entry of an intermediate result counts for against a budget.
const ENTRY: u64 = 64;

/// The variables of a factor, each once.
fn distinct<S>(factor: &Factor<S>) -> impl Iterator<Item = usize> {
    let variables = &factor.variables;
    variables
        .iter()
        .enumerate()
        .filter(|(slot, variable)| !variables[..*slot].contains(variable))
        .map(|(_, &variable)| variable)
}

/// The products that the contraction of two factors takes; `few` are the entries of sparse ones.
fn work<S: Scalar>(pair: [&Factor<S>; 2], few: [Option<usize>; 2], sizes: &[usize]) -> usize {
    let (first, second) = if few[0].is_some() || few[1].is_none() { (0, 1) } else { (1, 0) };
    let entries = few[first].unwrap_or(pair[first].tensor.data.len());
    let rest = pair[second].variables.iter().filter(|variable| !pair[first].variables.contains(variable));
    rest.fold(entries, |product, &variable| product.saturating_mul(sizes[variable]))
}

/// The product of one or two factors, summed over all variables that are not kept.
fn contract<S: Scalar>(group: &[&Factor<S>], kept: &[usize], sizes: &[usize]) -> Factor<S> {
    let mut variables: Vec<usize> = kept.to_vec();
    for &variable in group.iter().flat_map(|factor| &factor.variables) {
        if !variables.contains(&variable) {
            variables.push(variable);
        }
    }
    let shape: Vec<usize> = kept.iter().map(|&variable| sizes[variable]).collect();
    let mut result = Tensor::zeros(shape);
    if let Some(sparse) = group.iter().position(|factor| sparse_entries(&factor.tensor).is_some()) {
        contract_sparse(group[sparse], group.get(1 - sparse).copied(), kept, sizes, &mut result);
        return Factor { variables: kept.to_vec(), tensor: result };
    }
    let strides = |factor: &Factor<S>| -> Vec<usize> {
        let mut strides = vec![0; variables.len()];
        let mut stride = 1;
        for (slot, variable) in factor.variables.iter().enumerate().rev() {
            if let Some(position) = variables.iter().position(|other| other == variable) {
                strides[position] += stride;
            }
            stride *= factor.tensor.shape[slot];
        }
        strides
    };
    let factor_strides: Vec<Vec<usize>> = group.iter().map(|factor| strides(factor)).collect();
    let ranges: Vec<usize> = variables.iter().map(|&variable| sizes[variable]).collect();
    let inner: usize = ranges[kept.len()..].iter().product();
    let mut index = vec![0; variables.len()];
    let mut offsets = vec![0; group.len()];
    for entry in &mut result.data {
        let mut sum = S::ZERO;
        for _ in 0..inner {
            let mut product = group[0].tensor.data[offsets[0]];
            if let [_, second] = group {
                product *= second.tensor.data[offsets[1]];
            }
            sum += product;
            for position in (0..variables.len()).rev() {
                index[position] += 1;
                if index[position] < ranges[position] {
                    for (offset, strides) in offsets.iter_mut().zip(&factor_strides) {
                        *offset += strides[position];
                    }
                    break;
                }
                index[position] = 0;
                for (offset, strides) in offsets.iter_mut().zip(&factor_strides) {
                    *offset -= strides[position] * (ranges[position] - 1);
                }
            }
        }
        *entry = sum;
    }
    Factor { variables: kept.to_vec(), tensor: result }
}

/// How many entries are not zero, if they are so few that it pays to visit only those: epsilons of many legs.
fn sparse_entries<S: Scalar>(tensor: &Tensor<S>) -> Option<usize> {
    const LARGE: usize = 4096;
    const RARE: usize = 16;
    if tensor.data.len() < LARGE {
        return None;
    }
    let entries = tensor.data.iter().filter(|entry| **entry != S::ZERO).count();
    (entries <= tensor.data.len() / RARE).then_some(entries)
}

/// As [`contract`], one non-zero entry of the sparse factor after the other.
fn contract_sparse<S: Scalar>(
    sparse: &Factor<S>,
    other: Option<&Factor<S>>,
    kept: &[usize],
    sizes: &[usize],
    result: &mut Tensor<S>,
) {
    let stride_of = |variables: &[usize], shape: &[usize], variable: usize| -> usize {
        let mut stride = 1;
        let mut sum = 0;
        for (&own, &size) in variables.iter().zip(shape).rev() {
            if own == variable {
                sum += stride;
            }
            stride *= size;
        }
        sum
    };
    // (offset in the other factor, offset in the result) for a step of one variable.
    let steps = |variable: usize| {
        let of_other = other.map_or(0, |other| stride_of(&other.variables, &other.tensor.shape, variable));
        (of_other, stride_of(kept, &result.shape, variable))
    };
    let mut rest: Vec<(usize, usize)> = vec![(0, 0)];
    let mut seen = sparse.variables.clone();
    for &variable in other.iter().flat_map(|other| &other.variables) {
        if seen.contains(&variable) {
            continue;
        }
        seen.push(variable);
        let (a, b) = steps(variable);
        let range = |&(x, y): &(usize, usize)| (0..sizes[variable]).map(move |i| (x + i * a, y + i * b));
        rest = rest.iter().flat_map(range).collect();
    }
    // A variable that the sparse factor has twice is stepped over once, and has to agree.
    let first_of = |slot: usize| {
        let earlier = (0..slot).find(|&earlier| sparse.variables[earlier] == sparse.variables[slot]);
        earlier.unwrap_or(slot)
    };
    let first_slot: Vec<usize> = (0..sparse.variables.len()).map(first_of).collect();
    let slot_steps: Vec<(usize, usize)> = sparse
        .variables
        .iter()
        .enumerate()
        .map(|(slot, &variable)| if first_slot[slot] == slot { steps(variable) } else { (0, 0) })
        .collect();
    let shape = &sparse.tensor.shape;
    let mut index = vec![0; shape.len()];
    for (flat, &entry) in sparse.tensor.data.iter().enumerate() {
        if entry == S::ZERO {
            continue;
        }
        let mut left = flat;
        for (value, &size) in index.iter_mut().zip(shape).rev() {
            *value = left % size;
            left /= size;
        }
        if index.iter().zip(&first_slot).any(|(&value, &first)| value != index[first]) {
            continue;
        }
        let (a, b) = index
            .iter()
            .zip(&slot_steps)
            .fold((0, 0), |(x, y), (&value, &(a, b))| (x + value * a, y + value * b));
        for &(x, y) in &rest {
            let factor = other.map_or(S::ONE, |other| other.tensor.data[a + x]);
            result.data[b + y] += entry * factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Random;
    use crate::exact::tensor::indices;

    #[test]
    fn sparse_factors_contract_as_dense_ones() {
        let mut random = Random::seeded(1);
        let (a, b, c, d, e) = (0, 1, 2, 3, 4);
        let sizes = [4, 5, 4, 6, 3];
        let tensor = |shape: Vec<usize>, every: usize, random: &mut Random| {
            let entries: usize = shape.iter().product();
            let mut data = random.fields(entries);
            data.iter_mut().enumerate().filter(|(at, _)| at % every != 1).for_each(|(_, x)| *x = Fp::ZERO);
            Tensor { shape, data }
        };
        // The variable a twice; e is in neither result.
        let sparse = Factor { variables: vec![a, b, c, a, d, e, e], tensor: Tensor::zeros(Vec::new()) };
        let shape: Vec<usize> = sparse.variables.iter().map(|&v| sizes[v]).collect();
        let sparse = Factor { tensor: tensor(shape, 17, &mut random), ..sparse };
        assert!(sparse_entries(&sparse.tensor).is_some());
        let other = Factor { variables: vec![d, c, b], tensor: tensor(vec![6, 4, 5], 1, &mut random) };
        let other = Factor { tensor: Tensor { data: random.fields(120), ..other.tensor }, ..other };
        for kept in [&[d, a][..], &[b], &[], &[a, b, c, d]] {
            for pair in [&[&sparse, &other][..], &[&other, &sparse], &[&sparse]] {
                let mut expected = Tensor::zeros(kept.iter().map(|&v| sizes[v]).collect());
                // All values of all variables.
                for index in indices(&sizes) {
                    let at = |variables: &[usize]| variables.iter().map(|&v| index[v]).collect::<Vec<_>>();
                    let product =
                        pair.iter().map(|factor| factor.tensor.at(&at(&factor.variables))).product::<Fp>();
                    let offset = expected.offset(&at(kept));
                    expected.data[offset] += product;
                }
                assert_eq!(contract(pair, kept, &sizes).tensor, expected);
            }
        }
    }
}
