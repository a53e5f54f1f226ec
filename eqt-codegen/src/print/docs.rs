//! Documentation and the static description of the basis.

use eqt_ir::diagram::Style;
use eqt_ir::program::{Polynomial, RootKind};
use eqt_ir::signature::AxisId;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::Nests;
use super::context::Context;

/// Members listed in the documentation; the description has all.
const LISTED: usize = 200;

/// Documentation as attributes, one per line.
pub(super) fn attributes(text: &str) -> TokenStream {
    let lines =
        text.trim_end().lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

pub(super) fn function(context: &Context<'_>, nests: &Nests) -> String {
    let name = &context.declaration.name;
    let mut text = format!(
        "\n`sum_b theta_b T_b` over the {} of `{}`, {}:\n\n```text\n{}```\n\n",
        members(context.len()),
        context.signature,
        context.compiled.basis.options,
        table(context)
    );
    let cost = cost(context, nests);
    text.push_str(&format!(
        "One evaluation takes about {cost} multiply-adds at {}. The module of the same name holds gradients and batches.",
        sizes(context)
    ));
    if super::functions::is_fallible(context) {
        text.push_str(&format!(
            "\n\n# Panics\n\nIf lengths that should agree differ; `{name}::try_call` returns an error instead."
        ));
    }
    text
}

pub(super) fn module(context: &Context<'_>) -> String {
    format!(
        "What belongs to the map of the same name: the {} of `{}`, {}.\n\n```text\n{}```\n",
        members(context.len()),
        context.signature,
        context.compiled.basis.options,
        table(context)
    )
}

fn members(count: usize) -> String {
    if count == 1 { "one member".to_owned() } else { format!("{count} members") }
}

fn table(context: &Context<'_>) -> String {
    let formulas = context.compiled.basis.formulas(Style::Text);
    let mut text = String::new();
    for (index, formula) in formulas.iter().enumerate().take(LISTED) {
        text.push_str(&format!("{index:>4}  {formula}\n"));
    }
    if formulas.len() > LISTED {
        text.push_str(&format!("      and {} more\n", formulas.len() - LISTED));
    }
    text
}

fn cost(context: &Context<'_>, nests: &Nests) -> u64 {
    let size = |axis: &AxisId| context.declaration.sizes.of(*axis) as u64;
    nests
        .combination
        .cost()
        .iter()
        .map(|(axes, count)| axes.iter().map(size).fold(*count, u64::saturating_mul))
        .fold(0, u64::saturating_add)
}

fn sizes(context: &Context<'_>) -> String {
    let names: Vec<String> = context
        .signature
        .axis_ids()
        .map(|axis| {
            format!("{} = {}", context.signature.axis(axis).dimension, context.declaration.sizes.of(axis))
        })
        .filter(|text| !text.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    if names.is_empty() { "these sizes".to_owned() } else { names.join(", ") }
}

/// `LEN` and `basis()`.
pub(super) fn description(context: &Context<'_>) -> TokenStream {
    let private = &context.private;
    let basis = &context.compiled.basis;
    let len = Literal::usize_unsuffixed(context.len());
    let diagrams = basis.formulas(Style::Text);
    let latex = basis.formulas(Style::Latex);
    let elements = basis.elements.iter().enumerate().map(|(index, element)| {
        let degree = Literal::u32_unsuffixed(element.degree as u32);
        let (diagram, latex) = (&diagrams[index], &latex[index]);
        let macs = macs(context, index);
        let labels: String = ('i'..='z').take(context.coefficients()[index].len()).collect();
        quote! {
            #private::Element { degree: #degree, diagram: #diagram, latex: #latex, macs: #macs, labels: #labels }
        }
    });
    let (signature, options) = (context.signature.to_string(), basis.options.to_string());
    let certificate = basis.certificate();
    let independence = eqt_ir::basis::independence(context.signature, &basis.options);
    quote! {
        /// The number of members.
        pub const LEN: usize = #len;

        const ELEMENTS: &[#private::Element] = &[#(#elements),*];

        /// The members, in the order of their coefficients.
        pub const fn basis() -> #private::Basis {
            #private::Basis {
                signature: #signature,
                options: #options,
                form: #private::Form::VectorSpace,
                elements: ELEMENTS,
                invariants: &[],
                certificate: #certificate,
                independence: #independence,
            }
        }
    }
}

/// The multiply-adds of one member by itself.
fn macs(context: &Context<'_>, member: usize) -> String {
    let alone = crate::lower::lower(&context.compiled.members, |kind| kind == RootKind::Member(member));
    let mut cost = Polynomial::zero(context.signature);
    for (axes, count) in alone.cost() {
        cost.add(context.signature, count, &axes);
    }
    cost.to_string()
}
