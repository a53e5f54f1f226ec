//! Documentation and the static description of the basis.

use eqt_ir::diagram::Style;
use eqt_ir::group::Group;
use eqt_ir::optimise::{CompiledGenerators, member_costs};
use eqt_ir::signature::AxisId;
use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::quote;

use super::Nests;
use super::context::Context;
use crate::lower::Nest;

/// Members listed in the documentation; the description has all.
const LISTED: usize = 200;

/// Documentation as attributes, one per line.
pub(super) fn attributes(text: &str) -> TokenStream {
    let lines =
        text.trim_end().lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

/// As [`attributes`], a paragraph of its own after the documentation that an item may have among its attributes.
pub(super) fn appended(others: &[TokenStream], text: &str) -> TokenStream {
    let is_doc = |other: &TokenStream| match other.clone().into_iter().nth(1) {
        Some(TokenTree::Group(group)) => {
            matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
        }
        _ => false,
    };
    let empty = others.iter().any(is_doc).then(|| quote!(#[doc = ""]));
    let text = attributes(text);
    quote!(#empty #text)
}

pub(super) fn function(context: &Context<'_>, nests: &Nests) -> String {
    let name = &context.declaration.name;
    let mut text = format!(
        "`sum_b theta_b T_b` over the {} of `{}`, {}:\n\n```text\n{}```\n\n",
        members(context.len()),
        context.signature,
        context.maps.basis.options,
        table(context)
    );
    let cost = cost(context, &nests.combination);
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
        context.maps.basis.options,
        table(context)
    )
}

fn members(count: usize) -> String {
    if count == 1 { "one member".to_owned() } else { format!("{count} members") }
}

fn table(context: &Context<'_>) -> String {
    let formulas = context.maps.basis.formulas(Style::Text);
    let mut text = String::new();
    for (index, formula) in formulas.iter().enumerate().take(LISTED) {
        text.push_str(&format!("{index:>4}  {formula}\n"));
    }
    if formulas.len() > LISTED {
        text.push_str(&format!("      and {} more\n", formulas.len() - LISTED));
    }
    text
}

pub(super) fn cost(context: &Context<'_>, nest: &Nest) -> u64 {
    let size = |axis: &AxisId| context.declaration.sizes.of(*axis) as u64;
    nest.cost()
        .iter()
        .map(|(axes, count)| axes.iter().map(size).fold(*count, u64::saturating_mul))
        .fold(0, u64::saturating_add)
}

pub(super) fn sizes(context: &Context<'_>) -> String {
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

/// Members as an array of descriptions.
fn elements(context: &Context<'_>) -> TokenStream {
    let private = &context.private;
    let basis = context.maps.basis;
    let diagrams = basis.formulas(Style::Text);
    let latex = basis.formulas(Style::Latex);
    let costs = member_costs(basis, &context.declaration.sizes);
    let elements = basis.elements.iter().enumerate().map(|(index, element)| {
        let degree = Literal::u32_unsuffixed(element.degree as u32);
        let (diagram, latex) = (&diagrams[index], &latex[index]);
        let macs = costs[index].to_string();
        let labels: String = ('i'..='z').take(context.coefficients()[index].len()).collect();
        quote! {
            #private::Element { degree: #degree, diagram: #diagram, latex: #latex, macs: #macs, labels: #labels }
        }
    });
    quote!(&[#(#elements),*])
}

/// `LEN` and `basis()`.
pub(super) fn description(context: &Context<'_>) -> TokenStream {
    let private = &context.private;
    let basis = context.maps.basis;
    let len = Literal::usize_unsuffixed(context.len());
    let elements = elements(context);
    let (signature, options) = (context.signature.to_string(), basis.options.to_string());
    let certificate = basis.certificate();
    let independence = eqt_ir::basis::independence(context.signature, &basis.options);
    quote! {
        /// The number of members.
        pub const LEN: usize = #len;

        const ELEMENTS: &[#private::Element] = #elements;

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

/// `INVARIANTS`, `GENERATORS` and `basis()` of the generator form.
pub(super) fn generators(
    assembly: &Context<'_>,
    invariants: &Context<'_>,
    compiled: &CompiledGenerators,
) -> TokenStream {
    let private = &assembly.private;
    let lens = [invariants, assembly].map(|context| Literal::usize_unsuffixed(context.len()));
    let lists = [invariants, assembly].map(elements);
    let (signature, options) = (compiled.declared.to_string(), degree_given(compiled));
    let certificate = compiled.generators.certificate();
    // Both lists are found at the sizes of the highest degree.
    let bases = [&compiled.assembly.basis, &compiled.invariants.basis];
    let highest = bases.iter().max_by_key(|basis| *basis.options.degrees.end()).unwrap_or(&bases[0]);
    let independence = eqt_ir::basis::independence(&highest.signature, &highest.options);
    let ([invariants_len, generators_len], [invariants, generators]) = (lens, lists);
    quote! {
        /// The number of invariants of the integrity basis.
        pub const INVARIANTS: usize = #invariants_len;

        /// The number of module generators.
        pub const GENERATORS: usize = #generators_len;

        /// The module generators, in the order of their coefficients, and the integrity basis.
        pub const fn basis() -> #private::Basis {
            const ELEMENTS: &[#private::Element] = #generators;
            const INTEGRITY_BASIS: &[#private::Element] = #invariants;
            #private::Basis {
                signature: #signature,
                options: #options,
                form: #private::Form::Generators,
                elements: ELEMENTS,
                invariants: INTEGRITY_BASIS,
                certificate: #certificate,
                independence: #independence,
            }
        }
    }
}

/// The bound on the degree if it is not that of a theorem.
fn degree_given(compiled: &CompiledGenerators) -> String {
    let bound = compiled.generators.bound;
    match bound.source {
        Some(_) => String::new(),
        None => format!("degree <= {}", bound.invariants.max(bound.covariants)),
    }
}

/// The documentation of the function in generator form, and that of its module.
pub(super) fn generator_form(
    assembly: &Context<'_>,
    invariants: &Context<'_>,
    compiled: &CompiledGenerators,
    nest: &Nest,
) -> (String, String) {
    let (name, q) = (&assembly.declaration.name, &assembly.theta);
    let count = |count: usize, what: &str| match count {
        1 => format!("one {what}"),
        count => format!("{count} {what}s"),
    };
    let mut lists = format!("```text\n{}```\n\n", table(assembly));
    if invariants.len() > 0 {
        lists += &format!(
            "The coefficients are any functions of the invariants, `{name}::invariants`:\n\n```text\n{}```\n\n",
            table(invariants)
        );
    }
    if assembly.has_free_labels() || invariants.has_free_labels() {
        lists += "Over labels, an invariant is the array of its values, and a coefficient an array, which is read through \
                  its symmetrisation under the automorphisms of its diagram. ";
        let shared: Vec<String> = compiled
            .declared
            .axes
            .iter()
            .zip(&compiled.generators.signature.axes)
            .filter(|(declared, freed)| declared.group == Group::Symmetric && declared.group != freed.group)
            .map(|(declared, _)| format!("S({})", declared.dimension))
            .collect();
        if !shared.is_empty() {
            lists += &format!(
                "The map is equivariant under {} if the functions are: if relabelled invariants give coefficients that \
                 are relabelled alike, as one function shared across labels does.",
                shared.join(" and ")
            );
        }
        lists += "\n\n";
    }
    let of = format!(
        "the {} of `{}` over {}",
        count(assembly.len(), "generator"),
        compiled.declared,
        count(invariants.len(), "invariant")
    );
    let mut function = format!("`sum_g {q}_g T_g` over {of}:\n\n{lists}");
    function.push_str(&format!(
        "One evaluation takes about {} multiply-adds at {}. The module of the same name holds the invariants, gradients \
         and batches.",
        cost(assembly, nest),
        sizes(assembly)
    ));
    if super::functions::is_fallible(assembly) {
        function.push_str(&format!(
            "\n\n# Panics\n\nIf lengths that should agree differ; `{name}::try_assemble` returns an error instead."
        ));
    }
    (function, format!("What belongs to the map of the same name: {of}.\n\n{lists}"))
}
