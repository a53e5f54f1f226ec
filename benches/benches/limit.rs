//! How near batches come to the arithmetic limit of the machine, on one thread.
//!
//! ```text
//! taskset -c 0 cargo bench -p eqt-benches --bench limit [--features avx512]
//! ```
//!
//! The limit is what fused multiply-adds in registers reach here; a multiply-add counts as two operations, whether it is fused or
//! not, and multiply-adds are those of the program, before symmetric halves are left out. Times are the least of a second each.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64 as machine;
use std::hint::black_box;
use std::time::{Duration, Instant};

use eqt::batch::InstructionSet;
use eqt::prelude::*;
use eqt_ir::basis::{Basis, Options};
use eqt_ir::map::Map;
use eqt_ir::optimise::{Wanted, compile_one};
use eqt_ir::signature::{Sizes, parse_signature};
use ndarray::{Array1, Array2, Array3};

const SAMPLES: usize = 1024;
const N: usize = 100;
const D: usize = 5;

#[equivariant(O(D) * S(N), degree <= 4)]
fn spectral<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;

#[equivariant(O(D), degree <= 2, sizes(D = 5, n = 100))]
fn pairs<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

#[equivariant(O(D) * S(n), generators, sizes(D = 5, n = 100))]
fn generated<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

#[equivariant(O(3), degree = 2)]
fn to_scalar(s: Scalar, t: Scalar, u: Vector<3>, v: Vector<3>, a: Sym0<3>, b: Sym0<3>) -> Scalar;

#[equivariant(O(3), degree = 2)]
fn to_vector(s: Scalar, t: Scalar, u: Vector<3>, v: Vector<3>, a: Sym0<3>, b: Sym0<3>) -> Vector<3>;

#[equivariant(O(3), degree = 2)]
fn to_matrix(s: Scalar, t: Scalar, u: Vector<3>, v: Vector<3>, a: Sym0<3>, b: Sym0<3>) -> Sym0<3>;

/// The least time of a run, in a second of them.
fn least(mut run: impl FnMut()) -> Duration {
    let (mut least, started) = (Duration::MAX, Instant::now());
    while started.elapsed() < Duration::from_secs(1) {
        let begun = Instant::now();
        run();
        least = least.min(begun.elapsed());
    }
    least
}

const REGISTERS: usize = 12;
const ROUNDS: usize = 1_000_000;

/// Fused multiply-adds of as many registers at once, for the latency of each.
#[cfg(target_arch = "x86_64")]
macro_rules! fused {
    ($name:ident, $features:literal, $register:ident, $set:ident, $fused:ident) => {
        #[target_feature(enable = $features)]
        fn $name() -> [machine::$register; REGISTERS] {
            let mut sums = black_box([machine::$set(0.1); REGISTERS]);
            let (factor, term) = (black_box(machine::$set(0.999)), black_box(machine::$set(0.001)));
            for _ in 0..ROUNDS {
                for sum in &mut sums {
                    *sum = machine::$fused(*sum, factor, term);
                }
            }
            sums
        }
    };
}
#[cfg(target_arch = "x86_64")]
fused! { fused_by_8, "avx2,fma", __m256, _mm256_set1_ps, _mm256_fmadd_ps }
#[cfg(all(feature = "avx512", target_arch = "x86_64"))]
fused! { fused_by_16, "avx512f", __m512, _mm512_set1_ps, _mm512_fmadd_ps }

/// Has a value computed that nobody wants.
fn discard<X>(value: X) {
    black_box(value);
}

/// Operations in a nanosecond, single precision, in the registers that batches use; nothing for the baseline.
fn limit() -> Option<f64> {
    let of = |lanes: usize, time: Duration| (2 * lanes * REGISTERS * ROUNDS) as f64 / time.as_nanos() as f64;
    // SAFETY: what batches use was found.
    #[allow(unsafe_code)]
    match InstructionSet::used() {
        #[cfg(all(feature = "avx512", target_arch = "x86_64"))]
        InstructionSet::Avx512 => Some(of(16, least(|| discard(unsafe { fused_by_16() })))),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 => Some(of(8, least(|| discard(unsafe { fused_by_8() })))),
        _ => None,
    }
}

/// A line of the table.
struct Row<'a> {
    name: &'a str,
    scalar: &'a str,
    time: Duration,
    of_limit: Option<f64>,
    /// All results, one after the other.
    results: Vec<f64>,
}

impl Row<'_> {
    fn print(&self) {
        let Row { name, scalar, time, of_limit, results } = self;
        let microseconds = time.as_nanos() as f64 / 1e3;
        if std::env::args().any(|argument| argument == "--json") {
            let sum: f64 = results.iter().enumerate().map(|(k, x)| x * (k as f64).cos()).sum();
            let share = of_limit.map_or("null".to_owned(), |share| share.to_string());
            println!(
                r#"{{"name": "{name}", "scalar": "{scalar}", "us": {microseconds}, "of_limit": {share}, "sum": {sum}}}"#
            );
            return;
        }
        let share = of_limit.map_or(String::new(), |share| format!("{:5.1} % of the limit", 100.0 * share));
        println!("{:66} {microseconds:9.1} us  {share}", format!("{name}, {scalar}"));
    }
}

/// The entries of arrays, one after the other.
macro_rules! entries {
    ($($array:expr),*) => {{
        let mut entries = Vec::new();
        $(entries.extend($array.iter().copied().map(f64::from));)*
        entries
    }};
}

/// Multiply-adds of the program of one sample.
fn multiply_adds(wanted: &Wanted) -> u64 {
    let signature = parse_signature("O(d) * S(n): a: (R^d)^n -> S^d").expect("a signature");
    let sizes = Sizes::sample(&signature, &[("d".to_owned(), D), ("n".to_owned(), N)]);
    let map = Map::of_basis(&Basis::new(&signature, &Options::up_to(4)).expect("a basis"));
    compile_one(&map, wanted, &sizes).cost().at(&sizes)
}

macro_rules! rows {
    ($scalar:ident, $limit:expr) => {{
        let limit: Option<f64> = $limit;
        let row = |name: &str, time: Duration, multiply_adds: Option<u64>, results: Vec<f64>| {
            let share = |multiply_adds: u64| {
                Some((2 * multiply_adds * SAMPLES as u64) as f64 / time.as_nanos() as f64 / limit?)
            };
            let of_limit = multiply_adds.and_then(share);
            Row { name, scalar: stringify!($scalar), time, of_limit, results }.print();
        };
        let number = |s: usize, i: usize, p: usize| ((31 * s + 7 * i + 3 * p) % 23) as $scalar / 23.0 - 0.5;
        let a = Array3::from_shape_fn((SAMPLES, N, D), |(s, i, p)| number(s, i, p));
        let dh = Array3::<$scalar>::ones((SAMPLES, D, D));
        let (mut out, mut da) = (Array3::zeros((SAMPLES, D, D)), Array3::zeros((SAMPLES, N, D)));

        let theta = [0.25; spectral::LEN];
        let mut gradient = theta;
        let time =
            least(|| spectral::batch::<D, N, $scalar>(&theta, a.view(), out.view_mut()).expect("shapes"));
        let cost = multiply_adds(&Wanted::Combination);
        row("O(d)*S(n), degree <= 4: value", time, Some(cost), entries!(out));
        let time = least(|| {
            let sum =
                spectral::batch_input_gradient::<D, N, $scalar>(&theta, a.view(), dh.view(), da.view_mut());
            gradient = sum.expect("shapes").theta;
        });
        let cost = multiply_adds(&Wanted::Gradient);
        row("O(d)*S(n), degree <= 4: gradient in theta, a", time, Some(cost), entries!(gradient, da));

        let mut theta = pairs::Coefficients::<$scalar>::zeros(N);
        theta.iter_mut().enumerate().for_each(|(k, x)| *x = (k % 17) as $scalar / 17.0);
        let mut gradient = theta.clone();
        let flat = |coefficients: &pairs::Coefficients<$scalar>| coefficients.iter().collect::<Vec<_>>();
        let time = least(|| pairs::batch::<D, $scalar>(&theta, a.view(), out.view_mut()).expect("shapes"));
        row("arrays P, Q over pairs of labels: value", time, None, entries!(out));
        let time = least(|| {
            let sum = pairs::batch_gradient::<D, $scalar>(&theta, a.view(), dh.view());
            gradient = sum.expect("shapes").theta;
        });
        row("arrays P, Q over pairs of labels: gradient in P, Q", time, None, entries!(flat(&gradient)));
        let time = least(|| {
            let sum = pairs::batch_input_gradient::<D, $scalar>(&theta, a.view(), dh.view(), da.view_mut());
            gradient = sum.expect("shapes").theta;
        });
        row(
            "arrays P, Q over pairs of labels: gradient in P, Q, a",
            time,
            None,
            entries!(flat(&gradient), da),
        );

        let few = 100;
        let (a, dh) = (a.slice(ndarray::s![..few, .., ..]), dh.slice(ndarray::s![..few, .., ..]));
        let (trace, q) = (Array1::ones(few), Array3::from_shape_fn((few, N, N), |(s, i, j)| number(s, i, j)));
        let (mut d_trace, mut dq, mut da) = (trace.clone(), q.clone(), a.to_owned());
        let mut out = Array3::zeros((few, D, D));
        let time = least(|| {
            generated::batch::<D, $scalar>(trace.view(), q.view(), a, out.view_mut()).expect("shapes");
        });
        row("generators, q of every sample: value", time, None, entries!(out));
        let time = least(|| {
            let (d_trace, dq) = (d_trace.view_mut(), dq.view_mut());
            generated::batch_coefficient_gradient::<D, $scalar>(trace.view(), q.view(), a, dh, d_trace, dq)
                .expect("shapes");
        });
        row("generators, q of every sample: gradient in q", time, None, entries!(d_trace, dq));
        let time = least(|| {
            let (d_trace, dq, da) = (d_trace.view_mut(), dq.view_mut(), da.view_mut());
            generated::batch_gradient::<D, $scalar>(trace.view(), q.view(), a, dh, d_trace, dq, da)
                .expect("shapes");
        });
        row("generators, q of every sample: gradient in q, a", time, None, entries!(d_trace, dq, da));

        let (s, v) = (Array1::<$scalar>::ones(SAMPLES), Array2::<$scalar>::ones((SAMPLES, 3)));
        let m =
            Array3::from_shape_fn((SAMPLES, 3, 3), |(_, p, q)| if p == q { p as $scalar - 1.0 } else { 0.5 });
        let (mut to_s, mut to_v, mut to_m) = (s.clone(), v.clone(), m.clone());
        let (s, v, m) = (s.view(), v.view(), m.view());
        let time = least(|| {
            to_scalar::batch(&[0.25; to_scalar::LEN], s, s, v, v, m, m, to_s.view_mut()).expect("shapes");
            to_vector::batch(&[0.25; to_vector::LEN], s, s, v, v, m, m, to_v.view_mut()).expect("shapes");
            to_matrix::batch(&[0.25; to_matrix::LEN], s, s, v, v, m, m, to_m.view_mut()).expect("shapes");
        });
        row("O(3), R, R^3, Sym0^2 twice, degree 2: three maps", time, None, entries!(to_s, to_v, to_m));
    }};
}

fn main() {
    let limit = limit();
    let fused =
        limit.map_or("not known".to_owned(), |limit| format!("{limit:.1} GFLOP/s in single precision"));
    let instructions = InstructionSet::used();
    eprintln!(
        "limit of one thread: {fused}; batches use {instructions:?}; n = {N}, d = {D}, {SAMPLES} samples (generators: 100)"
    );
    rows!(f32, limit);
    rows!(f64, limit.map(|limit| limit / 2.0));
}
