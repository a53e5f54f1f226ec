//! What stands in for a map that has mistakes: the same items without their bodies, so that its uses raise no errors of their
//! own.

use eqt_ir::signature::parse_signature;
use eqt_ir::signature::rust_types::RustSignature;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::names::Names;
use super::{description, items};
use crate::declaration::Declaration;
use crate::interface::{Docs, Interface, Kind, Sharing};

/// A function and a module that compile, for a map of a kind; `rust` if its types are readable, else only the number of its
/// inputs is known.
pub fn fallback(
    declaration: &Declaration,
    kind: Kind,
    rust: Option<&RustSignature>,
    inputs: usize,
) -> TokenStream {
    let Some(rust) = rust else { return unreadable(declaration, kind, inputs) };
    let interface = Interface::skeleton(kind, &rust.signature);
    let names = Names::new(declaration, &interface, false);
    items(&names, &Docs::default(), &description::unknown(&names))
}

/// What takes anything: the functions of the table, whatever the types of the inputs.
fn unreadable(declaration: &Declaration, kind: Kind, inputs: usize) -> TokenStream {
    let scalars = (0..inputs).map(|input| format!("x{input}: R")).collect::<Vec<_>>().join(", ");
    let Ok(scalars) = parse_signature(&format!("1: {scalars} -> R")) else { return TokenStream::new() };
    let interface = Interface::skeleton(kind, &scalars);
    let names = Names::new(declaration, &interface, false);
    let any = |count: usize| {
        let names = (0..count).map(|index| format_ident!("argument_{index}"));
        quote!(#(#names: impl ::core::marker::Sized),*)
    };
    let functions = interface.functions.iter().map(|function| {
        let count = function.arguments.len();
        let forms = function.name.iter().flat_map(|name| [(name.to_string(), count), (format!("{name}_into"), count + 2)]);
        let forms = forms.map(|(name, count)| {
            let (plain, fallible, arguments) = (format_ident!("{name}"), format_ident!("try_{name}"), any(count));
            quote! {
                pub fn #plain(#arguments) -> ! { loop {} }
                pub fn #fallible(#arguments) -> eqt::core::result::Result<(), eqt::LengthError> { loop {} }
            }
        });
        let batch = function.batch.as_ref().map(|batch| {
            let written = function.results.iter().filter(|value| value.sharing != Sharing::Summed).count();
            let (name, arguments) = (format_ident!("{}", batch.name), any(count + written));
            quote!(pub fn #name(#arguments) -> eqt::core::result::Result<(), eqt::batch::BatchError> { loop {} })
        });
        quote!(#(#forms)* eqt::with_ndarray! { #batch })
    });
    let (name, visibility, path) = (&declaration.name, &declaration.visibility, &declaration.crate_path);
    let (arguments, description) =
        (any(inputs + interface.families.len().min(1)), description::unknown(&names));
    quote! {
        #[allow(warnings, clippy::all, clippy::pedantic)]
        #visibility fn #name(#arguments) -> ! { loop {} }
        #[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]
        #visibility mod #name {
            use #path::__private as eqt;
            pub use eqt::Memory as Workspace;
            #description
            #(#functions)*
        }
    }
}
