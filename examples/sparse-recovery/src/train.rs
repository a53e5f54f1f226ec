//! Adam on `1 - <v_0, v^>^2`, and evaluation.

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, s};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::data::Samples;
use crate::maps::Calls;
use crate::spectral::Spectral;

/// An epoch is judged by the running mean of its coefficients, `mean <- AVERAGING mean + (1 - AVERAGING) x` at each
/// step: about two epochs long at the default sizes. Where there is little to learn, single iterates differ from
/// the start by the noise of their gradients, and the luckiest of sixty would be kept.
const AVERAGING: f32 = 0.99;

/// How a map is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) epochs: usize,
    pub(crate) batch: usize,
    /// Adam's step at the start; it falls to zero along half a cosine.
    pub(crate) learning_rate: f64,
    /// Epochs without a better validation score after which training ends.
    pub(crate) patience: usize,
    pub(crate) seed: u64,
}

/// What a map sees of a data set: normalised rows, and `b = S^T v_0`.
pub(crate) struct Batch {
    pub(crate) rows: Array3<f32>,
    pub(crate) coordinates: Array2<f64>,
}

impl Batch {
    pub(crate) fn new(samples: &Samples) -> Self {
        Self { rows: samples.normalised_rows(), coordinates: samples.coordinates() }
    }
}

/// The outcome of training.
pub(crate) struct Trained {
    /// The parameters of the best epoch.
    pub(crate) parameters: Vec<f32>,
    pub(crate) epochs: usize,
    pub(crate) validation: f64,
}

/// Trains a family of maps and gives its best epoch by validation; or the start, if the best epoch's gain over it is
/// within one standard error: the best of sixty epochs beats the start by chance even where nothing can be learnt.
/// `progress` hears of every epoch with its validation score.
pub(crate) fn train(
    family: &Calls<'_>,
    train: &Batch,
    validation: &Batch,
    schedule: &Schedule,
    progress: &mut dyn FnMut(usize, f64),
) -> Result<Trained, String> {
    let samples = train.coordinates.nrows();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(schedule.seed);
    let mut order: Vec<usize> = (0..samples).collect();
    let mut adam = Adam::new(family.start.to_vec(), family.steps.to_vec());
    let mut average = adam.coefficients.clone();
    let start = (scores(family, &average, validation)?, average.clone());
    let mut best = (start.0.clone(), start.1.clone(), 0);
    let steps = (schedule.epochs * samples.div_ceil(schedule.batch)) as f64;
    let mut step = 0.0;
    let mut epochs = 0;

    for epoch in 1..=schedule.epochs {
        order.shuffle(&mut rng);
        for chosen in order.chunks(schedule.batch) {
            let rows = train.rows.select(Axis(0), chosen);
            let coordinates = train.coordinates.select(Axis(0), chosen);
            let h = (family.values)(&adam.coefficients, rows.view())?;
            let mut dh = Array3::zeros(h.dim());
            (family.spectral.loss_and_gradient)(h.view(), coordinates.view(), dh.view_mut());
            let gradient = (family.gradient)(&adam.coefficients, rows.view(), dh.view())?;
            let rate = schedule.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * step / steps).cos());
            adam.step(&gradient, rate as f32);
            for (mean, x) in average.iter_mut().zip(&adam.coefficients) {
                *mean += (x - *mean) * (1.0 - AVERAGING);
            }
            step += 1.0;
        }
        epochs = epoch;
        let found = scores(family, &average, validation)?;
        progress(epoch, mean(&found));
        if mean(&found) > mean(&best.0) {
            best = (found, average.clone(), epoch);
        } else if epoch - best.2 >= schedule.patience {
            break;
        }
    }
    let (kept, parameters) = if is_a_gain(&best.0, &start.0) { (best.0, best.1) } else { start };
    Ok(Trained { parameters, epochs, validation: mean(&kept) })
}

/// Mean `<v_0, v^>^2` of a map.
pub(crate) fn evaluate(family: &Calls<'_>, parameters: &[f32], on: &Batch) -> Result<f64, String> {
    scores(family, parameters, on).map(|scores| mean(&scores))
}

fn scores(family: &Calls<'_>, parameters: &[f32], on: &Batch) -> Result<Vec<f64>, String> {
    let h = |a: ArrayView3<'_, f32>| (family.values)(parameters, a);
    scores_in_parts(family.spectral, on.rows.view(), on.coordinates.view(), &h)
}

/// Makes the matrices `h` (samples, D, D) of rows (samples, n, D).
type Matrices<'a> = &'a dyn Fn(ArrayView3<'_, f32>) -> Result<Array3<f32>, String>;

/// `<v_0, v^>^2` of every sample, `h` evaluated on parts of bounded size.
pub(crate) fn scores_in_parts(
    spectral: Spectral,
    rows: ArrayView3<'_, f32>,
    coordinates: ArrayView2<'_, f64>,
    h: Matrices<'_>,
) -> Result<Vec<f64>, String> {
    const PART: usize = 250;
    let samples = rows.dim().0;
    let mut scores = Vec::with_capacity(samples);
    for start in (0..samples).step_by(PART) {
        let end = samples.min(start + PART);
        let h = h(rows.slice(s![start..end, .., ..]))?;
        scores.extend((spectral.scores)(h.view(), coordinates.slice(s![start..end, ..])));
    }
    Ok(scores)
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Whether `after` beats `before`, sample by sample, by more than the standard error of the difference. With one
/// sample there is no such error, and any gain counts.
fn is_a_gain(after: &[f64], before: &[f64]) -> bool {
    let differences: Vec<f64> = after.iter().zip(before).map(|(a, b)| a - b).collect();
    let gain = mean(&differences);
    let squares: f64 = differences.iter().map(|x| (x - gain).powi(2)).sum();
    let count = differences.len() as f64;
    gain > (squares / ((count - 1.0).max(1.0) * count)).sqrt()
}

/// Adam (Kingma, Ba 2015) with a learning rate for each coefficient.
struct Adam {
    coefficients: Vec<f32>,
    steps: Vec<f32>,
    mean: Vec<f32>,
    square: Vec<f32>,
    time: i32,
}

impl Adam {
    const BETA: (f32, f32) = (0.9, 0.999);
    const EPSILON: f32 = 1e-8;

    fn new(coefficients: Vec<f32>, steps: Vec<f32>) -> Self {
        let len = coefficients.len();
        Self { coefficients, steps, mean: vec![0.0; len], square: vec![0.0; len], time: 0 }
    }

    fn step(&mut self, gradient: &[f32], rate: f32) {
        let (b1, b2) = Self::BETA;
        self.time = self.time.saturating_add(1);
        let (c1, c2) = (1.0 - b1.powi(self.time), 1.0 - b2.powi(self.time));
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for (((x, step), g), (m, v)) in
            self.coefficients.iter_mut().zip(&self.steps).zip(gradient).zip(moments)
        {
            *m = b1 * *m + (1.0 - b1) * g;
            *v = b2 * *v + (1.0 - b2) * g * g;
            *x -= rate * step * (*m / c1) / ((*v / c2).sqrt() + Self::EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use crate::data::generate::{Covariance, Sampling, Shape, dataset};
    use crate::maps::{labelled_family, shared_family};

    fn data() -> Dataset {
        let shape = Shape { n: 30, d: 3, eps: 0.25, train: 250, validation: 200, test: 1 };
        dataset(Sampling::BernoulliRademacher, Covariance::Random, &shape, 2).unwrap()
    }

    const SCHEDULE: Schedule = Schedule { epochs: 6, batch: 25, learning_rate: 0.05, patience: 20, seed: 1 };

    #[test]
    fn training_is_deterministic_and_improves_the_training_score() {
        let data = data();
        let (on, validation) = (Batch::new(&data.train), Batch::new(&data.validation));
        let fit = || {
            let family = labelled_family::<3>(30);
            let family = family.calls();
            let before = evaluate(&family, family.start, &on).unwrap();
            let trained = train(&family, &on, &validation, &SCHEDULE, &mut |_, _| {}).unwrap();
            let after = evaluate(&family, &trained.parameters, &on).unwrap();
            assert!(after > before + 0.02, "{before} {after}");
            assert_eq!(trained.epochs, 6);
            trained.parameters
        };
        assert_eq!(fit(), fit());
    }

    #[test]
    fn the_best_epoch_is_kept_even_when_training_diverges() {
        let data = data();
        let (on, validation) = (Batch::new(&data.train), Batch::new(&data.validation));
        let family = shared_family::<3>(30);
        let family = family.calls();
        let before = evaluate(&family, family.start, &validation).unwrap();
        let wild = Schedule { learning_rate: 1e30, patience: 2, ..SCHEDULE };
        let trained = train(&family, &on, &validation, &wild, &mut |_, _| {}).unwrap();
        assert!(trained.validation >= before);
        let kept = evaluate(&family, &trained.parameters, &validation).unwrap();
        assert_eq!(kept, trained.validation);
    }

    #[test]
    fn a_gain_must_exceed_its_standard_error() {
        // Differences of mean 0.1: spread 0 passes, spread 0.5 over four samples (standard error 0.29) does not.
        assert!(is_a_gain(&[0.6; 4], &[0.5; 4]));
        assert!(!is_a_gain(&[1.1, 0.1, 1.1, 0.1], &[0.5; 4]));
        assert!(!is_a_gain(&[0.5; 4], &[0.5; 4]));
        assert!(is_a_gain(&[0.6], &[0.5]));
    }

    #[test]
    fn one_sample_and_no_epochs_are_enough() {
        for d in [1, 2] {
            let shape = Shape { n: 2, d, eps: 0.5, train: 1, validation: 1, test: 1 };
            let data = dataset(Sampling::BernoulliGaussian, Covariance::Random, &shape, 0).unwrap();
            let on = Batch::new(&data.train);
            for epochs in [0, 2] {
                let schedule = Schedule { epochs, ..SCHEDULE };
                let score = if d == 1 {
                    train(&shared_family::<1>(2).calls(), &on, &on, &schedule, &mut |_, _| {})
                } else {
                    train(&labelled_family::<2>(2).calls(), &on, &on, &schedule, &mut |_, _| {})
                };
                assert!((0.0..=1.0 + 1e-6).contains(&score.unwrap().validation));
            }
        }
    }
}
