//! An oracle for the linear groups in integers: weight multiplicities and Weyl's character formula, no integral.
//!
//! The trivial representation occurs `sum_w sgn(w) m(w ρ - ρ)` times in one with weight multiplicities m (Racah).

use std::collections::BTreeMap;

use super::{dimensions, read};
use crate::group::Group;
use crate::signature::{Layout, SlotSymmetry};

/// A character: the multiplicity of every weight.
type Character = BTreeMap<Vec<i64>, i64>;

fn plus(a: &[i64], b: &[i64]) -> Vec<i64> {
    a.iter().zip(b).map(|(x, y)| x + y).collect()
}

fn product(a: &Character, b: &Character) -> Character {
    let mut result = Character::new();
    for (v, m) in a {
        for (w, n) in b {
            *result.entry(plus(v, w)).or_default() += m * n;
        }
    }
    result
}

/// `Sym^0, .., Sym^degree`, or `Alt`: one factor `1/(1 - t x^w)`, or `1 + t x^w`, per weight.
fn powers(character: &Character, degree: usize, alternating: bool, angles: usize) -> Vec<Character> {
    let mut series = vec![Character::new(); degree + 1];
    series[0].insert(vec![0; angles], 1);
    for (weight, &multiplicity) in character {
        assert!(multiplicity >= 0);
        for _ in 0..multiplicity {
            // Downwards every weight is used once, upwards any number of times.
            let order: Vec<usize> =
                if alternating { (1..=degree).rev().collect() } else { (1..=degree).collect() };
            for r in order {
                for (lower, count) in series[r - 1].clone() {
                    *series[r].entry(plus(&lower, weight)).or_default() += count;
                }
            }
        }
    }
    series
}

fn vector(dimension: usize) -> Character {
    let angles = dimension / 2;
    let unit = |j: usize, sign: i64| (0..angles).map(|i| if i == j { sign } else { 0 }).collect::<Vec<i64>>();
    let mut weights = Character::new();
    for j in 0..angles {
        weights.insert(unit(j, 1), 1);
        weights.insert(unit(j, -1), 1);
    }
    if dimension % 2 == 1 {
        weights.insert(vec![0; angles], 1);
    }
    weights
}

fn space(layout: &Layout, dimension: usize) -> Character {
    let angles = dimension / 2;
    let mut result = Character::from([(vec![0; angles], 1)]);
    for block in &layout.blocks {
        let vector = vector(dimension);
        let symmetric = powers(&vector, block.rank, block.symmetry == SlotSymmetry::Alternating, angles);
        let mut factor = symmetric[block.rank].clone();
        match block.symmetry {
            SlotSymmetry::General => {
                factor = (1..block.rank).fold(vector.clone(), |power, _| product(&power, &vector));
            }
            SlotSymmetry::Traceless if block.rank >= 2 => {
                for (weight, count) in &symmetric[block.rank - 2] {
                    *factor.entry(weight.clone()).or_default() -= count;
                }
                factor.retain(|_, count| *count != 0);
            }
            _ => {}
        }
        result = product(&result, &factor);
    }
    result
}

/// All signed permutations of `2 ρ` with the sign of each.
fn weyl_orbit(group: &Group, dimension: usize) -> (Vec<i64>, Vec<(Vec<i64>, i64)>) {
    let angles = dimension / 2;
    let orthogonal = !group.is_antisymmetric();
    let even = orthogonal && dimension.is_multiple_of(2);
    let last = if !orthogonal { 2 } else { i64::from(!even) };
    let twice_rho: Vec<i64> = (0..angles).map(|j| last + 2 * (angles - 1 - j) as i64).collect();
    // Permutations by insertion, with their signs.
    let mut orbit = vec![(Vec::new(), 1_i64)];
    for (count, &entry) in twice_rho.iter().enumerate() {
        orbit = orbit
            .iter()
            .flat_map(|(partial, sign)| {
                (0..=count).flat_map(move |position| {
                    [1, -1].map(|flip| {
                        let mut longer: Vec<i64> = partial.clone();
                        longer.insert(position, flip * entry);
                        let passed = if (count - position).is_multiple_of(2) { 1 } else { -1 };
                        (longer, sign * passed, flip)
                    })
                })
            })
            .map(|(longer, sign, flip)| (longer, if flip < 0 && !even { -sign } else { sign }))
            .collect();
    }
    if even {
        // Sign changes come in pairs. The entry 0 of ρ absorbs one, so the whole orbit is counted twice instead.
        orbit.sort();
        orbit.dedup();
    }
    (twice_rho, orbit)
}

fn trivial_multiplicity(character: &Character, group: &Group, dimension: usize) -> i64 {
    let (twice_rho, orbit) = weyl_orbit(group, dimension);
    let difference =
        |moved: &[i64]| moved.iter().zip(&twice_rho).map(|(w, r)| (w - r) / 2).collect::<Vec<i64>>();
    orbit.iter().map(|(moved, sign)| sign * character.get(&difference(moved)).copied().unwrap_or(0)).sum()
}

/// Counts for one linear factor and total degrees up to `degree`.
fn count(text: &str, degree: usize) -> Vec<u64> {
    let (signature, sizes) = read(text);
    let axis = signature.axis_ids().next().expect("one axis");
    let (group, dimension) = (&signature.axis(axis).group, sizes.of(axis));
    let angles = dimension / 2;
    let mut all = Character::new();
    for input in &signature.inputs {
        for (weight, count) in space(&input.space.layout(), dimension) {
            *all.entry(weight).or_default() += count;
        }
    }
    let output = space(&signature.output.layout(), dimension);
    powers(&all, degree, false, angles)
        .iter()
        .map(|power| {
            let count = trivial_multiplicity(&product(power, &output), group, dimension);
            u64::try_from(count).expect("a multiplicity is not negative")
        })
        .collect()
}

fn check(text: &str, degree: usize) {
    let (signature, sizes) = read(text);
    assert_eq!(dimensions(&signature, &sizes, degree).expect("small"), count(text, degree), "{text}");
}

#[test]
fn the_oracle_knows_catalan_numbers() {
    let counts: Vec<u64> = (0..=4).map(|k| count(&format!("Sp(2): -> T^{}(R^2)", 2 * k), 0)[0]).collect();
    assert_eq!(counts, [1, 1, 2, 5, 14]);
    let squares: Vec<u64> = (0..=4).map(|k| count(&format!("SO(4): -> T^{}(R^4)", 2 * k), 0)[0]).collect();
    assert_eq!(squares, [1, 1, 4, 25, 196]);
}

#[test]
fn rotations_agree_with_weight_multiplicities() {
    for dimension in 2..=7 {
        for (map, degree) in [
            ("R^d -> R^d", 7),
            ("R^d, R^d, R^d -> R", 5),
            ("R^d, S^d -> S^d", 3),
            ("S^d -> T^2(R^d)", 3),
            ("Alt^2(R^d), R^d -> Alt^3(R^d)", 3),
            ("Sym0^2(R^d), Alt^2(R^d) -> R^d (x) R^d", 3),
            ("Sym0^3(R^d) -> Sym0^3(R^d)", 2),
            ("-> T^6(R^d)", 0),
            ("-> Sym^4(R^d) (x) Sym0^4(R^d)", 0),
        ] {
            let degree = if dimension > 5 { degree.min(3) } else { degree };
            check(&format!("SO({dimension}): {map}").replace("^d", &format!("^{dimension}")), degree);
        }
    }
}

#[test]
fn symplectic_groups_agree_with_weight_multiplicities() {
    for dimension in [2, 4, 6] {
        for (map, degree) in [
            ("R^d, R^d, R^d -> R", 5),
            ("R^d, R^d -> S^d", 4),
            ("S^d -> S^d", 3),
            ("Alt^2(R^d), R^d -> Alt^3(R^d)", 3),
            ("T^2(R^d) -> R", 4),
            ("Sym^3(R^d) -> Sym^3(R^d)", 3),
            ("-> T^8(R^d)", 0),
        ] {
            let degree = if dimension > 4 { degree.min(3) } else { degree };
            check(&format!("Sp({dimension}): {map}").replace("^d", &format!("^{dimension}")), degree);
        }
    }
}

/// -1 is in `O(2m+1)`, which is `SO(2m+1) x {1, -1}`.
#[test]
fn odd_orthogonal_groups_keep_what_minus_one_fixes() {
    for (map, degree) in [
        ("R^d, S^d -> R^d", 4),
        ("R^d, pseudo R^d -> R", 5),
        ("pseudo R^d, R^d -> pseudo S^d", 4),
        ("Alt^2(R^d) -> pseudo R^d", 4),
    ] {
        for dimension in [3, 5] {
            let text =
                |group: &str| format!("{group}({dimension}): {map}").replace("^d", &format!("^{dimension}"));
            let (signature, sizes) = read(&text("O"));
            let sign = |layout: &Layout| layout.slots.len() + layout.pseudo.len();
            let signs: Vec<usize> =
                signature.inputs.iter().map(|input| sign(&input.space.layout())).collect();
            let mut expected = vec![0; degree + 1];
            // Multidegrees tell the sign, total degrees do not: count the rotations of each.
            let (special, _) = read(&text("SO").replace("pseudo ", ""));
            for a in 0..=degree {
                for b in 0..=(if signs.len() > 1 { degree - a } else { 0 }) {
                    let degrees = if signs.len() > 1 { vec![a, b] } else { vec![a] };
                    let total: usize = degrees.iter().zip(&signs).map(|(r, sign)| r * sign).sum();
                    if (total + sign(&signature.output.layout())).is_multiple_of(2) {
                        expected[a + b] +=
                            super::dimension_of_multidegree(&special, &sizes, &degrees).expect("small");
                    }
                }
            }
            assert_eq!(
                dimensions(&signature, &sizes, degree).expect("small"),
                expected,
                "O({dimension}): {map}"
            );
        }
    }
}

/// `O(2)` by hand: rotations keep the monomials of weight 0 in the coordinates `x ± iy`, a reflection exchanges the
/// two, and the invariants are as many as half the monomials kept and those also fixed by the exchange.
#[test]
fn the_plane_agrees_with_a_count_of_monomials() {
    // Coordinates are +1 and -1 for each of the vectors; the exchange of z and its conjugate sends weights to minus.
    let counts = |vectors: usize, degree: usize, pseudo: bool| {
        let mut monomials = vec![Vec::new()];
        for _ in 0..degree {
            monomials = monomials
                .into_iter()
                .flat_map(|monomial: Vec<usize>| {
                    let least = monomial.last().copied().unwrap_or(0);
                    (least..2 * vectors).map(move |next| monomial.iter().copied().chain([next]).collect())
                })
                .collect();
        }
        let kept =
            monomials.iter().filter(|monomial| 2 * monomial.iter().filter(|i| *i % 2 == 0).count() == degree);
        let (mut all, mut fixed) = (0, 0);
        for monomial in kept {
            let mut exchanged: Vec<usize> = monomial.iter().map(|i| i ^ 1).collect();
            exchanged.sort_unstable();
            all += 1;
            fixed += i64::from(exchanged == *monomial);
        }
        u64::try_from(if pseudo { all - fixed } else { all + fixed }).expect("at most all are fixed") / 2
    };
    for vectors in 1..=3 {
        for pseudo in [false, true] {
            let inputs = vec!["R^2"; vectors].join(", ");
            let text = format!("O(2): {inputs} -> {}", if pseudo { "pseudo R" } else { "R" });
            let (signature, sizes) = read(&text);
            let expected: Vec<u64> = (0..=6).map(|degree| counts(vectors, degree, pseudo)).collect();
            assert_eq!(dimensions(&signature, &sizes, 6).expect("small"), expected, "{text}");
        }
    }
}
