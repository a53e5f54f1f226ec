//! The laws that every program keeps; what reads a program may rely on them.
//!
//! Coefficients
//!  - the axes of a coefficient array are those of free labels.
//!
//! Steps
//!  - a step refers to earlier steps only, and a result needs it; no two steps compute the same;
//!  - its axes are axes of the program;
//!  - `input`: the slots of that input; `cotangent`: the slots of the output; `coefficient`: the axes of an array, at
//!    least one;
//!  - `delta`: two indices of one axis; `ones`: one index of a label axis; `epsilon`: as many indices as the literal
//!    size of a linear axis, whose form is symmetric; `one`: none;
//!  - `einsum`: one or two operands, with a label for every axis of the step, of that axis. Every label occurs in an
//!    operand; the labels of the result are all different, and their axes are those of the step. A linear label occurs
//!    once if it is kept and twice if it is summed;
//!  - `linear`: each permutation takes the axes of its term to those of the step; scales are in lowest terms, with
//!    positive denominators, and not zero; a theta is the coefficient of a member without free labels;
//!  - all terms of a sum have one degree in the cotangent;
//!  - the formula is one line.
//!
//! Results
//!  - no result is listed twice, and each is of a member or an input that exists;
//!  - the permutation takes the axes of the step to the slots of the space: those of the output, of the input, or of the
//!    array of coefficients;
//!  - the scale is in lowest terms, with a positive denominator, and not zero;
//!  - only a space with symmetric, alternating or traceless slots is projected to;
//!  - values read no cotangent, gradients one in every product. For a scalar output the cotangent may be 1, and is read
//!    nowhere then;
//!  - products hold at most one coefficient: none in a member without free labels and in the gradient in a coefficient.
//!
//! That it computes the right thing is another matter: see [`crate::certify`].

use std::collections::BTreeMap;
use std::fmt;

use super::text::{axes_text, axis_text};
use super::{Einsum, Op, Program, Ratio, Root, RootKind, Step, StepId, Term};
use crate::diagram::SlotId;
use crate::signature::{AxisId, AxisShape, Layout};

#[cfg(test)]
mod tests;

/// Where a law is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The coefficient of this member.
    Coefficient(usize),
    /// This step.
    Step(StepId),
    /// The result at this position of [`Program::roots`].
    Root(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Coefficient(member) => write!(f, "coefficient {member}"),
            Place::Step(step) => write!(f, "step {step}"),
            Place::Root(root) => write!(f, "result {root}"),
        }
    }
}

/// A broken law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// Where.
    pub place: Place,
    /// Which, in one sentence.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for VerifyError {}

/// Checks all laws of the module documentation.
///
/// # Errors
/// The first law that is broken, and where.
pub fn verify(program: &Program) -> Result<(), VerifyError> {
    let at = |place: Place| move |message: String| VerifyError { place, message };
    for (member, axes) in program.coefficients.iter().enumerate() {
        array(program, axes).map_err(at(Place::Coefficient(member)))?;
    }
    let mut verifier = Verifier { program, degrees: Vec::with_capacity(program.steps.len()) };
    let mut earlier: BTreeMap<&Op, StepId> = BTreeMap::new();
    for (id, step) in program.iter() {
        let degree = verifier.step(id, step).map_err(at(Place::Step(id)))?;
        verifier.degrees.push(degree);
        // An empty sum is told apart by its axes alone.
        let is_zero = matches!(&step.op, Op::Linear(terms) if terms.is_empty());
        if let Some(same) = earlier.insert(&step.op, id).filter(|_| !is_zero) {
            return Err(at(Place::Step(id))(format!("computes the same as {same}")));
        }
    }
    for (position, root) in program.roots.iter().enumerate() {
        verifier.root(root).map_err(at(Place::Root(position)))?;
        if let Some(first) = program.roots[..position].iter().position(|other| other.kind == root.kind) {
            return Err(at(Place::Root(position))(format!("is the same as result {first}")));
        }
    }
    match program.needed(&program.roots).iter().position(|needed| !needed).map(StepId::new) {
        Some(step) => Err(at(Place::Step(step))("no result needs it".to_owned())),
        None => Ok(()),
    }
}

type Law = Result<(), String>;

fn law(holds: bool, broken: impl FnOnce() -> String) -> Law {
    if holds { Ok(()) } else { Err(broken()) }
}

/// How often the products in a tensor read the cotangent, and coefficients at most; nothing is known of an empty sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Degree {
    cotangent: u32,
    coefficients: u32,
}

impl Degree {
    const NONE: Degree = Degree { cotangent: 0, coefficients: 0 };

    fn plus(self, other: Degree) -> Degree {
        Degree {
            cotangent: self.cotangent.saturating_add(other.cotangent),
            coefficients: self.coefficients.saturating_add(other.coefficients),
        }
    }
}

struct Verifier<'a> {
    program: &'a Program,
    /// Of every step so far.
    degrees: Vec<Option<Degree>>,
}

impl Verifier<'_> {
    fn step(&self, id: StepId, step: &Step) -> Result<Option<Degree>, String> {
        let known = self.program.axes.len();
        law(step.axes.iter().all(|axis| axis.index() < known), || "an axis is not of the signature".into())?;
        law(!step.formula.contains(['\n', '\r']), || "the formula is more than one line".to_owned())?;
        match &step.op {
            Op::Einsum(einsum) => self.einsum(id, step, einsum),
            Op::Linear(terms) => self.linear(id, step, terms),
            given => self.given(step, given),
        }
    }

    fn given(&self, step: &Step, op: &Op) -> Result<Option<Degree>, String> {
        let program = self.program;
        let mut degree = Degree::NONE;
        let axes = match op {
            Op::Input(input) => match program.inputs.get(*input) {
                Some(input) => input.layout.slots.clone(),
                None => return Err(format!("there is no input {input}")),
            },
            Op::Coefficient(member) => {
                degree.coefficients = 1;
                let axes = self.coefficient(*member)?;
                law(!axes.is_empty(), || {
                    format!("the coefficient of member {member} is a number, not an array")
                })?;
                axes.to_vec()
            }
            Op::Cotangent => {
                degree.cotangent = 1;
                program.output.slots.clone()
            }
            Op::Delta(axis) => vec![self.axis(*axis)?; 2],
            Op::Epsilon(axis) => {
                let AxisShape { size, form, is_label, .. } = program.axis(self.axis(*axis)?);
                law(!is_label && !form.is_antisymmetric(), || {
                    format!("there is no epsilon on axis {}", axis_text(&program.axes, *axis))
                })?;
                match size.literal() {
                    Some(size) => vec![*axis; size],
                    None => return Err(format!("an epsilon needs a literal size, not {size}")),
                }
            }
            Op::Ones(axis) => {
                law(program.axis(self.axis(*axis)?).is_label, || {
                    "ones are not invariant on a linear axis".to_owned()
                })?;
                vec![*axis]
            }
            Op::One | Op::Einsum(_) | Op::Linear(_) => Vec::new(),
        };
        self.same_axes(&step.axes, &axes)?;
        Ok(Some(degree))
    }

    fn einsum(&self, id: StepId, step: &Step, einsum: &Einsum) -> Result<Option<Degree>, String> {
        let count = einsum.operands.len();
        law((1..=2).contains(&count), || format!("an einsum has one or two operands, not {count}"))?;
        let mut occurrences = vec![0; einsum.axes.len()];
        let mut degree = Some(Degree::NONE);
        for operand in &einsum.operands {
            let read = self.earlier(id, operand.step)?;
            law(operand.labels.len() == read.axes.len(), || {
                format!(
                    "{} labels for the {} axes of {}",
                    operand.labels.len(),
                    read.axes.len(),
                    operand.step
                )
            })?;
            for (label, axis) in operand.labels.iter().zip(&read.axes) {
                let label = label.index();
                law(label < einsum.axes.len(), || format!("label {label} has no axis"))?;
                law(einsum.axes[label] == *axis, || {
                    format!("label {label} is not of the axis of {} that it stands at", operand.step)
                })?;
                occurrences[label] += 1;
            }
            let read = self.degrees[operand.step.index()];
            degree = degree.zip(read).map(|(degree, read)| degree.plus(read));
        }
        let mut kept = vec![false; einsum.axes.len()];
        for label in einsum.output.iter().map(|label| label.index()) {
            law(label < einsum.axes.len(), || format!("label {label} of the result has no axis"))?;
            law(!kept[label], || format!("label {label} occurs twice in the result"))?;
            kept[label] = true;
        }
        for (label, (&times, &kept)) in occurrences.iter().zip(&kept).enumerate() {
            law(times > 0, || format!("label {label} occurs in no operand"))?;
            let linear = !self.program.axis(einsum.axes[label]).is_label;
            let lawful = if kept { 1 } else { 2 };
            law(!linear || times == lawful, || {
                let fate = if kept { "kept" } else { "summed" };
                format!("the linear label {label} is {fate} and occurs {times} times instead of {lawful}")
            })?;
        }
        let axes: Vec<AxisId> = einsum.output.iter().map(|label| einsum.axes[label.index()]).collect();
        self.same_axes(&step.axes, &axes)?;
        Ok(degree)
    }

    fn linear(&self, id: StepId, step: &Step, terms: &[Term]) -> Result<Option<Degree>, String> {
        let mut sum: Option<Degree> = None;
        for term in terms {
            lowest(term.scale)?;
            let read = self.earlier(id, term.step)?;
            self.same_axes(&step.axes, &permuted(&read.axes, &term.permutation)?)?;
            let mut degree = self.degrees[term.step.index()];
            if let Some(member) = term.theta {
                law(self.coefficient(member)?.is_empty(), || {
                    format!("the coefficient of member {member} is an array, not a number")
                })?;
                degree = degree.map(|degree| degree.plus(Degree { cotangent: 0, coefficients: 1 }));
            }
            sum = match (sum, degree) {
                (Some(sum), Some(degree)) => {
                    law(sum.cotangent == degree.cotangent, || {
                        let (sum, degree) = (sum.cotangent, degree.cotangent);
                        format!("a term of degree {degree} in the cotangent is added to one of degree {sum}")
                    })?;
                    let coefficients = sum.coefficients.max(degree.coefficients);
                    Some(Degree { coefficients, ..sum })
                }
                (sum, degree) => sum.or(degree),
            };
        }
        Ok(sum)
    }

    fn root(&self, root: &Root) -> Law {
        let Program { inputs, output, .. } = self.program;
        lowest(root.scale)?;
        let read = usize::try_from(root.step.0).ok().and_then(|at| self.program.steps.get(at));
        let Some(read) = read else { return Err(format!("there is no step {}", root.step)) };
        let plain = |slots: &[AxisId]| Layout { slots: slots.to_vec(), ..Layout::default() };
        let reads_cotangent = self.program.steps.iter().any(|step| step.op == Op::Cotangent);
        let upstream = u32::from(reads_cotangent || !output.slots.is_empty());
        let (layout, cotangent, coefficients) = match root.kind {
            RootKind::Member(member) => (output.clone(), 0, u32::from(!self.coefficient(member)?.is_empty())),
            RootKind::Term(_) if root.theta.is_some() => (output.clone(), 0, 0),
            RootKind::Term(_) | RootKind::Combination => (output.clone(), 0, 1),
            RootKind::Array(coefficient) => (plain(self.coefficient(coefficient)?), 0, 0),
            RootKind::InputGradient(input) => match inputs.get(input) {
                Some(input) => (input.layout.clone(), upstream, 1),
                None => return Err(format!("there is no input {input}")),
            },
            RootKind::CoefficientGradient(member) => (plain(self.coefficient(member)?), upstream, 0),
        };
        if let Some(theta) = root.theta {
            law(matches!(root.kind, RootKind::Term(_)), || "a factor of what is no term".to_owned())?;
            law(self.coefficient(theta)?.is_empty(), || {
                format!("coefficient {theta} is an array, not a number")
            })?;
        }
        self.same_axes(&layout.slots, &permuted(&read.axes, &root.permutation)?)?;
        law(!root.project || layout.symmetric_blocks().next().is_some(), || {
            "there is no symmetry to project to".to_owned()
        })?;
        let Some(degree) = self.degrees[root.step.index()] else { return Ok(()) };
        law(degree.cotangent == cotangent, || {
            format!("has degree {} in the cotangent instead of {cotangent}", degree.cotangent)
        })?;
        law(degree.coefficients <= coefficients, || {
            format!("has degree {} in the coefficients, more than {coefficients}", degree.coefficients)
        })
    }

    fn axis(&self, axis: AxisId) -> Result<AxisId, String> {
        let known = self.program.axes.len();
        law(axis.index() < known, || "the axis is not of the signature".to_owned()).map(|()| axis)
    }

    fn coefficient(&self, member: usize) -> Result<&[AxisId], String> {
        self.program
            .coefficients
            .get(member)
            .map(Vec::as_slice)
            .ok_or_else(|| format!("there is no member {member}"))
    }

    fn earlier(&self, id: StepId, step: StepId) -> Result<&Step, String> {
        law(step < id, || format!("reads {step}, which is not an earlier step"))?;
        Ok(self.program.step(step))
    }

    fn same_axes(&self, wanted: &[AxisId], found: &[AxisId]) -> Law {
        let text = |axes| axes_text(&self.program.axes, axes);
        law(wanted == found, || format!("the axes should be {}, not {}", text(wanted), text(found)))
    }
}

fn array(program: &Program, axes: &[AxisId]) -> Law {
    let free = |axis: &AxisId| program.axes.get(axis.index()).is_some_and(|axis| axis.is_free);
    law(axes.iter().all(free), || "an axis of the array is not one of free labels".to_owned())
}

fn lowest(scale: Ratio) -> Law {
    law(scale.denominator > 0 && i64::try_from(scale.denominator).is_ok(), || {
        format!("the denominator of {scale} is not positive")
    })?;
    law(scale.numerator != 0, || "a term that is zero".to_owned())?;
    law(Ratio::new(scale.numerator, scale.denominator) == scale, || format!("{scale} is not in lowest terms"))
}

/// Axis k of the result is axis `permutation[k]`.
fn permuted(axes: &[AxisId], permutation: &[SlotId]) -> Result<Vec<AxisId>, String> {
    let indices = |axes: &[SlotId]| axes.iter().map(|axis| axis.index()).collect::<Vec<usize>>();
    let mut sorted = indices(permutation);
    sorted.sort_unstable();
    let is_permutation = sorted.into_iter().eq(0..axes.len());
    law(is_permutation, || {
        format!("{:?} is not a permutation of {} axes", indices(permutation), axes.len())
    })?;
    Ok(permutation.iter().map(|axis| axes[axis.index()]).collect())
}
