//! Spaces as Rust types: their names, their zeros, and how their entries are reached.

use eqt_ir::signature::rust_types::Extent;
use eqt_ir::signature::{AxisId, SlotSymmetry, Space};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::context::Context;

/// The Rust type of a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// The scalar.
    Scalar,
    /// A tensor type of the runtime around nested arrays.
    Tensor { name: &'static str, axis: AxisId, rank: usize, ranked: bool },
    /// `Pseudo<X>`.
    Pseudo(Box<Type>),
    /// `Product<X, Y>`.
    Product(Box<Type>, Box<Type>),
    /// An array, or, with a run-time length, a slice or vector.
    Array(AxisId, Box<Type>),
}

impl Type {
    pub(super) fn new(space: &Space, context: &Context<'_>) -> Type {
        match space {
            Space::Scalar => Type::Scalar,
            Space::Vector(axis) => Type::vector(*axis, context),
            Space::Tensor { rank: 0, .. } => Type::Scalar,
            Space::Tensor { axis, rank: 1, .. } => Type::vector(*axis, context),
            Space::Tensor { axis, rank, symmetry } => {
                if context.is_run_time(*axis) {
                    return (0..*rank).fold(Type::Scalar, |inner, _| Type::Array(*axis, Box::new(inner)));
                }
                let (two, many) = match symmetry {
                    SlotSymmetry::General => ("Matrix", "Tensor"),
                    SlotSymmetry::Symmetric => ("Sym", "SymTensor"),
                    SlotSymmetry::Alternating => ("Alt", "AltTensor"),
                    SlotSymmetry::Traceless => ("Sym0", "Sym0Tensor"),
                };
                let ranked = *rank > 2;
                Type::Tensor { name: if ranked { many } else { two }, axis: *axis, rank: *rank, ranked }
            }
            Space::Pseudo { space, .. } => Type::Pseudo(Box::new(Type::new(space, context))),
            Space::Product(left, right) => Type::product(Type::new(left, context), Type::new(right, context)),
            Space::Family { member, label } => Type::Array(*label, Box::new(Type::new(member, context))),
        }
    }

    fn vector(axis: AxisId, context: &Context<'_>) -> Type {
        match context.is_run_time(axis) {
            true => Type::Array(axis, Box::new(Type::Scalar)),
            false => Type::Tensor { name: "Vector", axis, rank: 1, ranked: false },
        }
    }

    /// `Product` takes tensor types only; a family in a product becomes plain arrays with the slots in order.
    fn product(left: Type, right: Type) -> Type {
        match (left, right) {
            (Type::Array(axis, member), right) => Type::Array(axis, Box::new(Type::product(*member, right))),
            (left, right) if right.has_array() => {
                left.slots().into_iter().rev().fold(right, |inner, axis| Type::Array(axis, Box::new(inner)))
            }
            (left, right) => Type::Product(Box::new(left), Box::new(right)),
        }
    }

    fn has_array(&self) -> bool {
        match self {
            Type::Array(..) => true,
            Type::Pseudo(inner) => inner.has_array(),
            _ => false,
        }
    }

    /// The axis of every index.
    pub(super) fn slots(&self) -> Vec<AxisId> {
        match self {
            Type::Scalar => Vec::new(),
            Type::Tensor { axis, rank, .. } => vec![*axis; *rank],
            Type::Pseudo(inner) => inner.slots(),
            Type::Product(left, right) => [left.slots(), right.slots()].concat(),
            Type::Array(axis, member) => [vec![*axis], member.slots()].concat(),
        }
    }

    /// The run-time length of the outermost index.
    pub(super) fn run_time(&self, context: &Context<'_>) -> Option<AxisId> {
        match self {
            Type::Array(axis, _) if context.is_run_time(*axis) => Some(*axis),
            _ => None,
        }
    }

    /// Whether values are `Copy`.
    pub(super) fn is_fixed(&self, context: &Context<'_>) -> bool {
        self.slots().iter().all(|&axis| !context.is_run_time(axis))
    }

    /// The type of a value over the scalars `scalar`.
    pub(super) fn owned(&self, context: &Context<'_>, scalar: &TokenStream) -> TokenStream {
        let private = &context.private;
        match self {
            Type::Scalar => scalar.clone(),
            Type::Tensor { name, axis, rank, ranked } => {
                let (name, size) = (format_ident!("{name}"), context.size(*axis));
                let rank = ranked.then(|| {
                    let rank = Literal::usize_unsuffixed(*rank);
                    quote!(#rank,)
                });
                quote!(#private::#name<#rank #size, #scalar>)
            }
            Type::Pseudo(inner) => {
                let inner = inner.owned(context, scalar);
                quote!(#private::Pseudo<#inner>)
            }
            Type::Product(left, right) => {
                let (left, right) = (left.owned(context, scalar), right.owned(context, scalar));
                quote!(#private::Product<#left, #right>)
            }
            Type::Array(axis, member) => {
                let member = member.owned(context, scalar);
                match context.extent(*axis) {
                    Extent::RunTime(_) => quote!(Vec<#member>),
                    _ => {
                        let size = context.size(*axis);
                        quote!([#member; #size])
                    }
                }
            }
        }
    }

    /// The type of an argument: scalars by value, all else by reference, run-time lengths as slices.
    pub(super) fn argument(&self, context: &Context<'_>, scalar: &TokenStream) -> TokenStream {
        match self {
            Type::Scalar => scalar.clone(),
            Type::Array(axis, member) if context.is_run_time(*axis) => {
                let member = member.owned(context, scalar);
                quote!(&[#member])
            }
            _ => {
                let owned = self.owned(context, scalar);
                quote!(&#owned)
            }
        }
    }

    /// An expression for a local passed as an argument.
    pub(super) fn pass(&self, value: TokenStream) -> TokenStream {
        match self {
            Type::Scalar => value,
            _ => quote!(&#value),
        }
    }

    /// The zero of the type.
    pub(super) fn zero(&self, context: &Context<'_>, zero: &TokenStream) -> TokenStream {
        let private = &context.private;
        match self {
            Type::Scalar => zero.clone(),
            Type::Tensor { name, .. } => {
                let name = format_ident!("{name}");
                let array = nested(context, &self.slots(), zero);
                quote!(#private::#name(#array))
            }
            Type::Pseudo(inner) => {
                let inner = inner.zero(context, zero);
                quote!(#private::Pseudo(#inner))
            }
            Type::Product(..) => {
                let array = nested(context, &self.slots(), zero);
                quote!(#private::Product(#array))
            }
            Type::Array(axis, member) => {
                let fixed = member.is_fixed(context);
                let member = member.zero(context, zero);
                let size = context.size(*axis);
                match context.extent(*axis) {
                    Extent::RunTime(_) => {
                        quote!(#private::core::iter::repeat_n(#member, #size).collect::<Vec<_>>())
                    }
                    _ if fixed => quote!([#member; #size]),
                    _ => quote!(#private::core::array::from_fn(|_| #member)),
                }
            }
        }
    }

    /// The entry at some indices of a value.
    pub(super) fn entry(&self, value: TokenStream, indices: &[TokenStream]) -> TokenStream {
        match self {
            Type::Scalar => value,
            Type::Tensor { .. } | Type::Product(..) => quote!(#value.0 #([#indices])*),
            Type::Pseudo(inner) => inner.entry(quote!(#value.0), indices),
            Type::Array(_, member) => match indices.split_first() {
                Some((first, rest)) => member.entry(quote!(#value[#first]), rest),
                None => value,
            },
        }
    }
}

/// Nested arrays of fixed sizes, filled with one value.
pub(super) fn nested(context: &Context<'_>, axes: &[AxisId], value: &TokenStream) -> TokenStream {
    axes.iter().rev().fold(value.clone(), |inner, &axis| {
        let size = context.size(axis);
        quote!([#inner; #size])
    })
}
