//! Orderly enumeration: diagrams grow wire by wire, and only one of each isomorphism class grows on.
//!
//! From every partial diagram one unwired port is picked in a way that depends on its isomorphism class alone, and the
//! port is wired in every possible way. Every complete diagram wires that port somehow, so that by induction every
//! complete diagram is reached; partial diagrams are kept in canonical form, so that none is grown twice.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use super::canonical::{Canonical, canonicalise};
use super::graph::{End, Graph, Node, Shapes};
use super::{Diagram, OrderKey};
use crate::group::{Epsilon, Wires};
use crate::signature::{AxisId, Signature};

/// More diagrams than the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiagramLimit {
    /// The limit that was exceeded.
    pub limit: usize,
    /// The degree at which that happened.
    pub degree: usize,
    /// What exceeded it.
    pub exceeded: Exceeded,
}

/// What there is too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// Diagrams of one degree.
    Diagrams,
    /// Partial diagrams: more than [`DiagramLimit::PARTIAL_FACTOR`] times the limit.
    PartialDiagrams,
    /// Ports of one diagram: more than [`DiagramLimit::MAX_PORTS`].
    Ports,
    /// Work: more than [`DiagramLimit::EFFORT`].
    Effort,
}

impl DiagramLimit {
    /// How many partial diagrams may be alive for each complete one that is allowed.
    pub const PARTIAL_FACTOR: usize = 4;
    /// The most [effort](super::Canonical::effort) for all diagrams of one enumeration, some seconds.
    pub const EFFORT: u64 = 300_000_000;
    /// The most occurrences of one diagram.
    pub const MAX_DEGREE: usize = 64;
    /// The most ports of one diagram, so that 8 bits number its nodes.
    pub const MAX_PORTS: usize = 120;

    /// More complete diagrams than the limit.
    pub fn complete(limit: usize, degree: usize) -> DiagramLimit {
        DiagramLimit { limit, degree, exceeded: Exceeded::Diagrams }
    }
}

impl fmt::Display for DiagramLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.degree > Self::MAX_DEGREE {
            return write!(
                f,
                "degree {} is above the largest supported degree {}",
                self.degree,
                Self::MAX_DEGREE
            );
        }
        let what = match self.exceeded {
            Exceeded::Diagrams => format!("more than {} diagrams", self.limit),
            Exceeded::PartialDiagrams => {
                let (factor, limit) = (Self::PARTIAL_FACTOR, self.limit);
                format!(
                    "more than {} partial diagrams ({factor} times the limit)",
                    limit.saturating_mul(factor)
                )
            }
            Exceeded::Ports => {
                return write!(
                    f,
                    "a diagram of degree {} has more than {} indices in all; lower the degree",
                    self.degree,
                    Self::MAX_PORTS
                );
            }
            Exceeded::Effort => {
                return write!(
                    f,
                    "listing the diagrams of degree {} takes more than {} steps; lower the degree, or bound `labels`",
                    self.degree,
                    Self::EFFORT
                );
            }
        };
        write!(f, "{what} of degree {}; lower the degree, bound `labels`, or raise `limit`", self.degree)
    }
}

/// What to enumerate.
#[derive(Clone, Debug)]
pub struct Enumeration<'a> {
    signature: &'a Signature,
    shapes: Shapes,
    /// At most this many different labels of each axis in one diagram.
    pub labels: Option<usize>,
    /// The most diagrams of one degree.
    pub limit: usize,
    /// Whether diagrams with more labels than a literal `n` of `S(n)` are listed too. They are combinations of the
    /// others, by inclusion and exclusion.
    pub beyond_size: bool,
    /// Spent so far.
    effort: Cell<u64>,
}

impl<'a> Enumeration<'a> {
    /// Every diagram of a signature, up to a limit.
    pub fn new(signature: &'a Signature, labels: Option<usize>, limit: usize) -> Enumeration<'a> {
        Enumeration {
            signature,
            shapes: Shapes::new(signature),
            labels,
            limit,
            beyond_size: false,
            effort: Cell::new(0),
        }
    }

    fn exceeded(&self, exceeded: Exceeded, degree: usize) -> DiagramLimit {
        DiagramLimit { limit: self.limit, degree, exceeded }
    }

    /// The signature.
    pub fn signature(&self) -> &'a Signature {
        self.signature
    }

    /// The shapes of the nodes.
    pub fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// All multidegrees of total degree `degree`, more of an earlier input first.
    pub fn multidegrees(&self, degree: usize) -> Vec<Vec<usize>> {
        fn fill(inputs: usize, degree: usize, prefix: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
            if prefix.len() + 1 == inputs {
                prefix.push(degree);
                all.push(prefix.clone());
                prefix.pop();
                return;
            }
            for first in (0..=degree).rev() {
                prefix.push(first);
                fill(inputs, degree - first, prefix, all);
                prefix.pop();
            }
        }
        let inputs = self.signature.inputs.len();
        let mut all = Vec::new();
        match (inputs, degree) {
            (0, 0) => all.push(Vec::new()),
            (0, _) => {}
            _ => fill(inputs, degree, &mut Vec::new(), &mut all),
        }
        all
    }

    /// All diagrams of one total degree in the frozen order.
    ///
    /// # Errors
    /// If there are more than the limit.
    pub fn of_degree(&self, degree: usize) -> Result<Vec<Diagram>, DiagramLimit> {
        if degree > DiagramLimit::MAX_DEGREE {
            return Err(DiagramLimit::complete(self.limit, degree));
        }
        let mut diagrams = Vec::new();
        for multidegree in self.multidegrees(degree) {
            diagrams.extend(self.of_multidegree(&multidegree)?);
            if diagrams.len() > self.limit {
                return Err(DiagramLimit::complete(self.limit, degree));
            }
        }
        Ok(diagrams)
    }

    /// All diagrams of one multidegree in the frozen order.
    ///
    /// # Errors
    /// If there are more than the limit.
    pub fn of_multidegree(&self, multidegree: &[usize]) -> Result<Vec<Diagram>, DiagramLimit> {
        let degree = multidegree.iter().sum();
        if self.ports(multidegree) > DiagramLimit::MAX_PORTS {
            return Err(self.exceeded(Exceeded::Ports, degree));
        }
        let mut complete: Vec<(OrderKey, Diagram)> = Vec::new();
        for epsilons in self.epsilon_choices(multidegree) {
            for graph in self.grow(multidegree, &epsilons, degree)? {
                if let Some(diagram) = Diagram::from_graph(&graph, &self.shapes) {
                    complete.push((diagram.order_key(self.signature), diagram));
                }
            }
        }
        complete.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(complete.into_iter().map(|(_, diagram)| diagram).collect())
    }

    /// Slots of the output and of all occurrences.
    fn ports(&self, multidegree: &[usize]) -> usize {
        let slots = |input: usize| self.shapes.input(input as u8).len();
        let occurrences = multidegree.iter().enumerate();
        occurrences.fold(self.shapes.output().len(), |ports, (input, times)| ports + times * slots(input))
    }

    /// Which axes hold an epsilon: every choice that parity and the number of ports allow.
    fn epsilon_choices(&self, multidegree: &[usize]) -> Vec<Vec<AxisId>> {
        let mut choices: Vec<Vec<AxisId>> = vec![Vec::new()];
        let layouts: Vec<_> = self.signature.inputs.iter().map(|input| input.space.layout()).collect();
        let output = self.signature.output.layout();
        for axis in self.signature.axis_ids() {
            let Wires::Edges { epsilon, .. } = self.signature.axis(axis).group.rules().wires() else {
                continue;
            };
            let count = |slots: &[AxisId]| slots.iter().filter(|&&slot| slot == axis).count();
            let mut ports = count(&output.slots);
            let mut odd = output.pseudo.contains(&axis);
            for (layout, &times) in layouts.iter().zip(multidegree) {
                ports += times * count(&layout.slots);
                odd ^= layout.pseudo.contains(&axis) && times % 2 == 1;
            }
            let dimension = self.signature.axis(axis).dimension.literal();
            let without = ports.is_multiple_of(2) && (epsilon != Epsilon::OddParity || !odd);
            let with = match (epsilon, dimension) {
                (Epsilon::Never, _) | (_, None) => false,
                (Epsilon::OddParity, _) if !odd => false,
                // The epsilon of dimension 0 is the number 1, already there for SO(0).
                (Epsilon::EitherParity, Some(0)) => false,
                (_, Some(d)) => d <= ports && (ports - d).is_multiple_of(2),
            };
            choices = choices
                .into_iter()
                .flat_map(|choice| {
                    let mut extended = choice.clone();
                    extended.push(axis);
                    without.then_some(choice).into_iter().chain(with.then_some(extended))
                })
                .collect();
        }
        choices
    }

    fn grow(
        &self,
        multidegree: &[usize],
        epsilons: &[AxisId],
        degree: usize,
    ) -> Result<Vec<Graph>, DiagramLimit> {
        let mut start = Graph::default();
        start.add(Node::Output);
        for (input, &times) in multidegree.iter().enumerate() {
            for _ in 0..times {
                start.add(Node::Input(input as u8));
            }
        }
        for &axis in epsilons {
            start.add(Node::Epsilon(axis));
        }
        let mut level = vec![canonicalise(&start, &self.shapes)];
        while let Some(port) = level.first().and_then(|first| self.next_port(&first.graph)) {
            // All partial diagrams of a level lack equally many wires on the same axis.
            let axis = port.1;
            let mut next: BTreeSet<Graph> = BTreeSet::new();
            let mut grown: Vec<Canonical> = Vec::new();
            for partial in &level {
                let Some((port, _)) = self.next_port_on(&partial.graph, axis) else { continue };
                for graph in self.extensions(partial, port, axis) {
                    let canonical = canonicalise(&graph, &self.shapes);
                    self.effort.set(self.effort.get() + canonical.effort);
                    if self.effort.get() > DiagramLimit::EFFORT {
                        return Err(self.exceeded(Exceeded::Effort, degree));
                    }
                    if !canonical.vanishes_locally && next.insert(canonical.graph.clone()) {
                        grown.push(canonical);
                    }
                }
                if next.len() > self.limit.saturating_mul(DiagramLimit::PARTIAL_FACTOR) {
                    return Err(self.exceeded(Exceeded::PartialDiagrams, degree));
                }
            }
            level = grown;
        }
        Ok(level.into_iter().map(|canonical| canonical.graph).collect())
    }

    /// The first unwired port, labels before linear axes.
    fn next_port(&self, graph: &Graph) -> Option<(End, AxisId)> {
        let mut axes: Vec<AxisId> = self.signature.axis_ids().collect();
        axes.sort_by_key(|&axis| (!self.shapes.is_label(axis), axis));
        axes.into_iter().find_map(|axis| self.next_port_on(graph, axis))
    }

    fn next_port_on(&self, graph: &Graph, axis: AxisId) -> Option<(End, AxisId)> {
        self.unwired(graph, axis).first().map(|&port| (port, axis))
    }

    /// The first unwired slot of every class of every node, on one axis. Slots of a class are filled in order.
    fn unwired(&self, graph: &Graph, axis: AxisId) -> Vec<End> {
        let mut wired = vec![0_u64; graph.nodes.len()];
        for wire in &graph.wires {
            wired[usize::from(wire.from.node)] |= 1 << (wire.from.slot % 64);
            wired[usize::from(wire.to.node)] |= 1 << (wire.to.slot % 64);
        }
        let mut ports = Vec::new();
        for (node, kind) in graph.nodes.iter().enumerate() {
            let slots = match kind {
                Node::Output => self.shapes.output().len(),
                Node::Input(input) => self.shapes.input(*input).len(),
                Node::Epsilon(own) if *own == axis => {
                    self.signature.axis(axis).dimension.literal().unwrap_or(0)
                }
                _ => 0,
            };
            let mut last_class = None;
            for slot in 0..slots as u8 {
                let described = self.shapes.slot(*kind, slot);
                if described.axis == axis
                    && wired[node] >> slot & 1 == 0
                    && last_class != Some(described.class)
                {
                    last_class = Some(described.class);
                    ports.push(End { node: node as u8, slot });
                }
            }
        }
        ports
    }

    /// Every way, up to the automorphisms that fix the port's node, to wire a port.
    fn extensions(&self, partial: &Canonical, port: End, axis: AxisId) -> Vec<Graph> {
        let graph = &partial.graph;
        let automorphisms = partial.canonical_automorphisms();
        let fixing: Vec<&Vec<u8>> = automorphisms
            .iter()
            .filter(|automorphism| automorphism[usize::from(port.node)] == port.node)
            .collect();
        let mut orbit_of: Vec<u8> = (0..graph.nodes.len() as u8).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for automorphism in &fixing {
                for node in 0..orbit_of.len() {
                    let image = usize::from(automorphism[node]);
                    let least = orbit_of[node].min(orbit_of[image]);
                    changed |= orbit_of[node] != least || orbit_of[image] != least;
                    orbit_of[node] = least;
                    orbit_of[image] = least;
                }
            }
        }
        let representative = |node: u8| orbit_of[usize::from(node)] == node;
        let with_wire = |to: End| {
            let mut extended = graph.clone();
            extended.join(port, to);
            extended
        };
        match self.signature.axis(axis).group.rules().wires() {
            Wires::Spiders { free } => {
                let spiders: Vec<u8> = (0..graph.nodes.len() as u8)
                    .filter(|&node| graph.nodes[usize::from(node)] == Node::Spider(axis))
                    .collect();
                // Free labels: all different, or, with `labels <= 1`, all equal.
                let may_join = !free || self.labels.is_some();
                let size = self.signature.axis(axis).dimension.literal();
                let may_open = self.labels.is_none_or(|most| spiders.len() < most)
                    && (free || self.beyond_size || size.is_none_or(|size| spiders.len() < size));
                let mut extensions = Vec::new();
                if may_join {
                    for &spider in spiders.iter().filter(|&&spider| representative(spider)) {
                        let slot = graph.degree(spider) as u8;
                        extensions.push(with_wire(End { node: spider, slot }));
                    }
                }
                if may_open {
                    let mut extended = graph.clone();
                    let spider = extended.add(Node::Spider(axis));
                    extended.join(port, End { node: spider, slot: 0 });
                    extensions.push(extended);
                }
                extensions
            }
            Wires::Edges { .. } => {
                let mut wired = graph.clone();
                // With the port taken, the next slot of its own class is offered for a loop.
                wired.join(port, port);
                self.unwired(&wired, axis)
                    .into_iter()
                    .filter(|end| end.node == port.node || representative(end.node))
                    .map(with_wire)
                    .collect()
            }
        }
    }
}
