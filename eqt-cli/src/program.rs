//! `eqt program`: the simplified program, step by step, and what it saves.

use std::fmt::Write;

use eqt_ir::basis::Basis;
use eqt_ir::optimise::{CompiledInvariants, Compiler, macs};
use eqt_ir::program::{Einsum, Op, Operand, Polynomial, Program, Ratio, Root, RootKind, Step, StepId, Term};
use eqt_ir::signature::{AxisId, Signature};
use serde::Serialize;

use crate::arguments::{Format, Question, RootArguments};
use crate::failure::Failure;
use crate::maps::Maps;
use crate::request::Request;
use crate::table::{Align, Table};
use crate::{Answer, count_text, json};

#[derive(Serialize)]
struct Listing {
    macs: Macs,
    steps: Vec<StepRow>,
    roots: Vec<RootRow>,
    /// In the generator form, the program of the invariants.
    #[serde(skip_serializing_if = "Option::is_none")]
    invariants: Option<Box<Listing>>,
}

#[derive(Serialize)]
struct Macs {
    naive: u64,
    independent: u64,
    shared: u64,
}

#[derive(Serialize)]
struct StepRow {
    index: usize,
    operation: &'static str,
    shape: Vec<String>,
    computation: String,
    formula: String,
}

#[derive(Serialize)]
struct RootRow {
    name: String,
    value: String,
}

/// A program and the members that it is made of.
struct Part<'a> {
    letter: &'static str,
    coefficient: &'static str,
    basis: &'a Basis,
    program: Program,
}

impl Part<'_> {
    fn notation(&self) -> Text<'_> {
        Text { program: &self.program, letter: self.letter, coefficient: self.coefficient }
    }
}

pub(crate) fn answer(
    question: &Question,
    generators: bool,
    roots: RootArguments,
    format: Format,
) -> Result<Answer, Failure> {
    let (request, maps) = Maps::new(question, generators)?;
    let maps = maps.require_members()?;
    let parts: Vec<Part<'_>> = maps
        .lists()
        .into_iter()
        .filter(|(_, basis)| !basis.elements.is_empty())
        .map(|(letter, basis)| {
            if letter == "I" {
                // Every invariant is a value of its own: what they are put into is not known here.
                let CompiledInvariants { values, gradient, .. } =
                    CompiledInvariants::new(basis.clone(), &request.sizes);
                let program = if roots.gradient { gradient } else { values };
                return Part { letter, coefficient: "c", basis, program };
            }
            let compiler = Compiler::new(basis, &request.sizes);
            let program = match (roots.gradient, roots.combine) {
                (true, _) => compiler.gradient(true),
                (_, true) => compiler.combination(),
                _ => compiler.members(),
            };
            let coefficient = if maps.generation.is_some() { "q" } else { "theta" };
            Part { letter, coefficient, basis, program }
        })
        .collect();
    Ok(Answer::new(match format {
        Format::Json => json(&listings(&request, &parts)),
        Format::Dot => parts.iter().map(dot).collect(),
        _ => {
            parts.iter().fold(maps.title(&request) + "\n", |text, part| text + "\n" + &table(&request, part))
        }
    }))
}

/// The last part is what was asked for; the invariants, if there are two, stand in it.
fn listings(request: &Request, parts: &[Part<'_>]) -> Option<Listing> {
    parts
        .iter()
        .map(|part| listing(request, part))
        .reduce(|invariants, elements| Listing { invariants: Some(Box::new(invariants)), ..elements })
}

fn listing(request: &Request, part: &Part<'_>) -> Listing {
    let Part { basis, program, .. } = part;
    let unshared = macs(basis, &request.sizes);
    let notation = part.notation();
    let steps = program.iter().map(|(id, step)| StepRow {
        index: id.0 as usize,
        operation: step.op.name(),
        shape: step.axes.iter().map(|&axis| program.signature.axis(axis).dimension.to_string()).collect(),
        computation: notation.computation(step),
        formula: step.formula.clone(),
    });
    let roots = program
        .roots
        .iter()
        .map(|root| RootRow { name: notation.root_name(root.kind), value: notation.root_value(root) });
    Listing {
        macs: Macs {
            naive: unshared.naive.at(&request.sizes),
            independent: unshared.independent,
            shared: program.cost().at(&request.sizes),
        },
        steps: steps.collect(),
        roots: roots.collect(),
        invariants: None,
    }
}

fn table(request: &Request, part: &Part<'_>) -> String {
    let Part { basis, program, .. } = part;
    let unshared = macs(basis, &request.sizes);
    let notation = part.notation();
    let shared = program.cost();
    let sample = request.sample_text();
    let at = sample.as_ref().map_or("number".to_owned(), |sizes| format!("at {sizes}"));
    let mut costs = Table::new(&[
        ("multiply-adds", Align::Left),
        (&at, Align::Right),
        (if sample.is_some() { "polynomial" } else { "" }, Align::Left),
    ]);
    let mut cost = |name: &str, number: u64, polynomial: Option<&Polynomial>| {
        let polynomial = polynomial.filter(|_| sample.is_some()).map(Polynomial::to_string);
        costs.row([name.to_owned(), count_text(number), polynomial.unwrap_or_default()]);
    };
    cost(
        "naive: every diagram over all its indices",
        unshared.naive.at(&request.sizes),
        Some(&unshared.naive),
    );
    cost("independent: every diagram by its best tree", unshared.independent, None);
    cost("shared: this program", shared.at(&request.sizes), Some(&shared));
    let mut steps = Table::new(&[("steps", Align::Left), ("", Align::Left), ("", Align::Left)]);
    for (id, step) in program.iter() {
        let result = notation.access(id, &notation.names(&step.axes));
        let formula = if has_formula(step) { format!("// {}", step.formula) } else { String::new() };
        steps.row([result, format!("= {}", notation.computation(step)), formula]);
    }
    let mut results = Table::new(&[("results", Align::Left), ("", Align::Left)]);
    for root in &program.roots {
        results.row([notation.root_name(root.kind), format!("= {}", notation.root_value(root))]);
    }
    format!("{costs}\n{steps}\n{results}")
}

/// The DAG of a program in the DOT language; results are double.
fn dot(part: &Part<'_>) -> String {
    let program = &part.program;
    let notation = part.notation();
    let mut text = "digraph program {\n  rankdir=BT; node [shape=box];\n".to_owned();
    for (id, step) in program.iter() {
        let label = if has_formula(step) { step.formula.clone() } else { notation.computation(step) };
        let _ = writeln!(text, "  s{} [label=\"{}\"];", id.0, label.escape_default());
        let operands: Vec<StepId> = match &step.op {
            Op::Einsum(einsum) => einsum.operands.iter().map(|operand| operand.step).collect(),
            Op::Linear(terms) => terms.iter().map(|term| term.step).collect(),
            _ => Vec::new(),
        };
        for operand in operands {
            let _ = writeln!(text, "  s{} -> s{};", operand.0, id.0);
        }
    }
    for (index, root) in program.roots.iter().enumerate() {
        let name = notation.root_name(root.kind);
        let _ = writeln!(text, "  r{index} [label=\"{}\", peripheries=2];", name.escape_default());
        let _ = writeln!(text, "  s{} -> r{index};", root.step.0);
    }
    text.push_str("}\n");
    text
}

/// Some steps are no diagrams, and have the name of the operation only.
fn has_formula(step: &Step) -> bool {
    !step.formula.is_empty() && step.formula != step.op.name()
}

/// Programs as text: `%2[pq] = sum_i %0[ip] %0[iq]`.
struct Text<'a> {
    program: &'a Program,
    /// The name of members.
    letter: &'static str,
    /// The name of their coefficients.
    coefficient: &'static str,
}

const LABELS: &str = "ijklmn";
const INDICES: &str = "pqrstuvw";

impl Text<'_> {
    fn signature(&self) -> &Signature {
        &self.program.signature
    }

    /// A name for each of some indices: labels i, j, .., linear indices p, q, ..
    fn names(&self, axes: &[AxisId]) -> Vec<String> {
        let (mut labels, mut indices) = (0, 0);
        axes.iter()
            .map(|&axis| {
                let (letters, next) = if self.signature().axis(axis).group.is_label() {
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

    fn access(&self, step: StepId, indices: &[String]) -> String {
        if indices.is_empty() {
            return step.to_string();
        }
        let separator = if indices.iter().any(|name| name.len() > 1) { "," } else { "" };
        format!("{step}[{}]", indices.join(separator))
    }

    /// How a step is computed, its own indices named as [`Text::names`] has them.
    fn computation(&self, step: &Step) -> String {
        match &step.op {
            Op::Input(input) => self.signature().inputs[*input].name.clone(),
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
        let mut order: Vec<u8> = einsum.output.iter().map(|label| label.0).collect();
        let kept = order.len();
        for label in einsum.operands.iter().flat_map(|operand| &operand.labels) {
            if !order.contains(&label.0) {
                order.push(label.0);
            }
        }
        let axes: Vec<AxisId> = order.iter().map(|&label| einsum.axes[usize::from(label)]).collect();
        let names = self.names(&axes);
        let name = |label: u8| order.iter().position(|&other| other == label).map(|at| names[at].clone());
        let operand = |operand: &Operand| {
            let indices: Vec<String> = operand.labels.iter().filter_map(|label| name(label.0)).collect();
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
            let theta = term.theta.map_or(String::new(), |member| format!("{}_{member} ", self.coefficient));
            let tensor = format!("{theta}{}", self.access(term.step, &permuted(&names, &term.permutation)));
            text += &signed(term.scale, position == 0, &tensor);
        }
        text
    }

    fn root_name(&self, kind: RootKind) -> String {
        match kind {
            RootKind::Member(member) => format!("{}_{member}", self.letter),
            RootKind::Combination => "h".to_owned(),
            RootKind::InputGradient(input) => format!("d/d{}", self.signature().inputs[input].name),
            // What multiplies the coefficient c of an invariant is the invariant, or the array of its values.
            RootKind::CoefficientGradient(member) if self.letter == "I" => format!("I_{member}"),
            RootKind::CoefficientGradient(member) => format!("d/d{}_{member}", self.coefficient),
        }
    }

    fn root_value(&self, root: &Root) -> String {
        let axes = &self.program.step(root.step).axes;
        // Axis k of the result is axis `permutation[k]` of the step.
        let result: Vec<AxisId> = root.permutation.iter().map(|&axis| axes[usize::from(axis)]).collect();
        let tensor = self.access(root.step, &permuted(&self.names(&result), &root.permutation));
        let value = signed(root.scale, true, &tensor);
        if root.project { format!("symmetrised {value}") } else { value }
    }
}

/// The names of the axes of a step, whose axis `permutation[k]` is axis k of the result.
fn permuted(names: &[String], permutation: &[u8]) -> Vec<String> {
    let mut indices = vec![String::new(); names.len()];
    for (name, &axis) in names.iter().zip(permutation) {
        indices[usize::from(axis)].clone_from(name);
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
