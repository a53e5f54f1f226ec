use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::basis::{Basis, Options};
use crate::diagram::{End, Shapes};
use crate::signature::{Signature, parse_signature};

/// A product of tensors as a diagram has it, taken from the definition: a wire between linear slots is a label, and so
/// is a label of the diagram.
struct Network {
    /// The labels of every factor, and whether it is derived for.
    factors: Vec<(Vec<usize>, bool)>,
    deltas: BTreeSet<usize>,
    output: Vec<usize>,
    sizes: Vec<u64>,
}

impl Network {
    /// `kinds` are the nodes of `graph`, perhaps with another one as output; `variables` tells which are derived for.
    fn new(
        graph: &Graph,
        kinds: &[Node],
        shapes: &Shapes,
        sizes: &Sizes,
        variables: impl Fn(Node) -> bool,
    ) -> Network {
        let mut network = Network { factors: vec![], deltas: BTreeSet::new(), output: vec![], sizes: vec![] };
        let mut of_end: BTreeMap<End, usize> = BTreeMap::new();
        let mut of_spider: BTreeMap<NodeId, usize> = BTreeMap::new();
        let kind = |end: End| kinds[end.node.index()];
        for wire in &graph.wires {
            let spider = [wire.from, wire.to].into_iter().find(|&end| matches!(kind(end), Node::Spider(_)));
            let axis = match spider.map(kind) {
                Some(Node::Spider(axis)) => axis,
                _ => shapes.wire_axis(graph, wire).expect("a wire between linear slots"),
            };
            let mut new = || {
                network.sizes.push(sizes.of(axis) as u64);
                network.sizes.len() - 1
            };
            let label = match spider {
                Some(spider) => *of_spider.entry(spider.node).or_insert_with(new),
                None => new(),
            };
            of_end.insert(wire.from, label);
            of_end.insert(wire.to, label);
        }
        for (node, &factor) in kinds.iter().enumerate() {
            if !matches!(factor, Node::Output | Node::Spider(_)) {
                let labels = of_end.iter().filter(|(end, _)| end.node.index() == node);
                network.factors.push((labels.map(|(_, &label)| label).collect(), variables(factor)));
            }
        }
        let open: Vec<usize> =
            of_end.iter().filter(|(end, _)| kind(**end) == Node::Output).map(|(_, &label)| label).collect();
        for &label in &open {
            let carried = network.factors.iter().any(|(labels, _)| labels.contains(&label));
            if network.output.contains(&label) {
                // Further open slots with one label hang on deltas.
                network.sizes.push(network.sizes[label]);
                let second = network.sizes.len() - 1;
                network.deltas.insert(network.factors.len());
                network.factors.push((vec![label, second], false));
                network.output.push(second);
                continue;
            }
            if !carried && open.iter().filter(|&&other| other == label).count() == 1 {
                // Ones.
                network.factors.push((vec![label], false));
            }
            network.output.push(label);
        }
        network
    }

    fn open(&self, set: usize) -> BTreeSet<usize> {
        let inside = |at: &usize| set >> at & 1 == 1;
        let labels = |wanted: bool| -> BTreeSet<usize> {
            (0..self.factors.len())
                .filter(|at| inside(at) == wanted)
                .flat_map(|at| self.factors[at].0.iter().copied())
                .collect()
        };
        let outside: BTreeSet<usize> = labels(false).into_iter().chain(self.output.iter().copied()).collect();
        &labels(true) & &outside
    }

    fn product<'a>(&self, labels: impl IntoIterator<Item = &'a usize>) -> u64 {
        labels.into_iter().map(|&label| self.sizes[label]).product()
    }

    fn depends(&self, set: usize) -> bool {
        (0..self.factors.len()).any(|at| set >> at & 1 == 1 && self.factors[at].1)
    }

    /// The factors of a set that are connected to its first one, by labels inside the set.
    fn component(&self, set: usize) -> usize {
        let mut component = set & set.wrapping_neg();
        loop {
            let meets = |at: &usize| {
                (0..self.factors.len()).any(|other| {
                    component >> other & 1 == 1
                        && self.factors[*at].0.iter().any(|label| self.factors[other].0.contains(label))
                })
            };
            let joined = (0..self.factors.len()).filter(|at| set >> at & 1 == 1).filter(meets);
            let next = joined.fold(component, |joined, at| joined | 1 << at);
            if next == component {
                return component;
            }
            component = next;
        }
    }

    /// What is connected is split into connected halves, what is not into unions of components.
    fn is_split(&self, set: usize, left: usize, right: usize) -> bool {
        if self.component(set) == set {
            return self.component(left) == left && self.component(right) == right;
        }
        let mut rest = set;
        while rest > 0 {
            let component = self.component(rest);
            if component & left != 0 && component & right != 0 {
                return false;
            }
            rest &= !component;
        }
        true
    }

    /// The least multiply-adds of a tree over some factors, all its contractions written out: forwards, and backwards
    /// where `backwards`.
    fn best(&self, set: usize, backwards: bool, done: &mut BTreeMap<usize, u64>) -> u64 {
        if let Some(&known) = done.get(&set) {
            return known;
        }
        let mut best = u64::MAX;
        let result = self.open(set);
        if set.count_ones() == 1 {
            let at = set.trailing_zeros() as usize;
            let own: BTreeSet<usize> = self.factors[at].0.iter().copied().collect();
            let reduces = own.len() < self.factors[at].0.len() || own != result;
            let sweeps = 1 + u64::from(backwards && self.depends(set));
            best = if reduces { sweeps * self.product(&own) } else { 0 };
        }
        let mut left = set & (set - 1);
        while left > 0 {
            let right = set & !left;
            if right > 0 && self.is_split(set, left, right) {
                let (x, y) = (self.open(left), self.open(right));
                let z = &result;
                // A factor delta copies along its other label.
                let copied = |side: usize, other: &BTreeSet<usize>| -> Option<usize> {
                    let is_delta =
                        side.count_ones() == 1 && self.deltas.contains(&(side.trailing_zeros() as usize));
                    let labels = self.open(side);
                    is_delta.then(|| labels.into_iter().find(|label| !other.contains(label))).flatten()
                };
                let free: BTreeSet<usize> = copied(left, &y).into_iter().chain(copied(right, &x)).collect();
                let contraction = |a: &BTreeSet<usize>, b: &BTreeSet<usize>, c: &BTreeSet<usize>| {
                    let all: BTreeSet<usize> = a.iter().chain(b).chain(c).copied().collect();
                    self.product(&(&all - &free))
                };
                // z = x y, dx = dz y, dy = x dz.
                let mut cost = contraction(&x, &y, z);
                if backwards && self.depends(left) {
                    cost += contraction(z, &y, &x);
                }
                if backwards && self.depends(right) {
                    cost += contraction(&x, z, &y);
                }
                cost += self.best(left, backwards, done) + self.best(right, backwards, done);
                best = best.min(cost);
            }
            left = (left - 1) & set;
        }
        done.insert(set, best);
        best
    }

    fn all(&self, backwards: bool) -> u64 {
        match self.factors.len() {
            0 => 0,
            count => self.best((1 << count) - 1, backwards, &mut BTreeMap::new()),
        }
    }

    /// The least multiply-adds of the gradient of a number whose last contraction is free.
    fn gradient(&self) -> u64 {
        let set = (1_usize << self.factors.len()) - 1;
        let mut done = BTreeMap::new();
        let mut best = if self.factors.len() < 2 { 0 } else { u64::MAX };
        let mut left = set & set.wrapping_sub(1);
        while left > 0 {
            let right = set & !left;
            if right > 0 && self.is_split(set, left, right) {
                best = best.min(self.best(left, true, &mut done) + self.best(right, true, &mut done));
            }
            left = (left - 1) & set;
        }
        best
    }

    /// All index values, one multiplication fewer than there are factors, or an addition if one factor is summed.
    fn loops(&self) -> u64 {
        let all: BTreeSet<usize> =
            self.factors.iter().flat_map(|(labels, _)| labels.iter().copied()).collect();
        let each = match &self.factors[..] {
            [] => 0,
            [(labels, _)] => u64::from(labels.len() > all.len() || all.len() > self.output.len()),
            factors => factors.len() as u64 - 1,
        };
        each * self.product(&all)
    }
}

/// Signatures of all kinds with few factors, so that every tree can be tried.
const SMALL: &[(&str, usize)] = &[
    ("O(d) * S(n): a: (R^d)^n -> S^d", 4),
    ("O(d) * S(n): a: (R^d)^n -> R", 4),
    ("O(d): a: (R^d)^n -> S^d", 2),
    ("O(d): P: S^d, Q: S^d -> S^d", 3),
    ("O(3): P: S^3, v: R^3 -> R^3", 3),
    ("SO(3): a: R^3, b: R^3 -> T^2(R^3)", 2),
    ("Sp(4): a: R^4, B: T^2(R^4) -> R^4", 3),
    ("O(1,3): a: R^4, F: Alt^2(R^4) -> R^4", 3),
    ("O(d): v: R^d -> Sym0^2(R^d)", 2),
    ("S(n): x: R^n -> T^2(R^n)", 3),
    ("S(n): A: T^2(R^n) -> R^n", 2),
    ("O(d) * S(n): a: (R^d)^n -> (R^d)^n", 3),
    ("O(3): T: T^3(R^3) -> R^3", 1),
    ("O(d) * S(n): a: (R^d)^n, b: R^d -> R^d", 2),
    ("SO(1,2) * S(n): a: (Sym0^2(R^3))^n, b: R^3 -> Sym0^2(R^3)", 1),
];

fn each(mut check: impl FnMut(&str, &Signature, &Map, &Sizes)) {
    for (text, degree) in SMALL {
        let signature = parse_signature(text).expect("parses");
        let map = Map::of_basis(&Basis::new(&signature, &Options::up_to(*degree)).expect("a basis"));
        for (linear, label) in [(5, 100), (4, 3), (2, 7)] {
            let size = |axis: &crate::signature::Axis| {
                axis.dimension.literal().unwrap_or(if axis.group.is_label() { label } else { linear })
            };
            check(text, &signature, &map, &Sizes(signature.axes.iter().map(size).collect()));
        }
    }
}

/// The diagrams of all members, with their arrays of coefficients.
fn diagrams(compiler: &Compiler<'_>) -> Vec<Graph> {
    let graphs = |member: &Member| compiler.terms(member, None).into_iter().map(|term| term.graph);
    compiler.map.members.iter().flat_map(graphs).collect()
}

/// The entries of a space.
fn entries(layout: &Layout, sizes: &Sizes) -> u64 {
    layout.slots.iter().map(|&axis| sizes.of(axis) as u64).product()
}

/// `|X|`, if one of the terms has not the symmetry of X.
fn symmetrised(terms: &[Graph], layout: &Layout, shapes: &Shapes, sizes: &Sizes) -> u64 {
    let asymmetric =
        terms.iter().any(|term| !has_symmetry(&open_output(term, &layout.slots), shapes, layout));
    if asymmetric { entries(layout, sizes) } else { 0 }
}

#[test]
fn trees_and_loops_cost_what_trying_all_of_them_finds() {
    each(|text, _, map, sizes| {
        let objective = Objective::fast(sizes);
        let compiler = Compiler::new(map, &objective);
        let (mut trees, mut loops) = (0, 0);
        for graph in diagrams(&compiler) {
            let network = Network::new(&graph, &graph.nodes, &compiler.shapes, sizes, |_| false);
            let symmetrised = symmetrised(&[graph], &compiler.output, &compiler.shapes, sizes);
            trees += network.all(false) + symmetrised;
            loops += network.loops() + symmetrised;
        }
        let found = macs(map, sizes, &Wanted::Members);
        assert_eq!(found.independent, trees, "{text} {sizes:?}");
        assert_eq!(found.naive.at(sizes), loops, "{text} {sizes:?}");
    });
}

#[test]
fn gradients_cost_what_all_their_contractions_written_out_add_up_to() {
    each(|text, signature, map, sizes| {
        let objective = Objective::fast(sizes);
        let compiler = Compiler::new(map, &objective);
        let shapes = &compiler.shapes;
        let graphs = diagrams(&compiler);
        let scalars = map.coefficients.iter().filter(|coefficient| coefficient.axes.is_empty());
        let scalars = scalars.count() as u64;
        let count = graphs.len() as u64;
        let sum = |terms: u64, layout: &Layout| {
            if terms > 1 || scalars > 0 { terms * entries(layout, sizes) } else { 0 }
        };
        let value = sum(count, &compiler.output) + symmetrised(&graphs, &compiler.output, shapes, sizes);
        let (mut trees, mut loops, mut reverse) = (value, value, value);
        // The derivatives in each input and in all coefficients, as graphs with another node as output.
        let mut gradients = 0;
        let mut occurrences: Vec<Vec<Graph>> = vec![Vec::new(); signature.inputs.len()];
        for graph in &graphs {
            let variable = |kind| matches!(kind, Node::Input(_) | Node::Coefficient(_));
            let network = Network::new(graph, &graph.nodes, shapes, sizes, variable);
            trees += network.all(false);
            loops += network.loops();
            reverse += network.all(true);
            let mut closed = graph.nodes.clone();
            closed.iter_mut().filter(|kind| **kind == Node::Output).for_each(|kind| *kind = Node::Cotangent);
            let mut is_scalar = true;
            for (node, kind) in graph.nodes.iter().enumerate() {
                if variable(*kind) {
                    let mut derived = closed.clone();
                    derived[node] = Node::Output;
                    gradients += Network::new(graph, &derived, shapes, sizes, |_| false).loops();
                    is_scalar &= !matches!(kind, Node::Coefficient(_));
                    if let Node::Input(input) = kind {
                        occurrences[input.index()].push(Graph { nodes: derived, wires: graph.wires.clone() });
                    }
                }
            }
            if is_scalar {
                let product = Network::new(graph, &closed, shapes, sizes, |_| false);
                gradients += product.loops();
                reverse += product.all(false).min(entries(&compiler.output, sizes));
            }
        }
        for (input, terms) in signature.inputs.iter().zip(&occurrences) {
            let layout = input.space.layout();
            let added = sum(terms.len() as u64, &layout) + symmetrised(terms, &layout, shapes, sizes);
            reverse += added;
            gradients += added;
        }
        let combination = macs(map, sizes, &Wanted::Combination);
        assert_eq!(combination.independent, trees, "{text} {sizes:?}");
        assert_eq!(combination.naive.at(sizes), loops, "{text} {sizes:?}");
        let gradient = macs(map, sizes, &Wanted::Gradient);
        assert_eq!(gradient.independent, reverse, "{text} {sizes:?}");
        assert_eq!(gradient.naive.at(sizes), loops + gradients, "{text} {sizes:?}");
    });
}

#[test]
fn invariants_and_their_gradients_cost_what_their_contractions_add_up_to() {
    for (text, degree) in [
        ("O(d) * S(n): a: (R^d)^n -> R", 4),
        ("O(d): a: (R^d)^n -> R", 4),
        ("O(d): P: S^d, Q: S^d -> R", 3),
        ("O(3): P: S^3, v: R^3 -> R", 4),
        ("Sp(4): a: R^4, B: S^4, C: Alt^2(R^4) -> R", 3),
        ("SO(3): a: R^3, b: R^3, c: R^3 -> R", 3),
        ("1: x: R, y: (R)^n -> R", 3),
    ] {
        let signature = parse_signature(text).expect("parses");
        let map = Map::of_basis(&Basis::new(&signature, &Options::up_to(degree)).expect("a basis"));
        // The constant is no generator.
        let generators = (0..map.members.len()).filter(|&member| map.members[member].degree > 0);
        let map = map.only(&generators.collect::<Vec<usize>>());
        let sizes = Sizes::sample(&signature, &[]);
        let objective = Objective::fast(&sizes);
        let compiler = Compiler::new(&map, &objective);
        let shapes = &compiler.shapes;
        let (mut values, mut value_loops, mut gradients, mut gradient_loops) = (0, 0, 0, 0);
        let mut occurrences: Vec<Vec<Graph>> = vec![Vec::new(); signature.inputs.len()];
        let mut scalars = 0;
        for graph in diagrams(&compiler) {
            let is_input = |kind| matches!(kind, Node::Input(_));
            let mut value = graph.nodes.clone();
            for kind in &mut value {
                if matches!(kind, Node::Coefficient(_)) {
                    *kind = Node::Output;
                }
            }
            scalars += u64::from(value == graph.nodes);
            let network = Network::new(&graph, &value, shapes, &sizes, |_| false);
            values += network.all(false);
            value_loops += network.loops();
            gradients += Network::new(&graph, &graph.nodes, shapes, &sizes, is_input).gradient();
            for (node, kind) in graph.nodes.iter().enumerate() {
                if let Node::Input(input) = kind {
                    let mut derived = graph.nodes.clone();
                    derived[node] = Node::Output;
                    gradient_loops += Network::new(&graph, &derived, shapes, &sizes, |_| false).loops();
                    // Without the output, the first node, which has no slots.
                    let moved = |end: End| End { node: NodeId::new(end.node.index() - 1), slot: end.slot };
                    let wires = graph.wires.iter();
                    let wires =
                        wires.map(|wire| crate::diagram::Wire { from: moved(wire.from), to: moved(wire.to) });
                    occurrences[input.index()]
                        .push(Graph { nodes: derived[1..].to_vec(), wires: wires.collect() });
                }
            }
        }
        for (input, terms) in signature.inputs.iter().zip(&occurrences) {
            let layout = input.space.layout();
            let sum = if terms.len() > 1 || scalars > 0 {
                terms.len() as u64 * entries(&layout, &sizes)
            } else {
                0
            };
            let added = sum + symmetrised(terms, &layout, shapes, &sizes);
            gradients += added;
            gradient_loops += added;
        }
        let found = macs(&map, &sizes, &Wanted::Arrays);
        assert_eq!((found.independent, found.naive.at(&sizes)), (values, value_loops), "{text}");
        let found = macs(&map, &sizes, &Wanted::UnitGradient);
        assert_eq!((found.independent, found.naive.at(&sizes)), (gradients, gradient_loops), "{text}");
        assert!(gradients <= gradient_loops && values <= value_loops, "{text}");
        for (wanted, independent) in [(Wanted::Arrays, values), (Wanted::UnitGradient, gradients)] {
            assert!(
                compile_one(&map, &wanted, &objective).cost().at(&sizes) <= independent,
                "{text} {wanted:?}"
            );
        }
    }
}

#[test]
fn sharing_costs_no_more_than_trees_and_trees_no_more_than_loops() {
    each(|text, signature, map, sizes| {
        for wanted in [Wanted::Members, Wanted::Combination, Wanted::Gradient] {
            let Macs { naive, independent } = macs(map, sizes, &wanted);
            let shared = compile_one(map, &wanted, Objective::fast(sizes)).cost().at(sizes);
            // Over free labels, (P + P^T) a is put together where reverse mode has P a from the value already.
            let is_array = signature.axes.iter().any(|axis| axis.group.is_free());
            let allowed = if is_array && wanted == Wanted::Gradient { independent / 10 } else { 0 };
            assert!(shared <= independent + allowed, "{text} {sizes:?} {wanted:?}: {shared} > {independent}");
            let naive = naive.at(sizes);
            assert!(independent <= naive, "{text} {sizes:?} {wanted:?}: {independent} > {naive}");
        }
    });
}

#[test]
fn the_example_of_the_documentation_costs_what_it_says() {
    let signature = parse_signature("O(d) * S(n): a: (R^d)^n -> S^d").expect("parses");
    let map = Map::of_basis(&Basis::new(&signature, &Options::exactly(4)).expect("a basis"));
    let formulas = map.formulas(crate::diagram::Style::Text);
    let wanted = formulas.iter().position(|text| text == "sum_ij <a_i, a_j> a_j^p a_i^q").expect("a member");
    let (n, d) = (100_u64, 5_u64);
    let found = macs(&map.only(&[wanted]), &Sizes(vec![5, 100]), &Wanted::Combination);
    assert_eq!(found.naive.to_string(), "3 n^2 d^3 + d^2");
    assert_eq!(found.independent, 2 * n * d * d + d.pow(3) + d * d);
}
