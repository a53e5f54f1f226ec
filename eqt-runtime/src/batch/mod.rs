//! What emitted `batch` and `batch_gradient` functions run on: shape checks, and threads over chunks of samples.
//!
//! Chunks depend on the number of samples alone and results come in the order of the chunks, so that a sum over
//! samples is the same to the last bit on one core and on a hundred.

mod chunks;
mod error;
#[cfg(feature = "ndarray")]
mod samples;

pub use chunks::{
    CHUNK_GRAIN, INLINE_WORK, MAX_CHUNKS, MAX_SUMS, SplitSamples, chunk_len, map_chunks, map_chunks_with,
    map_sums_with,
};
#[cfg(any(feature = "ndarray", feature = "safetensors"))]
pub(crate) use error::Shape;
pub use error::{BatchError, Extent, check_shape};
#[cfg(feature = "ndarray")]
pub use samples::{read_lanes, read_sample, write_lanes, write_sample};
