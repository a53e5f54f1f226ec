//! `eqt basis`: the members of a basis.

use eqt_ir::basis::{Basis, independence};
use eqt_ir::diagram::{self, Style};
use eqt_ir::program;
use serde::Serialize;

use crate::arguments::{Degrees, Format, Question};
use crate::failure::Failure;
use crate::request::Request;
use crate::table::{Align, Table};
use crate::{Answer, json};

#[derive(Serialize)]
struct Listing<'a> {
    signature: String,
    degree: Degrees,
    dimension: usize,
    elements: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    index: usize,
    degree: usize,
    diagram: &'a str,
    latex: &'a str,
    macs: u64,
}

pub(crate) fn answer(question: &Question, format: Format) -> Result<Answer, Failure> {
    let request = Request::new(question)?;
    let basis = Basis::new(&request.signature, &request.options)?;
    Ok(Answer::new(match format {
        Format::Table => table(&request, basis),
        Format::Json => listing(&request, &basis),
        Format::Latex => latex(&request, &basis),
        Format::Dot => dot(&basis),
        Format::Svg => svg(&basis),
    }))
}

fn table(request: &Request, basis: Basis) -> String {
    let title = request.title();
    let members = match basis.elements.len() {
        1 => "1 member".to_owned(),
        number => format!("{number} members"),
    };
    let range = independence(&basis.signature, &basis.options);
    let range = if range.starts_with("independent") { range } else { format!("independent for {range}") };
    let certificate = basis.certificate();
    let formulas = basis.formulas(Style::Text);
    let macs = member_macs(request, &basis);
    let at = request.sample_text().map_or("macs".to_owned(), |sizes| format!("macs at {sizes}"));
    let mut table = Table::new(&[
        ("index", Align::Right),
        ("degree", Align::Right),
        (&at, Align::Right),
        ("diagram", Align::Left),
    ]);
    for (index, (element, formula)) in basis.elements.iter().zip(formulas).enumerate() {
        table.row([index.to_string(), element.degree.to_string(), macs[index].to_string(), formula]);
    }
    match basis.require_members() {
        Ok(_) => format!("{title}\n{members}, {range}\n{certificate}\n\n{table}"),
        Err(reason) => format!("{title}\nno members: {reason}\n{certificate}\n"),
    }
}

fn listing(request: &Request, basis: &Basis) -> String {
    let (diagrams, latex) = (basis.formulas(Style::Text), basis.formulas(Style::Latex));
    let macs = member_macs(request, basis);
    let elements = basis.elements.iter().enumerate().map(|(index, element)| Row {
        index,
        degree: element.degree,
        diagram: &diagrams[index],
        latex: &latex[index],
        macs: macs[index],
    });
    json(&Listing {
        signature: request.signature.to_string(),
        degree: request.degrees,
        dimension: basis.elements.len(),
        elements: elements.collect(),
    })
}

/// Multiply-adds of every member by its own best contraction tree, nothing shared.
fn member_macs(request: &Request, basis: &Basis) -> Vec<u64> {
    basis
        .elements
        .iter()
        .map(|element| {
            let alone = Basis { elements: vec![element.clone()], counts: Vec::new(), ..basis.clone() };
            program::macs(&alone, &request.sizes).independent
        })
        .collect()
}

fn latex(request: &Request, basis: &Basis) -> String {
    let lines: Vec<String> = basis
        .formulas(Style::Latex)
        .iter()
        .enumerate()
        .map(|(index, formula)| format!("  T_{{{index}}} &= {formula}"))
        .collect();
    let body = if lines.is_empty() { "  0".to_owned() } else { lines.join(" \\\\\n") };
    format!("% {}\n\\begin{{align*}}\n{body}\n\\end{{align*}}\n", request.title())
}

fn dot(basis: &Basis) -> String {
    let names = basis.formulas(Style::Text);
    basis
        .elements
        .iter()
        .zip(names)
        .map(|(element, name)| diagram::dot(&basis.signature, &element.diagram.graph, &name))
        .collect()
}

fn svg(basis: &Basis) -> String {
    let graphs: Vec<_> = basis
        .formulas(Style::Text)
        .into_iter()
        .zip(&basis.elements)
        .map(|(formula, element)| (formula, &element.diagram.graph))
        .collect();
    diagram::svg(&basis.signature, &graphs)
}
