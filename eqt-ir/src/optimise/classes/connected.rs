//! Connected sub-diagrams, as bit masks over the factors.

use crate::diagram::{Graph, Node, NodeId};
use crate::optimise::budget::{EXHAUSTIVE_FACTORS, MAX_SPLITS};

/// A set of factors. A diagram has fewer than 128 with slots, [`DiagramLimit::MAX_PORTS`] being 120, or at most
/// [`DiagramLimit::MAX_DEGREE`] = 64 without.
///
/// [`DiagramLimit::MAX_PORTS`]: crate::diagram::DiagramLimit::MAX_PORTS
/// [`DiagramLimit::MAX_DEGREE`]: crate::diagram::DiagramLimit::MAX_DEGREE
pub(in crate::optimise) type Mask = u128;

/// Which factors are joined directly or through a label, as bit masks over the positions in `factors`.
pub(in crate::optimise) fn adjacency(graph: &Graph, factors: &[NodeId]) -> Vec<Mask> {
    let mut adjacency: Vec<Mask> = vec![0; factors.len()];
    let position = |node: NodeId| factors.iter().position(|&factor| factor == node);
    for spider in graph.of_kind(Node::is_spider) {
        let mask: Mask = graph.touching(spider).filter_map(position).fold(0, |mask, at| mask | 1 << at);
        (0..factors.len()).filter(|at| mask >> at & 1 == 1).for_each(|at| adjacency[at] |= mask);
    }
    for wire in &graph.wires {
        if let (Some(a), Some(b)) = (position(wire.from.node), position(wire.to.node)) {
            adjacency[a] |= 1 << b;
            adjacency[b] |= 1 << a;
        }
    }
    adjacency
}

pub(in crate::optimise) fn reachable(adjacency: &[Mask], within: Mask) -> Mask {
    let mut reached = within & within.wrapping_neg();
    loop {
        let mut next = reached;
        for (position, neighbours) in adjacency.iter().enumerate() {
            if reached >> position & 1 == 1 {
                next |= neighbours & within;
            }
        }
        if next == reached {
            return reached;
        }
        reached = next;
    }
}

/// Bit masks of one half of every split; the last factor is always in the other half.
pub(super) fn splits(graph: &Graph, factors: &[NodeId]) -> Vec<Mask> {
    let count = factors.len();
    let all: Mask = (1 << count) - 1;
    let adjacency = adjacency(graph, factors);
    let mut components = Vec::new();
    let mut rest = all;
    while rest != 0 {
        let component = reachable(&adjacency, rest);
        components.push(component);
        rest &= !component;
    }
    if components.len() > 1 {
        // Unions of components; the last stays in the other half.
        let unions = (components.len() - 1).min(EXHAUSTIVE_FACTORS);
        return (1..1_u128 << unions)
            .map(|choice| {
                (0..unions).filter(|at| choice >> at & 1 == 1).fold(0, |mask, at| mask | components[at])
            })
            .collect();
    }
    let connected = |mask: Mask| reachable(&adjacency, mask) == mask;
    if count <= EXHAUSTIVE_FACTORS {
        return (1..all >> 1)
            .chain(std::iter::once(all >> 1))
            .filter(|&mask| mask != 0 && connected(mask) && connected(all & !mask))
            .collect();
    }
    // Connected halves grown factor by factor, small ones first.
    let mut found: Vec<Mask> = Vec::new();
    let mut level: Vec<Mask> = (0..count).map(|at| 1 << at).collect();
    while !level.is_empty() && found.len() < MAX_SPLITS {
        let mut next: Vec<Mask> = Vec::new();
        for &mask in &level {
            if connected(all & !mask) && found.len() < MAX_SPLITS && !found.contains(&(all & !mask)) {
                found.push(mask);
            }
            for at in (0..count).filter(|at| mask >> at & 1 == 0 && adjacency[*at] & mask != 0) {
                let grown = mask | 1 << at;
                if grown.count_ones() * 2 <= count as u32
                    && !next.contains(&grown)
                    && next.len() < 4 * MAX_SPLITS
                {
                    next.push(grown);
                }
            }
        }
        level = next;
    }
    found
}
