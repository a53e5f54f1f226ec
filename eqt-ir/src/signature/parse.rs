//! The grammar of signatures, read from Rust tokens.
//!
//! ```text
//! map    := group ":" [inputs] "->" space
//! group  := factor ("*" factor)*          factor := word "(" dim ("," dim)* [";" tokens] ")" | "1"
//! inputs := input ("," input)*            input  := [name ":"] space
//! space  := atom ("(x)" atom)*            atom   := "pseudo" atom | "(" space ")" ["^" label] | "R" | "R^" dim
//!                                                  | "S^" dim | ("T^" | "Sym^" | "Sym0^" | "Alt^") k "(R^" dim ")"
//! ```
//!
//! The words of factors are those of the [`REGISTRY`]: `O(d)`, `SO(d)`, `O(p,q)`, `SO(p,q)`, `Sp(d)`, `S(n)`. Text goes
//! through the same parser: U+2297, which is no Rust token, is read as `(x)`.

use std::str::FromStr;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Error, Ident, LitInt, Result, Token, parenthesized, token};

use super::bind::{RawFactor, RawInput, RawSignature, RawSpace};
use super::{Dimension, Signature, SlotSymmetry};
use crate::group::{Entry, REGISTRY, Written, WrittenDimension, example, usages};

/// The most slots that one tensor factor may have.
pub const MAX_RANK: usize = 32;

/// The most levels that spaces nest, and brackets in general.
pub const MAX_NESTING: usize = 32;

/// The most factors of one tensor product.
const MAX_FACTORS: usize = 256;

fn too_deep(span: Span) -> Error {
    mistake!(span, "nested more than {MAX_NESTING} levels deep")
}

/// Whether brackets (and angles, as of nested types) are within [`MAX_NESTING`], so that what is read by recursion does
/// not overflow the stack.
///
/// # Errors
/// At the first token that is too deep.
pub fn check_nesting(tokens: &TokenStream) -> Result<()> {
    // Of every open bracket the tokens left and the angles open in it.
    let mut levels = vec![(tokens.clone().into_iter(), 0_usize)];
    let mut angles = 0;
    let mut after_dash = false;
    while let Some((rest, inside)) = levels.last_mut() {
        let Some(token) = rest.next() else {
            angles -= *inside;
            levels.pop();
            continue;
        };
        let dash = matches!(&token, TokenTree::Punct(punct) if matches!(punct.as_char(), '-' | '='));
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => {
                *inside += 1;
                angles += 1;
            }
            // Not of `->` and `=>`.
            TokenTree::Punct(punct) if punct.as_char() == '>' && !after_dash && *inside > 0 => {
                *inside -= 1;
                angles -= 1;
            }
            TokenTree::Group(group) => levels.push((group.stream().into_iter(), 0)),
            _ => {}
        }
        after_dash = dash;
        if levels.len() + angles > MAX_NESTING + 1 {
            return Err(too_deep(token.span()));
        }
    }
    Ok(())
}

/// Reads a signature from text.
///
/// # Errors
/// One sentence at the offending token: [`Error::span`] gives line and column if `proc-macro2` keeps locations.
pub fn parse_signature(text: &str) -> Result<Signature> {
    parse_signature_with(REGISTRY, text)
}

/// Reads a signature from text, with the groups of another registry.
///
/// # Errors
/// As of [`parse_signature`].
pub fn parse_signature_with(registry: &[Entry], text: &str) -> Result<Signature> {
    // One character for one, so that columns stay true.
    let text = text.replace('\u{2297}', "@");
    let tokens = TokenStream::from_str(&text)
        .map_err(|error| mistake!(error.span(), "cannot read the signature: {error}"))?;
    read(registry, tokens)
}

/// Reads a signature from tokens.
///
/// # Errors
/// One sentence at the offending token.
pub fn parse_signature_tokens(tokens: TokenStream) -> Result<Signature> {
    read(REGISTRY, tokens)
}

fn read(registry: &[Entry], tokens: TokenStream) -> Result<Signature> {
    check_nesting(&tokens)?;
    (|input: ParseStream<'_>| raw_signature(registry, input)).parse2(tokens)?.bind()
}

/// A group, `O(d) * S(n)`, as in the first argument of the attribute.
pub(crate) fn raw_group(registry: &[Entry], input: ParseStream<'_>) -> Result<Vec<RawFactor>> {
    let mut factors = vec![raw_factor(registry, input)?];
    while input.peek(Token![*]) {
        input.parse::<Token![*]>()?;
        factors.push(raw_factor(registry, input)?);
    }
    Ok(factors)
}

/// A whole signature; stops before a comma that follows the output.
fn raw_signature(registry: &[Entry], input: ParseStream<'_>) -> Result<RawSignature> {
    let for_instance = format!("`{}: R^d -> S^d`", example("d"));
    if input.is_empty() {
        let message = format!("expected a signature, for instance {for_instance}");
        return Err(Error::new(Span::call_site(), message));
    }
    let group = raw_group(registry, input)?;
    if !input.peek(Token![:]) {
        return Err(input.error(format!("expected `:` after the group, as in {for_instance}")));
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
    let output = raw_space(input, 0)?;
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

fn raw_factor(registry: &[Entry], input: ParseStream<'_>) -> Result<RawFactor> {
    if input.peek(LitInt) {
        let literal: LitInt = input.parse()?;
        return match literal.base10_digits() {
            "1" => Ok(RawFactor::trivial(literal.span())),
            _ => Err(Error::new(literal.span(), "expected a group; the trivial group is written `1`")),
        };
    }
    let name = input
        .call(Ident::parse_any)
        .map_err(|error| mistake!(error.span(), "expected a group: {}", usages(registry, "or")))?;
    let entries = || registry.iter().filter(|entry| name == entry.word);
    let Some(most) = entries().map(|entry| entry.dimensions).max() else {
        let known = usages(registry, "and");
        return Err(mistake!(name.span(), "unknown group `{name}`; the groups are {known}"));
    };
    if !input.peek(token::Paren) {
        return Err(mistake!(name.span(), "expected `{name}(d)` with the dimension it acts on"));
    }
    let content;
    parenthesized!(content in input);
    let mut dimensions = vec![content.parse::<WrittenDimension>()?];
    while content.peek(Token![,]) {
        content.parse::<Token![,]>()?;
        let dimension: WrittenDimension = content.parse()?;
        if dimensions.len() == most {
            let takes = if most == 1 { "one dimension".to_owned() } else { format!("{most} dimensions") };
            return Err(mistake!(dimension.span, "`{name}` takes {takes}"));
        }
        dimensions.push(dimension);
    }
    let entry = entries().find(|entry| entry.dimensions == dimensions.len());
    let mut more = TokenStream::new();
    if entry.is_some_and(|entry| entry.more) && content.peek(Token![;]) {
        content.parse::<Token![;]>()?;
        more = content.parse()?;
    }
    if !content.is_empty() {
        return Err(content.error(format!("expected `)` after the dimension of `{name}`")));
    }
    let Some(entry) = entry else {
        let message = format!("`{name}` does not take {} dimensions", dimensions.len());
        return Err(Error::new(name.span(), message));
    };
    let written = Written { word: name.to_string(), span: name.span(), dimensions, more };
    Ok(RawFactor { factor: Some((entry.read)(&written)), dimensions: written.dimensions, span: written.span })
}

impl Parse for WrittenDimension {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitInt) {
            let literal: LitInt = input.parse()?;
            if !literal.suffix().is_empty() {
                return Err(mistake!(
                    literal.span(),
                    "expected a dimension, found `{literal}`; write `{}`",
                    literal.base10_digits()
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
            Ok(WrittenDimension { dimension: Dimension::Literal(value as usize), span: literal.span() })
        } else if input.peek(Ident::peek_any) {
            let ident = input.call(Ident::parse_any)?;
            let name = ident.unraw().to_string();
            if !name.is_ascii() {
                return Err(Error::new(ident.span(), "a dimension symbol must be an ASCII name"));
            }
            Ok(WrittenDimension { dimension: Dimension::Symbol(name), span: ident.span() })
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
        Ok(RawInput { name, space: raw_space(input, 0)? })
    }
}

fn raw_space(input: ParseStream<'_>, depth: usize) -> Result<RawSpace> {
    let mut space = raw_atom(input, depth)?;
    for factors in 2.. {
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
            break;
        }
        if factors > MAX_FACTORS {
            return Err(input.error(format!("a tensor product of more than {MAX_FACTORS} factors")));
        }
        space = RawSpace::Product(Box::new(space), Box::new(raw_atom(input, depth)?));
    }
    Ok(space)
}

const SPACES: &str = "expected a space: R, R^d, S^d, T^k(R^d), Sym^k(R^d), Sym0^k(R^d), Alt^k(R^d), pseudo X, \
                      X (x) Y or (X)^n";

/// A factor of a tensor product, inside `depth` other spaces.
fn raw_atom(input: ParseStream<'_>, depth: usize) -> Result<RawSpace> {
    if depth > MAX_NESTING {
        return Err(too_deep(input.span()));
    }
    if input.peek(token::Paren) {
        let content;
        let paren = parenthesized!(content in input);
        if content.is_empty() {
            return Err(Error::new(paren.span.join(), SPACES));
        }
        let mut space = raw_space(&content, depth + 1)?;
        if !content.is_empty() {
            return Err(content.error("expected `)` or `(x)` after the space"));
        }
        for levels in depth.. {
            if !input.peek(Token![^]) {
                break;
            }
            let power = input.parse::<Token![^]>()?;
            if levels > MAX_NESTING {
                return Err(too_deep(power.span));
            }
            space = RawSpace::Family { member: Box::new(space), label: input.parse()? };
        }
        return Ok(space);
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error(SPACES));
    }
    let name = input.call(Ident::parse_any)?;
    match name.to_string().as_str() {
        "pseudo" => Ok(RawSpace::Pseudo { space: Box::new(raw_atom(input, depth + 1)?), span: name.span() }),
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
        _ => Err(mistake!(name.span(), "unknown space `{name}`; {SPACES}")),
    }
}

fn expect_power(input: ParseStream<'_>, name: &Ident, example: &str) -> Result<()> {
    if !input.peek(Token![^]) {
        return Err(mistake!(name.span(), "expected `{example}`"));
    }
    input.parse::<Token![^]>().map(|_| ())
}

fn raw_tensor(input: ParseStream<'_>, name: &Ident, symmetry: SlotSymmetry) -> Result<RawSpace> {
    let example = format!("{name}^k(R^d)");
    expect_power(input, name, &example)?;
    let literal: LitInt = input
        .parse()
        .map_err(|error| mistake!(error.span(), "expected a literal rank k, as in `{example}`"))?;
    let rank = rank_of(&literal)?;
    if !input.peek(token::Paren) {
        return Err(input.error(format!("expected `(R^d)`, as in `{example}`")));
    }
    let content;
    parenthesized!(content in input);
    let inner: Ident = content
        .call(Ident::parse_any)
        .map_err(|error| mistake!(error.span(), "expected `R^d`, as in `{example}`"))?;
    if inner != "R" || !content.peek(Token![^]) {
        return Err(mistake!(
            inner.span(),
            "powers are taken of `R^d` only, as in `{example}`; powers of other spaces are not in the grammar"
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
        _ => Err(mistake!(literal.span(), "a rank must be a number from 0 to {MAX_RANK}")),
    }
}
