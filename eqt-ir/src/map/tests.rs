use std::collections::BTreeSet;

use super::*;
use crate::exact::tensor::indices;
use crate::signature::parse_signature;

fn map(text: &str, options: &Options) -> (Map, Basis) {
    let signature = parse_signature(text).expect("parses");
    let basis = Basis::new(&signature, options).unwrap_or_else(|error| panic!("{text}: {error}"));
    (Map::of_basis(&basis), basis)
}

/// The number of independent entries of an array over labels of some lengths: orbits of multi-indices under the ties,
/// without those that a tie equates with their own negative.
fn orbits(coefficient: &Coefficient, lengths: &[usize]) -> usize {
    let mut seen: BTreeSet<Vec<usize>> = BTreeSet::new();
    let mut count = 0;
    for start in indices(lengths) {
        if seen.contains(&start) {
            continue;
        }
        let mut orbit = vec![(start.clone(), 1_i8)];
        let mut vanishes = false;
        let mut next = 0;
        while let Some((index, sign)) = orbit.get(next).cloned() {
            next += 1;
            for tie in &coefficient.ties {
                let image: Vec<usize> = tie.permutation.iter().map(|&axis| index[axis]).collect();
                let sign = sign * tie.sign;
                match orbit.iter().find(|(other, _)| *other == image) {
                    Some((_, known)) => vanishes |= *known != sign,
                    None => orbit.push((image, sign)),
                }
            }
        }
        seen.extend(orbit.into_iter().map(|(index, _)| index));
        count += usize::from(!vanishes);
    }
    count
}

#[test]
fn ties_leave_as_many_entries_as_the_count_of_symmetrised_arrays() {
    for (text, degree) in [
        ("O(3): a: (R^3)^4 -> S^3", 2),
        ("O(2): a: (R^2)^3 -> R", 4),
        ("O(3): a: (R^3)^3 -> Alt^2(R^3)", 2),
        ("Sp(4): a: (R^4)^3 -> R", 2),
        ("Sp(2): a: (R^2)^3 -> R", 4),
        ("SO(2): a: (R^2)^3 -> R", 2),
        ("SO(3): a: (R^3)^4 -> R", 3),
        ("O(2): a: (R^2)^2, b: (R^2)^2 -> T^2(R^2)", 2),
    ] {
        let (map, basis) = map(text, &Options::exactly(degree));
        let size = |axis: &AxisId| map.signature.axis(*axis).dimension.literal().expect("literal");
        let found: usize = map
            .coefficients
            .iter()
            .map(|coefficient| orbits(coefficient, &coefficient.axes.iter().map(size).collect::<Vec<_>>()))
            .sum();
        assert_eq!(Some(found as u64), basis.proof().counts()[0].coefficients, "{text}");
    }
}

#[test]
fn the_array_of_a_symmetric_member_is_symmetric_and_that_of_an_antisymmetric_one_antisymmetric() {
    let exchange = |sign| vec![Tie { permutation: vec![1, 0], sign }];
    let (symmetric, _) = map("O(d): a: (R^d)^n -> S^d", &Options::exactly(2));
    assert!(symmetric.coefficients.iter().all(|coefficient| coefficient.ties == exchange(1)));
    let (alternating, _) = map("O(d): a: (R^d)^n -> Alt^2(R^d)", &Options::exactly(2));
    assert!(alternating.coefficients.iter().all(|coefficient| coefficient.ties == exchange(-1)));
    let (general, _) = map("O(d): a: (R^d)^n -> T^2(R^d)", &Options::exactly(2));
    assert_eq!(general.coefficients[0].ties, Vec::new());
}
