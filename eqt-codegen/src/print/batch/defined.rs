//! Batches of maps with a body: inputs belong to samples, parameters are shared, and their gradient is summed.

use eqt_ir::optimise::Defined;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

use super::super::context::Context;
use super::super::defined::{DefinedNests, parameter_struct, parameters};
use super::super::docs;
use super::super::functions::is_fallible;
use super::super::types::Type;
use super::super::workspace::has_into_forms;
use super::{LANES, tuple, work};
use crate::lower::Nest;

/// A function of batches.
struct Batch<'a> {
    name: &'static str,
    docs: &'static str,
    /// The function of one sample.
    call: &'static str,
    nest: &'a Nest,
    /// Whether it reads a cotangent.
    backward: bool,
    /// What is written, and where the function of one sample has it.
    written: Vec<(Array, TokenStream)>,
    /// The parameters whose gradient is summed.
    sums: Vec<usize>,
}

/// An array over samples.
#[derive(Clone)]
struct Array {
    name: Ident,
    what: String,
    ty: Type,
}

pub(in crate::print) fn items(context: &Context<'_>, defined: &Defined, nests: &DefinedNests) -> TokenStream {
    context.scoped(|| {
        let parameters = parameters(context, defined);
        let output = Array {
            name: context.fresh(&["out", "output"]),
            what: "output".to_owned(),
            ty: context.output.clone(),
        };
        let inputs = (0..context.inputs.len()).filter(|input| !parameters.contains(input));
        let gradients: Vec<(Array, TokenStream)> = inputs
            .map(|input| {
                let (name, ty) = context.input(input);
                let array = Array {
                    name: context.fresh(&[&format!("d_{}", name.unraw())]),
                    what: format!("gradient of input `{}`", name.unraw()),
                    ty: ty.clone(),
                };
                (array, quote!(.#name))
            })
            .collect();
        let mut batches = vec![Batch {
            name: "batch",
            docs: "The values of many samples: the first axis of every array counts them, the others are those of one \
                   sample; parameters are shared. Arrays may have any strides; samples run in vector registers and on all \
                   cores, with the same result on any number of them.",
            call: "call",
            nest: &nests.value,
            backward: false,
            written: vec![(output, TokenStream::new())],
            sums: Vec::new(),
        }];
        if !parameters.is_empty() {
            batches.push(Batch {
                name: "batch_gradient",
                docs: "The gradient of `<cotangent, value>` with respect to the parameters, summed over samples.",
                call: "parameter_gradient",
                nest: &nests.parameter_gradient,
                backward: true,
                written: Vec::new(),
                sums: parameters.clone(),
            });
        }
        if !gradients.is_empty() {
            batches.push(Batch {
                name: "batch_input_gradient",
                docs: "The gradient of `<cotangent, value>`: that of the parameters is summed over samples, those of the \
                       inputs of every sample are written to the arrays after the cotangent.",
                call: "gradient",
                nest: &nests.gradient,
                backward: true,
                written: gradients,
                sums: parameters.clone(),
            });
        }
        let structure = (!parameters.is_empty())
            .then(|| parameter_struct(context, "BatchGradient", "value", &parameters));
        let functions = batches.iter().map(|batch| context.scoped(|| batch.print(context, &parameters)));
        quote!(#structure #(#functions)*)
    })
}

impl Batch<'_> {
    fn print(&self, context: &Context<'_>, parameters: &[usize]) -> TokenStream {
        let (private, scalar) = (&context.private, &context.scalar);
        let scalar_type = scalar.to_token_stream();
        let name = format_ident!("{}", self.name);
        let docs = docs::attributes(&format!(
            "{}\n\n# Errors\n\nIf an array has the wrong shape or a parameter the wrong length.",
            self.docs
        ));
        let generics = context.generics();
        let width = Literal::usize_unsuffixed(LANES);
        let lanes = quote!(#private::Lanes<#scalar, #width>);
        let lane_zero = quote!(<#lanes as #private::Scalar>::ZERO);
        let [samples, range, start, count, value, sum, part, entries] =
            ["samples", "range", "start", "count", "value", "sum", "part", "entries"]
                .map(|name| context.fresh(&[name]));

        // Arguments in the order of the map; each has a local in lanes.
        let mut arguments: Vec<TokenStream> = Vec::new();
        let mut arrays: Vec<Array> = Vec::new();
        let mut passed: Vec<TokenStream> = Vec::new();
        let (mut shared, mut declarations, mut reads) =
            (TokenStream::new(), TokenStream::new(), TokenStream::new());
        let local_of = |name: &Ident| context.fresh(&[&format!("lanes_{}", name.unraw())]);
        let mut read = |array: Array, arguments: &mut Vec<TokenStream>, passed: &mut Vec<TokenStream>| {
            let (name, ty, local) = (&array.name, &array.ty, local_of(&array.name));
            let (owned, zero) = (ty.owned(context, &lanes), ty.zero(context, &lane_zero));
            declarations.extend(quote!(let mut #local: #owned = #zero;));
            let place = whole(context, ty, &local);
            reads.extend(quote! {
                #private::batch::read_lanes(
                    &#name.slice_axis(#private::ndarray::Axis(0), #private::ndarray::Slice::from(#start..)),
                    &mut #place,
                );
            });
            passed.push(ty.pass(local.to_token_stream()));
            let view = view(context, &array, false);
            arguments.push(quote!(#name: #view));
            arrays.push(array);
            local
        };
        for (input, ty) in context.inputs.iter().enumerate() {
            let argument = &context.declaration.inputs[input];
            if !parameters.contains(&input) {
                let what = format!("input `{}`", argument.unraw());
                read(Array { name: argument.clone(), what, ty: ty.clone() }, &mut arguments, &mut passed);
                continue;
            }
            let (local, declared) = (local_of(argument), ty.argument(context, &scalar_type));
            arguments.push(quote!(#argument: #declared));
            if *ty == Type::Scalar {
                shared.extend(quote!(let #local = #private::Lanes::splat(#argument);));
            } else {
                let (owned, zero) = (ty.owned(context, &lanes), ty.zero(context, &lane_zero));
                let place = whole(context, ty, &local);
                shared.extend(quote! {
                    let mut #entries: Vec<#scalar> = Vec::new();
                    #private::Entries::for_each_entry(#argument, &mut |entry: #scalar| #entries.push(entry));
                    let mut #entries = #entries.into_iter();
                    let mut #local: #owned = #zero;
                    #private::Entries::for_each_entry_mut(&mut #place, &mut |lanes: &mut #lanes| {
                        if let Some(entry) = #entries.next() {
                            *lanes = #private::Lanes::splat(entry);
                        }
                    });
                });
            }
            passed.push(ty.pass(local.to_token_stream()));
        }
        let mut mask = TokenStream::new();
        if self.backward {
            let cotangent = Array {
                name: context.cotangent.clone(),
                what: "cotangent".to_owned(),
                ty: context.output.clone(),
            };
            let local = read(cotangent, &mut arguments, &mut passed);
            let place = whole(context, &context.output, &local);
            // Lanes without a sample of their own add nothing to sums.
            mask = quote! {
                if #count < #width {
                    #private::Entries::for_each_entry_mut(&mut #place, &mut |lanes: &mut #lanes| {
                        lanes.0[#count..].fill(#scalar::ZERO);
                    });
                }
            };
        }
        let first_written = arrays.len();
        let mut writes = TokenStream::new();
        for (array, place) in &self.written {
            let (target, view) = (&array.name, view(context, array, true));
            arguments.push(quote!(#target: #view));
            let source = if array.ty.run_time(context).is_some() {
                quote!(#value #place[..])
            } else {
                quote!(#value #place)
            };
            writes.extend(quote! {
                #private::batch::write_lanes(
                    &#source,
                    &mut #target.slice_axis_mut(#private::ndarray::Axis(0), #private::ndarray::Slice::from(#start..)),
                );
            });
            arrays.push(array.clone());
        }

        let checks = checks(context, &arrays, parameters, &samples);
        let turbofish = context.arguments(&lanes);
        let call = match (is_fallible(context), has_into_forms(context)) {
            (true, _) => format_ident!("unchecked_{}", self.call),
            _ => format_ident!("{}", self.call),
        };
        let parts = tuple(&arrays.iter().map(|array| array.name.to_token_stream()).collect::<Vec<_>>());
        let patterns = arrays.iter().enumerate().map(|(position, array)| {
            let name = &array.name;
            if position < first_written { quote!(#name) } else { quote!(mut #name) }
        });
        let patterns = tuple(&patterns.collect::<Vec<_>>());
        let work = work(context, self.nest);
        let fields: Vec<&Ident> = self.sums.iter().map(|&input| context.input(input).0).collect();
        let sources: Vec<TokenStream> = self
            .sums
            .iter()
            .map(|&input| {
                let (field, ty) = context.input(input);
                if ty.run_time(context).is_some() { quote!(#value.#field[..]) } else { quote!(#value.#field) }
            })
            .collect();
        let summing = (!self.sums.is_empty()).then(|| {
            quote! {
                let mut position = 0;
                #(#private::Entries::for_each_entry(&#sources, &mut |lanes: #lanes| {
                    if position == #sum.len() {
                        #sum.push(#lane_zero);
                    }
                    #sum[position] += lanes;
                    position += 1;
                });)*
            }
        });
        let (begin, chunk) = match self.sums.is_empty() {
            true => (TokenStream::new(), TokenStream::new()),
            false => (
                quote!(let mut #sum: Vec<#lanes> = Vec::new();),
                quote!(#sum.into_iter().map(|lanes| lanes.sum()).collect::<Vec<#scalar>>()),
            ),
        };
        let run = quote! {
            #private::batch::map_chunks_with(#samples, #work, #parts, |#range, #patterns| {
                #declarations
                #begin
                for #start in (0..#range.len()).step_by(#width) {
                    let #count = (#range.len() - #start).min(#width);
                    #reads
                    #mask
                    let #value = #call::<#turbofish>(#(#passed),*);
                    #summing
                    #writes
                }
                #chunk
            })
        };
        let scalar_arguments = context.arguments(&scalar_type);
        let (output, end) = if self.sums.is_empty() {
            (quote!(()), quote!(#run; Ok(())))
        } else {
            let zeros =
                self.sums.iter().map(|&input| context.input(input).1.zero(context, &quote!(#scalar::ZERO)));
            let places = self.sums.iter().map(|&input| {
                let (field, ty) = context.input(input);
                if ty.run_time(context).is_some() { quote!(#sum.#field[..]) } else { quote!(#sum.#field) }
            });
            (
                quote!(BatchGradient<#scalar_arguments>),
                quote! {
                    let mut #sum = BatchGradient::<#scalar_arguments> { #(#fields: #zeros),* };
                    for #part in #run {
                        let mut #part = #part.into_iter();
                        #(#private::Entries::for_each_entry_mut(&mut #places, &mut |total: &mut #scalar| {
                            if let Some(term) = #part.next() {
                                *total += term;
                            }
                        });)*
                    }
                    Ok(#sum)
                },
            )
        };
        quote! {
            #docs
            pub fn #name<#generics>(#(#arguments),*) -> Result<#output, #private::batch::BatchError> {
                #checks
                #shared
                #end
            }
        }
    }
}

/// A local as what implements `Entries`.
fn whole(context: &Context<'_>, ty: &Type, local: &Ident) -> TokenStream {
    if ty.run_time(context).is_some() { quote!(#local[..]) } else { quote!(#local) }
}

fn view(context: &Context<'_>, array: &Array, mutable: bool) -> TokenStream {
    let (private, scalar) = (&context.private, &context.scalar);
    let view = if mutable { quote!(ArrayViewMut) } else { quote!(ArrayView) };
    let rank = array.ty.slots().len() + 1;
    let dimension = if rank <= 6 { format_ident!("Ix{rank}") } else { format_ident!("IxDyn") };
    quote!(#private::ndarray::#view<'_, #scalar, #private::ndarray::#dimension>)
}

/// Samples and run-time lengths are taken from the first argument that has them; all others are compared with those.
fn checks(context: &Context<'_>, arrays: &[Array], parameters: &[usize], samples: &Ident) -> TokenStream {
    let private = &context.private;
    let mut tokens = TokenStream::new();
    match arrays.first() {
        Some(first) => {
            let first = &first.name;
            tokens.extend(quote!(let #samples = #first.shape().first().copied().unwrap_or(0);));
        }
        None => tokens.extend(quote!(let #samples = 0;)),
    }
    let run_time = context.run_time_axes();
    for &(axis, input) in &run_time {
        let (length, name) = (context.size(axis), context.input(input).0);
        tokens.extend(match parameters.contains(&input) {
            true => quote!(let #length = #name.len();),
            false => quote!(let #length = #name.shape().get(1).copied().unwrap_or(0);),
        });
    }
    for &input in parameters {
        let (name, ty) = context.input(input);
        if let Some(axis) = ty.run_time(context) {
            let (size, what) = (context.size(axis), format!("parameter `{}`", name.unraw()));
            tokens.extend(quote! {
                #private::batch::check_shape(#what, &[#private::batch::Extent::Exactly(#size)], &[#name.len()])?;
            });
        }
    }
    for (position, array) in arrays.iter().enumerate() {
        let (name, what) = (&array.name, &array.what);
        let is_first = |axis| {
            let first = run_time.iter().find(|(other, _)| *other == axis);
            first.is_some_and(|(_, input)| context.input(*input).0 == name)
        };
        let mut extents = vec![match position {
            0 => quote!(#private::batch::Extent::Any("samples")),
            _ => quote!(#private::batch::Extent::Exactly(#samples)),
        }];
        for (slot, axis) in array.ty.slots().into_iter().enumerate() {
            let size = context.size(axis);
            extents.push(match context.extent(axis) {
                Extent::RunTime(symbol) if slot == 0 && is_first(axis) => {
                    let symbol = symbol.unraw().to_string();
                    quote!(#private::batch::Extent::Any(#symbol))
                }
                _ => quote!(#private::batch::Extent::Exactly(#size)),
            });
        }
        tokens.extend(quote!(#private::batch::check_shape(#what, &[#(#extents),*], #name.shape())?;));
    }
    tokens
}
