//! The `eqt` command from outside: output, exit status, and one line for every mistake.

mod support;

use std::process::{Command, Stdio};

use eqt_runtime::description::{Basis, Element, Form};
use serde_json::Value;
use support::{json, mistake, success, text};

/// `basis` and `molien` of every degree.
fn counts(signature: &str, degree: &str) -> Vec<(u64, Option<u64>)> {
    json(&["count", signature, "--degree", degree])["counts"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|row| (row["basis"].as_u64().expect("a number"), row["molien"].as_u64()))
        .collect()
}

#[track_caller]
fn proven_counts(signature: &str, degree: &str, expected: &[u64]) {
    let expected: Vec<(u64, Option<u64>)> = expected.iter().map(|&count| (count, Some(count))).collect();
    assert_eq!(counts(signature, degree), expected, "{signature}");
}

#[test]
fn counts_of_the_literature_come_out_of_enumeration_and_integral_alike() {
    proven_counts("O(d)*S(n): (R^d)^n -> R", "10", &[1, 0, 2, 0, 7, 0, 23, 0, 79, 0, 274]);
    proven_counts("O(d)*S(n): (R^d)^n -> S^d", "6", &[1, 0, 4, 0, 16, 0, 66]);
    proven_counts("O(3): S^3 -> S^3", "6", &[1, 2, 4, 6, 9, 12, 16]);
    proven_counts("O(3): P: S^3, Q: S^3 -> S^3", "4", &[1, 4, 13, 34, 80]);
    proven_counts("O(100) * S(100): (R^100)^100 -> R", "4", &[1, 0, 2, 0, 7]);
    proven_counts("O(d)*S(n): (R^d)^n -> R", "4..4", &[7]);
    for (rank, count) in (1..).zip([0, 1, 1, 3, 6, 15, 36]) {
        proven_counts(&format!("SO(3): -> T^{rank}(R^3)"), "0", &[count]);
    }
}

#[test]
fn free_labels_count_scalars_at_literal_lengths_and_members_otherwise() {
    assert_eq!(counts("O(5): (R^5)^4 -> S^5", "2..2"), [(20, Some(20))]);
    assert_eq!(counts("O(d): (R^d)^n -> S^d", "2"), [(1, None), (0, None), (2, None)]);
}

#[test]
fn arrays_over_labels_say_how_many_coefficients_are_independent() {
    let plane = ["basis", "O(2): a: (R^2)^4 -> R", "--degree", "6"];
    let table = success(&plane);
    assert!(
        table.contains(
            "\n4 members, arrays of 286 coefficients, of which 276 are independent at these sizes\n"
        ),
        "{table}"
    );
    let basis = json(&plane);
    assert_eq!(
        (&basis["dimension"], &basis["coefficients"], &basis["independent"]),
        (&Value::from(4), &Value::from(286), &Value::from(276))
    );
    // What `count` says of every degree.
    let scalars: u64 = counts("O(2): a: (R^2)^4 -> R", "6").iter().map(|(basis, _)| basis).sum();
    assert_eq!(scalars, 276);
    let space = success(&["basis", "O(d): a: (R^d)^4 -> R", "--degree", "4"]);
    assert!(space.contains("\n3 members, arrays of 66 coefficients, independent for d >= 2\n"), "{space}");
    let symbolic = success(&["basis", "O(2): a: (R^2)^n -> R", "--degree", "6"]);
    assert!(
        symbolic.contains("\n4 members, arrays whose coefficients are dependent at these sizes\n"),
        "{symbolic}"
    );
    let none = success(&["basis", "SO(3): (R^3)^2 -> R", "--degree", "3..3"]);
    assert!(none.contains(
        "\nno members: the map can only be zero: every contraction of degree 3 is zero at these sizes\n"
    ));
    let check = success(&["check", "SO(3): (R^3)^2 -> R", "--degree", "3..3"]);
    assert!(check.contains("0 members, ") && !check.contains("combination"), "{check}");
    assert!(!check.contains("FAILS"), "{check}");
    assert!(mistake(&["program", "SO(3): (R^3)^2 -> R", "--degree", "3..3"]).contains("can only be zero"));
}

#[test]
fn the_keys_of_a_basis_come_in_the_documented_order() {
    let arguments = ["basis", "O(d) * S(n): a: (R^d)^n -> S^d", "--degree", "2", "--format", "json"];
    insta::assert_snapshot!(success(&arguments));
}

#[test]
fn a_basis_in_json_has_all_it_promises() {
    let basis = json(&["basis", "O(3): P: S^3, Q: S^3 -> S^3", "--degree", "3"]);
    assert_eq!(basis["signature"], "O(3): P: S^3, Q: S^3 -> S^3");
    assert_eq!(basis["degrees"], serde_json::json!({ "from": 0, "to": 3 }));
    let elements = basis["elements"].as_array().expect("an array");
    assert_eq!(basis["dimension"], elements.len());
    for (index, element) in elements.iter().enumerate() {
        assert_eq!(element["index"], index);
        assert!(element["degree"].as_u64().is_some_and(|degree| degree <= 3));
        assert!(element["macs"].is_u64());
        for key in ["diagram", "latex"] {
            assert!(element[key].as_str().is_some_and(|formula| !formula.is_empty()));
        }
    }
}

#[test]
fn a_basis_reads_as_a_table_and_as_latex() {
    let spectral = "O(d) * S(n): a: (R^d)^n -> S^d";
    let listing = [
        success(&["basis", spectral, "--degree", "4"]),
        success(&["basis", spectral, "--degree", "12", "--labels", "1", "--at", "d=3,n=10"]),
        success(&["basis", "SO(d): a: R^d, b: R^d -> R^d", "--degree", "2", "--set", "d=3"]),
        success(&["basis", "O(3): S^3 -> R^3", "--degree", "4"]),
        success(&["basis", spectral, "--degree", "2", "--format", "latex"]),
        success(&["count", "O(d)*S(n): (R^d)^n -> R", "--degree", "4"]),
        success(&["count", "O(d): (R^d)^n -> R", "--degree", "2"]),
    ];
    insta::assert_snapshot!(listing.join("\n---\n"));
}

#[test]
fn a_program_reads_as_steps_with_its_costs() {
    let spectral = "O(d) * S(n): a: (R^d)^n -> S^d";
    let listing = [
        success(&["program", spectral, "--degree", "2"]),
        success(&["program", spectral, "--degree", "2..2", "--gradient"]),
        success(&[
            "program",
            "O(d): a: (R^d)^n -> S^d",
            "--degree",
            "2..2",
            "--combine",
            "--at",
            "d=3,n=1000",
        ]),
    ];
    insta::assert_snapshot!(listing.join("\n---\n"));
}

#[test]
fn sharing_never_costs_more_than_independence_nor_that_more_than_naive_sums() {
    for (degree, independent) in [("2..2", 5_040), ("4..4", 40_533)] {
        let program = &json(&["program", "O(d)*S(n): (R^d)^n -> S^d", "--degree", degree])["programs"][0];
        let macs = |kind: &str| program["macs"][kind].as_u64().expect("a number");
        assert!(macs("shared") <= macs("independent") && macs("independent") <= macs("naive"));
        assert_eq!(macs("independent"), independent);
        assert!(program["steps"].as_array().is_some_and(|steps| !steps.is_empty()));
    }
}

#[test]
fn emitted_code_is_a_file_of_rust() {
    for (signature, name) in [
        ("O(d) * S(n): a: (R^d)^n -> S^d", "spectral"),
        ("O(d): a: (R^d)^n -> S^d", "with_labels"),
        ("O(3): P: S^3, Q: S^3 -> R", "invariants"),
    ] {
        let code = success(&["emit", signature, "--degree", "2", "--name", name]);
        assert!(code.starts_with(&format!("// {signature}, degree <= 2\n")), "{code}");
        assert!(code.contains(&format!("pub fn {name}<")));
        syn::parse_file(&code).unwrap_or_else(|error| panic!("{signature}: {error}"));
    }
}

#[test]
fn a_build_script_writes_the_same_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("map.rs");
    let path = file.to_str().expect("UTF-8");
    let written = |arguments: &[&str]| -> String {
        assert_eq!(success(&[arguments, &["-o", path]].concat()), "");
        let code = std::fs::read_to_string(&file).expect("a file");
        // Up to the heading.
        code.split_once("\n\n").expect("a heading").1.to_owned()
    };
    let signature = "O(d) * S(n): a: (R^d)^n -> S^d";
    let options = eqt_codegen::Options::up_to(2).with_labels(1);
    let sizes = [("d".to_owned(), 3)];
    assert_eq!(
        written(&["emit", signature, "--degree", "2", "--labels", "1", "--at", "d=3", "--name", "spectral"]),
        eqt_codegen::source(signature, &options, "spectral", &sizes).expect("source")
    );
    let signature = "O(3): a: S^3, b: S^3 -> S^3";
    assert_eq!(
        written(&["emit", signature, "--generators", "--name", "stress"]),
        eqt_codegen::generator_source(signature, None, 20_000, "stress", &[]).expect("source")
    );
}

#[test]
fn every_certificate_holds() {
    for signature in ["O(d)*S(n): (R^d)^n -> S^d", "SO(3): a: R^3, b: R^3 -> S^3", "O(3): S^3 -> R^3"] {
        let check = json(&["check", signature, "--degree", "3"]);
        assert_eq!(check["proven"], true);
        let certificates = check["certificates"].as_array().expect("an array");
        assert!(certificates.len() >= 3);
        assert!(certificates.iter().all(|certificate| certificate["holds"] == true), "{certificates:?}");
    }
    insta::assert_snapshot!(success(&["check", "O(d)*S(n): a: (R^d)^n -> S^d", "--degree", "4"]));
}

#[test]
fn what_a_budget_forbids_to_try_is_no_failure() {
    let check = json(&["check", "SO(9): a: R^9, F: Alt^2(R^9) -> R", "--degree", "5"]);
    let of = |name: &str| {
        let found =
            check["certificates"].as_array().expect("an array").iter().find(|row| row["certificate"] == name);
        found.unwrap_or_else(|| panic!("{name}")).clone()
    };
    assert_eq!(of("independence of seeds")["holds"], true);
    assert!(of("soundness")["holds"].is_null());
    assert!(of("soundness")["wrong"].as_str().expect("a reason").contains("budget of 8 legs"));
}

#[test]
fn small_dimensions_have_relations() {
    let cayley_hamilton = ["relations", "O(2): P: S^2 -> S^2", "--degree", "2"];
    let listing = [
        success(&cayley_hamilton),
        success(&[&cayley_hamilton[..], &["--format", "latex"]].concat()),
        success(&[&cayley_hamilton[..], &["--format", "json"]].concat()),
        success(&["relations", "O(d): P: S^d -> S^d", "--degree", "2"]),
    ];
    insta::assert_snapshot!(listing.join("\n---\n"));
}

#[test]
fn generators_of_symmetric_matrices_are_the_classical_ones() {
    let numbers = |signature: &str| {
        let found = json(&["basis", signature, "--generators"]);
        let length = |key: &str| found[key].as_array().expect("an array").len();
        (length("invariants"), length("elements"))
    };
    assert_eq!(numbers("O(3): S^3 -> S^3"), (3, 3));
    assert_eq!(numbers("O(3): A: S^3, B: S^3 -> S^3"), (10, 9));
    assert_eq!(numbers("O(3): A: S^3, B: S^3 -> R"), (10, 10));
    let listing = [
        success(&["basis", "O(3): A: S^3 -> S^3", "--generators"]),
        success(&["basis", "O(3): A: S^3 -> S^3", "--generators", "--format", "latex"]),
        success(&["basis", "O(d)*S(n): (R^d)^n -> S^d", "--generators"]),
        success(&["program", "O(3): A: S^3 -> S^3", "--generators", "--combine"]),
        success(&["check", "O(3): A: S^3 -> S^3", "--generators"]),
        success(&["program", "O(d)*S(n): a: (R^d)^n -> S^d", "--generators", "--gradient"]),
        success(&["check", "O(d)*S(n): a: (R^d)^n -> S^d", "--generators"]),
    ];
    insta::assert_snapshot!(listing.join("\n---\n"));
}

/// The fingerprint that emitted code will have, by the texts of its description.
fn emitted_fingerprint(code: &str, form: Form) -> String {
    let texts = |key: &str| -> Vec<&'static str> {
        let lines = code.lines().filter_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": "));
        lines.map(|text| &*text.trim_end_matches(',').trim_matches('"').to_owned().leak()).collect()
    };
    let (degrees, diagrams, labels) = (texts("degree"), texts("diagram"), texts("labels"));
    assert!(degrees.len() == diagrams.len() && degrees.len() == labels.len());
    let mut elements: Vec<Element> = Vec::new();
    for ((degree, diagram), labels) in degrees.iter().zip(diagrams).zip(labels) {
        let degree = degree.parse().expect("a number");
        elements.push(Element { degree, diagram, latex: "", macs: "", labels });
    }
    // The list of generators is written first.
    let number = code.split("pub const GENERATORS: usize = ").nth(1).and_then(|rest| rest.split(';').next());
    let first = number.map_or(elements.len(), |number| number.parse().expect("a number"));
    let invariants = elements.split_off(first);
    let basis = Basis {
        signature: texts("signature")[0],
        options: texts("options")[0],
        form,
        elements: elements.leak(),
        invariants: invariants.leak(),
        certificate: "",
        independence: "",
    };
    basis.fingerprint().to_string()
}

#[test]
fn fingerprints_are_those_of_the_emitted_code() {
    for question in [
        &["O(d) * S(n): a: (R^d)^n -> S^d", "--degree", "4"][..],
        &["O(2): a: (R^2)^4 -> R", "--degree", "2..4"],
        &["O(d): (R^d)^n -> S^d", "--degree", "6", "--labels", "1"],
        &["SO(3): a: R^3, b: R^3 -> R^3", "--degree", "3"],
        &["O(3): A: S^3 -> S^3", "--generators"],
        &["O(3): A: S^3, B: S^3 -> R", "--generators"],
        &["O(d) * S(n): (R^d)^n -> S^d", "--generators"],
        &["O(4): S^4 -> S^4", "--generators", "--degree", "3"],
    ] {
        let form = if question.contains(&"--generators") { Form::Generators } else { Form::VectorSpace };
        let code = success(&[&["emit"], question].concat());
        let fingerprint = emitted_fingerprint(&code, form);
        assert_eq!(json(&[&["basis"], question].concat())["fingerprint"], fingerprint, "{question:?}");
        let table = success(&[&["basis"], question].concat());
        assert!(table.contains(&format!("\nfingerprint {fingerprint}\n")), "{table}");
    }
}

#[test]
fn generators_over_arrays_say_that_their_functions_decide() {
    let labelled = ["basis", "O(d) * S(n): (R^d)^n -> S^d", "--generators"];
    assert_eq!(json(&labelled)["freed"], serde_json::json!(["S(n)"]));
    assert!(success(&labelled).contains("equivariant under S(n) if the coefficient functions are"));
    assert!(json(&["basis", "O(3): S^3 -> S^3", "--generators"]).get("freed").is_none());
}

#[test]
fn numbers_beyond_64_bits_are_not_printed() {
    let large = ["basis", "SO(16): R^16 -> Alt^15(R^16)", "--degree", "1"];
    assert!(success(&large).contains("  > 1.8e19  "));
    assert!(json(&large)["elements"][0]["macs"].is_null());
}

#[test]
fn a_symbol_is_set_where_it_is_a_dimension_and_nowhere_else() {
    let table = success(&["basis", "SO(d): d: R^d -> R^d", "--degree", "1", "--set", "d=3"]);
    assert!(table.starts_with("SO(3): d: R^3 -> R^3, degree <= 1\n"), "{table}");
    let set = success(&["basis", "O(d)*S(n): (R^d)^n -> S^d", "--degree", "2", "--set", "d=2,n=3"]);
    assert_eq!(set, success(&["basis", "O(2)*S(3): (R^2)^3 -> S^2", "--degree", "2"]));
    assert_eq!(json(&["basis", "O(p,q): R^4 -> R", "--degree", "2", "--set", "p=1,q=3"])["dimension"], 2);
}

#[test]
fn every_mistake_is_one_line() {
    let vector = "O(d): R^d -> R^d";
    let degree = ["--degree", "2"];
    let mut lines: Vec<String> = Vec::new();
    let mut listed =
        |arguments: &[&str]| lines.push(format!("{}\n  {}", arguments.join(" "), mistake(arguments)));
    for arguments in
        [&[][..], &["bsis"], &["basis"], &["basis", vector, "--degre", "2"], &["completions", "tcsh"]]
    {
        listed(arguments);
    }
    for signature in [
        "",
        "O(3)",
        "O(3): R^3 -> Q^3",
        "O(3): R^3 ->",
        "O(d",
        "O(3)): R",
        "O(3): R^3 \u{2192} R",
        "O(3) * O(2): R^3 \u{2297} R^2 -> Q",
        "O(d): R^d\n-> Q",
        "SO(d): R^d -> R",
        "Sp(3): R^3 -> R",
        "O(3): a: R^3, a: R^3 -> R",
    ] {
        listed(&[&["basis", signature][..], &degree].concat());
    }
    for options in [
        &[][..],
        &["--degree", "x"],
        &["--degree", "-1"],
        &["--degree", "4..2"],
        &["--degree", "99999999999999999999"],
        &["--degree", "2", "--degree", "3"],
        &["--degree", "2", "--labels", "x"],
        &["--degree", "2", "--limit", "-3"],
        &["--degree", "2", "--format", "yaml"],
        &["--degree", "2", "--at", "d"],
        &["--degree", "2", "--at", "d=x"],
        &["--degree", "2", "--at", "D=3"],
        &["--degree", "2", "--at", "d=3,d=4"],
        &["--degree", "2", "--set", "n=3"],
        &["--degree", "2", "--set", "d=3,d=3"],
        &["--degree", "2", "--set", "d=3", "--at", "d=3"],
        &["--degree", "9", "--limit", "0"],
        &["--degree", "2", "-o", "/no/such/folder/file"],
    ] {
        listed(&[&["basis", vector][..], options].concat());
    }
    listed(&["count", "O(d): -> S^d"]);
    listed(&["basis", "O(4): S^4 -> S^4", "--generators"]);
    listed(&["emit", "O(4): S^4 -> S^4", "--generators"]);
    listed(&["basis", vector, "--generators", "--degree", "1..2"]);
    listed(&["basis", vector, "--generators", "--labels", "1"]);
    listed(&["count", vector, "--degree", "2", "--generators"]);
    listed(&["emit", vector, "--degree", "2", "--name", "fn"]);
    listed(&["emit", "O(3): S^3 -> R^3", "--degree", "2"]);
    listed(&["emit", "O(3): R^3 -> T^9(R^3)", "--degree", "1"]);
    listed(&["emit", "O(3): a: (R^3 (x) Sym^9(R^3))^n -> R^3", "--generators", "--degree", "1"]);
    listed(&["emit", "O(d) * O(D): R^d (x) R^D -> R", "--degree", "2"]);
    listed(&["basis", "O(d): (R^d)^n -> S^d", "--degree", "6", "--limit", "50"]);
    listed(&["count", "O(d): (R^d)^n -> S^d", "--degree", "2", "--labels", "3"]);
    listed(&["count", vector, "--degree", "2", "--format", "svg"]);
    listed(&["program", "O(3): S^3 -> R^3", "--degree", "4"]);
    listed(&["basis", "O(-3): R -> R", "--degree", "2"]);
    listed(&["basis", "SO(1,P): R^4 -> R", "--degree", "2"]);
    listed(&["count", "O(3): (R^3)^1000000 -> R", "--degree", "4"]);
    listed(&["check", "Sp(d): R^d -> R^d", "--degree", "1", "--at", "d=3"]);
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_signature_too_long_or_too_deep_to_read_is_refused() {
    let of = |space: &str| format!("O(3): {space} -> R^3");
    let nested = |depth: usize| of(&format!("{}R^3{}", "(".repeat(depth), ")".repeat(depth)));
    let refused = |signature: &str| mistake(&["basis", signature, "--degree", "1"]);
    assert!(refused(&of(&"(".repeat(5_000))).contains("more than 4096 bytes"));
    assert!(refused(&nested(2_000)).contains("levels deep"));
    success(&["basis", &nested(20), "--degree", "1"]);
}

#[test]
fn degrees_beyond_all_limits_are_refused_at_once() {
    mistake(&["count", "O(d): R^d -> S^d", "--degree", "99999999999"]);
    mistake(&["basis", "O(d): -> S^d", "--degree", "99999999999"]);
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let signature = std::ffi::OsStr::from_bytes(b"O(d): R^\xff -> R");
    let output =
        Command::new(env!("CARGO_BIN_EXE_eqt")).arg("basis").arg(signature).output().expect("eqt runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr).lines().count(), 1);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_mistake() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_eqt"))
        .args(["basis", "O(d)*S(n): (R^d)^n -> R", "--degree", "10", "--format", "svg"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("eqt runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("eqt ends");
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_answer_goes_to_the_file_that_is_named() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("basis.json");
    let name = file.to_str().expect("a path in UTF-8");
    let arguments = ["basis", "O(3): S^3 -> S^3", "--degree", "2", "--format", "json"];
    assert_eq!(success(&[&arguments[..], &["-o", name]].concat()), "");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), success(&arguments));
}

#[test]
fn help_has_examples_and_every_shell_its_completions() {
    let help = success(&["--help"]);
    let examples: Vec<&str> = help.lines().skip_while(|line| *line != "Examples:").skip(1).collect();
    assert!(examples.len() == 3 && examples.iter().all(|line| line.starts_with("  eqt ")), "{examples:?}");
    assert!(help.lines().all(|line| line.chars().count() <= 120));
    assert_eq!(success(&["--version"]), format!("eqt {}\n", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(success(&["completions", shell]).contains("relations"), "{shell}");
    }
}
