//! Canonical form of a port graph: two graphs have the same form iff they are isomorphic, and the sign between them.
//!
//! Individualisation and refinement with pruning by the automorphisms found on the way (McKay & Piperno, *Practical
//! graph isomorphism II*, 2014), on the nodes alone: slots of one class are interchangeable, so that wires are known by
//! the classes that they join, and slots are dealt out afterwards in the order of the wires. That dealing, and the
//! orientation of antisymmetric wires, gives the sign.

use super::graph::{End, Graph, Node, Shapes, Wire};
use super::ids::NodeId;

/// The outcome of [`canonicalise`].
#[derive(Clone, Debug)]
pub struct Canonical {
    /// Nodes and wires in canonical order.
    pub graph: Graph,
    /// The original graph is `sign` times the canonical one: +1, -1, or 0 if an automorphism negates it.
    pub sign: i8,
    /// As `sign`, for the labelling `position` alone: never 0. An automorphism that moves open legs and negates is an
    /// antisymmetry of the tensor, not a zero.
    pub labelling_sign: i8,
    /// `position[old node]` = canonical node.
    pub position: Vec<NodeId>,
    /// Generators of the automorphism group, as permutations of the *original* nodes.
    pub automorphisms: Vec<Vec<NodeId>>,
    /// Whether the graph vanishes because of a loop or of parallel wires alone, so that every graph that contains it
    /// vanishes too.
    pub vanishes_locally: bool,
    /// Nodes of all partitions that were refined: how long it took, the same on every machine.
    pub effort: u64,
}

impl Canonical {
    /// The generators of the automorphism group as permutations of the canonical nodes.
    pub fn canonical_automorphisms(&self) -> Vec<Vec<NodeId>> {
        let moved = |automorphism: &Vec<NodeId>| {
            let mut moved = vec![NodeId::default(); automorphism.len()];
            for (node, &image) in automorphism.iter().enumerate() {
                moved[self.position[node].index()] = self.position[image.index()];
            }
            moved
        };
        self.automorphisms.iter().map(moved).collect()
    }
}

/// Canonical form, sign and automorphisms.
pub fn canonicalise(graph: &Graph, shapes: &Shapes) -> Canonical {
    let joints = joints(graph, shapes);
    let mut search = Search::new(graph, &joints);
    let partition = search.initial();
    search.explore(partition, 0);
    let (_, labelling) = search.best.take().expect("the search ends in a labelling");
    let (wires, labelling_sign) = deal(graph, shapes, &joints, &labelling);
    let mut nodes = vec![Node::Output; graph.nodes.len()];
    for (old, &new) in labelling.iter().enumerate() {
        nodes[new.index()] = graph.nodes[old];
    }
    let vanishes_locally = vanishes_locally(graph, shapes, &joints);
    let negated = search.automorphisms.iter().any(|automorphism| {
        let moved: Vec<NodeId> = automorphism.iter().map(|&image| labelling[image.index()]).collect();
        deal(graph, shapes, &joints, &moved).1 != labelling_sign
    });
    Canonical {
        graph: Graph { nodes, wires },
        sign: if vanishes_locally || negated { 0 } else { labelling_sign },
        labelling_sign,
        position: labelling,
        automorphisms: search.automorphisms,
        vanishes_locally,
        effort: search.effort,
    }
}

/// The sign with which a graph is mapped to itself by an automorphism.
pub(crate) fn sign_of_automorphism(graph: &Graph, shapes: &Shapes, automorphism: &[NodeId]) -> i8 {
    let joints = joints(graph, shapes);
    let identity: Vec<NodeId> = graph.ids().collect();
    deal(graph, shapes, &joints, &identity).1 * deal(graph, shapes, &joints, automorphism).1
}

/// A wire as the search sees it: which classes of which nodes it joins.
#[derive(Clone, Copy)]
struct Joint {
    from: (NodeId, u8),
    to: (NodeId, u8),
    oriented: bool,
}

impl Joint {
    /// The code of the wire under a labelling: its two (node, class) ends, the lesser first, and whether they were
    /// swapped.
    fn code(&self, labelling: &[NodeId]) -> (u64, bool) {
        let end =
            |(node, class): (NodeId, u8)| (labelling[node.index()].index() as u64) << 8 | u64::from(class);
        let (from, to) = (end(self.from), end(self.to));
        if from <= to { (from << 24 | to, false) } else { (to << 24 | from, true) }
    }
}

fn joints(graph: &Graph, shapes: &Shapes) -> Vec<Joint> {
    let end = |end: End| (end.node, shapes.slot(graph[end.node], end.slot).class);
    graph
        .wires
        .iter()
        .map(|wire| Joint {
            from: end(wire.from),
            to: end(wire.to),
            oriented: shapes.is_oriented(graph, wire),
        })
        .collect()
}

/// Relabels the nodes, deals out the slots of each class in the order of the wires, and returns the sign of that.
fn deal(graph: &Graph, shapes: &Shapes, joints: &[Joint], labelling: &[NodeId]) -> (Vec<Wire>, i8) {
    let mut coded: Vec<(u64, Wire)> = Vec::with_capacity(graph.wires.len());
    let mut sign = 1;
    for (wire, joint) in graph.wires.iter().zip(joints) {
        let (code, swapped) = joint.code(labelling);
        if swapped && joint.oriented {
            sign = -sign;
        }
        coded.push((code, if swapped { wire.turned() } else { *wire }));
    }
    coded.sort_unstable();
    // For every class of every node: its next slot, and, if it alternates, the original slots in the order dealt.
    let mut dealt: Vec<(NodeId, u8, usize, Vec<usize>)> = Vec::with_capacity(2 * graph.wires.len());
    let mut next = |end: End| -> End {
        let node = graph[end.node];
        let slot = shapes.slot(node, end.slot);
        let position = match dealt.iter().position(|(n, c, ..)| *n == end.node && *c == slot.class) {
            Some(position) => position,
            None => {
                dealt.push((end.node, slot.class, shapes.class_start(node, slot.class), Vec::new()));
                dealt.len() - 1
            }
        };
        let (_, _, next_slot, taken) = &mut dealt[position];
        if slot.alternating {
            let old = end.slot.index();
            if taken.iter().filter(|&&earlier| earlier > old).count() % 2 == 1 {
                sign = -sign;
            }
            taken.push(old);
        }
        *next_slot += 1;
        End::new(labelling[end.node.index()], *next_slot - 1)
    };
    let wires = coded
        .iter()
        .map(|(_, wire)| {
            let from = next(wire.from);
            Wire { from, to: next(wire.to) }
        })
        .collect();
    (wires, sign)
}

/// A loop on a class, or two parallel wires, that exchange with a minus sign.
fn vanishes_locally(graph: &Graph, shapes: &Shapes, joints: &[Joint]) -> bool {
    let mut seen: Vec<((NodeId, u8), (NodeId, u8))> = Vec::new();
    for (wire, joint) in graph.wires.iter().zip(joints) {
        let slot = |end: End| shapes.slot(graph[end.node], end.slot);
        let (a, b) = (slot(wire.from), slot(wire.to));
        if joint.from == joint.to && (a.alternating != joint.oriented || a.traceless) {
            return true;
        }
        if a.alternating != b.alternating {
            let mut ends = (joint.from, joint.to);
            if ends.0 > ends.1 {
                ends = (ends.1, ends.0);
            }
            if seen.contains(&ends) {
                return true;
            }
            seen.push(ends);
        }
    }
    false
}

/// An ordered partition of the nodes: `order` lists them cell by cell, `color[node]` is where its cell starts. Once every
/// cell is a single node, `color` is a labelling: the canonical position of every node.
#[derive(Clone)]
struct Partition {
    order: Vec<NodeId>,
    color: Vec<NodeId>,
    cells: usize,
}

type Certificate = Vec<u64>;

struct Search<'a> {
    graph: &'a Graph,
    joints: &'a [Joint],
    /// For every node, (tag of the two classes, neighbour) of every wire end.
    neighbours: Vec<Vec<(u32, NodeId)>>,
    path: Vec<NodeId>,
    first: Option<Leaf>,
    best: Option<(Certificate, Vec<NodeId>)>,
    best_path: Vec<NodeId>,
    automorphisms: Vec<Vec<NodeId>>,
    effort: u64,
}

/// A labelling with the certificate that it gives, and the nodes that were individualised on the way to it.
struct Leaf {
    certificate: Certificate,
    labelling: Vec<NodeId>,
    path: Vec<NodeId>,
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value ^ (value >> 29)
}

impl<'a> Search<'a> {
    fn new(graph: &'a Graph, joints: &'a [Joint]) -> Search<'a> {
        let mut neighbours = vec![Vec::new(); graph.nodes.len()];
        for &Joint { from: (from, a), to: (to, b), .. } in joints {
            let (a, b) = (u32::from(a), u32::from(b));
            neighbours[from.index()].push((a << 8 | b, to));
            neighbours[to.index()].push((b << 8 | a, from));
        }
        Search {
            graph,
            joints,
            neighbours,
            path: Vec::new(),
            first: None,
            best: None,
            best_path: Vec::new(),
            automorphisms: Vec::new(),
            effort: 0,
        }
    }

    /// Cells by kind of node.
    fn initial(&self) -> Partition {
        let graph = self.graph;
        let mut order: Vec<NodeId> = graph.ids().collect();
        order.sort_by_key(|&node| graph[node]);
        let mut partition = Partition { color: order.clone(), order, cells: 0 };
        let mut start = 0;
        for position in 0..partition.order.len() {
            let node = partition.order[position];
            if position == 0 || graph[node] != graph[partition.order[position - 1]] {
                start = position;
                partition.cells += 1;
            }
            partition.color[node.index()] = NodeId::new(start);
        }
        partition
    }

    /// Splits cells by the colours around their nodes until nothing splits. Hashes only ever depend on colours, so a
    /// collision leaves a coarser partition, never a wrong one.
    fn refine(&self, partition: &mut Partition) {
        let count = partition.order.len();
        let mut hashes = vec![0_u64; count];
        loop {
            if partition.cells == count {
                return;
            }
            for (hash, neighbours) in hashes.iter_mut().zip(&self.neighbours) {
                *hash = neighbours.iter().fold(0_u64, |sum, &(tag, neighbour)| {
                    let color = partition.color[neighbour.index()].index() as u64;
                    sum.wrapping_add(mix(color >> 8 << 48 | 1 << 40 | u64::from(tag) << 8 | color & 0xff))
                });
            }
            let before = partition.cells;
            let mut start = 0;
            while start < count {
                let color = NodeId::new(start);
                let mut end = start + 1;
                while end < count && partition.color[partition.order[end].index()] == color {
                    end += 1;
                }
                if end - start > 1 {
                    let cell = &mut partition.order[start..end];
                    cell.sort_unstable_by_key(|&node| hashes[node.index()]);
                    let mut current = start;
                    for position in start + 1..end {
                        let node = partition.order[position];
                        if hashes[node.index()] != hashes[partition.order[position - 1].index()] {
                            current = position;
                            partition.cells += 1;
                        }
                        partition.color[node.index()] = NodeId::new(current);
                    }
                }
                start = end;
            }
            if partition.cells == before {
                return;
            }
        }
    }

    /// Explores below a partition; returns the depth at which the search goes on (jumping back after an automorphism).
    fn explore(&mut self, mut partition: Partition, depth: usize) -> usize {
        self.refine(&mut partition);
        let count = partition.order.len();
        self.effort += count as u64;
        if partition.cells == count {
            return self.leaf(&partition, depth);
        }
        // The first smallest cell with more than one node.
        let (mut start, mut target) = (0, 0..0);
        while start < count {
            let mut end = start + 1;
            while end < count && partition.color[partition.order[end].index()] == NodeId::new(start) {
                end += 1;
            }
            if end - start > 1 && (target.is_empty() || end - start < target.len()) {
                target = start..end;
            }
            start = end;
        }
        let cell: Vec<NodeId> = partition.order[target.clone()].to_vec();
        let mut tried: Vec<NodeId> = Vec::new();
        for (at, &node) in cell.iter().enumerate() {
            self.path.truncate(depth);
            if self.equivalent_to_tried(node, &tried) {
                continue;
            }
            tried.push(node);
            let mut child = partition.clone();
            child.order[target.start..=target.start + at].rotate_right(1);
            for &other in &child.order[target.start + 1..target.end] {
                child.color[other.index()] = NodeId::new(target.start + 1);
            }
            child.cells += 1;
            self.path.push(node);
            let back = self.explore(child, depth + 1);
            if back < depth {
                return back;
            }
        }
        depth
    }

    /// Whether an automorphism that fixes the current path maps an explored sibling to `node`.
    fn equivalent_to_tried(&self, node: NodeId, tried: &[NodeId]) -> bool {
        if tried.is_empty() || self.automorphisms.is_empty() {
            return false;
        }
        let fixing: Vec<&Vec<NodeId>> = self
            .automorphisms
            .iter()
            .filter(|automorphism| self.path.iter().all(|&fixed| automorphism[fixed.index()] == fixed))
            .collect();
        let mut orbit = vec![node];
        let mut next = 0;
        while next < orbit.len() {
            for automorphism in &fixing {
                let image = automorphism[orbit[next].index()];
                if !orbit.contains(&image) {
                    orbit.push(image);
                }
            }
            next += 1;
        }
        // Orbits of a finite group are closed under the inverses too, so images alone reach all of them.
        tried.iter().any(|other| orbit.contains(other))
    }

    fn leaf(&mut self, partition: &Partition, depth: usize) -> usize {
        let labelling = partition.color.clone();
        let mut certificate: Certificate = self.joints.iter().map(|joint| joint.code(&labelling).0).collect();
        certificate.sort_unstable();
        let Some(first) = &self.first else {
            self.best = Some((certificate.clone(), labelling.clone()));
            self.best_path.clone_from(&self.path);
            self.first = Some(Leaf { certificate, labelling, path: self.path.clone() });
            return depth;
        };
        if certificate == first.certificate {
            let automorphism = between(&first.labelling, &labelling);
            let back = common_prefix(&first.path, &self.path);
            self.automorphisms.push(automorphism);
            return back;
        }
        let Some((best_certificate, best_labelling)) = &self.best else { return depth };
        match certificate.cmp(best_certificate) {
            std::cmp::Ordering::Equal => {
                let automorphism = between(best_labelling, &labelling);
                let back = common_prefix(&self.best_path, &self.path);
                self.automorphisms.push(automorphism);
                back
            }
            std::cmp::Ordering::Less => {
                self.best = Some((certificate, labelling));
                self.best_path.clone_from(&self.path);
                depth
            }
            std::cmp::Ordering::Greater => depth,
        }
    }
}

/// The automorphism that takes each node to the node with the same label in the other labelling.
fn between(from: &[NodeId], to: &[NodeId]) -> Vec<NodeId> {
    let mut node_at = vec![NodeId::default(); to.len()];
    for (node, label) in to.iter().enumerate() {
        node_at[label.index()] = NodeId::new(node);
    }
    from.iter().map(|label| node_at[label.index()]).collect()
}

fn common_prefix(a: &[NodeId], b: &[NodeId]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}
