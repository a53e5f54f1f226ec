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
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::{Basis, Real};

mod error;
mod owner;
#[cfg(test)]
mod tests;

pub use error::WeightsError;
pub use owner::Owner;

/// The metadata key that names the basis. One key alone: the format writes several in random order.
const METADATA_KEY: &str = "eqt";

/// Named arrays of coefficients of one basis.
///
/// Two are equal if they hold the same numbers for the same basis, from whatever file they come.
#[derive(Clone, Debug)]
pub struct Weights {
    owner: Owner,
    arrays: BTreeMap<String, Array>,
    /// The file they were loaded from, which errors name.
    path: Option<PathBuf>,
}

impl PartialEq for Weights {
    fn eq(&self, other: &Self) -> bool {
        (&self.owner, &self.arrays) == (&other.owner, &other.arrays)
    }
}

impl Eq for Weights {}

/// An array of coefficients, as it lies in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Array {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
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
        Self { owner: Owner::of(basis), arrays: BTreeMap::new(), path: None }
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
            return Err(self.located(WeightsError::Shape {
                name: name.to_owned(),
                expected: shape.to_vec(),
                found: found.to_vec(),
            }));
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
        self.arrays.get(name).ok_or_else(|| {
            let present = self.names().map(str::to_owned).collect();
            self.located(WeightsError::Missing { name: name.to_owned(), present })
        })
    }

    /// The error with the file that the coefficients come from, if they come from one.
    fn located(&self, error: WeightsError) -> WeightsError {
        match &self.path {
            Some(path) => error.in_file(path),
            None => error,
        }
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
        Ok(Self { owner, arrays, path: None })
    }

    /// Writes a file.
    ///
    /// # Errors
    ///
    /// Those of [`to_bytes`](Self::to_bytes), and [`WeightsError::File`]; the message begins with the path.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), WeightsError> {
        let path = path.as_ref();
        let write = || Ok(fs::write(path, self.to_bytes()?)?);
        write().map_err(|error: WeightsError| error.in_file(path))
    }

    /// Reads a file that was written for the same basis.
    ///
    /// # Errors
    ///
    /// Those of [`from_bytes`](Self::from_bytes), and [`WeightsError::File`]; the message begins with the path, and
    /// so do those about the arrays of what was loaded.
    pub fn load(basis: &Basis, path: impl AsRef<Path>) -> Result<Self, WeightsError> {
        let path = path.as_ref();
        let read = || Self::from_bytes(basis, &fs::read(path)?);
        let weights = read().map_err(|error| error.in_file(path))?;
        Ok(Self { path: Some(path.to_owned()), ..weights })
    }
}
