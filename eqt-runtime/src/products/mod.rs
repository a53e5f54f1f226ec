//! Products with matrices over labels that every sample has its own of, or has its own part in.
//!
//! An array `A_ij` over two labels is larger than everything else of a sample together, and is used once: to move it into the lanes
//! of a batch takes longer than to compute with it. So it stays where it is, as a row of numbers per sample ([`Rows`]), and three
//! products of it are functions of the runtime, whose lanes run along the labels of one sample:
//!
//! ```text
//! apply      y_ip   = sum_j A_ij x_jp,  or  sum_j A_ji x_jp
//! outer      A_ij   = sum_p x_ip y_jp
//! add_outer  A_ij  += sum_p x_ip y_jp,  summed over the samples, too
//! ```
//!
//! Here p stands for all other indices of `x` and `y`, which are in lanes. [`Samples`] are the numbers that both kinds of emitted
//! functions compute with: those of one sample, or a pack of them.

use crate::{NestedArray, Scalar};

mod in_lanes;
#[cfg(feature = "std")]
mod labels;

pub(crate) use in_lanes::{add_outer, apply, outer};

/// Products in vector registers: along the labels, if these fill one.
#[cfg(target_arch = "x86_64")]
mod by_size {
    #[cfg(feature = "std")]
    use super::labels;
    use super::{Rows, RowsMut, in_lanes};
    use crate::{Pack, Scalar};

    #[inline(always)]
    pub(crate) fn apply_by_size<S: Scalar, V: Pack<S>>(
        matrix: &Rows<'_, S>,
        transposed: bool,
        columns: usize,
        x: &[V],
        target: &mut [V],
    ) {
        #[cfg(feature = "std")]
        {
            let along = if transposed { target.len() } else { x.len() };
            if columns > 0 && along / columns >= V::LANES && !x.is_empty() && !target.is_empty() {
                return labels::apply_along(matrix, transposed, columns, x, target);
            }
        }
        in_lanes::apply(matrix, transposed, columns, x, target);
    }

    #[inline(always)]
    pub(crate) fn outer_by_size<S: Scalar, V: Pack<S>>(
        columns: usize,
        x: &[V],
        y: &[V],
        target: &mut RowsMut<'_, S>,
    ) {
        #[cfg(feature = "std")]
        if columns > 0 && y.len() / columns >= V::LANES && !x.is_empty() {
            return labels::outer_along(columns, x, y, target);
        }
        in_lanes::outer(columns, x, y, target);
    }

    #[inline(always)]
    pub(crate) fn add_outer_by_size<S: Scalar, V: Pack<S>>(
        columns: usize,
        x: &[V],
        y: &[V],
        upper: bool,
        target: &mut RowsMut<'_, S>,
    ) {
        #[cfg(feature = "std")]
        if columns > 0 && y.len() / columns >= V::LANES && !x.is_empty() {
            return labels::add_outer_along(columns, x, y, upper, target.sum());
        }
        in_lanes::add_outer(columns, x, y, upper, target.sum());
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use by_size::{add_outer_by_size, apply_by_size, outer_by_size};

/// A matrix per sample, read: the entries of one sample, in row-major order, after those of the one before.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, S> {
    entries: &'a [S],
    length: usize,
    /// The last sample that there is; lanes beyond repeat it.
    last: usize,
}

impl<'a, S> Rows<'a, S> {
    /// The same matrix for all samples.
    #[inline]
    pub fn one(entries: &'a [S]) -> Self {
        Self { entries, length: entries.len(), last: 0 }
    }

    /// `count` matrices of this length; lanes beyond repeat the last one.
    #[inline]
    pub fn of(entries: &'a [S], length: usize, count: usize) -> Self {
        Self { entries, length, last: count.saturating_sub(1) }
    }

    /// The matrix of the sample in a lane.
    #[inline]
    pub fn lane(&self, lane: usize) -> &'a [S] {
        &self.entries[lane.min(self.last) * self.length..][..self.length]
    }
}

/// A matrix per sample, written: those of some lanes that follow each other, and of no others.
#[derive(Debug)]
pub struct RowsMut<'a, S> {
    entries: &'a mut [S],
    length: usize,
    first: usize,
}

impl<'a, S> RowsMut<'a, S> {
    /// That of one sample.
    #[inline]
    pub fn one(entries: &'a mut [S]) -> Self {
        let length = entries.len();
        Self { entries, length, first: 0 }
    }

    /// Those of the lanes from `first` on, as many as there are entries for.
    #[inline]
    pub fn of(entries: &'a mut [S], length: usize, first: usize) -> Self {
        Self { entries, length, first }
    }

    /// The one matrix of a sum over samples.
    #[inline]
    pub fn sum(&mut self) -> &mut [S] {
        self.entries
    }

    /// Every lane that is written, with its matrix.
    #[inline]
    pub fn lanes(&mut self) -> impl Iterator<Item = (usize, &mut [S])> {
        (self.first..).zip(self.entries.chunks_exact_mut(self.length.max(1)))
    }
}

/// The numbers of one sample, or of several samples at once, where arrays hold single numbers `S`.
///
/// A function of one sample computes with `S` itself, a batch with a [`Pack`](crate::Pack) of them.
pub trait Samples<S: Scalar>: Scalar {
    /// The same number for every sample.
    fn shared(number: S) -> Self;

    /// `target_i = sum_j A_ij x_j`, or with `transposed` `sum_j A_ji x_j`, in every sample; A has as many rows and columns as that
    /// asks for.
    ///
    /// # Panics
    ///
    /// If A has another number of entries.
    fn apply<X: NestedArray<Scalar = Self>>(
        matrix: &Rows<'_, S>,
        transposed: bool,
        x: &[X],
        target: &mut [X],
    );

    /// `target_ij = <x_i, y_j>` in every sample that is written.
    ///
    /// # Panics
    ///
    /// If the target has another number of entries.
    fn outer<X: NestedArray<Scalar = Self>>(x: &[X], y: &[X], target: &mut RowsMut<'_, S>);

    /// `target_ij += <x_i, y_j>`, summed over the samples; with `upper`, only entries with i <= j need be right.
    ///
    /// # Panics
    ///
    /// If the target has another number of entries.
    fn add_outer<X: NestedArray<Scalar = Self>>(x: &[X], y: &[X], upper: bool, target: &mut RowsMut<'_, S>);
}

/// One sample.
impl<S: Scalar> Samples<S> for S {
    #[inline]
    fn shared(number: S) -> S {
        number
    }

    #[inline]
    fn apply<X: NestedArray<Scalar = S>>(matrix: &Rows<'_, S>, transposed: bool, x: &[X], target: &mut [X]) {
        let matrix = matrix.lane(0);
        assert_eq!(matrix.len(), x.len() * target.len(), "the entries of a matrix");
        if transposed {
            target.iter_mut().for_each(|y| X::flatten_mut(core::slice::from_mut(y)).fill(S::ZERO));
            for (row, x) in matrix.chunks_exact(target.len().max(1)).zip(x) {
                row.iter().zip(&mut *target).for_each(|(&entry, y)| add_multiple(y, entry, x));
            }
        } else {
            for (row, y) in matrix.chunks_exact(x.len().max(1)).zip(&mut *target) {
                let mut sum = *y;
                X::flatten_mut(core::slice::from_mut(&mut sum)).fill(S::ZERO);
                row.iter().zip(x).for_each(|(&entry, x)| add_multiple(&mut sum, entry, x));
                *y = sum;
            }
            if x.is_empty() {
                target.iter_mut().for_each(|y| X::flatten_mut(core::slice::from_mut(y)).fill(S::ZERO));
            }
        }
    }

    #[inline]
    fn outer<X: NestedArray<Scalar = S>>(x: &[X], y: &[X], target: &mut RowsMut<'_, S>) {
        for (_, target) in target.lanes() {
            assert_eq!(target.len(), x.len() * y.len(), "the entries of a matrix");
            for (row, x) in target.chunks_exact_mut(y.len().max(1)).zip(x) {
                row.iter_mut().zip(y).for_each(|(entry, y)| *entry = dot(x, y));
            }
        }
    }

    #[inline]
    fn add_outer<X: NestedArray<Scalar = S>>(x: &[X], y: &[X], upper: bool, target: &mut RowsMut<'_, S>) {
        let target = target.sum();
        assert_eq!(target.len(), x.len() * y.len(), "the entries of a matrix");
        for (i, (row, x)) in target.chunks_exact_mut(y.len().max(1)).zip(x).enumerate() {
            let entries = row.iter_mut().zip(y).skip(if upper { i } else { 0 });
            entries.for_each(|(entry, y)| *entry += dot(x, y));
        }
    }
}

#[inline]
fn add_multiple<X: NestedArray>(sum: &mut X, factor: X::Scalar, x: &X) {
    let (sum, x) = (X::flatten_mut(core::slice::from_mut(sum)), x.as_entries());
    sum.iter_mut().zip(x).for_each(|(sum, &x)| *sum += factor * x);
}

#[inline]
fn dot<X: NestedArray>(x: &X, y: &X) -> X::Scalar {
    let products = x.as_entries().iter().zip(y.as_entries()).map(|(&x, &y)| x * y);
    products.reduce(|sum, term| sum + term).unwrap_or(X::Scalar::ZERO)
}

#[cfg(test)]
mod tests;
