//! Random small signatures of every group, product, space and parity: printing is the inverse of parsing, no panic, no
//! hang, the number found is the Molien-Weyl number, the members are independent, each is equivariant, and the programs
//! compute them and their derivatives.
//!
//! A few thousand run in every test. `EQT_CASES=1000000 cargo test --release -p eqt-ir --test random_signatures --
//! --ignored --nocapture` runs a million, from the seed `EQT_FIRST` on (default 0); every failure is printed with its
//! seed, and `EQT_CASES=1 EQT_FIRST=seed` runs it again. There, laws that take much longer than finding and counting a
//! basis are checked for every `EQT_EVERY`-th seed (default 16), and every `EQT_WIDE`-th one (default 64, 0 for none) has
//! tensors of high rank, or hundreds of inputs.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use eqt_ir::basis::{Basis, Error, generators, relations};
use eqt_ir::certify;
use eqt_ir::map::Map;
use eqt_ir::optimise::{Wanted, compile};
use eqt_ir::signature::{Sizes, parse_signature};
use proptest::prelude::*;

mod draw;

use draw::{Case, LIMIT, case, wide_case};

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Members were found, and all laws hold.
    Members,
    /// The map can only be zero, and the Molien-Weyl count says so too.
    Empty,
    /// A documented budget said no: the kind of error.
    Budget(String),
}

/// Which laws are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Laws {
    /// Printing is the inverse of parsing; what is found is the Molien-Weyl number.
    Counts,
    /// And certificates, programs, relations, generators.
    All,
}

/// Whether an error is a budget that these small signatures may meet. Their degrees are below every bound, and a basis proves no
/// relation.
fn is_excused(error: &Error) -> bool {
    error.is_budget() && !matches!(error, Error::Relation { .. } | Error::GeneratorDegree { .. })
}

/// The name of an error, without what it holds.
fn kind(error: &Error) -> String {
    let text = format!("{error:?}");
    text.chars().take_while(|letter| letter.is_alphanumeric()).collect()
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
        Err(error) if is_excused(&error) => return Ok(Outcome::Budget(kind(&error))),
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
            Err(error) if is_excused(&error) || matches!(error, Error::Relation { .. } | Error::Arrays) => {}
            Err(error) => return fail(format!("relations: {error}")),
        }
        let degree = (*case.options.degrees.end()).min(3);
        if let (None, Err(error)) = (case.options.labels, generators(&signature, Some(degree), LIMIT))
            && !is_excused(&error)
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn high_ranks_and_many_inputs_are_counted_or_refused(seed in any::<u64>()) {
        if let Err(error) = check(&wide_case(seed, 20), Laws::All) {
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
    let wide = variable("EQT_WIDE", 64);
    let mut outcomes: BTreeMap<Outcome, u64> = BTreeMap::new();
    let mut failures = 0_u64;
    let mut slowest = (Duration::ZERO, 0, String::new());
    let started = Instant::now();
    for (done, seed) in (first..first + cases).enumerate() {
        let is_wide = wide > 0 && seed.is_multiple_of(wide);
        let case = if is_wide { wide_case(seed / wide, 40) } else { case(seed) };
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
