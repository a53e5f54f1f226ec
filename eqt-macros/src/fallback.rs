//! What stands in for a map that has errors: the same names in the same shape, so that its uses raise no errors of their own.

use eqt_codegen::Declaration;
use eqt_codegen::emit::rust;
use eqt_codegen::interface::Kind;
use eqt_ir::signature::Sizes;
use eqt_ir::signature::rust_types::RustSignature;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::FnArg;

use crate::ast::{Item, Options};
use crate::valid;

/// A function and a module that compile.
pub(crate) fn expand(item: &Item, rust: Option<&RustSignature>, options: &Options) -> TokenStream {
    let visibility = &item.visibility;
    let name = &item.signature.ident;
    if let Some(FnArg::Receiver(receiver)) = item.signature.inputs.first() {
        // In an `impl` there are no modules.
        let others = (1..item.signature.inputs.len()).map(|index| {
            let name = format_ident!("argument_{index}");
            quote!(#name: impl ::core::marker::Sized)
        });
        return quote! {
            #[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]
            #visibility fn #name(#receiver, #(#others),*) -> ! { loop {} }
        };
    }
    let kind = match (&item.body, &options.generators) {
        (Some(_), _) => Kind::Body,
        (None, Some(_)) => Kind::Generators,
        (None, None) => Kind::Basis,
    };
    let declaration = Declaration {
        attributes: Vec::new(),
        visibility: visibility.to_token_stream(),
        name: name.clone(),
        generics: rust.map(|rust| rust.generics.clone()).unwrap_or_default(),
        extents: rust.map(|rust| rust.extents.clone()).unwrap_or_default(),
        inputs: rust.map(|rust| rust.inputs.clone()).unwrap_or_default(),
        crate_path: valid::crate_path(options),
        sizes: Sizes(Vec::new()),
    };
    rust::fallback(&declaration, kind, rust, item.signature.inputs.len())
}
