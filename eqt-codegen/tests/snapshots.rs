//! What people read: loop nests and emitted sources of a few maps.

#![allow(clippy::unwrap_used)]

use eqt_codegen::lower::lower;
use eqt_codegen::source;
use eqt_ir::basis::{Basis, Options};
use eqt_ir::optimise::{Compiled, compile};
use eqt_ir::program::RootKind;
use eqt_ir::signature::{AxisId, Sizes, parse_signature};

fn compiled(signature: &str, options: &Options) -> Compiled {
    let signature = parse_signature(signature).unwrap();
    let sizes = Sizes::sample(&signature, &[]);
    compile(&Basis::new(&signature, options).unwrap(), &sizes)
}

/// From the first function of a source on: the head is the basis, which has snapshots of its own.
fn functions(source: &str) -> &str {
    source.find("    /// The map itself.").map_or(source, |start| &source[start..])
}

#[test]
fn loop_nests_of_a_family_pass_twice_over_its_labels() {
    let compiled = compiled("O(d) * S(n): a: (R^d)^n -> S^d", &Options::up_to(4));
    let nest = lower(&compiled.combination, |kind| kind == RootKind::Combination);
    assert!(nest.passes(AxisId(1)) <= 2, "{nest}");
    insta::assert_snapshot!(lower(&compiled.members, |kind| kind == RootKind::Member(7)));
    insta::assert_snapshot!(lower(&compiled.members, |kind| kind == RootKind::Member(9)));
}

#[test]
fn forms_are_signs_and_pairs_of_indices() {
    let lorentz = compiled("O(1,3): a: R^4 -> Sym0^2(R^4)", &Options::exactly(2));
    insta::assert_snapshot!(lower(&lorentz.combination, |kind| kind == RootKind::Combination));
    let symplectic = compiled("Sp(d): a: R^d, b: R^d -> R", &Options::exactly(2));
    insta::assert_snapshot!(lower(&symplectic.combination, |kind| kind == RootKind::Combination));
    insta::assert_snapshot!(lower(&symplectic.gradient, |kind| kind == RootKind::InputGradient(0)));
}

#[test]
fn emitted_sources_are_readable() {
    let fixed = source("O(3): a: R^3, b: R^3 -> S^3", &Options::up_to(2), "stress", &[]).unwrap();
    insta::assert_snapshot!("stress", fixed);
    let family = source("O(d) * S(n): a: (R^d)^n -> S^d", &Options::up_to(2), "spectral", &[]).unwrap();
    insta::assert_snapshot!("spectral", functions(&family));
}

#[test]
fn a_member_costs_what_it_costs_alone_in_one_notation() {
    let macs = |signature: &str| -> Vec<String> {
        let source = source(signature, &Options::up_to(2), "map", &[]).unwrap();
        let lines = source.lines().filter_map(|line| line.trim().strip_prefix("macs: \""));
        lines.map(|line| line.trim_end_matches("\",").to_owned()).collect()
    };
    // delta, sum_i a_i a_i^T, sum_i |a_i|^2 I, (sum_i a_i) (sum_j a_j)^T, |sum_i a_i|^2 I.
    let expected = ["0", "n d^2", "n d + d", "n d + d^2", "n d + 2 d"];
    assert_eq!(macs("O(d) * S(n): (R^d)^n -> S^d"), expected);
    assert_eq!(macs("S(n) * O(d): (R^d)^n -> S^d"), expected);
    assert_eq!(macs("O(5) * S(n): (R^5)^n -> S^5"), ["0", "25 n", "5 n + 5", "5 n + 25", "5 n + 10"]);
}
