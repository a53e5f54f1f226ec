//! A product of tensors with its slots wired: one term of a value, and the operations of the tensor language on it.
//!
//! Open slots are numbered; they are what the axes of the value are. A wire joins two slots of a linear axis. Between
//! slots of inputs it carries the invariant form, oriented from its first end to its second; next to an open slot or an
//! epsilon it is plain; between two open slots it is the inverse form. A spider joins the slots of one label: those of
//! a label without a name and without an open slot are summed.

use std::collections::BTreeSet;

use super::constant::Constant;
use crate::diagram::{self, Graph, InputId, Node, NodeId};
use crate::exact::permutations::{arrangement_sign, inverse, permutations};
use crate::signature::{AxisId, Signature, Space};

/// The most factors of one term.
pub(super) const MAX_FACTORS: usize = 24;
/// Products of two epsilons of up to this many legs are multiplied out.
pub(super) const MAX_EPSILON_PAIR: usize = 5;

/// Number of a label that is bound by a `sum` or `family` around.
pub(super) type LabelId = usize;

/// A factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    Input(InputId),
    Epsilon(AxisId),
}

/// What a wire or a spider ends at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Slot(usize, usize),
    Open(usize),
}

/// Two joined slots of a linear axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Link {
    axis: AxisId,
    from: Place,
    to: Place,
}

/// The joined slots of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spider {
    axis: AxisId,
    ends: Vec<Place>,
    names: BTreeSet<LabelId>,
}

/// A product of tensors; see the [module documentation](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Product {
    factors: Vec<Atom>,
    wires: Vec<Link>,
    spiders: Vec<Spider>,
}

/// A product with a constant in front.
pub(super) type Scaled = (Constant, Product);

impl Product {
    /// The number 1.
    pub(super) fn one() -> Product {
        Product::default()
    }

    /// An input with all its slots open.
    pub(super) fn input(signature: &Signature, input: usize, space: &Space) -> Product {
        let mut product = Product { factors: vec![Atom::Input(InputId::new(input))], ..Product::default() };
        for (slot, &axis) in space.layout().slots.iter().enumerate() {
            product.join(signature, axis, Place::Slot(0, slot), Place::Open(slot));
        }
        product
    }

    /// The inverse form of a linear axis, or the Kronecker delta of a label axis.
    pub(super) fn identity(signature: &Signature, axis: AxisId) -> Product {
        let mut product = Product::default();
        product.join(signature, axis, Place::Open(0), Place::Open(1));
        product
    }

    /// The epsilon of an axis, all indices raised.
    pub(super) fn epsilon(signature: &Signature, axis: AxisId, legs: usize) -> Product {
        let mut product = Product { factors: vec![Atom::Epsilon(axis)], ..Product::default() };
        for slot in 0..legs {
            product.join(signature, axis, Place::Slot(0, slot), Place::Open(slot));
        }
        product
    }

    fn join(&mut self, signature: &Signature, axis: AxisId, from: Place, to: Place) {
        if signature.axis(axis).group.is_label() {
            self.spiders.push(Spider { axis, ends: vec![from, to], names: BTreeSet::new() });
        } else {
            self.wires.push(Link { axis, from, to });
        }
    }

    /// Whether it is the number 1.
    pub(super) fn is_one(&self) -> bool {
        self.factors.is_empty() && self.wires.is_empty() && self.spiders.is_empty()
    }

    pub(super) fn factors(&self) -> usize {
        self.factors.len()
    }

    /// How many slots the factors have.
    pub(super) fn ports(&self) -> usize {
        let wires = self.wires.iter().flat_map(|wire| [&wire.from, &wire.to]);
        let ends = wires.chain(self.spiders.iter().flat_map(|spider| &spider.ends));
        ends.filter(|end| matches!(end, Place::Slot(..))).count()
    }

    fn ends(&mut self) -> impl Iterator<Item = &mut Place> {
        let wires = self.wires.iter_mut().flat_map(|wire| [&mut wire.from, &mut wire.to]);
        wires.chain(self.spiders.iter_mut().flat_map(|spider| spider.ends.iter_mut()))
    }

    /// Renumbers the open slots.
    fn renumber(&mut self, number: impl Fn(usize) -> usize) {
        for end in self.ends() {
            if let Place::Open(slot) = end {
                *slot = number(*slot);
            }
        }
    }

    /// Axis k of the result is axis `permutation[k]`.
    pub(super) fn permuted(&self, permutation: &[usize]) -> Product {
        let mut result = self.clone();
        let place = inverse(permutation);
        result.renumber(|slot| place[slot]);
        result
    }

    /// The tensor product; `rank` is that of `self`. Labels of one name are one label.
    pub(super) fn outer(&self, other: &Product, rank: usize) -> Product {
        let mut result = self.clone();
        let shift = self.factors.len();
        let mut right = other.clone();
        for end in right.ends() {
            match end {
                Place::Slot(factor, _) => *factor += shift,
                Place::Open(slot) => *slot += rank,
            }
        }
        result.factors.extend(right.factors);
        result.wires.extend(right.wires);
        for spider in right.spiders {
            result.add_spider(spider);
        }
        result
    }

    /// Adds a spider, merged with all that share a name with it.
    fn add_spider(&mut self, mut spider: Spider) {
        while let Some(at) = self.spiders.iter().position(|other| !other.names.is_disjoint(&spider.names)) {
            let other = self.spiders.remove(at);
            spider.ends.extend(other.ends);
            spider.names.extend(other.names);
        }
        self.spiders.push(spider);
    }

    /// A spider after some of its ends or names went: the factor that it leaves, if nothing holds it any more.
    fn put_back(&mut self, signature: &Signature, spider: Spider) -> Constant {
        if spider.ends.is_empty() && spider.names.is_empty() {
            return Constant::size(signature, spider.axis);
        }
        self.add_spider(spider);
        Constant::integer(1)
    }

    /// Contracts open slots p and q with the form, oriented from p to q.
    pub(super) fn contracted(&self, signature: &Signature, p: usize, q: usize) -> Scaled {
        let mut result = self.clone();
        let has = |ends: &[Place], slot: usize| ends.contains(&Place::Open(slot));
        let mut constant = Constant::integer(1);
        if let Some(at) = result.spiders.iter().position(|spider| has(&spider.ends, p)) {
            let mut spider = result.spiders.remove(at);
            if let Some(other) = result.spiders.iter().position(|spider| has(&spider.ends, q)) {
                let other = result.spiders.remove(other);
                spider.ends.extend(other.ends);
                spider.names.extend(other.names);
            }
            spider.ends.retain(|end| *end != Place::Open(p) && *end != Place::Open(q));
            constant = result.put_back(signature, spider);
        } else {
            let at =
                |wires: &[Link], slot: usize| wires.iter().position(|wire| has(&[wire.from, wire.to], slot));
            let (Some(first), Some(second)) = (at(&result.wires, p), at(&result.wires, q)) else {
                return (constant, result);
            };
            let (left, right) = (result.wires[first], result.wires[second]);
            let axis = left.axis;
            let turns = signature.axis(axis).group.is_antisymmetric();
            let other =
                |wire: Link, slot: usize| if wire.from == Place::Open(slot) { wire.to } else { wire.from };
            let mut negative = false;
            if first == second {
                // F^-1^pq F_pq = d for a symmetric form, -d for an antisymmetric one; F^-1^qp F_pq = d.
                result.wires.remove(first);
                constant = Constant::size(signature, axis);
                negative = turns && left.from == Place::Open(p);
            } else {
                let (from, to) = (other(left, p), other(right, q));
                // F^-1^rp F_pq y^q = y^r, and x^p F_pq F^-1^qs = x^s.
                if let Place::Open(_) = from {
                    negative ^= turns && left.from == Place::Open(p);
                }
                if let Place::Open(_) = to {
                    negative ^= turns && right.from != Place::Open(q);
                }
                result.wires[first] = Link { axis, from, to };
                result.wires.remove(second);
            }
            constant = constant.signed(if negative { -1 } else { 1 });
        }
        let (low, high) = (p.min(q), p.max(q));
        result.renumber(|slot| slot - usize::from(slot > low) - usize::from(slot > high));
        (constant, result)
    }

    /// Fixes open slot `slot` at a bound label.
    pub(super) fn at_label(&self, slot: usize, label: LabelId) -> Product {
        let mut result = self.clone();
        if let Some(at) = result.spiders.iter().position(|spider| spider.ends.contains(&Place::Open(slot))) {
            let mut spider = result.spiders.remove(at);
            spider.ends.retain(|end| *end != Place::Open(slot));
            spider.names.insert(label);
            result.add_spider(spider);
        }
        result.renumber(|other| other - usize::from(other > slot));
        result
    }

    /// Sums over a bound label on `axis`.
    pub(super) fn summed(&self, signature: &Signature, label: LabelId, axis: AxisId) -> Scaled {
        let mut result = self.clone();
        match result.spiders.iter().position(|spider| spider.names.contains(&label)) {
            Some(at) => {
                let mut spider = result.spiders.remove(at);
                spider.names.remove(&label);
                let constant = result.put_back(signature, spider);
                (constant, result)
            }
            None => (Constant::size(signature, axis), result),
        }
    }

    /// Opens a bound label on `axis` as the first slot.
    pub(super) fn opened(&self, label: LabelId, axis: AxisId) -> Product {
        let mut result = self.clone();
        result.renumber(|slot| slot + 1);
        match result.spiders.iter_mut().find(|spider| spider.names.contains(&label)) {
            Some(spider) => {
                spider.names.remove(&label);
                spider.ends.push(Place::Open(0));
            }
            None => result.spiders.push(Spider { axis, ends: vec![Place::Open(0)], names: BTreeSet::new() }),
        }
        result
    }

    /// Two factors that are epsilons of one axis.
    pub(super) fn epsilon_pair(&self) -> Option<(usize, usize, AxisId)> {
        let epsilons = self.factors.iter().enumerate().filter_map(|(factor, atom)| match atom {
            Atom::Epsilon(axis) => Some((factor, *axis)),
            Atom::Input(_) => None,
        });
        let epsilons: Vec<(usize, AxisId)> = epsilons.collect();
        epsilons.iter().enumerate().find_map(|(at, &(first, axis))| {
            let other = epsilons[at + 1..].iter().find(|(_, other)| *other == axis);
            other.map(|&(second, _)| (first, second, axis))
        })
    }

    /// `eps eps = det F sum_s sign(s) F F .. F`: every product of two epsilons multiplied out.
    pub(super) fn without_epsilon_pairs(&self, signature: &Signature) -> Vec<(i128, Product)> {
        let Some((first, second, axis)) = self.epsilon_pair() else { return vec![(1, self.clone())] };
        let Some(legs) = signature.axis(axis).dimension.literal() else {
            unreachable!("the axis of an epsilon has a literal dimension");
        };
        // Port k is slot k of the first epsilon, port legs + k of the second; what is each joined to?
        let port = |end: Place| match end {
            Place::Slot(factor, slot) if factor == first => Some(slot),
            Place::Slot(factor, slot) if factor == second => Some(legs + slot),
            _ => None,
        };
        let mut outside: Vec<Option<Place>> = vec![None; 2 * legs];
        let mut rest = Product { spiders: self.spiders.clone(), ..Product::default() };
        for &wire in &self.wires {
            let (a, b) = (port(wire.from), port(wire.to));
            if a.is_none() && b.is_none() {
                rest.wires.push(wire);
            }
            if let Some(a) = a {
                outside[a] = Some(wire.to);
            }
            if let Some(b) = b {
                outside[b] = Some(wire.from);
            }
        }
        let Some(outside) = outside.into_iter().collect::<Option<Vec<Place>>>() else {
            unreachable!("every slot of an epsilon is joined");
        };
        let moved = |end: Place| match end {
            Place::Slot(factor, slot) => {
                Place::Slot(factor - usize::from(factor > first) - usize::from(factor > second), slot)
            }
            open => open,
        };
        let factors: Vec<Atom> = (self.factors.iter().enumerate())
            .filter(|(factor, _)| *factor != first && *factor != second)
            .map(|(_, atom)| *atom)
            .collect();
        let sign = signature.form(axis).determinant(legs);
        let mut terms = Vec::new();
        for order in permutations(legs) {
            let mut term = rest.clone();
            let mut factor = i128::from(sign * arrangement_sign(&order));
            let back = inverse(&order);
            let partner = |port: usize| if port < legs { legs + order[port] } else { back[port - legs] };
            let mut done = vec![false; 2 * legs];
            // Follows the string that enters at a port to its other end; none if it closes on itself.
            let follow = |mut here: usize, done: &mut [bool]| loop {
                let there = partner(here);
                (done[here], done[there]) = (true, true);
                match port(outside[there]) {
                    None => break Some(outside[there]),
                    Some(next) if done[next] => break None,
                    Some(next) => here = next,
                }
            };
            // Strings between outside ends first, then what closes on itself.
            let (open, closed): (Vec<usize>, Vec<usize>) =
                (0..2 * legs).partition(|&start| port(outside[start]).is_none());
            for start in open {
                if !done[start]
                    && let Some(to) = follow(start, &mut done)
                {
                    term.wires.push(Link { axis, from: outside[start], to });
                }
            }
            for start in closed {
                if !done[start] {
                    follow(start, &mut done);
                    factor *= legs as i128;
                }
            }
            for end in term.ends() {
                *end = moved(*end);
            }
            term.factors.clone_from(&factors);
            let simpler = term.without_epsilon_pairs(signature);
            terms.extend(simpler.into_iter().map(|(other, product)| (factor * other, product)));
        }
        terms
    }

    /// The graph of the product: its output has the open slots, then one slot per bound label.
    pub(super) fn graph(&self, rank: usize) -> Graph {
        let mut graph = Graph::default();
        let output = graph.add(Node::Output);
        let nodes = self.factors.iter().map(|factor| match *factor {
            Atom::Input(input) => Node::Input(input),
            Atom::Epsilon(axis) => Node::Epsilon(axis),
        });
        let nodes: Vec<NodeId> = nodes.map(|node| graph.add(node)).collect();
        let end = |end: Place| match end {
            Place::Slot(factor, slot) => diagram::End::new(nodes[factor], slot),
            Place::Open(slot) => diagram::End::new(output, slot),
        };
        for wire in &self.wires {
            graph.join(end(wire.from), end(wire.to));
        }
        for spider in &self.spiders {
            let node = graph.add(Node::Spider(spider.axis));
            let names = spider.names.iter().map(|&label| Place::Open(rank + label));
            for (leg, joined) in spider.ends.iter().copied().chain(names).enumerate() {
                graph.join(end(joined), diagram::End::new(node, leg));
            }
        }
        graph
    }
}

/// Whether the axis has an epsilon at its size.
pub(super) fn epsilon_legs(signature: &Signature, axis: AxisId) -> Option<usize> {
    let axis = signature.axis(axis);
    axis.dimension.literal().filter(|_| axis.group.has_epsilon())
}
