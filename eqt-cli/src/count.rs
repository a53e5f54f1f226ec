//! `eqt count`: how many maps there are, found and expected.

use eqt_ir::basis::{self, DegreeCount};
use serde::Serialize;

use crate::Answer;
use crate::arguments::{Format, Question};
use crate::failure::Failure;
use crate::json::document;
use crate::request::Request;
use crate::table::{Align, Table};

#[derive(Serialize)]
struct Listing {
    counts: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    degree: usize,
    basis: u64,
    molien: Option<u64>,
}

impl From<&DegreeCount> for Row {
    /// Free labels of literal length are counted as scalars, by both.
    fn from(count: &DegreeCount) -> Row {
        let basis = count.scalars.unwrap_or(count.members as u64);
        Row { degree: count.degree, basis, molien: count.molien }
    }
}

pub(crate) fn answer(question: &Question, format: Format) -> Result<Answer, Failure> {
    let request = Request::new(question)?;
    let counts = basis::count(&request.signature, &request.options)?;
    let rows: Vec<Row> = counts.iter().map(Row::from).collect();
    if format == Format::Json {
        return Ok(Answer::new(document("count", &request, &Listing { counts: rows })));
    }
    let mut table =
        Table::new(&[("degree", Align::Right), ("basis", Align::Right), ("molien", Align::Right)]);
    for Row { degree, basis, molien } in rows {
        let molien = molien.map_or("-".to_owned(), |number| number.to_string());
        table.row([degree.to_string(), basis.to_string(), molien]);
    }
    let what = if counts.iter().any(|count| count.scalars.is_some()) {
        "scalar coefficients, free labels expanded"
    } else if counts.iter().any(|count| count.molien.is_none()) {
        "members, each with an array of coefficients over its free labels, which have no length to count with"
    } else {
        "members"
    };
    Ok(Answer::new(format!("{}: {what}\n\n{table}", request.title())))
}
