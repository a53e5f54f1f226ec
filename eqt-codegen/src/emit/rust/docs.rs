//! Documentation as attributes.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

/// Documentation as attributes, one per line.
pub(super) fn attributes(text: &str) -> TokenStream {
    let lines =
        text.trim_end().lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

/// As [`attributes`], a paragraph of its own after the documentation that an item may have among its attributes.
pub(super) fn appended(others: &[TokenStream], text: &str) -> TokenStream {
    let is_doc = |other: &TokenStream| match other.clone().into_iter().nth(1) {
        Some(TokenTree::Group(group)) => {
            matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
        }
        _ => false,
    };
    let empty = others.iter().any(is_doc).then(|| quote!(#[doc = ""]));
    let text = attributes(text);
    quote!(#empty #text)
}
