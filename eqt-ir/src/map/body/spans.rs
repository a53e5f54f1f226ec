//! Where an expression stands, by its first and its last token alone: printing all its tokens, as `Error::new_spanned`
//! does, would take stack for every term of a long sum.

use std::fmt::Display;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Error, Expr, Stmt};

/// A mistake from the first token of an expression to its last.
macro_rules! mistake_in {
    ($expression:expr, $($sentence:tt)+) => {
        $crate::map::body::spans::spanned($expression, format_args!($($sentence)+))
    };
}

/// An error from the first token of an expression to its last.
pub(super) fn spanned(expression: &Expr, why: impl Display) -> Error {
    between(first(expression), last(expression), why)
}

/// As [`spanned`], of a statement.
pub(super) fn spanned_statement(statement: &Stmt, why: impl Display) -> Error {
    match statement {
        Stmt::Expr(expression, None) => spanned(expression, why),
        Stmt::Expr(expression, Some(semicolon)) => between(first(expression), semicolon.span, why),
        Stmt::Local(local) => between(local.let_token.span, local.semi_token.span, why),
        Stmt::Item(_) | Stmt::Macro(_) => Error::new_spanned(statement, why),
    }
}

fn between(start: Span, end: Span, why: impl Display) -> Error {
    let ends = [start, end].map(|span| TokenTree::from(Ident::new("x", span)));
    Error::new_spanned(TokenStream::from_iter(ends), why)
}

fn first(mut expression: &Expr) -> Span {
    loop {
        expression = match expression {
            Expr::Binary(inner) => &inner.left,
            Expr::Index(inner) => &inner.expr,
            Expr::Call(inner) => &inner.func,
            Expr::MethodCall(inner) => &inner.receiver,
            Expr::Field(inner) => &inner.base,
            Expr::Cast(inner) => &inner.expr,
            Expr::Assign(inner) => &inner.left,
            Expr::Paren(inner) => return inner.paren_token.span.open(),
            Expr::Unary(inner) => return span_of(tokens(&inner.op).next()),
            Expr::Closure(inner) => return inner.inputs_begin.span,
            other => return span_of(tokens(other).next()),
        }
    }
}

fn last(mut expression: &Expr) -> Span {
    loop {
        expression = match expression {
            Expr::Binary(inner) => &inner.right,
            Expr::Unary(inner) => &inner.expr,
            Expr::Reference(inner) => &inner.expr,
            Expr::Closure(inner) => &inner.body,
            Expr::Assign(inner) => &inner.right,
            Expr::Index(inner) => return inner.bracket_token.span.close(),
            Expr::Call(inner) => return inner.paren_token.span.close(),
            Expr::MethodCall(inner) => return inner.paren_token.span.close(),
            Expr::Paren(inner) => return inner.paren_token.span.close(),
            other => return span_of(tokens(other).last()),
        }
    }
}

fn tokens(part: &impl ToTokens) -> impl Iterator<Item = TokenTree> {
    part.to_token_stream().into_iter()
}

fn span_of(token: Option<TokenTree>) -> Span {
    token.map_or_else(Span::call_site, |token| token.span())
}
