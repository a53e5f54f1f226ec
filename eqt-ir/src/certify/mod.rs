//! Certificates: what every expansion proves of itself, exactly, over the prime field (theory.md section 6).
//!
//! | certificate | what is compared | chance that a wrong result passes |
//! |---|---|---|
//! | [`equivariance`] | `f(g x)` and `g f(x)` of every member, g from every component of every factor | degree / 2^61 |
//! | [`completeness`] | the rank of the members, their number, and the Molien-Weyl count | degree * columns / 2^61, and only towards a rank that is too small |
//! | [`seeds`] | the members kept at other random points | the same |
//! | [`soundness`] | a program and the raw diagrams | degree / 2^61 |
//! | [`definition`] | the programs of a map with a body, and its terms | degree / 2^61 |
//! | [`gradient`] | the reverse mode and the linear term of the raw diagrams along a line | degree / 2^61 |
//!
//! (Schwartz and Zippel: a polynomial of degree k that is not zero vanishes at a random point with probability at most
//! k / p.) None of them shares code with what it checks but the evaluation of raw diagrams.

use std::fmt;

use eqt_runtime::{Fp, Scalar};

use crate::basis::{Basis, stable_sizes};
use crate::diagram::{Diagram, Evaluator, Node, Shapes};
use crate::exact::tensor::Tensor;
use crate::exact::{Matrix, Random};
use crate::optimise::{Compiled, CompiledGenerators, CompiledInvariants};
use crate::program::RootKind;
use crate::signature::{AxisId, Layout, Signature, Sizes};

mod defined;
mod program;
mod rank;

pub use defined::definition;
pub use program::{Point, Roots, gradient, soundness};
pub use rank::{completeness, seeds};

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// What is certified, one word or two.
    pub name: &'static str,
    /// What was tried, with numbers.
    pub tried: String,
    /// Nothing, or why it is not certified.
    pub outcome: Result<(), Doubt>,
}

/// Why a certificate is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// What is wrong.
    Wrong(String),
    /// The budget that did not allow to try.
    Untried(String),
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Wrong(what) | Doubt::Untried(what) => f.write_str(what),
        }
    }
}

impl From<String> for Doubt {
    fn from(wrong: String) -> Doubt {
        Doubt::Wrong(wrong)
    }
}

/// What was tried, and why it is not enough if it is not.
type Tried = Result<String, (String, Doubt)>;

impl Certificate {
    /// Whether the check holds.
    pub fn holds(&self) -> bool {
        self.outcome.is_ok()
    }

    fn new(name: &'static str, tried: Tried) -> Certificate {
        match tried {
            Ok(tried) => Certificate { name, tried, outcome: Ok(()) },
            Err((tried, doubt)) => Certificate { name, tried, outcome: Err(doubt) },
        }
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(()) => write!(f, "{}: holds ({})", self.name, self.tried),
            Err(Doubt::Wrong(wrong)) => write!(f, "{}: FAILS: {wrong} ({})", self.name, self.tried),
            Err(Doubt::Untried(why)) => write!(f, "{}: not tried: {why} ({})", self.name, self.tried),
        }
    }
}

/// All certificates of a basis.
pub fn basis(basis: &Basis) -> Vec<Certificate> {
    vec![equivariance(basis), completeness(basis), seeds(basis)]
}

/// All certificates of the programs of a basis: values of members and of their combination, both gradients.
pub fn programs(compiled: &Compiled) -> Vec<Certificate> {
    vec![
        soundness(&compiled.basis, &compiled.members),
        soundness(&compiled.basis, &compiled.combination),
        gradient(&compiled.basis, &compiled.gradient),
        gradient(&compiled.basis, &compiled.coefficient_gradient),
    ]
}

/// All certificates of the programs of a generator form: those of the assembling sum, and the invariants with their
/// gradient.
pub fn generators(compiled: &CompiledGenerators) -> Vec<Certificate> {
    let mut certificates = programs(&compiled.assembly);
    certificates.push(invariants(&compiled.invariants));
    certificates
}

/// The invariants and their gradient are the derivatives of `sum_g c_g I_g`, in c and in the inputs.
pub fn invariants(compiled: &CompiledInvariants) -> Certificate {
    gradient(&compiled.basis, &|point: &Point| -> Result<Vec<(RootKind, Tensor)>, String> {
        let mut roots = compiled.values.roots(point)?;
        roots.extend(compiled.gradient.roots(point)?);
        // Their programs leave out the cotangent of the output, a number.
        let factor = point.cotangent.data[0];
        roots.iter_mut().flat_map(|(_, value)| &mut value.data).for_each(|entry| *entry *= factor);
        Ok(roots)
    })
}

/// `g x` for one element per axis (`None` is the identity): every slot is transformed, pseudo-tensors change with the
/// determinant.
pub fn act(signature: &Signature, layout: &Layout, elements: &[Option<Matrix>], tensor: &Tensor) -> Tensor {
    let mut moved = tensor.clone();
    for (slot, axis) in layout.slots.iter().enumerate() {
        if let Some(g) = &elements[usize::from(axis.0)] {
            moved = moved.transform(slot, g);
        }
    }
    for axis in &layout.pseudo {
        if let Some(g) = &elements[usize::from(axis.0)] {
            let sign = signature.axis(*axis).group.rules().determinant_sign(g);
            moved.data.iter_mut().for_each(|entry| *entry *= sign);
        }
    }
    moved
}

/// Every member commutes with random elements of the group: for every factor at least one element of each of its
/// components (rotations, reflections, permutations), and one element of the whole group. Coefficients over free labels
/// are random arrays.
pub fn equivariance(basis: &Basis) -> Certificate {
    Certificate::new("equivariance", try_equivariance(basis))
}

fn try_equivariance(basis: &Basis) -> Tried {
    let signature = &basis.signature;
    let mut random = Random::seeded(0xe9);
    let mut comparisons = 0;
    let mut largest = 0;
    let mut start = 0;
    let tried = |members: usize, comparisons: usize, elements: usize| {
        format!("{members} members, {elements} elements of the group, {comparisons} exact comparisons")
    };
    while start < basis.elements.len() {
        let degree = basis.elements[start].degree;
        let count = basis.elements[start..].iter().take_while(|element| element.degree == degree).count();
        let members = &basis.elements[start..start + count];
        let sizes = sample_sizes(signature, degree, basis.options.labels, FREE_LABELS);
        evaluable(signature, &sizes).map_err(|doubt| (tried(start, comparisons, largest), doubt))?;
        let world = World::new(signature, &sizes);
        let elements = group_elements(signature, &sizes, &mut random);
        largest = largest.max(elements.len());
        let inputs = world.random_inputs(&mut random);
        let moved_inputs: Vec<Vec<Tensor>> = elements
            .iter()
            .map(|(_, g)| {
                inputs.iter().zip(&world.inputs).map(|(x, layout)| act(signature, layout, g, x)).collect()
            })
            .collect();
        for (position, member) in members.iter().enumerate() {
            if let Err(doubt) = world.affordable(&member.diagram) {
                return Err((tried(start + position, comparisons, largest), doubt));
            }
            let coefficient = world.random_coefficient(&member.diagram, &mut random);
            let value = world.value(&member.diagram, &inputs, &coefficient);
            for ((name, g), moved) in elements.iter().zip(&moved_inputs) {
                let left = world.value(&member.diagram, moved, &coefficient);
                let right = act(signature, &world.output, g, &value);
                if left != right {
                    let wrong =
                        format!("member {} does not commute with an element of {name}", start + position);
                    return Err((tried(start + position, comparisons, largest), wrong.into()));
                }
                comparisons += 1;
            }
        }
        start += count;
    }
    Ok(tried(basis.elements.len(), comparisons, largest))
}

/// Elements to try, each with the name of its group and one matrix per axis.
fn group_elements(
    signature: &Signature,
    sizes: &Sizes,
    random: &mut Random,
) -> Vec<(String, Vec<Option<Matrix>>)> {
    let mut elements = Vec::new();
    let mut together: Vec<Option<Matrix>> = vec![None; signature.axes.len()];
    let mut acting = 0;
    for id in signature.axis_ids() {
        let axis = signature.axis(id);
        if axis.group.is_free() || sizes.of(id) == 0 {
            continue;
        }
        acting += 1;
        for g in axis.group.rules().random_elements(sizes.of(id), random) {
            let mut alone = vec![None; signature.axes.len()];
            alone[usize::from(id.0)] = Some(g.clone());
            // The last one is from the component farthest from the identity.
            together[usize::from(id.0)] = Some(g);
            elements.push((axis.group.text(&axis.dimension), alone));
        }
    }
    if acting > 1 {
        elements.push((signature.group_text(), together));
    }
    elements
}

/// Free labels of this many values tell arrays apart; longer families are cut to it.
const FREE_LABELS: usize = 3;

/// The stable sizes of a degree, with families on free labels cut to `free` members.
fn sample_sizes(signature: &Signature, degree: usize, labels: Option<usize>, free: usize) -> Sizes {
    let mut sizes = stable_sizes(signature, degree, labels);
    for axis in signature.axis_ids().filter(|&axis| signature.axis(axis).group.is_free()) {
        let most = signature.axis(axis).dimension.literal().unwrap_or(free);
        sizes.0[usize::from(axis.0)] = most.min(free);
    }
    sizes
}

/// Whether the tensors of a signature can be written down.
fn evaluable(signature: &Signature, sizes: &Sizes) -> Result<(), Doubt> {
    crate::basis::rank::check_evaluable::<Diagram>(signature, sizes, &[])
        .map_err(|error| Doubt::Untried(error.to_string()))
}

/// One signature at fixed sizes, ready to evaluate its diagrams.
struct World<'a> {
    signature: &'a Signature,
    sizes: &'a Sizes,
    shapes: Shapes,
    inputs: Vec<Layout>,
    output: Layout,
    evaluator: Evaluator<'a>,
}

impl<'a> World<'a> {
    fn new(signature: &'a Signature, sizes: &'a Sizes) -> World<'a> {
        World {
            signature,
            sizes,
            shapes: Shapes::new(signature),
            inputs: signature.inputs.iter().map(|input| input.space.layout()).collect(),
            output: signature.output.layout(),
            evaluator: Evaluator::new(signature, sizes),
        }
    }

    fn random_inputs(&self, random: &mut Random) -> Vec<Tensor> {
        self.inputs.iter().map(|layout| Tensor::random(self.signature, layout, self.sizes, random)).collect()
    }

    /// The axes of the coefficient array of a diagram; none if its coefficient is a number.
    fn coefficient_axes(&self, diagram: &Diagram) -> Vec<AxisId> {
        diagram.free_axes(&self.shapes)
    }

    fn coefficient_shape(&self, diagram: &Diagram) -> Vec<usize> {
        self.coefficient_axes(diagram).into_iter().map(|axis| self.sizes.of(axis)).collect()
    }

    /// A random array over the free labels; 1 without such.
    fn random_coefficient(&self, diagram: &Diagram, random: &mut Random) -> Tensor {
        let shape = self.coefficient_shape(diagram);
        if shape.is_empty() {
            return Tensor::scalar(Fp::ONE);
        }
        let data = random.fields(shape.iter().product());
        Tensor { shape, data }
    }

    /// The value of a diagram with its array of coefficients; a number as coefficient is left out.
    fn value(&self, diagram: &Diagram, inputs: &[Tensor], coefficient: &Tensor) -> Tensor {
        self.evaluator.evaluate(diagram, inputs, (!coefficient.shape.is_empty()).then_some(coefficient))
    }

    /// Whether the epsilons of a diagram can be evaluated.
    fn affordable(&self, diagram: &Diagram) -> Result<(), Doubt> {
        for node in &diagram.graph.nodes {
            if let Node::Epsilon(axis) = node
                && self.sizes.of(*axis) > Evaluator::MAX_EPSILON
            {
                let legs = self.sizes.of(*axis);
                return Err(Doubt::Untried(crate::basis::Error::Epsilon { legs }.to_string()));
            }
        }
        Ok(())
    }
}
