//! The interface of a map in Rust: a function, and the module of the same name that holds what belongs to it.
//!
//! Emitted are the kernels, on plain arrays; the typed functions of one sample around them; thin batches; the description.
//! What is the same for all maps (lanes, chunks, threads, sums, structs of arrays, the trait of maps) is `eqt-runtime`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::declaration::Declaration;
use crate::interface::{CompiledMap, Description, Docs, Interface, Role};

mod batch;
mod body;
mod call;
mod coefficients;
mod description;
mod docs;
mod fallback;
#[cfg(feature = "format")]
mod format;
mod functions;
mod kernels;
mod names;
mod storage;
mod types;
mod values;

pub use fallback::fallback;
#[cfg(feature = "format")]
pub use format::{FormatError, format};

use kernels::Kernels;
use names::Names;

/// The macro whose invocations stand for comments until the text is formatted.
pub(crate) const COMMENT: &str = "__eqt_comment";

/// The function and its module; the module also holds the items in `more`.
pub fn emit(declaration: &Declaration, compiled: &CompiledMap, more: &TokenStream) -> TokenStream {
    compiled_items(declaration, compiled, more, false)
}

/// As [`emit`], with placeholders that `format` turns into comments. The tokens compile only after that.
pub fn emit_commented(declaration: &Declaration, compiled: &CompiledMap) -> TokenStream {
    compiled_items(declaration, compiled, &TokenStream::new(), true)
}

fn compiled_items(
    declaration: &Declaration,
    compiled: &CompiledMap,
    more: &TokenStream,
    commented: bool,
) -> TokenStream {
    let interface = &Interface::new(compiled);
    let names = &Names::new(declaration, interface, commented);
    let coefficients = names.coefficients.first().map(ToString::to_string).unwrap_or_default();
    let fallible = functions::is_fallible(names);
    let name = declaration.name.to_string();
    let texts = crate::interface::docs(interface, compiled, &name, &coefficients, fallible);
    let description = description::basis(names, &Description::new(compiled));
    items(names, &texts, &quote!(#description #more))
}

/// The function and its module, which also holds the items in `more`.
fn items(names: &Names<'_>, texts: &Docs, more: &TokenStream) -> TokenStream {
    let interface = names.interface;
    let outside = names.outside();
    let kernels = Kernels::new(names);
    let function =
        interface.function(Role::Value).map(|function| functions::outer(&outside, function, &texts.function));
    let structs = interface.families.iter().map(|family| coefficients::items(names, family));
    let functions = functions::items(names, &kernels);
    let batches = batch::items(names);
    let instance = description::instance(names);
    let private = &names.private;
    let workspace = functions::has_into_forms(names).then(|| {
        quote! {
            /// Memory for the `_into` forms, to be used again and again; it grows to what is needed.
            pub use eqt::Memory as Workspace;
        }
    });
    let contents = quote! {
        #more
        #(#structs)*
        #functions
        #private::with_ndarray! { #batches #instance }
        #workspace
    };
    let kernels = kernels.items(names);
    let module = module(&outside, &texts.module, &quote!(#contents #kernels));
    let items = quote!(#function #module);
    // Arrays of coefficients are those of ndarray.
    let path = &outside.private;
    if interface.has_arrays() { quote!(#path::with_ndarray! { #items }) } else { items }
}

/// The module of a map.
fn module(outside: &Names<'_>, text: &str, items: &TokenStream) -> TokenStream {
    let (name, visibility) = (&outside.declaration.name, &outside.declaration.visibility);
    let docs = docs::attributes(text);
    let path = &outside.private;
    quote! {
        #docs
        #[allow(
            clippy::all,
            clippy::pedantic,
            clippy::nursery,
            dead_code,
            missing_debug_implementations,
            missing_docs,
            non_snake_case,
            non_upper_case_globals,
            rustdoc::all,
            unreachable_pub,
            unused,
            unused_qualifications
        )]
        #visibility mod #name {
            use #path as eqt;
            use eqt::Scalar as _;

            #items
        }
    }
}
