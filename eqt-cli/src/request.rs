//! From the command line to a signature, options and sample sizes.

use std::str::FromStr;

use eqt_ir::basis::Options;
use eqt_ir::diagram::DiagramLimit;
use eqt_ir::optimise::Objective;
use eqt_ir::signature::parse::check_nesting;
use eqt_ir::signature::{Dimension, Signature, Sizes, parse_signature_tokens};
use proc_macro2::{Delimiter, Group, Literal, Span, TokenStream, TokenTree};

use crate::arguments::{Assignment, Degrees, Question};
use crate::failure::Failure;

/// A question, understood.
pub(crate) struct Request {
    pub(crate) signature: Signature,
    pub(crate) options: Options,
    /// Sizes at which costs and checks are sampled.
    pub(crate) sizes: Sizes,
    /// Whether multiply-adds are all that programs are chosen by.
    pub(crate) fast: bool,
}

/// Longer signatures are refused: the parser is recursive.
const MAX_SIGNATURE: usize = 4096;

impl Request {
    pub(crate) fn new(question: &Question) -> Result<Request, Failure> {
        let signature = Request::signature(question)?;
        let Some(degrees) = question.degree else {
            return Err(Failure::input(if signature.inputs.is_empty() {
                "--degree is missing; a map without inputs has degree 0 only: write `--degree 0`"
            } else {
                "--degree is missing; write `--degree 4` for all degrees up to 4, or `--degree 2..4`"
            }));
        };
        Request::of_degrees(signature, question, degrees)
    }

    /// By what programs are chosen.
    pub(crate) fn objective(&self) -> Objective {
        Objective { sizes: self.sizes.clone(), fast: self.fast }
    }

    /// The signature with what is set.
    pub(crate) fn signature(question: &Question) -> Result<Signature, Failure> {
        read_signature(&question.signature, &question.set)
    }

    /// A request for these degrees.
    pub(crate) fn of_degrees(
        signature: Signature,
        question: &Question,
        degrees: Degrees,
    ) -> Result<Request, Failure> {
        // Said before the lower degrees are worked through.
        DiagramLimit::check_degree(*degrees.range().end()).map_err(Failure::input)?;
        let options = Options { degrees: degrees.range(), labels: question.labels, limit: question.limit };
        let sizes = sample(&signature, &question.at)?;
        Ok(Request { signature, options, sizes, fast: question.fast })
    }

    /// `O(d): x: R^d -> S^d, degree <= 2`.
    pub(crate) fn title(&self) -> String {
        format!("{}, {}", self.signature, self.options)
    }

    /// `d = 5, n = 100`, or nothing if every size is literal.
    pub(crate) fn sample_text(&self) -> Option<String> {
        let mut named: Vec<String> = Vec::new();
        for id in self.signature.axis_ids() {
            if let Dimension::Symbol(name) = &self.signature.axis(id).dimension {
                let text = format!("{name} = {}", self.sizes.of(id));
                if !named.contains(&text) {
                    named.push(text);
                }
            }
        }
        (!named.is_empty()).then(|| named.join(", "))
    }
}

/// The symbols of a signature in the order of its axes.
fn symbols(signature: &Signature) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for axis in &signature.axes {
        if let Dimension::Symbol(name) = &axis.dimension
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    names
}

fn sample(signature: &Signature, at: &[Assignment]) -> Result<Sizes, Failure> {
    check_names("--at", at, &symbols(signature))?;
    let mut sizes = Sizes::sample(signature, &[]);
    for (size, axis) in sizes.0.iter_mut().zip(&signature.axes) {
        if let Dimension::Symbol(symbol) = &axis.dimension
            && let Some(assignment) = at.iter().find(|assignment| assignment.name == *symbol)
        {
            *size = assignment.size;
            if let Some(constraint) = axis.group.rules().constraint()
                && !axis.group.admits(*size)
            {
                let below = *size - *size % constraint.divisor;
                let above = below.saturating_add(constraint.divisor);
                return Err(Failure::input(format!(
                    "--at {symbol}={size}: {}: {}; write {symbol}={below} or {symbol}={above}",
                    axis.group.text(&axis.dimension),
                    constraint.sentence
                )));
            }
        }
    }
    Ok(sizes)
}

/// Every name is one of the symbols, and occurs once.
fn check_names(option: &str, assignments: &[Assignment], symbols: &[String]) -> Result<(), Failure> {
    for (position, Assignment { name, .. }) in assignments.iter().enumerate() {
        if assignments[..position].iter().any(|other| other.name == *name) {
            return Err(Failure::input(format!("{option} gives `{name}` twice")));
        }
        if !symbols.contains(name) {
            let known = match symbols {
                [] => "all its dimensions are literal".to_owned(),
                [one] => format!("its only symbol is `{one}`"),
                _ => format!("its symbols are `{}`", symbols.join("`, `")),
            };
            return Err(Failure::input(format!("{option}: the signature has no symbol `{name}`; {known}")));
        }
    }
    Ok(())
}

/// Reads a signature, with literals in the place of the symbols that are set.
fn read_signature(text: &str, set: &[Assignment]) -> Result<Signature, Failure> {
    if text.len() > MAX_SIGNATURE {
        return Err(Failure::input(format!("a signature of more than {MAX_SIGNATURE} bytes")));
    }
    // U+2297 is no Rust token; one character for one, so that columns stay true.
    let text = text.replace('\u{2297}', "@");
    let tokens = TokenStream::from_str(&text).map_err(|error| {
        let at = error.span().start();
        let mistake =
            match text.lines().nth(at.line.saturating_sub(1)).and_then(|line| line.chars().nth(at.column)) {
                Some('(') => "this bracket is not closed".to_owned(),
                Some(')') => "this bracket was not opened".to_owned(),
                Some(c) => format!("`{c}` is out of place"),
                None => "a bracket is not closed".to_owned(),
            };
        Failure::Input(located(&text, error.span(), &mistake))
    })?;
    let wrong = |error: syn::Error| Failure::Input(located(&text, error.span(), &error.to_string()));
    check_nesting(&tokens).map_err(wrong)?;
    let mut found = Vec::new();
    let tokens = substitute(tokens, Place::Group, set, &mut found);
    check_names("--set", set, &found)?;
    parse_signature_tokens(tokens).map_err(wrong)
}

/// Which identifiers are dimensions: in the group all that stand in brackets, elsewhere those after `^`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Group,
    GroupBrackets,
    Spaces,
}

/// Puts literals for symbols in the places of dimensions only: an input may have the name of a symbol.
fn substitute(tokens: TokenStream, place: Place, set: &[Assignment], found: &mut Vec<String>) -> TokenStream {
    let mut place = place;
    let mut after_power = false;
    tokens
        .into_iter()
        .map(|token| {
            let is_dimension = place == Place::GroupBrackets || after_power;
            after_power = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '^');
            match token {
                TokenTree::Punct(ref punct) if place == Place::Group && punct.as_char() == ':' => {
                    place = Place::Spaces;
                    token
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                    let inside = if place == Place::Group { Place::GroupBrackets } else { Place::Spaces };
                    let mut replaced =
                        Group::new(Delimiter::Parenthesis, substitute(group.stream(), inside, set, found));
                    replaced.set_span(group.span());
                    replaced.into()
                }
                TokenTree::Ident(ident) if is_dimension => {
                    let name = ident.to_string();
                    let literal = set.iter().find(|assignment| assignment.name == name).map(|assignment| {
                        let mut literal = Literal::usize_unsuffixed(assignment.size);
                        literal.set_span(ident.span());
                        literal
                    });
                    if !found.contains(&name) {
                        found.push(name);
                    }
                    literal.map_or(ident.into(), TokenTree::from)
                }
                other => other,
            }
        })
        .collect()
}

/// The mistake with its place: `column 7, at "Q^3": unknown space`.
fn located(text: &str, span: Span, mistake: &str) -> String {
    let (start, end) = (span.start(), span.end());
    // The end of the text has no place of its own.
    if start == end && start.column == 0 {
        return format!("in the signature: {mistake}");
    }
    let line = text.lines().nth(start.line.saturating_sub(1)).unwrap_or_default();
    let length = if start.line == end.line { end.column.saturating_sub(start.column) } else { usize::MAX };
    let offending: String = line.chars().skip(start.column).take(length).collect();
    let place = match start.line {
        1 => format!("column {}", start.column + 1),
        line => format!("line {line}, column {}", start.column + 1),
    };
    match offending.trim() {
        "" => format!("in the signature, {place}: {mistake}"),
        offending => format!("in the signature, {place}, at `{offending}`: {mistake}"),
    }
}
