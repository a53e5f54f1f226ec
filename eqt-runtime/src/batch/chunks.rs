//! The samples of a batch in chunks, and how many threads they are worth.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::OnceLock;
use std::thread;

/// Chunks hold a multiple of this many samples (except the last), which is also the least: as many as the widest
/// vector register has lanes, so that only the last chunk has a remainder.
pub const CHUNK_GRAIN: usize = 16;

/// There are at most this many chunks: enough to keep the cores of a machine evenly busy.
pub const MAX_CHUNKS: usize = 64;

/// At most this many chunks where each has a sum of its own over arrays of coefficients: to fill it with zeros and to add
/// it to the others takes about as long as some tens of samples.
pub const MAX_SUMS: usize = 32;

/// A thread is worth starting for this many multiply-adds: to start it takes about as long.
pub const INLINE_WORK: u64 = 200_000;

fn length(samples: usize, most: usize) -> usize {
    samples.div_ceil(most).next_multiple_of(CHUNK_GRAIN)
}

/// How many threads some work is worth.
pub(super) fn threads(samples: usize, work_per_sample: u64) -> usize {
    let worth = work_per_sample.saturating_mul(samples as u64) / INLINE_WORK;
    // Of little work, the machine is not asked.
    if worth <= 1 { 1 } else { available_threads().min(usize::try_from(worth).unwrap_or(usize::MAX)) }
}

/// A chunk is worth making for this many multiply-adds: it takes some hundred to make and to end it.
pub const CHUNK_WORK: u64 = 20_000;

/// How many chunks some work is worth, at least one.
pub(super) fn worth(samples: usize, work_per_sample: u64) -> usize {
    let chunks = work_per_sample.saturating_mul(samples as u64) / CHUNK_WORK;
    usize::try_from(chunks).unwrap_or(usize::MAX).max(1)
}

/// The chunks of `0..samples`, at most `most`.
pub(super) fn ranges(samples: usize, most: usize) -> impl Iterator<Item = Range<usize>> {
    let length = length(samples, most).max(1);
    (0..samples).step_by(length).map(move |start| start..samples.min(start + length))
}

/// The number of threads the machine offers; asked once, as the answer costs as much as a small batch.
fn available_threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| thread::available_parallelism().map_or(1, NonZeroUsize::get))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_every_sample_once_and_in_order() {
        for samples in [0, 1, 15, 16, 17, 100, 1023, 1024, 1025, 5000, 100_000] {
            for most in [MAX_CHUNKS, MAX_SUMS] {
                let ranges: Vec<Range<usize>> = ranges(samples, most).collect();
                assert!(ranges.len() <= most, "{samples}");
                let all: Vec<usize> = ranges.iter().cloned().flatten().collect();
                assert_eq!(all, (0..samples).collect::<Vec<_>>());
                if let Some((_, full)) = ranges.split_last() {
                    assert!(full.iter().all(|range| range.len() % CHUNK_GRAIN == 0), "{samples}");
                }
            }
        }
    }

    #[test]
    fn little_work_stays_on_the_calling_thread() {
        assert_eq!(threads(1000, 10), 1);
        assert_eq!(threads(1, 2 * INLINE_WORK - 1), 1);
        assert!(threads(1, 2 * INLINE_WORK) <= 2);
        assert_eq!(threads(usize::MAX, u64::MAX), available_threads());
    }
}
