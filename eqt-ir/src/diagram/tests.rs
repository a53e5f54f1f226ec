use proptest::prelude::*;

use super::*;
use crate::exact::Random;
use crate::signature::parse_signature;

fn counts(text: &str, degrees: &[usize]) -> Vec<usize> {
    let signature = parse_signature(text).expect("parses");
    let enumeration = Enumeration::new(&signature, None, 100_000);
    degrees.iter().map(|&degree| enumeration.of_degree(degree).expect("within the limit").len()).collect()
}

#[test]
fn label_blocks_and_inner_products_are_counted_as_multigraphs() {
    assert_eq!(counts("O(d) * S(n): (R^d)^n -> R", &[0, 1, 2, 4, 6, 8]), [1, 0, 2, 7, 23, 79]);
    assert_eq!(counts("O(d) * S(n): (R^d)^n -> S^d", &[0, 2, 4, 6]), [1, 4, 16, 66]);
}

#[test]
fn matchings_of_distinguishable_ports_are_all_there() {
    assert_eq!(counts("O(9): -> T^8(R^9)", &[0]), [105]);
    assert_eq!(counts("Sp(9998): -> T^8(R^9998)", &[0]), [105]);
    assert_eq!(counts("SO(3): -> T^5(R^3)", &[0]), [10]);
    assert_eq!(counts("S(9): -> T^5(R^9)", &[0]), [52]);
}

#[test]
fn diagrams_with_a_negating_automorphism_are_dropped() {
    // omega(a, a) = 0, but omega(a, b) is not; an alternating matrix has no trace.
    assert_eq!(counts("Sp(4): a: R^4 -> R", &[2]), [0]);
    assert_eq!(counts("Sp(4): a: R^4, b: R^4 -> R", &[2]), [1]);
    assert_eq!(counts("O(4): A: Alt^2(R^4) -> R", &[1, 2, 3]), [0, 1, 0]);
    assert_eq!(counts("SO(3): a: R^3, b: R^3 -> R", &[3]), [0]);
}

fn relabelled(graph: &Graph, shapes: &Shapes, seed: u64) -> (Graph, i8) {
    let mut random = Random::seeded(seed);
    let places = random.permutation(graph.nodes.len());
    let mut nodes = vec![Node::Output; places.len()];
    for (old, &new) in places.iter().enumerate() {
        nodes[new] = graph.nodes[old];
    }
    let mut sign = 1;
    let mut slot_maps: Vec<Vec<u8>> = Vec::new();
    for &node in &graph.nodes {
        let slots = match node {
            Node::Output => shapes.output().len(),
            Node::Input(input) => shapes.input(input).len(),
            Node::Epsilon(_) => 3,
            _ => 0,
        };
        let mut map: Vec<u8> = (0..slots.max(40) as u8).collect();
        if slots >= 2 {
            let (a, b) = (random.below(slots), random.below(slots));
            let (first, second) = (shapes.slot(node, a as u8), shapes.slot(node, b as u8));
            if a != b && first.class == second.class {
                map.swap(a, b);
                sign *= if first.alternating { -1 } else { 1 };
            }
        }
        slot_maps.push(map);
    }
    let mut wires: Vec<Wire> = graph
        .wires
        .iter()
        .map(|wire| {
            let moved = |end: End| End {
                node: places[usize::from(end.node)] as u8,
                slot: slot_maps[usize::from(end.node)][usize::from(end.slot)],
            };
            let (mut from, mut to) = (moved(wire.from), moved(wire.to));
            if random.below(2) == 1 {
                let axis = shapes.slot(graph.nodes[usize::from(wire.from.node)], wire.from.slot).axis;
                let kinds =
                    (graph.nodes[usize::from(wire.from.node)], graph.nodes[usize::from(wire.to.node)]);
                sign *= if shapes.is_oriented(kinds.0, kinds.1, axis) { -1 } else { 1 };
                std::mem::swap(&mut from, &mut to);
            }
            Wire { from, to }
        })
        .collect();
    let order = random.permutation(wires.len());
    wires = order.iter().map(|&position| wires[position]).collect();
    (Graph { nodes, wires }, sign)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_form_is_idempotent_and_blind_to_relabelling(
        case in 0_usize..8, degree in 1_usize..5, seed in any::<u64>()
    ) {
        let text = [
            "O(d) * S(n): a: (R^d)^n -> S^d",
            "O(3): P: S^3, a: R^3 -> S^3",
            "Sp(4): a: R^4, A: Alt^2(R^4), P: S^4 -> R^4",
            "SO(3): a: R^3, A: Alt^2(R^3), P: S^3 -> R^3",
            "O(1,3): F: Alt^2(R^4), a: R^4 -> T^2(R^4)",
            "O(d): a: (R^d)^n -> S^d",
            "O(3) * Sp(2): X: R^3 (x) R^2 -> Alt^2(R^2)",
            "S(4): a: Alt^2(R^4), b: R^4 -> R^4",
        ][case];
        let signature = parse_signature(text).expect("parses");
        let enumeration = Enumeration::new(&signature, None, 100_000);
        let shapes = enumeration.shapes();
        for diagram in enumeration.of_degree(degree).expect("within the limit") {
            let again = canonicalise(&diagram.graph, shapes);
            prop_assert_eq!(&again.graph, &diagram.graph);
            prop_assert_eq!(again.sign, 1);
            let (moved, sign) = relabelled(&diagram.graph, shapes, seed);
            let canonical = canonicalise(&moved, shapes);
            prop_assert_eq!(&canonical.graph, &diagram.graph);
            prop_assert_eq!(canonical.sign, sign);
        }
    }
}

#[test]
fn formulas_read_as_one_would_write_them() {
    let mut listing = String::new();
    for (text, degree) in [
        ("O(d) * S(n): a: (R^d)^n -> S^d", 2),
        ("O(d) * S(n): a: (R^d)^n -> R", 4),
        ("O(d): a: (R^d)^n -> S^d", 2),
        ("O(3): P: S^3, Q: S^3 -> S^3", 2),
        ("SO(3): a: R^3, b: R^3 -> R^3", 2),
        ("Sp(4): a: R^4, b: R^4 -> Alt^2(R^4)", 2),
        ("O(d) * S(n): a: (R^d)^n -> (R^d)^n", 1),
        ("S(4): A: T^2(R^4) -> T^2(R^4)", 1),
    ] {
        let signature = parse_signature(text).expect("parses");
        listing.push_str(&format!("{text}, degree {degree}\n"));
        for diagram in Enumeration::new(&signature, None, 1000).of_degree(degree).expect("few") {
            let formula = |style| Notation::new(&signature, style).member(&diagram);
            listing.push_str(&format!("  {:40} {}\n", formula(Style::Text), formula(Style::Latex)));
        }
    }
    insta::assert_snapshot!(listing);
}

#[test]
fn labels_are_not_named_as_dimensions_are() {
    let formula = |text: &str, degree: usize| {
        let signature = crate::signature::parse_signature(text).expect("parses");
        let basis =
            crate::basis::Basis::new(&signature, &crate::basis::Options::exactly(degree)).expect("a basis");
        basis.formulas(Style::Text).remove(0)
    };
    assert_eq!(formula("O(d): (R^d)^k -> R", 4), "sum_ijlm c_ijlm <x_i, x_m> <x_l, x_j>");
    assert_eq!(formula("O(d): (R^d)^n -> R", 4), "sum_ijkl c_ijkl <x_i, x_l> <x_k, x_j>");
    assert_eq!(formula("O(d): (R^d)^m -> R", 4), "sum_ijkl c_ijkl <x_i, x_l> <x_k, x_j>");
}

#[test]
fn diagrams_of_too_many_ports_are_refused() {
    let signature = parse_signature("S(n): x: T^4(R^n) -> R").expect("parses");
    let enumeration = Enumeration::new(&signature, Some(1), 20_000);
    assert_eq!(enumeration.of_multidegree(&[30]).map(|found| found.len()), Ok(1));
    let refused = enumeration.of_multidegree(&[31]).map_err(|limit| limit.to_string());
    assert_eq!(
        refused,
        Err("a diagram of degree 31 has more than 120 indices in all; lower the degree".to_owned())
    );
}
