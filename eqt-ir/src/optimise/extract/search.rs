//! Ruin and recreate (Schrimpf et al., 2000): free a few random classes of the current solution together with all that
//! depends on them, and insert the roots again one by one, each by its least marginal cost.
//!
//! Marginal costs do not see that a class would pay if several others changed over to it. So every other time a class
//! that is not in the solution is put into it first, and what could read it is freed. Deterministic: a fixed seed, and
//! a fixed number of iterations.

use super::{Cost, Problem, Reached, Solution};
use crate::exact::Random;
use crate::progress::{Stage, report};

/// The most iterations.
const ITERATIONS: usize = 8_000;
/// Iterations times choices: the work of the search.
const WORK: usize = 20_000_000;
/// Iterations from one report of progress to the next.
const REPORTED: usize = 100;
const SEED: u64 = 0x0e97;
/// The most starting solutions.
const MAX_STARTS: usize = 12;

/// A near-optimal solution.
pub(super) fn search(problem: &Problem) -> Solution {
    let order = problem.order();
    let roots = &problem.roots[..];
    let of_several = |least: usize| -> Vec<u32> {
        order.iter().copied().filter(|&class| problem.classes[class as usize].len() >= least).collect()
    };
    let (computed, open) = (of_several(1), of_several(2));
    let mut search = Search::new(problem, &order);
    let mut current = search.first(roots);
    let mut current_cost = problem.cost(&current);
    let (mut best, mut best_cost) = (current.clone(), current_cost);
    if open.is_empty() {
        return best;
    }
    let mut random = Random::seeded(SEED);
    let iterations = (WORK / problem.choices()).min(ITERATIONS);
    let (mut next, mut reached) = (Solution::new(), Reached::default());
    let (mut chosen, mut missing) = (Vec::new(), Vec::new());
    for iteration in 0..iterations {
        if iteration % REPORTED == 0 {
            report(Stage::Extracting { done: iteration, all: iterations });
        }
        next.clone_from(&current);
        search.forced.clear();
        search.salt = random.bits() | 1;
        let absent = computed[random.below(computed.len())];
        if current[absent as usize].is_none() && random.below(2) == 0 {
            search.insert(&mut next, &[absent]);
            for &reader in &search.readers[absent as usize] {
                next[reader as usize] = None;
            }
        } else {
            chosen.clear();
            chosen.extend(open.iter().copied().filter(|&class| current[class as usize].is_some()));
            for _ in 0..1 + random.below(3) {
                // The roots are chosen, and have several choices unless they are settled by the only one.
                let Some(&class): Option<&u32> = chosen.get(random.below(chosen.len().max(1))) else { break };
                next[class as usize] = None;
                if random.below(2) == 0 {
                    let choice = random.below(problem.classes[class as usize].len());
                    search.forced.push((class, choice as u32));
                }
            }
        }
        // What depends on a freed class is freed too: children come before parents in the order.
        for &class in &computed {
            let Some(choice) = next[class as usize] else { continue };
            let children = &problem.classes[class as usize][choice as usize].children;
            if children.iter().any(|&child| search.is_missing(&next, child)) {
                next[class as usize] = None;
                if random.below(4) > 0 {
                    search.forced.push((class, choice));
                }
            }
        }
        missing.clear();
        missing.extend(roots.iter().copied().filter(|&root| next[root as usize].is_none()));
        for at in (1..missing.len()).rev() {
            missing.swap(at, random.below(at + 1));
        }
        search.insert(&mut next, &missing);
        problem.prune(&mut next, &mut reached);
        let cost = problem.cost(&next);
        if cost <= current_cost || cost - best_cost.min(cost) <= margin(best_cost, iteration, iterations) {
            std::mem::swap(&mut current, &mut next);
            current_cost = cost;
            if cost < best_cost {
                best.clone_from(&current);
                best_cost = cost;
            }
        }
    }
    best
}

/// How much worse than the best a solution may be that is gone on with: a twenty-fifth in the beginning, nothing in
/// the end, and little for most of the time.
fn margin(best: Cost, iteration: usize, iterations: usize) -> Cost {
    let (left, all) = ((iterations - iteration) as Cost, iterations as Cost);
    best * left * left / (25 * all * all)
}

/// Marginal costs, computed bottom-up.
struct Search<'a> {
    problem: &'a Problem,
    /// Below every class, the classes that it may need, in order, itself last; filled on demand.
    below: Vec<Option<Vec<u32>>>,
    position: Vec<u32>,
    /// The classes that have a choice that reads a class.
    readers: Vec<Vec<u32>>,
    marginal: Vec<Cost>,
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
        let mut readers: Vec<Vec<u32>> = vec![Vec::new(); count];
        for &class in order {
            for &child in problem.classes[class as usize].iter().flat_map(|choice| &choice.children) {
                if readers[child as usize].last() != Some(&class) {
                    readers[child as usize].push(class);
                }
            }
        }
        Search {
            problem,
            readers,
            below: vec![None; count],
            position,
            marginal: vec![0; count],
            choice: vec![0; count],
            forced: Vec::new(),
            salt: 0,
        }
    }

    /// The start: every way to compute a root, inserted greedily; the cheapest of all.
    fn first(&mut self, roots: &[u32]) -> Solution {
        let mut starts: Vec<Vec<(u32, u32)>> = vec![Vec::new()];
        for &root in roots {
            for choice in 0..self.problem.classes[root as usize].len().min(MAX_STARTS) {
                starts.push(vec![(root, choice as u32)]);
            }
        }
        starts.truncate(MAX_STARTS);
        let mut best: Option<(Cost, Solution)> = None;
        for forced in starts {
            self.forced = forced;
            self.salt = 0;
            let mut solution: Solution = vec![None; self.problem.classes.len()];
            self.insert(&mut solution, roots);
            self.problem.prune(&mut solution, &mut Reached::default());
            let cost = self.problem.cost(&solution);
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, solution));
            }
        }
        let (_, solution) = best.expect("there is a start without forced choices");
        solution
    }

    /// Whether a class has to be computed and is not.
    fn is_missing(&self, solution: &Solution, class: u32) -> bool {
        solution[class as usize].is_none() && !self.problem.classes[class as usize].is_empty()
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
            if self.is_missing(solution, class) {
                self.weigh(solution, class);
                self.take(solution, class);
            }
        }
    }

    /// Takes the cheapest choices below a class whose marginal costs are up to date.
    fn take(&mut self, solution: &mut Solution, class: u32) {
        let choice = self.choice[class as usize];
        let problem = self.problem;
        let children = problem.classes[class as usize][choice as usize].children.iter().copied();
        let mut missing = children.clone().filter(|&child| self.is_missing(solution, child));
        match (missing.next(), missing.next()) {
            (None, _) => {}
            (Some(only), None) => self.take(solution, only),
            (Some(_), Some(_)) => {
                let mut children: Vec<u32> =
                    children.filter(|&child| self.is_missing(solution, child)).collect();
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
            let mut best: Option<(Cost, u32)> = None;
            for (position, choice) in self.problem.classes[at].iter().enumerate() {
                let own = Cost::from(choice.cost);
                let mut cost = own << 5;
                if self.salt != 0 {
                    // Up to a tenth more for a node, the same wherever the node is met.
                    let mixed = self.salt ^ (u64::from(class) << 20 | position as u64);
                    cost += own * Cost::from(mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 62);
                }
                for &child in &choice.children {
                    cost = cost.saturating_add(self.marginal[child as usize]);
                }
                if best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, position as u32));
                }
            }
            // A class without choices is paid for, and never taken.
            (self.marginal[at], self.choice[at]) = best.unwrap_or((0, 0));
        }
        for &(class, choice) in &self.forced {
            if solution[class as usize].is_none() {
                self.choice[class as usize] = choice;
            }
        }
        self.below[root as usize] = Some(below);
    }
}
