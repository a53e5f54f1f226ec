//! `docs/run_program.py` against the interpreter: programs in JSON are complete.

mod support;

use std::process::Command;

use eqt_ir::basis::{Basis, Options};
use eqt_ir::exact::Random;
use eqt_ir::exact::tensor::Tensor;
use eqt_ir::map::{GeneratorForm, Map};
use eqt_ir::optimise::{Wanted, compile_one};
use eqt_ir::program::{Arguments, Program};
use eqt_ir::signature::{AxisId, AxisShape, Sizes, parse_signature};
use eqt_runtime::{Fp, Scalar};
use serde_json::{Value, json};

/// Signatures of all groups and spaces, with a degree.
const SIGNATURES: &[(&str, &str)] = &[
    ("O(d): x: R^d -> R^d", "3"),
    ("O(d): P: S^d -> S^d", "3"),
    ("O(d): P: S^d, Q: S^d -> S^d", "2"),
    ("O(3): P: S^3, v: R^3 -> R^3", "3"),
    ("O(d): v: R^d -> Sym0^2(R^d)", "2"),
    ("O(3): v: R^3, w: R^3 -> Sym0^3(R^3)", "3"),
    ("O(3): v: R^3 -> Sym0^4(R^3)", "4"),
    ("O(3): v: R^3, w: R^3 -> Sym^3(R^3)", "3"),
    ("O(2): A: Sym0^2(R^2), B: Sym0^3(R^2) -> R^2", "2"),
    ("O(3): A: Sym0^2(R^3) -> Sym0^2(R^3)", "2"),
    ("O(d): F: Alt^2(R^d), v: R^d -> R^d", "2"),
    ("O(d): v: R^d, w: R^d -> Alt^2(R^d)", "2"),
    ("O(4): u: R^4, v: R^4, w: R^4 -> Alt^3(R^4)", "3"),
    ("O(3): T: T^3(R^3) -> R^3", "1"),
    ("O(3): a: pseudo R^3, b: R^3 -> R^3", "3"),
    ("O(3): a: R^3, b: R^3 -> pseudo R^3", "2"),
    ("O(2): a: R^2, b: R^2 -> pseudo R", "2"),
    ("O(3): -> T^4(R^3)", "0"),
    ("SO(2): a: R^2 -> R^2", "3"),
    ("SO(3): a: R^3, b: R^3 -> R^3", "3"),
    ("SO(3): a: R^3, b: R^3 -> S^3", "3"),
    ("SO(3): -> T^3(R^3)", "0"),
    ("SO(4): u: R^4, v: R^4 -> Alt^2(R^4)", "2"),
    ("O(1,3): a: R^4, F: Alt^2(R^4) -> R^4", "3"),
    ("O(1,3): a: R^4 -> Sym0^2(R^4)", "2"),
    ("O(1,2): a: R^3, b: R^3 -> Sym0^3(R^3)", "3"),
    ("O(2,1): P: S^3 -> S^3", "2"),
    ("O(1,1): P: S^2, v: R^2 -> R^2", "2"),
    ("SO(1,1): a: R^2 -> R^2", "2"),
    ("SO(1,2): a: R^3, b: R^3 -> R^3", "2"),
    ("SO(1,3): a: R^4, b: R^4 -> Alt^2(R^4)", "2"),
    ("Sp(2): a: R^2, b: R^2 -> R^2", "3"),
    ("Sp(4): a: R^4, B: S^4 -> R^4", "3"),
    ("Sp(d): A: S^d -> S^d", "3"),
    ("Sp(4): -> T^4(R^4)", "0"),
    ("Sp(4): a: R^4, b: R^4 -> Alt^2(R^4)", "2"),
    ("S(n): x: R^n -> R^n", "3"),
    ("S(n): x: R^n -> T^2(R^n)", "2"),
    ("S(n): A: T^2(R^n) -> R^n", "2"),
    ("S(n): A: S^n -> S^n", "1"),
    ("S(3): x: R^3 -> R^3", "2"),
    ("O(d) * S(n): a: (R^d)^n -> S^d", "4"),
    ("O(d) * S(n): a: (R^d)^n -> R", "4"),
    ("O(d) * S(n): a: (R^d)^n -> (R^d)^n", "3"),
    ("O(d) * S(n): a: (R^d)^n, w: (R)^n -> S^d", "3"),
    ("SO(3) * S(n): a: (R^3)^n -> R^3", "3"),
    ("O(1,3) * S(n): a: (R^4)^n -> Sym0^2(R^4)", "2"),
    ("Sp(4) * S(n): a: (R^4)^n -> S^4", "2"),
    ("O(3) * O(2): A: R^3 (x) R^2 -> S^3", "2"),
    ("SO(3) * Sp(2): A: R^3 (x) R^2 -> R^3", "2"),
    ("O(d): a: (R^d)^n -> S^d", "2"),
    ("O(d): a: (R^d)^n -> R", "4"),
    ("O(2): a: (R^2)^3 -> R^2", "3"),
    ("Sp(2): a: (R^2)^n -> R", "2"),
    ("1: x: (R)^n -> R", "2"),
    ("1: x: R, y: R -> R", "3"),
];

/// In the generator form.
const GENERATORS: &[&str] = &[
    "O(3): A: S^3 -> S^3",
    "O(3): A: S^3, B: S^3 -> R",
    "O(d) * S(n): a: (R^d)^n -> S^d",
    "O(3): a: R^3 -> R^3",
];

/// A tensor as fractions, and over the field.
fn rational(shape: Vec<usize>, random: &mut Random) -> (Value, Tensor) {
    let count = shape.iter().product();
    let fractions: Vec<(i64, u64)> =
        (0..count).map(|_| (random.below(11) as i64 - 5, 1 + random.below(4) as u64)).collect();
    let data: Vec<String> = fractions.iter().map(|(p, q)| format!("{p}/{q}")).collect();
    let values = fractions.iter().map(|&(p, q)| Fp::from_ratio(p, q)).collect();
    (json!({ "shape": shape.clone(), "data": data }), Tensor { shape, data: values })
}

/// A number that is written as a fraction of integers of any length.
fn field(text: &str) -> Fp {
    let integer = |text: &str| {
        let digits = text.trim_start_matches('-');
        let size = digits.bytes().fold(Fp::ZERO, |value, digit| {
            assert!(digit.is_ascii_digit(), "{text}");
            value * Fp::from_i64(10) + Fp::from_i64(i64::from(digit - b'0'))
        });
        if text.starts_with('-') { -size } else { size }
    };
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    integer(numerator) / integer(denominator)
}

/// A case for the script, and what the interpreter makes of it.
fn case(document: &Value, program: &Program, sizes: &Sizes, random: &mut Random) -> (Value, Vec<Tensor>) {
    let mut inputs = serde_json::Map::new();
    let mut values = Vec::new();
    for input in &program.inputs {
        let (text, value) = rational(sizes.shape(&input.layout.slots), random);
        inputs.insert(input.name.clone(), text);
        values.push(value);
    }
    let shape = |axes: &Vec<AxisId>| sizes.shape(axes);
    let (coefficient_texts, coefficients): (Vec<Value>, Vec<Tensor>) =
        program.coefficients.iter().map(|axes| rational(shape(axes), random)).unzip();
    let (cotangent_text, cotangent) = rational(sizes.shape(&program.output.slots), random);
    let symbols: serde_json::Map<String, Value> = program
        .axes
        .iter()
        .zip(&sizes.0)
        .filter(|(axis, _)| axis.size.literal().is_none())
        .map(|(axis, &size)| (axis.size.to_string(), Value::from(size)))
        .collect();
    let arguments = Arguments { inputs: values, coefficients, cotangent: Some(cotangent) };
    let case = json!({
        "program": document, "sizes": symbols, "inputs": inputs, "coefficients": coefficient_texts,
        "cotangent": cotangent_text,
    });
    (case, program.evaluate(sizes, &arguments))
}

fn small(program: &Program) -> Sizes {
    let size =
        |axis: &AxisShape| axis.size.literal().unwrap_or(if axis.form.is_antisymmetric() { 4 } else { 3 });
    Sizes(program.axes.iter().map(size).collect())
}

/// A root as the script prints it: its name, its shape, and its entries.
type Computed = (String, Vec<usize>, Vec<String>);

const SCRIPT: &str = r#"
import json, sys
from fractions import Fraction
import numpy as np
from run_program import run
def tensor(text):
    return np.array([Fraction(x) for x in text["data"]], dtype=object).reshape(text["shape"])
results = []
for case in json.load(open(sys.argv[1])):
    roots = run(case["program"], {name: tensor(text) for name, text in case["inputs"].items()},
                [tensor(text) for text in case["coefficients"]], tensor(case["cotangent"]), case["sizes"], Fraction)
    results.append([[name, list(np.shape(value)), [str(x) for x in np.asarray(value).flatten()]] for name, value in roots.items()])
json.dump(results, sys.stdout)
"#;

#[test]
fn programs_in_json_compute_in_numpy_what_they_compute_here() {
    let has_numpy = Command::new("python3").args(["-c", "import numpy"]).output();
    if !has_numpy.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: there is no python3 with numpy to run docs/run_program.py");
        return;
    }
    let mut random = Random::seeded(11);
    let mut cases = Vec::new();
    let mut expected = Vec::new();
    let mut add = |name: String, document: &Value, program: &Program| {
        let (case, values) = case(document, program, &small(program), &mut random);
        cases.push(case);
        expected.push((name, values));
    };
    for (text, degree) in SIGNATURES {
        let signature = parse_signature(text).expect("parses");
        let basis =
            Basis::new(&signature, &Options::up_to(degree.parse().expect("a degree"))).expect("a basis");
        let (map, sizes) = (Map::of_basis(&basis), Sizes::sample(&signature, &[]));
        for (option, wanted) in [
            (&[][..], Wanted::Members),
            (&["--combine"], Wanted::Combination),
            (&["--gradient"], Wanted::Gradient),
        ] {
            let document = support::json(&[&["program", *text, "--degree", *degree], option].concat());
            let program = compile_one(&map, &wanted, &sizes);
            add(format!("{text} {option:?}"), &document["programs"][0], &program);
        }
    }
    for text in GENERATORS {
        let signature = parse_signature(text).expect("parses");
        let sizes = Sizes::sample(&signature, &[]);
        let form = GeneratorForm::new(&signature, None, Options::LIMIT).expect("generators");
        for (option, invariants, assembly) in [
            (&["--combine"], Wanted::Arrays, Wanted::Combination),
            (&["--gradient"], Wanted::UnitGradient, Wanted::Gradient),
        ] {
            let invariants = compile_one(&form.invariants, &invariants, &sizes);
            let assembly = compile_one(&form.assembly, &assembly, &sizes);
            let document = support::json(&[&["program", *text, "--generators"], &option[..]].concat());
            let programs = document["programs"].as_array().expect("programs");
            let mut of_invariants = 0;
            for program in programs {
                let is_invariants = program["of"] == "invariants";
                of_invariants += usize::from(is_invariants);
                add(
                    format!("{text} {option:?}"),
                    program,
                    if is_invariants { &invariants } else { &assembly },
                );
            }
            assert_eq!(of_invariants, 1, "{text}");
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cases.json");
    std::fs::write(&file, Value::from(cases).to_string()).expect("a file");
    let output = Command::new("python3")
        .args(["-B", "-c", SCRIPT])
        .arg(&file)
        .env("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"))
        .output()
        .expect("python3 runs");
    assert!(output.status.success(), "{}", support::text(&output.stderr));
    let results: Vec<Vec<Computed>> = serde_json::from_slice(&output.stdout).expect("results");
    assert_eq!(results.len(), expected.len());
    let mut entries = 0;
    for (roots, (name, values)) in results.iter().zip(&expected) {
        assert_eq!(roots.len(), values.len(), "{name}");
        for ((root, shape, data), value) in roots.iter().zip(values) {
            assert_eq!(shape, &value.shape, "{name}: {root}");
            let data: Vec<Fp> = data.iter().map(|text| field(text)).collect();
            assert_eq!(data, value.data, "{name}: {root}");
            entries += data.iter().filter(|entry| **entry != Fp::ZERO).count();
        }
    }
    assert!(entries > 4_000, "{entries} numbers that are not zero");
}
