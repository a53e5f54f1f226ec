//! Loop nests to Rust: a function, and the module of the same name that holds what belongs to it.

use eqt_ir::optimise::{Compiled, CompiledGenerators, Defined};
use eqt_ir::program::RootKind;
use proc_macro2::TokenStream;
use quote::quote;

use crate::declaration::Declaration;
use crate::lower::{Nest, lower};

mod batch;
mod body;
mod coefficients;
mod context;
mod defined;
mod docs;
mod functions;
mod generators;
mod types;
mod workspace;

use context::{Context, Maps};
use workspace::Pool;

/// The macro whose invocations stand for comments until the text is formatted.
pub(crate) const COMMENT: &str = "__eqt_comment";

/// The function and its module.
pub fn emit(declaration: &Declaration, compiled: &Compiled) -> TokenStream {
    items(declaration, compiled, false)
}

/// As [`emit`], with placeholders that `format` turns into comments. The tokens compile only after that.
pub fn emit_commented(declaration: &Declaration, compiled: &Compiled) -> TokenStream {
    items(declaration, compiled, true)
}

/// The function and its module, of the generator form.
pub fn emit_generators(declaration: &Declaration, compiled: &CompiledGenerators) -> TokenStream {
    generators::items(declaration, compiled, false)
}

/// As [`emit_generators`], with placeholders as in [`emit_commented`].
pub fn emit_generators_commented(declaration: &Declaration, compiled: &CompiledGenerators) -> TokenStream {
    generators::items(declaration, compiled, true)
}

/// The function and its module, of a map with a body.
///
/// The module also holds the items in `more`.
pub fn emit_defined(declaration: &Declaration, defined: &Defined, more: &TokenStream) -> TokenStream {
    defined::items(declaration, defined, more, false)
}

/// As [`emit_defined`], with placeholders as in [`emit_commented`].
pub fn emit_defined_commented(declaration: &Declaration, defined: &Defined) -> TokenStream {
    defined::items(declaration, defined, &TokenStream::new(), true)
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

fn items(declaration: &Declaration, compiled: &Compiled, commented: bool) -> TokenStream {
    let context = &Context::new(declaration, Maps::of(compiled), commented);
    let nests = Nests::new(compiled);
    let outside = context.outside();
    let function = functions::outer(&outside, docs::function(&outside, &nests));
    let pool = Pool::new(context);
    let description = docs::description(context);
    let error = functions::is_fallible(context).then(|| functions::length_error(context));
    let coefficients = coefficients::items(context);
    let functions = functions::items(context, &nests, &pool);
    let workspace = pool.items(context);
    let batches = batch::declared::items(context, &nests);
    let private = &context.private;
    let batches =
        if context.has_free_labels() { batches } else { quote!(#private::with_ndarray! { #batches }) };
    let permutations = nests.permute().then(functions::next_permutation);
    let module = module(
        &outside,
        &docs::module(context),
        quote!(#description #error #coefficients #workspace #functions #batches #permutations),
    );
    let items = quote!(#function #module);
    if context.has_free_labels() { of_arrays(&outside, items) } else { items }
}

/// Items that need ndarray, as coefficients over free labels do.
fn of_arrays(outside: &Context<'_>, items: TokenStream) -> TokenStream {
    let path = &outside.private;
    quote!(#path::with_ndarray! { #items })
}

/// The module of a map.
fn module(outside: &Context<'_>, docs: &str, items: TokenStream) -> TokenStream {
    let (name, visibility) = (&outside.declaration.name, &outside.declaration.visibility);
    let docs = docs::attributes(docs);
    let path = &outside.private;
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

            #items
        }
    }
}
