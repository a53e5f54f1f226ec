//! Maps as values.
//!
//! [`EquivariantMap`] is what a trainer, a layer or a test holds: parameters as one flat vector, batches, pullbacks, the
//! values of all members (the design matrix of a least-squares fit), their gradients. Emitted code brings kernels and
//! their description ([`KernelSet`]); [`Emitted`] makes a map of them. Code that is generic over maps looks like this:
//!
//! ```
//! use eqt_runtime::map::EquivariantMap;
//! use ndarray::{ArrayViewD, ArrayD};
//!
//! /// The mean of `|f(x) - y|^2` over samples, and a step of gradient descent.
//! fn step(map: &dyn EquivariantMap<f64>, theta: &mut [f64], x: ArrayViewD<'_, f64>, y: &ArrayD<f64>, rate: f64)
//!     -> Result<f64, eqt_runtime::BatchError>
//! {
//!     let residual = map.values(theta, &[x.view()])? - y;
//!     let gradient = map.pull_back(theta, &[x], residual.view())?;
//!     theta.iter_mut().zip(gradient.parameters).for_each(|(t, g)| *t -= rate * g);
//!     Ok(residual.iter().map(|r| r * r).sum::<f64>() / residual.len() as f64)
//! }
//! ```

mod check;
mod emitted;
mod frame;
mod generators;
mod parameters;
mod sum;

use ndarray::{Array2, ArrayD, ArrayViewD, IxDyn};

pub use check::Equivariance;
pub use emitted::{Emitted, GeneratorKernels, KernelSet};
pub use generators::{AssemblyPullBack, GeneratorMap};
pub use parameters::{ParameterArray, Parameters};
pub use sum::Sum;

use crate::batch::BatchError;
use crate::description::interface::{Interface, Quantity};
use crate::description::{Basis, Element};
use crate::{Real, Scalar};

/// An equivariant map at fixed sizes, over the scalars `T`.
///
/// Arrays hold samples along their first axis and may have any strides. Inputs are those that belong to samples, in the
/// order of [`inputs`](EquivariantMap::inputs); all others are parameters.
pub trait EquivariantMap<T: Scalar>: Send + Sync {
    /// How inputs and output are described, and how the group acts on them.
    fn interface(&self) -> &Interface;

    /// The size of every axis of the interface.
    fn sizes(&self) -> &[usize];

    /// The parameters, and where each lies in the flat vector.
    fn parameters(&self) -> &Parameters;

    /// The values of all samples, shape (samples, shape of the output).
    ///
    /// # Errors
    ///
    /// [`BatchError`] if an array has the wrong shape, or there are not as many parameters as the map has.
    fn values(&self, parameters: &[T], inputs: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, BatchError>;

    /// The gradient of `sum_samples <cotangent, f(x)>` in the parameters, and for every sample in all inputs.
    ///
    /// # Errors
    ///
    /// As [`values`](EquivariantMap::values).
    fn pull_back(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<PullBack<T>, BatchError>;

    /// The gradient of `sum_samples <cotangent, f(x)>` in the parameters alone: cheaper than
    /// [`pull_back`](EquivariantMap::pull_back).
    ///
    /// # Errors
    ///
    /// As [`values`](EquivariantMap::values).
    fn parameter_gradient(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<Vec<T>, BatchError> {
        Ok(self.pull_back(parameters, inputs, cotangent)?.parameters)
    }

    /// The value of every member, shape (samples, members, shape of the output). A member whose coefficient is a number
    /// comes without it in a map whose coefficients are all numbers; elsewhere it comes with its coefficient. Either way
    /// `f = sum_b w_b T_b`, with `w` the [`member_weights`](EquivariantMap::member_weights).
    ///
    /// # Errors
    ///
    /// As [`values`](EquivariantMap::values).
    fn members(&self, parameters: &[T], inputs: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, BatchError>;

    /// What the [`members`](EquivariantMap::members) are added up with: `f = sum_b w_b T_b`. The parameters, where these are
    /// the numbers in front of the members, else ones.
    ///
    /// # Errors
    ///
    /// If there are not as many parameters as the map has.
    fn member_weights(&self, parameters: &[T]) -> Result<Vec<T>, BatchError>;

    /// The gradient of `<cotangent, T_b>` in some inputs, for every member b: for each of these inputs an array of shape
    /// (samples, members, shape of the input). Inputs are numbered as in [`inputs`](EquivariantMap::inputs), members are those
    /// of [`members`](EquivariantMap::members).
    ///
    /// # Errors
    ///
    /// As [`values`](EquivariantMap::values), and [`BatchError::Input`] if there is no such input.
    fn member_gradients(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
        of_inputs: &[usize],
    ) -> Result<Vec<ArrayD<T>>, BatchError>;

    /// The bases that saved parameters are pinned to: one, but for sums of maps.
    fn bases(&self) -> Vec<Basis> {
        vec![self.interface().basis]
    }

    /// The members of all bases, in the order of their coefficients.
    fn elements(&self) -> Vec<Element> {
        self.bases().iter().flat_map(|basis| basis.elements).copied().collect()
    }

    /// Names and shapes of the inputs that belong to samples.
    fn inputs(&self) -> Vec<(&'static str, Vec<usize>)> {
        self.interface().described_inputs(self.sizes())
    }

    /// The shape of the output.
    fn output(&self) -> Vec<usize> {
        self.interface().shape(Quantity::Output, self.sizes())
    }

    /// The value of one sample, each input as the slice of its entries in row-major order.
    ///
    /// # Errors
    ///
    /// As [`values`](EquivariantMap::values).
    fn value(&self, parameters: &[T], inputs: &[&[T]]) -> Result<Vec<T>, BatchError> {
        let views = batch_of_one(&self.inputs(), inputs)?;
        Ok(self.values(parameters, &views)?.into_iter().collect())
    }

    /// The design matrix: a row per sample and entry of the output, a column per [member](EquivariantMap::members). A map
    /// whose coefficients are numbers is this matrix times the vector of its parameters.
    ///
    /// # Errors
    ///
    /// As [`values`](EquivariantMap::values).
    fn design_matrix(&self, parameters: &[T], inputs: &[ArrayViewD<'_, T>]) -> Result<Array2<T>, BatchError> {
        Ok(by_member(&self.members(parameters, inputs)?, self.elements().len()))
    }

    /// The design matrix of gradients in some inputs: a row per input, sample and entry of the input, a column per member.
    /// With cotangent -1 and positions as input, that of the forces of a potential.
    ///
    /// # Errors
    ///
    /// As [`member_gradients`](EquivariantMap::member_gradients).
    fn gradient_matrix(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
        of_inputs: &[usize],
    ) -> Result<Array2<T>, BatchError> {
        let gradients = self.member_gradients(parameters, inputs, cotangent, of_inputs)?;
        Ok(one_below_the_other(&gradients, self.elements().len()))
    }

    /// How far the map is from commuting with random elements of its group, in floats: elements of every component of the group
    /// of every axis (reflections, permutations), and of all together.
    ///
    /// # Errors
    ///
    /// As [`values`](EquivariantMap::values).
    fn check_equivariance(&self, parameters: &[T], seed: u64) -> Result<Equivariance, BatchError>
    where
        T: Real,
    {
        check::check(&|inputs| self.values(parameters, inputs), self.interface(), self.sizes(), seed)
    }
}

/// Gradients of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct PullBack<T> {
    /// In the flat vector of parameters, summed over samples.
    pub parameters: Vec<T>,
    /// In every input, shape (samples, shape of the input).
    pub inputs: Vec<ArrayD<T>>,
}

/// Slices of the entries of one sample as arrays of samples.
fn batch_of_one<'a, T: Scalar>(
    described: &[(&str, Vec<usize>)],
    inputs: &[&'a [T]],
) -> Result<Vec<ArrayViewD<'a, T>>, BatchError> {
    if inputs.len() != described.len() {
        return Err(BatchError::length("inputs", described.len(), inputs.len()));
    }
    let view = |(&entries, (name, shape)): (&&'a [T], &(&str, Vec<usize>))| {
        let shape = [&[1], &shape[..]].concat();
        ArrayViewD::from_shape(IxDyn(&shape), entries)
            .map_err(|_| BatchError::length(format!("input `{name}`"), shape.iter().product(), entries.len()))
    };
    inputs.iter().zip(described).map(view).collect()
}

/// The matrices of several inputs as one.
fn one_below_the_other<T: Scalar>(gradients: &[ArrayD<T>], members: usize) -> Array2<T> {
    let blocks: Vec<Array2<T>> = gradients.iter().map(|of_input| by_member(of_input, members)).collect();
    let rows = blocks.iter().map(Array2::nrows).sum();
    let entries = blocks.into_iter().flatten().collect();
    match Array2::from_shape_vec((rows, members), entries) {
        Ok(matrix) => matrix,
        Err(_) => unreachable!("a column per member"),
    }
}

/// (samples, members, shape) as a matrix with a column per member.
fn by_member<T: Scalar>(values: &ArrayD<T>, members: usize) -> Array2<T> {
    let samples = values.shape()[0];
    let entries: usize = values.shape()[2..].iter().product();
    let flat: Vec<T> = values.iter().copied().collect();
    Array2::from_shape_fn((samples * entries, members), |(row, member)| {
        flat[(row / entries * members + member) * entries + row % entries]
    })
}
