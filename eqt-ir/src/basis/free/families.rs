//! Families on free labels as separate inputs, and back.

use std::collections::BTreeMap;

use super::without_free_labels;
use crate::basis::{Element, Error};
use crate::diagram::{Diagram, Edit, End, InputId, Node, NodeId, Shapes, SlotId};
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
            let copies = length.filter(|_| !many).unwrap_or(bound);
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
        let graph = &diagram.graph;
        let mut edit = graph.edit();
        // By node: the original slot of every slot that is left.
        let mut places: BTreeMap<NodeId, Vec<SlotId>> = BTreeMap::new();
        let mut free: Vec<(End, AxisId)> = Vec::new();
        for (node, kind) in graph.iter() {
            let slots = match kind {
                Node::Output => target.output.layout().slots,
                Node::Input(copy) => {
                    let input = self.input_of[copy.index()];
                    edit.replace(node, Node::Input(InputId::new(input)));
                    self.original.inputs[input].space.layout().slots
                }
                _ => continue,
            };
            let place = places.entry(node).or_default();
            for (slot, &axis) in slots.iter().enumerate() {
                let end = End::new(node, slot);
                if self.is_free(axis) { free.push((end, axis)) } else { place.push(end.slot) }
            }
        }
        edit.redirect(|end| match places.get(&end.node) {
            Some(slots) => End { node: end.node, slot: slots[end.slot.index()] },
            None => end,
        });
        for (end, axis) in free {
            let spider = edit.add(Node::Spider(axis));
            edit.join(end, Edit::at_spider(spider));
        }
        Diagram::from_graph(&edit.finish().graph, &Shapes::new(target))
    }

    fn is_free(&self, axis: AxisId) -> bool {
        self.original.axis(axis).group.is_free()
    }

    /// A diagram of the original signature with its free labels taken off and every occurrence a copy of its own, there
    /// being as many copies as occurrences: what [`array`](Families::array) makes an array of.
    pub(in crate::basis) fn separate(&self, array: &Diagram) -> Option<Diagram> {
        let graph = &array.graph;
        let mut edit = graph.edit();
        // The copies of every input that no occurrence has yet, the first one last.
        let mut copies: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (copy, &input) in self.input_of.iter().enumerate().rev() {
            copies.entry(input).or_default().push(copy);
        }
        // By node: the new slot of every slot that is left.
        let mut places: BTreeMap<NodeId, BTreeMap<SlotId, SlotId>> = BTreeMap::new();
        for (node, kind) in graph.iter() {
            let slots = match kind {
                Node::Output => self.original.output.layout().slots,
                Node::Input(input) => {
                    let copy = copies.get_mut(&input.index())?.pop()?;
                    edit.replace(node, Node::Input(InputId::new(copy)));
                    self.original.inputs[input.index()].space.layout().slots
                }
                _ => continue,
            };
            let left = (0..slots.len()).filter(|&slot| !self.is_free(slots[slot])).map(SlotId::new);
            let place = left.enumerate().map(|(new, old)| (old, SlotId::new(new))).collect();
            places.insert(node, place);
        }
        // Slots of free labels go with their labels.
        let is_free_label = |node: Node| matches!(node, Node::Spider(axis) if self.is_free(axis));
        edit.retain(|node| !is_free_label(graph[node]));
        edit.redirect(|end| match places.get(&end.node) {
            Some(slots) => End { node: end.node, slot: slots[&end.slot] },
            None => end,
        });
        Diagram::from_graph(&edit.finish().graph, &Shapes::new(&self.split))
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
