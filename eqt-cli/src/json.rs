//! Answers as JSON; `docs/eqt.schema.json` describes all of them.

use serde::Serialize;

use crate::request::Request;

/// The version of the format: it grows when a key changes its meaning or goes away.
const FORMAT: u32 = 1;

/// An answer with what was asked.
#[derive(Serialize)]
struct Document<'a, A> {
    format: u32,
    command: &'static str,
    signature: String,
    degrees: Degrees,
    /// The most different labels in a member, if that is bounded.
    labels: Option<usize>,
    #[serde(flatten)]
    answer: &'a A,
}

/// Both included.
#[derive(Serialize)]
struct Degrees {
    from: usize,
    to: usize,
}

/// The answer of a command: indented JSON, keys in the order of the fields.
pub(crate) fn document(command: &'static str, request: &Request, answer: &impl Serialize) -> String {
    let degrees = &request.options.degrees;
    let document = Document {
        format: FORMAT,
        command,
        signature: request.signature.to_string(),
        degrees: Degrees { from: *degrees.start(), to: *degrees.end() },
        labels: request.options.labels,
        answer,
    };
    // Fails for maps whose keys are no strings only; there are none.
    serde_json::to_string_pretty(&document).expect("the keys of a document are texts") + "\n"
}

/// A number of operations, or nothing if it is beyond 64 bits.
pub(crate) fn operations(number: u64) -> Option<u64> {
    Some(number).filter(|&number| number < u64::MAX)
}
