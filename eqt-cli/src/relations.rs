//! `eqt relations`: what a small dimension makes of the diagrams that a basis leaves out.

use eqt_ir::basis::{Relations, relations};
use eqt_ir::diagram::{Notation, Style};
use serde::Serialize;

use crate::arguments::{Format, Question};
use crate::failure::Failure;
use crate::json::document;
use crate::request::Request;
use crate::table::{Align, Table};
use crate::{Answer, counted};

#[derive(Serialize)]
struct Listing {
    relations: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    degree: usize,
    /// The diagram that is left out.
    diagram: String,
    /// What it is equal to; nothing if it vanishes.
    combination: Vec<Term>,
    latex: String,
}

#[derive(Serialize)]
struct Term {
    /// A fraction in lowest terms, as text.
    coefficient: String,
    /// Index of the member in the basis.
    index: usize,
    diagram: String,
}

pub(crate) fn answer(question: &Question, format: Format) -> Result<Answer, Failure> {
    let request = Request::new(question)?;
    let found = relations(&request.signature, &request.options)?;
    Ok(Answer::new(match format {
        Format::Json => listing(&request, &found),
        Format::Latex => latex(&request, &found),
        _ => table(&request, &found),
    }))
}

fn table(request: &Request, found: &Relations) -> String {
    let members = counted(found.basis.elements.len(), "member");
    let number = counted(found.relations.len(), "relation");
    let proof = if found.relations.is_empty() {
        "no diagram is left out"
    } else {
        "proved exactly over the rational numbers"
    };
    let mut text = format!("{}\n{members}, {number}; {proof}\n", request.title());
    if !found.relations.is_empty() {
        let mut table = Table::new(&[("degree", Align::Right), ("relation", Align::Left)]);
        for (relation, formula) in found.relations.iter().zip(found.formulas(Style::Text)) {
            table.row([relation.diagram.degree().to_string(), formula]);
        }
        text += &format!("\n{table}");
    }
    text
}

fn listing(request: &Request, found: &Relations) -> String {
    let members = found.basis.formulas(Style::Text);
    let notation = Notation::new(&request.signature, Style::Text);
    let rows = found.relations.iter().zip(found.formulas(Style::Latex)).map(|(relation, latex)| Row {
        degree: relation.diagram.degree(),
        diagram: notation.member(&relation.diagram),
        combination: relation
            .combination
            .iter()
            .map(|(coefficient, member)| Term {
                coefficient: coefficient.to_string(),
                index: *member,
                diagram: members[*member].clone(),
            })
            .collect(),
        latex,
    });
    document("relations", request, &Listing { relations: rows.collect() })
}

fn latex(request: &Request, found: &Relations) -> String {
    let lines: Vec<String> = found
        .formulas(Style::Latex)
        .iter()
        .map(|formula| format!("  {}", formula.replacen(" = ", " &= ", 1)))
        .collect();
    format!("% {}\n\\begin{{align*}}\n{}\n\\end{{align*}}\n", request.title(), lines.join(" \\\\\n"))
}
