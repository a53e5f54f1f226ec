//! Exact arithmetic: matrices and tensors over the prime field, rational numbers, permutations with signs, elimination.
//!
//! ```
//! use eqt_ir::exact::{Elimination, Matrix, Random, Ratio};
//! use eqt_runtime::{Fp, Scalar};
//!
//! // Rational numbers: 1/2 + 1/3.
//! assert_eq!(Ratio::new(1, 2).plus(Ratio::new(1, 3)).unwrap().to_string(), "5/6");
//!
//! // The prime field GF(p), p = 2^61 - 1, takes their place where numbers grow: 1/3 is a number with 3 * (1/3) = 1.
//! let third = Fp::from_ratio(1, 3);
//! assert_eq!(third + third + third, Fp::ONE);
//!
//! // A random matrix is invertible (but with probability about 1/p), and a rank is exact.
//! let entries = Random::seeded(7).fields(9);
//! let g = Matrix::from_fn(3, |a, b| entries[3 * a + b]);
//! assert_eq!(g.times(&g.inverse().unwrap()), Matrix::identity(3));
//! let mut rows = Elimination::default();
//! assert!(rows.insert(vec![Fp::new(1), Fp::new(2)]));
//! assert!(!rows.insert(vec![Fp::new(2), Fp::new(4)])); // twice the first
//! assert_eq!(rows.rank(), 1);
//! ```

mod elimination;
mod field;
pub mod permutations;
mod ratio;
pub mod tensor;

pub use elimination::Elimination;
pub use field::{Matrix, Random, inverses};
pub use ratio::Ratio;
pub(crate) use ratio::gcd;
pub use tensor::Tensor;
