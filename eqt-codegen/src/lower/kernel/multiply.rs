//! Products with arrays over two labels that stay in rows, recognised among the einsums of a plan.
//!
//! An array of coefficients that every sample has its own of stays where it is if all that is read of it are products
//! `sum_j c_ij x_jP`; the gradient in an array is written where it belongs if it is a product `sum_P x_iP y_jP`. All other einsums
//! become loops.

use std::collections::BTreeMap;

use eqt_ir::program::{Einsum, Label, Operand, RootKind};

use super::super::plan::{Operation, Plan};
use super::super::{Arrangement, BufferId, Multiply, Place, Written};

/// The product that each tensor of a plan is, if it is one.
pub(super) fn all(
    plan: &Plan<'_>,
    buffers: &BTreeMap<usize, BufferId>,
    arrays: Arrangement,
) -> Vec<Option<Multiply>> {
    let finder = Finder { plan, buffers };
    let mut found: Vec<Option<Multiply>> =
        (0..plan.tensors.len()).map(|tensor| finder.multiply(tensor)).collect();
    // An array with another use is moved into lanes, and read there.
    let mut in_lanes: Vec<usize> = Vec::new();
    for (tensor, multiply) in plan.tensors.iter().zip(&found) {
        let arrays_read = tensor.operands().into_iter().filter_map(|operand| finder.array(operand));
        if !matches!(multiply, Some(Multiply::Apply { .. })) {
            in_lanes.extend(arrays_read);
        }
    }
    for (tensor, multiply) in plan.tensors.iter().zip(&mut found) {
        let mut arrays_read = tensor.operands().into_iter().filter_map(|operand| finder.array(operand));
        let stays = arrays == Arrangement::Rows && !arrays_read.any(|array| in_lanes.contains(&array));
        if matches!(multiply, Some(Multiply::Apply { .. })) && !stays {
            *multiply = None;
        }
    }
    found
}

struct Finder<'a> {
    plan: &'a Plan<'a>,
    buffers: &'a BTreeMap<usize, BufferId>,
}

impl Finder<'_> {
    /// Which array of coefficients over labels a tensor is.
    fn array(&self, tensor: usize) -> Option<usize> {
        match self.plan.tensors[tensor].operation {
            Operation::Argument(Place::Coefficient(index)) if !self.plan.tensors[tensor].axes.is_empty() => {
                Some(index)
            }
            _ => None,
        }
    }

    fn multiply(&self, target: usize) -> Option<Multiply> {
        let Operation::Einsum(einsum) = &self.plan.tensors[target].operation else { return None };
        let [first, second] = &einsum.operands[..] else { return None };
        match (self.array(first.step.index()), self.array(second.step.index())) {
            (Some(_), None) => self.apply(target, einsum, first, second),
            (None, Some(_)) => self.apply(target, einsum, second, first),
            (None, None) => self.outer(target, einsum, first, second),
            (Some(_), Some(_)) => None,
        }
    }

    /// `target_iP = sum_j c_ij x_jP`.
    fn apply(&self, target: usize, einsum: &Einsum, matrix: &Operand, operand: &Operand) -> Option<Multiply> {
        let (label, rest) = self.vectors(einsum, &operand.labels)?;
        let (kept, same) = self.vectors(einsum, &einsum.output)?;
        let transposed = match matrix.labels[..] {
            [first, second] if (first, second) == (kept, label) => false,
            [first, second] if (first, second) == (label, kept) => true,
            _ => return None,
        };
        if rest != same || kept == label || self.is_sum(target) {
            return None;
        }
        let buffer = |tensor: usize| self.buffers.get(&tensor).copied();
        Some(Multiply::Apply {
            matrix: buffer(matrix.step.index())?,
            transposed,
            operand: buffer(operand.step.index())?,
            target: buffer(target)?,
        })
    }

    /// `d_ij = sum_P x_iP y_jP`, a result.
    fn outer(&self, target: usize, einsum: &Einsum, first: &Operand, second: &Operand) -> Option<Multiply> {
        let result = self.plan.tensors[target].result?;
        let kind = self.plan.results[result].kind;
        if !matches!(kind, RootKind::CoefficientGradient(_) | RootKind::Array(_)) {
            return None;
        }
        let ((label, rest), (other, same)) =
            (self.vectors(einsum, &first.labels)?, self.vectors(einsum, &second.labels)?);
        let (left, right) = match einsum.output[..] {
            [i, j] if (i, j) == (label, other) => (first, second),
            [i, j] if (i, j) == (other, label) => (second, first),
            _ => return None,
        };
        // A sum over a linear index goes through the form.
        let plain = rest.iter().all(|label| self.plan.axis(einsum.axes[label.index()]).form.is_identity());
        if rest != same || label == other || !plain {
            return None;
        }
        let buffer = |operand: &Operand| self.buffers.get(&operand.step.index()).copied();
        Some(Multiply::Outer {
            left: buffer(left)?,
            right: buffer(right)?,
            target: self.buffers.get(&target).copied()?,
        })
    }

    /// The first label and the others, if that is one of a label axis, and they are different and of linear axes.
    fn vectors<'l>(&self, einsum: &Einsum, labels: &'l [Label]) -> Option<(Label, &'l [Label])> {
        let (first, rest) = labels.split_first()?;
        let is_label = |label: &Label| self.plan.axis(einsum.axes[label.index()]).is_label;
        let distinct = rest.iter().enumerate().all(|(at, label)| !rest[..at].contains(label));
        (is_label(first) && !rest.iter().any(is_label) && distinct).then_some((*first, rest))
    }

    /// Whether a tensor is added up over samples.
    fn is_sum(&self, tensor: usize) -> bool {
        let result = self.plan.tensors[tensor].result;
        result.is_some_and(|result| self.plan.results[result].written == Written::Added)
    }
}
