//! Bounds on how deep tokens nest and how long operators chain. Procedural macros run on the 8 MiB stack of rustc, without
//! optimisation, and syn's parser is recursive: a level of nesting takes about 16 kB, a link of a chain 130 bytes.

use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};
use syn::{Error, Result};

/// The most levels: brackets, generic arguments, closures, prefix operators.
pub(crate) const MAX_NESTING: usize = 64;
/// The most operators of one expression.
const MAX_CHAIN: usize = 10_000;

/// Levels that a generic argument counts for: parsing it takes twice the stack of an expression in brackets.
const ANGLE: usize = 2;

/// The tokens between two brackets, as far as they are read.
struct Level {
    tokens: proc_macro2::token_stream::IntoIter,
    /// Levels around these tokens.
    around: usize,
    /// Opened since the last `;` by tokens that nest what follows them: `|x|`, `=`, `<`, `return`, ..
    opened: usize,
    /// Of these the angle brackets, which close.
    angles: usize,
    /// Prefix operators in a row, `--x`.
    prefixes: usize,
    /// Brackets and postfix operators in a row, `a[i][j]`.
    postfixes: usize,
    /// Operators since the last `;` or `,`.
    operators: usize,
    /// Whether the last token was half of `->` or `=>`.
    arrow: bool,
}

impl Level {
    fn new(tokens: TokenStream, around: usize) -> Level {
        Level {
            tokens: tokens.into_iter(),
            around,
            opened: 0,
            angles: 0,
            prefixes: 0,
            postfixes: 0,
            operators: 0,
            arrow: false,
        }
    }

    fn depth(&self) -> usize {
        self.around + self.opened + self.angles + self.prefixes + self.postfixes
    }

    fn punctuation(&mut self, character: char, spacing: Spacing) {
        let arrow = std::mem::take(&mut self.arrow);
        self.postfixes = 0;
        match character {
            ';' => (self.opened, self.angles, self.prefixes, self.operators) = (0, 0, 0, 0),
            ',' => (self.prefixes, self.operators) = (0, 0),
            '<' => self.angles += ANGLE,
            '>' if arrow => {}
            '>' => self.angles = self.angles.saturating_sub(ANGLE),
            '|' | '.' | '?' | '\'' => self.opened += 1,
            '=' => {
                self.opened += 1;
                self.arrow = spacing == Spacing::Joint;
            }
            _ => {
                self.operators += 1;
                self.prefixes += 1;
                self.arrow = character == '-' && spacing == Spacing::Joint;
            }
        }
    }

    fn word(&mut self, word: &str) {
        const NESTS: [&str; 12] = [
            "return", "break", "yield", "if", "else", "match", "while", "for", "as", "move", "pseudo", "let",
        ];
        if NESTS.contains(&word) {
            self.opened += 1;
        }
        self.operand();
    }

    fn operand(&mut self) {
        (self.prefixes, self.postfixes, self.arrow) = (0, 0, false);
    }
}

/// Checks tokens before they are parsed; `advice` is what can be done about those that nest too deep.
///
/// # Errors
/// One sentence at the token that goes too far.
pub(crate) fn check(tokens: TokenStream, advice: &str) -> Result<()> {
    let mut levels = vec![Level::new(tokens, 0)];
    while let Some(level) = levels.last_mut() {
        let Some(token) = level.tokens.next() else {
            levels.pop();
            continue;
        };
        let (span, mut inner) = (token.span(), None);
        match token {
            TokenTree::Punct(punct) => level.punctuation(punct.as_char(), punct.spacing()),
            TokenTree::Ident(word) => level.word(&word.to_string()),
            TokenTree::Literal(_) => level.operand(),
            TokenTree::Group(group) => {
                let braces = group.delimiter() == Delimiter::Brace;
                inner = Some(Level::new(group.stream(), level.depth() + 1));
                level.prefixes = 0;
                level.postfixes = if braces { 0 } else { level.postfixes + 1 };
            }
        }
        let depth = inner.as_ref().map_or_else(|| level.depth(), |inner| inner.around);
        bounds(depth, level.operators, span, advice)?;
        levels.extend(inner);
    }
    Ok(())
}

fn bounds(depth: usize, operators: usize, span: Span, advice: &str) -> Result<()> {
    if depth > MAX_NESTING {
        let why = format!("this is nested more than {MAX_NESTING} levels deep; {advice}");
        return Err(Error::new(span, why));
    }
    if operators > MAX_CHAIN {
        let why = format!("one expression has more than {MAX_CHAIN} operators; name parts of it by `let`");
        return Err(Error::new(span, why));
    }
    Ok(())
}
