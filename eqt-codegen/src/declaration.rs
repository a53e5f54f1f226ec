//! What is to be emitted, and under which names.

use std::convert::Infallible;
use std::fmt;

use eqt_ir::signature::rust_types::{Extent, MAX_RANK, extents};
use eqt_ir::signature::{Dimension, Signature, Sizes, Space};
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
    /// How long each axis is, by [`AxisId`](eqt_ir::signature::AxisId).
    pub extents: Vec<Extent>,
    /// The names of the inputs.
    pub inputs: Vec<Ident>,
    /// Path of the crate that re-exports the runtime as `__private`, `::eqt`.
    pub crate_path: TokenStream,
    /// Sample sizes, for the costs in the documentation.
    pub sizes: Sizes,
}

/// Why a signature cannot be that of a Rust function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeclarationError {
    /// The runtime has no type for a tensor.
    Rank {
        /// Where it is, "the output" or "input `a`".
        place: String,
        /// Its rank.
        rank: usize,
    },
    /// Two symbols would become one const generic or length.
    Case {
        /// The two.
        symbols: [String; 2],
    },
}

impl fmt::Display for DeclarationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeclarationError::Rank { place, rank } => {
                write!(
                    f,
                    "{place} has a tensor of rank {rank}, but the tensor types of Rust go up to rank {MAX_RANK}"
                )
            }
            DeclarationError::Case { symbols: [first, second] } => {
                write!(f, "`{first}` and `{second}` differ only in case, which is lost in Rust; rename one")
            }
        }
    }
}

impl std::error::Error for DeclarationError {}

/// A public declaration with names made from those of the signature: symbols as in [`extents`], inputs as they are.
///
/// # Errors
///
/// If a tensor has too many indices for the runtime, or two symbols would have the same name.
pub fn declaration_for(
    signature: &Signature,
    name: &str,
    sizes: Sizes,
) -> Result<Declaration, DeclarationError> {
    let inputs = signature.inputs.iter().map(|input| (format!("input `{}`", input.name), &input.space));
    for (place, space) in inputs.chain([("the output".to_owned(), &signature.output)]) {
        let rank = highest_rank(space);
        if rank > MAX_RANK {
            return Err(DeclarationError::Rank { place, rank });
        }
    }
    let mut known: Vec<&String> = Vec::new();
    for axis in &signature.axes {
        let Dimension::Symbol(symbol) = &axis.dimension else { continue };
        if let Some(other) =
            known.iter().find(|other| **other != symbol && other.eq_ignore_ascii_case(symbol))
        {
            return Err(DeclarationError::Case { symbols: [(*other).clone(), symbol.clone()] });
        }
        known.push(symbol);
    }
    let Ok((generics, extents)) = extents(signature, |_, name| Ok::<_, Infallible>(identifier(name)));
    Ok(Declaration {
        // Whoever includes the source decides what of it is used, and where it can be seen.
        attributes: vec![quote!(#[allow(dead_code, unreachable_pub)])],
        visibility: quote!(pub),
        name: identifier(name),
        generics,
        extents,
        inputs: signature.inputs.iter().map(|input| identifier(&input.name)).collect(),
        crate_path: quote!(::eqt),
        sizes,
    })
}

/// The highest rank of a tensor within a space.
fn highest_rank(space: &Space) -> usize {
    match space {
        Space::Scalar => 0,
        Space::Vector(_) => 1,
        Space::Tensor { rank, .. } => *rank,
        Space::Pseudo { space, .. } => highest_rank(space),
        Space::Product(left, right) => highest_rank(left).max(highest_rank(right)),
        Space::Family { member, .. } => highest_rank(member),
    }
}

/// The identifier itself, raw if it is a keyword; other characters than those of identifiers become underscores.
pub(crate) fn identifier(name: &str) -> Ident {
    let mut safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if safe.is_empty() || safe == "_" || safe.starts_with(|c: char| c.is_ascii_digit()) {
        safe.insert(0, 'x');
    }
    // `gen`, a keyword of edition 2024, is none to syn; raw it is the same name in every edition.
    if safe != "gen" && syn::parse_str::<Ident>(&safe).is_ok() {
        return Ident::new(&safe, Span::call_site());
    }
    if let Ok(raw) = syn::parse_str::<Ident>(&format!("r#{safe}")) {
        return raw;
    }
    // `self`, `super`, `crate` and `Self` cannot be raw.
    Ident::new(&format!("{safe}_"), Span::call_site())
}
