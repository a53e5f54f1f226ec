//! `eqt emit`: the Rust code of a map.

use eqt_codegen::{declaration_for, emit_commented, emit_generators_commented, format};
use eqt_ir::basis::Basis;
use eqt_ir::program::{compile, compile_generators};

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
        let declaration = declaration_for(&request.signature, name, request.sizes.clone())?;
        let compiled = compile_generators(&request.signature, degree, question.limit, &request.sizes)?;
        let bound = degree.map_or(String::new(), |degree| format!(" of degree <= {degree}"));
        let title = format!("{}, generators{bound}", request.signature);
        (title, emit_generators_commented(&declaration, &compiled))
    } else {
        let request = Request::new(question)?;
        let declaration = declaration_for(&request.signature, name, request.sizes.clone())?;
        let basis = Basis::new(&request.signature, &request.options)?.require_members()?;
        let compiled = compile(&basis, &request.sizes);
        (request.title(), emit_commented(&declaration, &compiled))
    };
    // That emitted code parses is a promise of the compiler, not of the user.
    let code = format(code).map_err(|defect| Failure::Certificate(defect.to_string()))?;
    let version = env!("CARGO_PKG_VERSION");
    Ok(Answer::new(format!(
        "// {title}\n//\n// Written by `eqt emit`, version {version}; needs the crate `eqt`.\n\n{code}"
    )))
}
