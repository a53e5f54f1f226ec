//! Loop nests as Rust statements.

use std::collections::BTreeMap;

use eqt_ir::program::RootKind;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::COMMENT;
use super::context::Context;
use super::types::nested;
use super::workspace::Pool;
use crate::lower::{Access, BufferId, Constant, Nest, Node, Place, VariableId};

mod constants;
mod entries;

use entries::times;

/// What the results of a nest are called in the emitted function.
pub(super) struct Results {
    /// The value of the combination, or the array of members' values.
    pub(super) value: Ident,
    /// The gradient of the coefficients.
    pub(super) theta: Ident,
    /// The gradient of each input.
    pub(super) inputs: Vec<Ident>,
}

/// The statements of a nest, for arguments named as in the context.
pub(super) fn statements(
    context: &Context<'_>,
    nest: &Nest,
    results: &Results,
    pool: Option<&Pool>,
) -> TokenStream {
    let mut printer = Printer {
        context,
        nest,
        results,
        pool,
        locals: BTreeMap::new(),
        variables: BTreeMap::new(),
        parities: BTreeMap::new(),
        constants: BTreeMap::new(),
    };
    context.scoped(|| {
        let constants = printer.declare_constants(&nest.body);
        let body = printer.nodes(&nest.body);
        quote!(#constants #body)
    })
}

/// Whether the nest loops over permutations.
pub(super) fn permutes(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Permutations { .. } => true,
        Node::Loop { body, .. } | Node::Reduce { body, .. } => permutes(body),
        _ => false,
    })
}

struct Printer<'a> {
    context: &'a Context<'a>,
    nest: &'a Nest,
    results: &'a Results,
    /// Where vectors are taken from.
    pool: Option<&'a Pool>,
    locals: BTreeMap<BufferId, Ident>,
    variables: BTreeMap<VariableId, Ident>,
    /// Whether the current permutation is odd.
    parities: BTreeMap<VariableId, Ident>,
    constants: BTreeMap<Constant, Ident>,
}

impl Printer<'_> {
    fn nodes(&mut self, nodes: &[Node]) -> TokenStream {
        let mut tokens = TokenStream::new();
        let mut rest = nodes;
        while let Some((node, after)) = rest.split_first() {
            // A scalar that is assigned at once: `let g1 = value;`.
            if let (Node::Declare(id), Some(Node::Store { target, add: false, terms })) =
                (node, after.first())
                && target.buffer == *id
                && self.is_scalar(target)
            {
                let sum = self.sum(terms);
                tokens.extend(self.declare(*id, Some(sum)));
                rest = &after[1..];
                continue;
            }
            tokens.extend(self.node(node));
            rest = after;
        }
        tokens
    }

    fn node(&mut self, node: &Node) -> TokenStream {
        match node {
            Node::Declare(id) => self.declare(*id, None),
            Node::Loop { variable, from, to, body } => self.context.scoped(|| {
                let label = self.nest.signature.axis(self.nest.variables[variable.0]).group.is_label();
                let names: &[&str] =
                    if label { &["i", "j", "k", "l", "m"] } else { &["p", "q", "r", "s", "u", "v", "w"] };
                let name = self.context.fresh(names);
                self.variables.insert(*variable, name.clone());
                let (from, to) = (self.bound(*from), self.bound(*to));
                let body = self.nodes(body);
                quote!(for #name in #from..#to { #body })
            }),
            Node::Permutations { variable, legs, body } => self.context.scoped(|| {
                let (permutation, odd) = (self.context.fresh(&["permutation"]), self.context.fresh(&["odd"]));
                self.variables.insert(*variable, permutation.clone());
                self.parities.insert(*variable, odd.clone());
                let start = (0..*legs).map(Literal::usize_unsuffixed);
                let legs = Literal::usize_unsuffixed(*legs);
                let body = self.nodes(body);
                quote! {
                    let mut #permutation: [usize; #legs] = [#(#start),*];
                    let mut #odd = false;
                    loop {
                        #body
                        if !next_permutation(&mut #permutation, &mut #odd) {
                            break;
                        }
                    }
                }
            }),
            Node::Store { target, add, terms } => {
                let add = *add || self.is_added_to(target);
                let target = self.access(target);
                match terms.as_slice() {
                    [term] if add && term.negative => {
                        let product = self.product(term);
                        quote!(#target -= #product;)
                    }
                    _ => {
                        let sum = self.sum(terms);
                        if add { quote!(#target += #sum;) } else { quote!(#target = #sum;) }
                    }
                }
            }
            // A scalar is zero when it is declared, and written once or added to: it is its own accumulator.
            Node::Reduce { target, body, .. } if self.is_scalar(target) => {
                let target = self.access(target);
                self.accumulating(body, &target)
            }
            Node::Reduce { target, add, body } => self.context.scoped(|| {
                let sum = self.context.fresh(&["sum"]);
                let operator = if *add || self.is_added_to(target) { quote!(+=) } else { quote!(=) };
                let (target, zero) = (self.access(target), self.zero());
                let body = self.accumulating(body, &quote!(#sum));
                quote! {
                    let mut #sum = #zero;
                    #body
                    #target #operator #sum;
                }
            }),
            Node::Accumulate(_) => TokenStream::new(),
        }
    }

    /// The body of a sum.
    fn accumulating(&mut self, nodes: &[Node], sum: &TokenStream) -> TokenStream {
        let mut tokens = TokenStream::new();
        for node in nodes {
            match node {
                Node::Accumulate(terms) => {
                    for term in terms {
                        let product = self.product(term);
                        tokens.extend(if term.negative {
                            quote!(#sum -= #product;)
                        } else {
                            quote!(#sum += #product;)
                        });
                    }
                }
                Node::Loop { variable, from, to, body } => {
                    tokens.extend(self.context.scoped(|| {
                        let name = self.context.fresh(&["p", "q", "r", "s", "u", "v", "w"]);
                        self.variables.insert(*variable, name.clone());
                        let (from, to) = (self.bound(*from), self.bound(*to));
                        let body = self.accumulating(body, sum);
                        quote!(for #name in #from..#to { #body })
                    }));
                }
                other => tokens.extend(self.node(other)),
            }
        }
        tokens
    }

    /// Whether an entry is that of a local scalar.
    fn is_scalar(&self, access: &Access) -> bool {
        let buffer = &self.nest.buffers[access.buffer.0];
        buffer.place == Place::Local && !buffer.stored.contains(&true)
    }

    /// Whether an entry is that of a gradient which batches add up in place.
    fn is_added_to(&self, access: &Access) -> bool {
        let Place::Result(result) = self.nest.buffers[access.buffer.0].place else { return false };
        self.context.has_free_labels()
            && matches!(self.nest.results[result].kind, RootKind::CoefficientGradient(_))
    }

    fn zero(&self) -> TokenStream {
        let scalar = &self.context.scalar;
        quote!(#scalar::ZERO)
    }

    fn declare(&mut self, id: BufferId, assigned: Option<TokenStream>) -> TokenStream {
        let buffer = &self.nest.buffers[id.0];
        let name = self.context.fresh(&[&format!("g{}", self.locals.len() + 1)]);
        self.locals.insert(id, name.clone());
        let comment = (self.context.commented && !buffer.formula.is_empty()).then(|| {
            let text = format!("{name} = {}", buffer.formula);
            let comment = format_ident!("{COMMENT}");
            quote!(#comment!(#text);)
        });
        if let Some(value) = assigned {
            return quote!(#comment let #name = #value;);
        }
        let (mut run_time, mut fixed) = (Vec::new(), Vec::new());
        for (&axis, _) in buffer.axes.iter().zip(&buffer.stored).filter(|(_, stored)| **stored) {
            if self.context.is_run_time(axis) { run_time.push(axis) } else { fixed.push(axis) }
        }
        let element = nested(self.context, &fixed, &self.zero());
        if run_time.is_empty() {
            return quote!(#comment let mut #name = #element;);
        }
        let count = times(run_time.iter().map(|&axis| self.context.size(axis)));
        if let Some(pool) = self.pool {
            let ty = nested(self.context, &fixed, &self.context.scalar.to_token_stream());
            let (workspace, field) = (&pool.argument, pool.field(&ty));
            return quote! {
                #comment
                let #name = &mut #workspace.#field;
                #name.clear();
                #name.resize(#count, #element);
            };
        }
        let private = &self.context.private;
        quote!(#comment let mut #name = #private::core::iter::repeat_n(#element, #count).collect::<Vec<_>>();)
    }
}

/// The field of a member's coefficient.
pub(super) fn field(member: usize) -> Ident {
    format_ident!("c{member}")
}
