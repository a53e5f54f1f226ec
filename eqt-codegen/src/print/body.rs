//! Loop nests as Rust statements.

use std::collections::BTreeMap;

use eqt_ir::program::{Ratio, RootKind};
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::COMMENT;
use super::context::Context;
use super::types::nested;
use super::workspace::Pool;
use crate::lower::{Access, Bound, BufferId, Constant, Index, Nest, Node, Place, Product, VariableId};

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
    fn declare_constants(&mut self, nodes: &[Node]) -> TokenStream {
        let mut found: Vec<Constant> = Vec::new();
        collect_constants(nodes, &mut found);
        found.sort();
        found.dedup();
        let mut declarations = TokenStream::new();
        let (scalar, context) = (&self.context.scalar, self.context);
        for constant in found {
            let (name, value) = match &constant {
                Constant::Ratio(ratio) => (ratio_name(*ratio), ratio_value(scalar, *ratio)),
                Constant::Harmonic { axis, numerator, denominator, shifts } => {
                    let value = match context.extent(*axis) {
                        Extent::Literal(size) => {
                            let factors = shifts.iter().map(|shift| (*size as u64 + shift).max(1));
                            ratio_value(
                                scalar,
                                Ratio::new(*numerator as i64, denominator * factors.product::<u64>()),
                            )
                        }
                        _ => {
                            let size = context.size(*axis);
                            let numerator = Literal::u64_unsuffixed(*numerator);
                            let denominator = Literal::u64_unsuffixed(*denominator);
                            let shifts = shifts.iter().map(|shift| Literal::u64_unsuffixed(*shift));
                            quote!(#scalar::from_ratio(#numerator, #denominator #(* (#size as u64 + #shifts).max(1))*))
                        }
                    };
                    ("harmonic".to_owned(), value)
                }
            };
            let name = context.fresh(&[&name]);
            declarations.extend(quote!(let #name = #value;));
            self.constants.insert(constant, name);
        }
        declarations
    }

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

    fn bound(&self, bound: Bound) -> TokenStream {
        match bound {
            Bound::Literal(value) => {
                let value = Literal::usize_unsuffixed(value);
                quote!(#value)
            }
            Bound::Size(axis) => self.context.size(axis),
            Bound::Half(axis) => self.context.half(axis),
        }
    }

    fn variable(&self, variable: VariableId) -> TokenStream {
        match self.variables.get(&variable) {
            Some(name) => quote!(#name),
            None => {
                // Not reached: variables are bound by the loops around them.
                let name = format_ident!("unbound{}", variable.0);
                quote!(#name)
            }
        }
    }

    fn index(&self, index: Index, axis: eqt_ir::signature::AxisId) -> TokenStream {
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

    fn access(&self, access: &Access) -> TokenStream {
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

    fn result(&self, kind: RootKind, indices: &[TokenStream]) -> TokenStream {
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
    fn coefficient(&self, entry: TokenStream) -> TokenStream {
        if self.pool.is_some() { quote!(#entry.broadcast()) } else { entry }
    }

    fn sum(&self, terms: &[Product]) -> TokenStream {
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
    fn product(&self, product: &Product) -> TokenStream {
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
fn times(factors: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let mut factors = factors.into_iter();
    let first = factors.next().unwrap_or_default();
    factors.fold(first, |product, factor| quote!(#product * #factor))
}

/// The field of a member's coefficient.
pub(super) fn field(member: usize) -> Ident {
    format_ident!("c{member}")
}

fn coefficient(theta: TokenStream, member: usize, indices: &[TokenStream]) -> TokenStream {
    let field = field(member);
    match indices {
        [] => quote!(#theta.#field),
        [index] => quote!(#theta.#field[#index]),
        _ => quote!(#theta.#field[[#(#indices),*]]),
    }
}

fn collect_constants(nodes: &[Node], found: &mut Vec<Constant>) {
    for node in nodes {
        match node {
            Node::Declare(_) => {}
            Node::Loop { body, .. } | Node::Permutations { body, .. } | Node::Reduce { body, .. } => {
                collect_constants(body, found);
            }
            Node::Store { terms, .. } | Node::Accumulate(terms) => {
                found.extend(terms.iter().flat_map(|term| term.constants.iter().cloned()));
            }
        }
    }
}

fn ratio_name(ratio: Ratio) -> String {
    match (ratio.numerator, ratio.denominator) {
        (1, 2) => "half".to_owned(),
        (1, 3) => "third".to_owned(),
        (1, 4) => "quarter".to_owned(),
        (1, 6) => "sixth".to_owned(),
        (2, 1) => "two".to_owned(),
        (3, 1) => "three".to_owned(),
        (4, 1) => "four".to_owned(),
        (numerator, 1) => format!("number{numerator}"),
        (numerator, denominator) => format!("ratio{numerator}_{denominator}"),
    }
}

fn ratio_value(scalar: &Ident, ratio: Ratio) -> TokenStream {
    let numerator = Literal::i64_unsuffixed(ratio.numerator);
    if ratio.denominator == 1 {
        return quote!(#scalar::from_i64(#numerator));
    }
    let denominator = Literal::u64_unsuffixed(ratio.denominator);
    quote!(#scalar::from_ratio(#numerator, #denominator))
}
