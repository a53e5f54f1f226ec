//! Programs as JSON, complete enough to be run: `docs/run_program.py` does so.
//!
//! Nothing in here names a group: what a program needs of one is the invariant form of every axis.

use eqt_ir::diagram::SlotId;
use eqt_ir::group;
use eqt_ir::program::{Op, RootKind, Term};
use eqt_ir::signature::{AxisId, Layout, SlotSymmetry};
use serde::Serialize;

use super::Part;
use crate::json::{document, operations};
use crate::request::Request;

#[derive(Serialize)]
struct Answer<'a> {
    programs: Vec<ProgramJson<'a>>,
}

#[derive(Serialize)]
struct ProgramJson<'a> {
    /// `members`, `generators` or `invariants`.
    of: &'static str,
    macs: Macs,
    /// The limits that the search for the program met, in words.
    budgets: Vec<String>,
    axes: Vec<AxisJson>,
    inputs: Vec<InputJson<'a>>,
    output: SpaceJson,
    /// By member the axes of its array of coefficients; none for a scalar.
    coefficients: Vec<Axes<'a>>,
    steps: Vec<StepJson<'a>>,
    roots: Vec<RootJson>,
}

#[derive(Serialize)]
struct Macs {
    naive: Option<u64>,
    independent: Option<u64>,
    shared: Option<u64>,
}

#[derive(Serialize)]
struct AxisJson {
    /// The name of the size; nothing if the size is fixed.
    symbol: Option<String>,
    /// The size; for a symbol the sample at which costs were compared.
    size: usize,
    is_label: bool,
    form: Form,
}

/// The invariant bilinear form of an axis.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Form {
    Identity,
    /// `positive` times +1, then -1.
    Diagonal {
        positive: usize,
    },
    /// `[[0, I], [-I, 0]]`.
    Omega,
}

#[derive(Serialize)]
struct InputJson<'a> {
    name: &'a str,
    #[serde(flatten)]
    space: SpaceJson,
}

#[derive(Serialize)]
struct SpaceJson {
    axes: Vec<usize>,
    blocks: Vec<BlockJson>,
}

/// Consecutive slots with a symmetry.
#[derive(Serialize)]
struct BlockJson {
    start: usize,
    rank: usize,
    symmetry: &'static str,
}

struct Axes<'a>(&'a [AxisId]);

impl Serialize for Axes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|axis| axis.index()))
    }
}

#[derive(Serialize)]
struct StepJson<'a> {
    index: usize,
    #[serde(flatten)]
    operation: Operation<'a>,
    axes: Axes<'a>,
    computation: String,
    formula: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "operation", rename_all = "lowercase")]
enum Operation<'a> {
    Input { input: usize },
    Coefficient { member: usize },
    Cotangent,
    Delta { axis: usize },
    Epsilon { axis: usize },
    Ones { axis: usize },
    One,
    Einsum { labels: Axes<'a>, operands: Vec<OperandJson>, output: Vec<usize> },
    Linear { terms: Vec<TermJson> },
}

#[derive(Serialize)]
struct OperandJson {
    step: usize,
    labels: Vec<usize>,
}

#[derive(Serialize)]
struct TermJson {
    scale: String,
    /// The member by whose scalar coefficient the term is multiplied.
    coefficient: Option<usize>,
    step: usize,
    permutation: Vec<usize>,
}

#[derive(Serialize)]
struct RootJson {
    name: String,
    #[serde(flatten)]
    kind: Kind,
    step: usize,
    permutation: Vec<usize>,
    scale: String,
    /// The member by whose scalar coefficient the result is multiplied.
    #[serde(skip_serializing_if = "Option::is_none")]
    coefficient: Option<usize>,
    project: bool,
    value: String,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kind {
    Member {
        member: usize,
    },
    /// A member times its coefficient.
    Term {
        member: usize,
    },
    Combination,
    InputGradient {
        input: usize,
    },
    CoefficientGradient {
        member: usize,
    },
    /// An invariant, or the array of its values over its free labels.
    Invariant {
        member: usize,
    },
}

pub(super) fn listing(request: &Request, parts: &[Part<'_>]) -> String {
    let programs = parts.iter().map(|part| program(request, part)).collect();
    document("program", request, &Answer { programs })
}

fn program<'a>(request: &Request, part: &'a Part<'_>) -> ProgramJson<'a> {
    let program = &part.program;
    let notation = part.notation();
    let unshared = part.unshared(request);
    let axes = program.axes.iter().zip(&request.sizes.0).map(|(axis, &size)| AxisJson {
        symbol: axis.size.literal().is_none().then(|| axis.size.to_string()),
        size,
        is_label: axis.is_label,
        form: form(axis.form),
    });
    let inputs =
        program.inputs.iter().map(|input| InputJson { name: &input.name, space: space(&input.layout) });
    let steps = program.iter().map(|(id, step)| StepJson {
        index: id.index(),
        operation: operation(&step.op),
        axes: Axes(&step.axes),
        computation: notation.computation(step),
        formula: &step.formula,
    });
    let roots = program.roots.iter().map(|root| RootJson {
        name: notation.root_name(root.kind),
        kind: kind(root.kind),
        step: root.step.index(),
        permutation: indices(&root.permutation),
        scale: root.scale.to_string(),
        coefficient: root.theta,
        project: root.project,
        value: notation.root_value(root),
    });
    ProgramJson {
        of: part.noun.plural(),
        macs: Macs {
            naive: operations(unshared.naive.at(&request.sizes)),
            independent: operations(unshared.independent),
            shared: operations(program.cost().at(&request.sizes)),
        },
        budgets: part.met.iter().map(ToString::to_string).collect(),
        axes: axes.collect(),
        inputs: inputs.collect(),
        output: space(&program.output),
        coefficients: program.coefficients.iter().map(|axes| Axes(axes)).collect(),
        steps: steps.collect(),
        roots: roots.collect(),
    }
}

fn space(layout: &Layout) -> SpaceJson {
    let block = |block: &eqt_ir::signature::Block| BlockJson {
        start: block.start,
        rank: block.rank,
        symmetry: match block.symmetry {
            SlotSymmetry::General => "general",
            SlotSymmetry::Symmetric => "symmetric",
            SlotSymmetry::Alternating => "alternating",
            SlotSymmetry::Traceless => "traceless",
        },
    };
    SpaceJson {
        axes: layout.slots.iter().map(|axis| axis.index()).collect(),
        blocks: layout.blocks.iter().map(block).collect(),
    }
}

fn operation(op: &Op) -> Operation<'_> {
    match op {
        Op::Input(input) => Operation::Input { input: *input },
        Op::Coefficient(member) => Operation::Coefficient { member: *member },
        Op::Cotangent => Operation::Cotangent,
        Op::Delta(axis) => Operation::Delta { axis: axis.index() },
        Op::Epsilon(axis) => Operation::Epsilon { axis: axis.index() },
        Op::Ones(axis) => Operation::Ones { axis: axis.index() },
        Op::One => Operation::One,
        Op::Einsum(einsum) => Operation::Einsum {
            labels: Axes(&einsum.axes),
            operands: einsum
                .operands
                .iter()
                .map(|operand| OperandJson {
                    step: operand.step.index(),
                    labels: operand.labels.iter().map(|label| label.index()).collect(),
                })
                .collect(),
            output: einsum.output.iter().map(|label| label.index()).collect(),
        },
        Op::Linear(terms) => Operation::Linear { terms: terms.iter().map(term).collect() },
    }
}

fn indices(permutation: &[SlotId]) -> Vec<usize> {
    permutation.iter().map(|axis| axis.index()).collect()
}

fn term(term: &Term) -> TermJson {
    let Term { scale, theta, permutation, .. } = term;
    TermJson {
        scale: scale.to_string(),
        coefficient: *theta,
        step: term.step.index(),
        permutation: indices(permutation),
    }
}

fn kind(kind: RootKind) -> Kind {
    match kind {
        RootKind::Member(member) => Kind::Member { member },
        RootKind::Term(member) => Kind::Term { member },
        RootKind::Array(member) => Kind::Invariant { member },
        RootKind::Combination => Kind::Combination,
        RootKind::InputGradient(input) => Kind::InputGradient { input },
        RootKind::CoefficientGradient(member) => Kind::CoefficientGradient { member },
    }
}

fn form(form: group::Form) -> Form {
    match form {
        group::Form::Identity => Form::Identity,
        group::Form::Diagonal(positive) => Form::Diagonal { positive },
        group::Form::Omega => Form::Omega,
    }
}
