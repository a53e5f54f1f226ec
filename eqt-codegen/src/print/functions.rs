//! The functions of one sample: value, members, gradients.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

use super::Nests;
use super::body::{Results, statements};
use super::context::Context;
use super::{coefficients, docs};
use crate::lower::Nest;
use eqt_ir::group::Group;
use eqt_ir::signature::rust_types::Extent;

/// A function to be emitted, in its plain and its `try_` form.
struct Function {
    name: &'static str,
    docs: String,
    /// Arguments with their types.
    arguments: Vec<(Ident, TokenStream)>,
    output: TokenStream,
    /// Statements that end in the value.
    body: TokenStream,
}

/// Whether lengths have to be compared at run time.
pub(super) fn is_fallible(context: &Context<'_>) -> bool {
    let run_time = context.run_time_axes();
    let shared = context.inputs.iter().filter(|ty| ty.run_time(context).is_some()).count() > run_time.len();
    shared || context.has_free_labels() || context.output.run_time(context).is_some()
}

/// The function itself.
pub(super) fn outer(context: &Context<'_>, nests: &Nests) -> TokenStream {
    let declaration = context.declaration;
    let (attributes, visibility, name) =
        (&declaration.attributes, &declaration.visibility, &declaration.name);
    let (generics, scalar) = (context.generics(), context.scalar.to_token_stream());
    let docs = docs::attributes(&docs::function(context, nests));
    let theta = &context.theta;
    let theta_type = match context.has_free_labels() {
        true => quote!(#name::Coefficients<#scalar>),
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
            #name::call::<#arguments>(#theta, #(#inputs),*)
        }
    }
}

/// The inputs as arguments.
fn inputs<'a>(context: &'a Context<'_>, scalar: &TokenStream) -> (&'a [Ident], Vec<TokenStream>) {
    (&context.declaration.inputs, context.inputs.iter().map(|ty| ty.argument(context, scalar)).collect())
}

/// All functions of one sample, and the struct of gradients.
pub(super) fn items(context: &Context<'_>, nests: &Nests) -> TokenStream {
    let scalar = context.scalar.to_token_stream();
    let mut arguments = vec![];
    let theta_type = context.theta_type(&scalar);
    let theta = (context.theta.clone(), quote!(&#theta_type));
    let (names, types) = inputs(context, &scalar);
    arguments.extend(names.iter().cloned().zip(types));
    let cotangent = (context.cotangent.clone(), context.output.argument(context, &scalar));
    let with = |parts: &[&[(Ident, TokenStream)]]| parts.concat();
    let output = context.output.owned(context, &scalar);
    let zero = quote!(#scalar::ZERO);
    let results = results(context);
    let value = &results.value;
    let prelude = prelude(context);

    let call = {
        let start = context.output.zero(context, &zero);
        let body = statements(context, &nests.combination, &results);
        Function {
            name: "call",
            docs: "The map itself.".to_owned(),
            arguments: with(&[&[theta.clone()], &arguments]),
            output: output.clone(),
            body: quote!(#prelude let mut #value: #output = #start; #body #value),
        }
    };
    let evaluate = {
        let len = Literal::usize_unsuffixed(context.len());
        let start = context.output.zero(context, &zero);
        let start = match context.output.is_fixed(context) {
            true => quote!([#start; #len]),
            false => {
                let private = &context.private;
                quote!(#private::core::array::from_fn(|_| #start))
            }
        };
        let body = statements(context, &nests.members, &results);
        let (docs, first) = match context.has_free_labels() {
            true => ("The value of every member, each with its own coefficients.", vec![theta.clone()]),
            false => ("The value of every member, in the order of their coefficients.", Vec::new()),
        };
        Function {
            name: "evaluate",
            docs: docs.to_owned(),
            arguments: with(&[&first, &arguments]),
            output: quote!([#output; #len]),
            body: quote!(#prelude let mut #value: [#output; #len] = #start; #body #value),
        }
    };
    let generics = context.arguments(&scalar);
    let gradient = gradient(context, &nests.gradient, &results, &prelude, {
        (with(&[&[theta.clone()], &arguments, &[cotangent.clone()]]), quote!(Gradient<#generics>))
    });
    let coefficient_gradient = {
        let start = coefficients::zero(context, &scalar);
        let body = statements(context, &nests.coefficient_gradient, &results);
        let d_theta = &results.theta;
        Function {
            name: "coefficient_gradient",
            docs: "The gradient of `<cotangent, value>` with respect to the coefficients only: cheaper than [`gradient`]."
                .to_owned(),
            arguments: with(&[&[theta], &arguments, &[cotangent]]),
            output: theta_type.clone(),
            body: quote!(#prelude let mut #d_theta: #theta_type = #start; #body #d_theta),
        }
    };
    let functions = [call, evaluate, gradient, coefficient_gradient];
    let functions = functions.iter().map(|function| print(context, function));
    let structure = gradient_struct(context);
    quote!(#structure #(#functions)*)
}

fn gradient(
    context: &Context<'_>,
    nest: &Nest,
    results: &Results,
    prelude: &TokenStream,
    (arguments, output): (Vec<(Ident, TokenStream)>, TokenStream),
) -> Function {
    let scalar = context.scalar.to_token_stream();
    let zero = quote!(#scalar::ZERO);
    let theta_type = context.theta_type(&scalar);
    let theta_zero = coefficients::zero(context, &scalar);
    let declarations = results.inputs.iter().zip(&context.inputs).map(|(name, ty)| {
        let (owned, zero) = (ty.owned(context, &scalar), ty.zero(context, &zero));
        quote!(let mut #name: #owned = #zero;)
    });
    let body = statements(context, nest, results);
    let (d_theta, theta) = (&results.theta, theta_field(context));
    let (fields, values) = (&context.declaration.inputs, &results.inputs);
    Function {
        name: "gradient",
        docs: "The gradient of `<cotangent, value>` (the sum over all entries of their products) with respect to the \
               coefficients and to every input."
            .to_owned(),
        arguments,
        output,
        body: quote! {
            #prelude
            let mut #d_theta: #theta_type = #theta_zero;
            #(#declarations)*
            #body
            Gradient { #theta: #d_theta, #(#fields: #values),* }
        },
    }
}

/// The field of a gradient that holds the coefficients: `theta`, unless an input has that name.
pub(super) fn theta_field(context: &Context<'_>) -> Ident {
    context.theta.clone()
}

fn gradient_struct(context: &Context<'_>) -> TokenStream {
    let scalar = context.scalar.to_token_stream();
    let (generics, theta, theta_type) =
        (context.generics(), theta_field(context), context.theta_type(&scalar));
    let fields = context.declaration.inputs.iter().zip(&context.inputs).map(|(name, ty)| {
        let docs = docs::attributes(&format!("With respect to `{}`.", name.unraw()));
        let ty = ty.owned(context, &scalar);
        quote!(#docs pub #name: #ty)
    });
    quote! {
        /// The gradient of `<cotangent, value>`.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Gradient<#generics> {
            /// With respect to the coefficients.
            pub #theta: #theta_type,
            #(#fields,)*
        }
    }
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
            .map(|name| context.fresh(&[&format!("d_{}", name.unraw())]))
            .collect(),
    }
}

/// Compile-time checks of sizes, and run-time lengths.
fn prelude(context: &Context<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    let private = &context.private;
    for axis in context.signature.axis_ids() {
        if let (Group::Symplectic, Extent::Const(name)) =
            (context.signature.axis(axis).group, context.extent(axis))
        {
            let message = format!("Sp({name}): the dimension must be even");
            tokens.extend(quote!(const { #private::core::assert!(#name % 2 == 0, #message) };));
        }
    }
    for (axis, input) in context.run_time_axes() {
        let (length, name) = (context.size(axis), &context.declaration.inputs[input]);
        tokens.extend(quote!(let #length = #name.len();));
    }
    tokens
}

/// Comparisons of lengths; each returns a `LengthError`.
fn checks(context: &Context<'_>, arguments: &[(Ident, TokenStream)]) -> TokenStream {
    let mut tokens = TokenStream::new();
    let is_argument = |name: &Ident| arguments.iter().any(|(other, _)| other == name);
    let first = context.run_time_axes();
    let mut check = |what: String, expected: TokenStream, found: TokenStream| {
        tokens.extend(quote!(LengthError::check(#what, #expected, #found)?;));
    };
    for (input, ty) in context.inputs.iter().enumerate() {
        if let Some(axis) = ty.run_time(context)
            && !first.contains(&(axis, input))
        {
            let name = &context.declaration.inputs[input];
            check(format!("input `{}`", name.unraw()), context.size(axis), quote!(#name.len()));
        }
    }
    let cotangent = &context.cotangent;
    if let (Some(axis), true) = (context.output.run_time(context), is_argument(cotangent)) {
        check("the cotangent".to_owned(), context.size(axis), quote!(#cotangent.len()));
    }
    if is_argument(&context.theta) {
        let theta = &context.theta;
        for (member, axes) in context.coefficients().iter().enumerate() {
            let field = super::body::field(member);
            for (slot, &axis) in axes.iter().enumerate() {
                let slot = Literal::usize_unsuffixed(slot);
                let what = format!("coefficients `{field}`");
                check(what, context.size(axis), quote!(#theta.#field.shape()[#slot]));
            }
        }
    }
    tokens
}

fn print(context: &Context<'_>, function: &Function) -> TokenStream {
    let Function { name, docs, arguments, output, body } = function;
    let (name, generics) = (format_ident!("{name}"), context.generics());
    let (names, types): (Vec<_>, Vec<_>) = arguments.iter().cloned().unzip();
    if !is_fallible(context) {
        let docs = docs::attributes(docs);
        return quote! {
            #docs
            pub fn #name<#generics>(#(#names: #types),*) -> #output { #body }
        };
    }
    let try_name = format_ident!("try_{name}");
    let lengths = prelude_lengths(context);
    let checks = checks(context, arguments);
    let panics = docs::attributes(&format!("{docs}\n\n# Panics\n\nIf lengths that should agree differ."));
    let errors = docs::attributes(&format!("{docs}\n\n# Errors\n\nIf lengths that should agree differ."));
    let scalar = context.scalar.to_token_stream();
    let turbofish = context.arguments(&scalar);
    let private = &context.private;
    let unchecked = format_ident!("unchecked_{name}");
    quote! {
        #panics
        pub fn #name<#generics>(#(#names: #types),*) -> #output {
            match #try_name::<#turbofish>(#(#names),*) {
                Ok(value) => value,
                Err(error) => #private::core::panic!("{error}"),
            }
        }

        #errors
        pub fn #try_name<#generics>(#(#names: #types),*) -> Result<#output, LengthError> {
            #lengths
            #checks
            Ok(#unchecked::<#turbofish>(#(#names),*))
        }

        fn #unchecked<#generics>(#(#names: #types),*) -> #output { #body }
    }
}

/// Only the run-time lengths of [`prelude`].
fn prelude_lengths(context: &Context<'_>) -> TokenStream {
    let lengths = context.run_time_axes().into_iter().map(|(axis, input)| {
        let (length, name) = (context.size(axis), &context.declaration.inputs[input]);
        quote!(let #length = #name.len();)
    });
    quote!(#(#lengths)*)
}

/// The error of the `try_` forms.
pub(super) fn length_error(context: &Context<'_>) -> TokenStream {
    if !is_fallible(context) {
        return TokenStream::new();
    }
    let private = &context.private;
    quote! {
        /// Two lengths that should agree differ.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct LengthError {
            /// What has the wrong length.
            pub what: &'static str,
            /// The length it should have.
            pub expected: usize,
            /// The length it has.
            pub found: usize,
        }

        impl LengthError {
            fn check(what: &'static str, expected: usize, found: usize) -> Result<(), LengthError> {
                if expected == found { Ok(()) } else { Err(LengthError { what, expected, found }) }
            }
        }

        impl #private::core::fmt::Display for LengthError {
            fn fmt(&self, f: &mut #private::core::fmt::Formatter<'_>) -> #private::core::fmt::Result {
                #private::core::write!(f, "{}: expected length {}, found {}", self.what, self.expected, self.found)
            }
        }

        impl #private::core::error::Error for LengthError {}
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
