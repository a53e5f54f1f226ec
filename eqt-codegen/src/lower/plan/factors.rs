//! Numbers that multiply a product of two vectors per label: they move to one of the vectors.
//!
//! `d_ij = s <x_i, y_j>` becomes `d_ij = <s x_i, y_j>`: fewer multiplications, and a product that
//! [`Multiply`](super::super::Multiply) knows. The same for constants and signs, `d_ij = -1/2 <x_j, y_i>`.

use std::collections::BTreeMap;

use eqt_ir::program::{Einsum, Label, Operand, StepId};

use super::{LinearTerm, Operation, Plan, Tensor};

/// What multiplies a product.
enum Factor {
    /// A tensor without indices.
    Scalar(usize),
    /// What stands in a term.
    Term(LinearTerm),
}

impl Plan<'_> {
    /// Moves the factors of results over two labels.
    pub(super) fn move_factors(&mut self) {
        let mut readers = vec![0; self.tensors.len()];
        for tensor in &self.tensors {
            tensor.operands().into_iter().for_each(|operand| readers[operand] += 1);
        }
        let before = self.tensors.len();
        for index in 0..before {
            let Some((factor, product)) = self.scaled_product(index, &readers) else { continue };
            let Operation::Einsum(mut einsum) = self.tensors[product].operation.clone() else { continue };
            let vector = einsum.operands[0].clone();
            let axes = self.tensors[vector.step.index()].axes.clone();
            let operation = match factor {
                Factor::Scalar(scalar) => {
                    let labels: Vec<Label> = (0..axes.len()).map(Label::new).collect();
                    let operands = vec![
                        Operand { step: StepId::new(scalar), labels: Vec::new() },
                        Operand { step: vector.step, labels: labels.clone() },
                    ];
                    Operation::Einsum(Einsum { axes: axes.clone(), operands, output: labels })
                }
                Factor::Term(mut term) => {
                    if term.permutation == [1, 0] {
                        einsum.output.reverse();
                    }
                    term.tensor = vector.step.index();
                    term.permutation = (0..axes.len()).collect();
                    Operation::Linear(vec![term])
                }
            };
            einsum.operands[0].step = StepId::new(self.tensors.len());
            self.tensors.push(Tensor { axes, operation, formula: String::new(), result: None });
            self.tensors[index].operation = Operation::Einsum(einsum);
            self.tensors[product].operation = Operation::Ones;
        }
        if self.tensors.len() > before {
            self.sort();
        }
    }

    /// The factor s and the product X of a result `s X` over two labels, X a product of two vectors per label that nothing else
    /// reads.
    fn scaled_product(&self, index: usize, readers: &[usize]) -> Option<(Factor, usize)> {
        let tensor = &self.tensors[index];
        let is_label = |tensor: &Tensor| tensor.axes.iter().all(|&axis| self.axis(axis).is_label);
        if tensor.result.is_none() || tensor.axes.len() != 2 || !is_label(tensor) {
            return None;
        }
        let (factor, product) = match &tensor.operation {
            Operation::Einsum(Einsum { operands, output, .. }) => match &operands[..] {
                // The product is read in the order of its own indices.
                [scalar, product] | [product, scalar]
                    if scalar.labels.is_empty() && product.labels == *output =>
                {
                    (Factor::Scalar(scalar.step.index()), product.step.index())
                }
                _ => return None,
            },
            Operation::Linear(terms) => match &terms[..] {
                [term] => (Factor::Term(term.clone()), term.tensor),
                _ => return None,
            },
            _ => return None,
        };
        let of = &self.tensors[product];
        let Operation::Einsum(Einsum { operands: vectors, .. }) = &of.operation else { return None };
        let stored = |operand: &Operand| {
            let vector = &self.tensors[operand.step.index()];
            (vector.is_computed() || matches!(vector.operation, Operation::Argument(_)))
                && vector.axes.iter().any(|&axis| self.axis(axis).is_label)
        };
        let is_alone = readers[product] == 1 && of.result.is_none();
        let is_product = vectors.len() == 2 && vectors.iter().all(stored);
        (is_alone && is_product).then_some((factor, product))
    }

    /// Brings tensors into topological order again: each after what it reads, else as they are.
    fn sort(&mut self) {
        let mut place: BTreeMap<usize, usize> = BTreeMap::new();
        let mut order: Vec<usize> = Vec::with_capacity(self.tensors.len());
        for index in 0..self.tensors.len() {
            self.visit(index, &mut place, &mut order);
        }
        let at = |step: StepId| StepId::new(place[&step.index()]);
        let mut sorted: Vec<Tensor> = order.into_iter().map(|index| self.tensors[index].clone()).collect();
        for tensor in &mut sorted {
            match &mut tensor.operation {
                Operation::Einsum(einsum) => {
                    einsum.operands.iter_mut().for_each(|operand| operand.step = at(operand.step));
                }
                Operation::Linear(terms) => terms.iter_mut().for_each(|term| {
                    term.tensor = place[&term.tensor];
                    term.scalars.iter_mut().for_each(|scalar| *scalar = place[scalar]);
                }),
                Operation::Raise(of) | Operation::Lower(of) => *of = place[of],
                Operation::Argument(_) | Operation::Delta(_) | Operation::Epsilon(_) | Operation::Ones => {}
            }
        }
        self.tensors = sorted;
    }

    fn visit(&self, index: usize, place: &mut BTreeMap<usize, usize>, order: &mut Vec<usize>) {
        if place.contains_key(&index) {
            return;
        }
        for operand in self.tensors[index].operands() {
            self.visit(operand, place, order);
        }
        place.insert(index, order.len());
        order.push(index);
    }
}
