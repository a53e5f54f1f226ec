//! `eqt emit`: the Rust code of a map.

use eqt_codegen::{generator_source_of, source_of};

use crate::Answer;
use crate::arguments::{Degrees, Question};
use crate::failure::Failure;
use crate::maps::generator_bound;
use crate::request::Request;

pub(crate) fn answer(question: &Question, generators: bool, name: &str) -> Result<Answer, Failure> {
    let (title, code) = if generators {
        let degree = generator_bound(question)?;
        let signature = Request::signature(question)?;
        let request = Request::of_degrees(signature, question, Degrees::AtMost(degree.unwrap_or(0)))?;
        let bound = degree.map_or(String::new(), |degree| format!(" of degree <= {degree}"));
        let title = format!("{}, generators{bound}", request.signature);
        (title, generator_source_of(&request.signature, degree, question.limit, name, request.objective())?)
    } else {
        let request = Request::new(question)?;
        let title = request.title();
        (title, source_of(&request.signature, &request.options, name, request.objective())?)
    };
    let version = env!("CARGO_PKG_VERSION");
    Ok(Answer::new(format!(
        "// {title}\n//\n// Written by `eqt emit`, version {version}; needs the crate `eqt`.\n\n{code}"
    )))
}
