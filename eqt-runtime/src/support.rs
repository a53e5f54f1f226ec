//! What emitted kernels and functions call.

#[cfg(feature = "std")]
use crate::Entries;
use crate::{NestedArray, Scalar};

/// The next permutation in lexicographic order, and its parity; false after the last.
pub fn next_permutation(order: &mut [usize], odd: &mut bool) -> bool {
    let Some(pivot) = (1..order.len()).rev().find(|&k| order[k - 1] < order[k]) else { return false };
    let Some(swap) = (pivot..order.len()).rev().find(|&k| order[k] > order[pivot - 1]) else { return false };
    order.swap(pivot - 1, swap);
    order[pivot..].reverse();
    *odd ^= ((order.len() - pivot) / 2).is_multiple_of(2);
    true
}

/// The quotient in lowest terms; zero if the denominator is.
pub fn quotient<S: Scalar>(numerator: i128, denominator: i128) -> S {
    if denominator == 0 {
        return S::ZERO;
    }
    let (mut common, mut rest) = (numerator, denominator);
    while rest != 0 {
        (common, rest) = (rest, common % rest);
    }
    // The denominator becomes positive.
    let common = if (common < 0) == (denominator < 0) { common } else { -common };
    S::from_ratio((numerator / common) as i64, (denominator / common) as u64)
}

/// Flat memory as one nested array.
///
/// # Panics
///
/// If it has another number of scalars.
#[inline]
pub fn flat<X: NestedArray>(entries: &[X::Scalar]) -> &X {
    present(X::from_flat(entries))
}

/// As [`flat`], to be changed.
///
/// # Panics
///
/// As [`flat`].
#[inline]
pub fn flat_mut<X: NestedArray>(entries: &mut [X::Scalar]) -> &mut X {
    present(X::from_flat_mut(entries))
}

/// Flat memory as `count` nested arrays.
///
/// # Panics
///
/// If it has another number of scalars.
#[inline]
pub fn slice<X: NestedArray>(entries: &[X::Scalar], count: usize) -> &[X] {
    present(X::slice_from_flat(entries, count))
}

/// As [`slice`], to be changed.
///
/// # Panics
///
/// As [`slice`].
#[inline]
pub fn slice_mut<X: NestedArray>(entries: &mut [X::Scalar], count: usize) -> &mut [X] {
    present(X::slice_from_flat_mut(entries, count))
}

#[inline]
fn present<X>(part: Option<X>) -> X {
    match part {
        Some(part) => part,
        None => panic!("an array does not have the length that was checked"),
    }
}

/// All scalars of a value in row-major order.
#[cfg(feature = "std")]
pub fn entries_of<X: Entries + ?Sized>(value: &X) -> Vec<X::Scalar> {
    let mut entries = Vec::new();
    value.for_each_entry(&mut |entry| entries.push(entry));
    entries
}

/// The entries of an array in row-major order, without a copy where they lie so.
#[cfg(feature = "ndarray")]
pub fn contiguous<T: Scalar, D: ndarray::Dimension>(
    array: &ndarray::Array<T, D>,
) -> std::borrow::Cow<'_, [T]> {
    match array.as_slice() {
        Some(entries) => entries.into(),
        None => array.iter().copied().collect(),
    }
}

/// The entries of an array in standard layout, to be changed.
///
/// # Panics
///
/// If it is not in standard layout.
#[cfg(feature = "ndarray")]
pub fn contiguous_mut<T: Scalar, D: ndarray::Dimension>(array: &mut ndarray::Array<T, D>) -> &mut [T] {
    present(array.as_slice_mut())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fp;

    #[test]
    fn permutations_come_in_order_with_their_signs() {
        let (mut order, mut odd, mut seen) = ([0, 1, 2, 3], false, 1);
        let parity = |order: &[usize]| {
            let pairs = (0..order.len()).flat_map(|a| (0..a).map(move |b| (b, a)));
            pairs.filter(|&(b, a)| order[b] > order[a]).count() % 2 == 1
        };
        while next_permutation(&mut order, &mut odd) {
            assert_eq!(odd, parity(&order));
            seen += 1;
        }
        assert_eq!((seen, order), (24, [3, 2, 1, 0]));
    }

    #[test]
    fn quotients_are_in_lowest_terms_and_zero_where_the_denominator_is() {
        assert_eq!(quotient::<f64>(6, -4), -1.5);
        assert_eq!(quotient::<f64>(6, 0), 0.0);
        assert_eq!(quotient::<Fp>(2, 4) * Fp::new(2), Fp::new(1));
    }
}
