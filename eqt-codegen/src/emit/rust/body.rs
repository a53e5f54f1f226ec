//! Loop nests as Rust statements.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::COMMENT;
use super::kernels::Parameters;
use super::names::Names;
use super::storage::Storage;
use super::types::nested;
use crate::lower::{Access, BufferId, Constant, Multiply, Nest, Node, Place, VariableId};

mod constants;
mod entries;

use entries::times;

/// The statements of a nest, and how many scalars of memory its locals of run-time lengths take.
pub(super) struct Statements {
    pub(super) code: TokenStream,
    pub(super) memory: Option<TokenStream>,
}

/// The statements of a nest, for arguments and results as the parameters of a kernel.
pub(super) fn statements(names: &Names<'_>, nest: &Nest, parameters: &Parameters<'_>) -> Statements {
    let mut printer = Printer {
        names,
        nest,
        parameters,
        memory: Vec::new(),
        locals: BTreeMap::new(),
        variables: BTreeMap::new(),
        parities: BTreeMap::new(),
        constants: BTreeMap::new(),
    };
    let code = names.scoped(|| {
        let constants = printer.declare_constants(&nest.body);
        let body = printer.nodes(&nest.body);
        quote!(#constants #body)
    });
    let total = printer.memory.into_iter().reduce(|total, count| quote!(#total + #count));
    Statements { code, memory: total }
}

struct Printer<'a> {
    names: &'a Names<'a>,
    nest: &'a Nest,
    parameters: &'a Parameters<'a>,
    /// The memory that locals of run-time lengths take, one after the other.
    memory: Vec<TokenStream>,
    locals: BTreeMap<BufferId, (Ident, Storage)>,
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
            Node::Loop { variable, from, to, body } => self.names.scoped(|| {
                let label = self.nest.axis(self.nest.variables[variable.0]).is_label;
                let names: &[&str] =
                    if label { &["i", "j", "k", "l", "m"] } else { &["p", "q", "r", "s", "u", "v", "w"] };
                let name = self.names.fresh(names);
                self.variables.insert(*variable, name.clone());
                let (from, to) = (self.bound(*from), self.bound(*to));
                let body = self.nodes(body);
                quote!(for #name in #from..#to { #body })
            }),
            Node::Permutations { variable, legs, body } => self.names.scoped(|| {
                let (permutation, odd) = (self.names.fresh(&["permutation"]), self.names.fresh(&["odd"]));
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
                        if !eqt::next_permutation(&mut #permutation, &mut #odd) {
                            break;
                        }
                    }
                }
            }),
            Node::Store { target, add, terms } => {
                let add = *add;
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
            Node::Reduce { target, add, body } => self.names.scoped(|| {
                let sum = self.names.fresh(&["sum"]);
                let operator = if *add { quote!(+=) } else { quote!(=) };
                let (target, zero) = (self.access(target), self.zero());
                let body = self.accumulating(body, &quote!(#sum));
                quote! {
                    let mut #sum = #zero;
                    #body
                    #target #operator #sum;
                }
            }),
            Node::Accumulate(_) => TokenStream::new(),
            Node::Multiply(multiply) => self.multiply(multiply),
        }
    }

    /// A product that the runtime computes.
    fn multiply(&self, multiply: &Multiply) -> TokenStream {
        let scalar = &self.names.scalar;
        match *multiply {
            Multiply::Apply { matrix, way, operand, target } => {
                let [matrix, operand, target] = [matrix, operand, target].map(|buffer| self.whole(buffer));
                let way = format_ident!("{way:?}");
                quote!(#scalar::apply(#matrix, eqt::Way::#way, &#operand[..], &mut #target[..]);)
            }
            Multiply::Outer { left, right, target } => {
                let folded = self.nest.is_folded(target);
                let is_sum = self.nest.is_sum(target);
                let [left, right, target] = [left, right, target].map(|buffer| self.whole(buffer));
                match is_sum {
                    true => quote!(#scalar::add_outer(&#left[..], &#right[..], #folded, #target);),
                    false => quote!(#scalar::outer(&#left[..], &#right[..], #target);),
                }
            }
        }
    }

    /// The name of a tensor as a whole.
    fn whole(&self, buffer: BufferId) -> TokenStream {
        let name = match self.nest.buffers[buffer.0].place {
            Place::Input(input) => &self.parameters.input(input).name,
            Place::Cotangent => &self.parameters.cotangent().name,
            Place::Coefficient(coefficient) => &self.parameters.array(coefficient).name,
            Place::Result(result) => &self.parameters.result(self.nest.results[result].kind).name,
            Place::Local => &self.locals[&buffer].0,
        };
        quote!(#name)
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
                    tokens.extend(self.names.scoped(|| {
                        let name = self.names.fresh(&["p", "q", "r", "s", "u", "v", "w"]);
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

    fn zero(&self) -> TokenStream {
        let scalar = &self.names.scalar;
        quote!(#scalar::ZERO)
    }

    fn declare(&mut self, id: BufferId, assigned: Option<TokenStream>) -> TokenStream {
        let buffer = &self.nest.buffers[id.0];
        let name = self.names.fresh(&[&format!("g{}", self.locals.len() + 1)]);
        let stored = buffer.axes.iter().zip(&buffer.stored).filter(|(_, stored)| **stored);
        let storage = Storage::of_local(self.names, &stored.map(|(&axis, _)| axis).collect::<Vec<_>>());
        self.locals.insert(id, (name.clone(), storage.clone()));
        let comment = (self.names.commented && !buffer.formula.is_empty()).then(|| {
            let text = format!("{name} = {}", buffer.formula);
            let comment = format_ident!("{COMMENT}");
            quote!(#comment!(#text);)
        });
        if let Some(value) = assigned {
            return quote!(#comment let #name = #value;);
        }
        let zero = self.zero();
        if !storage.is_slice() {
            let element = nested(storage.inner(), &zero);
            return quote!(#comment let mut #name = #element;);
        }
        let (count, memory) = (storage.count(), &self.parameters.memory);
        let length = times(storage.inner().iter().cloned());
        let all = match (storage.inner().is_empty(), count.clone().into_iter().count()) {
            (true, _) => count.clone(),
            (false, 1) => quote!(#count * #length),
            (false, _) => quote!((#count) * #length),
        };
        let ty = storage.ty(&self.names.scalar());
        self.memory.push(all.clone());
        quote! {
            #comment
            let (#name, #memory) = #memory.split_at_mut(#all);
            #name.fill(#zero);
            let #name: &mut #ty = eqt::slice_mut(#name, #count);
        }
    }
}
