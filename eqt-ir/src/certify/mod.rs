//! Certificates: what every expansion proves of itself, exactly, over the prime field (docs/theory.md section 11).
//!
//! | certificate | what is compared | chance that a wrong result passes |
//! |---|---|---|
//! | [`equivariance`] | `f(g x)` and `g f(x)` of every member, g from every component of every factor | degree / 2^61 |
//! | [`completeness`] | the rank of the members, their number, and the Molien-Weyl count | degree * columns / 2^61, and only towards a rank that is too small |
//! | [`seeds`] | the members kept at other random points | the same |
//! | [`soundness`] | a program and the raw diagrams | degree / 2^61 |
//! | [`gradient`] | the reverse mode and the linear term of the raw diagrams along a line | degree / 2^61 |
//!
//! (Schwartz and Zippel: a polynomial of degree k that is not zero vanishes at a random point with probability at most
//! k / p.) None of them shares code with what it checks but the evaluation of raw diagrams.
//!
//! # An example
//!
//! ```
//! use eqt_ir::basis::{Basis, Listing, Options};
//! use eqt_ir::certify;
//! use eqt_ir::map::Map;
//! use eqt_ir::signature::parse_signature;
//!
//! let signature = parse_signature("O(1,3): F: Alt^2(R^4), u: R^4 -> R^4").unwrap();
//! let basis = Basis::new(&signature, &Options::up_to(2)).unwrap();
//! assert_eq!(
//!     certify::equivariance(&Map::of_basis(&basis)).to_string(),
//!     "equivariance: holds (2 members, 2 elements of the group, 4 exact comparisons)"
//! );
//! // Without its last member, the Lorentz force F u, the list is not complete.
//! let mut listing = Listing::clone(&basis);
//! listing.elements.pop();
//! let certificate = certify::completeness(&listing);
//! assert!(!certificate.holds(), "{certificate}");
//! ```

use std::fmt;

use eqt_runtime::{Fp, Scalar};

use crate::basis::rank::{check_evaluable, check_work};
use crate::basis::{Basis, Error, stable_sizes};
use crate::diagram::{Diagram, Evaluator, Graph, Node, Shapes};
use crate::exact::tensor::Tensor;
use crate::exact::{Matrix, Random};
use crate::map::{Map, Member};
use crate::optimise::{Programs, Wanted};
use crate::program::{Program, RootKind};
use crate::progress::{Stage, report};
use crate::signature::{AxisId, Layout, Signature, Sizes};

mod precision;
mod programs;
mod rank;

pub use precision::{VELOCITY, single_precision};
pub use programs::{Point, Roots, gradient, soundness};
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

impl From<Error> for Doubt {
    fn from(budget: Error) -> Doubt {
        Doubt::Untried(budget.to_string())
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

    fn new(name: &'static str, attempt: impl FnOnce() -> Tried) -> Certificate {
        report(Stage::Certifying { certificate: name });
        match attempt() {
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
    vec![equivariance(&Map::of_basis(basis)), completeness(basis), seeds(basis)]
}

/// All certificates of the programs of a map: values and gradients.
pub fn programs(programs: &Programs) -> Vec<Certificate> {
    let all = programs.iter();
    all.flat_map(|(wanted, compiled)| program(&programs.map, wanted, compiled)).collect()
}

/// All certificates of a program that computes what is wanted of a map.
pub fn program(map: &Map, wanted: &Wanted, program: &Program) -> Vec<Certificate> {
    match wanted {
        Wanted::Members | Wanted::Terms | Wanted::Arrays | Wanted::Combination => {
            vec![soundness(map, program)]
        }
        Wanted::Gradient => vec![soundness(map, program), gradient(map, program)],
        Wanted::CoefficientGradient | Wanted::InputGradient(_) => vec![gradient(map, program)],
        Wanted::UnitGradient => vec![unit_gradient(map, program)],
    }
}

/// A program that leaves out the cotangent C of the output, a number, in the gradient of `C f`.
fn unit_gradient(map: &Map, program: &Program) -> Certificate {
    gradient(map, &|point: &Point| -> Result<Vec<(RootKind, Tensor)>, String> {
        let mut roots = program.roots(point)?;
        for (_, value) in &mut roots {
            value.data.iter_mut().for_each(|entry| *entry *= point.cotangent.data[0]);
        }
        Ok(roots)
    })
}

/// `g x` for one element per axis (`None` is the identity): every slot is transformed, pseudo-tensors change with the
/// determinant.
pub fn act(signature: &Signature, layout: &Layout, elements: &[Option<Matrix>], tensor: &Tensor) -> Tensor {
    let mut moved = tensor.clone();
    for axis in signature.axis_ids() {
        if let Some(g) = &elements[axis.index()] {
            let slots: Vec<usize> =
                (0..layout.slots.len()).filter(|&slot| layout.slots[slot] == axis).collect();
            let odd = layout.pseudo.contains(&axis);
            moved = signature.axis(axis).group.rules().act(g, &slots, odd, &moved);
        }
    }
    moved
}

/// The multiplications of [`act`]: every entry is the sum over one index, for one slot after the other.
fn act_effort(layout: &Layout, sizes: &Sizes) -> u64 {
    let indices: usize = sizes.shape(&layout.slots).iter().sum();
    sizes.product(&layout.slots).saturating_mul(indices as u64)
}

/// Every member commutes with random elements of the group: for every factor at least one element of each of its
/// components (rotations, reflections, permutations), and one element of the whole group. Coefficients over free labels
/// are random arrays.
pub fn equivariance(map: &Map) -> Certificate {
    Certificate::new("equivariance", || try_equivariance(map))
}

fn try_equivariance(map: &Map) -> Tried {
    let signature = &map.signature;
    let labels = map.options().and_then(|options| options.labels);
    let mut random = Random::seeded(0xe9);
    let (mut comparisons, mut largest, mut start) = (0, 0, 0);
    let tried = |members: usize, comparisons: usize, elements: usize| {
        format!("{members} members, {elements} elements of the group, {comparisons} exact comparisons")
    };
    // Members of one degree are tried at the same sizes and points.
    for members in map.members.chunk_by(|member, next| member.degree == next.degree) {
        let sizes = sample_sizes(signature, members[0].degree, labels, FREE_LABELS);
        evaluable(signature, &sizes).map_err(|doubt| (tried(members.len(), comparisons, largest), doubt))?;
        let world = World::new(signature, &sizes);
        let elements = group_elements(signature, &sizes, &mut random);
        largest = largest.max(elements.len());
        // Before anything is moved: every input once, and the value of every member, by every element.
        let moves = world.inputs.iter().chain(std::iter::repeat_n(&world.output, members.len()));
        let moves = moves.fold(0, |sum: u64, layout| sum.saturating_add(act_effort(layout, &sizes)));
        check_work(moves.saturating_mul(elements.len() as u64))
            .map_err(|budget| (tried(start, comparisons, largest), budget.into()))?;
        let inputs = world.random_inputs(&mut random);
        let moved_inputs: Vec<Vec<Tensor>> = elements
            .iter()
            .map(|(_, g)| {
                inputs.iter().zip(&world.inputs).map(|(x, layout)| act(signature, layout, g, x)).collect()
            })
            .collect();
        for (position, member) in members.iter().enumerate() {
            if let Err(doubt) = member.terms.iter().try_for_each(|term| world.affordable(&term.graph)) {
                return Err((tried(start + position, comparisons, largest), doubt));
            }
            let coefficient = world.random_array(&map.coefficients[member.coefficient].axes, &mut random);
            let doubted = |doubt: Doubt| (tried(start + position, comparisons, largest), doubt);
            let value = world.member(member, &inputs, &coefficient).map_err(doubted)?;
            for ((name, g), moved) in elements.iter().zip(&moved_inputs) {
                let left = world
                    .member(member, moved, &coefficient)
                    .map_err(|doubt| (tried(start + position, comparisons, largest), doubt))?;
                let right = act(signature, &world.output, g, &value);
                if left != right {
                    let wrong =
                        format!("member {} does not commute with an element of {name}", start + position);
                    return Err((tried(start + position, comparisons, largest), wrong.into()));
                }
                comparisons += 1;
            }
        }
        start += members.len();
    }
    Ok(tried(map.members.len(), comparisons, largest))
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
            alone[id.index()] = Some(g.clone());
            // The last one is from the component farthest from the identity.
            together[id.index()] = Some(g);
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
        sizes.0[axis.index()] = most.min(free);
    }
    sizes
}

/// Whether the tensors of a signature can be written down.
fn evaluable(signature: &Signature, sizes: &Sizes) -> Result<(), Doubt> {
    Ok(check_evaluable::<Diagram>(signature, sizes, &[])?)
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
            evaluator: Evaluator::new(signature, sizes).within(Error::WORK),
        }
    }

    fn random_inputs(&self, random: &mut Random) -> Vec<Tensor> {
        self.inputs.iter().map(|layout| Tensor::random(self.signature, layout, self.sizes, random)).collect()
    }

    fn coefficient_shape(&self, diagram: &Diagram) -> Vec<usize> {
        diagram.coefficient_axes(&self.shapes).into_iter().map(|axis| self.sizes.of(axis)).collect()
    }

    /// A random array; 1 without axes.
    fn random_array(&self, axes: &[AxisId], random: &mut Random) -> Tensor {
        if axes.is_empty() {
            return Tensor::scalar(Fp::ONE);
        }
        Tensor::of_random_entries(self.sizes.shape(axes), random)
    }

    /// A member with its array of coefficients; a number as coefficient is left out.
    fn member(&self, member: &Member, inputs: &[Tensor], coefficient: &Tensor) -> Result<Tensor, Doubt> {
        let mut sum = Tensor::zeros(self.sizes.shape(&self.output.slots));
        for term in &member.terms {
            let diagram = Diagram { graph: term.graph.clone() };
            let scale = term.scale.to_field();
            sum.add_scaled(scale, &self.value(&diagram, inputs, coefficient)?);
        }
        Ok(sum)
    }

    /// The value of a diagram with its array of coefficients; a number as coefficient is left out.
    fn value(&self, diagram: &Diagram, inputs: &[Tensor], coefficient: &Tensor) -> Result<Tensor, Doubt> {
        let array = (!coefficient.shape.is_empty()).then_some(coefficient);
        self.evaluator.evaluate(diagram, inputs, array).map_err(|work| Error::from(work).into())
    }

    /// Whether the epsilons of a diagram can be evaluated.
    fn affordable(&self, graph: &Graph) -> Result<(), Doubt> {
        for node in &graph.nodes {
            if let Node::Epsilon(axis) = node
                && self.sizes.of(*axis) > Evaluator::MAX_EPSILON
            {
                let legs = self.sizes.of(*axis);
                return Err(Error::Epsilon { legs }.into());
            }
        }
        Ok(())
    }
}
