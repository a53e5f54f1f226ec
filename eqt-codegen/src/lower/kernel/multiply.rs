//! Products with arrays over two labels that stay in rows, recognised among the einsums of a plan.
//!
//! An array of coefficients stays where it is if all that is read of it are products `sum_j c_ij x_jP`, also of its transpose and of
//! `c_ij + c_ji`; the gradient in an array is written where it belongs if it is a product `sum_P x_iP y_jP`. All other einsums become
//! loops.

use std::collections::{BTreeMap, BTreeSet};

use eqt_ir::program::{Einsum, Label, Operand, RootKind};

use super::super::plan::{LinearTerm, Operation, Plan};
use super::super::{BufferId, Multiply, Place, Way, Written};

/// The products of a plan.
#[derive(Default)]
pub(in super::super) struct Multiplied {
    /// The product that each tensor is, if it is one.
    products: BTreeMap<usize, Multiply>,
    /// Tensors `c_ij + c_ji` that are read by products only, which make them themselves.
    parts: BTreeSet<usize>,
}

impl Multiplied {
    /// `exchanges`: of every coefficient, the sign under the exchange of its two labels, if that is a symmetry of the map.
    pub(in super::super) fn new(
        plan: &Plan<'_>,
        buffers: &BTreeMap<usize, BufferId>,
        exchanges: &[Option<i8>],
    ) -> Multiplied {
        let finder = Finder { plan, buffers, exchanges };
        let all = 0..plan.tensors.len();
        let mut products: BTreeMap<usize, Multiply> =
            all.clone().filter_map(|tensor| Some((tensor, finder.multiply(tensor)?))).collect();
        // An array with another use is moved into lanes, and read there, and so is all that is made of it.
        let mut in_lanes: BTreeSet<usize> = BTreeSet::new();
        for tensor in all.clone() {
            let is_apply = matches!(products.get(&tensor), Some(Multiply::Apply { .. }));
            if !is_apply && finder.part(tensor).is_none() {
                in_lanes.extend(finder.arrays(tensor));
            }
        }
        products.retain(|&tensor, product| {
            let is_apply = matches!(product, Multiply::Apply { .. });
            !is_apply || !finder.arrays(tensor).any(|array| in_lanes.contains(&array))
        });
        let is_part =
            |tensor: &usize| finder.part(*tensor).is_some_and(|(array, _)| !in_lanes.contains(&array));
        Multiplied { products, parts: all.filter(is_part).collect() }
    }

    /// The product that a tensor is.
    pub(super) fn of(&self, tensor: usize) -> Option<Multiply> {
        self.products.get(&tensor).copied()
    }

    /// Whether a tensor is made by the products that read it.
    pub(super) fn is_part(&self, tensor: usize) -> bool {
        self.parts.contains(&tensor)
    }
}

struct Finder<'a> {
    plan: &'a Plan<'a>,
    buffers: &'a BTreeMap<usize, BufferId>,
    exchanges: &'a [Option<i8>],
}

impl Finder<'_> {
    /// The arrays of coefficients that a tensor reads, or reads what is made of.
    fn arrays(&self, tensor: usize) -> impl Iterator<Item = usize> {
        let operands = self.plan.tensors[tensor].operands();
        operands.into_iter().filter_map(|operand| self.matrix(operand)).map(|(array, _)| array)
    }

    /// The array of coefficients over labels that a tensor is, or is made of.
    fn matrix(&self, tensor: usize) -> Option<(usize, Way)> {
        match self.plan.tensors[tensor].operation {
            Operation::Argument(Place::Coefficient(_)) if !self.plan.tensors[tensor].axes.is_empty() => {
                Some((tensor, Way::Plain))
            }
            _ => self.part(tensor),
        }
    }

    /// The array `c` of a tensor `c_ij + c_ji` or `c_ij - c_ji` that is no result.
    fn part(&self, tensor: usize) -> Option<(usize, Way)> {
        let Operation::Linear(terms) = &self.plan.tensors[tensor].operation else { return None };
        let [first, second] = &terms[..] else { return None };
        let is_plain =
            |term: &LinearTerm| term.constants.is_empty() && term.theta.is_none() && term.scalars.is_empty();
        let array = &self.plan.tensors[first.tensor].operation;
        if !matches!(array, Operation::Argument(Place::Coefficient(_)))
            || first.tensor != second.tensor
            || self.plan.tensors[tensor].result.is_some()
            || !is_plain(first)
            || !is_plain(second)
        {
            return None;
        }
        let (one, other) = match (&first.permutation[..], &second.permutation[..]) {
            ([0, 1], [1, 0]) => (first, second),
            ([1, 0], [0, 1]) => (second, first),
            _ => return None,
        };
        match (one.negative, other.negative) {
            (false, false) => Some((first.tensor, Way::Sum)),
            (false, true) => Some((first.tensor, Way::Difference)),
            _ => None,
        }
    }

    fn multiply(&self, target: usize) -> Option<Multiply> {
        let Operation::Einsum(einsum) = &self.plan.tensors[target].operation else { return None };
        let [first, second] = &einsum.operands[..] else { return None };
        match (self.matrix(first.step.index()), self.matrix(second.step.index())) {
            (Some(matrix), None) => self.apply(target, einsum, matrix, first, second),
            (None, Some(matrix)) => self.apply(target, einsum, matrix, second, first),
            (None, None) => self.outer(target, einsum, first, second),
            (Some(_), Some(_)) => None,
        }
    }

    /// `target_iP = sum_j c_ij x_jP`.
    fn apply(
        &self,
        target: usize,
        einsum: &Einsum,
        (array, way): (usize, Way),
        matrix: &Operand,
        operand: &Operand,
    ) -> Option<Multiply> {
        let (label, rest) = self.vectors(einsum, &operand.labels)?;
        let (kept, same) = self.vectors(einsum, &einsum.output)?;
        let transposed = match matrix.labels[..] {
            [first, second] if (first, second) == (kept, label) => false,
            [first, second] if (first, second) == (label, kept) => true,
            _ => return None,
        };
        // If the map is the same for c and c^T, it is so for half of their sum or difference, too, in the place of c wherever that
        // is read.
        let exchange = match self.plan.tensors[array].operation {
            Operation::Argument(Place::Coefficient(index)) => self.exchanges.get(index).copied().flatten(),
            _ => None,
        };
        let way = match (way, transposed, exchange) {
            (Way::Plain, false, None) => Way::Plain,
            (Way::Plain, true, None) => Way::Transposed,
            (Way::Plain, false, Some(1)) => Way::Upper,
            (Way::Plain, true, Some(1)) => Way::Lower,
            (Way::Plain, false, Some(_)) => Way::OddUpper,
            (Way::Plain, true, Some(_)) => Way::OddLower,
            (Way::Sum, _, None | Some(1)) => Way::Sum,
            (Way::Difference, false, None | Some(-1)) => Way::Difference,
            _ => return None,
        };
        if rest != same || kept == label || self.is_sum(target) {
            return None;
        }
        let buffer = |tensor: usize| self.buffers.get(&tensor).copied();
        Some(Multiply::Apply {
            matrix: buffer(array)?,
            way,
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

    /// The first label and the others, if that is one of labels, and they are different and of linear axes.
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
