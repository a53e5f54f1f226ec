//! The attribute `#[equivariant(...)]` of [eqt](https://docs.rs/eqt), which documents it.
//!
//! `parse -> ast -> valid -> expand`, or `fallback` if there are errors; all that concerns mathematics is in `eqt-ir`.

mod ast;
mod errors;
mod expand;
mod fallback;
mod nesting;
mod parse;
mod valid;

#[cfg(test)]
mod tests;

/// Expands a declaration to the equivariant map that it states; see the documentation of `eqt`.
#[proc_macro_attribute]
pub fn equivariant(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    expand::equivariant(arguments.into(), item.into()).into()
}
