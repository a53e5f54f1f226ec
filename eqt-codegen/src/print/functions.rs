//! The functions of one sample: value, members, gradients.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

use super::Nests;
use super::body::Results;
use super::context::Context;
use super::types::Type;
use super::workspace::Pool;
use super::{coefficients, docs};

mod form;
mod lengths;

pub(super) use form::{Function, Part, PartKind};
pub(super) use lengths::{is_fallible, length_error};

/// The function itself.
pub(super) fn outer(context: &Context<'_>, docs: String) -> TokenStream {
    let declaration = context.declaration;
    let (attributes, visibility, name) =
        (&declaration.attributes, &declaration.visibility, &declaration.name);
    let (generics, scalar) = (context.generics(), context.scalar.to_token_stream());
    let docs = docs::appended(attributes, &docs);
    let call = format_ident!("{}", context.maps.functions[0]);
    let theta = &context.theta;
    let theta_type = match context.has_free_labels() {
        true => {
            let arrays = context.arrays();
            quote!(#name::#arrays<#scalar>)
        }
        false => context.theta_type(&scalar),
    };
    let (inputs, types) = inputs(context, &scalar);
    let output = context.output.owned(context, &scalar);
    let arguments = context.arguments(&scalar);
    quote! {
        #(#attributes)*
        #docs
        #[allow(clippy::all, clippy::pedantic, non_snake_case, unused_qualifications)]
        #[inline]
        #visibility fn #name<#generics>(#theta: &#theta_type, #(#inputs: #types),*) -> #output {
            #name::#call::<#arguments>(#theta, #(#inputs),*)
        }
    }
}

/// The inputs as arguments.
pub(super) fn inputs<'a>(context: &'a Context<'_>, scalar: &TokenStream) -> (&'a [Ident], Vec<TokenStream>) {
    (&context.declaration.inputs, context.inputs.iter().map(|ty| ty.argument(context, scalar)).collect())
}

/// All functions of one sample, and the struct of gradients.
pub(super) fn items(context: &Context<'_>, nests: &Nests, pool: &Pool) -> TokenStream {
    let scalar = context.scalar.to_token_stream();
    let mut arguments = vec![];
    let theta_type = context.theta_type(&scalar);
    let theta = (context.theta.clone(), quote!(&#theta_type));
    let (names, types) = inputs(context, &scalar);
    arguments.extend(names.iter().cloned().zip(types));
    let cotangent = (context.cotangent.clone(), context.output.argument(context, &scalar));
    let with = |parts: &[&[(Ident, TokenStream)]]| parts.concat();
    let results = results(context);
    let field = theta_field(context);
    let value = |kind: fn(Type) -> PartKind| {
        vec![Part { local: results.value.clone(), kind: kind(context.output.clone()), field: field.clone() }]
    };
    let d_theta =
        || Part { local: results.theta.clone(), kind: PartKind::Coefficients, field: field.clone() };
    let inputs = results.inputs.iter().zip(&context.inputs).zip(&context.declaration.inputs);
    let d_inputs = inputs.map(|((local, ty), field)| Part {
        local: local.clone(),
        kind: PartKind::Value(ty.clone()),
        field: field.clone(),
    });
    let (evaluate_docs, first) = match context.has_free_labels() {
        true => ("each with its own coefficients", vec![theta.clone()]),
        false => ("in the order of their coefficients", Vec::new()),
    };
    let [call, gradient] = context.maps.functions;
    let member = context.maps.member;
    let functions = [
        Function {
            name: call,
            docs: "The map itself.".to_owned(),
            arguments: with(&[std::slice::from_ref(&theta), &arguments]),
            nest: &nests.combination,
            parts: value(PartKind::Value),
            structure: None,
            into: true,
            around: Default::default(),
        },
        Function {
            name: "evaluate",
            docs: format!("The value of every {member}, {evaluate_docs}."),
            arguments: with(&[&first, &arguments]),
            nest: &nests.members,
            parts: value(PartKind::Members),
            structure: None,
            into: false,
            around: Default::default(),
        },
        Function {
            name: gradient,
            docs: "The gradient of `<cotangent, value>` (the sum over all entries of their products) with respect to \
                   the coefficients and to every input."
                .to_owned(),
            arguments: with(&[
                std::slice::from_ref(&theta),
                &arguments,
                std::slice::from_ref(&cotangent),
            ]),
            nest: &nests.gradient,
            parts: [d_theta()].into_iter().chain(d_inputs).collect(),
            structure: Some("Gradient"),
            into: true,
            around: Default::default(),
        },
        Function {
            name: "coefficient_gradient",
            docs: format!(
                "The gradient of `<cotangent, value>` with respect to the coefficients only: cheaper than [`{gradient}`]."
            ),
            arguments: with(&[
                std::slice::from_ref(&theta),
                &arguments,
                std::slice::from_ref(&cotangent),
            ]),
            nest: &nests.coefficient_gradient,
            parts: vec![d_theta()],
            structure: None,
            into: true,
            around: Default::default(),
        },
    ];
    let functions = functions.iter().map(|function| function.print(context, &results, pool));
    let theta_type = context.theta_type(&scalar);
    let structure = gradient_struct(context, "Gradient", "value", Some((field, theta_type)));
    quote!(#structure #(#functions)*)
}

/// The field of a gradient that holds the coefficients: `theta`, unless an input has that name.
pub(super) fn theta_field(context: &Context<'_>) -> Ident {
    context.theta.clone()
}

/// A gradient: a field for the coefficients, if they have one, and one for every input.
pub(super) fn gradient_struct(
    context: &Context<'_>,
    name: &str,
    of: &str,
    theta: Option<(Ident, TokenStream)>,
) -> TokenStream {
    let (scalar, generics) = (context.scalar.to_token_stream(), context.generics());
    let about = docs::attributes(&format!("The gradient of `<cotangent, {of}>`."));
    let name = format_ident!("{name}");
    let theta =
        theta.map(|(field, ty)| quote!(#[doc = " With respect to the coefficients."] pub #field: #ty,));
    let fields = context.declaration.inputs.iter().zip(&context.inputs).map(|(name, ty)| {
        let docs = docs::attributes(&format!("With respect to `{}`.", name.unraw()));
        let ty = ty.owned(context, &scalar);
        quote!(#docs pub #name: #ty)
    });
    quote! {
        #about
        #[derive(Clone, Debug, PartialEq)]
        pub struct #name<#generics> {
            #theta
            #(#fields,)*
        }
    }
}

/// A gradient that is zero, over some scalars.
pub(super) fn gradient_zero(
    context: &Context<'_>,
    name: &str,
    theta: Option<Ident>,
    scalar: &TokenStream,
) -> TokenStream {
    let (name, private) = (format_ident!("{name}"), &context.private);
    let theta = theta.map(|field| {
        let zero = coefficients::zero(context, scalar);
        quote!(#field: #zero,)
    });
    let names = &context.declaration.inputs;
    let zero = quote!(<#scalar as #private::Scalar>::ZERO);
    let zeros = context.inputs.iter().map(|ty| ty.zero(context, &zero));
    quote!(#name { #theta #(#names: #zeros),* })
}

/// Locals that hold results.
pub(super) fn results(context: &Context<'_>) -> Results {
    let theta = context.theta.unraw().to_string();
    Results {
        value: context.fresh(&["value", "result"]),
        theta: context.fresh(&[&format!("d_{theta}")]),
        inputs: context
            .declaration
            .inputs
            .iter()
            .chain(context.further.iter().map(|(name, _)| name))
            .map(|name| context.fresh(&[&format!("d_{}", name.unraw())]))
            .collect(),
    }
}

/// The helper of loops over permutations.
pub(super) fn next_permutation() -> TokenStream {
    quote! {
        /// The next permutation in lexicographic order, and its parity; false after the last.
        fn next_permutation(order: &mut [usize], odd: &mut bool) -> bool {
            let Some(pivot) = (1..order.len()).rev().find(|&k| order[k - 1] < order[k]) else { return false };
            let Some(swap) = (pivot..order.len()).rev().find(|&k| order[k] > order[pivot - 1]) else { return false };
            order.swap(pivot - 1, swap);
            order[pivot..].reverse();
            *odd ^= ((order.len() - pivot) / 2) % 2 == 0;
            true
        }
    }
}
