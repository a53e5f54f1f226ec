//! `eqt check`: every certificate, and what was tried.

use eqt_ir::basis::Basis;
use eqt_ir::certify::{self, Certificate, Point};
use eqt_ir::program::{Arguments, Program, RootKind, compile};
use eqt_ir::tensor::Tensor;
use serde::Serialize;

use crate::arguments::{Format, Question};
use crate::failure::Failure;
use crate::request::Request;
use crate::{Answer, json};

#[derive(Serialize)]
struct Row {
    certificate: String,
    holds: bool,
    tried: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong: Option<String>,
}

pub(crate) fn answer(question: &Question, format: Format) -> Result<Answer, Failure> {
    let request = Request::new(question)?;
    let basis = Basis::new(&request.signature, &request.options)?;
    let mut certificates: Vec<(&str, Certificate)> =
        certify::basis(&basis).into_iter().map(|certificate| ("basis", certificate)).collect();
    if !basis.elements.is_empty() {
        let compiled = compile(&basis, &request.sizes);
        certificates.push(("members", certify::soundness(&basis, &roots(&compiled.members))));
        certificates.push(("combination", certify::soundness(&basis, &roots(&compiled.combination))));
        certificates.push(("gradient", certify::gradient(&basis, &roots(&compiled.gradient))));
        certificates
            .push(("coefficients", certify::gradient(&basis, &roots(&compiled.coefficient_gradient))));
    }
    let proven = certificates.iter().all(|(_, certificate)| certificate.holds());
    let text = match format {
        Format::Json => json(
            &certificates
                .into_iter()
                .map(|(subject, certificate)| Row {
                    certificate: format!("{subject}: {}", certificate.name),
                    holds: certificate.holds(),
                    tried: certificate.tried,
                    wrong: certificate.outcome.err(),
                })
                .collect::<Vec<Row>>(),
        ),
        _ => {
            let lines =
                certificates.iter().map(|(subject, certificate)| format!("{subject}: {certificate}\n"));
            format!("{}\n\n{}", request.title(), lines.collect::<String>())
        }
    };
    Ok(Answer { text, proven })
}

/// A program over the prime field.
fn roots(program: &Program) -> impl Fn(&Point) -> Result<Vec<(RootKind, Tensor)>, String> {
    |point| {
        let arguments = Arguments {
            inputs: point.inputs.clone(),
            coefficients: point.coefficients.clone(),
            cotangent: Some(point.cotangent.clone()),
        };
        let values = program.evaluate(&point.sizes, &arguments);
        Ok(program.roots.iter().map(|root| root.kind).zip(values).collect())
    }
}
