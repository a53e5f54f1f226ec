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
use super::{
    Access, Arrangement, Bound, Buffer, BufferId, Index, Multiply, Nest, Node, Place, Product, VariableId,
};

/// A piece of a schedule: a kernel by its position in `Kernels`, or a fused loop `for variable in 0..axis { body }`.
#[derive(Clone, Debug)]
enum Block {
    Kernel(usize),
    Pass { variable: VariableId, axis: AxisId, body: Vec<Block> },
}

/// A loop that a kernel is inside of. Kernel 3 may call its label `x5`; in a loop over `x13` that it shares with
/// others, `pass` is `x13` and `own` is `x5`, and the text of the kernel is printed with `x13` in the place of `x5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Enclosing {
    /// The variable of the loop.
    pass: VariableId,
    /// The label variable of the kernel that it stands for.
    own: VariableId,
}

pub(super) fn schedule(plan: &Plan<'_>, kernels: Kernels) -> Nest {
    let reads: Vec<Vec<Access>> = kernels.kernels.iter().map(|kernel| reads(plan, &kernel.body)).collect();
    let writer: BTreeMap<BufferId, usize> =
        kernels.kernels.iter().enumerate().map(|(index, kernel)| (kernel.target, index)).collect();
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); kernels.kernels.len()];
    let mut producers: Vec<Vec<usize>> = Vec::with_capacity(kernels.kernels.len());
    for (index, accesses) in reads.iter().enumerate() {
        let mut from: Vec<usize> =
            accesses.iter().filter_map(|access| writer.get(&access.buffer).copied()).collect();
        // Mirror images are copied from the target itself.
        from.retain(|&producer| producer != index);
        from.sort_unstable();
        from.dedup();
        from.iter().for_each(|&producer| readers[producer].push(index));
        producers.push(from);
    }
    let mut scheduler = Scheduler {
        enclosing: vec![Vec::new(); kernels.kernels.len()],
        variables: kernels.variables.clone(),
        kernels: &kernels.kernels,
        reads,
        producers,
        readers,
    };
    let blocks = scheduler.blocks((0..kernels.kernels.len()).collect());
    scheduler.nest(plan, &blocks)
}

struct Scheduler<'a> {
    kernels: &'a [Kernel],
    reads: Vec<Vec<Access>>,
    /// `producers[k]`: the kernels whose targets kernel k reads.
    producers: Vec<Vec<usize>>,
    /// `readers[k]`: the kernels that read the target of kernel k.
    readers: Vec<Vec<usize>>,
    variables: Vec<AxisId>,
    /// `enclosing[k]`: the fused loops around kernel k, outermost first.
    enclosing: Vec<Vec<Enclosing>>,
}

/// A pass that is being filled, with the label variable of each of its kernels; or a kernel without labels.
#[derive(Clone, Debug)]
enum Item {
    Kernel(usize),
    Pass(AxisId, Vec<(usize, VariableId)>),
}

impl Scheduler<'_> {
    /// The label variables of a kernel that are not yet the `own` of a loop around it: it still has to be looped over
    /// these. A kernel `g_ij = <a_i, a_j>` in a loop over i has j remaining.
    fn remaining(&self, kernel: usize) -> Vec<VariableId> {
        let fused = |variable: &VariableId| self.enclosing[kernel].iter().any(|loops| loops.own == *variable);
        self.kernels[kernel].labels.iter().copied().filter(|variable| !fused(variable)).collect()
    }

    /// Whether `reader`, at its label `own`, reads the target of `writer` only at the same label, `theirs`; then both
    /// may run in one loop, one after the other. `s_i = |a_i|^2` and `b_i = s_i a_i` may; `s_i` and `sum_j s_j a_i`
    /// may not.
    fn elementwise(&self, reader: usize, own: VariableId, writer: usize, theirs: VariableId) -> bool {
        self.common_slots(reader, own, writer, theirs).next().is_some()
    }

    /// The slots k of the writer's target where the writer has its label `theirs` and every access of the reader has
    /// its label `own`: what the reader needs of the target in one iteration is what the writer wrote in that
    /// iteration.
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

    /// An order of the kernels: those without labels left one by one, the others in passes. Over and over, all kernels
    /// that are ready and need no loop are taken, and then the pass that holds most of the others (`fill`).
    /// `waiting[k]`: kernel k has no place yet.
    fn items(&self, members: &[usize]) -> Vec<Item> {
        let mut waiting = vec![false; self.kernels.len()];
        members.iter().for_each(|&kernel| waiting[kernel] = true);
        let mut left: Vec<usize> = members.to_vec();
        let mut items = Vec::new();
        while !left.is_empty() {
            // Members are in topological order, so that one sweep finds all that are ready.
            left.retain(|&kernel| {
                let ready = self.remaining(kernel).is_empty()
                    && !self.producers[kernel].iter().any(|&at| waiting[at]);
                if ready {
                    waiting[kernel] = false;
                    items.push(Item::Kernel(kernel));
                }
                !ready
            });
            let mut axes: Vec<AxisId> = left
                .iter()
                .flat_map(|&kernel| self.remaining(kernel))
                .map(|variable| self.variables[variable.0])
                .collect();
            axes.sort_unstable();
            axes.dedup();
            let fullest = axes
                .into_iter()
                .map(|axis| (axis, self.fill(axis, &left, &waiting)))
                .reduce(|best, next| if next.1.len() > best.1.len() { next } else { best });
            let Some((axis, chosen)) = fullest.filter(|(_, chosen)| !chosen.is_empty()) else {
                // Nothing is left, or, unreachable for kernels in topological order, nothing is ready.
                items.extend(left.drain(..).map(Item::Kernel));
                break;
            };
            chosen.iter().for_each(|&(kernel, _)| waiting[kernel] = false);
            left.retain(|&kernel| waiting[kernel]);
            items.push(Item::Pass(axis, chosen));
        }
        items
    }

    /// The kernels that a loop over the labels of an axis can hold now, each with the label variable that the loop
    /// stands for: everything it reads was finished before (not `waiting`), or is computed in this loop at the same
    /// label.
    fn fill(&self, axis: AxisId, left: &[usize], waiting: &[bool]) -> Vec<(usize, VariableId)> {
        let mut chosen: Vec<(usize, VariableId)> = Vec::new();
        let mut chosen_at: BTreeMap<usize, VariableId> = BTreeMap::new();
        for &kernel in left {
            let fits = |own: &VariableId| {
                self.producers[kernel].iter().filter(|&&at| waiting[at]).all(|&writer| {
                    chosen_at
                        .get(&writer)
                        .is_some_and(|&theirs| self.elementwise(kernel, *own, writer, theirs))
                })
            };
            let candidates = self.remaining(kernel).into_iter().filter(|at| self.variables[at.0] == axis);
            if let Some(own) = candidates.into_iter().find(fits) {
                chosen.push((kernel, own));
                chosen_at.insert(kernel, own);
            }
        }
        chosen
    }

    /// Moves kernels down to the first pass that reads them. Say pass 0 writes `t_i` and pass 1 reads it at the same
    /// label i, and nothing else does: in pass 1, t is a local of one iteration, a number in place of an array of n.
    fn sink(&self, items: &mut [Item]) {
        // Where every kernel is, and the label that the pass there stands for.
        let mut place: BTreeMap<usize, (usize, Option<VariableId>)> = BTreeMap::new();
        for (position, item) in items.iter().enumerate() {
            match item {
                Item::Kernel(kernel) => drop(place.insert(*kernel, (position, None))),
                Item::Pass(_, chosen) => {
                    place.extend(chosen.iter().map(|&(kernel, own)| (kernel, (position, Some(own)))));
                }
            }
        }
        for position in (0..items.len()).rev() {
            let Item::Pass(axis, chosen) = &items[position] else { continue };
            let axis = *axis;
            for (kernel, own) in chosen.clone().into_iter().rev() {
                let keeps = self.kernels[kernel].target_labels.iter().any(|(_, variable)| *variable == own);
                let readers: Vec<(usize, usize, Option<VariableId>)> = self.readers[kernel]
                    .iter()
                    .filter_map(|&reader| place.get(&reader).map(|&(position, own)| (position, reader, own)))
                    .collect();
                let Some(later) = readers.iter().map(|(position, ..)| *position).min() else { continue };
                let joins = keeps
                    && later > position
                    && matches!(items[later], Item::Pass(other, _) if other == axis)
                    && readers.iter().filter(|(position, ..)| *position == later).all(|&(_, reader, at)| {
                        at.is_some_and(|at| self.elementwise(reader, at, kernel, own))
                    });
                if !joins || self.would_keep_operand(kernel, position, &place) {
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
                place.insert(kernel, (later, Some(own)));
            }
        }
    }

    /// Whether moving a kernel away from its pass would cost more memory than it saves: it reads a tensor of that pass
    /// which has at least as many indices, and which another kernel of the pass reads too. That tensor, so far a local
    /// of one iteration, would have to be stored for all labels.
    fn would_keep_operand(
        &self,
        kernel: usize,
        position: usize,
        place: &BTreeMap<usize, (usize, Option<VariableId>)>,
    ) -> bool {
        let here = |kernel: &usize| place.get(kernel).is_some_and(|(at, _)| *at == position);
        let rank = |kernel: usize| self.kernels[kernel].rank;
        self.producers[kernel].iter().filter(|operand| here(operand)).any(|&operand| {
            rank(operand) >= rank(kernel)
                && self.readers[operand].iter().any(|other| *other != kernel && here(other))
        })
    }

    fn nest(&self, plan: &Plan<'_>, blocks: &[Block]) -> Nest {
        let mut buffers: Vec<Buffer> = Vec::new();
        for (tensor, _) in plan.buffers() {
            let tensor = &plan.tensors[tensor];
            buffers.push(Buffer {
                place: tensor.place(),
                axes: tensor.axes.clone(),
                stored: vec![true; tensor.axes.len()],
                arrangement: Arrangement::Lanes,
                formula: tensor.formula.clone(),
            });
        }
        for kernel in self.kernels {
            if let [Node::Multiply(multiply)] = kernel.body[..] {
                let (Multiply::Apply { matrix: array, .. } | Multiply::Outer { target: array, .. }) =
                    multiply;
                buffers[array.0].arrangement = Arrangement::Rows;
            }
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
        self.print(blocks, &[], &declared, &mut body);
        Nest {
            axes: plan.program.axes.clone(),
            inputs: plan.program.inputs.iter().map(|input| input.name.clone()).collect(),
            buffers,
            variables: self.variables.clone(),
            results: plan.results.clone(),
            body,
        }
    }

    /// The innermost loop that holds a local and all its uses. Indices of the local that are the label of this loop,
    /// or of one around it, are not stored: `t_ip` inside a loop over i is an array over p.
    fn scope(&self, writer: usize, buffer: &mut Buffer) -> Option<VariableId> {
        let readers = &self.readers[writer];
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

    /// The text of some blocks inside of the loops `around`; locals of a loop are declared before the block that writes them.
    fn print(
        &self,
        blocks: &[Block],
        around: &[VariableId],
        declared: &BTreeMap<Option<VariableId>, Vec<usize>>,
        nodes: &mut Vec<Node>,
    ) {
        let scope = around.last().copied();
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
                    self.print(body, &[around, &[*variable]].concat(), declared, &mut inner);
                    nodes.push(full_loop(*variable, *axis, inner));
                }
            }
            for kernel in
                self.kernels_of(block).into_iter().filter(|&kernel| self.summed_at(kernel) == around.len())
            {
                nodes.extend(self.mirror(kernel));
            }
        }
    }

    /// The target of a kernel is complete behind the outermost loop that it sums over: how many loops are around that one.
    fn summed_at(&self, kernel: usize) -> usize {
        let is_kept = |at: &Enclosing| {
            self.kernels[kernel].target_labels.iter().any(|(_, variable)| *variable == at.own)
        };
        self.enclosing[kernel].iter().take_while(|at| is_kept(at)).count()
    }

    /// The mirror images of a target that is complete, for those of its labels that no loop around stands for any more.
    fn mirror(&self, kernel: usize) -> Vec<Node> {
        let around = &self.enclosing[kernel][..self.summed_at(kernel)];
        let mut nodes = self.kernels[kernel].mirror.clone();
        if nodes.is_empty() {
            return nodes;
        }
        rename(&mut nodes, &around.iter().map(|at| (at.own, at.pass)).collect());
        let mut labels: Vec<VariableId> =
            self.kernels[kernel].target_labels.iter().map(|(_, variable)| *variable).collect();
        labels.sort_unstable();
        labels.dedup();
        labels.retain(|label| !around.iter().any(|at| at.own == *label));
        labels.into_iter().fold(nodes, |nodes, label| vec![full_loop(label, self.variables[label.0], nodes)])
    }

    fn kernels_of(&self, block: &Block) -> Vec<usize> {
        match block {
            Block::Kernel(kernel) => vec![*kernel],
            Block::Pass { body, .. } => body.iter().flat_map(|block| self.kernels_of(block)).collect(),
        }
    }
}

/// The entries that statements read.
fn reads(plan: &Plan<'_>, nodes: &[Node]) -> Vec<Access> {
    if let [Node::Multiply(multiply)] = nodes {
        // All entries, at no label in particular.
        let indices = |buffer: BufferId| vec![Index::Constant(0); plan.rank(buffer)];
        return multiply.reads().map(|buffer| Access { buffer, indices: indices(buffer) }).to_vec();
    }
    let mut all = Vec::new();
    let mut terms =
        |products: &[Product]| all.extend(products.iter().flat_map(|product| product.entries.clone()));
    fn walk(nodes: &[Node], visit: &mut dyn FnMut(&[Product])) {
        for node in nodes {
            match node {
                Node::Declare(_) | Node::Multiply(_) => {}
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

/// Puts other variables in the place of some: those of loops for a kernel's own.
pub(super) fn rename(nodes: &mut [Node], names: &BTreeMap<VariableId, VariableId>) {
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
            Node::Declare(_) | Node::Multiply(_) => {}
            Node::Loop { from, body, .. } => {
                if let Bound::Variable(variable) = from
                    && let Some(name) = names.get(variable)
                {
                    *variable = *name;
                }
                rename(body, names);
            }
            Node::Permutations { body, .. } => rename(body, names),
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
