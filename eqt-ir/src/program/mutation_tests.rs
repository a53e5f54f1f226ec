//! Every single wrong step is caught by the certificates, unless it provably changes nothing.

use std::collections::BTreeMap;

use super::*;
use crate::basis::{Basis, Options, stable_sizes};
use crate::certify;
use crate::diagram::SlotId;
use crate::exact::Random;
use crate::exact::tensor::Tensor;
use crate::map::Map;
use crate::optimise::{Wanted, compile_one};
use crate::signature::{Sizes, parse_signature};

/// What was done to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Sign,
    Scale,
    Coefficient,
    LabelsOfOperand,
    LabelsOfResult,
    OrderOfOperands,
    Permutation,
    OtherStep,
    Projection,
}

impl Kind {
    /// Whether there is no excuse to miss it: the others may change nothing, by a symmetry.
    fn always_matters(self) -> bool {
        matches!(self, Kind::Sign | Kind::Scale | Kind::Coefficient)
    }
}

struct Mutant {
    kind: Kind,
    /// The step, unless a result was changed.
    step: Option<StepId>,
    program: Program,
}

/// All pairs of positions that hold different labels or slots of one axis.
fn pairs(count: usize, same: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))).filter(|&(a, b)| same(a, b)).collect()
}

fn wrong_scales(scale: Ratio) -> [(Kind, Ratio); 2] {
    let doubled = scale.plus(scale).expect("small");
    [(Kind::Sign, scale.signed(-1)), (Kind::Scale, doubled)]
}

/// Every mutant of every step and every result.
fn mutants(program: &Program) -> Vec<Mutant> {
    let mut all = Vec::new();
    for (id, step) in program.iter() {
        let mut change = |kind: Kind, change: &dyn Fn(&mut Op)| {
            let mut mutant = program.clone();
            change(&mut mutant.steps[id.index()].op);
            all.push(Mutant { kind, step: Some(id), program: mutant });
        };
        // Steps that may stand in for another.
        let stand_ins = |read: StepId| {
            let axes = program.step(read).axes.clone();
            program.iter().filter(move |(other, step)| *other < id && *other != read && step.axes == axes)
        };
        match &step.op {
            Op::Einsum(einsum) => {
                let edit = |edit: &dyn Fn(&mut Einsum), op: &mut Op| {
                    if let Op::Einsum(einsum) = op {
                        edit(einsum);
                    }
                };
                let axis = |label: Label| einsum.axes[label.index()];
                let apart = |x: Label, y: Label| x != y && axis(x) == axis(y);
                for (at, operand) in einsum.operands.iter().enumerate() {
                    for (a, b) in
                        pairs(operand.labels.len(), |a, b| apart(operand.labels[a], operand.labels[b]))
                    {
                        change(Kind::LabelsOfOperand, &|op| {
                            edit(&|einsum| einsum.operands[at].labels.swap(a, b), op)
                        });
                    }
                    for (other, _) in stand_ins(operand.step) {
                        change(Kind::OtherStep, &|op| edit(&|einsum| einsum.operands[at].step = other, op));
                    }
                }
                for (a, b) in pairs(einsum.output.len(), |a, b| apart(einsum.output[a], einsum.output[b])) {
                    change(Kind::LabelsOfResult, &|op| edit(&|einsum| einsum.output.swap(a, b), op));
                }
                if einsum.operands.len() == 2 {
                    change(Kind::OrderOfOperands, &|op| edit(&|einsum| einsum.operands.swap(0, 1), op));
                }
            }
            Op::Linear(terms) => {
                for (at, term) in terms.iter().enumerate() {
                    let edit = |edit: &dyn Fn(&mut Term), op: &mut Op| {
                        if let Op::Linear(terms) = op {
                            edit(&mut terms[at]);
                        }
                    };
                    for (kind, scale) in wrong_scales(term.scale) {
                        change(kind, &|op| edit(&|term| term.scale = scale, op));
                    }
                    let numbers =
                        (0..program.coefficients.len()).filter(|&b| program.coefficients[b].is_empty());
                    if let Some(theta) = term.theta
                        && let Some(other) = numbers.into_iter().find(|&other| other != theta)
                    {
                        change(Kind::Coefficient, &|op| edit(&|term| term.theta = Some(other), op));
                    }
                    for (a, b) in pairs(step.axes.len(), |a, b| step.axes[a] == step.axes[b]) {
                        change(Kind::Permutation, &|op| edit(&|term| term.permutation.swap(a, b), op));
                    }
                    for (other, _) in stand_ins(term.step) {
                        change(Kind::OtherStep, &|op| edit(&|term| term.step = other, op));
                    }
                }
            }
            _ => {}
        }
    }
    for (position, root) in program.roots.iter().enumerate() {
        let mut change = |kind: Kind, change: &dyn Fn(&mut Root)| {
            let mut mutant = program.clone();
            change(&mut mutant.roots[position]);
            all.push(Mutant { kind, step: None, program: mutant });
        };
        for (kind, scale) in wrong_scales(root.scale) {
            change(kind, &|root| root.scale = scale);
        }
        let axes: Vec<AxisId> =
            root.permutation.iter().map(|axis| program.step(root.step).axes[axis.index()]).collect();
        for (a, b) in pairs(axes.len(), |a, b| axes[a] == axes[b]) {
            change(Kind::Permutation, &|root| root.permutation.swap(a, b));
        }
        for (other, step) in program.iter() {
            if other != root.step && step.axes == program.step(root.step).axes {
                change(Kind::OtherStep, &|root| root.step = other);
            }
        }
        if root.project {
            change(Kind::Projection, &|root| root.project = false);
        }
    }
    all
}

/// A random point for a program, at sizes of its own.
fn point(map: &Map, coefficients: &[Vec<AxisId>], seed: u64) -> (Sizes, Arguments) {
    let signature = &map.signature;
    let options = map.options().expect("of a basis");
    let mut sizes = stable_sizes(signature, *options.degrees.end(), options.labels);
    for axis in signature.axis_ids() {
        if signature.axis(axis).dimension.literal().is_none() {
            // Not the sizes of the certificates; a symplectic one stays even.
            let size = &mut sizes.0[axis.index()];
            *size = if signature.axis(axis).group.is_free() { 4 } else { *size + 2 };
        }
    }
    let mut random = Random::seeded(seed);
    let array = |shape: Vec<usize>, random: &mut Random| Tensor {
        data: random.fields(shape.iter().product()),
        shape,
    };
    let arguments = Arguments {
        inputs: signature
            .inputs
            .iter()
            .map(|input| Tensor::random(signature, &input.space.layout(), &sizes, &mut random))
            .collect(),
        coefficients: coefficients.iter().map(|axes| array(sizes.shape(axes), &mut random)).collect(),
        cotangent: Some(array(sizes.shape(&signature.output.layout().slots), &mut random)),
    };
    (sizes, arguments)
}

/// The value of one step: the program whose only result it is, as it is.
fn step_value(program: &Program, step: StepId, sizes: &Sizes, arguments: &Arguments) -> Tensor {
    let permutation = (0..program.step(step).axes.len()).map(SlotId::new).collect();
    let kind = RootKind::Combination;
    let alone = Program {
        roots: vec![Root { kind, step, permutation, scale: Ratio::ONE, theta: None, project: false }],
        ..program.clone()
    };
    alone.evaluate(sizes, arguments).remove(0)
}

/// Mutants of one program: how many the certificates catch, how many compute the same tensor in the changed step, and
/// how many the same results from another tensor.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    caught: usize,
    same_step: usize,
    same_results: usize,
}

fn check(map: &Map, program: &Program, name: &str) -> BTreeMap<Kind, Tally> {
    let holds = |program: &Program| {
        certify::soundness(map, program).holds() && certify::gradient(map, program).holds()
    };
    assert!(holds(program), "{name}: the program itself");
    let (sizes, arguments) = point(map, &program.coefficients, 0x5eed);
    let results = program.evaluate(&sizes, &arguments);
    let mut tallies: BTreeMap<Kind, Tally> = BTreeMap::new();
    for mutant in mutants(program) {
        let tally = tallies.entry(mutant.kind).or_default();
        if !holds(&mutant.program) {
            tally.caught += 1;
            continue;
        }
        let what = format!("{name}: {:?} of {:?} passes:\n{}", mutant.kind, mutant.step, mutant.program);
        assert!(!mutant.kind.always_matters(), "{what}");
        // Missed: then it must be no mistake, at another point and at other sizes.
        assert_eq!(mutant.program.evaluate(&sizes, &arguments), results, "{what}");
        let same_step = mutant.step.is_some_and(|step| {
            let value = |program: &Program| step_value(program, step, &sizes, &arguments);
            value(program) == value(&mutant.program)
        });
        if same_step {
            tally.same_step += 1;
        } else {
            tally.same_results += 1;
        }
    }
    tallies
}

/// Checks members, combination and gradient of every basis; how many mutants of every kind were caught.
fn check_all(rows: &[(&str, usize)]) -> BTreeMap<Kind, usize> {
    let mut all: BTreeMap<Kind, usize> = BTreeMap::new();
    for &(text, degree) in rows {
        let signature = parse_signature(text).expect("parses");
        let basis =
            Basis::new(&signature, &Options::up_to(degree)).unwrap_or_else(|error| panic!("{text}: {error}"));
        let sizes = Sizes::sample(&signature, &[]);
        let map = Map::of_basis(&basis);
        for wanted in [Wanted::Members, Wanted::Terms, Wanted::Combination, Wanted::Gradient] {
            let program = compile_one(&map, &wanted, &sizes);
            let name = format!("{wanted:?}");
            let tallies = check(&map, &program, &format!("{text}, {name}"));
            let caught: usize = tallies.values().map(|tally| tally.caught).sum();
            let missed: usize = tallies.values().map(|tally| tally.same_step + tally.same_results).sum();
            println!(
                "{text}, {name}: {} steps, {caught} caught, {missed} change nothing",
                program.steps.len()
            );
            for (kind, tally) in tallies {
                println!("    {kind:?}: {tally:?}");
                *all.entry(kind).or_default() += tally.caught;
            }
            assert!(caught >= 2 * program.roots.len(), "{text}, {name}: nothing to catch");
        }
    }
    all
}

#[test]
fn a_wrong_step_of_an_orthogonal_program_is_caught() {
    check_all(&[("O(d) * S(n): a: (R^d)^n -> S^d", 4), ("O(3): P: S^3, Q: S^3 -> S^3", 2)]);
}

#[test]
fn a_wrong_step_of_a_symplectic_program_is_caught() {
    let caught = check_all(&[("Sp(4): a: R^4, b: R^4 -> R^4", 3), ("Sp(2): T: T^2(R^2) -> T^2(R^2)", 2)]);
    assert!(caught[&Kind::OrderOfOperands] > 0, "the form is antisymmetric");
}

#[test]
fn a_wrong_step_with_an_epsilon_is_caught() {
    let caught =
        check_all(&[("SO(3): a: R^3, P: S^3 -> S^3", 2), ("SO(2): a: R^2, A: T^2(R^2) -> T^2(R^2)", 2)]);
    assert!(caught[&Kind::LabelsOfOperand] > 0, "the epsilon is antisymmetric");
}

#[test]
fn a_wrong_step_of_a_lorentz_program_is_caught() {
    check_all(&[("O(1,3): a: R^4, F: Alt^2(R^4) -> R^4", 3)]);
}

#[test]
fn a_wrong_step_over_labels_is_caught() {
    check_all(&[
        ("S(n): x: (R)^n -> (R)^n", 3),
        ("O(d): a: (R^d)^n -> S^d", 3),
        ("O(d): a: (R^d)^n -> (R^d)^n", 1),
        ("O(3) * Sp(2): X: R^3 (x) R^2 -> T^2(R^3)", 2),
    ]);
}
