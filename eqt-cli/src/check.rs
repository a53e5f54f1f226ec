//! `eqt check`: every certificate, and what was tried.

use eqt_ir::basis::{Error, relations};
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
    /// How programs deviate in single precision.
    precision: Vec<Precision>,
}

/// What was measured, of one member or invariant.
#[derive(Serialize)]
struct Precision {
    /// `members` or `invariants`.
    of: &'static str,
    member: usize,
    /// Relative; nothing if it takes too long to find out.
    deviation: Option<f64>,
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
    let mut precision: Vec<Precision> = Vec::new();
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
            rows.push(Row::new("basis", certify::completeness(basis)));
            rows.push(Row::new("basis", certify::seeds(basis)));
            rows.push(relations_row(&request)?);
        }
    }
    for (noun, map) in maps.lists() {
        let (of, wanted): (_, &[Wanted]) = match noun {
            Noun::Invariant => ("invariants", &[Wanted::Arrays, Wanted::UnitGradient]),
            _ => ("members", &Wanted::ALL_OF_GIVEN),
        };
        rows.push(Row::new(of, certify::equivariance(map)));
        if map.members.is_empty() {
            continue;
        }
        let programs = compile(map, wanted, request.objective());
        for (wanted, program) in programs.iter() {
            let of = match wanted {
                Wanted::Combination => "combination",
                Wanted::Gradient => "combination with gradients",
                Wanted::CoefficientGradient => "coefficients",
                _ => of,
            };
            if matches!(wanted, Wanted::Members | Wanted::Arrays) {
                let deviations = certify::single_precision(program, &request.sizes);
                let measured = |member| Precision {
                    of,
                    member,
                    deviation: deviations.as_ref().and_then(|all| all.get(member)).copied(),
                };
                precision.extend((0..program.roots.len()).map(measured));
            }
            let certificates = certify::program(map, wanted, program);
            rows.extend(certificates.into_iter().map(|certificate| Row::new(of, certificate)));
        }
    }
    let proven = rows.iter().all(|row| row.holds != Some(false));
    let text = if format == Format::Json {
        document("check", &request, &Listing { proven, certificates: rows, precision })
    } else {
        table(&maps.title(&request), rows, &precision)
    };
    Ok(Answer { text, proven })
}

/// Relations are proved as they are found; the integers of that proof have bounds.
fn relations_row(request: &Request) -> Result<Row, Failure> {
    report(Stage::Certifying { certificate: "relations" });
    let (holds, tried) = match relations(&request.signature, &request.options) {
        Ok(found) => {
            let number = counted(found.relations.len(), "relation");
            (Some(true), format!("{number} proved exactly over the rational numbers"))
        }
        Err(limit) if limit.is_budget() || limit == Error::Arrays => (None, limit.to_string()),
        Err(other) => return Err(other.into()),
    };
    Ok(Row { certificate: "relations", of: "basis", holds, tried, wrong: None })
}

fn table(title: &str, rows: Vec<Row>, precision: &[Precision]) -> String {
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
    let mut measured =
        Table::new(&[("number", Align::Right), ("of", Align::Left), ("relative deviation", Align::Left)]);
    for Precision { of, member, deviation } in precision {
        let deviation = deviation.map_or("not tried".to_owned(), |deviation| format!("{deviation:.0e}"));
        measured.row([member.to_string(), (*of).to_owned(), deviation]);
    }
    if precision.is_empty() {
        return format!("{title}\n\n{table}");
    }
    let velocity = certify::VELOCITY;
    format!(
        "{title}\n\n{table}\nIn single precision, from a frame of velocity {velocity} where the form is not definite:\n\n{measured}"
    )
}
