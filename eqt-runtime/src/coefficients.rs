//! Coefficients over free labels: structs of numbers and arrays, a field per member.

use ndarray::{Array, Dimension, IxDyn};

use crate::Scalar;

/// A field: a number, or an array over labels.
///
/// Emitted structs are made by the macro of this module; their methods call these.
pub trait CoefficientField<T: Scalar>: Clone {
    /// The same over other scalars.
    type Of<S: Scalar>: CoefficientField<S>;

    /// All zero, of the given shape.
    fn zeros(shape: &[usize]) -> Self;

    /// All zero, in standard layout, in the memory that is there if the shape is that already.
    fn reset(&mut self, shape: &[usize]);

    /// The number of scalars.
    fn count(&self) -> usize;

    /// Calls `visit` on all scalars in row-major order.
    fn for_each(&self, visit: &mut impl FnMut(T));

    /// Appends all scalars in row-major order.
    fn push_all<'a>(&'a mut self, all: &mut Vec<&'a mut T>);

    /// The same with other scalars.
    fn map<S: Scalar>(&self, change: &mut impl FnMut(T) -> S) -> Self::Of<S>;
}

impl<T: Scalar> CoefficientField<T> for T {
    type Of<S: Scalar> = S;

    fn zeros(_: &[usize]) -> T {
        T::ZERO
    }

    fn reset(&mut self, _: &[usize]) {
        *self = T::ZERO;
    }

    fn count(&self) -> usize {
        1
    }

    fn for_each(&self, visit: &mut impl FnMut(T)) {
        visit(*self);
    }

    fn push_all<'a>(&'a mut self, all: &mut Vec<&'a mut T>) {
        all.push(self);
    }

    fn map<S: Scalar>(&self, change: &mut impl FnMut(T) -> S) -> S {
        change(*self)
    }
}

impl<T: Scalar, D: Dimension> CoefficientField<T> for Array<T, D> {
    type Of<S: Scalar> = Array<S, D>;

    fn zeros(shape: &[usize]) -> Self {
        let zeros = Array::from_elem(IxDyn(shape), T::ZERO);
        match zeros.into_dimensionality() {
            Ok(array) => array,
            Err(_) => unreachable!("emitted code gives a length per axis"),
        }
    }

    fn reset(&mut self, shape: &[usize]) {
        if self.shape() == shape && self.is_standard_layout() {
            self.fill(T::ZERO);
        } else {
            *self = <Self as CoefficientField<T>>::zeros(shape);
        }
    }

    fn count(&self) -> usize {
        Array::len(self)
    }

    fn for_each(&self, visit: &mut impl FnMut(T)) {
        self.iter().for_each(|&value| visit(value));
    }

    fn push_all<'a>(&'a mut self, all: &mut Vec<&'a mut T>) {
        all.extend(self.iter_mut());
    }

    fn map<S: Scalar>(&self, change: &mut impl FnMut(T) -> S) -> Array<S, D> {
        self.mapv(change)
    }
}

/// A struct of coefficients, a field per member; each with the sizes of its axes, in terms of lengths that are given.
#[doc(hidden)]
#[macro_export]
macro_rules! __coefficients {
    (
        $(#[$about:meta])*
        $name:ident($($length:ident),*) $what:literal
        { $($(#[$docs:meta])* $field:ident: $ty:ty = [$($size:expr),*];)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name<T> {
            $($(#[$docs])* pub $field: $ty,)*
        }

        impl<T: $crate::__private::Scalar> $name<T> {
            /// All zero, for labels of the given lengths.
            pub fn zeros($($length: usize),*) -> Self {
                Self { $($field: $crate::__private::CoefficientField::<T>::zeros(&[$($size),*])),* }
            }

            /// As [`zeros`](Self::zeros), in the memory that is there.
            pub fn reset(&mut self, $($length: usize),*) {
                $($crate::__private::CoefficientField::<T>::reset(&mut self.$field, &[$($size),*]);)*
            }

            /// The number of scalars.
            pub fn len(&self) -> usize {
                0 $(+ $crate::__private::CoefficientField::<T>::count(&self.$field))*
            }

            /// Whether there is no scalar.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Calls `visit` on all scalars, member by member, each array in row-major order.
            pub fn for_each(&self, mut visit: impl FnMut(T)) {
                $($crate::__private::CoefficientField::<T>::for_each(&self.$field, &mut visit);)*
            }

            /// All scalars, in the order of [`for_each`](Self::for_each).
            pub fn to_vec(&self) -> $crate::__private::std::vec::Vec<T> {
                let mut all = $crate::__private::std::vec::Vec::with_capacity(self.len());
                self.for_each(|value| all.push(value));
                all
            }

            /// All scalars, in the order of [`for_each`](Self::for_each).
            pub fn iter(&self) -> impl $crate::__private::core::iter::Iterator<Item = T> + use<T> {
                self.to_vec().into_iter()
            }

            /// All scalars, to be changed, in the order of [`for_each`](Self::for_each).
            pub fn iter_mut(&mut self) -> impl $crate::__private::core::iter::Iterator<Item = &mut T> {
                let mut all = $crate::__private::std::vec::Vec::new();
                $($crate::__private::CoefficientField::<T>::push_all(&mut self.$field, &mut all);)*
                all.into_iter()
            }

            /// Replaces all scalars, in the order of [`for_each`](Self::for_each).
            ///
            /// # Errors
            ///
            /// If there are not as many values as scalars; nothing is changed then.
            pub fn copy_from_slice(
                &mut self,
                values: &[T],
            ) -> $crate::__private::core::result::Result<(), $crate::__private::LengthError> {
                $crate::__private::LengthError::check($what, self.len(), values.len())?;
                for (scalar, value) in self.iter_mut().zip(values) {
                    *scalar = *value;
                }
                $crate::__private::core::result::Result::Ok(())
            }

            /// The same over other scalars.
            pub fn map<S: $crate::__private::Scalar>(&self, mut change: impl FnMut(T) -> S) -> $name<S> {
                $name { $($field: $crate::__private::CoefficientField::<T>::map(&self.$field, &mut change)),* }
            }
        }
    };
}
