//! Batches of the generator form: coefficients belong to samples, as inputs do, and nothing is summed.

use eqt_ir::signature::AxisId;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;

use super::super::body::field;
use super::super::context::Context;
use super::super::functions::{gradient_zero, is_fallible, theta_field};
use super::super::generators::InvariantNests;
use super::super::types::Type;
use super::super::workspace::has_into_forms;
use super::super::{Nests, coefficients, docs};
use super::{LANES, tuple, work};
use crate::lower::Nest;

/// An array over samples.
struct Array {
    name: Ident,
    /// How error messages call it.
    what: String,
    /// The lengths of its axes after that of the samples.
    lengths: Vec<Length>,
    /// Where the lanes of one sample are, within the value that holds them.
    place: TokenStream,
    /// Whether the place is an array of ndarray, or a vector.
    storage: Storage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Storage {
    Value,
    Vector,
    Ndarray,
}

/// A length, and the symbol that it is read for, if the array is the first to have it.
struct Length {
    size: TokenStream,
    read: Option<String>,
}

impl Length {
    fn known(size: TokenStream) -> Length {
        Length { size, read: None }
    }
}

/// The arrays of a value, and the value in lanes.
struct Value {
    arrays: Vec<Array>,
    ty: TokenStream,
    zero: TokenStream,
    /// How the value is passed to the function of one sample.
    by_reference: bool,
}

/// What is made for all functions.
struct Printer<'a> {
    context: &'a Context<'a>,
    lanes: TokenStream,
}

/// A function of batches.
struct Batch<'a> {
    name: &'static str,
    docs: &'static str,
    /// The function of one sample.
    call: &'static str,
    nest: &'a Nest,
    read: Vec<Value>,
    written: Vec<Array>,
    /// What the function of one sample starts from.
    start: TokenStream,
}

/// All batches of the generator form.
pub(in crate::print) fn items(
    assembly: &Context<'_>,
    invariants: &Context<'_>,
    nests: &Nests,
    of_invariants: &InvariantNests,
) -> TokenStream {
    let ring = Printer::new(invariants);
    let module = Printer::new(assembly);
    let mut functions = vec![ring.print(|| Batch {
        name: "batch_invariants",
        docs: "The invariants of many samples: the first axis of every array counts them, the others are those of one \
               sample. Arrays may have any strides; samples run in vector registers and on all cores.",
        call: "invariants",
        nest: &of_invariants.values,
        read: ring.inputs(),
        written: ring.coefficients("out", "invariants", &quote!()),
        start: coefficients::zero(invariants, &ring.lanes),
    })];
    if !invariants.inputs.is_empty() {
        functions.push(ring.print(|| Batch {
            name: "batch_invariants_gradient",
            docs: "The gradient of `<cotangent, invariants>` with respect to the inputs of every sample, written to the \
                   arrays after the cotangents.",
            call: "invariants_gradient",
            nest: &of_invariants.gradient,
            read: in_order([ring.inputs(), vec![ring.thetas()]]),
            written: ring.gradients(),
            start: gradient_zero(invariants, "InvariantsGradient", None, &ring.lanes),
        }));
    }
    functions.push(module.print(|| Batch {
        name: "batch",
        docs: "The values of many samples, each with its own coefficients, written to the last array.",
        call: "assemble",
        nest: &nests.combination,
        read: in_order([vec![module.thetas()], module.inputs()]),
        written: vec![module.output("out")],
        start: assembly.output.zero(assembly, &module.zero()),
    }));
    functions.push(module.print(|| Batch {
        name: "batch_coefficient_gradient",
        docs: "The gradient of `<cotangent, value>` with respect to the coefficients of every sample, written to the arrays \
               after the cotangent.",
        call: "coefficient_gradient",
        nest: &nests.coefficient_gradient,
        read: in_order([vec![module.thetas()], module.inputs(), vec![module.cotangent()]]),
        written: module.coefficients("d_", "gradient of the coefficients", &quote!()),
        start: coefficients::zero(assembly, &module.lanes),
    }));
    functions.push(module.print(|| {
        let field = theta_field(assembly);
        let mut written = module.coefficients("d_", "gradient of the coefficients", &quote!(.#field));
        written.extend(module.gradients());
        Batch {
            name: "batch_gradient",
            docs: "The gradient of `<cotangent, value>` with respect to the coefficients and the inputs of every sample, \
                   written to the arrays after the cotangent.",
            call: "assemble_gradient",
            nest: &nests.gradient,
            read: in_order([vec![module.thetas()], module.inputs(), vec![module.cotangent()]]),
            written,
            start: gradient_zero(assembly, "Gradient", Some(field), &module.lanes),
        }
    }));
    quote!(#(#functions)*)
}

/// Lists of values, one after the other.
fn in_order<const N: usize>(lists: [Vec<Value>; N]) -> Vec<Value> {
    lists.into_iter().flatten().collect()
}

impl<'a> Printer<'a> {
    fn new(context: &'a Context<'a>) -> Printer<'a> {
        let (private, scalar) = (&context.private, &context.scalar);
        let width = Literal::usize_unsuffixed(LANES);
        Printer { context, lanes: quote!(#private::Lanes<#scalar, #width>) }
    }

    fn print(&self, batch: impl FnOnce() -> Batch<'a>) -> TokenStream {
        self.context.scoped(|| self.function(batch()))
    }

    fn zero(&self) -> TokenStream {
        let (private, lanes) = (&self.context.private, &self.lanes);
        quote!(<#lanes as #private::Scalar>::ZERO)
    }

    fn lengths(&self, slots: &[AxisId]) -> Vec<Length> {
        slots.iter().map(|&axis| Length::known(self.context.size(axis))).collect()
    }

    /// The arrays of coefficients: one, or one per member where labels are free.
    fn coefficients(&self, prefix: &str, what: &str, place: &TokenStream) -> Vec<Array> {
        let context = self.context;
        let theta = context.theta.unraw().to_string();
        // `d_q`, `q`, but `out`.
        let base = if prefix.is_empty() || prefix.ends_with('_') {
            format!("{prefix}{theta}")
        } else {
            prefix.to_owned()
        };
        if !context.has_free_labels() {
            let len = Literal::usize_unsuffixed(context.len());
            let name = if prefix.is_empty() { context.theta.clone() } else { context.fresh(&[&base]) };
            return vec![Array {
                name,
                what: what.to_owned(),
                lengths: vec![Length::known(quote!(#len))],
                place: place.clone(),
                storage: Storage::Value,
            }];
        }
        let member = |(member, axes): (usize, &Vec<AxisId>)| {
            let field = field(member);
            Array {
                name: context.fresh(&[&format!("{base}{member}")]),
                what: format!("{what} `{field}`"),
                lengths: self.lengths(axes),
                place: quote!(#place.#field),
                storage: if axes.is_empty() { Storage::Value } else { Storage::Ndarray },
            }
        };
        context.coefficients().iter().enumerate().map(member).collect()
    }

    /// The coefficients as an argument.
    fn thetas(&self) -> Value {
        let context = self.context;
        Value {
            arrays: self.coefficients("", context.maps.what, &quote!()),
            ty: context.theta_type(&self.lanes),
            zero: coefficients::zero(context, &self.lanes),
            by_reference: true,
        }
    }

    fn inputs(&self) -> Vec<Value> {
        let context = self.context;
        let run_time = context.run_time_axes();
        let names = context.declaration.inputs.iter().zip(&context.inputs).enumerate();
        names
            .map(|(input, (name, ty))| {
                let mut lengths = self.lengths(&ty.slots());
                if let (Some(first), Some(axis)) = (lengths.first_mut(), ty.run_time(context))
                    && run_time.contains(&(axis, input))
                    && let Extent::RunTime(symbol) = context.extent(axis)
                {
                    first.read = Some(symbol.unraw().to_string());
                }
                let vector = ty.run_time(context).is_some();
                let array = Array {
                    name: name.clone(),
                    what: format!("input `{}`", name.unraw()),
                    lengths,
                    place: quote!(),
                    storage: if vector { Storage::Vector } else { Storage::Value },
                };
                Value {
                    arrays: vec![array],
                    ty: ty.owned(context, &self.lanes),
                    zero: ty.zero(context, &self.zero()),
                    by_reference: *ty != Type::Scalar,
                }
            })
            .collect()
    }

    fn gradients(&self) -> Vec<Array> {
        let context = self.context;
        let names = context.declaration.inputs.iter().zip(&context.inputs);
        names
            .map(|(name, ty)| Array {
                name: context.fresh(&[&format!("d_{}", name.unraw())]),
                what: format!("gradient of input `{}`", name.unraw()),
                lengths: self.lengths(&ty.slots()),
                place: quote!(.#name),
                storage: if ty.run_time(context).is_some() { Storage::Vector } else { Storage::Value },
            })
            .collect()
    }

    fn output(&self, name: &str) -> Array {
        let ty = &self.context.output;
        Array {
            name: self.context.fresh(&[name]),
            what: "output".to_owned(),
            lengths: self.lengths(&ty.slots()),
            place: quote!(),
            storage: if ty.run_time(self.context).is_some() { Storage::Vector } else { Storage::Value },
        }
    }

    fn cotangent(&self) -> Value {
        let (context, ty) = (self.context, &self.context.output);
        let array = self.output("cotangent");
        Value {
            arrays: vec![Array { name: context.cotangent.clone(), what: "cotangent".to_owned(), ..array }],
            ty: ty.owned(context, &self.lanes),
            zero: ty.zero(context, &self.zero()),
            by_reference: *ty != Type::Scalar,
        }
    }

    fn function(&self, batch: Batch<'_>) -> TokenStream {
        let context = self.context;
        let private = &context.private;
        let name = format_ident!("{}", batch.name);
        let docs =
            docs::attributes(&format!("{}\n\n# Errors\n\nIf an array has the wrong shape.", batch.docs));
        let generics = context.generics();
        let width = Literal::usize_unsuffixed(LANES);
        let read: Vec<&Array> = batch.read.iter().flat_map(|value| &value.arrays).collect();
        let written: Vec<&Array> = batch.written.iter().collect();
        let arguments = read.iter().map(|array| array.argument(context, false));
        let arguments = arguments.chain(written.iter().map(|array| array.argument(context, true)));

        let [samples, range, start, value] =
            ["samples", "range", "start", "value"].map(|name| context.fresh(&[name]));
        let locals: Vec<Ident> =
            (0..batch.read.len()).map(|position| context.fresh(&[&format!("lanes{position}")])).collect();
        let all: Vec<&Array> = read.iter().chain(&written).copied().collect();
        let checks = self.checks(&all, &samples);
        let declarations = batch.read.iter().zip(&locals).map(|(value, local)| {
            let (ty, zero) = (&value.ty, &value.zero);
            quote!(let mut #local: #ty = #zero;)
        });
        let from = &start;
        let reads = batch.read.iter().zip(&locals).flat_map(|(value, local)| {
            value.arrays.iter().map(move |array| {
                let (name, place) = (&array.name, &array.place);
                let view =
                    quote!(#name.slice_axis(#private::ndarray::Axis(0), #private::ndarray::Slice::from(#from..)));
                match array.storage {
                    Storage::Value => quote!(#private::batch::read_lanes(&#view, &mut #local #place);),
                    Storage::Vector => quote!(#private::batch::read_lanes(&#view, &mut #local #place[..]);),
                    // In standard layout, as it is made here.
                    Storage::Ndarray => quote! {
                        if let Some(entries) = #local #place.as_slice_mut() {
                            #private::batch::read_lanes(&#view, entries);
                        }
                    },
                }
            })
        });
        let writes = written.iter().map(|array| {
            let (name, place) = (&array.name, &array.place);
            let view = quote!(#name.slice_axis_mut(#private::ndarray::Axis(0), #private::ndarray::Slice::from(#start..)));
            match array.storage {
                Storage::Value => quote!(#private::batch::write_lanes(&#value #place, &mut #view);),
                Storage::Vector => quote!(#private::batch::write_lanes(&#value #place[..], &mut #view);),
                Storage::Ndarray => quote! {
                    if let Some(entries) = #value #place.as_slice() {
                        #private::batch::write_lanes(entries, &mut #view);
                    }
                },
            }
        });
        let passed: Vec<TokenStream> = batch
            .read
            .iter()
            .zip(&locals)
            .map(|(value, local)| if value.by_reference { quote!(&#local) } else { quote!(#local) })
            .collect();
        let turbofish = context.arguments(&self.lanes);
        let call = batch.call;
        let (memory, evaluate) = if has_into_forms(context) {
            let workspace = context.fresh(&["workspace"]);
            let into = match is_fallible(context) {
                true => format_ident!("unchecked_{call}_into"),
                false => format_ident!("{call}_into"),
            };
            let zero = &batch.start;
            (
                Some(quote!(let mut #workspace = Workspace::new(); let mut #value = #zero;)),
                quote!(#into::<#turbofish>(#(#passed,)* &mut #workspace, &mut #value);),
            )
        } else {
            let call = format_ident!("{call}");
            (None, quote!(let #value = #call::<#turbofish>(#(#passed),*);))
        };
        let parts = tuple(&all.iter().map(|array| array.name.to_token_stream()).collect::<Vec<_>>());
        let patterns = all.iter().enumerate().map(|(position, array)| {
            let name = &array.name;
            if position < read.len() { quote!(#name) } else { quote!(mut #name) }
        });
        let patterns = tuple(&patterns.collect::<Vec<_>>());
        let work = work(context, batch.nest);
        quote! {
            #docs
            pub fn #name<#generics>(#(#arguments),*) -> Result<(), #private::batch::BatchError> {
                #checks
                #private::batch::map_chunks_with(#samples, #work, #parts, |#range, #patterns| {
                    #(#declarations)*
                    #memory
                    for #start in (0..#range.len()).step_by(#width) {
                        #(#reads)*
                        #evaluate
                        #(#writes)*
                    }
                });
                Ok(())
            }
        }
    }

    /// Run-time lengths are read from the arrays that have them first, then all shapes are compared.
    fn checks(&self, all: &[&Array], samples: &Ident) -> TokenStream {
        let private = &self.context.private;
        let mut tokens = TokenStream::new();
        if let Some(first) = all.first() {
            let first = &first.name;
            tokens.extend(quote!(let #samples = #first.shape().first().copied().unwrap_or(0);));
        }
        for array in all {
            for (axis, length) in array.lengths.iter().enumerate().filter(|(_, length)| length.read.is_some())
            {
                let (name, size) = (&array.name, &length.size);
                let axis = Literal::usize_unsuffixed(axis + 1);
                tokens.extend(quote!(let #size = #name.shape().get(#axis).copied().unwrap_or(0);));
            }
        }
        for (position, array) in all.iter().enumerate() {
            let (name, what) = (&array.name, &array.what);
            let count = match position {
                0 => quote!(#private::batch::Extent::Any("samples")),
                _ => quote!(#private::batch::Extent::Exactly(#samples)),
            };
            let extents = array.lengths.iter().map(|Length { size, read }| match read {
                Some(symbol) => quote!(#private::batch::Extent::Any(#symbol)),
                None => quote!(#private::batch::Extent::Exactly(#size)),
            });
            tokens.extend(quote! {
                #private::batch::check_shape(#what, &[#count, #(#extents),*], #name.shape())?;
            });
        }
        tokens
    }
}

impl Array {
    fn argument(&self, context: &Context<'_>, mutable: bool) -> TokenStream {
        let (private, scalar, name) = (&context.private, &context.scalar, &self.name);
        let view = if mutable { quote!(ArrayViewMut) } else { quote!(ArrayView) };
        let rank = self.lengths.len() + 1;
        let dimension = if rank <= 6 { format_ident!("Ix{rank}") } else { format_ident!("IxDyn") };
        quote!(#name: #private::ndarray::#view<'_, #scalar, #private::ndarray::#dimension>)
    }
}
