//! Order and fusion: from kernels to loop nests.
//!
//! Kernels that loop over labels of one axis share a loop where they can: a kernel may join a loop if every kernel it
//! reads from is finished before the loop, or is in the same loop and is read at the same label only. Loops are filled
//! greedily, as early as possible, so that a program whose longest chain of finished sums has k links passes over the
//! labels k times. Then a tensor over labels is moved down to the first loop that reads it, where it can become a local
//! of one iteration. Inside a fused loop the same is done for the labels that remain.

use std::collections::BTreeMap;

use eqt_ir::signature::AxisId;

use super::kernel::{Kernel, Kernels, full_loop};
use super::plan::Plan;
use super::{Access, Buffer, BufferId, Index, Nest, Node, Place, Product, VariableId};

/// A piece of a schedule.
#[derive(Clone, Debug)]
enum Block {
    Kernel(usize),
    Pass { variable: VariableId, axis: AxisId, body: Vec<Block> },
}

/// A loop that a kernel is inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Enclosing {
    /// The variable of the loop.
    pass: VariableId,
    /// The label variable of the kernel that it stands for.
    own: VariableId,
}

pub(super) fn schedule(plan: &Plan<'_>, kernels: Kernels) -> Nest {
    let reads: Vec<Vec<Access>> = kernels.kernels.iter().map(|kernel| reads(&kernel.body)).collect();
    let producer: BTreeMap<BufferId, usize> =
        kernels.kernels.iter().enumerate().map(|(index, kernel)| (kernel.target, index)).collect();
    let mut scheduler = Scheduler {
        enclosing: vec![Vec::new(); kernels.kernels.len()],
        variables: kernels.variables.clone(),
        kernels: &kernels.kernels,
        reads,
        producer,
    };
    let blocks = scheduler.blocks((0..kernels.kernels.len()).collect());
    scheduler.nest(plan, &blocks)
}

struct Scheduler<'a> {
    kernels: &'a [Kernel],
    reads: Vec<Vec<Access>>,
    producer: BTreeMap<BufferId, usize>,
    variables: Vec<AxisId>,
    /// The fused loops around every kernel, outermost first.
    enclosing: Vec<Vec<Enclosing>>,
}

/// A pass that is being filled, with the label variable of each of its kernels; or a kernel without labels.
#[derive(Clone, Debug)]
enum Item {
    Kernel(usize),
    Pass(AxisId, Vec<(usize, VariableId)>),
}

impl Scheduler<'_> {
    /// Label variables of a kernel that no loop around it stands for yet.
    fn remaining(&self, kernel: usize) -> Vec<VariableId> {
        let fused = |variable: &VariableId| self.enclosing[kernel].iter().any(|loops| loops.own == *variable);
        self.kernels[kernel].labels.iter().copied().filter(|variable| !fused(variable)).collect()
    }

    /// Whether `reader`, at its label `own`, reads the result of `writer` only at the same label, `theirs`.
    fn elementwise(&self, reader: usize, own: VariableId, writer: usize, theirs: VariableId) -> bool {
        self.common_slots(reader, own, writer, theirs).next().is_some()
    }

    /// The positions of the writer's target at which both stand at the same label.
    fn common_slots(
        &self,
        reader: usize,
        own: VariableId,
        writer: usize,
        theirs: VariableId,
    ) -> impl Iterator<Item = usize> + '_ {
        let target = self.kernels[writer].target;
        let slots =
            self.kernels[writer].target_labels.iter().filter(move |(_, variable)| *variable == theirs);
        slots.map(|(slot, _)| *slot).filter(move |&slot| {
            let at_own = Index::Variable { variable: own, half: false };
            self.reads[reader]
                .iter()
                .filter(|access| access.buffer == target)
                .all(|access| access.indices[slot] == at_own)
        })
    }

    fn producers(&self, kernel: usize) -> Vec<usize> {
        let mut producers: Vec<usize> = self.reads[kernel]
            .iter()
            .filter_map(|access| self.producer.get(&access.buffer).copied())
            .collect();
        producers.sort_unstable();
        producers.dedup();
        producers
    }

    fn blocks(&mut self, members: Vec<usize>) -> Vec<Block> {
        let mut items = self.items(&members);
        self.sink(&mut items);
        let mut blocks = Vec::new();
        for item in items {
            match item {
                Item::Kernel(kernel) => blocks.push(Block::Kernel(kernel)),
                Item::Pass(_, chosen) if chosen.is_empty() => {}
                Item::Pass(axis, chosen) => {
                    let pass = VariableId(self.variables.len());
                    self.variables.push(axis);
                    for &(kernel, own) in &chosen {
                        self.enclosing[kernel].push(Enclosing { pass, own });
                    }
                    let body = self.blocks(chosen.into_iter().map(|(kernel, _)| kernel).collect());
                    blocks.push(Block::Pass { variable: pass, axis, body });
                }
            }
        }
        blocks
    }

    /// Kernels without labels and filled passes, in order.
    fn items(&self, members: &[usize]) -> Vec<Item> {
        let mut waiting: Vec<usize> = members.to_vec();
        let mut items = Vec::new();
        while !waiting.is_empty() {
            let ready = waiting.iter().position(|&kernel| {
                self.remaining(kernel).is_empty()
                    && !self.producers(kernel).iter().any(|at| waiting.contains(at))
            });
            if let Some(position) = ready {
                items.push(Item::Kernel(waiting.remove(position)));
                continue;
            }
            let mut axes: Vec<AxisId> = waiting
                .iter()
                .flat_map(|&kernel| self.remaining(kernel))
                .map(|variable| self.variables[variable.0])
                .collect();
            axes.sort_unstable();
            axes.dedup();
            let fullest = axes
                .into_iter()
                .map(|axis| (axis, self.fill(axis, &waiting)))
                .reduce(|best, next| if next.1.len() > best.1.len() { next } else { best });
            let Some((axis, chosen)) = fullest.filter(|(_, chosen)| !chosen.is_empty()) else {
                // Unreachable for kernels in topological order; whatever is left goes in that order.
                items.extend(waiting.drain(..).map(Item::Kernel));
                break;
            };
            waiting.retain(|kernel| !chosen.iter().any(|(other, _)| other == kernel));
            items.push(Item::Pass(axis, chosen));
        }
        items
    }

    /// The kernels that a loop over the labels of an axis can hold now.
    fn fill(&self, axis: AxisId, waiting: &[usize]) -> Vec<(usize, VariableId)> {
        let mut chosen: Vec<(usize, VariableId)> = Vec::new();
        for &kernel in waiting {
            let fits = |own: &VariableId| {
                self.producers(kernel).iter().filter(|at| waiting.contains(at)).all(|&writer| {
                    let theirs = chosen.iter().find(|(other, _)| *other == writer);
                    theirs.is_some_and(|&(_, theirs)| self.elementwise(kernel, *own, writer, theirs))
                })
            };
            let candidates = self.remaining(kernel).into_iter().filter(|at| self.variables[at.0] == axis);
            if let Some(own) = candidates.into_iter().find(fits) {
                chosen.push((kernel, own));
            }
        }
        chosen
    }

    /// Moves tensors over labels down to the first pass that reads them.
    fn sink(&self, items: &mut [Item]) {
        for position in (0..items.len()).rev() {
            let Item::Pass(axis, chosen) = &items[position] else { continue };
            let axis = *axis;
            for (kernel, own) in chosen.clone().into_iter().rev() {
                let keeps = self.kernels[kernel].target_labels.iter().any(|(_, variable)| *variable == own);
                let readers = |item: &Item| -> Vec<(usize, Option<VariableId>)> {
                    let reads = |other: &usize| self.producers(*other).contains(&kernel);
                    match item {
                        Item::Kernel(other) => {
                            Some((*other, None)).into_iter().filter(|(other, _)| reads(other)).collect()
                        }
                        Item::Pass(_, members) => members
                            .iter()
                            .filter(|(other, _)| reads(other))
                            .map(|&(other, own)| (other, Some(own)))
                            .collect(),
                    }
                };
                if !keeps
                    || !readers(&items[position]).is_empty()
                    || self.would_keep_operand(kernel, &items[position])
                {
                    continue;
                }
                let Some(later) = (position + 1..items.len()).find(|&at| !readers(&items[at]).is_empty())
                else {
                    continue;
                };
                let joins = matches!(items[later], Item::Pass(other, _) if other == axis)
                    && readers(&items[later])
                        .into_iter()
                        .all(|(reader, at)| at.is_some_and(|at| self.elementwise(reader, at, kernel, own)));
                if !joins {
                    continue;
                }
                if let Item::Pass(_, members) = &mut items[position] {
                    members.retain(|(other, _)| *other != kernel);
                }
                if let Item::Pass(_, members) = &mut items[later] {
                    members.push((kernel, own));
                    // Topological order.
                    members.sort_unstable();
                }
            }
        }
    }

    /// Whether a tensor computed in the same pass would have to be kept for a kernel that moves away, and is larger.
    fn would_keep_operand(&self, kernel: usize, item: &Item) -> bool {
        let Item::Pass(_, members) = item else { return false };
        let rank = |kernel: usize| self.reads_rank(self.kernels[kernel].target);
        self.producers(kernel).into_iter().any(|operand| {
            members.iter().any(|(other, _)| *other == operand)
                && rank(operand) >= rank(kernel)
                && members
                    .iter()
                    .any(|(other, _)| *other != kernel && self.producers(*other).contains(&operand))
        })
    }

    fn reads_rank(&self, buffer: BufferId) -> usize {
        self.reads
            .iter()
            .flatten()
            .find(|access| access.buffer == buffer)
            .map_or(0, |access| access.indices.len())
    }

    fn nest(&self, plan: &Plan<'_>, blocks: &[Block]) -> Nest {
        let mut buffers: Vec<Buffer> = Vec::new();
        for (tensor, _) in plan.buffers() {
            let tensor = &plan.tensors[tensor];
            buffers.push(Buffer {
                place: tensor.place(),
                axes: tensor.axes.clone(),
                stored: vec![true; tensor.axes.len()],
                formula: tensor.formula.clone(),
            });
        }
        let mut declared: BTreeMap<Option<VariableId>, Vec<usize>> = BTreeMap::new();
        for (index, kernel) in self.kernels.iter().enumerate() {
            if buffers[kernel.target.0].place != Place::Local {
                continue;
            }
            let scope = self.scope(index, &mut buffers[kernel.target.0]);
            declared.entry(scope).or_default().push(index);
        }
        let mut body = Vec::new();
        self.print(blocks, None, &declared, &mut body);
        Nest {
            signature: plan.signature.clone(),
            buffers,
            variables: self.variables.clone(),
            results: plan.results.clone(),
            body,
        }
    }

    /// The innermost loop that holds a local and all its uses; indices that this loop and those around it stand for are
    /// not stored.
    fn scope(&self, writer: usize, buffer: &mut Buffer) -> Option<VariableId> {
        let readers: Vec<usize> =
            (0..self.kernels.len()).filter(|&reader| self.producers(reader).contains(&writer)).collect();
        let mut scope = None;
        for (depth, enclosing) in self.enclosing[writer].iter().enumerate() {
            let own =
                |reader: usize| self.enclosing[reader].get(depth).filter(|at| at.pass == enclosing.pass);
            let slot = self.kernels[writer]
                .target_labels
                .iter()
                .filter(|(_, variable)| *variable == enclosing.own)
                .find(|(slot, _)| {
                    readers.iter().all(|&reader| {
                        own(reader).is_some_and(|at| {
                            self.common_slots(reader, at.own, writer, enclosing.own)
                                .any(|common| common == *slot)
                        })
                    })
                });
            let Some(&(slot, _)) = slot else { break };
            buffer.stored[slot] = false;
            scope = Some(enclosing.pass);
        }
        scope
    }

    /// The text of some blocks inside a loop; locals of the loop are declared before the block that writes them.
    fn print(
        &self,
        blocks: &[Block],
        scope: Option<VariableId>,
        declared: &BTreeMap<Option<VariableId>, Vec<usize>>,
        nodes: &mut Vec<Node>,
    ) {
        for block in blocks {
            for kernel in self.kernels_of(block) {
                if declared.get(&scope).is_some_and(|kernels| kernels.contains(&kernel)) {
                    nodes.push(Node::Declare(self.kernels[kernel].target));
                }
            }
            match block {
                Block::Kernel(kernel) => {
                    let renamed: BTreeMap<VariableId, VariableId> =
                        self.enclosing[*kernel].iter().map(|at| (at.own, at.pass)).collect();
                    let mut body = self.kernels[*kernel].body.clone();
                    rename(&mut body, &renamed);
                    nodes.extend(body);
                }
                Block::Pass { variable, axis, body } => {
                    let mut inner = Vec::new();
                    self.print(body, Some(*variable), declared, &mut inner);
                    nodes.push(full_loop(*variable, *axis, inner));
                }
            }
        }
    }

    fn kernels_of(&self, block: &Block) -> Vec<usize> {
        match block {
            Block::Kernel(kernel) => vec![*kernel],
            Block::Pass { body, .. } => body.iter().flat_map(|block| self.kernels_of(block)).collect(),
        }
    }
}

/// The entries that statements read.
fn reads(nodes: &[Node]) -> Vec<Access> {
    let mut all = Vec::new();
    let mut terms =
        |products: &[Product]| all.extend(products.iter().flat_map(|product| product.entries.clone()));
    fn walk(nodes: &[Node], visit: &mut dyn FnMut(&[Product])) {
        for node in nodes {
            match node {
                Node::Declare(_) => {}
                Node::Loop { body, .. } | Node::Permutations { body, .. } | Node::Reduce { body, .. } => {
                    walk(body, visit)
                }
                Node::Store { terms, .. } | Node::Accumulate(terms) => visit(terms),
            }
        }
    }
    walk(nodes, &mut terms);
    all
}

/// Puts the variables of loops in the place of a kernel's own.
fn rename(nodes: &mut [Node], names: &BTreeMap<VariableId, VariableId>) {
    let access = |access: &mut Access| {
        for index in &mut access.indices {
            if let Index::Variable { variable, .. } = index
                && let Some(name) = names.get(variable)
            {
                *variable = *name;
            }
        }
    };
    for node in nodes {
        match node {
            Node::Declare(_) => {}
            Node::Loop { body, .. } | Node::Permutations { body, .. } => rename(body, names),
            Node::Reduce { target, body, .. } => {
                access(target);
                rename(body, names);
            }
            Node::Store { target, terms, .. } => {
                access(target);
                terms.iter_mut().flat_map(|term| &mut term.entries).for_each(access);
            }
            Node::Accumulate(terms) => terms.iter_mut().flat_map(|term| &mut term.entries).for_each(access),
        }
    }
}
