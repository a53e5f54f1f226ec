//! Registers of 64 bytes: what those of 32 do with both halves, these do with four quarters.

use super::{F32x16, F64x8, machine};

/// Parts of sixteen rows to columns: a register holds a part of the rows w, w + 4, w + 8 and w + 12.
#[inline(always)]
pub(super) fn f32x16_columns(rows: [[f32; 4]; 16]) -> [F32x16; 4] {
    let [a, b, c, d] =
        core::array::from_fn(|w| bytemuck::must_cast([rows[w], rows[w + 4], rows[w + 8], rows[w + 12]]));
    let (ab, cd) = (instruction!(_mm512_unpacklo_ps(a, b)), instruction!(_mm512_unpacklo_ps(c, d)));
    let (ab_high, cd_high) = (instruction!(_mm512_unpackhi_ps(a, b)), instruction!(_mm512_unpackhi_ps(c, d)));
    let pairs = |low, high| -> [F32x16; 2] {
        let (low, high) = (bytemuck::must_cast(low), bytemuck::must_cast(high));
        let (first, second) =
            (instruction!(_mm512_unpacklo_pd(low, high)), instruction!(_mm512_unpackhi_pd(low, high)));
        [F32x16(bytemuck::must_cast(first)), F32x16(bytemuck::must_cast(second))]
    };
    let ([first, second], [third, fourth]) = (pairs(ab, cd), pairs(ab_high, cd_high));
    [first, second, third, fourth]
}

/// And back.
#[inline(always)]
pub(super) fn f32x16_rows(columns: [F32x16; 4]) -> [[f32; 4]; 16] {
    let quarters = columns.map(|column| bytemuck::must_cast::<_, [[f32; 4]; 4]>(column.0));
    let rows = f32x16_columns(core::array::from_fn(|w| quarters[w % 4][w / 4]));
    let rows = rows.map(|row| bytemuck::must_cast::<_, [[f32; 4]; 4]>(row.0));
    let mut all = [[0.0; 4]; 16];
    for (w, row) in all.iter_mut().enumerate() {
        *row = rows[w % 4][w / 4];
    }
    all
}

/// Rows to columns, four columns at a time.
#[inline(always)]
pub(super) fn f32x16_square(rows: [F32x16; 16]) -> [F32x16; 16] {
    let mut columns = [F32x16::new([0.0; 16]); 16];
    for (k, four) in columns.as_chunks_mut().0.iter_mut().enumerate() {
        let mut parts = [[0.0; 4]; 16];
        for (part, row) in parts.iter_mut().zip(rows) {
            *part = bytemuck::must_cast::<_, [[f32; 4]; 4]>(row.0)[k];
        }
        *four = f32x16_columns(parts);
    }
    columns
}

/// Parts of eight rows to columns, as [`f32x16_columns`].
#[inline(always)]
pub(super) fn f64x8_columns(rows: [[f64; 2]; 8]) -> [F64x8; 2] {
    let [a, b] =
        core::array::from_fn(|w| bytemuck::must_cast([rows[w], rows[w + 2], rows[w + 4], rows[w + 6]]));
    [F64x8(instruction!(_mm512_unpacklo_pd(a, b))), F64x8(instruction!(_mm512_unpackhi_pd(a, b)))]
}

/// And back.
#[inline(always)]
pub(super) fn f64x8_rows(columns: [F64x8; 2]) -> [[f64; 2]; 8] {
    let quarters = columns.map(|column| bytemuck::must_cast::<_, [[f64; 2]; 4]>(column.0));
    let rows = f64x8_columns(core::array::from_fn(|w| quarters[w % 2][w / 2]));
    let rows = rows.map(|row| bytemuck::must_cast::<_, [[f64; 2]; 4]>(row.0));
    core::array::from_fn(|w| rows[w % 2][w / 2])
}

/// Rows to columns, two columns at a time.
#[inline(always)]
pub(super) fn f64x8_square(rows: [F64x8; 8]) -> [F64x8; 8] {
    let parts = rows.map(|row| bytemuck::must_cast::<_, [[f64; 2]; 4]>(row.0));
    let columns: [[F64x8; 2]; 4] =
        core::array::from_fn(|k| f64x8_columns(core::array::from_fn(|w| parts[w][k])));
    core::array::from_fn(|k| columns[k / 2][k % 2])
}
