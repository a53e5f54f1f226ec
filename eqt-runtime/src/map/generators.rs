//! Maps in generator form: what stands between the invariants and the coefficients is the caller's.

use ndarray::{ArrayD, ArrayViewD};

use super::EquivariantMap;
use super::emitted::{Emitted, GeneratorKernels, Given, Wanted};
use crate::Scalar;
use crate::batch::BatchError;
use crate::description::interface::Quantity;

/// A map `f(x) = sum_g q_g(I(x)) T_g(x)`: as an [`EquivariantMap`] its parameters are the q, the same for all samples; here
/// every sample has its own, such as a network makes of the invariants I.
///
/// Where no labels are free, invariants and coefficients are one array each, shape (samples, number); over free labels
/// they are an array per invariant or generator, shape (samples, lengths of its labels).
pub trait GeneratorMap<T: Scalar>: EquivariantMap<T> {
    /// The invariants of every sample.
    ///
    /// # Errors
    ///
    /// [`BatchError`] if an array has the wrong shape.
    fn invariants(&self, inputs: &[ArrayViewD<'_, T>]) -> Result<Vec<ArrayD<T>>, BatchError>;

    /// The gradient of `<cotangent, I(x)>` in every input, given a cotangent per array of invariants.
    ///
    /// # Errors
    ///
    /// As [`invariants`](GeneratorMap::invariants).
    fn invariants_pull_back(
        &self,
        inputs: &[ArrayViewD<'_, T>],
        cotangent: &[ArrayViewD<'_, T>],
    ) -> Result<Vec<ArrayD<T>>, BatchError>;

    /// `sum_g q_g T_g(x)` of every sample, given its coefficients.
    ///
    /// # Errors
    ///
    /// As [`invariants`](GeneratorMap::invariants).
    fn assemble(
        &self,
        coefficients: &[ArrayViewD<'_, T>],
        inputs: &[ArrayViewD<'_, T>],
    ) -> Result<ArrayD<T>, BatchError>;

    /// The gradients of `<cotangent, sum_g q_g T_g(x)>` in the coefficients and in the inputs of every sample.
    ///
    /// # Errors
    ///
    /// As [`invariants`](GeneratorMap::invariants).
    fn assemble_pull_back(
        &self,
        coefficients: &[ArrayViewD<'_, T>],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<AssemblyPullBack<T>, BatchError>;
}

/// Gradients of an assembly, for every sample.
#[derive(Clone, Debug, PartialEq)]
pub struct AssemblyPullBack<T> {
    /// In every array of coefficients.
    pub coefficients: Vec<ArrayD<T>>,
    /// In every input.
    pub inputs: Vec<ArrayD<T>>,
}

impl<T: Scalar, K: GeneratorKernels<T>> GeneratorMap<T> for Emitted<K> {
    fn invariants(&self, inputs: &[ArrayViewD<'_, T>]) -> Result<Vec<ArrayD<T>>, BatchError> {
        let given = Given { inputs, ..Given::default() };
        let kernel = K::invariants(self.sizes_of());
        self.arrays(&kernel, given, |_| true)
    }

    fn invariants_pull_back(
        &self,
        inputs: &[ArrayViewD<'_, T>],
        cotangent: &[ArrayViewD<'_, T>],
    ) -> Result<Vec<ArrayD<T>>, BatchError> {
        let given = Given { inputs, invariants: cotangent, ..Given::default() };
        match K::invariants_gradient(self.sizes_of()) {
            Some(kernel) => self.arrays(&kernel, given, |_| true),
            None => Ok(Vec::new()),
        }
    }

    fn assemble(
        &self,
        coefficients: &[ArrayViewD<'_, T>],
        inputs: &[ArrayViewD<'_, T>],
    ) -> Result<ArrayD<T>, BatchError> {
        let given = Given { inputs, coefficients: Some(coefficients), ..Given::default() };
        let kernel = K::value(self.sizes_of());
        Ok(self.arrays(&kernel, given, |_| true)?.swap_remove(0))
    }

    fn assemble_pull_back(
        &self,
        coefficients: &[ArrayViewD<'_, T>],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<AssemblyPullBack<T>, BatchError> {
        let given = Given {
            inputs,
            coefficients: Some(coefficients),
            cotangent: Some(cotangent),
            ..Given::default()
        };
        let kernel = K::gradient(self.sizes_of());
        let is_input = |quantity: Quantity| matches!(quantity, Quantity::Input(_));
        let of_coefficients =
            kernel.function.results.iter().filter(|result| !is_input(result.quantity)).count();
        let mut all = self.arrays(&kernel, given, |_| true)?;
        let inputs = all.split_off(of_coefficients);
        Ok(AssemblyPullBack { coefficients: all, inputs })
    }
}

impl<K> Emitted<K> {
    /// The results of a kernel for every sample.
    fn arrays<T: Scalar>(
        &self,
        kernel: &crate::batch::Kernel<T>,
        mut given: Given<'_, T>,
        wanted: impl Fn(Quantity) -> bool,
    ) -> Result<Vec<ArrayD<T>>, BatchError> {
        let samples = self.check_all(kernel, &given)?;
        given.samples = samples;
        let results =
            self.call(kernel, &given, |_, quantity| wanted(quantity).then_some(Wanted::PerSample))?;
        let results = kernel.function.results.iter().zip(results);
        Ok(results
            .map(|(result, entries)| self.array(samples.unwrap_or(1), result.quantity, entries))
            .collect())
    }
}
