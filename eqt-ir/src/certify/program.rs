//! A program against the raw diagrams: values and derivatives.

use eqt_runtime::{Fp, Scalar};

use super::{Certificate, Doubt, FREE_LABELS, Tried, World, evaluable, sample_sizes};
use crate::basis::Basis;
use crate::exact::Random;
use crate::exact::tensor::Tensor;
use crate::program::{Arguments, Program, RootKind};
use crate::signature::Sizes;

/// Everything that a program reads.
#[derive(Clone, Debug)]
pub struct Point {
    /// A size for every axis.
    pub sizes: Sizes,
    /// The inputs.
    pub inputs: Vec<Tensor>,
    /// The coefficient of every member: a number, or an array over its free labels.
    pub coefficients: Vec<Tensor>,
    /// C in `<C, h> = sum_I C_I h_I`, over all entries.
    pub cotangent: Tensor,
}

/// What can be run at a point: a program, or code made from it.
pub trait Roots {
    /// The value of every root.
    ///
    /// # Errors
    /// Why there is none.
    fn roots(&self, point: &Point) -> Result<Vec<(RootKind, Tensor)>, String>;
}

impl<F: Fn(&Point) -> Result<Vec<(RootKind, Tensor)>, String>> Roots for F {
    fn roots(&self, point: &Point) -> Result<Vec<(RootKind, Tensor)>, String> {
        self(point)
    }
}

impl Roots for Program {
    fn roots(&self, point: &Point) -> Result<Vec<(RootKind, Tensor)>, String> {
        let arguments = Arguments {
            inputs: point.inputs.clone(),
            coefficients: point.coefficients.clone(),
            cotangent: Some(point.cotangent.clone()),
        };
        let values = self.evaluate(&point.sizes, &arguments);
        Ok(self.roots.iter().map(|root| root.kind).zip(values).collect())
    }
}

/// Every [`RootKind::Member`] and [`RootKind::Combination`] equals the raw diagrams at random points.
pub fn soundness(basis: &Basis, program: &dyn Roots) -> Certificate {
    Certificate::new("soundness", try_soundness(basis, program))
}

/// Every [`RootKind::InputGradient`] and [`RootKind::CoefficientGradient`] equals the derivative of the raw diagrams.
///
/// `<C, f(x + t v)>` is a polynomial in t of at most the degree of the basis, so that its values at one point more give
/// its linear coefficient `sum_I G_I v_I` exactly. The direction v is a random member of the space of the input, and G
/// must lie in that space.
pub fn gradient(basis: &Basis, program: &dyn Roots) -> Certificate {
    Certificate::new("gradient", try_gradient(basis, program))
}

/// Points tried: Schwartz and Zippel are content with one.
const POINTS: usize = 2;

struct Trial<'a> {
    basis: &'a Basis,
    world: World<'a>,
    point: Point,
}

impl<'a> Trial<'a> {
    fn new(basis: &'a Basis, sizes: &'a Sizes, random: &mut Random) -> Trial<'a> {
        let signature = &basis.signature;
        let world = World::new(signature, sizes);
        let coefficient = |random: &mut Random, element: &crate::basis::Element| {
            let shape = world.coefficient_shape(&element.diagram);
            let data = random.fields(shape.iter().product());
            Tensor { shape, data }
        };
        let shape = Tensor::shape_of(&world.output, sizes);
        let point = Point {
            sizes: sizes.clone(),
            inputs: world.random_inputs(random),
            coefficients: basis.elements.iter().map(|element| coefficient(random, element)).collect(),
            // Not of the symmetry of the output: `<C, h>` is over all entries.
            cotangent: Tensor { data: random.fields(shape.iter().product()), shape },
        };
        Trial { basis, world, point }
    }

    /// Member b with its array of coefficients; a scalar coefficient is left out.
    fn member(&self, member: usize, inputs: &[Tensor], coefficient: &Tensor) -> Tensor {
        self.world.value(&self.basis.elements[member].diagram, inputs, coefficient)
    }

    /// `theta_b T_b`.
    fn term(&self, member: usize, inputs: &[Tensor], coefficient: &Tensor) -> Tensor {
        let mut value = self.member(member, inputs, coefficient);
        if coefficient.shape.is_empty() {
            value.data.iter_mut().for_each(|entry| *entry *= coefficient.data[0]);
        }
        value
    }

    fn combination(&self, inputs: &[Tensor]) -> Tensor {
        let mut sum = Tensor::zeros(Tensor::shape_of(&self.world.output, &self.point.sizes));
        for (member, coefficient) in self.point.coefficients.iter().enumerate() {
            sum.add_scaled(Fp::ONE, &self.term(member, inputs, coefficient));
        }
        sum
    }

    /// `d/dt <C, f(x + t v)>` at 0, v in input i.
    fn derivative(&self, input: usize, direction: &Tensor) -> Fp {
        let degree = *self.basis.options.degrees.end();
        let value = |t: usize| {
            let mut inputs = self.point.inputs.clone();
            inputs[input].add_scaled(Fp::new(t as u64), direction);
            dot(&self.point.cotangent, &self.combination(&inputs))
        };
        linear_coefficient(&(0..=degree).map(value).collect::<Vec<Fp>>())
    }
}

fn dot(a: &Tensor, b: &Tensor) -> Fp {
    a.data.iter().zip(&b.data).fold(Fp::ZERO, |sum, (&x, &y)| sum + x * y)
}

/// The coefficient of t of the polynomial with the given values at t = 0, 1, 2, ..
fn linear_coefficient(values: &[Fp]) -> Fp {
    // Newton's forward differences: f = sum_j D_j binomial(t, j), and t has coefficient (-1)^(j-1) / j in the j-th.
    let mut differences = values.to_vec();
    let mut coefficient = Fp::ZERO;
    for j in 1..values.len() {
        for k in (j..values.len()).rev() {
            let previous = differences[k - 1];
            differences[k] -= previous;
        }
        let sign = if j % 2 == 1 { 1 } else { -1 };
        coefficient += differences[j] * Fp::from_ratio(sign, j as u64);
    }
    coefficient
}

fn try_soundness(basis: &Basis, program: &dyn Roots) -> Tried {
    let degree = *basis.options.degrees.end();
    let sizes = sample_sizes(&basis.signature, degree, basis.options.labels, FREE_LABELS);
    let mut random = Random::seeded(0x50);
    let mut compared = 0;
    let tried = |compared: usize| {
        format!("{compared} roots compared with the raw diagrams at {POINTS} random points")
    };
    evaluable(&basis.signature, &sizes).map_err(|doubt| (tried(compared), doubt))?;
    for _ in 0..POINTS {
        let trial = Trial::new(basis, &sizes, &mut random);
        affordable(&trial).map_err(|doubt| (tried(compared), doubt))?;
        let roots = program.roots(&trial.point).map_err(|wrong| (tried(compared), wrong.into()))?;
        for (kind, value) in roots {
            let expected = match kind {
                RootKind::Member(member) if member < basis.elements.len() => {
                    trial.member(member, &trial.point.inputs, &trial.point.coefficients[member])
                }
                RootKind::Member(_) => {
                    return Err((tried(compared), format!("{kind:?} is no member").into()));
                }
                RootKind::Combination => trial.combination(&trial.point.inputs),
                RootKind::InputGradient(_) | RootKind::CoefficientGradient(_) => continue,
            };
            if value != expected {
                return Err((tried(compared), format!("{kind:?} differs from the raw diagrams").into()));
            }
            compared += 1;
        }
    }
    Ok(tried(compared))
}

fn try_gradient(basis: &Basis, program: &dyn Roots) -> Tried {
    let degree = *basis.options.degrees.end();
    let signature = &basis.signature;
    let sizes = sample_sizes(signature, degree, basis.options.labels, FREE_LABELS);
    let mut random = Random::seeded(0x67);
    let mut compared = 0;
    let tried = |compared: usize| {
        format!("{compared} roots compared with the linear term of the raw diagrams along random lines")
    };
    evaluable(signature, &sizes).map_err(|doubt| (tried(compared), doubt))?;
    let trial = Trial::new(basis, &sizes, &mut random);
    affordable(&trial).map_err(|doubt| (tried(compared), doubt))?;
    let roots = program.roots(&trial.point).map_err(|wrong| (tried(compared), wrong.into()))?;
    for (kind, value) in roots {
        let failed = |wrong: &str| Err((tried(compared), format!("{kind:?} {wrong}").into()));
        let (along, expected) = match kind {
            RootKind::InputGradient(input) if input < signature.inputs.len() => {
                let layout = &trial.world.inputs[input];
                let mut projected = value.clone();
                projected.project(signature, layout);
                if projected != value {
                    return failed("does not have the symmetry of the input");
                }
                let direction = Tensor::random(signature, layout, &sizes, &mut random);
                (dot(&value, &direction), trial.derivative(input, &direction))
            }
            RootKind::CoefficientGradient(member) if member < basis.elements.len() => {
                let shape = trial.point.coefficients[member].shape.clone();
                let direction = Tensor { data: random.fields(shape.iter().product()), shape };
                if value.shape != direction.shape {
                    return failed("does not have the shape of the coefficient");
                }
                let term = trial.term(member, &trial.point.inputs, &direction);
                (dot(&value, &direction), dot(&trial.point.cotangent, &term))
            }
            RootKind::InputGradient(_) | RootKind::CoefficientGradient(_) => return failed("is of nothing"),
            RootKind::Member(_) | RootKind::Combination => continue,
        };
        if along != expected {
            return failed("differs from the derivative of the raw diagrams");
        }
        compared += 1;
    }
    Ok(tried(compared))
}

fn affordable(trial: &Trial<'_>) -> Result<(), Doubt> {
    trial.basis.elements.iter().try_for_each(|element| trial.world.affordable(&element.diagram))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linear_coefficient_is_that_of_the_polynomial() {
        // 5 - 7 t + 3 t^2 + 2 t^4
        let value = |t: i64| Fp::from_i64(5 - 7 * t + 3 * t * t + 2 * t * t * t * t);
        let values: Vec<Fp> = (0..=4).map(value).collect();
        assert_eq!(linear_coefficient(&values), Fp::from_i64(-7));
        assert_eq!(linear_coefficient(&values[..1]), Fp::ZERO);
    }
}
