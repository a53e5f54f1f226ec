use std::path::Path;

use proptest::prelude::*;

use crate::basis::{Basis, Options};
use crate::certify;
use crate::diagram::SlotId;
use crate::map::Map;
use crate::optimise::{Wanted, compile_one};
use crate::program::*;
use crate::signature::{Sizes, parse_signature};

const SIGNATURES: &[(&str, usize)] = &[
    ("O(d) * S(n): a: (R^d)^n -> S^d", 4),
    ("O(d) * S(n): a: (R^d)^n -> R", 6),
    ("O(d): a: (R^d)^n -> S^d", 3),
    ("O(3): P: S^3, Q: S^3 -> S^3", 3),
    ("O(3): A: T^2(R^3) -> T^2(R^3)", 3),
    ("Sp(4): a: R^4, b: R^4 -> R^4", 4),
    ("Sp(2): T: T^2(R^2) -> T^2(R^2)", 3),
    ("SO(3): a: R^3, P: S^3 -> S^3", 3),
    ("SO(2): a: R^2, A: T^2(R^2) -> T^2(R^2)", 2),
    ("O(1,2): a: R^3, F: Alt^2(R^3) -> R^3", 3),
    ("O(3): E: Sym0^2(R^3) -> Sym0^2(R^3)", 3),
    ("O(3) * O(2): X: R^3 (x) R^2 -> R^3 (x) R^2", 3),
    ("O(3) * S(3): X: (R^3)^3 -> R^3", 3),
    ("S(4): A: T^2(R^4) -> T^2(R^4)", 2),
    ("S(n): x: (R)^n -> (R)^n", 3),
    ("O(d): a: (R^d)^n -> (R^d)^n", 1),
    ("O(3): -> S^3", 0),
    ("O(3): x: R, a: R^3 -> R", 3),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn parse_is_the_inverse_of_print_and_every_program_is_lawful(
        case in 0..SIGNATURES.len(),
        less in 0_usize..3,
        sizes in (2_usize..12, 2_usize..200),
    ) {
        let (text, degree) = SIGNATURES[case];
        let signature = parse_signature(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let Ok(basis) = Basis::new(&signature, &Options::up_to(degree.saturating_sub(less))) else { return Ok(()) };
        let names = [("d".to_owned(), sizes.0), ("n".to_owned(), sizes.1)];
        let (map, sizes) = (Map::of_basis(&basis), Sizes::sample(&basis.signature, &names));
        let mut wanted = Wanted::ALL_OF_GIVEN.to_vec();
        wanted.push(Wanted::Terms);
        if basis.signature.output == crate::signature::Space::Scalar {
            wanted.extend([Wanted::Arrays, Wanted::UnitGradient]);
        }
        for wanted in wanted {
            let program = compile_one(&map, &wanted, &sizes);
            prop_assert_eq!(verify(&program), Ok(()), "{}", program);
            let printed = program.to_string();
            prop_assert_eq!(Program::parse(&printed), Ok(program), "{}", printed);
        }
    }
}

/// The files of `tests/programs` with their names, in order.
fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("readable"))
        })
        .collect();
    files.sort();
    files
}

/// What a line `; key: value` at the head of a file says.
fn head<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines()
        .take_while(|line| line.starts_with(';'))
        .find_map(|line| line.trim_start_matches(';').trim().strip_prefix(key)?.strip_prefix(": "))
}

#[test]
fn program_files_are_lawful_and_compute_what_the_raw_diagrams_do() {
    let mut seen = 0;
    for (name, text) in files().iter().filter(|(_, text)| head(text, "error").is_none()) {
        let program = Program::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        verify(&program).unwrap_or_else(|error| panic!("{name}: {error}"));
        let degree =
            head(text, "degree").and_then(|degree| degree.parse().ok()).expect("a file says its degree");
        let basis =
            Basis::new(&parse_signature(&program.declared).expect("a signature"), &Options::up_to(degree))
                .expect("a basis");
        let map = Map::of_basis(&basis);
        for certificate in [certify::soundness(&map, &program), certify::gradient(&map, &program)] {
            let wrong = head(text, "wrong") == Some(certificate.name);
            assert_eq!(certificate.holds(), !wrong, "{name}: {certificate}");
        }
        let code = |line: &&str| !line.is_empty() && !line.starts_with(';');
        let lines: Vec<&str> = text.lines().filter(code).collect();
        assert_eq!(
            program.to_string().lines().collect::<Vec<&str>>(),
            lines,
            "{name}: printed as it was written"
        );
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} files");
}

#[test]
fn malformed_program_files_are_refused_in_one_sentence() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (name, text) in files() {
        let Some(expected) = head(&text, "error") else { continue };
        let found = match Program::parse(&text) {
            Err(error) => error.to_string(),
            Ok(program) => verify(&program).expect_err(&name).to_string(),
        };
        if found != expected {
            wrong.push(format!("{name}: found `{found}`, expected `{expected}`"));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 8, "only {seen} files");
}

#[test]
fn what_breaks_the_laws_is_printed_and_read_back_too() {
    // Labels without axes, scales not in lowest terms, axes and steps that do not exist.
    let signature = parse_signature("O(3) * S(3): X: (R^3)^3 -> R^3").expect("parses");
    let step = |axes: &[usize], op| Step {
        axes: axes.iter().copied().map(AxisId::new).collect(),
        op,
        formula: String::new(),
    };
    let slots = |permutation: &[usize]| permutation.iter().map(|&axis| SlotId::new(axis)).collect();
    let term = |numerator, denominator, theta, permutation: Vec<usize>| Term {
        scale: Ratio { numerator, denominator },
        theta,
        step: StepId::new(0),
        permutation: slots(&permutation),
    };
    let root = |kind, step, permutation: Vec<usize>, numerator, project| Root {
        kind,
        step: StepId::new(step),
        permutation: slots(&permutation),
        scale: Ratio { numerator, denominator: 1 },
        theta: None,
        project,
    };
    let einsum = Einsum {
        axes: vec![AxisId::new(8); 20],
        operands: vec![
            Operand { step: StepId::new(99), labels: vec![Label::new(19), Label::new(20)] },
            Operand { step: StepId::new(0), labels: vec![] },
            Operand { step: StepId::new(3), labels: vec![Label::new(0)] },
        ],
        output: vec![Label::new(255)],
    };
    let terms = vec![
        term(i64::MIN, 0, None, vec![]),
        term(0, 4, Some(17), vec![0, 0]),
        term(-2, 4, Some(0), vec![0, 1]),
        term(i64::MAX, u64::MAX, None, vec![1, 0]),
    ];
    let program = Program {
        coefficients: vec![vec![], vec![AxisId::new(0), AxisId::new(9)]],
        steps: vec![
            step(&[0, 7], Op::Input(4)),
            step(&[], Op::Linear(vec![])),
            step(&[1], Op::Linear(terms)),
            step(&[0], Op::Einsum(einsum)),
        ],
        roots: vec![
            root(RootKind::InputGradient(8), 70, vec![], -1, true),
            root(RootKind::InputGradient(0), 0, vec![0, 1], 0, false),
        ],
        ..Program::empty(&signature)
    };
    let printed = program.to_string();
    assert_eq!(Program::parse(&printed), Ok(program), "{printed}");
}

#[test]
fn numbers_beyond_their_ids_are_refused_not_wrapped() {
    let read = |step: &str| {
        let text = format!("signature O(3): a: R^3 -> R\ncoefficients 1\n%0 [3] = input a\n{step}\n");
        Program::parse(&text).expect_err("a number that wraps").to_string()
    };
    let many = |item: &str, count: usize| vec![item; count].join(" ");
    let labels: String = (0..300).map(|label| format!("p{label}:3 ")).collect();
    for (step, message) in [
        ("%1 [] = ones @256".to_owned(), "257 axes are more than the 256 that are supported"),
        (
            format!("%1 [{}] = one", many("3", 300)),
            "300 axes of a step are more than the 255 that are supported",
        ),
        (
            format!("%1 [] = einsum [{labels}] () -> []"),
            "300 labels are more than the 256 that are supported",
        ),
        (
            "%1 [] = einsum [] (%0[?256]) -> []".to_owned(),
            "257 labels are more than the 256 that are supported",
        ),
        (
            "member 0 = %4294967296".to_owned(),
            "4294967297 steps are more than the 4294967296 that are supported",
        ),
    ] {
        assert_eq!(read(&step), format!("line 4: {message}"));
    }
}
