//! Coefficients: an array of numbers, or, over free labels, a struct of arrays.

use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::docs;
use super::names::Names;
use super::values::{label_arguments, many};
use crate::interface::Family;

/// The type of the coefficients of a family over some scalars; of a family that is not known any number of them.
pub(super) fn ty(
    names: &Names<'_>,
    family: &Family,
    scalar: &TokenStream,
    module: Option<&Ident>,
) -> TokenStream {
    if family.has_arrays() {
        let (structure, module) = (format_ident!("{}", family.structure), module.into_iter());
        return quote!(#(#module::)* #structure<#scalar>);
    }
    many(names, scalar, family.coefficients.as_ref().map(Vec::len))
}

/// Zero coefficients, where all lengths are known.
pub(super) fn zero(names: &Names<'_>, family: &Family, scalar: &TokenStream) -> TokenStream {
    if !family.has_arrays() {
        let len = Literal::usize_unsuffixed(family.coefficients().len());
        return quote!([<#scalar>::ZERO; #len]);
    }
    let structure = format_ident!("{}", family.structure);
    let lengths = label_arguments(names, family).into_iter().map(|(axis, _)| names.size(axis));
    quote!(#structure::<#scalar>::zeros(#(#lengths),*))
}

/// Sets arrays of coefficients to zero in place; nothing for numbers.
pub(super) fn reset(names: &Names<'_>, family: &Family, place: &TokenStream) -> Option<TokenStream> {
    let lengths = label_arguments(names, family).into_iter().map(|(axis, _)| names.size(axis));
    family.has_arrays().then(|| quote!(#place.reset(#(#lengths),*);))
}

/// The struct of a family, if some coefficient is an array.
pub(super) fn items(names: &Names<'_>, family: &Family) -> TokenStream {
    if !family.has_arrays() {
        return TokenStream::new();
    }
    let private = &names.private;
    if family.coefficients.is_none() {
        let structure = format_ident!("{}", family.structure);
        let lengths = label_arguments(names, family);
        let arguments = lengths.iter().map(|(_, name)| quote!(#name: usize));
        return quote! {
            #[derive(Clone, Debug, PartialEq)]
            pub struct #structure<T>(#private::core::marker::PhantomData<T>);
            impl<T: #private::Scalar> #structure<T> {
                pub fn zeros(#(#arguments),*) -> Self { loop {} }
            }
        };
    }
    let about =
        docs::attributes(&format!("One scalar, or an array over the free labels, per {}.", family.noun));
    let structure = format_ident!("{}", family.structure);
    let what = family.structure.to_lowercase();
    let lengths = label_arguments(names, family);
    let arguments = lengths.iter().map(|(_, name)| name);
    let fields = family.coefficients().iter().zip(&family.formulas).map(|(coefficient, formula)| {
        let docs = docs::attributes(&format!("{}\n\n```text\n{formula}\n```", family.field));
        let field = format_ident!("{}", coefficient.name);
        let sizes = coefficient.axes.iter().map(|&axis| match names.extent(axis) {
            Extent::Literal(size) => {
                let size = Literal::usize_unsuffixed(*size);
                quote!(#size)
            }
            Extent::Const(_) | Extent::RunTime(_) => {
                let name = lengths.iter().find(|(other, _)| *other == axis).map(|(_, name)| name);
                quote!(#name)
            }
        });
        let ty = array_type(private, coefficient.axes.len());
        quote!(#docs #field: #ty = [#(#sizes),*];)
    });
    quote! {
        #private::coefficients! {
            #about
            #structure(#(#arguments),*) #what { #(#fields)* }
        }
    }
}

/// The type of an array of some rank over `T`.
fn array_type(private: &TokenStream, rank: usize) -> TokenStream {
    match rank {
        0 => quote!(T),
        1..=6 => {
            let name = format_ident!("Array{rank}");
            quote!(#private::ndarray::#name<T>)
        }
        _ => quote!(#private::ndarray::ArrayD<T>),
    }
}
