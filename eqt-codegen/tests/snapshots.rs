//! What people read: loop nests and emitted sources of a few maps.

#![allow(clippy::unwrap_used)]

use eqt_codegen::lower::{Nest, Written, lower};
use eqt_codegen::{generator_source, source};
use eqt_ir::basis::{Basis, Options};
use eqt_ir::map::Map;
use eqt_ir::optimise::{Wanted, compile_one};
use eqt_ir::program::RootKind;
use eqt_ir::signature::{AxisId, Sizes, parse_signature};
use quote::ToTokens;

/// The nest of one root of a program.
fn nest(signature: &str, options: &Options, wanted: &Wanted, root: RootKind) -> Nest {
    let signature = parse_signature(signature).unwrap();
    let sizes = Sizes::sample(&signature, &[]);
    let map = Map::of_basis(&Basis::new(&signature, options).unwrap());
    let program = compile_one(&map, wanted, &sizes);
    lower(&program, &map, &|kind| (kind == root).then_some(Written::Assigned))
}

/// From the first function of a source on: the head is the basis, which has snapshots of its own.
fn functions(source: &str) -> &str {
    source.find("    /// The map itself.").map_or(source, |start| &source[start..])
}

#[test]
fn loop_nests_of_a_family_pass_twice_over_its_labels() {
    let of = |wanted: &Wanted, root: RootKind| {
        nest("O(d) * S(n): a: (R^d)^n -> S^d", &Options::up_to(4), wanted, root)
    };
    let combination = of(&Wanted::Combination, RootKind::Combination);
    assert!(combination.passes(AxisId::new(1)) <= 2, "{combination}");
    insta::assert_snapshot!(of(&Wanted::Members, RootKind::Member(7)));
    insta::assert_snapshot!(of(&Wanted::Members, RootKind::Member(9)));
}

#[test]
fn forms_are_signs_and_pairs_of_indices() {
    let lorentz = "O(1,3): a: R^4 -> Sym0^2(R^4)";
    let degree = Options::exactly(2);
    insta::assert_snapshot!(nest(lorentz, &degree, &Wanted::Combination, RootKind::Combination));
    let symplectic = "Sp(d): a: R^d, b: R^d -> R";
    insta::assert_snapshot!(nest(symplectic, &degree, &Wanted::Combination, RootKind::Combination));
    insta::assert_snapshot!(nest(symplectic, &degree, &Wanted::Gradient, RootKind::InputGradient(0)));
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

/// No parameter of a function that is emitted for people is called `out_2`: such names are given where others are taken.
#[test]
fn parameters_have_names_that_a_person_would_choose() {
    fn visit(items: &[syn::Item], what: &str, functions: &mut usize) {
        for item in items {
            match item {
                syn::Item::Mod(module) if matches!(module.vis, syn::Visibility::Public(_)) => {
                    visit(module.content.as_ref().map_or(&[], |(_, items)| items), what, functions);
                }
                // Items that depend on a feature of the runtime.
                syn::Item::Macro(more)
                    if more.mac.path.segments.last().is_some_and(|last| last.ident == "with_ndarray") =>
                {
                    let file: syn::File = syn::parse2(more.mac.tokens.clone()).expect("items");
                    visit(&file.items, what, functions);
                }
                syn::Item::Fn(function) if matches!(function.vis, syn::Visibility::Public(_)) => {
                    *functions += 1;
                    for input in &function.sig.inputs {
                        let syn::FnArg::Typed(typed) = input else { continue };
                        let name = typed.pat.to_token_stream().to_string();
                        let number = name.rsplit('_').next().filter(|_| name.contains('_'));
                        let is_number = number.is_some_and(|number| number.parse::<u32>().is_ok());
                        assert!(!is_number, "{what}: {}({name})", function.sig.ident);
                    }
                }
                _ => {}
            }
        }
    }
    let generators = |signature: &str| generator_source(signature, None, Options::LIMIT, "map", &[]);
    let mut functions = 0;
    for (what, source) in [
        ("spectral", source("O(d) * S(n): a: (R^d)^n -> S^d", &Options::up_to(4), "map", &[])),
        ("pairs", source("O(d): a: (R^d)^n, b: (R^d)^m -> S^d", &Options::up_to(2), "map", &[])),
        ("out", source("O(3): out: R^3, dh: R^3 -> R^3", &Options::up_to(2), "map", &[])),
        ("numbers", generators("O(3): A: S^3, B: S^3 -> S^3")),
        ("arrays", generators("O(d) * S(n): a: (R^d)^n -> S^d")),
        ("both", generators("O(d) * S(n): a: R^d, w: (R)^n -> R")),
    ] {
        visit(&syn::parse_file(&source.expect(what)).expect(what).items, what, &mut functions);
    }
    assert!(functions > 60, "{functions}");
}
