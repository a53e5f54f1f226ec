//! Sums over samples of arrays that are symmetric, or antisymmetric, in two labels: half of the entries are computed.
//!
//! The gradient in `c` of `sum_ij c_ij <a_i, a_j>` is symmetric, and is added up over many samples. So `for i { for j { d_ij += .. } }`
//! becomes `for i { for j in i.. { d_ij += .. } }`, and whoever calls the kernel copies `d_ij` to `d_ji` once, after the last sample.
//! A [`Multiply`](super::Multiply) that writes a folded result leaves the same half out.

use eqt_ir::map::Map;
use eqt_ir::program::RootKind;

use super::{Access, Bound, BufferId, Index, Nest, Node, Place, VariableId, Written};

impl Nest {
    /// Folds results that the ties of their coefficients allow to fold, in the loops over pairs of labels that write nothing else.
    pub(super) fn fold(&mut self, map: &Map) {
        for slot in &mut self.results {
            let RootKind::CoefficientGradient(coefficient) = slot.kind else { continue };
            let exchange = map.coefficients[coefficient].exchange();
            slot.folded = exchange.filter(|_| slot.written == Written::Added).map(|sign| sign < 0);
        }
        let mut body = std::mem::take(&mut self.body);
        self.fold_loops(&mut body);
        self.body = body;
    }

    fn fold_loops(&self, nodes: &mut [Node]) {
        for node in nodes {
            let Node::Loop { variable: outer, from: Bound::Literal(0), to: Bound::Size(axis), body } = node
            else {
                continue;
            };
            let (outer, size) = (*outer, Bound::Size(*axis));
            for inner in body.iter_mut() {
                if let Node::Loop { variable, from, to, body } = inner
                    && (*from, *to) == (Bound::Literal(0), size)
                    && self.axis(*axis).is_label
                    && self.writes_folded(body, outer, *variable, &mut Vec::new())
                {
                    *from = Bound::Variable(outer);
                    self.order(body, outer, *variable);
                }
            }
            self.fold_loops(body);
        }
    }

    /// Whether statements for a pair of labels write folded results at this pair, and locals of their own.
    fn writes_folded(
        &self,
        nodes: &[Node],
        outer: VariableId,
        inner: VariableId,
        own: &mut Vec<BufferId>,
    ) -> bool {
        nodes.iter().all(|node| match node {
            Node::Declare(id) => {
                own.push(*id);
                true
            }
            Node::Loop { body, .. } | Node::Permutations { body, .. } => {
                self.writes_folded(body, outer, inner, own)
            }
            Node::Store { target, .. } | Node::Reduce { target, .. } => {
                let pair = |x, y| target.indices[..] == [at(x), at(y)];
                own.contains(&target.buffer)
                    || self.folded(target).is_some() && (pair(outer, inner) || pair(inner, outer))
            }
            Node::Accumulate(_) => true,
            Node::Multiply(_) => false,
        })
    }

    /// Whether an entry is one of a folded result, and if so, whether that is antisymmetric.
    fn folded(&self, target: &Access) -> Option<bool> {
        match self.buffers[target.buffer.0].place {
            Place::Result(result) => self.results[result].folded,
            _ => None,
        }
    }

    /// Writes `d_ij` in the place of `d_ji`, for i in the outer loop.
    fn order(&self, nodes: &mut [Node], outer: VariableId, inner: VariableId) {
        for node in nodes {
            let (target, body, terms) = match node {
                Node::Loop { body, .. } | Node::Permutations { body, .. } => {
                    self.order(body, outer, inner);
                    continue;
                }
                Node::Store { target, terms, .. } => (target, None, Some(terms)),
                Node::Reduce { target, body, .. } => (target, Some(body), None),
                Node::Declare(_) | Node::Accumulate(_) | Node::Multiply(_) => continue,
            };
            if self.folded(target).is_none() || target.indices[..] != [at(inner), at(outer)] {
                continue;
            }
            target.indices.reverse();
            if self.folded(target) == Some(true) {
                terms.into_iter().for_each(|terms| terms.iter_mut().for_each(|term| term.negative ^= true));
                body.into_iter().for_each(|body| negate(body));
            }
        }
    }
}

fn at(variable: VariableId) -> Index {
    Index::Variable { variable, half: false }
}

/// Changes the sign of a sum.
fn negate(nodes: &mut [Node]) {
    for node in nodes {
        match node {
            Node::Loop { body, .. } | Node::Permutations { body, .. } => negate(body),
            Node::Accumulate(terms) => terms.iter_mut().for_each(|term| term.negative ^= true),
            Node::Declare(_) | Node::Store { .. } | Node::Reduce { .. } | Node::Multiply(_) => {}
        }
    }
}
