//! Products with a sample in each lane: for few labels, and for numbers that are in no registers.

use super::{Rows, RowsMut, Way};
use crate::{Pack, Scalar};

/// `target_ip = sum_j B_ij x_jp`; p runs over `columns` entries.
#[inline(always)]
pub(super) fn apply<S: Scalar, V: Pack<S>>(
    matrix: &Rows<'_, S>,
    way: Way,
    columns: usize,
    x: &[V],
    target: &mut [V],
) {
    if columns == 0 {
        return;
    }
    let (inner, outer) = (x.len() / columns, target.len() / columns);
    assert_eq!(matrix.lane(0).len(), inner * outer, "the entries of a matrix");
    target.fill(V::ZERO);
    for i in 0..outer {
        for j in way.columns(i, inner) {
            let mut entry = V::ZERO;
            entry.lanes_mut().iter_mut().enumerate().for_each(|(w, lane)| {
                let matrix = matrix.lane(w);
                *lane = way.entry([i, j], [outer, inner], |place| matrix[place]);
            });
            for p in 0..columns {
                target[i * columns + p] += entry * x[j * columns + p];
            }
        }
    }
}

/// `target_ij = sum_p x_ip y_jp`.
#[inline(always)]
pub(super) fn outer<S: Scalar, V: Pack<S>>(columns: usize, x: &[V], y: &[V], target: &mut RowsMut<'_, S>) {
    if columns == 0 {
        return target.lanes().for_each(|(_, target)| target.fill(S::ZERO));
    }
    let labels = y.len() / columns;
    for (i, x) in x.chunks_exact(columns).enumerate() {
        for (j, y) in y.chunks_exact(columns).enumerate() {
            let sum = dot(x, y);
            target.lanes().for_each(|(w, target)| target[i * labels + j] = sum.lanes()[w]);
        }
    }
}

/// `target_ij += sum_p x_ip y_jp`, summed over the lanes.
#[inline(always)]
pub(super) fn add_outer<S: Scalar, V: Pack<S>>(
    columns: usize,
    x: &[V],
    y: &[V],
    upper: bool,
    target: &mut [S],
) {
    if columns == 0 {
        return;
    }
    let labels = y.len() / columns;
    assert_eq!(target.len(), x.len() / columns * labels, "the entries of a matrix");
    for (i, x) in x.chunks_exact(columns).enumerate() {
        for (j, y) in y.chunks_exact(columns).enumerate().skip(if upper { i } else { 0 }) {
            let sum = dot(x, y);
            target[i * labels + j] += sum.lanes().iter().fold(S::ZERO, |sum, &lane| sum + lane);
        }
    }
}

#[inline(always)]
fn dot<V: Scalar>(x: &[V], y: &[V]) -> V {
    let mut sum = V::ZERO;
    for (&x, &y) in x.iter().zip(y) {
        sum += x * y;
    }
    sum
}
