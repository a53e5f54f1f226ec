//! One data set, several methods: what a run repeats for every trial and setting.

use std::time::Instant;

use serde::Serialize;

use crate::data::generate::mix;
use crate::data::{Dataset, Samples};
use crate::maps::{self, Calls, Model};
use crate::spectral::Spectral;
use crate::train::{self, Batch, Schedule};

/// The largest d that the methods are compiled for.
pub(crate) const MAX_D: usize = 16;

/// One line of the results: means of `<v_0, v^>^2`, and what they cost.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    pub(crate) trial: usize,
    pub(crate) sampling: String,
    pub(crate) covariance: String,
    pub(crate) model: String,
    pub(crate) train: f64,
    #[serde(skip)]
    pub(crate) validation: f64,
    pub(crate) test: f64,
    pub(crate) parameters: usize,
    pub(crate) epochs: usize,
    pub(crate) seconds: f64,
}

/// Where the data of a record came from.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) trial: usize,
    pub(crate) sampling: String,
    pub(crate) covariance: String,
}

/// Runs `model` on `data`. `progress(epoch, validation score)` is called after every epoch of training.
pub(crate) fn run(
    model: Model,
    data: &Dataset,
    label: &Label,
    schedule: &Schedule,
    progress: &mut dyn FnMut(usize, f64),
) -> Result<Record, String> {
    macro_rules! dispatch {
        ($($d:literal)*) => {
            match data.train.d() {
                $($d => run_at::<$d>(model, data, label, schedule, progress),)*
                d => Err(format!("the methods are compiled for d = 1 to {MAX_D}, found d = {d}")),
            }
        };
    }
    dispatch!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
}

fn run_at<const D: usize>(
    model: Model,
    data: &Dataset,
    label: &Label,
    schedule: &Schedule,
    progress: &mut dyn FnMut(usize, f64),
) -> Result<Record, String> {
    let start = Instant::now();
    let (parameters, epochs, [train, validation, test]) = match model {
        Model::SosI | Model::SosII => {
            let score = |samples| sos_score::<D>(model, samples);
            (0, 0, [score(&data.train)?, score(&data.validation)?, score(&data.test)?])
        }
        Model::Shared => {
            trained(&maps::shared_family::<D>(data.train.n()).calls(), data, schedule, progress)?
        }
        Model::Labelled => {
            trained(&maps::labelled_family::<D>(data.train.n()).calls(), data, schedule, progress)?
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    let Label { trial, sampling, covariance } = label.clone();
    let model = model.to_string();
    Ok(Record { trial, sampling, covariance, model, train, validation, test, parameters, epochs, seconds })
}

fn sos_score<const D: usize>(model: Model, samples: &Samples) -> Result<f64, String> {
    let rows = samples.bases.mapv(|x| x as f32);
    let scores =
        train::scores_in_parts(Spectral::of::<D>(), rows.view(), samples.coordinates().view(), &|a| {
            maps::sos::<D>(model, a)
        })?;
    Ok(train::mean(&scores))
}

fn trained(
    family: &Calls<'_>,
    data: &Dataset,
    schedule: &Schedule,
    progress: &mut dyn FnMut(usize, f64),
) -> Result<(usize, usize, [f64; 3]), String> {
    let (training, validation, test) =
        (Batch::new(&data.train), Batch::new(&data.validation), Batch::new(&data.test));
    let outcome = train::train(family, &training, &validation, schedule, progress)?;
    let score = |on: &Batch| train::evaluate(family, &outcome.parameters, on);
    let scores = [score(&training)?, outcome.validation, score(&test)?];
    Ok((family.start.len(), outcome.epochs, scores))
}

/// The seed of trial `trial` of a run.
pub(crate) fn trial_seed(seed: u64, trial: usize) -> u64 {
    mix(seed, trial as u64)
}
