//! Products with an array that all samples share: a sample in each lane, several rows of the array at once.
//!
//! For every label j the entries of `x_j` are loaded once for all these rows; their sums stay in registers.

use super::labels::{MOST_COLUMNS, by_columns};
use super::{Rows, Way};
use crate::{Pack, Scalar};

/// `target_ip = sum_j B_ij x_jp`.
#[inline(always)]
pub(super) fn apply<S: Scalar, V: Pack<S>>(
    matrix: &Rows<'_, S>,
    way: Way,
    columns: usize,
    x: &[V],
    target: &mut [V],
) {
    let size = [target.len() / columns, x.len() / columns];
    let entries = matrix.lane(0);
    assert_eq!(entries.len(), size[0] * size[1], "the entries of a matrix");
    let once;
    let made = match (way, matrix.made) {
        (Way::Plain, _) => entries,
        (_, Some(made)) => made.0[way as usize].get_or_init(|| make(entries, way, size)),
        (_, None) => {
            once = make(entries, way, size);
            &once
        }
    };
    by_columns!(columns, |first| rows::<C, S, V>(made, way, columns, first, x, target));
}

/// The matrix B, row after row.
#[cold]
fn make<S: Scalar>(matrix: &[S], way: Way, [outer, inner]: [usize; 2]) -> Vec<S> {
    let entry = |i, j| way.entry([i, j], [outer, inner], |place| matrix[place]);
    (0..outer).flat_map(|i| (0..inner).map(move |j| entry(i, j))).collect()
}

/// C entries of all vectors, from `first` on.
#[inline(always)]
fn rows<const C: usize, S: Scalar, V: Pack<S>>(
    matrix: &[S],
    way: Way,
    columns: usize,
    first: usize,
    x: &[V],
    target: &mut [V],
) {
    // Of 16 registers, or 32 of 64 bytes, so many hold sums that some are left.
    if C <= 3 || size_of::<V>() == 64 {
        some_rows::<4, C, S, V>(matrix, way, columns, first, x, target);
    } else {
        some_rows::<2, C, S, V>(matrix, way, columns, first, x, target);
    }
}

/// R rows at once.
#[inline(always)]
fn some_rows<const R: usize, const C: usize, S: Scalar, V: Pack<S>>(
    matrix: &[S],
    way: Way,
    columns: usize,
    first: usize,
    x: &[V],
    target: &mut [V],
) {
    let inner = x.len() / columns;
    for (block, (rows, target)) in matrix.chunks(R * inner).zip(target.chunks_mut(R * columns)).enumerate() {
        // The last row again, where fewer are left.
        let last = rows.len() / inner - 1;
        let mut parts: [&[S]; R] = [&[]; R];
        for (r, part) in parts.iter_mut().enumerate() {
            *part = &rows[r.min(last) * inner..][..inner];
        }
        let (i, end) = (block * R, block * R + last);
        let used = way.columns(i, inner).start.min(way.columns(end, inner).start)
            ..way.columns(i, inner).end.max(way.columns(end, inner).end);
        for part in &mut parts {
            *part = &part[used.clone()];
        }
        let mut sums = [[V::ZERO; C]; R];
        for (j, x) in x[used.start * columns..used.end * columns].chunks_exact(columns).enumerate() {
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
