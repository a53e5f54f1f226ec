//! Which programs lose digits.
//!
//! Under an indefinite form vectors can be large whose inner products are not: a boost of rapidity log g takes the entries of a
//! momentum to the power g^1, and leaves `<p_i, p_j>` as it is. A sum along the form then cancels. Its terms are of the power of
//! its operands together, g^2 for `<p_i, p_j>`, but g^6 for `<M, M>` with the moment `M = sum_i p_i p_i p_i`: of a sum of
//! cubes `sum_ij <p_i, p_j>^3` that is computed so, nothing is left in single precision at a boost of velocity .99.
//!
//! So of all ways to compute a tensor those are kept whose largest power, there and in all that they read, is least. The power of an
//! entry is at most that of what it is made of, and at most the number of indices of the tensor that transform.

use egg::{EGraph, Id};

use super::extract::Problem;
use super::language::{ENode, Leaf};
use super::node_cost::is_delta_leaf;
use crate::diagram::{Node, Shapes};
use crate::group::Form;
use crate::signature::AxisId;

/// Measures the terms of nodes.
pub(super) struct Conditioning<'a> {
    pub(super) egraph: &'a EGraph<ENode, ()>,
    pub(super) shapes: &'a Shapes,
}

/// Whether some form is not definite, so that sums along it can cancel.
pub(super) fn is_indefinite(shapes: &Shapes) -> bool {
    shapes.axes().any(|axis| shapes.axis(axis).form != Form::Identity)
}

impl Conditioning<'_> {
    fn is_indefinite(&self, axis: AxisId) -> bool {
        self.shapes.axis(axis).form != Form::Identity
    }

    /// Leaves to every class the choices whose terms grow least. `ids[k]` is the e-class of class k of the problem, and
    /// `index` the inverse of that.
    pub(super) fn restrict(&self, problem: &mut Problem, ids: &[Id], index: impl Fn(Id) -> usize) {
        let count = problem.classes.len();
        // By class: the power of its entries, and the largest of all sums that it needs.
        let (mut entries, mut worst) = (vec![0; count], vec![0; count]);
        for class in problem.order() {
            let at = class as usize;
            let nodes = &self.egraph[ids[at]].nodes;
            let measured: Vec<(usize, usize)> = problem.classes[at]
                .iter()
                .map(|choice| {
                    let (of_entries, of_terms) =
                        self.powers(&nodes[choice.node], |child| entries[index(child)]);
                    let below = choice.children.iter().map(|&child| worst[child as usize]);
                    (of_entries, below.fold(of_terms, usize::max))
                })
                .collect();
            let smallest = measured.iter().map(|&(of_entries, _)| of_entries).min();
            let least = measured.iter().map(|&(_, worst)| worst).min();
            let (Some(smallest), Some(least)) = (smallest, least) else { continue };
            (entries[at], worst[at]) = (smallest, least);
            let mut measured = measured.into_iter();
            problem.classes[at].retain(|_| measured.next().is_some_and(|(_, worst)| worst == least));
        }
    }

    /// The powers of the entries of a node, and of the terms that it sums up along indefinite forms; 0 without such a sum.
    fn powers(&self, node: &ENode, of_child: impl Fn(Id) -> usize) -> (usize, usize) {
        match node {
            ENode::Leaf(Leaf::Input(input)) => {
                let slots = self.shapes.space(Node::Input(*input)).unwrap_or_default();
                let axes = slots.iter().filter_map(|slot| slot.axis);
                (axes.filter(|&axis| self.is_indefinite(axis)).count(), 0)
            }
            // Coefficients and cotangents are as large as they are; epsilons and forms are the same in every frame.
            ENode::Leaf(_) => (0, 0),
            ENode::Modulo(_, [child]) => (of_child(*child), 0),
            ENode::Linear(_, _, children) => {
                (children.iter().map(|&child| of_child(child)).max().unwrap_or(0), 0)
            }
            ENode::Einsum(spec, children) => {
                let terms: usize = children.iter().map(|&child| of_child(child)).sum();
                let transforms = |label: usize| self.is_indefinite(spec.axes[label]);
                let open = spec.output.iter().filter(|label| transforms(label.index())).count();
                let sums = (0..spec.axes.len())
                    .any(|label| transforms(label) && !spec.output.iter().any(|kept| kept.index() == label));
                // A form as an operand renames an index, and sums up nothing.
                let renames = children
                    .iter()
                    .any(|&child| self.egraph[self.egraph.find(child)].nodes.iter().any(is_delta_leaf));
                (terms.min(open), if sums && !renames { terms } else { 0 })
            }
        }
    }
}
