//! The typed functions of one sample: plain, `try_` where lengths may disagree, `_into` where memory can be kept.

use eqt_ir::signature::AxisId;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::kernels::{Kernel, Kernels, Parameter, family_of};
use super::names::Names;
use super::types::Type;
use super::{coefficients, docs};
use crate::interface::{Family, FamilyId, Function, Quantity, Value};

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

/// The type of an argument; `module` is the path of the structs of coefficients, if they need one.
pub(super) fn argument_type(
    names: &Names<'_>,
    quantity: Quantity,
    scalar: &TokenStream,
    module: Option<&Ident>,
) -> TokenStream {
    match quantity {
        Quantity::Input(input) => names.inputs[input].argument(names, scalar),
        Quantity::Output | Quantity::Members => names.output.argument(names, scalar),
        Quantity::Coefficients(id) => {
            let ty = coefficients::ty(names.interface.family(id), scalar, module);
            quote!(&#ty)
        }
        Quantity::Weights => {
            let count = Literal::usize_unsuffixed(names.interface.members_count);
            quote!(&[#scalar; #count])
        }
    }
}

/// The type of a result.
pub(super) fn result_type(names: &Names<'_>, quantity: Quantity, scalar: &TokenStream) -> TokenStream {
    match quantity {
        Quantity::Input(input) => names.inputs[input].owned(names, scalar),
        Quantity::Output => names.output.owned(names, scalar),
        Quantity::Members => {
            let (ty, count) = (names.output.owned(names, scalar), names.interface.members_count);
            let count = Literal::usize_unsuffixed(count);
            quote!([#ty; #count])
        }
        Quantity::Coefficients(id) => coefficients::ty(names.interface.family(id), scalar, None),
        Quantity::Weights => quote!(()),
    }
}

/// A zero of the type of a result.
fn zero(names: &Names<'_>, quantity: Quantity) -> TokenStream {
    let scalar = names.scalar();
    let entry = quote!(#scalar::ZERO);
    match quantity {
        Quantity::Input(input) => names.inputs[input].zero(names, &entry),
        Quantity::Output => names.output.zero(names, &entry),
        Quantity::Members => {
            let private = &names.private;
            let (start, count) = (names.output.zero(names, &entry), names.interface.members_count);
            let count = Literal::usize_unsuffixed(count);
            match names.output.is_fixed(names) {
                true => quote!([#start; #count]),
                false => quote!(#private::core::array::from_fn::<_, #count, _>(|_| #start)),
            }
        }
        Quantity::Coefficients(id) => coefficients::zero(names, names.interface.family(id), &scalar),
        Quantity::Weights => quote!(()),
    }
}

/// All functions of one sample, and the structs of gradients.
pub(super) fn items(names: &Names<'_>, kernels: &Kernels) -> TokenStream {
    let mut tokens = TokenStream::new();
    for function in &names.interface.functions {
        let (Some(name), Some(kernel)) = (function.name, kernels.get(function.role)) else { continue };
        if let Some(structure) = function.structure {
            let of = match function
                .arguments
                .iter()
                .any(|value| family_of(value.quantity) == Some(FamilyId::INVARIANTS))
            {
                true => "invariants",
                false => "value",
            };
            tokens.extend(gradient_struct(names, structure, of, &function.results));
        }
        tokens.extend(names.scoped(|| Printer { names, function, kernel, name }.print()));
    }
    tokens
}

/// A gradient: a field for the coefficients, if they have one, and one for every input.
pub(super) fn gradient_struct(names: &Names<'_>, name: &str, of: &str, values: &[Value]) -> TokenStream {
    let (scalar, generics) = (names.scalar(), names.generics());
    let about = docs::attributes(&format!("The gradient of `<cotangent, {of}>`."));
    let name = format_ident!("{name}");
    let fields = values.iter().map(|value| {
        let (field, ty) = (names.field(value.quantity), result_type(names, value.quantity, &scalar));
        let docs = match value.quantity {
            Quantity::Input(_) => docs::attributes(&format!("With respect to `{}`.", field.unraw())),
            _ => docs::attributes("With respect to the coefficients."),
        };
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

struct Printer<'a> {
    names: &'a Names<'a>,
    function: &'a Function,
    kernel: &'a Kernel,
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
        let start = self.assembled(|value| zero(names, value.quantity));
        let lengths = self.lengths();
        let private = &names.private;
        if !has_into_forms(names) {
            let body = self.run(&out, &quote!(#out), None);
            let body = quote!(let mut #out: #output = #start; #body #out);
            return self.infallible(&Form { name, docs, arguments: &arguments, output: &output }, &body);
        }
        let workspace = names.fresh(&["workspace"]);
        let mut into_arguments = arguments.clone();
        into_arguments.push((workspace.clone(), quote!(&mut #private::Memory<#scalar>)));
        into_arguments.push((out.clone(), quote!(&mut #output)));
        let into_name = format!("{name}_into");
        let into_docs = format!("{docs} Written to `{out}`, whose memory is kept.");
        let body = self.run(&out, &quote!((*#out)), Some(&workspace));
        let unit = quote!(());
        let plain = Form { name, docs, arguments: &arguments, output: &output };
        let into = Form { name: &into_name, docs: &into_docs, arguments: &into_arguments, output: &unit };
        let generic_arguments = names.generic_arguments(&scalar);
        let passed = arguments.iter().map(|(name, _)| name);
        if is_fallible(names) {
            let checks = self.checks();
            let into =
                self.fallible(&into, &quote!(#lengths #checks #body #private::core::result::Result::Ok(())));
            let call = format_ident!("try_{into_name}");
            let body = quote! {
                #lengths
                let mut #out: #output = #start;
                self::#call::<#generic_arguments>(#(#passed,)* &mut #private::Memory::new(), &mut #out)?;
                #private::core::result::Result::Ok(#out)
            };
            let plain = self.fallible(&plain, &body);
            return quote!(#plain #into);
        }
        let into = self.infallible(&into, &quote!(#lengths #body));
        let call = format_ident!("{into_name}");
        let body = quote! {
            #lengths
            let mut #out: #output = #start;
            self::#call::<#generic_arguments>(#(#passed,)* &mut #private::Memory::new(), &mut #out);
            #out
        };
        let plain = self.infallible(&plain, &body);
        quote!(#plain #into)
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

    /// The output from its parts.
    fn assembled(&self, part: impl Fn(&Value) -> TokenStream) -> TokenStream {
        let parts = self.function.results.iter().map(part);
        let Some(structure) = self.function.structure else { return quote!(#(#parts)*) };
        let structure = format_ident!("{structure}");
        let fields = self.function.results.iter().map(|value| self.names.field(value.quantity));
        quote!(#structure { #(#fields: #parts),* })
    }

    /// The run-time lengths as locals.
    fn lengths(&self) -> TokenStream {
        let names = self.names;
        let lengths = names.run_time_axes().into_iter().map(|(axis, input)| {
            let (length, name) = (names.size(axis), &names.arguments[input]);
            quote!(let #length = #name.len();)
        });
        quote!(#(#lengths)*)
    }

    /// Comparisons of lengths; each returns a `LengthError`.
    fn checks(&self) -> TokenStream {
        let names = self.names;
        let private = &names.private;
        let first = names.run_time_axes();
        let mut tokens = TokenStream::new();
        let check = |what: &str, expected: TokenStream, found: TokenStream| quote!(#private::LengthError::check(#what, #expected, #found)?;);
        let arrays = |name: &Ident, ty: &Type, what: &str, known: bool| {
            let mut tokens = TokenStream::new();
            if let (Some(axis), false) = (ty.run_time(names), known) {
                tokens.extend(check(what, names.size(axis), quote!(#name.len())));
            }
            tokens.extend(inner_checks(names, ty, name, what));
            tokens
        };
        for value in &self.function.arguments {
            let name = names.argument(value.quantity);
            match value.quantity {
                Quantity::Input(input) => {
                    let ty = &names.inputs[input];
                    let known = ty.run_time(names).is_some_and(|axis| first.contains(&(axis, input)));
                    let what = format!("input `{}`", names.declaration.inputs[input].unraw());
                    tokens.extend(arrays(&name, ty, &what, known));
                }
                Quantity::Output => tokens.extend(arrays(&name, &names.output, "the cotangent", false)),
                Quantity::Coefficients(id) => {
                    let family = names.interface.family(id);
                    for coefficient in family.coefficients() {
                        let field = format_ident!("{}", coefficient.name);
                        let what = format!("{} `{field}`", family.what);
                        for (slot, &axis) in coefficient.axes.iter().enumerate() {
                            let slot = Literal::usize_unsuffixed(slot);
                            tokens.extend(check(
                                &what,
                                names.size(axis),
                                quote!(#name.#field.shape()[#slot]),
                            ));
                        }
                    }
                }
                Quantity::Members | Quantity::Weights => {}
            }
        }
        tokens
    }

    /// The call of the kernel, its results written to `place`.
    fn run(&self, out: &Ident, place: &TokenStream, workspace: Option<&Ident>) -> TokenStream {
        let (names, kernel) = (self.names, self.kernel);
        let private = &names.private;
        let (mut before, mut after) = (TokenStream::new(), TokenStream::new());
        let read: Vec<TokenStream> =
            kernel.read.iter().map(|parameter| self.reading(parameter, &mut before)).collect();
        let single = self.function.structure.is_none();
        let mut written = Vec::new();
        for value in &self.function.results {
            let place = match single {
                true => place.clone(),
                false => {
                    let field = names.field(value.quantity);
                    quote!(#out.#field)
                }
            };
            if workspace.is_some() {
                before.extend(self.reset(value.quantity, &place));
            }
            for parameter in kernel.written.iter().filter(|parameter| parameter.quantity == value.quantity) {
                written.push(self.writing(parameter, &place, &mut before, &mut after));
            }
        }
        let lengths = kernel.lengths.iter().map(|(_, name)| name);
        let memory = kernel.memory.iter().map(|count| match workspace {
            Some(workspace) => quote!(#workspace.take(#count),),
            None => quote!(#private::Memory::new().take(#count),),
        });
        let scalar = names.scalar();
        let generic_arguments = names.generic_arguments(&scalar);
        let shared = kernel.has_shared().then(|| quote!(, #scalar));
        let name = &kernel.name;
        quote! {
            #before
            self::kernels::#name::<#generic_arguments #shared>(#(#lengths,)* #(#memory)* #(#read,)* #(#written),*);
            #after
        }
    }

    /// An argument of the kernel from one of the function.
    fn reading(&self, parameter: &Parameter, before: &mut TokenStream) -> TokenStream {
        let names = self.names;
        let private = &names.private;
        let argument = names.argument(parameter.quantity);
        let array = |ty: &Type, before: &mut TokenStream| {
            if ty.is_contiguous(names) {
                return ty.peeled(names, quote!(#argument));
            }
            let (entries, count) = (names.fresh(&["entries"]), parameter.storage.count());
            before.extend(quote! {
                let mut #entries = #private::std::vec::Vec::new();
                #private::Entries::for_each_entry(#argument, &mut |entry| #entries.push(entry));
            });
            quote!(#private::slice(&#entries, #count))
        };
        match (parameter.quantity, parameter.coefficient) {
            (Quantity::Input(input), _) => array(&names.inputs[input], before),
            (Quantity::Output | Quantity::Members, _) => array(&names.output, before),
            (Quantity::Coefficients(id), Some(index)) => {
                let coefficient = &names.interface.family(id).coefficients()[index];
                let field = format_ident!("{}", coefficient.name);
                if coefficient.axes.is_empty() {
                    return quote!(&#argument.#field);
                }
                let name = &parameter.name;
                before.extend(quote!(let #name = #private::contiguous(&#argument.#field);));
                match parameter.storage.is_slice() {
                    false => quote!(#private::flat(&#name)),
                    true => {
                        let count = parameter.storage.count();
                        quote!(#private::slice(&#name, #count))
                    }
                }
            }
            (Quantity::Coefficients(_) | Quantity::Weights, _) => quote!(#argument),
        }
    }

    /// A result of the kernel within the output of the function.
    fn writing(
        &self,
        parameter: &Parameter,
        place: &TokenStream,
        before: &mut TokenStream,
        after: &mut TokenStream,
    ) -> TokenStream {
        let names = self.names;
        let private = &names.private;
        let scalar = names.scalar();
        let mut by_way = |before: &mut TokenStream| {
            let (entries, count) = (names.fresh(&["entries"]), parameter.storage.count());
            let inner = super::kernels::zeros(parameter, &quote!(#scalar::ZERO));
            before.extend(quote! {
                let mut #entries = #private::std::vec::Vec::new();
                #entries.resize(#count, #inner);
            });
            let fill = quote! {
                let mut #entries = #entries.iter().flat_map(#private::NestedArray::as_entries).copied();
            };
            after.extend(match parameter.quantity {
                Quantity::Members => quote! {
                    #fill
                    for member in #place.iter_mut() {
                        #private::Entries::fill_entries(&mut member[..], &mut #entries);
                    }
                },
                _ => quote! {
                    #fill
                    #private::Entries::fill_entries(&mut #place[..], &mut #entries);
                },
            });
            quote!(&mut #entries)
        };
        match (parameter.quantity, parameter.coefficient) {
            (Quantity::Input(input), _) => {
                let ty = &names.inputs[input];
                if ty.is_contiguous(names) { ty.peeled_mut(names, place.clone()) } else { by_way(before) }
            }
            (Quantity::Output, _) => {
                let ty = &names.output;
                if ty.is_contiguous(names) { ty.peeled_mut(names, place.clone()) } else { by_way(before) }
            }
            (Quantity::Members, _) => match names.output.is_fixed(names) {
                true => quote!(#private::Peel::peel_mut(&mut #place)),
                false => by_way(before),
            },
            (Quantity::Coefficients(id), Some(index)) => {
                let coefficient = &names.interface.family(id).coefficients()[index];
                let field = format_ident!("{}", coefficient.name);
                if coefficient.axes.is_empty() {
                    return quote!(&mut #place.#field);
                }
                let entries = quote!(#private::contiguous_mut(&mut #place.#field));
                match parameter.storage.is_slice() {
                    false => quote!(#private::flat_mut(#entries)),
                    true => {
                        let count = parameter.storage.count();
                        quote!(#private::slice_mut(#entries, #count))
                    }
                }
            }
            (Quantity::Coefficients(_) | Quantity::Weights, _) => quote!(&mut #place),
        }
    }

    /// Sets memory of the caller to zero, in place where it can.
    fn reset(&self, quantity: Quantity, place: &TokenStream) -> TokenStream {
        let names = self.names;
        let scalar = names.scalar();
        let whole = |ty: &Type| match ty {
            Type::Array(axis, member) if names.is_run_time(*axis) => {
                let (zero, size) = (member.zero(names, &quote!(#scalar::ZERO)), names.size(*axis));
                Some(quote!(#place.clear(); #place.resize(#size, #zero);))
            }
            _ => None,
        };
        let in_place = match quantity {
            Quantity::Input(input) => whole(&names.inputs[input]),
            Quantity::Output => whole(&names.output),
            Quantity::Coefficients(id) => coefficients::reset(names, names.interface.family(id), place),
            Quantity::Members | Quantity::Weights => None,
        };
        in_place.unwrap_or_else(|| {
            let zero = zero(names, quantity);
            quote!(#place = #zero;)
        })
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
        let generic_arguments = self.names.generic_arguments(&self.names.scalar());
        quote! {
            #panics
            pub fn #name<#generics>(#(#names: #types),*) -> #output {
                match self::#try_name::<#generic_arguments>(#(#names),*) {
                    #private::core::result::Result::Ok(value) => value,
                    #private::core::result::Result::Err(error) => #private::core::panic!("{}", error),
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

/// The lengths of vectors in vectors.
fn inner_checks(names: &Names<'_>, ty: &Type, value: &Ident, what: &str) -> TokenStream {
    let Type::Array(_, member) = ty else { return TokenStream::new() };
    if member.is_fixed(names) {
        return TokenStream::new();
    }
    names.scoped(|| {
        let row = names.fresh(&["row"]);
        let private = &names.private;
        let own = member.run_time(names).map(|axis: AxisId| {
            let size = names.size(axis);
            quote!(#private::LengthError::check(#what, #size, #row.len())?;)
        });
        let inner = inner_checks(names, member, &row, what);
        quote!(for #row in #value.iter() { #own #inner })
    })
}

/// The free label axes of a family without a literal length, in order, each with the name that it has as an argument.
pub(super) fn label_arguments(names: &Names<'_>, family: &Family) -> Vec<(AxisId, Ident)> {
    let mut axes: Vec<AxisId> =
        family.coefficients().iter().flat_map(|coefficient| coefficient.axes.iter().copied()).collect();
    axes.sort_unstable();
    axes.dedup();
    let named = axes.into_iter().filter_map(|axis| match names.extent(axis) {
        Extent::Const(name) | Extent::RunTime(name) => {
            Some((axis, crate::declaration::identifier(&name.unraw().to_string().to_lowercase())))
        }
        Extent::Literal(_) => None,
    });
    named.collect()
}
