//! Lengths that should agree.

use core::fmt;

/// Two lengths that should agree differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthError {
    /// What has the wrong length.
    pub what: &'static str,
    /// The length it should have.
    pub expected: usize,
    /// The length it has.
    pub found: usize,
}

impl LengthError {
    /// That a length is what it should be.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub const fn check(what: &'static str, expected: usize, found: usize) -> Result<(), Self> {
        if expected == found { Ok(()) } else { Err(Self { what, expected, found }) }
    }
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected length {}, found {}", self.what, self.expected, self.found)
    }
}

impl core::error::Error for LengthError {}
