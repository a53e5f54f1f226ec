use super::*;

/// Prime factors of p - 1 with multiplicity.
const FACTORS: [u64; 14] = [2, 3, 3, 5, 5, 7, 11, 13, 31, 41, 61, 151, 331, 1321];

fn check_weights(classes: &[Class]) {
    assert_eq!(classes.iter().map(|class| class.weight).sum::<Fp>(), Fp::ONE);
}

/// The integral of `f`.
fn mean(classes: &[Class], f: impl Fn(&Class) -> Fp) -> u64 {
    classes.iter().map(|class| class.weight * f(class)).sum::<Fp>().value()
}

#[test]
fn the_primitive_root_generates_the_field() {
    assert_eq!(FACTORS.iter().product::<u64>(), Fp::P - 1);
    for factor in FACTORS {
        assert_ne!(Fp::new(PRIMITIVE_ROOT).pow((Fp::P - 1) / factor), Fp::ONE, "{factor}");
    }
}

#[test]
fn orders_divide_p_minus_one_and_exceed_the_degree() {
    let orders: Vec<usize> = [0, 1, 2, 3, 4, 7, 15, 100].into_iter().map(order_above).collect();
    assert_eq!(orders, [1, 2, 3, 5, 5, 9, 18, 105]);
}

#[test]
fn haar_weights_sum_to_one() {
    for dimension in 0..=9 {
        for band in [0, 1, 2, 5, 8, 11] {
            for special in [false, true] {
                check_weights(&orthogonal(dimension, special, band, 3).expect("within budget"));
            }
            if dimension % 2 == 0 {
                check_weights(&symplectic(dimension, band, 3).expect("within budget"));
            }
        }
        for powers in [0, 1, 2, 3, 5, 20] {
            check_weights(&symmetric(dimension, powers).expect("within budget"));
        }
        check_weights(&trivial(dimension, 3));
    }
}

#[test]
fn the_number_of_classes_is_known_before_they_are_listed() {
    for dimension in 1..=12 {
        for powers in 1..=14 {
            let classes = symmetric(dimension, powers).expect("within budget");
            assert_eq!(classes.len() as u64, count_cycle_types(dimension, powers.min(dimension)));
        }
    }
    assert_eq!(count_cycle_types(20, 20), 627);
    for angles in 0..5 {
        for density in [Density::OddOrthogonal, Density::EvenOrthogonal, Density::Symplectic] {
            let torus = Torus::new(angles, 7, 2 * angles, density).expect("within budget");
            assert_eq!(torus.classes(0, |_| Fp::ZERO, 1).len() as u64, torus.points());
        }
    }
}

/// S(4) has 24 elements in classes of 1, 6, 3, 8 and 6.
#[test]
fn cycle_types_have_the_weights_of_their_classes() {
    let mut classes: Vec<(u64, u64)> = symmetric(4, 4)
        .expect("within budget")
        .iter()
        .map(|class| (class.power_sums[0].value(), (class.weight * Fp::new(24)).value()))
        .collect();
    classes.sort_unstable();
    assert_eq!(classes, [(0, 3), (0, 6), (1, 8), (2, 6), (4, 1)]);
    // Fixed points alone: 9, 8, 6, 0 and 1 permutations have 0, 1, 2, 3 and 4.
    let mut classes: Vec<(u64, u64)> = symmetric(4, 1)
        .expect("within budget")
        .iter()
        .map(|class| (class.power_sums[0].value(), (class.weight * Fp::new(24)).value()))
        .collect();
    classes.sort_unstable();
    assert_eq!(classes, [(0, 9), (1, 8), (2, 6), (4, 1)]);
}

#[test]
fn groups_of_small_dimension_are_the_ones_they_should_be() {
    let sums = |classes: &[Class]| -> Vec<(u64, i64, i8)> {
        classes
            .iter()
            .map(|class| {
                let twice = (class.weight + class.weight).value();
                (twice, class.power_sums[0].signed_value(), class.determinant)
            })
            .collect()
    };
    let list = |dimension, special| sums(&orthogonal(dimension, special, 4, 1).expect("within budget"));
    assert_eq!(list(0, false), [(2, 0, 1)]);
    assert_eq!(list(0, true), [(2, 0, 1)]);
    assert_eq!(list(1, false), [(1, 1, 1), (1, -1, -1)]);
    assert_eq!(list(1, true), [(2, 1, 1)]);
    assert_eq!(sums(&symplectic(0, 4, 1).expect("within budget")), [(2, 0, 1)]);
    // The reflections of the plane are one class of half the weight.
    assert_eq!(list(2, false).last(), Some(&(1, 0, -1)));
}

#[test]
fn the_defining_representations_are_irreducible() {
    for dimension in 1..=9 {
        let square = |class: &Class| class.power_sums[0] * class.power_sums[0];
        let signed = |class: &Class| square(class) * Fp::from_i64(class.determinant.into());
        let classes = orthogonal(dimension, false, 2, 1).expect("within budget");
        assert_eq!(mean(&classes, square), 1, "O({dimension})");
        assert_eq!(mean(&classes, signed), u64::from(dimension == 2), "O({dimension}), pseudo");
        assert_eq!(mean(&classes, |class| Fp::from_i64(class.determinant.into())), 0);
        let classes = orthogonal(dimension, true, 2, 1).expect("within budget");
        assert_eq!(mean(&classes, square), if dimension == 2 { 2 } else { 1 }, "SO({dimension})");
        if dimension % 2 == 0 {
            let classes = symplectic(dimension, 2, 1).expect("within budget");
            assert_eq!(mean(&classes, square), 1, "Sp({dimension})");
        }
        let classes = symmetric(dimension, 1).expect("within budget");
        assert_eq!(mean(&classes, square), if dimension == 1 { 1 } else { 2 }, "S({dimension})");
    }
}

/// Frobenius and Schur: `∫ tr g^2` is +1, -1 or 0 as the form is symmetric, alternating or absent.
#[test]
fn forms_are_symmetric_or_alternating() {
    for dimension in 2..=8 {
        let indicator = |classes: Vec<Class>| {
            classes.iter().map(|class| class.weight * class.power_sums[1]).sum::<Fp>().signed_value()
        };
        assert_eq!(indicator(orthogonal(dimension, false, 2, 2).expect("within budget")), 1);
        if dimension % 2 == 0 {
            assert_eq!(indicator(symplectic(dimension, 2, 2).expect("within budget")), -1);
        }
    }
}

#[test]
fn power_sums_follow_from_eigenvalues() {
    // p_1^2 - p_2 is twice tr Alt^2 g; in three dimensions that is 2 det(g) tr g^-1 = 2 det(g) tr g.
    for class in orthogonal(3, false, 6, 4).expect("within budget") {
        let p = &class.power_sums;
        let two = Fp::from_i64(2 * i64::from(class.determinant));
        assert_eq!(p[0] * p[0] - p[1], two * p[0]);
    }
    // In two dimensions it is 2 det(g).
    for class in orthogonal(2, false, 6, 4).expect("within budget") {
        let p = &class.power_sums;
        assert_eq!(p[0] * p[0] - p[1], Fp::from_i64(2 * i64::from(class.determinant)));
    }
}

#[test]
fn too_many_points_are_refused_with_their_number() {
    let refused = |result: Result<Vec<Class>, ClassBudget>| result.expect_err("over the budget").needed;
    // N = 105 leaves 53 angles, of which 8 are chosen.
    assert_eq!(refused(orthogonal(16, true, 90, 1)), 886_322_710);
    assert!(refused(symplectic(40, 80, 1)) > ClassBudget::POINTS);
    assert!(refused(orthogonal(2, false, usize::MAX, 1)) > ClassBudget::POINTS);
    assert!(refused(orthogonal(3, true, usize::MAX / 2, 1)) > ClassBudget::POINTS);
    assert_eq!(refused(symmetric(100, 100)), 190_569_292);
    assert!(refused(symmetric(usize::MAX, 7)) > ClassBudget::POINTS);
    assert!(refused(symmetric(3_000_000, 3_000_000)) > ClassBudget::POINTS);
    assert_eq!(symmetric(usize::MAX - 1, 0).map(|classes| classes.len()), Ok(1));
    assert_eq!(
        ClassBudget { needed: 190_569_292 }.to_string(),
        "the Molien-Weyl integral needs 190569292 points, more than the budget of 2000000"
    );
}
