//! Projections of general tensors onto their symmetry types.
//!
//! All work in place on the row-major entries of a tensor with `K <= 8` equal axes, over any scalars. One entry per
//! orbit of slot permutations, that with sorted indices, collects the orbit; then it is copied to all of them.

use super::{Alt, AltTensor, Matrix, Nesting, Rank, Sym, Sym0, Sym0Tensor, SymTensor, Tensor, TensorType};
use crate::Scalar;

/// The greatest rank of a tensor type.
const MAX_RANK: usize = 8;

/// A multi-index; what lies beyond the rank is not used.
type Index = [usize; MAX_RANK];

/// The multi-index of a row-major position.
fn index_at(mut position: usize, rank: usize, dimension: usize) -> Index {
    let mut index = [0; MAX_RANK];
    for slot in index[..rank].iter_mut().rev() {
        *slot = position % dimension;
        position /= dimension;
    }
    index
}

/// The row-major position of a multi-index.
pub(super) fn position_of(index: &[usize], dimension: usize) -> usize {
    index.iter().fold(0, |position, &p| position * dimension + p)
}

/// Sorts by exchanges; true if their number was odd.
pub(super) fn sort(index: &mut [usize]) -> bool {
    let mut odd = false;
    for end in 1..index.len() {
        let mut slot = end;
        while slot > 0 && index[slot - 1] > index[slot] {
            index.swap(slot - 1, slot);
            odd = !odd;
            slot -= 1;
        }
    }
    odd
}

/// The next order of the indices in lexicographic order; false, and the order unchanged, if this is the last.
pub(super) fn next_order(index: &mut [usize]) -> bool {
    let Some(slot) = index.windows(2).rposition(|pair| pair[0] < pair[1]) else { return false };
    // What follows the slot descends: the last greater index there is the least one.
    let next = index.iter().rposition(|&p| p > index[slot]).unwrap_or(slot);
    index.swap(slot, next);
    index[slot + 1..].reverse();
    true
}

/// The first position whose entry differs from that at its sorted indices, times the sign of the permutation if
/// `antisymmetric`; entries where an index repeats are then zero.
pub(super) fn first_asymmetry<T: Scalar>(
    entry: &dyn Fn(usize) -> T,
    rank: usize,
    dimension: usize,
    antisymmetric: bool,
) -> Option<usize> {
    (0..dimension.pow(rank as u32)).find(|&position| {
        let mut index = index_at(position, rank, dimension);
        let odd = sort(&mut index[..rank]);
        let index = &index[..rank];
        let sorted = entry(position_of(index, dimension));
        let expected = if !antisymmetric {
            sorted
        } else if index.windows(2).any(|pair| pair[0] == pair[1]) {
            T::ZERO
        } else if odd {
            -sorted
        } else {
            sorted
        };
        entry(position) != expected
    })
}

fn factorial(k: usize) -> u64 {
    (1..=k as u64).product()
}

/// How many different orders a sorted multi-index has: `K! / prod_p n_p!`.
fn orders(sorted: &[usize]) -> u64 {
    let repeats: u64 = sorted.chunk_by(|p, q| p == q).map(|run| factorial(run.len())).product();
    factorial(sorted.len()) / repeats
}

/// Copies the entry at each sorted multi-index to all its orders.
fn spread<T: Scalar>(entries: &mut [T], rank: usize, dimension: usize) {
    for position in 0..entries.len() {
        let mut index = index_at(position, rank, dimension);
        sort(&mut index[..rank]);
        entries[position] = entries[position_of(&index[..rank], dimension)];
    }
}

/// `S_I = (1/K!) sum_s A_s(I)`, s over the permutations of the K slots.
fn symmetrise<T: Scalar>(entries: &mut [T], rank: usize, dimension: usize) {
    for position in 0..entries.len() {
        let mut index = index_at(position, rank, dimension);
        sort(&mut index[..rank]);
        let sorted = position_of(&index[..rank], dimension);
        // The sorted order comes first of its orbit in row-major order, so it collects before it is read.
        if sorted != position {
            let entry = entries[position];
            entries[sorted] += entry;
        }
    }
    for (position, entry) in entries.iter_mut().enumerate() {
        let index = index_at(position, rank, dimension);
        if index[..rank].is_sorted() {
            *entry *= T::from_ratio(1, orders(&index[..rank]));
        }
    }
    spread(entries, rank, dimension);
}

/// `B_I = (1/K!) sum_s sign(s) A_s(I)`, s over the permutations of the K slots; zero where an index repeats.
fn antisymmetrise<T: Scalar>(entries: &mut [T], rank: usize, dimension: usize) {
    for position in 0..entries.len() {
        let mut index = index_at(position, rank, dimension);
        let odd = sort(&mut index[..rank]);
        let sorted = position_of(&index[..rank], dimension);
        if sorted != position {
            let entry = entries[position];
            if odd {
                entries[sorted] -= entry;
            } else {
                entries[sorted] += entry;
            }
        }
    }
    let share = T::from_ratio(1, factorial(rank));
    for position in 0..entries.len() {
        let mut index = index_at(position, rank, dimension);
        let odd = sort(&mut index[..rank]);
        let index = &index[..rank];
        let sorted = position_of(index, dimension);
        entries[position] = if index.windows(2).any(|pair| pair[0] == pair[1]) {
            T::ZERO
        } else if sorted == position {
            entries[position] * share
        } else if odd {
            -entries[sorted]
        } else {
            entries[sorted]
        };
    }
}

/// Removes all traces of a totally symmetric tensor S with respect to the diagonal form `eta = diag(form)`.
///
/// Read S as the polynomial `p(x) = S(x, .., x)`, the trace as the Laplacian of eta. Its harmonic part is
///
/// ```text
/// sum_j c_j |x|^2j Laplace^j p,   c_j = (-1)^j / (2^j j! (D + 2K - 4)(D + 2K - 6)..(D + 2K - 2 - 2j))
/// ```
///
/// (Goodman and Wallach, section 5.6.4). In coefficients: with `R = tr^j S` of rank K - 2j, `n_p` the number of times
/// the axis p occurs in the multi-index I, and the sum over all j-tuples `p_1..p_j` of axes,
///
/// ```text
/// S0_I = sum_j c_j sum_{p_1..p_j} eta_{p_1}..eta_{p_j} (n! / (n - 2m)!) R_{n - 2m},   m = e_{p_1} + .. + e_{p_j}
/// ```
fn remove_traces<const D: usize, T: Scalar>(entries: &mut [T], traces: &mut [T], rank: usize, form: &[T; D]) {
    if D == 0 {
        return;
    }
    let mut coefficient = T::ONE;
    for pairs in 1..=rank / 2 {
        trace_in_place(traces, rank - 2 * pairs, form);
        coefficient = -coefficient * T::from_ratio(1, (2 * pairs * (D + 2 * rank - 2 - 2 * pairs)) as u64);
        for (position, entry) in entries.iter_mut().enumerate() {
            let index = index_at(position, rank, D);
            if !index[..rank].is_sorted() {
                continue;
            }
            let mut counts = [0_usize; D];
            index[..rank].iter().for_each(|&p| counts[p] += 1);
            let mut sum = T::ZERO;
            for choice in 0..D.pow(pairs as u32) {
                let axes = index_at(choice, pairs, D);
                if let Some((weight, rest)) = take_pairs(counts, &axes[..pairs], form) {
                    sum += weight * traces[rest];
                }
            }
            *entry += coefficient * sum;
        }
    }
    spread(entries, rank, D);
}

/// `R_I = sum_p eta_p S_{p p I}`, written over the start of S. The entry `p = 0` is the one overwritten, at the moment
/// it is read; the others lie behind all that is written.
fn trace_in_place<const D: usize, T: Scalar>(entries: &mut [T], rank: usize, form: &[T; D]) {
    let block = D.pow(rank as u32);
    for rest in 0..block {
        let terms = form.iter().enumerate();
        entries[rest] = terms.fold(T::ZERO, |sum, (p, &eta)| sum + eta * entries[p * (D + 1) * block + rest]);
    }
}

/// Takes the pairs `p_1 p_1, .., p_j p_j` out of a multi-index with `counts[p]` indices p: the product of the forms
/// with `n! / (n - 2m)!`, and the position of what remains. `None` where there is not enough to take.
fn take_pairs<const D: usize, T: Scalar>(
    mut counts: [usize; D],
    axes: &[usize],
    form: &[T; D],
) -> Option<(T, usize)> {
    let mut weight = T::ONE;
    let mut falling = 1;
    for &p in axes {
        falling *= counts[p] * counts[p].checked_sub(1)?;
        counts[p] = counts[p].checked_sub(2)?;
        weight *= form[p];
    }
    let mut position = 0;
    for (p, &count) in counts.iter().enumerate() {
        position = (0..count).fold(position, |position, _| position * D + p);
    }
    Some((weight * T::from_i64(falling as i64), position))
}

/// The Euclidean form.
fn euclidean<const D: usize, T: Scalar>() -> [T; D] {
    [T::ONE; D]
}

impl<const D: usize, T: Scalar> Sym<D, T> {
    /// The symmetric part, `(A + A^T) / 2`.
    pub fn from_matrix(matrix: &Matrix<D, T>) -> Self {
        let mut array = matrix.0;
        symmetrise(array.as_flattened_mut(), 2, D);
        Self(array)
    }
}

impl<const D: usize, T: Scalar> Alt<D, T> {
    /// The antisymmetric part, `(A - A^T) / 2`.
    pub fn from_matrix(matrix: &Matrix<D, T>) -> Self {
        let mut array = matrix.0;
        antisymmetrise(array.as_flattened_mut(), 2, D);
        Self(array)
    }
}

impl<const D: usize, T: Scalar> Sym0<D, T> {
    /// The traceless symmetric part, `(A + A^T) / 2 - (tr A / D) I`.
    pub fn from_matrix(matrix: &Matrix<D, T>) -> Self {
        Self::from_matrix_with_form(matrix, &euclidean())
    }

    /// The symmetric part without its trace with respect to `eta = diag(form)`, each entry of which is 1 or -1:
    /// `(A + A^T) / 2 - (sum_p eta_p A_pp / D) eta`, for contravariant A under `O(p,q)`.
    pub fn from_matrix_with_form(matrix: &Matrix<D, T>, form: &[T; D]) -> Self {
        let mut array = Sym::from_matrix(matrix).0;
        let mut traces = array;
        remove_traces(array.as_flattened_mut(), traces.as_flattened_mut(), 2, form);
        Self(array)
    }
}

impl<const K: usize, const D: usize, T: Scalar> SymTensor<K, D, T>
where
    Rank<K>: Nesting<D>,
{
    /// The totally symmetric part: the average over the permutations s of the slots,
    /// `S_I = (1/K!) sum_s A_s(I)`.
    pub fn from_tensor(tensor: &Tensor<K, D, T>) -> Self {
        let mut result = Self(tensor.0);
        symmetrise(result.entries_mut(), K, D);
        result
    }
}

impl<const K: usize, const D: usize, T: Scalar> AltTensor<K, D, T>
where
    Rank<K>: Nesting<D>,
{
    /// The totally antisymmetric part: the signed average over the permutations s of the slots,
    /// `B_I = (1/K!) sum_s sign(s) A_s(I)`. Zero for K > D.
    pub fn from_tensor(tensor: &Tensor<K, D, T>) -> Self {
        let mut result = Self(tensor.0);
        antisymmetrise(result.entries_mut(), K, D);
        result
    }
}

impl<const K: usize, const D: usize, T: Scalar> Sym0Tensor<K, D, T>
where
    Rank<K>: Nesting<D>,
{
    /// The totally symmetric part without its traces: the orthogonal projection onto the harmonic tensors.
    ///
    /// With S the symmetric part and sym the average over slot permutations, it is
    /// `sum_j a_j sym(delta^j tr^j S)`, `a_j = (-1)^j K! / ((K - 2j)! j! 2^j (D + 2K - 4)..(D + 2K - 2 - 2j))`;
    /// for K = 2 this is `S - (tr S / D) I`, for K = 3 `S - 3/(D + 2) sym(I tr S)`.
    pub fn from_tensor(tensor: &Tensor<K, D, T>) -> Self {
        Self::from_tensor_with_form(tensor, &euclidean())
    }

    /// As [`from_tensor`](Self::from_tensor), with traces taken by `eta = diag(form)`, each entry of which is 1 or
    /// -1, and `eta` in the place of delta: for contravariant tensors under `O(p,q)`.
    pub fn from_tensor_with_form(tensor: &Tensor<K, D, T>, form: &[T; D]) -> Self {
        let mut result = Self(SymTensor::from_tensor(tensor).0);
        let mut traces = result;
        remove_traces(result.entries_mut(), traces.entries_mut(), K, form);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fp;

    /// A tensor without any symmetry, different for every seed.
    fn arbitrary<X: TensorType<Scalar = Fp>>(seed: u64) -> X {
        let mut state = Fp::new(seed);
        X::from_entries(core::iter::from_fn(|| {
            state = state * Fp::new(6364136223846793005) + Fp::new(1442695040888963407);
            Some(state)
        }))
    }

    fn permuted<const K: usize, const D: usize>(
        tensor: &Tensor<K, D, Fp>,
        order: &[usize; K],
    ) -> Tensor<K, D, Fp>
    where
        Rank<K>: Nesting<D>,
    {
        Tensor::from_index_fn(|index| {
            let moved = order.map(|slot| index[slot]);
            tensor.entries()[position_of(&moved, D)]
        })
    }

    /// All orders of 0..K with their signs, by brute force.
    fn permutations<const K: usize>() -> Vec<([usize; K], bool)> {
        let mut all = Vec::new();
        for code in 0..K.pow(K as u32) {
            let order: [usize; K] = core::array::from_fn(|slot| code / K.pow(slot as u32) % K);
            let mut sorted = order;
            let odd = sort(&mut sorted);
            if sorted == core::array::from_fn(|slot| slot) {
                all.push((order, odd));
            }
        }
        all
    }

    fn averages_over_slot_permutations<const K: usize, const D: usize>()
    where
        Rank<K>: Nesting<D>,
    {
        let tensor: Tensor<K, D, Fp> = arbitrary(K as u64);
        let (mut even, mut signed) = (Tensor::<K, D, Fp>::zeros(), Tensor::<K, D, Fp>::zeros());
        let all = permutations::<K>();
        for (order, odd) in &all {
            let moved = permuted(&tensor, order);
            even += moved;
            signed += if *odd { -moved } else { moved };
        }
        let share = Fp::from_ratio(1, all.len() as u64);
        assert_eq!(SymTensor::from_tensor(&tensor).0, (even * share).0, "symmetric, rank {K}, dimension {D}");
        assert_eq!(
            AltTensor::from_tensor(&tensor).0,
            (signed * share).0,
            "antisymmetric, rank {K}, dimension {D}"
        );
    }

    #[test]
    fn projections_average_over_slot_permutations() {
        averages_over_slot_permutations::<1, 3>();
        averages_over_slot_permutations::<2, 3>();
        averages_over_slot_permutations::<3, 3>();
        averages_over_slot_permutations::<4, 4>();
        averages_over_slot_permutations::<5, 2>();
        averages_over_slot_permutations::<3, 1>();
        averages_over_slot_permutations::<3, 0>();
    }

    /// Traceless, symmetric, fixed by the projection, and differing from the symmetric part by something orthogonal.
    fn harmonic_projection<const K: usize, const D: usize>(form: [i64; D])
    where
        Rank<K>: Nesting<D>,
    {
        let form = form.map(Fp::from_i64);
        let tensor: Tensor<K, D, Fp> = arbitrary(10 * K as u64 + D as u64);
        let symmetric = SymTensor::from_tensor(&tensor);
        let harmonic = Sym0Tensor::from_tensor_with_form(&tensor, &form);
        assert_eq!(
            SymTensor::from_tensor(&Tensor(harmonic.0)).0,
            harmonic.0,
            "symmetric, rank {K}, dimension {D}"
        );
        let mut traces = harmonic;
        if K >= 2 && D > 0 {
            trace_in_place(traces.entries_mut(), K - 2, &form);
            assert!(
                traces.entries()[..D.pow(K as u32 - 2)].iter().all(|&entry| entry == Fp::ZERO),
                "traceless, rank {K}, dimension {D}"
            );
        }
        let again = Sym0Tensor::from_tensor_with_form(&Tensor(harmonic.0), &form);
        assert_eq!(again, harmonic, "idempotent, rank {K}, dimension {D}");
        // Orthogonal in the form: sum_I eta_I (S - S0)_I H_I = 0 for every harmonic H.
        let other = Sym0Tensor::from_tensor_with_form(&arbitrary(99), &form);
        let lowered = Tensor::<K, D, Fp>::from_index_fn(|index| {
            index.iter().map(|&p| form[p]).product::<Fp>() * other.entries()[position_of(index, D)]
        });
        let trace_part = Tensor::<K, D, Fp>(symmetric.0) - Tensor(harmonic.0);
        assert_eq!(trace_part.inner(&lowered), Fp::ZERO, "orthogonal, rank {K}, dimension {D}");
    }

    #[test]
    fn traceless_parts_are_orthogonal_projections() {
        harmonic_projection::<1, 3>([1; 3]);
        harmonic_projection::<2, 1>([1]);
        harmonic_projection::<2, 0>([]);
        harmonic_projection::<2, 3>([1; 3]);
        harmonic_projection::<3, 3>([1; 3]);
        harmonic_projection::<4, 2>([1; 2]);
        harmonic_projection::<4, 3>([1; 3]);
        harmonic_projection::<5, 3>([1; 3]);
        harmonic_projection::<6, 2>([1; 2]);
        harmonic_projection::<8, 2>([1; 2]);
        harmonic_projection::<2, 4>([1, -1, -1, -1]);
        harmonic_projection::<3, 4>([1, -1, -1, -1]);
        harmonic_projection::<4, 4>([1, -1, -1, -1]);
    }

    #[test]
    fn matrices_split_into_their_parts() {
        let a = Matrix([[1.0, 5.0], [3.0, 4.0]]);
        assert_eq!(Sym::from_matrix(&a).0, [[1.0, 4.0], [4.0, 4.0]]);
        assert_eq!(Alt::from_matrix(&a).0, [[0.0, 1.0], [-1.0, 0.0]]);
        assert_eq!(Sym0::from_matrix(&a).0, [[-1.5, 4.0], [4.0, 1.5]]);
        assert_eq!(Sym0::from_matrix_with_form(&a, &[1.0, -1.0]).0, [[2.5, 4.0], [4.0, 2.5]]);
    }
}
