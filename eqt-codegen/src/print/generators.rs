//! The generator form: the invariants, the assembling sum, and the gradients of both.
//!
//! The assembly is a declared map whose coefficients are given per sample. The invariants are the other side of the same
//! thing: what multiplies them, their cotangents, takes the place of coefficients.

use eqt_ir::optimise::{CompiledGenerators, CompiledInvariants};
use eqt_ir::program::RootKind;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::body::{Results, permutes};
use super::context::{Context, Maps};
use super::functions::{self, Function, Part, PartKind};
use super::workspace::Pool;
use super::{Nests, batch, coefficients, docs, module, of_arrays};
use crate::declaration::Declaration;
use crate::lower::{Nest, lower};

/// The loop nests of the invariants.
pub(super) struct InvariantNests {
    pub(super) values: Nest,
    pub(super) gradient: Nest,
}

impl InvariantNests {
    fn new(compiled: &CompiledInvariants) -> InvariantNests {
        InvariantNests {
            values: lower(&compiled.values, |kind| matches!(kind, RootKind::CoefficientGradient(_))),
            gradient: lower(&compiled.gradient, |kind| matches!(kind, RootKind::InputGradient(_))),
        }
    }
}

/// The function and its module.
pub(super) fn items(
    declaration: &Declaration,
    compiled: &CompiledGenerators,
    commented: bool,
) -> TokenStream {
    let generators = Maps {
        theta: &["q", "coefficients"],
        functions: ["assemble", "assemble_gradient"],
        member: "generator",
        field: "Of the generator",
        ..Maps::of(&compiled.assembly)
    };
    let of_ring = Maps {
        basis: &compiled.invariants.basis,
        members: &compiled.invariants.values,
        theta: &["cotangent", "di"],
        arrays: "Invariants",
        what: "cotangent",
        functions: ["invariants", "invariants_gradient"],
        member: "invariant",
        field: "What multiplies the coefficient c in",
    };
    let assembly = &Context::new(declaration, generators, commented);
    let invariants = &Context::new(declaration, of_ring, commented);
    let nests = Nests::new(&compiled.assembly);
    let of_invariants = InvariantNests::new(&compiled.invariants);

    let outside = assembly.outside();
    let (function_docs, module_docs) =
        docs::generator_form(&outside, invariants, compiled, &nests.combination);
    let function = functions::outer(&outside, function_docs);
    let description = docs::generators(assembly, invariants, compiled);
    let fallible = [assembly, invariants].into_iter().any(functions::is_fallible);
    let error = fallible.then(|| functions::length_error(assembly));
    let arrays = [assembly, invariants].map(coefficients::items);
    let pool = Pool::new(assembly);
    // The same name is taken in both.
    invariants.fresh(&[&pool.argument.to_string()]);
    let assembling = functions::items(assembly, &nests, &pool);
    let values = invariant_functions(invariants, &of_invariants, &pool);
    let workspace = pool.items(assembly);
    let batches = batch::generators::items(assembly, invariants, &nests, &of_invariants);
    let has_arrays = assembly.has_free_labels() || invariants.has_free_labels();
    let private = &assembly.private;
    let batches = if has_arrays { batches } else { quote!(#private::with_ndarray! { #batches }) };
    let permute = nests.permute()
        || [&of_invariants.values, &of_invariants.gradient].iter().any(|nest| permutes(&nest.body));
    let permutations = permute.then(functions::next_permutation);
    let items = quote! {
        #description #error #(#arrays)* #workspace #values #assembling #batches #permutations
    };
    let module = module(&outside, &module_docs, items);
    let items = quote!(#function #module);
    if has_arrays { of_arrays(&outside, items) } else { items }
}

/// The invariants and their gradient.
fn invariant_functions(context: &Context<'_>, nests: &InvariantNests, pool: &Pool) -> TokenStream {
    let scalar = context.scalar.to_token_stream();
    let (names, types) = functions::inputs(context, &scalar);
    let inputs: Vec<_> = names.iter().cloned().zip(types).collect();
    let theta_type = context.theta_type(&scalar);
    let cotangent = (context.theta.clone(), quote!(&#theta_type));
    let results = Results { theta: context.fresh(&["values", "results"]), ..functions::results(context) };
    let values = Function {
        name: "invariants",
        docs: "The invariants, in the order of the integrity basis.".to_owned(),
        arguments: inputs.clone(),
        nest: &nests.values,
        parts: vec![Part {
            local: results.theta.clone(),
            kind: PartKind::Coefficients,
            field: context.theta.clone(),
        }],
        structure: None,
        into: true,
        around: Default::default(),
    };
    let values = values.print(context, &results, pool);
    // Without inputs there is nothing to derive for.
    if inputs.is_empty() {
        return values;
    }
    let parts = results.inputs.iter().zip(&context.inputs).zip(&context.declaration.inputs);
    let gradient = Function {
        name: "invariants_gradient",
        docs: "The gradient of `<cotangent, invariants>` (the sum over all entries of their products) with respect to every \
               input."
            .to_owned(),
        arguments: inputs.into_iter().chain([cotangent]).collect(),
        nest: &nests.gradient,
        parts: parts
            .map(|((local, ty), field)| Part {
                local: local.clone(),
                kind: PartKind::Value(ty.clone()),
                field: field.clone(),
            })
            .collect(),
        structure: Some("InvariantsGradient"),
        into: true,
        around: Default::default(),
    };
    let structure = functions::gradient_struct(context, "InvariantsGradient", "invariants", None);
    let gradient = gradient.print(context, &results, pool);
    quote!(#structure #values #gradient)
}
