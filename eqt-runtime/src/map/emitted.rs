//! Emitted kernels as a map.

use ndarray::{ArrayD, ArrayViewD};

use super::frame::{Frame, Given};
use super::{EquivariantMap, Parameters, PullBack};
use crate::Scalar;
use crate::batch::{BatchError, Kernel};
use crate::description::interface::Interface;

/// What is emitted for a map: its description, and a kernel for each of its functions.
///
/// Sizes are types here where they are types of the map (`D` of a const generic), and numbers, in [`Emitted`], where they are
/// run-time lengths.
pub trait KernelSet<T: Scalar>: Send + Sync + 'static {
    /// The value.
    fn value(sizes: &[usize]) -> Kernel<T>;

    /// The value of every member.
    fn members(sizes: &[usize]) -> Kernel<T>;

    /// The gradient in all inputs, and in the coefficients or parameters.
    fn gradient(sizes: &[usize]) -> Kernel<T>;

    /// The gradient in the coefficients or parameters alone; nothing if there are none.
    fn parameter_gradient(sizes: &[usize]) -> Option<Kernel<T>>;

    /// The gradient in the inputs of `sum_b w_b T_b` over all members; nothing if [`gradient`](KernelSet::gradient) does
    /// it, the coefficients being such weights.
    fn member_gradient(sizes: &[usize]) -> Option<Kernel<T>>;
}

/// The further kernels of the generator form.
pub trait GeneratorKernels<T: Scalar>: KernelSet<T> {
    /// The invariants.
    fn invariants(sizes: &[usize]) -> Kernel<T>;

    /// The gradient of `<cotangent, invariants>` in all inputs; nothing if there are no inputs.
    fn invariants_gradient(sizes: &[usize]) -> Option<Kernel<T>>;
}

/// A map made of the kernels `K`, at fixed sizes.
#[derive(Clone, Debug)]
pub struct Emitted<K> {
    kernels: std::marker::PhantomData<fn() -> K>,
    frame: Frame,
}

impl<K> Emitted<K> {
    /// The map at these sizes, one per axis of its interface; emitted code calls this.
    #[doc(hidden)]
    pub fn new(interface: &'static Interface, sizes: &[usize]) -> Self {
        Self { kernels: std::marker::PhantomData, frame: Frame::new(interface, sizes) }
    }

    pub(super) fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl<T: Scalar, K: KernelSet<T>> EquivariantMap<T> for Emitted<K> {
    fn interface(&self) -> &Interface {
        self.frame.interface
    }

    fn sizes(&self) -> &[usize] {
        &self.frame.sizes
    }

    fn parameters(&self) -> &Parameters {
        &self.frame.parameters
    }

    fn values(&self, parameters: &[T], inputs: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, BatchError> {
        self.frame.only(&K::value(&self.frame.sizes), &Given::parameters(parameters, inputs))
    }

    fn pull_back(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<PullBack<T>, BatchError> {
        let given = Given { cotangent: Some(cotangent), ..Given::parameters(parameters, inputs) };
        self.frame.pull_back(&K::gradient(&self.frame.sizes), &given)
    }

    fn parameter_gradient(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<Vec<T>, BatchError> {
        let given = Given { cotangent: Some(cotangent), ..Given::parameters(parameters, inputs) };
        let sizes = &self.frame.sizes;
        self.frame.parameter_gradient(K::parameter_gradient(sizes).as_ref(), &K::gradient(sizes), &given)
    }

    fn members(&self, parameters: &[T], inputs: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, BatchError> {
        self.frame.only(&K::members(&self.frame.sizes), &Given::parameters(parameters, inputs))
    }

    fn member_weights(&self, parameters: &[T]) -> Result<Vec<T>, BatchError> {
        self.frame.member_weights(parameters)
    }

    fn member_gradients(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
        of_inputs: &[usize],
    ) -> Result<Vec<ArrayD<T>>, BatchError> {
        let given = Given { cotangent: Some(cotangent), ..Given::parameters(parameters, inputs) };
        let sizes = &self.frame.sizes;
        let kernel = K::member_gradient(sizes).unwrap_or_else(|| K::gradient(sizes));
        self.frame.member_gradients(&kernel, given, of_inputs)
    }
}
