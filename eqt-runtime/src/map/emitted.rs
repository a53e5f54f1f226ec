//! Emitted kernels as a map.

use std::borrow::Cow;

use ndarray::{ArrayD, ArrayViewD, IxDyn};

use super::{EquivariantMap, Parameters, PullBack};
use crate::Scalar;
use crate::batch::{BatchError, Data, Kernel, Target, run};
use crate::description::interface::{Interface, Quantity, Sharing};

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
    interface: &'static Interface,
    sizes: Vec<usize>,
    parameters: Parameters,
}

impl<K> Emitted<K> {
    /// The map at these sizes, one per axis of its interface; emitted code calls this.
    #[doc(hidden)]
    pub fn new(interface: &'static Interface, sizes: &[usize]) -> Self {
        let parameters = Parameters::new(interface, sizes);
        Self { kernels: std::marker::PhantomData, interface, sizes: sizes.to_vec(), parameters }
    }

    /// The lengths of the arguments of a function, and what it is called with.
    pub(super) fn call<T: Scalar>(
        &self,
        kernel: &Kernel<T>,
        given: &Given<'_, T>,
        mut target: impl FnMut(usize, Quantity) -> Option<Wanted>,
    ) -> Result<Vec<Vec<T>>, BatchError> {
        let mut samples = given.samples;
        let mut sources: Vec<(bool, Cow<'_, [T]>)> = Vec::new();
        for argument in kernel.function.arguments {
            let length = self.interface.len_of(argument.quantity, &self.sizes);
            let (per_sample, entries) = given.entries(argument.quantity, self, length)?;
            if per_sample {
                let found = entries.len().checked_div(length);
                samples = samples.or(found);
            }
            sources.push((per_sample, entries));
        }
        let samples = samples.unwrap_or(1);
        let data: Vec<Data<'_, T>> = sources
            .iter()
            .map(|(per_sample, entries)| match per_sample {
                true => Data::PerSample(entries),
                false => Data::Shared(entries),
            })
            .collect();
        let mut results: Vec<(Option<Wanted>, Vec<T>)> = Vec::new();
        for (index, result) in kernel.function.results.iter().enumerate() {
            let wanted = target(index, result.quantity);
            let length = self.interface.len_of(result.quantity, &self.sizes);
            // What a kernel adds up itself has no value per sample.
            let wanted = match (wanted, result.sharing) {
                (Some(Wanted::PerSample), Sharing::Summed) => Some(Wanted::Summed),
                (wanted, _) => wanted,
            };
            let count = match wanted {
                Some(Wanted::PerSample) => samples * length,
                Some(Wanted::Summed) => length,
                None => 0,
            };
            results.push((wanted, vec![T::ZERO; count]));
        }
        let targets = results.iter_mut().map(|(wanted, entries)| match wanted {
            Some(Wanted::PerSample) => Target::PerSample(entries),
            Some(Wanted::Summed) => Target::Summed(entries),
            None => Target::Nothing,
        });
        run(kernel, self.interface, &self.sizes, samples, &data, targets.collect());
        Ok(results.into_iter().map(|(_, entries)| entries).collect())
    }

    pub(super) fn array<T: Scalar>(&self, samples: usize, quantity: Quantity, entries: Vec<T>) -> ArrayD<T> {
        let shape = [vec![samples], self.interface.shape(quantity, &self.sizes)].concat();
        match ArrayD::from_shape_vec(IxDyn(&shape), entries) {
            Ok(array) => array,
            Err(_) => unreachable!("as many entries as the shape says"),
        }
    }

    /// The size of every axis.
    pub(super) fn sizes_of(&self) -> &[usize] {
        &self.sizes
    }

    /// The shapes of all arrays that a kernel reads per sample; how many samples there are.
    pub(super) fn check_all<T: Scalar>(
        &self,
        kernel: &Kernel<T>,
        given: &Given<'_, T>,
    ) -> Result<Option<usize>, BatchError> {
        let expected = self.sample_inputs();
        if given.inputs.len() != expected.len() {
            return Err(BatchError::length("inputs", expected.len(), given.inputs.len()));
        }
        let mut samples = None;
        for argument in kernel.function.arguments {
            let view = match argument.quantity {
                Quantity::Input(input) => {
                    let position = expected.iter().position(|&other| other == usize::from(input));
                    position.map(|position| &given.inputs[position])
                }
                Quantity::Output => given.cotangent.as_ref(),
                Quantity::Coefficients => given.coefficients.and_then(|views| views.first()),
                Quantity::Coefficient(index) => {
                    given.coefficients.and_then(|views| views.get(usize::from(index)))
                }
                Quantity::Invariants => given.invariants.first(),
                Quantity::Invariant(index) => given.invariants.get(usize::from(index)),
                Quantity::Members | Quantity::Weights => None,
            };
            if let Some(view) = view {
                let shape = self.interface.shape(argument.quantity, &self.sizes);
                BatchError::check_samples(argument.what.to_owned(), &mut samples, &shape, view.shape())?;
            }
        }
        Ok(samples)
    }

    /// The inputs that belong to samples.
    fn sample_inputs(&self) -> Vec<usize> {
        let is_parameter =
            |input: &usize| self.interface.parameters.iter().any(|&other| usize::from(other) == *input);
        (0..self.interface.inputs.len()).filter(|input| !is_parameter(input)).collect()
    }

    fn check<T: Scalar>(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: Option<&ArrayViewD<'_, T>>,
    ) -> Result<Option<usize>, BatchError> {
        if parameters.len() != self.parameters.len() {
            return Err(BatchError::length("parameters", self.parameters.len(), parameters.len()));
        }
        let expected = self.sample_inputs();
        if inputs.len() != expected.len() {
            return Err(BatchError::length("inputs", expected.len(), inputs.len()));
        }
        let mut samples = None;
        let inputs = expected.iter().zip(inputs).map(|(&input, view)| {
            let what = format!("input `{}`", self.interface.inputs[input].name);
            (what, Quantity::Input(input as u16), view)
        });
        let cotangent = cotangent.map(|view| ("cotangent".to_owned(), Quantity::Output, view));
        for (what, quantity, view) in inputs.chain(cotangent) {
            let shape = self.interface.shape(quantity, &self.sizes);
            BatchError::check_samples(what, &mut samples, &shape, view.shape())?;
        }
        Ok(samples)
    }
}

/// How a result is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    PerSample,
    Summed,
}

/// What a function is called with.
pub(super) struct Given<'a, T> {
    pub(super) samples: Option<usize>,
    pub(super) parameters: &'a [T],
    pub(super) inputs: &'a [ArrayViewD<'a, T>],
    pub(super) cotangent: Option<ArrayViewD<'a, T>>,
    /// A number per member, in the place of the coefficients if these are numbers.
    pub(super) weights: Option<Vec<T>>,
    /// Coefficients that every sample has its own of, in the place of those among the parameters.
    pub(super) coefficients: Option<&'a [ArrayViewD<'a, T>]>,
    /// Cotangents of the invariants.
    pub(super) invariants: &'a [ArrayViewD<'a, T>],
}

impl<T> Default for Given<'_, T> {
    fn default() -> Self {
        Given {
            samples: None,
            parameters: &[],
            inputs: &[],
            cotangent: None,
            weights: None,
            coefficients: None,
            invariants: &[],
        }
    }
}

/// The entries of a view in row-major order, without a copy where they lie so.
fn entries_of<'a, T: Scalar>(view: &ArrayViewD<'a, T>) -> Cow<'a, [T]> {
    view.to_slice().map_or_else(|| view.iter().copied().collect(), Cow::Borrowed)
}

impl<T: Scalar> Given<'_, T> {
    /// The entries of a quantity, and whether they are per sample.
    fn entries<K>(
        &self,
        quantity: Quantity,
        of: &Emitted<K>,
        length: usize,
    ) -> Result<(bool, Cow<'_, [T]>), BatchError> {
        let given = |views: &[ArrayViewD<'_, T>], index: usize| match views.get(index) {
            Some(view) => Ok((true, Cow::Owned(entries_of(view).into_owned()))),
            None => Err(BatchError::length("arrays", index + 1, views.len())),
        };
        if let Some(views) = self.coefficients {
            match quantity {
                Quantity::Coefficients => return given(views, 0),
                Quantity::Coefficient(index) => return given(views, index.into()),
                _ => {}
            }
        }
        Ok(match quantity {
            Quantity::Input(input) => {
                match of.sample_inputs().iter().position(|&other| other == usize::from(input)) {
                    Some(position) => (true, entries_of(&self.inputs[position])),
                    None => (false, self.parameter(quantity, of)),
                }
            }
            Quantity::Output => match &self.cotangent {
                Some(view) => (true, entries_of(view)),
                None => (false, Cow::Owned(vec![T::ONE; length])),
            },
            Quantity::Coefficients => match &self.weights {
                Some(weights) => (false, Cow::Borrowed(&weights[..])),
                None => (false, Cow::Borrowed(self.parameters)),
            },
            Quantity::Weights => (false, Cow::Borrowed(self.weights.as_deref().unwrap_or_default())),
            Quantity::Coefficient(_) => (false, self.parameter(quantity, of)),
            Quantity::Invariants => return given(self.invariants, 0),
            Quantity::Invariant(index) => return given(self.invariants, index.into()),
            // Only a result.
            Quantity::Members => (false, Cow::Owned(Vec::new())),
        })
    }

    /// A coefficient or parameter, all entries, times its weight.
    fn parameter<K>(&self, quantity: Quantity, of: &Emitted<K>) -> Cow<'_, [T]> {
        let Some(array) = of.parameters.arrays().iter().find(|array| array.quantity == quantity) else {
            return Cow::Owned(Vec::new());
        };
        let mut entries = array.expand(self.parameters);
        if let (Some(weights), Quantity::Coefficient(index)) = (&self.weights, quantity) {
            let weight = weights[usize::from(index)];
            entries.iter_mut().for_each(|entry| *entry *= weight);
        }
        Cow::Owned(entries)
    }
}

impl<T: Scalar, K: KernelSet<T>> EquivariantMap<T> for Emitted<K> {
    fn interface(&self) -> &Interface {
        self.interface
    }

    fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn values(&self, parameters: &[T], inputs: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, BatchError> {
        let samples = self.check(parameters, inputs, None)?;
        let given = Given { samples, parameters, inputs, ..Given::default() };
        let kernel = K::value(&self.sizes);
        let mut results = self.call(&kernel, &given, |_, _| Some(Wanted::PerSample))?;
        Ok(self.array(samples.unwrap_or(1), Quantity::Output, results.swap_remove(0)))
    }

    fn pull_back(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<PullBack<T>, BatchError> {
        let samples = self.check(parameters, inputs, Some(&cotangent))?;
        let given = Given { samples, parameters, inputs, cotangent: Some(cotangent), ..Given::default() };
        let kernel = K::gradient(&self.sizes);
        let of_samples = self.sample_inputs();
        let is_sample =
            |quantity| matches!(quantity, Quantity::Input(input) if of_samples.contains(&usize::from(input)));
        let wanted = |_, quantity| Some(if is_sample(quantity) { Wanted::PerSample } else { Wanted::Summed });
        let results = self.call(&kernel, &given, wanted)?;
        let mut gradient = PullBack { parameters: vec![T::ZERO; self.parameters.len()], inputs: Vec::new() };
        for (result, entries) in kernel.function.results.iter().zip(results) {
            if is_sample(result.quantity) {
                gradient.inputs.push(self.array(samples.unwrap_or(1), result.quantity, entries));
            } else {
                self.collect(result.quantity, &entries, &mut gradient.parameters);
            }
        }
        Ok(gradient)
    }

    fn parameter_gradient(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
    ) -> Result<Vec<T>, BatchError> {
        let samples = self.check(parameters, inputs, Some(&cotangent))?;
        let mut flat = vec![T::ZERO; self.parameters.len()];
        let Some(kernel) = K::parameter_gradient(&self.sizes) else { return Ok(flat) };
        let given = Given { samples, parameters, inputs, cotangent: Some(cotangent), ..Given::default() };
        let results = self.call(&kernel, &given, |_, _| Some(Wanted::Summed))?;
        for (result, entries) in kernel.function.results.iter().zip(results) {
            self.collect(result.quantity, &entries, &mut flat);
        }
        Ok(flat)
    }

    fn members(&self, parameters: &[T], inputs: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, BatchError> {
        let samples = self.check(parameters, inputs, None)?;
        let given = Given { samples, parameters, inputs, ..Given::default() };
        let kernel = K::members(&self.sizes);
        let mut results = self.call(&kernel, &given, |_, _| Some(Wanted::PerSample))?;
        Ok(self.array(samples.unwrap_or(1), Quantity::Members, results.swap_remove(0)))
    }

    fn member_gradients(
        &self,
        parameters: &[T],
        inputs: &[ArrayViewD<'_, T>],
        cotangent: ArrayViewD<'_, T>,
        input: usize,
    ) -> Result<ArrayD<T>, BatchError> {
        let samples = self.check(parameters, inputs, Some(&cotangent))?;
        let of_samples = self.sample_inputs();
        let Some(&position) = of_samples.get(input) else {
            return Err(BatchError::length("inputs", input + 1, of_samples.len()));
        };
        let quantity = Quantity::Input(position as u16);
        let kernel = K::member_gradient(&self.sizes).unwrap_or_else(|| K::gradient(&self.sizes));
        let members = self.interface.members.len();
        let length = self.interface.len_of(quantity, &self.sizes);
        let samples_or_one = samples.unwrap_or(1);
        let mut all = vec![T::ZERO; samples_or_one * members * length];
        for member in 0..members {
            // The gradient is linear in the weights of the members.
            let mut weights = vec![T::ZERO; members];
            weights[member] = T::ONE;
            let given = Given {
                samples,
                parameters,
                inputs,
                cotangent: Some(cotangent.view()),
                weights: Some(weights),
                ..Given::default()
            };
            let wanted = |_, other| (other == quantity).then_some(Wanted::PerSample);
            let results = self.call(&kernel, &given, wanted)?;
            let Some(entries) = results.iter().find(|entries| !entries.is_empty()) else { continue };
            for (sample, entries) in entries.chunks_exact(length.max(1)).enumerate() {
                all[(sample * members + member) * length..][..length].copy_from_slice(entries);
            }
        }
        let shape = [vec![samples_or_one, members], self.interface.shape(quantity, &self.sizes)].concat();
        match ArrayD::from_shape_vec(IxDyn(&shape), all) {
            Ok(array) => Ok(array),
            Err(_) => unreachable!("as many entries as the shape says"),
        }
    }
}

impl<K> Emitted<K> {
    /// Adds the gradient in a quantity to the flat one.
    fn collect<T: Scalar>(&self, quantity: Quantity, entries: &[T], flat: &mut [T]) {
        if quantity == Quantity::Coefficients {
            flat.iter_mut().zip(entries).for_each(|(place, &entry)| *place += entry);
        } else if let Some(array) = self.parameters.arrays().iter().find(|array| array.quantity == quantity) {
            array.collect(entries, flat);
        }
    }
}
