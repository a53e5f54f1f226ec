//! What is to be emitted, and under which names.

use eqt_ir::signature::rust_types::Extent;
use eqt_ir::signature::{AxisId, Dimension, Signature, Sizes, Space};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// The names that the emitted items have.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Attributes of the function, the documentation among them.
    pub attributes: Vec<TokenStream>,
    /// Visibility of the function and its module.
    pub visibility: TokenStream,
    /// Name of the function and its module.
    pub name: Ident,
    /// The const generics, in order.
    pub generics: Vec<Ident>,
    /// How long each axis is, by [`AxisId`].
    pub extents: Vec<Extent>,
    /// The names of the inputs.
    pub inputs: Vec<Ident>,
    /// Path of the crate that re-exports the runtime as `__private`, `::eqt`.
    pub crate_path: TokenStream,
    /// Sample sizes, for the costs in the documentation.
    pub sizes: Sizes,
}

/// A public declaration with names made from those of the signature: a symbol is a const generic in upper case, or the
/// run-time length of slices in lower case if it is only ever the outermost label of a space, and that of some input.
pub fn declaration_for(signature: &Signature, name: &str, sizes: Sizes) -> Declaration {
    let mut generics: Vec<Ident> = Vec::new();
    let extents = signature
        .axis_ids()
        .map(|axis| match &signature.axis(axis).dimension {
            Dimension::Literal(size) => Extent::Literal(*size),
            Dimension::Symbol(symbol) if is_run_time(signature, axis) => {
                Extent::RunTime(identifier(&symbol.to_lowercase()))
            }
            Dimension::Symbol(symbol) => {
                let generic = identifier(&symbol.to_uppercase());
                if !generics.contains(&generic) {
                    generics.push(generic.clone());
                }
                Extent::Const(generic)
            }
        })
        .collect();
    Declaration {
        attributes: Vec::new(),
        visibility: quote!(pub),
        name: identifier(name),
        generics,
        extents,
        inputs: signature.inputs.iter().map(|input| identifier(&input.name)).collect(),
        crate_path: quote!(::eqt),
        sizes,
    }
}

fn is_run_time(signature: &Signature, axis: AxisId) -> bool {
    let outermost = |space: &Space| matches!(space, Space::Family { label, .. } if *label == axis);
    let occurrences = |space: &Space| space.layout().slots.iter().filter(|slot| **slot == axis).count();
    let spaces = || signature.inputs.iter().map(|input| &input.space);
    signature.axis(axis).group.is_label()
        && spaces().any(outermost)
        && spaces()
            .chain([&signature.output])
            .all(|space| occurrences(space) == usize::from(outermost(space)))
}

/// The identifier itself, raw if it is a keyword; other characters than those of identifiers become underscores.
pub(crate) fn identifier(name: &str) -> Ident {
    let mut safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if safe.is_empty() || safe == "_" || safe.starts_with(|c: char| c.is_ascii_digit()) {
        safe.insert(0, 'x');
    }
    if syn::parse_str::<Ident>(&safe).is_ok() {
        return Ident::new(&safe, Span::call_site());
    }
    if let Ok(raw) = syn::parse_str::<Ident>(&format!("r#{safe}")) {
        return raw;
    }
    // `self`, `super`, `crate` and `Self` cannot be raw.
    Ident::new(&format!("{safe}_"), Span::call_site())
}
