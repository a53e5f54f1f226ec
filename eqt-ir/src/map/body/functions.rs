//! The functions of the tensor language.

use proc_macro2::Span;
use syn::{Error, Expr, Lit, Result};

use super::calls::arity;
use super::constant::Constant;
use super::elaborate::{Elaborator, at};
use super::product::{Product, epsilon_legs};
use super::scope::Scope;
use super::spans::spanned;
use super::value::Value;
use crate::group::Epsilon;
use crate::signature::AxisId;

/// All functions, for people.
pub(super) const NAMES: &str = "`sum`, `family`, `dot`, `outer`, `sym_outer`, `contract`, `trace`, `transpose`, `symmetrize`, \
                                `antisymmetrize`, `traceless`, `cross`, `det`, `pow`, `identity` and `epsilon`";

/// Averages over at most this many axes.
const MAX_AVERAGED: usize = 5;

/// Whether there is a function of this name.
pub(super) fn exists(name: &str) -> bool {
    NAMES.split('`').any(|part| part == name)
}

/// What to say to a function that no polynomial is.
pub(super) fn why_not_polynomial(name: &str) -> Option<String> {
    const KNOWN: [&str; 27] = [
        "sqrt", "cbrt", "exp", "ln", "log", "log2", "log10", "sin", "cos", "tan", "tanh", "sinh", "cosh",
        "asin", "acos", "atan", "atan2", "abs", "signum", "min", "max", "powf", "recip", "norm", "relu",
        "sigmoid", "inverse",
    ];
    let hint = if name == "norm" {
        "write `dot(a, a)` for its square"
    } else {
        "a map is made of sums and products"
    };
    KNOWN.contains(&name).then(|| format!("`{name}` is not polynomial; {hint}"))
}

/// The value of a call.
pub(super) fn call<'a>(
    elaborator: &mut Elaborator<'a>,
    name: &str,
    span: Span,
    arguments: &[&'a Expr],
    scope: &Scope<'a>,
) -> Result<Value> {
    let mut call = Call { elaborator, name, span, arguments, scope };
    match name {
        "dot" => call.dot(),
        "outer" => {
            let [left, right] = call.values()?;
            call.done(call.elaborator.world.outer(&left, &right))
        }
        "sym_outer" => {
            let [left, right] = call.values()?;
            let product = call.done(call.elaborator.world.outer(&left, &right))?;
            call.averaged(&product, false)
        }
        "contract" => call.contract(),
        "trace" => call.trace(),
        "transpose" => call.transpose(),
        "symmetrize" | "antisymmetrize" => {
            let [value] = call.values()?;
            call.averaged(&value, name == "antisymmetrize")
        }
        "traceless" => call.traceless(),
        "cross" => call.epsilon_with(1),
        "det" => call.epsilon_with(0),
        "pow" => call.power(),
        "identity" => {
            let axis = call.axis(false)?;
            call.done(call.elaborator.world.identity(axis))
        }
        _ => {
            let axis = call.axis(true)?;
            call.epsilon(axis)
        }
    }
}

struct Call<'c, 'a> {
    elaborator: &'c mut Elaborator<'a>,
    name: &'c str,
    span: Span,
    arguments: &'c [&'a Expr],
    scope: &'c Scope<'a>,
}

impl Call<'_, '_> {
    fn fail<T>(&self, why: impl std::fmt::Display) -> Result<T> {
        Err(Error::new(self.span, why))
    }

    fn done<T>(&self, result: std::result::Result<T, String>) -> Result<T> {
        result.map_err(|why| Error::new(self.span, why))
    }

    /// As many arguments as there are.
    fn all_values(&mut self) -> Result<Vec<Value>> {
        let mut values = Vec::new();
        let mut errors: Option<Error> = None;
        for argument in self.arguments {
            match self.elaborator.expression(argument, self.scope) {
                Ok(value) => values.push(value),
                Err(error) => match &mut errors {
                    Some(errors) => errors.combine(error),
                    None => errors = Some(error),
                },
            }
        }
        errors.map_or(Ok(values), Err)
    }

    fn values<const K: usize>(&mut self) -> Result<[Value; K]> {
        let found = self.arguments.len();
        if found != K {
            return Err(arity(self.span, self.name, K, found));
        }
        <[Value; K]>::try_from(self.all_values()?).map_err(|_| arity(self.span, self.name, K, found))
    }

    /// The argument at a position as the number of an axis of a tensor of some rank.
    fn axis_number(&self, argument: &Expr, rank: usize) -> Result<usize> {
        let number = match argument {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(literal) => literal.base10_parse::<usize>().ok(),
                _ => None,
            },
            _ => None,
        };
        number.filter(|number| *number < rank).ok_or_else(|| {
            spanned(
                argument,
                match rank {
                    0 => "a scalar has no axes".to_owned(),
                    rank => format!("expected the number of an axis, 0 to {}", rank - 1),
                },
            )
        })
    }

    fn dot(&mut self) -> Result<Value> {
        let [left, right] = self.values()?;
        if left.axes != right.axes {
            return self.fail(format!(
                "`dot` contracts all axes of two tensors, which must be alike; found {} and {}",
                self.elaborator.kind_of(&left),
                self.elaborator.kind_of(&right)
            ));
        }
        let world = &self.elaborator.world;
        let mut value = self.done(world.outer(&left, &right))?;
        for rank in (1..=left.axes.len()).rev() {
            value = self.done(world.contracted(&value, 0, rank))?;
        }
        Ok(value)
    }

    /// `contract(x, y)`: the last axis of x with the first of y; `contract(x, p, y, q)`: axis p with axis q.
    fn contract(&mut self) -> Result<Value> {
        let (x, y) = match self.arguments {
            [x, y] | [x, _, y, _] => (*x, *y),
            other => {
                return self.fail(format!(
                    "`contract` takes two tensors, `contract(x, y)`, or two tensors and the axis of each, \
                     `contract(x, 1, y, 0)`; found {} arguments",
                    other.len()
                ));
            }
        };
        let left = self.elaborator.expression(x, self.scope)?;
        let right = self.elaborator.expression(y, self.scope)?;
        let (p, q) = match self.arguments {
            [_, p, _, q] => (self.axis_number(p, left.axes.len())?, self.axis_number(q, right.axes.len())?),
            _ => {
                if left.axes.is_empty() || right.axes.is_empty() {
                    return self
                        .fail("`contract` joins an axis of each tensor, but a scalar has none; write `*`");
                }
                (left.axes.len() - 1, 0)
            }
        };
        if left.axes[p] != right.axes[q] {
            return self.fail(format!(
                "`contract` joins axis {p} of {} with axis {q} of {}, which are not alike",
                self.elaborator.kind_of(&left),
                self.elaborator.kind_of(&right)
            ));
        }
        let product = self.done(self.elaborator.world.outer(&left, &right))?;
        self.done(self.elaborator.world.contracted(&product, p, left.axes.len() + q))
    }

    /// `trace(x)` of a matrix, `trace(x, p, q)` of any tensor.
    fn trace(&mut self) -> Result<Value> {
        let Some(x) = self.arguments.first() else { return Err(arity(self.span, self.name, 1, 0)) };
        let value = self.elaborator.expression(x, self.scope)?;
        let rank = value.axes.len();
        let (p, q) = match self.arguments {
            [_] if rank == 2 => (0, 1),
            [_] => {
                return self.fail(format!(
                    "`trace` of one argument takes a matrix, found {}; name the axes, `trace(x, 0, 1)`",
                    self.elaborator.kind_of(&value)
                ));
            }
            [_, p, q] => (self.axis_number(p, rank)?, self.axis_number(q, rank)?),
            other => {
                return self.fail(format!(
                    "`trace` takes a tensor and two of its axes; found {} arguments",
                    other.len()
                ));
            }
        };
        if p == q || value.axes[p] != value.axes[q] {
            return self.fail(format!(
                "`trace` joins two axes that are alike; found axes {p} and {q} of {}",
                self.elaborator.kind_of(&value)
            ));
        }
        self.done(self.elaborator.world.contracted(&value, p, q))
    }

    /// `transpose(x)` of a matrix; axis k of `transpose(x, p0, p1, ..)` is axis pk of x.
    fn transpose(&mut self) -> Result<Value> {
        let Some(x) = self.arguments.first() else { return Err(arity(self.span, self.name, 1, 0)) };
        let value = self.elaborator.expression(x, self.scope)?;
        let rank = value.axes.len();
        let order = match self.arguments {
            [_] if rank == 2 => vec![1, 0],
            [_, order @ ..] if order.len() == rank && rank > 0 => {
                order.iter().map(|axis| self.axis_number(axis, rank)).collect::<Result<Vec<usize>>>()?
            }
            _ => {
                return self.fail(format!(
                    "`transpose` takes a matrix, or a tensor and the new order of all its axes, `transpose(x, 2, 0, 1)`; \
                     found {}",
                    self.elaborator.kind_of(&value)
                ));
            }
        };
        if let Some(missing) = (0..rank).find(|axis| !order.contains(axis)) {
            return self.fail(format!("every axis stands once in the new order; axis {missing} is missing"));
        }
        self.done(self.elaborator.world.permuted(&value, &order))
    }

    /// The mean over all orders of the axes.
    fn averaged(&mut self, value: &Value, alternating: bool) -> Result<Value> {
        let rank = value.axes.len();
        if rank == 0 || value.axes.iter().any(|axis| *axis != value.axes[0]) {
            return self.fail(format!(
                "`{}` needs axes that are all alike, found {}",
                self.name,
                self.elaborator.kind_of(value)
            ));
        }
        if rank > MAX_AVERAGED {
            return self.fail(format!("`{}` takes at most {MAX_AVERAGED} axes, found {rank}", self.name));
        }
        self.done(self.elaborator.world.averaged(value, 0, rank, alternating))
    }

    /// The symmetric traceless part of a matrix.
    fn traceless(&mut self) -> Result<Value> {
        let [value] = self.values()?;
        let axis = match value.axes[..] {
            [p, q] if p == q && !self.elaborator.signature().axis(p).group.is_antisymmetric() => p,
            _ => {
                return self.fail(format!(
                    "`traceless` takes a matrix with a symmetric form, found {}",
                    self.elaborator.kind_of(&value)
                ));
            }
        };
        let world = &self.elaborator.world;
        let symmetric = self.done(world.averaged(&value, 0, 2, false))?;
        let trace = self.done(world.contracted(&symmetric, 0, 1))?;
        let Some(scale) = Constant::size(&world.signature, axis).inverse() else {
            return self.fail("an axis of size 0 has no traceless part");
        };
        let identity = self.done(world.identity(axis))?;
        let isotropic = self.done(world.outer(&trace, &identity))?;
        let isotropic = self.done(world.scaled(&isotropic, &scale.signed(-1)))?;
        self.done(world.plus(symmetric, isotropic))
    }

    /// The axis that `identity` or `epsilon` means.
    fn axis(&mut self, epsilon: bool) -> Result<AxisId> {
        let name = self.name;
        if let [argument] = self.arguments {
            let value = self.elaborator.expression(argument, self.scope)?;
            let signature = self.elaborator.signature();
            let axis = value.constant().and_then(|size| {
                signature.axis_ids().find(|&axis| {
                    (!epsilon || !signature.axis(axis).group.is_label())
                        && Constant::size(signature, axis) == size
                })
            });
            return axis.ok_or_else(|| {
                mistake_in!(argument, "no axis has this size; write `{name}(D)` for the axis of size D")
            });
        }
        if !self.arguments.is_empty() {
            return Err(arity(self.span, name, 1, self.arguments.len()));
        }
        match self.elaborator.linear[..] {
            [axis] => Ok(axis),
            [] => self.fail(format!(
                "no linear group acts here, so that `{name}` needs the size of its axis, `{name}(N)`"
            )),
            _ => {
                self.fail(format!("several linear groups act here; write `{name}(D)` for the axis of size D"))
            }
        }
    }

    fn epsilon(&mut self, axis: AxisId) -> Result<Value> {
        let group = self.elaborator.group_name(axis);
        let signature = self.elaborator.signature();
        let Some(legs) = epsilon_legs(signature, axis) else {
            return self.fail(match signature.axis(axis).group.epsilon() {
                Epsilon::Never => format!("{group} has no epsilon"),
                _ => format!(
                    "the epsilon of {group} has as many axes as the dimension, which must therefore be a number, as in \
                     `Vector<3>`"
                ),
            });
        };
        let pseudo = self.elaborator.parities(&[axis]);
        let product = Product::epsilon(signature, axis, legs);
        self.done(self.elaborator.world.value(vec![axis; legs], pseudo, [(Constant::integer(1), product)]))
    }

    /// The epsilon with all its axes but the first `free` contracted with vectors: `cross` and `det`.
    fn epsilon_with(&mut self, free: usize) -> Result<Value> {
        let vectors = self.all_values()?;
        let Some(first) = vectors.first() else { return Err(arity(self.span, self.name, 3 - free, 0)) };
        let axis = match first.axes[..] {
            [axis] if vectors.iter().all(|vector| vector.axes == [axis]) => axis,
            _ => {
                let kinds: Vec<String> =
                    vectors.iter().map(|vector| self.elaborator.kind_of(vector)).collect();
                return self.fail(format!(
                    "`{}` takes vectors of one axis, found {}",
                    self.name,
                    kinds.join(" and ")
                ));
            }
        };
        let mut value = self.epsilon(axis)?;
        if value.axes.len() != vectors.len() + free {
            return self.fail(format!(
                "`{}` takes {} vectors of dimension {}, found {}",
                self.name,
                value.axes.len() - free,
                value.axes.len(),
                vectors.len()
            ));
        }
        for vector in &vectors {
            let rank = value.axes.len();
            value = self.done(self.elaborator.world.outer(&value, vector))?;
            value = self.done(self.elaborator.world.contracted(&value, free, rank))?;
        }
        Ok(value)
    }

    /// `pow(x, k)` of a scalar.
    fn power(&mut self) -> Result<Value> {
        let [base, exponent] = self.arguments else {
            return Err(arity(self.span, self.name, 2, self.arguments.len()));
        };
        let value = self.elaborator.expression(base, self.scope)?;
        if !value.axes.is_empty() {
            return self.fail(format!("`pow` takes a scalar, found {}", self.elaborator.kind_of(&value)));
        }
        let times = match exponent {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(literal) => literal.base10_parse::<usize>().ok().filter(|times| *times <= 64),
                _ => None,
            },
            _ => None,
        };
        let Some(times) = times else {
            return Err(spanned(exponent, "a power of a polynomial map is a literal number from 0 to 64"));
        };
        let mut power = self.done(self.elaborator.world.number(Constant::integer(1)))?;
        for _ in 0..times {
            power = at(base, self.elaborator.world.outer(&power, &value))?;
        }
        Ok(power)
    }
}
