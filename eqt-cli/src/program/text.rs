//! Programs as text: `%2[pq] = sum_i %0[ip] %0[iq]`.

use eqt_ir::diagram::SlotId;
use eqt_ir::program::{Einsum, Label, Op, Operand, Program, Ratio, Root, RootKind, Step, StepId, Term};
use eqt_ir::signature::AxisId;

/// Programs as text: `%2[pq] = sum_i %0[ip] %0[iq]`.
pub(super) struct Text<'a> {
    pub(super) program: &'a Program,
    /// The name of members.
    pub(super) letter: &'static str,
    /// The name of their coefficients.
    pub(super) coefficient: &'static str,
}

const LABELS: &str = "ijklmn";
const INDICES: &str = "pqrstuvw";

impl Text<'_> {
    /// A name for each of some indices: labels i, j, .., linear indices p, q, ..
    pub(super) fn names(&self, axes: &[AxisId]) -> Vec<String> {
        let (mut labels, mut indices) = (0, 0);
        axes.iter()
            .map(|&axis| {
                let (letters, next) = if self.program.axis(axis).is_label {
                    (LABELS, &mut labels)
                } else {
                    (INDICES, &mut indices)
                };
                let number = *next;
                *next += 1;
                let letter = letters.chars().nth(number % letters.len()).unwrap_or('?');
                match number / letters.len() {
                    0 => letter.to_string(),
                    round => format!("{letter}{round}"),
                }
            })
            .collect()
    }

    pub(super) fn access(&self, step: StepId, indices: &[String]) -> String {
        if indices.is_empty() {
            return step.to_string();
        }
        let separator = if indices.iter().any(|name| name.len() > 1) { "," } else { "" };
        format!("{step}[{}]", indices.join(separator))
    }

    /// How a step is computed, its own indices named as [`Text::names`] has them.
    pub(super) fn computation(&self, step: &Step) -> String {
        match &step.op {
            Op::Input(input) => self.program.inputs[*input].name.clone(),
            Op::Coefficient(member) => format!("{}_{member}", self.coefficient),
            Op::Cotangent => "dh".to_owned(),
            Op::Delta(_) => "delta".to_owned(),
            Op::Epsilon(_) => "eps".to_owned(),
            Op::Ones(_) | Op::One => "1".to_owned(),
            Op::Einsum(einsum) => self.einsum(einsum),
            Op::Linear(terms) => self.linear(step, terms),
        }
    }

    fn einsum(&self, einsum: &Einsum) -> String {
        // The names of the result come first, so that they are those of the step.
        let mut order = einsum.output.clone();
        let kept = order.len();
        for label in einsum.operands.iter().flat_map(|operand| &operand.labels) {
            if !order.contains(label) {
                order.push(*label);
            }
        }
        let axes: Vec<AxisId> = order.iter().map(|label| einsum.axes[label.index()]).collect();
        let names = self.names(&axes);
        let name = |label: Label| order.iter().position(|&other| other == label).map(|at| names[at].clone());
        let operand = |operand: &Operand| {
            let indices: Vec<String> = operand.labels.iter().filter_map(|&label| name(label)).collect();
            self.access(operand.step, &indices)
        };
        let summed = &names[kept..];
        let sum = match summed {
            [] => String::new(),
            _ => format!(
                "sum_{} ",
                summed.join(if summed.iter().any(|name| name.len() > 1) { "," } else { "" })
            ),
        };
        sum + &einsum.operands.iter().map(operand).collect::<Vec<String>>().join(" ")
    }

    fn linear(&self, step: &Step, terms: &[Term]) -> String {
        if terms.is_empty() {
            return "0".to_owned();
        }
        let names = self.names(&step.axes);
        let mut text = String::new();
        for (position, term) in terms.iter().enumerate() {
            let tensor = self.access(term.step, &permuted(&names, &term.permutation));
            let tensor = format!("{}{tensor}", self.theta(term.theta));
            text += &signed(term.scale, position == 0, &tensor);
        }
        text
    }

    /// The number that a tensor is multiplied by, `theta_3 `.
    fn theta(&self, member: Option<usize>) -> String {
        member.map_or(String::new(), |member| format!("{}_{member} ", self.coefficient))
    }

    pub(super) fn root_name(&self, kind: RootKind) -> String {
        match kind {
            RootKind::Member(member) | RootKind::Array(member) => format!("{}_{member}", self.letter),
            RootKind::Term(member) => format!("{}_{member} {}_{member}", self.coefficient, self.letter),
            RootKind::Combination => "h".to_owned(),
            RootKind::InputGradient(input) => format!("d/d{}", self.program.inputs[input].name),
            RootKind::CoefficientGradient(member) => format!("d/d{}_{member}", self.coefficient),
        }
    }

    pub(super) fn root_value(&self, root: &Root) -> String {
        let axes = &self.program.step(root.step).axes;
        // Axis k of the result is axis `permutation[k]` of the step.
        let result: Vec<AxisId> = root.permutation.iter().map(|axis| axes[axis.index()]).collect();
        let tensor = self.access(root.step, &permuted(&self.names(&result), &root.permutation));
        let value = signed(root.scale, true, &format!("{}{tensor}", self.theta(root.theta)));
        if root.project { format!("symmetrised {value}") } else { value }
    }
}

/// The names of the axes of a step, whose axis `permutation[k]` is axis k of the result.
fn permuted(names: &[String], permutation: &[SlotId]) -> Vec<String> {
    let mut indices = vec![String::new(); names.len()];
    for (name, axis) in names.iter().zip(permutation) {
        indices[axis.index()].clone_from(name);
    }
    indices
}

/// ` - 1/2 tensor`; without the first `+`.
fn signed(scale: Ratio, first: bool, tensor: &str) -> String {
    let sign = match (scale.numerator < 0, first) {
        (true, true) => "-",
        (true, false) => " - ",
        (false, true) => "",
        (false, false) => " + ",
    };
    let size = Ratio { numerator: scale.numerator.saturating_abs(), ..scale };
    if size == Ratio::ONE { format!("{sign}{tensor}") } else { format!("{sign}{size} {tensor}") }
}
