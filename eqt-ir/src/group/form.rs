//! Invariant bilinear forms.

use eqt_runtime::{Fp, Scalar};

use crate::exact::{Matrix, Random};

/// The invariant form F of an axis, `g^T F g = F` for every element g of the group: a signed permutation matrix.
///
/// ```
/// use eqt_ir::group::Form;
///
/// assert_eq!(Form::Diagonal(1).entry(4, 2), (2, -1)); // (+, -, -, -)
/// assert_eq!(Form::Omega.entry(4, 3), (1, -1)); //       [[0, I], [-I, 0]]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The Kronecker delta; also that of label axes, whose permutations keep it.
    Identity,
    /// `diag(+1 x p, -1 x (d - p))`, p given.
    Diagonal(usize),
    /// `[[0, I], [-I, 0]]`, d even.
    Omega,
}

impl Form {
    /// The only column `b` with `F[a][b] != 0`, and that entry, +1 or -1.
    pub fn entry(self, dimension: usize, a: usize) -> (usize, i8) {
        match self {
            Form::Identity => (a, 1),
            Form::Diagonal(positive) => (a, if a < positive { 1 } else { -1 }),
            Form::Omega => {
                let half = dimension / 2;
                if a < half { (a + half, 1) } else { (a - half, -1) }
            }
        }
    }

    /// The sign of `det F`, by which a product of two epsilons becomes signed forms.
    pub fn determinant(self, dimension: usize) -> i8 {
        match self {
            Form::Identity | Form::Omega => 1,
            // (-1)^(d - p), also where a stable size d of the same parity is below p.
            Form::Diagonal(positive) => {
                if (dimension % 2) == (positive % 2) {
                    1
                } else {
                    -1
                }
            }
        }
    }

    /// Whether the form is the Kronecker delta, so that raising and lowering an index changes nothing.
    pub fn is_identity(self) -> bool {
        self == Form::Identity
    }

    /// Whether `F[a][b] = -F[b][a]`.
    pub fn is_antisymmetric(self) -> bool {
        self == Form::Omega
    }

    /// A random element of the identity component of the group that keeps F: the Cayley transform
    /// `(I - K)(I + K)^-1` of a random K with F K antisymmetric (symmetric for omega).
    pub fn random_element(self, dimension: usize, random: &mut Random) -> Matrix {
        match self {
            Form::Identity | Form::Diagonal(_) => Matrix::cayley(dimension, random, |skew, a, b| {
                skew(a, b) * Fp::from_i64(self.entry(dimension, a).1.into())
            }),
            // K = -omega S with S symmetric: omega K = S.
            Form::Omega => Matrix::cayley_symmetric(dimension, random, |symmetric, a, b| {
                let (partner, sign) = self.entry(dimension, a);
                -Fp::from_i64(sign.into()) * symmetric(partner, b)
            }),
        }
    }

    /// A random element of determinant -1: the reflection of the first coordinate after a [random
    /// element](Form::random_element). Only symmetric forms have such elements, in dimension 1 and above.
    pub fn random_reflection(self, dimension: usize, random: &mut Random) -> Matrix {
        let mut reflected = self.random_element(dimension, random);
        for row in 0..dimension {
            reflected[(row, 0)] = -reflected[(row, 0)];
        }
        reflected
    }

    /// A basis of the Lie algebra of the group that keeps F, all X with `X^T F + F X = 0`:
    /// `X = F^-1 (E_ab - E_ba)`, a < b; for omega `X = F^-1 (E_ab + E_ba)`, a <= b.
    pub fn algebra(self, dimension: usize) -> Vec<Matrix> {
        let sign = if self.is_antisymmetric() { Fp::ONE } else { -Fp::ONE };
        let pairs = (0..dimension).flat_map(|a| (a..dimension).map(move |b| (a, b)));
        pairs
            .filter(|(a, b)| a != b || self.is_antisymmetric())
            .map(|(a, b)| {
                let mut x = Matrix::from_fn(dimension, |_, _| Fp::ZERO);
                let mut put = |row: usize, column: usize, value: Fp| {
                    // The row of F^-1 = F^T that meets `row` is the partner's.
                    let (partner, s) = self.entry(dimension, row);
                    x[(partner, column)] += Fp::from_i64(s.into()) * value;
                };
                put(a, b, Fp::ONE);
                if a != b {
                    put(b, a, sign);
                }
                x
            })
            .collect()
    }
}
