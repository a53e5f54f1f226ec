//! Maps in generator form: what stands between the invariants and the coefficients is the caller's.

use ndarray::{ArrayD, ArrayViewD};

use super::EquivariantMap;
use super::emitted::{Emitted, GeneratorKernels};
use super::frame::Given;
use crate::Scalar;
use crate::batch::BatchError;

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
        let frame = self.frame();
        frame.arrays(&K::invariants(&frame.sizes), &Given::inputs(inputs))
    }

    fn invariants_pull_back(
        &self,
        inputs: &[ArrayViewD<'_, T>],
        cotangent: &[ArrayViewD<'_, T>],
    ) -> Result<Vec<ArrayD<T>>, BatchError> {
        let frame = self.frame();
        let given = Given { invariants: Some(cotangent), ..Given::inputs(inputs) };
        match K::invariants_gradient(&frame.sizes) {
            Some(kernel) => frame.arrays(&kernel, &given),
            None => Ok(Vec::new()),
        }
    }

    fn assemble(
        &self,
        coefficients: &[ArrayViewD<'_, T>],
        inputs: &[ArrayViewD<'_, T>],
    ) -> Result<ArrayD<T>, BatchError> {
        let frame = self.frame();
        let given = Given { coefficients: Some(coefficients), ..Given::inputs(inputs) };
        frame.only(&K::value(&frame.sizes), &given)
    }

    fn assemble_pull_back(
        &self,
        coefficients: &[ArrayViewD<'_, T>],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<AssemblyPullBack<T>, BatchError> {
        let frame = self.frame();
        let coefficients = Some(coefficients);
        let given = Given { coefficients, cotangent: Some(cotangent), ..Given::inputs(inputs) };
        frame.assembly_pull_back(&K::gradient(&frame.sizes), &given)
    }
}
