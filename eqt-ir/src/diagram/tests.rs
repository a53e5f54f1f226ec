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
    let mut slot_maps: Vec<Vec<usize>> = Vec::new();
    for &node in &graph.nodes {
        let slots = shapes.slots(node).unwrap_or(0);
        let mut map: Vec<usize> = (0..slots.max(40)).collect();
        if slots >= 2 {
            let (a, b) = (random.below(slots), random.below(slots));
            let (first, second) = (shapes.slot(node, SlotId::new(a)), shapes.slot(node, SlotId::new(b)));
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
            let moved = |end: End| {
                let node = end.node.index();
                End::new(NodeId::new(places[node]), slot_maps[node][end.slot.index()])
            };
            let (mut from, mut to) = (moved(wire.from), moved(wire.to));
            if random.below(2) == 1 {
                sign *= if shapes.is_oriented(graph, wire) { -1 } else { 1 };
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

#[test]
fn slots_beyond_the_64th_are_told_apart() {
    // With v the vector and T a symmetric tensor of rank 64: the output is one contraction of all slots, T(.., v, ..).
    let text = "O(2): a: Sym^32(R^2) (x) Sym^32(R^2) (x) R^2 -> R^2";
    let signature = parse_signature(text).expect("parses");
    let enumeration = Enumeration::new(&signature, None, 100_000);
    // 65 slots and the output: the wire to the output starts in one of three classes; the rest are loops in or between
    // the first two classes, and at most one wire to the single slot.
    let count = |blocks: [usize; 2]| {
        // Wires between two blocks of these sizes: the parity of the blocks, up to the smaller.
        (0..=blocks[0].min(blocks[1]))
            .filter(|between| {
                (blocks[0] - between).is_multiple_of(2) && (blocks[1] - between).is_multiple_of(2)
            })
            .count()
    };
    // The output meets the last slot; or a slot of a block, and the last slot one of either block.
    let expected = count([32, 32]) + 2 * (count([30, 32]) + count([31, 31]));
    assert_eq!(enumeration.of_degree(1).expect("few").len(), expected);
    assert_eq!(
        counts("O(2): -> Sym^32(R^2) (x) Sym^32(R^2) (x) Sym^2(R^2)", &[0]),
        [
            // A loop on the last block; or its two slots meet the same block, or both.
            count([32, 32]) + 2 * count([30, 32]) + count([31, 31])
        ]
    );
}

#[test]
fn inputs_beyond_the_256th_are_told_apart() {
    let inputs: Vec<String> = (0..300).map(|input| format!("a{input}: R^3")).collect();
    let signature = parse_signature(&format!("O(3): {} -> R^3", inputs.join(", "))).expect("parses");
    let diagrams = Enumeration::new(&signature, None, 1000).of_degree(1).expect("few");
    let occurring: Vec<usize> = diagrams
        .iter()
        .flat_map(|diagram| diagram.occurrences(300).into_iter().enumerate().filter(|(_, times)| *times > 0))
        .map(|(input, _)| input)
        .collect();
    assert_eq!(occurring, (0..300).collect::<Vec<_>>());
}

#[test]
fn so_many_choices_of_inputs_that_nothing_could_list_them_are_refused() {
    let inputs: Vec<String> = (0..1000).map(|input| format!("a{input}: R^3")).collect();
    let signature = parse_signature(&format!("O(3): {} -> R", inputs.join(", "))).expect("parses");
    let enumeration = Enumeration::new(&signature, None, 1000);
    assert_eq!(enumeration.multidegrees(1).map(|all| all.len()), Ok(1000));
    let refused = enumeration.multidegrees(3).map(|all| all.len()).map_err(|limit| limit.to_string());
    assert_eq!(
        refused,
        Err("so many inputs can be chosen in too many ways in degree 3 (more than 40000000 numbers of occurrences in \
             all); lower the degree, or write a family of inputs, `(X)^n`"
            .to_owned())
    );
}

#[test]
fn multidegrees_are_all_there_and_in_order() {
    let signature = parse_signature("O(3): a: R^3, b: R^3, c: R^3 -> R").expect("parses");
    let enumeration = Enumeration::new(&signature, None, 1000);
    for degree in 0..6 {
        let all = enumeration.multidegrees(degree).expect("few");
        assert_eq!(all.len(), (degree + 1) * (degree + 2) / 2);
        assert!(all.iter().all(|times| times.iter().sum::<usize>() == degree));
        assert!(all.windows(2).all(|pair| pair[0] > pair[1]));
    }
}

/// A graph as one of petgraph whose isomorphisms are those of the port graph: nodes, wires and their ends are vertices,
/// ends coloured by the class of their slot. Neither the orientation of a wire nor which slot of a class it meets is
/// seen; both only change the sign.
fn incidence(graph: &Graph, shapes: &Shapes) -> petgraph::graph::UnGraph<Vertex, ()> {
    let mut result = petgraph::graph::UnGraph::default();
    let nodes: Vec<_> = graph.nodes.iter().map(|&node| result.add_node(Vertex::Node(node))).collect();
    for wire in &graph.wires {
        let middle = result.add_node(Vertex::Wire);
        for (end, _) in wire.ends() {
            let class = shapes.slot(graph[end.node], end.slot).class;
            let at = result.add_node(Vertex::End(class));
            result.add_edge(nodes[end.node.index()], at, ());
            result.add_edge(at, middle, ());
        }
    }
    result
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Vertex {
    Node(Node),
    Wire,
    End(u8),
}

/// All occurrences and the output, their slots joined at random: linear ones in pairs, those of labels at random spiders.
fn random_graph(signature: &Signature, shapes: &Shapes, multidegree: &[usize], random: &mut Random) -> Graph {
    let mut graph = Graph::default();
    graph.add(Node::Output);
    for (input, &times) in multidegree.iter().enumerate() {
        graph.nodes.extend(std::iter::repeat_n(Node::Input(InputId::new(input)), times));
    }
    for axis in signature.axis_ids() {
        let ports: Vec<End> = graph
            .iter()
            .flat_map(|(id, node)| {
                (0..shapes.slots(node).unwrap_or(0)).map(move |slot| (node, End::new(id, slot)))
            })
            .filter(|(node, end)| shapes.slot(*node, end.slot).axis == Some(axis))
            .map(|(_, end)| end)
            .collect();
        let order = random.permutation(ports.len());
        if !shapes.is_label(axis) {
            order.chunks_exact(2).for_each(|pair| graph.join(ports[pair[0]], ports[pair[1]]));
            continue;
        }
        let mut spiders: Vec<NodeId> = Vec::new();
        for port in ports {
            let choice = random.below(spiders.len() + 1);
            if choice == spiders.len() {
                spiders.push(graph.add(Node::Spider(axis)));
            }
            let slot = graph.degree(spiders[choice]);
            graph.join(port, End::new(spiders[choice], slot));
        }
    }
    graph
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn graphs_have_one_canonical_form_iff_they_are_isomorphic(case in 0_usize..7, seed in any::<u64>()) {
        let (text, multidegree): (&str, &[usize]) = [
            ("O(d) * S(n): a: (R^d)^n -> S^d", &[4][..]),
            ("O(3): P: S^3, a: R^3 -> S^3", &[3, 2]),
            ("Sp(4): a: R^4, A: Alt^2(R^4), P: S^4 -> R^4", &[1, 2, 1]),
            ("O(d): T: Sym^2(R^d) (x) R^d -> R^d", &[3]),
            ("O(d): a: (R^d)^n -> S^d", &[4]),
            ("O(3) * Sp(2): X: R^3 (x) R^2 -> Alt^2(R^2)", &[4]),
            ("S(4): a: Alt^2(R^4), b: R^4 -> R^4", &[2, 2]),
        ][case];
        let signature = parse_signature(text).expect("parses");
        let shapes = Shapes::new(&signature);
        let mut random = Random::seeded(seed);
        let graphs: Vec<Graph> =
            (0..8).map(|_| random_graph(&signature, &shapes, multidegree, &mut random)).collect();
        let canonical: Vec<Graph> = graphs.iter().map(|graph| canonicalise(graph, &shapes).graph).collect();
        let incidences: Vec<_> = graphs.iter().map(|graph| incidence(graph, &shapes)).collect();
        for first in 0..graphs.len() {
            let own = incidence(&canonical[first], &shapes);
            let same = |other| petgraph::algo::is_isomorphic_matching(&own, other, |a, b| a == b, |_, _| true);
            for second in 0..graphs.len() {
                prop_assert_eq!(same(&incidences[second]), canonical[first] == canonical[second]);
            }
        }
    }
}

#[test]
fn signatures_of_too_many_slots_or_inputs_are_refused() {
    let message = |text: &str| parse_signature(text).expect_err("too large").to_string();
    let slots = ["T^32(R^2)"; 4].join(" (x) ");
    assert_eq!(
        message(&format!("O(2): a: {slots} -> R")),
        "input `a` has 128 indices, more than the 120 that are supported"
    );
    assert_eq!(
        message(&format!("O(2): -> {slots}")),
        "the output has 128 indices, more than the 120 that are supported"
    );
    // 64 scalars in the place of vectors have no slot, but are factors of a diagram, as deltas of the output are.
    let signature = parse_signature("S(n): x: R -> T^32(R^n) (x) T^32(R^n)").expect("parses");
    let enumeration = Enumeration::new(&signature, Some(1), 1000);
    assert_eq!(enumeration.of_multidegree(&[56]).map(|found| found.len()), Ok(1));
    assert_eq!(
        enumeration.of_multidegree(&[57]).map_err(|limit| limit.to_string()),
        Err("a diagram of degree 57 has more than 120 occurrences and indices of the output in all; lower the degree"
            .to_owned())
    );
}
