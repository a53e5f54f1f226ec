//! Whether a declaration makes sense, and what it means.

use eqt_ir::basis;
use eqt_ir::map::body;
use eqt_ir::optimise::Objective;
use eqt_ir::signature::rust_types::{Extent, Head, RustSignature};
use eqt_ir::signature::{Dimension, Sizes};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Error, GenericParam, Generics, Ident, ReturnType, Safety, Type};

use crate::ast::{Body, Degree, Item, Lowest, Number, Options, UsedMap};
use crate::errors::Errors;

/// A declaration that makes sense.
pub(crate) struct Map {
    /// The signature with its names in Rust.
    pub(crate) rust: RustSignature,
    /// What bounds the basis; absent without a degree.
    pub(crate) bounds: Option<Bounds>,
    /// By what programs are chosen.
    pub(crate) objective: Objective,
    /// The tokens of the output.
    pub(crate) output: TokenStream,
}

/// Which of the two forms a map has, and up to where.
pub(crate) enum Bounds {
    /// All members of a basis.
    Basis(basis::Options),
    /// Generators up to a degree, or, without one, to the bound of a theorem.
    Generators { degree: Option<usize>, limit: usize },
    /// The body says all.
    Body,
}

/// The path of the crate `eqt`.
pub(crate) fn crate_path(options: &Options) -> TokenStream {
    match &options.crate_path {
        Some(path) => path.to_token_stream(),
        None => quote!(::eqt),
    }
}

/// The map that a declaration states. With errors it may still be known well enough for a fallback.
pub(crate) fn map(head: Option<Head>, options: &Options, item: &Item, errors: &mut Errors) -> Option<Map> {
    let whole = matches!(head, Some(Head::Signature(_)));
    let generics = function(item, whole, errors);
    let mut output = match &item.signature.output {
        ReturnType::Type(_, ty) => ty.to_token_stream(),
        ReturnType::Default => item.signature.ident.to_token_stream(),
    };
    let head_known = head.is_some();
    let rust = head.and_then(|head| match head {
        Head::Group(group) => errors.ok(group.function(&generics, &item.signature)),
        Head::Signature(signature) => {
            output = signature.output().clone();
            errors.ok(signature.name())
        }
    });
    let bounds = match &item.body {
        Some(body) => {
            attributes(&body.tokens, errors);
            unbounded(options, errors);
            used_once(options, item, errors);
            Some(Bounds::Body)
        }
        None => bounds(options, head_known, errors),
    };
    let rust = rust?;
    if !names(&rust, errors) {
        return None;
    }
    let sizes = sizes(&rust, options.sizes.as_deref().unwrap_or_default(), errors);
    let objective = Objective { sizes, fast: options.fast.is_some() };
    Some(Map { rust, bounds, objective, output })
}

/// Checks the function but for its types; returns its const generics.
fn function(item: &Item, whole: bool, errors: &mut Errors) -> Vec<Ident> {
    let signature = &item.signature;
    let mut qualifier = |tokens: Option<Span>, text: &str| {
        if let Some(span) = tokens {
            errors.push(Error::new(span, text));
        }
    };
    qualifier(
        signature.constness.map(|token| token.span),
        "a map cannot be `const`, because it is generic in its scalars; remove `const`",
    );
    qualifier(signature.asyncness.map(|token| token.span), "a map only computes; remove `async`");
    qualifier(
        match &signature.safety {
            Safety::Unsafe(token) => Some(token.span),
            Safety::Safe(token) => Some(token.span),
            Safety::Default => None,
        },
        "a map is always safe to call; remove this qualifier",
    );
    qualifier(
        signature.abi.as_ref().map(|abi| abi.extern_token.span),
        "a map is generic, and so has no foreign interface; remove `extern`",
    );
    if let Some(variadic) = &signature.variadic {
        errors.push(Error::new_spanned(
            variadic,
            "a map has a fixed number of inputs; write a family `[X; n]` for many",
        ));
    }
    let again = item.attributes.iter().find(|attribute| {
        attribute.path().segments.last().is_some_and(|segment| segment.ident == "equivariant")
    });
    if let Some(attribute) = again {
        errors.push(Error::new_spanned(
            attribute,
            format!(
                "`{}` has two `#[equivariant]`; a function states one map, so remove one, or declare a second function",
                signature.ident
            ),
        ));
    }
    if whole {
        bare(item, errors);
        return Vec::new();
    }
    const_generics(&signature.generics, errors)
}

/// A function whose signature is in the attribute has none of its own.
fn bare(item: &Item, errors: &mut Errors) {
    let signature = &item.signature;
    let name = &signature.ident;
    let extra = [
        (!signature.generics.params.is_empty()).then(|| signature.generics.to_token_stream()),
        (!signature.inputs.is_empty()).then(|| signature.inputs.to_token_stream()),
        matches!(signature.output, ReturnType::Type(..)).then(|| signature.output.to_token_stream()),
        signature.generics.where_clause.as_ref().map(ToTokens::to_token_stream),
    ];
    if let Some(tokens) = extra.into_iter().flatten().next() {
        errors.push(Error::new_spanned(
            tokens,
            format!("the signature is in the attribute; write `fn {name}();`, or leave only the group in the attribute"),
        ));
    }
}

fn const_generics(generics: &Generics, errors: &mut Errors) -> Vec<Ident> {
    if let Some(clause) = &generics.where_clause {
        errors.push(Error::new_spanned(
            clause,
            "a map is stated by its types alone; remove the `where` clause",
        ));
    }
    let mut names = Vec::new();
    for parameter in &generics.params {
        match parameter {
            GenericParam::Const(generic) => {
                if !is_usize(&generic.ty) {
                    errors.push(Error::new_spanned(&generic.ty, "a dimension is a `usize`"));
                }
                if let Some((_, default)) = &generic.default {
                    errors.push(Error::new_spanned(default, "const generics of functions have no defaults"));
                }
                if let Some(attribute) = generic.attrs.first() {
                    errors.push(Error::new_spanned(
                        attribute,
                        "attributes on const generics are not supported",
                    ));
                }
                names.push(generic.ident.clone());
            }
            GenericParam::Type(generic) => errors.push(Error::new_spanned(
                generic,
                "a map has no type parameters of its own; the emitted function is generic in the scalar",
            )),
            GenericParam::Lifetime(lifetime) => errors.push(Error::new_spanned(
                lifetime,
                "a map has no lifetimes; the emitted function takes its inputs by reference",
            )),
        }
    }
    names
}

fn is_usize(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => {
            path.qself.is_none() && path.path.segments.last().is_some_and(|last| last.ident == "usize")
        }
        Type::Group(group) => is_usize(&group.elem),
        _ => false,
    }
}

/// Attributes inside of a body may change what it means, as `#[cfg(..)]` does, and are not obeyed.
fn attributes(body: &TokenStream, errors: &mut Errors) {
    const HARMLESS: [&str; 5] = ["doc", "allow", "expect", "warn", "rustfmt"];
    let mut tokens = body.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match (token, tokens.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(attribute))) if hash.as_char() == '#' => {
                let name = attribute.stream().into_iter().next().map(|name| name.to_string());
                if !name.is_some_and(|name| HARMLESS.contains(&name.as_str())) {
                    errors.push(Error::new(
                        attribute.span(),
                        "attributes are not obeyed inside of a body; remove this one",
                    ));
                }
            }
            (TokenTree::Group(group), _) => attributes(&group.stream(), errors),
            _ => {}
        }
    }
}

/// A body cannot call the map that it defines, and knows the others by the last name of their path.
fn used_once(options: &Options, item: &Item, errors: &mut Errors) {
    let mut names = vec![&item.signature.ident];
    for path in options.uses.iter().flatten() {
        let Some(name) = path.segments.last().map(|segment| &segment.ident) else { continue };
        if path.get_ident() == Some(names[0]) {
            errors.push(Error::new_spanned(
                path,
                format!("`{name}` cannot use itself: a map is a polynomial, without recursion"),
            ));
        } else if names[1..].contains(&name) {
            errors.push(Error::new_spanned(
                path,
                format!(
                    "there is a `{name}` in this list already: a body calls maps by the last name of their path; remove one, \
                     or rename its function"
                ),
            ));
        }
        names.push(name);
    }
}

/// A map with a body is one map, not the combination of many.
fn unbounded(options: &Options, errors: &mut Errors) {
    for name in &options.given {
        if ["degree", "labels", "limit", "generators"].iter().any(|option| name == option) {
            errors.push(Error::new(
                name.span(),
                format!(
                    "a map with a body is just what the body says; remove `{name}`, or end the declaration with `;` for the \
                     whole basis"
                ),
            ));
        }
    }
}

/// The maps that a body may call.
pub(crate) fn used(maps: Vec<UsedMap>, errors: &mut Errors) -> Vec<body::Used> {
    let mut all = Vec::new();
    for UsedMap { name, head, item, used: inner, .. } in maps {
        let generics = function(&item, matches!(head, Head::Signature(_)), errors);
        let rust = match head {
            Head::Group(group) => group.function(&generics, &item.signature),
            Head::Signature(signature) => signature.name(),
        };
        if let (Some(rust), Some(Body { block: body, .. })) = (errors.ok(rust), item.body) {
            all.push(body::Used { name: name.unraw().to_string(), rust, body, uses: used(inner, errors) });
        }
    }
    all
}

fn bounds(options: &Options, head_known: bool, errors: &mut Errors) -> Option<Bounds> {
    if options.uses.is_some()
        && let Some(name) = options.given.iter().find(|name| *name == "uses")
    {
        errors.push(Error::new(
            name.span(),
            "only a map with a body uses others; remove this, or write a body",
        ));
    }
    let limit = options.limit.as_ref().map_or(basis::Options::LIMIT, |limit| limit.value);
    if options.generators.is_some() {
        if let Some(labels) = &options.labels {
            errors.push(Error::new(
                labels.literal.span(),
                "`labels` bounds the members of a basis; remove it, or `generators`",
            ));
        }
        if let Some(Degree { lowest: Lowest::Same | Lowest::Given(1..), number }) = &options.degree {
            errors.push(Error::new(
                number.literal.span(),
                format!("generators are found from degree 0 on; write `degree <= {}`", number.value),
            ));
        }
        let degree = options.degree.as_ref().map(|degree| degree.number.value);
        return Some(Bounds::Generators { degree, limit });
    }
    let Some(degree) = &options.degree else {
        let attempted = options.given.iter().any(|name| name == "degree") || !head_known;
        if !attempted {
            errors.push(Error::new(
                Span::call_site(),
                "a basis needs a degree; add `degree <= k` for all degrees up to k, or `degree = k` for one",
            ));
        }
        return None;
    };
    let highest = degree.number.value;
    let lowest = match degree.lowest {
        Lowest::Zero => 0,
        Lowest::Same => highest,
        Lowest::Given(lowest) => lowest,
    };
    let labels = options.labels.as_ref().map(|labels| labels.value);
    Some(Bounds::Basis(basis::Options { degrees: lowest..=highest, labels, limit }))
}

/// Inputs that Rust could not tell from something else, and dimensions that upper and lower case alone tell apart; whether
/// a function can have these inputs.
fn names(rust: &RustSignature, errors: &mut Errors) -> bool {
    let mut usable = true;
    for input in &rust.inputs {
        if ["None", "Some", "Ok", "Err"].iter().any(|variant| input == variant) {
            errors.push(Error::new(
                input.span(),
                format!("`{input}` is a pattern of the prelude, so that no argument of Rust can have this name; choose another"),
            ));
            usable = false;
        }
        if rust.generics.contains(input) {
            errors.push(Error::new(
                input.span(),
                format!("an input and a const generic are both named `{input}`; rename one"),
            ));
            usable = false;
        }
    }
    let mut known: Vec<&str> = Vec::new();
    for (axis, extent) in rust.signature.axes.iter().zip(&rust.extents) {
        let (Dimension::Symbol(symbol), Extent::Const(name) | Extent::RunTime(name)) =
            (&axis.dimension, extent)
        else {
            continue;
        };
        if known.contains(&symbol.as_str()) {
            continue;
        }
        if let Some(other) = known.iter().find(|other| other.eq_ignore_ascii_case(symbol)) {
            errors.push(Error::new(
                name.span(),
                format!("`{symbol}` and `{other}` differ only in case; rename one"),
            ));
        }
        known.push(symbol);
    }
    usable
}

fn sizes(rust: &RustSignature, given: &[(Ident, Number)], errors: &mut Errors) -> Sizes {
    let symbols: Vec<String> = rust
        .signature
        .axes
        .iter()
        .filter_map(|axis| match &axis.dimension {
            Dimension::Symbol(name) => Some(format!("`{name}`")),
            Dimension::Literal(_) => None,
        })
        .collect();
    for (name, _) in given {
        if !symbols.iter().any(|symbol| symbol.trim_matches('`').eq_ignore_ascii_case(&name.to_string())) {
            let known = match &symbols[..] {
                [] => "all dimensions of the signature are numbers".to_owned(),
                [one] => format!("the only symbolic dimension is {one}"),
                several => format!("the symbolic dimensions are {}", several.join(", ")),
            };
            errors.push(Error::new(name.span(), format!("no dimension is named `{name}`; {known}")));
        }
    }
    let named: Vec<(String, usize)> =
        given.iter().map(|(name, size)| (name.to_string(), size.value)).collect();
    Sizes::sample(&rust.signature, &named)
}
