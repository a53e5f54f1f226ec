//! The driver of all batches: samples into lanes, a kernel, lanes back to samples; in chunks, on threads.
//!
//! It is generic over the scalar alone. What differs between maps is the [`Kernel`], a pointer to a function.

use std::ops::Range;
use std::panic;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::call::{Call, Kernel, Memory};
use super::chunks::{self, MAX_CHUNKS, MAX_SUMS};
use crate::description::interface::{Argument, Interface, Quantity, Sharing};
use crate::{Pack, Scalar};

/// What is read: contiguous, in row-major order.
#[derive(Clone, Copy, Debug)]
pub enum Data<'a, T> {
    /// The same entries for all samples.
    Shared(&'a [T]),
    /// The entries of every sample, one sample after the other.
    PerSample(&'a [T]),
}

/// What is written: contiguous, in row-major order.
#[derive(Debug)]
pub enum Target<'a, T> {
    /// The entries of every sample, one sample after the other.
    PerSample(&'a mut [T]),
    /// The sum over all samples is added to these.
    Summed(&'a mut [T]),
    /// What is not wanted.
    Nothing,
}

/// The part of a target that belongs to a chunk.
enum Part<'a, T> {
    PerSample(&'a mut [T]),
    Summed,
    Nothing,
}

struct Job<'a, T> {
    index: usize,
    range: Range<usize>,
    parts: Vec<Part<'a, T>>,
}

/// Runs a kernel on all samples.
///
/// `data` are its arguments in order, `targets` its results in order, and `sizes` the size of every axis. The result is
/// the same to the last bit on any number of threads.
///
/// # Panics
///
/// If a slice does not have the length that the interface says.
pub fn run<T: Scalar>(
    kernel: &Kernel<T>,
    interface: &Interface,
    sizes: &[usize],
    samples: usize,
    data: &[Data<'_, T>],
    targets: Vec<Target<'_, T>>,
) {
    let driver = Driver::new(kernel, interface, sizes, samples, data);
    driver.check(&targets);
    // Sums over arrays take long to make and to add up: fewer chunks.
    let long = |argument: &Argument| {
        argument.sharing == Sharing::Summed && matches!(argument.quantity, Quantity::Coefficient(_))
    };
    let most = if kernel.function.results.iter().any(long) { MAX_SUMS } else { MAX_CHUNKS };
    let mut totals: Vec<Option<&mut [T]>> = Vec::with_capacity(targets.len());
    let mut rests: Vec<Part<'_, T>> = Vec::with_capacity(targets.len());
    for target in targets {
        let (total, rest) = match target {
            Target::PerSample(all) => (None, Part::PerSample(all)),
            Target::Summed(total) => (Some(total), Part::Summed),
            Target::Nothing => (None, Part::Nothing),
        };
        totals.push(total);
        rests.push(rest);
    }
    let mut jobs = Vec::new();
    for (index, range) in chunks::ranges(samples, most).enumerate() {
        let parts = rests.iter_mut().zip(&driver.results).map(|(rest, &length)| match rest {
            Part::PerSample(all) => {
                let (part, rest) = std::mem::take(all).split_at_mut(range.len() * length);
                *all = rest;
                Part::PerSample(part)
            }
            Part::Summed => Part::Summed,
            Part::Nothing => Part::Nothing,
        });
        jobs.push(Job { index, parts: parts.collect(), range });
    }
    for sums in driver.all(jobs) {
        for (total, sum) in totals.iter_mut().zip(sums) {
            let Some(total) = total else { continue };
            total.iter_mut().zip(sum).for_each(|(total, term)| *total += term);
        }
    }
}

struct Driver<'a, T: Scalar> {
    kernel: &'a Kernel<T>,
    sizes: &'a [usize],
    samples: usize,
    data: &'a [Data<'a, T>],
    /// The number of entries of every argument and of every result.
    arguments: Vec<usize>,
    results: Vec<usize>,
    /// The arguments that are read as they are.
    shared: Vec<&'a [T]>,
}

/// Memory of one thread.
struct Bench<T: Scalar> {
    read: Vec<T::Pack>,
    written: Vec<T::Pack>,
    memory: Memory<T::Pack>,
}

impl<'a, T: Scalar> Driver<'a, T> {
    fn new(
        kernel: &'a Kernel<T>,
        interface: &Interface,
        sizes: &'a [usize],
        samples: usize,
        data: &'a [Data<'a, T>],
    ) -> Self {
        let lengths = |list: &[Argument]| -> Vec<usize> {
            list.iter().map(|argument| interface.len_of(argument.quantity, sizes)).collect()
        };
        let (arguments, results) = (lengths(kernel.function.arguments), lengths(kernel.function.results));
        let is_broadcast = |argument: &Argument| argument.sharing == Sharing::Broadcast;
        let shared = kernel.function.arguments.iter().zip(data);
        let shared =
            shared.filter(|(argument, _)| is_broadcast(argument)).filter_map(|(_, data)| match data {
                Data::Shared(values) => Some(*values),
                Data::PerSample(_) => None,
            });
        Driver { kernel, sizes, samples, data, arguments, results, shared: shared.collect() }
    }

    /// All lengths, once.
    fn check(&self, targets: &[Target<'_, T>]) {
        let function = self.kernel.function;
        assert_eq!(self.data.len(), function.arguments.len(), "an argument each");
        assert_eq!(targets.len(), function.results.len(), "a target each");
        for ((data, &length), argument) in self.data.iter().zip(&self.arguments).zip(function.arguments) {
            let (found, expected) = match data {
                Data::Shared(values) => (values.len(), length),
                Data::PerSample(values) => {
                    assert_ne!(
                        argument.sharing,
                        Sharing::Broadcast,
                        "{}: the samples share it",
                        argument.what
                    );
                    (values.len(), self.samples * length)
                }
            };
            assert_eq!(found, expected, "{}", argument.what);
        }
        for ((target, &length), result) in targets.iter().zip(&self.results).zip(function.results) {
            match target {
                Target::PerSample(values) => {
                    assert_ne!(result.sharing, Sharing::Summed, "{}: it is summed", result.what);
                    assert_eq!(values.len(), self.samples * length, "{}", result.what);
                }
                Target::Summed(values) => assert_eq!(values.len(), length, "{}", result.what),
                Target::Nothing => {}
            }
        }
    }

    /// The sums of all chunks, in the order of the chunks.
    fn all(&self, jobs: Vec<Job<'_, T>>) -> Vec<Vec<Vec<T>>> {
        let threads = chunks::threads(self.samples, self.kernel.work).min(jobs.len());
        if threads <= 1 {
            let mut bench = self.bench();
            return jobs.into_iter().map(|job| self.chunk(&mut bench, job)).collect();
        }
        let queue = Mutex::new(jobs.into_iter());
        let work = || {
            let (mut bench, mut done) = (self.bench(), Vec::new());
            loop {
                // A poisoned lock means that a kernel panicked; the panic itself is passed on below.
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(job) = next else { return done };
                done.push((job.index, self.chunk(&mut bench, job)));
            }
        };
        let mut done = thread::scope(|scope| {
            let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for helper in helpers {
                match helper.join() {
                    Ok(more) => done.extend(more),
                    Err(payload) => panic::resume_unwind(payload),
                }
            }
            done
        });
        done.sort_by_key(|&(index, _)| index);
        done.into_iter().map(|(_, sums)| sums).collect()
    }

    /// The memory of a thread; what all samples share is in it already.
    fn bench(&self) -> Bench<T> {
        let mut read = Vec::new();
        for ((data, &length), argument) in
            self.data.iter().zip(&self.arguments).zip(self.kernel.function.arguments)
        {
            match (argument.sharing, data) {
                (Sharing::Broadcast, _) => {}
                (_, Data::Shared(values)) => read.extend(values.iter().map(|&value| T::Pack::splat(value))),
                (_, Data::PerSample(_)) => read.resize(read.len() + length, T::Pack::ZERO),
            }
        }
        let written = vec![T::Pack::ZERO; self.results.iter().sum()];
        Bench { read, written, memory: Memory::new() }
    }

    /// The samples of a chunk; what is to be summed is returned, by result.
    fn chunk(&self, bench: &mut Bench<T>, mut job: Job<'_, T>) -> Vec<Vec<T>> {
        let function = self.kernel.function;
        bench.written.fill(T::Pack::ZERO);
        // Sums of results that a kernel does not add up itself.
        let mut sums: Vec<Vec<T::Pack>> = Vec::with_capacity(function.results.len());
        for ((part, result), &length) in job.parts.iter().zip(function.results).zip(&self.results) {
            let apart = matches!(part, Part::Summed) && result.sharing != Sharing::Summed;
            sums.push(vec![T::Pack::ZERO; if apart { length } else { 0 }]);
        }
        for start in job.range.clone().step_by(T::Pack::LANES) {
            let count = (job.range.end - start).min(T::Pack::LANES);
            self.gather(bench, start, count);
            let Bench { read, written, memory } = &mut *bench;
            (self.kernel.run)(Call::new(self.sizes, read, &self.shared, written, memory));
            let mut rest = &mut written[..];
            for (index, (result, &length)) in function.results.iter().zip(&self.results).enumerate() {
                let (values, after) = rest.split_at_mut(length);
                rest = after;
                match &mut job.parts[index] {
                    Part::PerSample(rows) => {
                        scatter(values, &mut rows[(start - job.range.start) * length..], count)
                    }
                    Part::Summed if result.sharing != Sharing::Summed => {
                        let masked = |mut lanes: T::Pack| {
                            lanes.lanes_mut()[count..].fill(T::ZERO);
                            lanes
                        };
                        sums[index].iter_mut().zip(&*values).for_each(|(sum, &term)| *sum += masked(term));
                    }
                    Part::Summed | Part::Nothing => {}
                }
                if result.sharing != Sharing::Summed {
                    values.fill(T::Pack::ZERO);
                }
            }
        }
        let mut rest = &bench.written[..];
        let mut chunk = Vec::with_capacity(function.results.len());
        for ((part, sum), (result, &length)) in
            job.parts.iter().zip(sums).zip(function.results.iter().zip(&self.results))
        {
            let (values, after) = rest.split_at(length);
            rest = after;
            let values = if result.sharing == Sharing::Summed { values } else { &sum[..] };
            chunk.push(match part {
                Part::Summed => values
                    .iter()
                    .map(|lanes| lanes.lanes().iter().fold(T::ZERO, |sum, &lane| sum + lane))
                    .collect(),
                Part::PerSample(_) | Part::Nothing => Vec::new(),
            });
        }
        chunk
    }

    /// Samples from `start` on into lanes. Lanes beyond the last sample repeat it, so that no lane computes with numbers
    /// that are not in the data; their cotangent is zero, so that they add nothing to sums.
    fn gather(&self, bench: &mut Bench<T>, start: usize, count: usize) {
        let mut rest = &mut bench.read[..];
        for ((data, &length), argument) in
            self.data.iter().zip(&self.arguments).zip(self.kernel.function.arguments)
        {
            if argument.sharing == Sharing::Broadcast {
                continue;
            }
            let (target, after) = rest.split_at_mut(length);
            rest = after;
            if let Data::PerSample(values) = data {
                T::Pack::gather(target, |w| &values[(start + w.min(count - 1)) * length..][..length]);
            }
            if argument.quantity == Quantity::Output && count < T::Pack::LANES {
                target.iter_mut().for_each(|lanes| lanes.lanes_mut()[count..].fill(T::ZERO));
            }
            // A cotangent that is shared is whole again for the next samples.
            if let (Data::Shared(values), Quantity::Output) = (data, argument.quantity)
                && count == T::Pack::LANES
            {
                target.iter_mut().zip(*values).for_each(|(lanes, &value)| *lanes = T::Pack::splat(value));
            }
        }
    }
}

/// The first `count` lanes, to as many samples.
fn scatter<T: Scalar>(source: &[T::Pack], rows: &mut [T], count: usize) {
    if source.is_empty() {
        return;
    }
    for (w, row) in rows.chunks_exact_mut(source.len()).take(count).enumerate() {
        row.iter_mut().zip(source).for_each(|(entry, lanes)| *entry = lanes.lanes()[w]);
    }
}
