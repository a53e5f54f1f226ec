//! Writing programs as text.

use std::fmt;

use super::COMMENT;
use crate::diagram::SlotId;
use crate::program::{Einsum, Label, Op, Program, Ratio, RootKind, StepId};
use crate::signature::{AxisId, AxisShape};

const LABELS: &[&str] = &["i", "j", "k", "l", "m"];
const INDICES: &[&str] = &["p", "q", "r", "s", "t", "u", "v", "w"];

/// An axis by its dimension, with its number if that does not tell it.
pub(in crate::program) fn axis_text(axes: &[AxisShape], axis: AxisId) -> String {
    let Some(AxisShape { size, .. }) = axes.get(axis.index()) else { return axis.to_string() };
    let alike = axes.iter().filter(|other| other.size == *size).count();
    match alike {
        1 => size.to_string(),
        _ => format!("{size}{axis}"),
    }
}

/// Axes in brackets.
pub(in crate::program) fn axes_text(all: &[AxisShape], axes: &[AxisId]) -> String {
    bracket(axes.iter().map(|&axis| axis_text(all, axis)))
}

fn bracket(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<String>>().join(" "))
}

/// The names of the labels of an einsum: `i`, `j`, .. on label axes, `p`, `q`, .. on linear ones.
fn label_names(all: &[AxisShape], axes: &[AxisId]) -> Vec<String> {
    let mut counts = [0, 0];
    axes.iter()
        .map(|axis| {
            let is_label = all.get(axis.index()).is_some_and(|axis| axis.is_label);
            let letters = if is_label { LABELS } else { INDICES };
            let count = &mut counts[usize::from(is_label)];
            let (letter, round) = (letters[*count % letters.len()], *count / letters.len());
            *count += 1;
            if round == 0 { letter.to_owned() } else { format!("{letter}{round}") }
        })
        .collect()
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "signature {}", self.declared)?;
        write!(f, "coefficients {}", self.coefficients.len())?;
        for (member, axes) in self.coefficients.iter().enumerate().filter(|(_, axes)| !axes.is_empty()) {
            write!(f, ", {member}{}", axes_text(&self.axes, axes))?;
        }
        writeln!(f)?;
        for (id, step) in self.iter() {
            write!(f, "{id} {} = {}", axes_text(&self.axes, &step.axes), self.op_text(&step.op))?;
            match step.formula.as_str() {
                "" => writeln!(f)?,
                formula => writeln!(f, "{COMMENT}{formula}")?,
            }
        }
        for root in &self.roots {
            let project = if root.project { ", project" } else { "" };
            let value = self.term_text(true, root.scale, root.theta, root.step, &root.permutation);
            writeln!(f, "{} = {value}{project}", self.root_text(root.kind))?;
        }
        Ok(())
    }
}

impl Program {
    /// What a step computes, as its line says it.
    pub(in crate::program) fn op_text(&self, op: &Op) -> String {
        let name = op.name();
        match op {
            Op::Input(input) => format!("{name} {}", self.input_text(*input)),
            Op::Coefficient(member) => format!("{name} {member}"),
            Op::Delta(axis) | Op::Epsilon(axis) | Op::Ones(axis) => {
                format!("{name} {}", axis_text(&self.axes, *axis))
            }
            Op::Cotangent | Op::One => name.to_owned(),
            Op::Einsum(einsum) => format!("{name} {}", self.einsum_text(einsum)),
            Op::Linear(terms) if terms.is_empty() => format!("{name} 0"),
            Op::Linear(terms) => {
                let terms: Vec<String> = terms
                    .iter()
                    .enumerate()
                    .map(|(at, term)| {
                        self.term_text(at == 0, term.scale, term.theta, term.step, &term.permutation)
                    })
                    .collect();
                format!("{name} {}", terms.join(" "))
            }
        }
    }

    fn einsum_text(&self, einsum: &Einsum) -> String {
        let names = label_names(&self.axes, &einsum.axes);
        let labels = |labels: &[Label]| {
            bracket(
                labels
                    .iter()
                    .map(|label| names.get(label.index()).cloned().unwrap_or_else(|| label.to_string())),
            )
        };
        let declared = names
            .iter()
            .zip(&einsum.axes)
            .map(|(name, &axis)| format!("{name}:{}", axis_text(&self.axes, axis)));
        let operands: Vec<String> = einsum
            .operands
            .iter()
            .map(|operand| format!("{}{}", operand.step, labels(&operand.labels)))
            .collect();
        format!("{} ({}) -> {}", bracket(declared), operands.join(", "), labels(&einsum.output))
    }

    fn term_text(
        &self,
        first: bool,
        scale: Ratio,
        theta: Option<usize>,
        step: StepId,
        permutation: &[SlotId],
    ) -> String {
        let mut text = match (first, scale.numerator < 0) {
            (true, false) => String::new(),
            (true, true) => "-".to_owned(),
            (false, false) => "+ ".to_owned(),
            (false, true) => "- ".to_owned(),
        };
        match (scale.numerator.unsigned_abs(), scale.denominator) {
            (1, 1) => {}
            (numerator, 1) => text += &format!("{numerator} * "),
            (numerator, denominator) => text += &format!("{numerator}/{denominator} * "),
        }
        if let Some(member) = theta {
            text += &format!("theta_{member} * ");
        }
        text += &step.to_string();
        let axes = self.steps.get(step.index()).map(|step| step.axes.len());
        if axes.is_none_or(|axes| !permutation.iter().map(|axis| axis.index()).eq(0..axes)) {
            text += &bracket(permutation.iter().map(|axis| axis.index().to_string()));
        }
        text
    }

    /// An input by its name.
    fn input_text(&self, input: usize) -> String {
        self.inputs.get(input).map_or_else(|| input.to_string(), |input| input.name.clone())
    }

    /// A result, as its line names it.
    pub(in crate::program) fn root_text(&self, kind: RootKind) -> String {
        match kind {
            RootKind::Member(member) => format!("member {member}"),
            RootKind::Term(member) => format!("term {member}"),
            RootKind::Array(member) => format!("array {member}"),
            RootKind::Combination => "combination".to_owned(),
            RootKind::InputGradient(input) => format!("gradient input {}", self.input_text(input)),
            RootKind::CoefficientGradient(member) => format!("gradient coefficient {member}"),
        }
    }
}
