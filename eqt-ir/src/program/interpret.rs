//! Programs evaluated step by step: over the prime field, if nothing else is said, or over floats.

use eqt_runtime::{Fp, Scalar};

use super::{Einsum, Label, Op, Program, Root, RootKind, StepId};
use crate::diagram::{SlotId, epsilon_symbol};
use crate::exact::tensor::{Factor, Tensor, einsum};
use crate::signature::{AxisId, AxisShape, Layout, Sizes};

/// Values for all that a program reads.
#[derive(Clone, Debug)]
pub struct Arguments<S = Fp> {
    /// One tensor per input.
    pub inputs: Vec<Tensor<S>>,
    /// One per member: an array over its free labels, or a scalar.
    pub coefficients: Vec<Tensor<S>>,
    /// The cotangent of the output, for gradients: covariant, as `df = sum G_pq dh_pq` has it.
    pub cotangent: Option<Tensor<S>>,
}

impl Program {
    /// The values of all roots.
    pub fn evaluate<S: Scalar>(&self, sizes: &Sizes, arguments: &Arguments<S>) -> Vec<Tensor<S>> {
        let mut values: Vec<Tensor<S>> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let value = self.step_value(&step.op, &step.axes, sizes, arguments, &values);
            values.push(value);
        }
        self.roots.iter().map(|root| self.root_value(root, sizes, arguments, &values)).collect()
    }

    fn step_value<S: Scalar>(
        &self,
        op: &Op,
        axes: &[AxisId],
        sizes: &Sizes,
        arguments: &Arguments<S>,
        values: &[Tensor<S>],
    ) -> Tensor<S> {
        let shape = sizes.shape(axes);
        match op {
            Op::Input(input) => arguments.inputs[*input].clone(),
            Op::Coefficient(member) => arguments.coefficients[*member].clone(),
            Op::Cotangent => {
                let covariant = arguments.cotangent.clone().unwrap_or_else(|| Tensor::zeros(shape));
                let mut raised = self.move_indices(covariant, &self.output, sizes, true);
                raised.project(&self.output, |axis| self.axis(axis).form);
                raised
            }
            Op::Delta(axis) => {
                let form = self.axis(*axis).form;
                let mut delta = Tensor::zeros(shape);
                for b in 0..sizes.of(*axis) {
                    // The inverse of a signed permutation is its transpose.
                    let (a, sign) = form.entry(sizes.of(*axis), b);
                    let offset = delta.offset(&[a, b]);
                    delta.data[offset] = S::from_i64(sign.into());
                }
                delta
            }
            Op::Epsilon(axis) => {
                let sign = self.axis(*axis).form.determinant(sizes.of(*axis));
                let mut symbol: Tensor<S> = epsilon_symbol(sizes.of(*axis));
                if sign < 0 {
                    symbol.data.iter_mut().for_each(|entry| *entry = -*entry);
                }
                symbol
            }
            Op::Ones(axis) => Tensor { shape, data: vec![S::ONE; sizes.of(*axis)] },
            Op::One => Tensor::scalar(S::ONE),
            Op::Einsum(contraction) => self.contract(contraction, sizes, values),
            Op::Linear(terms) => {
                let mut sum = Tensor::zeros(shape);
                for term in terms {
                    let mut scale = term.scale.to_scalar::<S>();
                    if let Some(member) = term.theta {
                        scale *= arguments.coefficients[member].data[0];
                    }
                    sum.add_scaled(scale, &permuted(&values[term.step.index()], &term.permutation));
                }
                sum
            }
        }
    }

    fn contract<S: Scalar>(&self, contraction: &Einsum, sizes: &Sizes, values: &[Tensor<S>]) -> Tensor<S> {
        let mut seen: Vec<Label> = Vec::new();
        let label_sizes = sizes.shape(&contraction.axes);
        let factors = contraction
            .operands
            .iter()
            .map(|operand| {
                let mut tensor = value(values, operand.step).clone();
                for (slot, label) in operand.labels.iter().enumerate() {
                    let axis = contraction.axes[label.index()];
                    let AxisShape { form, is_label, .. } = self.axis(axis);
                    // The second occurrence of a summed linear label takes the form.
                    if seen.contains(label) && !is_label {
                        tensor = tensor.apply_form(slot, |a| form.entry(sizes.of(axis), a));
                    }
                    seen.push(*label);
                }
                let variables = operand.labels.iter().map(|label| label.index()).collect();
                Factor { variables, tensor }
            })
            .collect();
        let output: Vec<usize> = contraction.output.iter().map(|label| label.index()).collect();
        einsum(factors, &output, &label_sizes)
    }

    fn root_value<S: Scalar>(
        &self,
        root: &Root,
        sizes: &Sizes,
        arguments: &Arguments<S>,
        values: &[Tensor<S>],
    ) -> Tensor<S> {
        let mut result = permuted(value(values, root.step), &root.permutation);
        let mut scale = root.scale.to_scalar::<S>();
        if let Some(coefficient) = root.theta {
            scale *= arguments.coefficients[coefficient].data[0];
        }
        result.data.iter_mut().for_each(|entry| *entry *= scale);
        let form = |axis| self.axis(axis).form;
        match root.kind {
            RootKind::Member(_) | RootKind::Term(_) | RootKind::Combination => {
                if root.project {
                    result.project(&self.output, form);
                }
                result
            }
            RootKind::InputGradient(input) => {
                let layout = &self.inputs[input].layout;
                if root.project {
                    result.project(layout, form);
                }
                self.move_indices(result, layout, sizes, false)
            }
            RootKind::Array(_) | RootKind::CoefficientGradient(_) => result,
        }
    }

    /// Raises or lowers every index, such that a contraction of the raised tensor with the form is the plain pairing:
    /// `x_b = sum_a x^a F_ab`. For a signed permutation F the inverse is the transpose.
    fn move_indices<S: Scalar>(
        &self,
        mut tensor: Tensor<S>,
        layout: &Layout,
        sizes: &Sizes,
        raise: bool,
    ) -> Tensor<S> {
        for (slot, &axis) in layout.slots.iter().enumerate() {
            let (form, size) = (self.axis(axis).form, sizes.of(axis));
            tensor = tensor.apply_form(slot, |a| {
                let (b, sign) = form.entry(size, a);
                (b, if raise { sign } else { form.entry(size, b).1 })
            });
        }
        tensor
    }
}

fn value<S>(values: &[Tensor<S>], step: StepId) -> &Tensor<S> {
    &values[step.index()]
}

/// Axis k of the result is axis `permutation[k]` of the tensor.
pub(super) fn permuted<S: Scalar>(tensor: &Tensor<S>, permutation: &[SlotId]) -> Tensor<S> {
    let shape: Vec<usize> = permutation.iter().map(|axis| tensor.shape[axis.index()]).collect();
    let mut result = Tensor::zeros(shape.clone());
    for (flat, index) in crate::exact::tensor::indices(&shape).enumerate() {
        let mut source = vec![0; index.len()];
        for (position, axis) in permutation.iter().enumerate() {
            source[axis.index()] = index[position];
        }
        result.data[flat] = tensor.at(&source);
    }
    result
}
