//! Lengths and sizes: what is checked at compile time, what at run time, and the error.

use eqt_ir::signature::Dimension;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::super::body::field;
use super::super::context::Context;

/// Whether lengths have to be compared at run time.
pub(in crate::print) fn is_fallible(context: &Context<'_>) -> bool {
    let run_time = context.run_time_axes();
    let shared = context.inputs.iter().filter(|ty| ty.run_time(context).is_some()).count() > run_time.len();
    shared || context.has_free_labels() || context.output.run_time(context).is_some()
}

/// Compile-time checks of sizes, and run-time lengths.
pub(super) fn prelude(context: &Context<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    let private = &context.private;
    for axis in context.signature.axis_ids() {
        let group = &context.signature.axis(axis).group;
        if let (Some(constraint), Extent::Const(name)) = (group.rules().constraint(), context.extent(axis)) {
            let message =
                format!("{}: {}", group.text(&Dimension::Symbol(name.to_string())), constraint.sentence);
            let divisor = Literal::usize_unsuffixed(constraint.divisor);
            tokens.extend(quote!(const { #private::core::assert!(#name % #divisor == 0, #message) };));
        }
    }
    for (axis, input) in context.run_time_axes() {
        let (length, name) = (context.size(axis), &context.declaration.inputs[input]);
        tokens.extend(quote!(let #length = #name.len();));
    }
    tokens
}

/// Comparisons of lengths; each returns a `LengthError`.
pub(super) fn checks(context: &Context<'_>, arguments: &[(Ident, TokenStream)]) -> TokenStream {
    let mut tokens = TokenStream::new();
    let is_argument = |name: &Ident| arguments.iter().any(|(other, _)| other == name);
    let first = context.run_time_axes();
    let mut check = |what: String, expected: TokenStream, found: TokenStream| {
        tokens.extend(quote!(LengthError::check(#what, #expected, #found)?;));
    };
    for (input, ty) in context.inputs.iter().enumerate() {
        if let Some(axis) = ty.run_time(context)
            && !first.contains(&(axis, input))
        {
            let name = &context.declaration.inputs[input];
            check(format!("input `{}`", name.unraw()), context.size(axis), quote!(#name.len()));
        }
    }
    let cotangent = &context.cotangent;
    if let (Some(axis), true) = (context.output.run_time(context), is_argument(cotangent)) {
        check("the cotangent".to_owned(), context.size(axis), quote!(#cotangent.len()));
    }
    if is_argument(&context.theta) {
        let theta = &context.theta;
        for (member, axes) in context.coefficients().iter().enumerate() {
            let field = field(member);
            for (slot, &axis) in axes.iter().enumerate() {
                let slot = Literal::usize_unsuffixed(slot);
                let what = format!("{} `{field}`", context.maps.what);
                check(what, context.size(axis), quote!(#theta.#field.shape()[#slot]));
            }
        }
    }
    tokens
}

/// Only the run-time lengths of [`prelude`].
pub(super) fn prelude_lengths(context: &Context<'_>) -> TokenStream {
    let lengths = context.run_time_axes().into_iter().map(|(axis, input)| {
        let (length, name) = (context.size(axis), &context.declaration.inputs[input]);
        quote!(let #length = #name.len();)
    });
    quote!(#(#lengths)*)
}

/// The error of the `try_` forms.
pub(in crate::print) fn length_error(context: &Context<'_>) -> TokenStream {
    let private = &context.private;
    quote! {
        /// Two lengths that should agree differ.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct LengthError {
            /// What has the wrong length.
            pub what: &'static str,
            /// The length it should have.
            pub expected: usize,
            /// The length it has.
            pub found: usize,
        }

        impl LengthError {
            fn check(what: &'static str, expected: usize, found: usize) -> Result<(), LengthError> {
                if expected == found { Ok(()) } else { Err(LengthError { what, expected, found }) }
            }
        }

        impl #private::core::fmt::Display for LengthError {
            fn fmt(&self, f: &mut #private::core::fmt::Formatter<'_>) -> #private::core::fmt::Result {
                #private::core::write!(f, "{}: expected length {}, found {}", self.what, self.expected, self.found)
            }
        }

        impl #private::core::error::Error for LengthError {}
    }
}
