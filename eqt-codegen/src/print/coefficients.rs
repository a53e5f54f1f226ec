//! Coefficients over free labels: a struct of arrays.

use eqt_ir::signature::AxisId;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::body::field;
use super::context::Context;

/// The arrays of ndarray by rank.
fn array_type(context: &Context<'_>, rank: usize, scalar: &TokenStream) -> TokenStream {
    let private = &context.private;
    match rank {
        0 => scalar.clone(),
        1..=6 => {
            let name = format_ident!("Array{rank}");
            quote!(#private::ndarray::#name<#scalar>)
        }
        _ => quote!(#private::ndarray::ArrayD<#scalar>),
    }
}

/// Zero coefficients, where all lengths are known.
pub(super) fn zero(context: &Context<'_>, scalar: &TokenStream) -> TokenStream {
    if !context.has_free_labels() {
        let len = Literal::usize_unsuffixed(context.len());
        return quote!([<#scalar>::ZERO; #len]);
    }
    let lengths = free_axes(context).into_iter().map(|axis| context.size(axis));
    let arrays = context.arrays();
    quote!(#arrays::<#scalar>::zeros(#(#lengths),*))
}

/// The free label axes without a literal length, in order.
pub(super) fn free_axes(context: &Context<'_>) -> Vec<AxisId> {
    let mut axes: Vec<AxisId> = context.coefficients().iter().flatten().copied().collect();
    axes.sort_unstable();
    axes.dedup();
    axes.retain(|&axis| !matches!(context.extent(axis), Extent::Literal(_)));
    axes
}

/// The struct and what optimisers need of it.
pub(super) fn items(context: &Context<'_>) -> TokenStream {
    if !context.has_free_labels() {
        return TokenStream::new();
    }
    let private = &context.private;
    let scalar = quote!(T);
    let members: Vec<&Vec<AxisId>> = context.coefficients().iter().collect();
    let fields: Vec<Ident> = (0..members.len()).map(field).collect();
    let types: Vec<TokenStream> =
        members.iter().map(|axes| array_type(context, axes.len(), &scalar)).collect();
    let formulas = context.maps.basis.formulas(eqt_ir::diagram::Style::Text);
    let docs = formulas.iter().map(|formula| {
        super::docs::attributes(&format!("{}\n\n```text\n{formula}\n```", context.maps.field))
    });
    // The lengths are arguments of `zeros`, by names of their own.
    let axes = free_axes(context);
    let names: Vec<Ident> = axes.iter().map(|&axis| length_name(context, axis)).collect();
    let length = |axis: AxisId| match context.extent(axis) {
        Extent::Literal(size) => {
            let size = Literal::usize_unsuffixed(*size);
            quote!(#size)
        }
        _ => {
            let name = length_name(context, axis);
            quote!(#name)
        }
    };
    let zeros: Vec<TokenStream> = members.iter().map(|axes| {
        let lengths: Vec<TokenStream> = axes.iter().map(|&axis| length(axis)).collect();
        match lengths.as_slice() {
            [] => quote!(T::ZERO),
            [length] => quote!(#private::ndarray::Array1::from_elem(#length, T::ZERO)),
            lengths if lengths.len() <= 6 => {
                let name = format_ident!("Array{}", lengths.len());
                quote!(#private::ndarray::#name::from_elem([#(#lengths),*], T::ZERO))
            }
            lengths => {
                quote!(#private::ndarray::ArrayD::from_elem(#private::ndarray::IxDyn(&[#(#lengths),*]), T::ZERO))
            }
        }
    }).collect();
    let resets = members.iter().zip(&fields).zip(&zeros).map(|((axes, field), zero)| {
        let lengths = axes.iter().map(|&axis| length(axis));
        match axes.is_empty() {
            true => quote!(self.#field = #zero;),
            false => quote! {
                if self.#field.shape() == [#(#lengths),*] {
                    self.#field.fill(T::ZERO);
                } else {
                    self.#field = #zero;
                }
            },
        }
    });
    let is_array: Vec<bool> = members.iter().map(|axes| !axes.is_empty()).collect();
    let each = |array: TokenStream, scalar: TokenStream| -> Vec<TokenStream> {
        let parts = fields.iter().zip(&is_array);
        parts
            .map(
                |(field, is_array)| {
                    if *is_array { quote!(self.#field.#array) } else { quote!(#scalar self.#field) }
                },
            )
            .collect()
    };
    let visit = fields.iter().zip(&is_array).map(|(field, is_array)| match is_array {
        true => quote!(self.#field.iter().for_each(|value| visit(*value));),
        false => quote!(visit(self.#field);),
    });
    let visit_mut: Vec<TokenStream> = fields
        .iter()
        .zip(&is_array)
        .map(|(field, is_array)| match is_array {
            true => quote!(all.extend(self.#field.iter_mut());),
            false => quote!(all.push(&mut self.#field);),
        })
        .collect();
    let lengths = each(quote!(len()), quote!());
    let lengths = lengths
        .iter()
        .zip(&is_array)
        .map(|(length, is_array)| if *is_array { length.clone() } else { quote!(1) });
    let mapped = fields.iter().zip(&is_array).map(|(field, is_array)| match is_array {
        true => quote!(#field: self.#field.mapv(&mut change)),
        false => quote!(#field: change(self.#field)),
    });
    let (arrays, what) = (context.arrays(), context.maps.arrays.to_lowercase());
    let about = super::docs::attributes(&format!(
        "One scalar, or an array over the free labels, per {}.",
        context.maps.member
    ));
    quote! {
        use #private::Broadcast as _;

        #about
        #[derive(Clone, Debug, PartialEq)]
        pub struct #arrays<T> {
            #(#docs pub #fields: #types,)*
        }

        impl<T: #private::Scalar> #arrays<T> {
            /// All zero, for labels of the given lengths.
            pub fn zeros(#(#names: usize),*) -> Self {
                Self { #(#fields: #zeros),* }
            }

            /// As [`zeros`](Self::zeros), in the memory that is there.
            pub fn reset(&mut self, #(#names: usize),*) {
                #(#resets)*
            }

            /// The number of scalars.
            pub fn len(&self) -> usize {
                0 #(+ #lengths)*
            }

            /// Whether there is no scalar.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Calls `visit` on all scalars, member by member, each array in row-major order.
            pub fn for_each(&self, mut visit: impl FnMut(T)) {
                #(#visit)*
            }

            /// All scalars, in the order of [`for_each`](Self::for_each).
            pub fn to_vec(&self) -> Vec<T> {
                let mut all = Vec::with_capacity(self.len());
                self.for_each(|value| all.push(value));
                all
            }

            /// All scalars, in the order of [`for_each`](Self::for_each).
            pub fn iter(&self) -> impl Iterator<Item = T> {
                self.to_vec().into_iter()
            }

            /// All scalars, to be changed, in the order of [`for_each`](Self::for_each).
            pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
                let mut all: Vec<&mut T> = Vec::new();
                #(#visit_mut)*
                all.into_iter()
            }

            /// Replaces all scalars, in the order of [`for_each`](Self::for_each).
            ///
            /// # Errors
            ///
            /// If there are not as many values as scalars; nothing is changed then.
            pub fn copy_from_slice(&mut self, values: &[T]) -> Result<(), LengthError> {
                LengthError::check(#what, self.len(), values.len())?;
                for (scalar, value) in self.iter_mut().zip(values) {
                    *scalar = *value;
                }
                Ok(())
            }

            /// The same over other scalars.
            pub fn map<S: #private::Scalar>(&self, mut change: impl FnMut(T) -> S) -> #arrays<S> {
                #arrays { #(#mapped),* }
            }
        }
    }
}

fn length_name(context: &Context<'_>, axis: AxisId) -> Ident {
    match context.extent(axis) {
        Extent::Const(name) | Extent::RunTime(name) => {
            let lower = syn::ext::IdentExt::unraw(name).to_string().to_lowercase();
            crate::declaration::identifier(&lower)
        }
        Extent::Literal(size) => format_ident!("length{size}"),
    }
}
