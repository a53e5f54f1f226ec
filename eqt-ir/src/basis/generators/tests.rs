use super::*;
use crate::basis::Options;
use crate::diagram::{Notation, Style};
use crate::signature::parse_signature;

fn find(text: &str, degree: Option<usize>) -> Generators {
    let signature = parse_signature(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    generators(&signature, degree, Options::LIMIT).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// How many elements there are of degree 0, 1, 2, ..
fn by_degree(elements: &[Element]) -> Vec<usize> {
    let mut counts = vec![0; elements.iter().map(|element| element.degree + 1).max().unwrap_or(0)];
    for element in elements {
        counts[element.degree] += 1;
    }
    counts
}

fn formulas(found: &Generators) -> (Vec<String>, Vec<String>) {
    let write = |signature: &Signature, elements: &[Element]| {
        let notation = Notation::new(signature, Style::Text);
        elements.iter().map(|element| notation.member(&element.diagram)).collect()
    };
    (write(&found.invariant_signature(), &found.invariants), write(&found.signature, &found.covariants))
}

#[test]
fn symmetric_matrices_have_the_classical_generators() {
    let one = find("O(3): A: S^3 -> S^3", None);
    assert_eq!(formulas(&one).0, ["tr(A)", "tr(A A)", "tr(A A A)"]);
    assert_eq!(by_degree(&one.covariants), [1, 1, 1]);
    let two = find("O(3): A: S^3, B: S^3 -> S^3", None);
    assert_eq!(two.invariants.len(), 10);
    assert_eq!(by_degree(&two.covariants), [1, 2, 3, 2, 1]);
    assert!(two.bound.source.is_some());
    let plane = find("O(2): A: S^2, B: S^2 -> S^2", None);
    assert_eq!((by_degree(&plane.invariants), by_degree(&plane.covariants)), (vec![0, 2, 3], vec![1, 2]));
}

#[test]
fn three_symmetric_matrices_have_28_invariants() {
    assert_eq!(find("O(3): A: S^3, B: S^3, C: S^3 -> R", None).invariants.len(), 28);
}

#[test]
fn vectors_have_inner_products_and_one_determinant() {
    let three = find("SO(3): a: R^3, b: R^3, c: R^3 -> R", None);
    assert_eq!(by_degree(&three.invariants), [0, 0, 6, 1]);
    assert_eq!(by_degree(&three.covariants), [1]);
    let vector = find("SO(3): a: R^3, b: R^3 -> R^3", None);
    assert_eq!(formulas(&vector).1, ["a^p", "b^p", "a^q b^r eps^pqr"]);
    let symplectic = find("Sp(4): a: R^4, b: R^4 -> S^4", None);
    assert_eq!(
        (by_degree(&symplectic.invariants), by_degree(&symplectic.covariants)),
        (vec![0, 0, 1], vec![0, 0, 3])
    );
    let lorentz = find("O(1,3): a: R^4, b: R^4 -> T^2(R^4)", None);
    assert_eq!(
        (by_degree(&lorentz.invariants), by_degree(&lorentz.covariants)),
        (vec![0, 0, 3], vec![1, 0, 4])
    );
    let pseudo = find("O(3): a: R^3, b: R^3, c: R^3 -> pseudo R", None);
    assert_eq!(by_degree(&pseudo.covariants), [0, 0, 0, 1]);
}

#[test]
fn families_of_matrices_have_each_array_once() {
    // Spencer and Rivlin: polarised traces of products of degree 1 to 5, one array for each degree.
    for text in ["O(3): a: (S^3)^3 -> R", "O(3): a: (S^3)^4 -> R", "O(3): a: (S^3)^n -> R"] {
        assert_eq!(by_degree(&find(text, Some(5)).invariants), [0, 1, 1, 1, 1, 1], "{text}");
    }
    for text in ["O(3): a: (S^3)^2 -> S^3", "O(3): a: (Sym0^2(R^3))^3 -> R", "O(2): a: (S^2)^n -> S^2"] {
        let (mut invariants, mut covariants) = formulas(&find(text, Some(4)));
        let found = (invariants.len(), covariants.len());
        for formulas in [&mut invariants, &mut covariants] {
            formulas.sort_unstable();
            formulas.dedup();
        }
        assert_eq!((invariants.len(), covariants.len()), found, "{text}");
    }
}

#[test]
fn pseudo_vectors_have_the_generators_of_even_parity() {
    // <v, w> is odd: its square, and v, v x w and <v, w> w.
    let pair = find("O(3): v: R^3, w: pseudo R^3 -> R^3", None);
    assert_eq!(
        (by_degree(&pair.invariants), by_degree(&pair.covariants)),
        (vec![0, 0, 2, 0, 1], vec![0, 1, 1, 1])
    );
    assert!(pair.bound.source.is_some());
    // 6 + 1 inner products, the determinants of w with two of a, b, c, and the products <x, w> <y, w>; det(a, b, c)
    // <a, w> is <a, a> det(b, c, w) - .. + .., four vectors of space being dependent.
    let four = find("O(3): a: R^3, b: R^3, c: R^3, w: pseudo R^3 -> R", None);
    assert_eq!(by_degree(&four.invariants), [0, 0, 7, 3, 6]);
    // Alone, pseudo vectors of O(3) are vectors of SO(3).
    let alone = find("O(3): u: pseudo R^3, v: pseudo R^3, w: pseudo R^3 -> pseudo R^3", None);
    let turned = find("SO(3): u: R^3, v: R^3, w: R^3 -> R^3", None);
    assert_eq!(by_degree(&alone.invariants), by_degree(&turned.invariants));
    assert_eq!(by_degree(&alone.covariants), by_degree(&turned.covariants));
    let free = find("O(d): v: (R^d)^n, w: (pseudo R^d)^m -> R", None);
    assert_eq!(by_degree(&free.invariants), [0, 0, 2, 0, 1]);
    // None is found in the two degrees beyond the bound.
    for (text, beyond) in [
        ("O(3): v: R^3, w: pseudo R^3 -> R^3", 7),
        ("O(3): v: R^3, w: pseudo R^3 -> pseudo R", 7),
        ("O(2): a: R^2, b: R^2, w: pseudo R^2 -> R^2", 7),
        ("O(2): a: R^2, v: pseudo R^2, w: pseudo R^2 -> pseudo S^2", 6),
        ("O(1,2): a: R^3, b: R^3, w: pseudo R^3 -> pseudo R", 7),
        ("O(1): a: R^1, w: pseudo R^1 -> pseudo R^1", 6),
        ("O(3): a: R^3, b: R^3, w: pseudo R^3 -> S^3", 7),
    ] {
        let (known, searched) = (find(text, None), find(text, Some(beyond)));
        assert!(known.bound.invariants.max(known.bound.covariants) < beyond, "{text}: {:?}", known.bound);
        assert_eq!(
            (known.invariants, known.covariants),
            (searched.invariants, searched.covariants),
            "{text}"
        );
    }
    // The parity of the pseudo vector is that of another axis.
    let other = parse_signature("Sp(2) * O(3): pseudo R^2 -> R").expect("parses");
    assert_eq!(known_bound(&other), None);
}

#[test]
fn families_with_free_labels_have_the_generators_of_corollary_1() {
    let (invariants, covariants) = formulas(&find("O(d): a: (R^d)^n -> S^d", None));
    assert_eq!(invariants, ["sum_ij c_ij <a_i, a_j>"]);
    assert_eq!(covariants, ["delta^pq", "sum_ij c_ij a_i^p a_j^q"]);
    assert_eq!(formulas(&find("O(5): a: (R^5)^100 -> S^5", None)), (invariants, covariants));
    let (invariants, covariants) = formulas(&find("SO(3): a: (R^3)^n -> (R^3)^m", None));
    assert_eq!(invariants.len(), 2);
    assert_eq!(covariants.len(), 2);
    // Two labels have no determinant of three vectors, and one label no cross product.
    assert_eq!(find("SO(3): a: (R^3)^2 -> R^3", None).invariants.len(), 1);
    assert_eq!(by_degree(&find("SO(3): a: (R^3)^2 -> R^3", None).covariants), [0, 1, 1]);
    assert_eq!(by_degree(&find("SO(3): a: (R^3)^1 -> R^3", None).covariants), [0, 1]);
}

#[test]
fn symmetric_functions_are_generated_by_power_sums() {
    assert_eq!(by_degree(&find("S(4): R^4 -> R", None).invariants), [0, 1, 1, 1, 1]);
    // Multisymmetric functions of two points with two coordinates: 2 + 3; of three points: 2 + 3 + 4.
    assert_eq!(by_degree(&find("S(2): x: R^2, y: R^2 -> R", None).invariants), [0, 2, 3]);
    assert_eq!(by_degree(&find("S(3): x: R^3, y: R^3 -> R", None).invariants), [0, 2, 3, 4]);
    assert_eq!(by_degree(&find("S(3): x: R^3 -> R^3", None).covariants), [1, 1, 1]);
}

#[test]
fn a_bound_is_asked_for_where_none_is_known() {
    let signature = parse_signature("O(4): A: S^4 -> S^4").expect("parses");
    assert_eq!(generators(&signature, None, Options::LIMIT), Err(Error::Bound));
    let given = find("O(4): A: S^4 -> S^4", Some(5));
    assert_eq!(
        (by_degree(&given.invariants), by_degree(&given.covariants)),
        (vec![0, 1, 1, 1, 1], vec![1, 1, 1, 1])
    );
    assert_eq!(given.bound.source, None);
    let large = find("O(d): A: S^d -> S^d", Some(4));
    assert_eq!(
        (by_degree(&large.invariants), by_degree(&large.covariants)),
        (vec![0, 1, 1, 1, 1], vec![1; 5])
    );
    let labelled = find("O(3) * S(2): a: (R^3)^2 -> R", Some(6));
    assert_eq!(by_degree(&labelled.invariants), [0, 0, 2, 0, 1]);
}

#[test]
fn four_and_five_symmetric_matrices_have_84_and_251_invariants() {
    assert_eq!(find("O(3): A: S^3, B: S^3, C: S^3, D: S^3 -> R", None).invariants.len(), 84);
    let five = find("O(3): A: S^3, B: S^3, C: S^3, D: S^3, E: S^3 -> R", None);
    assert_eq!(five.invariants.len(), 251);
}

#[test]
fn a_family_of_symmetric_matrices_has_traces_of_products() {
    let (invariants, covariants) = formulas(&find("O(3): A: (S^3)^n -> S^3", Some(4)));
    assert_eq!(
        invariants,
        [
            "sum_i c_i tr(A_i)",
            "sum_ij c_ij tr(A_i A_j)",
            "sum_ijk c_ijk tr(A_i A_j A_k)",
            "sum_ijkl c_ijkl tr(A_i A_k A_l A_j)"
        ]
    );
    assert_eq!(covariants.len(), 5, "{covariants:?}");
}
