//! Batches of maps with coefficient arrays over labels, against the same sums as products of matrices.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use eqt::prelude::*;
use ndarray::{Array1, Array2, Array3, ArrayView3, Axis};

#[equivariant(O(D), degree <= 2, sizes(D = 5, n = 100))]
fn pairs<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

#[equivariant(O(D) * S(n), degree <= 4, sizes(D = 5, n = 100))]
fn shared<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

const N: usize = 100;
const D: usize = 5;

fn numbers(shape: (usize, usize, usize)) -> Array3<f32> {
    Array3::from_shape_fn(shape, |(s, i, p)| ((31 * s + 7 * i + 3 * p) % 23) as f32 / 23.0 - 0.5)
}

/// `sum_s a_i dh a_j^T` and `sum_s tr(dh) <a_i, a_j>` for symmetric `dh`: two products of `n x sd` matrices.
fn by_hand(a: ArrayView3<'_, f32>, dh: ArrayView3<'_, f32>) -> (f32, Array2<f32>, Array2<f32>) {
    let (samples, n, d) = a.dim();
    let mut rows = Array3::zeros((n, samples, d));
    rows.assign(&a.permuted_axes([1, 0, 2]));
    let (mut moved, mut scaled) = (Array3::zeros(rows.dim()), Array3::zeros(rows.dim()));
    let mut traces = Array1::zeros(samples);
    for s in 0..samples {
        let cotangent = dh.index_axis(Axis(0), s);
        traces[s] = cotangent.diag().sum();
        moved.index_axis_mut(Axis(1), s).assign(&a.index_axis(Axis(0), s).dot(&cotangent));
        scaled.index_axis_mut(Axis(1), s).assign(&(&a.index_axis(Axis(0), s) * traces[s]));
    }
    let [rows, moved, scaled] =
        [rows, moved, scaled].map(|array| array.into_shape_with_order((n, samples * d)).unwrap_or_default());
    (traces.sum(), moved.dot(&rows.t()), scaled.dot(&rows.t()))
}

fn label_arrays(criterion: &mut Criterion) {
    for samples in [96, 1024] {
        let a = numbers((samples, N, D));
        let half = numbers((samples, D, D));
        let dh = &half + &half.view().permuted_axes([0, 2, 1]);
        let mut theta = pairs::Coefficients::<f32>::zeros(N);
        theta.iter_mut().enumerate().for_each(|(k, x)| *x = (k % 17) as f32 / 17.0);
        let hand = by_hand(a.view(), dh.view());
        let ours = pairs::batch_gradient::<D, f32>(&theta, a.view(), dh.view()).expect("shapes agree").theta;
        let close = |x: &Array2<f32>, y: &Array2<f32>| (x - y).iter().all(|e| e.abs() < 1e-2);
        assert!(close(&hand.1, &ours.c1) && close(&hand.2, &ours.c2), "the two sides differ");

        let mut group =
            criterion.benchmark_group(format!("label arrays, {samples} samples, n = 100, d = 5, f32"));
        group.throughput(Throughput::Elements(samples as u64));
        group.bench_function("batch_gradient", |bencher| {
            bencher.iter(|| pairs::batch_gradient::<D, f32>(black_box(&theta), a.view(), dh.view()));
        });
        group.bench_function("two products of matrices", |bencher| {
            bencher.iter(|| by_hand(black_box(a.view()), dh.view()));
        });
        let mut out = Array3::zeros((samples, D, D));
        group.bench_function("batch", |bencher| {
            bencher.iter(|| pairs::batch::<D, f32>(black_box(&theta), a.view(), out.view_mut()));
        });
        let mut da = Array3::zeros(a.dim());
        group.bench_function("batch_input_gradient", |bencher| {
            bencher.iter(|| {
                pairs::batch_input_gradient::<D, f32>(black_box(&theta), a.view(), dh.view(), da.view_mut())
            });
        });
    }
}

fn constants(criterion: &mut Criterion) {
    let samples = 1024;
    let (a, dh) = (numbers((samples, N, D)), numbers((samples, D, D)));
    let theta = [0.1_f32; shared::LEN];
    let mut group = criterion.benchmark_group("constant coefficients, 1024 samples, n = 100, d = 5, f32");
    group.throughput(Throughput::Elements(samples as u64));
    group.bench_function("batch_gradient", |bencher| {
        bencher.iter(|| shared::batch_gradient::<D, f32>(black_box(&theta), a.view(), dh.view()));
    });
}

criterion_group!(benches, label_arrays, constants);
criterion_main!(benches);
