//! What is compiled: members, their combination, and its gradients, each as one extracted program.

use std::collections::BTreeSet;

use super::assemble::{Extraction, Wanted as WantedRoot, assemble};
use super::budget::{Budget, MANY_TERMS, MAX_TERMS};
use super::classes::Classes;
use super::conditioning::{Conditioning, is_indefinite};
use super::derivative::{derivatives, with_cotangent, without};
use super::linear::{LinearRoot, TermGraph, linear_roots};
use super::reverse::reverse;
use super::roots::{has_symmetry, open_output};
use crate::diagram::{Graph, InputId, MemberId, Node, Shapes, with_coefficient, without_output};
use crate::map::{Map, Member};
use crate::program::{Program, RootKind};
use crate::signature::{AxisId, Layout, Sizes};

/// The results of one program; they share all work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// Every member, as [`RootKind::Member`]: with its array of coefficients, but without a number in front.
    Members,
    /// Every member times its coefficient, as [`RootKind::Term`].
    Terms,
    /// Every member of a scalar map as the array over its free labels, as [`RootKind::Array`].
    Arrays,
    /// `sum_b c_b T_b`, as [`RootKind::Combination`].
    Combination,
    /// The combination, the gradient of `<cotangent, combination>` in all inputs, and that in all coefficients that are
    /// given.
    Gradient,
    /// The gradient of a scalar combination in all inputs, without a cotangent, which would be 1.
    UnitGradient,
    /// The gradient in the coefficients that are given.
    CoefficientGradient,
    /// The gradient in these inputs alone.
    InputGradient(Vec<usize>),
}

impl Wanted {
    /// What is compiled of a map whose coefficients are given.
    pub const ALL_OF_GIVEN: [Wanted; 4] =
        [Wanted::Members, Wanted::Combination, Wanted::Gradient, Wanted::CoefficientGradient];
}

/// A map with its programs.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The map.
    pub map: Map,
    /// What programs were chosen by.
    pub objective: Objective,
    programs: Vec<(Wanted, Program)>,
}

impl Programs {
    /// The program of some results, if it was compiled.
    pub fn get(&self, wanted: &Wanted) -> Option<&Program> {
        self.programs.iter().find(|(other, _)| other == wanted).map(|(_, program)| program)
    }

    /// All programs, in the order in which they were asked for.
    pub fn iter(&self) -> impl Iterator<Item = &(Wanted, Program)> {
        self.programs.iter()
    }
}

/// What programs are chosen by. Sizes alone are an objective: the default one at these sizes.
///
/// ```
/// use eqt_ir::basis::{Basis, Options};
/// use eqt_ir::map::Map;
/// use eqt_ir::optimise::{Objective, Wanted, compile_one};
/// use eqt_ir::signature::{Sizes, parse_signature};
///
/// // sum_ij <p_i, p_j>^2 of twenty momenta: by inner products of pairs, or, faster, by sum_i p_i p_i^T.
/// let signature = parse_signature("O(1,3) * S(n): p: (R^4)^n -> R")?;
/// let sizes = Sizes::sample(&signature, &[("n".to_owned(), 20)]);
/// let map = Map::of_basis(&Basis::new(&signature, &Options::exactly(4))?);
/// let cost = |objective: Objective| compile_one(&map, &Wanted::Members, objective).cost().at(&sizes);
/// assert!(cost(Objective::from(&sizes)) > cost(Objective::fast(&sizes)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objective {
    /// The sample at which multiply-adds are compared.
    pub sizes: Sizes,
    /// Whether multiply-adds are all that counts. Otherwise, under forms that are not definite, programs are left out whose
    /// sums cancel more than those of others: in which terms grow with a higher power of a boost than they have to.
    pub fast: bool,
}

impl Objective {
    /// The least multiply-adds at these sizes.
    pub fn fast(sizes: &Sizes) -> Objective {
        Objective { sizes: sizes.clone(), fast: true }
    }
}

impl From<&Sizes> for Objective {
    fn from(sizes: &Sizes) -> Objective {
        Objective { sizes: sizes.clone(), fast: false }
    }
}

impl From<&Objective> for Objective {
    fn from(objective: &Objective) -> Objective {
        objective.clone()
    }
}

/// Compiles a map into one program per entry of `wanted`; `objective` says by what programs are chosen, for instance the sample
/// of the sizes at which costs are compared.
///
/// ```
/// use eqt_ir::basis::{Basis, Options};
/// use eqt_ir::map::Map;
/// use eqt_ir::optimise::{Wanted, compile};
/// use eqt_ir::signature::{Sizes, parse_signature};
///
/// let signature = parse_signature("O(d) * S(n): a: (R^d)^n -> S^d")?;
/// let sizes = Sizes::sample(&signature, &[("d".to_owned(), 5), ("n".to_owned(), 100)]);
/// let map = Map::of_basis(&Basis::new(&signature, &Options::up_to(4))?);
/// let programs = compile(&map, &[Wanted::Combination], &sizes);
/// let combination = programs.get(&Wanted::Combination).ok_or("not compiled")?;
/// assert_eq!(combination.cost().at(&sizes), 8_271);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compile(map: &Map, wanted: &[Wanted], objective: impl Into<Objective>) -> Programs {
    let objective = objective.into();
    let compiler = Compiler::new(map, &objective);
    let mut programs: Vec<(Wanted, Program)> = Vec::new();
    for wanted in wanted {
        if !programs.iter().any(|(other, _)| other == wanted) {
            programs.push((wanted.clone(), compiler.program(wanted)));
        }
    }
    Programs { map: map.clone(), objective, programs }
}

/// One program; see [`compile`].
pub fn compile_one(map: &Map, wanted: &Wanted, objective: impl Into<Objective>) -> Program {
    Compiler::new(map, &objective.into()).program(wanted)
}

/// One program, and the limits that the search for it met; see [`compile`].
pub fn compile_reported(
    map: &Map,
    wanted: &Wanted,
    objective: impl Into<Objective>,
) -> (Program, BTreeSet<Budget>) {
    let objective = objective.into();
    Compiler::new(map, &objective).reported(wanted)
}

/// An e-graph with all ways to compute what is wanted.
pub(super) struct Saturated<'a> {
    classes: Classes<'a>,
    wanted: Vec<WantedRoot>,
    pub(super) extraction: Extraction,
}

impl<'a> Saturated<'a> {
    fn new(mut classes: Classes<'a>, wanted: Vec<WantedRoot>, fast: bool) -> Saturated<'a> {
        classes.generalise();
        let roots: Vec<egg::Id> = wanted.iter().map(|wanted| wanted.reference.class).collect();
        let conditioning = Conditioning { egraph: &classes.egraph, shapes: classes.shapes };
        let conditioning = Some(&conditioning).filter(|_| !fast && is_indefinite(classes.shapes));
        let extraction = Extraction::new(&classes.egraph, &roots, classes.sizes, conditioning);
        Saturated { classes, wanted, extraction }
    }
}

/// Compiles one map.
#[derive(Clone)]
pub(super) struct Compiler<'a> {
    pub(super) map: &'a Map,
    pub(super) sizes: &'a Sizes,
    fast: bool,
    /// Combinations of more terms than this are summed up term by term.
    most_terms: usize,
    pub(super) shapes: Shapes,
    pub(super) output: Layout,
    /// The axes of every coefficient.
    coefficients: Vec<Vec<AxisId>>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(map: &'a Map, objective: &'a Objective) -> Compiler<'a> {
        let shapes = Shapes::new(&map.signature);
        let coefficients = map.coefficients.iter().map(|coefficient| coefficient.axes.clone()).collect();
        let &Objective { ref sizes, fast } = objective;
        let output = map.signature.output.layout();
        Compiler { map, sizes, fast, most_terms: MAX_TERMS, shapes, output, coefficients }
    }

    fn program(&self, wanted: &Wanted) -> Program {
        self.reported(wanted).0
    }

    /// The program, and the limits that the search for it met. Of what is large the search may find less than what is simpler.
    fn reported(&self, wanted: &Wanted) -> (Program, BTreeSet<Budget>) {
        let saturated = self.saturated(wanted);
        let mut best = self.extract(&saturated);
        let met = saturated.classes.met;
        let mut simpler = Vec::new();
        let terms: usize = self.map.members.iter().map(|member| member.terms.len()).sum();
        if terms > MANY_TERMS && self.most_terms > MANY_TERMS && *wanted == Wanted::Combination {
            simpler.push(Compiler { most_terms: MANY_TERMS, ..self.clone() }.program(wanted));
        }
        // Where sums cancel reverse mode is no candidate: its terms are not measured.
        if *wanted == Wanted::Gradient && !met.is_empty() && (self.fast || !is_indefinite(&self.shapes)) {
            simpler.extend(reverse(&self.program(&Wanted::Combination), self.map));
        }
        for program in simpler {
            debug_assert_eq!(crate::program::verify(&program), Ok(()), "{program}");
            if program.cost().at(self.sizes) < best.cost().at(self.sizes) {
                best = program;
            }
        }
        (best, met)
    }

    pub(super) fn saturated(&self, wanted: &Wanted) -> Saturated<'_> {
        let mut classes = Classes::new(&self.shapes, self.sizes);
        classes.most_terms = self.most_terms;
        let with_cotangent = |graph: &Graph| with_cotangent(graph);
        let roots = match wanted {
            Wanted::Members => self.members(&mut classes, RootKind::Member),
            Wanted::Terms => self.members(&mut classes, RootKind::Term),
            Wanted::Arrays => self.arrays(&mut classes),
            Wanted::Combination => linear_roots(&mut classes, vec![self.combination()]),
            Wanted::Gradient => {
                // A derivative of a diagram is a sum of diagrams: the output becomes the cotangent, and one occurrence of
                // what is derived for is taken out, its slots being the new output. All goes into the same e-graph.
                let mut linear = vec![self.combination()];
                linear.extend(self.input_gradients(&self.all_inputs(), with_cotangent));
                let mut roots = linear_roots(&mut classes, linear);
                roots.extend(self.coefficient_gradients(&mut classes, with_cotangent));
                roots
            }
            Wanted::UnitGradient => {
                let linear = self.input_gradients(&self.all_inputs(), without_output);
                linear_roots(&mut classes, linear)
            }
            Wanted::CoefficientGradient => self.coefficient_gradients(&mut classes, with_cotangent),
            Wanted::InputGradient(inputs) => {
                let linear = self.input_gradients(inputs, with_cotangent);
                linear_roots(&mut classes, linear)
            }
        };
        Saturated::new(classes, roots, self.fast)
    }

    pub(super) fn all_inputs(&self) -> Vec<usize> {
        (0..self.map.signature.inputs.len()).collect()
    }

    /// The terms of a member as graphs with their constants: arrays of coefficients are factors of the graph, numbers are
    /// left to `theta`.
    pub(super) fn terms(&self, member: &Member, theta: Option<MemberId>) -> Vec<TermGraph> {
        let array = !self.coefficients[member.coefficient].is_empty();
        let graph = |graph: &Graph| match array {
            true => with_coefficient(graph, &self.shapes, MemberId::new(member.coefficient)),
            false => graph.clone(),
        };
        let terms = member.terms.iter();
        terms.map(|term| TermGraph { scale: term.scale, theta, graph: graph(&term.graph) }).collect()
    }

    /// The coefficient of a member, if it is a number; an array is a factor of the diagram instead.
    pub(super) fn theta(&self, member: &Member) -> Option<MemberId> {
        self.coefficients[member.coefficient].is_empty().then_some(MemberId::new(member.coefficient))
    }

    /// Every member as a root of its own, times its coefficient if `kind` is [`RootKind::Term`].
    fn members(&self, classes: &mut Classes<'_>, kind: fn(usize) -> RootKind) -> Vec<WantedRoot> {
        let members = self.map.members.iter().enumerate();
        members
            .flat_map(|(index, member)| {
                let kind = kind(index);
                let theta = self.theta(member).filter(|_| matches!(kind, RootKind::Term(_)));
                match &self.terms(member, None)[..] {
                    [term] => {
                        let open = open_output(&term.graph, &self.output.slots);
                        vec![WantedRoot {
                            kind,
                            reference: classes.intern(&open),
                            scale: term.scale,
                            theta: theta.map(MemberId::index),
                            project: !has_symmetry(&open, &self.shapes, &self.output),
                        }]
                    }
                    _ => {
                        let terms = self.terms(member, theta);
                        linear_roots(classes, vec![LinearRoot { kind, layout: self.output.clone(), terms }])
                    }
                }
            })
            .collect()
    }

    /// The members of a scalar map as arrays over their free labels: the derivatives of `sum_b <c_b, T_b>` in c_b.
    fn arrays(&self, classes: &mut Classes<'_>) -> Vec<WantedRoot> {
        let mut roots = self.coefficient_gradients(classes, without_output);
        for root in &mut roots {
            if let RootKind::CoefficientGradient(coefficient) = root.kind {
                root.kind = RootKind::Array(coefficient);
            }
        }
        roots
    }

    fn combination(&self) -> LinearRoot {
        let terms = self.map.members.iter().flat_map(|member| self.terms(member, self.theta(member)));
        LinearRoot { kind: RootKind::Combination, layout: self.output.clone(), terms: terms.collect() }
    }

    /// The gradients of the sum of all members, as closed graphs, in some inputs.
    pub(super) fn input_gradients(
        &self,
        inputs: &[usize],
        close: impl Fn(&Graph) -> Graph,
    ) -> Vec<LinearRoot> {
        let closed = |member: &Member| {
            let mut terms = self.terms(member, self.theta(member));
            terms.iter_mut().for_each(|term| term.graph = close(&term.graph));
            terms
        };
        let closed: Vec<TermGraph> = self.map.members.iter().flat_map(closed).collect();
        inputs
            .iter()
            .map(|&input| {
                let layout = self.map.signature.inputs[input].space.layout();
                let mut terms = Vec::new();
                for term in &closed {
                    for (graph, sign) in derivatives(&term.graph, InputId::new(input), &self.shapes) {
                        let scale = term.scale.signed(sign);
                        terms.push(TermGraph { scale, theta: term.theta, graph });
                    }
                }
                LinearRoot { kind: RootKind::InputGradient(input), layout, terms }
            })
            .collect()
    }

    /// The gradients of the sum of all members, as closed graphs, in all coefficients that are given.
    pub(super) fn coefficient_gradients(
        &self,
        classes: &mut Classes<'_>,
        close: impl Fn(&Graph) -> Graph,
    ) -> Vec<WantedRoot> {
        let mut roots = Vec::new();
        for member in self.map.members.iter() {
            let coefficient = &self.map.coefficients[member.coefficient];
            if !coefficient.given {
                continue;
            }
            let axes = &coefficient.axes;
            let mut terms = self.terms(member, None);
            for term in &mut terms {
                term.graph = self.without_coefficient(member, &close(&term.graph));
            }
            let kind = RootKind::CoefficientGradient(member.coefficient);
            if let [term] = &terms[..] {
                let reference = classes.intern(&open_output(&term.graph, axes));
                roots.push(WantedRoot { kind, reference, scale: term.scale, theta: None, project: false });
            } else {
                let layout = Layout { slots: axes.clone(), ..Layout::default() };
                roots.extend(linear_roots(classes, vec![LinearRoot { kind, layout, terms }]));
            }
        }
        roots
    }

    /// Whether the caller gives the coefficient of a member.
    pub(super) fn is_given(&self, member: &Member) -> bool {
        self.map.coefficients[member.coefficient].given
    }

    /// The derivatives of the terms of a member in its coefficient, each with the axes of its output.
    pub(super) fn coefficient_derivatives(
        &self,
        member: &Member,
        close: impl Fn(&Graph) -> Graph,
    ) -> Vec<(Graph, &[AxisId])> {
        let axes = &self.map.coefficients[member.coefficient].axes;
        let terms = self.terms(member, None);
        terms.iter().map(|term| (self.without_coefficient(member, &close(&term.graph)), &axes[..])).collect()
    }

    /// A graph without the array of coefficients of its member, whose labels become the output; as it is, if the
    /// coefficient is a number.
    fn without_coefficient(&self, member: &Member, graph: &Graph) -> Graph {
        let array = Node::Coefficient(MemberId::new(member.coefficient));
        graph.find(array).map_or_else(|| graph.clone(), |node| without(graph, node, &self.shapes).0)
    }

    /// The best program in an e-graph.
    fn extract(&self, saturated: &Saturated<'_>) -> Program {
        let Saturated { classes, wanted, extraction } = saturated;
        let program = assemble(
            &self.map.signature,
            &self.coefficients,
            &classes.egraph,
            &classes.known,
            extraction,
            &extraction.problem.solve(),
            wanted,
        );
        debug_assert_eq!(crate::program::verify(&program), Ok(()), "{program}");
        program
    }
}
