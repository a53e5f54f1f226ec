//! Certificates hold for bases of every group, and fail for bases that are wrong.

use eqt_ir::basis::{Basis, Listing, Options};
use eqt_ir::certify::{self, Certificate, Point, Roots};
use eqt_ir::exact::tensor::Tensor;
use eqt_ir::map::Map;
use eqt_ir::optimise::{Wanted, compile, compile_one};
use eqt_ir::program::RootKind;
use eqt_ir::signature::{Sizes, parse_signature};

fn basis(text: &str, options: &Options) -> Basis {
    let signature = parse_signature(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Basis::new(&signature, options).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn assert_all_hold(text: &str, options: &Options) {
    let basis = basis(text, options);
    for certificate in certify::basis(&basis) {
        assert!(certificate.holds(), "{text}: {certificate}");
    }
    let wanted = [&Wanted::ALL_OF_GIVEN[..], &[Wanted::Terms]].concat();
    let compiled = compile(&Map::of_basis(&basis), &wanted, &Sizes::sample(&basis.signature, &[]));
    for certificate in certify::programs(&compiled) {
        assert!(certificate.holds(), "{text}: {certificate}");
    }
}

#[test]
fn bases_of_every_group_certify_themselves() {
    for (text, degree) in [
        ("O(d) * S(n): (R^d)^n -> S^d", 4),
        ("O(3): P: S^3, Q: S^3 -> S^3", 3),
        ("SO(3): a: R^3, b: R^3, c: R^3 -> Alt^2(R^3)", 3),
        ("O(3): a: R^3, b: R^3, c: pseudo R^3 -> Alt^2(R^3)", 4),
        ("O(3): a: R^3, b: pseudo R^3 -> pseudo S^3", 4),
        ("O(1,3): F: Alt^2(R^4), a: R^4 -> T^2(R^4)", 3),
        ("SO(1,2): a: R^3, b: R^3 -> R^3 (x) R^3", 3),
        ("Sp(4): A: Alt^2(R^4), P: S^4, a: R^4 -> R^4", 3),
        ("O(3) * Sp(2): X: R^3 (x) R^2 -> Alt^2(R^2)", 4),
        ("O(2) * S(3): a: (R^2)^3, w: R^3 -> (R^2)^3", 3),
        ("S(4): A: T^2(R^4) -> Alt^2(R^4)", 2),
        ("O(4): -> Sym0^4(R^4) (x) Sym0^4(R^4)", 0),
        ("O(d): a: (R^d)^n -> S^d", 4),
        ("O(2): a: (R^2)^3, b: R^2 -> (R^2)^3", 3),
        ("O(2) * S(n): a: ((R^2)^n)^m -> R", 4),
        ("SO(2): a: (R^2)^4 -> R", 2),
    ] {
        assert_all_hold(text, &Options::up_to(degree));
    }
    assert_all_hold("O(d) * S(n): (R^d)^n -> S^d", &Options::up_to(6).with_labels(1));
    assert_all_hold("O(d) * S(n): (R^d)^n -> (R^d)^n", &Options::up_to(5).with_labels(2));
    assert_all_hold("O(d): (R^d)^n -> S^d", &Options::up_to(6).with_labels(1));
}

#[test]
fn certificates_say_what_was_tried() {
    let basis = basis("O(3): P: S^3 -> S^3", &Options::up_to(3));
    let text: Vec<String> = certify::basis(&basis).iter().map(Certificate::to_string).collect();
    assert_eq!(
        text,
        [
            "equivariance: holds (13 members, 2 elements of the group, 26 exact comparisons)".to_owned(),
            "completeness: holds (4 multidegrees, 13 members: rank = number = Molien-Weyl count)".to_owned(),
            "independence of seeds: holds (1 multidegrees reduced again, of 14 diagrams)".to_owned(),
        ]
    );
}

#[test]
fn a_basis_with_a_member_too_few_or_another_one_fails() {
    let mut short = Listing::clone(&basis("O(3): P: S^3 -> S^3", &Options::up_to(3)));
    let taken = short.elements.pop().expect("members");
    let certificate = certify::completeness(&short);
    assert!(!certificate.holds());
    let mut twice = short.clone();
    twice.elements.push(twice.elements.last().expect("members").clone());
    assert!(!certify::completeness(&twice).holds());
    assert!(!certify::seeds(&twice).holds());
    short.elements.push(taken);
    assert!(certify::completeness(&short).holds());
}

#[test]
fn a_member_of_another_parity_does_not_commute() {
    let right = basis("O(3): a: R^3, b: R^3, c: pseudo R -> pseudo R^3", &Options::exactly(2));
    let (map, mut listing) = (Map::of_basis(&right), Listing::clone(&right));
    assert!(certify::equivariance(&map).holds());
    let vector = right.signature.inputs[0].space.clone();
    listing.signature.output = vector.clone();
    assert!(!certify::equivariance(&map.with(|content| content.signature.output = vector)).holds());
    assert!(!certify::completeness(&listing).holds());
}

#[test]
fn a_program_with_a_wrong_value_or_derivative_fails() {
    let basis = basis("O(d): a: (R^d)^n, P: S^d -> S^d", &Options::up_to(2));
    let (map, sizes) = (Map::of_basis(&basis), Sizes::sample(&basis.signature, &[]));
    let [members, combination, gradient, ..] =
        Wanted::ALL_OF_GIVEN.map(|wanted| compile_one(&map, &wanted, &sizes));
    let spoiled = |which: RootKind, program: &eqt_ir::program::Program| {
        let program = program.clone();
        move |point: &Point| -> Result<Vec<(RootKind, Tensor)>, String> {
            let mut roots = program.roots(point)?;
            for (kind, value) in &mut roots {
                if *kind == which {
                    // The symmetry stays as it is.
                    let first = value.data[0];
                    value.data[0] = first + first + first;
                }
            }
            Ok(roots)
        }
    };
    let last = basis.elements.len() - 1;
    assert!(!certify::soundness(&map, &spoiled(RootKind::Member(last), &members)).holds());
    assert!(!certify::soundness(&map, &spoiled(RootKind::Combination, &combination)).holds());
    for kind in [RootKind::InputGradient(0), RootKind::InputGradient(1), RootKind::CoefficientGradient(last)]
    {
        assert!(!certify::gradient(&map, &spoiled(kind, &gradient)).holds(), "{kind:?}");
    }
}
