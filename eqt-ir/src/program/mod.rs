//! Programs: a basis, or the linear combination of its members and its gradient, as a DAG of small einsums.
//!
//! Every step is a tensor whose axes are all contravariant. In an [`Einsum`] a linear label that is summed occurs twice
//! and is contracted with the invariant form of its axis, `sum_ab x^a F_ab y^b`, oriented from its first occurrence to
//! its second; a linear label that is kept occurs once. Labels of label axes may occur any number of times, and are
//! summed if they are not in the output. [`verify()`] checks this and the other invariants.
//!
//! ```
//! use eqt_ir::exact::{Random, Tensor};
//! use eqt_ir::program::{Arguments, Program, verify};
//! use eqt_ir::signature::Sizes;
//!
//! // The textual form is read back. %1 = G = sum_i a_i a_i^T, %2 = tr G.
//! let text = "\
//! signature O(d) * S(n): a: (R^d)^n -> R
//! coefficients 1
//! %0 [n d] = input a
//! %1 [d d] = einsum [i:n p:d q:d] (%0[i p], %0[i q]) -> [p q]
//! %2 [] = einsum [p:d] (%1[p p]) -> []
//! member 0 = %2
//! ";
//! let program = Program::parse(text).unwrap();
//! assert_eq!(verify(&program), Ok(()));
//! assert_eq!(program.to_string().trim(), text.trim());
//! // n d^2 multiply-adds for G and d for its trace.
//! assert_eq!(program.cost().at(&Sizes(vec![3, 10])), 10 * 9 + 3);
//!
//! // Evaluated over the prime field: sum_i |a_i|^2.
//! let sizes = Sizes(vec![2, 2]);
//! let a = Tensor { shape: vec![2, 2], data: Random::seeded(3).fields(4) };
//! let squares = a.data.iter().fold(Default::default(), |sum: eqt_runtime::Fp, &x| sum + x * x);
//! let arguments = Arguments { inputs: vec![a], coefficients: Vec::new(), cotangent: None };
//! assert_eq!(program.evaluate(&sizes, &arguments)[0].data, [squares]);
//! ```

use crate::diagram::SlotId;
pub use crate::exact::Ratio;
use crate::ids::id;
use crate::signature::{AxisId, AxisShape, Layout, Signature};

mod cost;
mod dot;
mod interpret;
#[cfg(test)]
mod mutation_tests;
#[cfg(test)]
mod tests;
mod text;
mod to_petgraph;
mod verify;

pub use cost::Polynomial;
pub(crate) use cost::charged;
pub use dot::{Drawing, dot};
pub use interpret::Arguments;
pub use text::ParseError;
pub use to_petgraph::ProgramNode;
pub use verify::{Place, VerifyError, verify};

id! {
    /// Index of a step in [`Program::steps`].
    StepId(u32), "steps", "%"
}
id! {
    /// A label of an einsum, an index into [`Einsum::axes`].
    Label(u8), "labels", "?"
}

/// An operand of an einsum: a step with a label for every axis.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operand {
    /// The step.
    pub step: StepId,
    /// The label of each of its axes; may repeat (diagonals and traces).
    pub labels: Vec<Label>,
}

/// A sum over products of one or two tensors: `output[..] = sum over the other labels of operand * operand`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Einsum {
    /// The axis of each label.
    pub axes: Vec<AxisId>,
    /// One or two operands.
    pub operands: Vec<Operand>,
    /// The labels of the result, all different, each occurring in an operand.
    pub output: Vec<Label>,
}

/// A term of a linear combination: `scale * theta * step[permutation]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// A constant factor.
    pub scale: Ratio,
    /// The scalar coefficient of this member, if there is one.
    pub theta: Option<usize>,
    /// The tensor.
    pub step: StepId,
    /// Axis k of the result is axis `permutation[k]` of the step.
    pub permutation: Vec<SlotId>,
}

/// What a step computes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// An input, with all its slots.
    Input(usize),
    /// The array of coefficients of a member over its free labels, at least one.
    Coefficient(usize),
    /// The cotangent of the output, all indices raised and projected onto the symmetry of the output.
    Cotangent,
    /// The inverse form `F^ab` of an axis (the Kronecker delta for O(d)), two axes.
    Delta(AxisId),
    /// The epsilon of an axis with all indices raised: det F times the Levi-Civita symbol.
    Epsilon(AxisId),
    /// A vector of ones over a label axis.
    Ones(AxisId),
    /// The number 1.
    One,
    /// A contraction.
    Einsum(Einsum),
    /// A sum of tensors of one shape; without terms, zero.
    Linear(Vec<Term>),
}

impl Op {
    /// The name of the operation in the textual form.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Input(_) => "input",
            Op::Coefficient(_) => "coefficient",
            Op::Cotangent => "cotangent",
            Op::Delta(_) => "delta",
            Op::Epsilon(_) => "epsilon",
            Op::Ones(_) => "ones",
            Op::One => "one",
            Op::Einsum(_) => "einsum",
            Op::Linear(_) => "linear",
        }
    }

    /// The steps that are read, as often as they are.
    pub fn reads(&self) -> Vec<StepId> {
        match self {
            Op::Einsum(einsum) => einsum.operands.iter().map(|operand| operand.step).collect(),
            Op::Linear(terms) => terms.iter().map(|term| term.step).collect(),
            _ => Vec::new(),
        }
    }
}

/// A step: a named tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The axis of every index.
    pub axes: Vec<AxisId>,
    /// How it is computed from earlier steps.
    pub op: Op,
    /// What it is, in index notation, for people.
    pub formula: String,
}

/// What a root is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RootKind {
    /// The value of one member: with its array of coefficients, if it has one, but without a number in front.
    Member(usize),
    /// The value of one member times its coefficient, be it an array or a number.
    Term(usize),
    /// A member of a scalar map as the array over its free labels, without its coefficient: `<a_i, a_j>` for all i and j.
    Array(usize),
    /// `sum_b c_b T_b`.
    Combination,
    /// The gradient of `<cotangent, combination>` with respect to an input: Frobenius, indices lowered. A scalar map may
    /// leave out the cotangent, which is then 1.
    InputGradient(usize),
    /// The gradient of `<cotangent, combination>` with respect to a coefficient.
    CoefficientGradient(usize),
}

/// A result of a program: `scale * theta * step[permutation]`, projected onto the symmetry of its space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// What it is.
    pub kind: RootKind,
    /// The step that holds it.
    pub step: StepId,
    /// Axis k of the result is axis `permutation[k]` of the step.
    pub permutation: Vec<SlotId>,
    /// A constant factor.
    pub scale: Ratio,
    /// The number among the coefficients that it is multiplied by, if there is one; only of a [`RootKind::Term`].
    pub theta: Option<usize>,
    /// Whether the step does not yet have the slot symmetry of the space, so that it must be averaged.
    pub project: bool,
}

/// A tensor that the caller gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// Its slots.
    pub layout: Layout,
}

/// A DAG of steps in topological order, and its results. It knows sizes and forms, no group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What it computes, in words: the signature, where there is one. It heads the textual form, and nothing else depends
    /// on it.
    pub declared: String,
    /// All axes.
    pub axes: Vec<AxisShape>,
    /// The inputs.
    pub inputs: Vec<Given>,
    /// The slots of the output.
    pub output: Layout,
    /// The axes of every coefficient, those of its array; none for a number.
    pub coefficients: Vec<Vec<AxisId>>,
    /// Steps refer to earlier steps only.
    pub steps: Vec<Step>,
    /// The results.
    pub roots: Vec<Root>,
}

impl Program {
    /// The axes, inputs and output of a signature, and no steps.
    pub fn empty(signature: &Signature) -> Program {
        let inputs = signature.inputs.iter();
        Program {
            declared: signature.to_string(),
            axes: signature.axis_shapes(),
            inputs: inputs
                .map(|input| Given { name: input.name.clone(), layout: input.space.layout() })
                .collect(),
            output: signature.output.layout(),
            coefficients: Vec::new(),
            steps: Vec::new(),
            roots: Vec::new(),
        }
    }

    /// The axis with this id.
    pub fn axis(&self, id: AxisId) -> &AxisShape {
        &self.axes[id.index()]
    }

    /// The step with this id.
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.index()]
    }

    /// Which steps some results need.
    pub fn needed<'a>(&self, roots: impl IntoIterator<Item = &'a Root>) -> Vec<bool> {
        let mut needed = vec![false; self.steps.len()];
        for root in roots {
            needed[root.step.index()] = true;
        }
        for (index, step) in self.steps.iter().enumerate().rev() {
            if needed[index] {
                step.op.reads().into_iter().for_each(|read| needed[read.index()] = true);
            }
        }
        needed
    }

    /// Ids and steps in order.
    pub fn iter(&self) -> impl Iterator<Item = (StepId, &Step)> {
        self.steps.iter().enumerate().map(|(index, step)| (StepId::new(index), step))
    }
}
