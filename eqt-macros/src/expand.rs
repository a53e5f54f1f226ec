//! A declaration to the code of its map.

use eqt_codegen::emit::rust::emit;
use eqt_codegen::{CompiledMap, Declaration};
use eqt_ir::basis::{self, Basis};
use eqt_ir::certify::{Certificate, Doubt};
use eqt_ir::diagram::Exceeded;
use eqt_ir::map::GeneratorForm;
use eqt_ir::map::body::{Used, define};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::parse::Parser;
use syn::{Error, Path};

use crate::ast::{Arguments, Body, Item, Number, Options};
use crate::errors::Errors;
use crate::valid::{self, Bounds, Map};
use crate::{fallback, parse};

/// The whole macro: code, or errors and a fallback.
pub(crate) fn equivariant(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Arguments { head, head_tokens, mut options } = parse::arguments(arguments.clone(), &mut errors);
    let item = parse::shallow(item, &mut errors);
    let Some(item) = errors.ok(item) else {
        return errors.into_tokens();
    };
    let Some(parsed) = errors.ok(parse::item.parse2(item.clone())) else {
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    };
    let map = valid::map(head, &options, &parsed, &mut errors);
    if let (Some(path), Some(_), true) = (unread(&options), &parsed.body, errors.is_empty()) {
        return read(path, arguments, &options, &item);
    }
    let texts: TokenStream = options.used.iter().map(|map| map.tokens.clone()).collect();
    let used = valid::used(std::mem::take(&mut options.used), &mut errors);
    if let (Some(map), true) = (&map, errors.is_empty())
        && let Some(tokens) = errors.ok(compile(map, &options, &parsed, &used, (head_tokens, texts)))
    {
        return tokens;
    }
    let errors = errors.into_tokens();
    let rust = map.as_ref().map(|map| &map.rust);
    let fallback = fallback::expand(&parsed, rust, &options);
    quote!(#errors #fallback)
}

/// The first map that is used but not yet known.
fn unread(options: &Options) -> Option<&Path> {
    let last = |path: &Path| path.segments.last().map(|segment| segment.ident.clone());
    let known = |path: &&Path| options.used.iter().any(|map| Some(&map.name) == last(path).as_ref());
    options.uses.iter().flatten().find(|path| !known(path))
}

/// Has the module of a used map write its definition into the attribute, and starts again: a macro sees no other item.
fn read(path: &Path, arguments: TokenStream, options: &Options, item: &TokenStream) -> TokenStream {
    let mut arguments: Vec<TokenTree> = arguments.into_iter().collect();
    if let [.., TokenTree::Punct(_), TokenTree::Ident(name), TokenTree::Group(_)] = &arguments[..]
        && name == "used"
    {
        arguments.truncate(arguments.len() - 3);
    } else if let Some(TokenTree::Punct(_)) = arguments.last() {
        arguments.pop();
    }
    let used = options.used.iter().map(|map| &map.tokens);
    let crate_path = valid::crate_path(options);
    quote!(#path::definition! { { #crate_path } { #(#arguments)* } { #(#used)* } { #item } })
}

/// The macro by which other maps read the definition of this one.
fn definition(item: &Item, body: &TokenStream, (head, used): (TokenStream, TokenStream)) -> TokenStream {
    let (name, signature) = (&item.signature.ident, &item.signature);
    quote! {
        macro_rules! definition {
            ({ $($path:tt)* } { $($arguments:tt)* } { $($used:tt)* } { $($item:tt)* }) => {
                #[$($path)*::equivariant($($arguments)*, used($($used)* #name { #head } { #signature #body } { #used }))]
                $($item)*
            };
        }
        pub(crate) use definition;
    }
}

fn compile(
    map: &Map,
    options: &Options,
    item: &Item,
    used: &[Used],
    texts: (TokenStream, TokenStream),
) -> syn::Result<TokenStream> {
    let Some(bounds) = &map.bounds else {
        return Err(Error::new(Span::call_site(), "a basis needs a degree"));
    };
    let signature = &map.rust.signature;
    let failed = |error: basis::Error| basis_error(&error, map, options);
    let declaration = declaration(map, options, item);
    let objective = &map.objective;
    let mut more = TokenStream::new();
    let compiled = match bounds {
        Bounds::Basis(bounds) => {
            let basis = Basis::new(signature, bounds).and_then(Basis::require_members).map_err(failed)?;
            CompiledMap::of_basis(&basis, objective)
        }
        Bounds::Generators { degree, limit } => {
            let form = GeneratorForm::new(signature, *degree, *limit).map_err(failed)?;
            CompiledMap::of_generators(form, objective)
        }
        Bounds::Body => {
            let Some(Body { tokens, block }) = &item.body else {
                return Err(Error::new(Span::call_site(), "the function has no body"));
            };
            more = definition(item, tokens, texts);
            let defined = define(&map.rust, block, used)?;
            CompiledMap::of_body(&defined, objective)
                .map_err(|error| Error::new(block.brace_token.span.join(), error))?
        }
    };
    certified(compiled.certificates())?;
    let map = emit(&declaration, &compiled, &more);
    let guard = version_guard(&declaration.crate_path);
    Ok(quote!(#guard #map))
}

/// That no certificate fails. What a budget does not allow to try is no failure; `eqt check` says so.
fn certified(certificates: Vec<Certificate>) -> syn::Result<()> {
    let fails = |certificate: &Certificate| matches!(certificate.outcome, Err(Doubt::Wrong(_)));
    match certificates.into_iter().find(fails) {
        None => Ok(()),
        Some(broken) => {
            Err(Error::new(Span::call_site(), format!("{broken}; this is a defect of eqt, please report it")))
        }
    }
}

/// An error of the basis at the token that it is about.
fn basis_error(error: &basis::Error, map: &Map, options: &Options) -> Error {
    let option = |number: &Option<Number>| match number {
        Some(number) => number.literal.to_token_stream(),
        None => degree(options),
    };
    match error {
        basis::Error::Bound => Error::new_spanned(
            &options.generators,
            "no degree bound is known for the generators of this signature; add `degree <= k` for those up to degree k",
        ),
        basis::Error::Unreachable { .. } => Error::new_spanned(&map.output, error),
        basis::Error::Limit(limit) if limit.exceeded != Exceeded::Degree => {
            Error::new_spanned(option(&options.limit), error)
        }
        basis::Error::TooLarge { .. } | basis::Error::Multilinear { .. } => {
            Error::new_spanned(option(&options.limit), error)
        }
        basis::Error::Labels { .. } => Error::new_spanned(option(&options.labels), error),
        basis::Error::Molien(_) => Error::new_spanned(degree(options), format!("{error}; lower the degree")),
        _ => Error::new_spanned(degree(options), error),
    }
}

/// The number of the option `degree`, or the option that stands for it.
fn degree(options: &Options) -> TokenStream {
    match &options.degree {
        Some(degree) => degree.number.literal.to_token_stream(),
        None => options.generators.to_token_stream(),
    }
}

fn declaration(map: &Map, options: &Options, item: &Item) -> Declaration {
    Declaration {
        attributes: item.attributes.iter().map(ToTokens::to_token_stream).collect(),
        visibility: item.visibility.to_token_stream(),
        name: item.signature.ident.clone(),
        generics: map.rust.generics.clone(),
        extents: map.rust.extents.clone(),
        inputs: map.rust.inputs.clone(),
        crate_path: valid::crate_path(options),
        sizes: map.objective.sizes.clone(),
    }
}

/// An item that names the version of this macro in the crate `eqt`, so that the two cannot drift apart.
fn version_guard(crate_path: &TokenStream) -> TokenStream {
    let version = format_ident!("MACROS_{}", env!("CARGO_PKG_VERSION").replace(['.', '-', '+'], "_"));
    quote!(const _: () = #crate_path::__private::#version;)
}
