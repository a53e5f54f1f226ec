//! Values of the tensor language: tensors with known axes and parity, as linear combinations of products in canonical
//! form, so that equal terms are merged and a value that is identically zero has no terms.

use std::cell::Cell;
use std::rc::Rc;

use super::constant::Constant;
use super::product::{LabelId, MAX_EPSILON_PAIR, MAX_FACTORS, Product, Scaled, epsilon_legs};
use crate::diagram::{DiagramLimit, Graph, Shapes, canonicalise};
use crate::exact::permutations::arrangement_sign;
use crate::exact::permutations::permutations;
use crate::signature::{AxisId, Block, Layout, Signature, SlotSymmetry};

/// The most terms of one value.
pub(super) const MAX_TERMS: usize = 2000;
/// The most expressions and terms that are worked on.
const MAX_STEPS: usize = 100_000;
/// The most axes of one value.
pub(super) const MAX_RANK: usize = 16;
/// The most labels bound at one place.
pub(super) const MAX_LABELS: usize = 32;

/// A term, with the canonical graph that it is the `sign`-fold of.
#[derive(Clone, Debug)]
struct Term {
    constant: Constant,
    product: Rc<Product>,
    key: Graph,
    sign: i8,
}

/// A tensor; see the [module documentation](self).
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// The axis of every index.
    pub(super) axes: Vec<AxisId>,
    /// Sorted axes whose determinant it picks up.
    pub(super) pseudo: Vec<AxisId>,
    terms: Vec<Term>,
}

/// What operations on values have to know.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) signature: Signature,
    shapes: Shapes,
    /// What was done so far, in expressions and products: closures that call closures twice double the work each time.
    steps: Cell<usize>,
}

/// Why an operation gives no value.
pub(super) type Reason = String;

const TOO_LARGE: &str = "the constants of the body are too large to be computed exactly";

impl World {
    pub(super) fn new(signature: Signature) -> World {
        World { shapes: Shapes::new(&signature), signature, steps: Cell::new(0) }
    }

    /// With more inputs.
    pub(super) fn with_signature(&self, signature: Signature) -> World {
        World { steps: self.steps.clone(), ..World::new(signature) }
    }

    /// Counts an expression or a product.
    pub(super) fn step(&self) -> Result<(), Reason> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() <= MAX_STEPS {
            return Ok(());
        }
        Err(format!(
            "the body takes more than {MAX_STEPS} steps to be multiplied out, one for each expression and each term; write \
             it as several maps"
        ))
    }

    /// The layout of a value with `axes`, and of all labels that may be bound.
    fn layout(&self, axes: &[AxisId]) -> Layout {
        let mut slots = axes.to_vec();
        slots.resize(axes.len() + MAX_LABELS, AxisId::new(0));
        let blocks =
            (0..slots.len()).map(|start| Block { start, rank: 1, symmetry: SlotSymmetry::General }).collect();
        Layout { slots, blocks, pseudo: Vec::new() }
    }

    /// Products as a value: canonical, equal ones merged.
    pub(super) fn value(
        &self,
        axes: Vec<AxisId>,
        pseudo: Vec<AxisId>,
        products: impl IntoIterator<Item = Scaled>,
    ) -> Result<Value, Reason> {
        if axes.len() > MAX_RANK {
            return Err(format!(
                "a tensor of {} axes is more than the {MAX_RANK} that are supported",
                axes.len()
            ));
        }
        let shapes = self.shapes.with_output(&self.layout(&axes));
        let mut value = Value { axes, pseudo, terms: Vec::new() };
        for (constant, product) in products {
            if let Some((_, _, axis)) = product.epsilon_pair()
                && epsilon_legs(&self.signature, axis).is_none_or(|legs| legs > MAX_EPSILON_PAIR)
            {
                return Err(format!(
                    "a product of two epsilons of more than {MAX_EPSILON_PAIR} legs is not supported"
                ));
            }
            for (factor, product) in product.without_epsilon_pairs(&self.signature) {
                if product.factors() > MAX_FACTORS {
                    return Err(format!("a term of degree above {MAX_FACTORS} is not supported"));
                }
                if product.ports() + value.axes.len() > DiagramLimit::MAX_PORTS {
                    let most = DiagramLimit::MAX_PORTS;
                    return Err(format!("a term with more than {most} indices in all is not supported"));
                }
                self.step()?;
                let constant = constant.times(&Constant::integer(factor)).ok_or(TOO_LARGE)?;
                let canonical = canonicalise(&product.graph(value.axes.len()), &shapes);
                if canonical.sign != 0 && !constant.is_zero() {
                    let (key, sign) = (canonical.graph, canonical.sign);
                    value.add(Term { constant, product: Rc::new(product), key, sign })?;
                }
            }
        }
        value.terms.retain(|term| !term.constant.is_zero());
        Ok(value)
    }

    /// A number.
    pub(super) fn number(&self, constant: Constant) -> Result<Value, Reason> {
        self.value(Vec::new(), Vec::new(), [(constant, Product::one())])
    }

    fn each(
        &self,
        value: &Value,
        axes: Vec<AxisId>,
        pseudo: Vec<AxisId>,
        change: impl Fn(&Product) -> Scaled,
    ) -> Result<Value, Reason> {
        let products = value.terms.iter().map(|term| {
            let (factor, product) = change(&term.product);
            Some((term.constant.times(&factor)?, product))
        });
        self.value(axes, pseudo, products.collect::<Option<Vec<Scaled>>>().ok_or(TOO_LARGE)?)
    }

    /// The sum of two values of the same axes and parity.
    pub(super) fn plus(&self, left: Value, right: Value) -> Result<Value, Reason> {
        let mut sum = left;
        if sum.terms.is_empty() {
            sum.pseudo = right.pseudo;
        }
        for term in right.terms {
            sum.add(term)?;
        }
        sum.terms.retain(|term| !term.constant.is_zero());
        Ok(sum)
    }

    /// A value times a constant.
    pub(super) fn scaled(&self, value: &Value, constant: &Constant) -> Result<Value, Reason> {
        self.each(value, value.axes.clone(), value.pseudo.clone(), |product| {
            (constant.clone(), product.clone())
        })
    }

    /// The tensor product, axes of the left first.
    pub(super) fn outer(&self, left: &Value, right: &Value) -> Result<Value, Reason> {
        let mut products = Vec::new();
        if left.terms.len().saturating_mul(right.terms.len()) > MAX_TERMS {
            return Err(too_many());
        }
        for a in &left.terms {
            for b in &right.terms {
                let constant = a.constant.times(&b.constant).ok_or(TOO_LARGE)?;
                products.push((constant, a.product.outer(&b.product, left.axes.len())));
            }
        }
        let mut pseudo = left.pseudo.clone();
        for axis in &right.pseudo {
            match pseudo.iter().position(|other| other == axis) {
                Some(twice) => {
                    pseudo.remove(twice);
                }
                None => pseudo.push(*axis),
            }
        }
        pseudo.sort_unstable();
        self.value([left.axes.clone(), right.axes.clone()].concat(), pseudo, products)
    }

    /// Axes p and q contracted with the form, oriented from p to q.
    pub(super) fn contracted(&self, value: &Value, p: usize, q: usize) -> Result<Value, Reason> {
        let axes =
            (value.axes.iter().enumerate()).filter(|(at, _)| *at != p && *at != q).map(|(_, axis)| *axis);
        self.each(value, axes.collect(), value.pseudo.clone(), |product| {
            product.contracted(&self.signature, p, q)
        })
    }

    /// Axis k of the result is axis `permutation[k]`.
    pub(super) fn permuted(&self, value: &Value, permutation: &[usize]) -> Result<Value, Reason> {
        let axes = permutation.iter().map(|&axis| value.axes[axis]).collect();
        self.each(value, axes, value.pseudo.clone(), |product| {
            (Constant::integer(1), product.permuted(permutation))
        })
    }

    /// The mean over all orders of `rank` axes from `start`, with signs if it is `alternating`.
    pub(super) fn averaged(
        &self,
        value: &Value,
        start: usize,
        rank: usize,
        alternating: bool,
    ) -> Result<Value, Reason> {
        let orders = permutations(rank);
        let mut products = Vec::new();
        for order in &orders {
            let sign = if alternating { arrangement_sign(order) } else { 1 };
            let mut permutation: Vec<usize> = (0..value.axes.len()).collect();
            for (at, image) in order.iter().enumerate() {
                permutation[start + at] = start + image;
            }
            let scale = Constant::ratio(sign.into(), orders.len() as i128).ok_or(TOO_LARGE)?;
            for term in &value.terms {
                let constant = term.constant.times(&scale).ok_or(TOO_LARGE)?;
                products.push((constant, term.product.permuted(&permutation)));
            }
        }
        self.value(value.axes.clone(), value.pseudo.clone(), products)
    }

    /// The inverse form of an axis.
    pub(super) fn identity(&self, axis: AxisId) -> Result<Value, Reason> {
        let product = Product::identity(&self.signature, axis);
        self.value(vec![axis; 2], Vec::new(), [(Constant::integer(1), product)])
    }

    /// The first axis at a bound label.
    pub(super) fn at_label(&self, value: &Value, slot: usize, label: LabelId) -> Result<Value, Reason> {
        let mut axes = value.axes.clone();
        axes.remove(slot);
        self.each(value, axes, value.pseudo.clone(), |product| {
            (Constant::integer(1), product.at_label(slot, label))
        })
    }

    /// The sum over a bound label.
    pub(super) fn summed(&self, value: &Value, label: LabelId, axis: AxisId) -> Result<Value, Reason> {
        self.each(value, value.axes.clone(), value.pseudo.clone(), |product| {
            product.summed(&self.signature, label, axis)
        })
    }

    /// The family over a bound label.
    pub(super) fn opened(&self, value: &Value, label: LabelId, axis: AxisId) -> Result<Value, Reason> {
        let axes = [vec![axis], value.axes.clone()].concat();
        self.each(value, axes, value.pseudo.clone(), |product| {
            (Constant::integer(1), product.opened(label, axis))
        })
    }

    /// Whether exchanging two neighbouring axes multiplies the value by `sign`.
    pub(super) fn is_symmetric(&self, value: &Value, slot: usize, sign: i8) -> Result<bool, Reason> {
        let mut permutation: Vec<usize> = (0..value.axes.len()).collect();
        permutation.swap(slot, slot + 1);
        let swapped = self.permuted(value, &permutation)?;
        let opposite = self.scaled(&swapped, &Constant::integer(i128::from(-sign)))?;
        Ok(self.plus(value.clone(), opposite)?.is_zero())
    }
}

fn too_many() -> Reason {
    format!("the body has more than {MAX_TERMS} terms once it is multiplied out; write it as several maps")
}

impl Value {
    fn add(&mut self, term: Term) -> Result<(), Reason> {
        match self.terms.iter_mut().find(|other| other.key == term.key) {
            Some(other) => {
                let constant = term.constant.signed(term.sign * other.sign);
                other.constant = other.constant.plus(&constant).ok_or(TOO_LARGE)?;
            }
            None => self.terms.push(term),
        }
        if self.terms.len() > MAX_TERMS { Err(too_many()) } else { Ok(()) }
    }

    /// Whether it is zero for all inputs.
    pub(super) fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// The number that it is, if it holds no tensor and no label.
    pub(super) fn constant(&self) -> Option<Constant> {
        match &self.terms[..] {
            [] if self.axes.is_empty() => Some(Constant::integer(0)),
            [term] if term.product.is_one() => Some(term.constant.clone()),
            _ => None,
        }
    }

    /// Every term as a constant and a graph whose output has the axes of the value.
    pub(super) fn terms(&self) -> impl Iterator<Item = (&Constant, Graph)> {
        self.terms.iter().map(|term| (&term.constant, term.product.graph(self.axes.len())))
    }
}
