//! Loops over linear indices that run over the same range become one.
//!
//! `for p { g_p = .. } for q { h_q = g_q .. }` is `for p { g_p = .. h_p = g_p .. }`: shorter text, which compiles faster, and
//! `g_p` is used while it is in a register. If nothing else reads g, it is a number in the place of an array. Every entry is computed
//! from the same numbers in the same order as before.

use std::collections::BTreeMap;

use super::schedule::rename;
use super::{Access, BufferId, Index, Nest, Node, Place, VariableId};

/// Loops join if there are at most so many loops inside each other in them: compilers unroll loops over dimensions as long as they
/// are short, and only then keep entries in registers.
const MOST_INSIDE: usize = 1;

impl Nest {
    /// Fuses loops at every level.
    pub(super) fn fuse(&mut self) {
        let nodes = std::mem::take(&mut self.body);
        self.body = self.fused(nodes);
    }

    fn fused(&mut self, nodes: Vec<Node>) -> Vec<Node> {
        let mut done: Vec<Node> = Vec::with_capacity(nodes.len());
        for node in nodes.into_iter().flat_map(|node| self.opened(node)).collect::<Vec<Node>>() {
            match self.partner(&done, &node) {
                Some(partner) => join(&mut done, partner, node),
                None => done.push(node),
            }
        }
        self.localise(&mut done);
        for node in &mut done {
            if let Node::Loop { body, .. } | Node::Permutations { body, .. } = node {
                *body = self.fused(std::mem::take(body));
            }
        }
        done
    }

    /// Moves locals that are used in one loop alone into it, without the index that is its variable.
    fn localise(&mut self, nodes: &mut Vec<Node>) {
        for at in (0..nodes.len()).rev() {
            let Node::Declare(id) = nodes[at] else { continue };
            let uses = |node: &Node| Touched::by(std::slice::from_ref(node)).of(id).next().is_some();
            let mut users = (at + 1..nodes.len()).filter(|&user| uses(&nodes[user]));
            let (Some(user), None) = (users.next(), users.next()) else { continue };
            let Node::Loop { variable, body, .. } = &mut nodes[user] else { continue };
            let touched = Touched::by(body);
            let at_own = |slot: &usize| touched.of(id).all(|entry| entry.is_at(*slot, *variable));
            let buffer = &mut self.buffers[id.0];
            let stored = (0..buffer.stored.len()).filter(|&slot| buffer.stored[slot]);
            let Some(slot) = stored.into_iter().find(at_own) else { continue };
            buffer.stored[slot] = false;
            let first = body.iter().position(uses).unwrap_or(body.len());
            body.insert(first, Node::Declare(id));
            nodes.remove(at);
        }
    }

    /// A sum into a local scalar, which is zero before, as loops that add to it: unlike a sum they can join others.
    fn opened(&self, node: Node) -> Vec<Node> {
        match node {
            Node::Reduce { target, body, .. } if self.is_scalar(&target) => adding(&target, body),
            other => vec![other],
        }
    }

    fn is_scalar(&self, access: &Access) -> bool {
        let buffer = &self.buffers[access.buffer.0];
        buffer.place == Place::Local && !buffer.stored.contains(&true)
    }

    /// The last loop before a loop that it can join: everything in between can be done after both.
    fn partner(&self, before: &[Node], node: &Node) -> Option<usize> {
        let Node::Loop { variable, from, to, body } = node else { return None };
        if self.axis(self.variables[variable.0]).is_label || depth(body) > MOST_INSIDE {
            return None;
        }
        let touched = Touched::by(std::slice::from_ref(node));
        for (at, other) in before.iter().enumerate().rev() {
            match other {
                Node::Declare(_) => continue,
                Node::Loop { variable: theirs, from: first, to: last, body: inside }
                    if (first, last) == (from, to)
                        && self.variables[theirs.0] == self.variables[variable.0]
                        && depth(inside) <= MOST_INSIDE
                        && Touched::by(inside).meets_at(*theirs, &Touched::by(body), *variable) =>
                {
                    return Some(at);
                }
                _ => {}
            }
            if Touched::by(std::slice::from_ref(other)).conflicts(&touched) {
                return None;
            }
        }
        None
    }
}

/// How many loops stand inside each other.
fn depth(nodes: &[Node]) -> usize {
    let of = |node: &Node| match node {
        Node::Loop { body, .. } => 1 + depth(body),
        Node::Permutations { body, .. } | Node::Reduce { body, .. } => depth(body),
        Node::Declare(_) | Node::Store { .. } | Node::Accumulate(_) | Node::Multiply(_) => 0,
    };
    nodes.iter().map(of).max().unwrap_or(0)
}

/// Puts a loop into the one at `partner`; locals that it uses are declared before.
fn join(done: &mut Vec<Node>, partner: usize, node: Node) {
    let Node::Loop { variable, mut body, .. } = node else { unreachable!("loops join loops") };
    let touched: Vec<BufferId> = Touched::by(&body).entries.into_iter().map(|entry| entry.buffer).collect();
    let Node::Loop { variable: theirs, body: inside, .. } = &mut done[partner] else {
        unreachable!("loops join loops")
    };
    rename(&mut body, &BTreeMap::from([(variable, *theirs)]));
    inside.extend(body);
    let after = done.split_off(partner + 1);
    let (declared, others): (Vec<Node>, Vec<Node>) =
        after.into_iter().partition(|node| matches!(node, Node::Declare(id) if touched.contains(id)));
    done.splice(partner..partner, declared);
    done.extend(others);
}

/// The body of a sum, adding to the target itself.
fn adding(target: &Access, nodes: Vec<Node>) -> Vec<Node> {
    let adding = |node| match node {
        Node::Accumulate(terms) => Node::Store { target: target.clone(), add: true, terms },
        Node::Loop { variable, from, to, body } => {
            Node::Loop { variable, from, to, body: adding(target, body) }
        }
        other => other,
    };
    nodes.into_iter().map(adding).collect()
}

/// An entry that a statement reads or writes.
struct Entry<'a> {
    buffer: BufferId,
    /// None for all entries at once.
    indices: &'a [Index],
    writes: bool,
}

impl<'a> Entry<'a> {
    fn new(access: &'a Access, writes: bool) -> Self {
        Entry { buffer: access.buffer, indices: &access.indices, writes }
    }

    fn is_at(&self, slot: usize, variable: VariableId) -> bool {
        self.indices.get(slot) == Some(&Index::Variable { variable, half: false })
    }
}

/// The entries that statements read and write.
#[derive(Default)]
struct Touched<'a> {
    entries: Vec<Entry<'a>>,
}

impl<'a> Touched<'a> {
    fn by(nodes: &'a [Node]) -> Self {
        let mut touched = Touched::default();
        touched.add(nodes);
        touched
    }

    fn add(&mut self, nodes: &'a [Node]) {
        for node in nodes {
            let terms = match node {
                Node::Declare(_) => continue,
                Node::Loop { body, .. } | Node::Permutations { body, .. } => {
                    self.add(body);
                    continue;
                }
                Node::Reduce { target, body, .. } => {
                    self.entries.push(Entry::new(target, true));
                    self.add(body);
                    continue;
                }
                Node::Store { target, terms, .. } => {
                    self.entries.push(Entry::new(target, true));
                    terms
                }
                Node::Accumulate(terms) => terms,
                Node::Multiply(multiply) => {
                    let whole = |buffer, writes| Entry { buffer, indices: &[], writes };
                    self.entries.extend(multiply.reads().map(|buffer| whole(buffer, false)));
                    self.entries.push(whole(multiply.target(), true));
                    continue;
                }
            };
            self.entries
                .extend(terms.iter().flat_map(|term| &term.entries).map(|entry| Entry::new(entry, false)));
        }
    }

    /// The entries of a buffer.
    fn of(&self, buffer: BufferId) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(move |entry| entry.buffer == buffer)
    }

    /// Whether one writes what the other reads or writes.
    fn conflicts(&self, other: &Self) -> bool {
        self.entries.iter().any(|entry| other.of(entry.buffer).any(|theirs| entry.writes || theirs.writes))
    }

    /// Whether what two loops both touch, and one of them writes, is touched in each iteration at its own index only: every
    /// entry has the variable of its loop at one slot.
    fn meets_at(&self, own: VariableId, other: &Self, theirs: VariableId) -> bool {
        self.entries.iter().all(|entry| {
            let buffer = entry.buffer;
            if !other.of(buffer).any(|wrote| entry.writes || wrote.writes) {
                return true;
            }
            (0..entry.indices.len()).any(|slot| {
                self.of(buffer).all(|entry| entry.is_at(slot, own))
                    && other.of(buffer).all(|entry| entry.is_at(slot, theirs))
            })
        })
    }
}
