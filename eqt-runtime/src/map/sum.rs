//! The sum of two maps of one signature.

use ndarray::{ArrayD, ArrayViewD, Axis, concatenate};

use super::{Equivariance, EquivariantMap, Parameters, PullBack};
use crate::batch::BatchError;
use crate::description::Basis;
use crate::description::interface::Interface;
use crate::{Real, Scalar};

/// `f(x) = f_1(x) + f_2(x)`: the parameters and members of the first come before those of the second, and the names of
/// parameters begin with `0.` and `1.`.
#[derive(Clone, Debug)]
pub struct Sum<A, B> {
    first: A,
    second: B,
    parameters: Parameters,
}

impl<A, B> Sum<A, B> {
    /// The sum of two maps. Where their inputs or outputs differ, every call is an error.
    pub fn new<T: Scalar>(first: A, second: B) -> Self
    where
        A: EquivariantMap<T>,
        B: EquivariantMap<T>,
    {
        let parameters = Parameters::join(&[first.parameters(), second.parameters()]);
        Self { first, second, parameters }
    }

    /// The parameters of the two.
    fn split<'a, T: Scalar>(&self, parameters: &'a [T]) -> Result<(&'a [T], &'a [T]), BatchError>
    where
        A: EquivariantMap<T>,
    {
        if parameters.len() != self.parameters.len() {
            return Err(BatchError::length("parameters", self.parameters.len(), parameters.len()));
        }
        Ok(parameters.split_at(self.first.parameters().len()))
    }
}

impl<T: Scalar, A: EquivariantMap<T>, B: EquivariantMap<T>> EquivariantMap<T> for Sum<A, B> {
    fn interface(&self) -> &Interface {
        self.first.interface()
    }

    fn sizes(&self) -> &[usize] {
        self.first.sizes()
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn bases(&self) -> Vec<Basis> {
        [self.first.bases(), self.second.bases()].concat()
    }

    fn values(&self, parameters: &[T], inputs: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, BatchError> {
        let (of_first, of_second) = self.split(parameters)?;
        let mut sum = self.first.values(of_first, inputs)?;
        add(&mut sum, &self.second.values(of_second, inputs)?)?;
        Ok(sum)
    }

    fn pull_back(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<PullBack<T>, BatchError> {
        let (of_first, of_second) = self.split(parameters)?;
        let mut sum = self.first.pull_back(of_first, inputs, cotangent.view())?;
        let more = self.second.pull_back(of_second, inputs, cotangent)?;
        sum.parameters.extend(more.parameters);
        sum.inputs.iter_mut().zip(&more.inputs).try_for_each(|(sum, term)| add(sum, term))?;
        Ok(sum)
    }

    fn parameter_gradient(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<Vec<T>, BatchError> {
        let (of_first, of_second) = self.split(parameters)?;
        let mut flat = self.first.parameter_gradient(of_first, inputs, cotangent.view())?;
        flat.extend(self.second.parameter_gradient(of_second, inputs, cotangent)?);
        Ok(flat)
    }

    fn member_weights(&self, parameters: &[T]) -> Result<Vec<T>, BatchError> {
        let (of_first, of_second) = self.split(parameters)?;
        Ok([self.first.member_weights(of_first)?, self.second.member_weights(of_second)?].concat())
    }

    fn members(&self, parameters: &[T], inputs: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, BatchError> {
        let (of_first, of_second) = self.split(parameters)?;
        side_by_side(&self.first.members(of_first, inputs)?, &self.second.members(of_second, inputs)?)
    }

    fn member_gradients(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
        of_inputs: &[usize],
    ) -> Result<Vec<ArrayD<T>>, BatchError> {
        let (of_first, of_second) = self.split(parameters)?;
        let first = self.first.member_gradients(of_first, inputs, cotangent.view(), of_inputs)?;
        let second = self.second.member_gradients(of_second, inputs, cotangent, of_inputs)?;
        first.iter().zip(&second).map(|(first, second)| side_by_side(first, second)).collect()
    }

    /// Each of the two with elements of its own group; the larger deviation.
    fn check_equivariance(&self, parameters: &[T], seed: u64) -> Result<Equivariance, BatchError>
    where
        T: Real,
    {
        let (of_first, of_second) = self.split(parameters)?;
        let first = self.first.check_equivariance(of_first, seed)?;
        let second = self.second.check_equivariance(of_second, seed)?;
        Ok(Equivariance {
            deviation: first.deviation.max(second.deviation),
            elements: first.elements + second.elements,
        })
    }
}

fn add<T: Scalar>(sum: &mut ArrayD<T>, term: &ArrayD<T>) -> Result<(), BatchError> {
    BatchError::check_samples(
        "second map".to_owned(),
        &mut Some(sum.shape()[0]),
        &sum.shape()[1..],
        term.shape(),
    )?;
    sum.zip_mut_with(term, |sum, &term| *sum += term);
    Ok(())
}

/// The members of both, one after the other along the second axis.
fn side_by_side<T: Scalar>(first: &ArrayD<T>, second: &ArrayD<T>) -> Result<ArrayD<T>, BatchError> {
    concatenate(Axis(1), &[first.view(), second.view()])
        .map_err(|_| BatchError::length("entries of the second map", first.len(), second.len()))
}
