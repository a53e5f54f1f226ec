//! Certificates of maps with a body.

use eqt_runtime::{Fp, Scalar};

use super::{Certificate, Doubt, Tried};
use crate::diagram::{Diagram, Evaluator, Node};
use crate::exact::Random;
use crate::exact::tensor::Tensor;
use crate::optimise::Defined;
use crate::program::{Arguments, Program, RootKind};
use crate::signature::{Dimension, Sizes};

/// Symbolic sizes are these in turn; primes, so that none hides another.
const SIZES: [usize; 3] = [3, 2, 4];
/// Multiplications for the raw terms at one point; with more, nothing is tried.
const WORK: u64 = 20_000_000;

/// The value and all gradients of a map with a body are those of its terms, evaluated straight from their definition, at
/// a random point and along random lines.
pub fn definition(defined: &Defined) -> Vec<Certificate> {
    vec![
        Certificate::new("soundness of the body", Check::new(defined).and_then(|check| check.value())),
        Certificate::new("gradient of the body", Check::new(defined).and_then(|check| check.gradients())),
    ]
}

fn too_large() -> Doubt {
    Doubt::Untried(format!(
        "the raw terms need more than {WORK} multiplications, or an epsilon of too many legs"
    ))
}

struct Check<'a> {
    defined: &'a Defined,
    sizes: Sizes,
    arguments: Arguments,
    random: Random,
}

impl<'a> Check<'a> {
    fn new(defined: &'a Defined) -> Result<Check<'a>, (String, Doubt)> {
        let signature = &defined.definition.signature;
        let named = signature.axes.iter().filter_map(|axis| match &axis.dimension {
            Dimension::Symbol(name) => Some(name.clone()),
            Dimension::Literal(_) => None,
        });
        let even = |name: &str| {
            let of = |axis: &&crate::signature::Axis| axis.dimension.to_string() == name;
            signature.axes.iter().filter(of).any(|axis| axis.group.rules().constraint().is_some())
        };
        let named: Vec<(String, usize)> = named
            .enumerate()
            .map(|(at, name)| {
                let size = if even(&name) { 4 } else { SIZES[at % SIZES.len()] };
                (name, size)
            })
            .collect();
        let sizes = Sizes::sample(signature, &named);
        let mut random = Random::seeded(0xb0d);
        let mut tensor =
            |space: &crate::signature::Space| Tensor::random(signature, &space.layout(), &sizes, &mut random);
        let inputs = signature.inputs.iter().map(|input| tensor(&input.space)).collect();
        let cotangent = Some(tensor(&signature.output));
        let coefficients = defined.coefficients(&sizes);
        let arguments = Arguments { inputs, coefficients, cotangent };
        Ok(Check { defined, sizes, arguments, random })
    }

    /// Whether the raw terms are too much work.
    fn is_too_large(&self) -> bool {
        let signature = &self.defined.definition.signature;
        let legs = |node: &Node| match node {
            Node::Epsilon(axis) => self.sizes.of(*axis) > Evaluator::MAX_EPSILON,
            _ => false,
        };
        let largest: u64 = signature
            .inputs
            .iter()
            .map(|input| &input.space)
            .chain([&signature.output])
            .fold(1, |largest: u64, space| largest.max(Tensor::entries_of(&space.layout(), &self.sizes)));
        let terms = &self.defined.definition.terms;
        terms.iter().flat_map(|term| &term.graph.nodes).any(legs)
            || largest.saturating_mul(largest).saturating_mul(terms.len() as u64) > WORK
    }

    /// The sum of the terms from their definition.
    fn raw(&self, inputs: &[Tensor]) -> Tensor {
        let definition = &self.defined.definition;
        let evaluator = Evaluator::new(&definition.signature, &self.sizes);
        let mut sum = Tensor::zeros(Tensor::shape_of(&definition.signature.output.layout(), &self.sizes));
        for term in &definition.terms {
            let diagram = Diagram { graph: term.graph.clone() };
            let field = |value: i128| Fp::new(value.rem_euclid(i128::from(Fp::P)) as u64);
            let scale = term.constant.at(&self.sizes).and_then(|(numerator, denominator)| {
                field(denominator).inv().map(|inverse| field(numerator) * inverse)
            });
            sum.add_scaled(scale.unwrap_or(Fp::ZERO), &evaluator.evaluate(&diagram, inputs, None));
        }
        sum
    }

    fn value(&self) -> Tried {
        let tried = format!("{} terms", self.defined.definition.terms.len());
        if self.is_too_large() {
            return Err((tried, too_large()));
        }
        let expected = self.raw(&self.arguments.inputs);
        for program in [&self.defined.value, &self.defined.gradient] {
            let values = program.evaluate(&self.sizes, &self.arguments);
            for (root, value) in program.roots.iter().zip(values) {
                if root.kind == RootKind::Combination && value != expected {
                    return Err((tried, "a program and the terms of the body differ".to_owned().into()));
                }
            }
        }
        Ok(tried)
    }

    fn gradients(mut self) -> Tried {
        if self.is_too_large() {
            return Err(("0 lines".to_owned(), too_large()));
        }
        let definition = &self.defined.definition;
        let degree = (0..definition.terms.len()).map(|term| definition.degree(term)).max().unwrap_or(0);
        let programs: [&Program; 2] = [&self.defined.gradient, &self.defined.parameter_gradient];
        let mut lines = 0;
        for (input, described) in definition.signature.inputs.iter().enumerate() {
            let layout = described.space.layout();
            let direction = Tensor::random(&definition.signature, &layout, &self.sizes, &mut self.random);
            let expected = linear_term(degree, |t| {
                let mut moved = self.arguments.inputs.clone();
                moved[input].add_scaled(t, &direction);
                self.arguments
                    .cotangent
                    .as_ref()
                    .map_or(Fp::ZERO, |cotangent| inner(cotangent, &self.raw(&moved)))
            });
            for program in programs {
                let Some(at) =
                    program.roots.iter().position(|root| root.kind == RootKind::InputGradient(input))
                else {
                    continue;
                };
                let found = inner(&program.evaluate(&self.sizes, &self.arguments)[at], &direction);
                if found != expected {
                    let wrong =
                        format!("the gradient in `{}` is not the derivative of the body", described.name);
                    return Err((format!("{lines} lines"), wrong.into()));
                }
                lines += 1;
            }
        }
        Ok(format!("{lines} lines"))
    }
}

fn inner(a: &Tensor, b: &Tensor) -> Fp {
    a.data.iter().zip(&b.data).fold(Fp::ZERO, |sum, (&x, &y)| sum + x * y)
}

/// The coefficient of t of a polynomial of degree at most `degree`, from its values at 0, 1, .., degree.
fn linear_term(degree: usize, f: impl Fn(Fp) -> Fp) -> Fp {
    let nodes: Vec<Fp> = (0..=degree).map(|t| Fp::from_i64(t as i64)).collect();
    nodes.iter().fold(Fp::ZERO, |total, &x| {
        // Those of the Lagrange polynomial of the node.
        let (mut constant, mut linear) = (Fp::ONE, Fp::ZERO);
        for &y in nodes.iter().filter(|&&y| y != x) {
            let scale = (x - y).inv().unwrap_or(Fp::ZERO);
            linear = linear * (-y) * scale + constant * scale;
            constant = constant * (-y) * scale;
        }
        total + linear * f(x)
    })
}
