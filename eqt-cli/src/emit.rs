//! `eqt emit`: the Rust code of a map.

use eqt_codegen::{declaration_for, emit_commented, format};
use eqt_ir::basis::Basis;
use eqt_ir::program::compile;

use crate::Answer;
use crate::arguments::Question;
use crate::failure::Failure;
use crate::request::Request;

pub(crate) fn answer(question: &Question, generators: bool, name: &str) -> Result<Answer, Failure> {
    if generators {
        return Err(Failure::input("code for the generator form cannot be emitted yet"));
    }
    let request = Request::new(question)?;
    let basis = Basis::new(&request.signature, &request.options)?.require_members()?;
    let compiled = compile(&basis, &request.sizes);
    let declaration = declaration_for(&request.signature, name, request.sizes.clone());
    // That emitted code parses is a promise of the compiler, not of the user.
    let code = format(emit_commented(&declaration, &compiled))
        .map_err(|defect| Failure::Certificate(defect.to_string()))?;
    let title = request.title();
    let version = env!("CARGO_PKG_VERSION");
    Ok(Answer::new(format!(
        "// {title}\n//\n// Written by `eqt emit`, version {version}; needs the crate `eqt`.\n\n{code}"
    )))
}
