//! The compiled maps against the hand-written ones, and what training relies on.

use std::slice;

use ndarray::{Array1, Array2, Axis};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;

const D: usize = 4;

fn gaussian(samples: usize, n: usize, d: usize, seed: u64) -> Array3<f32> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    Array3::from_shape_simple_fn((samples, n, d), || StandardNormal.sample(&mut rng))
}

fn values(map: &impl EquivariantMap<f32>, parameters: &[f32], a: &Array3<f32>) -> Array3<f32> {
    let h = map.values(parameters, &[a.view().into_dyn()]).unwrap();
    h.into_dimensionality().unwrap()
}

/// A map is linear in its parameters, so `<gradient, delta> = <dh, h(delta)>` for every direction `delta`: the exact form of
/// a finite difference.
fn gradient_is_the_transpose_of_the_map(family: &Trainable<impl EquivariantMap<f32>>, n: usize) {
    let (a, dh) = (gaussian(3, n, D, 1), gaussian(3, D, D, 2));
    let dh = (&dh + &dh.view().permuted_axes([0, 2, 1])) / 2.0;
    let (map, inputs) = (&family.map, [a.view().into_dyn()]);
    let gradient = map.parameter_gradient(&family.start, &inputs, dh.view().into_dyn()).unwrap();
    let len = gradient.len();
    assert_eq!(len, map.parameters().len());
    assert_eq!(map.pull_back(&family.start, &inputs, dh.view().into_dyn()).unwrap().parameters.len(), len);
    for index in (0..len).step_by(1 + len / 60) {
        let mut unit = vec![0.0; len];
        unit[index] = 1.0;
        let h = values(map, &unit, &a);
        let expected = (&h * &dh).sum();
        let scale = 1.0 + (&h * &dh).mapv(f32::abs).sum();
        assert!((gradient[index] - expected).abs() < 1e-4 * scale, "{index}: {} {expected}", gradient[index]);
    }
    assert_eq!((family.start.len(), family.steps.len()), (len, len));
}

#[test]
fn gradients_are_the_transposes_of_the_maps() {
    gradient_is_the_transpose_of_the_map(&shared_family::<D>(6), 6);
    gradient_is_the_transpose_of_the_map(&labelled_family::<D>(6), 6);
}

/// `found` is `expected`, up to rounding.
fn close(member: &Element, found: &[f64], expected: &[f64]) {
    let largest = expected.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
    assert!(largest > 1e-3, "{}: the test compares something", member.diagram);
    assert_eq!(found.len(), expected.len(), "{}", member.diagram);
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12 * largest, "{}: {found} {expected}", member.diagram);
    }
}

/// Random numbers for the coefficient of one member; a matrix is symmetric.
fn random_coefficients(member: &Element, n: usize) -> Vec<f64> {
    let random = gaussian(1, 1, n.pow(member.labels.len() as u32), 7).mapv(f64::from);
    match member.labels.len() {
        2 => {
            let square = Array2::from_shape_fn((n, n), |(i, j)| random[[0, 0, n * i.min(j) + i.max(j)]]);
            square.into_iter().collect()
        }
        _ => random.into_iter().collect(),
    }
}

/// The power of `|a_i|^2` in a member, which is a multiple of `a_i a_i^T` or of I.
fn power(member: &Element) -> usize {
    member.degree as usize / 2 - usize::from(!is_multiple_of_identity(member))
}

/// Compares the compiled map with the hand-written one of the same name: for each member the value, with random
/// coefficients of this member only, and the part of the gradient that belongs to it.
///
/// The last arguments are zero coefficients of the two, and where the hand-written one has those of a member.
macro_rules! agree {
    ($map:ident, $compiled:expr, $hand:expr, $place:expr) => {{
        // More samples than one chunk, and not a multiple of the lanes.
        let a = gaussian(37, N, D, 8).mapv(|x| f64::from(x) / 2.0);
        let dh = gaussian(37, D, D, 9).mapv(f64::from);
        let dh = &dh + &dh.view().permuted_axes([0, 2, 1]);
        let (compiled, hand, place) = ($compiled, $hand, $place);
        let found = $map::batch_gradient::<D, f64>(&compiled, a.view(), dh.view()).unwrap().theta.to_vec();
        let expected = reference::$map::batch_gradient::<D, f64>(&hand, a.view(), dh.view());
        let mut expected = expected.unwrap().theta;
        let mut start = 0;
        for member in &$map::basis() {
            let coefficients = random_coefficients(member, N);
            let range = start..start + coefficients.len();
            start = range.end;
            close(member, &found[range.clone()], place(&mut expected, member));

            let mut flat = vec![0.0; found.len()];
            flat[range].copy_from_slice(&coefficients);
            let mut theta = compiled.clone();
            let _ = theta.copy_from_slice(&flat);
            let mut h = Array3::zeros(dh.dim());
            $map::batch::<D, f64>(&theta, a.view(), h.view_mut()).unwrap();
            let mut theta = hand.clone();
            place(&mut theta, member).copy_from_slice(&coefficients);
            let mut expected = Array3::zeros(dh.dim());
            reference::$map::batch::<D, f64>(&theta, a.view(), expected.view_mut()).unwrap();
            close(member, h.as_slice().unwrap(), expected.as_slice().unwrap());
        }
        assert_eq!(start, found.len(), "every scalar belongs to a member");
    }};
}

/// Where the hand-written `shared` has the coefficient of a member.
fn in_shared<'a>(theta: &'a mut [f64; reference::shared::LEN], member: &Element) -> &'a mut [f64] {
    let place = match is_multiple_of_identity(member) {
        true => reference::shared::identity(power(member)),
        false => reference::shared::outer(power(member)),
    };
    slice::from_mut(&mut theta[place])
}

fn in_pairs<'a>(theta: &'a mut reference::pairs::Coefficients<f64>, member: &Element) -> &'a mut [f64] {
    match (member.degree, is_multiple_of_identity(member)) {
        (0, _) => slice::from_mut(&mut theta.constant),
        (_, true) => theta.identity.as_slice_mut().unwrap(),
        (_, false) => theta.outer.as_slice_mut().unwrap(),
    }
}

fn in_powers<'a>(theta: &'a mut reference::powers::Coefficients<f64>, member: &Element) -> &'a mut [f64] {
    match (member.degree, is_multiple_of_identity(member)) {
        (0, _) => slice::from_mut(&mut theta.constant),
        (_, true) => theta.identity[power(member) - 1].as_slice_mut().unwrap(),
        (_, false) => theta.outer[power(member)].as_slice_mut().unwrap(),
    }
}

fn compiled_maps_are_the_hand_written_ones<const D: usize>() {
    const N: usize = 7;
    let vectors = || std::array::from_fn(|_| Array1::zeros(N));
    let (outer, identity) = (Array2::zeros((N, N)), Array2::zeros((N, N)));
    let pairs = reference::pairs::Coefficients { constant: 0.0, outer, identity };
    let powers = reference::powers::Coefficients { constant: 0.0, outer: vectors(), identity: vectors() };
    agree!(shared, [0.0; shared::LEN], [0.0; reference::shared::LEN], in_shared);
    agree!(pairs, pairs::Coefficients::<f64>::zeros(N), pairs, in_pairs);
    agree!(powers, powers::Coefficients::<f64>::zeros(N), powers, in_powers);
}

#[test]
fn compiled_maps_are_the_hand_written_ones_member_by_member() {
    assert_eq!((shared::LEN, pairs::LEN, powers::LEN), (13, 3, 11));
    compiled_maps_are_the_hand_written_ones::<1>();
    compiled_maps_are_the_hand_written_ones::<5>();
}

#[test]
fn parameters_are_the_coefficients_of_both_bases() {
    let n = 100;
    let parameters = |map: &dyn EquivariantMap<f32>| map.parameters().len();
    assert_eq!(parameters(&shared_family::<5>(n).map), 13);
    // Two symmetric matrices, ten vectors, two numbers.
    assert_eq!(parameters(&labelled_family::<5>(n).map), n * (n + 1) + 10 * n + 2);
}

#[test]
fn training_starts_at_sos() {
    let n = 12;
    let rows = gaussian(5, n, D, 3);
    let scale = (n as f32 / D as f32).sqrt();
    // |scale a|^2 - 1 = (n / d) (|a|^2 - d / n): both maps are (n / d)^2 times SOS I of the bare rows.
    let sos = sos::<D>(Model::SosI, rows.view()).unwrap() * scale.powi(4);
    let rows = &rows * scale;
    let (shared, labelled) = (shared_family::<D>(n), labelled_family::<D>(n));
    for h in [values(&shared.map, &shared.start, &rows), values(&labelled.map, &labelled.start, &rows)] {
        let largest = sos.iter().fold(0.0, |m: f32, x| m.max(x.abs()));
        assert!((&h - &sos).iter().all(|x| x.abs() < 1e-5 * largest));
    }
}

#[test]
fn maps_are_equivariant_under_reflections_and_the_shared_one_forgets_the_order() {
    let a = gaussian(2, 6, D, 4);
    let mut mirrored = a.clone();
    mirrored.index_axis_mut(Axis(2), 1).mapv_inplace(|x| -x);
    let labelled = labelled_family::<D>(6).map;
    let parameters = EquivariantMap::<f32>::parameters(&labelled).len();
    let flat: Vec<f32> = (0..parameters).map(|i| (i as f32).sin()).collect();
    assert!(labelled.check_equivariance(&flat, 1).unwrap().deviation < 1e-4);
    let (h, g) = (values(&labelled, &flat, &a), values(&labelled, &flat, &mirrored));
    for (index, x) in h.indexed_iter() {
        let sign = if (index.1 == 1) == (index.2 == 1) { 1.0 } else { -1.0 };
        assert!((x - sign * g[index]).abs() < 1e-3 * (1.0 + x.abs()));
    }

    let reversed = a.slice(ndarray::s![.., ..;-1, ..]).to_owned();
    let shared = shared_family::<D>(6);
    let (h, g) = (values(&shared.map, &shared.start, &a), values(&shared.map, &shared.start, &reversed));
    assert!((&h - &g).iter().all(|x| x.abs() < 1e-4));
}

#[test]
fn wrong_shapes_are_errors() {
    let a = gaussian(2, 6, D, 5);
    let of_five = labelled_family::<D>(5);
    let error = of_five.map.values(&of_five.start, &[a.view().into_dyn()]).unwrap_err().to_string();
    assert_eq!(error, "input `a`: expected shape (samples, 5, 4), found (2, 6, 4)");
    let error = of_five.map.values(&of_five.start[1..], &[]).unwrap_err().to_string();
    assert_eq!(error, "parameters: expected 82, found 81");
}
