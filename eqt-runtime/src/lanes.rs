//! Several numbers at once, for the vector registers of the machine.

use core::array;
use core::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::products::{self, Rows, RowsMut, Way};
use crate::{NestedArray, Scalar};

/// `W` numbers that are computed with element by element: one lane per sample of a batch.
///
/// The loops have constant length and no branch, so that the compiler turns them into vector instructions.
///
/// ```
/// use eqt_runtime::Lanes;
///
/// let x = Lanes([1.0, 2.0, 3.0, 4.0]);
/// assert_eq!(x * x + Lanes::splat(1.0), Lanes([2.0, 5.0, 10.0, 17.0]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Lanes<T, const W: usize>(pub [T; W]);

impl<T: Scalar, const W: usize> Lanes<T, W> {
    /// The same number in every lane.
    #[inline]
    pub const fn splat(value: T) -> Self {
        Self([value; W])
    }

    /// Reads the lanes from the start of `source`; lanes beyond its end are zero.
    #[inline]
    pub fn load(source: &[T]) -> Self {
        let mut lanes = Self::ZERO;
        lanes.0.iter_mut().zip(source).for_each(|(lane, &value)| *lane = value);
        lanes
    }

    /// Writes the lanes to the start of `target`; lanes beyond its end are dropped.
    #[inline]
    pub fn store(self, target: &mut [T]) {
        self.0.into_iter().zip(target).for_each(|(value, slot)| *slot = value);
    }

    /// The sum of the lanes, from the first to the last.
    #[inline]
    pub fn sum(self) -> T {
        self.0.into_iter().fold(T::ZERO, Add::add)
    }
}

/// Several numbers that are computed with at once, as batches use them: [`Scalar::Pack`].
pub trait Pack<T: Scalar>: Scalar {
    /// How many.
    const LANES: usize;

    /// The same number in every lane.
    fn splat(value: T) -> Self;

    /// The numbers.
    fn lanes(&self) -> &[T];

    /// The numbers, to be changed.
    fn lanes_mut(&mut self) -> &mut [T];

    /// Transposes consecutive rows, one per lane: lane w of `target[k]` is `rows[w * target.len() + k]`.
    ///
    /// # Panics
    ///
    /// If there are not as many rows as lanes.
    fn gather(target: &mut [Self], rows: &[T]);

    /// Transposes back: lane w of `source[k]` becomes `rows[w * source.len() + k]`.
    ///
    /// # Panics
    ///
    /// If there are not as many rows as lanes.
    fn scatter(source: &[Self], rows: &mut [T]);

    /// The first numbers of a slice.
    ///
    /// # Panics
    ///
    /// If there are fewer than lanes.
    fn load(source: &[T]) -> Self;

    /// To the start of a slice.
    ///
    /// # Panics
    ///
    /// If it is shorter than there are lanes.
    fn store(self, target: &mut [T]);

    /// Exchanges lanes and positions: lane w of `square[k]` and lane k of `square[w]`.
    ///
    /// # Panics
    ///
    /// If there are not as many as lanes.
    fn transpose(square: &mut [Self]);

    /// `self + x * y`, rounded once where the registers have an instruction for that.
    #[inline(always)]
    fn add_product(self, x: Self, y: Self) -> Self {
        self + x * y
    }

    /// `target_i = sum_j B_ij x_j` in every lane, with the matrix B that is made of A in some [`Way`].
    ///
    /// # Panics
    ///
    /// If A has not as many entries as B.
    #[inline]
    fn apply<X: NestedArray<Scalar = Self>>(matrix: &Rows<'_, T>, way: Way, x: &[X], target: &mut [X]) {
        products::apply(matrix, way, X::LEN, X::flatten(x), X::flatten_mut(target));
    }

    /// `target_ij = <x_i, y_j>` in every lane that is written.
    ///
    /// # Panics
    ///
    /// If the target has another number of entries.
    #[inline]
    fn outer<X: NestedArray<Scalar = Self>>(x: &[X], y: &[X], target: &mut RowsMut<'_, T>) {
        products::outer(X::LEN, X::flatten(x), X::flatten(y), target);
    }

    /// `target_ij += <x_i, y_j>`, summed over the lanes; with `upper`, only entries with i <= j need be right.
    ///
    /// # Panics
    ///
    /// If the target has another number of entries.
    #[inline]
    fn add_outer<X: NestedArray<Scalar = Self>>(x: &[X], y: &[X], upper: bool, target: &mut RowsMut<'_, T>) {
        products::add_outer(X::LEN, X::flatten(x), X::flatten(y), upper, target.sum());
    }
}

/// A number as other scalars take it: as it is, or the same in every lane.
///
/// Emitted functions read the arrays that all samples share through it, so that no copy of them has lanes.
///
/// ```
/// use eqt_runtime::{Broadcast, Lanes};
///
/// let (alone, lanes): (f32, Lanes<f32, 2>) = (3.0.broadcast(), 3.0.broadcast());
/// assert_eq!((alone, lanes), (3.0, Lanes([3.0, 3.0])));
/// ```
pub trait Broadcast<T>: Copy {
    /// The number as a `T`.
    fn broadcast(self) -> T;
}

impl<T: Scalar> Broadcast<T> for T {
    #[inline]
    fn broadcast(self) -> T {
        self
    }
}

impl<T: Scalar, const W: usize> Broadcast<Lanes<T, W>> for T {
    #[inline]
    fn broadcast(self) -> Lanes<T, W> {
        Lanes::splat(self)
    }
}

impl<T: Scalar, const W: usize> Default for Lanes<T, W> {
    #[inline]
    fn default() -> Self {
        Self::ZERO
    }
}

impl<T: Scalar, const W: usize> Pack<T> for Lanes<T, W> {
    const LANES: usize = W;

    #[inline]
    fn splat(value: T) -> Self {
        Self::splat(value)
    }

    #[inline]
    fn lanes(&self) -> &[T] {
        &self.0
    }

    #[inline]
    fn lanes_mut(&mut self) -> &mut [T] {
        &mut self.0
    }

    #[inline]
    fn gather(target: &mut [Self], rows: &[T]) {
        let length = target.len();
        assert_eq!(rows.len(), W * length, "a row per lane");
        for (entry, lanes) in target.iter_mut().enumerate() {
            *lanes = Self(array::from_fn(|w| rows[w * length + entry]));
        }
    }

    #[inline]
    fn scatter(source: &[Self], rows: &mut [T]) {
        let length = source.len();
        assert_eq!(rows.len(), W * length, "a row per lane");
        for (entry, lanes) in source.iter().enumerate() {
            (0..W).for_each(|w| rows[w * length + entry] = lanes.0[w]);
        }
    }

    #[inline]
    fn load(source: &[T]) -> Self {
        Self(array::from_fn(|w| source[w]))
    }

    #[inline]
    fn store(self, target: &mut [T]) {
        target[..W].copy_from_slice(&self.0);
    }

    #[inline]
    fn transpose(square: &mut [Self]) {
        assert_eq!(square.len(), W, "as many as lanes");
        for k in 0..W {
            for w in 0..k {
                let (here, there) = (square[k].0[w], square[w].0[k]);
                square[k].0[w] = there;
                square[w].0[k] = here;
            }
        }
    }
}

impl<T: Scalar, const W: usize> Scalar for Lanes<T, W> {
    type Pack = Lanes<Self, 1>;

    const ZERO: Self = Self::splat(T::ZERO);
    const ONE: Self = Self::splat(T::ONE);

    #[inline]
    fn from_i64(value: i64) -> Self {
        Self::splat(T::from_i64(value))
    }

    #[inline]
    fn from_ratio(numerator: i64, denominator: u64) -> Self {
        Self::splat(T::from_ratio(numerator, denominator))
    }
}

macro_rules! lanewise {
    ($($operator:ident $method:ident, $assign:ident $assign_method:ident;)*) => {$(
        impl<T: Scalar, const W: usize> $operator for Lanes<T, W> {
            type Output = Self;

            #[inline]
            fn $method(self, other: Self) -> Self {
                Self(array::from_fn(|w| self.0[w].$method(other.0[w])))
            }
        }

        impl<T: Scalar, const W: usize> $assign for Lanes<T, W> {
            #[inline]
            fn $assign_method(&mut self, other: Self) {
                *self = self.$method(other);
            }
        }
    )*};
}
lanewise! {
    Add add, AddAssign add_assign;
    Sub sub, SubAssign sub_assign;
    Mul mul, MulAssign mul_assign;
}

impl<T: Scalar, const W: usize> Neg for Lanes<T, W> {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self(self.0.map(Neg::neg))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dual, Fp};

    #[test]
    fn every_lane_computes_alone() {
        let x = Lanes([Fp::new(2), Fp::new(3), Fp::new(5)]);
        let y = Lanes([Fp::new(7), Fp::new(11), Fp::new(13)]);
        let mut z = x * y - x;
        z += Lanes::ONE;
        z *= x;
        z -= -y;
        for w in 0..3 {
            let (x, y) = (x.0[w], y.0[w]);
            assert_eq!(z.0[w], (x * y - x + Fp::ONE) * x + y);
        }
    }

    #[test]
    fn partial_loads_fill_with_zeros_and_partial_stores_drop() {
        let lanes = Lanes::<f32, 4>::load(&[1.0, 2.0]);
        assert_eq!(lanes, Lanes([1.0, 2.0, 0.0, 0.0]));
        let mut target = [9.0; 3];
        lanes.store(&mut target);
        assert_eq!(target, [1.0, 2.0, 0.0]);
        assert_eq!(lanes.sum(), 3.0);
    }

    #[test]
    fn lanes_of_dual_numbers_differentiate_every_sample() {
        let x = Lanes([Dual::variable(2.0), Dual::variable(3.0)]);
        assert_eq!((x * x).0.map(|y| y.eps), [4.0, 6.0]);
    }
}
