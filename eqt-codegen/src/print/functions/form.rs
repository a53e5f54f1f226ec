//! A function in its forms: plain, `try_`, `_into`, and in place for batches.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::super::body::{Results, statements};
use super::super::context::Context;
use super::super::types::Type;
use super::super::workspace::{Pool, has_into_forms};
use super::super::{coefficients, docs};
use super::lengths::{checks, is_fallible, prelude, prelude_lengths};
use crate::lower::Nest;

/// A function to be emitted, in its plain, its `try_` and its `_into` forms.
pub(in crate::print) struct Function<'a> {
    pub(in crate::print) name: &'static str,
    pub(in crate::print) docs: String,
    /// Arguments with their types.
    pub(in crate::print) arguments: Vec<(Ident, TokenStream)>,
    pub(in crate::print) nest: &'a Nest,
    /// What it computes: one value, or the fields of a gradient.
    pub(in crate::print) parts: Vec<Part>,
    /// The struct whose fields the parts are.
    pub(in crate::print) structure: Option<&'static str>,
    /// Whether it may have an `_into` form.
    pub(in crate::print) into: bool,
    /// Statements before and after the computation.
    pub(in crate::print) around: [TokenStream; 2],
}

/// A result of a function.
pub(in crate::print) struct Part {
    /// The local that it is computed in.
    pub(in crate::print) local: Ident,
    pub(in crate::print) kind: PartKind,
    /// The field of the gradient that it is.
    pub(in crate::print) field: Ident,
}

pub(in crate::print) enum PartKind {
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

impl Function<'_> {
    pub(in crate::print) fn print(
        &self,
        context: &Context<'_>,
        results: &Results,
        pool: &Pool,
    ) -> TokenStream {
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
    pub(in crate::print) fn in_place_name(name: &str) -> Ident {
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
