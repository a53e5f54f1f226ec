//! Registers of 32 bytes: rows to columns.

use super::{F32x8, F64x4, machine};

/// A register of numbers of two others, by array and index: `shuffled!(a b: a[0] b[0])`.
macro_rules! shuffled {
    ($name:ident $a:ident $b:ident: $($from:ident $at:literal)*) => {{
        let ($a, $b) = ($a.to_array(), $b.to_array());
        $name::new([$($from[$at]),*])
    }};
}

/// Rows to columns: single numbers, then pairs, then halves change places, each within what one instruction does.
#[inline(always)]
pub(super) fn f32x8_square([a, b, c, d, e, f, g, h]: [F32x8; 8]) -> [F32x8; 8] {
    let low = |x: F32x8, y: F32x8| shuffled!(F32x8 x y: x 0 y 0 x 1 y 1 x 4 y 4 x 5 y 5);
    let high = |x: F32x8, y: F32x8| shuffled!(F32x8 x y: x 2 y 2 x 3 y 3 x 6 y 6 x 7 y 7);
    let low_pairs = |x: F32x8, y: F32x8| shuffled!(F32x8 x y: x 0 x 1 y 0 y 1 x 4 x 5 y 4 y 5);
    let high_pairs = |x: F32x8, y: F32x8| shuffled!(F32x8 x y: x 2 x 3 y 2 y 3 x 6 x 7 y 6 y 7);
    let low_half = |x: F32x8, y: F32x8| shuffled!(F32x8 x y: x 0 x 1 x 2 x 3 y 0 y 1 y 2 y 3);
    let high_half = |x: F32x8, y: F32x8| shuffled!(F32x8 x y: x 4 x 5 x 6 x 7 y 4 y 5 y 6 y 7);
    let four = |a, b, c, d| {
        let (ab, ab_high, cd, cd_high) = (low(a, b), high(a, b), low(c, d), high(c, d));
        [low_pairs(ab, cd), high_pairs(ab, cd), low_pairs(ab_high, cd_high), high_pairs(ab_high, cd_high)]
    };
    let ([p, q, r, s], [t, u, v, w]) = (four(a, b, c, d), four(e, f, g, h));
    [
        low_half(p, t),
        low_half(q, u),
        low_half(r, v),
        low_half(s, w),
        high_half(p, t),
        high_half(q, u),
        high_half(r, v),
        high_half(s, w),
    ]
}

/// Rows to columns, as [`f32x8_square`].
#[inline(always)]
pub(super) fn f64x4_square([a, b, c, d]: [F64x4; 4]) -> [F64x4; 4] {
    let low = |x: F64x4, y: F64x4| shuffled!(F64x4 x y: x 0 y 0 x 2 y 2);
    let high = |x: F64x4, y: F64x4| shuffled!(F64x4 x y: x 1 y 1 x 3 y 3);
    let low_half = |x: F64x4, y: F64x4| shuffled!(F64x4 x y: x 0 x 1 y 0 y 1);
    let high_half = |x: F64x4, y: F64x4| shuffled!(F64x4 x y: x 2 x 3 y 2 y 3);
    let (ab, ab_high, cd, cd_high) = (low(a, b), high(a, b), low(c, d), high(c, d));
    [low_half(ab, cd), low_half(ab_high, cd_high), high_half(ab, cd), high_half(ab_high, cd_high)]
}

/// Parts of eight rows to columns: a register holds a part of row w and of row w + 4, and both halves are transposed alike.
#[inline(always)]
pub(super) fn f32x8_columns(rows: [[f32; 4]; 8]) -> [F32x8; 4] {
    let [a, b, c, d] = core::array::from_fn(|w| bytemuck::must_cast([rows[w], rows[w + 4]]));
    let (ab, cd) = (instruction!(_mm256_unpacklo_ps(a, b)), instruction!(_mm256_unpacklo_ps(c, d)));
    let (ab_high, cd_high) = (instruction!(_mm256_unpackhi_ps(a, b)), instruction!(_mm256_unpackhi_ps(c, d)));
    let pairs = |low, high| -> [F32x8; 2] {
        let (low, high) = (bytemuck::must_cast(low), bytemuck::must_cast(high));
        let (first, second) =
            (instruction!(_mm256_unpacklo_pd(low, high)), instruction!(_mm256_unpackhi_pd(low, high)));
        [F32x8(bytemuck::must_cast(first)), F32x8(bytemuck::must_cast(second))]
    };
    let ([first, second], [third, fourth]) = (pairs(ab, cd), pairs(ab_high, cd_high));
    [first, second, third, fourth]
}

/// And back.
#[inline(always)]
pub(super) fn f32x8_rows(columns: [F32x8; 4]) -> [[f32; 4]; 8] {
    let halves = columns.map(|column| bytemuck::must_cast::<_, [[f32; 4]; 2]>(column.0));
    let rows = f32x8_columns(core::array::from_fn(|w| halves[w % 4][w / 4]));
    let rows = rows.map(|row| bytemuck::must_cast::<_, [[f32; 4]; 2]>(row.0));
    core::array::from_fn(|w| rows[w % 4][w / 4])
}

/// Parts of four rows to columns, as [`f32x8_columns`].
#[inline(always)]
pub(super) fn f64x4_columns(rows: [[f64; 2]; 4]) -> [F64x4; 2] {
    let [a, b] = core::array::from_fn(|w| bytemuck::must_cast([rows[w], rows[w + 2]]));
    [F64x4(instruction!(_mm256_unpacklo_pd(a, b))), F64x4(instruction!(_mm256_unpackhi_pd(a, b)))]
}

/// And back.
#[inline(always)]
pub(super) fn f64x4_rows(columns: [F64x4; 2]) -> [[f64; 2]; 4] {
    let halves = columns.map(|column| bytemuck::must_cast::<_, [[f64; 2]; 2]>(column.0));
    let rows = f64x4_columns(core::array::from_fn(|w| halves[w % 2][w / 2]));
    let rows = rows.map(|row| bytemuck::must_cast::<_, [[f64; 2]; 2]>(row.0));
    core::array::from_fn(|w| rows[w % 2][w / 2])
}
