//! Loop nests run over the prime field: the reference that every back end is compared with.

use eqt_ir::exact::Tensor;
use eqt_ir::exact::permutations::{SignedPermutation, signed_permutations};
use eqt_ir::signature::{AxisId, Sizes};
use eqt_runtime::{Fp, Scalar};

use super::{Access, Bound, BufferId, Constant, Index, Multiply, Nest, Node, Place, Product, Way};

/// What a nest reads.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// One tensor per input.
    pub inputs: Vec<Tensor>,
    /// One per coefficient: a number, or an array.
    pub coefficients: Vec<Tensor>,
    /// The cotangent of the output.
    pub cotangent: Option<Tensor>,
}

impl Nest {
    /// The results, in order. Those that are [added to](super::Written::Added) start from zero here.
    ///
    /// # Panics
    ///
    /// If an argument that is read is missing or has the wrong shape; [`verify`](super::verify()) speaks of the rest.
    pub fn evaluate(&self, sizes: &Sizes, arguments: &Arguments) -> Vec<Tensor> {
        let mut run = Run {
            nest: self,
            sizes,
            arguments,
            buffers: self
                .buffers
                .iter()
                .map(|buffer| run_shape(sizes, &buffer.axes, &buffer.stored))
                .collect(),
            values: vec![0; self.variables.len()],
            permutations: vec![SignedPermutation::identity(0); self.variables.len()],
            sums: Vec::new(),
        };
        for (id, buffer) in self.buffers.iter().enumerate() {
            match buffer.place {
                Place::Input(input) => run.buffers[id] = arguments.inputs[input].clone(),
                Place::Coefficient(coefficient) => {
                    run.buffers[id] = arguments.coefficients[coefficient].clone()
                }
                Place::Cotangent => match &arguments.cotangent {
                    Some(cotangent) => run.buffers[id] = cotangent.clone(),
                    None => panic!("the nest reads a cotangent"),
                },
                Place::Result(_) | Place::Local => {}
            }
        }
        run.nodes(&self.body);
        // Every result has a buffer, says `verify`.
        let result =
            |at: usize| match self.buffers.iter().position(|buffer| buffer.place == Place::Result(at)) {
                Some(id) => self.unfolded(at, run.buffers[id].clone()),
                None => panic!("result {at} has no buffer"),
            };
        (0..self.results.len()).map(result).collect()
    }
}

impl Nest {
    /// A result with the mirror images that it leaves out.
    fn unfolded(&self, result: usize, mut tensor: Tensor) -> Tensor {
        let Some(odd) = self.results[result].folded else { return tensor };
        let size = tensor.shape[0];
        for (i, j) in (0..size).flat_map(|i| (i + 1..size).map(move |j| (i, j))) {
            let entry = tensor.data[i * size + j];
            tensor.data[j * size + i] = if odd { -entry } else { entry };
        }
        tensor
    }
}

fn run_shape(sizes: &Sizes, axes: &[AxisId], stored: &[bool]) -> Tensor {
    Tensor::zeros(
        axes.iter().zip(stored).filter(|(_, stored)| **stored).map(|(&axis, _)| sizes.of(axis)).collect(),
    )
}

fn pairs(outer: usize, inner: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..outer).flat_map(move |i| (0..inner).map(move |j| (i, j)))
}

struct Run<'a> {
    nest: &'a Nest,
    sizes: &'a Sizes,
    arguments: &'a Arguments,
    buffers: Vec<Tensor>,
    /// The value of every loop variable.
    values: Vec<usize>,
    /// The current permutation of every variable that is one.
    permutations: Vec<SignedPermutation>,
    /// What the enclosing [`Node::Reduce`]s have added up, the innermost last.
    sums: Vec<Fp>,
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Declare(id) => self.buffers[id.0].data.fill(Fp::ZERO),
            Node::Loop { variable, from, to, body } => {
                for value in self.bound(*from)..self.bound(*to) {
                    self.values[variable.0] = value;
                    self.nodes(body);
                }
            }
            Node::Permutations { variable, legs, body } => {
                for permutation in signed_permutations(*legs) {
                    self.permutations[variable.0] = permutation;
                    self.nodes(body);
                }
            }
            Node::Store { target, add, terms } => {
                let value = self.products(terms);
                self.store(target, *add, value);
            }
            Node::Reduce { target, add, body } => {
                self.sums.push(Fp::ZERO);
                self.nodes(body);
                match self.sums.pop() {
                    Some(sum) => self.store(target, *add, sum),
                    None => unreachable!("it was pushed above"),
                }
            }
            Node::Multiply(multiply) => self.multiply(multiply),
            Node::Accumulate(terms) => {
                let value = self.products(terms);
                match self.sums.last_mut() {
                    Some(sum) => *sum += value,
                    None => panic!("`Accumulate` stands outside of every `Reduce`"),
                }
            }
        }
    }

    fn multiply(&mut self, multiply: &Multiply) {
        // A tensor as its first index and all others.
        let shape = |buffer: BufferId| {
            let tensor = &self.buffers[buffer.0];
            (tensor.shape[0], tensor.shape[1..].iter().product::<usize>())
        };
        let is_sum = self.nest.is_sum(multiply.target());
        let mut target = self.buffers[multiply.target().0].clone();
        if !is_sum {
            target.data.fill(Fp::ZERO);
        }
        let [first, second] = multiply.reads().map(|buffer| &self.buffers[buffer.0].data);
        match *multiply {
            Multiply::Apply { way, operand, target: to, .. } => {
                let ((inner, columns), (outer, _)) = (shape(operand), shape(to));
                for (i, j) in pairs(outer, inner) {
                    let (at, other) = (|i, j| first[i * inner + j], |i, j| first[j * outer + i]);
                    let entry = match way {
                        Way::Plain => at(i, j),
                        Way::Transposed => other(i, j),
                        Way::Sum => at(i, j) + other(i, j),
                        Way::Difference => at(i, j) - other(i, j),
                        Way::Upper | Way::Lower if i == j => at(i, j),
                        Way::Upper if i < j => at(i, j) + other(i, j),
                        Way::Lower if i > j => at(i, j) + other(i, j),
                        Way::OddUpper if i < j => at(i, j) - other(i, j),
                        Way::OddLower if i > j => other(i, j) - at(i, j),
                        Way::Upper | Way::Lower | Way::OddUpper | Way::OddLower => Fp::ZERO,
                    };
                    for p in 0..columns {
                        target.data[i * columns + p] += entry * second[j * columns + p];
                    }
                }
            }
            Multiply::Outer { left, right, target: to } => {
                let ((outer, columns), (inner, _)) = (shape(left), shape(right));
                let is_folded = self.nest.is_folded(to);
                for (i, j) in pairs(outer, inner).filter(|(i, j)| !is_folded || i <= j) {
                    for p in 0..columns {
                        target.data[i * inner + j] += first[i * columns + p] * second[j * columns + p];
                    }
                }
            }
        }
        self.buffers[multiply.target().0] = target;
    }

    fn bound(&self, bound: Bound) -> usize {
        match bound {
            Bound::Literal(value) => value,
            Bound::Size(axis) => self.sizes.of(axis),
            Bound::Half(axis) => self.sizes.of(axis) / 2,
            Bound::Variable(variable) => self.values[variable.0],
        }
    }

    fn offset(&self, access: &Access) -> usize {
        let buffer = &self.nest.buffers[access.buffer.0];
        let stored =
            access.indices.iter().zip(&buffer.axes).zip(&buffer.stored).filter(|(_, stored)| **stored);
        let index: Vec<usize> = stored
            .map(|((index, &axis), _)| match *index {
                Index::Variable { variable, half } => {
                    self.values[variable.0] + if half { self.sizes.of(axis) / 2 } else { 0 }
                }
                Index::Constant(value) => value,
                Index::Image(variable, number) => self.permutations[variable.0].image[number],
            })
            .collect();
        self.buffers[access.buffer.0].offset(&index)
    }

    fn store(&mut self, target: &Access, add: bool, value: Fp) {
        let offset = self.offset(target);
        let entry = &mut self.buffers[target.buffer.0].data[offset];
        *entry = if add { *entry + value } else { value };
    }

    fn products(&self, terms: &[Product]) -> Fp {
        terms.iter().fold(Fp::ZERO, |sum, term| sum + self.product(term))
    }

    fn product(&self, product: &Product) -> Fp {
        let mut negative = product.negative;
        for sign in &product.signs {
            let permutation = &self.permutations[sign.variable.0];
            negative ^= permutation.is_odd();
            for &number in &sign.metric {
                negative ^= permutation.image[number] >= sign.first_negative;
            }
        }
        let mut value = if negative { -Fp::ONE } else { Fp::ONE };
        for constant in &product.constants {
            value *= match constant {
                Constant::Ratio(ratio) => ratio.to_field(),
                Constant::Harmonic { axis, numerator, denominator, shifts } => {
                    let size = self.sizes.of(*axis) as u64;
                    let shifted = shifts.iter().map(|shift| Fp::new((size + shift).max(1)));
                    Fp::new(*numerator)
                        / shifted.fold(Fp::new(*denominator), |product, factor| product * factor)
                }
            };
        }
        if let Some(coefficient) = product.theta {
            value *= self.arguments.coefficients[coefficient].data[0];
        }
        let entry = |entry: &Access| self.buffers[entry.buffer.0].data[self.offset(entry)];
        product.entries.iter().map(entry).fold(value, |value, entry| value * entry)
    }
}
