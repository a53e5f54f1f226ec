//! Reverse mode on a program (Linnainmaa 1970; Baur & Strassen 1983): the gradient of a value costs a small multiple of it, however
//! many inputs there are.
//!
//! The adjoint of a step is the derivative by it, all indices raised: `df = sum_ab G^a F_ab dv^b`, F the form of the axis. So
//! along `c = A B` the adjoint of A is that of c times B; what A had as the first of two summed indices changes its sign
//! where F is antisymmetric.

use std::collections::BTreeMap;

use crate::diagram::SlotId;
use crate::map::Map;
use crate::program::{Einsum, Label, Op, Operand, Program, Ratio, Root, RootKind, Step, StepId, Term};
use crate::signature::AxisId;

/// The program of a combination with its gradients in all inputs and in all coefficients that are given: in the order of
/// [`Wanted::Gradient`](super::Wanted::Gradient). Nothing if a constant is beyond 64 bits.
pub(super) fn reverse(forward: &Program, map: &Map) -> Option<Program> {
    let [root] = &forward.roots[..] else { return None };
    let mut reverse = Reverse {
        program: forward.clone(),
        known: (0..).zip(&forward.steps).map(|(id, step)| (key(step), StepId::new(id))).collect(),
        adjoints: vec![Vec::new(); forward.steps.len()],
        of_inputs: vec![Vec::new(); forward.inputs.len()],
        of_coefficients: vec![Vec::new(); forward.coefficients.len()],
    };
    let active = active(forward, map);
    let cotangent = reverse.step(Op::Cotangent, forward.output.slots.clone());
    let seed =
        Term { scale: root.scale, theta: None, step: cotangent, permutation: inverse(&root.permutation) };
    reverse.adjoints[root.step.index()].push(seed);
    for id in (0..forward.steps.len()).rev() {
        let contributions = std::mem::take(&mut reverse.adjoints[id]);
        if !active[id] || contributions.is_empty() {
            continue;
        }
        let Step { op, axes, .. } = &forward.steps[id];
        match op {
            Op::Input(input) => reverse.of_inputs[*input].extend(contributions),
            Op::Coefficient(coefficient) => reverse.of_coefficients[*coefficient].extend(contributions),
            Op::Linear(terms) => {
                let adjoint = reverse.sum(contributions, axes);
                reverse.linear(terms, &adjoint, map, &active)?;
            }
            Op::Einsum(einsum) => {
                let adjoint = reverse.sum(contributions, axes);
                reverse.einsum(einsum, &adjoint, &active);
            }
            Op::Cotangent | Op::Delta(_) | Op::Epsilon(_) | Op::Ones(_) | Op::One => {}
        }
    }
    reverse.roots(map);
    Some(reverse.program)
}

/// Which steps depend on an input or a coefficient that is given.
fn active(forward: &Program, map: &Map) -> Vec<bool> {
    let given = |coefficient: usize| map.coefficients[coefficient].given;
    let mut active: Vec<bool> = Vec::with_capacity(forward.steps.len());
    for step in &forward.steps {
        let reads = step.op.reads().into_iter().any(|read| active[read.index()]);
        active.push(match &step.op {
            Op::Input(_) => true,
            Op::Coefficient(coefficient) => given(*coefficient),
            Op::Linear(terms) => reads || terms.iter().any(|term| term.theta.is_some_and(given)),
            _ => reads,
        });
    }
    active
}

fn key(step: &Step) -> (Op, Vec<AxisId>) {
    (step.op.clone(), step.axes.clone())
}

fn inverse(permutation: &[SlotId]) -> Vec<SlotId> {
    let mut inverse = vec![SlotId::new(0); permutation.len()];
    for (place, slot) in permutation.iter().enumerate() {
        inverse[slot.index()] = SlotId::new(place);
    }
    inverse
}

fn identity(rank: usize) -> Vec<SlotId> {
    (0..rank).map(SlotId::new).collect()
}

struct Reverse {
    program: Program,
    /// Every step, by what it is.
    known: BTreeMap<(Op, Vec<AxisId>), StepId>,
    /// By step, what adds up to its adjoint; axis k of the adjoint is axis `permutation[k]` of the step of a term.
    adjoints: Vec<Vec<Term>>,
    of_inputs: Vec<Vec<Term>>,
    of_coefficients: Vec<Vec<Term>>,
}

impl Reverse {
    fn step(&mut self, op: Op, axes: Vec<AxisId>) -> StepId {
        let step = Step { axes, formula: op.name().to_owned(), op };
        let next = StepId::new(self.program.steps.len());
        let id = *self.known.entry(key(&step)).or_insert(next);
        if id == next {
            self.program.steps.push(step);
        }
        id
    }

    /// The sum of some terms, of a tensor with these axes, as one term without a number among the coefficients.
    fn sum(&mut self, terms: Vec<Term>, axes: &[AxisId]) -> Term {
        match &terms[..] {
            [only] if only.theta.is_none() => only.clone(),
            _ => {
                let step = self.step(Op::Linear(terms), axes.to_vec());
                Term { scale: Ratio::ONE, theta: None, step, permutation: identity(axes.len()) }
            }
        }
    }

    /// Adjoints along a sum, and the gradients in the numbers in it.
    fn linear(&mut self, terms: &[Term], adjoint: &Term, map: &Map, active: &[bool]) -> Option<()> {
        for term in terms {
            let scale = adjoint.scale.times(term.scale)?;
            if let Some(coefficient) = term.theta
                && map.coefficients[coefficient].given
            {
                let axes = self.program.step(term.step).axes.clone();
                let operand = |of: &Term| {
                    let mut labels = vec![Label::new(0); of.permutation.len()];
                    for (label, slot) in of.permutation.iter().enumerate() {
                        labels[slot.index()] = Label::new(label);
                    }
                    Operand { step: of.step, labels }
                };
                let operands = vec![operand(adjoint), operand(term)];
                let axes = term.permutation.iter().map(|slot| axes[slot.index()]).collect();
                let step = self.step(Op::Einsum(Einsum { axes, operands, output: Vec::new() }), Vec::new());
                let product = Term { scale, theta: None, step, permutation: Vec::new() };
                self.of_coefficients[coefficient].push(product);
            }
            if active[term.step.index()] {
                let mut permutation = vec![SlotId::new(0); term.permutation.len()];
                for (slot, of_adjoint) in term.permutation.iter().zip(&adjoint.permutation) {
                    permutation[slot.index()] = *of_adjoint;
                }
                let contribution = Term { scale, theta: term.theta, step: adjoint.step, permutation };
                self.adjoints[term.step.index()].push(contribution);
            }
        }
        Some(())
    }

    /// Adjoints along a contraction.
    fn einsum(&mut self, einsum: &Einsum, adjoint: &Term, active: &[bool]) {
        let mut of_adjoint = vec![Label::new(0); einsum.output.len()];
        for (label, slot) in einsum.output.iter().zip(&adjoint.permutation) {
            of_adjoint[slot.index()] = *label;
        }
        for (position, operand) in einsum.operands.iter().enumerate() {
            if !active[operand.step.index()] {
                continue;
            }
            let others = einsum.operands.iter().enumerate().filter(|(other, _)| *other != position);
            let mut operands = vec![Operand { step: adjoint.step, labels: of_adjoint.clone() }];
            operands.extend(others.map(|(_, other)| other.clone()));
            let of_others = |label: &Label| operands.iter().any(|other| other.labels.contains(label));
            // Labels of the adjoint of the operand, one each: what the operand has twice gets a second label, joined to the
            // first by a delta; what it is summed over by itself, ones.
            let mut axes = einsum.axes.clone();
            let (mut wanted, mut joined) = (Vec::<Label>::new(), Vec::<(Op, Vec<Label>)>::new());
            let mut negative = false;
            for label in &operand.labels {
                let axis = einsum.axes[label.index()];
                let shape = self.program.axis(axis);
                let antisymmetric = !shape.is_label && shape.form.is_antisymmetric();
                if wanted.contains(label) {
                    axes.push(axis);
                    let second = Label::new(axes.len() - 1);
                    joined.retain(|(_, labels)| labels[..] != [*label]);
                    joined.push((Op::Delta(axis), vec![*label, second]));
                    negative ^= antisymmetric;
                    wanted.push(second);
                    continue;
                }
                if !of_others(label) {
                    joined.push((Op::Ones(axis), vec![*label]));
                } else if position == 0 && antisymmetric && !einsum.output.contains(label) {
                    negative = !negative;
                }
                wanted.push(*label);
            }
            let step = self.contraction(&axes, operands, joined, &wanted);
            let contribution = Term {
                scale: adjoint.scale.signed(if negative { -1 } else { 1 }),
                theta: None,
                step,
                permutation: identity(wanted.len()),
            };
            self.adjoints[operand.step.index()].push(contribution);
        }
    }

    /// The product of one or two operands and of tensors that are the same everywhere, two at a time.
    fn contraction(
        &mut self,
        axes: &[AxisId],
        operands: Vec<Operand>,
        joined: Vec<(Op, Vec<Label>)>,
        wanted: &[Label],
    ) -> StepId {
        let in_operands = |label: &&Label| operands.iter().any(|operand| operand.labels.contains(label));
        let mut labels: Vec<Label> = wanted.iter().filter(in_operands).copied().collect();
        let mut step = self.labelled(axes, operands, &labels);
        for (op, of_op) in joined {
            let of_axes = of_op.iter().map(|label| axes[label.index()]).collect();
            let given = self.step(op, of_axes);
            let operands = vec![
                Operand { step, labels: labels.clone() },
                Operand { step: given, labels: of_op.clone() },
            ];
            labels.extend(of_op.iter().filter(|label| !operands[0].labels.contains(label)));
            step = self.labelled(axes, operands, &labels);
        }
        if labels == wanted {
            return step;
        }
        let operands = vec![Operand { step, labels }];
        self.labelled(axes, operands, wanted)
    }

    /// A contraction with its labels numbered by first appearance.
    fn labelled(&mut self, axes: &[AxisId], operands: Vec<Operand>, output: &[Label]) -> StepId {
        let mut order: Vec<Label> = Vec::new();
        for label in operands.iter().flat_map(|operand| &operand.labels) {
            if !order.contains(label) {
                order.push(*label);
            }
        }
        let number = |label: &Label| {
            let place = order.iter().position(|other| other == label);
            Label::new(place.unwrap_or_else(|| unreachable!("a result has labels of its operands")))
        };
        let axis = |label: &Label| axes[label.index()];
        // A tensor as it is.
        if let [only] = &operands[..]
            && only.labels[..] == *output
            && order.len() == output.len()
        {
            return only.step;
        }
        let of_operand = |operand: &Operand| Operand {
            step: operand.step,
            labels: operand.labels.iter().map(number).collect(),
        };
        let einsum = Einsum {
            axes: order.iter().map(axis).collect(),
            operands: operands.iter().map(of_operand).collect(),
            output: output.iter().map(number).collect(),
        };
        self.step(Op::Einsum(einsum), output.iter().map(axis).collect())
    }

    fn roots(&mut self, map: &Map) {
        for input in 0..self.program.inputs.len() {
            let layout = self.program.inputs[input].layout.clone();
            let terms = std::mem::take(&mut self.of_inputs[input]);
            let sum = self.sum(terms, &layout.slots);
            let project = layout.slot_exchanges().next().is_some();
            self.root(RootKind::InputGradient(input), sum, project);
        }
        for member in map.members.iter() {
            let coefficient = member.coefficient;
            if map.coefficients[coefficient].given {
                let axes = map.coefficients[coefficient].axes.clone();
                let terms = std::mem::take(&mut self.of_coefficients[coefficient]);
                let sum = self.sum(terms, &axes);
                self.root(RootKind::CoefficientGradient(coefficient), sum, false);
            }
        }
    }

    fn root(&mut self, kind: RootKind, sum: Term, project: bool) {
        let Term { scale, step, permutation, .. } = sum;
        self.program.roots.push(Root { kind, step, permutation, scale, theta: None, project });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basis::{Basis, Options};
    use crate::certify;
    use crate::optimise::{Wanted, compile_one};
    use crate::signature::{Sizes, parse_signature};

    /// Gradients by reverse mode are those of the raw diagrams, under all forms, with epsilons, traces, diagonals and arrays.
    #[test]
    fn gradients_are_those_of_the_raw_diagrams() {
        for (text, degree) in [
            ("O(d) * S(n): (R^d)^n -> S^d", 4),
            ("O(d): (R^d)^n -> S^d", 2),
            ("O(d): A: (T^2(R^d))^n, b: (R)^n -> T^2(R^d)", 2),
            ("O(3): T^4(R^3) -> S^3", 2),
            ("SO(3): a: R^3, b: R^3, P: S^3 -> Sym0^2(R^3)", 3),
            ("Sp(4): a: R^4, B: S^4, C: Alt^2(R^4) -> R^4 (x) R^4", 2),
            ("O(1,3): a: R^4, F: Alt^2(R^4) -> Sym0^2(R^4)", 3),
            ("SO(1,3): a: R^4, F: Alt^2(R^4) -> R^4", 3),
            ("S(n): x: (R)^n, A: T^2(R^n) -> T^2(R^n)", 2),
            ("O(2) * S(n): A: T^2(R^n), v: (R^2)^n -> (R^2)^n", 2),
            ("O(3): a: R^3 -> R", 0),
        ] {
            let signature = parse_signature(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let basis = Basis::new(&signature, &Options::up_to(degree));
            let map = Map::of_basis(&basis.unwrap_or_else(|error| panic!("{text}: {error}")));
            let forward = compile_one(&map, &Wanted::Combination, &Sizes::sample(&signature, &[]));
            let program = reverse(&forward, &map).unwrap_or_else(|| panic!("{text}: it overflows"));
            assert_eq!(crate::program::verify(&program), Ok(()), "{text}\n{program}");
            let certificates = certify::program(&map, &Wanted::Gradient, &program);
            assert!(certificates.len() > 1, "{text}");
            for certificate in certificates {
                assert!(certificate.holds(), "{text}: {:?}\n{program}", certificate.outcome);
            }
        }
    }
}
