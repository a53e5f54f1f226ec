//! The extraction against proven optima, by integer programming.

use std::collections::{BTreeMap, BTreeSet};

use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, SolutionStatus, SolveOptions, Variable};

use super::Wanted;
use super::compile::{Compiler, Objective};
use super::extract::{Choice, Cost, Problem, Solution};
use crate::basis::{Basis, Options};
use crate::exact::Random;
use crate::map::Map;
use crate::signature::{Sizes, parse_signature};

/// A smaller problem with the same optimum up to a constant.
struct Presolved {
    /// What has to be paid in any case.
    constant: u64,
    /// Choices left, without children that are paid in any case; empty for classes that are settled or out of reach.
    classes: Vec<Vec<Choice>>,
    /// Classes that have to be computed and have several choices left.
    roots: BTreeSet<u32>,
    /// The only node left of classes that have to be computed.
    settled: BTreeMap<u32, usize>,
}

impl Presolved {
    fn new(problem: &Problem) -> Presolved {
        let count = problem.classes.len();
        let mut classes = problem.classes.clone();
        let mut required: BTreeSet<u32> = problem.roots.iter().copied().collect();
        loop {
            let mut changed = false;
            // What a class needs whatever is chosen: itself, and what all its choices need. Children come first.
            let mut needs: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); count];
            let of_choice = |needs: &[BTreeSet<u32>], choice: &Choice| -> BTreeSet<u32> {
                choice.children.iter().flat_map(|&child| needs[child as usize].iter().copied()).collect()
            };
            for class in order(&classes, &required) {
                let mut common: Option<BTreeSet<u32>> = None;
                for choice in &classes[class as usize] {
                    let all = of_choice(&needs, choice);
                    common = Some(common.map_or_else(|| all.clone(), |common| &common & &all));
                }
                let mut common = common.unwrap_or_default();
                common.insert(class);
                needs[class as usize] = common;
            }
            let all: BTreeSet<u32> =
                required.iter().flat_map(|&root| needs[root as usize].iter().copied()).collect();
            changed |= all != required;
            required = all;
            for choices in &mut classes {
                let mut kept: Vec<Choice> = Vec::new();
                let mut cheapest_first = choices.clone();
                cheapest_first.sort_by_key(|choice| (choice.cost, choice.children.len()));
                for choice in cheapest_first {
                    let all = of_choice(&needs, &choice);
                    // Another that costs no more and reads nothing that this one does not need anyway.
                    let dominated = kept.iter().any(|other| {
                        other.children.iter().all(|child| all.contains(child) || required.contains(child))
                    });
                    if !dominated {
                        kept.push(choice);
                    }
                }
                changed |= kept.len() != choices.len();
                *choices = kept;
            }
            if !changed {
                break;
            }
        }
        let mut constant = 0;
        let reachable: BTreeSet<u32> = order(&classes, &required).into_iter().collect();
        let mut roots = BTreeSet::new();
        let mut settled = BTreeMap::new();
        for class in 0..count as u32 {
            let choices = &mut classes[class as usize];
            if !reachable.contains(&class) {
                choices.clear();
            }
            for choice in choices.iter_mut() {
                choice.children.retain(|child| !required.contains(child));
            }
            if required.contains(&class) {
                match choices.as_slice() {
                    [] => {}
                    // All that the only choice reads is required too.
                    [only] => {
                        constant += only.cost;
                        settled.insert(class, only.node);
                        choices.clear();
                    }
                    _ => {
                        roots.insert(class);
                    }
                }
            }
        }
        Presolved { constant, classes, roots, settled }
    }

    fn nodes(&self) -> usize {
        self.classes.iter().map(Vec::len).sum()
    }

    /// The proven optimum, and a node for every class that it computes.
    fn optimum(&self) -> (u64, BTreeMap<u32, usize>) {
        let mut solution = self.settled.clone();
        if self.roots.is_empty() {
            return (self.constant, solution);
        }
        let largest =
            self.classes.iter().flatten().map(|choice| choice.cost).max().unwrap_or(1).max(1) as f64;
        let mut model = microlp::Problem::new(OptimizationDirection::Minimize);
        let classes: Vec<Option<Variable>> = self
            .classes
            .iter()
            .enumerate()
            .map(|(class, choices)| {
                let root = self.roots.contains(&(class as u32));
                // Whether a class is computed is settled by which nodes are chosen.
                (!choices.is_empty() && !root).then(|| model.add_var(0.0, (0.0, 1.0)))
            })
            .collect();
        let mut nodes: Vec<(u32, &Choice, Variable)> = Vec::new();
        for (class, choices) in self.classes.iter().enumerate().filter(|(_, choices)| !choices.is_empty()) {
            let chosen: Vec<Variable> = choices
                .iter()
                .map(|choice| {
                    let variable = model.add_binary_var(choice.cost as f64 / largest);
                    nodes.push((class as u32, choice, variable));
                    variable
                })
                .collect();
            let mut one = LinearExpr::empty();
            chosen.iter().for_each(|&node| one.add(node, 1.0));
            match classes[class] {
                None => model.add_constraint(one, ComparisonOp::Eq, 1.0),
                Some(variable) => {
                    one.add(variable, -1.0);
                    model.add_constraint(one, ComparisonOp::Eq, 0.0);
                }
            }
            let children: BTreeSet<u32> =
                choices.iter().flat_map(|choice| choice.children.iter().copied()).collect();
            for child in children {
                // The chosen node of this class may read a child only if that is computed. All nodes that read it
                // together are at most one, which is tighter than one by one.
                let Some(read) = classes[child as usize] else { continue };
                let mut readers = LinearExpr::empty();
                for (choice, &node) in choices.iter().zip(&chosen) {
                    if choice.children.contains(&child) {
                        readers.add(node, 1.0);
                    }
                }
                readers.add(read, -1.0);
                model.add_constraint(readers, ComparisonOp::Le, 0.0);
            }
        }
        let outcome = model.solve_with(SolveOptions::default()).expect("feasible and bounded");
        let values = outcome.into_solution().expect("no limits are set");
        assert_eq!(values.status(), SolutionStatus::Optimal);
        let mut cost = self.constant;
        for (class, choice, variable) in nodes {
            if values.var_value(variable) > 0.5 {
                cost += choice.cost;
                solution.insert(class, choice.node);
            }
        }
        (cost, solution)
    }
}

/// Classes below the roots such that children come first.
fn order(classes: &[Vec<Choice>], roots: &BTreeSet<u32>) -> Vec<u32> {
    let problem = Problem { classes: classes.to_vec(), roots: roots.iter().copied().collect() };
    let mut order = Vec::new();
    let mut state = vec![false; classes.len()];
    fn visit(problem: &Problem, class: u32, state: &mut [bool], order: &mut Vec<u32>) {
        if std::mem::replace(&mut state[class as usize], true) {
            return;
        }
        for choice in &problem.classes[class as usize] {
            choice.children.iter().for_each(|&child| visit(problem, child, state, order));
        }
        order.push(class);
    }
    roots.iter().for_each(|&root| visit(&problem, root, &mut state, &mut order));
    order
}

/// The optimum of a problem, with a solution that is checked to be one.
fn optimum(problem: &Problem) -> (u64, Solution) {
    let (least, nodes) = Presolved::new(problem).optimum();
    let mut solution: Solution = vec![None; problem.classes.len()];
    // Depth first from the roots: a class that is met again while it is open would need itself.
    fn visit(
        problem: &Problem,
        nodes: &BTreeMap<u32, usize>,
        class: u32,
        open: &mut Vec<u32>,
        solution: &mut Solution,
    ) {
        assert!(!open.contains(&class), "class {class} needs itself");
        let choices = &problem.classes[class as usize];
        if solution[class as usize].is_some() || choices.is_empty() {
            return;
        }
        let choice =
            choices.iter().position(|choice| choice.node == nodes[&class]).expect("a choice of the class");
        open.push(class);
        choices[choice].children.iter().for_each(|&child| visit(problem, nodes, child, open, solution));
        open.pop();
        solution[class as usize] = Some(choice as u32);
    }
    problem.roots.iter().for_each(|&root| visit(problem, &nodes, root, &mut Vec::new(), &mut solution));
    assert_eq!(problem.cost(&solution), Cost::from(least), "the solution has the cost that the solver found");
    (least, solution)
}

/// A solution computes every root from what it chooses, and nothing is paid that is not needed.
fn assert_complete(problem: &Problem, solution: &Solution) {
    let mut needed: BTreeSet<u32> = BTreeSet::new();
    let mut stack = problem.roots.clone();
    while let Some(class) = stack.pop() {
        if needed.insert(class) {
            let choices = &problem.classes[class as usize];
            match solution[class as usize] {
                Some(choice) => stack.extend(&choices[choice as usize].children),
                None => assert!(choices.is_empty(), "class {class} is needed and not computed"),
            }
        }
    }
    for (class, choice) in solution.iter().enumerate() {
        assert!(
            choice.is_none() || needed.contains(&(class as u32)),
            "class {class} is computed and not needed"
        );
    }
}

fn every_solution(problem: &Problem) -> Cost {
    fn best(problem: &Problem, open: &mut Vec<u32>, solution: &mut Solution) -> Cost {
        let Some(class) = open.pop() else { return problem.cost(solution) };
        let result = if solution[class as usize].is_some() || problem.classes[class as usize].is_empty() {
            best(problem, open, solution)
        } else {
            let mut least = Cost::MAX;
            for (at, choice) in problem.classes[class as usize].iter().enumerate() {
                solution[class as usize] = Some(at as u32);
                let before = open.clone();
                open.extend(&choice.children);
                least = least.min(best(problem, open, solution));
                *open = before;
            }
            solution[class as usize] = None;
            least
        };
        open.push(class);
        result
    }
    best(problem, &mut problem.roots.clone(), &mut vec![None; problem.classes.len()])
}

#[test]
fn oracle_and_extraction_find_the_optimum_of_small_random_problems() {
    let mut random = Random::seeded(11);
    for _ in 0..200 {
        let count = 3 + random.below(7);
        let classes: Vec<Vec<Choice>> = (0..count)
            .map(|class| {
                (0..1 + random.below(3))
                    .map(|node| {
                        let children: BTreeSet<u32> = (0..random.below(3))
                            .filter(|_| class > 0)
                            .map(|_| random.below(class.max(1)) as u32)
                            .collect();
                        let cost = random.below(20) as u64;
                        Choice { cost, children: children.into_iter().collect(), node }
                    })
                    .collect()
            })
            .collect();
        let roots = vec![count as u32 - 1, random.below(count) as u32];
        let problem = Problem { classes, roots };
        let expected = every_solution(&problem);
        assert_eq!(Cost::from(optimum(&problem).0), expected, "{problem:?}");
        let solution = problem.solve();
        assert_complete(&problem, &solution);
        assert_eq!(problem.cost(&solution), expected, "{problem:?}");
    }
}

/// The most nodes of a graph that is solved exactly.
const NODES: usize = 600;

#[test]
fn the_extraction_is_within_a_thousandth_of_the_proven_optimum() {
    let mut compared = 0;
    let mut far: Vec<String> = Vec::new();
    const REGIMES: &[(usize, usize)] = &[(5, 100), (3, 1000), (30, 10)];
    for (text, degree, sizes) in [
        ("O(d) * S(n): (R^d)^n -> S^d", 2, REGIMES),
        ("O(d) * S(n): (R^d)^n -> S^d", 4, REGIMES),
        ("O(d) * S(n): (R^d)^n -> R", 4, REGIMES),
        ("O(d) * S(n): (R^d)^n -> R", 6, &[(5, 100)]),
        ("O(d): (R^d)^n -> S^d", 3, REGIMES),
        ("O(d): P: S^d, Q: S^d -> S^d", 3, &[(3, 1), (10, 1)]),
        ("Sp(4): a: R^4, b: R^4, P: S^4 -> R^4", 3, &[(4, 1)]),
        ("SO(3): a: R^3, P: S^3 -> S^3", 3, &[(3, 1)]),
        ("S(n): x: (R)^n, A: T^2(R^n) -> (R)^n", 2, &[(10, 1), (1000, 1)]),
    ] {
        let signature = parse_signature(text).expect("parses");
        let basis =
            Basis::new(&signature, &Options::up_to(degree)).unwrap_or_else(|error| panic!("{text}: {error}"));
        for &(first, second) in sizes {
            let sizes = Sizes([first, second][..signature.axes.len()].to_vec());
            let map = Map::of_basis(&basis);
            let objective = Objective::fast(&sizes);
            let compiler = Compiler::new(&map, &objective);
            let problems = [Wanted::Members, Wanted::Combination, Wanted::Gradient]
                .map(|wanted| (format!("{wanted:?}"), compiler.saturated(&wanted)));
            for (name, saturated) in &problems {
                let problem = &saturated.extraction.problem;
                let nodes: usize = problem.classes.iter().map(Vec::len).sum();
                let title = format!("{text}, degree {degree}, {first} {second}, {name}: {nodes} nodes");
                if nodes > NODES {
                    println!("{title}, left out");
                    continue;
                }
                let start = std::time::Instant::now();
                let solution = problem.solve();
                assert_complete(problem, &solution);
                let found = problem.cost(&solution);
                let middle = start.elapsed();
                let presolved = Presolved::new(problem);
                let (optimum, best) = optimum(problem);
                assert_complete(problem, &best);
                let gap = (found - Cost::from(optimum)) as f64 / optimum.max(1) as f64;
                println!(
                    "{title}, {} after presolve: found {found}, optimum {optimum}, gap {:.4} %; {middle:?}, {:?}",
                    presolved.nodes(),
                    100.0 * gap,
                    start.elapsed() - middle
                );
                if gap > 1e-3 {
                    for (class, (found, best)) in
                        solution.iter().zip(&best).enumerate().filter(|(_, (a, b))| a != b)
                    {
                        println!(
                            "    class {class}: {found:?} instead of {best:?} of {:?}",
                            problem.classes[class]
                        );
                    }
                    far.push(format!("{title}: found {found}, optimum {optimum}"));
                }
                compared += 1;
            }
        }
    }
    assert!(far.is_empty(), "{}", far.join("\n"));
    assert!(compared > 20, "only {compared} graphs are small enough");
}
