//! Functions of many samples, over arrays of ndarray: the arguments of a call of the runtime's driver.

use eqt_ir::signature::AxisId;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::functions::{argument_type, gradient_struct, result_type};
use super::kernels::Kernels;
use super::names::Names;
use super::types::Type;
use super::{coefficients, docs};
use crate::interface::{FamilyId, Function, Quantity, Sharing, Value};

/// All functions of many samples, and the struct of their sums.
pub(super) fn items(names: &Names<'_>, kernels: &Kernels) -> TokenStream {
    let mut tokens = TokenStream::new();
    // All batches of a map sum up the same.
    let summed = names
        .interface
        .functions
        .iter()
        .find(|function| function.batch.is_some() && function.sums().next().is_some());
    if let Some(function) = summed {
        let values: Vec<Value> =
            function.results.iter().copied().filter(|value| value.sharing == Sharing::Summed).collect();
        tokens.extend(sum_struct(names, &values));
    }
    for function in &names.interface.functions {
        if kernels.get(function.role).is_some() {
            tokens.extend(names.scoped(|| batch(names, function)));
        }
    }
    tokens
}

/// Whether what is summed are coefficients alone, which need no const generics.
fn is_of_coefficients(values: &[Value]) -> bool {
    values.iter().all(|value| matches!(value.quantity, Quantity::Coefficients(_)))
}

fn sum_struct(names: &Names<'_>, values: &[Value]) -> TokenStream {
    if !is_of_coefficients(values) {
        return gradient_struct(names, "BatchGradient", "value", values);
    }
    let (private, scalar) = (&names.private, names.scalar());
    let fields = values.iter().map(|value| {
        let (field, ty) = (names.field(value.quantity), result_type(names, value.quantity, &scalar));
        quote!(#[doc = " With respect to the coefficients, summed over samples."] pub #field: #ty)
    });
    quote! {
        /// The gradient of a batch.
        #[derive(Clone, Debug, PartialEq)]
        pub struct BatchGradient<#scalar: #private::Scalar> {
            #(#fields,)*
        }
    }
}

/// A view of an array with samples along its first axis.
fn view(names: &Names<'_>, rank: usize, mutable: bool) -> TokenStream {
    let (private, scalar) = (&names.private, &names.scalar);
    let view = if mutable { quote!(ArrayViewMut) } else { quote!(ArrayView) };
    let dimension = if rank < 6 { format_ident!("Ix{}", rank + 1) } else { format_ident!("IxDyn") };
    quote!(#private::ndarray::#view<'_, #scalar, #private::ndarray::#dimension>)
}

/// One function.
fn batch(names: &Names<'_>, function: &Function) -> Option<TokenStream> {
    let batch = function.batch.as_ref()?;
    let private = &names.private;
    let scalar = names.scalar();
    let mut arguments: Vec<TokenStream> = Vec::new();
    let mut calls: Vec<TokenStream> = Vec::new();
    // Where run-time lengths are read before the driver compares them.
    let mut lengths: Vec<(AxisId, TokenStream)> = Vec::new();
    let mut note = |axis: Option<AxisId>, length: TokenStream| {
        if let Some(axis) = axis
            && !lengths.iter().any(|(other, _)| *other == axis)
        {
            lengths.push((axis, length));
        }
    };
    for value in &function.arguments {
        let name = names.argument(value.quantity);
        match (value.quantity, value.sharing) {
            (Quantity::Coefficients(id), Sharing::PerSample) => {
                for (name, rank) in per_sample_coefficients(names, id, &name) {
                    let view = view(names, rank, false);
                    arguments.push(quote!(#name: #view));
                    calls.push(quote!(.per_sample(#name)));
                }
            }
            (Quantity::Coefficients(id), _) => {
                let ty = argument_type(names, value.quantity, &scalar, None);
                arguments.push(quote!(#name: #ty));
                calls.extend(shared_coefficients(names, id, &name));
            }
            (Quantity::Input(input), Sharing::Shared) => {
                let (ty, declared) =
                    (&names.inputs[input], argument_type(names, value.quantity, &scalar, None));
                arguments.push(quote!(#name: #declared));
                let reference = if *ty == Type::Scalar { quote!(&#name) } else { quote!(#name) };
                let shape = shared_shape(names, ty, &name);
                calls.push(quote!(.shared(&[#(#shape),*], #private::entries_of(#reference))));
                note(ty.run_time(names), quote!(#name.len()));
            }
            (Quantity::Input(input), _) => {
                let ty = &names.inputs[input];
                let view = view(names, ty.slots().len(), false);
                arguments.push(quote!(#name: #view));
                calls.push(quote!(.per_sample(#name)));
                for (slot, axis) in
                    ty.slots().into_iter().enumerate().filter(|(_, axis)| names.is_run_time(*axis))
                {
                    let slot = Literal::usize_unsuffixed(slot + 1);
                    note(Some(axis), quote!(#name.shape().get(#slot).copied().unwrap_or(0)));
                }
            }
            (Quantity::Output | Quantity::Members | Quantity::Weights, _) => {
                let view = view(names, names.output.slots().len(), false);
                arguments.push(quote!(#name: #view));
                calls.push(quote!(.per_sample(#name)));
            }
        }
    }
    let sum = names.fresh(&["sum"]);
    let (mut before, mut after) = (TokenStream::new(), TokenStream::new());
    for value in &function.results {
        match (value.quantity, value.sharing) {
            (Quantity::Coefficients(id), Sharing::Summed) => {
                let field = names.field(value.quantity);
                calls.extend(summed_coefficients(names, id, &quote!(#sum.#field)));
            }
            (quantity, Sharing::Summed) => {
                let (field, entries) = (names.field(quantity), names.fresh(&["entries"]));
                let whole = match names.inputs.get(input_of(quantity)).and_then(|ty| ty.run_time(names)) {
                    Some(_) => quote!(#sum.#field[..]),
                    None => quote!(#sum.#field),
                };
                before.extend(quote!(let mut #entries = #private::entries_of(&#whole);));
                calls.push(quote!(.sum(&mut #entries)));
                after.extend(quote! {
                    #private::Entries::fill_entries(&mut #whole, &mut #entries.into_iter());
                });
            }
            (Quantity::Coefficients(id), _) => {
                let stem = if id == FamilyId::INVARIANTS {
                    "out".to_owned()
                } else {
                    names.result_name(value.quantity)
                };
                let stem = names.fresh(&[&stem]);
                for (name, rank) in per_sample_coefficients(names, id, &stem) {
                    let view = view(names, rank, true);
                    arguments.push(quote!(#name: #view));
                    calls.push(quote!(.write(#name)));
                }
            }
            (quantity, _) => {
                let (name, rank) = match quantity {
                    Quantity::Input(input) => {
                        (names.result_name(quantity), names.inputs[input].slots().len())
                    }
                    _ => ("out".to_owned(), names.output.slots().len()),
                };
                let (name, view) = (names.fresh(&[&name, "output"]), view(names, rank, true));
                arguments.push(quote!(#name: #view));
                calls.push(quote!(.write(#name)));
            }
        }
    }
    let lengths = lengths.into_iter().map(|(axis, length)| {
        let name = names.size(axis);
        quote!(let #name = #length;)
    });
    let sizes = names.interface.signature.axis_ids().map(|axis| names.size(axis));
    let known = names.interface.signature.axis_ids().map(|axis| match names.extent(axis) {
        Extent::RunTime(_) => quote!(#private::core::option::Option::None),
        Extent::Literal(_) | Extent::Const(_) => {
            let size = names.size(axis);
            quote!(#private::core::option::Option::Some(#size))
        }
    });
    let summed: Vec<Value> =
        function.results.iter().copied().filter(|value| value.sharing == Sharing::Summed).collect();
    let generic_arguments = match is_of_coefficients(&summed) {
        true => scalar.clone(),
        false => names.generic_arguments(&scalar),
    };
    let zeros = summed.iter().map(|value| {
        let zero = match value.quantity {
            Quantity::Coefficients(id) => coefficients::zero(names, names.interface.family(id), &scalar),
            quantity => names.inputs[input_of(quantity)].zero(names, &quote!(#scalar::ZERO)),
        };
        let field = names.field(value.quantity);
        quote!(#field: #zero)
    });
    let (output, start, end) = match summed.is_empty() {
        true => (quote!(()), TokenStream::new(), quote!(())),
        false => (
            quote!(BatchGradient<#generic_arguments>),
            quote!(let mut #sum = BatchGradient { #(#zeros),* };),
            quote!(#sum),
        ),
    };
    let (name, role) = (format_ident!("{}", batch.name), super::kernels::name_of(function.role));
    let role = format_ident!("{role}");
    let of_parameters = names.interface.parameters.is_empty();
    let docs = docs::attributes(&format!(
        "{}\n\n# Errors\n\nIf an array has the wrong shape{}.",
        batch.docs,
        if of_parameters { "" } else { " or a parameter the wrong length" }
    ));
    let (generics, constants) = (names.generics(), names.constant_arguments());
    let kernel = match role.to_string().as_str() {
        "invariants" | "invariants_gradient" => quote!(#private::map::GeneratorKernels),
        _ => quote!(#private::map::KernelSet),
    };
    // Optional kernels are there: a function that is not there has no batch.
    let unwrap = matches!(role.to_string().as_str(), "parameter_gradient" | "invariants_gradient");
    let kernel = quote!(<kernels::Set<#constants> as #kernel<#scalar>>::#role(&[#(#sizes),*]));
    let batch_call =
        quote!(#private::batch::Batch::new(kernels::INTERFACE, kernel, &[#(#known),*]) #(#calls)*.run()?;);
    let run = match unwrap {
        false => quote!(let kernel = #kernel; #batch_call),
        true => quote!(if let #private::core::option::Option::Some(kernel) = #kernel { #batch_call }),
    };
    Some(quote! {
        #docs
        pub fn #name<#generics>(
            #(#arguments),*
        ) -> #private::core::result::Result<#output, #private::batch::BatchError> {
            #(#lengths)*
            #start
            #before
            #run
            #after
            #private::core::result::Result::Ok(#end)
        }
    })
}

/// The input of a quantity that is summed and no coefficient.
fn input_of(quantity: Quantity) -> usize {
    match quantity {
        Quantity::Input(input) => input,
        Quantity::Output | Quantity::Members | Quantity::Coefficients(_) | Quantity::Weights => usize::MAX,
    }
}

/// Arrays of coefficients that every sample has its own of, each with its rank.
fn per_sample_coefficients(names: &Names<'_>, id: FamilyId, stem: &Ident) -> Vec<(Ident, usize)> {
    let family = names.interface.family(id);
    if !family.has_arrays() {
        return vec![(stem.clone(), 1)];
    }
    let of = |(index, coefficient): (usize, &eqt_ir::map::Coefficient)| {
        (names.fresh(&[&format!("{}{index}", stem.unraw())]), coefficient.axes.len())
    };
    family.coefficients().iter().enumerate().map(of).collect()
}

fn shared_coefficients(names: &Names<'_>, id: FamilyId, name: &Ident) -> Vec<TokenStream> {
    let private = &names.private;
    let family = names.interface.family(id);
    if !family.has_arrays() {
        let len = Literal::usize_unsuffixed(family.coefficients().len());
        return vec![quote!(.shared(&[#len], &#name[..]))];
    }
    let of = |coefficient: &eqt_ir::map::Coefficient| {
        let field = format_ident!("{}", coefficient.name);
        match coefficient.axes.is_empty() {
            true => quote!(.shared(&[], #private::core::slice::from_ref(&#name.#field))),
            false => quote!(.shared(#name.#field.shape(), #private::contiguous(&#name.#field))),
        }
    };
    family.coefficients().iter().map(of).collect()
}

fn summed_coefficients(names: &Names<'_>, id: FamilyId, place: &TokenStream) -> Vec<TokenStream> {
    let private = &names.private;
    let family = names.interface.family(id);
    if !family.has_arrays() {
        return vec![quote!(.sum(&mut #place))];
    }
    let of = |coefficient: &eqt_ir::map::Coefficient| {
        let field = format_ident!("{}", coefficient.name);
        match coefficient.axes.is_empty() {
            true => quote!(.sum(#private::core::slice::from_mut(&mut #place.#field))),
            false => quote!(.sum(#private::contiguous_mut(&mut #place.#field))),
        }
    };
    family.coefficients().iter().map(of).collect()
}

/// The shape of an argument that all samples share.
fn shared_shape(names: &Names<'_>, ty: &Type, name: &Ident) -> Vec<TokenStream> {
    let mut row = quote!(#name);
    ty.slots()
        .into_iter()
        .map(|axis| {
            if !names.is_run_time(axis) {
                return names.size(axis);
            }
            let length = quote!(#row.len());
            row = quote!(#row.first().map_or(&[][..], |row| &row[..]));
            length
        })
        .collect()
}
