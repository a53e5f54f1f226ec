//! Extraction over the DAG: one node for every class that the roots need, so that the total cost is least when every
//! class is paid once.
//!
//! Ruin and recreate (Schrimpf et al., 2000): free a few random classes of the current solution together with all that
//! depends on them, and insert the roots again one by one, each by its least marginal cost. Deterministic: a fixed
//! seed, a fixed number of iterations, never a clock.

use crate::field::Random;

/// A way to compute a class.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// Multiply-adds of the node itself.
    pub(super) cost: u64,
    /// The distinct classes that it reads.
    pub(super) children: Vec<u32>,
    /// Whether its only child is read twice.
    pub(super) squares: bool,
    /// Which node of the e-class it is.
    pub(super) node: usize,
}

/// Classes with their choices.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem {
    /// The choices of every class.
    pub(super) classes: Vec<Vec<Choice>>,
    /// What has to be computed.
    pub(super) roots: Vec<u32>,
}

/// Iterations of ruin and recreate.
pub(super) const ITERATIONS: usize = 1000;
/// Below this total number of choices the search is cheap; above it, iterations shrink in proportion.
const CHOICES: usize = 20_000;
const SEED: u64 = 0x0e97;
/// The most starting solutions.
const MAX_STARTS: usize = 12;

/// For every class the position of the chosen node, if the class is needed.
pub(super) type Solution = Vec<Option<u32>>;

impl Problem {
    /// The cost of a solution: every needed class once.
    pub(super) fn cost(&self, solution: &Solution) -> u64 {
        solution
            .iter()
            .zip(&self.classes)
            .filter_map(|(choice, class)| choice.map(|choice| class[choice as usize].cost))
            .fold(0, u64::saturating_add)
    }

    /// Classes such that every choice comes after its children.
    fn order(&self) -> Vec<u32> {
        let mut order = Vec::with_capacity(self.classes.len());
        let mut state = vec![0_u8; self.classes.len()];
        let mut stack: Vec<(u32, bool)> = self.roots.iter().map(|&root| (root, false)).collect();
        while let Some((class, done)) = stack.pop() {
            let at = class as usize;
            if done {
                if state[at] == 1 {
                    state[at] = 2;
                    order.push(class);
                }
                continue;
            }
            if state[at] != 0 {
                continue;
            }
            state[at] = 1;
            stack.push((class, true));
            for choice in &self.classes[at] {
                for &child in &choice.children {
                    if state[child as usize] == 0 {
                        stack.push((child, false));
                    }
                }
            }
        }
        order
    }

    /// The cost of the best tree of every class: nothing shared, a child that is read twice paid twice.
    pub(super) fn tree_costs(&self) -> Vec<u64> {
        let mut best = vec![u64::MAX; self.classes.len()];
        for class in self.order() {
            best[class as usize] = self.classes[class as usize]
                .iter()
                .map(|choice| {
                    let times = if choice.squares { 2 } else { 1 };
                    choice.children.iter().fold(choice.cost, |sum, &child| {
                        sum.saturating_add(best[child as usize].saturating_mul(times))
                    })
                })
                .min()
                .unwrap_or(0);
        }
        best
    }

    /// A near-optimal solution.
    pub(super) fn solve(&self) -> Solution {
        let order = self.order();
        let roots = distinct(&self.roots);
        let mut search = Search::new(self, &order);
        let mut random = Random::seeded(SEED);
        let choices: usize = order.iter().map(|&class| self.classes[class as usize].len()).sum();
        let iterations = if choices > CHOICES { ITERATIONS * CHOICES / choices } else { ITERATIONS };
        let mut current = self.first(&order, &roots, &mut search);
        let mut current_cost = self.cost(&current);
        let (mut best, mut best_cost) = (current.clone(), current_cost);
        let mut chosen: Vec<u32> = Vec::new();
        for _ in 0..iterations {
            chosen.clear();
            chosen.extend(order.iter().copied().filter(|&class| current[class as usize].is_some()));
            let inner: Vec<u32> =
                chosen.iter().copied().filter(|&class| self.classes[class as usize].len() > 1).collect();
            if inner.is_empty() {
                break;
            }
            let mut next = current.clone();
            search.forced.clear();
            for _ in 0..1 + random.below(3) {
                let class = inner[random.below(inner.len())];
                next[class as usize] = None;
                if random.below(2) == 0 {
                    let choice = random.below(self.classes[class as usize].len());
                    search.forced.push((class, choice as u32));
                }
            }
            // What depends on a freed class is freed too: children come before parents in the order. A class that has
            // only one way to be computed keeps it.
            for &class in &chosen {
                if let Some(choice) = next[class as usize] {
                    let children = &self.classes[class as usize][choice as usize].children;
                    if children.iter().any(|&child| next[child as usize].is_none()) {
                        next[class as usize] = None;
                        if random.below(4) > 0 {
                            search.forced.push((class, choice));
                        }
                    }
                }
            }
            let mut missing: Vec<u32> =
                roots.iter().copied().filter(|&root| next[root as usize].is_none()).collect();
            for at in (1..missing.len()).rev() {
                missing.swap(at, random.below(at + 1));
            }
            search.salt = random.bits() | 1;
            search.insert(&mut next, &missing);
            self.prune(&mut next, &roots);
            let cost = self.cost(&next);
            if cost <= current_cost.saturating_add(current_cost / 200) || cost <= best_cost {
                current = next;
                current_cost = cost;
                if cost < best_cost {
                    best.clone_from(&current);
                    best_cost = cost;
                }
            } else if current_cost > best_cost.saturating_add(best_cost / 50) {
                current.clone_from(&best);
                current_cost = best_cost;
            }
        }
        best
    }

    /// The start: every way to compute a root, inserted greedily; the cheapest of all.
    fn first(&self, order: &[u32], roots: &[u32], search: &mut Search<'_>) -> Solution {
        let mut starts: Vec<Vec<(u32, u32)>> = vec![Vec::new()];
        for &root in roots {
            for choice in 0..self.classes[root as usize].len().min(MAX_STARTS) {
                starts.push(vec![(root, choice as u32)]);
            }
        }
        starts.truncate(MAX_STARTS);
        let mut best: Option<(u64, Solution)> = None;
        for forced in starts {
            search.forced = forced;
            search.salt = 0;
            let mut solution: Solution = vec![None; self.classes.len()];
            search.insert(&mut solution, roots);
            self.prune(&mut solution, roots);
            let cost = self.cost(&solution);
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, solution));
            }
        }
        debug_assert!(!order.is_empty() || roots.is_empty());
        best.map(|(_, solution)| solution).unwrap_or_default()
    }

    /// Drops classes that no root needs any more.
    fn prune(&self, solution: &mut Solution, roots: &[u32]) {
        let mut needed = vec![false; self.classes.len()];
        let mut stack: Vec<u32> = roots.to_vec();
        while let Some(class) = stack.pop() {
            if std::mem::replace(&mut needed[class as usize], true) {
                continue;
            }
            if let Some(choice) = solution[class as usize] {
                stack.extend(&self.classes[class as usize][choice as usize].children);
            }
        }
        for (choice, needed) in solution.iter_mut().zip(needed) {
            if !needed {
                *choice = None;
            }
        }
    }
}

fn distinct(roots: &[u32]) -> Vec<u32> {
    let mut distinct: Vec<u32> = Vec::new();
    for &root in roots {
        if !distinct.contains(&root) {
            distinct.push(root);
        }
    }
    distinct
}

/// Marginal costs, computed bottom-up.
struct Search<'a> {
    problem: &'a Problem,
    /// Below every class, the classes that it may need, in order, itself last; filled on demand.
    below: Vec<Option<Vec<u32>>>,
    position: Vec<u32>,
    marginal: Vec<u64>,
    choice: Vec<u32>,
    /// Choices that are not open.
    forced: Vec<(u32, u32)>,
    /// Seeds the perturbation of costs; 0 for none.
    salt: u64,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, order: &[u32]) -> Search<'a> {
        let count = problem.classes.len();
        let mut position = vec![0; count];
        for (at, &class) in order.iter().enumerate() {
            position[class as usize] = at as u32;
        }
        Search {
            problem,
            below: vec![None; count],
            position,
            marginal: vec![0; count],
            choice: vec![0; count],
            forced: Vec::new(),
            salt: 0,
        }
    }

    fn fill_below(&mut self, class: u32) {
        if self.below[class as usize].is_some() {
            return;
        }
        let mut seen = vec![false; self.problem.classes.len()];
        let mut stack = vec![class];
        let mut all = Vec::new();
        while let Some(next) = stack.pop() {
            if std::mem::replace(&mut seen[next as usize], true) {
                continue;
            }
            all.push(next);
            for choice in &self.problem.classes[next as usize] {
                stack.extend(&choice.children);
            }
        }
        all.sort_unstable_by_key(|&class| self.position[class as usize]);
        self.below[class as usize] = Some(all);
    }

    /// Inserts classes one by one, each by its least marginal cost given what is there. The children of a chosen node
    /// are inserted one by one too, dearest first, so that later ones see what earlier ones brought.
    fn insert(&mut self, solution: &mut Solution, missing: &[u32]) {
        for &class in missing {
            if solution[class as usize].is_some() || self.problem.classes[class as usize].is_empty() {
                continue;
            }
            self.weigh(solution, class);
            self.take(solution, class);
        }
    }

    /// Takes the cheapest choices below a class whose marginal costs are up to date.
    fn take(&mut self, solution: &mut Solution, class: u32) {
        let choice = self.choice[class as usize];
        let mut children: Vec<u32> = self.problem.classes[class as usize][choice as usize]
            .children
            .iter()
            .copied()
            .filter(|&child| {
                solution[child as usize].is_none() && !self.problem.classes[child as usize].is_empty()
            })
            .collect();
        match children[..] {
            [] => {}
            [only] => self.take(solution, only),
            _ => {
                children.sort_by_key(|&child| (std::cmp::Reverse(self.marginal[child as usize]), child));
                self.take(solution, children[0]);
                self.insert(solution, &children[1..]);
            }
        }
        solution[class as usize] = Some(choice);
    }

    /// Marginal costs and best choices of all classes below one.
    fn weigh(&mut self, solution: &Solution, root: u32) {
        self.fill_below(root);
        let Some(below) = self.below[root as usize].take() else { return };
        for &class in &below {
            let at = class as usize;
            if solution[at].is_some() {
                self.marginal[at] = 0;
                continue;
            }
            let mut best = (u64::MAX, 0);
            for (position, choice) in self.problem.classes[at].iter().enumerate() {
                let mut cost = choice.cost << 5;
                if self.salt != 0 {
                    // Up to a tenth more for a node, the same wherever the node is met.
                    let mixed = self.salt ^ (u64::from(class) << 20 | position as u64);
                    cost += choice.cost * (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 62);
                }
                for &child in &choice.children {
                    cost = cost.saturating_add(self.marginal[child as usize]);
                }
                if cost < best.0 {
                    best = (cost, position as u32);
                }
            }
            self.marginal[at] = if best.0 == u64::MAX { 0 } else { best.0 };
            self.choice[at] = best.1;
        }
        for &(class, choice) in &self.forced {
            if solution[class as usize].is_none() {
                self.choice[class as usize] = choice;
            }
        }
        self.below[root as usize] = Some(below);
    }
}
