//! The functions of one sample: value, members, gradients.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

use super::Nests;
use super::body::{Results, statements};
use super::context::Context;
use super::types::Type;
use super::workspace::{Pool, has_into_forms};
use super::{coefficients, docs};
use crate::lower::Nest;
use eqt_ir::group::Group;
use eqt_ir::signature::rust_types::Extent;

/// A function to be emitted, in its plain, its `try_` and its `_into` forms.
pub(super) struct Function<'a> {
    pub(super) name: &'static str,
    pub(super) docs: String,
    /// Arguments with their types.
    pub(super) arguments: Vec<(Ident, TokenStream)>,
    pub(super) nest: &'a Nest,
    /// What it computes: one value, or the fields of a gradient.
    pub(super) parts: Vec<Part>,
    /// The struct whose fields the parts are.
    pub(super) structure: Option<&'static str>,
    /// Whether it may have an `_into` form.
    pub(super) into: bool,
    /// Statements before and after the computation.
    pub(super) around: [TokenStream; 2],
}

/// A result of a function.
pub(super) struct Part {
    /// The local that it is computed in.
    pub(super) local: Ident,
    pub(super) kind: PartKind,
    /// The field of the gradient that it is.
    pub(super) field: Ident,
}

pub(super) enum PartKind {
    /// A value or the gradient of an input.
    Value(Type),
    /// The values of all members.
    Members(Type),
    /// The gradient of the coefficients.
    Coefficients,
}

impl Part {
    fn ty(&self, context: &Context<'_>, scalar: &TokenStream) -> TokenStream {
        match &self.kind {
            PartKind::Value(ty) => ty.owned(context, scalar),
            PartKind::Members(ty) => {
                let (ty, len) = (ty.owned(context, scalar), Literal::usize_unsuffixed(context.len()));
                quote!([#ty; #len])
            }
            PartKind::Coefficients => context.theta_type(scalar),
        }
    }

    fn zero(&self, context: &Context<'_>, scalar: &TokenStream) -> TokenStream {
        let zero = quote!(#scalar::ZERO);
        match &self.kind {
            PartKind::Value(ty) => ty.zero(context, &zero),
            PartKind::Members(ty) => {
                let (start, len) = (ty.zero(context, &zero), Literal::usize_unsuffixed(context.len()));
                let private = &context.private;
                match ty.is_fixed(context) {
                    true => quote!([#start; #len]),
                    false => quote!(#private::core::array::from_fn(|_| #start)),
                }
            }
            PartKind::Coefficients => coefficients::zero(context, scalar),
        }
    }

    /// Sets memory of the caller to zero in place, if the part has memory to keep.
    fn reset(&self, context: &Context<'_>, scalar: &TokenStream) -> Option<TokenStream> {
        let local = &self.local;
        match &self.kind {
            PartKind::Value(Type::Array(axis, member)) if context.is_run_time(*axis) => {
                let (zero, size) = (member.zero(context, &quote!(#scalar::ZERO)), context.size(*axis));
                Some(quote! {
                    #local.clear();
                    #local.resize(#size, #zero);
                })
            }
            _ => None,
        }
    }
}

/// Whether lengths have to be compared at run time.
pub(super) fn is_fallible(context: &Context<'_>) -> bool {
    let run_time = context.run_time_axes();
    let shared = context.inputs.iter().filter(|ty| ty.run_time(context).is_some()).count() > run_time.len();
    shared || context.has_free_labels() || context.output.run_time(context).is_some()
}

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
                let what = format!("{} `{field}`", context.maps.what);
                check(what, context.size(axis), quote!(#theta.#field.shape()[#slot]));
            }
        }
    }
    tokens
}

impl Function<'_> {
    pub(super) fn print(&self, context: &Context<'_>, results: &Results, pool: &Pool) -> TokenStream {
        let scalar = context.scalar.to_token_stream();
        let output = match self.structure {
            None => {
                let types = self.parts.iter().map(|part| part.ty(context, &scalar));
                quote!(#(#types)*)
            }
            Some(structure) => {
                let (structure, generics) = (format_ident!("{structure}"), context.arguments(&scalar));
                quote!(#structure<#generics>)
            }
        };
        if !(self.into && has_into_forms(context)) {
            let body = self.body(context, results);
            return self.forms(context, self.name, &self.docs, &self.arguments, &output, &body);
        }
        let out = context.fresh(&["out", "output"]);
        pool.next_function();
        let generics = context.arguments(&scalar);
        let argument = &pool.argument;
        let mut arguments = self.arguments.clone();
        arguments.push((argument.clone(), quote!(&mut Workspace<#generics>)));
        arguments.push((out.clone(), quote!(&mut #output)));
        let name = format!("{}_into", self.name);
        let docs = format!("{} Written to `{out}`, whose memory is kept.", self.docs);
        let body = self.body_in_place(context, results, pool, &out);
        let (into, in_place) = match context.has_free_labels() {
            true => self.in_place(context, &arguments, &out, &body),
            false => (body, TokenStream::new()),
        };
        let into = self.forms(context, &name, &docs, &arguments, &quote!(()), &into);
        // The plain form starts from nothing.
        let name = match is_fallible(context) {
            true => format_ident!("unchecked_{name}"),
            false => format_ident!("{name}"),
        };
        let lengths = prelude_lengths(context);
        let start = self.value(|part| part.zero(context, &scalar));
        let names = self.arguments.iter().map(|(name, _)| name);
        let body = quote! {
            #lengths
            let mut #out: #output = #start;
            #name::<#generics>(#(#names,)* &mut Workspace::new(), &mut #out);
            #out
        };
        let plain = self.forms(context, self.name, &self.docs, &self.arguments, &output, &body);
        quote!(#plain #into #in_place)
    }

    /// The name of the function that adds to the coefficients.
    pub(super) fn in_place_name(name: &str) -> Ident {
        format_ident!("in_place_{name}")
    }

    /// With arrays of coefficients, the computation is a function of its own, which adds to those of the output and
    /// takes those of other scalars: batches need no copies of either. Also the call of it.
    fn in_place(
        &self,
        context: &Context<'_>,
        arguments: &[(Ident, TokenStream)],
        out: &Ident,
        body: &TokenStream,
    ) -> (TokenStream, TokenStream) {
        let scalar = context.scalar.to_token_stream();
        let (name, private) = (Self::in_place_name(self.name), &context.private);
        let types = arguments.iter().map(|(name, ty)| match *name == context.theta {
            true => {
                let theta = context.theta_type(&quote!(impl #private::Broadcast<#scalar>));
                quote!(&#theta)
            }
            false => ty.clone(),
        });
        let names: Vec<&Ident> = arguments.iter().map(|(name, _)| name).collect();
        let (generics, turbofish) = (context.generics(), context.arguments(&scalar));
        let lengths = prelude_lengths(context);
        let is_sum = |part: &&Part| matches!(part.kind, PartKind::Coefficients);
        let resets = self.parts.iter().filter(is_sum).map(|part| {
            let sizes = coefficients::free_axes(context).into_iter().map(|axis| context.size(axis));
            let field = self.structure.map(|_| &part.field).into_iter();
            quote!(#out #(.#field)* .reset(#(#sizes),*);)
        });
        let call = quote!(#lengths #(#resets)* #name::<#turbofish>(#(#names),*););
        (call, quote!(fn #name<#generics>(#(#names: #types),*) { #body }))
    }

    /// The output from its parts.
    fn value(&self, part: impl Fn(&Part) -> TokenStream) -> TokenStream {
        let values: Vec<TokenStream> = self.parts.iter().map(part).collect();
        let Some(structure) = self.structure else { return quote!(#(#values)*) };
        let (structure, fields) = (format_ident!("{structure}"), self.parts.iter().map(|part| &part.field));
        quote!(#structure { #(#fields: #values),* })
    }

    fn body(&self, context: &Context<'_>, results: &Results) -> TokenStream {
        let scalar = context.scalar.to_token_stream();
        let prelude = prelude(context);
        let declarations = self.parts.iter().map(|part| {
            let (local, ty, zero) = (&part.local, part.ty(context, &scalar), part.zero(context, &scalar));
            quote!(let mut #local: #ty = #zero;)
        });
        let body = statements(context, self.nest, results, None);
        let value = self.value(|part| part.local.to_token_stream());
        let [before, after] = &self.around;
        quote!(#prelude #before #(#declarations)* #body #after #value)
    }

    fn body_in_place(
        &self,
        context: &Context<'_>,
        results: &Results,
        pool: &Pool,
        out: &Ident,
    ) -> TokenStream {
        let scalar = context.scalar.to_token_stream();
        let prelude = prelude(context);
        let (mut declarations, mut finish) = (TokenStream::new(), TokenStream::new());
        for part in &self.parts {
            let (local, field) = (&part.local, &part.field);
            let (reference, place) = match self.structure.is_some() {
                true => (quote!(&mut #out.#field), quote!(#out.#field)),
                false => (quote!(&mut *#out), quote!(*#out)),
            };
            if context.has_free_labels() && matches!(part.kind, PartKind::Coefficients) {
                declarations.extend(quote!(let #local = #reference;));
                continue;
            }
            match part.reset(context, &scalar) {
                Some(reset) => declarations.extend(quote!(let #local = #reference; #reset)),
                None => {
                    let (ty, zero) = (part.ty(context, &scalar), part.zero(context, &scalar));
                    declarations.extend(quote!(let mut #local: #ty = #zero;));
                    finish.extend(quote!(#place = #local;));
                }
            }
        }
        let body = statements(context, self.nest, results, Some(pool));
        let [before, after] = &self.around;
        quote!(#prelude #before #declarations #body #after #finish)
    }

    /// A function that cannot fail, or its panicking, its `try_` and its unchecked form.
    fn forms(
        &self,
        context: &Context<'_>,
        name: &str,
        docs: &str,
        arguments: &[(Ident, TokenStream)],
        output: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        let (try_name, unchecked) = (format_ident!("try_{name}"), format_ident!("unchecked_{name}"));
        let (name, generics) = (format_ident!("{name}"), context.generics());
        let (names, types): (Vec<_>, Vec<_>) = arguments.iter().cloned().unzip();
        if !is_fallible(context) {
            let docs = docs::attributes(docs);
            return quote! {
                #docs
                pub fn #name<#generics>(#(#names: #types),*) -> #output { #body }
            };
        }
        let lengths = prelude_lengths(context);
        let checks = checks(context, arguments);
        let panics = docs::attributes(&format!("{docs}\n\n# Panics\n\nIf lengths that should agree differ."));
        let errors = docs::attributes(&format!("{docs}\n\n# Errors\n\nIf lengths that should agree differ."));
        let turbofish = context.arguments(&context.scalar.to_token_stream());
        let private = &context.private;
        quote! {
            #panics
            pub fn #name<#generics>(#(#names: #types),*) -> #output {
                match #try_name::<#turbofish>(#(#names),*) {
                    Ok(value) => value,
                    Err(error) => #private::core::panic!("{}", error),
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
