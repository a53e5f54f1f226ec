//! What a kernel is called with: flat memory, from which it takes its arguments one after the other.

use crate::description::interface::Function;
use crate::{NestedArray, Scalar};

/// The arguments of a kernel over the scalars `L`; arrays that all samples share are over the scalars `S`.
///
/// Kernels take plain nested arrays. Each is the next part of a flat slice, so that a call holds neither the number of
/// arguments nor their types, and one driver serves the kernels of all maps.
#[derive(Debug)]
pub struct Call<'a, L, S> {
    sizes: &'a [usize],
    read: &'a [L],
    shared: &'a [&'a [S]],
    written: &'a mut [L],
    memory: &'a mut Memory<L>,
}

/// A call with a sample in each lane.
pub type LaneCall<'a, T> = Call<'a, <T as Scalar>::Pack, T>;

/// A function of a map, ready to be called at sizes that are fixed.
#[derive(Clone, Copy, Debug)]
pub struct Kernel<T: Scalar> {
    /// What it reads and writes.
    pub function: &'static Function,
    /// Computes as many samples at once as [`Scalar::Pack`] has lanes. What it writes is zero before.
    pub run: fn(LaneCall<'_, T>),
    /// The multiply-adds of one sample.
    pub work: u64,
}

impl<'a, L, S> Call<'a, L, S> {
    /// A call: the arguments one after the other, those that are shared apart; then the results one after the other.
    pub fn new(
        sizes: &'a [usize],
        read: &'a [L],
        shared: &'a [&'a [S]],
        written: &'a mut [L],
        memory: &'a mut Memory<L>,
    ) -> Self {
        Self { sizes, read, shared, written, memory }
    }

    /// The size of an axis.
    #[inline]
    pub fn size(&self, axis: usize) -> usize {
        self.sizes[axis]
    }
}

impl<'a, L: Scalar, S: Scalar> Call<'a, L, S> {
    /// The next argument.
    #[inline]
    pub fn read<X: NestedArray<Scalar = L>>(&mut self) -> &'a X {
        let (first, rest) = self.read.split_at(X::LEN);
        self.read = rest;
        present(X::from_flat(first))
    }

    /// The next argument, `count` arrays.
    #[inline]
    pub fn read_slice<X: NestedArray<Scalar = L>>(&mut self, count: usize) -> &'a [X] {
        let (first, rest) = self.read.split_at(X::LEN * count);
        self.read = rest;
        present(X::slice_from_flat(first, count))
    }

    /// The next shared array.
    #[inline]
    pub fn shared<X: NestedArray<Scalar = S>>(&mut self) -> &'a X {
        present(X::from_flat(self.next_shared()))
    }

    /// The next shared array, `count` arrays.
    #[inline]
    pub fn shared_slice<X: NestedArray<Scalar = S>>(&mut self, count: usize) -> &'a [X] {
        present(X::slice_from_flat(self.next_shared(), count))
    }

    fn next_shared(&mut self) -> &'a [S] {
        let (first, rest) = present(self.shared.split_first());
        self.shared = rest;
        first
    }

    /// The next result.
    #[inline]
    pub fn write<X: NestedArray<Scalar = L>>(&mut self) -> &'a mut X {
        let (first, rest) = std::mem::take(&mut self.written).split_at_mut(X::LEN);
        self.written = rest;
        present(X::from_flat_mut(first))
    }

    /// The next result, `count` arrays.
    #[inline]
    pub fn write_slice<X: NestedArray<Scalar = L>>(&mut self, count: usize) -> &'a mut [X] {
        let (first, rest) = std::mem::take(&mut self.written).split_at_mut(X::LEN * count);
        self.written = rest;
        present(X::slice_from_flat_mut(first, count))
    }

    /// Memory for `count` scalars.
    #[inline]
    pub fn memory(self, count: usize) -> &'a mut [L] {
        self.memory.take(count)
    }
}

/// The driver has measured all lengths before.
#[inline]
fn present<X>(part: Option<X>) -> X {
    match part {
        Some(part) => part,
        None => unreachable!("a call holds all arguments of its kernel"),
    }
}

/// Memory for functions of run-time lengths, to be used again and again; it grows to what is needed.
#[derive(Clone, Debug, Default)]
pub struct Memory<T>(Vec<T>);

impl<T: Scalar> Memory<T> {
    /// Without any memory yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// `count` scalars of any value.
    #[inline]
    pub fn take(&mut self, count: usize) -> &mut [T] {
        if self.0.len() < count {
            self.0.resize(count, T::ZERO);
        }
        &mut self.0[..count]
    }
}
