//! From signature to basis, programs and source.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use eqt_ir::basis::{Basis, Options};
use eqt_ir::map::Map;
use eqt_ir::optimise::{Wanted, compile_one};
use eqt_ir::signature::{Sizes, parse_signature};

const ROWS: [(&str, &str, usize); 5] = [
    ("vectors to S^d, degree 4", "O(d) * S(n): (R^d)^n -> S^d", 4),
    ("vectors to S^d, degree 6", "O(d) * S(n): (R^d)^n -> S^d", 6),
    ("vectors to R, degree 8", "O(d) * S(n): (R^d)^n -> R", 8),
    ("two symmetric matrices, degree 4", "O(3): P: S^3, Q: S^3 -> S^3", 4),
    ("isotropic tensors of rank 8", "O(3): -> T^8(R^3)", 0),
];

fn basis(text: &str, degree: usize) -> Basis {
    let signature = parse_signature(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Basis::new(&signature, &Options::up_to(degree)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn bases(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("basis");
    for (name, text, degree) in ROWS {
        group.bench_function(name, |bencher| bencher.iter(|| basis(black_box(text), degree)));
    }
}

fn programs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("program");
    group.sample_size(10);
    for (name, text, degree) in ROWS {
        let basis = basis(text, degree);
        let sizes = Sizes::sample(&basis.signature, &[]);
        let map = Map::of_basis(&basis);
        for (what, wanted) in [
            ("members", Wanted::Members),
            ("combination", Wanted::Combination),
            ("gradient", Wanted::Gradient),
        ] {
            if degree > 0 || wanted != Wanted::Gradient {
                group.bench_function(format!("{what}: {name}"), |bencher| {
                    bencher.iter(|| compile_one(&map, &wanted, &sizes))
                });
            }
        }
    }
}

fn sources(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("source");
    group.sample_size(10);
    let (name, text, degree) = ROWS[0];
    let source = || eqt_codegen::source(black_box(text), &Options::up_to(degree), "map", &[]);
    group.bench_function(name, |bencher| bencher.iter(source));
}

criterion_group!(benches, bases, programs, sources);
criterion_main!(benches);
