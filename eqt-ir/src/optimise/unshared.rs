//! What maps cost with nothing shared between diagrams: the figures that a program is compared with.
//!
//! **The cost of a member** ([`member_costs`]) is that of the best program that computes this member alone.
//!
//! **The cost of a list of roots without sharing** ([`macs`]) counts every diagram for itself, each time that it occurs.
//! With `|X|` the number of entries of X, it is made of
//!
//! - the diagrams. *Naive*: every diagram of every root is one loop over all its indices and labels, with one
//!   multiplication fewer than it has factors; one factor alone is free if it is read as it is, and costs one addition
//!   for each value of its indices if some are summed over. *Independent*: every member by its best tree of pairwise contractions at
//!   the sample sizes; what a tree has twice is paid twice;
//! - derivatives. *Naive*: the gradient in an input is the sum of one diagram per occurrence, the gradient in a
//!   coefficient one diagram, each with the cotangent in place of the output, and each is a loop of its own.
//!   *Independent*: reverse mode on the tree of every member. A contraction `z = x y` of cost c is run once forwards, and
//!   backwards once for each of x and y that depends on what is derived for, `dx = dz y` and `dy = x dz`, at the cost c
//!   each; the tree is the best for forward and backward sweep together. The gradient in a scalar coefficient,
//!   `<dh, T_b>`, costs `|h|`, or what its own best tree costs if that is less, as the trace of dh for T_b = delta. Where
//!   the gradient in inputs alone is wanted, as of invariants, `dz = 1` for the last contraction, which then costs
//!   nothing: `dx = y`, `dy = x`;
//! - sums: k terms that are added up in a tensor X cost `k |X|`; one term without a scalar coefficient costs nothing.
//!   The combination has a term per member, the gradient in an input a term per occurrence;
//! - symmetrising: `|X|` for a root X of which a term does not have the symmetry of its space by itself.
//!
//! For example `h = theta sum_ij a_i^p a_j^q a_i^r a_j^r` with `n = 100`, `d = 5`: naively 3 multiplications for each of
//! `n^2 d^3` index values; independently `M^pr = sum_i a_i^p a_i^r` twice and then `M M`, `2 n d^2 + d^3`, and one term of
//! a sum, `d^2`.

use std::collections::BTreeMap;

use egg::{Id, Language};

use super::classes::Classes;
use super::compile::{Compiler, Objective, Wanted, compile_one};
use super::derivative::with_cotangent;
use super::language::{ENode, Leaf};
use super::linear::{LinearRoot, TermGraph};
use super::node_cost::{is_delta_leaf, node_cost};
use super::roots::{has_symmetry, open_output};
use crate::diagram::{Graph, Node, NodeId, without_output};
use crate::map::{Map, Member};
use crate::program::Polynomial;
use crate::progress::{Stage, observed, report};
use crate::signature::{AxisId, Layout, Sizes};

/// Multiply-adds of some roots with nothing shared, as `optimise/unshared.rs` defines them.
#[derive(Clone, Debug)]
pub struct Macs {
    /// Every diagram summed over all its indices at once.
    pub naive: Polynomial,
    /// Every diagram by its own best contraction tree at the sample sizes, gradients by reverse mode on it.
    pub independent: u64,
}

/// The multiply-adds of each member, compiled as if there were no others; `objective` says by what programs are chosen.
/// These are the figures of `eqt basis` and of the emitted `basis()`.
pub fn member_costs(map: &Map, objective: impl Into<Objective>) -> Vec<Polynomial> {
    let objective = objective.into();
    // The constant of a term of a body is part of it.
    let constant = map.coefficients.iter().any(|coefficient| !coefficient.given);
    let wanted = if constant { Wanted::Combination } else { Wanted::Members };
    let cost = |member: usize| {
        report(Stage::Costing { done: member, all: map.members.len() });
        // The stages of one member are too short to be told.
        observed(|_| (), || compile_one(&map.only(&[member]), &wanted, &objective).cost())
    };
    (0..map.members.len()).map(cost).collect()
}

/// The multiply-adds of the results of a program with nothing shared, as `optimise/unshared.rs` defines them.
pub fn macs(map: &Map, sizes: &Sizes, wanted: &Wanted) -> Macs {
    Unshared::new(&Compiler::new(map, &Objective::from(sizes))).macs(wanted)
}

struct Unshared<'a> {
    compiler: &'a Compiler<'a>,
    /// Holds the trees of all diagrams, so that each is found once; what they cost is not shared.
    classes: Classes<'a>,
    naive: Polynomial,
    independent: u64,
}

/// What is derived for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Variables {
    None,
    Inputs,
    InputsAndCoefficients,
}

impl<'a> Unshared<'a> {
    fn new(compiler: &'a Compiler<'a>) -> Unshared<'a> {
        Unshared {
            compiler,
            classes: Classes::new(&compiler.shapes, compiler.sizes),
            naive: Polynomial::zero(&compiler.map.signature.axis_shapes()),
            independent: 0,
        }
    }

    fn macs(mut self, wanted: &Wanted) -> Macs {
        let compiler = self.compiler;
        let output = &compiler.output;
        let members = &compiler.map.members;
        match wanted {
            Wanted::Members | Wanted::Terms => {
                for member in members {
                    for term in compiler.terms(member, None) {
                        let open = open_output(&term.graph, &output.slots);
                        self.diagram(&open);
                        self.tree(&open, Variables::None);
                        self.symmetrise(&[open], output);
                    }
                }
            }
            Wanted::Combination => {
                let open = self.combination();
                open.iter().for_each(|open| self.tree(open, Variables::None));
            }
            Wanted::Gradient => {
                let open = self.combination();
                open.iter().for_each(|open| self.tree(open, Variables::InputsAndCoefficients));
                self.input_gradients(&compiler.all_inputs(), with_cotangent);
                for member in members.iter().filter(|member| compiler.is_given(member)) {
                    for (graph, axes) in compiler.coefficient_derivatives(member, with_cotangent) {
                        self.diagram(&open_output(&graph, axes));
                    }
                    if compiler.theta(member).is_some() {
                        let product = compiler.terms(member, None).iter().fold(0_u64, |sum, term| {
                            sum.saturating_add(self.tree_cost(&with_cotangent(&term.graph), Variables::None))
                        });
                        let product = product.min(self.entries(&output.slots));
                        self.independent = self.independent.saturating_add(product);
                    }
                }
            }
            Wanted::CoefficientGradient => {
                for member in members.iter().filter(|member| compiler.is_given(member)) {
                    for (graph, axes) in compiler.coefficient_derivatives(member, with_cotangent) {
                        let open = open_output(&graph, axes);
                        self.diagram(&open);
                        self.tree(&open, Variables::None);
                    }
                }
            }
            Wanted::InputGradient(inputs) => {
                let closed = self.closed(with_cotangent);
                closed.iter().for_each(|graph| self.tree(graph, Variables::Inputs));
                self.input_gradients(inputs, with_cotangent);
            }
            Wanted::Arrays => {
                for member in members {
                    for (graph, axes) in compiler.coefficient_derivatives(member, without_output) {
                        let open = open_output(&graph, axes);
                        self.diagram(&open);
                        self.tree(&open, Variables::None);
                    }
                }
            }
            Wanted::UnitGradient => {
                let closed = self.closed(without_output);
                closed.iter().for_each(|graph| self.tree(graph, Variables::Inputs));
                self.input_gradients(&compiler.all_inputs(), without_output);
            }
        }
        Macs { naive: self.naive, independent: self.independent }
    }

    /// All terms as closed graphs.
    fn closed(&self, close: impl Fn(&Graph) -> Graph) -> Vec<Graph> {
        let terms = |member: &Member| self.compiler.terms(member, None);
        self.compiler.map.members.iter().flat_map(terms).map(|term| close(&term.graph)).collect()
    }

    /// Everything of the combination but its trees, whose diagrams are returned.
    fn combination(&mut self) -> Vec<Graph> {
        let compiler = self.compiler;
        let output = &compiler.output;
        let terms: Vec<TermGraph> = compiler
            .map
            .members
            .iter()
            .flat_map(|member| compiler.terms(member, compiler.theta(member)))
            .collect();
        let open: Vec<Graph> = terms.iter().map(|term| open_output(&term.graph, &output.slots)).collect();
        open.iter().for_each(|open| self.diagram(open));
        self.sum(open.len(), terms.first().is_some_and(|term| term.theta.is_some()), output);
        self.symmetrise(&open, output);
        open
    }

    /// Everything of the gradients in some inputs but what trees pay for. `close` puts the cotangent in.
    fn input_gradients(&mut self, inputs: &[usize], close: impl Fn(&Graph) -> Graph) {
        for LinearRoot { layout, terms, .. } in self.compiler.input_gradients(inputs, close) {
            let open: Vec<Graph> = terms.iter().map(|term| open_output(&term.graph, &layout.slots)).collect();
            open.iter().for_each(|open| self.diagram(open));
            self.sum(open.len(), terms.first().is_some_and(|term| term.theta.is_some()), &layout);
            self.symmetrise(&open, &layout);
        }
    }

    /// Adds the naive cost of a graph with open legs: a multiplication fewer than it has factors, or an addition if one
    /// factor is summed over, for all values of all indices and labels.
    fn diagram(&mut self, open: &Graph) {
        let factors = open.factors();
        let each = match factors[..] {
            // Every slot of a tensor that is read as it is has a leg of its own.
            [only] => u64::from(open.legs().len() != open.degree(only)),
            _ => (factors.len() as u64).saturating_sub(1),
        };
        let label = |(node, kind): (NodeId, Node)| match kind {
            Node::Spider(axis) if open.degree(node) > 0 => Some(axis),
            _ => None,
        };
        let linear = open.wires.iter().filter(|wire| !open.is_label_wire(wire));
        let linear = linear.filter_map(|wire| self.compiler.shapes.wire_axis(open, wire));
        let axes: Vec<AxisId> = open.iter().filter_map(label).chain(linear).collect();
        self.naive.add(each, &axes);
    }

    /// Adds the cost of the best tree of a graph with open legs, and of the backward sweep for some variables.
    fn tree(&mut self, open: &Graph, variables: Variables) {
        let cost = self.tree_cost(open, variables);
        self.independent = self.independent.saturating_add(cost);
    }

    fn tree_cost(&mut self, open: &Graph, variables: Variables) -> u64 {
        let root = self.classes.intern(open).class;
        let mut best = Best { classes: &self.classes, variables, done: BTreeMap::new() };
        if variables == Variables::Inputs { best.gradient_of(root) } else { best.of(root).0 }
    }

    fn sum(&mut self, terms: usize, scalar_coefficients: bool, layout: &Layout) {
        if terms > 1 || scalar_coefficients {
            self.both(terms as u64, &layout.slots);
        }
    }

    fn symmetrise(&mut self, terms: &[Graph], layout: &Layout) {
        if terms.iter().any(|open| !has_symmetry(open, &self.compiler.shapes, layout)) {
            self.both(1, &layout.slots);
        }
    }

    fn both(&mut self, times: u64, axes: &[AxisId]) {
        self.naive.add(times, axes);
        self.independent = self.independent.saturating_add(times.saturating_mul(self.entries(axes)));
    }

    fn entries(&self, axes: &[AxisId]) -> u64 {
        self.compiler.sizes.product(axes)
    }
}

/// The best tree of every class, and whether the class depends on the variables.
struct Best<'a> {
    classes: &'a Classes<'a>,
    variables: Variables,
    done: BTreeMap<Id, (u64, bool)>,
}

impl Best<'_> {
    fn of(&mut self, class: Id) -> (u64, bool) {
        let egraph = &self.classes.egraph;
        let class = egraph.find(class);
        if let Some(&done) = self.done.get(&class) {
            return done;
        }
        let is_delta = |id: Id| egraph[egraph.find(id)].nodes.iter().any(is_delta_leaf);
        let mut best: Option<(u64, bool)> = None;
        for node in &egraph[class].nodes {
            let (mut cost, mut depends) = (0_u64, self.is_variable(node));
            let mut sweeps = 1_u64;
            for &child in node.children() {
                let (of_child, child_depends) = self.of(child);
                cost = cost.saturating_add(of_child);
                sweeps += u64::from(child_depends);
                depends |= child_depends;
            }
            let own = node_cost(node, self.classes.sizes, is_delta);
            cost = cost.saturating_add(own.saturating_mul(sweeps));
            // All nodes of a class hold the same factors.
            best = Some(best.map_or((cost, depends), |(least, _)| (least.min(cost), depends)));
        }
        let best = best.unwrap_or((0, false));
        self.done.insert(class, best);
        best
    }

    /// The sweeps of the gradient of a scalar that is not wanted itself.
    fn gradient_of(&mut self, root: Id) -> u64 {
        let egraph = &self.classes.egraph;
        let nodes = &egraph[egraph.find(root)].nodes;
        let below = |node: &ENode| {
            node.children().iter().fold(0, |sum: u64, &child| sum.saturating_add(self.of(child).0))
        };
        nodes.iter().map(below).min().unwrap_or(0)
    }

    fn is_variable(&self, node: &ENode) -> bool {
        match node {
            ENode::Leaf(Leaf::Input(_)) => self.variables != Variables::None,
            ENode::Leaf(Leaf::Coefficient(_)) => self.variables == Variables::InputsAndCoefficients,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
