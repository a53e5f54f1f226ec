//! Multiply-adds as `eqt basis` states them, and as the emitted `basis()` does.

mod support;

use serde_json::Value;
use support::{json, success};

/// The value of `3 n^2 d + 5` at sizes that are named in lower case.
fn value(polynomial: &str, sizes: &[(&str, u64)]) -> u64 {
    let factor = |factor: &str| -> u64 {
        let (base, power) = factor.split_once('^').unwrap_or((factor, "1"));
        let base = base.parse().ok().or_else(|| {
            sizes.iter().find(|(name, _)| base.eq_ignore_ascii_case(name)).map(|(_, size)| *size)
        });
        base.unwrap_or_else(|| panic!("{factor}")).pow(power.parse().expect("a power"))
    };
    polynomial.split(" + ").map(|term| term.split(' ').map(factor).product::<u64>()).sum()
}

#[test]
fn the_command_and_the_emitted_code_state_the_same_cost_of_every_member() {
    let mut members = 0;
    for (signature, degree) in [
        ("O(d) * S(n): a: (R^d)^n -> S^d", "6"),
        ("O(d) * S(n): a: (R^d)^n -> R", "8"),
        ("O(d): a: (R^d)^n -> S^d", "4"),
        ("O(d): P: S^d, Q: S^d -> S^d", "4"),
        ("O(3): P: S^3, v: R^3 -> R^3", "4"),
        ("SO(3): a: R^3, b: R^3 -> S^3", "4"),
        ("SO(2): a: R^2 -> R^2", "5"),
        ("O(1,3): a: R^4, F: Alt^2(R^4) -> R^4", "4"),
        ("Sp(4): a: R^4, B: S^4 -> R^4", "4"),
        ("Sp(d): A: S^d -> S^d", "4"),
        ("S(n): x: R^n -> T^2(R^n)", "3"),
        ("S(n): A: T^2(R^n) -> R^n", "2"),
        ("O(3): v: R^3, w: R^3 -> Sym0^2(R^3)", "4"),
        ("O(3) * O(2): A: R^3 (x) R^2 -> S^3", "4"),
        ("O(d) * S(n): a: (R^d)^n, w: (R)^n -> R", "5"),
        ("O(3): a: pseudo R^3, b: R^3 -> R^3", "4"),
    ] {
        let basis = json(&["basis", signature, "--degree", degree]);
        let code = success(&["emit", signature, "--degree", degree]);
        let emitted: Vec<&str> = code
            .lines()
            .filter_map(|line| line.trim().strip_prefix("macs: \"")?.strip_suffix("\","))
            .collect();
        let elements = basis["elements"].as_array().expect("elements");
        assert_eq!(emitted.len(), elements.len(), "{signature}");
        for (emitted, element) in emitted.iter().zip(elements) {
            let stated = element["macs_polynomial"].as_str().expect("a polynomial");
            assert!(stated.eq_ignore_ascii_case(emitted), "{signature}: {stated}, emitted {emitted}");
            let number = value(emitted, &[("d", 5), ("n", 100)]);
            assert_eq!(element["macs"], Value::from(number), "{signature}: {emitted}");
            members += 1;
        }
    }
    assert!(members > 500, "{members}");
}

#[test]
fn a_member_costs_no_more_alone_than_by_its_best_tree() {
    for (signature, degree) in [("O(d) * S(n): a: (R^d)^n -> S^d", "6"), ("O(d): P: S^d, Q: S^d -> S^d", "4")]
    {
        let basis = json(&["basis", signature, "--degree", degree]);
        let alone: u64 = basis["elements"]
            .as_array()
            .expect("elements")
            .iter()
            .map(|row| row["macs"].as_u64().expect("a number"))
            .sum();
        let program = json(&["program", signature, "--degree", degree]);
        let macs = |kind: &str| program["programs"][0]["macs"][kind].as_u64().expect("a number");
        assert!(macs("shared") < alone && alone < macs("independent"), "{signature}");
    }
}
