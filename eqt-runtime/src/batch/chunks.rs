//! The samples of a batch in chunks, and the chunks on threads.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::panic;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

#[cfg(feature = "ndarray")]
use ndarray::{ArrayView, ArrayViewMut, Axis, RemoveAxis};

/// Chunks hold a multiple of this many samples (except the last), which is also the least: as many as the widest
/// vector register has lanes, so that only the last chunk has a remainder.
pub const CHUNK_GRAIN: usize = 16;

/// There are at most this many chunks: enough to keep the cores of a machine evenly busy.
pub const MAX_CHUNKS: usize = 64;

/// At most this many chunks where each has a sum of its own over arrays of coefficients: to fill it with zeros and to add
/// it to the others takes about as long as some tens of samples.
pub const MAX_SUMS: usize = 32;

/// Below this many multiply-adds a batch runs on the calling thread: to start a thread takes about as long.
pub const INLINE_WORK: u64 = 200_000;

/// How many samples each chunk holds, the last possibly fewer; a function of the number of samples alone.
pub fn chunk_len(samples: usize) -> usize {
    length(samples, MAX_CHUNKS)
}

fn length(samples: usize, most: usize) -> usize {
    samples.div_ceil(most).next_multiple_of(CHUNK_GRAIN)
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
/// If `parts` runs out of samples before the last chunk; emitted code has checked all shapes before.
pub fn map_chunks_with<P: SplitSamples, R: Send>(
    samples: usize,
    work_per_sample: u64,
    parts: P,
    f: impl Fn(Range<usize>, P) -> R + Sync,
) -> Vec<R> {
    map_chunks_on(threads(samples, work_per_sample), samples, MAX_CHUNKS, parts, f)
}

/// As [`map_chunks_with`], in at most [`MAX_SUMS`] chunks: for results that take long to make and to add up.
///
/// # Panics
///
/// As [`map_chunks_with`].
pub fn map_sums_with<P: SplitSamples, R: Send>(
    samples: usize,
    work_per_sample: u64,
    parts: P,
    f: impl Fn(Range<usize>, P) -> R + Sync,
) -> Vec<R> {
    map_chunks_on(threads(samples, work_per_sample), samples, MAX_SUMS, parts, f)
}

/// How many threads some work is worth.
fn threads(samples: usize, work_per_sample: u64) -> usize {
    let work = work_per_sample.saturating_mul(samples as u64);
    if work < INLINE_WORK { 1 } else { available_threads() }
}

/// The body of [`map_chunks_with`], on a given number of threads and in a bounded number of chunks.
fn map_chunks_on<P: SplitSamples, R: Send>(
    threads: usize,
    samples: usize,
    most: usize,
    parts: P,
    f: impl Fn(Range<usize>, P) -> R + Sync,
) -> Vec<R> {
    let chunks = Chunks { next: 0, samples, length: length(samples, most), rest: Some(parts) };
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
    fn sums_have_fewer_chunks() {
        let ranges = map_sums_with(10_000, 1, (), |range, ()| range);
        assert!(ranges.len() <= MAX_SUMS);
        assert_eq!(ranges.iter().cloned().flatten().collect::<Vec<_>>(), (0..10_000).collect::<Vec<_>>());
    }

    #[test]
    fn sums_do_not_depend_on_the_number_of_threads() {
        let numbers: Vec<f32> = (0..5000).map(|i| (i as f32 * 0.7).sin()).collect();
        let sum = |threads| {
            let sums = map_chunks_on(threads, numbers.len(), MAX_CHUNKS, &numbers[..], |_, part| {
                part.iter().sum::<f32>()
            });
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
            map_chunks_on(3, 1000, MAX_CHUNKS, (), |range, ()| {
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
        map_chunks_on(2, 100, MAX_CHUNKS, parts, |range, (input, [first, second], some, none)| {
            assert_eq!(input, range.clone().collect::<Vec<_>>());
            assert_eq!(some, Some(input));
            assert_eq!(none, None);
            first.copy_from_slice(input);
            second.fill(range.start);
        });
        assert_eq!(output[0], input);
        assert_eq!(output[1][99], 96);
    }

    #[cfg(feature = "ndarray")]
    #[test]
    fn views_are_split_by_samples() {
        use ndarray::{Array3, s};

        let array = Array3::from_shape_fn((100, 2, 3), |(s, p, q)| (100 * s + 10 * p + q) as f64);
        let mut target = Array3::zeros((100, 2, 3));
        map_chunks_on(3, 100, MAX_CHUNKS, (array.view(), target.view_mut()), |range, (from, mut to)| {
            assert_eq!(from, array.slice(s![range, .., ..]));
            to.assign(&from);
        });
        assert_eq!(target, array);
    }
}
