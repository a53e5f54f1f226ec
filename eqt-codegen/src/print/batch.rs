//! Batches over arrays of ndarray: samples in the lanes of vector registers, and in chunks on threads.

use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::context::Context;
use crate::lower::Nest;

pub(super) mod declared;
pub(super) mod defined;
pub(super) mod generators;

/// Samples that are computed at once, one per lane.
pub(super) const LANES: usize = 8;

/// A tuple, nested where it is too long for the traits of the runtime.
pub(super) fn tuple(parts: &[TokenStream]) -> TokenStream {
    const LONGEST: usize = 8;
    if parts.len() <= LONGEST {
        return quote!((#(#parts,)*));
    }
    let (first, rest) = parts.split_at(LONGEST - 1);
    let rest = tuple(rest);
    quote!((#(#first,)* #rest,))
}

/// The multiply-adds of one sample.
pub(super) fn work(context: &Context<'_>, nest: &Nest) -> TokenStream {
    let mut literal_sum = 0_u64;
    let mut terms: Vec<TokenStream> = Vec::new();
    for (axes, count) in nest.cost() {
        let mut count = count;
        let mut factors: Vec<TokenStream> = Vec::new();
        for axis in axes {
            match context.extent(axis) {
                Extent::Literal(size) => count = count.saturating_mul(*size as u64),
                _ => {
                    let size = context.size(axis);
                    factors.push(quote!(.saturating_mul(#size as u64)));
                }
            }
        }
        if factors.is_empty() {
            literal_sum = literal_sum.saturating_add(count);
        } else {
            let count = Literal::u64_suffixed(count);
            terms.push(quote!(#count #(#factors)*));
        }
    }
    let literal = Literal::u64_suffixed(literal_sum);
    quote!(#literal #(.saturating_add(#terms))*)
}
