//! Entries, products of them and their sums as expressions.

use eqt_ir::program::RootKind;
use eqt_ir::signature::AxisId;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Printer, Results, field};
use crate::lower::{Access, Bound, Index, Place, Product, VariableId};

impl Printer<'_> {
    pub(super) fn bound(&self, bound: Bound) -> TokenStream {
        match bound {
            Bound::Literal(value) => {
                let value = Literal::usize_unsuffixed(value);
                quote!(#value)
            }
            Bound::Size(axis) => self.context.size(axis),
            Bound::Half(axis) => self.context.half(axis),
        }
    }

    pub(super) fn variable(&self, variable: VariableId) -> TokenStream {
        match self.variables.get(&variable) {
            Some(name) => quote!(#name),
            None => {
                // Not reached: variables are bound by the loops around them.
                let name = format_ident!("unbound{}", variable.0);
                quote!(#name)
            }
        }
    }

    pub(super) fn index(&self, index: Index, axis: AxisId) -> TokenStream {
        match index {
            Index::Variable { variable, half: false } => self.variable(variable),
            Index::Variable { variable, half: true } => {
                let (variable, half) = (self.variable(variable), self.context.half(axis));
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
        let context = self.context;
        let indices: Vec<TokenStream> =
            access.indices.iter().zip(&buffer.axes).map(|(&index, &axis)| self.index(index, axis)).collect();
        match buffer.place {
            Place::Input(input) => {
                let (name, ty) = context.input(input);
                ty.entry(quote!(#name), &indices)
            }
            Place::Cotangent => {
                let name = &context.cotangent;
                context.output.entry(quote!(#name), &indices)
            }
            Place::Coefficient(member) => {
                let theta = &context.theta;
                self.coefficient(coefficient(quote!(#theta), member, &indices))
            }
            Place::Result(result) => self.result(self.nest.results[result].kind, &indices),
            Place::Local => {
                let name =
                    self.locals.get(&access.buffer).cloned().unwrap_or_else(|| format_ident!("undeclared"));
                let mut run_time: Option<TokenStream> = None;
                let mut fixed = Vec::new();
                for ((index, &axis), _) in
                    indices.iter().zip(&buffer.axes).zip(&buffer.stored).filter(|(_, stored)| **stored)
                {
                    if context.is_run_time(axis) {
                        let size = context.size(axis);
                        run_time = Some(match run_time {
                            None => index.clone(),
                            Some(outer) => quote!((#outer) * #size + #index),
                        });
                    } else {
                        fixed.push(index);
                    }
                }
                let run_time = run_time.into_iter();
                quote!(#name #([#run_time])* #([#fixed])*)
            }
        }
    }

    pub(super) fn result(&self, kind: RootKind, indices: &[TokenStream]) -> TokenStream {
        let Results { value, theta, inputs } = self.results;
        match kind {
            RootKind::Combination => self.context.output.entry(quote!(#value), indices),
            RootKind::Member(member) => {
                let member = Literal::usize_unsuffixed(member);
                self.context.output.entry(quote!(#value[#member]), indices)
            }
            RootKind::InputGradient(input) => {
                let name = &inputs[input];
                self.context.input(input).1.entry(quote!(#name), indices)
            }
            RootKind::CoefficientGradient(member) => match self.context.has_free_labels() {
                true => coefficient(quote!(#theta), member, indices),
                false => {
                    let member = Literal::usize_unsuffixed(member);
                    quote!(#theta[#member])
                }
            },
        }
    }

    /// A coefficient as the scalar of the function: in place, coefficients may be those of all lanes.
    pub(super) fn coefficient(&self, entry: TokenStream) -> TokenStream {
        if self.pool.is_some() { quote!(#entry.broadcast()) } else { entry }
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
        let scalar = &self.context.scalar;
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
        if let Some(member) = product.theta {
            let theta = &self.context.theta;
            factors.push(if self.context.has_free_labels() {
                self.coefficient(coefficient(quote!(#theta), member, &[]))
            } else {
                let member = Literal::usize_unsuffixed(member);
                quote!(#theta[#member])
            });
        }
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

pub(super) fn coefficient(theta: TokenStream, member: usize, indices: &[TokenStream]) -> TokenStream {
    let field = field(member);
    match indices {
        [] => quote!(#theta.#field),
        [index] => quote!(#theta.#field[#index]),
        _ => quote!(#theta.#field[[#(#indices),*]]),
    }
}
