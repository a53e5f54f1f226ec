//! The constants of a body, functions of the sizes, and inputs at fixed labels: locals around the programs.

use eqt_ir::map::body::{Constant, SizePolynomial};
use eqt_ir::optimise::Defined;
use eqt_ir::signature::AxisId;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};

use super::super::body::Results;
use super::super::context::Context;
use super::super::types::Type;

/// Constants, and members of inputs at fixed labels.
pub(super) fn before(context: &Context<'_>, defined: &Defined) -> TokenStream {
    let scalar = &context.scalar;
    let mut tokens = TokenStream::new();
    if !defined.constants.is_empty() {
        let (name, len) = (&context.theta, Literal::usize_unsuffixed(defined.constants.len()));
        let values = defined.constants.iter().map(|constant| value_of(context, constant));
        tokens.extend(quote!(let #name: [#scalar; #len] = [#(#values),*];));
    }
    for (position, fixed) in defined.definition.fixed.iter().enumerate() {
        let (name, ty) = &context.further[position];
        let whole = &context.declaration.inputs[fixed.input];
        let from = |indices: &[TokenStream]| {
            let all = with_fixed(&context.inputs[fixed.input].slots(), &fixed.labels, indices);
            context.inputs[fixed.input].entry(quote!(#whole), &all)
        };
        if *ty == Type::Scalar {
            let entry = from(&[]);
            tokens.extend(quote!(let #name = #entry;));
            continue;
        }
        let (owned, zero) =
            (ty.owned(context, &scalar.to_token_stream()), ty.zero(context, &quote!(#scalar::ZERO)));
        let copy = each(context, &ty.slots(), |indices| {
            let (target, source) = (ty.entry(quote!(#name), indices), from(indices));
            quote!(#target = #source;)
        });
        tokens.extend(quote!(let mut #name: #owned = #zero; #copy));
    }
    tokens
}

/// What a gradient needs around its computation: the gradients in members at fixed labels are added to those of the
/// inputs; inputs that are not wanted are left out.
pub(super) fn around_gradient(
    context: &Context<'_>,
    defined: &Defined,
    results: &Results,
    wanted: &[usize],
) -> [TokenStream; 2] {
    let scalar = &context.scalar;
    let (mut before, mut after) = (before(context, defined), TokenStream::new());
    for (position, fixed) in defined.definition.fixed.iter().enumerate() {
        if !wanted.contains(&fixed.input) {
            continue;
        }
        let ty = &context.further[position].1;
        let local = &results.inputs[context.inputs.len() + position];
        let (owned, zero) =
            (ty.owned(context, &scalar.to_token_stream()), ty.zero(context, &quote!(#scalar::ZERO)));
        before.extend(quote!(let mut #local: #owned = #zero;));
        let whole = &results.inputs[fixed.input];
        after.extend(each(context, &ty.slots(), |indices| {
            let all = with_fixed(&context.inputs[fixed.input].slots(), &fixed.labels, indices);
            let (target, source) =
                (context.inputs[fixed.input].entry(quote!(#whole), &all), ty.entry(quote!(#local), indices));
            quote!(#target += #source;)
        }));
    }
    [before, after]
}

/// All indices of an input from those that are not fixed.
fn with_fixed(slots: &[AxisId], fixed: &[(usize, usize)], indices: &[TokenStream]) -> Vec<TokenStream> {
    let mut rest = indices.iter();
    (0..slots.len())
        .map(|slot| match fixed.iter().find(|(other, _)| *other == slot) {
            Some((_, label)) => Literal::usize_unsuffixed(*label).to_token_stream(),
            None => rest.next().cloned().unwrap_or_default(),
        })
        .collect()
}

/// A statement for all indices on some axes.
fn each(
    context: &Context<'_>,
    slots: &[AxisId],
    statement: impl FnOnce(&[TokenStream]) -> TokenStream,
) -> TokenStream {
    context.scoped(|| {
        let names: Vec<Ident> = slots.iter().map(|_| context.fresh(&["i", "j", "k", "l", "m"])).collect();
        let indices: Vec<TokenStream> = names.iter().map(ToTokens::to_token_stream).collect();
        names.iter().zip(slots).rev().fold(statement(&indices), |inner, (name, &axis)| {
            let size = context.size(axis);
            quote!(for #name in 0..#size { #inner })
        })
    })
}

/// A constant as an expression.
fn value_of(context: &Context<'_>, constant: &Constant) -> TokenStream {
    let scalar = &context.scalar;
    let (numerator, denominator) =
        (polynomial(context, &constant.numerator), polynomial(context, &constant.denominator));
    quote!(quotient::<#scalar>(#numerator, #denominator))
}

fn polynomial(context: &Context<'_>, polynomial: &SizePolynomial) -> TokenStream {
    let mut sum = TokenStream::new();
    for (powers, coefficient) in polynomial.terms() {
        let size = Literal::u128_unsuffixed(coefficient.unsigned_abs());
        let sign = (coefficient < 0).then(|| quote!(-));
        let factors = powers.iter().flat_map(|&(axis, power)| {
            let size = context.size(axis);
            std::iter::repeat_n(quote!(.wrapping_mul(#size as i128)), power.into())
        });
        let term = quote!((#sign #size as i128) #(#factors)*);
        sum = if sum.is_empty() { term } else { quote!(#sum + #term) };
    }
    sum
}

/// The helper that divides.
pub(super) fn quotient(context: &Context<'_>) -> TokenStream {
    let private = &context.private;
    quote! {
        /// The quotient in lowest terms; zero if the denominator is.
        fn quotient<S: #private::Scalar>(numerator: i128, denominator: i128) -> S {
            if denominator == 0 {
                return S::ZERO;
            }
            let (mut common, mut rest) = (numerator, denominator);
            while rest != 0 {
                (common, rest) = (rest, common % rest);
            }
            // The denominator becomes positive.
            let common = if (common < 0) == (denominator < 0) { common } else { -common };
            S::from_ratio((numerator / common) as i64, (denominator / common) as u64)
        }
    }
}
