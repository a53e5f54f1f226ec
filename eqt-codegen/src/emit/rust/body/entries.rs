//! Entries, products of them and their sums as expressions.

use eqt_ir::program::RootKind;
use eqt_ir::signature::AxisId;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::Printer;
use crate::lower::{Access, Bound, Index, Place, Product, VariableId};

impl Printer<'_> {
    pub(super) fn bound(&self, bound: Bound) -> TokenStream {
        match bound {
            Bound::Literal(value) => {
                let value = Literal::usize_unsuffixed(value);
                quote!(#value)
            }
            Bound::Size(axis) => self.names.size(axis),
            Bound::Half(axis) => self.names.half(axis),
            Bound::Variable(variable) => {
                let variable = self.variable(variable);
                quote!(#variable)
            }
        }
    }

    pub(super) fn variable(&self, variable: VariableId) -> TokenStream {
        // Variables are bound by the loops around them, a law of nests.
        let name = &self.variables[&variable];
        quote!(#name)
    }

    pub(super) fn index(&self, index: Index, axis: AxisId) -> TokenStream {
        match index {
            Index::Variable { variable, half: false } => self.variable(variable),
            Index::Variable { variable, half: true } => {
                let (variable, half) = (self.variable(variable), self.names.half(axis));
                quote!(#variable + #half)
            }
            Index::Constant(value) => {
                let value = Literal::usize_unsuffixed(value);
                quote!(#value)
            }
            Index::Image(variable, number) => {
                let (variable, number) = (self.variable(variable), Literal::usize_unsuffixed(number));
                quote!(#variable[#number])
            }
        }
    }

    pub(super) fn access(&self, access: &Access) -> TokenStream {
        let buffer = &self.nest.buffers[access.buffer.0];
        let all: Vec<TokenStream> =
            access.indices.iter().zip(&buffer.axes).map(|(&index, &axis)| self.index(index, axis)).collect();
        match buffer.place {
            Place::Input(input) => self.parameters.input(input).entry(&[], &all),
            Place::Cotangent => self.parameters.cotangent().entry(&[], &all),
            Place::Coefficient(coefficient) => self.parameters.coefficient(coefficient, &all),
            Place::Result(result) => {
                let kind = self.nest.results[result].kind;
                let member = match kind {
                    RootKind::Member(member) | RootKind::Term(member) => Some(member),
                    // Gradients of numbers, and invariants that are numbers, are entries of one array.
                    RootKind::CoefficientGradient(member) | RootKind::Array(member) => {
                        self.parameters.result_is_one_array().then_some(member)
                    }
                    RootKind::Combination | RootKind::InputGradient(_) => None,
                };
                let member = member.map(|member| {
                    let member = Literal::usize_unsuffixed(member);
                    quote!(#member)
                });
                self.parameters.result(kind).entry(member.as_slice(), &all)
            }
            Place::Local => {
                let stored = all.into_iter().zip(&buffer.stored).filter(|(_, stored)| **stored);
                let indices: Vec<TokenStream> = stored.map(|(index, _)| index).collect();
                let (name, storage) = &self.locals[&access.buffer];
                storage.entry(name, &[], &indices, false)
            }
        }
    }

    pub(super) fn sum(&self, terms: &[Product]) -> TokenStream {
        let mut tokens = TokenStream::new();
        for (position, term) in terms.iter().enumerate() {
            let product = self.product(term);
            tokens.extend(match (position, term.negative) {
                (0, true) => quote!(-#product),
                (0, false) => product,
                (_, true) => quote!(- #product),
                (_, false) => quote!(+ #product),
            });
        }
        tokens
    }

    /// A product without its sign.
    pub(super) fn product(&self, product: &Product) -> TokenStream {
        let scalar = &self.names.scalar;
        let mut factors: Vec<TokenStream> = Vec::new();
        for sign in &product.signs {
            let odd = self.parities.get(&sign.variable);
            let permutation = self.variable(sign.variable);
            let first_negative = Literal::usize_unsuffixed(sign.first_negative);
            let metric = sign.metric.iter().map(|&number| {
                let number = Literal::usize_unsuffixed(number);
                quote!((#permutation[#number] >= #first_negative))
            });
            factors.push(quote!((if #odd #(^ #metric)* { -#scalar::ONE } else { #scalar::ONE })));
        }
        factors.extend(
            product
                .constants
                .iter()
                .filter_map(|constant| self.constants.get(constant))
                .map(|name| quote!(#name)),
        );
        factors.extend(product.theta.map(|coefficient| self.parameters.coefficient(coefficient, &[])));
        factors.extend(product.entries.iter().map(|entry| self.access(entry)));
        if factors.is_empty() {
            return quote!(#scalar::ONE);
        }
        times(factors)
    }
}

/// `a * b * c`.
pub(super) fn times(factors: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let mut factors = factors.into_iter();
    let first = factors.next().unwrap_or_default();
    factors.fold(first, |product, factor| quote!(#product * #factor))
}
