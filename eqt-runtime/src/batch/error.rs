//! Arguments of a batch that do not fit together.

use std::borrow::Cow;
use std::fmt;

/// The arguments of a batch do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchError {
    /// An array has the wrong shape.
    Shape {
        /// Which array: "input `a`", "output".
        array: Cow<'static, str>,
        /// The shape it should have.
        expected: Vec<Extent>,
        /// The shape it has.
        found: Vec<usize>,
    },
    /// There are not as many numbers or arrays as there should be.
    Length {
        /// Of what: "parameters", "inputs".
        what: Cow<'static, str>,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A gradient in an input that the map does not have.
    Input {
        /// The number that was given, from 0 on.
        given: usize,
        /// How many inputs belong to samples.
        inputs: usize,
    },
}

impl BatchError {
    pub(crate) fn length(what: impl Into<Cow<'static, str>>, expected: usize, found: usize) -> Self {
        Self::Length { what: what.into(), expected, found }
    }

    /// Checks an array with samples along its first axis; their number is read from the first such array.
    #[cfg(feature = "ndarray")]
    pub(crate) fn check_samples(
        what: String,
        samples: &mut Option<usize>,
        shape: &[usize],
        found: &[usize],
    ) -> Result<(), Self> {
        let mut expected = vec![samples.map_or(Extent::Any("samples"), Extent::Exactly)];
        expected.extend(shape.iter().map(|&length| Extent::Exactly(length)));
        *samples = samples.or(found.first().copied());
        check_shape(what, &expected, found)
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape { array, expected, found } => {
                write!(f, "{array}: expected shape {}, found {}", Shape(expected), Shape(found))
            }
            Self::Length { what, expected, found } => write!(f, "{what}: expected {expected}, found {found}"),
            Self::Input { given, inputs } => {
                write!(f, "there is no input {given}: the map has {inputs}, counted from 0")
            }
        }
    }
}

impl std::error::Error for BatchError {}

/// The length that an axis of an array should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// This length.
    Exactly(usize),
    /// Any length, by the name of what it counts: "samples", "n".
    Any(&'static str),
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(length) => write!(f, "{length}"),
            Self::Any(name) => f.write_str(name),
        }
    }
}

/// A shape, printed as `(samples, 100, 5)`.
pub(crate) struct Shape<'a, E>(pub(crate) &'a [E]);

impl<E: fmt::Display> fmt::Display for Shape<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (axis, extent) in self.0.iter().enumerate() {
            let separator = if axis == 0 { "" } else { ", " };
            write!(f, "{separator}{extent}")?;
        }
        f.write_str(")")
    }
}

/// Checks the shape of the array called `array` in messages.
///
/// ```
/// use eqt_runtime::batch::{Extent, check_shape};
///
/// let expected = [Extent::Any("samples"), Extent::Exactly(100), Extent::Exactly(5)];
/// assert!(check_shape("input `a`", &expected, &[10, 100, 5]).is_ok());
/// let error = check_shape("input `a`", &expected, &[10, 99, 5]).unwrap_err();
/// assert_eq!(error.to_string(), "input `a`: expected shape (samples, 100, 5), found (10, 99, 5)");
/// ```
///
/// # Errors
///
/// [`BatchError::Shape`] if the number of axes or a length differs.
pub fn check_shape(
    array: impl Into<Cow<'static, str>>,
    expected: &[Extent],
    found: &[usize],
) -> Result<(), BatchError> {
    let fits = |(extent, length): (&Extent, &usize)| match extent {
        Extent::Exactly(expected) => expected == length,
        Extent::Any(_) => true,
    };
    if expected.len() == found.len() && expected.iter().zip(found).all(fits) {
        return Ok(());
    }
    Err(BatchError::Shape { array: array.into(), expected: expected.to_vec(), found: found.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_one_line_with_what_was_expected_and_found() {
        let expected = [Extent::Exactly(10), Extent::Any("n"), Extent::Exactly(5)];
        assert_eq!(check_shape("input `b`", &expected, &[10, 0, 5]), Ok(()));
        let error = check_shape("output", &expected, &[10, 5]).unwrap_err();
        assert_eq!(error.to_string(), "output: expected shape (10, n, 5), found (10, 5)");
    }
}
