//! `eqt basis`: the members of a basis, or the generators.

use eqt_ir::diagram::{self, Drawn, Section, Style};
use eqt_ir::map::{Map, Member};
use eqt_ir::optimise::member_costs;
use eqt_ir::program::Polynomial;
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
                form: if maps.form().is_some() { "generators" } else { "vector space" },
                dimension: maps.asked().members.len(),
                coefficients: maps.arrays().map(|(coefficients, _)| coefficients),
                independent: maps.arrays().map(|(_, independent)| independent),
                elements: rows(&request, maps.asked()),
                invariants: maps.form().map(|form| rows(&request, &form.invariants)),
                freed: maps.form().map_or_else(Vec::new, |form| form.generators.freed.clone()),
                fingerprint: maps.fingerprint().to_string(),
            },
        ),
        Format::Latex => latex(&request, &maps),
        Format::Dot => dot(&request, &maps),
        Format::Svg => svg(&request, &maps),
    }))
}

fn rows(request: &Request, map: &Map) -> Vec<Row> {
    let formulas = map.formulas(Style::Text).into_iter().zip(map.formulas(Style::Latex));
    let members = map.members.iter().zip(formulas).zip(member_costs(map, request.objective()));
    let row = |(index, ((member, (diagram, latex)), macs)): (usize, ((&Member, _), Polynomial))| Row {
        index,
        degree: member.degree,
        diagram,
        latex,
        macs: operations(macs.at(&request.sizes)),
        macs_polynomial: macs.to_string(),
    };
    members.enumerate().map(row).collect()
}

fn table(request: &Request, maps: &Maps) -> String {
    let mut text =
        format!("{}\n{}\nfingerprint {}\n", maps.title(request), maps.summary(), maps.fingerprint());
    let at = request.sample_text().map_or("macs".to_owned(), |sizes| format!("macs at {sizes}"));
    for (noun, map) in maps.lists().into_iter().filter(|(_, map)| !map.members.is_empty()) {
        let mut table = Table::new(&[
            (noun.singular(), Align::Right),
            ("degree", Align::Right),
            (&at, Align::Right),
            ("diagram", Align::Left),
        ]);
        for row in rows(request, map) {
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
    for (noun, map) in maps.lists() {
        let line = |(index, formula)| format!("  {}_{{{index}}} &= {formula}", noun.letter());
        let lines: Vec<String> = map.formulas(Style::Latex).into_iter().enumerate().map(line).collect();
        let body = if lines.is_empty() { "  0".to_owned() } else { lines.join(" \\\\\n") };
        text += &format!("\\begin{{align*}}\n{body}\n\\end{{align*}}\n");
    }
    text
}

fn dot(request: &Request, maps: &Maps) -> String {
    let sections = sections(maps);
    // Inputs and axes, all that a picture names, are the same for invariants and generators.
    diagram::dot(&maps.asked().signature, &maps.title(request), &sections)
}

fn svg(request: &Request, maps: &Maps) -> String {
    let sections = sections(maps);
    diagram::svg(&maps.asked().signature, &maps.title(request), &sections)
}

/// Invariants and generators apart.
fn sections(maps: &Maps) -> Vec<Section<'_>> {
    maps.lists()
        .into_iter()
        .map(|(noun, map)| {
            let named = map.members.iter().zip(map.formulas(Style::Text)).enumerate();
            // The members of bases and generators are one diagram each.
            let drawn = named.flat_map(|(index, (member, formula))| {
                member.terms.iter().map(move |term| Drawn {
                    name: format!("{}_{index}", noun.letter()),
                    formula: formula.clone(),
                    graph: &term.graph,
                })
            });
            Section { title: noun.plural().to_owned(), members: drawn.collect() }
        })
        .collect()
}
