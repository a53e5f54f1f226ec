//! Tokens as formatted text, with comments.

use std::fmt;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Ident, Item};

use super::COMMENT;

/// The tokens are not a file of Rust: a defect of eqt.
#[derive(Debug)]
pub struct FormatError(syn::Error);

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the emitted code does not parse, a defect of eqt: {}", self.0)
    }
}

impl std::error::Error for FormatError {}

/// The module whose braces stand for those of a macro that holds items, until the text is formatted.
const HOLDER: &str = "__eqt_holder";

/// Formats items as rustfmt would, also those inside the runtime's `with_ndarray!`.
///
/// # Errors
/// If the tokens are not a sequence of items.
pub fn format(tokens: TokenStream) -> Result<String, FormatError> {
    let mut file = syn::parse2::<syn::File>(tokens).map_err(FormatError)?;
    let mut paths = Vec::new();
    open_macros(&mut file.items, &mut paths).map_err(FormatError)?;
    let mut text = with_comments(&prettyplease::unparse(&file));
    for (index, path) in paths.iter().enumerate() {
        text = text.replacen(&format!("mod {HOLDER}{index} {{"), &format!("{path}! {{"), 1);
    }
    Ok(text)
}

/// Replaces macros that hold items by modules, so that their contents are formatted; returns their paths.
fn open_macros(items: &mut [Item], paths: &mut Vec<String>) -> syn::Result<()> {
    for item in items {
        if let Item::Macro(holder) = item
            && holder.mac.path.segments.last().is_some_and(|segment| segment.ident == "with_ndarray")
        {
            let name = Ident::new(&format!("{HOLDER}{}", paths.len()), Span::call_site());
            paths.push(holder.mac.path.to_token_stream().to_string().replace(' ', ""));
            let contents = &holder.mac.tokens;
            *item = syn::parse2(quote!(mod #name { #contents }))?;
        }
        if let Item::Mod(module) = item
            && let Some((_, items)) = &mut module.content
        {
            open_macros(items, paths)?;
        }
    }
    Ok(())
}

/// Turns `__eqt_comment!("text");` into `// text`.
fn with_comments(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(COMMENT) {
        let (before, after) = rest.split_at(start);
        result.push_str(before);
        let Some((comment, end)) = comment(after) else {
            result.push_str(COMMENT);
            rest = &after[COMMENT.len()..];
            continue;
        };
        result.push_str("// ");
        result.push_str(&comment);
        rest = &after[end..];
    }
    result.push_str(rest);
    result
}

/// The text of the comment that an invocation stands for, and where it ends.
fn comment(invocation: &str) -> Option<(String, usize)> {
    let open = invocation.find('"')?;
    let mut escaped = false;
    let close = invocation[open + 1..].char_indices().find_map(|(position, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(open + 1 + position)
    })?;
    let end = close + invocation[close..].find(';')? + 1;
    let literal = syn::parse_str::<syn::LitStr>(&invocation[open..=close]).ok()?;
    Some((literal.value(), end))
}
