//! How many digits programs keep under a boost: those that are chosen by default, and those with the least multiply-adds.

use eqt::prelude::*;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The invariants of momenta.
#[equivariant(O(1, 3) * S(n), degree = 6, labels <= 3, sizes(n = 20))]
fn invariants(p: [Vector<4>; n]) -> Scalar;

/// The same, as cheap as can be.
#[equivariant(O(1, 3) * S(n), degree = 6, labels <= 3, sizes(n = 20), fast)]
fn cheap(p: [Vector<4>; n]) -> Scalar;

/// The vectors that go with them.
#[equivariant(O(1, 3) * S(n), degree = 5, labels <= 2, sizes(n = 20))]
fn vectors(p: [Vector<4>; n]) -> Vector<4>;

/// Particles of mass 1 with momenta from a standard normal, (E, p) each.
fn particles() -> Vec<Vector<4, f64>> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut particle = || {
        let [x, y, z]: [f64; 3] = std::array::from_fn(|_| StandardNormal.sample(&mut random));
        Vector([(1.0 + x * x + y * y + z * z).sqrt(), x, y, z])
    };
    (0..20).map(|_| particle()).collect()
}

/// Seen from a frame that moves along z.
fn boosted(p: &[Vector<4, f64>], velocity: f64) -> Vec<Vector<4, f64>> {
    let gamma = 1.0 / (1.0 - velocity * velocity).sqrt();
    let boost = |Vector([t, x, y, z])| Vector([gamma * (t - velocity * z), x, y, gamma * (z - velocity * t)]);
    p.iter().map(|&p| boost(p)).collect()
}

fn single(p: &[Vector<4, f64>]) -> Vec<Vector<4, f32>> {
    p.iter().map(|p| Vector(p.0.map(|x| x as f32))).collect()
}

/// The largest relative deviation of a member from what it is exactly.
fn deviation(exact: &[f64], found: impl IntoIterator<Item = f64>) -> f64 {
    let deviations = exact.iter().zip(found).map(|(exact, found)| ((found - exact) / exact).abs());
    deviations.fold(0.0, f64::max)
}

#[test]
fn invariants_of_boosted_momenta_keep_their_digits() {
    let p = particles();
    let exact = invariants::evaluate::<f64>(&p);
    for (velocity, in_single, in_double) in [(0.99, 1e-3, 1e-11), (0.999, 1e-2, 1e-9)] {
        let moved = boosted(&p, velocity);
        let found = deviation(&exact, invariants::evaluate::<f64>(&moved));
        assert!(found <= in_double, "double precision, {velocity}: {found:e}");
        let found =
            deviation(&exact, invariants::evaluate::<f32>(&single(&moved)).into_iter().map(f64::from));
        assert!(found <= in_single, "single precision, {velocity}: {found:e}");
    }
}

#[test]
fn the_cheapest_programs_lose_them() {
    let (p, moved) = (particles(), boosted(&particles(), 0.99));
    let exact = cheap::evaluate::<f64>(&p);
    let of_single = deviation(&exact, cheap::evaluate::<f32>(&single(&moved)).into_iter().map(f64::from));
    assert!(of_single > 0.1, "{of_single:e}");
    // They are the same maps.
    assert!(deviation(&exact, invariants::evaluate::<f64>(&p)) < 1e-12);
    assert_eq!(cheap::basis().fingerprint(), invariants::basis().fingerprint());
}

/// A gradient is a map too: that of an invariant in the momenta moves with them.
#[test]
fn gradients_and_vectors_move_with_the_frame() {
    let (p, velocity) = (particles(), 0.99);
    let moved = boosted(&p, velocity);
    let close = |expected: &[Vector<4, f64>], found: &[Vector<4, f32>], what: &str| {
        let size = expected.iter().flat_map(|v| v.0).fold(0.0, |size: f64, x| size.max(x.abs()));
        let worst = expected.iter().zip(found).flat_map(|(expected, found)| {
            expected.0.into_iter().zip(found.0).map(|(expected, found)| (expected - f64::from(found)).abs())
        });
        let worst = worst.fold(0.0, f64::max) / size;
        assert!(worst <= 1e-3, "{what}: {worst:e}");
    };
    let theta = [0.25; invariants::LEN];
    let gradient = invariants::gradient::<f64>(&theta, &p, 1.0).p;
    let found = invariants::gradient::<f32>(&theta.map(|x| x as f32), &single(&moved), 1.0).p;
    // Gradients have lower indices: they move as the metric times a vector.
    let lowered = |v: &Vector<4, f64>| Vector([v.0[0], -v.0[1], -v.0[2], -v.0[3]]);
    let raised: Vec<Vector<4, f64>> = gradient.iter().map(lowered).collect();
    let expected: Vec<Vector<4, f64>> = boosted(&raised, velocity).iter().map(lowered).collect();
    close(&expected, &found, "gradient");
    let values = vectors::evaluate::<f64>(&p);
    let found = vectors::evaluate::<f32>(&single(&moved));
    for (value, found) in boosted(&values, velocity).into_iter().zip(found) {
        close(&[value], &[found], "vector");
    }
}
