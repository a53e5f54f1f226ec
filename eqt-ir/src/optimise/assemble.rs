//! From a saturated e-graph to a program: extraction problem, solution, steps.

use std::collections::{BTreeMap, BTreeSet};

use egg::{EGraph, Id};

use super::classes::{Class, Reference};
use super::conditioning::Conditioning;
use super::extract::{Choice, Problem, Solution};
use super::language::{ENode, Leaf};
use super::node_cost::{is_delta_leaf, node_cost};
use crate::diagram::{MemberId, Notation, Style};
use crate::program::{Einsum, Op, Operand, Program, Ratio, Root, RootKind, Step, StepId, Term};
use crate::signature::{AxisId, Signature, Sizes};

/// A result to be extracted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) kind: RootKind,
    pub(super) reference: Reference,
    pub(super) scale: Ratio,
    /// The number among the coefficients that multiplies it.
    pub(super) theta: Option<usize>,
    pub(super) project: bool,
}

/// The e-graph as an extraction problem; `ids[k]` is the e-class of class k.
pub(super) struct Extraction {
    pub(super) problem: Problem,
    ids: Vec<Id>,
    index: BTreeMap<Id, u32>,
}

impl Extraction {
    /// The problem of roots, at some sizes; with `conditioning`, of the programs that it leaves.
    pub(super) fn new(
        egraph: &EGraph<ENode, ()>,
        roots: &[Id],
        sizes: &Sizes,
        conditioning: Option<&Conditioning<'_>>,
    ) -> Extraction {
        let mut ids: Vec<Id> = egraph.classes().map(|class| class.id).collect();
        ids.sort_unstable();
        let index: BTreeMap<Id, u32> = ids.iter().enumerate().map(|(at, &id)| (id, at as u32)).collect();
        let is_delta = |id: Id| egraph[egraph.find(id)].nodes.iter().any(is_delta_leaf);
        let classes = ids
            .iter()
            .map(|&id| {
                let mut choices: Vec<Choice> = Vec::new();
                for (node_index, node) in egraph[id].nodes.iter().enumerate() {
                    let mut children: Vec<u32> = egg::Language::children(node)
                        .iter()
                        .map(|&child| index[&egraph.find(child)])
                        .collect();
                    children.sort_unstable();
                    children.dedup();
                    if children.contains(&index[&id]) {
                        continue;
                    }
                    choices.push(Choice {
                        cost: node_cost(node, sizes, is_delta),
                        children,
                        node: node_index,
                    });
                }
                choices
            })
            .collect();
        let roots = roots.iter().map(|&root| index[&egraph.find(root)]).collect();
        let mut problem = Problem { classes, roots };
        if let Some(conditioning) = conditioning {
            conditioning.restrict(&mut problem, &ids, |id| index[&egraph.find(id)] as usize);
        }
        Extraction { problem, ids, index }
    }
}

/// Builds the program of a solution.
pub(super) fn assemble(
    signature: &Signature,
    coefficients: &[Vec<AxisId>],
    egraph: &EGraph<ENode, ()>,
    known: &BTreeMap<Id, Class>,
    extraction: &Extraction,
    solution: &Solution,
    wanted: &[Wanted],
) -> Program {
    let mut described: BTreeMap<Id, &Class> = BTreeMap::new();
    for (&id, class) in known {
        described.insert(egraph.find(id), class);
    }
    let mut builder = Builder {
        signature,
        coefficients,
        notation: Notation::new(signature, Style::Text),
        egraph,
        described,
        extraction,
        solution,
        done: BTreeMap::new(),
        steps: Vec::new(),
        members: Vec::new(),
    };
    let roots = wanted
        .iter()
        .map(|wanted| {
            let (step, sign) = builder.step(egraph.find(wanted.reference.class));
            Root {
                kind: wanted.kind,
                step,
                permutation: wanted.reference.permutation.clone(),
                scale: wanted.scale.signed(sign * wanted.reference.sign),
                theta: wanted.theta,
                project: wanted.project,
            }
        })
        .collect();
    Program { coefficients: coefficients.to_vec(), steps: builder.steps, roots, ..Program::empty(signature) }
}

/// `1..3, 7`.
fn ranges(numbers: &BTreeSet<usize>) -> String {
    let numbers: Vec<usize> = numbers.iter().copied().collect();
    let ranges = numbers.chunk_by(|a, b| a + 1 == *b).map(|range| match range {
        [first, .., last] => format!("{first}..{last}"),
        [only] => only.to_string(),
        [] => String::new(),
    });
    ranges.collect::<Vec<_>>().join(", ")
}

struct Builder<'a> {
    signature: &'a Signature,
    coefficients: &'a [Vec<AxisId>],
    notation: Notation<'a>,
    egraph: &'a EGraph<ENode, ()>,
    described: BTreeMap<Id, &'a Class>,
    extraction: &'a Extraction,
    solution: &'a Solution,
    /// Steps hold their class up to a sign, which the readers take on.
    done: BTreeMap<Id, (StepId, i8)>,
    steps: Vec<Step>,
    /// By step, the members whose coefficients it holds.
    members: Vec<BTreeSet<usize>>,
}

impl Builder<'_> {
    /// The members whose coefficients an operation holds, or what it reads.
    fn members_of(&self, op: &Op) -> BTreeSet<usize> {
        let of = |step: StepId| self.members[step.index()].iter().copied();
        match op {
            Op::Einsum(einsum) => einsum.operands.iter().flat_map(|operand| of(operand.step)).collect(),
            Op::Linear(terms) => terms.iter().flat_map(|term| of(term.step).chain(term.theta)).collect(),
            _ => BTreeSet::new(),
        }
    }

    fn step(&mut self, id: Id) -> (StepId, i8) {
        if let Some(&done) = self.done.get(&id) {
            return done;
        }
        let at = self.extraction.index[&id];
        debug_assert_eq!(self.extraction.ids[at as usize], id);
        let choice = self.solution[at as usize].expect("a class that is read has been chosen");
        let choice = &self.extraction.problem.classes[at as usize][choice as usize];
        let node = self.egraph[id].nodes[choice.node].clone();
        let (op, axes, sign) = match node {
            ENode::Leaf(leaf) => (leaf_op(leaf), self.leaf_axes(leaf), 1),
            ENode::Einsum(spec, children) => {
                let mut sign = if spec.negative { -1 } else { 1 };
                let operands = children
                    .iter()
                    .zip(&spec.operands)
                    .map(|(&child, labels)| {
                        let (step, child_sign) = self.step(self.egraph.find(child));
                        sign *= child_sign;
                        Operand { step, labels: labels.clone() }
                    })
                    .collect();
                let axes = spec.output.iter().map(|label| spec.axes[label.index()]).collect();
                let output = spec.output.clone();
                (Op::Einsum(Einsum { axes: spec.axes.clone(), operands, output }), axes, sign)
            }
            ENode::Modulo(_, [child]) => {
                let done = self.step(self.egraph.find(child));
                self.done.insert(id, done);
                return done;
            }
            ENode::Linear(axes, terms, children) => {
                let terms = children
                    .iter()
                    .zip(terms)
                    .map(|(&child, term)| {
                        let (step, sign) = self.step(self.egraph.find(child));
                        Term {
                            scale: term.scale.signed(sign),
                            theta: term.theta.map(MemberId::index),
                            step,
                            permutation: term.permutation.clone(),
                        }
                    })
                    .collect();
                (Op::Linear(terms), axes, 1)
            }
        };
        let members = self.members_of(&op);
        let formula = match (self.described.get(&id), &op) {
            (Some(class), _) if !class.graph.nodes.is_empty() => self.notation.formula(&class.graph),
            (_, Op::Input(input)) => self.signature.inputs[*input].name.clone(),
            _ if !members.is_empty() => format!("terms {}", ranges(&members)),
            (_, op) => op.name().to_owned(),
        };
        let step = StepId::new(self.steps.len());
        self.steps.push(Step { axes, op, formula });
        self.members.push(members);
        self.done.insert(id, (step, sign));
        (step, sign)
    }

    fn leaf_axes(&self, leaf: Leaf) -> Vec<AxisId> {
        match leaf {
            Leaf::Input(input) => self.signature.inputs[input.index()].space.layout().slots,
            Leaf::Cotangent => self.signature.output.layout().slots,
            Leaf::Delta(axis) => vec![axis; 2],
            Leaf::Epsilon(axis) => {
                let legs = self.signature.axis(axis).dimension.literal();
                vec![axis; legs.expect("the axis of an epsilon has a literal dimension")]
            }
            Leaf::Ones(axis) => vec![axis],
            Leaf::One => Vec::new(),
            Leaf::Coefficient(member) => self.coefficients[member.index()].clone(),
        }
    }
}

fn leaf_op(leaf: Leaf) -> Op {
    match leaf {
        Leaf::Input(input) => Op::Input(input.index()),
        Leaf::Coefficient(member) => Op::Coefficient(member.index()),
        Leaf::Cotangent => Op::Cotangent,
        Leaf::Epsilon(axis) => Op::Epsilon(axis),
        Leaf::Delta(axis) => Op::Delta(axis),
        Leaf::Ones(axis) => Op::Ones(axis),
        Leaf::One => Op::One,
    }
}
