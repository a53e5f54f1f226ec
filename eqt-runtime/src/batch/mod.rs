//! What batches of emitted maps run on: samples in the lanes of vector registers, and in chunks on threads.
//!
//! A map brings a [`Kernel`] for each of its functions, which computes a sample in each lane of a [`Pack`](crate::Pack);
//! everything else is here, once for all maps, and chooses the [`InstructionSet`]. Chunks depend on the number of samples and
//! the work of one alone, and their results are added up in their order, so that a sum over samples is the same to the last bit
//! on one core and on a hundred.

mod call;
mod chunks;
mod error;
mod instructions;
mod run;
#[cfg(feature = "ndarray")]
mod views;

pub use call::{Body, Call, Kernel, Memory, role};
pub use chunks::{CHUNK_GRAIN, CHUNK_WORK, INLINE_WORK, MAX_CHUNKS, MAX_SUMS};
#[cfg(any(feature = "ndarray", feature = "safetensors"))]
pub(crate) use error::Shape;
pub use error::{BatchError, Extent, check_shape};
pub use instructions::InstructionSet;
#[cfg(target_arch = "x86_64")]
pub(crate) use instructions::avx2;
#[cfg(all(feature = "avx512", target_arch = "x86_64"))]
pub(crate) use instructions::avx512;
#[doc(hidden)]
pub use run::Drive;
pub use run::{Data, Target, run};
#[cfg(feature = "ndarray")]
pub use views::{Batch, length};
