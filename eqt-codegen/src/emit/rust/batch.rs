//! Functions of many samples, over arrays of ndarray: the arguments of a call of the runtime's driver.

use eqt_ir::signature::AxisId;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::docs;
use super::kernels::name_of;
use super::names::Names;
use super::types::Type;
use super::values::{argument_type, gradient_struct, result_type, zero};
use crate::declaration::identifier;
use crate::interface::{Batch, FamilyId, Function, Quantity, Role, Sharing, Value};

/// All functions of many samples, and the struct of their sums.
pub(super) fn items(names: &Names<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    // All batches of a map sum up the same.
    let batches = names.interface.functions.iter().filter(|function| function.batch.is_some());
    if let Some(summed) = batches.map(Function::summed).find(|summed| !summed.is_empty()) {
        tokens.extend(sum_struct(names, &summed));
    }
    for function in &names.interface.functions {
        tokens.extend(names.scoped(|| batch(names, function)));
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

/// What a function is made of, collected argument by argument and result by result.
struct Printer<'a> {
    names: &'a Names<'a>,
    function: &'a Function,
    /// The parameters of the function.
    parameters: Vec<TokenStream>,
    /// The calls that hand them to the driver.
    calls: Vec<TokenStream>,
    /// Where run-time lengths are read before the driver compares them.
    lengths: Vec<(AxisId, TokenStream)>,
    /// What stands before and after the run: sums that are no arrays go by way of one.
    before: TokenStream,
    after: TokenStream,
    /// The struct of sums.
    sum: Ident,
}

/// One function.
fn batch(names: &Names<'_>, function: &Function) -> Option<TokenStream> {
    let batch = function.batch.as_ref()?;
    let mut printer = Printer {
        names,
        function,
        parameters: Vec::new(),
        calls: Vec::new(),
        lengths: Vec::new(),
        before: TokenStream::new(),
        after: TokenStream::new(),
        sum: names.fresh(&["sum"]),
    };
    function.arguments.iter().for_each(|value| printer.read(value));
    function.results.iter().for_each(|value| printer.write(value));
    Some(printer.print(batch))
}

impl Printer<'_> {
    fn read(&mut self, value: &Value) {
        let names = self.names;
        let private = &names.private;
        let name = names.argument(value.quantity);
        match (value.quantity, value.sharing) {
            (Quantity::Coefficients(id), Sharing::PerSample) => {
                for (name, rank) in per_sample_coefficients(names, id, &name, "") {
                    self.per_sample(&name, rank);
                }
            }
            (Quantity::Coefficients(id), _) => {
                let ty = argument_type(names, value.quantity, &names.scalar(), None);
                self.parameters.push(quote!(#name: #ty));
                self.calls.extend(shared_coefficients(names, id, &name));
            }
            (Quantity::Input(input), Sharing::Shared) => {
                let ty = &names.inputs[input];
                let declared = argument_type(names, value.quantity, &names.scalar(), None);
                self.parameters.push(quote!(#name: #declared));
                self.note(ty.run_time(names), quote!(#name.len()));
                // Only the outermost length may be known at run time.
                let shape = ty.slots().into_iter().enumerate().map(|(slot, axis)| match slot {
                    0 if ty.run_time(names).is_some() => quote!(#name.len()),
                    _ => names.size(axis),
                });
                let reference = if *ty == Type::Scalar { quote!(&#name) } else { quote!(#name) };
                self.calls.push(quote!(.shared(&[#(#shape),*], #private::entries_of(#reference))));
            }
            (Quantity::Input(input), _) => {
                let slots = names.inputs[input].slots();
                self.per_sample(&name, slots.len());
                for (slot, axis) in slots.into_iter().enumerate().filter(|(_, axis)| names.is_run_time(*axis))
                {
                    let slot = Literal::usize_unsuffixed(slot + 1);
                    self.note(Some(axis), quote!(#private::batch::length(#name.shape(), #slot)));
                }
            }
            (Quantity::Output | Quantity::Members | Quantity::Weights, _) => {
                self.per_sample(&name, names.output.slots().len());
            }
        }
    }

    /// An array that every sample has its own of.
    fn per_sample(&mut self, name: &Ident, rank: usize) {
        let view = view(self.names, rank, false);
        self.parameters.push(quote!(#name: #view));
        self.calls.push(quote!(.per_sample(#name)));
    }

    /// An array that is written for every sample.
    fn written_per_sample(&mut self, name: &Ident, rank: usize) {
        let view = view(self.names, rank, true);
        self.parameters.push(quote!(#name: #view));
        self.calls.push(quote!(.write(#name)));
    }

    /// The first place where a run-time length is read.
    fn note(&mut self, axis: Option<AxisId>, length: TokenStream) {
        if let Some(axis) = axis
            && !self.lengths.iter().any(|(other, _)| *other == axis)
        {
            self.lengths.push((axis, length));
        }
    }

    fn write(&mut self, value: &Value) {
        let names = self.names;
        match (value.quantity, value.sharing) {
            (Quantity::Coefficients(id), Sharing::Summed) => {
                let (sum, field) = (&self.sum, names.field(value.quantity));
                self.calls.extend(summed_coefficients(names, id, &quote!(#sum.#field)));
            }
            (Quantity::Input(input), Sharing::Summed) => self.sum_up(input),
            (Quantity::Coefficients(id), _) => {
                let (stem, before) = match id {
                    FamilyId::INVARIANTS => ("out".to_owned(), ""),
                    _ => (names.result_name(value.quantity), "d_"),
                };
                let has_arrays = names.interface.family(id).has_arrays();
                let stem = if has_arrays { identifier(&stem) } else { names.fresh(&[&stem]) };
                for (name, rank) in per_sample_coefficients(names, id, &stem, before) {
                    self.written_per_sample(&name, rank);
                }
            }
            (Quantity::Input(input), _) => {
                let field = names.declaration.inputs[input].unraw().to_string();
                let name = names.fresh(&[&format!("d_{field}"), &format!("gradient_{field}")]);
                self.written_per_sample(&name, names.inputs[input].slots().len());
            }
            (Quantity::Output | Quantity::Members | Quantity::Weights, _) => {
                self.written_per_sample(&names.fresh(&["out", "output"]), names.output.slots().len());
            }
        }
    }

    /// The gradient in a parameter, summed over samples.
    fn sum_up(&mut self, input: usize) {
        let names = self.names;
        let private = &names.private;
        let (sum, field) = (&self.sum, names.field(Quantity::Input(input)));
        let whole = match names.inputs[input].run_time(names) {
            Some(_) => quote!(#sum.#field[..]),
            None => quote!(#sum.#field),
        };
        let entries = names.fresh(&["entries"]);
        self.before.extend(quote!(let mut #entries = #private::entries_of(&#whole);));
        self.calls.push(quote!(.sum(&mut #entries)));
        self.after.extend(quote!(#private::Entries::fill_entries(&mut #whole, &mut #entries.into_iter());));
    }

    fn print(self, batch: &Batch) -> TokenStream {
        let Printer { names, function, parameters, calls, lengths, before, after, sum } = self;
        let private = &names.private;
        let scalar = names.scalar();
        let lengths = lengths.into_iter().map(|(axis, length)| {
            let name = names.size(axis);
            quote!(let #name = #length;)
        });
        let axes = || names.interface.signature.axis_ids();
        let known = axes().map(|axis| match names.extent(axis) {
            Extent::RunTime(_) => quote!(#private::core::option::Option::None),
            Extent::Literal(_) | Extent::Const(_) => {
                let size = names.size(axis);
                quote!(#private::core::option::Option::Some(#size))
            }
        });
        let summed = function.summed();
        let (output, start, end) = match summed.is_empty() {
            true => (quote!(()), TokenStream::new(), quote!(())),
            false => {
                let generic_arguments = match is_of_coefficients(&summed) {
                    true => scalar.clone(),
                    false => names.generic_arguments(&scalar),
                };
                let fields = summed.iter().map(|value| {
                    let (field, zero) = (names.field(value.quantity), zero(names, value.quantity));
                    quote!(#field: #zero)
                });
                (
                    quote!(BatchGradient<#generic_arguments>),
                    quote!(let mut #sum = BatchGradient { #(#fields),* };),
                    quote!(#sum),
                )
            }
        };
        let (name, role) = (format_ident!("{}", batch.name), format_ident!("{}", name_of(function.role)));
        let of = match function.role {
            Role::Invariants | Role::InvariantsGradient => quote!(#private::map::GeneratorKernels),
            _ => quote!(#private::map::KernelSet),
        };
        let (generics, constants) = (names.generics(), names.constant_arguments());
        let sizes = axes().map(|axis| names.size(axis));
        let kernel = quote!(<kernels::Set<#constants> as #of<#scalar>>::#role(&[#(#sizes),*]));
        let body = match names.interface.is_compiled() {
            false => quote!(loop {}),
            true => quote! {
                #(#lengths)*
                #start
                #before
                #private::batch::Batch::new(kernels::INTERFACE, #kernel, &[#(#known),*]) #(#calls)*.run()?;
                #after
                #private::core::result::Result::Ok(#end)
            },
        };
        let docs = docs::attributes(&format!(
            "{}\n\n# Errors\n\nIf an array has the wrong shape{}.",
            batch.docs,
            if names.interface.parameters.is_empty() { "" } else { " or a parameter the wrong length" }
        ));
        quote! {
            #docs
            pub fn #name<#generics>(
                #(#parameters),*
            ) -> #private::core::result::Result<#output, #private::batch::BatchError> { #body }
        }
    }
}

/// Arrays of coefficients that every sample has its own of, each with its rank: `stem` if they are numbers, else by the names of
/// the fields that they are in a struct, with `before` in front.
fn per_sample_coefficients(
    names: &Names<'_>,
    id: FamilyId,
    stem: &Ident,
    before: &str,
) -> Vec<(Ident, usize)> {
    let family = names.interface.family(id);
    if !family.has_arrays() {
        return vec![(stem.clone(), 1)];
    }
    let of = |coefficient: &eqt_ir::map::Coefficient| {
        let name = format!("{before}{}", coefficient.name);
        (names.fresh(&[&name, &format!("{}_{name}", stem.unraw())]), coefficient.axes.len())
    };
    family.coefficients().iter().map(of).collect()
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
