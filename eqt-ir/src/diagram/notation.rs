//! Diagrams in index notation, as text and as LaTeX: `sum_ij <a_i, a_j> a_i^p a_j^q`.
//!
//! Output slots take the letters p, q, r, ... in order, further linear indices the letters after them, labels i, j, k,
//! ...; `<x, y>` is the invariant form of two vectors. Repeated linear indices are summed (Einstein's convention).
//! What stands here is meant up to the symmetry of the output.

use super::graph::{End, Graph, Node, Shapes, Wire};
use super::ids::{MemberId, NodeId, SlotId};
use super::{Diagram, with_coefficient};
use crate::signature::{AxisId, Dimension, Signature};

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
    /// Without the letters that the signature has for dimensions.
    labels: Vec<&'static str>,
}

const LABELS: &[&str] = &["i", "j", "k", "l", "m"];
const INDICES: &[&str] = &["p", "q", "r", "s", "t", "u", "v", "w"];

/// While a formula is put together an index is one private character; names are given in the order of appearance.
const LABEL_MARK: u32 = 0xE000;
const INDEX_MARK: u32 = 0xF0000;

fn mark(base: u32, number: usize) -> char {
    char::from_u32(base + number as u32).expect("a diagram has fewer ports than there are private characters")
}

fn name(letters: &[&str], number: usize) -> String {
    match number / letters.len() {
        0 => letters[number].to_owned(),
        round => format!("{}{round}", letters[number % letters.len()]),
    }
}

/// Names of marks in the order in which they are asked for.
struct Names<'a> {
    letters: &'a [&'static str],
    seen: Vec<char>,
}

impl Names<'_> {
    fn of(&mut self, mark: char) -> String {
        let number = self.seen.iter().position(|&other| other == mark).unwrap_or_else(|| {
            self.seen.push(mark);
            self.seen.len() - 1
        });
        name(self.letters, number)
    }
}

/// The index names of every slot of a node.
#[derive(Clone, Default)]
struct Named {
    labels: String,
    linear: String,
}

/// All indices of a graph.
#[derive(Default)]
struct Indices {
    /// Of every node.
    nodes: Vec<Named>,
    /// Open indices, labels and linear, in the order of the slots.
    open_labels: String,
    open_linear: String,
    /// Deltas between open slots of linear axes.
    deltas: Vec<String>,
    /// Further open slots on one label, as pairs; and open labels that nothing else carries.
    label_deltas: Vec<String>,
    lonely_labels: String,
    /// Labels that are summed.
    summed: String,
}

impl<'a> Notation<'a> {
    /// A writer for diagrams of this signature.
    pub fn new(signature: &'a Signature, style: Style) -> Notation<'a> {
        let is_dimension = |letter: &str| {
            signature
                .axes
                .iter()
                .any(|axis| matches!(&axis.dimension, Dimension::Symbol(name) if name == letter))
        };
        let mut labels: Vec<&str> = LABELS.iter().copied().filter(|letter| !is_dimension(letter)).collect();
        if labels.is_empty() {
            labels = LABELS.to_vec();
        }
        Notation { signature, shapes: Shapes::new(signature), style, labels }
    }

    /// The formula of a member of a basis, with the array of its coefficients if labels are free.
    pub fn member(&self, diagram: &Diagram) -> String {
        self.member_graph(&diagram.graph)
    }

    /// As [`Notation::member`], of the graph of a diagram.
    pub fn member_graph(&self, graph: &Graph) -> String {
        let is_free = |node: &Node| matches!(node, Node::Spider(axis) if self.shapes.is_free(*axis));
        if graph.nodes.iter().any(is_free) {
            self.formula(&with_coefficient(graph, &self.shapes, MemberId::default()))
        } else {
            self.formula(graph)
        }
    }

    /// The formula of a graph: a diagram, or a part of one with open legs.
    pub fn formula(&self, graph: &Graph) -> String {
        let indices = self.indices(graph);
        let delta = if self.style == Style::Text { "delta" } else { r"\delta" };
        let mut scalars: Vec<(String, usize)> = Vec::new();
        let mut tensors: Vec<String> = Vec::new();
        let mut done = vec![false; graph.nodes.len()];
        let mut scalar = |text: String| match scalars.iter_mut().find(|(other, _)| *other == text) {
            Some((_, times)) => *times += 1,
            None => scalars.push((text, 1)),
        };
        // Coefficients stand in front.
        let is_coefficient = |node: &usize| matches!(graph.nodes[*node], Node::Coefficient(_));
        let (mut nodes, others): (Vec<usize>, Vec<usize>) = (0..graph.nodes.len()).partition(is_coefficient);
        nodes.extend(others);
        for node in nodes {
            let kind = &graph.nodes[node];
            let named = &indices.nodes[node];
            match kind {
                _ if done[node] => {}
                Node::Input(_) | Node::Cotangent | Node::Coefficient(_) => {
                    let head = |member: usize| self.head(graph.nodes[member], &indices.nodes[member]);
                    if let Some(cycle) = self.matrix_cycle(graph, node) {
                        let factors: Vec<String> = cycle.iter().map(|&member| head(member)).collect();
                        cycle.iter().for_each(|&member| done[member] = true);
                        scalar(match self.style {
                            Style::Text => format!("tr({})", factors.join(" ")),
                            Style::Latex => format!(r"\operatorname{{tr}}({})", factors.join(" ")),
                        });
                    } else if let Some(other) = self.paired_vector(graph, node) {
                        done[other] = true;
                        scalar(self.inner_product(&[head(node), head(other)]));
                    } else {
                        let text = self.script(&head(node), '^', &named.linear);
                        if named.linear.is_empty() { scalar(text) } else { tensors.push(text) }
                    }
                }
                Node::Epsilon(_) => {
                    let epsilon = if self.style == Style::Text { "eps" } else { r"\varepsilon" };
                    tensors.push(self.script(epsilon, '^', &named.linear));
                }
                Node::Delta(_) => {
                    let named = [named.labels.as_str(), named.linear.as_str()].concat();
                    tensors.push(self.script(delta, '^', &named));
                }
                Node::Ones(_) => tensors.push(self.script("1", '_', &named.labels)),
                Node::Output | Node::Spider(_) | Node::Frame | Node::Leg(_) => {}
            }
        }
        tensors.extend(indices.deltas.iter().map(|pair| self.script(delta, '^', pair)));
        tensors.extend(indices.label_deltas.iter().map(|pair| self.script(delta, '_', pair)));
        let mut parts: Vec<String> =
            scalars.into_iter().map(|(text, times)| self.power(&text, times)).collect();
        parts.extend(tensors);
        parts.extend(indices.lonely_labels.chars().map(|label| self.script("1", '_', &label.to_string())));
        if parts.is_empty() {
            parts.push("1".to_owned());
        }
        let body = parts.join(" ");
        self.rename(&body, &indices)
    }

    /// Puts names for marks: open indices first, the others in the order of appearance; and the sum in front.
    fn rename(&self, body: &str, indices: &Indices) -> String {
        let is_label = |c: char| (LABEL_MARK..LABEL_MARK + 0x1900).contains(&u32::from(c));
        let is_index = |c: char| u32::from(c) >= INDEX_MARK;
        let mut labels = Names { letters: &self.labels, seen: indices.open_labels.chars().collect() };
        let mut linear = Names { letters: INDICES, seen: indices.open_linear.chars().collect() };
        let ordered: Vec<char> = body.chars().filter(|&c| is_label(c)).collect();
        let count = |accept: &dyn Fn(char) -> bool, open: &str| {
            let mut marks: Vec<char> = body.chars().filter(|&c| accept(c)).chain(open.chars()).collect();
            marks.sort_unstable();
            marks.dedup();
            marks.len()
        };
        // Names of more than one letter are kept apart.
        let apart = count(&is_label, &indices.open_labels) > self.labels.len()
            || count(&is_index, &indices.open_linear) > INDICES.len();
        let mut text = String::new();
        let mut previous_is_mark = false;
        for c in body.chars() {
            let marked = is_label(c) || is_index(c);
            if marked && previous_is_mark && apart {
                text.push(',');
            }
            previous_is_mark = marked;
            match (is_label(c), is_index(c)) {
                (true, _) => text.push_str(&labels.of(c)),
                (_, true) => text.push_str(&linear.of(c)),
                _ => text.push(c),
            }
        }
        let mut summed: Vec<char> = Vec::new();
        for c in ordered.into_iter().chain(indices.summed.chars()) {
            if indices.summed.contains(c) && !summed.contains(&c) {
                summed.push(c);
            }
        }
        if summed.is_empty() {
            return text;
        }
        let names: Vec<String> = summed.into_iter().map(|c| labels.of(c)).collect();
        let names = names.join(if apart { "," } else { "" });
        match self.style {
            Style::Text => format!("sum_{names} {text}"),
            Style::Latex => format!(r"\sum_{{{names}}} {text}"),
        }
    }

    /// Marks for all slots of all nodes.
    fn indices(&self, graph: &Graph) -> Indices {
        let mut wires: Vec<&Wire> = graph.wires.iter().collect();
        let is_open = |node: NodeId| matches!(graph[node], Node::Output | Node::Leg(_));
        wires.sort_by_key(|wire| {
            let rank = |end: End| (!is_open(end.node), end.node, end.slot);
            rank(wire.from).min(rank(wire.to))
        });
        let mut result = Indices::default();
        // (slot, is label, mark) per node.
        let mut slots: Vec<Vec<(SlotId, bool, char)>> = vec![Vec::new(); graph.nodes.len()];
        let mut indices = 0;
        let mut fresh = || {
            indices += 1;
            mark(INDEX_MARK, indices - 1)
        };
        let mut open_spiders: Vec<NodeId> = Vec::new();
        for wire in wires {
            if let Some((spider, end)) = graph.spider_and_slot(wire) {
                let mut label = mark(LABEL_MARK, spider.node.index());
                if is_open(end.node) {
                    if open_spiders.contains(&spider.node) {
                        let first = label;
                        label = mark(LABEL_MARK, graph.nodes.len() + result.open_labels.chars().count());
                        result.label_deltas.push([first, label].iter().collect());
                    }
                    open_spiders.push(spider.node);
                    result.open_labels.push(label);
                }
                slots[end.node.index()].push((end.slot, true, label));
                continue;
            }
            let index = fresh();
            let both_open = is_open(wire.from.node) && is_open(wire.to.node);
            let second = if both_open { fresh() } else { index };
            slots[wire.from.node.index()].push((wire.from.slot, false, index));
            slots[wire.to.node.index()].push((wire.to.slot, false, second));
            if both_open {
                result.deltas.push([index, second].iter().collect());
            }
        }
        for (node, kind) in graph.iter() {
            slots[node.index()].sort_unstable();
            let collect = |label: bool| -> String {
                slots[node.index()]
                    .iter()
                    .filter(|(_, is_label, _)| *is_label == label)
                    .map(|(_, _, mark)| *mark)
                    .collect()
            };
            let named = Named { labels: collect(true), linear: collect(false) };
            match kind {
                Node::Output | Node::Leg(_) => result.open_linear.push_str(&named.linear),
                Node::Spider(_) if !open_spiders.contains(&node) => {
                    result.summed.push(mark(LABEL_MARK, node.index()));
                }
                Node::Spider(_) => {
                    let label = mark(LABEL_MARK, node.index());
                    let carried = graph.touching(node).any(|other| other != node && !is_open(other));
                    let repeated = result.label_deltas.iter().any(|pair| pair.contains(label));
                    if !carried && !repeated {
                        result.lonely_labels.push(label);
                    }
                }
                _ => {}
            }
            result.nodes.push(named);
        }
        result
    }

    /// The name of an occurrence with its labels.
    fn head(&self, node: Node, named: &Named) -> String {
        let name = match node {
            Node::Input(input) => self.signature.inputs[input.index()].name.clone(),
            Node::Cotangent => "dh".to_owned(),
            Node::Coefficient(_) => "c".to_owned(),
            _ => String::new(),
        };
        let name = match self.style {
            Style::Text => name,
            Style::Latex if name.len() > 1 => format!(r"\mathrm{{{}}}", name.replace('_', r"\_")),
            Style::Latex => name,
        };
        self.script(&name, '_', &named.labels)
    }

    /// `head_text` or `head^text`; the head alone if there is nothing to write at it.
    fn script(&self, head: &str, mark: char, text: &str) -> String {
        match (text.is_empty(), self.style) {
            (true, _) => head.to_owned(),
            (_, Style::Text) => format!("{head}{mark}{text}"),
            (_, Style::Latex) => format!("{head}{mark}{{{text}}}"),
        }
    }

    fn inner_product(&self, [left, right]: &[String; 2]) -> String {
        match self.style {
            _ if left == right => self.script(&format!("|{left}|"), '^', "2"),
            Style::Text => format!("<{left}, {right}>"),
            Style::Latex => format!(r"\langle {left}, {right} \rangle"),
        }
    }

    fn power(&self, text: &str, times: usize) -> String {
        match text.strip_suffix("^2").or_else(|| text.strip_suffix("^{2}")).filter(|base| base.ends_with('|'))
        {
            _ if times == 1 => text.to_owned(),
            Some(norm) => self.script(norm, '^', &(2 * times).to_string()),
            None => self.script(text, '^', &times.to_string()),
        }
    }

    /// The linear slots of an occurrence.
    fn linear_slots(&self, node: Node) -> Vec<(SlotId, AxisId)> {
        let slots = self.shapes.space(node).filter(|_| node != Node::Output);
        slots
            .unwrap_or_default()
            .iter()
            .enumerate()
            .filter_map(|(slot, described)| Some((SlotId::new(slot), described.axis?)))
            .filter(|(_, axis)| !self.shapes.is_label(*axis))
            .collect()
    }

    /// The other end of the wire at a slot.
    fn across(&self, graph: &Graph, node: usize, slot: SlotId) -> Option<(usize, SlotId)> {
        let here = End { node: NodeId::new(node), slot };
        let mut ends = graph.wires.iter().flat_map(Wire::ends);
        ends.find(|(end, _)| *end == here).map(|(_, other)| (other.node.index(), other.slot))
    }

    /// The partner, if this node and the one across its only linear slot are both vectors.
    fn paired_vector(&self, graph: &Graph, node: usize) -> Option<usize> {
        let [(slot, _)] = self.linear_slots(graph.nodes[node])[..] else { return None };
        let (other, _) = self.across(graph, node, slot)?;
        (other != node && self.linear_slots(graph.nodes[other]).len() == 1).then_some(other)
    }

    /// The nodes of a closed chain of symmetric matrices on one axis, in order.
    fn matrix_cycle(&self, graph: &Graph, start: usize) -> Option<Vec<usize>> {
        let symmetric_pair = |node: usize| -> Option<[SlotId; 2]> {
            let [(a, axis), (b, other_axis)] = self.linear_slots(graph.nodes[node])[..] else { return None };
            let (first, second) =
                (self.shapes.slot(graph.nodes[node], a), self.shapes.slot(graph.nodes[node], b));
            let interchangeable = axis == other_axis && first.class == second.class && !first.alternating;
            (interchangeable && !self.shapes.is_antisymmetric(axis)).then_some([a, b])
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
