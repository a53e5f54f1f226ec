//! The tensor types themselves.

use core::fmt::{self, Debug};
use core::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use bytemuck::TransparentWrapper;

use super::nested::nested;
use super::peel::peel_transparent;
use super::projection::first_asymmetry;
use super::{Entries, NestedArray, Nesting, Peel, Rank, TensorType};
use crate::Scalar;

/// The types of a fixed rank: their storage over scalars `T`, and over other entries `E`.
macro_rules! array_types {
    ($($(#[$doc:meta])* $name:ident: $array:ty, $nested:ty, $symmetry:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(transparent)]
        pub struct $name<const D: usize, T = f64>(
            /// The entries.
            pub $array,
        );

        tensor_type! {
            [const D: usize, T: Scalar] $name<D, T>, scalar: T, array: $array,
            nested: $nested, of: $name<D, E>, symmetry: $symmetry
        }

        impl<const D: usize, T: Scalar> From<$array> for $name<D, T> {
            #[inline]
            fn from(array: $array) -> Self {
                Self(array)
            }
        }

        impl<const D: usize, T: Scalar> From<$name<D, T>> for $array {
            #[inline]
            fn from(tensor: $name<D, T>) -> Self {
                tensor.0
            }
        }
    )*};
}

macro_rules! ranked_types {
    ($($(#[$doc:meta])* $name:ident: $symmetry:ident;)*) => {$(
        $(#[$doc])*
        #[repr(transparent)]
        pub struct $name<const K: usize, const D: usize, T: Scalar = f64>(
            /// The entries, nested K deep.
            pub <Rank<K> as Nesting<D>>::Array<T>,
        )
        where
            Rank<K>: Nesting<D>;

        impl<const K: usize, const D: usize, T: Scalar> Clone for $name<K, D, T>
        where
            Rank<K>: Nesting<D>,
        {
            #[inline]
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<const K: usize, const D: usize, T: Scalar> Copy for $name<K, D, T> where Rank<K>: Nesting<D> {}

        impl<const K: usize, const D: usize, T: Scalar> PartialEq for $name<K, D, T>
        where
            Rank<K>: Nesting<D>,
        {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl<const K: usize, const D: usize, T: Scalar> Debug for $name<K, D, T>
        where
            Rank<K>: Nesting<D>,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }

        tensor_type! {
            [const K: usize, const D: usize, T: Scalar] $name<K, D, T>, scalar: T,
            array: <Rank<K> as Nesting<D>>::Array<T>, nested: <Rank<K> as Nesting<D>>::Array<E>,
            of: $name<K, D, E>, symmetry: $symmetry, where Rank<K>: Nesting<D>
        }

        ranked_conversions! {
            $name
            1 [.];
            2 [. .];
            3 [. . .];
            4 [. . . .];
            5 [. . . . .];
            6 [. . . . . .];
            7 [. . . . . . .];
            8 [. . . . . . . .];
        }
    )*};
}

macro_rules! ranked_conversions {
    ($name:ident $($rank:literal $levels:tt;)*) => {$(
        impl<const D: usize, T: Scalar> From<nested!($levels T; D)> for $name<$rank, D, T> {
            #[inline]
            fn from(array: nested!($levels T; D)) -> Self {
                Self(array)
            }
        }

        impl<const D: usize, T: Scalar> From<$name<$rank, D, T>> for nested!($levels T; D) {
            #[inline]
            fn from(tensor: $name<$rank, D, T>) -> Self {
                tensor.0
            }
        }
    )*};
}

/// `TensorType::first_asymmetry`, by the symmetry that a type promises.
macro_rules! asymmetry {
    (general) => {};
    (symmetric) => {
        asymmetry! { @ false }
    };
    (antisymmetric) => {
        asymmetry! { @ true }
    };
    (@ $antisymmetric:literal) => {
        fn first_asymmetry<S: Scalar>(entry: &dyn Fn(usize) -> S) -> Option<usize> {
            first_asymmetry(entry, Self::RANK, Self::size(0), $antisymmetric)
        }
    };
    (product) => {
        fn first_asymmetry<S: Scalar>(entry: &dyn Fn(usize) -> S) -> Option<usize> {
            let at = |a: usize, b: usize| a * B::LEN + b;
            let within_b = |a: usize| Some(at(a, B::first_asymmetry(&|b| entry(at(a, b)))?));
            let within_a = |b: usize| Some(at(A::first_asymmetry(&|a| entry(at(a, b)))?, b));
            (0..A::LEN).find_map(within_b).or_else(|| (0..B::LEN).find_map(within_a))
        }
    };
}

/// Everything that follows from the storage `.0`; `nested` and `of` are in terms of other entries `E`.
macro_rules! tensor_type {
    (
        [$($generics:tt)*] $tensor:ty, scalar: $scalar:ty, array: $array:ty, nested: $nested:ty, of: $of:ty,
        symmetry: $symmetry:ident $(, where $($bounds:tt)+)?
    ) => {
        impl<$($generics)*> Default for $tensor $(where $($bounds)+)? {
            #[inline]
            fn default() -> Self {
                Self::zeros()
            }
        }

        impl<$($generics)*> Entries for $tensor $(where $($bounds)+)? {
            type Scalar = $scalar;

            #[inline]
            fn entry_count(&self) -> usize {
                <$array as NestedArray>::LEN
            }

            #[inline]
            fn for_each_entry(&self, visit: &mut impl FnMut($scalar)) {
                self.entries().iter().for_each(|&entry| visit(entry));
            }

            #[inline]
            fn for_each_entry_mut(&mut self, visit: &mut impl FnMut(&mut $scalar)) {
                self.entries_mut().iter_mut().for_each(visit);
            }
        }

        impl<$($generics)*> Peel for $tensor $(where $($bounds)+)? {
            type Plain = $array;

            peel_transparent! { $array }
        }

        impl<$($generics)*> TensorType for $tensor $(where $($bounds)+)? {
            type Array = $array;
            type Nested<E: NestedArray> = $nested;
            type Of<E: Scalar> = $of;

            #[inline]
            fn from_array(array: $array) -> Self {
                Self(array)
            }

            #[inline]
            fn into_array(self) -> $array {
                self.0
            }

            #[inline]
            fn as_array(&self) -> &$array {
                &self.0
            }

            #[inline]
            fn as_array_mut(&mut self) -> &mut $array {
                &mut self.0
            }

            asymmetry! { $symmetry }
        }

        impl<$($generics)*> AddAssign for $tensor $(where $($bounds)+)? {
            #[inline]
            fn add_assign(&mut self, other: Self) {
                self.entries_mut().iter_mut().zip(other.entries()).for_each(|(x, &y)| *x += y);
            }
        }

        impl<$($generics)*> SubAssign for $tensor $(where $($bounds)+)? {
            #[inline]
            fn sub_assign(&mut self, other: Self) {
                self.entries_mut().iter_mut().zip(other.entries()).for_each(|(x, &y)| *x -= y);
            }
        }

        impl<$($generics)*> Add for $tensor $(where $($bounds)+)? {
            type Output = Self;

            #[inline]
            fn add(mut self, other: Self) -> Self {
                self += other;
                self
            }
        }

        impl<$($generics)*> Sub for $tensor $(where $($bounds)+)? {
            type Output = Self;

            #[inline]
            fn sub(mut self, other: Self) -> Self {
                self -= other;
                self
            }
        }

        impl<$($generics)*> Neg for $tensor $(where $($bounds)+)? {
            type Output = Self;

            #[inline]
            fn neg(mut self) -> Self {
                self.entries_mut().iter_mut().for_each(|x| *x = -*x);
                self
            }
        }

        impl<$($generics)*> Mul<$scalar> for $tensor $(where $($bounds)+)? {
            type Output = Self;

            #[inline]
            fn mul(mut self, factor: $scalar) -> Self {
                self.entries_mut().iter_mut().for_each(|x| *x *= factor);
                self
            }
        }
    };
}

array_types! {
    /// A vector of `R^D`.
    Vector: [T; D], [E; D], general;

    /// A general D x D matrix, `T^2(R^D)`.
    Matrix: [[T; D]; D], [[E; D]; D], general;

    /// A symmetric matrix, `S^D`: `a.0[p][q] == a.0[q][p]`.
    Sym: [[T; D]; D], [[E; D]; D], symmetric;

    /// An antisymmetric matrix: `a.0[p][q] == -a.0[q][p]`.
    Alt: [[T; D]; D], [[E; D]; D], antisymmetric;

    /// A symmetric matrix of trace zero (with respect to the form of its axis).
    Sym0: [[T; D]; D], [[E; D]; D], symmetric;
}

ranked_types! {
    /// A general tensor of rank K, `T^K(R^D)`, for K = 1 to 8.
    Tensor: general;

    /// A totally symmetric tensor of rank K, `Sym^K(R^D)`.
    SymTensor: symmetric;

    /// A totally antisymmetric tensor of rank K, `Alt^K(R^D)`.
    AltTensor: antisymmetric;

    /// A totally symmetric tensor of rank K whose traces vanish (with respect to the form of its axis).
    Sym0Tensor: symmetric;
}

/// Forgets a symmetry.
macro_rules! embeddings {
    ($($special:ident => $general:ident;)*) => {$(
        impl<const D: usize, T: Scalar> From<$special<D, T>> for $general<D, T> {
            #[inline]
            fn from(tensor: $special<D, T>) -> Self {
                Self(tensor.0)
            }
        }
    )*};
}
embeddings! {
    Sym => Matrix;
    Alt => Matrix;
    Sym0 => Matrix;
    Sym0 => Sym;
}

/// Forgets a symmetry.
macro_rules! ranked_embeddings {
    ($($special:ident => $general:ident;)*) => {$(
        impl<const K: usize, const D: usize, T: Scalar> From<$special<K, D, T>> for $general<K, D, T>
        where
            Rank<K>: Nesting<D>,
        {
            #[inline]
            fn from(tensor: $special<K, D, T>) -> Self {
                Self(tensor.0)
            }
        }
    )*};
}
ranked_embeddings! {
    SymTensor => Tensor;
    AltTensor => Tensor;
    Sym0Tensor => Tensor;
    Sym0Tensor => SymTensor;
}

/// A pseudo-tensor: an `X` that picks up an extra factor `det(g)` under a transformation g.
///
/// Angular momentum is a `Pseudo<Vector<3>>`, a determinant of vectors a `Pseudo<f64>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(transparent)]
pub struct Pseudo<X>(
    /// The tensor, in a frame of positive orientation.
    pub X,
);

impl<X: Entries> Entries for Pseudo<X> {
    type Scalar = X::Scalar;

    #[inline]
    fn entry_count(&self) -> usize {
        self.0.entry_count()
    }

    #[inline]
    fn for_each_entry(&self, visit: &mut impl FnMut(X::Scalar)) {
        self.0.for_each_entry(visit);
    }

    #[inline]
    fn for_each_entry_mut(&mut self, visit: &mut impl FnMut(&mut X::Scalar)) {
        self.0.for_each_entry_mut(visit);
    }
}

impl<X: Peel> Peel for Pseudo<X> {
    type Plain = X::Plain;

    #[inline]
    fn peel(&self) -> &X::Plain {
        self.0.peel()
    }

    #[inline]
    fn peel_mut(&mut self) -> &mut X::Plain {
        self.0.peel_mut()
    }

    #[inline]
    fn peel_slice(values: &[Self]) -> &[X::Plain] {
        X::peel_slice(TransparentWrapper::peel_slice(values))
    }

    #[inline]
    fn peel_slice_mut(values: &mut [Self]) -> &mut [X::Plain] {
        X::peel_slice_mut(TransparentWrapper::peel_slice_mut(values))
    }

    #[inline]
    fn wrap(plain: &X::Plain) -> &Self {
        TransparentWrapper::wrap_ref(X::wrap(plain))
    }

    #[inline]
    fn wrap_mut(plain: &mut X::Plain) -> &mut Self {
        TransparentWrapper::wrap_mut(X::wrap_mut(plain))
    }

    #[inline]
    fn wrap_slice(plain: &[X::Plain]) -> &[Self] {
        TransparentWrapper::wrap_slice(X::wrap_slice(plain))
    }

    #[inline]
    fn wrap_slice_mut(plain: &mut [X::Plain]) -> &mut [Self] {
        TransparentWrapper::wrap_slice_mut(X::wrap_slice_mut(plain))
    }
}

impl<X: TensorType> TensorType for Pseudo<X> {
    type Array = X::Array;
    type Nested<E: NestedArray> = X::Nested<E>;
    type Of<E: Scalar> = Pseudo<X::Of<E>>;

    #[inline]
    fn from_array(array: X::Array) -> Self {
        Self(X::from_array(array))
    }

    #[inline]
    fn into_array(self) -> X::Array {
        self.0.into_array()
    }

    #[inline]
    fn as_array(&self) -> &X::Array {
        self.0.as_array()
    }

    #[inline]
    fn as_array_mut(&mut self) -> &mut X::Array {
        self.0.as_array_mut()
    }

    fn first_asymmetry<S: Scalar>(entry: &dyn Fn(usize) -> S) -> Option<usize> {
        X::first_asymmetry(entry)
    }
}

impl<X: Add> Add for Pseudo<X> {
    type Output = Pseudo<X::Output>;

    #[inline]
    fn add(self, other: Self) -> Self::Output {
        Pseudo(self.0 + other.0)
    }
}

impl<X: Sub> Sub for Pseudo<X> {
    type Output = Pseudo<X::Output>;

    #[inline]
    fn sub(self, other: Self) -> Self::Output {
        Pseudo(self.0 - other.0)
    }
}

impl<X: Neg> Neg for Pseudo<X> {
    type Output = Pseudo<X::Output>;

    #[inline]
    fn neg(self) -> Self::Output {
        Pseudo(-self.0)
    }
}

impl<X: Mul<T>, T: Scalar> Mul<T> for Pseudo<X> {
    type Output = Pseudo<X::Output>;

    #[inline]
    fn mul(self, factor: T) -> Self::Output {
        Pseudo(self.0 * factor)
    }
}

impl<X: AddAssign> AddAssign for Pseudo<X> {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl<X: SubAssign> SubAssign for Pseudo<X> {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

/// An element of the tensor product of two spaces: the indices of `A`, then those of `B`.
///
/// `Product<Vector<3>, Vector<2>>` stores `[[f64; 2]; 3]`; each factor keeps its own symmetry group and slot
/// symmetry. Factors nest for three and more.
#[repr(transparent)]
pub struct Product<A: TensorType, B: TensorType>(
    /// The entries: the nesting of `A` around the array of `B`.
    pub A::Nested<B::Array>,
);

impl<A: TensorType, B: TensorType> Clone for Product<A, B> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: TensorType, B: TensorType> Copy for Product<A, B> {}

impl<A: TensorType, B: TensorType> PartialEq for Product<A, B> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<A: TensorType, B: TensorType> Debug for Product<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Product").field(&self.0).finish()
    }
}

tensor_type! {
    [A: TensorType, B: TensorType] Product<A, B>, scalar: B::Scalar, array: A::Nested<B::Array>,
    nested: A::Nested<B::Nested<E>>, of: Product<A::Of<E>, B::Of<E>>, symmetry: product
}
