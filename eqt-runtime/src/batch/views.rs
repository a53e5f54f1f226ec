//! Batches over arrays of ndarray, of any strides.

use std::borrow::Cow;

use ndarray::{ArrayView, ArrayViewMut, ArrayViewMutD, Dimension};

use super::call::Kernel;
use super::error::{BatchError, Extent, check_shape};
use super::run::{Data, Target, run};
use crate::Scalar;
use crate::description::interface::{Argument, Interface};

/// A call of a kernel on many samples, argument by argument and result by result in the order of its
/// [`Function`](crate::description::interface::Function).
///
/// The first axis of an array counts samples, the others are those of one sample.
pub struct Batch<'a, T: Scalar> {
    kernel: Kernel<T>,
    interface: &'static Interface,
    /// The size of every axis; run-time lengths are read from the first array that has them.
    sizes: Vec<Option<usize>>,
    samples: Option<usize>,
    /// Of every argument whether the samples share it, and its entries in row-major order.
    read: Vec<(bool, Cow<'a, [T]>)>,
    write: Vec<Sink<'a, T>>,
    error: Option<BatchError>,
    /// Memory for the shape that is expected of an array.
    expected: Vec<Extent>,
}

enum Sink<'a, T> {
    /// In standard layout.
    PerSample(&'a mut [T]),
    /// Of other strides.
    Strided(Box<ArrayViewMutD<'a, T>>),
    Summed(&'a mut [T]),
    Nothing,
}

impl<'a, T: Scalar> Batch<'a, T> {
    /// No arguments yet. `sizes` are those of all axes, `None` for run-time lengths.
    ///
    /// # Panics
    ///
    /// If there is no kernel: a map without this function has no batch of it.
    pub fn new(
        interface: &'static Interface,
        kernel: impl Into<Option<Kernel<T>>>,
        sizes: &[Option<usize>],
    ) -> Self {
        let Some(kernel) = kernel.into() else { panic!("a batch of a function that the map does not have") };
        Batch {
            kernel,
            interface,
            sizes: sizes.to_vec(),
            samples: None,
            read: Vec::with_capacity(kernel.function.arguments.len()),
            write: Vec::with_capacity(kernel.function.results.len()),
            error: None,
            expected: Vec::with_capacity(8),
        }
    }

    /// The next argument, the same for all samples: an array of this shape, its entries in row-major order.
    pub fn shared(mut self, shape: &[usize], entries: impl Into<Cow<'a, [T]>>) -> Self {
        let argument = self.kernel.function.arguments[self.read.len()];
        self.check(&argument, shape, false);
        self.read.push((true, entries.into()));
        self
    }

    /// The next argument, an entry per sample along the first axis.
    pub fn per_sample<N: Dimension>(mut self, view: ArrayView<'a, T, N>) -> Self {
        let argument = self.kernel.function.arguments[self.read.len()];
        self.check(&argument, view.shape(), true);
        let entries = match view.to_slice() {
            Some(entries) => Cow::Borrowed(entries),
            None => view.iter().copied().collect(),
        };
        self.read.push((false, entries));
        self
    }

    /// The next result, written for every sample along the first axis.
    pub fn write<N: Dimension>(mut self, view: ArrayViewMut<'a, T, N>) -> Self {
        let result = self.kernel.function.results[self.write.len()];
        self.check(&result, view.shape(), true);
        self.write.push(match view.is_standard_layout() {
            true => Sink::PerSample(standard(view.into_slice())),
            false => Sink::Strided(Box::new(view.into_dyn())),
        });
        self
    }

    /// The next result: its sum over all samples is added to these entries.
    pub fn sum(mut self, entries: &'a mut [T]) -> Self {
        self.write.push(Sink::Summed(entries));
        self
    }

    /// The next result is not wanted.
    pub fn skip(mut self) -> Self {
        self.write.push(Sink::Nothing);
        self
    }

    /// Compares a shape with what is expected, and reads the number of samples and the lengths that are not known yet.
    fn check(&mut self, argument: &Argument, shape: &[usize], per_sample: bool) {
        if self.error.is_some() {
            return;
        }
        let count = self.interface.count_of(argument.quantity);
        let axes = self.interface.axes_of(argument.quantity);
        let mut lengths = shape.iter().copied();
        let mut expected = std::mem::take(&mut self.expected);
        expected.clear();
        if per_sample {
            let length = lengths.next();
            expected.push(self.samples.map_or(Extent::Any("samples"), Extent::Exactly));
            self.samples = self.samples.or(length);
        }
        if let Some(count) = count {
            lengths.next();
            expected.push(Extent::Exactly(count));
        }
        for &axis in axes {
            let (length, size) = (lengths.next(), &mut self.sizes[usize::from(axis)]);
            expected
                .push(size.map_or(Extent::Any(self.interface.axes[usize::from(axis)].name), Extent::Exactly));
            *size = size.or(length);
        }
        self.error = check_shape(argument.what, &expected, shape).err();
        self.expected = expected;
    }

    /// Runs the kernel on all samples.
    ///
    /// # Errors
    ///
    /// [`BatchError`] if an array has the wrong shape; nothing is written then.
    pub fn run(self) -> Result<(), BatchError> {
        let Batch { kernel, interface, sizes, samples, read, mut write, error, .. } = self;
        if let Some(error) = error {
            return Err(error);
        }
        let lengths = sizes.into_iter().zip(interface.axes);
        let sizes: Vec<usize> = lengths
            .map(|(size, axis)| {
                let missing = || BatchError::length(format!("arrays of length `{}`", axis.name), 1, 0);
                size.ok_or_else(missing)
            })
            .collect::<Result<_, BatchError>>()?;
        // Without an array of samples there are none.
        let samples = samples.unwrap_or(0);
        let data = read.iter().map(|(is_shared, entries)| match is_shared {
            true => Data::Shared(entries),
            false => Data::PerSample(entries),
        });
        let data: Vec<Data<'_, T>> = data.collect();
        // Arrays of other strides are written by way of one in standard layout.
        let detour = |sink: &Sink<'_, T>| match sink {
            Sink::Strided(view) => vec![T::ZERO; view.len()],
            _ => Vec::new(),
        };
        let mut detours: Vec<Vec<T>> = write.iter().map(detour).collect();
        let targets = write.iter_mut().zip(&mut detours).map(|(sink, detour)| match sink {
            Sink::Strided(_) => Target::PerSample(detour),
            Sink::PerSample(entries) => Target::PerSample(entries),
            Sink::Summed(entries) => Target::Summed(entries),
            Sink::Nothing => Target::Nothing,
        });
        run(&kernel, interface, &sizes, samples, &data, targets.collect());
        for (sink, detour) in write.iter_mut().zip(detours) {
            if let Sink::Strided(view) = sink {
                view.iter_mut().zip(detour).for_each(|(entry, value)| *entry = value);
            }
        }
        Ok(())
    }
}

/// The entries of an array that was seen to be, or was made, in standard layout.
fn standard<X>(entries: Option<X>) -> X {
    match entries {
        Some(entries) => entries,
        None => unreachable!("an array in standard layout"),
    }
}

/// The length of an axis, for memory that is made before a [`Batch`] compares shapes; 0 for an array with fewer axes, which the
/// batch then refuses.
pub fn length(shape: &[usize], axis: usize) -> usize {
    shape.get(axis).copied().unwrap_or(0)
}
