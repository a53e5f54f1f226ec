//! Products with lanes along the labels of one sample.
//!
//! Vectors `x_jp` are in the lanes of the samples; before and after, they are transposed: 1/n of the work. Matrices are read and
//! written once, in the order in which they lie in memory. Sums stay in registers, for which the entries p of a vector are taken at
//! most six at a time (`MOST_COLUMNS`), that is 12 sums of the 16 registers for two rows or two columns of a matrix at once.

use std::ops::Range;
use std::slice::ChunksExact;

use super::{Rows, RowsMut, Way};
use crate::{Pack, Scalar};

/// The most entries of a vector whose sums are in registers at once.
pub(super) const MOST_COLUMNS: usize = 6;
/// The most lanes of a register.
const MOST_LANES: usize = 16;
/// Rows of a tile of [`add_outer`].
const TILE_ROWS: usize = 6;

/// Whether labels fill a register, and that has no more lanes than there is room for.
#[inline(always)]
pub(super) fn fill<S: Scalar, V: Pack<S>>(labels: usize) -> bool {
    (1..=MOST_LANES.min(labels)).contains(&V::LANES)
}

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

/// From samples in lanes to labels in lanes: register `(block lanes + w) columns + p` holds `x_jp` of sample w, for the labels j of
/// the block.
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
                packed[(block * V::LANES + w) * columns + p] = register;
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
                *register = packed[(block * V::LANES + w) * columns + p];
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

pub(super) use by_columns;

/// `target_ip = sum_j B_ij x_jp`, for as many labels as registers have lanes, or more.
#[inline(always)]
pub(super) fn apply<S: Scalar, V: Pack<S>>(
    matrix: &Rows<'_, S>,
    way: Way,
    columns: usize,
    x: &[V],
    target: &mut [V],
) {
    let way = way.whole();
    apply_plain(matrix, way == Way::Transposed, columns, x, target);
    if matches!(way, Way::Sum | Way::Difference) {
        let mut other = vec![V::ZERO; target.len()];
        apply_plain(matrix, true, columns, x, &mut other);
        for (entry, other) in target.iter_mut().zip(other) {
            *entry = if way == Way::Sum { *entry + other } else { *entry - other };
        }
    }
}

/// `A x`, or `A^T x` if `transposed`.
#[inline(always)]
fn apply_plain<S: Scalar, V: Pack<S>>(
    matrix: &Rows<'_, S>,
    transposed: bool,
    columns: usize,
    x: &[V],
    target: &mut [V],
) {
    let (inner, outer) = (x.len() / columns, target.len() / columns);
    assert_eq!(matrix.lane(0).len(), inner * outer, "the entries of a matrix");
    let last = if transposed { Last::Again } else { Last::Filled };
    let of_target = Blocks { labels: outer, lanes: V::LANES, last };
    let mut result = vec![V::ZERO; V::LANES * columns * of_target.count()];
    if transposed {
        let mut vectors = vec![S::ZERO; V::LANES * x.len()];
        V::scatter(x, &mut vectors);
        for (w, x) in vectors.chunks_exact(x.len()).enumerate() {
            let matrix = matrix.lane(w);
            by_columns!(columns, |first| columns_of::<C, S, V>(
                matrix,
                columns,
                w * columns + first,
                &x[first..],
                of_target,
                &mut result
            ));
        }
    } else {
        let of_x = Blocks { labels: inner, lanes: V::LANES, last: Last::Masked };
        let mut packed = Vec::new();
        pack(x, columns, of_x, &mut packed);
        for w in 0..V::LANES {
            let matrix = matrix.lane(w);
            by_columns!(columns, |first| rows_of::<C, S, V>(
                matrix,
                w * columns + first,
                &packed,
                [of_x, of_target],
                &mut result
            ));
        }
    }
    unpack(&result, columns, of_target, target);
}

/// `sum_i A_ij x_ip` for the columns j of a matrix, two registers of them at once, to the registers from `first` on of each block;
/// `x` begins with the first entry.
#[inline(always)]
fn columns_of<const C: usize, S: Scalar, V: Pack<S>>(
    matrix: &[S],
    columns: usize,
    first: usize,
    x: &[S],
    blocks: Blocks,
    result: &mut [V],
) {
    for block in (0..blocks.count()).step_by(2) {
        // Where one is left, it is computed twice.
        let at = [block, (block + 1).min(blocks.count() - 1)];
        let starts = at.map(|block| blocks.start(block));
        let mut sums = [[V::ZERO; C]; 2];
        for (row, x) in matrix.chunks_exact(blocks.labels).zip(x.chunks(columns)) {
            let entries = [V::load(&row[starts[0]..]), V::load(&row[starts[1]..])];
            for (p, &x) in x[..C].iter().enumerate() {
                let x = V::splat(x);
                sums[0][p] = sums[0][p].add_product(entries[0], x);
                sums[1][p] = sums[1][p].add_product(entries[1], x);
            }
        }
        for (block, sums) in at.into_iter().zip(sums) {
            result[block * V::LANES * columns + first..][..C].copy_from_slice(&sums);
        }
    }
}

/// `sum_j A_ij x_jp` for the rows i of a matrix, two rows at once, from and to the registers from `first` on of each block. The sums
/// over the lanes of as many rows as lanes are made together.
#[inline(always)]
fn rows_of<const C: usize, S: Scalar, V: Pack<S>>(
    matrix: &[S],
    first: usize,
    x: &[V],
    [of_x, of_target]: [Blocks; 2],
    result: &mut [V],
) {
    let labels = of_x.labels;
    let (depth, result_depth) = (x.len() / of_x.count(), result.len() / of_target.count());
    let row = |i: usize| &matrix[i.min(of_target.labels - 1) * labels..][..labels];
    for (block, result) in result.chunks_exact_mut(result_depth).enumerate() {
        let mut all = [[V::ZERO; MOST_LANES]; C];
        for r in (0..V::LANES).step_by(2) {
            // Rows beyond the last one are the last one again, and dropped.
            let i = of_target.start(block) + r;
            if i >= of_target.labels {
                break;
            }
            let rows = [row(i), row(i + 1)];
            let mut sums = [[V::ZERO; C]; 2];
            for (k, x) in x.chunks_exact(depth).enumerate() {
                let start = of_x.start(k);
                let entries = [V::load(&rows[0][start..]), V::load(&rows[1][start..])];
                for (p, &x) in x[first..first + C].iter().enumerate() {
                    sums[0][p] = sums[0][p].add_product(entries[0], x);
                    sums[1][p] = sums[1][p].add_product(entries[1], x);
                }
            }
            for p in 0..C {
                all[p][r] = sums[0][p];
                all[p][r + 1] = sums[1][p];
            }
        }
        for (sums, result) in all.iter_mut().zip(&mut result[first..first + C]) {
            *result = sum_of_lanes::<S, V>(&mut sums[..V::LANES]);
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
pub(super) fn outer<S: Scalar, V: Pack<S>>(columns: usize, x: &[V], y: &[V], target: &mut RowsMut<'_, S>) {
    let blocks = Blocks { labels: y.len() / columns, lanes: V::LANES, last: Last::Again };
    let (mut packed, mut masked) = (Vec::new(), Vec::new());
    let mut vectors = vec![S::ZERO; V::LANES * x.len()];
    V::scatter(x, &mut vectors);
    pack(y, columns, blocks, &mut packed);
    // What is added is added once.
    if columns > MOST_COLUMNS {
        pack(y, columns, Blocks { last: Last::Masked, ..blocks }, &mut masked);
    }
    for (w, target) in target.lanes() {
        assert_eq!(target.len(), x.len() / columns * blocks.labels, "the entries of a matrix");
        let x = &vectors[w * x.len()..][..x.len()];
        by_columns!(columns, |first| outer_rows::<C, S, V>(
            columns,
            [w, first],
            x,
            if first == 0 { &packed } else { &masked },
            blocks,
            target
        ));
    }
}

/// Two rows at once; what is not of the first columns is added.
#[inline(always)]
fn outer_rows<const C: usize, S: Scalar, V: Pack<S>>(
    columns: usize,
    [w, first]: [usize; 2],
    x: &[S],
    y: &[V],
    blocks: Blocks,
    target: &mut [S],
) {
    let at = w * columns + first;
    for (rows, x) in target.chunks_mut(2 * blocks.labels).zip(x.chunks(2 * columns)) {
        let (upper, lower) = rows.split_at_mut(blocks.labels);
        // Of an odd number of rows, the last one is alone.
        let other = if lower.is_empty() { 0 } else { columns };
        let mut factors = [[V::ZERO; C]; 2];
        for p in 0..C {
            factors[0][p] = V::splat(x[first + p]);
            factors[1][p] = V::splat(x[other + first + p]);
        }
        for (k, y) in y.chunks_exact(V::LANES * columns).enumerate() {
            let mut sums = [V::ZERO; 2];
            for (p, &y) in y[at..at + C].iter().enumerate() {
                sums[0] = sums[0].add_product(factors[0][p], y);
                sums[1] = sums[1].add_product(factors[1][p], y);
            }
            let start = blocks.start(k);
            let whole = start..start + V::LANES;
            if first > 0 {
                sums[0] += V::load(&upper[whole.clone()]);
            }
            sums[0].store(&mut upper[whole.clone()]);
            if !lower.is_empty() {
                if first > 0 {
                    sums[1] += V::load(&lower[whole.clone()]);
                }
                sums[1].store(&mut lower[whole]);
            }
        }
    }
}

/// `target_ij += sum_p x_ip y_jp`, summed over the samples, for as many j as registers have lanes, or more: a product of two
/// matrices whose common index is (sample, p), in tiles of 6 rows and two registers.
#[inline(always)]
pub(super) fn add_outer<S: Scalar, V: Pack<S>>(
    columns: usize,
    x: &[V],
    y: &[V],
    upper: bool,
    target: &mut [S],
) {
    let of_x = Blocks { labels: x.len() / columns, lanes: V::LANES, last: Last::Filled };
    let of_y = Blocks { labels: y.len() / columns, lanes: V::LANES, last: Last::Masked };
    assert_eq!(target.len(), of_x.labels * of_y.labels, "the entries of a matrix");
    let (mut packed, depth) = (Vec::new(), V::LANES * columns);
    pack(x, columns, of_x, &mut packed);
    // For every common index all rows, and some zeros where the last tile goes beyond them.
    let stride = of_x.labels.next_multiple_of(TILE_ROWS).max(of_x.count() * V::LANES);
    let mut left = vec![S::ZERO; depth * stride];
    for (index, rows) in left.chunks_exact_mut(stride).enumerate() {
        for (registers, rows) in packed.chunks_exact(depth).zip(rows.chunks_exact_mut(V::LANES)) {
            registers[index].store(rows);
        }
    }
    pack(y, columns, of_y, &mut packed);
    for row in (0..of_x.labels).step_by(TILE_ROWS) {
        let mut block = 0;
        while block < of_y.count() {
            if upper && of_y.held(block).end <= row {
                block += 1;
                continue;
            }
            let (left, right) = (left.chunks_exact(stride), &packed[block * depth..]);
            // Evenly, so that the last tile has not one register alone.
            let rest = of_y.count() - block;
            let width = rest.div_ceil(rest.div_ceil(widest_tile::<V>()));
            match width {
                1 => add_tile::<1, S, V>(left, right, of_y, [row, block], target),
                2 => add_tile::<2, S, V>(left, right, of_y, [row, block], target),
                3 => add_tile::<3, S, V>(left, right, of_y, [row, block], target),
                _ => add_tile::<4, S, V>(left, right, of_y, [row, block], target),
            }
            block += width;
        }
    }
}

/// How many registers side by side a tile has: of 32 registers of 64 bytes, 24 sums; of 16 others, 12.
const fn widest_tile<V>() -> usize {
    if size_of::<V>() == 64 { 4 } else { 2 }
}

/// Adds a tile of [`add_outer`] at a row and W registers.
#[inline(always)]
fn add_tile<const W: usize, S: Scalar, V: Pack<S>>(
    left: ChunksExact<'_, S>,
    right: &[V],
    blocks: Blocks,
    [row, block]: [usize; 2],
    target: &mut [S],
) {
    let depth = left.len();
    let right = &right[..W * depth];
    let mut sums = [[V::ZERO; W]; TILE_ROWS];
    for (index, left) in left.enumerate() {
        let mut registers = [V::ZERO; W];
        for (k, register) in registers.iter_mut().enumerate() {
            *register = right[k * depth + index];
        }
        for (sums, &x) in sums.iter_mut().zip(&left[row..row + TILE_ROWS]) {
            let x = V::splat(x);
            for (sum, &y) in sums.iter_mut().zip(&registers) {
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
