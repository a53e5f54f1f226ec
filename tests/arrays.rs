//! Batches of maps with arrays over two labels, of so many labels that they multiply with these where they lie: against single calls,
//! which are loops. Over the prime field the two are equal; over floats, sums are in another order.

#![cfg(feature = "ndarray")]
#![allow(clippy::unwrap_used)]

use eqt::prelude::*;
use ndarray::{Array1, Array2, Array3, ArrayView3, Axis};

/// `c I + sum_ij P_ij a_i a_j^T + sum_ij Q_ij <a_i, a_j> I`, P and Q shared.
#[equivariant(O(D), degree <= 2)]
fn pairs<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

/// `sum_ij P_ij a_i a_j^T`, antisymmetrised.
#[equivariant(O(D), degree = 2)]
fn areas<const D: usize>(a: [Vector<D>; n]) -> Alt<D>;

/// `b_i = sum_j P_ij a_j`, and the same with the scalars of the labels; labels of one kind to labels of another.
#[equivariant(O(3), degree <= 1)]
fn layer<const N: usize, const M: usize>(a: [Vector<3>; N]) -> [Vector<3>; M];

/// `c I + sum_ij q_ij a_i a_j^T`, q of every sample.
#[equivariant(O(D) * S(n), generators)]
fn generated<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

const D: usize = 5;
/// Around a register, and beyond all numbers of labels from which on there are products.
const LABELS: [usize; 4] = [15, 24, 64, 71];
/// Fewer samples than lanes, and remainders.
const SAMPLES: [usize; 4] = [1, 2, 17, 33];

/// How numbers are made, and compared.
trait Number: Scalar {
    fn drawn(seed: usize) -> Self;
    fn close(self, other: Self) -> bool;
}

impl Number for Fp {
    fn drawn(seed: usize) -> Fp {
        Fp::new(seed as u64 * 7_919 + 12_345)
    }

    fn close(self, other: Fp) -> bool {
        self == other
    }
}

macro_rules! float {
    ($float:ident, $tolerance:literal) => {
        impl Number for $float {
            fn drawn(seed: usize) -> $float {
                ((seed * 37) % 101) as $float / 101.0 - 0.5
            }

            fn close(self, other: $float) -> bool {
                (self - other).abs() <= $tolerance * (1.0 + self.abs().max(other.abs()))
            }
        }
    };
}
float!(f32, 1e-3);
float!(f64, 1e-11);

fn same<T: Number>(found: impl IntoIterator<Item = T>, expected: impl IntoIterator<Item = T>, what: &str) {
    let (found, expected): (Vec<T>, Vec<T>) = (found.into_iter().collect(), expected.into_iter().collect());
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (&found, &expected)) in found.iter().zip(&expected).enumerate() {
        assert!(found.close(expected), "{what}: entry {at} is {found:?}, expected {expected:?}");
    }
}

/// Vectors of a sample.
fn vectors<T: Scalar, const D: usize>(a: &Array3<T>, sample: usize) -> Vec<Vector<D, T>> {
    let rows = a.index_axis(Axis(0), sample);
    rows.rows().into_iter().map(|row| Vector(std::array::from_fn(|p| row[p]))).collect()
}

/// Numbers of all samples, in an array whose strides are not those of the standard layout.
fn strided<T: Number>(samples: usize, rows: usize, columns: usize, seed: usize) -> Array3<T> {
    Array3::from_shape_fn((columns, samples, rows), |(p, k, i)| T::drawn(seed + 131 * k + 17 * i + 5 * p))
        .permuted_axes([1, 2, 0])
}

fn square<T: Number>(matrix: ArrayView3<'_, T>, sample: usize) -> [[T; D]; D] {
    std::array::from_fn(|p| std::array::from_fn(|q| matrix[(sample, p, q)]))
}

fn flat<T: Scalar>(rows: &[Vector<D, T>]) -> Vec<T> {
    rows.iter().flat_map(|row| row.0).collect()
}

fn check_pairs<T: Number>() {
    for (n, samples) in LABELS.into_iter().flat_map(|n| SAMPLES.map(|samples| (n, samples))) {
        let what = format!("n = {n}, {samples} samples");
        let (a, dh) = (strided::<T>(samples, n, D, 1), strided::<T>(samples, D, D, 2));
        let mut theta = pairs::Coefficients::<T>::zeros(n);
        theta.iter_mut().enumerate().for_each(|(k, x)| *x = T::drawn(k + 3));
        let mut odd = areas::Coefficients::<T>::zeros(n);
        odd.iter_mut().enumerate().for_each(|(k, x)| *x = T::drawn(k + 4));
        let (mut value, mut of_areas) = (strided(samples, D, D, 5), strided(samples, D, D, 6));
        let (mut d_a, mut d_a_of_areas) = (strided(samples, n, D, 7), strided(samples, n, D, 8));
        pairs::batch::<D, T>(&theta, a.view(), value.view_mut()).unwrap();
        areas::batch::<D, T>(&odd, a.view(), of_areas.view_mut()).unwrap();
        let of_coefficients = pairs::batch_gradient::<D, T>(&theta, a.view(), dh.view()).unwrap();
        let both = pairs::batch_input_gradient::<D, T>(&theta, a.view(), dh.view(), d_a.view_mut()).unwrap();
        let of_odd =
            areas::batch_input_gradient::<D, T>(&odd, a.view(), dh.view(), d_a_of_areas.view_mut()).unwrap();
        let mut sum = pairs::Coefficients::<T>::zeros(n);
        let mut odd_sum = areas::Coefficients::<T>::zeros(n);
        let add = |sum: &mut T, term: T| *sum += term;
        for k in 0..samples {
            let (one, cotangent) = (vectors::<T, D>(&a, k), Sym(square(dh.view(), k)));
            let expected = pairs(&theta, &one);
            same(square(value.view(), k).concat(), expected.0.concat(), &format!("value, {what}"));
            same(
                square(of_areas.view(), k).concat(),
                areas(&odd, &one).0.concat(),
                &format!("odd value, {what}"),
            );
            let gradient = pairs::gradient(&theta, &one, &cotangent);
            same(
                d_a.index_axis(Axis(0), k).iter().copied(),
                flat(&gradient.a),
                &format!("gradient in a, {what}"),
            );
            sum.iter_mut().zip(gradient.theta.iter()).for_each(|(sum, term)| add(sum, term));
            let gradient = areas::gradient(&odd, &one, &Alt(square(dh.view(), k)));
            same(d_a_of_areas.index_axis(Axis(0), k).iter().copied(), flat(&gradient.a), &what);
            odd_sum.iter_mut().zip(gradient.theta.iter()).for_each(|(sum, term)| add(sum, term));
        }
        same(of_coefficients.theta.iter(), sum.iter(), &format!("gradient in P and Q, {what}"));
        same(both.theta.iter(), sum.iter(), &format!("gradient in P, Q and a, {what}"));
        same(of_odd.theta.iter(), odd_sum.iter(), &format!("gradient in an antisymmetric P, {what}"));
    }
}

#[test]
fn arrays_that_samples_share() {
    check_pairs::<Fp>();
    check_pairs::<f32>();
    check_pairs::<f64>();
}

fn check_generated<T: Number>() {
    for (n, samples) in LABELS.into_iter().flat_map(|n| SAMPLES.map(|samples| (n, samples))) {
        let what = format!("n = {n}, {samples} samples");
        let (a, dh) = (strided::<T>(samples, n, D, 1), strided::<T>(samples, D, D, 2));
        let trace = Array1::from_shape_fn(samples, |k| T::drawn(k + 3));
        let q = strided::<T>(samples, n, n, 4);
        let mut value = strided(samples, D, D, 5);
        let (mut d_trace, mut d_q, mut d_a) =
            (trace.clone(), strided(samples, n, n, 6), strided(samples, n, D, 7));
        let mut invariants = strided(samples, n, n, 8);
        generated::batch::<D, T>(trace.view(), q.view(), a.view(), value.view_mut()).unwrap();
        generated::batch_gradient::<D, T>(
            trace.view(),
            q.view(),
            a.view(),
            dh.view(),
            d_trace.view_mut(),
            d_q.view_mut(),
            d_a.view_mut(),
        )
        .unwrap();
        let (mut d_trace_alone, mut d_q_alone) = (trace.clone(), strided(samples, n, n, 9));
        generated::batch_coefficient_gradient::<D, T>(
            trace.view(),
            q.view(),
            a.view(),
            dh.view(),
            d_trace_alone.view_mut(),
            d_q_alone.view_mut(),
        )
        .unwrap();
        generated::batch_invariants::<D, T>(a.view(), invariants.view_mut()).unwrap();
        let mut d_a_of_invariants = strided(samples, n, D, 10);
        generated::batch_invariants_gradient::<D, T>(a.view(), q.view(), d_a_of_invariants.view_mut())
            .unwrap();
        for k in 0..samples {
            let (one, cotangent) = (vectors::<T, D>(&a, k), Sym(square(dh.view(), k)));
            let of_one = generated::Coefficients { c0: trace[k], c1: q.index_axis(Axis(0), k).to_owned() };
            same(square(value.view(), k).concat(), generated(&of_one, &one).0.concat(), &what);
            let gradient = generated::assemble_gradient(&of_one, &one, &cotangent);
            same(
                [d_trace[k], d_trace_alone[k]],
                [gradient.q.c0; 2],
                &format!("gradient in the trace, {what}"),
            );
            for d_q in [&d_q, &d_q_alone] {
                same(
                    d_q.index_axis(Axis(0), k).iter().copied(),
                    gradient.q.c1.iter().copied(),
                    &format!("gradient in q, {what}"),
                );
            }
            same(
                d_a.index_axis(Axis(0), k).iter().copied(),
                flat(&gradient.a),
                &format!("gradient in a, {what}"),
            );
            let found = generated::invariants(&one);
            same(invariants.index_axis(Axis(0), k).iter().copied(), found.c0.iter().copied(), &what);
            let cotangent = generated::Invariants { c0: of_one.c1 };
            let gradient = generated::invariants_gradient(&one, &cotangent);
            same(d_a_of_invariants.index_axis(Axis(0), k).iter().copied(), flat(&gradient.a), &what);
        }
    }
}

#[test]
fn arrays_of_every_sample() {
    check_generated::<Fp>();
    check_generated::<f32>();
    check_generated::<f64>();
}

/// Of numbers of labels that are known when it is compiled.
#[test]
fn arrays_from_labels_to_other_labels() {
    const N: usize = 70;
    const M: usize = 57;
    let samples = 19;
    let a = Array3::from_shape_fn((samples, N, 3), |(k, i, p)| Fp::drawn(131 * k + 17 * i + 5 * p));
    let d_b = Array3::from_shape_fn((samples, M, 3), |(k, i, p)| Fp::drawn(113 * k + 19 * i + 7 * p));
    let mut theta = layer::Coefficients::<Fp>::zeros(N, M);
    theta.iter_mut().enumerate().for_each(|(k, x)| *x = Fp::drawn(k));
    let (mut b, mut d_a) = (d_b.clone(), a.clone());
    layer::batch::<N, M, Fp>(&theta, a.view(), b.view_mut()).unwrap();
    let gradient =
        layer::batch_input_gradient::<N, M, Fp>(&theta, a.view(), d_b.view(), d_a.view_mut()).unwrap();
    let mut sum = Array2::from_elem(gradient.theta.c0.dim(), Fp::ZERO);
    for k in 0..samples {
        let of = |array: &Array3<Fp>, i: usize| Vector(std::array::from_fn(|p| array[(k, i, p)]));
        let one: [Vector<3, Fp>; N] = std::array::from_fn(|i| of(&a, i));
        let cotangent: [Vector<3, Fp>; M] = std::array::from_fn(|i| of(&d_b, i));
        let expected: [Vector<3, Fp>; M] = layer(&theta, &one);
        assert!(expected.iter().enumerate().all(|(i, row)| *row == of(&b, i)), "sample {k}");
        let single = layer::gradient(&theta, &one, &cotangent);
        assert!(single.a.iter().enumerate().all(|(i, row)| *row == of(&d_a, i)), "sample {k}");
        sum += &single.theta.c0;
    }
    assert_eq!(gradient.theta.c0, sum);
}

/// No dimension, one dimension; no labels; no samples; numbers that are none.
#[test]
fn arrays_of_sizes_that_are_hardly_any() {
    fn value<const D: usize>(samples: usize, n: usize) -> Vec<Fp> {
        let a = Array3::from_shape_fn((samples, n, D), |(k, i, p)| Fp::drawn(131 * k + 17 * i + 5 * p));
        let mut theta = pairs::Coefficients::<Fp>::zeros(n);
        theta.iter_mut().enumerate().for_each(|(k, x)| *x = Fp::drawn(k + 3));
        let mut value = Array3::zeros((samples, D, D)).mapv(|_: f64| Fp::ONE);
        let (dh, mut d_a) = (value.clone(), a.clone());
        pairs::batch::<D, Fp>(&theta, a.view(), value.view_mut()).unwrap();
        let gradient =
            pairs::batch_input_gradient::<D, Fp>(&theta, a.view(), dh.view(), d_a.view_mut()).unwrap();
        for k in 0..samples {
            let single = pairs(&theta, &vectors::<Fp, D>(&a, k));
            assert!(value.index_axis(Axis(0), k).iter().eq(single.0.as_flattened()), "d = {D}, n = {n}");
        }
        gradient.theta.iter().chain(value).collect()
    }
    for (samples, n) in [(0, 0), (0, 70), (3, 0), (3, 1), (3, 70), (20, 70)] {
        let zeros = value::<0>(samples, n);
        assert!(zeros.iter().all(|entry| *entry == Fp::ZERO), "{samples} samples, n = {n}");
        assert_eq!(value::<1>(samples, n).len(), 1 + 2 * n * n + samples);
    }
    // One sample that is no number leaves the others what they are.
    let mut a = strided::<f32>(9, 70, D, 1);
    let theta = pairs::Coefficients::<f32>::zeros(70);
    a[(4, 7, 2)] = f32::NAN;
    let mut value = strided(9, D, D, 2);
    pairs::batch::<D, f32>(&theta, a.view(), value.view_mut()).unwrap();
    for (k, sample) in value.outer_iter().enumerate() {
        assert_eq!(sample.iter().any(|entry| entry.is_nan()), k == 4, "sample {k}");
    }
}
