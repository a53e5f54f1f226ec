use super::*;
use crate::signature::parse_signature;

mod permutations;
mod weights;

pub(super) fn read(text: &str) -> (Signature, Sizes) {
    let signature = parse_signature(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let sizes = Sizes::sample(&signature, &[]);
    (signature, sizes)
}

fn table(text: &str, max_degree: usize) -> Vec<u64> {
    let (signature, sizes) = read(text);
    dimensions(&signature, &sizes, max_degree).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn even(table: Vec<u64>) -> Vec<u64> {
    assert!(table.iter().skip(1).step_by(2).all(|&count| count == 0));
    table.into_iter().step_by(2).collect()
}

/// The number of invariants in every tensor power up to `max_rank`.
fn isotropic(group: &str, dimension: usize, max_rank: usize) -> Vec<u64> {
    (0..=max_rank).map(|rank| table(&format!("{group}: -> T^{rank}(R^{dimension})"), 0)[0]).collect()
}

#[test]
fn families_of_vectors_count_multigraphs() {
    // Multigraphs by number of edges, loops allowed.
    assert_eq!(even(table("O(6) * S(12): (R^6)^12 -> R", 12)), [1, 2, 7, 23, 79, 274, 1003]);
    assert_eq!(even(table("O(4) * S(8): (R^4)^8 -> S^4", 6)), [1, 4, 16, 66]);
    assert_eq!(even(table("O(3) * S(4): (R^3)^4 -> R", 8)), [1, 2, 7, 20, 52]);
    assert_eq!(even(table("O(3) * S(6): (R^3)^6 -> R", 8)), [1, 2, 7, 23, 74]);
}

#[test]
fn sizes_beyond_the_stable_range_change_nothing() {
    for text in ["O(5) * S(10): (R^5)^10 -> R", "O(7) * S(11): (R^7)^11 -> R", "O(6) * S(20): (R^6)^20 -> R"]
    {
        assert_eq!(even(table(text, 10)), [1, 2, 7, 23, 79, 274], "{text}");
    }
}

#[test]
fn symmetric_matrices_count_as_in_the_literature() {
    assert_eq!(table("O(3): S^3 -> S^3", 7), [1, 2, 4, 6, 9, 12, 16, 20]);
    assert_eq!(table("O(3): S^3, S^3 -> R", 7), [1, 2, 6, 14, 29, 56, 106, 184]);
    assert_eq!(table("O(3): S^3, S^3 -> S^3", 7), [1, 4, 13, 34, 80, 170, 339, 636]);
    assert_eq!(table("O(3): T^2(R^3) -> T^2(R^3)", 6), [1, 3, 9, 19, 39, 69, 119]);
    assert_eq!(table("O(3): R^3, S^3 -> R^3", 6), [0, 1, 2, 5, 9, 17, 27]);
}

#[test]
fn vectors_count_as_in_the_literature() {
    let (signature, sizes) = read("O(3): a: R^3, b: R^3, c: R^3, e: R^3 -> R");
    assert_eq!(dimension(&signature, &sizes, 8), Ok(714));
    assert_eq!(table("SO(3): R^3, R^3, R^3 -> R^3", 5), [0, 3, 3, 18, 18, 63]);
    assert_eq!(table("SO(3): R^3, R^3 -> S^3", 6), [1, 0, 6, 2, 15, 6, 28]);
}

#[test]
fn isotropic_tensors_count_as_in_the_literature() {
    // Smith 1968 (Riordan numbers) and, for SO(4), squares of Catalan numbers.
    assert_eq!(isotropic("SO(3)", 3, 9), [1, 0, 1, 1, 3, 6, 15, 36, 91, 232]);
    assert_eq!(even(isotropic("O(3)", 3, 10)), [1, 1, 3, 15, 91, 603]);
    assert_eq!(even(isotropic("SO(4)", 4, 8)), [1, 1, 4, 25, 196]);
    assert_eq!(even(isotropic("Sp(4)", 4, 10)), [1, 1, 3, 14, 84, 594]);
    assert_eq!(isotropic("SO(5)", 5, 7)[4..], [3, 1, 15, 15]);
    assert_eq!(isotropic("S(4)", 4, 6), [1, 1, 2, 5, 15, 51, 187]);
    assert_eq!(even(isotropic("O(9)", 9, 10)), [1, 1, 3, 15, 105, 945]);
}

#[test]
fn real_forms_count_as_the_compact_one() {
    for map in ["R^4, S^4 -> R^4", "-> T^6(R^4)", "R^4, pseudo Alt^2(R^4) -> Sym0^2(R^4)"] {
        // Rotations do not change the sign of pseudo-tensors.
        let special = map.replace("pseudo ", "");
        assert_eq!(table(&format!("O(1,3): {map}"), 4), table(&format!("O(4): {map}"), 4));
        assert_eq!(table(&format!("SO(2,2): {special}"), 4), table(&format!("SO(4): {special}"), 4));
    }
}

#[test]
fn free_labels_count_coefficients() {
    assert_eq!(table("O(5): (R^5)^4 -> S^5", 2), [1, 0, 20]);
    assert_eq!(table("1: (R)^3 -> R", 4), [1, 3, 6, 10, 15]);
    assert_eq!(table("1: (R)^3 -> (R)^2", 2), [2, 6, 12]);
}

#[test]
fn rotations_have_the_maps_of_both_parities() {
    for dimension in 1..=6 {
        for (inputs, output, degree) in [
            ("R^d, R^d", "R^d", 5),
            ("S^d", "S^d", 3),
            ("R^d, Alt^2(R^d)", "Alt^3(R^d)", 3),
            ("T^2(R^d)", "R", 4),
            ("Sym0^3(R^d), R^d", "Sym0^2(R^d) (x) R^d", 2),
        ] {
            let count = |group: &str, pseudo: &str| {
                let text = format!("{group}(d): {inputs} -> {pseudo} ({output})");
                table(
                    &text.replace("(d)", &format!("({dimension})")).replace("^d", &format!("^{dimension}")),
                    degree,
                )
            };
            let (even, odd, all) = (count("O", ""), count("O", "pseudo"), count("SO", ""));
            let sums: Vec<u64> = even.iter().zip(&odd).map(|(a, b)| a + b).collect();
            assert_eq!(sums, all, "d = {dimension}: {inputs} -> {output}");
        }
    }
}

#[test]
fn the_hodge_dual_of_a_form_is_a_pseudo_form() {
    for dimension in 2..=6 {
        for rank in 0..=dimension {
            let dual = dimension - rank;
            let text =
                format!("O({dimension}): Alt^{rank}(R^{dimension}) -> pseudo Alt^{dual}(R^{dimension})");
            assert_eq!(table(&text, 1)[1], 1, "{text}");
        }
        let text = format!("O({dimension}): -> Alt^{}(R^{dimension})", dimension + 1);
        assert_eq!(table(&text, 0), [0], "{text}");
    }
}

#[test]
fn traceless_tensors_are_what_is_left_of_symmetric_ones() {
    for group in ["O(2)", "O(3)", "SO(4)", "O(5)"] {
        let dimension = group.trim_matches(|c: char| !c.is_ascii_digit());
        for rank in 2..=4 {
            let count = |space: &str, rank: usize| {
                table(&format!("{group}: R^{dimension}, S^{dimension} -> {space}^{rank}(R^{dimension})"), 4)
            };
            let (whole, trace, rest) = (count("Sym", rank), count("Sym", rank - 2), count("Sym0", rank));
            let sums: Vec<u64> = rest.iter().zip(&trace).map(|(a, b)| a + b).collect();
            assert_eq!(sums, whole, "{group}, rank {rank}");
        }
    }
}

#[test]
fn spaces_of_dimension_zero_and_one_are_counted() {
    // On the line, a tensor is one number and the group its sign.
    assert_eq!(table("O(1): R^1 -> R", 4), [1, 0, 1, 0, 1]);
    assert_eq!(table("O(1): pseudo R^1 -> R", 3), [1; 4]);
    assert_eq!(table("SO(1): T^2(R^1) -> R^1", 2), [1; 3]);
    assert_eq!(table("O(1): Sym0^2(R^1) -> R", 2), [1, 0, 0]);
    assert_eq!(table("O(1): -> Alt^2(R^1)", 0), [0]);
    // Without directions, only scalars are left.
    assert_eq!(table("O(0): R^0, R -> R", 3), [1; 4]);
    for space in ["R^0", "S^0", "Alt^2(R^0)", "Sym0^2(R^0)", "Sym0^3(R^0)"] {
        for group in ["O(0)", "SO(0)", "Sp(0)", "S(0)"] {
            if !(group.contains('S') && space.contains("Sym0")) {
                assert_eq!(table(&format!("{group}: -> {space}"), 0), [0], "{group}: {space}");
            }
        }
    }
    assert_eq!(table("O(0): pseudo R -> R", 2), [1; 3]);
    assert_eq!(table("S(1): R^1 -> R", 2), [1; 3]);
}

#[test]
fn without_inputs_only_degree_zero_counts() {
    assert_eq!(table("O(3): -> T^4(R^3)", 3), [3, 0, 0, 0]);
    let (signature, sizes) = read("O(3): -> T^4(R^3)");
    assert_eq!(dimension_of_multidegree(&signature, &sizes, &[]), Ok(3));
}

#[test]
fn multidegrees_add_up_to_degrees() {
    for text in [
        "O(3): a: R^3, b: S^3, c: R^3 -> T^2(R^3)",
        "O(4): a: R^4, b: pseudo R^4, c: Alt^2(R^4) -> R^4",
        "O(3) * S(3): x: (R^3)^3, w: R^3, y: (R)^3 -> R",
        "O(2) * O(3): x: R^2 (x) R^3, y: R, z: S^3 -> R^3 (x) R^2",
    ] {
        let (signature, sizes) = read(text);
        let totals = dimensions(&signature, &sizes, 4).expect("small");
        for (degree, &total) in totals.iter().enumerate() {
            let mut multidegrees = Vec::new();
            for a in 0..=degree {
                multidegrees.extend((0..=degree - a).map(|b| [a, b, degree - a - b]));
            }
            let counts = dimensions_of_multidegrees(&signature, &sizes, &multidegrees).expect("small");
            assert_eq!(counts.iter().sum::<u64>(), total, "{text}, degree {degree}");
            for (degrees, &count) in multidegrees.iter().zip(&counts) {
                assert_eq!(dimension_of_multidegree(&signature, &sizes, degrees), Ok(count));
            }
            assert_eq!(dimension(&signature, &sizes, degree), Ok(total));
        }
    }
}

#[test]
fn a_product_of_groups_counts_products() {
    let isotropic = |text: &str| table(text, 0)[0];
    assert_eq!(
        isotropic("O(3) * O(2): -> T^6(R^3) (x) T^4(R^2)"),
        isotropic("O(3): -> T^6(R^3)") * isotropic("O(2): -> T^4(R^2)")
    );
    // A 3 x 2 matrix up to rotations on either side has invariants tr M M^T and tr (M M^T)^2.
    assert_eq!(even(table("O(3) * O(2): R^3 (x) R^2 -> R", 8)), [1, 1, 2, 2, 3]);
}

#[test]
fn counts_out_of_reach_are_refused_in_one_line() {
    let refused = |text: &str, degree: usize| {
        let (signature, sizes) = read(text);
        dimensions(&signature, &sizes, degree).expect_err("out of reach").to_string()
    };
    let lines = [
        refused("O(40): R^40 -> R", 90),
        refused("O(10) * S(30): (R^10)^30 -> R", 20),
        refused("1: (R)^1000 -> R", 12),
        refused("S(20): -> T^32(R^20)", 0),
        refused("O(3): R^3 -> R", usize::MAX),
        refused("O(3): R^3 -> R", 1_000_000_000),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r"
    the Molien-Weyl integral needs 49381048950537360 points, more than the budget of 2000000
    the Molien-Weyl integral needs 20219052672 multiplications, more than the budget of 2000000000
    the dimension may exceed 2305843009213693950, the largest that the Molien-Weyl integral tells; lower the degree, or let the length of a family be symbolic
    the dimension may exceed 2305843009213693950, the largest that the Molien-Weyl integral tells; lower the degree, or let the length of a family be symbolic
    the Molien-Weyl integral needs 18446744073709551615 multiplications, more than the budget of 2000000000
    the Molien-Weyl integral needs 1500000002500000001 multiplications, more than the budget of 2000000000
    ");
}

#[test]
fn dimensions_are_told_as_long_as_they_are_below_the_prime() {
    let binomial = |n: u128, k: u128| (0..k).fold(1, |value, i| value * (n - i) / (i + 1));
    let (signature, sizes) = read("1: (R)^250 -> R");
    assert_eq!(dimension(&signature, &sizes, 10).map(u128::from), Ok(binomial(259, 10)));
    assert_eq!(dimension(&signature, &sizes, 11), Err(MolienError::Size));
    // All 4^32 entries would be too many, but not the matchings. The count is a determinant of Catalan numbers.
    let (signature, sizes) = read("Sp(4): -> T^32(R^4)");
    let catalan = |n: u128| binomial(2 * n, n) / (n + 1);
    let expected = catalan(16) * catalan(18) - catalan(17) * catalan(17);
    assert_eq!(dimension(&signature, &sizes, 0).map(u128::from), Ok(expected));
}
