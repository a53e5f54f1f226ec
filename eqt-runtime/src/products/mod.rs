//! Products with arrays over two labels, which every sample has its own of, or all share.
//!
//! An array `A_ij` of a sample is larger than everything else of it together, and is used once: to move it into the lanes of a batch
//! takes longer than to compute with it. So it stays where it is, as a row of numbers per sample ([`Rows`]), and three products of it
//! are functions of the runtime, whose lanes run along the labels of one sample:
//!
//! ```text
//! apply      y_ip   = sum_j A_ij x_jp, and the same for A^T, A + A^T, A - A^T ([`Way`])
//! outer      A_ij   = sum_p x_ip y_jp
//! add_outer  A_ij  += sum_p x_ip y_jp,  summed over the samples, too
//! ```
//!
//! An array that all samples share is read with samples in lanes, several rows at once, so that `x` is loaded less often.
//!
//! Here p stands for all other indices of `x` and `y`, which are in lanes. The products are functions of a [`Pack`].

use crate::{Pack, Scalar};

mod in_lanes;
#[cfg(feature = "std")]
mod labels;
#[cfg(feature = "std")]
mod shared;

/// `target_ip = sum_j B_ij x_jp`, p running over `columns` entries: along the labels, if these fill a register.
#[inline(always)]
pub(crate) fn apply<S: Scalar, V: Pack<S>>(
    matrix: &Rows<'_, S>,
    way: Way,
    columns: usize,
    x: &[V],
    target: &mut [V],
) {
    #[cfg(feature = "std")]
    if columns > 0 && !x.is_empty() && !target.is_empty() {
        if matrix.is_shared() {
            return shared::apply(matrix, way, columns, x, target);
        }
        if labels::fill::<S, V>(x.len().min(target.len()) / columns) {
            return labels::apply(matrix, way, columns, x, target);
        }
    }
    in_lanes::apply(matrix, way, columns, x, target);
}

/// `target_ij = sum_p x_ip y_jp`.
#[inline(always)]
pub(crate) fn outer<S: Scalar, V: Pack<S>>(columns: usize, x: &[V], y: &[V], target: &mut RowsMut<'_, S>) {
    #[cfg(feature = "std")]
    if columns > 0 && !x.is_empty() && labels::fill::<S, V>(y.len() / columns) {
        return labels::outer(columns, x, y, target);
    }
    in_lanes::outer(columns, x, y, target);
}

/// `target_ij += sum_p x_ip y_jp`, summed over the lanes.
#[inline(always)]
pub(crate) fn add_outer<S: Scalar, V: Pack<S>>(
    columns: usize,
    x: &[V],
    y: &[V],
    upper: bool,
    target: &mut [S],
) {
    #[cfg(feature = "std")]
    if columns > 0 && !x.is_empty() && labels::fill::<S, V>(y.len() / columns) {
        return labels::add_outer(columns, x, y, upper, target);
    }
    in_lanes::add_outer(columns, x, y, upper, target);
}

/// A matrix per sample, read: the entries of one sample, in row-major order, after those of the one before.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, S> {
    entries: &'a [S],
    length: usize,
    /// The last sample that there is; lanes beyond repeat it.
    last: usize,
    /// Where matrices that are made of the one of all samples are kept.
    #[cfg(feature = "std")]
    made: Option<&'a Made<S>>,
}

/// Matrices that are made of one that all samples share, each when it is first asked for.
#[cfg(feature = "std")]
#[derive(Debug)]
pub struct Made<S>([std::sync::OnceLock<Vec<S>>; Way::COUNT]);

#[cfg(feature = "std")]
impl<S> Default for Made<S> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<'a, S> Rows<'a, S> {
    /// The same matrix for all samples.
    #[inline]
    pub fn one(entries: &'a [S]) -> Self {
        Self::of(entries, entries.len(), 1)
    }

    /// The same matrix for all samples, and a place for what is made of it.
    #[cfg(feature = "std")]
    #[inline]
    pub fn one_with(entries: &'a [S], made: &'a Made<S>) -> Self {
        Self { made: Some(made), ..Self::one(entries) }
    }

    /// `count` matrices of this length; lanes beyond repeat the last one.
    #[inline]
    pub fn of(entries: &'a [S], length: usize, count: usize) -> Self {
        Self {
            entries,
            length,
            last: count.saturating_sub(1),
            #[cfg(feature = "std")]
            made: None,
        }
    }

    /// Whether all samples have the same.
    #[cfg(feature = "std")]
    #[inline]
    fn is_shared(&self) -> bool {
        self.last == 0
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

/// Which matrix B is made of an array A over two labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `A_ij`.
    Plain,
    /// `A_ji`.
    Transposed,
    /// `A_ij + A_ji`.
    Sum,
    /// `A_ij - A_ji`.
    Difference,
    /// `A_ij + A_ji` for i < j, `A_ii` for i = j, and 0 for i > j: half of a matrix, in a map that reads nothing but `A_ij + A_ji`.
    Upper,
    /// Its transpose.
    Lower,
    /// `A_ij - A_ji` for i < j, and 0 otherwise: half of a matrix, in a map that reads nothing but `A_ij - A_ji`.
    OddUpper,
    /// Its transpose.
    OddLower,
}

impl Way {
    /// How many there are.
    #[cfg(feature = "std")]
    pub(crate) const COUNT: usize = 8;

    /// `B_ij`, B having `inner` columns and `outer` rows; `at` gives entries of A by their place.
    #[inline(always)]
    fn entry<S: Scalar>(self, [i, j]: [usize; 2], [outer, inner]: [usize; 2], at: impl Fn(usize) -> S) -> S {
        let (place, other) = (i * inner + j, j * outer + i);
        match self {
            Way::Plain => at(place),
            Way::Transposed => at(other),
            Way::Sum => at(place) + at(other),
            Way::Difference => at(place) - at(other),
            Way::Upper | Way::Lower if i == j => at(place),
            Way::Upper if i < j => at(place) + at(other),
            Way::Lower if i > j => at(place) + at(other),
            Way::OddUpper if i < j => at(place) - at(other),
            Way::OddLower if i > j => at(other) - at(place),
            Way::Upper | Way::Lower | Way::OddUpper | Way::OddLower => S::ZERO,
        }
    }

    /// The columns of row i that are not zero throughout.
    #[inline(always)]
    fn columns(self, i: usize, inner: usize) -> core::ops::Range<usize> {
        match self {
            Way::Plain | Way::Transposed | Way::Sum | Way::Difference => 0..inner,
            Way::Upper => i..inner,
            Way::OddUpper => i + 1..inner,
            Way::Lower => 0..i + 1,
            Way::OddLower => 0..i,
        }
    }

    /// Itself, or what stands for it where half of a matrix is no less work. A map that reads nothing but `A_ij + A_ji` is the same
    /// for A and its transpose, whose product with a vector takes less time.
    #[cfg(feature = "std")]
    #[inline(always)]
    fn whole(self) -> Way {
        match self {
            Way::Upper | Way::OddLower => Way::Transposed,
            Way::Lower | Way::OddUpper => Way::Plain,
            way => way,
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
