//! `eqt check`: every certificate, and what was tried.

use eqt_ir::basis::relations;
use eqt_ir::certify::{self, Certificate, Doubt};
use eqt_ir::optimise::{Wanted, compile};
use eqt_ir::progress::{Stage, report};
use serde::Serialize;

use crate::arguments::{Format, Question};
use crate::failure::Failure;
use crate::json::document;
use crate::maps::{Maps, Noun};
use crate::request::Request;
use crate::table::{Align, Table};
use crate::{Answer, counted};

#[derive(Serialize)]
struct Listing {
    /// Whether no certificate fails.
    proven: bool,
    certificates: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    certificate: &'static str,
    /// What is certified.
    of: &'static str,
    /// Nothing if it is out of reach.
    holds: Option<bool>,
    tried: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong: Option<String>,
}

impl Row {
    fn new(of: &'static str, certificate: Certificate) -> Row {
        let Certificate { name, tried, outcome } = certificate;
        let holds = match &outcome {
            Ok(()) => Some(true),
            Err(Doubt::Wrong(_)) => Some(false),
            Err(Doubt::Untried(_)) => None,
        };
        Row { certificate: name, of, holds, tried, wrong: outcome.err().map(|doubt| doubt.to_string()) }
    }
}

pub(crate) fn answer(question: &Question, generators: bool, format: Format) -> Result<Answer, Failure> {
    let (request, maps) = Maps::new(question, generators)?;
    let mut rows: Vec<Row> = Vec::new();
    match &maps {
        // The ranks of all degrees were compared with the Molien-Weyl numbers as the generators were found.
        Maps::Generators(form) => rows.push(Row {
            certificate: "generation",
            of: "generators",
            holds: Some(true),
            tried: form.generators.certificate(),
            wrong: None,
        }),
        Maps::Basis { basis, .. } => {
            at("completeness");
            rows.push(Row::new("basis", certify::completeness(basis)));
            at("independence");
            rows.push(Row::new("basis", certify::seeds(basis)));
            at("relations");
            rows.push(relations_row(&request));
        }
    }
    for (noun, map) in maps.lists() {
        let is_invariants = noun == Noun::Invariant;
        let of = if is_invariants { "invariants" } else { "members" };
        at("equivariance");
        rows.push(Row::new(of, certify::equivariance(map)));
        if map.members.is_empty() {
            continue;
        }
        if is_invariants {
            let programs = compile(map, &[Wanted::Arrays, Wanted::UnitGradient], &request.sizes);
            at("soundness of the invariants");
            rows.push(Row::new(of, certify::invariants(&programs)));
            continue;
        }
        let programs = compile(map, &Wanted::ALL_OF_GIVEN, &request.sizes);
        for (wanted, program) in programs.iter() {
            rows.push(match wanted {
                Wanted::Gradient | Wanted::CoefficientGradient => {
                    at("gradients");
                    let of = if *wanted == Wanted::Gradient { "combination" } else { "coefficients" };
                    Row::new(of, certify::gradient(map, program))
                }
                _ => {
                    at("soundness");
                    let of = if *wanted == Wanted::Members { of } else { "combination" };
                    Row::new(of, certify::soundness(map, program))
                }
            });
        }
    }
    let proven = rows.iter().all(|row| row.holds != Some(false));
    let text = if format == Format::Json {
        document("check", &request, &Listing { proven, certificates: rows })
    } else {
        table(&maps.title(&request), rows)
    };
    Ok(Answer { text, proven })
}

/// Says which certificate is tried now.
fn at(certificate: &'static str) {
    report(Stage::Certifying { certificate });
}

/// Relations are proved as they are found; the integers of that proof have bounds.
fn relations_row(request: &Request) -> Row {
    let (holds, tried) = match relations(&request.signature, &request.options) {
        Ok(found) => {
            let number = counted(found.relations.len(), "relation");
            (Some(true), format!("{number} proved exactly over the rational numbers"))
        }
        Err(limit) => (None, limit.to_string()),
    };
    Row { certificate: "relations", of: "basis", holds, tried, wrong: None }
}

fn table(title: &str, rows: Vec<Row>) -> String {
    let mut table = Table::new(&[
        ("certificate", Align::Left),
        ("of", Align::Left),
        ("outcome", Align::Left),
        ("tried", Align::Left),
    ]);
    for row in rows {
        let outcome = match row.holds {
            Some(true) => "holds",
            Some(false) => "FAILS",
            None => "not tried",
        };
        let tried = match row.wrong {
            Some(wrong) => format!("{wrong} ({})", row.tried),
            None => row.tried,
        };
        table.row([row.certificate.to_owned(), row.of.to_owned(), outcome.to_owned(), tried]);
    }
    format!("{title}\n\n{table}")
}
