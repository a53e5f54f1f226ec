//! Signatures in Rust: read from the types of a function, or given Rust names.
//!
//! | Rust | grammar | | Rust | grammar |
//! |---|---|---|---|---|
//! | `Scalar` | `R` | | `Tensor<K, D>` | `T^K(R^D)` |
//! | `Vector<D>` | `R^D` | | `SymTensor<K, D>` | `Sym^K(R^D)` |
//! | `Matrix<D>` | `T^2(R^D)` | | `Sym0Tensor<K, D>` | `Sym0^K(R^D)` |
//! | `Sym<D>` | `S^D` | | `AltTensor<K, D>` | `Alt^K(R^D)` |
//! | `Sym0<D>` | `Sym0^2(R^D)` | | `Pseudo<X>` | `pseudo X` |
//! | `Alt<D>` | `Alt^2(R^D)` | | `Product<X, Y>` | `X (x) Y` |
//! | `[X; N]`, `[X; 100]`, `[X; n]` | `(X)^N` | | | |
//!
//! Types are read as tokens: a path counts by its last segment, and aliases are not seen through.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitStr, Result, ReturnType, Token};

use super::bind::{RawFactor, RawInput, RawSignature, RawSpace};
use super::parse::{check_nesting, raw_group, raw_map};
use super::{AxisId, Dimension, Signature, Space};
use crate::group::REGISTRY;

mod arguments;
#[cfg(test)]
mod tests;
mod types;

use types::Reader;

/// The most slots of one ranked type: the runtime nests arrays as deep.
pub const MAX_RANK: usize = 8;

/// How Rust knows the length of an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A number.
    Literal(usize),
    /// A const generic of the function.
    Const(Ident),
    /// The length of a slice.
    RunTime(Ident),
}

/// A signature with its names in Rust.
#[derive(Clone, Debug)]
pub struct RustSignature {
    /// The signature.
    pub signature: Signature,
    /// The const generics, in order.
    pub generics: Vec<Ident>,
    /// How long each axis is.
    pub extents: Vec<Extent>,
    /// The names of the inputs, in order.
    pub inputs: Vec<Ident>,
}

/// What the arguments of the attribute begin with.
#[derive(Clone, Debug)]
pub enum Head {
    /// A group; the types of the function are the rest of the signature.
    Group(GroupHead),
    /// A whole signature.
    Signature(SignatureHead),
}

/// A group, `O(D) * S(N)`.
#[derive(Clone, Debug)]
pub struct GroupHead {
    factors: Vec<RawFactor>,
}

/// A whole signature, `O(d): (R^d)^n -> S^d`.
#[derive(Clone, Debug)]
pub struct SignatureHead {
    raw: RawSignature,
}

impl Parse for Head {
    fn parse(input: ParseStream<'_>) -> Result<Head> {
        if input.peek(LitStr) {
            return Err(input.error("the group or signature is written without quotes"));
        }
        check_nesting(&input.cursor().token_stream())?;
        let factors = raw_group(REGISTRY, input)?;
        if !input.peek(Token![:]) {
            return Ok(Head::Group(GroupHead { factors }));
        }
        input.parse::<Token![:]>()?;
        Ok(Head::Signature(SignatureHead { raw: raw_map(input, factors)? }))
    }
}

impl SignatureHead {
    /// The tokens of the output.
    pub fn output(&self) -> &TokenStream {
        &self.raw.output_tokens
    }

    /// Binds the signature and gives every symbol and input a name in Rust, the former as in [`extents`].
    ///
    /// # Errors
    /// One sentence at the offending token.
    pub fn name(self) -> Result<RustSignature> {
        let mut errors = None;
        for space in self.raw.inputs.iter().map(|input| &input.space).chain([&self.raw.output]) {
            check_type(space, &mut errors);
        }
        if let Some(error) = errors {
            return Err(error);
        }
        let names: Vec<Option<Ident>> = self.raw.inputs.iter().map(|input| input.name.clone()).collect();
        let spans = self
            .raw
            .dimensions()
            .into_iter()
            .map(|raw| (raw.dimension.clone(), raw.span))
            .collect::<Vec<_>>();
        let signature = self.raw.bind()?;
        let (generics, extents) = extents(&signature, |dimension, name| {
            let span = spans.iter().find(|(other, _)| other == dimension);
            identifier(name, span.map_or(Span::call_site(), |(_, span)| *span))
        })?;
        let inputs = signature
            .inputs
            .iter()
            .zip(names)
            .map(|(input, name)| identifier(&input.name, name.map_or(Span::call_site(), |name| name.span())))
            .collect::<Result<_>>()?;
        Ok(RustSignature { signature, generics, extents, inputs })
    }
}

/// The const generics and the extents that a signature has in Rust, the identifiers of its symbols given by `name`.
///
/// A symbol becomes a const generic, in upper case. If it is only ever the outermost label of a space, and that of
/// some input, it is a run-time length, in lower case.
///
/// # Errors
/// Those of `name`.
pub fn extents<E>(
    signature: &Signature,
    name: impl Fn(&Dimension, &str) -> std::result::Result<Ident, E>,
) -> std::result::Result<(Vec<Ident>, Vec<Extent>), E> {
    let mut generics: Vec<Ident> = Vec::new();
    let mut extents = Vec::new();
    for axis in &signature.axes {
        extents.push(match &axis.dimension {
            Dimension::Literal(value) => Extent::Literal(*value),
            dimension @ Dimension::Symbol(symbol) if is_run_time(signature, dimension) => {
                Extent::RunTime(name(dimension, &symbol.to_lowercase())?)
            }
            dimension @ Dimension::Symbol(symbol) => {
                let generic = name(dimension, &symbol.to_uppercase())?;
                if !generics.contains(&generic) {
                    generics.push(generic.clone());
                }
                Extent::Const(generic)
            }
        });
    }
    Ok((generics, extents))
}

/// Whether the runtime has a type for a space.
fn check_type(space: &RawSpace, errors: &mut Option<Error>) {
    match space {
        RawSpace::Scalar | RawSpace::Vector(_) => {}
        RawSpace::Tensor { rank, span, .. } if !(1..=MAX_RANK).contains(rank) => {
            collect(
                errors,
                mistake!(
                    *span,
                    "a tensor type in Rust has rank 1 to {MAX_RANK}, and this tensor rank {rank}"
                ),
            );
        }
        RawSpace::Tensor { .. } => {}
        RawSpace::Family { member, .. } => check_type(member, errors),
        RawSpace::Pseudo { space, .. } => check_member(space, "pseudo X", "(pseudo X)^n", errors),
        RawSpace::Product(left, right) => {
            check_member(left, "X (x) Y", "(X (x) Y)^n", errors);
            check_member(right, "X (x) Y", "(X (x) Y)^n", errors);
        }
    }
}

fn check_member(space: &RawSpace, outer: &str, right: &str, errors: &mut Option<Error>) {
    match space {
        RawSpace::Family { label, .. } => {
            let message = format!("in Rust a family cannot stand inside `{outer}`; write `{right}`");
            collect(errors, Error::new(label.span, message));
        }
        _ => check_type(space, errors),
    }
}

/// A name, raw if it is a keyword.
fn identifier(name: &str, span: Span) -> Result<Ident> {
    // `gen`, a keyword of edition 2024, is none to syn; raw it is the same name in every edition.
    let plain = if name == "gen" { "r#gen" } else { name };
    let mut ident = syn::parse_str::<Ident>(plain)
        .or_else(|_| syn::parse_str(&format!("r#{name}")))
        .map_err(|_| mistake!(span, "`{name}` cannot be a name in Rust; choose another"))?;
    ident.set_span(span);
    Ok(ident)
}

/// Whether a symbol is only ever the outermost label of a space, and that of some input.
fn is_run_time(signature: &Signature, dimension: &Dimension) -> bool {
    let is_dimension = |axis: &AxisId| signature.axis(*axis).dimension == *dimension;
    let outermost = |space: &Space| match space {
        Space::Family { label, .. } => is_dimension(label),
        _ => false,
    };
    let occurrences = |space: &Space| space.layout().slots.iter().filter(|axis| is_dimension(axis)).count();
    let inputs = || signature.inputs.iter().map(|input| &input.space);
    signature.axes.iter().filter(|axis| axis.dimension == *dimension).all(|axis| axis.group.is_label())
        && inputs()
            .chain([&signature.output])
            .all(|space| occurrences(space) == usize::from(outermost(space)))
        && inputs().any(outermost)
}

impl GroupHead {
    /// Binds the group to the types of a function whose const generics are `generics`.
    ///
    /// # Errors
    /// All mistakes, each one sentence at the offending token.
    pub fn function(self, generics: &[Ident], function: &syn::Signature) -> Result<RustSignature> {
        let mut reader = Reader::new(&self.factors, generics);
        let mut errors = None;
        let mut inputs = Vec::new();
        for argument in &function.inputs {
            match reader.input(argument) {
                Ok(input) => inputs.push(input),
                Err(error) => collect(&mut errors, error),
            }
        }
        let sliced = reader.run_time.len();
        let output = match &function.output {
            ReturnType::Type(_, ty) => reader.family(ty).and_then(|space| match reader.run_time.get(sliced) {
                None => Ok(space),
                Some(length) => Err(mistake!(length.span(), "no input has length `{length}`, so that the length of the output is unknown; declare `const {}: \
                         usize`, or use the length of an input",
                        length.unraw().to_string().to_ascii_uppercase())),
            }),
            ReturnType::Default => Err(mistake_at!(&function.ident, "`{}` has no output; write for instance `-> Sym<D>`", function.ident)),
        };
        let output = output.map_err(|error| collect(&mut errors, error)).ok();
        if errors.is_none() {
            reader.check(&mut errors);
        }
        let run_time = reader.run_time;
        if let Some(error) = errors {
            return Err(error);
        }
        let Some(output) = output else {
            return Err(Error::new(function.ident.span(), "the function has no output"));
        };
        let inputs: Vec<(Ident, RawSpace)> = inputs;
        let names = inputs.iter().map(|(name, _)| name.clone()).collect();
        let inputs = inputs.into_iter().map(|(name, space)| RawInput { name: Some(name), space }).collect();
        let raw = RawSignature { group: self.factors, inputs, output, output_tokens: TokenStream::new() };
        let signature = raw.bind()?;
        let extents = signature
            .axes
            .iter()
            .map(|axis| match &axis.dimension {
                Dimension::Literal(value) => Ok(Extent::Literal(*value)),
                Dimension::Symbol(symbol) => {
                    let named =
                        |idents: &[Ident]| idents.iter().find(|ident| ident.unraw() == symbol).cloned();
                    named(generics)
                        .map(Extent::Const)
                        .or_else(|| named(&run_time).map(Extent::RunTime))
                        .ok_or_else(|| mistake!(Span::call_site(), "unknown dimension `{symbol}`"))
                }
            })
            .collect::<Result<_>>()?;
        Ok(RustSignature { signature, generics: generics.to_vec(), extents, inputs: names })
    }
}

fn collect(errors: &mut Option<Error>, error: Error) {
    match errors {
        Some(errors) => errors.combine(error),
        None => *errors = Some(error),
    }
}
