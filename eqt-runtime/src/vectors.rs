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

use crate::lanes::{Broadcast, Lanes, Pack};
use crate::products::{self, Rows, RowsMut, Way};
use crate::{NestedArray, Scalar};

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
        $add:ident, $sub:ident, $mul:ident $(, fused $fused:ident)?;
        $features:literal, $square:ident, $columns:literal columns by $transpose:ident, $transpose_back:ident
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

            #[inline(always)]
            fn load(source: &[$scalar]) -> Self {
                Self::new(*present(source.first_chunk()))
            }

            #[inline(always)]
            fn store(self, target: &mut [$scalar]) {
                *present(target.first_chunk_mut()) = self.to_array();
            }

            #[inline(always)]
            fn transpose(square: &mut [Self]) {
                let columns = $square(*present(square.first_chunk()));
                square.copy_from_slice(&columns);
            }

            #[inline]
            fn apply<X: NestedArray<Scalar = Self>>(matrix: &Rows<'_, $scalar>, way: Way, x: &[X], target: &mut [X]) {
                #[target_feature(enable = $features)]
                fn compiled(matrix: &Rows<'_, $scalar>, way: Way, columns: usize, x: &[$name], target: &mut [$name]) {
                    products::apply(matrix, way, columns, x, target);
                }
                let (x, target) = (X::flatten(x), X::flatten_mut(target));
                // SAFETY: as for `instruction`: who has these registers has looked for their instructions.
                #[allow(unsafe_code)]
                unsafe {
                    compiled(matrix, way, X::LEN, x, target);
                }
            }

            #[inline]
            fn outer<X: NestedArray<Scalar = Self>>(x: &[X], y: &[X], target: &mut RowsMut<'_, $scalar>) {
                #[target_feature(enable = $features)]
                fn compiled(columns: usize, x: &[$name], y: &[$name], target: &mut RowsMut<'_, $scalar>) {
                    products::outer(columns, x, y, target);
                }
                let (x, y) = (X::flatten(x), X::flatten(y));
                // SAFETY: as above.
                #[allow(unsafe_code)]
                unsafe {
                    compiled(X::LEN, x, y, target);
                }
            }

            #[inline]
            fn add_outer<X: NestedArray<Scalar = Self>>(x: &[X], y: &[X], upper: bool, target: &mut RowsMut<'_, $scalar>) {
                #[target_feature(enable = $features)]
                fn compiled(columns: usize, x: &[$name], y: &[$name], upper: bool, target: &mut RowsMut<'_, $scalar>) {
                    products::add_outer(columns, x, y, upper, target.sum());
                }
                let (x, y) = (X::flatten(x), X::flatten(y));
                // SAFETY: as above.
                #[allow(unsafe_code)]
                unsafe {
                    compiled(X::LEN, x, y, upper, target);
                }
            }
            $(

            #[inline(always)]
            fn add_product(self, x: Self, y: Self) -> Self {
                Self(instruction!($fused(x.0, y.0, self.0)))
            }
            )?
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
    pub F32x4, f32 x 4 in __m128: _mm_add_ps, _mm_sub_ps, _mm_mul_ps;
    "sse2", f32x4_square, 4 columns by f32x4_columns, f32x4_rows
}
vector! {
    /// Two double precision numbers.
    pub F64x2, f64 x 2 in __m128d: _mm_add_pd, _mm_sub_pd, _mm_mul_pd;
    "sse2", f64x2_square, 2 columns by f64x2_columns, f64x2_rows
}
#[cfg(feature = "std")]
vector! {
    /// Eight single precision numbers.
    pub(crate) F32x8, f32 x 8 in __m256: _mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, fused _mm256_fmadd_ps;
    "avx2,fma", f32x8_square, 4 columns by f32x8_columns, f32x8_rows
}
#[cfg(feature = "std")]
vector! {
    /// Four double precision numbers.
    pub(crate) F64x4, f64 x 4 in __m256d: _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, fused _mm256_fmadd_pd;
    "avx2,fma", f64x4_square, 2 columns by f64x4_columns, f64x4_rows
}

#[cfg(feature = "avx512")]
vector! {
    /// Sixteen single precision numbers.
    pub(crate) F32x16, f32 x 16 in __m512: _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, fused _mm512_fmadd_ps;
    "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma", f32x16_square, 4 columns by f32x16_columns, f32x16_rows
}
#[cfg(feature = "avx512")]
vector! {
    /// Eight double precision numbers.
    pub(crate) F64x8, f64 x 8 in __m512d: _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, fused _mm512_fmadd_pd;
    "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma", f64x8_square, 2 columns by f64x8_columns, f64x8_rows
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

#[cfg(feature = "std")]
mod of_32_bytes;
#[cfg(feature = "avx512")]
mod of_64_bytes;

#[cfg(feature = "std")]
use of_32_bytes::{f32x8_columns, f32x8_rows, f32x8_square, f64x4_columns, f64x4_rows, f64x4_square};
#[cfg(feature = "avx512")]
use of_64_bytes::{f32x16_columns, f32x16_rows, f32x16_square, f64x8_columns, f64x8_rows, f64x8_square};

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation, and both moves, against plain numbers.
    fn check<T, V, const W: usize>(number: impl Fn(usize) -> T)
    where
        T: Scalar,
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
            assert_eq!(V::splat(a).lanes()[w], a);
            assert_eq!(V::from_ratio(1, 3).lanes()[w], T::from_ratio(1, 3));
        }
        assert_eq!((V::ONE, V::ZERO), (V::from_i64(1), V::default()));
    }

    #[test]
    fn registers_compute_as_their_numbers_do() {
        check::<f32, F32x4, 4>(|k| (k as f32 * 0.37).sin());
        check::<f64, F64x2, 2>(|k| (k as f64 * 0.37).sin());
        #[cfg(feature = "std")]
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
