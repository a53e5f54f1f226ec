//! What emitted `batch` and `batch_gradient` functions run on: shape checks, and threads over chunks of samples.
//!
//! Chunks depend on the number of samples alone and results come in the order of the chunks, so that a sum over
//! samples is the same to the last bit on one core and on a hundred.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::panic;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

#[cfg(feature = "ndarray")]
use ndarray::{ArrayView, ArrayViewMut, Axis, RemoveAxis};

#[cfg(feature = "ndarray")]
use crate::{Entries, Lanes, Scalar};

/// The arguments of a batch do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchError {
    /// An array has the wrong shape.
    Shape {
        /// Which array: "input `a`", "output".
        array: Cow<'static, str>,
        /// The shape it should have.
        expected: Vec<Extent>,
        /// The shape it has.
        found: Vec<usize>,
    },
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape { array, expected, found } => {
                write!(f, "{array}: expected shape {}, found {}", Shape(expected), Shape(found))
            }
        }
    }
}

impl std::error::Error for BatchError {}

/// The length that an axis of an array should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// This length.
    Exactly(usize),
    /// Any length, by the name of what it counts: "samples", "n".
    Any(&'static str),
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(length) => write!(f, "{length}"),
            Self::Any(name) => f.write_str(name),
        }
    }
}

/// A shape, printed as `(samples, 100, 5)`.
pub(crate) struct Shape<'a, E>(pub(crate) &'a [E]);

impl<E: fmt::Display> fmt::Display for Shape<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (axis, extent) in self.0.iter().enumerate() {
            let separator = if axis == 0 { "" } else { ", " };
            write!(f, "{separator}{extent}")?;
        }
        f.write_str(")")
    }
}

/// Checks the shape of the array called `array` in messages.
///
/// ```
/// use eqt_runtime::batch::{Extent, check_shape};
///
/// let expected = [Extent::Any("samples"), Extent::Exactly(100), Extent::Exactly(5)];
/// assert!(check_shape("input `a`", &expected, &[10, 100, 5]).is_ok());
/// let error = check_shape("input `a`", &expected, &[10, 99, 5]).unwrap_err();
/// assert_eq!(error.to_string(), "input `a`: expected shape (samples, 100, 5), found (10, 99, 5)");
/// ```
///
/// # Errors
///
/// [`BatchError::Shape`] if the number of axes or a length differs.
pub fn check_shape(
    array: impl Into<Cow<'static, str>>,
    expected: &[Extent],
    found: &[usize],
) -> Result<(), BatchError> {
    let fits = |(extent, length): (&Extent, &usize)| match extent {
        Extent::Exactly(expected) => expected == length,
        Extent::Any(_) => true,
    };
    if expected.len() == found.len() && expected.iter().zip(found).all(fits) {
        return Ok(());
    }
    Err(BatchError::Shape { array: array.into(), expected: expected.to_vec(), found: found.to_vec() })
}

/// Chunks hold a multiple of this many samples (except the last), which is also the least: as many as the widest
/// vector register has lanes, so that only the last chunk has a remainder.
pub const CHUNK_GRAIN: usize = 16;

/// There are at most this many chunks: enough to keep the cores of a machine evenly busy.
pub const MAX_CHUNKS: usize = 64;

/// Below this many multiply-adds a batch runs on the calling thread: to start a thread takes about as long.
pub const INLINE_WORK: u64 = 200_000;

/// How many samples each chunk holds, the last possibly fewer; a function of the number of samples alone.
pub fn chunk_len(samples: usize) -> usize {
    samples.div_ceil(MAX_CHUNKS).next_multiple_of(CHUNK_GRAIN)
}

/// Runs `f` on the chunks of `0..samples`, in parallel, and returns the results in the order of the chunks.
///
/// A panic in `f` goes on in the caller.
///
/// ```
/// use eqt_runtime::batch::map_chunks;
///
/// let sums = map_chunks(1000, |samples| samples.map(|s| s as f64).sum::<f64>());
/// assert_eq!(sums.iter().sum::<f64>(), 499_500.0);
/// ```
pub fn map_chunks<R: Send>(samples: usize, f: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    map_chunks_with(samples, u64::MAX, (), |range, ()| f(range))
}

/// As [`map_chunks`], with the part of `parts` that belongs to the chunk (its rows of the output, say) handed to `f`
/// by value, and with the number of multiply-adds per sample: little work is done on the calling thread.
///
/// Views are split along their first axis, that of the samples; the split is safe code and the parts are disjoint.
///
/// ```
/// use eqt_runtime::batch::map_chunks_with;
///
/// let input: Vec<f64> = (0..100).map(f64::from).collect();
/// let mut squares = vec![0.0; 100];
/// map_chunks_with(100, 1, (&input[..], &mut squares[..]), |_, (input, squares)| {
///     for (x, y) in input.iter().zip(squares) {
///         *y = x * x;
///     }
/// });
/// assert_eq!(squares[7], 49.0);
/// ```
///
/// # Panics
///
/// If `parts` holds another number of samples; emitted code has checked all shapes before.
pub fn map_chunks_with<P: SplitSamples, R: Send>(
    samples: usize,
    work_per_sample: u64,
    parts: P,
    f: impl Fn(Range<usize>, P) -> R + Sync,
) -> Vec<R> {
    let work = work_per_sample.saturating_mul(samples as u64);
    let threads = if work < INLINE_WORK { 1 } else { available_threads() };
    map_chunks_on(threads, samples, parts, f)
}

/// The body of [`map_chunks_with`], on a given number of threads.
fn map_chunks_on<P: SplitSamples, R: Send>(
    threads: usize,
    samples: usize,
    parts: P,
    f: impl Fn(Range<usize>, P) -> R + Sync,
) -> Vec<R> {
    let chunks = Chunks { next: 0, samples, length: chunk_len(samples), rest: Some(parts) };
    let count = if samples == 0 { 0 } else { samples.div_ceil(chunks.length) };
    if threads <= 1 || count <= 1 {
        return chunks.map(|(range, part)| f(range, part)).collect();
    }
    let queue = Mutex::new(chunks.enumerate());
    let work = || {
        let mut results = Vec::new();
        loop {
            // A poisoned lock means that a split panicked; the panic itself is passed on below.
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            match next {
                Some((index, (range, part))) => results.push((index, f(range, part))),
                None => return results,
            }
        }
    };
    let mut results = thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads.min(count)).map(|_| scope.spawn(work)).collect();
        let mut results = work();
        for helper in helpers {
            match helper.join() {
                Ok(more) => results.extend(more),
                Err(payload) => panic::resume_unwind(payload),
            }
        }
        results
    });
    results.sort_by_key(|&(index, _)| index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The number of threads the machine offers; asked once, as the answer costs as much as a small batch.
fn available_threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| thread::available_parallelism().map_or(1, NonZeroUsize::get))
}

/// The chunks of `0..samples` with their parts, split off one by one.
struct Chunks<P> {
    next: usize,
    samples: usize,
    length: usize,
    rest: Option<P>,
}

impl<P: SplitSamples> Iterator for Chunks<P> {
    type Item = (Range<usize>, P);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.samples {
            return None;
        }
        let range = self.next..self.samples.min(self.next + self.length);
        let rest = self.rest.take()?;
        let part = if range.end == self.samples {
            rest
        } else {
            let (part, rest) = rest.split_samples(range.len());
            self.rest = Some(rest);
            part
        };
        self.next = range.end;
        Some((range, part))
    }
}

/// Data of a batch that can be split by samples: slices, views of arrays, and optional ones, tuples and arrays of
/// these.
pub trait SplitSamples: Send + Sized {
    /// The first `count` samples, and the rest.
    ///
    /// # Panics
    ///
    /// If there are fewer than `count` samples.
    fn split_samples(self, count: usize) -> (Self, Self);
}

impl<A: Sync> SplitSamples for &[A] {
    fn split_samples(self, count: usize) -> (Self, Self) {
        self.split_at(count)
    }
}

impl<A: Send> SplitSamples for &mut [A] {
    fn split_samples(self, count: usize) -> (Self, Self) {
        self.split_at_mut(count)
    }
}

#[cfg(feature = "ndarray")]
impl<A: Sync, N: RemoveAxis> SplitSamples for ArrayView<'_, A, N> {
    fn split_samples(self, count: usize) -> (Self, Self) {
        self.split_at(Axis(0), count)
    }
}

#[cfg(feature = "ndarray")]
impl<A: Send, N: RemoveAxis> SplitSamples for ArrayViewMut<'_, A, N> {
    fn split_samples(self, count: usize) -> (Self, Self) {
        self.split_at(Axis(0), count)
    }
}

impl<P: SplitSamples> SplitSamples for Option<P> {
    fn split_samples(self, count: usize) -> (Self, Self) {
        self.map(|part| part.split_samples(count)).unzip()
    }
}

impl<P: SplitSamples, const N: usize> SplitSamples for [P; N] {
    fn split_samples(self, count: usize) -> (Self, Self) {
        let mut rest = self.map(Some);
        let first = rest.each_mut().map(|slot| {
            let (first, rest) = slot.take().map(|part| part.split_samples(count)).unzip();
            *slot = rest;
            first
        });
        // Every slot was full, so every part is there.
        (first.map(present), rest.map(present))
    }
}

fn present<P>(part: Option<P>) -> P {
    match part {
        Some(part) => part,
        None => unreachable!("a part is split in two"),
    }
}

macro_rules! split_tuples {
    ($($($part:ident)*;)*) => {$(
        impl<$($part: SplitSamples),*> SplitSamples for ($($part,)*) {
            #[allow(non_snake_case, clippy::unused_unit)]
            fn split_samples(self, _count: usize) -> (Self, Self) {
                let ($($part,)*) = self;
                $(let $part = $part.split_samples(_count);)*
                (($($part.0,)*), ($($part.1,)*))
            }
        }
    )*};
}
split_tuples! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}

/// Copies one sample, an array of any strides, into a typed input.
///
/// `view` holds the entries of `target`; emitted code has checked the shape. Contiguous samples are copied as slices.
#[cfg(feature = "ndarray")]
#[inline]
pub fn read_sample<X: Entries + ?Sized, N: ndarray::Dimension>(
    view: ArrayView<'_, X::Scalar, N>,
    target: &mut X,
) {
    match view.as_slice() {
        Some(entries) => target.copy_from_entries(entries),
        None => target.fill_entries(&mut view.iter().copied()),
    }
}

/// Copies a typed output to one sample of an array of any strides.
///
/// `view` holds the entries of `source`; emitted code has checked the shape. Contiguous samples are copied as slices.
#[cfg(feature = "ndarray")]
#[inline]
pub fn write_sample<X: Entries + ?Sized, N: ndarray::Dimension>(
    source: &X,
    mut view: ArrayViewMut<'_, X::Scalar, N>,
) {
    if let Some(entries) = view.as_slice_mut() {
        return source.copy_to_entries(entries);
    }
    let mut slots = view.iter_mut();
    source.for_each_entry(&mut |value| {
        if let Some(slot) = slots.next() {
            *slot = value;
        }
    });
}

/// Copies up to `W` samples, the first of `view` along its first axis, into the lanes of a typed input; with fewer
/// samples the last one fills the remaining lanes, so that no lane computes with numbers that are not in the data.
///
/// With no sample the target stays as it is.
#[cfg(feature = "ndarray")]
pub fn read_lanes<T, X, N, const W: usize>(view: &ArrayView<'_, T, N>, target: &mut X)
where
    T: Scalar,
    X: Entries<Scalar = Lanes<T, W>> + ?Sized,
    N: RemoveAxis,
{
    let samples = view.len_of(Axis(0)).min(W);
    if samples == 0 {
        return;
    }
    if let Some(entries) = view.as_slice() {
        let length = entries.len() / view.len_of(Axis(0));
        let starts: [usize; W] = std::array::from_fn(|w| w.min(samples - 1) * length);
        let mut position = 0;
        target.for_each_entry_mut(&mut |lanes| {
            for (lane, start) in lanes.0.iter_mut().zip(starts) {
                if let Some(&value) = entries.get(start + position) {
                    *lane = value;
                }
            }
            position += 1;
        });
        return;
    }
    for w in 0..W {
        let sample = view.index_axis(Axis(0), w.min(samples - 1));
        let mut values = sample.iter();
        target.for_each_entry_mut(&mut |lanes| {
            if let Some(&value) = values.next() {
                lanes.0[w] = value;
            }
        });
    }
}

/// Copies the lanes of a typed output to up to `W` samples, the first of `view` along its first axis; lanes without
/// a sample are dropped.
#[cfg(feature = "ndarray")]
pub fn write_lanes<T, X, N, const W: usize>(source: &X, view: &mut ArrayViewMut<'_, T, N>)
where
    T: Scalar,
    X: Entries<Scalar = Lanes<T, W>> + ?Sized,
    N: RemoveAxis,
{
    for (w, mut sample) in view.axis_iter_mut(Axis(0)).take(W).enumerate() {
        let mut slots = sample.iter_mut();
        source.for_each_entry(&mut |lanes| {
            if let Some(slot) = slots.next() {
                *slot = lanes.0[w];
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn chunks_cover_every_sample_once_and_in_order() {
        for samples in [0, 1, 15, 16, 17, 100, 1023, 1024, 1025, 5000, 100_000] {
            let ranges = map_chunks(samples, |range| range);
            assert!(ranges.len() <= MAX_CHUNKS, "{samples}");
            assert_eq!(
                ranges.iter().cloned().flatten().collect::<Vec<_>>(),
                (0..samples).collect::<Vec<_>>()
            );
            if let Some((_, full)) = ranges.split_last() {
                assert!(full.iter().all(|range| range.len() == chunk_len(samples)), "{samples}");
            }
        }
    }

    #[test]
    fn sums_do_not_depend_on_the_number_of_threads() {
        let numbers: Vec<f32> = (0..5000).map(|i| (i as f32 * 0.7).sin()).collect();
        let sum = |threads| {
            let sums =
                map_chunks_on(threads, numbers.len(), &numbers[..], |_, part| part.iter().sum::<f32>());
            sums.iter().sum::<f32>().to_bits()
        };
        assert_eq!(sum(1), sum(2));
        assert_eq!(sum(1), sum(7));
        assert_eq!(sum(1), sum(1000));
    }

    #[test]
    fn little_work_stays_on_the_calling_thread() {
        let caller = thread::current().id();
        map_chunks_with(1000, 10, (), |_, ()| assert_eq!(thread::current().id(), caller));
    }

    #[test]
    fn a_panic_in_a_chunk_reaches_the_caller() {
        let done = AtomicUsize::new(0);
        let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            map_chunks_on(3, 1000, (), |range, ()| {
                assert!(range.start != 512, "sample 512 is bad");
                done.fetch_add(1, Ordering::Relaxed);
            })
        }));
        let payload = outcome.unwrap_err();
        assert!(payload.downcast_ref::<&str>().is_some_and(|text| text.contains("512")));
        assert!(done.into_inner() > 0);
    }

    #[test]
    fn every_kind_of_part_is_split_alike() {
        let input: Vec<usize> = (0..100).collect();
        let mut output = [vec![0; 100], vec![0; 100]];
        let parts =
            (&input[..], output.each_mut().map(|part| &mut part[..]), Some(&input[..]), None::<&[usize]>);
        map_chunks_on(2, 100, parts, |range, (input, [first, second], some, none)| {
            assert_eq!(input, range.clone().collect::<Vec<_>>());
            assert_eq!(some, Some(input));
            assert_eq!(none, None);
            first.copy_from_slice(input);
            second.fill(range.start);
        });
        assert_eq!(output[0], input);
        assert_eq!(output[1][99], 96);
    }

    #[test]
    fn errors_are_one_line_with_what_was_expected_and_found() {
        let expected = [Extent::Exactly(10), Extent::Any("n"), Extent::Exactly(5)];
        assert_eq!(check_shape("input `b`", &expected, &[10, 0, 5]), Ok(()));
        let error = check_shape("output", &expected, &[10, 5]).unwrap_err();
        assert_eq!(error.to_string(), "output: expected shape (10, n, 5), found (10, 5)");
    }
}

#[cfg(all(test, feature = "ndarray"))]
mod ndarray_tests {
    use super::*;
    use crate::{Sym, Vector};
    use ndarray::{Array3, s};

    fn counted(shape: (usize, usize, usize)) -> Array3<f64> {
        let mut count = 0.0;
        Array3::from_shape_simple_fn(shape, || {
            count += 1.0;
            count
        })
    }

    #[test]
    fn samples_of_any_stride_are_read_and_written() {
        let array = counted((4, 3, 2));
        let mut contiguous = [Vector::<2>::default(); 3];
        read_sample(array.index_axis(Axis(0), 1), &mut contiguous);
        assert_eq!(contiguous.map(|v| v.0), [[7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]);
        let turned = array.view().permuted_axes([0, 2, 1]);
        let mut strided = [Vector::<3>::default(); 2];
        read_sample(turned.index_axis(Axis(0), 1), &mut strided);
        assert_eq!(strided.map(|v| v.0), [[7.0, 9.0, 11.0], [8.0, 10.0, 12.0]]);

        let mut target = Array3::zeros((4, 3, 2));
        write_sample(&contiguous, target.index_axis_mut(Axis(0), 0));
        write_sample(&strided, target.view_mut().permuted_axes([0, 2, 1]).index_axis_mut(Axis(0), 1));
        assert_eq!(target.index_axis(Axis(0), 0), array.index_axis(Axis(0), 1));
        assert_eq!(target.index_axis(Axis(0), 1), array.index_axis(Axis(0), 1));
    }

    #[test]
    fn lanes_hold_one_sample_each_and_repeat_the_last() {
        let array = counted((3, 2, 2));
        let mut lanes = Sym::<2, Lanes<f64, 4>>::default();
        read_lanes(&array.view(), &mut lanes);
        assert_eq!(lanes.0[0][0], Lanes([1.0, 5.0, 9.0, 9.0]));
        assert_eq!(lanes.0[1][1], Lanes([4.0, 8.0, 12.0, 12.0]));
        let mut strided = Sym::<2, Lanes<f64, 4>>::default();
        read_lanes(&array.slice(s![..;-1, .., ..]), &mut strided);
        assert_eq!(strided.0[1][0], Lanes([11.0, 7.0, 3.0, 3.0]));

        let mut target = Array3::zeros((3, 2, 2));
        write_lanes(&lanes, &mut target.view_mut());
        assert_eq!(target, array);
        let mut short = Array3::zeros((1, 2, 2));
        write_lanes(&lanes, &mut short.view_mut());
        assert_eq!(short, array.slice(s![..1, .., ..]));
        let before = lanes;
        read_lanes(&array.slice(s![..0, .., ..]), &mut lanes);
        assert_eq!(lanes, before);
    }

    #[test]
    fn views_are_split_by_samples() {
        let array = counted((100, 2, 3));
        let mut target = Array3::zeros((100, 2, 3));
        map_chunks_on(3, 100, (array.view(), target.view_mut()), |range, (from, mut to)| {
            assert_eq!(from, array.slice(s![range, .., ..]));
            to.assign(&from);
        });
        assert_eq!(target, array);
    }
}
