//! Exact arithmetic: matrices and tensors over the prime field, rational numbers, permutations with signs, elimination.

mod elimination;
mod field;
pub mod permutations;
mod ratio;
pub mod tensor;

pub use elimination::Elimination;
pub use field::{Matrix, Random};
pub use ratio::Ratio;
pub(crate) use ratio::gcd;
pub use tensor::Tensor;
