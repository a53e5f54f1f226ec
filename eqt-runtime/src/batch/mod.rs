//! What batches of emitted maps run on: samples in the lanes of vector registers, and in chunks on threads.
//!
//! A map brings a [`Kernel`], a pointer to a function that computes a sample in each lane of a [`Pack`](crate::Pack); everything else is here, once
//! for all maps. Chunks depend on the number of samples alone and their results are added up in their order, so that a sum
//! over samples is the same to the last bit on one core and on a hundred.

mod call;
mod chunks;
mod error;
mod run;
#[cfg(feature = "ndarray")]
mod views;

pub use call::{Call, Kernel, LaneCall, Memory};
pub use chunks::{CHUNK_GRAIN, INLINE_WORK, MAX_CHUNKS, MAX_SUMS};
#[cfg(any(feature = "ndarray", feature = "safetensors"))]
pub(crate) use error::Shape;
pub use error::{BatchError, Extent, check_shape};
pub use run::{Data, Target, run};
#[cfg(feature = "ndarray")]
pub use views::{Batch, length};
