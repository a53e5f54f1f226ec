//! What people read: loop nests and emitted sources of a few maps.

#![allow(clippy::unwrap_used)]

use eqt_codegen::lower::lower;
use eqt_codegen::source;
use eqt_ir::basis::{Basis, Options};
use eqt_ir::program::{Compiled, RootKind, compile};
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
