//! Coefficients in files, in the [safetensors](https://github.com/huggingface/safetensors) format, which Python
//! reads as well.
//!
//! A file carries the signature, the options and the [fingerprint](Basis::fingerprint) of the basis its coefficients
//! belong to, under the metadata key `eqt`; it loads for that basis and no other.
//!
//! ```
//! use eqt_runtime::description::{Basis, Element, Form};
//! use eqt_runtime::weights::Weights;
//!
//! # const BASIS: Basis = Basis {
//! #     signature: "O(D) * S(N): (R^D)^N -> R",
//! #     options: "degree <= 2",
//! #     form: Form::VectorSpace,
//! #     elements: &[Element { degree: 0, diagram: "1", latex: "1", macs: "0", labels: "" }; 2],
//! #     invariants: &[],
//! #     certificate: "",
//! #     independence: "",
//! # };
//! let theta = [0.5, -1.25];
//! let mut weights = Weights::new(&BASIS);
//! weights.insert("theta", &[2], &theta)?;
//! let bytes = weights.to_bytes()?;
//!
//! let loaded = Weights::from_bytes(&BASIS, &bytes)?;
//! assert_eq!(loaded.array::<f64, 2>("theta")?, theta);
//! # Ok::<(), eqt_runtime::weights::WeightsError>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use crate::batch::Shape;
use crate::{Basis, Fingerprint, Real};

/// The metadata key that names the basis. One key alone: the format writes several in random order.
const METADATA_KEY: &str = "eqt";

/// Named arrays of coefficients of one basis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    owner: Owner,
    arrays: BTreeMap<String, Array>,
}

/// An array of coefficients, as it lies in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Array {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// The basis that coefficients belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its signature.
    pub signature: String,
    /// Its options.
    pub options: String,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
}

impl Owner {
    fn of(basis: &Basis) -> Self {
        Self {
            signature: basis.signature.to_owned(),
            options: basis.options.to_owned(),
            fingerprint: basis.fingerprint(),
        }
    }

    /// Three lines: signature, options, fingerprint.
    fn to_metadata(&self) -> String {
        format!("{}\n{}\n{}", self.signature, self.options, self.fingerprint)
    }

    fn from_metadata(text: &str) -> Option<Self> {
        let (names, fingerprint) = text.rsplit_once('\n')?;
        let (signature, options) = names.rsplit_once('\n')?;
        Some(Self {
            signature: signature.to_owned(),
            options: options.to_owned(),
            fingerprint: fingerprint.parse().ok()?,
        })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signature, options, fingerprint } = self;
        let separator = if options.is_empty() { "" } else { ", " };
        write!(f, "`{signature}{separator}{options}` ({fingerprint})")
    }
}

/// A number type of coefficients in a file: `f32` or `f64`.
pub trait Coefficient: Real + sealed::Coefficient {}

impl Coefficient for f32 {}
impl Coefficient for f64 {}

mod sealed {
    use safetensors::Dtype;

    pub trait Coefficient {
        const DTYPE: Dtype;
        fn push_bytes(self, bytes: &mut Vec<u8>);
    }

    impl Coefficient for f32 {
        const DTYPE: Dtype = Dtype::F32;

        fn push_bytes(self, bytes: &mut Vec<u8>) {
            bytes.extend(self.to_le_bytes());
        }
    }

    impl Coefficient for f64 {
        const DTYPE: Dtype = Dtype::F64;

        fn push_bytes(self, bytes: &mut Vec<u8>) {
            bytes.extend(self.to_le_bytes());
        }
    }
}

impl Weights {
    /// No coefficients yet, of the given basis.
    pub fn new(basis: &Basis) -> Self {
        Self { owner: Owner::of(basis), arrays: BTreeMap::new() }
    }

    /// The basis they belong to.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Adds an array of the given shape, `values` in row-major order, in place of any other of that name.
    ///
    /// Constants are one array of shape `[LEN]`; a coefficient with labels has one axis per label.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Shape`] if the shape holds another number of values.
    pub fn insert<T: Coefficient>(
        &mut self,
        name: &str,
        shape: &[usize],
        values: &[T],
    ) -> Result<(), WeightsError> {
        let count = shape.iter().try_fold(1_usize, |count, &length| count.checked_mul(length));
        if count != Some(values.len()) {
            return Err(WeightsError::Shape {
                name: name.to_owned(),
                expected: shape.to_vec(),
                found: vec![values.len()],
            });
        }
        let mut bytes = Vec::with_capacity(size_of_val(values));
        values.iter().for_each(|value| value.push_bytes(&mut bytes));
        self.arrays.insert(name.to_owned(), Array { dtype: T::DTYPE, shape: shape.to_vec(), bytes });
        Ok(())
    }

    /// The names of all arrays, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// The shape of an array.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Missing`] if there is no such array.
    pub fn shape(&self, name: &str) -> Result<&[usize], WeightsError> {
        self.find(name).map(|array| &array.shape[..])
    }

    /// The values of an array in row-major order; double precision is rounded if `T` is single.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Missing`] if there is no such array.
    pub fn values<T: Coefficient>(&self, name: &str) -> Result<Vec<T>, WeightsError> {
        let Array { dtype, bytes, .. } = self.find(name)?;
        Ok(match dtype {
            Dtype::F32 => {
                bytes.as_chunks().0.iter().map(|&b| T::from_f64(f32::from_le_bytes(b).into())).collect()
            }
            _ => bytes.as_chunks().0.iter().map(|&b| T::from_f64(f64::from_le_bytes(b))).collect(),
        })
    }

    /// The values of an array of shape `shape` in row-major order.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Missing`] if there is no such array, [`WeightsError::Shape`] if it has another shape.
    pub fn values_of_shape<T: Coefficient>(
        &self,
        name: &str,
        shape: &[usize],
    ) -> Result<Vec<T>, WeightsError> {
        let found = self.shape(name)?;
        if found != shape {
            return Err(WeightsError::Shape {
                name: name.to_owned(),
                expected: shape.to_vec(),
                found: found.to_vec(),
            });
        }
        self.values(name)
    }

    /// The values of an array of shape `[LEN]`: the coefficients that an emitted map takes.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Missing`] if there is no such array, [`WeightsError::Shape`] if it has another shape.
    pub fn array<T: Coefficient, const LEN: usize>(&self, name: &str) -> Result<[T; LEN], WeightsError> {
        let values = self.values_of_shape(name, &[LEN])?;
        let mut array = [T::ZERO; LEN];
        array.copy_from_slice(&values);
        Ok(array)
    }

    fn find(&self, name: &str) -> Result<&Array, WeightsError> {
        self.arrays.get(name).ok_or_else(|| WeightsError::Missing {
            name: name.to_owned(),
            present: self.names().map(str::to_owned).collect(),
        })
    }

    /// The contents of a file; equal weights give equal bytes.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Format`] if the format cannot hold them: more than 100 MB of names, say.
    pub fn to_bytes(&self) -> Result<Vec<u8>, WeightsError> {
        let mut views = Vec::with_capacity(self.arrays.len());
        for (name, array) in &self.arrays {
            views.push((name, TensorView::new(array.dtype, array.shape.clone(), &array.bytes)?));
        }
        let metadata = [(METADATA_KEY.to_owned(), self.owner.to_metadata())];
        Ok(safetensors::serialize(views, Some(metadata.into_iter().collect()))?)
    }

    /// Reads the contents of a file that was written for the same basis.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Format`] for bytes in another format, [`WeightsError::Unowned`] if they name no basis,
    /// [`WeightsError::OtherBasis`] if they name another one, and [`WeightsError::NumberType`] for an array that is
    /// neither `f32` nor `f64`.
    pub fn from_bytes(basis: &Basis, bytes: &[u8]) -> Result<Self, WeightsError> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let text = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
        let found = text.and_then(|text| Owner::from_metadata(text)).ok_or(WeightsError::Unowned)?;
        let owner = Owner::of(basis);
        if found != owner {
            return Err(WeightsError::OtherBasis { expected: owner, found });
        }
        let mut arrays = BTreeMap::new();
        for (name, view) in SafeTensors::deserialize(bytes)?.iter() {
            let dtype = view.dtype();
            if !matches!(dtype, Dtype::F32 | Dtype::F64) {
                return Err(WeightsError::NumberType { name: name.to_owned(), found: dtype.to_string() });
            }
            let array = Array { dtype, shape: view.shape().to_vec(), bytes: view.data().to_vec() };
            arrays.insert(name.to_owned(), array);
        }
        Ok(Self { owner, arrays })
    }

    /// Writes a file.
    ///
    /// # Errors
    ///
    /// Those of [`to_bytes`](Self::to_bytes), and [`WeightsError::File`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), WeightsError> {
        Ok(fs::write(path, self.to_bytes()?)?)
    }

    /// Reads a file that was written for the same basis.
    ///
    /// # Errors
    ///
    /// Those of [`from_bytes`](Self::from_bytes), and [`WeightsError::File`].
    pub fn load(basis: &Basis, path: impl AsRef<Path>) -> Result<Self, WeightsError> {
        Self::from_bytes(basis, &fs::read(path)?)
    }
}

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
        }
    }
}

impl std::error::Error for WeightsError {}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Element, Form};

    const BASIS: Basis = Basis {
        signature: "O(D): (R^D)^N -> S^D",
        options: "degree <= 2",
        form: Form::VectorSpace,
        elements: &[Element { degree: 2, diagram: "a_i^p a_j^q", latex: "", macs: "", labels: "ij" }],
        invariants: &[],
        certificate: "",
        independence: "",
    };

    fn sample() -> Weights {
        let mut weights = Weights::new(&BASIS);
        weights.insert("theta", &[3], &[1.0, f64::MIN_POSITIVE, -0.1]).unwrap();
        weights.insert("a", &[2, 2], &[1.0_f32, 2.0, 3.0, 0.1]).unwrap();
        weights.insert("none", &[0, 4], &[] as &[f32]).unwrap();
        weights
    }

    #[test]
    fn coefficients_return_bit_by_bit() {
        let weights = sample();
        let loaded = Weights::from_bytes(&BASIS, &weights.to_bytes().unwrap()).unwrap();
        assert_eq!(loaded, weights);
        assert_eq!(loaded.array::<f64, 3>("theta").unwrap(), [1.0, f64::MIN_POSITIVE, -0.1]);
        assert_eq!(loaded.values_of_shape::<f32>("a", &[2, 2]).unwrap(), [1.0, 2.0, 3.0, 0.1]);
        assert_eq!(loaded.shape("none").unwrap(), [0, 4]);
        assert_eq!(loaded.names().collect::<Vec<_>>(), ["a", "none", "theta"]);
        assert_eq!(loaded.owner().fingerprint, BASIS.fingerprint());
    }

    #[test]
    fn precisions_convert() {
        let weights = sample();
        assert_eq!(weights.array::<f32, 3>("theta").unwrap(), [1.0, 0.0, -0.1]);
        assert_eq!(weights.values::<f64>("a").unwrap()[3], f64::from(0.1_f32));
    }

    #[test]
    fn equal_weights_give_equal_bytes() {
        assert_eq!(sample().to_bytes().unwrap(), sample().to_bytes().unwrap());
    }

    #[test]
    fn another_basis_is_an_error_that_shows_both() {
        let bytes = sample().to_bytes().unwrap();
        let other = Basis { signature: "O(D): (R^D)^N -> R", options: "", ..BASIS };
        let message = Weights::from_bytes(&other, &bytes).unwrap_err().to_string();
        let (found, expected) = (BASIS.fingerprint(), other.fingerprint());
        assert_eq!(
            message,
            format!(
                "these coefficients are of `O(D): (R^D)^N -> S^D, degree <= 2` ({found}), \
                 expected `O(D): (R^D)^N -> R` ({expected})"
            )
        );
    }

    #[test]
    fn every_mistake_has_its_message() {
        let mut weights = sample();
        let message = |error: WeightsError| error.to_string();
        assert_eq!(
            message(weights.array::<f64, 4>("theta").unwrap_err()),
            "coefficients `theta`: expected shape (4), found (3)"
        );
        assert_eq!(
            message(weights.values::<f64>("phi").unwrap_err()),
            "no coefficients `phi`, found `a`, `none`, `theta`"
        );
        assert_eq!(
            message(weights.insert("b", &[2, 2], &[1.0]).unwrap_err()),
            "coefficients `b`: expected shape (2, 2), found (1)"
        );
        assert!(weights.insert("b", &[usize::MAX, 2], &[1.0]).is_err());
        assert!(message(Weights::from_bytes(&BASIS, b"junk").unwrap_err()).starts_with("safetensors: "));
        assert!(matches!(Weights::load(&BASIS, "/no/such/file"), Err(WeightsError::File(_))));
    }

    #[test]
    fn files_of_others_are_refused() {
        let view = TensorView::new(Dtype::U8, vec![1], &[7]).unwrap();
        let anonymous = safetensors::serialize([("x", view.clone())], None).unwrap();
        let error = Weights::from_bytes(&BASIS, &anonymous).unwrap_err();
        assert_eq!(error.to_string(), "the file names no basis (metadata key `eqt`)");

        let metadata = [(METADATA_KEY.to_owned(), Owner::of(&BASIS).to_metadata())];
        let bytes = safetensors::serialize([("x", view)], Some(metadata.into_iter().collect())).unwrap();
        let error = Weights::from_bytes(&BASIS, &bytes).unwrap_err();
        assert_eq!(error.to_string(), "coefficients `x`: expected numbers F32 or F64, found U8");
    }

    #[test]
    fn truncated_files_are_errors() {
        let bytes = sample().to_bytes().unwrap();
        for length in 0..bytes.len() {
            assert!(Weights::from_bytes(&BASIS, &bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn files_are_written_and_read() {
        let path = std::env::temp_dir().join(format!("eqt-weights-{}.safetensors", std::process::id()));
        sample().save(&path).unwrap();
        let loaded = Weights::load(&BASIS, &path);
        fs::remove_file(&path).unwrap();
        assert_eq!(loaded.unwrap(), sample());
    }
}
