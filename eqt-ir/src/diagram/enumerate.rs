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
use super::ids::{InputId, NodeId, SlotSet};
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
    /// Occurrences: more than [`DiagramLimit::MAX_DEGREE`].
    Degree,
    /// Diagrams of one degree.
    Diagrams,
    /// Partial diagrams: more than [`DiagramLimit::PARTIAL_FACTOR`] times the limit.
    PartialDiagrams,
    /// Ports of one diagram: more than [`DiagramLimit::MAX_PORTS`].
    Ports,
    /// Occurrences and slots of the output of one diagram: more than [`DiagramLimit::MAX_PORTS`].
    Factors,
    /// Ways to choose the inputs that occur: more than [`DiagramLimit::MAX_CHOICES`], each a number for every input.
    Multidegrees,
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
    /// The most ports of one diagram: slots of the output and of all occurrences. The number of its labels, of the slots
    /// of any node and of the axes of any intermediate result then fits 8 bits.
    pub const MAX_PORTS: usize = 120;

    /// The most multidegrees of one degree, times the number of inputs.
    pub const MAX_CHOICES: usize = 40_000_000;

    /// Refuses a degree above [`DiagramLimit::MAX_DEGREE`].
    ///
    /// # Errors
    /// [`Exceeded::Degree`] with the degree.
    pub fn check_degree(degree: usize) -> Result<(), DiagramLimit> {
        let limit = Self::MAX_DEGREE;
        if degree > limit { Err(DiagramLimit { limit, degree, exceeded: Exceeded::Degree }) } else { Ok(()) }
    }

    /// More complete diagrams than the limit.
    pub fn complete(limit: usize, degree: usize) -> DiagramLimit {
        DiagramLimit { limit, degree, exceeded: Exceeded::Diagrams }
    }
}

impl fmt::Display for DiagramLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DiagramLimit { limit, degree, exceeded } = self;
        let partial = limit.saturating_mul(Self::PARTIAL_FACTOR);
        const ADVICE: &str = "lower the degree, bound `labels`, or raise `limit`";
        match exceeded {
            Exceeded::Degree => write!(f, "degree {degree} is above the largest supported degree {limit}"),
            Exceeded::Diagrams => write!(f, "more than {limit} diagrams of degree {degree}; {ADVICE}"),
            Exceeded::PartialDiagrams => write!(
                f,
                "more than {partial} partial diagrams ({} times the limit) of degree {degree}; {ADVICE}",
                Self::PARTIAL_FACTOR
            ),
            Exceeded::Ports => write!(
                f,
                "a diagram of degree {degree} has more than {} indices in all; lower the degree",
                Self::MAX_PORTS
            ),
            Exceeded::Factors => write!(
                f,
                "a diagram of degree {degree} has more than {} occurrences and indices of the output in all; lower the \
                 degree",
                Self::MAX_PORTS
            ),
            Exceeded::Multidegrees => write!(
                f,
                "so many inputs can be chosen in too many ways in degree {degree} (more than {} numbers of occurrences in \
                 all); lower the degree, or write a family of inputs, `(X)^n`",
                Self::MAX_CHOICES
            ),
            Exceeded::Effort => write!(
                f,
                "listing the diagrams of degree {degree} takes more than {} steps; lower the degree, or bound `labels`",
                Self::EFFORT
            ),
        }
    }
}

/// The multidegree after this one: the last occurrence that can goes to the next input, what is behind it follows.
fn next_multidegree(multidegree: &[usize]) -> Option<Vec<usize>> {
    let last = multidegree.len() - 1;
    let from = multidegree[..last].iter().rposition(|&times| times > 0)?;
    let mut next = multidegree.to_vec();
    let behind = std::mem::take(&mut next[last]);
    next[from] -= 1;
    next[from + 1] = behind + 1;
    Some(next)
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
    ///
    /// # Errors
    /// If there are more than [`DiagramLimit::MAX_CHOICES`] numbers in them, or the degree is above
    /// [`DiagramLimit::MAX_DEGREE`].
    pub fn multidegrees(&self, degree: usize) -> Result<Vec<Vec<usize>>, DiagramLimit> {
        DiagramLimit::check_degree(degree)?;
        let inputs = self.signature.inputs.len();
        if inputs == 0 {
            return Ok(if degree == 0 { vec![Vec::new()] } else { Vec::new() });
        }
        // binomial(inputs + degree - 1, degree) of them; every prefix of the product is a binomial coefficient.
        let count = (1..=degree).try_fold(inputs, |numbers, chosen| {
            let numbers = numbers.checked_mul(inputs - 1 + chosen)? / chosen;
            (numbers <= DiagramLimit::MAX_CHOICES).then_some(numbers)
        });
        if count.is_none() {
            return Err(self.exceeded(Exceeded::Multidegrees, degree));
        }
        let mut first = vec![0; inputs];
        first[0] = degree;
        Ok(std::iter::successors(Some(first), |multidegree| next_multidegree(multidegree)).collect())
    }

    /// All diagrams of one total degree in the frozen order.
    ///
    /// # Errors
    /// If there are more than the limit.
    pub fn of_degree(&self, degree: usize) -> Result<Vec<Diagram>, DiagramLimit> {
        let mut diagrams = Vec::new();
        for multidegree in self.multidegrees(degree)? {
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
        if degree + self.slots(Node::Output) > DiagramLimit::MAX_PORTS {
            return Err(self.exceeded(Exceeded::Factors, degree));
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
        let occurrences = multidegree.iter().enumerate();
        occurrences.fold(self.slots(Node::Output), |ports, (input, times)| {
            ports + times * self.slots(Node::Input(InputId::new(input)))
        })
    }

    fn slots(&self, node: Node) -> usize {
        self.shapes.space(node).map_or(0, <[_]>::len)
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
                start.add(Node::Input(InputId::new(input)));
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
        let mut wired = vec![SlotSet::default(); graph.nodes.len()];
        for end in graph.wires.iter().flat_map(|wire| [wire.from, wire.to]) {
            wired[end.node.index()].insert(end.slot);
        }
        let mut ports = Vec::new();
        for (node, kind) in graph.iter() {
            let slots = match kind {
                Node::Epsilon(own) if own != axis => None,
                Node::Output | Node::Input(_) | Node::Epsilon(_) => self.shapes.slots(kind),
                _ => None,
            };
            let Some(slots) = slots else { continue };
            let mut last_class = None;
            for end in (0..slots).map(|slot| End::new(node, slot)) {
                let described = self.shapes.slot(kind, end.slot);
                if described.axis == Some(axis)
                    && !wired[node.index()].contains(end.slot)
                    && last_class != Some(described.class)
                {
                    last_class = Some(described.class);
                    ports.push(end);
                }
            }
        }
        ports
    }

    /// Every way, up to the automorphisms that fix the port's node, to wire a port.
    fn extensions(&self, partial: &Canonical, port: End, axis: AxisId) -> Vec<Graph> {
        let graph = &partial.graph;
        let automorphisms = partial.canonical_automorphisms();
        let fixing: Vec<&Vec<NodeId>> = automorphisms
            .iter()
            .filter(|automorphism| automorphism[port.node.index()] == port.node)
            .collect();
        let mut orbit_of: Vec<NodeId> = graph.ids().collect();
        let mut changed = true;
        while changed {
            changed = false;
            for automorphism in &fixing {
                for node in 0..orbit_of.len() {
                    let image = automorphism[node].index();
                    let least = orbit_of[node].min(orbit_of[image]);
                    changed |= orbit_of[node] != least || orbit_of[image] != least;
                    orbit_of[node] = least;
                    orbit_of[image] = least;
                }
            }
        }
        let representative = |node: NodeId| orbit_of[node.index()] == node;
        let with_wire = |to: End| {
            let mut extended = graph.clone();
            extended.join(port, to);
            extended
        };
        match self.signature.axis(axis).group.rules().wires() {
            Wires::Spiders { free } => {
                let spiders = graph.of_kind(|node| node == Node::Spider(axis));
                // Free labels: all different, or, with `labels <= 1`, all equal.
                let may_join = !free || self.labels.is_some();
                let size = self.signature.axis(axis).dimension.literal();
                let may_open = self.labels.is_none_or(|most| spiders.len() < most)
                    && (free || self.beyond_size || size.is_none_or(|size| spiders.len() < size));
                let mut extensions = Vec::new();
                if may_join {
                    for &spider in spiders.iter().filter(|&&spider| representative(spider)) {
                        extensions.push(with_wire(End::new(spider, graph.degree(spider))));
                    }
                }
                if may_open {
                    let mut extended = graph.clone();
                    let spider = extended.add(Node::Spider(axis));
                    extended.join(port, End::new(spider, 0));
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
