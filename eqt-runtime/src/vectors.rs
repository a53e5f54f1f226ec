//! Vector registers as scalars: what batches compute with on x86_64.
//!
//! Values live in registers, and an operation on them is one instruction; with arrays of numbers the compiler has to find both out
//! anew for every loop of every map. Elsewhere batches compute with [`Lanes`].
//!
//! Every processor has the registers of 16 bytes. Those of 32 and 64 bytes are private: their operations are sound only where AVX2 or
//! AVX-512 is, and the driver of batches, which has looked, is the only one to call them
//! ([`InstructionSet`](crate::batch::InstructionSet)).

use core::arch::x86_64 as machine;
use core::fmt;
use core::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::Scalar;
use crate::lanes::{Broadcast, Lanes, Pack};

/// An instruction that the machine has.
macro_rules! instruction {
    ($instruction:ident($($argument:expr),*)) => {{
        // SAFETY: SSE2 is part of x86_64; and what needs more is only called, on the private types of 32 and 64 bytes, by code of
        // the driver of batches that is reached where AVX2 or AVX-512 was found.
        #[allow(unsafe_code)]
        unsafe { machine::$instruction($($argument),*) }
    }};
}

macro_rules! vector {
    (
        $(#[$doc:meta])*
        $visibility:vis $name:ident, $scalar:ident x $lanes:literal in $register:ident:
        $add:ident, $sub:ident, $mul:ident, $square:ident, $columns:literal columns by $transpose:ident, $transpose_back:ident
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        #[repr(transparent)]
        $visibility struct $name(machine::$register);

        impl $name {
            /// A register with these numbers.
            #[inline(always)]
            $visibility const fn new(lanes: [$scalar; $lanes]) -> Self {
                Self(bytemuck::must_cast(lanes))
            }

            /// The numbers in it.
            #[inline(always)]
            $visibility const fn to_array(self) -> [$scalar; $lanes] {
                bytemuck::must_cast(self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.to_array()).finish()
            }
        }

        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                self.to_array() == other.to_array()
            }
        }

        impl Default for $name {
            #[inline]
            fn default() -> Self {
                Self::ZERO
            }
        }

        impl Scalar for $name {
            type Pack = Lanes<Self, 1>;

            const ZERO: Self = Self::new([0.0; $lanes]);
            const ONE: Self = Self::new([1.0; $lanes]);

            #[inline]
            fn from_i64(value: i64) -> Self {
                Self::splat($scalar::from_i64(value))
            }

            #[inline]
            fn from_ratio(numerator: i64, denominator: u64) -> Self {
                Self::splat($scalar::from_ratio(numerator, denominator))
            }
        }

        impl Broadcast<$name> for $scalar {
            #[inline(always)]
            fn broadcast(self) -> $name {
                $name::splat(self)
            }
        }

        impl Pack<$scalar> for $name {
            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(value: $scalar) -> Self {
                Self::new([value; $lanes])
            }

            #[inline(always)]
            fn lanes(&self) -> &[$scalar] {
                bytemuck::must_cast_ref::<_, [$scalar; $lanes]>(&self.0)
            }

            #[inline(always)]
            fn lanes_mut(&mut self) -> &mut [$scalar] {
                bytemuck::must_cast_mut::<_, [$scalar; $lanes]>(&mut self.0)
            }

            #[inline(always)]
            fn gather(target: &mut [Self], rows: &[$scalar]) {
                let length = target.len();
                assert_eq!(rows.len(), $lanes * length, "a row per lane");
                if length == 1 {
                    target[0] = Self::new(core::array::from_fn(|w| rows[w]));
                    return;
                }
                let mut first = 0;
                while first + $lanes <= length {
                    let mut whole = [Self::ZERO; $lanes];
                    for (w, row) in whole.iter_mut().enumerate() {
                        *row = Self::new(*present(rows[w * length + first..].first_chunk()));
                    }
                    let columns = $square(whole);
                    target[first..first + $lanes].copy_from_slice(&columns);
                    first += $lanes;
                }
                while first < length {
                    // The last columns again, where fewer are left: a row is read as a whole register half.
                    first = first.min(length.saturating_sub($columns));
                    let mut parts = [[0.0; $columns]; $lanes];
                    for (w, part) in parts.iter_mut().enumerate() {
                        let start = w * length + first;
                        *part = match rows[start..].first_chunk() {
                            Some(row) => *row,
                            // Past the end of the last row there is nothing to read.
                            None => core::array::from_fn(|k| rows.get(start + k).copied().unwrap_or(0.0)),
                        };
                    }
                    let columns = $transpose(parts);
                    for (lanes, column) in target[first..].iter_mut().zip(columns) {
                        *lanes = column;
                    }
                    first += $columns;
                }
            }

            #[inline(always)]
            fn scatter(source: &[Self], rows: &mut [$scalar]) {
                let length = source.len();
                assert_eq!(rows.len(), $lanes * length, "a row per lane");
                if length == 1 {
                    rows.copy_from_slice(&source[0].to_array());
                    return;
                }
                let mut first = 0;
                while first + $lanes <= length {
                    let columns = *present(source[first..].first_chunk());
                    for (w, row) in $square(columns).into_iter().enumerate() {
                        *present(rows[w * length + first..].first_chunk_mut()) = row.to_array();
                    }
                    first += $lanes;
                }
                while first < length {
                    first = first.min(length.saturating_sub($columns));
                    let columns = core::array::from_fn(|k| source.get(first + k).copied().unwrap_or(Self::ZERO));
                    // In increasing order: where a row is shorter than a register half, the next one overwrites what is too much.
                    for (w, row) in $transpose_back(columns).into_iter().enumerate() {
                        let start = w * length + first;
                        match rows[start..].first_chunk_mut() {
                            Some(place) => *place = row,
                            None => rows[start..].iter_mut().zip(row).for_each(|(place, value)| *place = value),
                        }
                    }
                    first += $columns;
                }
            }
        }

        vector! { # $name Add add AddAssign add_assign $add }
        vector! { # $name Sub sub SubAssign sub_assign $sub }
        vector! { # $name Mul mul MulAssign mul_assign $mul }

        impl Neg for $name {
            type Output = Self;

            #[inline(always)]
            fn neg(self) -> Self {
                Self::new(self.to_array().map(Neg::neg))
            }
        }
    };
    (
        # $name:ident $trait:ident $method:ident $assign:ident $assign_method:ident $instruction:ident
    ) => {
        impl $trait for $name {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(instruction!($instruction(self.0, other.0)))
            }
        }

        impl $assign for $name {
            #[inline(always)]
            fn $assign_method(&mut self, other: Self) {
                self.0 = instruction!($instruction(self.0, other.0));
            }
        }
    };
}

vector! {
    /// Four single precision numbers.
    pub F32x4, f32 x 4 in __m128: _mm_add_ps, _mm_sub_ps, _mm_mul_ps, f32x4_square, 4 columns by f32x4_columns, f32x4_rows
}
vector! {
    /// Two double precision numbers.
    pub F64x2, f64 x 2 in __m128d: _mm_add_pd, _mm_sub_pd, _mm_mul_pd, f64x2_square, 2 columns by f64x2_columns, f64x2_rows
}
vector! {
    /// Eight single precision numbers.
    pub(crate) F32x8, f32 x 8 in __m256: _mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, f32x8_square, 4 columns by f32x8_columns, f32x8_rows
}
vector! {
    /// Four double precision numbers.
    pub(crate) F64x4, f64 x 4 in __m256d: _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, f64x4_square, 2 columns by f64x4_columns, f64x4_rows
}

#[cfg(feature = "avx512")]
vector! {
    /// Sixteen single precision numbers.
    pub(crate) F32x16, f32 x 16 in __m512: _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, f32x16_square, 4 columns by f32x16_columns, f32x16_rows
}
#[cfg(feature = "avx512")]
vector! {
    /// Eight double precision numbers.
    pub(crate) F64x8, f64 x 8 in __m512d: _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, f64x8_square, 2 columns by f64x8_columns, f64x8_rows
}

/// A part of a row that is there, as its first index says.
#[inline(always)]
fn present<X>(part: Option<X>) -> X {
    match part {
        Some(part) => part,
        None => unreachable!("a whole register is left of every row"),
    }
}

/// Parts of four rows to columns.
#[inline(always)]
fn f32x4_columns(rows: [[f32; 4]; 4]) -> [F32x4; 4] {
    let [a, b, c, d] = rows.map(|row| F32x4::new(row).0);
    let (ab, cd) = (instruction!(_mm_unpacklo_ps(a, b)), instruction!(_mm_unpacklo_ps(c, d)));
    let (ab_high, cd_high) = (instruction!(_mm_unpackhi_ps(a, b)), instruction!(_mm_unpackhi_ps(c, d)));
    [
        F32x4(instruction!(_mm_movelh_ps(ab, cd))),
        F32x4(instruction!(_mm_movehl_ps(cd, ab))),
        F32x4(instruction!(_mm_movelh_ps(ab_high, cd_high))),
        F32x4(instruction!(_mm_movehl_ps(cd_high, ab_high))),
    ]
}

/// And back.
#[inline(always)]
fn f32x4_rows(columns: [F32x4; 4]) -> [[f32; 4]; 4] {
    f32x4_columns(columns.map(F32x4::to_array)).map(F32x4::to_array)
}

/// Parts of two rows to columns.
#[inline(always)]
fn f64x2_columns(rows: [[f64; 2]; 2]) -> [F64x2; 2] {
    let [a, b] = rows.map(|row| F64x2::new(row).0);
    [F64x2(instruction!(_mm_unpacklo_pd(a, b))), F64x2(instruction!(_mm_unpackhi_pd(a, b)))]
}

/// And back.
#[inline(always)]
fn f64x2_rows(columns: [F64x2; 2]) -> [[f64; 2]; 2] {
    f64x2_columns(columns.map(F64x2::to_array)).map(F64x2::to_array)
}

/// Whole registers of rows to columns.
#[inline(always)]
fn f32x4_square(rows: [F32x4; 4]) -> [F32x4; 4] {
    f32x4_columns(rows.map(F32x4::to_array))
}

/// Whole registers of rows to columns.
#[inline(always)]
fn f64x2_square(rows: [F64x2; 2]) -> [F64x2; 2] {
    f64x2_columns(rows.map(F64x2::to_array))
}

/// A register of numbers of two others, by array and index: `shuffled!(a b: a[0] b[0])`.
macro_rules! shuffled {
    ($name:ident $a:ident $b:ident: $($from:ident $at:literal)*) => {{
        let ($a, $b) = ($a.to_array(), $b.to_array());
        $name::new([$($from[$at]),*])
    }};
}

/// Rows to columns: single numbers, then pairs, then halves change places, each within what one instruction does.
#[inline(always)]
fn f32x8_square([a, b, c, d, e, f, g, h]: [F32x8; 8]) -> [F32x8; 8] {
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
fn f64x4_square([a, b, c, d]: [F64x4; 4]) -> [F64x4; 4] {
    let low = |x: F64x4, y: F64x4| shuffled!(F64x4 x y: x 0 y 0 x 2 y 2);
    let high = |x: F64x4, y: F64x4| shuffled!(F64x4 x y: x 1 y 1 x 3 y 3);
    let low_half = |x: F64x4, y: F64x4| shuffled!(F64x4 x y: x 0 x 1 y 0 y 1);
    let high_half = |x: F64x4, y: F64x4| shuffled!(F64x4 x y: x 2 x 3 y 2 y 3);
    let (ab, ab_high, cd, cd_high) = (low(a, b), high(a, b), low(c, d), high(c, d));
    [low_half(ab, cd), low_half(ab_high, cd_high), high_half(ab, cd), high_half(ab_high, cd_high)]
}

/// Parts of eight rows to columns: a register holds a part of row w and of row w + 4, and both halves are transposed alike.
#[inline(always)]
fn f32x8_columns(rows: [[f32; 4]; 8]) -> [F32x8; 4] {
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
fn f32x8_rows(columns: [F32x8; 4]) -> [[f32; 4]; 8] {
    let halves = columns.map(|column| bytemuck::must_cast::<_, [[f32; 4]; 2]>(column.0));
    let rows = f32x8_columns(core::array::from_fn(|w| halves[w % 4][w / 4]));
    let rows = rows.map(|row| bytemuck::must_cast::<_, [[f32; 4]; 2]>(row.0));
    core::array::from_fn(|w| rows[w % 4][w / 4])
}

/// Parts of four rows to columns, as [`f32x8_columns`].
#[inline(always)]
fn f64x4_columns(rows: [[f64; 2]; 4]) -> [F64x4; 2] {
    let [a, b] = core::array::from_fn(|w| bytemuck::must_cast([rows[w], rows[w + 2]]));
    [F64x4(instruction!(_mm256_unpacklo_pd(a, b))), F64x4(instruction!(_mm256_unpackhi_pd(a, b)))]
}

/// And back.
#[inline(always)]
fn f64x4_rows(columns: [F64x4; 2]) -> [[f64; 2]; 4] {
    let halves = columns.map(|column| bytemuck::must_cast::<_, [[f64; 2]; 2]>(column.0));
    let rows = f64x4_columns(core::array::from_fn(|w| halves[w % 2][w / 2]));
    let rows = rows.map(|row| bytemuck::must_cast::<_, [[f64; 2]; 2]>(row.0));
    core::array::from_fn(|w| rows[w % 2][w / 2])
}

#[cfg(feature = "avx512")]
mod of_64_bytes;

#[cfg(feature = "avx512")]
use of_64_bytes::{f32x16_columns, f32x16_rows, f32x16_square, f64x8_columns, f64x8_rows, f64x8_square};

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation, and both moves, against plain numbers.
    fn check<T, V, const W: usize>(number: impl Fn(usize) -> T)
    where
        T: Scalar + Broadcast<V>,
        V: Pack<T>,
    {
        assert_eq!(V::LANES, W);
        for length in 0..6 * W {
            let rows: Vec<T> = (0..W * length).map(&number).collect();
            let row = |w: usize| &rows[w * length..][..length];
            let mut gathered = vec![V::ZERO; length];
            V::gather(&mut gathered, &rows);
            for (entry, lanes) in gathered.iter().enumerate() {
                let expected: Vec<T> = (0..W).map(|w| row(w)[entry]).collect();
                assert_eq!(lanes.lanes(), expected);
            }
            let mut scattered = vec![T::ZERO; rows.len()];
            V::scatter(&gathered, &mut scattered);
            assert_eq!(scattered, rows);
        }
        let pair = |seed: usize| {
            let mut lanes = V::ZERO;
            lanes.lanes_mut().iter_mut().enumerate().for_each(|(w, lane)| *lane = number(seed + w));
            lanes
        };
        let (x, y) = (pair(3), pair(11));
        let mut sum = x;
        sum += y;
        let mut product = x;
        product *= y;
        let mut difference = x;
        difference -= y;
        for w in 0..W {
            let (a, b) = (x.lanes()[w], y.lanes()[w]);
            assert_eq!([(x + y).lanes()[w], sum.lanes()[w]], [a + b; 2]);
            assert_eq!([(x - y).lanes()[w], difference.lanes()[w]], [a - b; 2]);
            assert_eq!([(x * y).lanes()[w], product.lanes()[w]], [a * b; 2]);
            assert_eq!((-x).lanes()[w], -a);
            assert_eq!([V::splat(a).lanes()[w], Broadcast::<V>::broadcast(a).lanes()[w]], [a; 2]);
            assert_eq!(V::from_ratio(1, 3).lanes()[w], T::from_ratio(1, 3));
        }
        assert_eq!((V::ONE, V::ZERO), (V::from_i64(1), V::default()));
    }

    #[test]
    fn registers_compute_as_their_numbers_do() {
        check::<f32, F32x4, 4>(|k| (k as f32 * 0.37).sin());
        check::<f64, F64x2, 2>(|k| (k as f64 * 0.37).sin());
        if std::arch::is_x86_feature_detected!("avx2") {
            check::<f32, F32x8, 8>(|k| (k as f32 * 0.37).sin());
            check::<f64, F64x4, 4>(|k| (k as f64 * 0.37).sin());
        }
        #[cfg(feature = "avx512")]
        if std::arch::is_x86_feature_detected!("avx512f") {
            check::<f32, F32x16, 16>(|k| (k as f32 * 0.37).sin());
            check::<f64, F64x8, 8>(|k| (k as f64 * 0.37).sin());
        }
    }
}
