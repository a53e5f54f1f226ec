//! How arrays lie in memory: plain nested arrays of what has a fixed size, in slices over what has not.

use eqt_ir::signature::AxisId;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::names::Names;
use super::types::nested;

/// A row-major array. Its first indices, up to the last one of a run-time length, are one index into a slice; the others
/// are nested arrays: `(n, D, D)` is `[[[T; D]; D]]`.
#[derive(Clone, Debug)]
pub(super) struct Storage {
    outer: Vec<TokenStream>,
    inner: Vec<TokenStream>,
    /// Index k of the memory is index `order[k]` of the array.
    order: Vec<usize>,
}

impl Storage {
    /// An array with some sizes in front of those of its axes.
    pub(super) fn of(names: &Names<'_>, front: &[TokenStream], axes: &[AxisId]) -> Storage {
        let run_time = axes.iter().rposition(|&axis| names.is_run_time(axis));
        let sizes: Vec<TokenStream> =
            front.iter().cloned().chain(axes.iter().map(|&axis| names.size(axis))).collect();
        let (outer, inner) = sizes.split_at(run_time.map_or(0, |at| front.len() + at + 1));
        let order = (0..sizes.len()).collect();
        Storage { outer: outer.to_vec(), inner: inner.to_vec(), order }
    }

    /// A local, whose indices may lie in any order: those of run-time lengths come first.
    pub(super) fn of_local(names: &Names<'_>, axes: &[AxisId]) -> Storage {
        let (outer, inner): (Vec<usize>, Vec<usize>) =
            (0..axes.len()).partition(|&slot| names.is_run_time(axes[slot]));
        let sizes = |slots: &[usize]| slots.iter().map(|&slot| names.size(axes[slot])).collect();
        Storage { outer: sizes(&outer), inner: sizes(&inner), order: [outer, inner].concat() }
    }

    /// Whether it is a slice, of a length known at run time.
    pub(super) fn is_slice(&self) -> bool {
        !self.outer.is_empty()
    }

    /// The sizes of the nested arrays.
    pub(super) fn inner(&self) -> &[TokenStream] {
        &self.inner
    }

    /// The length of the slice.
    pub(super) fn count(&self) -> TokenStream {
        let mut sizes = self.outer.iter();
        let first = sizes.next().cloned().unwrap_or_else(|| quote!(1));
        sizes.fold(first, |product, size| quote!(#product * #size))
    }

    /// Its type behind a reference.
    pub(super) fn ty(&self, scalar: &TokenStream) -> TokenStream {
        let inner = nested(&self.inner, scalar);
        if self.is_slice() { quote!([#inner]) } else { inner }
    }

    /// The entry of a local or of what is behind a reference, at some indices.
    pub(super) fn entry(
        &self,
        name: &Ident,
        front: &[TokenStream],
        indices: &[TokenStream],
        is_reference: bool,
    ) -> TokenStream {
        let given: Vec<&TokenStream> = front.iter().chain(indices).collect();
        let all: Vec<&TokenStream> = self.order.iter().map(|&slot| given[slot]).collect();
        let (outer, inner) = all.split_at(self.outer.len());
        if all.is_empty() {
            return if is_reference { quote!(*#name) } else { quote!(#name) };
        }
        let flat = outer.iter().zip(&self.outer).fold(None, |flat: Option<TokenStream>, (index, size)| {
            Some(match flat {
                None => quote!(#index),
                Some(flat) if is_simple(&flat) => quote!(#flat * #size + #index),
                Some(flat) => quote!((#flat) * #size + #index),
            })
        });
        let flat = flat.into_iter();
        quote!(#name #([#flat])* #([#inner])*)
    }
}

/// Whether an expression is one name or number.
fn is_simple(expression: &TokenStream) -> bool {
    expression.clone().into_iter().count() == 1
}
