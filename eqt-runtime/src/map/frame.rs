//! What all emitted maps have in common: arrays are checked, handed to a kernel, and gathered from it.

use std::borrow::Cow;

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};

use super::{AssemblyPullBack, Parameters, PullBack};
use crate::Scalar;
use crate::batch::{BatchError, Data, Kernel, Target, run};
use crate::description::interface::{Interface, Quantity, Sharing};

/// An emitted map but for its kernels. Nothing here depends on their types, so that it is compiled once for all maps over a
/// scalar.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) interface: &'static Interface,
    pub(super) sizes: Vec<usize>,
    pub(super) parameters: Parameters,
}

impl Frame {
    /// The map at these sizes, one per axis of its interface.
    pub(super) fn new(interface: &'static Interface, sizes: &[usize]) -> Self {
        Self { interface, sizes: sizes.to_vec(), parameters: Parameters::new(interface, sizes) }
    }

    fn check_parameters<T>(&self, parameters: &[T]) -> Result<(), BatchError> {
        match parameters.len() == self.parameters.len() {
            true => Ok(()),
            false => Err(BatchError::length("parameters", self.parameters.len(), parameters.len())),
        }
    }

    /// Whether everything that is given has its shape; how many samples there are. Without an array of samples there is one.
    fn check<T: Scalar>(&self, kernel: &Kernel<T>, given: &Given<'_, T>) -> Result<usize, BatchError> {
        given.parameters.map_or(Ok(()), |parameters| self.check_parameters(parameters))?;
        let inputs: Vec<Quantity> = self.interface.sample_inputs().map(Quantity::Input).collect();
        let mut lists = vec![("inputs", inputs, given.inputs)];
        lists.extend(
            given
                .cotangent
                .as_slice()
                .iter()
                .map(|view| ("cotangent", vec![Quantity::Output], std::slice::from_ref(view))),
        );
        lists.extend(
            given
                .coefficients
                .map(|views| ("arrays of coefficients", self.interface.coefficient_arrays(), views)),
        );
        lists.extend(
            given.invariants.map(|views| ("arrays of invariants", self.interface.invariant_arrays(), views)),
        );
        let mut samples = None;
        for (what, expected, views) in lists {
            if views.len() != expected.len() {
                return Err(BatchError::length(what, expected.len(), views.len()));
            }
            for (quantity, view) in expected.into_iter().zip(views) {
                let what = match quantity {
                    Quantity::Input(input) => {
                        format!("input `{}`", self.interface.inputs[usize::from(input)].name)
                    }
                    _ => kernel.name_of(quantity).unwrap_or(what).to_owned(),
                };
                let shape = self.interface.shape(quantity, &self.sizes);
                BatchError::check_samples(what, &mut samples, &shape, view.shape())?;
            }
        }
        Ok(samples.unwrap_or(1))
    }

    /// Runs a kernel: the results that are wanted, each as an array of all samples or as its sum over them.
    fn call<T: Scalar>(
        &self,
        kernel: &Kernel<T>,
        given: &Given<'_, T>,
        wanted: &dyn Fn(Quantity) -> Option<Wanted>,
    ) -> Result<Vec<(Quantity, ArrayD<T>)>, BatchError> {
        let samples = self.check(kernel, given)?;
        let arguments = kernel.function.arguments.iter();
        let sources: Vec<Source<'_, T>> =
            arguments.map(|argument| self.source(given, argument.quantity)).collect();
        let data: Vec<Data<'_, T>> = sources
            .iter()
            .map(|source| match source {
                Source::PerSample(entries) => Data::PerSample(entries),
                Source::Shared(entries) => Data::Shared(entries),
            })
            .collect();
        let mut results = Vec::with_capacity(kernel.function.results.len());
        for result in kernel.function.results {
            // What a kernel adds up itself has no value per sample.
            let wanted = match (wanted(result.quantity), result.sharing) {
                (Some(_), Sharing::Summed) => Some(Wanted::Summed),
                (wanted, _) => wanted,
            };
            let mut shape = self.interface.shape(result.quantity, &self.sizes);
            match wanted {
                Some(Wanted::PerSample) => shape.insert(0, samples),
                Some(Wanted::Summed) => {}
                None => shape = vec![0],
            }
            results.push((wanted, result.quantity, ArrayD::from_elem(IxDyn(&shape), T::ZERO)));
        }
        let targets = results.iter_mut().map(|(wanted, _, array)| match wanted {
            Some(Wanted::PerSample) => Target::PerSample(entries_mut(array)),
            Some(Wanted::Summed) => Target::Summed(entries_mut(array)),
            None => Target::Nothing,
        });
        run(kernel, self.interface, &self.sizes, samples, &data, targets.collect());
        Ok(results
            .into_iter()
            .filter(|(wanted, ..)| wanted.is_some())
            .map(|(_, of, array)| (of, array))
            .collect())
    }

    /// The only result of a kernel, of every sample.
    pub(super) fn only<T: Scalar>(
        &self,
        kernel: &Kernel<T>,
        given: &Given<'_, T>,
    ) -> Result<ArrayD<T>, BatchError> {
        let mut results = self.call(kernel, given, &|_| Some(Wanted::PerSample))?;
        match results.pop() {
            Some((_, array)) => Ok(array),
            None => unreachable!("values are a result"),
        }
    }

    /// What a kernel reads.
    fn source<'g, T: Scalar>(&self, given: &'g Given<'_, T>, quantity: Quantity) -> Source<'g, T> {
        let of_list = |views: Option<&'g [ArrayViewD<'g, T>]>, expected: Vec<Quantity>| {
            let position = expected.iter().position(|&other| other == quantity)?;
            Some(Source::PerSample(entries_of(&views?[position])))
        };
        let source = match quantity {
            Quantity::Input(_) => {
                let inputs = self.interface.sample_inputs().map(Quantity::Input).collect();
                of_list(Some(given.inputs), inputs).or_else(|| self.parameter(given, quantity))
            }
            Quantity::Output => given.cotangent.as_ref().map(|view| Source::PerSample(entries_of(view))),
            Quantity::Coefficients => of_list(given.coefficients, self.interface.coefficient_arrays())
                .or_else(|| {
                    let numbers = given.weights.as_deref().or(given.parameters)?;
                    Some(Source::Shared(Cow::Borrowed(numbers)))
                }),
            Quantity::Coefficient(_) => of_list(given.coefficients, self.interface.coefficient_arrays())
                .or_else(|| self.parameter(given, quantity)),
            Quantity::Weights => {
                given.weights.as_deref().map(|weights| Source::Shared(Cow::Borrowed(weights)))
            }
            Quantity::Invariants | Quantity::Invariant(_) => {
                of_list(given.invariants, self.interface.invariant_arrays())
            }
            Quantity::Members => None,
        };
        match source {
            Some(source) => source,
            None => unreachable!("{quantity:?} is given to all kernels that read it"),
        }
    }

    /// A coefficient or parameter, all entries, times its weight.
    fn parameter<'g, T: Scalar>(&self, given: &'g Given<'_, T>, quantity: Quantity) -> Option<Source<'g, T>> {
        let mut entries = self.parameters.of_quantity(quantity)?.expand(given.parameters?);
        if let (Some(weights), Quantity::Coefficient(index)) = (&given.weights, quantity) {
            let weight = weights[usize::from(index)];
            entries.iter_mut().for_each(|entry| *entry *= weight);
        }
        Some(Source::Shared(Cow::Owned(entries)))
    }

    /// Adds the gradient in a coefficient or parameter to the flat one.
    fn collect<T: Scalar>(&self, quantity: Quantity, gradient: &ArrayD<T>, flat: &mut [T]) {
        let view = gradient.view();
        let entries = entries_of(&view);
        match self.parameters.of_quantity(quantity) {
            Some(array) => array.collect(&entries, flat),
            // All coefficients, which are the parameters.
            None => flat.iter_mut().zip(&*entries).for_each(|(place, &entry)| *place += entry),
        }
    }

    /// Gradients in the parameters, added up over the samples, and in the inputs of every sample.
    pub(super) fn pull_back<T: Scalar>(
        &self,
        kernel: &Kernel<T>,
        given: &Given<'_, T>,
    ) -> Result<PullBack<T>, BatchError> {
        let is_sample =
            |quantity| self.interface.sample_inputs().any(|input| quantity == Quantity::Input(input));
        let wanted = |quantity| Some(if is_sample(quantity) { Wanted::PerSample } else { Wanted::Summed });
        let mut gradient = PullBack { parameters: vec![T::ZERO; self.parameters.len()], inputs: Vec::new() };
        for (quantity, result) in self.call(kernel, given, &wanted)? {
            if is_sample(quantity) {
                gradient.inputs.push(result);
            } else {
                self.collect(quantity, &result, &mut gradient.parameters);
            }
        }
        Ok(gradient)
    }

    /// Gradients in the parameters alone; of a map without parameters nothing but what is given is checked.
    pub(super) fn parameter_gradient<T: Scalar>(
        &self,
        kernel: Option<&Kernel<T>>,
        gradient: &Kernel<T>,
        given: &Given<'_, T>,
    ) -> Result<Vec<T>, BatchError> {
        let mut flat = vec![T::ZERO; self.parameters.len()];
        let Some(kernel) = kernel else {
            self.check(gradient, given)?;
            return Ok(flat);
        };
        for (quantity, result) in self.call(kernel, given, &|_| Some(Wanted::Summed))? {
            self.collect(quantity, &result, &mut flat);
        }
        Ok(flat)
    }

    /// What the members are added up with.
    pub(super) fn member_weights<T: Scalar>(&self, parameters: &[T]) -> Result<Vec<T>, BatchError> {
        self.check_parameters(parameters)?;
        Ok(match self.interface.coefficient_arrays()[..] {
            [Quantity::Coefficients] => parameters.to_vec(),
            _ => vec![T::ONE; self.interface.members.len()],
        })
    }

    /// The gradient of every member in some inputs, by a kernel that is linear in the weights of the members.
    pub(super) fn member_gradients<T: Scalar>(
        &self,
        kernel: &Kernel<T>,
        mut given: Given<'_, T>,
        of_inputs: &[usize],
    ) -> Result<Vec<ArrayD<T>>, BatchError> {
        let samples = self.check(kernel, &given)?;
        let all: Vec<u16> = self.interface.sample_inputs().collect();
        let chosen = of_inputs.iter().map(|&input| match all.get(input) {
            Some(&input) => Ok(Quantity::Input(input)),
            None => Err(BatchError::Input { given: input, inputs: all.len() }),
        });
        let chosen = chosen.collect::<Result<Vec<Quantity>, BatchError>>()?;
        let members = self.interface.members.len();
        let mut gradients: Vec<ArrayD<T>> = chosen
            .iter()
            .map(|&quantity| {
                let shape = [vec![samples, members], self.interface.shape(quantity, &self.sizes)].concat();
                ArrayD::from_elem(IxDyn(&shape), T::ZERO)
            })
            .collect();
        for member in 0..members {
            let mut weights = vec![T::ZERO; members];
            weights[member] = T::ONE;
            given.weights = Some(weights);
            let wanted = |quantity| chosen.contains(&quantity).then_some(Wanted::PerSample);
            for (quantity, result) in self.call(kernel, &given, &wanted)? {
                for (_, gradient) in
                    chosen.iter().zip(&mut gradients).filter(|(other, _)| **other == quantity)
                {
                    gradient.index_axis_mut(Axis(1), member).assign(&result);
                }
            }
        }
        Ok(gradients)
    }

    /// The gradients of an assembly, for every sample.
    pub(super) fn assembly_pull_back<T: Scalar>(
        &self,
        kernel: &Kernel<T>,
        given: &Given<'_, T>,
    ) -> Result<AssemblyPullBack<T>, BatchError> {
        let mut gradient = AssemblyPullBack { coefficients: Vec::new(), inputs: Vec::new() };
        for (quantity, array) in self.call(kernel, given, &|_| Some(Wanted::PerSample))? {
            let is_input = matches!(quantity, Quantity::Input(_));
            if is_input { &mut gradient.inputs } else { &mut gradient.coefficients }.push(array);
        }
        Ok(gradient)
    }

    /// All results of a kernel, for every sample.
    pub(super) fn arrays<T: Scalar>(
        &self,
        kernel: &Kernel<T>,
        given: &Given<'_, T>,
    ) -> Result<Vec<ArrayD<T>>, BatchError> {
        let results = self.call(kernel, given, &|_| Some(Wanted::PerSample))?;
        Ok(results.into_iter().map(|(_, array)| array).collect())
    }
}

/// How a result is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    PerSample,
    Summed,
}

/// What a function is called with; what none of its arguments is may be left out.
pub(super) struct Given<'a, T> {
    pub(super) inputs: &'a [ArrayViewD<'a, T>],
    pub(super) parameters: Option<&'a [T]>,
    pub(super) cotangent: Option<ArrayViewD<'a, T>>,
    /// A number per member, in the place of the coefficients if these are numbers, else times them.
    pub(super) weights: Option<Vec<T>>,
    /// Coefficients that every sample has its own of, in the place of those among the parameters.
    pub(super) coefficients: Option<&'a [ArrayViewD<'a, T>]>,
    /// Cotangents of the invariants.
    pub(super) invariants: Option<&'a [ArrayViewD<'a, T>]>,
}

impl<'a, T> Given<'a, T> {
    /// The inputs alone.
    pub(super) fn inputs(inputs: &'a [ArrayViewD<'a, T>]) -> Self {
        Given {
            inputs,
            parameters: None,
            cotangent: None,
            weights: None,
            coefficients: None,
            invariants: None,
        }
    }

    /// Parameters and inputs.
    pub(super) fn parameters(parameters: &'a [T], inputs: &'a [ArrayViewD<'a, T>]) -> Self {
        Given { parameters: Some(parameters), ..Given::inputs(inputs) }
    }
}

/// The entries of an argument in row-major order.
enum Source<'a, T: Scalar> {
    PerSample(Cow<'a, [T]>),
    Shared(Cow<'a, [T]>),
}

/// The entries of a view in row-major order, without a copy where they lie so.
fn entries_of<'v, T: Scalar>(view: &'v ArrayViewD<'_, T>) -> Cow<'v, [T]> {
    view.as_slice().map_or_else(|| view.iter().copied().collect(), Cow::Borrowed)
}

fn entries_mut<T: Scalar>(array: &mut ArrayD<T>) -> &mut [T] {
    match array.as_slice_mut() {
        Some(entries) => entries,
        None => unreachable!("a new array is in row-major order"),
    }
}
