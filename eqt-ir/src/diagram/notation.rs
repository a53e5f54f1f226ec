//! Diagrams in index notation, as text and as LaTeX: `sum_ij <a_i, a_j> a_i^p a_j^q`.
//!
//! Output slots take the letters p, q, r, ... in order, further linear indices the letters after them, labels i, j, k,
//! ...; `<x, y>` is the invariant form of two vectors. Repeated linear indices are summed (Einstein's convention).
//! What stands here is meant up to the symmetry of the output.

use super::graph::{Graph, Node, Shapes};
use super::{Diagram, with_coefficient};
use crate::signature::{AxisId, Signature};

/// How formulas are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Plain text.
    Text,
    /// LaTeX, without dollar signs.
    Latex,
}

/// Writes diagrams of one signature.
#[derive(Debug)]
pub struct Notation<'a> {
    signature: &'a Signature,
    shapes: Shapes,
    style: Style,
}

const LABELS: &[&str] = &["i", "j", "k", "l", "m"];
const INDICES: &[&str] = &["p", "q", "r", "s", "t", "u", "v", "w"];

/// The name of the label with this number.
pub(crate) fn label_name(number: usize) -> String {
    name(LABELS, number)
}

fn name(letters: &[&str], number: usize) -> String {
    match number / letters.len() {
        0 => letters[number].to_owned(),
        round => format!("{}{round}", letters[number % letters.len()]),
    }
}

/// Indices side by side; longer names are kept apart by commas.
fn join(names: &[String]) -> String {
    let separator = if names.iter().any(|name| name.len() > 1) { "," } else { "" };
    names.join(separator)
}

/// The index names of every slot of a node.
#[derive(Clone, Default)]
struct Named {
    labels: Vec<String>,
    linear: Vec<String>,
}

impl<'a> Notation<'a> {
    /// A writer for diagrams of this signature.
    pub fn new(signature: &'a Signature, style: Style) -> Notation<'a> {
        Notation { signature, shapes: Shapes::new(signature), style }
    }

    /// The formula of a member of a basis, with the array of its coefficients if labels are free.
    pub fn member(&self, diagram: &Diagram) -> String {
        if diagram.free_labels(&self.shapes).is_empty() {
            self.formula(&diagram.graph)
        } else {
            self.formula(&with_coefficient(&diagram.graph, &self.shapes, 0))
        }
    }

    /// The formula of a graph: a diagram, or a part of one with open legs.
    pub fn formula(&self, graph: &Graph) -> String {
        let (names, summed) = self.name_indices(graph);
        let mut scalars: Vec<(String, usize)> = Vec::new();
        let mut tensors: Vec<String> = Vec::new();
        let mut done = vec![false; graph.nodes.len()];
        let mut scalar = |text: String| match scalars.iter_mut().find(|(other, _)| *other == text) {
            Some((_, times)) => *times += 1,
            None => scalars.push((text, 1)),
        };
        for (node, kind) in graph.nodes.iter().enumerate() {
            if done[node] {
                continue;
            }
            match kind {
                Node::Input(_) | Node::Cotangent | Node::Coefficient(_) => {
                    if let Some(cycle) = self.matrix_cycle(graph, node) {
                        let factors: Vec<String> =
                            cycle.iter().map(|&member| self.head(graph.nodes[member], &names[member])).collect();
                        cycle.iter().for_each(|&member| done[member] = true);
                        scalar(match self.style {
                            Style::Text => format!("tr({})", factors.join(" ")),
                            Style::Latex => format!(r"\operatorname{{tr}}({})", factors.join(" ")),
                        });
                        continue;
                    }
                    if let Some(other) = self.paired_vector(graph, node) {
                        done[other] = true;
                        let pair =
                            [node, other].map(|member| self.head(graph.nodes[member], &names[member]));
                        scalar(self.inner_product(&pair));
                        continue;
                    }
                    let text = self.tensor(&self.head(*kind, &names[node]), &names[node].linear);
                    if names[node].linear.is_empty() { scalar(text) } else { tensors.push(text) }
                }
                Node::Epsilon(_) => {
                    let symbol = if self.style == Style::Text { "eps" } else { r"\varepsilon" };
                    tensors.push(self.tensor(symbol, &names[node].linear));
                }
                Node::Output | Node::Spider(_) | Node::Leg(_) => {}
            }
        }
        let delta = if self.style == Style::Text { "delta" } else { r"\delta" };
        for pair in self.open_pairs(graph, &names) {
            tensors.push(self.tensor(delta, &pair));
        }
        let mut parts: Vec<String> = Vec::new();
        if !summed.is_empty() {
            parts.push(match self.style {
                Style::Text => format!("sum_{}", join(&summed)),
                Style::Latex => format!(r"\sum_{{{}}}", join(&summed)),
            });
        }
        parts.extend(scalars.into_iter().map(|(text, times)| self.power(&text, times)));
        parts.extend(tensors);
        if parts.is_empty() || (parts.len() == 1 && !summed.is_empty()) {
            parts.push("1".to_owned());
        }
        parts.join(" ")
    }

    /// Names for all slots of all nodes, and the labels that are summed.
    fn name_indices(&self, graph: &Graph) -> (Vec<Named>, Vec<String>) {
        let mut labels: Vec<Option<String>> = vec![None; graph.nodes.len()];
        let mut summed = Vec::new();
        let mut next_label = 0;
        for (node, kind) in graph.nodes.iter().enumerate() {
            if matches!(kind, Node::Spider(_)) {
                let label = label_name(next_label);
                next_label += 1;
                let open = graph.wires.iter().any(|wire| {
                    let other = if usize::from(wire.to.node) == node {
                        wire.from.node
                    } else if usize::from(wire.from.node) == node {
                        wire.to.node
                    } else {
                        return false;
                    };
                    matches!(graph.nodes[usize::from(other)], Node::Output | Node::Leg(_))
                });
                if !open {
                    summed.push(label.clone());
                }
                labels[node] = Some(label);
            }
        }
        // (slot, is label, name) per node; open slots are named first.
        let mut slots: Vec<Vec<(u8, bool, String)>> = vec![Vec::new(); graph.nodes.len()];
        let mut wires: Vec<_> = graph.wires.iter().collect();
        let open_slot = |wire: &&super::graph::Wire| {
            let rank = |end: super::graph::End| match graph.nodes[usize::from(end.node)] {
                Node::Output => (0, end.node, end.slot),
                Node::Leg(_) => (1, end.node, end.slot),
                _ => (2, end.node, end.slot),
            };
            rank(wire.from).min(rank(wire.to))
        };
        wires.sort_by_key(open_slot);
        let mut next_index = 0;
        for wire in wires {
            let (from, to) = (usize::from(wire.from.node), usize::from(wire.to.node));
            let label = labels[from].clone().or_else(|| labels[to].clone());
            let is_label = label.is_some();
            let index = label.unwrap_or_else(|| {
                next_index += 1;
                name(INDICES, next_index - 1)
            });
            let second = if from == to && matches!(graph.nodes[from], Node::Output) {
                next_index += 1;
                name(INDICES, next_index - 1)
            } else if matches!((graph.nodes[from], graph.nodes[to]), (Node::Output | Node::Leg(_), Node::Output | Node::Leg(_))) {
                next_index += 1;
                name(INDICES, next_index - 1)
            } else {
                index.clone()
            };
            slots[from].push((wire.from.slot, is_label, index));
            slots[to].push((wire.to.slot, is_label, second));
        }
        let names = slots
            .into_iter()
            .map(|mut slots| {
                slots.sort();
                let mut named = Named::default();
                for (_, is_label, index) in slots {
                    if is_label { named.labels.push(index) } else { named.linear.push(index) }
                }
                named
            })
            .collect();
        (names, summed)
    }

    /// Index pairs of wires between two open slots: deltas.
    fn open_pairs(&self, graph: &Graph, names: &[Named]) -> Vec<Vec<String>> {
        let mut pairs = Vec::new();
        let open = |node: u8| matches!(graph.nodes[usize::from(node)], Node::Output | Node::Leg(_));
        for wire in &graph.wires {
            if open(wire.from.node) && open(wire.to.node) {
                let linear_position = |node: u8, slot: u8| {
                    let kind = graph.nodes[usize::from(node)];
                    (0..slot).filter(|&other| !self.shapes.is_label(self.shapes.slot(kind, other).axis)).count()
                };
                let named = |end: super::graph::End| {
                    names[usize::from(end.node)]
                        .linear
                        .get(linear_position(end.node, end.slot))
                        .cloned()
                        .unwrap_or_default()
                };
                pairs.push(vec![named(wire.from), named(wire.to)]);
            }
        }
        pairs
    }

    /// The name of an occurrence with its labels.
    fn head(&self, node: Node, named: &Named) -> String {
        let name = match node {
            Node::Input(input) => self.signature.inputs[usize::from(input)].name.clone(),
            Node::Cotangent => "dh".to_owned(),
            Node::Coefficient(_) => "c".to_owned(),
            _ => String::new(),
        };
        let name = match self.style {
            Style::Text => name,
            Style::Latex if name.len() > 1 => format!(r"\mathrm{{{}}}", name.replace('_', r"\_")),
            Style::Latex => name,
        };
        if named.labels.is_empty() {
            return name;
        }
        match self.style {
            Style::Text => format!("{name}_{}", join(&named.labels)),
            Style::Latex => format!("{name}_{{{}}}", join(&named.labels)),
        }
    }

    fn tensor(&self, head: &str, linear: &[String]) -> String {
        match (linear.is_empty(), self.style) {
            (true, _) => head.to_owned(),
            (_, Style::Text) => format!("{head}^{}", join(linear)),
            (_, Style::Latex) => format!("{head}^{{{}}}", join(linear)),
        }
    }

    fn inner_product(&self, pair: &[String; 2]) -> String {
        match self.style {
            Style::Text if pair[0] == pair[1] => format!("|{}|^2", pair[0]),
            Style::Text => format!("<{}, {}>", pair[0], pair[1]),
            Style::Latex if pair[0] == pair[1] => format!("|{}|^{{2}}", pair[0]),
            Style::Latex => format!(r"\langle {}, {} \rangle", pair[0], pair[1]),
        }
    }

    fn power(&self, text: &str, times: usize) -> String {
        if times == 1 {
            return text.to_owned();
        }
        if let Some(base) = text.strip_suffix("|^2").or_else(|| text.strip_suffix("|^{2}")) {
            return match self.style {
                Style::Text => format!("{base}|^{}", 2 * times),
                Style::Latex => format!("{base}|^{{{}}}", 2 * times),
            };
        }
        match self.style {
            Style::Text => format!("{text}^{times}"),
            Style::Latex => format!("{text}^{{{times}}}"),
        }
    }

    fn linear_slots(&self, node: Node) -> Vec<(u8, AxisId)> {
        let slots = match node {
            Node::Input(input) => self.shapes.input(input),
            Node::Cotangent => self.shapes.output(),
            _ => return Vec::new(),
        };
        (0..slots.len() as u8)
            .map(|slot| (slot, slots[usize::from(slot)].axis))
            .filter(|(_, axis)| !self.shapes.is_label(*axis))
            .collect()
    }

    /// The other end of the wire at a slot.
    fn across(&self, graph: &Graph, node: usize, slot: u8) -> Option<(usize, u8)> {
        graph.wires.iter().find_map(|wire| {
            let (from, to) = (wire.from, wire.to);
            if usize::from(from.node) == node && from.slot == slot {
                Some((usize::from(to.node), to.slot))
            } else if usize::from(to.node) == node && to.slot == slot {
                Some((usize::from(from.node), from.slot))
            } else {
                None
            }
        })
    }

    /// The partner, if this node and the one across its only linear slot are both vectors.
    fn paired_vector(&self, graph: &Graph, node: usize) -> Option<usize> {
        let [(slot, _)] = self.linear_slots(graph.nodes[node])[..] else { return None };
        let (other, _) = self.across(graph, node, slot)?;
        (other != node && self.linear_slots(graph.nodes[other]).len() == 1).then_some(other)
    }

    /// The nodes of a closed chain of symmetric matrices on one axis, in order.
    fn matrix_cycle(&self, graph: &Graph, start: usize) -> Option<Vec<usize>> {
        let symmetric_pair = |node: usize| -> Option<[u8; 2]> {
            let [(a, axis), (b, other_axis)] = self.linear_slots(graph.nodes[node])[..] else { return None };
            let (first, second) = (self.shapes.slot(graph.nodes[node], a), self.shapes.slot(graph.nodes[node], b));
            let interchangeable =
                axis == other_axis && first.class == second.class && !first.alternating;
            (interchangeable && !self.shapes.is_oriented(graph.nodes[node], graph.nodes[node], axis))
                .then_some([a, b])
        };
        let mut cycle = vec![start];
        let mut leave = symmetric_pair(start)?[1];
        loop {
            let last = *cycle.last()?;
            let (next, entered) = self.across(graph, last, leave)?;
            let [a, b] = symmetric_pair(next)?;
            if next == start {
                return Some(cycle);
            }
            cycle.push(next);
            leave = if entered == a { b } else { a };
        }
    }
}
