//! Files and coefficients that do not fit together.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::SafeTensorError;

use super::{METADATA_KEY, Owner};
use crate::batch::Shape;

/// Why coefficients could not be saved or loaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum WeightsError {
    /// The coefficients belong to another basis.
    OtherBasis {
        /// The basis they were loaded for.
        expected: Owner,
        /// The basis they were saved for.
        found: Owner,
    },
    /// The file does not say which basis its arrays belong to.
    Unowned,
    /// There is no array of this name.
    Missing {
        /// The name asked for.
        name: String,
        /// The names there are.
        present: Vec<String>,
    },
    /// An array has another shape.
    Shape {
        /// The name of the array.
        name: String,
        /// The shape asked for.
        expected: Vec<usize>,
        /// The shape it has.
        found: Vec<usize>,
    },
    /// An array holds numbers other than `f32` and `f64`.
    NumberType {
        /// The name of the array.
        name: String,
        /// The type of its numbers, as the format calls it.
        found: String,
    },
    /// The bytes are not in the safetensors format, or cannot be put into it.
    Format(SafeTensorError),
    /// The file could not be read or written.
    File(io::Error),
    /// One of the above, with the file that it is about.
    In {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<WeightsError>,
    },
}

impl WeightsError {
    /// What is wrong, whatever the file: the error inside of [`In`](Self::In), or the error itself.
    pub fn cause(&self) -> &Self {
        match self {
            Self::In { error, .. } => error.cause(),
            error => error,
        }
    }

    /// The file that the error is about; `None` if the coefficients were never in one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::In { path, .. } => Some(path),
            _ => None,
        }
    }

    pub(super) fn in_file(self, path: &Path) -> Self {
        Self::In { path: path.to_owned(), error: Box::new(self) }
    }
}

impl fmt::Display for WeightsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherBasis { expected, found } => {
                write!(f, "these coefficients are of {found}, expected {expected}")
            }
            Self::Unowned => write!(f, "the file names no basis (metadata key `{METADATA_KEY}`)"),
            Self::Missing { name, present } => {
                write!(f, "no coefficients `{name}`, found `{}`", present.join("`, `"))
            }
            Self::Shape { name, expected, found } => {
                write!(f, "coefficients `{name}`: expected shape {}, found {}", Shape(expected), Shape(found))
            }
            Self::NumberType { name, found } => {
                write!(f, "coefficients `{name}`: expected numbers F32 or F64, found {found}")
            }
            Self::Format(error) => write!(f, "safetensors: {error}"),
            Self::File(error) => error.fmt(f),
            Self::In { path, error } => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl From<SafeTensorError> for WeightsError {
    fn from(error: SafeTensorError) -> Self {
        Self::Format(error)
    }
}

impl From<io::Error> for WeightsError {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl std::error::Error for WeightsError {}
