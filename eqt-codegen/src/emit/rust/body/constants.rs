//! The constants of a nest, as locals before all loops.

use eqt_ir::program::Ratio;
use eqt_ir::signature::rust_types::Extent;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::Printer;
use crate::lower::{Constant, Node};

impl Printer<'_> {
    pub(super) fn declare_constants(&mut self, nodes: &[Node]) -> TokenStream {
        let mut found: Vec<Constant> = Vec::new();
        collect_constants(nodes, &mut found);
        found.sort();
        found.dedup();
        let mut declarations = TokenStream::new();
        let (scalar, names) = (&self.names.scalar, self.names);
        for constant in found {
            let (name, value) = match &constant {
                Constant::Ratio(ratio) => (ratio_name(*ratio), ratio_value(scalar, *ratio)),
                Constant::Harmonic { axis, numerator, denominator, shifts } => {
                    let value = match names.extent(*axis) {
                        Extent::Literal(size) => {
                            let factor = |shift: &u64| Ratio::new(1, (*size as u64 + shift).max(1));
                            let first = Ratio::new(*numerator as i64, *denominator);
                            let whole =
                                shifts.iter().try_fold(first, |product, shift| product.times(factor(shift)));
                            whole.map_or_else(
                                || {
                                    let first = ratio_value(scalar, first);
                                    let rest = shifts.iter().map(|shift| ratio_value(scalar, factor(shift)));
                                    quote!(#first #(* #rest)*)
                                },
                                |whole| ratio_value(scalar, whole),
                            )
                        }
                        _ => {
                            let size = names.size(*axis);
                            let numerator = Literal::u64_unsuffixed(*numerator);
                            let denominator = Literal::u64_unsuffixed(*denominator);
                            let shifts = shifts.iter().map(|shift| Literal::u64_unsuffixed(*shift));
                            quote!(#scalar::from_ratio(#numerator, #denominator #(* (#size as u64 + #shifts).max(1))*))
                        }
                    };
                    ("harmonic".to_owned(), value)
                }
            };
            let name = names.fresh(&[&name]);
            declarations.extend(quote!(let #name = #value;));
            self.constants.insert(constant, name);
        }
        declarations
    }
}

fn collect_constants(nodes: &[Node], found: &mut Vec<Constant>) {
    for node in nodes {
        match node {
            Node::Declare(_) | Node::Multiply(_) => {}
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
