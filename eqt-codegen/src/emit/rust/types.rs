//! Spaces as Rust types: their names, their zeros, and how their entries are reached.

use eqt_ir::signature::rust_types::Extent;
use eqt_ir::signature::{AxisId, SlotSymmetry, Space};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::names::Names;

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
    pub(super) fn new(space: &Space, names: &Names<'_>) -> Type {
        match space {
            Space::Scalar => Type::Scalar,
            Space::Vector(axis) => Type::vector(*axis, names),
            Space::Tensor { rank: 0, .. } => Type::Scalar,
            Space::Tensor { axis, rank: 1, .. } => Type::vector(*axis, names),
            Space::Tensor { axis, rank, symmetry } => {
                if names.is_run_time(*axis) {
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
            Space::Pseudo { space, .. } => Type::Pseudo(Box::new(Type::new(space, names))),
            Space::Product(left, right) => Type::product(Type::new(left, names), Type::new(right, names)),
            Space::Family { member, label } => Type::Array(*label, Box::new(Type::new(member, names))),
        }
    }

    fn vector(axis: AxisId, names: &Names<'_>) -> Type {
        match names.is_run_time(axis) {
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
    pub(super) fn run_time(&self, names: &Names<'_>) -> Option<AxisId> {
        match self {
            Type::Array(axis, _) if names.is_run_time(*axis) => Some(*axis),
            _ => None,
        }
    }

    /// Whether values lie in memory one after the other: vectors in vectors do not.
    pub(super) fn is_contiguous(&self, names: &Names<'_>) -> bool {
        match self {
            Type::Array(_, member) => member.is_fixed(names),
            _ => true,
        }
    }

    /// Whether values are `Copy`.
    pub(super) fn is_fixed(&self, names: &Names<'_>) -> bool {
        self.slots().iter().all(|&axis| !names.is_run_time(axis))
    }

    /// The type of a value over the scalars `scalar`.
    pub(super) fn owned(&self, names: &Names<'_>, scalar: &TokenStream) -> TokenStream {
        let private = &names.private;
        match self {
            Type::Scalar => scalar.clone(),
            Type::Tensor { name, axis, rank, ranked } => {
                let (name, size) = (format_ident!("{name}"), names.generic_size(*axis));
                let rank = ranked.then(|| {
                    let rank = Literal::usize_unsuffixed(*rank);
                    quote!(#rank,)
                });
                quote!(#private::#name<#rank #size, #scalar>)
            }
            Type::Pseudo(inner) => {
                let inner = inner.owned(names, scalar);
                quote!(#private::Pseudo<#inner>)
            }
            Type::Product(left, right) => {
                let (left, right) = (left.owned(names, scalar), right.owned(names, scalar));
                quote!(#private::Product<#left, #right>)
            }
            Type::Array(axis, member) => {
                let member = member.owned(names, scalar);
                match names.extent(*axis) {
                    Extent::RunTime(_) => quote!(#private::std::vec::Vec<#member>),
                    _ => {
                        let size = names.size(*axis);
                        quote!([#member; #size])
                    }
                }
            }
        }
    }

    /// The type of an argument: scalars by value, all else by reference, run-time lengths as slices.
    pub(super) fn argument(&self, names: &Names<'_>, scalar: &TokenStream) -> TokenStream {
        match self {
            Type::Scalar => scalar.clone(),
            Type::Array(axis, member) if names.is_run_time(*axis) => {
                let member = member.owned(names, scalar);
                quote!(&[#member])
            }
            _ => {
                let owned = self.owned(names, scalar);
                quote!(&#owned)
            }
        }
    }

    /// An argument of this type as what a kernel takes: plain nested arrays, or a slice of them.
    pub(super) fn peeled(&self, names: &Names<'_>, value: TokenStream) -> TokenStream {
        let private = &names.private;
        match self {
            Type::Scalar => quote!(&#value),
            Type::Array(axis, _) if names.is_run_time(*axis) => quote!(#private::Peel::peel_slice(#value)),
            _ => quote!(#private::Peel::peel(#value)),
        }
    }

    /// As [`Type::peeled`], of a place that is written.
    pub(super) fn peeled_mut(&self, names: &Names<'_>, place: TokenStream) -> TokenStream {
        let private = &names.private;
        match self {
            Type::Scalar => quote!(&mut #place),
            Type::Array(axis, _) if names.is_run_time(*axis) => {
                quote!(#private::Peel::peel_slice_mut(&mut #place[..]))
            }
            _ => quote!(#private::Peel::peel_mut(&mut #place)),
        }
    }

    /// The zero of the type.
    pub(super) fn zero(&self, names: &Names<'_>, zero: &TokenStream) -> TokenStream {
        let private = &names.private;
        match self {
            Type::Scalar => zero.clone(),
            Type::Tensor { name, .. } => {
                let name = format_ident!("{name}");
                let array = nested(&sizes(names, &self.slots()), zero);
                quote!(#private::#name(#array))
            }
            Type::Pseudo(inner) => {
                let inner = inner.zero(names, zero);
                quote!(#private::Pseudo(#inner))
            }
            Type::Product(..) => {
                let array = nested(&sizes(names, &self.slots()), zero);
                quote!(#private::Product(#array))
            }
            Type::Array(axis, member) => {
                let fixed = member.is_fixed(names);
                let member = member.zero(names, zero);
                let size = names.size(*axis);
                match names.extent(*axis) {
                    Extent::RunTime(_) => {
                        quote!(#private::core::iter::repeat_n(#member, #size).collect::<#private::std::vec::Vec<_>>())
                    }
                    _ if fixed => quote!([#member; #size]),
                    _ => quote!(#private::core::array::from_fn(|_| #member)),
                }
            }
        }
    }
}

/// Nested arrays of fixed sizes, filled with one value; also their type, where the value is a type.
pub(super) fn nested(sizes: &[TokenStream], value: &TokenStream) -> TokenStream {
    sizes.iter().rev().fold(value.clone(), |inner, size| quote!([#inner; #size]))
}

/// The sizes of some axes.
fn sizes(names: &Names<'_>, axes: &[AxisId]) -> Vec<TokenStream> {
    axes.iter().map(|&axis| names.size(axis)).collect()
}
