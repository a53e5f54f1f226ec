//! What stands in for a map that has errors: the same names in the same shape, so that its uses raise no errors of their own.

use eqt_ir::signature::rust_types::RustSignature;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::functions::{has_into_forms, is_fallible};
use super::names::Names;
use crate::declaration::Declaration;
use crate::interface::{Function, Interface, Kind, Quantity, Sharing};

/// A function and a module that compile, for a map of a kind of whose signature nothing may be known but the number of its
/// inputs.
pub fn fallback(
    declaration: &Declaration,
    kind: Kind,
    rust: Option<&RustSignature>,
    inputs: usize,
) -> TokenStream {
    let (name, visibility) = (&declaration.name, &declaration.visibility);
    let (function, module) = match rust {
        Some(rust) => known(declaration, &Interface::skeleton(kind, &rust.signature)),
        None => unknown(inputs),
    };
    let path = &declaration.crate_path;
    quote! {
        #[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]
        #visibility fn #name #function { loop {} }
        #[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]
        #visibility mod #name {
            use #path::__private as eqt;
            pub use eqt::Memory as Workspace;
            pub const LEN: usize = 0;
            pub const INVARIANTS: usize = 0;
            pub const GENERATORS: usize = 0;
            pub const TERMS: usize = 0;
            pub fn basis() -> eqt::Basis { loop {} }
            pub fn terms() -> &'static [eqt::Element] { loop {} }
            #module
        }
    }
}

/// Arguments of any type.
fn any(count: usize) -> Vec<TokenStream> {
    (0..count)
        .map(|index| {
            let name = format_ident!("argument_{index}");
            quote!(#name: impl ::core::marker::Sized)
        })
        .collect()
}

/// What takes and gives anything, for types that are not readable.
fn unknown(inputs: usize) -> (TokenStream, TokenStream) {
    let [none, one, two] = [0, 1, 2].map(|more| any(inputs + more));
    let result = quote!(::core::result::Result<(), ::core::fmt::Error>);
    (
        quote!((#(#one),*) -> !),
        quote! {
            pub fn call(#(#one),*) -> ! { loop {} }
            pub fn gradient(#(#two),*) -> ! { loop {} }
            pub fn coefficient_gradient(#(#two),*) -> ! { loop {} }
            pub fn batch(#(#two),*) -> #result { loop {} }
            pub fn assemble(#(#one),*) -> ! { loop {} }
            pub fn assemble_gradient(#(#two),*) -> ! { loop {} }
            pub fn invariants(#(#none),*) -> ! { loop {} }
            pub fn invariants_gradient(#(#one),*) -> ! { loop {} }
        },
    )
}

/// The functions of a map whose types are right; coefficients and views are of any type.
fn known(declaration: &Declaration, interface: &Interface) -> (TokenStream, TokenStream) {
    let names = &Names::new(declaration, interface, false);
    let sized = quote!(impl ::core::marker::Sized);
    let scalar = names.scalar();
    let argument = |quantity: Quantity, scalar: &TokenStream| match quantity {
        Quantity::Input(input) => names.inputs[input].argument(names, scalar),
        // The literal zero, or an array of what has not been found.
        _ => sized.clone(),
    };
    let result = |quantity: Quantity| match quantity {
        Quantity::Input(input) => names.inputs[input].owned(names, &scalar),
        Quantity::Output => names.output.owned(names, &scalar),
        Quantity::Members => {
            let output = names.output.owned(names, &scalar);
            quote!([#output; LEN])
        }
        Quantity::Coefficients(_) | Quantity::Weights => quote!([#scalar; LEN]),
    };
    let generics = names.generics();
    let mut items = TokenStream::new();
    for function in &interface.functions {
        let Some(name) = function.name else { continue };
        let output = match function.structure {
            Some(structure) => {
                let structure = format_ident!("{structure}");
                let fields = function.results.iter().map(|value| names.field(value.quantity));
                let types = function.results.iter().map(|value| result(value.quantity));
                items.extend(quote!(pub struct #structure<#generics> { #(pub #fields: #types),* }));
                let arguments = names.generic_arguments(&scalar);
                quote!(#structure<#arguments>)
            }
            None => function.results.iter().map(|value| result(value.quantity)).collect(),
        };
        let parameters: Vec<TokenStream> =
            function.arguments.iter().map(|value| argument(value.quantity, &scalar)).collect();
        let arguments = function.arguments.iter().map(|value| names.argument(value.quantity));
        let arguments: Vec<Ident> = arguments.collect();
        let mut forms = vec![(name.to_owned(), Vec::new(), output)];
        if has_into_forms(names) {
            forms.push((format!("{name}_into"), any(2), quote!(())));
        }
        for (name, more, output) in forms {
            let (plain, fallible) = (format_ident!("{name}"), format_ident!("try_{name}"));
            let parameters = quote!(#(#arguments: #parameters,)* #(#more),*);
            items.extend(quote!(pub fn #plain<#generics>(#parameters) -> #output { loop {} }));
            if is_fallible(names) {
                items.extend(quote! {
                    pub fn #fallible<#generics>(
                        #parameters
                    ) -> ::core::result::Result<#output, eqt::LengthError> { loop {} }
                });
            }
        }
        items.extend(batch(names, function));
    }
    items.extend(sums(names, interface, &result));
    let constants = names.constants();
    let lengths = any(names.run_time_axes().len());
    items.extend(quote!(pub fn instance<#constants>(#(#lengths),*) -> ! { loop {} }));
    let outside = names.outside();
    let value = interface.functions.first();
    let arguments = value.into_iter().flat_map(|function| &function.arguments).map(|value| {
        let name = outside.argument(value.quantity);
        let ty = match value.quantity {
            Quantity::Input(input) => outside.inputs[input].argument(&outside, &scalar),
            _ => sized.clone(),
        };
        quote!(#name: #ty)
    });
    let (generics, output) = (outside.generics(), outside.output.owned(&outside, &scalar));
    (quote!(<#generics>(#(#arguments),*) -> #output), items)
}

/// The function of many samples: its arguments are of any type, since coefficients may be one array or many.
fn batch(names: &Names<'_>, function: &Function) -> Option<TokenStream> {
    let batch = function.batch.as_ref()?;
    let name = format_ident!("{}", batch.name);
    let written = function.results.iter().filter(|value| value.sharing != Sharing::Summed).count();
    let arguments = any(function.arguments.len() + written);
    let output = match function.sums().next() {
        None => quote!(()),
        Some(Quantity::Coefficients(_)) => {
            let scalar = names.scalar();
            quote!(BatchGradient<#scalar>)
        }
        Some(_) => {
            let arguments = names.generic_arguments(&names.scalar());
            quote!(BatchGradient<#arguments>)
        }
    };
    let generics = names.generics();
    Some(quote! {
        pub fn #name<#generics>(#(#arguments),*) -> ::core::result::Result<#output, ::core::fmt::Error> { loop {} }
    })
}

/// The struct of what batches sum up.
fn sums(
    names: &Names<'_>,
    interface: &Interface,
    result: &dyn Fn(Quantity) -> TokenStream,
) -> Option<TokenStream> {
    let function = interface
        .functions
        .iter()
        .find(|function| function.batch.is_some() && function.sums().next().is_some())?;
    let sums: Vec<Quantity> = function.sums().collect();
    let fields = sums.iter().map(|&quantity| names.field(quantity));
    let types = sums.iter().map(|&quantity| result(quantity));
    let generics = match sums.iter().all(|quantity| matches!(quantity, Quantity::Coefficients(_))) {
        true => names.scalar.to_token_stream(),
        false => names.generics(),
    };
    Some(quote!(pub struct BatchGradient<#generics> { #(pub #fields: #types),* }))
}
