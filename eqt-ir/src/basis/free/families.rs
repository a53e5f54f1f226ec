//! Families on free labels as separate inputs, and back.

use super::without_free_labels;
use crate::basis::{Element, Error};
use crate::diagram::{Diagram, End, Graph, Node, Shapes, Wire};
use crate::signature::{AxisId, Input, Signature};

/// The most separate inputs that the members of families become.
const MAX_COPIES: usize = 255;

/// Inputs with their free labels taken off: as many copies as may occur in one map.
pub(in crate::basis) struct Families<'a> {
    original: &'a Signature,
    /// Copies as inputs of their own; the output without free labels.
    pub(in crate::basis) split: Signature,
    /// The input that a copy is of.
    input_of: Vec<usize>,
    /// Whether a copy is tried at most once in a map, there being others.
    once: Vec<bool>,
}

impl<'a> Families<'a> {
    pub(in crate::basis) fn new(original: &'a Signature, bound: usize) -> Result<Families<'a>, Error> {
        let output = without_free_labels(original, &original.output);
        let mut split = Signature { axes: original.axes.clone(), inputs: Vec::new(), output };
        let (mut input_of, mut once) = (Vec::new(), Vec::new());
        for (position, input) in original.inputs.iter().enumerate() {
            let layout = input.space.layout();
            let free = || layout.slots.iter().filter(|&&slot| original.axis(slot).group.is_free());
            let length = free().try_fold(1_usize, |product, &axis| {
                original.axis(axis).dimension.literal().map(|size| product.saturating_mul(size))
            });
            let many = free().next().is_some() && length.is_none_or(|length| length >= bound);
            let copies = if many { bound } else { length.unwrap_or(1) };
            for copy in 0..copies {
                let name = format!("{}{copy}", input.name);
                split.inputs.push(Input { name, space: without_free_labels(original, &input.space) });
                input_of.push(position);
                once.push(many);
            }
        }
        if split.inputs.len() > MAX_COPIES {
            return Err(Error::Copies { needed: split.inputs.len(), budget: MAX_COPIES });
        }
        Ok(Families { original, split, input_of, once })
    }

    /// One copy of input i for each part of `pattern[i]`; `split` has them as its inputs.
    pub(in crate::basis) fn of_pattern(
        original: &'a Signature,
        split: Signature,
        pattern: &[Vec<usize>],
    ) -> Families<'a> {
        let inputs = pattern.iter().enumerate();
        let input_of: Vec<usize> = inputs.flat_map(|(input, parts)| vec![input; parts.len()]).collect();
        let once = vec![false; input_of.len()];
        Families { original, split, input_of, once }
    }

    /// All multidegrees up to a degree.
    pub(in crate::basis) fn multidegrees(
        &self,
        bound: usize,
        limit: usize,
    ) -> Result<Vec<Vec<usize>>, Error> {
        let mut all = vec![vec![0; self.split.inputs.len()]];
        let mut level = all.clone();
        for degree in 1..=bound {
            let mut next = Vec::new();
            for multidegree in &level {
                // Every one is met once: from the one without its last occurrence.
                let last = multidegree.iter().rposition(|&times| times > 0).unwrap_or(0);
                for input in last..multidegree.len() {
                    if multidegree[input] == 0 || !self.once[input] {
                        let mut more = multidegree.clone();
                        more[input] += 1;
                        next.push(more);
                    }
                    if all.len() + next.len() > limit {
                        return Err(Error::Multidegrees { degree, limit });
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            all.extend(next.iter().cloned());
            level = next;
        }
        Ok(all)
    }

    /// The diagram of the original signature whose entries are the relabellings of one of separate copies.
    pub(in crate::basis) fn array(&self, diagram: &Diagram, target: &Signature) -> Option<Diagram> {
        let mut graph = Graph::default();
        let is_free = |axis: AxisId| self.original.axis(axis).group.is_free();
        // The original slot of every slot that is left.
        let mut places: Vec<Vec<u8>> = Vec::with_capacity(diagram.graph.nodes.len());
        let mut free: Vec<(End, AxisId)> = Vec::new();
        for &kind in &diagram.graph.nodes {
            let (kind, slots) = match kind {
                Node::Output => (kind, target.output.layout().slots),
                Node::Input(copy) => {
                    let input = self.input_of[usize::from(copy)];
                    (Node::Input(input as u8), self.original.inputs[input].space.layout().slots)
                }
                other => (other, Vec::new()),
            };
            let node = graph.add(kind);
            let mut place = Vec::new();
            for (slot, &axis) in slots.iter().enumerate() {
                let end = End { node, slot: slot as u8 };
                if is_free(axis) { free.push((end, axis)) } else { place.push(end.slot) }
            }
            places.push(place);
        }
        let moved = |end: End| match places[usize::from(end.node)].get(usize::from(end.slot)) {
            Some(&slot) => End { node: end.node, slot },
            None => end,
        };
        graph.wires = diagram
            .graph
            .wires
            .iter()
            .map(|wire| Wire { from: moved(wire.from), to: moved(wire.to) })
            .collect();
        for (end, axis) in free {
            let spider = graph.add(Node::Spider(axis));
            graph.join(end, End { node: spider, slot: 0 });
        }
        Diagram::from_graph(&graph, &Shapes::new(target))
    }

    /// A diagram of the original signature with its free labels taken off and every occurrence a copy of its own, there
    /// being as many copies as occurrences: what [`array`](Families::array) makes an array of.
    pub(in crate::basis) fn separate(&self, array: &Diagram) -> Option<Diagram> {
        let is_free = |axis: AxisId| self.original.axis(axis).group.is_free();
        let mut copies = self.input_of.clone();
        let mut graph = Graph::default();
        // The new node, and the new slot of every slot that is left.
        let mut places: Vec<Option<(u8, Vec<Option<u8>>)>> = Vec::with_capacity(array.graph.nodes.len());
        for &kind in &array.graph.nodes {
            let (kind, slots) = match kind {
                Node::Output => (kind, self.original.output.layout().slots),
                Node::Input(input) => {
                    let copy = copies.iter().position(|&of| of == usize::from(input))?;
                    copies[copy] = usize::MAX;
                    (Node::Input(copy as u8), self.original.inputs[usize::from(input)].space.layout().slots)
                }
                Node::Spider(axis) if is_free(axis) => {
                    places.push(None);
                    continue;
                }
                other => (other, Vec::new()),
            };
            let mut left = 0..;
            let moved = slots.iter().map(|&axis| if is_free(axis) { None } else { left.next() }).collect();
            places.push(Some((graph.add(kind), moved)));
        }
        let moved = |end: End| {
            let (node, slots) = places[usize::from(end.node)].as_ref()?;
            let slot = slots.get(usize::from(end.slot)).copied().unwrap_or(Some(end.slot))?;
            Some(End { node: *node, slot })
        };
        for wire in &array.graph.wires {
            if let (Some(from), Some(to)) = (moved(wire.from), moved(wire.to)) {
                graph.join(from, to);
            }
        }
        Diagram::from_graph(&graph, &Shapes::new(&self.split))
    }

    /// The elements of the original signature, each once, in the frozen order.
    pub(in crate::basis) fn arrays(&self, found: &[Diagram], target: &Signature) -> Vec<Element> {
        let mut elements: Vec<Element> = found
            .iter()
            .filter_map(|diagram| self.array(diagram, target))
            .map(|diagram| Element { degree: diagram.degree(), diagram })
            .collect();
        elements.sort_by_cached_key(|element| element.diagram.order_key(target));
        elements.dedup();
        elements
    }
}
