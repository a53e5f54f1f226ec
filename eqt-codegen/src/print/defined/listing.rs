//! Documentation and description of a map with a body.

use eqt_ir::diagram::Style;
use eqt_ir::optimise::Defined;
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::super::context::Context;
use super::super::{docs, functions};
use super::parameters;
use crate::lower::Nest;

/// The terms as text, one a line.
fn listing(defined: &Defined) -> String {
    let lines = texts(defined, Style::Text);
    lines.iter().map(|line| format!("    {line}\n")).collect()
}

/// Every term with its constant.
fn texts(defined: &Defined, style: Style) -> Vec<String> {
    defined
        .definition
        .formulas(style)
        .into_iter()
        .map(|(constant, diagram)| match constant.as_str() {
            "1" => diagram,
            _ if diagram == "1" => constant,
            "-1" => format!("-{diagram}"),
            _ => format!("{constant} {diagram}"),
        })
        .collect()
}

/// The signature of the map itself.
fn signature_text(defined: &Defined) -> String {
    let mut signature = defined.definition.signature.clone();
    signature.inputs.truncate(defined.definition.inputs());
    signature.to_string()
}

pub(super) fn function_docs(context: &Context<'_>, defined: &Defined, value: &Nest) -> String {
    let name = &context.declaration.name;
    let mut text = format!(
        "A map `{}`, the sum of\n\n```text\n{}```\n\nOne evaluation takes about {} multiply-adds at {}. The module of the \
         same name holds gradients and batches.",
        signature_text(defined),
        listing(defined),
        docs::cost(context, value),
        docs::sizes(context)
    );
    if functions::is_fallible(context) {
        text.push_str(&format!(
            "\n\n# Panics\n\nIf lengths that should agree differ; `{name}::try_call` returns an error instead."
        ));
    }
    text
}

pub(super) fn module_docs(context: &Context<'_>, defined: &Defined) -> String {
    format!(
        "What belongs to the map of the same name, `{}`. Arguments that are scalars on which no group acts{} are \
         parameters: all samples of a batch share them.\n\n```text\n{}```\n",
        signature_text(defined),
        match parameters(context, defined)[..] {
            [] => " (here there are none)".to_owned(),
            ref inputs => {
                let names: Vec<String> =
                    inputs.iter().map(|&input| format!("`{}`", context.input(input).0.unraw())).collect();
                format!(" ({})", names.join(", "))
            }
        },
        listing(defined)
    )
}

/// `terms()`.
pub(super) fn terms(context: &Context<'_>, defined: &Defined) -> TokenStream {
    let private = &context.private;
    let (text, latex) = (texts(defined, Style::Text), texts(defined, Style::Latex));
    let terms = text.iter().zip(&latex).enumerate().map(|(term, (diagram, latex))| {
        let degree = Literal::u32_unsuffixed(defined.definition.degree(term) as u32);
        let macs = defined.term_cost(term, &context.declaration.sizes).to_string();
        quote! {
            #private::Element { degree: #degree, diagram: #diagram, latex: #latex, macs: #macs, labels: "" }
        }
    });
    quote! {
        const TERMS: &[#private::Element] = &[#(#terms),*];

        /// The terms that the map is the sum of, each with its constant.
        pub const fn terms() -> &'static [#private::Element] {
            TERMS
        }
    }
}
