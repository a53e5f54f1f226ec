//! Products with an array that all samples share: a sample in each lane, several rows of the array at once.
//!
//! For every label j the entries of `x_j` are loaded once for all these rows; their sums stay in registers.

use std::borrow::Cow;

use super::Way;
use super::labels::{MOST_COLUMNS, by_columns};
use crate::{Pack, Scalar};

/// `target_ip = sum_j B_ij x_jp`.
#[inline(always)]
pub(crate) fn apply<S: Scalar, V: Pack<S>>(
    matrix: &[S],
    way: Way,
    columns: usize,
    x: &[V],
    target: &mut [V],
) {
    let (inner, outer) = (x.len() / columns, target.len() / columns);
    assert_eq!(matrix.len(), inner * outer, "the entries of a matrix");
    let matrix = made(matrix, way, inner, outer);
    by_columns!(columns, |first| rows::<C, S, V>(&matrix, columns, first, x, target));
}

/// The matrix B, row after row.
#[inline(always)]
fn made<S: Scalar>(matrix: &[S], way: Way, inner: usize, outer: usize) -> Cow<'_, [S]> {
    if way == Way::Plain {
        return matrix.into();
    }
    let mut made = vec![S::ZERO; matrix.len()];
    for (j, column) in matrix.chunks_exact(outer).enumerate() {
        column.iter().zip(made.chunks_exact_mut(inner)).for_each(|(&entry, row)| row[j] = entry);
    }
    if way != Way::Transposed {
        made.iter_mut().zip(matrix).for_each(|(other, &entry)| *other = way.entry(entry, *other));
    }
    made.into()
}

/// C entries of all vectors, from `first` on.
#[inline(always)]
fn rows<const C: usize, S: Scalar, V: Pack<S>>(
    matrix: &[S],
    columns: usize,
    first: usize,
    x: &[V],
    target: &mut [V],
) {
    // Of 16 registers, or 32 of 64 bytes, so many hold sums that some are left.
    if C <= 3 || size_of::<V>() == 64 {
        some_rows::<4, C, S, V>(matrix, columns, first, x, target);
    } else {
        some_rows::<2, C, S, V>(matrix, columns, first, x, target);
    }
}

/// R rows at once.
#[inline(always)]
fn some_rows<const R: usize, const C: usize, S: Scalar, V: Pack<S>>(
    matrix: &[S],
    columns: usize,
    first: usize,
    x: &[V],
    target: &mut [V],
) {
    let inner = x.len() / columns;
    for (rows, target) in matrix.chunks(R * inner).zip(target.chunks_mut(R * columns)) {
        // The last row again, where fewer are left.
        let last = rows.len() / inner - 1;
        let mut parts: [&[S]; R] = [&[]; R];
        for (r, part) in parts.iter_mut().enumerate() {
            *part = &rows[r.min(last) * inner..][..inner];
        }
        let mut sums = [[V::ZERO; C]; R];
        for (j, x) in x.chunks_exact(columns).enumerate() {
            let x = &x[first..first + C];
            for (sums, row) in sums.iter_mut().zip(parts) {
                let entry = V::splat(row[j]);
                for (sum, &x) in sums.iter_mut().zip(x) {
                    *sum = sum.add_product(entry, x);
                }
            }
        }
        for (target, sums) in target.chunks_exact_mut(columns).zip(sums) {
            target[first..first + C].copy_from_slice(&sums);
        }
    }
}
