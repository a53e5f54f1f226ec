//! The grammar of signatures, read from Rust tokens.
//!
//! ```text
//! map    := group ":" [inputs] "->" space
//! group  := factor ("*" factor)*          factor := O(d) | SO(d) | O(p,q) | SO(p,q) | Sp(d) | S(n) | 1
//! inputs := input ("," input)*            input  := [name ":"] space
//! space  := atom ("(x)" atom)*            atom   := "pseudo" atom | "(" space ")" ["^" label] | "R" | "R^" dim
//!                                                  | "S^" dim | ("T^" | "Sym^" | "Sym0^" | "Alt^") k "(R^" dim ")"
//! ```
//!
//! Text goes through the same parser: U+2297, which is no Rust token, is read as `(x)`.

use std::str::FromStr;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Error, Ident, LitInt, Result, Token, parenthesized, token};

use super::bind::{RawDimension, RawFactor, RawGroup, RawInput, RawSignature, RawSpace};
use super::{Dimension, Signature, SlotSymmetry};

/// The most slots that one tensor factor may have.
pub const MAX_RANK: usize = 32;

/// Reads a signature from text.
///
/// # Errors
/// One sentence at the offending token: [`Error::span`] gives line and column if `proc-macro2` keeps locations.
pub fn parse_signature(text: &str) -> Result<Signature> {
    // One character for one, so that columns stay true.
    let text = text.replace('\u{2297}', "@");
    let tokens = TokenStream::from_str(&text)
        .map_err(|error| Error::new(error.span(), format!("cannot read the signature: {error}")))?;
    parse_signature_tokens(tokens)
}

/// Reads a signature from tokens.
///
/// # Errors
/// One sentence at the offending token.
pub fn parse_signature_tokens(tokens: TokenStream) -> Result<Signature> {
    raw_signature.parse2(tokens)?.bind()
}

/// A group, `O(d) * S(n)`, as in the first argument of the attribute.
pub(crate) fn raw_group(input: ParseStream<'_>) -> Result<Vec<RawFactor>> {
    let mut factors = vec![input.parse::<RawFactor>()?];
    while input.peek(Token![*]) {
        input.parse::<Token![*]>()?;
        factors.push(input.parse()?);
    }
    Ok(factors)
}

/// A whole signature; stops before a comma that follows the output.
pub(crate) fn raw_signature(input: ParseStream<'_>) -> Result<RawSignature> {
    if input.is_empty() {
        return Err(Error::new(Span::call_site(), "expected a signature, for instance `O(d): R^d -> S^d`"));
    }
    let group = raw_group(input)?;
    if !input.peek(Token![:]) {
        return Err(input.error("expected `:` after the group, as in `O(d): R^d -> S^d`"));
    }
    input.parse::<Token![:]>()?;
    raw_map(input, group)
}

/// `[inputs] -> space`, after a group and its colon.
pub(crate) fn raw_map(input: ParseStream<'_>, group: Vec<RawFactor>) -> Result<RawSignature> {
    let mut inputs = Vec::new();
    while !input.peek(Token![->]) {
        if input.is_empty() {
            return Err(input.error("expected `->` and the output space"));
        }
        inputs.push(input.parse::<RawInput>()?);
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
            if input.peek(Token![->]) {
                return Err(input.error("expected an input space after the comma"));
            }
        } else if !input.peek(Token![->]) {
            return Err(input.error("expected `,` and a further input, or `->` and the output space"));
        }
    }
    input.parse::<Token![->]>()?;
    if input.is_empty() {
        return Err(input.error("expected the output space after `->`, for instance `S^d`"));
    }
    let output_start = input.fork();
    let output = raw_space(input)?;
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(input.error("expected the end of the signature"));
    }
    let output_tokens = tokens_between(&output_start, input)?;
    Ok(RawSignature { group, inputs, output, output_tokens })
}

/// The tokens that `end` has advanced over since it was where `start` is.
fn tokens_between(start: ParseStream<'_>, end: ParseStream<'_>) -> Result<TokenStream> {
    let mut tokens = Vec::<TokenTree>::new();
    while start.cursor() != end.cursor() {
        tokens.push(start.parse()?);
    }
    Ok(tokens.into_iter().collect())
}

impl Parse for RawFactor {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitInt) {
            let literal: LitInt = input.parse()?;
            return match literal.base10_digits() {
                "1" => Ok(RawFactor { group: RawGroup::Trivial, span: literal.span() }),
                _ => Err(Error::new(literal.span(), "expected a group; the trivial group is written `1`")),
            };
        }
        let name = input.call(Ident::parse_any).map_err(|error| {
            Error::new(error.span(), "expected a group: O(d), SO(d), O(p,q), SO(p,q), Sp(d), S(n) or 1")
        })?;
        if !["O", "SO", "Sp", "S"].iter().any(|known| name == known) {
            return Err(Error::new(
                name.span(),
                format!(
                    "unknown group `{name}`; the groups are O(d), SO(d), O(p,q), SO(p,q), Sp(d), S(n) and 1"
                ),
            ));
        }
        if !input.peek(token::Paren) {
            return Err(Error::new(
                name.span(),
                format!("expected `{name}(d)` with the dimension it acts on"),
            ));
        }
        let content;
        parenthesized!(content in input);
        let first: RawDimension = content.parse()?;
        let second: Option<RawDimension> = if content.peek(Token![,]) {
            content.parse::<Token![,]>()?;
            Some(content.parse()?)
        } else {
            None
        };
        if !content.is_empty() {
            return Err(content.error(format!("expected `)` after the dimension of `{name}`")));
        }
        let group = match (name.to_string().as_str(), second) {
            ("O", None) => RawGroup::Orthogonal { special: false, dimension: first },
            ("SO", None) => RawGroup::Orthogonal { special: true, dimension: first },
            ("O", Some(q)) => RawGroup::Indefinite { special: false, p: first, q },
            ("SO", Some(q)) => RawGroup::Indefinite { special: true, p: first, q },
            ("Sp", None) => RawGroup::Symplectic { dimension: first },
            ("S", None) => RawGroup::Symmetric { dimension: first },
            (_, Some(extra)) => {
                return Err(Error::new(extra.span, format!("`{name}` takes one dimension")));
            }
            (_, None) => return Err(Error::new(name.span(), format!("unknown group `{name}`"))),
        };
        Ok(RawFactor { group, span: name.span() })
    }
}

impl Parse for RawDimension {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitInt) {
            let literal: LitInt = input.parse()?;
            if !literal.suffix().is_empty() {
                return Err(Error::new(
                    literal.span(),
                    format!("expected a dimension, found `{literal}`; write `{}`", literal.base10_digits()),
                ));
            }
            let value = literal.base10_parse::<u32>().map_err(|_| {
                let mistake = if literal.base10_digits().starts_with('-') {
                    "a dimension is a symbol or a number from 0 on"
                } else {
                    "a literal dimension must be below 2^32"
                };
                Error::new(literal.span(), mistake)
            })?;
            Ok(RawDimension { dimension: Dimension::Literal(value as usize), span: literal.span() })
        } else if input.peek(Ident::peek_any) {
            let ident = input.call(Ident::parse_any)?;
            let name = ident.unraw().to_string();
            if !name.is_ascii() {
                return Err(Error::new(ident.span(), "a dimension symbol must be an ASCII name"));
            }
            Ok(RawDimension { dimension: Dimension::Symbol(name), span: ident.span() })
        } else {
            Err(input.error("expected a dimension: a number or a symbol such as `d`"))
        }
    }
}

impl Parse for RawInput {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = if input.peek(Ident::peek_any) && input.peek2(Token![:]) {
            let name = input.call(Ident::parse_any)?;
            input.parse::<Token![:]>()?;
            Some(name)
        } else {
            None
        };
        Ok(RawInput { name, space: raw_space(input)? })
    }
}

fn raw_space(input: ParseStream<'_>) -> Result<RawSpace> {
    let mut space = raw_atom(input)?;
    loop {
        if input.peek(Token![@]) {
            input.parse::<Token![@]>()?;
        } else if input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            let times: Ident = content
                .parse()
                .map_err(|error| Error::new(error.span(), "expected `(x)`, the tensor product of spaces"))?;
            if times != "x" || !content.is_empty() {
                return Err(Error::new(times.span(), "expected `(x)`, the tensor product of spaces"));
            }
        } else {
            return Ok(space);
        }
        space = RawSpace::Product(Box::new(space), Box::new(raw_atom(input)?));
    }
}

const SPACES: &str = "expected a space: R, R^d, S^d, T^k(R^d), Sym^k(R^d), Sym0^k(R^d), Alt^k(R^d), pseudo X, \
                      X (x) Y or (X)^n";

fn raw_atom(input: ParseStream<'_>) -> Result<RawSpace> {
    if input.peek(token::Paren) {
        let content;
        let paren = parenthesized!(content in input);
        if content.is_empty() {
            return Err(Error::new(paren.span.join(), SPACES));
        }
        let member = raw_space(&content)?;
        if !content.is_empty() {
            return Err(content.error("expected `)` or `(x)` after the space"));
        }
        let mut space = member;
        while input.peek(Token![^]) {
            input.parse::<Token![^]>()?;
            space = RawSpace::Family { member: Box::new(space), label: input.parse()? };
        }
        return Ok(space);
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error(SPACES));
    }
    let name = input.call(Ident::parse_any)?;
    match name.to_string().as_str() {
        "pseudo" => Ok(RawSpace::Pseudo { space: Box::new(raw_atom(input)?), span: name.span() }),
        "R" if input.peek(Token![^]) => {
            input.parse::<Token![^]>()?;
            Ok(RawSpace::Vector(input.parse()?))
        }
        "R" => Ok(RawSpace::Scalar),
        "S" => {
            expect_power(input, &name, "S^d")?;
            let dimension = input.parse()?;
            Ok(RawSpace::Tensor { dimension, rank: 2, symmetry: SlotSymmetry::Symmetric, span: name.span() })
        }
        "T" => raw_tensor(input, &name, SlotSymmetry::General),
        "Sym" => raw_tensor(input, &name, SlotSymmetry::Symmetric),
        "Sym0" => raw_tensor(input, &name, SlotSymmetry::Traceless),
        "Alt" => raw_tensor(input, &name, SlotSymmetry::Alternating),
        _ => Err(Error::new(name.span(), format!("unknown space `{name}`; {SPACES}"))),
    }
}

fn expect_power(input: ParseStream<'_>, name: &Ident, example: &str) -> Result<()> {
    if !input.peek(Token![^]) {
        return Err(Error::new(name.span(), format!("expected `{example}`")));
    }
    input.parse::<Token![^]>().map(|_| ())
}

fn raw_tensor(input: ParseStream<'_>, name: &Ident, symmetry: SlotSymmetry) -> Result<RawSpace> {
    let example = format!("{name}^k(R^d)");
    expect_power(input, name, &example)?;
    let literal: LitInt = input
        .parse()
        .map_err(|error| Error::new(error.span(), format!("expected a literal rank k, as in `{example}`")))?;
    let rank = rank_of(&literal)?;
    if !input.peek(token::Paren) {
        return Err(input.error(format!("expected `(R^d)`, as in `{example}`")));
    }
    let content;
    parenthesized!(content in input);
    let inner: Ident = content
        .call(Ident::parse_any)
        .map_err(|error| Error::new(error.span(), format!("expected `R^d`, as in `{example}`")))?;
    if inner != "R" || !content.peek(Token![^]) {
        return Err(Error::new(
            inner.span(),
            format!(
                "powers are taken of `R^d` only, as in `{example}`; powers of other spaces are not in the grammar"
            ),
        ));
    }
    content.parse::<Token![^]>()?;
    let dimension = content.parse()?;
    if !content.is_empty() {
        return Err(content.error(format!("powers are taken of `R^d` only, as in `{example}`")));
    }
    Ok(RawSpace::Tensor { dimension, rank, symmetry, span: name.span() })
}

/// A literal rank, within [`MAX_RANK`].
pub(crate) fn rank_of(literal: &LitInt) -> Result<usize> {
    match literal.base10_parse::<usize>() {
        Ok(rank) if rank <= MAX_RANK && literal.suffix().is_empty() => Ok(rank),
        _ => Err(Error::new(literal.span(), format!("a rank must be a number from 0 to {MAX_RANK}"))),
    }
}
