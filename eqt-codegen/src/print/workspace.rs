//! The memory that functions of run-time lengths work in, owned by the caller of their `_into` forms.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::context::Context;

/// The vectors of a workspace: functions share those of one element type.
pub(super) struct Pool {
    /// The name of the argument.
    pub(super) argument: Ident,
    fields: RefCell<Vec<TokenStream>>,
    /// How many vectors of each element type the current function uses.
    used: RefCell<BTreeMap<String, usize>>,
    /// Whether there is a function with an `_into` form at all.
    open: Cell<bool>,
}

/// Whether functions have `_into` forms: those that would allocate.
pub(super) fn has_into_forms(context: &Context<'_>) -> bool {
    context.has_free_labels() || !context.run_time_axes().is_empty()
}

impl Pool {
    pub(super) fn new(context: &Context<'_>) -> Pool {
        Pool {
            argument: context.fresh(&["workspace"]),
            fields: RefCell::default(),
            used: RefCell::default(),
            open: Cell::new(false),
        }
    }

    /// Starts another function, which may use all vectors again.
    pub(super) fn next_function(&self) {
        self.used.borrow_mut().clear();
        self.open.set(true);
    }

    /// A field with elements of a type that the current function does not use yet.
    pub(super) fn field(&self, element: &TokenStream) -> Ident {
        let key = element.to_string();
        let mut used = self.used.borrow_mut();
        let count = used.entry(key.clone()).or_insert(0);
        *count += 1;
        let mut fields = self.fields.borrow_mut();
        let same = fields.iter().enumerate().filter(|(_, field)| field.to_string() == key);
        let position = same.map(|(position, _)| position).nth(*count - 1).unwrap_or_else(|| {
            fields.push(element.clone());
            fields.len() - 1
        });
        format_ident!("w{position}")
    }

    /// The struct, after all functions are printed.
    pub(super) fn items(&self, context: &Context<'_>) -> TokenStream {
        if !self.open.get() {
            return TokenStream::new();
        }
        let (private, scalar) = (&context.private, &context.scalar);
        let (generics, constants) = (context.generics(), &context.declaration.generics);
        let elements = self.fields.borrow();
        let names: Vec<Ident> = (0..elements.len()).map(|position| format_ident!("w{position}")).collect();
        let elements = elements.iter();
        quote! {
            /// Memory for the `_into` forms, to be used again and again; it grows to what is needed.
            #[derive(Clone, Debug)]
            pub struct Workspace<#generics> {
                #(#names: Vec<#elements>,)*
                marker: #private::core::marker::PhantomData<#scalar>,
            }

            impl<#generics> Workspace<#(#constants,)* #scalar> {
                /// Without any memory yet.
                pub const fn new() -> Self {
                    Self { #(#names: Vec::new(),)* marker: #private::core::marker::PhantomData }
                }
            }

            impl<#generics> Default for Workspace<#(#constants,)* #scalar> {
                fn default() -> Self {
                    Self::new()
                }
            }
        }
    }
}
