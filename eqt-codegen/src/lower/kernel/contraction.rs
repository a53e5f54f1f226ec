//! The statements of a contraction: loops over its wires around products of entries.

use eqt_ir::exact::permutations::signed_permutations;
use eqt_ir::group::Form;
use eqt_ir::signature::AxisId;

use super::super::{Access, Bound, BufferId, Index, Node, PermutationSign, Product, VariableId};
use super::Builder;
use super::wires::{End, Resolved, Wire};

/// The most legs of an epsilon whose signed permutations are written out one by one.
const WRITTEN_LEGS: usize = 4;

pub(super) struct Contraction<'a> {
    pub(super) target: BufferId,
    /// How many indices it has.
    pub(super) rank: usize,
    pub(super) operands: &'a [usize],
    pub(super) scale: Product,
    /// Operands that are epsilons, with their axes and numbers of legs.
    pub(super) epsilons: Vec<(usize, AxisId, usize)>,
}

impl Contraction<'_> {
    /// The statements, epsilons first. An epsilon of few legs is written out: one term for each order of its legs,
    /// whose wires then have constant indices (`constant`: the wires that end at an epsilon). One of many legs is a
    /// loop over permutations. Inside stand the loops over `kept` wires, which end at the target, and then over
    /// `summed` ones.
    pub(super) fn epsilon_terms(
        &self,
        builder: &mut Builder<'_>,
        resolved: &mut Vec<(Wire, Resolved)>,
        kept: &[(VariableId, Wire)],
        summed: &[(VariableId, Wire)],
        constant: &[Wire],
        add: bool,
    ) -> Vec<Node> {
        // Every epsilon has its legs at numbers (written out), or at the images of a permutation (looped over).
        let mut terms: Vec<(Vec<Vec<Index>>, Product)> = vec![(Vec::new(), self.scale.clone())];
        let mut loops: Vec<(VariableId, usize)> = Vec::new();
        for &(_, axis, legs) in &self.epsilons {
            let determinant = builder.form(axis).determinant(legs) < 0;
            if legs <= WRITTEN_LEGS {
                terms = terms
                    .into_iter()
                    .flat_map(|(values, product)| {
                        signed_permutations(legs).into_iter().map(move |permutation| {
                            let mut values = values.clone();
                            let negative = product.negative ^ permutation.is_odd() ^ determinant;
                            values.push(permutation.image.into_iter().map(Index::Constant).collect());
                            (values, Product { negative, ..product.clone() })
                        })
                    })
                    .collect();
            } else {
                let variable = builder.variable(axis);
                loops.push((variable, legs));
                for (values, product) in &mut terms {
                    values.push((0..legs).map(|leg| Index::Image(variable, leg)).collect());
                    product.negative ^= determinant;
                    let first_negative = match builder.form(axis) {
                        Form::Diagonal(first_negative) => first_negative,
                        _ => legs,
                    };
                    product.signs.push(PermutationSign { variable, metric: Vec::new(), first_negative });
                }
            }
        }
        let mut body = Vec::new();
        'terms: for (values, mut product) in terms {
            let before = resolved.len();
            for wire in constant {
                // Start from an end at an epsilon.
                let leg = wire.ends.iter().enumerate().find_map(|(position, end)| match end {
                    End::Operand(operand, slot) => {
                        let epsilon = self.epsilons.iter().position(|(at, ..)| at == operand)?;
                        Some((position, values[epsilon][*slot]))
                    }
                    End::Target(_) => None,
                });
                let Some((position, index)) = leg else { continue };
                let turned = wire.starting_at(position);
                let Some(found) = builder.resolve(&turned, index, false) else {
                    resolved.truncate(before);
                    continue 'terms;
                };
                // A wire between two legs has an index from each; the term is zero unless they agree.
                for (end, at) in turned.ends.iter().zip(&found.indices) {
                    if let End::Operand(operand, slot) = end
                        && let Some(epsilon) = self.epsilons.iter().position(|(other, ..)| other == operand)
                        && values[epsilon][*slot] != *at
                    {
                        resolved.truncate(before);
                        continue 'terms;
                    }
                }
                for &(permutation, number) in &found.signs {
                    for sign in product.signs.iter_mut().filter(|sign| sign.variable == permutation) {
                        sign.metric.push(number);
                    }
                }
                resolved.push((turned, found));
            }
            body.extend(self.kept_loops(builder, resolved, kept, summed, &product, add));
            resolved.truncate(before);
        }
        for (variable, legs) in loops {
            body = vec![Node::Permutations { variable, legs, body }];
        }
        body
    }

    fn kept_loops(
        &self,
        builder: &Builder<'_>,
        resolved: &mut Vec<(Wire, Resolved)>,
        kept: &[(VariableId, Wire)],
        summed: &[(VariableId, Wire)],
        product: &Product,
        add: bool,
    ) -> Vec<Node> {
        // The loops follow the order of the target's indices.
        let order = |wire: &Wire| {
            wire.ends
                .iter()
                .filter_map(|end| if let End::Target(slot) = end { Some(*slot) } else { None })
                .min()
        };
        let mut kept: Vec<&(VariableId, Wire)> = kept.iter().collect();
        kept.sort_by_key(|(_, wire)| order(wire));
        let starts: Vec<Option<VariableId>> =
            (0..kept.len()).map(|at| start(builder, &kept[..at], &kept[at].1)).collect();
        let kept: Vec<Range<'_>> =
            kept.into_iter().zip(starts).map(|((variable, wire), start)| (*variable, wire, start)).collect();
        let summed: Vec<Range<'_>> = summed.iter().map(|(variable, wire)| (*variable, wire, None)).collect();
        nested(builder, resolved, &kept, &mut |resolved| {
            let target = self.target_access(resolved);
            if summed.is_empty() {
                let terms = vec![self.product(builder, resolved, product)];
                return vec![Node::Store { target, add, terms }];
            }
            let body = nested(builder, resolved, &summed, &mut |resolved| {
                vec![Node::Accumulate(vec![self.product(builder, resolved, product)])]
            });
            vec![Node::Reduce { target, add, body }]
        })
    }

    fn target_access(&self, resolved: &[(Wire, Resolved)]) -> Access {
        let mut indices = vec![Index::Constant(0); self.rank];
        for (wire, found) in resolved {
            for (end, index) in wire.ends.iter().zip(&found.indices) {
                if let End::Target(slot) = end {
                    indices[*slot] = *index;
                }
            }
        }
        Access { buffer: self.target, indices }
    }

    fn product(&self, builder: &Builder<'_>, resolved: &[(Wire, Resolved)], scale: &Product) -> Product {
        let mut product = scale.clone();
        product.negative ^= resolved.iter().filter(|(_, found)| found.negative).count() % 2 == 1;
        for (operand, &tensor) in self.operands.iter().enumerate() {
            let mut indices = vec![Index::Constant(0); builder.plan.tensors[tensor].axes.len()];
            for (wire, found) in resolved {
                for (end, index) in wire.ends.iter().zip(&found.indices) {
                    if let End::Operand(other, slot) = end
                        && *other == operand
                    {
                        indices[*slot] = *index;
                    }
                }
            }
            product.entries.extend(builder.access(tensor, indices));
        }
        product
    }
}

/// What stands inside of some loops; it is given all wires whose indices are known there.
type Inside<'a> = dyn FnMut(&mut Vec<(Wire, Resolved)>) -> Vec<Node> + 'a;

/// A wire, its variable, and the variable of a loop around it that it starts from.
type Range<'a> = (VariableId, &'a Wire, Option<VariableId>);

/// The loop that the one over a wire starts from, among those around it: that of a slot which the target is symmetric in
/// together with one of this wire. Only entries with indices that increase within a class need to be right.
fn start(builder: &Builder<'_>, around: &[&(VariableId, Wire)], wire: &Wire) -> Option<VariableId> {
    let slots = |wire: &Wire| -> Vec<usize> {
        let slot = |end: &End| if let End::Target(slot) = end { Some(*slot) } else { None };
        wire.ends.iter().filter_map(slot).collect()
    };
    let before: Vec<usize> = slots(wire).into_iter().filter_map(|slot| builder.before(slot)).collect();
    let holds = |(_, other): &&&(VariableId, Wire)| slots(other).iter().any(|slot| before.contains(slot));
    around.iter().rev().find(holds).map(|(variable, _)| *variable)
}

/// One loop per wire and piece of its range, nested; in the innermost, `inside` once for each way through the pieces:
/// two wires with omega give four terms.
fn nested(
    builder: &Builder<'_>,
    resolved: &mut Vec<(Wire, Resolved)>,
    wires: &[Range<'_>],
    inside: &mut Inside<'_>,
) -> Vec<Node> {
    let Some((&(variable, wire, start), rest)) = wires.split_first() else { return inside(resolved) };
    let mut nodes = Vec::new();
    let mut pieces = builder.pieces(variable, wire);
    if let ([piece], Some(start)) = (&mut pieces[..], start)
        && piece.to == Bound::Size(wire.axis)
    {
        piece.from = Bound::Variable(start);
    }
    for piece in pieces {
        let mut body = Vec::new();
        for way in piece.ways {
            resolved.push((wire.clone(), way));
            body.extend(nested(builder, resolved, rest, inside));
            resolved.pop();
        }
        if !body.is_empty() {
            nodes.push(Node::Loop { variable, from: piece.from, to: piece.to, body });
        }
    }
    nodes
}
