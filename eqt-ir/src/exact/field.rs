//! Small exact tools over the prime field: seeded random numbers and dense matrices.

use std::ops::{Index, IndexMut};

use eqt_runtime::{Fp, Scalar};

/// A seeded generator (SplitMix64; Steele, Lea & Flood 2014): the same numbers on every machine, without a dependency
/// in the compiler that users' builds run.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator with this seed.
    pub fn seeded(seed: u64) -> Random {
        Random(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is positive; the bias is below `bound / 2^64`.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// A uniform element of the prime field.
    pub fn field(&mut self) -> Fp {
        Fp::new(self.bits() >> 3)
    }

    /// `count` uniform elements of the prime field.
    pub fn fields(&mut self, count: usize) -> Vec<Fp> {
        (0..count).map(|_| self.field()).collect()
    }

    /// A uniform permutation of `0..count`.
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut permutation: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            permutation.swap(i, self.below(i + 1));
        }
        permutation
    }
}

/// A square matrix over the prime field.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    dimension: usize,
    entries: Vec<Fp>,
}

/// The inverses of 0, 1, .., `most` in the prime field, with 0 for that of 0.
pub fn inverses(most: usize) -> Vec<Fp> {
    let inverse = |k: usize| if k == 0 { Fp::ZERO } else { Fp::from_ratio(1, k as u64) };
    (0..=most).map(inverse).collect()
}

impl Index<(usize, usize)> for Matrix {
    type Output = Fp;
    fn index(&self, (row, column): (usize, usize)) -> &Fp {
        &self.entries[row * self.dimension + column]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut Fp {
        &mut self.entries[row * self.dimension + column]
    }
}

impl Matrix {
    /// The matrix with the given entries.
    pub fn from_fn(dimension: usize, mut entry: impl FnMut(usize, usize) -> Fp) -> Matrix {
        let mut entries = Vec::with_capacity(dimension * dimension);
        for row in 0..dimension {
            entries.extend((0..dimension).map(|column| entry(row, column)));
        }
        Matrix { dimension, entries }
    }

    /// The identity.
    pub fn identity(dimension: usize) -> Matrix {
        Matrix::from_fn(dimension, |a, b| if a == b { Fp::ONE } else { Fp::ZERO })
    }

    /// The matrix of `e_i -> e_{permutation[i]}`.
    pub fn permutation(permutation: &[usize]) -> Matrix {
        Matrix::from_fn(permutation.len(), |a, b| if permutation[b] == a { Fp::ONE } else { Fp::ZERO })
    }

    /// Number of rows.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// `(I - K)(I + K)^-1`, where `generator` makes K from a random skew matrix; drawn again while I + K is singular.
    pub fn cayley(
        dimension: usize,
        random: &mut Random,
        generator: impl Fn(&dyn Fn(usize, usize) -> Fp, usize, usize) -> Fp,
    ) -> Matrix {
        Self::cayley_from(dimension, random, -Fp::ONE, generator)
    }

    /// As [`Matrix::cayley`], from a random symmetric matrix.
    pub fn cayley_symmetric(
        dimension: usize,
        random: &mut Random,
        generator: impl Fn(&dyn Fn(usize, usize) -> Fp, usize, usize) -> Fp,
    ) -> Matrix {
        Self::cayley_from(dimension, random, Fp::ONE, generator)
    }

    fn cayley_from(
        dimension: usize,
        random: &mut Random,
        exchange: Fp,
        generator: impl Fn(&dyn Fn(usize, usize) -> Fp, usize, usize) -> Fp,
    ) -> Matrix {
        loop {
            let upper = Matrix::from_fn(dimension, |_, _| random.field());
            let base = |a: usize, b: usize| match a.cmp(&b) {
                std::cmp::Ordering::Less => upper[(a, b)],
                std::cmp::Ordering::Greater => exchange * upper[(b, a)],
                std::cmp::Ordering::Equal => (Fp::ONE + exchange) * upper[(a, a)],
            };
            let k = Matrix::from_fn(dimension, |a, b| generator(&base, a, b));
            let identity = Matrix::identity(dimension);
            let plus = Matrix::from_fn(dimension, |a, b| identity[(a, b)] + k[(a, b)]);
            let minus = Matrix::from_fn(dimension, |a, b| identity[(a, b)] - k[(a, b)]);
            if let Some(inverse) = plus.inverse() {
                return minus.times(&inverse);
            }
        }
    }

    /// The matrix product.
    pub fn times(&self, other: &Matrix) -> Matrix {
        Matrix::from_fn(self.dimension, |a, b| {
            let mut sum = Fp::ZERO;
            for c in 0..self.dimension {
                sum += self[(a, c)] * other[(c, b)];
            }
            sum
        })
    }

    /// The inverse, or `None` if singular.
    pub fn inverse(&self) -> Option<Matrix> {
        let n = self.dimension;
        let mut left = self.clone();
        let mut right = Matrix::identity(n);
        for column in 0..n {
            let pivot = (column..n).find(|&row| left[(row, column)] != Fp::ZERO)?;
            for k in 0..n {
                left.entries.swap(column * n + k, pivot * n + k);
                right.entries.swap(column * n + k, pivot * n + k);
            }
            let scale = left[(column, column)].inv()?;
            for k in 0..n {
                left[(column, k)] *= scale;
                right[(column, k)] *= scale;
            }
            for row in (0..n).filter(|&row| row != column) {
                let factor = left[(row, column)];
                for k in 0..n {
                    let (l, r) = (left[(column, k)], right[(column, k)]);
                    left[(row, k)] -= factor * l;
                    right[(row, k)] -= factor * r;
                }
            }
        }
        Some(right)
    }

    /// The determinant.
    pub fn determinant(&self) -> Fp {
        let n = self.dimension;
        let mut work = self.clone();
        let mut determinant = Fp::ONE;
        for column in 0..n {
            let Some(pivot) = (column..n).find(|&row| work[(row, column)] != Fp::ZERO) else {
                return Fp::ZERO;
            };
            if pivot != column {
                determinant = -determinant;
                for k in 0..n {
                    work.entries.swap(column * n + k, pivot * n + k);
                }
            }
            determinant *= work[(column, column)];
            let Some(scale) = work[(column, column)].inv() else { return Fp::ZERO };
            for row in column + 1..n {
                let factor = work[(row, column)] * scale;
                for k in column..n {
                    let value = work[(column, k)];
                    work[(row, k)] -= factor * value;
                }
            }
        }
        determinant
    }
}
