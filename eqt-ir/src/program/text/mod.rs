//! The textual form of programs, written by `Display` and read by [`Program::parse`]:
//!
//! ```text
//! signature O(d) * S(n): a: (R^d)^n -> S^d
//! coefficients 2
//! %0 [n d] = input a  ; a
//! %1 [d d] = einsum [i:n p:d q:d] (%0[i p], %0[i q]) -> [p q]  ; sum_i a_i^p a_i^q
//! %2 [d d] = delta d  ; delta^pq
//! %3 [d d] = linear 1/2 * theta_0 * %1 - theta_1 * %2
//! combination = %3
//! ```
//!
//! One step per line: its number, its axes, what it computes, and after the semicolon its formula. The labels of an
//! einsum come with their axes. `%1[1 0]` has axis 1 of `%1` first; an order that changes nothing is left out.
//! `coefficients 5, 3[n n]` are five, of which the fourth is an array. Results are `member b`, `combination`,
//! `gradient input a` and `gradient coefficient b`; `, project` follows where the symmetry of the space is restored.
//! An axis is written as its dimension, as `3@1` where two axes have one dimension. Lines that are empty or begin with a
//! semicolon are skipped.
//!
//! A defined map that reads an input at one label has an input named `b[1]`, which signatures do not read back; apart
//! from that, reading is the inverse of writing. A program that is read need not keep the laws of
//! [`verify`](super::verify()): a file can hold a broken one.

use std::fmt;

mod read;
#[cfg(test)]
mod tests;
mod write;

pub(super) use write::{axes_text, axis_text};

/// Between a step and its formula.
const COMMENT: &str = "  ; ";

/// Why a text is not a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// One sentence.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}
