//! What is compiled: the members, their combination, and its gradients, each as one extracted program.

use std::collections::BTreeMap;

use super::assemble::{Extraction, Wanted, assemble};
use super::classes::{Classes, Reference};
use super::combine::{Combiner, Summand, frame_of_legs, legs_of_frame};
use super::roots::{has_symmetry, open_output};
use super::{Polynomial, Program, Ratio, RootKind};
use crate::basis::{Basis, Element};
use crate::diagram::graph::is_factor;
use crate::diagram::{End, Graph, Node, Shapes, canonicalise, with_coefficient};
use crate::signature::{AxisId, Layout, Signature, Sizes, SlotSymmetry};
use crate::tensor::arrangement_sign;

/// A basis with its programs.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The basis.
    pub basis: Basis,
    /// One root per member: its value.
    pub members: Program,
    /// The root `sum_b theta_b T_b`.
    pub combination: Program,
    /// The combination together with its gradient in all inputs and coefficients.
    pub gradient: Program,
    /// The gradient in the coefficients alone.
    pub coefficient_gradient: Program,
}

/// Multiply-adds of a basis with and without the simplifier.
#[derive(Clone, Debug)]
pub struct Macs {
    /// Every diagram summed over all its indices at once.
    pub naive: Polynomial,
    /// Every diagram by its own best contraction tree at the sample sizes, nothing shared.
    pub independent: u64,
}

/// Compiles a basis; `sizes` is the sample at which costs are compared.
pub fn compile(basis: &Basis, sizes: &Sizes) -> Compiled {
    let compiler = Compiler::new(basis, sizes);
    Compiled {
        basis: basis.clone(),
        members: compiler.members(),
        combination: compiler.combination(),
        gradient: compiler.gradient(true),
        coefficient_gradient: compiler.gradient(false),
    }
}

/// The costs of a basis without sharing.
pub fn macs(basis: &Basis, sizes: &Sizes) -> Macs {
    let compiler = Compiler::new(basis, sizes);
    let mut naive = Polynomial::zero(&basis.signature);
    let mut independent = 0_u64;
    for member in 0..basis.elements.len() {
        naive = naive.plus(&compiler.naive(member));
        independent = independent.saturating_add(compiler.tree_cost(member));
    }
    Macs { naive, independent }
}

/// Compiles parts of a basis.
pub struct Compiler<'a> {
    pub(super) signature: &'a Signature,
    pub(super) elements: &'a [Element],
    pub(super) sizes: &'a Sizes,
    pub(super) shapes: Shapes,
    pub(super) output: Layout,
    pub(super) coefficients: Vec<Vec<AxisId>>,
}

/// A root that is a linear combination.
pub(super) struct LinearRoot {
    pub(super) kind: RootKind,
    pub(super) layout: Layout,
    pub(super) terms: Vec<TermGraph>,
}

/// A term of a combination: `scale * theta * graph`; the graph has an output node.
pub(super) struct TermGraph {
    pub(super) scale: Ratio,
    pub(super) theta: Option<u16>,
    pub(super) graph: Graph,
}

impl<'a> Compiler<'a> {
    /// A compiler of one basis at sample sizes.
    pub fn new(basis: &'a Basis, sizes: &'a Sizes) -> Compiler<'a> {
        let shapes = Shapes::new(&basis.signature);
        let coefficients = basis
            .elements
            .iter()
            .map(|element| {
                element
                    .diagram
                    .free_labels(&shapes)
                    .into_iter()
                    .filter_map(|node| match element.diagram.graph.nodes[usize::from(node)] {
                        Node::Spider(axis) => Some(axis),
                        _ => None,
                    })
                    .collect()
            })
            .collect();
        let (signature, elements) = (&basis.signature, &basis.elements[..]);
        Compiler { signature, elements, sizes, shapes, output: signature.output.layout(), coefficients }
    }

    /// The diagram of a member with its coefficient array, if labels are free.
    pub(super) fn member_graph(&self, member: usize) -> Graph {
        let graph = &self.elements[member].diagram.graph;
        if self.coefficients[member].is_empty() {
            graph.clone()
        } else {
            with_coefficient(graph, &self.shapes, member as u16)
        }
    }

    /// Every member as a root of its own.
    pub fn members(&self) -> Program {
        let mut classes = Classes::new(&self.shapes, self.sizes);
        let wanted: Vec<Wanted> = (0..self.elements.len())
            .map(|member| {
                let open = open_output(&self.member_graph(member), &self.output.slots);
                Wanted {
                    kind: RootKind::Member(member),
                    reference: classes.intern(&open),
                    scale: Ratio::ONE,
                    project: !has_symmetry(&open, &self.shapes, &self.output),
                }
            })
            .collect();
        self.extract(classes, wanted)
    }

    /// The combination of all members as one root.
    pub fn combination(&self) -> Program {
        let mut classes = Classes::new(&self.shapes, self.sizes);
        let wanted = self.linear(&mut classes, vec![self.wanted_combination()]);
        self.extract(classes, wanted)
    }

    fn wanted_combination(&self) -> LinearRoot {
        let terms = (0..self.elements.len())
            .map(|member| TermGraph {
                scale: Ratio::ONE,
                theta: self.theta(member),
                graph: self.member_graph(member),
            })
            .collect();
        LinearRoot { kind: RootKind::Combination, layout: self.output.clone(), terms }
    }

    /// The scalar coefficient of a member; an array is a factor of the diagram instead.
    fn theta(&self, member: usize) -> Option<u16> {
        self.coefficients[member].is_empty().then_some(member as u16)
    }

    /// The gradient of `<cotangent, sum_b theta_b T_b>` with respect to all coefficients and, with `inputs`, the
    /// combination itself and its gradient with respect to every input.
    ///
    /// A derivative of a diagram is a sum of diagrams: the output becomes the cotangent, and one occurrence of what is
    /// derived for is taken out, its slots being the new output. So everything goes into the same e-graph.
    pub fn gradient(&self, inputs: bool) -> Program {
        let mut classes = Classes::new(&self.shapes, self.sizes);
        let mut linear = Vec::new();
        if inputs {
            linear.push(self.wanted_combination());
            linear.extend(self.input_gradients(|member| with_cotangent(&self.member_graph(member))));
        }
        let mut wanted = self.linear(&mut classes, linear);
        wanted.extend(
            self.coefficient_gradients(&mut classes, |member| with_cotangent(&self.member_graph(member))),
        );
        self.extract(classes, wanted)
    }

    /// The gradients of the sum of some closed graphs, one per member with its coefficient, in all inputs.
    pub(super) fn input_gradients(&self, graph: impl Fn(usize) -> Graph) -> Vec<LinearRoot> {
        let graphs: Vec<Graph> = (0..self.elements.len()).map(graph).collect();
        let inputs = self.signature.inputs.iter().enumerate();
        inputs
            .map(|(input, described)| {
                let layout = described.space.layout();
                let mut terms = Vec::new();
                for (member, graph) in graphs.iter().enumerate() {
                    for (node, kind) in graph.nodes.iter().enumerate() {
                        if *kind == Node::Input(input as u8) {
                            let (graph, sign) = self.without(graph, node as u8, layout.slots.len());
                            let scale = Ratio::new(sign, 1);
                            terms.push(TermGraph { scale, theta: self.theta(member), graph });
                        }
                    }
                }
                LinearRoot { kind: RootKind::InputGradient(input), layout, terms }
            })
            .collect()
    }

    /// The gradients of the sum of some closed graphs, one per member with its coefficient, in all coefficients.
    pub(super) fn coefficient_gradients(
        &self,
        classes: &mut Classes<'_>,
        graph: impl Fn(usize) -> Graph,
    ) -> Vec<Wanted> {
        let gradient = |member: usize| {
            let mut graph = graph(member);
            let axes = &self.coefficients[member];
            if !axes.is_empty() {
                let coefficient = Node::Coefficient(member as u16);
                let node = graph.nodes.iter().position(|kind| *kind == coefficient).unwrap_or(0);
                graph = self.without(&graph, node as u8, axes.len()).0;
            }
            let reference = classes.intern(&open_output(&graph, axes));
            let kind = RootKind::CoefficientGradient(member);
            Wanted { kind, reference, scale: Ratio::ONE, project: false }
        };
        (0..self.elements.len()).map(gradient).collect()
    }

    /// Takes an occurrence out: what its slots were joined to becomes the output. Wires are turned so that the form is
    /// read towards the new output, which is lowered in the end; the sign is that of the turns.
    pub(super) fn without(&self, graph: &Graph, node: u8, slots: usize) -> (Graph, i64) {
        let mut sign = 1;
        let mut result = graph.clone();
        let kind = graph.nodes[usize::from(node)];
        result.nodes[usize::from(node)] = Node::Output;
        debug_assert!(slots <= graph.degree(node));
        for wire in &graph.wires {
            let kinds = (graph.nodes[usize::from(wire.from.node)], graph.nodes[usize::from(wire.to.node)]);
            let axis = self.shapes.slot(kinds.0, wire.from.slot).axis;
            let oriented = self.shapes.is_oriented(kinds.0, kinds.1, axis);
            // x^a F_ab y^b = -(y^b F_ba x^a); a loop x^ab F_ab has the gradient F_ab = (F^T F^-1 F)^T_ab.
            if oriented && wire.from.node == node && kind != Node::Output {
                sign = -sign;
            }
        }
        (result, sign)
    }

    /// Linear combinations as roots. Terms are taken up to the symmetry of the space, which the root restores.
    pub(super) fn linear(&self, classes: &mut Classes<'_>, roots: Vec<LinearRoot>) -> Vec<Wanted> {
        let mut combinations = Vec::new();
        let mut projected = Vec::new();
        let mut single: Vec<Option<(Reference, Ratio)>> = Vec::new();
        for LinearRoot { layout, terms, .. } in &roots {
            let shapes = self.shapes.with_output(layout);
            let mut merged: BTreeMap<(Option<u16>, Graph), Ratio> = BTreeMap::new();
            for term in terms {
                let canonical = canonicalise(&term.graph, &shapes);
                let sum = merged.entry((term.theta, canonical.graph)).or_insert(Ratio::new(0, 1));
                *sum = sum.plus(term.scale.times(Ratio::new(canonical.sign.into(), 1)));
            }
            merged.retain(|_, scale| scale.numerator != 0);
            let mut project = false;
            let mut forms: Vec<Vec<Summand>> = Vec::new();
            for ((theta, graph), scale) in merged {
                let open = open_output(&graph, &layout.slots);
                project |= !has_symmetry(&open, &self.shapes, layout);
                let framed = frame_of_legs(&open);
                let term = |(form, sign): (Graph, i8)| {
                    let canonical = canonicalise(&form, &self.shapes);
                    let sign = i64::from(sign * canonical.labelling_sign);
                    Summand { graph: canonical.graph, theta, scale: scale.times(Ratio::new(sign, 1)) }
                };
                forms.push(symmetric_forms(&framed, layout).into_iter().map(term).collect());
            }
            // A single diagram needs no sum.
            single.push(match &forms[..] {
                [forms] if theta_free(forms) => {
                    let open = legs_of_frame(&forms[0].graph, classes.shapes);
                    Some((classes.intern(&open), forms[0].scale))
                }
                _ => None,
            });
            combinations.push((layout.slots.clone(), forms));
            projected.push(project);
        }
        let classes = Combiner::new(classes, self.sizes).roots(combinations);
        roots
            .into_iter()
            .zip(single)
            .zip(classes.into_iter().zip(projected))
            .map(|((root, single), ((class, scale), project))| {
                let permutation = (0..root.layout.slots.len() as u8).collect();
                let summed = (Reference { class, permutation, sign: 1 }, scale);
                let (reference, scale) = single.unwrap_or(summed);
                Wanted { kind: root.kind, reference, scale, project }
            })
            .collect()
    }

    pub(super) fn extract(&self, mut classes: Classes<'_>, wanted: Vec<Wanted>) -> Program {
        classes.generalise();
        let roots: Vec<egg::Id> = wanted.iter().map(|wanted| wanted.reference.class).collect();
        let extraction = Extraction::new(&classes.egraph, &roots, self.sizes);
        #[cfg(test)]
        super::exact_tests::record(&extraction.problem);
        let solution = extraction.problem.solve();
        let program = assemble(
            self.signature,
            &self.coefficients,
            &classes.egraph,
            &classes.known,
            &extraction,
            &solution,
            &wanted,
        );
        debug_assert_eq!(super::verify(&program), Ok(()), "{program}");
        program
    }

    /// The cost of a member by its own best contraction tree, repeats inside it paid again.
    pub fn tree_cost(&self, member: usize) -> u64 {
        let mut classes = Classes::new(&self.shapes, self.sizes);
        let open = open_output(&self.member_graph(member), &self.output.slots);
        let root = classes.intern(&open).class;
        classes.egraph.rebuild();
        let extraction = Extraction::new(&classes.egraph, &[root], self.sizes);
        let tree = extraction.problem.tree_costs();
        let symmetrise = if has_symmetry(&open, &self.shapes, &self.output) {
            0
        } else {
            self.output.slots.iter().map(|&axis| self.sizes.of(axis) as u64).product()
        };
        tree[extraction.problem.roots[0] as usize].saturating_add(symmetrise)
    }

    /// `(number of factors - 1, deltas counted)` times the product of the sizes of all labels.
    pub fn naive(&self, member: usize) -> Polynomial {
        let open = open_output(&self.member_graph(member), &self.output.slots);
        let factors = open.nodes.iter().filter(|node| is_factor(**node)).count();
        let mut axes: Vec<AxisId> = Vec::new();
        for (node, kind) in open.nodes.iter().enumerate() {
            if let Node::Spider(axis) = kind
                && open.degree(node as u8) > 0
            {
                axes.push(*axis);
            }
        }
        for wire in &open.wires {
            let spider = |end: End| matches!(open.nodes[usize::from(end.node)], Node::Spider(_));
            if !spider(wire.from) && !spider(wire.to) {
                axes.push(self.shapes.slot(open.nodes[usize::from(wire.from.node)], wire.from.slot).axis);
            }
        }
        let mut cost = Polynomial::zero(self.signature);
        cost.add(self.signature, factors.saturating_sub(1) as u64, &axes);
        cost
    }
}

fn theta_free(forms: &[Summand]) -> bool {
    forms[0].theta.is_none()
}

/// A term with the slots of its space exchanged in every way that the symmetry of the space allows, with signs; the
/// term itself comes first. Large blocks are left alone.
fn symmetric_forms(framed: &Graph, layout: &Layout) -> Vec<(Graph, i8)> {
    const MAX_RANK: usize = 3;
    let mut forms = vec![(framed.clone(), 1)];
    for block in &layout.blocks {
        if block.symmetry == SlotSymmetry::General || !(2..=MAX_RANK).contains(&block.rank) {
            continue;
        }
        let orders: Vec<Vec<usize>> = match block.rank {
            2 => vec![vec![0, 1], vec![1, 0]],
            _ => {
                vec![vec![0, 1, 2], vec![0, 2, 1], vec![1, 0, 2], vec![1, 2, 0], vec![2, 0, 1], vec![2, 1, 0]]
            }
        };
        forms = forms
            .iter()
            .flat_map(|(form, sign)| {
                orders.iter().map(move |order| {
                    let mut moved = form.clone();
                    let frame = moved.nodes.iter().position(|node| *node == Node::Frame).unwrap_or(0) as u8;
                    for wire in &mut moved.wires {
                        for end in [&mut wire.from, &mut wire.to] {
                            let slot = usize::from(end.slot);
                            if end.node == frame && (block.start..block.start + block.rank).contains(&slot) {
                                end.slot = (block.start + order[slot - block.start]) as u8;
                            }
                        }
                    }
                    let alternating = block.symmetry == SlotSymmetry::Alternating;
                    (moved, if alternating { sign * arrangement_sign(order) } else { *sign })
                })
            })
            .collect();
    }
    forms
}

/// The output replaced by the cotangent c, raised such that `c_b = c^a F_ab`. Wires to the output are plain, and run
/// from it in canonical form; wires between two output slots are turned, `F^-1^pq c_p c_q = c^a c^b F_ba`.
pub(super) fn with_cotangent(graph: &Graph) -> Graph {
    let mut result = graph.clone();
    for wire in &mut result.wires {
        let is_output = |end: End| graph.nodes[usize::from(end.node)] == Node::Output;
        if is_output(wire.to) {
            std::mem::swap(&mut wire.from, &mut wire.to);
        }
    }
    for node in &mut result.nodes {
        if *node == Node::Output {
            *node = Node::Cotangent;
        }
    }
    result
}
