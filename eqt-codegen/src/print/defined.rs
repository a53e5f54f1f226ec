//! Maps with a body: the value, and its gradients.

use eqt_ir::basis::{Basis, Options};
use eqt_ir::body::{Constant, Definition, SizePolynomial};
use eqt_ir::diagram::Style;
use eqt_ir::program::{Defined, RootKind};
use eqt_ir::signature::AxisId;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

use super::body::Results;
use super::context::{Context, Maps};
use super::functions::{self, Function, Part, PartKind};
use super::types::Type;
use super::workspace::Pool;
use super::{body, defined_batch, docs, module};
use crate::declaration::Declaration;
use crate::lower::{Nest, lower};

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
    let batches = defined_batch::items(context, defined, &nests);
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

/// Constants, and members of inputs at fixed labels.
fn before(context: &Context<'_>, defined: &Defined) -> TokenStream {
    let scalar = &context.scalar;
    let mut tokens = TokenStream::new();
    if !defined.constants.is_empty() {
        let (name, len) = (&context.theta, Literal::usize_unsuffixed(defined.constants.len()));
        let values = defined.constants.iter().map(|constant| value_of(context, constant));
        tokens.extend(quote!(let #name: [#scalar; #len] = [#(#values),*];));
    }
    for (position, fixed) in defined.definition.fixed.iter().enumerate() {
        let (name, ty) = &context.further[position];
        let whole = &context.declaration.inputs[fixed.input];
        let from = |indices: &[TokenStream]| {
            let all = with_fixed(&context.inputs[fixed.input].slots(), &fixed.labels, indices);
            context.inputs[fixed.input].entry(quote!(#whole), &all)
        };
        if *ty == Type::Scalar {
            let entry = from(&[]);
            tokens.extend(quote!(let #name = #entry;));
            continue;
        }
        let (owned, zero) =
            (ty.owned(context, &scalar.to_token_stream()), ty.zero(context, &quote!(#scalar::ZERO)));
        let copy = each(context, &ty.slots(), |indices| {
            let (target, source) = (ty.entry(quote!(#name), indices), from(indices));
            quote!(#target = #source;)
        });
        tokens.extend(quote!(let mut #name: #owned = #zero; #copy));
    }
    tokens
}

/// What a gradient needs around its computation: the gradients in members at fixed labels are added to those of the
/// inputs; inputs that are not wanted are left out.
fn around_gradient(
    context: &Context<'_>,
    defined: &Defined,
    results: &Results,
    wanted: &[usize],
) -> [TokenStream; 2] {
    let scalar = &context.scalar;
    let (mut before, mut after) = (before(context, defined), TokenStream::new());
    for (position, fixed) in defined.definition.fixed.iter().enumerate() {
        if !wanted.contains(&fixed.input) {
            continue;
        }
        let ty = &context.further[position].1;
        let local = &results.inputs[context.inputs.len() + position];
        let (owned, zero) =
            (ty.owned(context, &scalar.to_token_stream()), ty.zero(context, &quote!(#scalar::ZERO)));
        before.extend(quote!(let mut #local: #owned = #zero;));
        let whole = &results.inputs[fixed.input];
        after.extend(each(context, &ty.slots(), |indices| {
            let all = with_fixed(&context.inputs[fixed.input].slots(), &fixed.labels, indices);
            let (target, source) =
                (context.inputs[fixed.input].entry(quote!(#whole), &all), ty.entry(quote!(#local), indices));
            quote!(#target += #source;)
        }));
    }
    [before, after]
}

/// All indices of an input from those that are not fixed.
fn with_fixed(slots: &[AxisId], fixed: &[(usize, usize)], indices: &[TokenStream]) -> Vec<TokenStream> {
    let mut rest = indices.iter();
    (0..slots.len())
        .map(|slot| match fixed.iter().find(|(other, _)| *other == slot) {
            Some((_, label)) => Literal::usize_unsuffixed(*label).to_token_stream(),
            None => rest.next().cloned().unwrap_or_default(),
        })
        .collect()
}

/// A statement for all indices on some axes.
fn each(
    context: &Context<'_>,
    slots: &[AxisId],
    statement: impl FnOnce(&[TokenStream]) -> TokenStream,
) -> TokenStream {
    context.scoped(|| {
        let names: Vec<Ident> = slots.iter().map(|_| context.fresh(&["i", "j", "k", "l", "m"])).collect();
        let indices: Vec<TokenStream> = names.iter().map(ToTokens::to_token_stream).collect();
        names.iter().zip(slots).rev().fold(statement(&indices), |inner, (name, &axis)| {
            let size = context.size(axis);
            quote!(for #name in 0..#size { #inner })
        })
    })
}

/// A constant as an expression.
fn value_of(context: &Context<'_>, constant: &Constant) -> TokenStream {
    let scalar = &context.scalar;
    let (numerator, denominator) =
        (polynomial(context, &constant.numerator), polynomial(context, &constant.denominator));
    quote!(quotient::<#scalar>(#numerator, #denominator))
}

fn polynomial(context: &Context<'_>, polynomial: &SizePolynomial) -> TokenStream {
    let mut sum = TokenStream::new();
    for (powers, coefficient) in polynomial.terms() {
        let size = Literal::u128_unsuffixed(coefficient.unsigned_abs());
        let sign = (coefficient < 0).then(|| quote!(-));
        let factors = powers.iter().flat_map(|&(axis, power)| {
            let size = context.size(axis);
            std::iter::repeat_n(quote!(.wrapping_mul(#size as i128)), power.into())
        });
        let term = quote!((#sign #size as i128) #(#factors)*);
        sum = if sum.is_empty() { term } else { quote!(#sum + #term) };
    }
    sum
}

/// The helper that divides.
fn quotient(context: &Context<'_>) -> TokenStream {
    let private = &context.private;
    quote! {
        /// The quotient in lowest terms; zero if the denominator is.
        fn quotient<S: #private::Scalar>(numerator: i128, denominator: i128) -> S {
            if denominator == 0 {
                return S::ZERO;
            }
            let (mut common, mut rest) = (numerator, denominator);
            while rest != 0 {
                (common, rest) = (rest, common % rest);
            }
            // The denominator becomes positive.
            let common = if (common < 0) == (denominator < 0) { common } else { -common };
            S::from_ratio((numerator / common) as i64, (denominator / common) as u64)
        }
    }
}

/// The terms as text, one a line.
fn listing(defined: &Defined) -> String {
    let lines = texts(defined, Style::Text);
    lines.iter().map(|line| format!("    {line}\n")).collect()
}

/// Every term with its constant.
fn texts(defined: &Defined, style: Style) -> Vec<String> {
    defined
        .definition
        .formulas(style)
        .into_iter()
        .map(|(constant, diagram)| match constant.as_str() {
            "1" => diagram,
            _ if diagram == "1" => constant,
            "-1" => format!("-{diagram}"),
            _ => format!("{constant} {diagram}"),
        })
        .collect()
}

/// The signature of the map itself.
fn signature_text(defined: &Defined) -> String {
    let mut signature = defined.definition.signature.clone();
    signature.inputs.truncate(defined.definition.inputs());
    signature.to_string()
}

fn function_docs(context: &Context<'_>, defined: &Defined, value: &Nest) -> String {
    let name = &context.declaration.name;
    let mut text = format!(
        "A map `{}`, the sum of\n\n```text\n{}```\n\nOne evaluation takes about {} multiply-adds at {}. The module of the \
         same name holds gradients and batches.",
        signature_text(defined),
        listing(defined),
        docs::cost(context, value),
        docs::sizes(context)
    );
    if functions::is_fallible(context) {
        text.push_str(&format!(
            "\n\n# Panics\n\nIf lengths that should agree differ; `{name}::try_call` returns an error instead."
        ));
    }
    text
}

fn module_docs(context: &Context<'_>, defined: &Defined) -> String {
    format!(
        "What belongs to the map of the same name, `{}`. Arguments that are scalars on which no group acts{} are \
         parameters: all samples of a batch share them.\n\n```text\n{}```\n",
        signature_text(defined),
        match parameters(context, defined)[..] {
            [] => " (here there are none)".to_owned(),
            ref inputs => {
                let names: Vec<String> =
                    inputs.iter().map(|&input| format!("`{}`", context.input(input).0.unraw())).collect();
                format!(" ({})", names.join(", "))
            }
        },
        listing(defined)
    )
}

/// `terms()`.
fn terms(context: &Context<'_>, defined: &Defined) -> TokenStream {
    let private = &context.private;
    let (text, latex) = (texts(defined, Style::Text), texts(defined, Style::Latex));
    let terms = text.iter().zip(&latex).enumerate().map(|(term, (diagram, latex))| {
        let degree = Literal::u32_unsuffixed(defined.definition.degree(term) as u32);
        let macs = defined.term_cost(term, &context.declaration.sizes).to_string();
        quote! {
            #private::Element { degree: #degree, diagram: #diagram, latex: #latex, macs: #macs, labels: "" }
        }
    });
    quote! {
        const TERMS: &[#private::Element] = &[#(#terms),*];

        /// The terms that the map is the sum of, each with its constant.
        pub const fn terms() -> &'static [#private::Element] {
            TERMS
        }
    }
}
