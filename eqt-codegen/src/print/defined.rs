//! Maps with a body: the value, and its gradients.

use eqt_ir::basis::{Basis, Options};
use eqt_ir::map::body::Definition;
use eqt_ir::optimise::Defined;
use eqt_ir::program::RootKind;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

use super::context::{Context, Maps};
use super::functions::{self, Function, Part, PartKind};
use super::workspace::Pool;
use super::{batch, body, docs, module};
use crate::declaration::Declaration;
use crate::lower::{Nest, lower};

mod constants;
mod listing;

use constants::{around_gradient, before, quotient};
use listing::{function_docs, module_docs, terms};

/// The loop nests of all functions.
pub(super) struct DefinedNests {
    pub(super) value: Nest,
    pub(super) gradient: Nest,
    pub(super) parameter_gradient: Nest,
}

impl DefinedNests {
    fn new(defined: &Defined) -> DefinedNests {
        let is_gradient = |kind| matches!(kind, RootKind::InputGradient(_));
        DefinedNests {
            value: lower(&defined.value, |kind| kind == RootKind::Combination),
            gradient: lower(&defined.gradient, is_gradient),
            parameter_gradient: lower(&defined.parameter_gradient, is_gradient),
        }
    }
}

/// The function and its module.
pub(super) fn items(
    declaration: &Declaration,
    defined: &Defined,
    more: &TokenStream,
    commented: bool,
) -> TokenStream {
    // No member of a basis has a coefficient here.
    let none = Basis {
        signature: defined.definition.signature.clone(),
        options: Options::up_to(0),
        elements: Vec::new(),
        counts: Vec::new(),
    };
    let maps = Maps {
        basis: &none,
        members: &defined.value,
        theta: &["constants", "sizes_constants"],
        field: "Of the term",
        arrays: "Coefficients",
        what: "coefficients",
        functions: ["call", "gradient"],
        member: "term",
    };
    let context = &Context::new(declaration, maps, commented);
    let nests = DefinedNests::new(defined);
    let outside = context.outside();
    let function = outer(&outside, function_docs(&outside, defined, &nests.value));
    let pool = Pool::new(context);
    let functions = one_sample(context, defined, &nests, &pool);
    let workspace = pool.items(context);
    let error = functions::is_fallible(context).then(|| functions::length_error(context));
    let terms = terms(context, defined);
    let quotient = (!defined.constants.is_empty()).then(|| quotient(context));
    let batches = batch::defined::items(context, defined, &nests);
    let private = &context.private;
    let permute = [&nests.value, &nests.gradient, &nests.parameter_gradient]
        .iter()
        .any(|nest| body::permutes(&nest.body));
    let permutations = permute.then(functions::next_permutation);
    let contents = quote! {
        #terms
        #error
        #functions
        #workspace
        #private::with_ndarray! { #batches }
        #quotient
        #permutations
        #more
    };
    let module = module(&outside, &module_docs(context, defined), contents);
    quote!(#function #module)
}

/// The function itself.
fn outer(context: &Context<'_>, text: String) -> TokenStream {
    let declaration = context.declaration;
    let (attributes, visibility, name) =
        (&declaration.attributes, &declaration.visibility, &declaration.name);
    let (generics, scalar) = (context.generics(), context.scalar.to_token_stream());
    let docs = docs::appended(attributes, &text);
    let (inputs, types) = functions::inputs(context, &scalar);
    let output = context.output.owned(context, &scalar);
    let arguments = context.arguments(&scalar);
    quote! {
        #(#attributes)*
        #docs
        #[allow(clippy::all, clippy::pedantic, non_snake_case, unused_qualifications)]
        #[inline]
        #visibility fn #name<#generics>(#(#inputs: #types),*) -> #output {
            #name::call::<#arguments>(#(#inputs),*)
        }
    }
}

/// All functions of one sample, and the struct of gradients.
fn one_sample(context: &Context<'_>, defined: &Defined, nests: &DefinedNests, pool: &Pool) -> TokenStream {
    let scalar = context.scalar.to_token_stream();
    let (names, types) = functions::inputs(context, &scalar);
    let arguments: Vec<(Ident, TokenStream)> = names.iter().cloned().zip(types).collect();
    let cotangent = (context.cotangent.clone(), context.output.argument(context, &scalar));
    let with_cotangent: Vec<_> = arguments.iter().cloned().chain([cotangent]).collect();
    let results = functions::results(context);
    let part = |input: usize| Part {
        local: results.inputs[input].clone(),
        kind: PartKind::Value(context.inputs[input].clone()),
        field: names[input].clone(),
    };
    let value = Part {
        local: results.value.clone(),
        kind: PartKind::Value(context.output.clone()),
        field: results.value.clone(),
    };
    let parameters = parameters(context, defined);
    let mut functions = vec![
        Function {
            name: "call",
            docs: "The map itself.".to_owned(),
            arguments,
            nest: &nests.value,
            parts: vec![value],
            structure: None,
            into: true,
            around: [before(context, defined), TokenStream::new()],
        },
        Function {
            name: "gradient",
            docs: "The gradient of `<cotangent, value>` (the sum over all entries of their products) with respect to every \
                   input."
                .to_owned(),
            arguments: with_cotangent.clone(),
            nest: &nests.gradient,
            parts: (0..names.len()).map(part).collect(),
            structure: Some("Gradient"),
            into: true,
            around: around_gradient(context, defined, &results, &(0..names.len()).collect::<Vec<_>>()),
        },
    ];
    let mut structures = functions::gradient_struct(context, "Gradient", "value", None);
    if !parameters.is_empty() {
        functions.push(Function {
            name: "parameter_gradient",
            docs: "The gradient of `<cotangent, value>` with respect to the parameters only: cheaper than [`gradient`]."
                .to_owned(),
            arguments: with_cotangent,
            nest: &nests.parameter_gradient,
            parts: parameters.iter().map(|&input| part(input)).collect(),
            structure: Some("ParameterGradient"),
            into: true,
            around: around_gradient(context, defined, &results, &parameters),
        });
        structures.extend(parameter_struct(context, "ParameterGradient", "value", &parameters));
    }
    let functions = functions.iter().map(|function| function.print(context, &results, pool));
    quote!(#structures #(#functions)*)
}

/// The inputs that are parameters.
pub(super) fn parameters(context: &Context<'_>, defined: &Defined) -> Vec<usize> {
    let signature = &defined.definition.signature;
    (0..context.inputs.len()).filter(|&input| Definition::is_parameter(signature, input)).collect()
}

/// A struct with a field for every parameter.
pub(super) fn parameter_struct(
    context: &Context<'_>,
    name: &str,
    of: &str,
    parameters: &[usize],
) -> TokenStream {
    let (scalar, generics) = (&context.scalar, context.generics());
    let name = format_ident!("{name}");
    let about =
        docs::attributes(&format!("The gradient of `<cotangent, {of}>` with respect to the parameters."));
    let fields = parameters.iter().map(|&input| {
        let (field, ty) = context.input(input);
        let docs = docs::attributes(&format!("With respect to `{}`.", field.unraw()));
        let ty = ty.owned(context, &scalar.to_token_stream());
        quote!(#docs pub #field: #ty)
    });
    quote! {
        #about
        #[derive(Clone, Debug, PartialEq)]
        pub struct #name<#generics> {
            #(#fields,)*
        }
    }
}
