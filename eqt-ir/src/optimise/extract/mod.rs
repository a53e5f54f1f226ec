//! Extraction over the DAG: one node for every class that the roots need, so that the total cost is least when every
//! class is paid once.
//!
//! What is settled in any case is settled first ([`presolve`]); of what is left, a near-optimal solution is searched for
//! ([`search`]), and proven or improved on if the rest is small ([`exact`]). Nothing depends on a clock.

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{DfsPostOrder, Walker};

mod exact;
mod presolve;
mod search;

use presolve::Presolved;
use search::search;

/// What classes cost together. A node costs at most 2^64 - 1, where [`node_cost`](super::node_cost) stops counting, and there are
/// fewer than 2^32 classes, so that no sum over classes wraps.
pub(super) type Cost = u128;

/// A way to compute a class.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// Multiply-adds of the node itself.
    pub(super) cost: u64,
    /// The distinct classes that it reads.
    pub(super) children: Vec<u32>,
    /// Which node of the e-class it is.
    pub(super) node: usize,
}

/// Classes with their choices. No class needs itself, whatever is chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem {
    /// The choices of every class; none if there is nothing to compute.
    pub(super) classes: Vec<Vec<Choice>>,
    /// What has to be computed.
    pub(super) roots: Vec<u32>,
}

/// For every class the position of the chosen node, if the class is needed.
pub(super) type Solution = Vec<Option<u32>>;

impl Problem {
    /// The cost of a solution: every needed class once.
    pub(super) fn cost(&self, solution: &Solution) -> Cost {
        solution
            .iter()
            .zip(&self.classes)
            .filter_map(|(choice, class)| choice.map(|choice| Cost::from(class[choice as usize].cost)))
            .sum()
    }

    /// Classes such that every choice comes after its children: those below the roots, in depth-first order.
    pub(super) fn order(&self) -> Vec<u32> {
        let mut graph: DiGraph<(), (), u32> = DiGraph::default();
        for _ in &self.classes {
            graph.add_node(());
        }
        for (class, choices) in self.classes.iter().enumerate() {
            // petgraph lists the newest edge first.
            for &child in choices.iter().flat_map(|choice| &choice.children).rev() {
                graph.add_edge(NodeIndex::new(class), NodeIndex::new(child as usize), ());
            }
        }
        let mut order = DfsPostOrder::empty(&graph);
        order.stack = self.roots.iter().map(|&root| NodeIndex::new(root as usize)).collect();
        order.iter(&graph).map(|class| class.index() as u32).collect()
    }

    /// A near-optimal solution; of a small problem, the best.
    pub(super) fn solve(&self) -> Solution {
        let presolved = Presolved::new(self);
        let found = search(&presolved.problem);
        let found = exact::improve(&presolved.problem, found);
        let mut solution = presolved.solution(&found);
        self.prune(&mut solution, &mut Reached::default());
        solution
    }

    /// How many choices there are.
    fn choices(&self) -> usize {
        self.classes.iter().map(Vec::len).sum()
    }

    /// Drops classes that no root needs any more.
    fn prune(&self, solution: &mut Solution, reached: &mut Reached) {
        let Reached { needed, stack } = reached;
        needed.clear();
        needed.resize(self.classes.len(), false);
        stack.clone_from(&self.roots);
        while let Some(class) = stack.pop() {
            if std::mem::replace(&mut needed[class as usize], true) {
                continue;
            }
            if let Some(choice) = solution[class as usize] {
                stack.extend(&self.classes[class as usize][choice as usize].children);
            }
        }
        for (choice, &needed) in solution.iter_mut().zip(&*needed) {
            if !needed {
                *choice = None;
            }
        }
    }
}

/// Memory of [`Problem::prune`], used again and again.
#[derive(Default)]
struct Reached {
    needed: Vec<bool>,
    stack: Vec<u32>,
}
