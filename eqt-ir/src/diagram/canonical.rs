//! Canonical form of a port graph: two graphs have the same form iff they are isomorphic, and the sign between them.
//!
//! Individualisation and refinement with pruning by the automorphisms found on the way (McKay & Piperno, *Practical
//! graph isomorphism II*, 2014), on the nodes alone: slots of one class are interchangeable, so that wires are known by
//! the classes that they join, and slots are dealt out afterwards in the order of the wires. That dealing, and the
//! orientation of antisymmetric wires, gives the sign.

use super::graph::{End, Graph, Node, Shapes, Wire};

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
    pub position: Vec<u8>,
    /// Generators of the automorphism group, as permutations of the *original* nodes.
    pub automorphisms: Vec<Vec<u8>>,
    /// Whether the graph vanishes because of a loop or of parallel wires alone, so that every graph that contains it
    /// vanishes too.
    pub vanishes_locally: bool,
    /// Nodes of all partitions that were refined: how long it took, the same on every machine.
    pub effort: u64,
}

impl Canonical {
    /// The generators of the automorphism group as permutations of the canonical nodes.
    pub fn canonical_automorphisms(&self) -> Vec<Vec<u8>> {
        let moved = |automorphism: &Vec<u8>| {
            let mut moved = vec![0; automorphism.len()];
            for (node, &image) in automorphism.iter().enumerate() {
                moved[usize::from(self.position[node])] = self.position[usize::from(image)];
            }
            moved
        };
        self.automorphisms.iter().map(moved).collect()
    }
}

/// Canonical form, sign and automorphisms.
pub fn canonicalise(graph: &Graph, shapes: &Shapes) -> Canonical {
    let mut search = Search::new(graph, shapes);
    let partition = search.initial();
    search.explore(partition, 0);
    let (_, labelling) = search.best.take().unwrap_or_default();
    let (wires, labelling_sign) = deal(graph, shapes, &labelling);
    let mut nodes = vec![Node::Output; graph.nodes.len()];
    for (old, &new) in labelling.iter().enumerate() {
        nodes[usize::from(new)] = graph.nodes[old];
    }
    let vanishes_locally = vanishes_locally(graph, shapes);
    let negated = search.automorphisms.iter().any(|automorphism| {
        let moved: Vec<u8> = automorphism.iter().map(|&image| labelling[usize::from(image)]).collect();
        deal(graph, shapes, &moved).1 != labelling_sign
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
pub(crate) fn sign_of_automorphism(graph: &Graph, shapes: &Shapes, automorphism: &[u8]) -> i8 {
    let identity: Vec<u8> = (0..graph.nodes.len() as u8).collect();
    deal(graph, shapes, &identity).1 * deal(graph, shapes, automorphism).1
}

/// The code of a wire under a labelling: its two (node, class) ends, the lesser first, and whether they were swapped.
fn code(graph: &Graph, shapes: &Shapes, wire: &Wire, labelling: &[u8]) -> (u32, bool) {
    let end = |end: End| {
        let class = shapes.slot(graph.nodes[usize::from(end.node)], end.slot).class;
        u32::from(labelling[usize::from(end.node)]) << 8 | u32::from(class)
    };
    let (from, to) = (end(wire.from), end(wire.to));
    if from <= to { (from << 16 | to, false) } else { (to << 16 | from, true) }
}

/// Relabels the nodes, deals out the slots of each class in the order of the wires, and returns the sign of that.
fn deal(graph: &Graph, shapes: &Shapes, labelling: &[u8]) -> (Vec<Wire>, i8) {
    let mut coded: Vec<(u32, u8, Wire)> = Vec::with_capacity(graph.wires.len());
    let mut sign = 1;
    for wire in &graph.wires {
        let (code, swapped) = code(graph, shapes, wire, labelling);
        let wire = if swapped { Wire { from: wire.to, to: wire.from } } else { *wire };
        let (from, to) = (graph.nodes[usize::from(wire.from.node)], graph.nodes[usize::from(wire.to.node)]);
        if swapped && shapes.is_oriented(from, to, shapes.slot(from, wire.from.slot).axis) {
            sign = -sign;
        }
        coded.push((code, wire.from.slot, wire));
    }
    coded.sort_unstable();
    // For every class of every node: the original slots in the order dealt.
    let mut dealt: Vec<(u8, u8, Vec<u8>)> = Vec::new();
    let mut next = |end: End| -> End {
        let node = graph.nodes[usize::from(end.node)];
        let slot = shapes.slot(node, end.slot);
        let new = labelling[usize::from(end.node)];
        let position = match dealt.iter().position(|(n, c, _)| *n == end.node && *c == slot.class) {
            Some(position) => position,
            None => {
                dealt.push((end.node, slot.class, Vec::new()));
                dealt.len() - 1
            }
        };
        let taken = &mut dealt[position].2;
        if slot.alternating && taken.iter().filter(|&&earlier| earlier > end.slot).count() % 2 == 1 {
            sign = -sign;
        }
        taken.push(end.slot);
        End { node: new, slot: shapes.class_start(node, slot.class) + (taken.len() - 1) as u8 }
    };
    let wires = coded
        .iter()
        .map(|(_, _, wire)| {
            let from = next(wire.from);
            Wire { from, to: next(wire.to) }
        })
        .collect();
    (wires, sign)
}

/// A loop on a class, or two parallel wires, that exchange with a minus sign.
fn vanishes_locally(graph: &Graph, shapes: &Shapes) -> bool {
    let mut seen: Vec<((u8, u8), (u8, u8))> = Vec::with_capacity(graph.wires.len());
    for wire in &graph.wires {
        let (from, to) = (graph.nodes[usize::from(wire.from.node)], graph.nodes[usize::from(wire.to.node)]);
        let (a, b) = (shapes.slot(from, wire.from.slot), shapes.slot(to, wire.to.slot));
        if wire.from.node == wire.to.node && a.class == b.class {
            let negated = a.alternating != shapes.is_oriented(from, to, a.axis);
            if negated || a.traceless {
                return true;
            }
        }
        if a.alternating != b.alternating {
            let mut ends = ((wire.from.node, a.class), (wire.to.node, b.class));
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

/// An ordered partition of the nodes: `order` lists them cell by cell, `color[node]` is where its cell starts.
#[derive(Clone)]
struct Partition {
    order: Vec<u8>,
    color: Vec<u8>,
    cells: usize,
}

type Certificate = Vec<u32>;

struct Search<'a> {
    graph: &'a Graph,
    shapes: &'a Shapes,
    /// For every node, (tag of the two classes, neighbour) of every wire end.
    neighbours: Vec<Vec<(u32, u8)>>,
    path: Vec<u8>,
    first: Option<(Certificate, Vec<u8>, Vec<u8>)>,
    best: Option<(Certificate, Vec<u8>)>,
    best_path: Vec<u8>,
    automorphisms: Vec<Vec<u8>>,
    effort: u64,
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value ^ (value >> 29)
}

impl<'a> Search<'a> {
    fn new(graph: &'a Graph, shapes: &'a Shapes) -> Search<'a> {
        let mut neighbours = vec![Vec::new(); graph.nodes.len()];
        for wire in &graph.wires {
            let class = |end: End| u32::from(shapes.slot(graph.nodes[usize::from(end.node)], end.slot).class);
            let (a, b) = (class(wire.from), class(wire.to));
            neighbours[usize::from(wire.from.node)].push((a << 8 | b, wire.to.node));
            neighbours[usize::from(wire.to.node)].push((b << 8 | a, wire.from.node));
        }
        Search {
            graph,
            shapes,
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
        let nodes = &self.graph.nodes;
        let mut order: Vec<u8> = (0..nodes.len() as u8).collect();
        order.sort_by_key(|&node| nodes[usize::from(node)]);
        let mut partition = Partition { color: vec![0; nodes.len()], order, cells: 0 };
        let mut start = 0;
        for position in 0..partition.order.len() {
            let node = partition.order[position];
            if position == 0 || nodes[usize::from(node)] != nodes[usize::from(partition.order[position - 1])]
            {
                start = position;
                partition.cells += 1;
            }
            partition.color[usize::from(node)] = start as u8;
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
                    let color = partition.color[usize::from(neighbour)];
                    sum.wrapping_add(mix(u64::from(tag) << 8 | u64::from(color) | 1 << 40))
                });
            }
            let before = partition.cells;
            let mut start = 0;
            while start < count {
                let color = start as u8;
                let mut end = start + 1;
                while end < count && partition.color[usize::from(partition.order[end])] == color {
                    end += 1;
                }
                if end - start > 1 {
                    let cell = &mut partition.order[start..end];
                    cell.sort_unstable_by_key(|&node| hashes[usize::from(node)]);
                    let mut current = start;
                    for position in start + 1..end {
                        let node = partition.order[position];
                        if hashes[usize::from(node)] != hashes[usize::from(partition.order[position - 1])] {
                            current = position;
                            partition.cells += 1;
                        }
                        partition.color[usize::from(node)] = current as u8;
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
            while end < count && partition.color[usize::from(partition.order[end])] == start as u8 {
                end += 1;
            }
            if end - start > 1 && (target.is_empty() || end - start < target.len()) {
                target = start..end;
            }
            start = end;
        }
        let cell: Vec<u8> = partition.order[target.clone()].to_vec();
        let mut tried: Vec<u8> = Vec::new();
        for &node in &cell {
            self.path.truncate(depth);
            if self.equivalent_to_tried(node, &tried) {
                continue;
            }
            tried.push(node);
            let mut child = partition.clone();
            let position = cell.iter().position(|&other| other == node).unwrap_or(0) + target.start;
            child.order[target.start..=position].rotate_right(1);
            for &other in &child.order[target.start + 1..target.end] {
                child.color[usize::from(other)] = (target.start + 1) as u8;
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
    fn equivalent_to_tried(&self, node: u8, tried: &[u8]) -> bool {
        if tried.is_empty() || self.automorphisms.is_empty() {
            return false;
        }
        let fixing: Vec<&Vec<u8>> = self
            .automorphisms
            .iter()
            .filter(|automorphism| self.path.iter().all(|&fixed| automorphism[usize::from(fixed)] == fixed))
            .collect();
        let mut orbit = vec![node];
        let mut next = 0;
        while next < orbit.len() {
            for automorphism in &fixing {
                let image = automorphism[usize::from(orbit[next])];
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
        let mut certificate: Certificate =
            self.graph.wires.iter().map(|wire| code(self.graph, self.shapes, wire, &labelling).0).collect();
        certificate.sort_unstable();
        let Some((first_certificate, first_labelling, first_path)) = &self.first else {
            self.first = Some((certificate.clone(), labelling.clone(), self.path.clone()));
            self.best = Some((certificate, labelling));
            self.best_path = self.path.clone();
            return depth;
        };
        if certificate == *first_certificate {
            let automorphism = between(first_labelling, &labelling);
            let back = common_prefix(first_path, &self.path);
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
                self.best_path = self.path.clone();
                depth
            }
            std::cmp::Ordering::Greater => depth,
        }
    }
}

/// The automorphism that takes each node to the node with the same label in the other labelling.
fn between(from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut node_at = vec![0; to.len()];
    for (node, &label) in to.iter().enumerate() {
        node_at[usize::from(label)] = node as u8;
    }
    from.iter().map(|&label| node_at[usize::from(label)]).collect()
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}
