//! What is compiled: the members, their combination, and its gradients, each as one extracted program.

use super::assemble::{Extraction, Wanted, assemble};
use super::classes::Classes;
use super::derivative::with_cotangent;
use super::linear::{LinearRoot, TermGraph};
use super::roots::{has_symmetry, open_output};
use crate::basis::{Basis, Element};
use crate::diagram::{Graph, MemberId, Shapes, with_coefficient};
use crate::program::{Program, Ratio, RootKind};
use crate::signature::{AxisId, Layout, Signature, Sizes};

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

/// An e-graph with all ways to compute what is wanted.
pub(super) struct Saturated<'a> {
    classes: Classes<'a>,
    wanted: Vec<Wanted>,
    pub(super) extraction: Extraction,
}

impl<'a> Saturated<'a> {
    pub(super) fn new(mut classes: Classes<'a>, wanted: Vec<Wanted>) -> Saturated<'a> {
        classes.generalise();
        let roots: Vec<egg::Id> = wanted.iter().map(|wanted| wanted.reference.class).collect();
        let extraction = Extraction::new(&classes.egraph, &roots, classes.sizes);
        Saturated { classes, wanted, extraction }
    }
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

impl<'a> Compiler<'a> {
    /// A compiler of one basis at sample sizes.
    pub fn new(basis: &'a Basis, sizes: &'a Sizes) -> Compiler<'a> {
        let shapes = Shapes::new(&basis.signature);
        let coefficients = basis.elements.iter().map(|element| element.diagram.free_axes(&shapes)).collect();
        let (signature, elements) = (&basis.signature, &basis.elements[..]);
        Compiler { signature, elements, sizes, shapes, output: signature.output.layout(), coefficients }
    }

    /// The diagram of a member with its coefficient array, if labels are free.
    pub(super) fn member_graph(&self, member: usize) -> Graph {
        let graph = &self.elements[member].diagram.graph;
        if self.coefficients[member].is_empty() {
            graph.clone()
        } else {
            with_coefficient(graph, &self.shapes, MemberId::new(member))
        }
    }

    /// Every member as a root of its own.
    pub fn members(&self) -> Program {
        self.extract(self.saturated_members())
    }

    /// The combination of all members as one root.
    pub fn combination(&self) -> Program {
        self.extract(self.saturated_combination())
    }

    /// The gradient of `<cotangent, sum_b theta_b T_b>` with respect to all coefficients and, with `inputs`, the
    /// combination itself and its gradient with respect to every input.
    pub fn gradient(&self, inputs: bool) -> Program {
        self.extract(self.saturated_gradient(inputs))
    }

    pub(super) fn saturated_members(&self) -> Saturated<'_> {
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
        Saturated::new(classes, wanted)
    }

    pub(super) fn saturated_combination(&self) -> Saturated<'_> {
        let mut classes = Classes::new(&self.shapes, self.sizes);
        let wanted = self.linear(&mut classes, vec![self.wanted_combination()]);
        Saturated::new(classes, wanted)
    }

    /// A derivative of a diagram is a sum of diagrams: the output becomes the cotangent, and one occurrence of what is
    /// derived for is taken out, its slots being the new output. So everything goes into the same e-graph.
    pub(super) fn saturated_gradient(&self, inputs: bool) -> Saturated<'_> {
        let mut classes = Classes::new(&self.shapes, self.sizes);
        let closed = |member: usize| with_cotangent(&self.member_graph(member));
        let mut linear = Vec::new();
        if inputs {
            linear.push(self.wanted_combination());
            linear.extend(self.input_gradients(closed));
        }
        let mut wanted = self.linear(&mut classes, linear);
        wanted.extend(self.coefficient_gradients(&mut classes, closed));
        Saturated::new(classes, wanted)
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
    pub(super) fn theta(&self, member: usize) -> Option<MemberId> {
        self.coefficients[member].is_empty().then_some(MemberId::new(member))
    }

    /// The best program in an e-graph.
    pub(super) fn extract(&self, saturated: Saturated<'_>) -> Program {
        let Saturated { classes, wanted, extraction } = &saturated;
        let program = assemble(
            self.signature,
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
