//! Loop nests to Rust: a function, and the module of the same name that holds what belongs to it.

use eqt_ir::program::{Compiled, RootKind};
use proc_macro2::TokenStream;
use quote::quote;

use crate::declaration::Declaration;
use crate::lower::{Nest, lower};

mod batch;
mod body;
mod coefficients;
mod context;
mod docs;
mod functions;
mod types;
mod workspace;

use context::Context;

/// The function and its module.
pub fn emit(declaration: &Declaration, compiled: &Compiled) -> TokenStream {
    items(&Context::new(declaration, compiled, false))
}

/// As [`emit`], with placeholders that [`format`](crate::format()) turns into comments. The tokens compile only after that.
pub fn emit_commented(declaration: &Declaration, compiled: &Compiled) -> TokenStream {
    items(&Context::new(declaration, compiled, true))
}

/// The loop nests of all functions.
struct Nests {
    combination: Nest,
    members: Nest,
    gradient: Nest,
    coefficient_gradient: Nest,
}

impl Nests {
    fn new(compiled: &Compiled) -> Nests {
        let is_gradient =
            |kind| matches!(kind, RootKind::InputGradient(_) | RootKind::CoefficientGradient(_));
        Nests {
            combination: lower(&compiled.combination, |kind| kind == RootKind::Combination),
            members: lower(&compiled.members, |kind| matches!(kind, RootKind::Member(_))),
            gradient: lower(&compiled.gradient, is_gradient),
            coefficient_gradient: lower(&compiled.coefficient_gradient, |kind| {
                matches!(kind, RootKind::CoefficientGradient(_))
            }),
        }
    }

    fn permute(&self) -> bool {
        [&self.combination, &self.members, &self.gradient, &self.coefficient_gradient]
            .iter()
            .any(|nest| body::permutes(&nest.body))
    }
}

fn items(context: &Context<'_>) -> TokenStream {
    let nests = Nests::new(context.compiled);
    let outside = context.outside();
    let function = functions::outer(&outside, &nests);
    let module = module(context, &outside.private, &nests);
    let items = quote!(#function #module);
    if !context.has_free_labels() {
        return items;
    }
    // Coefficients are arrays of ndarray.
    let path = &outside.private;
    quote!(#path::with_ndarray! { #items })
}

fn module(context: &Context<'_>, path: &TokenStream, nests: &Nests) -> TokenStream {
    let (name, visibility) = (&context.declaration.name, &context.declaration.visibility);
    let docs = docs::attributes(&docs::module(context));
    let description = docs::description(context);
    let error = functions::length_error(context);
    let coefficients = coefficients::items(context);
    let functions = functions::items(context, nests);
    let batches = batch::items(context, nests);
    let private = &context.private;
    let batches =
        if context.has_free_labels() { batches } else { quote!(#private::with_ndarray! { #batches }) };
    let permutations = nests.permute().then(functions::next_permutation);
    quote! {
        #docs
        #[allow(
            clippy::all,
            clippy::pedantic,
            clippy::nursery,
            dead_code,
            missing_debug_implementations,
            non_snake_case,
            non_upper_case_globals,
            rustdoc::all,
            unreachable_pub,
            unused,
            unused_qualifications
        )]
        #visibility mod #name {
            use #path as eqt;
            use eqt::Scalar as _;

            #description
            #error
            #coefficients
            #functions
            #batches
            #permutations
        }
    }
}
