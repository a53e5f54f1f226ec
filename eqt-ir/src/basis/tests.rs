use super::*;
use crate::signature::parse_signature;

fn dimensions(text: &str, degrees: RangeInclusive<usize>) -> Vec<usize> {
    let signature = parse_signature(text).expect("parses");
    let options = Options { degrees, labels: None, limit: Options::LIMIT };
    let basis = Basis::new(&signature, &options).unwrap_or_else(|error| panic!("{text}: {error}"));
    basis.proof().counts().iter().map(|count| count.members).collect()
}

fn even(text: &str, top: usize) -> Vec<usize> {
    dimensions(text, 0..=top).into_iter().step_by(2).collect()
}

#[test]
fn vectors_with_labels_have_the_known_dimensions() {
    assert_eq!(even("O(d)*S(n): (R^d)^n -> R", 10), [1, 2, 7, 23, 79, 274]);
    assert_eq!(even("O(d)*S(n): (R^d)^n -> S^d", 6), [1, 4, 16, 66]);
    assert_eq!(even("O(3)*S(n): (R^3)^4 -> R".replace('n', "4").as_str(), 8), [1, 2, 7, 20, 52]);
    assert_eq!(even("O(3)*S(6): (R^3)^6 -> R", 8), [1, 2, 7, 23, 74]);
    assert_eq!(dimensions("O(3): a: R^3, b: R^3, c: R^3, e: R^3 -> R", 8..=8), [714]);
    assert_eq!(dimensions("O(3): S^3 -> S^3", 0..=7), [1, 2, 4, 6, 9, 12, 16, 20]);
}

#[test]
fn free_labels_of_literal_length_are_counted_as_scalars() {
    let signature = parse_signature("O(5): (R^5)^4 -> S^5").expect("parses");
    let counts = count(&signature, &Options::exactly(2)).expect("counts");
    let count = DegreeCount {
        degree: 2,
        members: 2,
        scalars: Some(20),
        coefficients: Some(20),
        independent: true,
        molien: Some(20),
    };
    assert_eq!(counts[0], count);
}

#[test]
fn one_label_keeps_powers_of_the_norm() {
    let signature = parse_signature("O(d)*S(n): (R^d)^n -> S^d").expect("parses");
    assert_eq!(Basis::new(&signature, &Options::up_to(12).with_labels(1)).expect("basis").elements.len(), 13);
    let signature = parse_signature("O(d): (R^d)^n -> S^d").expect("parses");
    assert_eq!(Basis::new(&signature, &Options::up_to(10).with_labels(1)).expect("basis").elements.len(), 11);
}

#[test]
fn huge_literal_sizes_are_clamped() {
    assert_eq!(even("O(100)*S(100): (R^100)^100 -> R", 4), [1, 2, 7]);
}

#[test]
fn small_and_empty_sizes_have_their_true_dimensions() {
    assert_eq!(dimensions("O(0): R^0 -> R", 0..=2), [1, 0, 0]);
    assert_eq!(dimensions("O(1): R^1 -> R", 0..=4), [1, 0, 1, 0, 1]);
    assert_eq!(dimensions("SO(1): R^1 -> R", 0..=3), [1, 1, 1, 1]);
    assert_eq!(dimensions("O(3)*S(0): (R^3)^0 -> R", 0..=2), [1, 0, 0]);
    assert_eq!(dimensions("O(3)*S(1): (R^3)^1 -> R", 0..=4), [1, 0, 1, 0, 1]);
    assert_eq!(dimensions("Sp(0): R^0 -> R", 0..=2), [1, 0, 0]);
    assert_eq!(dimensions("O(3): -> S^3", 0..=2), [1, 0, 0]);
    assert_eq!(dimensions("1: -> R", 0..=3), [1, 0, 0, 0]);
    assert_eq!(dimensions("SO(2): R^2 -> R^2", 0..=3), [0, 2, 0, 2]);
}

#[test]
fn isotropic_tensors_have_the_known_dimensions() {
    let isotropic = |group: &str, d: usize, ranks: &[usize]| -> Vec<usize> {
        ranks.iter().map(|rank| dimensions(&format!("{group}: -> T^{rank}(R^{d})"), 0..=0)[0]).collect()
    };
    assert_eq!(isotropic("SO(3)", 3, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), [1, 0, 1, 1, 3, 6, 15, 36, 91, 232]);
    assert_eq!(isotropic("O(3)", 3, &[0, 2, 4, 6, 8, 10]), [1, 1, 3, 15, 91, 603]);
    assert_eq!(isotropic("SO(4)", 4, &[0, 2, 4, 6, 8]), [1, 1, 4, 25, 196]);
    assert_eq!(isotropic("Sp(4)", 4, &[0, 2, 4, 6, 8, 10]), [1, 1, 3, 14, 84, 594]);
    assert_eq!(isotropic("SO(5)", 5, &[4, 5, 6, 7]), [3, 1, 15, 15]);
    assert_eq!(isotropic("O(1,3)", 4, &[0, 2, 4, 6]), isotropic("O(4)", 4, &[0, 2, 4, 6]));
    assert_eq!(isotropic("S(4)", 4, &[0, 1, 2, 3, 4, 5, 6]), [1, 1, 2, 5, 15, 51, 187]);
}

#[test]
fn classical_groups_on_mixed_inputs_have_the_known_dimensions() {
    assert_eq!(dimensions("O(3): P: S^3, Q: S^3 -> R", 0..=7), [1, 2, 6, 14, 29, 56, 106, 184]);
    assert_eq!(dimensions("O(3): P: S^3, Q: S^3 -> S^3", 0..=7), [1, 4, 13, 34, 80, 170, 339, 636]);
    assert_eq!(dimensions("O(3): T^2(R^3) -> T^2(R^3)", 0..=6), [1, 3, 9, 19, 39, 69, 119]);
    assert_eq!(dimensions("O(3): a: R^3, P: S^3 -> R^3", 0..=6), [0, 1, 2, 5, 9, 17, 27]);
    assert_eq!(dimensions("SO(3): a: R^3, b: R^3, c: R^3 -> R^3", 0..=5), [0, 3, 3, 18, 18, 63]);
    assert_eq!(dimensions("SO(3): a: R^3, b: R^3 -> S^3", 0..=6), [1, 0, 6, 2, 15, 6, 28]);
    assert_eq!(dimensions("O(3): T^4(R^3) -> T^4(R^3)", 1..=1), [91]);
}

#[test]
fn too_large_a_basis_is_refused_with_its_size() {
    let refusal = |text: &str, degree: usize| {
        let signature = parse_signature(text).expect("parses");
        Basis::new(&signature, &Options::up_to(degree)).expect_err("too large").to_string()
    };
    let signature = parse_signature("O(d)*S(n): (R^d)^n -> S^d").expect("parses");
    let dimension =
        crate::molien::dimension(&signature, &stable_sizes(&signature, 16, None), 16).expect("counts");
    let message = refusal("O(d)*S(n): (R^d)^n -> S^d", 16);
    assert!(message.contains(&format!("has {dimension} members, more than the limit of 20000")), "{message}");
    assert!(refusal("O(3)*S(n): (R^3)^n -> S^3", 60).contains("Molien-Weyl integral"));
    assert!(refusal("O(d): (R^d)^n -> S^d", 60).contains("more than the limit of 20000"));
    assert!(refusal("O(d): (R^d)^100 -> S^d", 60).contains("Molien-Weyl"));
    assert!(refusal("O(3): R^3 -> R", 1000).contains("largest supported degree 64"));
}

/// The arrays, their coefficients and the independent ones, of one degree.
fn arrays(text: &str, degree: usize) -> (usize, Option<u64>, Option<u64>, bool) {
    let signature = parse_signature(text).expect("parses");
    let options = Options::exactly(degree);
    let basis = Basis::new(&signature, &options).unwrap_or_else(|error| panic!("{text}: {error}"));
    let count = &basis.proof().counts()[0];
    assert_eq!(count.members, basis.elements.len());
    (count.members, count.coefficients, count.scalars, count.independent)
}

fn binomial(n: u64, k: u64) -> u64 {
    (0..k).fold(1, |product, i| product * (n - i) / (i + 1))
}

#[test]
fn coefficients_are_counted_beside_the_independent_ones() {
    // The entries are the monomials of degree 3 in the n(n+1)/2 inner products. For vectors of the plane the 3 x 3
    // minors of the Gram matrix are zero (second fundamental theorem), and these span the Schur functor (2,2,2) of R^n.
    for n in 1..=5_u64 {
        let monomials = binomial(n * (n + 1) / 2 + 2, 3);
        // The 3 x 3 minors of a symmetric matrix span the Schur functor (2,2,2).
        let minors = if n < 3 { 0 } else { [1, 10, 50][n as usize - 3] };
        let found = arrays(&format!("O(2): a: (R^2)^{n} -> R"), 6);
        assert_eq!(found, (1, Some(monomials), Some(monomials - minors), minors == 0), "{n}");
    }
    // c_ij of <a_i, a_j> is symmetric, c_ij of a_i a_j^T for a general matrix is not.
    assert_eq!(arrays("O(d): (R^d)^7 -> R", 2), (1, Some(28), Some(28), true));
    assert_eq!(arrays("O(d): (R^d)^7 -> T^2(R^d)", 2), (2, Some(28 + 49), Some(28 + 49), true));
    assert_eq!(arrays("SO(3): (R^3)^5 -> R", 3), (1, Some(10), Some(10), true));
    // A label of the output multiplies.
    assert_eq!(arrays("O(d): (R^d)^7 -> (R)^3", 2), (1, Some(84), Some(84), true));
    // Arrays over symbolic lengths have the same relations.
    assert_eq!(arrays("O(2): (R^2)^n -> R", 6), (1, None, None, false));
    assert_eq!(arrays("O(3): (R^3)^n -> R", 6), (1, None, None, true));
}

#[test]
fn arrays_that_are_zero_are_left_out() {
    let none = |text: &str, degree: usize| {
        let signature = parse_signature(text).expect("parses");
        let basis = Basis::new(&signature, &Options::exactly(degree)).expect("a basis");
        basis.require_members().expect_err("no members").to_string()
    };
    assert_eq!(
        none("SO(3): (R^3)^2 -> R", 3),
        "the map can only be zero: every contraction of degree 3 is zero at these sizes"
    );
    assert_eq!(arrays("SO(3): (R^3)^3 -> R", 3), (1, Some(1), Some(1), true));
    assert_eq!(arrays("SO(3): (R^3)^n -> R", 3).0, 1);
    // Three antisymmetric matrices of the plane commute; an alternating trace of them is zero.
    assert!(none("O(2): (Alt^2(R^2))^3 -> R", 3).contains("at these sizes"));
    assert_eq!(arrays("O(3): (Alt^2(R^3))^3 -> R", 3).0, 1);
    assert!(none("O(3): (R^3)^0 -> R^3", 1).contains("at these sizes"));
    assert_eq!(arrays("O(3): (R^3)^1 -> R^3", 1).0, 1);
    assert!(none("O(3): (R^3)^4 -> (R^3)^0", 1).contains("at these sizes"));
    assert_eq!(dimensions("O(3): (R^3)^0 -> R", 0..=4), [1, 0, 0, 0, 0]);
    // A member of no vector is left.
    assert_eq!(dimensions("SO(3): a: (R^3)^2, b: R^3 -> R", 0..=3), [1, 0, 3, 1]);
    assert_eq!(dimensions("SO(3): a: (R^3)^1, b: R^3 -> R", 0..=3), [1, 0, 3, 0]);
    let one_label = |text: &str| {
        let signature = parse_signature(text).expect("parses");
        Basis::new(&signature, &Options::up_to(4).with_labels(1)).expect("a basis").elements.len()
    };
    assert_eq!((one_label("O(3): (R^3)^0 -> R"), one_label("O(3): (R^3)^1 -> R")), (1, 3));
}

#[test]
fn signs_and_normalisation_are_as_documented() {
    use eqt_runtime::{Fp, Scalar};

    use crate::diagram::Evaluator;
    use crate::exact::tensor::Tensor;
    use crate::signature::Sizes;

    // The first member, linear in all inputs, at unit vectors, inputs being vectors of one dimension.
    let value = |text: &str, units: &[usize], entry: &[usize]| {
        let signature = parse_signature(text).expect("parses");
        let basis = Basis::new(&signature, &Options::exactly(units.len())).expect("a basis");
        let literal = |axis| signature.axis(axis).dimension.literal().expect("a number");
        let sizes = Sizes(signature.axis_ids().map(literal).collect());
        let unit = |(input, &unit): (usize, &usize)| {
            let mut vector = Tensor::zeros(sizes.shape(&signature.inputs[input].space.layout().slots));
            vector.data[unit - 1] = Fp::ONE;
            vector
        };
        let inputs: Vec<Tensor> = units.iter().enumerate().map(unit).collect();
        let mixed =
            |element: &&Element| element.diagram.occurrences(inputs.len()).iter().all(|&times| times == 1);
        let member = basis.elements.iter().find(mixed).expect("a member");
        let value =
            Evaluator::new(&signature, &sizes).evaluate(&member.diagram, &inputs, None).expect("no budget");
        let entry: Vec<usize> = entry.iter().map(|index| index - 1).collect();
        value.at(&entry)
    };
    let number = Fp::from_i64;
    // The form between inputs, from the first to the second; its inverse between slots of the output.
    assert_eq!(value("Sp(4): a: R^4, b: R^4 -> R", &[1, 3], &[]), number(1));
    assert_eq!(value("Sp(4): a: R^4, b: R^4 -> R", &[3, 1], &[]), number(-1));
    assert_eq!(value("Sp(4): -> T^2(R^4)", &[], &[1, 3]), number(-1));
    assert_eq!(value("Sp(4): -> T^2(R^4)", &[], &[3, 1]), number(1));
    assert_eq!(value("O(1,3): a: R^4, b: R^4 -> R", &[1, 1], &[]), number(1));
    assert_eq!(value("O(1,3): a: R^4, b: R^4 -> R", &[2, 2], &[]), number(-1));
    assert_eq!(value("O(1,3): a: R^4 -> R^4", &[2], &[2]), number(1));
    // The epsilon: the output first, its indices raised; inputs plainly.
    assert_eq!(value("SO(3): a: R^3, b: R^3 -> R^3", &[1, 2], &[3]), number(1));
    assert_eq!(value("O(2): a: R^2 -> pseudo R^2", &[2], &[1]), number(1));
    assert_eq!(value("SO(2,1): -> T^3(R^3)", &[], &[1, 2, 3]), number(-1));
    assert_eq!(value("SO(2,1): a: R^3, b: R^3, c: R^3 -> R", &[1, 2, 3], &[]), number(1));
    // Averages, and the orthogonal projection.
    let half = |numerator: i64| Fp::from_ratio(numerator, 2);
    assert_eq!(value("Sp(4): a: R^4, b: R^4 -> S^4", &[1, 2], &[2, 1]), half(1));
    assert_eq!(value("O(3): a: R^3, b: R^3 -> Alt^2(R^3)", &[1, 2], &[2, 1]), half(-1));
    assert_eq!(value("O(2): a: R^2, b: R^2 -> Sym0^2(R^2)", &[1, 1], &[2, 2]), half(-1));
    assert_eq!(
        value("O(3): a: R^3, b: R^3, c: R^3 -> Sym^3(R^3)", &[1, 2, 3], &[3, 1, 2]),
        Fp::from_ratio(1, 6)
    );
}

#[test]
fn tensors_of_too_many_entries_are_refused_before_they_are_written_down() {
    let signature = parse_signature("O(2): a: Sym^32(R^2) (x) Sym^32(R^2) (x) R^2 -> R^2").expect("parses");
    let refused = Basis::new(&signature, &Options::exactly(1)).map(|basis| basis.elements.len());
    assert_eq!(refused, Err(Error::Entries { entries: u64::MAX }));
    // As many diagrams as the dimension: nothing needs to be evaluated.
    let signature = parse_signature("O(2): -> Sym^32(R^2) (x) Sym^32(R^2) (x) Sym^2(R^2)").expect("parses");
    assert_eq!(Basis::new(&signature, &Options::exactly(0)).map(|basis| basis.elements.len()), Ok(49));
}
