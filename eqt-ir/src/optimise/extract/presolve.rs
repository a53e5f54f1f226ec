//! What is settled in any case: classes that every solution computes, and choices that no optimum needs.

use super::{Choice, Problem, Solution};

/// A set of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Classes(Vec<u64>);

impl Classes {
    pub(super) fn none(count: usize) -> Classes {
        Classes(vec![0; count.div_ceil(64)])
    }

    pub(super) fn contains(&self, class: u32) -> bool {
        self.0[class as usize / 64] >> (class % 64) & 1 == 1
    }

    pub(super) fn insert(&mut self, class: u32) {
        self.0[class as usize / 64] |= 1 << (class % 64);
    }

    pub(super) fn unite(&mut self, other: &Classes) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    fn intersect(&mut self, other: &Classes) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    /// Those that are not in another set.
    pub(super) fn without<'s>(&'s self, other: &'s Classes) -> impl Iterator<Item = u32> + 's {
        self.0.iter().zip(&other.0).enumerate().flat_map(|(at, (word, other))| {
            let mut left = word & !other;
            std::iter::from_fn(move || {
                let next = (left != 0).then(|| at as u32 * 64 + left.trailing_zeros())?;
                left &= left - 1;
                Some(next)
            })
        })
    }
}

/// Larger problems are left as they are: the sets below take a bit per pair of classes.
const MAX_CLASSES: usize = 10_000;

/// For every class below the roots what it needs whatever is chosen: itself, and what all its choices need.
pub(super) fn needs(problem: &Problem) -> Vec<Classes> {
    let none = Classes::none(problem.classes.len());
    let mut needs = vec![none.clone(); problem.classes.len()];
    for class in problem.order() {
        let mut common: Option<Classes> = None;
        for choice in &problem.classes[class as usize] {
            let all = union(&needs, &choice.children, &none);
            match &mut common {
                Some(common) => common.intersect(&all),
                None => common = Some(all),
            }
        }
        let mut common = common.unwrap_or_else(|| none.clone());
        common.insert(class);
        needs[class as usize] = common;
    }
    needs
}

fn union(needs: &[Classes], classes: &[u32], none: &Classes) -> Classes {
    let mut all = none.clone();
    classes.iter().for_each(|&class| all.unite(&needs[class as usize]));
    all
}

/// A smaller problem, with the same classes, whose optimum is that of the whole up to a constant.
pub(super) struct Presolved {
    /// What is left: no choices for classes that are settled or out of reach, no children that are paid in any case.
    pub(super) problem: Problem,
    /// For every choice that is left, its position in the whole.
    positions: Vec<Vec<u32>>,
    /// The choices of classes that are settled.
    settled: Solution,
}

impl Presolved {
    pub(super) fn new(whole: &Problem) -> Presolved {
        let count = whole.classes.len();
        let mut positions: Vec<Vec<u32>> =
            whole.classes.iter().map(|choices| (0..choices.len() as u32).collect()).collect();
        let mut problem = whole.clone();
        problem.roots.sort_unstable();
        problem.roots.dedup();
        let mut settled: Solution = vec![None; count];
        if count > MAX_CLASSES {
            return Presolved { problem, positions, settled };
        }
        let none = Classes::none(count);
        let mut required = none.clone();
        loop {
            let needs = needs(&problem);
            let all = union(&needs, &problem.roots, &none);
            let mut changed = all != required;
            required = all;
            for (choices, positions) in problem.classes.iter_mut().zip(&mut positions) {
                changed |= drop_dominated(choices, positions, &needs, &required);
            }
            if !changed {
                break;
            }
        }
        let mut reachable = none.clone();
        problem.order().into_iter().for_each(|class| reachable.insert(class));
        problem.roots.clear();
        for class in 0..count as u32 {
            let choices = &mut problem.classes[class as usize];
            if !reachable.contains(class) {
                choices.clear();
            }
            for choice in choices.iter_mut() {
                choice.children.retain(|&child| !required.contains(child));
            }
            if required.contains(class) {
                match choices.len() {
                    0 => {}
                    // All that the only choice reads is required too.
                    1 => {
                        settled[class as usize] = Some(positions[class as usize][0]);
                        choices.clear();
                    }
                    _ => problem.roots.push(class),
                }
            }
        }
        Presolved { problem, positions, settled }
    }

    /// The solution of the whole that a solution of what is left stands for.
    pub(super) fn solution(&self, left: &Solution) -> Solution {
        let chosen = left.iter().zip(&self.positions).zip(&self.settled);
        chosen
            .map(|((choice, positions), settled)| {
                choice.map(|choice| positions[choice as usize]).or(*settled)
            })
            .collect()
    }
}

/// Drops choices beside which there is another that costs no more and reads nothing that they do not need anyway.
fn drop_dominated(
    choices: &mut Vec<Choice>,
    positions: &mut Vec<u32>,
    needs: &[Classes],
    required: &Classes,
) -> bool {
    if choices.len() < 2 {
        return false;
    }
    let mut cheapest_first: Vec<usize> = (0..choices.len()).collect();
    cheapest_first.sort_by_key(|&at| (choices[at].cost, choices[at].children.len()));
    let mut kept: Vec<usize> = Vec::new();
    for at in cheapest_first {
        let all = union(needs, &choices[at].children, required);
        let dominated =
            kept.iter().any(|&other| choices[other].children.iter().all(|&child| all.contains(child)));
        if !dominated {
            kept.push(at);
        }
    }
    let changed = kept.len() < choices.len();
    kept.sort_unstable();
    *choices = kept.iter().map(|&at| choices[at].clone()).collect();
    *positions = kept.iter().map(|&at| positions[at]).collect();
    changed
}
