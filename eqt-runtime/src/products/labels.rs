//! Products with lanes along the labels of one sample.
//!
//! Vectors `x_jp` are in the lanes of the samples; before and after, they are transposed: 1/n of the work. Matrices are read and
//! written once, in the order in which they lie in memory. Sums stay in registers, for which the entries p of a vector are taken at
//! most six at a time (`MOST_COLUMNS`), that is 12 sums of the 16 registers for two rows or two columns of a matrix at once.

use std::ops::Range;

use super::{Rows, RowsMut};
use crate::{Pack, Scalar};

/// The most entries of a vector whose sums are in registers at once.
const MOST_COLUMNS: usize = 6;
/// The most lanes of a register.
const MOST_LANES: usize = 16;
/// Rows of a tile of [`add_outer_along`].
const TILE_ROWS: usize = 6;

/// What the last register over labels holds, where their number is no multiple of its lanes.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// The labels that are left, then zeros.
    Filled,
    /// The last labels: some of those before again.
    Again,
    /// The same, with zeros in the place of those before.
    Masked,
}

/// How labels lie in registers.
#[derive(Clone, Copy)]
struct Blocks {
    labels: usize,
    lanes: usize,
    last: Last,
}

impl Blocks {
    #[inline(always)]
    fn count(self) -> usize {
        self.labels.div_ceil(self.lanes)
    }

    /// The label in the first lane of a register.
    #[inline(always)]
    fn start(self, block: usize) -> usize {
        match self.last {
            Last::Filled => block * self.lanes,
            Last::Again | Last::Masked => (block * self.lanes).min(self.labels - self.lanes),
        }
    }

    /// The labels that a register holds, not counting those of other registers.
    #[inline(always)]
    fn held(self, block: usize) -> Range<usize> {
        let first = if self.last == Last::Masked { block * self.lanes } else { self.start(block) };
        first..(self.start(block) + self.lanes).min(self.labels)
    }
}

/// From samples in lanes to labels in lanes: register `(w columns + p) blocks + block` holds `x_jp` of sample w.
#[inline(always)]
fn pack<S: Scalar, V: Pack<S>>(x: &[V], columns: usize, blocks: Blocks, packed: &mut Vec<V>) {
    let count = blocks.count();
    packed.resize(V::LANES * columns * count, V::ZERO);
    let mut square = [V::ZERO; MOST_LANES];
    for block in 0..count {
        let (start, held) = (blocks.start(block), blocks.held(block));
        for p in 0..columns {
            for (r, register) in square[..V::LANES].iter_mut().enumerate() {
                *register = if held.contains(&(start + r)) { x[(start + r) * columns + p] } else { V::ZERO };
            }
            V::transpose(&mut square[..V::LANES]);
            for (w, &register) in square[..V::LANES].iter().enumerate() {
                packed[(w * columns + p) * count + block] = register;
            }
        }
    }
}

/// And back.
#[inline(always)]
fn unpack<S: Scalar, V: Pack<S>>(packed: &[V], columns: usize, blocks: Blocks, x: &mut [V]) {
    let count = blocks.count();
    let mut square = [V::ZERO; MOST_LANES];
    for block in 0..count {
        let start = blocks.start(block);
        for p in 0..columns {
            for (w, register) in square[..V::LANES].iter_mut().enumerate() {
                *register = packed[(w * columns + p) * count + block];
            }
            V::transpose(&mut square[..V::LANES]);
            for (r, &register) in square[..V::LANES].iter().enumerate().take(blocks.labels - start) {
                x[(start + r) * columns + p] = register;
            }
        }
    }
}

/// Calls a function with the number of columns of every group of columns as a constant.
macro_rules! by_columns {
    ($columns:expr, |$first:ident| $function:ident::<C, $S:ident, $V:ident>($($argument:expr),*)) => {{
        let (columns, mut $first): (usize, usize) = ($columns, 0);
        let mut groups = columns.div_ceil(MOST_COLUMNS);
        while groups > 0 {
            let size = (columns - $first).div_ceil(groups);
            match size {
                1 => $function::<1, $S, $V>($($argument),*),
                2 => $function::<2, $S, $V>($($argument),*),
                3 => $function::<3, $S, $V>($($argument),*),
                4 => $function::<4, $S, $V>($($argument),*),
                5 => $function::<5, $S, $V>($($argument),*),
                _ => $function::<MOST_COLUMNS, $S, $V>($($argument),*),
            }
            $first += size;
            groups -= 1;
        }
    }};
}

/// `target_ip = sum_j A_ij x_jp`, or with `transposed` `sum_j A_ji x_jp`, for matrices that have as many columns as registers lanes,
/// or more.
#[inline(always)]
pub(crate) fn apply_along<S: Scalar, V: Pack<S>>(
    matrix: &Rows<'_, S>,
    transposed: bool,
    columns: usize,
    x: &[V],
    target: &mut [V],
) {
    let (inner, outer) = (x.len() / columns, target.len() / columns);
    assert_eq!(matrix.lane(0).len(), inner * outer, "the entries of a matrix");
    let (mut vectors, mut packed, mut result) = (Vec::new(), Vec::new(), Vec::new());
    let last = if transposed { Last::Again } else { Last::Filled };
    let of_target = Blocks { labels: outer, lanes: V::LANES, last };
    result.resize(V::LANES * columns * of_target.count(), V::ZERO);
    let results = result.chunks_exact_mut(columns * of_target.count()).enumerate();
    if transposed {
        vectors.resize(V::LANES * x.len(), S::ZERO);
        V::scatter(x, &mut vectors);
        for (w, result) in results {
            let (matrix, x) = (matrix.lane(w), &vectors[w * x.len()..][..x.len()]);
            by_columns!(columns, |first| columns_of::<C, S, V>(matrix, columns, first, x, of_target, result));
        }
    } else {
        let of_x = Blocks { labels: inner, lanes: V::LANES, last: Last::Masked };
        pack(x, columns, of_x, &mut packed);
        let packed = packed.chunks_exact(columns * of_x.count());
        for ((w, result), x) in results.zip(packed) {
            let matrix = matrix.lane(w);
            by_columns!(columns, |first| rows_of::<C, S, V>(matrix, first, x, of_x, of_target, result));
        }
    }
    unpack(&result, columns, of_target, target);
}

/// `sum_i A_ij x_ip` for the columns j of a matrix, two registers of them at once.
#[inline(always)]
fn columns_of<const C: usize, S: Scalar, V: Pack<S>>(
    matrix: &[S],
    columns: usize,
    first: usize,
    x: &[S],
    blocks: Blocks,
    result: &mut [V],
) {
    let count = blocks.count();
    let mut block = 0;
    while block < count {
        // Where one is left, it is computed twice.
        let at = [block, (block + 1).min(count - 1)];
        let starts = at.map(|block| blocks.start(block));
        let mut sums = [[V::ZERO; C]; 2];
        for (row, x) in matrix.chunks_exact(blocks.labels).zip(x.chunks_exact(columns)) {
            let entries = [V::load(&row[starts[0]..]), V::load(&row[starts[1]..])];
            for (p, &x) in x[first..first + C].iter().enumerate() {
                let x = V::splat(x);
                sums[0][p] = sums[0][p].add_product(entries[0], x);
                sums[1][p] = sums[1][p].add_product(entries[1], x);
            }
        }
        for (block, sums) in at.into_iter().zip(sums) {
            for (p, sum) in sums.into_iter().enumerate() {
                result[(first + p) * count + block] = sum;
            }
        }
        block += 2;
    }
}

/// `sum_j A_ij x_jp` for the rows i of a matrix, two rows at once; the sums over the lanes of as many rows as lanes are made together.
#[inline(always)]
fn rows_of<const C: usize, S: Scalar, V: Pack<S>>(
    matrix: &[S],
    first: usize,
    x: &[V],
    of_x: Blocks,
    of_target: Blocks,
    result: &mut [V],
) {
    let (labels, count) = (of_x.labels, of_x.count());
    let x = &x[first * count..][..C * count];
    let row = |i: usize| &matrix[i.min(of_target.labels - 1) * labels..][..labels];
    for block in 0..of_target.count() {
        let mut all = [[V::ZERO; MOST_LANES]; C];
        for r in (0..V::LANES).step_by(2) {
            // Rows beyond the last one are the last one again, and dropped.
            let i = of_target.start(block) + r;
            if i >= of_target.labels {
                break;
            }
            let rows = [row(i), row(i + 1)];
            let mut sums = [[V::ZERO; C]; 2];
            for k in 0..count {
                let start = of_x.start(k);
                let entries = [V::load(&rows[0][start..]), V::load(&rows[1][start..])];
                for p in 0..C {
                    let x = x[p * count + k];
                    sums[0][p] = sums[0][p].add_product(entries[0], x);
                    sums[1][p] = sums[1][p].add_product(entries[1], x);
                }
            }
            for p in 0..C {
                all[p][r] = sums[0][p];
                all[p][r + 1] = sums[1][p];
            }
        }
        for (p, sums) in all.iter_mut().enumerate() {
            result[(first + p) * of_target.count() + block] = sum_of_lanes::<S, V>(&mut sums[..V::LANES]);
        }
    }
}

/// In lane r, the sum over the lanes of register r.
#[inline(always)]
fn sum_of_lanes<S: Scalar, V: Pack<S>>(registers: &mut [V]) -> V {
    V::transpose(registers);
    let mut step = 1;
    while step < V::LANES {
        for r in (0..V::LANES).step_by(2 * step) {
            let term = registers[r + step];
            registers[r] += term;
        }
        step *= 2;
    }
    registers[0]
}

/// `target_ij = sum_p x_ip y_jp`, for as many j as registers have lanes, or more.
#[inline(always)]
pub(crate) fn outer_along<S: Scalar, V: Pack<S>>(
    columns: usize,
    x: &[V],
    y: &[V],
    target: &mut RowsMut<'_, S>,
) {
    let blocks = Blocks { labels: y.len() / columns, lanes: V::LANES, last: Last::Again };
    let (mut vectors, mut packed, mut masked) = (Vec::new(), Vec::new(), Vec::new());
    vectors.resize(V::LANES * x.len(), S::ZERO);
    V::scatter(x, &mut vectors);
    pack(y, columns, blocks, &mut packed);
    // What is added is added once.
    if columns > MOST_COLUMNS {
        pack(y, columns, Blocks { last: Last::Masked, ..blocks }, &mut masked);
    }
    let per_sample = columns * blocks.count();
    for (w, target) in target.lanes() {
        assert_eq!(target.len(), x.len() / columns * blocks.labels, "the entries of a matrix");
        let x = &vectors[w * x.len()..][..x.len()];
        let of_sample = w * per_sample..(w + 1) * per_sample;
        let (y, masked) = (&packed[of_sample.clone()], masked.get(of_sample).unwrap_or_default());
        by_columns!(columns, |first| outer_rows::<C, S, V>(
            columns,
            first,
            x,
            if first == 0 { y } else { masked },
            blocks,
            target
        ));
    }
}

/// Two rows at once; what is not of the first columns is added.
#[inline(always)]
fn outer_rows<const C: usize, S: Scalar, V: Pack<S>>(
    columns: usize,
    first: usize,
    x: &[S],
    y: &[V],
    blocks: Blocks,
    target: &mut [S],
) {
    let count = blocks.count();
    let y = &y[first * count..][..C * count];
    for (pair, rows) in target.chunks_mut(2 * blocks.labels).enumerate() {
        let (upper, lower) = rows.split_at_mut(blocks.labels);
        let factors: [[V; C]; 2] = std::array::from_fn(|r| {
            let i = if lower.is_empty() { 2 * pair } else { 2 * pair + r };
            std::array::from_fn(|p| V::splat(x[i * columns + first + p]))
        });
        for k in 0..count {
            let mut sums = [V::ZERO; 2];
            for p in 0..C {
                let y = y[p * count + k];
                sums[0] = sums[0].add_product(factors[0][p], y);
                sums[1] = sums[1].add_product(factors[1][p], y);
            }
            let start = blocks.start(k);
            for (row, sum) in [&mut *upper, &mut *lower].into_iter().zip(sums) {
                // Of an odd number of rows, the last one is alone.
                let Some(entries) = row.get_mut(start..start + V::LANES) else { continue };
                let before = if first == 0 { V::ZERO } else { V::load(entries) };
                (before + sum).store(entries);
            }
        }
    }
}

/// `target_ij += sum_p x_ip y_jp`, summed over the samples, for as many j as registers have lanes, or more: a product of two
/// matrices whose common index is (sample, p), in tiles of 6 rows and two registers.
#[inline(always)]
pub(crate) fn add_outer_along<S: Scalar, V: Pack<S>>(
    columns: usize,
    x: &[V],
    y: &[V],
    upper: bool,
    target: &mut [S],
) {
    let of_x = Blocks { labels: x.len() / columns, lanes: V::LANES, last: Last::Filled };
    let of_y = Blocks { labels: y.len() / columns, lanes: V::LANES, last: Last::Masked };
    assert_eq!(target.len(), of_x.labels * of_y.labels, "the entries of a matrix");
    let (mut packed_x, mut packed_y) = (Vec::new(), Vec::new());
    pack(x, columns, of_x, &mut packed_x);
    pack(y, columns, of_y, &mut packed_y);
    // The rows of a tile beyond the last label are read, and dropped.
    let mut left = Vec::with_capacity(packed_x.len() * V::LANES + TILE_ROWS);
    packed_x.iter().for_each(|register| left.extend_from_slice(register.lanes()));
    left.resize(left.len() + TILE_ROWS, S::ZERO);
    let stride = of_x.count() * V::LANES;
    for i in (0..of_x.labels).step_by(TILE_ROWS) {
        let mut block = 0;
        while block < of_y.count() {
            let width = (of_y.count() - block).min(2);
            let end = of_y.held(block + width - 1).end;
            if !upper || end > i {
                match width {
                    1 => tile::<1, S, V>(&left[i..], stride, &packed_y[block..], of_y, [i, block], target),
                    _ => tile::<2, S, V>(&left[i..], stride, &packed_y[block..], of_y, [i, block], target),
                }
            }
            block += width;
        }
    }
}

/// A tile of [`add_outer_along`] at a row and a register.
#[inline(always)]
fn tile<const W: usize, S: Scalar, V: Pack<S>>(
    left: &[S],
    stride: usize,
    right: &[V],
    blocks: Blocks,
    [row, block]: [usize; 2],
    target: &mut [S],
) {
    let mut sums = [[V::ZERO; W]; TILE_ROWS];
    for (left, right) in left.windows(TILE_ROWS).step_by(stride).zip(right.chunks(blocks.count())) {
        let Some(right) = right.first_chunk::<W>() else { break };
        for (sums, &x) in sums.iter_mut().zip(left) {
            let x = V::splat(x);
            for (sum, &y) in sums.iter_mut().zip(right) {
                *sum = sum.add_product(x, y);
            }
        }
    }
    for (target, sums) in target[row * blocks.labels..].chunks_exact_mut(blocks.labels).zip(sums) {
        for (k, sum) in sums.into_iter().enumerate() {
            let entries = &mut target[blocks.start(block + k)..];
            (V::load(entries) + sum).store(entries);
        }
    }
}
