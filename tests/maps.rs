//! Maps as values: one trainer for maps of every kind, fits through the design matrix, forces from the gradients of members,
//! and the laws that tie all of these together.

#![cfg(feature = "ndarray")]
#![allow(clippy::unwrap_used)]

use eqt::map::{EquivariantMap, GeneratorMap};
use eqt::prelude::*;
use ndarray::{Array, Array2, Array3, ArrayD, ArrayView2, ArrayViewD, Axis, Dimension, IxDyn, s};

#[equivariant(O(D) * S(n), degree <= 2)]
fn spectral<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

#[equivariant(O(D), degree <= 2)]
fn pairs<const D: usize>(a: [Vector<D>; n], s: Scalar) -> Sym<D>;

#[equivariant(O(D), degree = 2)]
fn areas<const D: usize>(a: [Vector<D>; n]) -> Alt<D>;

#[equivariant(O(3), generators)]
fn stress(e: Sym<3>) -> Sym<3>;

#[equivariant(O(D) * S(n), generators)]
fn labelled<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

#[equivariant(O(D))]
fn weighted<const D: usize>(w: [Scalar; 3], a: Vector<D>, b: Vector<D>) -> Vector<D> {
    w[0] * dot(a, b) * a + w[1] * w[1] * b - 2 * w[2] * dot(a, a) * b
}

/// Its invariants are a number and an array, its one generator is 1.
#[equivariant(O(D) * S(n), generators)]
fn mixed<const D: usize>(a: Vector<D>, w: [Scalar; n]) -> Scalar;

#[equivariant(O(3) * S(n), degree = 4, labels <= 2)]
fn energy(r: [Vector<3>; n]) -> Scalar;

#[equivariant(O(1, 3), degree <= 3)]
fn lorentz(u: Vector<4>, f: Alt<4>) -> Vector<4>;

#[equivariant(Sp(4), degree <= 2)]
fn symplectic(x: Vector<4>, p: Sym<4>) -> Sym<4>;

#[equivariant(O(3), degree <= 3)]
fn chiral(a: Vector<3>, b: Pseudo<Vector<3>>, t: Sym0<3>) -> Sym0<3>;

/// Numbers in (-1, 1), the same on every run.
fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

fn random(shape: &[usize], seed: u64) -> ArrayD<f64> {
    let mut next = numbers(seed);
    ArrayD::from_shape_simple_fn(IxDyn(shape), &mut next)
}

fn symmetric(samples: usize, d: usize, seed: u64) -> ArrayD<f64> {
    let x = random(&[samples, d, d], seed);
    let turned = x.view().permuted_axes(IxDyn(&[0, 2, 1]));
    (&x + &turned) / 2.0
}

fn views(arrays: &[ArrayD<f64>]) -> Vec<ArrayViewD<'_, f64>> {
    arrays.iter().map(|array| array.view()).collect()
}

/// Adam (Kingma and Ba, 2015) on the mean of `|f(x) - y|^2`, with steps that shrink to nothing; gives the parameters and the
/// loss at the end. It knows of the map what the trait says.
fn train(map: &dyn EquivariantMap<f64>, inputs: &[ArrayD<f64>], target: &ArrayD<f64>) -> (Vec<f64>, f64) {
    const STEPS: i32 = 3000;
    let mut theta = vec![0.1; map.parameters().len()];
    let mut moments = vec![(0.0, 0.0); theta.len()];
    let inputs = views(inputs);
    let mut loss = f64::INFINITY;
    for step in 1..=STEPS {
        let residual = map.values(&theta, &inputs).expect("shapes agree") - target;
        loss = residual.iter().map(|r| r * r).sum::<f64>() / residual.len() as f64;
        let gradient = map.parameter_gradient(&theta, &inputs, residual.view()).expect("shapes agree");
        let rate = 0.05 * (1.0 - f64::from(step) / f64::from(STEPS));
        for ((t, (first, second)), g) in theta.iter_mut().zip(&mut moments).zip(gradient) {
            *first = 0.9 * *first + 0.1 * g;
            *second = 0.999 * *second + 0.001 * g * g;
            let (mean, square) =
                (*first / (1.0 - 0.9_f64.powi(step)), *second / (1.0 - 0.999_f64.powi(step)));
            *t -= rate * mean / (square.sqrt() + 1e-12);
        }
    }
    (theta, loss)
}

#[test]
fn one_trainer_trains_declared_maps_generator_forms_and_bodies() {
    let a = random(&[40, 4, 3], 1);
    let e = symmetric(40, 3, 2);
    let (x, y) = (random(&[40, 3], 3), random(&[40, 3], 4));
    type Case<'a> = (&'a dyn EquivariantMap<f64>, Vec<ArrayD<f64>>, Vec<f64>);
    let maps: [Case<'_>; 4] = [
        (&spectral::instance::<3>(4), vec![a.clone()], vec![0.3, -0.2, 0.5, 0.1, -0.4]),
        (&areas::instance::<3>(4), vec![a], vec![0.4, -0.3, 0.2, 0.1, 0.6, -0.5]),
        (&stress::instance(), vec![e], vec![0.5, 0.3, -0.7]),
        (&weighted::instance::<3>(), vec![x, y], vec![0.5, 0.7, -0.3]),
    ];
    for (map, inputs, truth) in maps {
        assert_eq!(map.parameters().len(), truth.len(), "{}", map.bases()[0]);
        let target = map.values(&truth, &views(&inputs)).expect("shapes agree");
        let (found, loss) = train(map, &inputs, &target);
        assert!(loss < 1e-6, "{}: {loss}", map.bases()[0]);
        // Squares have two roots.
        let close = |(x, y): (&f64, &f64)| (x.abs() - y.abs()).abs() < 0.05;
        assert!(found.iter().zip(&truth).all(close), "{found:?} {truth:?}");
    }
}

/// Solves the normal equations of `min |M x - y|`.
fn least_squares(m: &Array2<f64>, y: &[f64]) -> Vec<f64> {
    let k = m.ncols();
    let mut rows: Vec<Vec<f64>> = (0..k)
        .map(|p| {
            (0..k)
                .map(|q| m.column(p).dot(&m.column(q)))
                .chain([m.column(p).iter().zip(y).map(|(a, b)| a * b).sum()])
                .collect()
        })
        .collect();
    for column in 0..k {
        let pivot = (column..k)
            .max_by(|&p, &q| rows[p][column].abs().total_cmp(&rows[q][column].abs()))
            .expect("rows");
        rows.swap(column, pivot);
        let pivot = rows[column].clone();
        for (_, entries) in rows.iter_mut().enumerate().filter(|(row, _)| *row != column) {
            let factor = entries[column] / pivot[column];
            entries.iter_mut().zip(&pivot).for_each(|(x, y)| *x -= factor * y);
        }
    }
    (0..k).map(|row| rows[row][k] / rows[row][row]).collect()
}

/// Second Piola-Kirchhoff stress of an isotropic solid up to second order in the strain E: six constants.
#[equivariant(O(3), degree <= 2)]
fn second_order(e: Sym<3>) -> Sym<3>;

#[test]
fn a_hyperelastic_law_is_fitted_through_the_design_matrix() {
    let map = second_order::instance();
    let strain = symmetric(30, 3, 5);
    let design =
        EquivariantMap::<f64>::design_matrix(&map, &[0.0; second_order::LEN], &[strain.view()]).unwrap();
    assert_eq!(design.dim(), (30 * 9, second_order::LEN));
    // S = lambda tr(E) I + 2 mu E + alpha tr(E) E, measured with an error.
    let (lambda, mu, alpha) = (1.2, 0.8, -0.5);
    let mut error = numbers(6);
    let stress = Array::from_shape_fn((30, 3, 3), |(s, p, q)| {
        let e = strain.index_axis(Axis(0), s);
        let trace = e[[0, 0]] + e[[1, 1]] + e[[2, 2]];
        let delta = if p == q { 1.0 } else { 0.0 };
        lambda * trace * delta + (2.0 * mu + alpha * trace) * e[[p, q]] + 1e-6 * error()
    });
    let mut constants = 0;
    let fitted = least_squares(&design, stress.as_slice().expect("standard layout"));
    for (member, found) in second_order::basis().iter().zip(fitted) {
        let expected = match member.diagram {
            "tr(e) delta^pq" => lambda,
            "e^pq" => 2.0 * mu,
            "tr(e) e^pq" => alpha,
            _ => 0.0,
        };
        constants += usize::from(expected != 0.0);
        assert!((found - expected).abs() < 1e-4, "{}: {found} for {expected}", member.diagram);
    }
    assert_eq!(constants, 3);
}

#[test]
fn forces_are_the_gradients_of_members() {
    let n = 5;
    let map = energy::instance(n);
    let positions = random(&[3, n, 3], 7);
    let theta: Vec<f64> = (0..energy::LEN).map(|k| (k as f64 + 1.0).sin()).collect();
    let minus_one = ArrayD::from_elem(IxDyn(&[3]), -1.0);
    let forces = map.gradient_matrix(&theta, &[positions.view()], minus_one.view(), &[0]).unwrap();
    assert_eq!(forces.dim(), (3 * n * 3, energy::LEN));
    // F = -dE/dr by central differences.
    let energy_at = |r: &ArrayD<f64>| map.values(&theta, &[r.view()]).unwrap();
    let h = 1e-5;
    for (row, index) in positions.indexed_iter().map(|(index, _)| index).enumerate() {
        let mut moved = [positions.clone(), positions.clone()];
        moved[0][&index] += h;
        moved[1][&index] -= h;
        let sample = index[0];
        let slope = (energy_at(&moved[0])[[sample]] - energy_at(&moved[1])[[sample]]) / (2.0 * h);
        let force: f64 = forces.row(row).iter().zip(&theta).map(|(f, t)| f * t).sum();
        assert!((force + slope).abs() < 1e-7 * (1.0 + slope.abs()), "{force} {slope}");
    }
}

/// Laws that hold for every map: values are the design matrix times the parameters, pullbacks are the transposes of
/// pushforwards, views of any stride give the same, samples do not see each other.
fn check_laws(map: &dyn EquivariantMap<f64>, inputs: &[ArrayD<f64>]) {
    let name = map.bases()[0].signature;
    let mut next = numbers(8);
    let theta: Vec<f64> = (0..map.parameters().len()).map(|_| next()).collect();
    let all = views(inputs);
    let values = map.values(&theta, &all).unwrap();
    let samples = inputs[0].shape()[0];
    let close = |x: f64, y: f64, what: &str| {
        assert!((x - y).abs() < 1e-9 * (1.0 + x.abs()), "{name}, {what}: {x} {y}")
    };

    let members = map.members(&theta, &all).unwrap();
    let weights = map.member_weights(&theta).unwrap();
    assert_eq!(weights.len(), map.elements().len());
    for (index, &value) in values.indexed_iter() {
        let of = |member: usize| {
            let full = [&[index[0], member], &index.as_array_view().to_vec()[1..]].concat();
            members[IxDyn(&full)]
        };
        let sum = weights.iter().enumerate().map(|(member, weight)| weight * of(member)).sum();
        close(value, sum, "sum of members");
    }

    let cotangent = random(values.shape(), 9);
    let gradient = map.pull_back(&theta, &all, cotangent.view()).unwrap();
    let alone = map.parameter_gradient(&theta, &all, cotangent.view()).unwrap();
    gradient.parameters.iter().zip(&alone).for_each(|(&x, &y)| close(x, y, "gradients in parameters"));
    // Directional derivatives by central differences.
    let pairing = |theta: &[f64], inputs: &[ArrayD<f64>]| {
        (&map.values(theta, &views(inputs)).unwrap() * &cotangent).sum()
    };
    let h = 1e-6;
    let direction: Vec<f64> = theta.iter().map(|_| next()).collect();
    let moved = |t: f64| -> Vec<f64> { theta.iter().zip(&direction).map(|(x, d)| x + t * d).collect() };
    let slope = (pairing(&moved(h), inputs) - pairing(&moved(-h), inputs)) / (2.0 * h);
    let expected: f64 = gradient.parameters.iter().zip(&direction).map(|(g, d)| g * d).sum();
    assert!((slope - expected).abs() < 1e-6 * (1.0 + slope.abs()), "{name}: {slope} {expected}");
    for (input, of_input) in gradient.inputs.iter().enumerate() {
        // Within the space of the input: a difference of two of its members.
        let direction =
            &inputs[input].slice_axis(Axis(0), ndarray::Slice::new(0, None, -1)).to_owned() - &inputs[input];
        let moved = |t: f64| {
            let mut moved = inputs.to_vec();
            moved[input] = &moved[input] + &(&direction * t);
            moved
        };
        let slope = (pairing(&theta, &moved(h)) - pairing(&theta, &moved(-h))) / (2.0 * h);
        let expected = (of_input * &direction).sum();
        assert!(
            (slope - expected).abs() < 1e-6 * (1.0 + slope.abs()),
            "{name}, input {input}: {slope} {expected}"
        );
        // Gradients of members add up to that of the map.
        let of_members = &map.member_gradients(&theta, &all, cotangent.view(), &[input]).unwrap()[0];
        let mut sum = ArrayD::zeros(of_input.raw_dim());
        for (member, weight) in weights.iter().enumerate() {
            sum = sum + of_members.index_axis(Axis(1), member).to_owned() * *weight;
        }
        sum.iter().zip(of_input).for_each(|(&x, &y)| close(x, y, "gradients of members"));
    }

    // Several inputs at once, in any order, and the matrix that is made of them.
    let chosen: Vec<usize> = (0..inputs.len()).rev().chain([0]).collect();
    let together = map.member_gradients(&theta, &all, cotangent.view(), &chosen).unwrap();
    for (&input, found) in chosen.iter().zip(&together) {
        let alone = map.member_gradients(&theta, &all, cotangent.view(), &[input]).unwrap();
        assert_eq!(&alone[0], found, "{name}");
    }
    let matrix = map.gradient_matrix(&theta, &all, cotangent.view(), &chosen).unwrap();
    let rows: usize = chosen.iter().map(|&input| inputs[input].len()).sum();
    assert_eq!(matrix.dim(), (rows, weights.len()), "{name}");
    let product: Vec<f64> =
        matrix.outer_iter().map(|row| row.iter().zip(&weights).map(|(m, w)| m * w).sum()).collect();
    let expected = chosen.iter().flat_map(|&input| gradient.inputs[input].iter());
    product.iter().zip(expected).for_each(|(&x, &y)| close(x, y, "rows of the gradient matrix"));
    let design = map.design_matrix(&theta, &all).unwrap();
    let product = design.outer_iter().map(|row| row.iter().zip(&weights).map(|(m, w)| m * w).sum());
    values.iter().zip(product).for_each(|(&x, y)| close(x, y, "rows of the design matrix"));

    // Any stride: samples reversed, axes stored in another order.
    let turned: Vec<ArrayD<f64>> = inputs
        .iter()
        .map(|input| {
            let axes: Vec<usize> = (0..input.ndim()).rev().collect();
            input.view().permuted_axes(IxDyn(&axes)).as_standard_layout().into_owned()
        })
        .collect();
    let reversed: Vec<ArrayViewD<'_, f64>> = turned
        .iter()
        .map(|array| {
            let axes: Vec<usize> = (0..array.ndim()).rev().collect();
            array.view().permuted_axes(IxDyn(&axes))
        })
        .collect();
    assert_eq!(map.values(&theta, &reversed).unwrap(), values, "{name}");
    for sample in 0..samples {
        let one: Vec<Vec<f64>> =
            inputs.iter().map(|input| input.index_axis(Axis(0), sample).iter().copied().collect()).collect();
        let slices: Vec<&[f64]> = one.iter().map(Vec::as_slice).collect();
        let value: Vec<f64> = values.index_axis(Axis(0), sample).iter().copied().collect();
        assert_eq!(map.value(&theta, &slices).unwrap(), value, "{name}");
        let more = [&slices[..], &[&[]]].concat();
        let error = map.value(&theta, &more).unwrap_err().to_string();
        assert_eq!(error, format!("inputs: expected {}, found {}", slices.len(), more.len()), "{name}");
    }
    let missing =
        map.member_gradients(&theta, &all, cotangent.view(), &[0, inputs.len()]).unwrap_err().to_string();
    let of = inputs.len();
    assert_eq!(missing, format!("there is no input {of}: the map has {of}, counted from 0"), "{name}");
    let short = map.member_weights(&theta[1..]).unwrap_err().to_string();
    assert!(short.starts_with("parameters: expected"), "{name}: {short}");
    let found = map.check_equivariance(&theta, 11).unwrap();
    assert!(found.deviation < 1e-10, "{name}: {found}");
}

#[test]
fn all_maps_keep_the_laws() {
    let (samples, n) = (11, 4);
    let a = random(&[samples, n, 3], 21);
    let (u, v) = (random(&[samples, 3], 22), random(&[samples, 3], 23));
    check_laws(&spectral::instance::<3>(n), std::slice::from_ref(&a));
    check_laws(&pairs::instance::<3>(n), &[a.clone(), random(&[samples], 24)]);
    check_laws(&areas::instance::<3>(n), std::slice::from_ref(&a));
    check_laws(&labelled::instance::<3>(n), std::slice::from_ref(&a));
    check_laws(&stress::instance(), &[symmetric(samples, 3, 25)]);
    check_laws(&weighted::instance::<3>(), &[u.clone(), v.clone()]);
    check_laws(&energy::instance(n), &[a]);
    let f = random(&[samples, 4, 4], 26);
    let f = &f - &f.view().permuted_axes(IxDyn(&[0, 2, 1]));
    check_laws(&lorentz::instance(), &[random(&[samples, 4], 27), f]);
    check_laws(&symplectic::instance(), &[random(&[samples, 4], 28), symmetric(samples, 4, 29)]);
    let mut t = symmetric(samples, 3, 30);
    for mut sample in t.outer_iter_mut() {
        let trace = (sample[[0, 0]] + sample[[1, 1]] + sample[[2, 2]]) / 3.0;
        (0..3).for_each(|p| sample[[p, p]] -= trace);
    }
    check_laws(&chiral::instance(), &[u, v, t]);
}

#[test]
fn sums_of_maps_are_maps() {
    let map = eqt::map::Sum::new::<f64>(spectral::instance::<3>(4), areas_squared::instance::<3>(4));
    assert_eq!(EquivariantMap::<f64>::parameters(&map).len(), spectral::LEN + areas_squared::LEN);
    check_laws(&map, &[random(&[9, 4, 3], 31)]);
    // Of maps of different kinds: a member that is an array, numbers, a body; of groups that differ.
    let (a, b) = (random(&[9, 3], 32), random(&[9, 3], 33));
    let turned = eqt::map::Sum::new::<f64>(weighted::instance::<3>(), turned::instance());
    check_laws(&eqt::map::Sum::new::<f64>(turned.clone(), turned), &[a, b]);
    let arrays = eqt::map::Sum::new::<f64>(spectral::instance::<3>(4), areas_of_pairs::instance::<3>(4));
    check_laws(&arrays, &[random(&[9, 4, 3], 34)]);
}

/// Equivariant under rotations alone.
#[equivariant(SO(3), degree = 2)]
fn turned(a: Vector<3>, b: Vector<3>) -> Vector<3>;

#[equivariant(O(D), degree = 2)]
fn areas_of_pairs<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

#[equivariant(O(D) * S(n), degree = 4, labels <= 1)]
fn areas_squared<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

#[test]
fn generator_forms_take_coefficients_per_sample() {
    let (samples, n) = (10, 4);
    let map = labelled::instance::<3>(n);
    let a = random(&[samples, n, 3], 51);
    let gram = map.invariants(&[a.view()]).unwrap();
    assert_eq!(gram.len(), 1);
    assert_eq!(gram[0].shape(), [samples, n, n]);
    let three = a.view().into_dimensionality::<ndarray::Ix3>().unwrap();
    for sample in 0..samples {
        let rows = three.index_axis(Axis(0), sample);
        let expected: Array2<f64> = rows.dot(&rows.t());
        let found = gram[0].index_axis(Axis(0), sample);
        assert!(found.iter().zip(&expected).all(|(x, y)| (x - y).abs() < 1e-12));
    }
    // q_0 = tr G, q_ij = G_ij: h = sum_ij G_ij a_i a_j^T + tr(G) I.
    let trace = gram[0].outer_iter().map(|g| (0..n).map(|i| g[[i, i]]).sum::<f64>()).collect::<Vec<_>>();
    let q = [ArrayD::from_shape_vec(IxDyn(&[samples]), trace).unwrap(), gram[0].clone()];
    let h = map.assemble(&views(&q), &[a.view()]).unwrap();
    let rows: ArrayView2<'_, f64> = three.slice(s![0, .., ..]);
    let columns: ArrayView2<'_, f64> = rows.t();
    let m = columns.dot(&rows);
    let expected = m.dot(&m) + Array2::<f64>::eye(3) * q[0][[0]];
    assert!(h.index_axis(Axis(0), 0).iter().zip(&expected).all(|(x, y)| (x - y).abs() < 1e-12));
    // Gradients are transposes: h is linear in q.
    let dh: ArrayD<f64> = symmetric(samples, 3, 52);
    let back = map.assemble_pull_back(&views(&q), &[a.view()], dh.view()).unwrap();
    let of_q: f64 = back.coefficients.iter().zip(&q).map(|(g, q)| (g * q).sum()).sum();
    assert!((of_q - (&h * &dh).sum()).abs() < 1e-9);
    // The invariants are of degree two: <dI/da, a> = 2 I.
    let of_a = map.invariants_pull_back(&[a.view()], &[gram[0].view()]).unwrap();
    let twice = 2.0 * gram[0].iter().map(|g| g * g).sum::<f64>();
    assert!(((&of_a[0] * &a).sum() - twice).abs() < 1e-9 * twice);
}

#[test]
fn invariants_may_be_numbers_and_arrays() {
    let (samples, n) = (9, 4);
    let map = mixed::instance::<3>(n);
    let (a, w) = (random(&[samples, 3], 71), random(&[samples, n], 72));
    check_laws(&map, &[a.clone(), w.clone()]);
    let inputs = [a.view(), w.view()];
    let found = map.invariants(&inputs).unwrap();
    let number = found.iter().find(|array| array.ndim() == 1).expect("|a|^2");
    let squares = (&a * &a).sum_axis(Axis(1));
    assert!(number.iter().zip(&squares).all(|(x, y)| (x - y).abs() < 1e-12));
    let array = found.iter().find(|array| array.ndim() == 2).expect("w_i");
    assert_eq!(array, &w);
    // <dI/dx, x>: the one is quadratic, the other linear.
    let back = map.invariants_pull_back(&inputs, &views(&found)).unwrap();
    let pairing = |x: &ArrayD<f64>, y: &ArrayD<f64>| (x * y).sum();
    assert!((pairing(&back[0], &a) - 2.0 * pairing(&squares, &squares)).abs() < 1e-9);
    assert!((pairing(&back[1], &w) - pairing(&w, &w)).abs() < 1e-9);
}

#[test]
fn wrong_shapes_are_errors_that_name_the_array() {
    let map = pairs::instance::<3>(4);
    let theta = vec![0.0; EquivariantMap::<f64>::parameters(&map).len()];
    let (a, s) = (random(&[5, 4, 3], 61), random(&[5], 62));
    let say = |result: Result<ArrayD<f64>, eqt::BatchError>| result.unwrap_err().to_string();
    assert_eq!(
        say(map.values(&theta[1..], &[a.view(), s.view()])),
        format!("parameters: expected {}, found {}", theta.len(), theta.len() - 1)
    );
    assert_eq!(say(map.values(&theta, &[a.view()])), "inputs: expected 2, found 1");
    let short = a.slice(s![.., ..3, ..]).into_dyn();
    assert_eq!(
        say(map.values(&theta, &[short, s.view()])),
        "input `a`: expected shape (samples, 4, 3), found (5, 3, 3)"
    );
    let fewer = s.slice(s![..4]).into_dyn();
    assert_eq!(say(map.values(&theta, &[a.view(), fewer])), "input `s`: expected shape (5), found (4)");
    let dh = Array3::<f64>::zeros((5, 3, 2)).into_dyn();
    let error = map.pull_back(&theta, &[a.view(), s.view()], dh.view()).unwrap_err().to_string();
    assert_eq!(error, "cotangent: expected shape (5, 3, 3), found (5, 3, 2)");
}

/// Numbers of the kind that batches are tried with, as vectors.
fn vectors<const D: usize, T: eqt::Real>(samples: usize, n: usize, seed: u64) -> Vec<Vec<Vector<D, T>>> {
    let mut next = numbers(seed);
    let mut sample = || (0..n).map(|_| Vector(std::array::from_fn(|_| T::from_f64(next())))).collect();
    (0..samples).map(|_| sample()).collect()
}

/// What is computed for one sample does not depend on the samples around it, on the lanes, or on how it is called: to the last
/// bit, at every number of samples up to three registers of the widest kind, and one more.
fn check_single_calls<T: eqt::Real>() {
    let n = 7;
    let theta: [T; spectral::LEN] = std::array::from_fn(|b| T::from_f64((b as f64 + 1.0).sin()));
    for samples in 1..=25 {
        let all = vectors::<3, T>(samples, n, samples as u64);
        let a = Array3::from_shape_fn((samples, n, 3), |(s, i, p)| all[s][i].0[p]);
        let dh = Array3::from_shape_fn((samples, 3, 3), |(s, p, q)| T::from_f64((s + p * q) as f64 / 3.0));
        let (mut out, mut da) = (Array3::from_elem((samples, 3, 3), T::ZERO), a.clone());
        spectral::batch::<3, T>(&theta, a.view(), out.view_mut()).unwrap();
        spectral::batch_input_gradient::<3, T>(&theta, a.view(), dh.view(), da.view_mut()).unwrap();
        for (s, sample) in all.iter().enumerate() {
            let cotangent = Sym(std::array::from_fn(|p| std::array::from_fn(|q| dh[[s, p, q]])));
            let (value, gradient) =
                (spectral(&theta, sample), spectral::gradient(&theta, sample, &cotangent));
            for p in 0..3 {
                (0..3).for_each(|q| assert_eq!(out[[s, p, q]], value.0[p][q], "{samples} samples"));
                (0..n).for_each(|i| assert_eq!(da[[s, i, p]], gradient.a[i].0[p], "{samples} samples"));
            }
        }
    }
}

#[test]
fn single_calls_and_batches_agree_to_the_last_bit() {
    check_single_calls::<f32>();
    check_single_calls::<f64>();
}
