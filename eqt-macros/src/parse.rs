//! Tokens to [`ast`](crate::ast).

use eqt_ir::group::{example, example_of_labels};
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{
    Attribute, Error, Ident, LitInt, LitStr, Path, Result, Signature, Token, Visibility, braced,
    parenthesized, token,
};

use crate::ast::{Arguments, Body, Degree, Item, Lowest, Number, Options, UsedMap};
use crate::errors::Errors;
use crate::nesting;

const OPTIONS: &str = "`degree <= k`, `degree = k`, `degree = j..k`, `labels <= m`, `limit = n`, `sizes(D = 5, N = 100)`, `fast`, `crate = path`, \
                       `generators` and `uses(f)`";

const NAMES: [&str; 9] =
    ["degree", "labels", "limit", "sizes", "fast", "crate", "generators", "uses", "used"];

/// The arguments of the attribute. After an error in an option the next ones are still read.
pub(crate) fn arguments(tokens: TokenStream, errors: &mut Errors) -> Arguments {
    let mut arguments = Arguments::default();
    if errors.ok(nesting::check(without_used(&tokens), "write a simpler one")).is_none() {
        return arguments;
    }
    let parser = |input: ParseStream<'_>| {
        let start = input.fork();
        arguments.head = errors.ok(head(input));
        arguments.head_tokens = between(&start, input)?;
        if arguments.head.is_none() {
            return skip(input, |_| false);
        }
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            errors.ok(option(input, &mut arguments.options));
            skip(input, |input| input.peek(Token![,]))?;
        }
        Ok(())
    };
    let result = parser.parse2(tokens);
    // After an error inside parentheses, syn reports the rest of them a second time.
    if errors.is_empty() {
        errors.ok(result);
    }
    arguments
}

/// The arguments but for the maps that the macro itself wrote to their end, which are checked one by one.
fn without_used(tokens: &TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    if let [.., TokenTree::Ident(name), TokenTree::Group(_)] = &tokens[..]
        && name == "used"
    {
        tokens.pop();
    }
    tokens.into_iter().collect()
}

/// The tokens that `end` has advanced over since it was where `start` is.
fn between(start: ParseStream<'_>, end: ParseStream<'_>) -> Result<TokenStream> {
    let mut tokens = Vec::<TokenTree>::new();
    while start.cursor() != end.cursor() {
        tokens.push(start.parse()?);
    }
    Ok(tokens.into_iter().collect())
}

/// Passes over tokens up to the first at which `stop`, or all.
fn skip(input: ParseStream<'_>, stop: impl Fn(ParseStream<'_>) -> bool) -> Result<()> {
    while !input.is_empty() && !stop(input) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

fn head(input: ParseStream<'_>) -> Result<eqt_ir::signature::rust_types::Head> {
    if input.is_empty() {
        return Err(Error::new(
            Span::call_site(),
            format!(
                "expected a group and a degree, for instance `#[equivariant({} * {}, degree <= 4)]`",
                example("D"),
                example_of_labels("N")
            ),
        ));
    }
    if let Ok(name) = input.fork().call(Ident::parse_any)
        && NAMES.iter().any(|option| name == option)
    {
        return Err(Error::new(
            name.span(),
            format!("the group stands before the options, as in `{}, degree <= 4`", example("D")),
        ));
    }
    let ahead = input.fork();
    let head = input.parse().map_err(|error| option_before_arrow(&ahead).unwrap_or(error))?;
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(
            input.error("expected `*` and a further factor, `:` and a signature, or `,` and an option")
        );
    }
    Ok(head)
}

/// An option that stands where the output of a signature should: `O(d): R^d, degree <= 2`.
fn option_before_arrow(input: ParseStream<'_>) -> Option<Error> {
    let mut is_signature = false;
    while !input.is_empty() && !input.peek(Token![->]) {
        is_signature |= input.peek(Token![:]);
        let comma = input.peek(Token![,]);
        input.parse::<TokenTree>().ok()?;
        if comma
            && is_signature
            && let Ok(name) = input.fork().call(Ident::parse_any)
            && NAMES.iter().any(|option| name == option)
            && !input.peek2(Token![:])
        {
            return Some(Error::new(name.span(), "expected `->` and the output space before the options"));
        }
    }
    None
}

fn option(input: ParseStream<'_>, options: &mut Options) -> Result<()> {
    let Ok(name) = input.call(Ident::parse_any) else {
        return Err(input.error(format!("expected an option; the options are {OPTIONS}")));
    };
    if options.given.contains(&name) {
        return Err(Error::new(name.span(), format!("the option `{name}` is given twice")));
    }
    if NAMES.iter().all(|option| name != option) {
        return Err(Error::new(name.span(), format!("unknown option `{name}`; the options are {OPTIONS}")));
    }
    options.given.push(name.clone());
    match name.to_string().as_str() {
        "degree" => options.degree = Some(degree(input, &name)?),
        "labels" => {
            compared::<Token![<=]>(input, &name, "labels <= 1")?;
            options.labels = Some(number(input, &name, "labels <= 1")?);
        }
        "limit" => {
            compared::<Token![=]>(input, &name, "limit = 20000")?;
            let limit = number(input, &name, "limit = 20000")?;
            if limit.value == 0 {
                return Err(Error::new(limit.literal.span(), "the limit must be positive"));
            }
            options.limit = Some(limit);
        }
        "sizes" => options.sizes = Some(sizes(input, &name)?),
        "crate" => {
            compared::<Token![=]>(input, &name, "crate = ::eqt")?;
            options.crate_path = Some(crate_path(input)?);
        }
        "uses" => options.uses = Some(uses(input, &name)?),
        "used" => {
            let content;
            parenthesized!(content in input);
            options.used = used(&content)?;
        }
        "fast" => options.fast = Some(name),
        _ => options.generators = Some(name),
    }
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(input.error("expected `,` and a further option, or the end"));
    }
    Ok(())
}

fn degree(input: ParseStream<'_>, name: &Ident) -> Result<Degree> {
    const FORMS: &str = "expected `degree <= k`, `degree = k` or `degree = j..k`";
    let at_most = if input.peek(Token![<=]) {
        input.parse::<Token![<=]>()?;
        true
    } else if input.peek(Token![=]) && !input.peek(Token![==]) && !input.peek(Token![=>]) {
        input.parse::<Token![=]>()?;
        false
    } else if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(name.span(), FORMS));
    } else {
        return Err(input.error(FORMS));
    };
    let first = number(input, name, if at_most { "degree <= 4" } else { "degree = 4" })?;
    if !input.peek(Token![..]) {
        let lowest = if at_most { Lowest::Zero } else { Lowest::Same };
        return Ok(Degree { lowest, number: first });
    }
    if at_most {
        return Err(
            input.error(format!("a range of degrees is written with `=`, `degree = {}..4`", first.value))
        );
    }
    // Both ends are included, as in `eqt basis --degree 1..3`; so they are in `1..=3`.
    if input.peek(Token![..=]) {
        input.parse::<Token![..=]>()?;
    } else if input.peek(Token![...]) {
        return Err(input.error(FORMS));
    } else {
        input.parse::<Token![..]>()?;
    }
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(first.literal.span(), "expected the highest degree, as in `degree = 1..3`"));
    }
    let last = number(input, name, "degree = 1..3")?;
    let (low, high) = (first.value, last.value);
    if low > high {
        let why = format!("no degree is in {low}..{high}; write `degree = {high}..{low}`");
        return Err(Error::new(last.literal.span(), why));
    }
    Ok(Degree { lowest: Lowest::Given(low), number: last })
}

/// The sign between the name of an option and its value.
fn compared<P: syn::parse::Parse>(input: ParseStream<'_>, name: &Ident, usage: &str) -> Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(name.span(), format!("expected a value, as in `{usage}`")));
    }
    let error = input.error(format!("expected `{usage}`"));
    if input.peek(Token![==]) { Err(error) } else { input.parse::<P>().map(|_| ()).map_err(|_| error) }
}

fn number(input: ParseStream<'_>, name: &Ident, usage: &str) -> Result<Number> {
    if input.is_empty() {
        return Err(Error::new(name.span(), format!("expected a number, as in `{usage}`")));
    }
    let literal: LitInt = input
        .parse()
        .map_err(|error| Error::new(error.span(), format!("expected a number, as in `{usage}`")))?;
    if literal.base10_digits().starts_with('-') {
        return Err(Error::new(
            literal.span(),
            format!("`{name}` is not negative; write for instance `{usage}`"),
        ));
    }
    if !literal.suffix().is_empty() {
        return Err(Error::new(
            literal.span(),
            format!("expected a number, as in `{usage}`; write `{}`", literal.base10_digits()),
        ));
    }
    let value = literal
        .base10_parse::<u32>()
        .map_err(|_| Error::new(literal.span(), "the number is too large; it must be below 2^32"))?;
    Ok(Number { value: value as usize, literal })
}

fn sizes(input: ParseStream<'_>, name: &Ident) -> Result<Vec<(Ident, Number)>> {
    if !input.peek(token::Paren) {
        return Err(Error::new(name.span(), "expected a sample of the sizes, as in `sizes(D = 5, N = 100)`"));
    }
    let content;
    parenthesized!(content in input);
    let mut sizes: Vec<(Ident, Number)> = Vec::new();
    while !content.is_empty() {
        let dimension = content.call(Ident::parse_any).map_err(|error| {
            Error::new(error.span(), "expected the name of a dimension, as in `sizes(D = 5, N = 100)`")
        })?;
        compared::<Token![=]>(&content, &dimension, "D = 5")?;
        let size = number(&content, &dimension, "D = 5")?;
        if size.value == 0 {
            return Err(Error::new(size.literal.span(), "a sample size must be positive"));
        }
        if sizes.iter().any(|(other, _)| *other == dimension) {
            return Err(Error::new(dimension.span(), format!("the size of `{dimension}` is given twice")));
        }
        sizes.push((dimension, size));
        if !content.is_empty() {
            content
                .parse::<Token![,]>()
                .map_err(|error| Error::new(error.span(), "expected `,` and a further size, or `)`"))?;
        }
    }
    Ok(sizes)
}

fn crate_path(input: ParseStream<'_>) -> Result<Path> {
    const USAGE: &str =
        "expected the path of the crate `eqt`, as in `crate = ::eqt` or `crate = crate::reexports::eqt`";
    if input.peek(LitStr) {
        return Err(input.error("the path of the crate is written without quotes"));
    }
    let path = input.call(Path::parse_mod_style).map_err(|error| Error::new(error.span(), USAGE))?;
    match path.segments.first() {
        Some(first) if first.ident == "self" || first.ident == "super" => Err(Error::new(
            first.ident.span(),
            "the path must hold in every module; begin it with `::` or `crate::`",
        )),
        Some(_) => Ok(path),
        None => Err(Error::new_spanned(path, USAGE)),
    }
}

fn uses(input: ParseStream<'_>, name: &Ident) -> Result<Vec<Path>> {
    const USAGE: &str = "expected the names of other maps with a body, as in `uses(gram, maps::square)`";
    if !input.peek(token::Paren) {
        return Err(Error::new(name.span(), USAGE));
    }
    let content;
    parenthesized!(content in input);
    let mut paths = Vec::new();
    while !content.is_empty() {
        paths.push(content.call(Path::parse_mod_style).map_err(|error| Error::new(error.span(), USAGE))?);
        if !content.is_empty() {
            content.parse::<Token![,]>().map_err(|error| Error::new(error.span(), USAGE))?;
        }
    }
    if paths.is_empty() { Err(Error::new(name.span(), USAGE)) } else { Ok(paths) }
}

/// `name { head } { function } { what it uses }`, any number of times.
fn used(input: ParseStream<'_>) -> Result<Vec<UsedMap>> {
    let mut maps = Vec::new();
    while !input.is_empty() {
        let start = input.fork();
        let name: Ident = input.call(Ident::parse_any)?;
        let (in_head, in_item, in_used);
        braced!(in_head in input);
        let head = in_head.parse()?;
        braced!(in_item in input);
        let item = item(&in_item)?;
        braced!(in_used in input);
        let used = used(&in_used)?;
        maps.push(UsedMap { name, head, item, used, tokens: between(&start, input)? });
    }
    Ok(maps)
}

/// The annotated function, with or without a body.
pub(crate) fn item(input: ParseStream<'_>) -> Result<Item> {
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility: Visibility = input.parse()?;
    if !is_function(&input.fork())? {
        return Err(input.error(
            "`#[equivariant]` goes on a function, for instance `fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;`",
        ));
    }
    let signature: Signature = input.parse()?;
    let body = match input.peek(token::Brace) {
        true => {
            let tokens = TokenStream::from(input.parse::<TokenTree>()?);
            Some(Body { block: syn::parse2(tokens.clone())?, tokens })
        }
        false => {
            input.parse::<Token![;]>()?;
            None
        }
    };
    Ok(Item { attributes, visibility, signature, body })
}

/// The tokens of an item, shallow enough to be parsed: with an empty body and an error, if that nests too deep.
///
/// # Errors
/// If the rest nests too deep.
pub(crate) fn shallow(item: TokenStream, errors: &mut Errors) -> Result<TokenStream> {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let is_body = |token: &mut TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let body = tokens.pop_if(is_body);
    nesting::check(tokens.iter().cloned().collect(), "write a simpler type")?;
    tokens.extend(body.map(|body| {
        let checked = nesting::check(body.clone().into(), "name the inner part by `let`");
        errors.ok(checked).map_or_else(|| Group::new(Delimiter::Brace, TokenStream::new()).into(), |()| body)
    }));
    Ok(tokens.into_iter().collect())
}

/// Whether qualifiers and `fn` follow.
fn is_function(input: ParseStream<'_>) -> Result<bool> {
    let is_qualifier =
        |name: &Ident| ["const", "async", "unsafe", "safe", "extern"].iter().any(|other| name == other);
    while !input.peek(Token![fn]) {
        if input.peek(LitStr) {
            input.parse::<LitStr>()?;
        } else if !input.peek(Ident::peek_any) || !is_qualifier(&input.call(Ident::parse_any)?) {
            return Ok(false);
        }
    }
    Ok(true)
}
