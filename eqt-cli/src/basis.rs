//! `eqt basis`: the members of a basis, or the generators.

use eqt_ir::basis::Basis;
use eqt_ir::diagram::{self, Drawn, Section, Style};
use eqt_ir::optimise::member_costs;
use serde::Serialize;

use crate::arguments::{Format, Question};
use crate::failure::Failure;
use crate::json::{document, operations};
use crate::maps::Maps;
use crate::request::Request;
use crate::table::{Align, Table};
use crate::{Answer, count_text};

#[derive(Serialize)]
struct Listing {
    /// `vector space` or `generators`.
    form: &'static str,
    dimension: usize,
    /// With free labels of literal length, the number of coefficients in the arrays of all members.
    #[serde(skip_serializing_if = "Option::is_none")]
    coefficients: Option<u64>,
    /// And how many of them are independent.
    #[serde(skip_serializing_if = "Option::is_none")]
    independent: Option<u64>,
    elements: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invariants: Option<Vec<Row>>,
    /// Factors whose labels are free in the generators: a map is equivariant under them if its coefficient functions are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    freed: Vec<String>,
    fingerprint: String,
}

#[derive(Serialize)]
struct Row {
    index: usize,
    degree: usize,
    diagram: String,
    latex: String,
    /// Nothing if it is beyond 64 bits.
    macs: Option<u64>,
    /// The same in the symbols of the signature.
    macs_polynomial: String,
}

pub(crate) fn answer(question: &Question, generators: bool, format: Format) -> Result<Answer, Failure> {
    let (request, maps) = Maps::new(question, generators)?;
    Ok(Answer::new(match format {
        Format::Table => table(&request, &maps),
        Format::Json => document(
            "basis",
            &request,
            &Listing {
                form: if maps.generation.is_some() { "generators" } else { "vector space" },
                dimension: maps.elements.elements.len(),
                coefficients: maps.arrays().map(|(coefficients, _)| coefficients),
                independent: maps.arrays().map(|(_, independent)| independent),
                elements: rows(&request, &maps.elements),
                invariants: maps.invariants.as_ref().map(|invariants| rows(&request, invariants)),
                freed: maps.freed.clone(),
                fingerprint: maps.fingerprint.to_string(),
            },
        ),
        Format::Latex => latex(&request, &maps),
        Format::Dot => dot(&request, &maps),
        Format::Svg => svg(&request, &maps),
    }))
}

fn rows(request: &Request, basis: &Basis) -> Vec<Row> {
    let formulas = basis.formulas(Style::Text).into_iter().zip(basis.formulas(Style::Latex));
    let macs = member_costs(basis, &request.sizes);
    let row = |(index, (element, (diagram, latex)))| {
        let element: &eqt_ir::basis::Element = element;
        Row {
            index,
            degree: element.degree,
            diagram,
            latex,
            macs: operations(macs[index].at(&request.sizes)),
            macs_polynomial: macs[index].to_string(),
        }
    };
    basis.elements.iter().zip(formulas).enumerate().map(row).collect()
}

fn table(request: &Request, maps: &Maps) -> String {
    let mut text = format!("{}\n{}\nfingerprint {}\n", maps.title(request), maps.summary(), maps.fingerprint);
    let at = request.sample_text().map_or("macs".to_owned(), |sizes| format!("macs at {sizes}"));
    for (letter, basis) in maps.lists().into_iter().filter(|(_, basis)| !basis.elements.is_empty()) {
        let index = match (&maps.generation, letter) {
            (None, _) => "index",
            (_, "I") => "invariant",
            _ => "generator",
        };
        let mut table = Table::new(&[
            (index, Align::Right),
            ("degree", Align::Right),
            (&at, Align::Right),
            ("diagram", Align::Left),
        ]);
        for row in rows(request, basis) {
            table.row([
                row.index.to_string(),
                row.degree.to_string(),
                count_text(row.macs.unwrap_or(u64::MAX)),
                row.diagram,
            ]);
        }
        text += &format!("\n{table}");
    }
    text
}

fn latex(request: &Request, maps: &Maps) -> String {
    let mut text = format!("% {}\n", maps.title(request));
    for (letter, basis) in maps.lists() {
        let formulas = basis.formulas(Style::Latex).into_iter().enumerate();
        let lines: Vec<String> =
            formulas.map(|(index, formula)| format!("  {letter}_{{{index}}} &= {formula}")).collect();
        let body = if lines.is_empty() { "  0".to_owned() } else { lines.join(" \\\\\n") };
        text += &format!("\\begin{{align*}}\n{body}\n\\end{{align*}}\n");
    }
    text
}

fn dot(request: &Request, maps: &Maps) -> String {
    let sections = sections(maps);
    // Inputs and axes, all that a picture names, are the same for invariants and generators.
    diagram::dot(&maps.elements.signature, &maps.title(request), &sections)
}

fn svg(request: &Request, maps: &Maps) -> String {
    let sections = sections(maps);
    diagram::svg(&maps.elements.signature, &maps.title(request), &sections)
}

/// Invariants and generators apart.
fn sections(maps: &Maps) -> Vec<Section<'_>> {
    maps.lists()
        .into_iter()
        .map(|(letter, basis)| {
            let title = match (&maps.generation, letter) {
                (None, _) => "members",
                (_, "I") => "invariants",
                _ => "generators",
            };
            let drawn = basis.elements.iter().zip(basis.formulas(Style::Text)).enumerate();
            let members = drawn.map(|(index, (element, formula))| Drawn {
                name: format!("{letter}_{index}"),
                formula,
                graph: &element.diagram.graph,
            });
            Section { title: title.to_owned(), members: members.collect() }
        })
        .collect()
}
