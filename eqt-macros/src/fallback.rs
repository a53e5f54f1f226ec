//! What stands in for a map that has errors: the same names in the same shape, so that its uses raise no errors of
//! their own.

use eqt_ir::signature::rust_types::{Extent, RustSignature};
use eqt_ir::signature::{AxisId, SlotSymmetry, Space};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{FnArg, Ident};

use crate::ast::Item;

/// A function and a module that compile.
pub(crate) fn expand(
    item: &Item,
    rust: Option<&RustSignature>,
    crate_path: &TokenStream,
    generators: bool,
) -> TokenStream {
    let visibility = &item.visibility;
    let name = &item.signature.ident;
    let allow = quote!(#[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]);
    if let Some(FnArg::Receiver(receiver)) = item.signature.inputs.first() {
        // In an `impl` there are no modules.
        let others = any(item.signature.inputs.len() - 1);
        return quote!(#allow #visibility fn #name(#receiver, #(#others),*) -> ! { loop {} });
    }
    let (function, module) = match rust {
        Some(rust) if item.body.is_some() => known_body(rust, crate_path),
        Some(rust) if generators => known_generators(rust, crate_path),
        Some(rust) => known(rust, crate_path),
        None => unknown(item.signature.inputs.len()),
    };
    quote! {
        #allow
        #visibility fn #name #function { loop {} }
        #allow
        #visibility mod #name {
            pub const LEN: usize = 0;
            pub const INVARIANTS: usize = 0;
            pub const GENERATORS: usize = 0;
            pub fn basis() -> #crate_path::Basis { loop {} }
            #module
        }
    }
}

/// Arguments of any type.
fn any(count: usize) -> impl Iterator<Item = TokenStream> {
    (0..count).map(|index| {
        let name = format_ident!("argument_{index}");
        quote!(#name: impl ::core::marker::Sized)
    })
}

/// What takes and gives anything, for types that are not readable.
fn unknown(inputs: usize) -> (TokenStream, TokenStream) {
    let call = any(inputs + 1).collect::<Vec<_>>();
    let gradient = any(inputs + 2).collect::<Vec<_>>();
    let inputs = any(inputs).collect::<Vec<_>>();
    (
        quote!((#(#call),*) -> !),
        quote! {
            pub fn gradient(#(#gradient),*) -> ! { loop {} }
            pub fn coefficient_gradient(#(#gradient),*) -> ! { loop {} }
            pub fn batch(#(#gradient),*) -> ::core::result::Result<(), ::core::fmt::Error> { loop {} }
            pub fn assemble(#(#call),*) -> ! { loop {} }
            pub fn assemble_gradient(#(#gradient),*) -> ! { loop {} }
            pub fn invariants(#(#inputs),*) -> ! { loop {} }
            pub fn invariants_gradient(#(#call),*) -> ! { loop {} }
        },
    )
}

/// The functions of a map whose types are right; coefficients and views are of any type.
fn known(rust: &RustSignature, crate_path: &TokenStream) -> (TokenStream, TokenStream) {
    let spaces = &rust.signature.inputs;
    let clashes = |names: &[Ident], name: &str| names.iter().any(|other| other == name);
    let scalar = format_ident!("{}", if clashes(&rust.generics, "T") { "X" } else { "T" });
    let theta = format_ident!("{}", if clashes(&rust.inputs, "theta") { "coefficients" } else { "theta" });
    let types = Types { rust, crate_path, scalar: &scalar };
    let (constants, names) = (&rust.generics, &rust.inputs);
    let generics = quote!(<#(const #constants: usize,)* #scalar: #crate_path::Scalar>);
    let arguments = quote!(<#(#constants,)* #scalar>);
    let inputs = spaces.iter().map(|input| types.argument(&input.space)).collect::<Vec<_>>();
    let owned = spaces.iter().map(|input| types.owned(&input.space));
    let output = types.owned(&rust.signature.output);
    let sized = quote!(impl ::core::marker::Sized);
    let call = quote!(_: #sized #(, #names: #inputs)*);
    let batch = any(names.len() + 2).collect::<Vec<_>>();
    let batch_inputs = any(2 * names.len() + 2);
    let error = quote!(::core::fmt::Error);
    let result = quote!(::core::result::Result);
    (
        quote!(#generics(#call) -> #output),
        quote! {
            pub struct Gradient #generics { pub #theta: [#scalar; LEN] #(, pub #names: #owned)* }
            pub struct BatchGradient<#scalar> { pub #theta: [#scalar; LEN] }
            pub fn call #generics(#call) -> #output { loop {} }
            pub fn evaluate #generics(#(#names: #inputs),*) -> [#output; LEN] { loop {} }
            pub fn gradient #generics(#call, _: #sized) -> Gradient #arguments { loop {} }
            pub fn coefficient_gradient #generics(#call, _: #sized) -> [#scalar; LEN] { loop {} }
            pub fn batch #generics(#(#batch),*) -> #result<(), #error> { loop {} }
            pub fn batch_gradient #generics(#(#batch),*) -> #result<BatchGradient<#scalar>, #error> { loop {} }
            pub fn batch_input_gradient #generics(
                #(#batch_inputs),*
            ) -> #result<BatchGradient<#scalar>, #error> { loop {} }
        },
    )
}

/// As [`known`], for a map with a body.
fn known_body(rust: &RustSignature, crate_path: &TokenStream) -> (TokenStream, TokenStream) {
    let scalar = format_ident!("{}", if rust.generics.iter().any(|name| name == "T") { "X" } else { "T" });
    let types = Types { rust, crate_path, scalar: &scalar };
    let (constants, names, spaces) = (&rust.generics, &rust.inputs, &rust.signature.inputs);
    let generics = quote!(<#(const #constants: usize,)* #scalar: #crate_path::Scalar>);
    let arguments = quote!(<#(#constants,)* #scalar>);
    let inputs = spaces.iter().map(|input| types.argument(&input.space)).collect::<Vec<_>>();
    let owned = spaces.iter().map(|input| types.owned(&input.space)).collect::<Vec<_>>();
    let output = types.owned(&rust.signature.output);
    let sized = quote!(impl ::core::marker::Sized);
    let call = quote!(#(#names: #inputs),*);
    let batch = any(names.len() + 1).collect::<Vec<_>>();
    let result = quote!(::core::result::Result);
    (
        quote!(#generics(#call) -> #output),
        quote! {
            pub struct Gradient #generics { #(pub #names: #owned,)* }
            pub fn call #generics(#call) -> #output { loop {} }
            pub fn gradient #generics(#(#names: #inputs,)* _: #sized) -> Gradient #arguments { loop {} }
            pub fn parameter_gradient #generics(#(#names: #inputs,)* _: #sized) -> Gradient #arguments { loop {} }
            pub fn batch #generics(#(#batch),*) -> #result<(), ::core::fmt::Error> { loop {} }
            pub fn batch_gradient #generics(#(#batch),*) -> #result<Gradient #arguments, ::core::fmt::Error> { loop {} }
        },
    )
}

/// As [`known`], for the generator form.
fn known_generators(rust: &RustSignature, crate_path: &TokenStream) -> (TokenStream, TokenStream) {
    let clashes = |names: &[Ident], name: &str| names.iter().any(|other| other == name);
    let scalar = format_ident!("{}", if clashes(&rust.generics, "T") { "X" } else { "T" });
    let q = format_ident!("{}", if clashes(&rust.inputs, "q") { "coefficients" } else { "q" });
    let types = Types { rust, crate_path, scalar: &scalar };
    let (constants, names) = (&rust.generics, &rust.inputs);
    let spaces = &rust.signature.inputs;
    let generics = quote!(<#(const #constants: usize,)* #scalar: #crate_path::Scalar>);
    let arguments = quote!(<#(#constants,)* #scalar>);
    let inputs = spaces.iter().map(|input| types.argument(&input.space)).collect::<Vec<_>>();
    let owned = spaces.iter().map(|input| types.owned(&input.space)).collect::<Vec<_>>();
    let output = types.owned(&rust.signature.output);
    let sized = quote!(impl ::core::marker::Sized);
    let call = quote!(_: #sized #(, #names: #inputs)*);
    let invariants = quote!(#(#names: #inputs),*);
    let result = quote!(::core::result::Result<(), ::core::fmt::Error>);
    let [batch, gradient] =
        [names.len() + 2, 2 * names.len() + 3].map(|count| any(count).collect::<Vec<_>>());
    let [of_invariants, invariants_gradient] =
        [names.len() + 1, 2 * names.len() + 1].map(|count| any(count).collect::<Vec<_>>());
    (
        quote!(#generics(#call) -> #output),
        quote! {
            pub struct Gradient #generics { pub #q: [#scalar; GENERATORS] #(, pub #names: #owned)* }
            pub struct InvariantsGradient #generics { #(pub #names: #owned,)* }
            pub fn invariants #generics(#invariants) -> [#scalar; INVARIANTS] { loop {} }
            pub fn invariants_gradient #generics(#(#names: #inputs,)* _: #sized) -> InvariantsGradient #arguments {
                loop {}
            }
            pub fn assemble #generics(#call) -> #output { loop {} }
            pub fn evaluate #generics(#invariants) -> [#output; GENERATORS] { loop {} }
            pub fn assemble_gradient #generics(#call, _: #sized) -> Gradient #arguments { loop {} }
            pub fn coefficient_gradient #generics(#call, _: #sized) -> [#scalar; GENERATORS] { loop {} }
            pub fn batch #generics(#(#batch),*) -> #result { loop {} }
            pub fn batch_gradient #generics(#(#gradient),*) -> #result { loop {} }
            pub fn batch_invariants #generics(#(#of_invariants),*) -> #result { loop {} }
            pub fn batch_invariants_gradient #generics(#(#invariants_gradient),*) -> #result { loop {} }
        },
    )
}

/// Spaces as Rust types.
struct Types<'a> {
    rust: &'a RustSignature,
    crate_path: &'a TokenStream,
    scalar: &'a Ident,
}

impl Types<'_> {
    fn extent(&self, axis: AxisId) -> Option<TokenStream> {
        match self.rust.extents.get(usize::from(axis.0))? {
            Extent::Literal(value) => Some(proc_macro2::Literal::usize_unsuffixed(*value).to_token_stream()),
            Extent::Const(name) => Some(name.to_token_stream()),
            Extent::RunTime(_) => None,
        }
    }

    /// Scalars by value, all else by reference, run-time lengths as slices.
    fn argument(&self, space: &Space) -> TokenStream {
        match space {
            Space::Scalar => self.owned(space),
            Space::Family { member, label } if self.extent(*label).is_none() => {
                let member = self.owned(member);
                quote!(&[#member])
            }
            _ => {
                let owned = self.owned(space);
                quote!(&#owned)
            }
        }
    }

    fn owned(&self, space: &Space) -> TokenStream {
        let (krate, scalar) = (self.crate_path, self.scalar);
        match space {
            Space::Scalar => scalar.to_token_stream(),
            Space::Vector(axis) | Space::Tensor { axis, rank: 1, .. } => {
                let extent = self.extent(*axis);
                quote!(#krate::Vector<#extent, #scalar>)
            }
            Space::Tensor { axis, rank, symmetry } => {
                let extent = self.extent(*axis);
                let (matrix, ranked) = match symmetry {
                    SlotSymmetry::General => ("Matrix", "Tensor"),
                    SlotSymmetry::Symmetric => ("Sym", "SymTensor"),
                    SlotSymmetry::Alternating => ("Alt", "AltTensor"),
                    SlotSymmetry::Traceless => ("Sym0", "Sym0Tensor"),
                };
                if *rank == 2 {
                    let matrix = format_ident!("{matrix}");
                    quote!(#krate::#matrix<#extent, #scalar>)
                } else {
                    let ranked = format_ident!("{ranked}");
                    quote!(#krate::#ranked<#rank, #extent, #scalar>)
                }
            }
            Space::Pseudo { space, .. } => {
                let space = self.owned(space);
                quote!(#krate::Pseudo<#space>)
            }
            Space::Product(left, right) => {
                let (left, right) = (self.owned(left), self.owned(right));
                quote!(#krate::Product<#left, #right>)
            }
            Space::Family { member, label } => {
                let member = self.owned(member);
                match self.extent(*label) {
                    Some(extent) => quote!([#member; #extent]),
                    None => quote!(::std::vec::Vec<#member>),
                }
            }
        }
    }
}
