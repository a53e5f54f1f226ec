//! What a kernel is called with: flat memory, from which it takes its arguments one after the other.

use super::InstructionSet;
use super::run::Drive;
use crate::description::interface::Function;
#[cfg(feature = "ndarray")]
use crate::description::interface::Quantity;
use crate::{Broadcast, NestedArray, Pack, Rows, RowsMut, Scalar};

/// The arguments of a kernel over the scalars `L`; those that are not in lanes are over the scalars `S`.
///
/// Kernels take plain nested arrays. Each is the next part of a flat slice, so that a call holds neither the number of
/// arguments nor their types, and one driver serves the kernels of all maps.
#[derive(Debug)]
pub struct Call<'a, L, S> {
    sizes: &'a [usize],
    read: &'a [L],
    rows: &'a [Rows<'a, S>],
    written: &'a mut [L],
    rows_written: &'a mut [RowsMut<'a, S>],
    memory: &'a mut Memory<L>,
}

/// A function of a map over lanes of any type: what is emitted for it. `F` says which of the functions of the map it is, one
/// of [`role`].
///
/// The driver compiles it for several instruction sets, for which it has to be inlined: implementations are
/// `#[inline(always)]`, and so is all that they call.
pub trait Body<T: Scalar, F> {
    /// Computes a sample in each lane. What it writes is zero before.
    fn run<L: Pack<T>>(call: Call<'_, L, T>)
    where
        T: Broadcast<L>;
}

/// The functions of a map, as types.
pub mod role {
    macro_rules! roles {
        ($($(#[$doc:meta])* $name:ident)*) => {$(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;
        )*};
    }
    roles! {
        /// The value.
        Value
        /// The value of every member.
        Members
        /// The gradient in all inputs and in the parameters.
        Gradient
        /// The gradient in the parameters alone.
        ParameterGradient
        /// The gradient in the inputs of a weighted sum of members.
        MemberGradient
        /// The invariants of a generator form.
        Invariants
        /// Their gradient in all inputs.
        InvariantsGradient
    }

    /// A function whose arrays over labels stay where they are: for many labels.
    #[derive(Clone, Copy, Debug)]
    pub struct Multiplied<F>(core::marker::PhantomData<F>);
}

/// A function of a map, ready to be called at sizes that are fixed.
#[derive(Clone, Copy, Debug)]
pub struct Kernel<T: Scalar> {
    /// What it reads and writes.
    pub function: &'static Function,
    /// The multiply-adds of one sample.
    pub work: u64,
    pub(super) run: fn(Call<'_, T::Pack, T>),
    /// The same in the widest registers of the machine, if these are wider.
    pub(super) wide: Option<fn(Drive<'_, T>)>,
    /// The same in narrower ones, if there are two wider kinds: for results that fill the cache.
    pub(super) narrower: Option<fn(Drive<'_, T>)>,
}

impl<T: Scalar> Kernel<T> {
    /// The kernel of a body.
    pub fn new<B: Body<T, F>, F>(function: &'static Function, work: u64) -> Self {
        let used = InstructionSet::used();
        let narrower = used.narrower().and_then(T::wide::<B, F>);
        Kernel { function, work, run: B::run::<T::Pack>, wide: T::wide::<B, F>(used), narrower }
    }
}

impl<T: Scalar> Kernel<T> {
    /// What messages call an argument.
    #[cfg(feature = "ndarray")]
    pub(crate) fn name_of(&self, quantity: Quantity) -> Option<&'static str> {
        let arguments = self.function.arguments.iter();
        arguments.filter(|argument| argument.quantity == quantity).map(|argument| argument.what).next()
    }
}

impl<'a, L, S> Call<'a, L, S> {
    /// A call: the arguments one after the other, those that are not in lanes apart; then the results likewise.
    pub fn new(
        sizes: &'a [usize],
        read: &'a [L],
        rows: &'a [Rows<'a, S>],
        written: &'a mut [L],
        rows_written: &'a mut [RowsMut<'a, S>],
        memory: &'a mut Memory<L>,
    ) -> Self {
        Self { sizes, read, rows, written, rows_written, memory }
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

    /// The next array that all samples share.
    #[inline]
    pub fn shared<X: NestedArray<Scalar = S>>(&mut self) -> &'a X {
        present(X::from_flat(self.rows().lane(0)))
    }

    /// The next array that all samples share, `count` arrays.
    #[inline]
    pub fn shared_slice<X: NestedArray<Scalar = S>>(&mut self, count: usize) -> &'a [X] {
        present(X::slice_from_flat(self.rows().lane(0), count))
    }

    /// The next array that is not in lanes.
    #[inline]
    pub fn rows(&mut self) -> Rows<'a, S> {
        let (first, rest) = present(self.rows.split_first());
        self.rows = rest;
        *first
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

    /// The next result that is not in lanes.
    #[inline]
    pub fn rows_mut(&mut self) -> &'a mut RowsMut<'a, S> {
        let (first, rest) = present(std::mem::take(&mut self.rows_written).split_first_mut());
        self.rows_written = rest;
        first
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
