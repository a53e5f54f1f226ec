//! A program against the raw diagrams: values and derivatives.

use eqt_runtime::{Fp, Scalar};

use super::{Certificate, Doubt, FREE_LABELS, Tried, World, evaluable, sample_sizes};
use crate::exact::Random;
use crate::exact::tensor::Tensor;
use crate::map::{Map, Member, Origin};
use crate::program::{Arguments, Program, RootKind};
use crate::signature::{Dimension, Signature, Sizes};

/// Everything that a program reads.
#[derive(Clone, Debug)]
pub struct Point {
    /// A size for every axis.
    pub sizes: Sizes,
    /// The inputs.
    pub inputs: Vec<Tensor>,
    /// Every coefficient: a number, or an array over free labels.
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

/// Every value among the roots equals the raw diagrams at random points: members, terms, arrays, the combination.
pub fn soundness(map: &Map, program: &dyn Roots) -> Certificate {
    Certificate::new("soundness", || try_soundness(map, program))
}

/// Every [`RootKind::InputGradient`] and [`RootKind::CoefficientGradient`] equals the derivative of the raw diagrams.
///
/// `<C, f(x + t v)>` is a polynomial in t of at most the degree of the map, so that its values at one point more give its
/// linear coefficient `sum_I G_I v_I` exactly. The direction v is a random member of the space of the input, and G must
/// lie in that space.
pub fn gradient(map: &Map, program: &dyn Roots) -> Certificate {
    Certificate::new("gradient", || try_gradient(map, program))
}

/// Points tried: Schwartz and Zippel are content with one.
const POINTS: usize = 2;

/// Symbolic sizes of a map with a body are these in turn; primes, so that none hides another.
const BODY_SIZES: [usize; 3] = [3, 2, 4];

/// Multiplications for the raw terms of a body at one point; with more, nothing is tried.
const BODY_WORK: u64 = 20_000_000;

fn degree(map: &Map) -> usize {
    match map.options() {
        Some(options) => *options.degrees.end(),
        None => map.members.iter().map(|member| member.degree).max().unwrap_or(0),
    }
}

/// Where a map is tried: at stable sizes; a body has small ones, as it holds at all sizes.
fn sizes_of(map: &Map) -> Sizes {
    match map.origin() {
        Origin::Body => body_sizes(&map.signature),
        Origin::Basis(_) | Origin::Generators { .. } | Origin::Members { .. } => {
            let labels = map.options().and_then(|options| options.labels);
            sample_sizes(&map.signature, degree(map), labels, FREE_LABELS)
        }
    }
}

fn body_sizes(signature: &Signature) -> Sizes {
    let symbols = signature.axes.iter().filter_map(|axis| match &axis.dimension {
        Dimension::Symbol(name) => Some(name.clone()),
        Dimension::Literal(_) => None,
    });
    // Four is a size that every constraint admits.
    let is_constrained = |name: &str| {
        let named = signature.axes.iter().filter(|axis| axis.dimension.to_string() == name);
        named.into_iter().any(|axis| axis.group.rules().constraint().is_some())
    };
    let size = |(at, name): (usize, String)| {
        let size = if is_constrained(&name) { 4 } else { BODY_SIZES[at % BODY_SIZES.len()] };
        (name, size)
    };
    let named: Vec<(String, usize)> = symbols.enumerate().map(size).collect();
    Sizes::sample(signature, &named)
}

struct Trial<'a> {
    map: &'a Map,
    world: World<'a>,
    point: Point,
}

impl<'a> Trial<'a> {
    fn new(map: &'a Map, sizes: &'a Sizes, random: &mut Random) -> Result<Trial<'a>, Doubt> {
        let world = World::new(&map.signature, sizes);
        let mut coefficients = Vec::with_capacity(map.coefficients.len());
        for coefficient in &map.coefficients {
            let shape = sizes.shape(&coefficient.axes);
            let count = shape.iter().product();
            let mut data = if coefficient.given { random.fields(count) } else { vec![Fp::ONE; count] };
            let factor = coefficient.factor.in_field(sizes).ok_or_else(|| {
                Doubt::Untried("a constant is beyond 127 bits at the sizes tried".to_owned())
            })?;
            data.iter_mut().for_each(|entry| *entry *= factor);
            coefficients.push(Tensor { shape, data });
        }
        let shape = sizes.shape(&world.output.slots);
        let point = Point {
            sizes: sizes.clone(),
            inputs: world.random_inputs(random),
            coefficients,
            // Not of the symmetry of the output: `<C, h>` is over all entries.
            cotangent: Tensor::of_random_entries(shape, random),
        };
        let trial = Trial { map, world, point };
        trial.affordable()?;
        Ok(trial)
    }

    /// Whether the raw diagrams can be evaluated.
    fn affordable(&self) -> Result<(), Doubt> {
        let terms = self.map.members.iter().flat_map(|member| &member.terms);
        terms.clone().try_for_each(|term| self.world.affordable(&term.graph))?;
        if *self.map.origin() != Origin::Body {
            return Ok(());
        }
        let spaces = self.world.inputs.iter().chain([&self.world.output]);
        let entries =
            spaces.map(|layout| layout.slots.iter().map(|&axis| self.point.sizes.of(axis) as u64).product());
        let largest: u64 = entries.fold(1, u64::max);
        if largest.saturating_mul(largest).saturating_mul(terms.count() as u64) > BODY_WORK {
            return Err(Doubt::Untried(format!("the raw terms need more than {BODY_WORK} multiplications")));
        }
        Ok(())
    }

    /// `c_b T_b`.
    fn term(&self, member: &Member, inputs: &[Tensor], coefficient: &Tensor) -> Result<Tensor, Doubt> {
        let mut value = self.world.member(member, inputs, coefficient)?;
        if coefficient.shape.is_empty() {
            value.data.iter_mut().for_each(|entry| *entry *= coefficient.data[0]);
        }
        Ok(value)
    }

    fn combination(&self, inputs: &[Tensor]) -> Result<Tensor, Doubt> {
        let mut sum = Tensor::zeros(self.point.sizes.shape(&self.world.output.slots));
        for member in &self.map.members {
            sum.add_scaled(
                Fp::ONE,
                &self.term(member, inputs, &self.point.coefficients[member.coefficient])?,
            );
        }
        Ok(sum)
    }

    /// The combination with another array or number as coefficient k, and no other.
    fn along_coefficient(&self, coefficient: usize, direction: &Tensor) -> Result<Tensor, Doubt> {
        let mut sum = Tensor::zeros(self.point.sizes.shape(&self.world.output.slots));
        for member in self.map.members.iter().filter(|member| member.coefficient == coefficient) {
            sum.add_scaled(Fp::ONE, &self.term(member, &self.point.inputs, direction)?);
        }
        Ok(sum)
    }

    /// `d/dt <C, f(x + t v)>` at 0, v in input i.
    fn derivative(&self, input: usize, direction: &Tensor) -> Result<Fp, Doubt> {
        let value = |t: usize| {
            let mut inputs = self.point.inputs.clone();
            inputs[input].add_scaled(Fp::new(t as u64), direction);
            Ok(dot(&self.point.cotangent, &self.combination(&inputs)?))
        };
        let values: Vec<Fp> = (0..=degree(self.map)).map(value).collect::<Result<_, Doubt>>()?;
        Ok(linear_coefficient(&values))
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

fn try_soundness(map: &Map, program: &dyn Roots) -> Tried {
    let sizes = sizes_of(map);
    let mut random = Random::seeded(0x50);
    let mut compared = 0;
    let tried = |compared: usize| {
        format!("{compared} roots compared with the raw diagrams at {POINTS} random points")
    };
    evaluable(&map.signature, &sizes).map_err(|doubt| (tried(compared), doubt))?;
    for _ in 0..POINTS {
        let trial = Trial::new(map, &sizes, &mut random).map_err(|doubt| (tried(compared), doubt))?;
        let roots = program.roots(&trial.point).map_err(|wrong| (tried(compared), wrong.into()))?;
        for (kind, value) in roots {
            let failed = |wrong: &str| Err((tried(compared), format!("{kind:?} {wrong}").into()));
            let doubted = |doubt: Doubt| (tried(compared), doubt);
            let (inputs, coefficients) = (&trial.point.inputs, &trial.point.coefficients);
            let expected = match kind {
                RootKind::Member(at) | RootKind::Term(at) | RootKind::Array(at) => {
                    let Some(member) = map.members.get(at) else { return failed("is no member") };
                    match kind {
                        RootKind::Member(_) => {
                            trial.world.member(member, inputs, &coefficients[member.coefficient])
                        }
                        RootKind::Term(_) => trial.term(member, inputs, &coefficients[member.coefficient]),
                        _ => {
                            // Paired with an array, it is the member with these coefficients.
                            let shape = coefficients[member.coefficient].shape.clone();
                            let array = Tensor::of_random_entries(shape, &mut random);
                            if value.shape != array.shape {
                                return failed("does not have the shape of the coefficient");
                            }
                            let paired = trial.term(member, inputs, &array).map_err(doubted)?;
                            if dot(&value, &array) != paired.data[0] {
                                return failed("differs from the raw diagrams");
                            }
                            compared += 1;
                            continue;
                        }
                    }
                }
                RootKind::Combination => trial.combination(inputs),
                RootKind::InputGradient(_) | RootKind::CoefficientGradient(_) => continue,
            };
            if value != expected.map_err(doubted)? {
                return failed("differs from the raw diagrams");
            }
            compared += 1;
        }
    }
    Ok(tried(compared))
}

fn try_gradient(map: &Map, program: &dyn Roots) -> Tried {
    let signature = &map.signature;
    let sizes = sizes_of(map);
    let mut random = Random::seeded(0x67);
    let mut compared = 0;
    let tried = |compared: usize| {
        format!("{compared} roots compared with the linear term of the raw diagrams along random lines")
    };
    evaluable(signature, &sizes).map_err(|doubt| (tried(compared), doubt))?;
    let trial = Trial::new(map, &sizes, &mut random).map_err(|doubt| (tried(compared), doubt))?;
    let roots = program.roots(&trial.point).map_err(|wrong| (tried(compared), wrong.into()))?;
    for (kind, value) in roots {
        let failed = |wrong: &str| Err((tried(compared), format!("{kind:?} {wrong}").into()));
        let doubted = |doubt: Doubt| (tried(compared), doubt);
        let (along, expected) = match kind {
            RootKind::InputGradient(input) if input < signature.inputs.len() => {
                let layout = &trial.world.inputs[input];
                let mut projected = value.clone();
                projected.project(layout, |axis| signature.form(axis));
                if projected != value {
                    return failed("does not have the symmetry of the input");
                }
                let direction = Tensor::random(signature, layout, &sizes, &mut random);
                (dot(&value, &direction), trial.derivative(input, &direction).map_err(doubted)?)
            }
            RootKind::CoefficientGradient(coefficient) if coefficient < map.coefficients.len() => {
                let shape = trial.point.coefficients[coefficient].shape.clone();
                let direction = Tensor::of_random_entries(shape, &mut random);
                if value.shape != direction.shape {
                    return failed("does not have the shape of the coefficient");
                }
                let moved = trial.along_coefficient(coefficient, &direction).map_err(doubted)?;
                (dot(&value, &direction), dot(&trial.point.cotangent, &moved))
            }
            RootKind::InputGradient(_) | RootKind::CoefficientGradient(_) => return failed("is of nothing"),
            RootKind::Member(_) | RootKind::Term(_) | RootKind::Array(_) | RootKind::Combination => continue,
        };
        if along != expected {
            return failed("differs from the derivative of the raw diagrams");
        }
        compared += 1;
    }
    Ok(tried(compared))
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
