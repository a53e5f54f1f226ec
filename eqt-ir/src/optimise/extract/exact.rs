//! Branch and bound, for small problems.

use super::presolve::{Classes, needs};
use super::{Choice, Cost, Problem, Solution};

/// Problems of more choices than this are left alone.
const MAX_CHOICES: usize = 200;
/// The most choices that are tried, a few milliseconds.
const BUDGET: usize = 20_000;

/// The optimum, if it is found within the budget; in any case no worse than the given solution.
///
/// Classes are decided from the roots down, so that what is needed of a class is known when it is its turn. All that
/// the open classes need whatever is chosen is a lower bound, every class at its cheapest choice.
pub(super) fn improve(problem: &Problem, found: Solution) -> Solution {
    if problem.choices() > MAX_CHOICES {
        return found;
    }
    let order = problem.order();
    // A class without choices is paid for.
    let least = |choices: &Vec<Choice>| choices.iter().map(|choice| choice.cost).min().unwrap_or(0);
    let mut branching = Branching {
        problem,
        order: &order,
        needs: needs(problem),
        least: problem.classes.iter().map(least).collect(),
        current: vec![None; problem.classes.len()],
        best_cost: problem.cost(&found),
        best: found,
        left: BUDGET,
    };
    let mut required = Classes::none(problem.classes.len());
    let mut bound: Cost = 0;
    for &root in &problem.roots {
        bound += branching.require(&mut required, root);
    }
    branching.descend(order.len(), &required, bound);
    branching.best
}

struct Branching<'a> {
    problem: &'a Problem,
    order: &'a [u32],
    needs: Vec<Classes>,
    /// The cost of the cheapest choice of every class.
    least: Vec<u64>,
    current: Solution,
    best: Solution,
    best_cost: Cost,
    left: usize,
}

impl Branching<'_> {
    /// Requires a class and all that it needs; what that costs at least.
    fn require(&self, required: &mut Classes, class: u32) -> Cost {
        let needs = &self.needs[class as usize];
        let more = needs.without(required).map(|class| Cost::from(self.least[class as usize])).sum();
        required.unite(needs);
        more
    }

    /// Decides the classes before a position.
    fn descend(&mut self, end: usize, required: &Classes, bound: Cost) {
        let open = |class: u32| required.contains(class) && !self.problem.classes[class as usize].is_empty();
        let Some(at) = (0..end).rev().find(|&at| open(self.order[at])) else {
            // Everything is decided, and the bound is the cost.
            self.best.clone_from(&self.current);
            self.best_cost = bound;
            return;
        };
        let class = self.order[at];
        let mut ways: Vec<(Cost, u32, Classes)> = Vec::new();
        for (position, choice) in self.problem.classes[class as usize].iter().enumerate() {
            let mut required = required.clone();
            let mut bound = bound + Cost::from(choice.cost - self.least[class as usize]);
            for &child in &choice.children {
                bound += self.require(&mut required, child);
            }
            ways.push((bound, position as u32, required));
        }
        ways.sort_by_key(|&(bound, position, _)| (bound, position));
        for (bound, position, required) in ways {
            if bound >= self.best_cost || self.left == 0 {
                break;
            }
            self.left -= 1;
            self.current[class as usize] = Some(position);
            self.descend(at, &required, bound);
            self.current[class as usize] = None;
        }
    }
}
