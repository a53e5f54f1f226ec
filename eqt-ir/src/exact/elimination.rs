//! Exact rank by elimination over the prime field.

use eqt_runtime::{Fp, Scalar};

/// Row echelon form that grows row by row.
#[derive(Clone, Debug, Default)]
pub struct Elimination {
    /// Reduced rows with the position of their leading one.
    rows: Vec<(usize, Vec<Fp>)>,
}

impl Elimination {
    /// Number of independent rows so far.
    pub fn rank(&self) -> usize {
        self.rows.len()
    }

    /// Takes a row; whether it was independent of those before.
    pub fn insert(&mut self, mut row: Vec<Fp>) -> bool {
        for (pivot, known) in &self.rows {
            let factor = row[*pivot];
            if factor != Fp::ZERO {
                for (entry, &value) in row[*pivot..].iter_mut().zip(&known[*pivot..]) {
                    *entry -= factor * value;
                }
            }
        }
        let Some(pivot) = row.iter().position(|&entry| entry != Fp::ZERO) else { return false };
        let Some(scale) = row[pivot].inv() else { return false };
        for entry in &mut row[pivot..] {
            *entry *= scale;
        }
        self.rows.push((pivot, row));
        true
    }
}
