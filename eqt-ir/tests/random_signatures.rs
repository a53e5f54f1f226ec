//! Random small signatures of every group, product, space and parity: printing is the inverse of parsing, no panic, no
//! hang, the number found is the Molien-Weyl number, the members are independent, each is equivariant, and the programs
//! compute them and their derivatives.
//!
//! A few thousand run in every test. `EQT_CASES=1000000 cargo test --release -p eqt-ir --test random_signatures --
//! --ignored --nocapture` runs a million, from the seed `EQT_FIRST` on (default 0); every failure is printed with its
//! seed, and `EQT_CASES=1 EQT_FIRST=seed` runs it again. There, laws that take much longer than finding and counting a
//! basis are checked for every `EQT_EVERY`-th seed (default 16).

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use eqt_ir::basis::{Basis, Error, Options, generators, relations, stable_sizes};
use eqt_ir::certify;
use eqt_ir::exact::Random;
use eqt_ir::map::Map;
use eqt_ir::optimise::{Wanted, compile};
use eqt_ir::signature::{Layout, Signature, Sizes, parse_signature};
use proptest::prelude::*;

/// The most ports of a diagram.
const PORTS: usize = 8;
/// The most entries of one input or output.
const ENTRIES: usize = 300;
/// The most diagrams of one degree.
const LIMIT: usize = 150;

/// A random signature, as text, with what is to be expanded.
#[derive(Debug)]
struct Case {
    text: String,
    options: Options,
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Members were found, and all laws hold.
    Members,
    /// The map can only be zero, and the Molien-Weyl count says so too.
    Empty,
    /// A documented budget said no.
    Budget,
}

/// One of several, by weight.
fn weighted<'a, T>(random: &mut Random, choices: &'a [(usize, T)]) -> &'a T {
    let mut left = random.below(choices.iter().map(|(weight, _)| weight).sum());
    for (weight, choice) in choices {
        if left < *weight {
            return choice;
        }
        left -= weight;
    }
    &choices[0].1
}

struct Draft<'a> {
    random: &'a mut Random,
    factors: Vec<String>,
    linear: Vec<String>,
    labels: Vec<String>,
}

impl Draft<'_> {
    fn factor(&mut self) {
        let random = &mut *self.random;
        let kind =
            *weighted(random, &[(6, "O"), (5, "SO"), (2, "O(p,q)"), (2, "SO(p,q)"), (4, "Sp"), (7, "S")]);
        let number = |random: &mut Random, choices: &[(usize, usize)]| *weighted(random, choices);
        let (text, dimension) = match kind {
            "O" if random.below(3) == 0 => {
                let name = ["d", "e"][random.below(2)];
                (format!("O({name})"), name.to_owned())
            }
            "O" | "SO" => {
                let d = number(random, &[(1, 0), (2, 1), (6, 2), (6, 3), (2, 4), (1, 5)]);
                (format!("{kind}({d})"), d.to_string())
            }
            "Sp" if random.below(4) == 0 => {
                let name = ["d", "e"][random.below(2)];
                (format!("Sp({name})"), name.to_owned())
            }
            "Sp" => {
                let d = number(random, &[(1, 0), (5, 2), (3, 4), (1, 6)]);
                (format!("Sp({d})"), d.to_string())
            }
            "S" if random.below(2) == 0 => {
                let name = ["n", "m"][random.below(2)];
                (format!("S({name})"), name.to_owned())
            }
            "S" => {
                let n = number(random, &[(1, 0), (2, 1), (4, 2), (4, 3), (2, 4), (1, 9)]);
                (format!("S({n})"), n.to_string())
            }
            _ => {
                let (p, q) = (random.below(3), random.below(4));
                (format!("{}({p},{q})", &kind[..kind.len() - 5]), (p + q).to_string())
            }
        };
        let known = if kind == "S" { &mut self.labels } else { &mut self.linear };
        if !known.contains(&dimension) {
            known.push(dimension);
            self.factors.push(text);
        }
    }

    /// A dimension on which a factor acts, if there is one.
    fn dimension(&mut self) -> Option<String> {
        let (linear, all) = (self.linear.len(), self.linear.len() + self.labels.len());
        if all == 0 {
            return None;
        }
        // Linear axes are twice as likely.
        let choice = self.random.below(linear + all);
        Some(if choice < 2 * linear {
            self.linear[choice / 2].clone()
        } else {
            self.labels[choice - 2 * linear].clone()
        })
    }

    fn space(&mut self, depth: usize) -> String {
        let kind = self.random.below(if depth == 0 { 12 } else { 18 });
        let dimension = self.dimension();
        match (kind, dimension) {
            (0 | 1, _) | (2..=11, None) => "R".to_owned(),
            (2..=5, Some(d)) => format!("R^{d}"),
            (6 | 7, Some(d)) => format!("S^{d}"),
            (8..=11, Some(d)) => {
                let head = ["T", "Sym", "Sym0", "Alt"][kind - 8];
                let rank = *weighted(self.random, &[(1, 0), (1, 1), (6, 2), (4, 3), (1, 4)]);
                format!("{head}^{rank}(R^{d})")
            }
            (12 | 13, _) => {
                let inner = self.space(depth - 1);
                if inner.contains("(x)") { format!("pseudo ({inner})") } else { format!("pseudo {inner}") }
            }
            (14, _) => {
                let left = self.space(depth - 1);
                let right = self.space(depth - 1);
                if right.contains("(x)") {
                    format!("{left} (x) ({right})")
                } else {
                    format!("{left} (x) {right}")
                }
            }
            _ => {
                let member = self.space(depth - 1);
                let known = self.labels.len();
                let choice = self.random.below(known + 1);
                let label = match self.labels.get(choice) {
                    Some(label) => label.clone(),
                    None => ["l", "2", "3", "1", "l"][self.random.below(5)].to_owned(),
                };
                format!("({member})^{label}")
            }
        }
    }
}

/// The text of a random signature; it need not be a valid one.
fn text(random: &mut Random) -> String {
    let mut draft = Draft { random, factors: Vec::new(), linear: Vec::new(), labels: Vec::new() };
    for _ in 0..*weighted(draft.random, &[(1, 0), (8, 1), (6, 2), (2, 3)]) {
        draft.factor();
    }
    let count = *weighted(draft.random, &[(1, 0), (7, 1), (5, 2), (2, 3)]);
    let inputs: Vec<String> = (0..count).map(|_| draft.space(2)).collect();
    let output = match draft.random.below(6) {
        0 => "R".to_owned(),
        1 if !inputs.is_empty() => inputs[0].clone(),
        _ => draft.space(2),
    };
    let group = if draft.factors.is_empty() { "1".to_owned() } else { draft.factors.join(" * ") };
    format!("{group}: {} -> {output}", inputs.join(", "))
}

/// A valid random signature within the cost bound.
fn case(seed: u64) -> Case {
    let mut random = Random::seeded(seed);
    loop {
        let text = text(&mut random);
        // Some drafts ask for what there is not: `pseudo` without a determinant, traceless tensors under Sp.
        let Ok(signature) = parse_signature(&text) else { continue };
        let labels = if random.below(4) == 0 { Some(1 + random.below(3)) } else { None };
        let labels =
            labels.filter(|&most| most == 1 || !signature.axes.iter().any(|axis| axis.group.is_free()));
        let most = (0..=5).rev().find(|&degree| affordable(&signature, degree, labels));
        let Some(most) = most else { continue };
        let degrees = if random.below(3) == 0 { most..=most } else { 0..=most };
        return Case { text, options: Options { degrees, labels, limit: LIMIT } };
    }
}

fn affordable(signature: &Signature, degree: usize, labels: Option<usize>) -> bool {
    let output = signature.output.layout();
    let layouts: Vec<Layout> = signature.inputs.iter().map(|input| input.space.layout()).collect();
    let ports =
        output.slots.len() + degree * layouts.iter().map(|layout| layout.slots.len()).max().unwrap_or(0);
    let sizes = stable_sizes(signature, degree, labels);
    let entries = |layout: &Layout| layout.slots.iter().map(|&axis| sizes.of(axis)).product::<usize>();
    ports <= PORTS && layouts.iter().chain([&output]).all(|layout| entries(layout) <= ENTRIES)
}

/// Which laws are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Laws {
    /// Printing is the inverse of parsing; what is found is the Molien-Weyl number.
    Counts,
    /// And certificates, programs, relations, generators.
    All,
}

/// Whether an error is a documented budget. All others are refusals that no valid signature deserves.
fn is_budget(error: &Error) -> bool {
    match error {
        Error::Limit(_)
        | Error::TooLarge { .. }
        | Error::Multilinear { .. }
        | Error::Molien(_)
        | Error::Epsilon { .. }
        | Error::Work { .. }
        | Error::Patterns { .. }
        | Error::Copies { .. }
        | Error::Entries { .. }
        | Error::Points { .. }
        | Error::Multidegrees { .. } => true,
        Error::GeneratorDegree { .. }
        | Error::Labels { .. }
        | Error::Incomplete { .. }
        | Error::Relation { .. }
        | Error::Arrays
        | Error::Bound
        | Error::Unreachable { .. } => false,
    }
}

/// Checks the laws for one case.
fn check(case: &Case, laws: Laws) -> Result<Outcome, String> {
    let fail = |what: String| Err(format!("{}, {}: {what}", case.text, case.options));
    let signature = match parse_signature(&case.text) {
        Ok(signature) => signature,
        Err(error) => return fail(error.to_string()),
    };
    let printed = signature.to_string();
    match parse_signature(&printed) {
        Ok(again) if again == signature && again.to_string() == printed => {}
        Ok(again) => return fail(format!("printed as `{printed}`, which reads as {again:?}")),
        Err(error) => return fail(format!("printed as `{printed}`, which does not parse: {error}")),
    }
    let basis = match Basis::new(&signature, &case.options) {
        Ok(basis) => basis,
        Err(error) if is_budget(&error) => return Ok(Outcome::Budget),
        Err(error) => return fail(error.to_string()),
    };
    for count in basis.proof().counts() {
        let found = count.scalars.unwrap_or(count.members as u64);
        if count.molien.is_some_and(|molien| molien != found) {
            return fail(format!("{count:?}"));
        }
    }
    let outcome = if basis.elements.is_empty() { Outcome::Empty } else { Outcome::Members };
    if laws == Laws::Counts {
        return Ok(outcome);
    }
    let mut certificates = vec![certify::equivariance(&Map::of_basis(&basis))];
    // The rank of arrays over free labels takes a hundred times as long.
    let free = signature.axes.iter().any(|axis| axis.group.is_free());
    if !free || basis.elements.len() < 10 {
        certificates.push(certify::completeness(&basis));
    }
    // Compiling takes longer than all the rest.
    if basis.elements.len() < 6 {
        let sizes = Sizes::sample(&signature, &[]);
        certificates.extend(certify::programs(&compile(
            &Map::of_basis(&basis),
            &Wanted::ALL_OF_GIVEN,
            &sizes,
        )));
    }
    for certificate in certificates {
        // Budgets of the evaluation do not bound a basis whose number alone proves it.
        if let Err(certify::Doubt::Wrong(_)) = certificate.outcome {
            return fail(certificate.to_string());
        }
    }
    if basis.elements.len() < 6 {
        match relations(&signature, &case.options) {
            Ok(found) if found.basis == basis => {}
            Ok(_) => return fail("relations are over another basis".to_owned()),
            Err(error) if is_budget(&error) || matches!(error, Error::Relation { .. } | Error::Arrays) => {}
            Err(error) => return fail(format!("relations: {error}")),
        }
        let degree = (*case.options.degrees.end()).min(3);
        if let (None, Err(error)) = (case.options.labels, generators(&signature, Some(degree), LIMIT))
            && !is_budget(&error)
        {
            return fail(format!("generators up to degree {degree}: {error}"));
        }
    }
    Ok(outcome)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_signatures_have_as_many_members_as_the_integral_says(seed in any::<u64>()) {
        let case = case(seed);
        if let Err(error) = check(&case, Laws::All) {
            prop_assert!(false, "seed {}: {}", seed, error);
        }
    }
}

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
#[ignore = "offline: EQT_CASES cases from the seed EQT_FIRST on"]
fn a_million_random_signatures() {
    let (cases, first) = (variable("EQT_CASES", 100_000), variable("EQT_FIRST", 0));
    let every = variable("EQT_EVERY", 16).max(1);
    let mut outcomes: BTreeMap<Outcome, u64> = BTreeMap::new();
    let mut failures = 0_u64;
    let mut slowest = (Duration::ZERO, 0, String::new());
    let started = Instant::now();
    for (done, seed) in (first..first + cases).enumerate() {
        let case = case(seed);
        let laws = if seed.is_multiple_of(every) { Laws::All } else { Laws::Counts };
        let begun = Instant::now();
        if cases == 1 {
            println!("seed {seed}: {}, {}", case.text, case.options);
        }
        match catch_unwind(AssertUnwindSafe(|| check(&case, laws))) {
            Ok(Ok(outcome)) => *outcomes.entry(outcome).or_default() += 1,
            Ok(Err(error)) => {
                failures += 1;
                println!("seed {seed}: {error}");
            }
            Err(_) => {
                failures += 1;
                println!("seed {seed}: panic: {}, {}", case.text, case.options);
            }
        }
        if begun.elapsed() > slowest.0 {
            slowest = (begun.elapsed(), seed, case.text.clone());
        }
        if done % 20_000 == 0 && done > 0 {
            println!(
                "{done} in {:?}: {outcomes:?}, {failures} failures, slowest {slowest:?}",
                started.elapsed()
            );
        }
    }
    println!("{cases} in {:?}: {outcomes:?}, {failures} failures, slowest {slowest:?}", started.elapsed());
    assert_eq!(failures, 0);
}
