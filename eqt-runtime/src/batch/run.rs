//! The driver of all batches: samples into lanes, a kernel, lanes back to samples; in chunks, on threads.
//!
//! It is generic over the scalar and its lanes. What differs between maps is the [`Kernel`], a pointer to a function.

use std::ops::Range;
use std::panic;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::call::{Call, Kernel, Memory};
use super::chunks::{self, MAX_CHUNKS, MAX_SUMS};
use crate::description::interface::{Argument, Arrangement, Interface, Quantity, Sharing};
use crate::products::Made;
use crate::support::unfold;
use crate::{Pack, Rows, RowsMut, Scalar};

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

pub(super) struct Job<'a, T> {
    index: usize,
    range: Range<usize>,
    parts: Vec<Part<'a, T>>,
}

/// Bytes of the widest register.
const WIDEST: usize = 64;
/// Bytes of sums that stay in the cache of a core besides what is read.
const CACHE: usize = 1 << 19;

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
    let in_rows =
        kernel.function.arguments.iter().filter(|argument| argument.arrangement == Arrangement::Rows);
    let made: Vec<Made<T>> = in_rows.map(|_| Made::default()).collect();
    let batch = Drive { kernel, interface, sizes, samples, data, made: &made, targets };
    // Sums in lanes have a place per lane. Where these fill the cache, fewer lanes are faster.
    let in_lanes =
        |result: &&Argument| result.sharing == Sharing::Summed && result.arrangement == Arrangement::Lanes;
    let summed = kernel.function.results.iter().filter(in_lanes);
    let sums: usize = summed.map(|result| interface.len_of(result.quantity, sizes)).sum();
    let is_large = sums.saturating_mul(WIDEST) > CACHE;
    match kernel.narrower.filter(|_| is_large).or(kernel.wide) {
        Some(wide) => wide(batch),
        None => Driver::<T, T::Pack>::new(&batch, kernel.run, Driver::chunk).drive(batch.targets),
    }
}

/// What a batch is run with.
#[doc(hidden)]
#[derive(Debug)]
pub struct Drive<'a, T: Scalar> {
    kernel: &'a Kernel<T>,
    interface: &'a Interface,
    sizes: &'a [usize],
    samples: usize,
    data: &'a [Data<'a, T>],
    /// Of every argument that is not in lanes, what is made of it once for all samples.
    made: &'a [Made<T>],
    pub(super) targets: Vec<Target<'a, T>>,
}

/// What is to be summed over samples: the entries of every result.
pub(super) type Sums<T> = Vec<Vec<T>>;

/// What the samples of a chunk add to, beside the results themselves.
enum Apart<L, T> {
    /// The sum of a result in lanes that a kernel does not add up itself.
    Lanes(Vec<L>),
    /// The sum of a result that is not in lanes; and the rows of some samples, where only their sum is wanted.
    Rows { sum: Vec<T>, rows: Vec<T> },
}

/// [`Driver::chunk`], compiled for the instructions of the lanes.
type Chunk<'a, T, L> = fn(&Driver<'a, T, L>, &mut Bench<'a, L, T>, Job<'_, T>) -> Sums<T>;

/// One call of a kernel, over the lanes `L`.
pub(super) struct Driver<'a, T: Scalar, L: Pack<T>> {
    kernel: &'a Kernel<T>,
    interface: &'a Interface,
    run: fn(Call<'_, L, T>),
    chunk: Chunk<'a, T, L>,
    sizes: &'a [usize],
    samples: usize,
    data: &'a [Data<'a, T>],
    /// The number of entries of every argument.
    arguments: Vec<usize>,
    /// The number of entries of every result.
    results: Vec<usize>,
    /// Of every argument that is not in lanes, what is made of it once for all samples.
    made: &'a [Made<T>],
}

/// Memory of one thread.
pub(super) struct Bench<'a, L, T> {
    /// What is read in lanes, then what is written in lanes.
    lanes: Store<L>,
    rows: Vec<Rows<'a, T>>,
    memory: Memory<L>,
}

/// The number of lanes that need no allocation: the arguments of a small map, whose batches of few samples are short.
const FEW_LANES: usize = 64;

/// Memory for lanes.
enum Store<L> {
    Few([L; FEW_LANES], usize),
    Many(Vec<L>),
}

impl<L: Scalar> Store<L> {
    fn new(count: usize) -> Self {
        if count <= FEW_LANES {
            Store::Few([L::ZERO; FEW_LANES], count)
        } else {
            Store::Many(vec![L::ZERO; count])
        }
    }

    fn get(&mut self) -> &mut [L] {
        match self {
            Store::Few(lanes, count) => &mut lanes[..*count],
            Store::Many(lanes) => lanes,
        }
    }
}

impl<'a, T: Scalar, L: Pack<T>> Driver<'a, T, L> {
    pub(super) fn new(batch: &Drive<'a, T>, run: fn(Call<'_, L, T>), chunk: Chunk<'a, T, L>) -> Self {
        let &Drive { kernel, interface, sizes, samples, data, made, .. } = batch;
        let lengths = |list: &[Argument]| -> Vec<usize> {
            list.iter().map(|argument| interface.len_of(argument.quantity, sizes)).collect()
        };
        let results = lengths(kernel.function.results);
        let arguments = lengths(kernel.function.arguments);
        Driver { kernel, interface, run, chunk, sizes, samples, data, arguments, results, made }
    }

    /// Runs all samples.
    pub(super) fn drive(&self, targets: Vec<Target<'_, T>>) {
        self.check(&targets);
        // Sums over arrays take long to make and to add up: fewer chunks.
        let long = |argument: &Argument| {
            argument.sharing == Sharing::Summed && matches!(argument.quantity, Quantity::Coefficient(_))
        };
        let most = if self.kernel.function.results.iter().any(long) { MAX_SUMS } else { MAX_CHUNKS };
        let most = most.min(chunks::worth(self.samples, self.kernel.work));
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
        for (index, range) in chunks::ranges(self.samples, most).enumerate() {
            let parts = rests.iter_mut().zip(&self.results).map(|(rest, &length)| match rest {
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
        let sums = self.all(jobs).into_iter().flatten();
        for ((total, mut sum), result) in totals.into_iter().zip(sums).zip(self.kernel.function.results) {
            let Some(total) = total else { continue };
            if let Some((size, sign)) = self.folded(result) {
                unfold(&mut sum, size, sign);
            }
            add(total, &sum);
        }
    }

    /// Of a result that is summed and [folded](crate::interface::Coefficient::exchange) the size of its axis, and the sign.
    fn folded(&self, result: &Argument) -> Option<(usize, i8)> {
        let (Sharing::Summed, Quantity::Coefficient(index)) = (result.sharing, result.quantity) else {
            return None;
        };
        let coefficient = &self.interface.coefficients[usize::from(index)];
        let size = coefficient.axes.first().map(|&axis| self.sizes[usize::from(axis)]);
        size.zip(coefficient.exchange())
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
                    let is_shared =
                        argument.sharing == Sharing::Shared && argument.arrangement == Arrangement::Rows;
                    assert!(!is_shared, "{}: the samples share it", argument.what);
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

    /// The sums of all chunks, added up in the order of the chunks.
    fn all(&self, jobs: Vec<Job<'_, T>>) -> Option<Sums<T>> {
        let total = |mut sums: Sums<T>, terms: Sums<T>| {
            sums.iter_mut().zip(terms).for_each(|(sum, term)| add(sum, &term));
            sums
        };
        let threads = chunks::threads(self.samples, self.kernel.work).min(jobs.len());
        if threads <= 1 {
            let mut bench = self.bench();
            return jobs.into_iter().map(|job| (self.chunk)(self, &mut bench, job)).reduce(total);
        }
        let queue = Mutex::new(jobs.into_iter());
        let work = || {
            let (mut bench, mut done) = (self.bench(), Vec::new());
            loop {
                // A poisoned lock means that a kernel panicked; the panic itself is passed on below.
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(job) = next else { return done };
                done.push((job.index, (self.chunk)(self, &mut bench, job)));
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
        done.into_iter().map(|(_, sums)| sums).reduce(total)
    }

    /// The memory of a thread; what all samples share is in it already.
    fn bench(&self) -> Bench<'a, L, T> {
        let written = self.kernel.function.results.iter().zip(&self.results);
        let written = written.filter(|(result, _)| result.arrangement == Arrangement::Lanes);
        let written: usize = written.map(|(_, &length)| length).sum();
        let mut lanes = Store::new(self.read_in_lanes() + written);
        let mut rest = lanes.get();
        for (_, data, length) in self.arguments_in(Arrangement::Lanes) {
            let (entries, after) = rest.split_at_mut(length);
            rest = after;
            if let Data::Shared(values) = data {
                entries.iter_mut().zip(*values).for_each(|(entry, &value)| *entry = L::splat(value));
            }
        }
        Bench { lanes, rows: Vec::new(), memory: Memory::new() }
    }

    /// The number of entries that are read in lanes.
    fn read_in_lanes(&self) -> usize {
        self.arguments_in(Arrangement::Lanes).map(|(.., length)| length).sum()
    }

    /// The arguments of an arrangement, each with its data and the number of its entries.
    fn arguments_in(
        &self,
        arrangement: Arrangement,
    ) -> impl Iterator<Item = (&'a Argument, &'a Data<'a, T>, usize)> {
        let arguments = self.kernel.function.arguments.iter().zip(self.data).zip(&self.arguments);
        arguments
            .filter(move |((argument, _), _)| argument.arrangement == arrangement)
            .map(|((argument, data), &length)| (argument, data, length))
    }

    /// The samples of a chunk; what is to be summed is returned, by result.
    #[inline(always)]
    pub(super) fn chunk(&self, bench: &mut Bench<'a, L, T>, mut job: Job<'_, T>) -> Sums<T> {
        let function = self.kernel.function;
        let Bench { lanes, rows, memory } = bench;
        let (read, written) = lanes.get().split_at_mut(self.read_in_lanes());
        written.fill(L::ZERO);
        let mut padded = Vec::new();
        let results = function.results.iter().zip(&self.results);
        let apart = job.parts.iter().zip(results.clone()).map(|(part, (result, &length))| {
            let is_summed = result.sharing == Sharing::Summed;
            let is_apart = matches!(part, Part::Summed) && !is_summed;
            match result.arrangement {
                Arrangement::Lanes => Apart::Lanes(vec![L::ZERO; if is_apart { length } else { 0 }]),
                Arrangement::Rows => Apart::Rows {
                    sum: vec![T::ZERO; if is_summed || is_apart { length } else { 0 }],
                    rows: vec![T::ZERO; if is_apart { L::LANES * length } else { 0 }],
                },
            }
        });
        let mut apart: Vec<Apart<L, T>> = apart.collect();
        for start in job.range.clone().step_by(L::LANES) {
            let count = (job.range.end - start).min(L::LANES);
            // The last samples are computed with those before them, or, if there are none, with copies of the last one.
            let (first, active) = match count {
                _ if count == L::LANES => (start, 0..L::LANES),
                _ if self.samples >= L::LANES => (start + count - L::LANES, L::LANES - count..L::LANES),
                _ => (start, 0..count),
            };
            self.gather(read, &mut padded, first, &active);
            rows.clear();
            rows.extend(self.rows(first));
            let mut rows_written: Vec<RowsMut<'_, T>> = Vec::new();
            let places = job.parts.iter_mut().zip(&mut apart);
            for ((result, &length), (part, apart)) in results.clone().zip(places) {
                let Apart::Rows { sum, rows } = apart else { continue };
                rows_written.push(match part {
                    _ if result.sharing == Sharing::Summed => RowsMut::one(sum),
                    Part::PerSample(all) => {
                        let from = (start - job.range.start) * length;
                        RowsMut::of(&mut all[from..][..count * length], length, active.start)
                    }
                    Part::Summed => RowsMut::of(rows, length, 0),
                    Part::Nothing => RowsMut::of(&mut [], length, 0),
                });
            }
            (self.run)(Call::new(self.sizes, read, rows, written, &mut rows_written, memory));
            let mut rest = &mut written[..];
            for ((part, apart), (result, &length)) in
                job.parts.iter_mut().zip(&mut apart).zip(results.clone())
            {
                let sum = match apart {
                    Apart::Lanes(sum) => sum,
                    Apart::Rows { sum, rows } => {
                        let rows = rows.chunks_exact(length.max(1)).take(active.end).skip(active.start);
                        rows.for_each(|row| add(sum, row));
                        continue;
                    }
                };
                let (values, after) = rest.split_at_mut(length);
                rest = after;
                match part {
                    Part::PerSample(all) => {
                        scatter(values, &mut all[(start - job.range.start) * length..], &active)
                    }
                    Part::Summed if result.sharing != Sharing::Summed => {
                        let masked = |mut lanes: L| {
                            keep(&mut lanes, &active);
                            lanes
                        };
                        sum.iter_mut().zip(&*values).for_each(|(sum, &term)| *sum += masked(term));
                    }
                    Part::Summed | Part::Nothing => {}
                }
                if result.sharing != Sharing::Summed {
                    values.fill(L::ZERO);
                }
            }
        }
        let mut rest = &written[..];
        let mut chunk = Vec::with_capacity(function.results.len());
        for ((part, apart), (result, &length)) in job.parts.iter().zip(apart).zip(results) {
            let sum = match apart {
                Apart::Lanes(sum) => sum,
                Apart::Rows { sum, .. } => {
                    chunk.push(sum);
                    continue;
                }
            };
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

    /// The arguments that are not in lanes, for as many samples as there are lanes, from `first` on.
    fn rows(&self, first: usize) -> impl Iterator<Item = Rows<'a, T>> {
        let arguments = self.arguments_in(Arrangement::Rows).zip(self.made);
        arguments.map(move |((_, data, length), made)| match *data {
            Data::Shared(values) => Rows::one_with(values, made),
            Data::PerSample(values) => {
                Rows::of(&values[first * length..], length, (self.samples - first).min(L::LANES))
            }
        })
    }

    /// As many samples as there are lanes, from `first` on. Where there are fewer, lanes repeat the last one, so that no lane
    /// computes with numbers that are not in the data. Of lanes that are not active the cotangent is zero, so that they add
    /// nothing to sums.
    #[inline(always)]
    fn gather(&self, read: &mut [L], padded: &mut Vec<T>, first: usize, active: &Range<usize>) {
        let mut rest = read;
        for (argument, data, length) in self.arguments_in(Arrangement::Lanes) {
            let is_cotangent = argument.quantity == Quantity::Output;
            let (target, after) = rest.split_at_mut(length);
            rest = after;
            match data {
                Data::PerSample(values) if first + L::LANES <= self.samples => {
                    L::gather(target, &values[first * length..][..L::LANES * length]);
                }
                Data::PerSample(values) => {
                    padded.clear();
                    let row = |w: usize| &values[(first + w).min(self.samples - 1) * length..][..length];
                    (0..L::LANES).for_each(|w| padded.extend_from_slice(row(w)));
                    L::gather(target, padded);
                }
                // A cotangent that is shared is whole again for the samples after those of the last chunk.
                Data::Shared(values) if is_cotangent => {
                    target.iter_mut().zip(*values).for_each(|(lanes, &value)| *lanes = L::splat(value));
                }
                Data::Shared(_) => {}
            }
            if is_cotangent && active.len() < L::LANES {
                target.iter_mut().for_each(|lanes| keep(lanes, active));
            }
        }
    }
}

/// Adds entry by entry.
fn add<T: Scalar>(sum: &mut [T], terms: &[T]) {
    sum.iter_mut().zip(terms).for_each(|(sum, &term)| *sum += term);
}

/// Sets all lanes but some to zero.
fn keep<T: Scalar, L: Pack<T>>(lanes: &mut L, active: &Range<usize>) {
    let lanes = lanes.lanes_mut();
    lanes[..active.start].fill(T::ZERO);
    lanes[active.end..].fill(T::ZERO);
}

/// The active lanes, to as many samples.
#[inline(always)]
fn scatter<T: Scalar, L: Pack<T>>(source: &[L], rows: &mut [T], active: &Range<usize>) {
    if active.len() == L::LANES {
        return L::scatter(source, &mut rows[..L::LANES * source.len()]);
    }
    if source.is_empty() {
        return;
    }
    for (w, row) in active.clone().zip(rows.chunks_exact_mut(source.len())) {
        row.iter_mut().zip(source).for_each(|(entry, lanes)| *entry = lanes.lanes()[w]);
    }
}
