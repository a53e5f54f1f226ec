//! The typed functions of one sample: plain, `try_` where lengths may disagree, `_into` where memory can be kept.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::call::Call;
use super::docs;
use super::kernels::Kernels;
use super::names::Names;
use super::values::{argument_type, gradient_struct, result_type, zero};
use crate::interface::{Function, Role};

/// Whether lengths have to be compared at run time.
pub(super) fn is_fallible(names: &Names<'_>) -> bool {
    let run_time = names.run_time_axes();
    let shared = names.inputs.iter().filter(|ty| ty.run_time(names).is_some()).count() > run_time.len();
    let nested = names.inputs.iter().chain([&names.output]).any(|ty| !ty.is_contiguous(names));
    shared || nested || names.interface.has_arrays() || names.output.run_time(names).is_some()
}

/// Whether functions have `_into` forms: those that would allocate.
pub(super) fn has_into_forms(names: &Names<'_>) -> bool {
    names.interface.has_arrays() || !names.run_time_axes().is_empty()
}

/// The function itself, outside of its module.
pub(super) fn outer(names: &Names<'_>, function: &Function, text: &str) -> TokenStream {
    let declaration = names.declaration;
    let (attributes, visibility, name) =
        (&declaration.attributes, &declaration.visibility, &declaration.name);
    let docs = docs::appended(attributes, text);
    let scalar = names.scalar();
    let (arguments, types): (Vec<Ident>, Vec<TokenStream>) = function
        .arguments
        .iter()
        .map(|value| {
            (names.argument(value.quantity), argument_type(names, value.quantity, &scalar, Some(name)))
        })
        .unzip();
    let output = names.output.owned(names, &scalar);
    let call = format_ident!("{}", function.name.unwrap_or("call"));
    let (generics, generic_arguments) = (names.generics(), names.generic_arguments(&scalar));
    quote! {
        #(#attributes)*
        #docs
        #[allow(clippy::all, clippy::pedantic, non_snake_case, unused_qualifications)]
        #[inline]
        #visibility fn #name<#generics>(#(#arguments: #types),*) -> #output {
            #name::#call::<#generic_arguments>(#(#arguments),*)
        }
    }
}

/// All functions of one sample, and the structs of gradients.
pub(super) fn items(names: &Names<'_>, kernels: &Kernels) -> TokenStream {
    let mut tokens = TokenStream::new();
    for function in &names.interface.functions {
        let Some(name) = function.name else { continue };
        if let Some(structure) = function.structure {
            let of = match function.role {
                Role::InvariantsGradient => "invariants",
                _ => "value",
            };
            tokens.extend(gradient_struct(names, structure, of, &function.results));
        }
        let call = kernels.get(function.role).map(|kernel| Call { names, function, kernel });
        tokens.extend(names.scoped(|| Printer { names, function, call, name }.print()));
    }
    tokens
}

struct Printer<'a> {
    names: &'a Names<'a>,
    function: &'a Function,
    /// Nothing for what stands in for a map with mistakes.
    call: Option<Call<'a>>,
    name: &'static str,
}

/// A function to be printed: arguments with their types, what it returns, and its body.
struct Form<'a> {
    name: &'a str,
    docs: &'a str,
    arguments: &'a [(Ident, TokenStream)],
    output: &'a TokenStream,
}

impl Printer<'_> {
    fn print(&self) -> TokenStream {
        let (names, name, docs) = (self.names, self.name, &self.function.docs);
        let scalar = names.scalar();
        let arguments: Vec<(Ident, TokenStream)> = self
            .function
            .arguments
            .iter()
            .map(|value| {
                (names.argument(value.quantity), argument_type(names, value.quantity, &scalar, None))
            })
            .collect();
        let output = self.output(&scalar);
        let out = names.fresh(&["out", "output"]);
        let plain = Form { name, docs, arguments: &arguments, output: &output };
        if !has_into_forms(names) {
            let body = self.body(|call| {
                let (start, run) = (self.start(), call.run(&out, &quote!(#out), None));
                quote!(let mut #out: #output = #start; #run #out)
            });
            return self.infallible(&plain, &body);
        }
        let private = &names.private;
        let workspace = names.fresh(&["workspace"]);
        let mut into_arguments = arguments.clone();
        into_arguments.push((workspace.clone(), quote!(&mut #private::Memory<#scalar>)));
        into_arguments.push((out.clone(), quote!(&mut #output)));
        let into = Form {
            name: &format!("{name}_into"),
            docs: &format!("{docs} Written to `{out}`, whose memory is kept."),
            arguments: &into_arguments,
            output: &quote!(()),
        };
        let fallible = is_fallible(names);
        let prefix = if fallible { "try_" } else { "" };
        let into_call = format_ident!("{prefix}{}", into.name);
        let generic_arguments = names.generic_arguments(&scalar);
        let passed = arguments.iter().map(|(name, _)| name);
        let (fails, ok, done) = match fallible {
            true => {
                let ok = quote!(#private::core::result::Result::Ok);
                (quote!(?), quote!(#ok(#out)), quote!(#ok(())))
            }
            false => (quote!(), quote!(#out), quote!()),
        };
        let of_plain = self.body(|call| {
            let (lengths, start) = (call.lengths(), self.start());
            quote! {
                #lengths
                let mut #out: #output = #start;
                self::#into_call::<#generic_arguments>(#(#passed,)* &mut #private::Memory::new(), &mut #out)#fails;
                #ok
            }
        });
        let of_into = self.body(|call| {
            let (lengths, run) = (call.lengths(), call.run(&out, &quote!((*#out)), Some(&workspace)));
            let checks = fallible.then(|| call.checks());
            quote!(#lengths #checks #run #done)
        });
        let (plain, into) = match fallible {
            true => (self.fallible(&plain, &of_plain), self.fallible(&into, &of_into)),
            false => (self.infallible(&plain, &of_plain), self.infallible(&into, &of_into)),
        };
        quote!(#plain #into)
    }

    fn body(&self, body: impl FnOnce(&Call<'_>) -> TokenStream) -> TokenStream {
        self.call.as_ref().map_or_else(|| quote!(loop {}), body)
    }

    /// Zeros of the output.
    fn start(&self) -> TokenStream {
        let zeros = self.function.results.iter().map(|value| zero(self.names, value.quantity));
        let Some(structure) = self.function.structure else { return quote!(#(#zeros)*) };
        let structure = format_ident!("{structure}");
        let fields = self.function.results.iter().map(|value| self.names.field(value.quantity));
        quote!(#structure { #(#fields: #zeros),* })
    }

    fn output(&self, scalar: &TokenStream) -> TokenStream {
        match self.function.structure {
            Some(structure) => {
                let (structure, arguments) =
                    (format_ident!("{structure}"), self.names.generic_arguments(scalar));
                quote!(#structure<#arguments>)
            }
            None => {
                let types =
                    self.function.results.iter().map(|value| result_type(self.names, value.quantity, scalar));
                quote!(#(#types)*)
            }
        }
    }

    /// A function that cannot fail.
    fn infallible(&self, form: &Form<'_>, body: &TokenStream) -> TokenStream {
        let (name, generics) = (format_ident!("{}", form.name), self.names.generics());
        let (names, types): (Vec<_>, Vec<_>) = form.arguments.iter().cloned().unzip();
        let (docs, output) = (docs::attributes(form.docs), form.output);
        let output = (output.to_string() != "()").then(|| quote!(-> #output));
        quote! {
            #docs
            pub fn #name<#generics>(#(#names: #types),*) #output { #body }
        }
    }

    /// A function that returns an error, and the one that panics instead.
    fn fallible(&self, form: &Form<'_>, body: &TokenStream) -> TokenStream {
        let (name, try_name) = (format_ident!("{}", form.name), format_ident!("try_{}", form.name));
        let (names, types): (Vec<_>, Vec<_>) = form.arguments.iter().cloned().unzip();
        let panics =
            docs::attributes(&format!("{}\n\n# Panics\n\nIf lengths that should agree differ.", form.docs));
        let errors =
            docs::attributes(&format!("{}\n\n# Errors\n\nIf lengths that should agree differ.", form.docs));
        let (private, output, generics) = (&self.names.private, form.output, self.names.generics());
        let (value, error) = (self.names.fresh(&["value"]), self.names.fresh(&["error"]));
        let generic_arguments = self.names.generic_arguments(&self.names.scalar());
        quote! {
            #panics
            pub fn #name<#generics>(#(#names: #types),*) -> #output {
                match self::#try_name::<#generic_arguments>(#(#names),*) {
                    #private::core::result::Result::Ok(#value) => #value,
                    #private::core::result::Result::Err(#error) => #private::core::panic!("{}", #error),
                }
            }

            #errors
            pub fn #try_name<#generics>(
                #(#names: #types),*
            ) -> #private::core::result::Result<#output, #private::LengthError> {
                #body
            }
        }
    }
}
