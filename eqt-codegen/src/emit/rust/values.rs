//! What functions read and write: its types, its zeros, the structs of gradients.

use eqt_ir::signature::AxisId;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::names::Names;
use super::{coefficients, docs};
use crate::interface::{Family, Quantity, Value};

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
        // Numbers, the literal zero of them, a struct: whatever is given.
        Quantity::Coefficients(_) | Quantity::Weights if !names.interface.is_compiled() => {
            let private = &names.private;
            quote!(impl #private::core::marker::Sized)
        }
        Quantity::Coefficients(id) => {
            let ty = coefficients::ty(names, names.interface.family(id), scalar, module);
            quote!(&#ty)
        }
        Quantity::Weights => {
            let weights = many(names, scalar, names.interface.members_count);
            quote!(&#weights)
        }
    }
}

/// The type of that many values; of a number that is not known, which can be indexed like them.
pub(super) fn many(names: &Names<'_>, ty: &TokenStream, count: Option<usize>) -> TokenStream {
    let private = &names.private;
    match count.map(Literal::usize_unsuffixed) {
        Some(count) => quote!([#ty; #count]),
        None => quote!(#private::std::vec::Vec<#ty>),
    }
}

/// The type of a result.
pub(super) fn result_type(names: &Names<'_>, quantity: Quantity, scalar: &TokenStream) -> TokenStream {
    match quantity {
        Quantity::Input(input) => names.inputs[input].owned(names, scalar),
        Quantity::Output => names.output.owned(names, scalar),
        Quantity::Members => many(names, &names.output.owned(names, scalar), names.interface.members_count),
        Quantity::Coefficients(id) => coefficients::ty(names, names.interface.family(id), scalar, None),
        Quantity::Weights => quote!(()),
    }
}

/// The number of members of a compiled map.
pub(super) fn members_count(names: &Names<'_>) -> Literal {
    match names.interface.members_count {
        Some(count) => Literal::usize_unsuffixed(count),
        None => unreachable!("a map that is not compiled has no kernels"),
    }
}

/// A zero of the type of a result.
pub(super) fn zero(names: &Names<'_>, quantity: Quantity) -> TokenStream {
    let scalar = names.scalar();
    let entry = quote!(#scalar::ZERO);
    match quantity {
        Quantity::Input(input) => names.inputs[input].zero(names, &entry),
        Quantity::Output => names.output.zero(names, &entry),
        Quantity::Members => {
            let private = &names.private;
            let (start, count) = (names.output.zero(names, &entry), members_count(names));
            match names.output.is_fixed(names) {
                true => quote!([#start; #count]),
                false => quote!(#private::core::array::from_fn::<_, #count, _>(|_| #start)),
            }
        }
        Quantity::Coefficients(id) => coefficients::zero(names, names.interface.family(id), &scalar),
        Quantity::Weights => quote!(()),
    }
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

/// The free label axes of a family without a literal length, in order, each with the name that it has as an argument.
pub(super) fn label_arguments(names: &Names<'_>, family: &Family) -> Vec<(AxisId, Ident)> {
    let signature = &names.interface.signature;
    let mut axes: Vec<AxisId> = match &family.coefficients {
        Some(known) => known.iter().flat_map(|coefficient| coefficient.axes.iter().copied()).collect(),
        None => signature.axis_ids().filter(|&axis| signature.axis(axis).group.is_free()).collect(),
    };
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
