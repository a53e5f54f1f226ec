//! Batches of declared maps: coefficients are shared by the samples, and their gradient is summed.

use eqt_ir::signature::AxisId;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

use super::super::body::field;
use super::super::context::Context;
use super::super::functions::{Function, gradient_zero, is_fallible, results, theta_field};
use super::super::types::Type;
use super::super::workspace::has_into_forms;
use super::super::{Nests, coefficients, docs};
use super::{LANES, tuple, work};
use crate::lower::Nest;

/// An array argument of a batch.
struct Array {
    name: Ident,
    /// How error messages call it.
    what: String,
    ty: Type,
}

impl Array {
    fn view(&self, context: &Context<'_>, mutable: bool) -> TokenStream {
        let (private, scalar) = (&context.private, &context.scalar);
        let view = if mutable { quote!(ArrayViewMut) } else { quote!(ArrayView) };
        let rank = self.ty.slots().len() + 1;
        let dimension = if rank <= 6 { format_ident!("Ix{rank}") } else { format_ident!("IxDyn") };
        quote!(#private::ndarray::#view<'_, #scalar, #private::ndarray::#dimension>)
    }

    /// The check of its shape.
    fn check(&self, context: &Context<'_>, any: &[AxisId], samples: TokenStream) -> TokenStream {
        let private = &context.private;
        let (name, what) = (&self.name, &self.what);
        let mut extents = vec![samples];
        for (position, axis) in self.ty.slots().into_iter().enumerate() {
            let size = context.size(axis);
            extents.push(match context.extent(axis) {
                Extent::RunTime(symbol) if position == 0 && any.contains(&axis) => {
                    let symbol = symbol.unraw().to_string();
                    quote!(#private::batch::Extent::Any(#symbol))
                }
                _ => quote!(#private::batch::Extent::Exactly(#size)),
            });
        }
        quote!(#private::batch::check_shape(#what, &[#(#extents),*], #name.shape())?;)
    }
}

/// A batch function: what differs between them.
struct Batch<'a> {
    name: &'static str,
    docs: &'static str,
    nest: &'a Nest,
    inputs: &'a [Array],
    cotangent: Option<&'a Array>,
    outputs: &'a [Array],
    /// Whether the gradient of the coefficients is returned.
    sums: bool,
}

pub(in crate::print) fn items(context: &Context<'_>, nests: &Nests) -> TokenStream {
    context.scoped(|| {
        let inputs: Vec<Array> = context
            .declaration
            .inputs
            .iter()
            .zip(&context.inputs)
            .map(|(name, ty)| Array { name: name.clone(), what: format!("input `{}`", name.unraw()), ty: ty.clone() })
            .collect();
        let cotangent =
            Array { name: context.cotangent.clone(), what: "cotangent".to_owned(), ty: context.output.clone() };
        let output =
            Array { name: context.fresh(&["out", "output"]), what: "output".to_owned(), ty: context.output.clone() };
        let names = results(context);
        let gradients: Vec<Array> = inputs
            .iter()
            .zip(&names.inputs)
            .map(|(input, name)| Array {
                name: name.clone(),
                what: format!("gradient of {}", input.what),
                ty: input.ty.clone(),
            })
            .collect();
        let output = [output];
        let batches = [
            Batch {
                name: "batch",
                docs: "The values of many samples: the first axis of every array counts them, the others are those of one \
                       sample. Arrays may have any strides; samples run in vector registers and on all cores, with the \
                       same result on any number of them.",
                nest: &nests.combination,
                inputs: &inputs,
                cotangent: None,
                outputs: &output,
                sums: false,
            },
            Batch {
                name: "batch_gradient",
                docs: "The gradient of `<cotangent, value>` with respect to the coefficients, summed over samples.",
                nest: &nests.coefficient_gradient,
                inputs: &inputs,
                cotangent: Some(&cotangent),
                outputs: &[],
                sums: true,
            },
            Batch {
                name: "batch_input_gradient",
                docs: "As [`batch_gradient`]; the gradients with respect to the inputs of every sample are written to \
                       the arrays after the cotangent.",
                nest: &nests.gradient,
                inputs: &inputs,
                cotangent: Some(&cotangent),
                outputs: &gradients,
                sums: true,
            },
        ];
        let functions = batches.iter().map(|batch| batch.print(context));
        let scalar = context.scalar.to_token_stream();
        let (theta, theta_type) = (theta_field(context), context.theta_type(&scalar));
        let (private, bound) = (&context.private, &context.scalar);
        quote! {
            /// The gradient of a batch.
            #[derive(Clone, Debug, PartialEq)]
            pub struct BatchGradient<#bound: #private::Scalar> {
                /// With respect to the coefficients, summed over samples.
                pub #theta: #theta_type,
            }

            #(#functions)*
        }
    })
}

impl Batch<'_> {
    fn print(&self, context: &Context<'_>) -> TokenStream {
        context.scoped(|| self.function(context))
    }

    fn function(&self, context: &Context<'_>) -> TokenStream {
        let private = &context.private;
        let (name, docs) = (format_ident!("{}", self.name), self.docs);
        let errors = docs::attributes(&format!("{docs}\n\n# Errors\n\nIf an array has the wrong shape."));
        let (generics, scalar) = (context.generics(), context.scalar.to_token_stream());
        let (theta, theta_type) = (&context.theta, context.theta_type(&scalar));
        let width = Literal::usize_unsuffixed(LANES);
        let lanes = quote!(#private::Lanes<#scalar, #width>);
        let lane_zero = quote!(<#lanes as #private::Scalar>::ZERO);

        let read: Vec<&Array> = self.inputs.iter().chain(self.cotangent).collect();
        let written: Vec<&Array> = self.outputs.iter().collect();
        let arguments =
            read.iter().map(|array| (array, false)).chain(written.iter().map(|array| (array, true))).map(
                |(array, mutable)| {
                    let (name, view) = (&array.name, array.view(context, mutable));
                    quote!(#name: #view)
                },
            );
        let output = if self.sums { quote!(BatchGradient<#scalar>) } else { quote!(()) };

        // Names of the body.
        let samples = context.fresh(&["samples"]);
        let (range, start, count) =
            (context.fresh(&["range"]), context.fresh(&["start"]), context.fresh(&["count"]));
        let (sum, part, value) =
            (context.fresh(&["sum"]), context.fresh(&["part"]), context.fresh(&["value"]));
        let locals: Vec<Ident> =
            read.iter().map(|array| context.fresh(&[&format!("lanes_{}", array.name.unraw())])).collect();

        // Shapes: samples and run-time lengths are taken from the first array that has them.
        let mut checks = TokenStream::new();
        let all: Vec<&Array> = read.iter().chain(&written).copied().collect();
        if let Some(first) = all.first() {
            let first = &first.name;
            checks.extend(quote!(let #samples = #first.shape().first().copied().unwrap_or(0);));
        }
        let run_time = context.run_time_axes();
        for (position, array) in all.iter().enumerate() {
            let extent = match position {
                0 => quote!(#private::batch::Extent::Any("samples")),
                _ => quote!(#private::batch::Extent::Exactly(#samples)),
            };
            let known: Vec<AxisId> =
                run_time.iter().filter(|(_, input)| *input == position).map(|(axis, _)| *axis).collect();
            let any: &[AxisId] = if position < self.inputs.len() { &known } else { &[] };
            for &axis in any {
                // Read before the check, which may fail on the number of axes.
                let (length, name) = (context.size(axis), &array.name);
                checks.extend(quote!(let #length = #name.shape().get(1).copied().unwrap_or(0);));
            }
            checks.extend(array.check(context, any, extent));
        }
        if context.has_free_labels() {
            for (member, axes) in
                context.coefficients().iter().enumerate().filter(|(_, axes)| !axes.is_empty())
            {
                let field = field(member);
                let what = format!("coefficients `{field}`");
                let sizes = axes.iter().map(|&axis| context.size(axis));
                checks.extend(quote! {
                    #private::batch::check_shape(
                        #what, &[#(#private::batch::Extent::Exactly(#sizes)),*], #theta.#field.shape()
                    )?;
                });
            }
        }

        let declarations = read.iter().zip(&locals).map(|(array, local)| {
            let (ty, zero) = (array.ty.owned(context, &lanes), array.ty.zero(context, &lane_zero));
            quote!(let mut #local: #ty = #zero;)
        });
        let slice = |array: &Array| {
            let name = &array.name;
            quote!(#name.slice_axis(#private::ndarray::Axis(0), #private::ndarray::Slice::from(#start..)))
        };
        let reads = read.iter().zip(&locals).map(|(array, local)| {
            let target = match array.ty.run_time(context) {
                Some(_) => quote!(&mut #local[..]),
                None => quote!(&mut #local),
            };
            let view = slice(array);
            quote!(#private::batch::read_lanes(&#view, #target);)
        });
        // Lanes without a sample of their own add nothing to sums.
        let mask = self.cotangent.zip(locals.last()).map(|(array, local)| {
            let whole =
                if array.ty.run_time(context).is_some() { quote!(#local[..]) } else { quote!(#local) };
            quote! {
                if #count < #width {
                    #private::Entries::for_each_entry_mut(&mut #whole, &mut |lanes: &mut #lanes| {
                        lanes.0[#count..].fill(#scalar::ZERO);
                    });
                }
            }
        });
        let passed = read.iter().zip(&locals).map(|(array, local)| array.ty.pass(quote!(#local)));
        let turbofish = context.arguments(&lanes);
        let call = match (self.sums, self.outputs.is_empty()) {
            (false, _) => "call",
            (true, true) => "coefficient_gradient",
            (true, false) => "gradient",
        };
        let field = theta_field(context);
        let passed: Vec<TokenStream> = passed.collect();
        // Functions that would allocate work in memory of the chunk.
        let (memory, evaluate) = match has_into_forms(context) {
            false => {
                let call = format_ident!("{call}");
                (None, quote!(let #value = #call::<#turbofish>(#theta, #(#passed),*);))
            }
            true => {
                let workspace = context.fresh(&["workspace"]);
                let into = match (context.has_free_labels(), is_fallible(context)) {
                    (true, _) => Function::in_place_name(call),
                    (false, true) => format_ident!("unchecked_{call}_into"),
                    (false, false) => format_ident!("{call}_into"),
                };
                let start = match (self.sums, self.outputs.is_empty()) {
                    (false, _) => context.output.zero(context, &lane_zero),
                    (true, true) => coefficients::zero(context, &lanes),
                    (true, false) => gradient_zero(context, "Gradient", Some(field.clone()), &lanes),
                };
                (
                    Some(quote!(let mut #workspace = Workspace::new(); let mut #value = #start;)),
                    quote!(#into::<#turbofish>(#theta, #(#passed,)* &mut #workspace, &mut #value);),
                )
            }
        };
        let mut after = TokenStream::new();
        for array in &written {
            let name = &array.name;
            let source = if self.sums {
                let position = self.outputs.iter().position(|other| other.name == array.name).unwrap_or(0);
                let field = &context.declaration.inputs[position];
                quote!(#value.#field)
            } else {
                quote!(#value)
            };
            let source = if array.ty.run_time(context).is_some() { quote!(#source[..]) } else { source };
            after.extend(quote! {
                #private::batch::write_lanes(
                    &#source,
                    &mut #name.slice_axis_mut(#private::ndarray::Axis(0), #private::ndarray::Slice::from(#start..)),
                );
            });
        }
        let (sum_zero, total_zero) =
            (coefficients::zero(context, &lanes), coefficients::zero(context, &scalar));
        let theta_lanes = context.theta_type(&lanes);
        let gradient = if self.outputs.is_empty() { quote!(#value) } else { quote!(#value.#field) };
        // Arrays of coefficients are read as they are, and added to in place; those that are few have lanes.
        let in_place = context.has_free_labels();
        let splat = (!in_place).then(|| quote!(let #theta = &#theta.map(#private::Lanes::splat);));
        let sums = self.sums && !in_place;
        if sums {
            after.extend(add(context, &quote!(#sum), &gradient));
        }
        let sum_declaration = sums.then(|| quote!(let mut #sum: #theta_lanes = #sum_zero;));
        let chunk_value = match (self.sums, in_place) {
            (false, _) => quote!(),
            (true, false) => quote!(#sum.map(|lanes: #lanes| lanes.sum())),
            (true, true) => quote!(#gradient.map(|lanes: #lanes| lanes.sum())),
        };
        let parts = tuple(&all.iter().map(|array| array.name.to_token_stream()).collect::<Vec<_>>());
        let patterns = tuple(
            &all.iter()
                .enumerate()
                .map(|(position, array)| {
                    let name = &array.name;
                    if position < read.len() { quote!(#name) } else { quote!(mut #name) }
                })
                .collect::<Vec<_>>(),
        );
        let work = work(context, self.nest);
        let map = if self.sums && in_place { quote!(map_sums_with) } else { quote!(map_chunks_with) };
        let run = quote! {
            #private::batch::#map(#samples, #work, #parts, |#range, #patterns| {
                #(#declarations)*
                #memory
                #sum_declaration
                for #start in (0..#range.len()).step_by(#width) {
                    let #count = (#range.len() - #start).min(#width);
                    #(#reads)*
                    #mask
                    #evaluate
                    #after
                }
                #chunk_value
            })
        };
        let add_part = add(context, &quote!(#sum), &quote!(#part));
        let end = if self.sums {
            quote! {
                let mut #sum: #theta_type = #total_zero;
                for #part in #run {
                    #add_part
                }
                Ok(BatchGradient { #field: #sum })
            }
        } else {
            quote!(#run; Ok(()))
        };
        quote! {
            #errors
            pub fn #name<#generics>(
                #theta: &#theta_type,
                #(#arguments),*
            ) -> Result<#output, #private::batch::BatchError> {
                #checks
                #splat
                #end
            }
        }
    }
}

/// Adds coefficients to others.
fn add(context: &Context<'_>, total: &TokenStream, terms: &TokenStream) -> TokenStream {
    if !context.has_free_labels() {
        return quote! {
            for (total, term) in #total.iter_mut().zip(#terms) {
                *total += term;
            }
        };
    }
    // Array by array: these may be large, and nothing is collected on the way.
    let additions = context.coefficients().iter().enumerate().map(|(member, axes)| {
        let field = field(member);
        let reference = (!axes.is_empty()).then(|| quote!(&));
        quote!(#total.#field += #reference #terms.#field;)
    });
    quote!(#(#additions)*)
}
