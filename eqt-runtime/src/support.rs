//! What emitted kernels and functions call.

#[cfg(feature = "std")]
use crate::Entries;
use crate::{NestedArray, Scalar};

/// Copies the entries `d_ij`, i < j, of a square array in row-major order to `d_ji`, times a sign.
pub fn unfold<T: Scalar>(entries: &mut [T], size: usize, sign: i8) {
    for i in 0..size {
        for j in i + 1..size {
            let entry = entries[i * size + j];
            entries[j * size + i] = if sign < 0 { -entry } else { entry };
        }
    }
}

/// The next permutation in lexicographic order, and its parity; false after the last.
pub fn next_permutation(order: &mut [usize], odd: &mut bool) -> bool {
    let Some(pivot) = (1..order.len()).rev().find(|&k| order[k - 1] < order[k]) else { return false };
    let Some(swap) = (pivot..order.len()).rev().find(|&k| order[k] > order[pivot - 1]) else { return false };
    order.swap(pivot - 1, swap);
    order[pivot..].reverse();
    *odd ^= ((order.len() - pivot) / 2).is_multiple_of(2);
    true
}

/// A polynomial in sizes: terms, each an integer and sizes with their powers; `[(3, &[(d, 2)]), (-1, &[])]` is `3 d^2 - 1`.
pub type SizePolynomial<'a> = &'a [(i128, &'a [(usize, u32)])];

/// The quotient of two polynomials in sizes, in lowest terms; zero if the denominator is.
///
/// Beyond 64 bits it is computed in the scalars, with more than one rounding.
///
/// # Panics
///
/// If the denominator is a sum and beyond 64 bits.
pub fn quotient<S: Scalar>(numerator: SizePolynomial<'_>, denominator: SizePolynomial<'_>) -> S {
    let exact = (exact(numerator), exact(denominator));
    if exact.1 == Some(0) {
        return S::ZERO;
    }
    if let (Some(numerator), Some(denominator)) = exact {
        let (mut common, mut rest) = (numerator, denominator);
        while rest != 0 {
            (common, rest) = (rest, common % rest);
        }
        // The denominator becomes positive.
        let common = if (common < 0) == (denominator < 0) { common } else { -common };
        if let (Ok(numerator), Ok(denominator)) =
            (i64::try_from(numerator / common), u64::try_from(denominator / common))
        {
            return S::from_ratio(numerator, denominator);
        }
    }
    let numerator = numerator.iter().map(|&(integer, powers)| {
        powers.iter().fold(large(integer), |product: S, &(size, power)| {
            (0..power).fold(product, |product, _| product * S::from_i64(size as i64))
        })
    });
    numerator.fold(S::ZERO, |sum, term| sum + term) * reciprocal(denominator)
}

/// The value of a polynomial, if no step is beyond 127 bits.
fn exact(polynomial: SizePolynomial<'_>) -> Option<i128> {
    polynomial.iter().try_fold(0_i128, |sum, &(integer, powers)| {
        let term = powers.iter().try_fold(integer, |product, &(size, power)| {
            product.checked_mul(i128::try_from(size).ok()?.checked_pow(power)?)
        })?;
        sum.checked_add(term)
    })
}

/// An integer of any size, by digits of 32 bits.
fn large<S: Scalar>(integer: i128) -> S {
    let magnitude = integer.unsigned_abs();
    let digits = (0..4).rev().map(|digit| S::from_i64((magnitude >> (32 * digit) & 0xffff_ffff) as i64));
    let value = digits.fold(S::ZERO, |value, digit| value * S::from_i64(1 << 32) + digit);
    if integer < 0 { -value } else { value }
}

/// The reciprocal of a product, factor by factor, or of a sum within 64 bits.
fn reciprocal<S: Scalar>(polynomial: SizePolynomial<'_>) -> S {
    let one_over = |integer: i128| match u64::try_from(integer.unsigned_abs()) {
        Ok(magnitude) => S::from_ratio(if integer < 0 { -1 } else { 1 }, magnitude),
        Err(_) => panic!("a constant of the map has a denominator beyond 64 bits at these sizes"),
    };
    match (polynomial, exact(polynomial)) {
        (&[(integer, powers)], _) => powers.iter().fold(one_over(integer), |product, &(size, power)| {
            (0..power).fold(product, |product, _| product * S::from_ratio(1, size as u64))
        }),
        (_, Some(value)) => one_over(value),
        (_, None) => one_over(i128::MAX),
    }
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
        let integer = |value: i128| [(value, &[][..])];
        let of = |numerator: i128, denominator: i128| (integer(numerator), integer(denominator));
        let (six, minus_four) = of(6, -4);
        assert_eq!(quotient::<f64>(&six, &minus_four), -1.5);
        let (six, zero) = of(6, 0);
        assert_eq!(quotient::<f64>(&six, &zero), 0.0);
        let (two, four) = of(2, 4);
        assert_eq!(quotient::<Fp>(&two, &four) * Fp::new(2), Fp::new(1));
    }

    #[test]
    fn quotients_beyond_64_bits_do_not_wrap() {
        // d^10 / (3 d^11) = 1 / (3 d), 7 d^10 - 1, and 1 / d^10 at d = 1000 and 100.
        let (d10, d11): (&[_], &[_]) = (&[(1000, 10)], &[(1000, 11)]);
        assert_eq!(quotient::<f64>(&[(1, d10)], &[(3, d11)]), 1.0 / 3000.0);
        let power = (0..10).fold(Fp::ONE, |product, _| product * Fp::new(100));
        let d10: &[_] = &[(100, 10)];
        assert_eq!(quotient::<Fp>(&[(7, d10), (-1, &[])], &[(1, &[])]), Fp::new(7) * power - Fp::ONE);
        assert_eq!(quotient::<Fp>(&[(1, &[])], &[(1, d10)]) * power, Fp::ONE);
        assert_eq!(quotient::<f64>(&[(1, d10)], &[(1, &[])]), 1e20);
        assert_eq!(quotient::<f64>(&[(-(1 << 100), &[])], &[(1, &[])]), -(2.0_f64.powi(100)));
        // Beyond 127 bits.
        let d30: &[_] = &[(100, 30)];
        assert!((quotient::<f64>(&[(1, d30)], &[(1, &[])]) / 1e60 - 1.0).abs() < 1e-14);
    }
}
