//! The small parts of types: names of inputs, dimensions, ranks.

use syn::ext::IdentExt;
use syn::{
    Error, Expr, ExprLit, GenericArgument, Ident, Lit, LitInt, Pat, PatType, Path, Result, Stmt, Type,
};

use super::MAX_RANK;
use crate::group::{Dimension, WrittenDimension};

pub(super) fn input_name(typed: &PatType) -> Result<Ident> {
    if let Some(attribute) = typed.attrs.first() {
        return Err(Error::new_spanned(
            attribute,
            "attributes on inputs are not supported; put them on the function",
        ));
    }
    match &*typed.pat {
        Pat::Ident(pattern) => match (&pattern.by_ref, &pattern.mutability, &pattern.subpat) {
            (None, None, None) => Ok(pattern.ident.clone()),
            (None, Some(_), None) => {
                Err(mistake_at!(pattern, "an input is not `mut`; write `{}`", pattern.ident))
            }
            _ => Err(mistake_at!(pattern, "an input is a plain name; write `{}`", pattern.ident)),
        },
        Pat::Wild(wild) => Err(Error::new_spanned(wild, "an input needs a name, which its gradient carries")),
        pattern => Err(Error::new_spanned(pattern, "an input is a plain name, not a pattern")),
    }
}

pub(super) const DIMENSION: &str =
    "a dimension is a number or a const generic of the function; expressions are not evaluated";

pub(super) fn expect<'a, const N: usize>(
    path: &Path,
    arguments: &[&'a GenericArgument],
    what: &str,
    usage: &str,
) -> Result<[&'a GenericArgument; N]> {
    <[&GenericArgument; N]>::try_from(arguments).map_err(|_| {
        if let (Some(GenericArgument::Type(extra)), true) = (arguments.get(N), arguments.len() == N + 1) {
            return mistake_at!(extra, "the types of a signature carry no scalar type; write `{usage}`: the emitted function is generic \
                     in the scalar");
        }
        mistake_at!(path, "`{usage}` takes {what}")
    })
}

pub(super) fn rank_argument(argument: &GenericArgument) -> Result<usize> {
    let error = |tokens: &GenericArgument| {
        mistake_at!(tokens, "a rank is a number from 1 to {MAX_RANK}, as in `Tensor<3, D>`")
    };
    match argument {
        GenericArgument::Const(expression) => literal_of(expression)
            .filter(|literal| literal.suffix().is_empty())
            .and_then(|literal| literal.base10_parse().ok())
            .filter(|rank| (1..=MAX_RANK).contains(rank))
            .ok_or_else(|| error(argument)),
        _ => Err(error(argument)),
    }
}

pub(super) fn literal_dimension(literal: &LitInt) -> Result<WrittenDimension> {
    if !matches!(literal.suffix(), "" | "usize") {
        return Err(mistake!(
            literal.span(),
            "expected a dimension, found `{literal}`; write `{}`",
            literal.base10_digits()
        ));
    }
    let value = literal
        .base10_digits()
        .parse::<u32>()
        .map_err(|_| Error::new(literal.span(), "a literal dimension must be below 2^32"))?;
    Ok(WrittenDimension { dimension: Dimension::Literal(value as usize), span: literal.span() })
}

pub(super) fn symbol(name: &Ident) -> Result<WrittenDimension> {
    let text = name.unraw().to_string();
    if !text.is_ascii() {
        return Err(Error::new(name.span(), "a dimension symbol must be an ASCII name"));
    }
    Ok(WrittenDimension { dimension: Dimension::Symbol(text), span: name.span() })
}

pub(super) fn is_lower_case(name: &Ident) -> bool {
    is_lower_case_name(&name.to_string())
}

pub(super) fn is_lower_case_name(name: &str) -> bool {
    !name.chars().any(char::is_uppercase)
}

/// The expression inside braces, parentheses and invisible groups.
fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(inner) => bare(&inner.expr),
        Expr::Group(inner) => bare(&inner.expr),
        Expr::Block(block) => match &block.block.stmts[..] {
            [Stmt::Expr(inner, None)] => bare(inner),
            _ => expression,
        },
        _ => expression,
    }
}

pub(super) fn literal_of(expression: &Expr) -> Option<&LitInt> {
    match bare(expression) {
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => Some(literal),
        _ => None,
    }
}

pub(super) fn name_of(expression: &Expr) -> Option<&Ident> {
    match bare(expression) {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}

pub(super) fn type_name(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Group(ty) => type_name(&ty.elem),
        Type::Paren(ty) => type_name(&ty.elem),
        Type::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}
