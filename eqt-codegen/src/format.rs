//! Tokens as formatted text, with comments.

use std::fmt;

use proc_macro2::TokenStream;

/// The macro whose invocations stand for comments until the text is formatted.
pub(crate) const COMMENT: &str = "__eqt_comment";

/// The tokens are not a file of Rust: a defect of eqt.
#[derive(Debug)]
pub struct FormatError(syn::Error);

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the emitted code does not parse, a defect of eqt: {}", self.0)
    }
}

impl std::error::Error for FormatError {}

/// Formats items as rustfmt would.
///
/// # Errors
/// If the tokens are not a sequence of items.
pub fn format(tokens: TokenStream) -> Result<String, FormatError> {
    let file = syn::parse2::<syn::File>(tokens).map_err(FormatError)?;
    Ok(with_comments(&prettyplease::unparse(&file)))
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
