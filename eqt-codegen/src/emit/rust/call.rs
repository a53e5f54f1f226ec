//! How a typed function of one sample calls its kernel: lengths are compared, arguments and results laid out flat.

use eqt_ir::signature::AxisId;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::coefficients;
use super::kernels::{Kernel, Parameter};
use super::names::Names;
use super::types::Type;
use super::values::zero;
use crate::interface::{Function, Quantity, Sharing, Value};

/// A function of one sample and the kernel that computes it.
pub(super) struct Call<'a> {
    pub(super) names: &'a Names<'a>,
    pub(super) function: &'a Function,
    pub(super) kernel: &'a Kernel,
}

impl Call<'_> {
    /// The run-time lengths as locals.
    pub(super) fn lengths(&self) -> TokenStream {
        let names = self.names;
        let lengths = names.run_time_axes().into_iter().map(|(axis, input)| {
            let (length, name) = (names.size(axis), &names.arguments[input]);
            quote!(let #length = #name.len();)
        });
        quote!(#(#lengths)*)
    }

    /// Comparisons of lengths; each returns a `LengthError`.
    pub(super) fn checks(&self) -> TokenStream {
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
    pub(super) fn run(&self, out: &Ident, place: &TokenStream, workspace: Option<&Ident>) -> TokenStream {
        let (names, kernel) = (self.names, self.kernel);
        let private = &names.private;
        let (mut before, mut after) = (TokenStream::new(), TokenStream::new());
        let read: Vec<TokenStream> =
            kernel.loops.read.iter().map(|parameter| self.reading(parameter, &mut before)).collect();
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
            for parameter in
                kernel.loops.written.iter().filter(|parameter| parameter.quantity == value.quantity)
            {
                written.push(self.writing(value, parameter, &place, &mut before, &mut after));
            }
        }
        let lengths = kernel.lengths.iter().map(|(_, name)| name);
        let memory = kernel.loops.memory.iter().map(|count| match workspace {
            Some(workspace) => quote!(#workspace.take(#count),),
            None => quote!(#private::Memory::new().take(#count),),
        });
        let scalar = names.scalar();
        let generic_arguments = names.generic_arguments(&scalar);
        let shared = kernel.loops.has_shared().then(|| quote!(, #scalar));
        let name = &kernel.loops.name;
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
            before.extend(quote!(let #entries = #private::entries_of(#argument);));
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
        value: &Value,
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
                Quantity::Members => {
                    let member = names.fresh(&["member"]);
                    quote! {
                        #fill
                        for #member in #place.iter_mut() {
                            #private::Entries::fill_entries(&mut #member[..], &mut #entries);
                        }
                    }
                }
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
                if let (Sharing::Summed, Some(sign)) = (value.sharing, coefficient.exchange()) {
                    let (size, sign) = (names.size(coefficient.axes[0]), Literal::i8_unsuffixed(sign));
                    after.extend(quote!(#private::unfold(#entries, #size, #sign);));
                }
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
