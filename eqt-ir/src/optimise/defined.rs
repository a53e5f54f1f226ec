//! Programs of defined maps: the combination of the terms of a body, and its gradient.

use std::fmt;

use eqt_runtime::{Fp, Scalar};

use super::classes::Classes;
use super::derivative::{derivatives, with_cotangent};
use super::forward::{Compiler, Saturated};
use super::linear::{LinearRoot, TermGraph};
use crate::diagram::{InputId, MemberId, Shapes};
use crate::exact::tensor::Tensor;
use crate::map::body::{Constant, Definition};
use crate::program::{Polynomial, Program, Ratio, RootKind};
use crate::signature::Sizes;

/// A defined map with its programs. What is no number in the constants of its terms is a coefficient of the programs:
/// coefficient k is `constants[k]`.
#[derive(Clone, Debug)]
pub struct Defined {
    /// The map.
    pub definition: Definition,
    /// Quotients of polynomials in the sizes.
    pub constants: Vec<Constant>,
    /// The value, as the root [`RootKind::Combination`].
    pub value: Program,
    /// The value and its gradient in all inputs of [`Definition::signature`].
    pub gradient: Program,
    /// The gradient in the parameters alone.
    pub parameter_gradient: Program,
}

/// A constant of a body needs more than 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConstantTooLarge;

impl fmt::Display for ConstantTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a constant of the body is too large: numerator and denominator must fit 63 bits")
    }
}

impl std::error::Error for ConstantTooLarge {}

/// Compiles a definition; `sizes` is the sample at which costs are compared.
///
/// # Errors
/// If a constant is too large.
pub fn compile_definition(definition: &Definition, sizes: &Sizes) -> Result<Defined, ConstantTooLarge> {
    let (constants, scales) = constants(definition)?;
    let compiler = compiler(definition, sizes, constants.len());
    let terms = Compilation { definition, scales: &scales, compiler: &compiler };
    let parameters = |input: usize| match definition.fixed.get(input.wrapping_sub(definition.inputs())) {
        Some(fixed) => Definition::is_parameter(&definition.signature, fixed.input),
        None => Definition::is_parameter(&definition.signature, input),
    };
    Ok(Defined {
        definition: definition.clone(),
        value: terms.program(true, |_| false),
        gradient: terms.program(true, |_| true),
        parameter_gradient: terms.program(false, parameters),
        constants,
    })
}

fn compile_value(definition: &Definition, sizes: &Sizes) -> Result<Program, ConstantTooLarge> {
    let (constants, scales) = constants(definition)?;
    let compiler = compiler(definition, sizes, constants.len());
    Ok(Compilation { definition, scales: &scales, compiler: &compiler }.program(true, |_| false))
}

fn compiler<'a>(definition: &'a Definition, sizes: &'a Sizes, constants: usize) -> Compiler<'a> {
    let signature = &definition.signature;
    Compiler {
        signature,
        elements: &[],
        sizes,
        shapes: Shapes::new(signature),
        output: signature.output.layout(),
        coefficients: vec![Vec::new(); constants],
    }
}

/// The scale of every term, and which constant it is multiplied by.
type Scales = Vec<(Ratio, Option<MemberId>)>;

fn constants(definition: &Definition) -> Result<(Vec<Constant>, Scales), ConstantTooLarge> {
    let mut constants: Vec<Constant> = Vec::new();
    let mut scales = Scales::new();
    for term in &definition.terms {
        let ((numerator, denominator), rest) = term.constant.split();
        let fits = |value: i128| i64::try_from(value).map_err(|_| ConstantTooLarge);
        let ratio = Ratio::new(fits(numerator)?, fits(denominator)?.unsigned_abs());
        let theta = (rest != Constant::integer(1)).then(|| {
            let known = constants.iter().position(|other| *other == rest);
            MemberId::new(known.unwrap_or_else(|| {
                constants.push(rest);
                constants.len() - 1
            }))
        });
        scales.push((ratio, theta));
    }
    Ok((constants, scales))
}

struct Compilation<'a> {
    definition: &'a Definition,
    scales: &'a [(Ratio, Option<MemberId>)],
    compiler: &'a Compiler<'a>,
}

impl Compilation<'_> {
    /// The value, if it is wanted, and the gradients in some inputs.
    fn program(&self, value: bool, wanted_input: impl Fn(usize) -> bool) -> Program {
        let compiler = self.compiler;
        let mut classes = Classes::new(&compiler.shapes, compiler.sizes);
        let mut roots = Vec::new();
        if value {
            let terms = self.definition.terms.iter().zip(self.scales);
            let terms =
                terms.map(|(term, &(scale, theta))| TermGraph { scale, theta, graph: term.graph.clone() });
            let (kind, layout) = (RootKind::Combination, compiler.output.clone());
            roots.push(LinearRoot { kind, layout, terms: terms.collect() });
        }
        for (input, described) in self.definition.signature.inputs.iter().enumerate() {
            if wanted_input(input) {
                let layout = described.space.layout();
                let terms = self.derivative(InputId::new(input));
                roots.push(LinearRoot { kind: RootKind::InputGradient(input), layout, terms });
            }
        }
        let wanted = compiler.linear(&mut classes, roots);
        compiler.extract(Saturated::new(classes, wanted))
    }

    /// The derivative of `<cotangent, value>`: every occurrence of the input taken out in turn.
    fn derivative(&self, input: InputId) -> Vec<TermGraph> {
        let mut terms = Vec::new();
        for (term, &(scale, theta)) in self.definition.terms.iter().zip(self.scales) {
            let graph = with_cotangent(&term.graph);
            for (graph, sign) in derivatives(&graph, input, &self.compiler.shapes) {
                terms.push(TermGraph { scale: scale.times(Ratio::new(sign.into(), 1)), theta, graph });
            }
        }
        terms
    }
}

impl Defined {
    /// The multiply-adds of one term by itself.
    pub fn term_cost(&self, term: usize, sizes: &Sizes) -> Polynomial {
        let definition =
            Definition { terms: vec![self.definition.terms[term].clone()], ..self.definition.clone() };
        let alone = compile_value(&definition, sizes);
        alone.map_or_else(|_| Polynomial::zero(&definition.signature), |program| program.cost())
    }

    /// The coefficients of the programs at some sizes; zero where a denominator is.
    pub fn coefficients(&self, sizes: &Sizes) -> Vec<Tensor> {
        let field = |value: i128| Fp::new(value.rem_euclid(i128::from(Fp::P)) as u64);
        self.constants
            .iter()
            .map(|constant| {
                let value = constant.at(sizes).map(|(numerator, denominator)| {
                    field(denominator).inv().map_or(Fp::ZERO, |inverse| field(numerator) * inverse)
                });
                Tensor::scalar(value.unwrap_or(Fp::ZERO))
            })
            .collect()
    }
}
