//! What is emitted, against the members one by one.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use eqt::prelude::*;

#[equivariant(O(D) * S(N), degree <= 4, sizes(D = 5, N = 100))]
fn spectral<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;

fn rows() -> [Vector<5, f32>; 100] {
    std::array::from_fn(|i| Vector(std::array::from_fn(|p| ((7 * i + 3 * p) % 11) as f32 / 11.0 - 0.5)))
}

fn spectral_map(criterion: &mut Criterion) {
    let (a, theta) = (rows(), [0.1_f32; spectral::LEN]);
    let cotangent = Sym([[0.2_f32; 5]; 5]);
    let mut group = criterion.benchmark_group("spectral, degree 4, n = 100, d = 5, f32");
    group
        .bench_function("combination", |bencher| bencher.iter(|| spectral(black_box(&theta), black_box(&a))));
    group.bench_function("members", |bencher| bencher.iter(|| spectral::evaluate(black_box(&a))));
    group.bench_function("value and gradient", |bencher| {
        bencher.iter(|| spectral::gradient(black_box(&theta), black_box(&a), black_box(&cotangent)));
    });
}

criterion_group!(benches, spectral_map);
criterion_main!(benches);
