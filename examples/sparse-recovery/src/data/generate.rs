//! Synthetic data: four distributions of the sparse vector, three covariances of the noise.
//!
//! Sources: Barak, Kelner, Steurer, "Dictionary learning and tensor decomposition via the sum-of-squares method"
//! (the problem); Hopkins, Schramm, Shi, Steurer 2016 (A/R); Mao, Wein 2022 (BG, CBG, BR).

use std::fmt;
use std::thread;

use clap::ValueEnum;
use ndarray::{Array2, Array3, ArrayViewMut2, Axis};
use rand::RngExt;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{Dataset, Samples, memory, normalise, orthonormalise};

/// How the sparse vector is drawn; it is always normalised to length one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Sampling {
    /// Accept/reject: a Gaussian direction, accepted iff ||v||_4^4 >= 1 / (eps n)
    #[value(name = "a-r", alias = "ar")]
    AcceptReject,
    /// Bernoulli-Gaussian: each entry Gaussian with probability eps, else 0
    #[value(name = "bg")]
    BernoulliGaussian,
    /// Corrected Bernoulli-Gaussian: a mixture of two Gaussians, variances (eps + q) / eps and (1 - eps - q) / (1 - eps)
    #[value(name = "cbg")]
    CorrectedBernoulliGaussian,
    /// Bernoulli-Rademacher: each entry +-1 with probability eps, else 0
    #[value(name = "br")]
    BernoulliRademacher,
}

/// The covariance of the noise columns in R^n, drawn once per experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Covariance {
    /// M^T M + 1e-5 I, M standard normal, n x n
    Random,
    /// Diagonal, entries uniform in [0.5, 1.5]
    Diagonal,
    /// I / n
    Identity,
}

macro_rules! display_as_value {
    ($($type:ty),*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let value = self.to_possible_value();
                f.pad(value.as_ref().map_or("", |v| v.get_name()))
            }
        }
    )*};
}
display_as_value!(Sampling, Covariance);

/// Sizes and sparsity, the same for all settings of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) n: usize,
    pub(crate) d: usize,
    pub(crate) eps: f64,
    pub(crate) train: usize,
    pub(crate) validation: usize,
    pub(crate) test: usize,
}

/// Draws of the sparse vector before a setting is given up as impossible. A/R accepts about one draw in forty at
/// n = 100, eps = 0.25; the chance falls exponentially in n as soon as 1 / eps > 3, the kurtosis of a Gaussian.
pub(crate) const MAX_ATTEMPTS: usize = 1_000_000;
/// Random numbers that these draws take together, so that long vectors are given up in the same time.
const MAX_ENTRIES: usize = 200_000_000;
/// The least probability of a draw that is not a vector of zeros.
const MIN_NONZERO: f64 = 1e-3;

/// The samples of one experiment. They depend on the arguments alone: not on the other settings of the run, and
/// not on the number of threads, since every sample has a generator of its own.
pub(crate) fn dataset(
    sampling: Sampling,
    covariance: Covariance,
    shape: &Shape,
    seed: u64,
) -> Result<Dataset, String> {
    check(sampling, shape)?;
    memory::check_data(covariance, shape)?;
    let seed = mix(mix(seed, sampling as u64), covariance as u64);
    let noise = Noise::draw(covariance, shape.n, mix(seed, 0));
    let split = |tag, count| samples(sampling, &noise, shape, count, mix(seed, tag));
    Ok(Dataset {
        train: split(1, shape.train)?,
        validation: split(2, shape.validation)?,
        test: split(3, shape.test)?,
    })
}

/// Why a setting has no samples at all, where that can be said beforehand.
fn check(sampling: Sampling, shape: &Shape) -> Result<(), String> {
    let Shape { n, d, eps, .. } = *shape;
    if n < d {
        return Err(format!("n = {n} is smaller than d = {d}: d independent columns need n >= d"));
    }
    match sampling {
        // ||v||_4^4 <= ||v||_2^4 = 1.
        Sampling::AcceptReject if eps * (n as f64) < 1.0 => Err(format!(
            "a-r needs eps n >= 1 (found eps = {eps}, n = {n}): no unit vector has ||v||_4^4 > 1"
        )),
        Sampling::CorrectedBernoulliGaussian if eps > 1.0 / 3.0 => Err(format!(
            "cbg needs eps <= 1/3 (found {eps}): q = sqrt((1 - eps)(1 - 3 eps) / 3) must be real"
        )),
        // 1 - (1 - eps)^n, without cancellation.
        Sampling::BernoulliGaussian | Sampling::BernoulliRademacher
            if -f64::exp_m1(n as f64 * f64::ln_1p(-eps)) < MIN_NONZERO =>
        {
            Err(format!(
                "{sampling} draws hardly anything but vectors of zeros at n = {n}, eps = {eps:e}: a vector has {:.0e} entries on \
                 average; a larger eps helps",
                eps * n as f64
            ))
        }
        _ => Ok(()),
    }
}

fn samples(
    sampling: Sampling,
    noise: &Noise,
    shape: &Shape,
    count: usize,
    seed: u64,
) -> Result<Samples, String> {
    let Shape { n, d, eps, .. } = *shape;
    let mut bases = Array3::zeros((count, n, d));
    let mut planted = Array2::zeros((count, n));
    let threads = thread::available_parallelism().map_or(1, |t| t.get());
    let chunk = count.div_ceil(threads).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = bases
            .axis_chunks_iter_mut(Axis(0), chunk)
            .zip(planted.axis_chunks_iter_mut(Axis(0), chunk))
            .enumerate()
            .map(|(part, (mut bases, mut planted))| {
                scope.spawn(move || {
                    let pairs = bases.outer_iter_mut().zip(planted.outer_iter_mut());
                    for (i, (basis, mut v)) in pairs.enumerate() {
                        let index = (part * chunk + i) as u64;
                        let mut rng = Xoshiro256PlusPlus::seed_from_u64(mix(seed, index));
                        let drawn = sparse_vector(sampling, n, eps, &mut rng)?;
                        v.iter_mut().zip(&drawn).for_each(|(v, x)| *v = *x);
                        hide(&drawn, noise, basis, &mut rng)?;
                    }
                    Ok::<(), String>(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    Ok(Samples { bases, planted })
}

/// A unit vector of the given distribution.
fn sparse_vector(
    sampling: Sampling,
    n: usize,
    eps: f64,
    rng: &mut Xoshiro256PlusPlus,
) -> Result<Vec<f64>, String> {
    let mut v = vec![0.0; n];
    // The factor 1 / n of the variances cancels in the normalisation.
    let q = ((1.0 - eps) * (1.0 - 3.0 * eps) / 3.0).max(0.0).sqrt();
    let (large, small) = (((eps + q) / eps).sqrt(), ((1.0 - eps - q) / (1.0 - eps)).max(0.0).sqrt());
    let attempts = MAX_ATTEMPTS.min(MAX_ENTRIES / n).max(1);
    for _ in 0..attempts {
        for x in &mut v {
            *x = match sampling {
                Sampling::AcceptReject => gaussian(rng),
                Sampling::BernoulliGaussian => {
                    if rng.random_bool(eps) {
                        gaussian(rng)
                    } else {
                        0.0
                    }
                }
                Sampling::CorrectedBernoulliGaussian => {
                    gaussian(rng) * if rng.random_bool(eps) { large } else { small }
                }
                Sampling::BernoulliRademacher => match (rng.random_bool(eps), rng.random_bool(0.5)) {
                    (true, true) => 1.0,
                    (true, false) => -1.0,
                    (false, _) => 0.0,
                },
            };
        }
        let accepted = sampling != Sampling::AcceptReject || {
            let (square, fourth) = v.iter().fold((0.0, 0.0), |(s, f), x| (s + x * x, f + x.powi(4)));
            fourth * eps * n as f64 >= square * square
        };
        // A vector of zeros has no direction; it is drawn again.
        if accepted && normalise(&mut v) {
            return Ok(v);
        }
    }
    Err(format!(
        "{sampling}: no acceptable vector in {attempts} draws at n = {n}, eps = {eps}; a larger eps helps"
    ))
}

/// Writes a random orthonormal basis of span(v_0, d - 1 noise columns): the `Q` of the QR factorisation of `V O`,
/// `O` Haar-random, so that no column of `V` can be told from the others.
fn hide(
    v: &[f64],
    noise: &Noise,
    mut basis: ArrayViewMut2<'_, f64>,
    rng: &mut Xoshiro256PlusPlus,
) -> Result<(), String> {
    let (n, d) = basis.dim();
    // Gaussian columns of the identity covariance are dependent with probability zero; the loop covers rounding.
    for _ in 0..100 {
        let mut columns = Array2::zeros((n, d));
        columns.column_mut(0).iter_mut().zip(v).for_each(|(c, x)| *c = *x);
        for j in 1..d {
            let w = noise.column(n, rng);
            columns.column_mut(j).iter_mut().zip(&w).for_each(|(c, x)| *c = *x);
        }
        let mut rotation = Array2::from_shape_simple_fn((d, d), || gaussian(rng));
        if orthonormalise(&mut rotation.view_mut()) {
            basis.assign(&columns.dot(&rotation));
            if orthonormalise(&mut basis) {
                return Ok(());
            }
        }
    }
    Err(format!("the columns of V are linearly dependent at n = {n}, d = {d}"))
}

/// A root of the covariance: columns `w` with `E w w^T` proportional to Sigma.
enum Noise {
    /// `w = M^T z + sqrt(1e-5) z'` has covariance `M^T M + 1e-5 I`; no factorisation is needed.
    Random(Vec<f64>),
    Diagonal(Vec<f64>),
    Identity,
}

impl Noise {
    const RIDGE: f64 = 1e-5;

    fn draw(covariance: Covariance, n: usize, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        match covariance {
            Covariance::Random => Self::Random((0..n * n).map(|_| gaussian(&mut rng)).collect()),
            Covariance::Diagonal => {
                Self::Diagonal((0..n).map(|_| rng.random_range(0.5..=1.5_f64).sqrt()).collect())
            }
            Covariance::Identity => Self::Identity,
        }
    }

    /// One noise column of length one.
    fn column(&self, n: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<f64> {
        let mut w = vec![0.0; n];
        loop {
            match self {
                Self::Random(m) => {
                    w.iter_mut().for_each(|x| *x = Self::RIDGE.sqrt() * gaussian(rng));
                    for row in m.chunks_exact(n) {
                        let z = gaussian(rng);
                        w.iter_mut().zip(row).for_each(|(w, m)| *w += z * m);
                    }
                }
                Self::Diagonal(deviations) => {
                    w.iter_mut().zip(deviations).for_each(|(w, s)| *w = s * gaussian(rng));
                }
                Self::Identity => w.iter_mut().for_each(|w| *w = gaussian(rng)),
            }
            if normalise(&mut w) {
                return w;
            }
        }
    }
}

fn gaussian(rng: &mut Xoshiro256PlusPlus) -> f64 {
    StandardNormal.sample(rng)
}

/// A seed for part `tag` of what `seed` stands for: one round of SplitMix64 for each, so that neighbouring tags
/// give unrelated generators.
pub(crate) fn mix(seed: u64, tag: u64) -> u64 {
    let round = |x: u64| {
        let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    round(round(seed) ^ tag)
}

#[cfg(test)]
mod tests {
    use ndarray::s;

    use super::*;

    const SAMPLINGS: [Sampling; 4] = [
        Sampling::AcceptReject,
        Sampling::BernoulliGaussian,
        Sampling::CorrectedBernoulliGaussian,
        Sampling::BernoulliRademacher,
    ];
    const COVARIANCES: [Covariance; 3] = [Covariance::Random, Covariance::Diagonal, Covariance::Identity];

    fn shape(samples: usize) -> Shape {
        Shape { n: 100, d: 5, eps: 0.25, train: samples, validation: 2, test: 2 }
    }

    fn planted(sampling: Sampling, samples: usize) -> Array2<f64> {
        dataset(sampling, Covariance::Identity, &shape(samples), 7).unwrap().train.planted
    }

    /// Mean over samples of `n sum_i v_i^4`, the kurtosis of the entries.
    fn kurtosis(v: &Array2<f64>) -> f64 {
        v.mapv(|x| x.powi(4)).sum() * v.ncols() as f64 / v.nrows() as f64
    }

    #[test]
    fn bases_are_orthonormal_and_span_the_planted_unit_vector() {
        for sampling in SAMPLINGS {
            for covariance in COVARIANCES {
                let data = dataset(sampling, covariance, &shape(20), 3).unwrap().train;
                for (basis, v) in data.bases.outer_iter().zip(data.planted.rows()) {
                    let gram = basis.t().dot(&basis) - Array2::<f64>::eye(5);
                    assert!(gram.iter().all(|x| x.abs() < 1e-12), "S^T S = I");
                    let projected = basis.dot(&basis.t().dot(&v));
                    assert!((&projected - &v).iter().all(|x| x.abs() < 1e-12), "S S^T v_0 = v_0");
                    assert!((v.dot(&v) - 1.0).abs() < 1e-12, "|v_0| = 1");
                }
            }
        }
    }

    #[test]
    fn accepted_vectors_are_heavy_tailed_and_gaussian_otherwise() {
        let v = planted(Sampling::AcceptReject, 400);
        assert!(v.rows().into_iter().all(|v| v.mapv(|x| x.powi(4)).sum() >= 1.0 / (0.25 * 100.0)));
        // Accepted draws lie just above the bound of 4.
        assert!((4.0..5.0).contains(&kurtosis(&v)), "{}", kurtosis(&v));
    }

    #[test]
    fn the_entries_have_the_support_and_the_moments_of_their_distribution() {
        let density = |v: &Array2<f64>| v.iter().filter(|x| **x != 0.0).count() as f64 / v.len() as f64;
        let br = planted(Sampling::BernoulliRademacher, 400);
        assert!((density(&br) - 0.25).abs() < 0.01);
        for v in br.rows() {
            let largest = v.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            assert!(v.iter().all(|x| *x == 0.0 || (x.abs() - largest).abs() < 1e-12), "entries are +-1");
        }
        let negative = br.iter().filter(|x| **x < 0.0).count() as f64;
        let positive = br.iter().filter(|x| **x > 0.0).count() as f64;
        assert!((negative / (negative + positive) - 0.5).abs() < 0.02, "both signs are drawn");

        let bg = planted(Sampling::BernoulliGaussian, 400);
        assert!((density(&bg) - 0.25).abs() < 0.01);
        // E x^4 / (E x^2)^2 is 3 / eps = 12 for one entry; normalised vectors of length 100 stay a little below.
        assert!((9.0..12.5).contains(&kurtosis(&bg)), "{}", kurtosis(&bg));

        // CBG: 3 ((eps + q)^2 / eps + (1 - eps - q)^2 / (1 - eps)) = 4 at eps = 1/4, where q = 1/4.
        let cbg = planted(Sampling::CorrectedBernoulliGaussian, 400);
        assert_eq!(density(&cbg), 1.0);
        assert!((3.6..4.1).contains(&kurtosis(&cbg)), "{}", kurtosis(&cbg));
    }

    #[test]
    fn noise_columns_have_the_declared_covariance() {
        const N: usize = 8;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        for covariance in COVARIANCES {
            let noise = Noise::draw(covariance, N, 5);
            let sigma = match &noise {
                Noise::Random(m) => {
                    let m = Array2::from_shape_vec((N, N), m.clone()).unwrap();
                    m.t().dot(&m) + Array2::<f64>::eye(N) * Noise::RIDGE
                }
                Noise::Diagonal(s) => {
                    assert!(s.iter().all(|s| (0.5..=1.5).contains(&(s * s))));
                    Array2::from_diag(&s.iter().map(|s| s * s).collect::<ndarray::Array1<_>>())
                }
                Noise::Identity => Array2::eye(N),
            };
            // Columns are normalised, so only what has no scale can be compared: the sign of a product of two
            // entries, whose mean for Gaussians of correlation rho is 2 / pi asin(rho), and which one is larger.
            let columns: Vec<Vec<f64>> = (0..20_000).map(|_| noise.column(N, &mut rng)).collect();
            for (i, j) in [(0, 1), (2, 5), (3, 7)] {
                let signs: f64 = columns.iter().map(|w| (w[i] * w[j]).signum()).sum::<f64>() / 20_000.0;
                let rho = sigma[[i, j]] / (sigma[[i, i]] * sigma[[j, j]]).sqrt();
                let expected = rho.asin() * std::f64::consts::FRAC_2_PI;
                assert!((signs - expected).abs() < 0.03, "{covariance} {i} {j}: {signs} {expected}");
                let larger = columns.iter().filter(|w| w[i].abs() > w[j].abs()).count() as f64 / 20_000.0;
                let ratio = sigma[[i, i]] / sigma[[j, j]];
                // 1.2 and more in variance shows in 20 000 draws; less need not.
                assert!((0.83..1.2).contains(&ratio) || (larger > 0.5) == (ratio > 1.0), "{ratio} {larger}");
            }
            assert!(columns.iter().all(|w| (w.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-12));
        }
    }

    #[test]
    fn a_sample_depends_on_its_index_and_the_seed_alone() {
        for covariance in COVARIANCES {
            let few = dataset(Sampling::BernoulliGaussian, covariance, &shape(3), 11).unwrap().train;
            let many = dataset(Sampling::BernoulliGaussian, covariance, &shape(10), 11).unwrap().train;
            assert_eq!(few.bases, many.bases.slice(s![..3, .., ..]));
            let other = dataset(Sampling::BernoulliGaussian, covariance, &shape(3), 12).unwrap().train;
            assert_ne!(few.bases, other.bases);
        }
    }

    #[test]
    fn impossible_settings_are_errors_that_say_why() {
        let message = |sampling, eps, n, d| {
            let shape = Shape { n, d, eps, ..shape(1) };
            dataset(sampling, Covariance::Identity, &shape, 0).unwrap_err()
        };
        assert_eq!(
            message(Sampling::AcceptReject, 0.05, 10, 2),
            "a-r needs eps n >= 1 (found eps = 0.05, n = 10): no unit vector has ||v||_4^4 > 1"
        );
        assert!(
            message(Sampling::AcceptReject, 0.06, 30, 2).contains("no acceptable vector in 1000000 draws")
        );
        assert!(
            message(Sampling::CorrectedBernoulliGaussian, 0.4, 100, 5).starts_with("cbg needs eps <= 1/3")
        );
        assert!(message(Sampling::BernoulliGaussian, 0.25, 4, 5).starts_with("n = 4 is smaller than d = 5"));
        for sampling in [Sampling::BernoulliGaussian, Sampling::BernoulliRademacher] {
            assert_eq!(
                message(sampling, 1e-300, 100, 5),
                format!(
                    "{sampling} draws hardly anything but vectors of zeros at n = 100, eps = 1e-300: a vector has 1e-298 \
                     entries on average; a larger eps helps"
                )
            );
        }
        // The other part of the mixture is left, a Gaussian.
        let tiny = Shape { eps: 1e-300, ..shape(1) };
        assert!(dataset(Sampling::CorrectedBernoulliGaussian, Covariance::Identity, &tiny, 0).is_ok());
        let wide = Shape { n: 10_000_000, eps: 0.25, ..shape(5000) };
        assert_eq!(
            dataset(Sampling::BernoulliGaussian, Covariance::Identity, &wide, 0).unwrap_err(),
            "5004 samples of n = 10000000, d = 5 would need 3.4 TB of memory, and the budget of a run is 8.6 GB"
        );
    }
}
