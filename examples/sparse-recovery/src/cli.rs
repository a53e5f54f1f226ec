//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, Parser};

use crate::data::generate::{Covariance, Sampling};
use crate::experiment::MAX_D;
use crate::maps::Model;

const EXAMPLES: &str = "\
Examples:
  sparse-recovery                                     all 12 settings, 4 methods, 1 trial (minutes)
  sparse-recovery --quick                             a small version of it (seconds)
  sparse-recovery --sampling bg,br --covariance identity --trials 3
  sparse-recovery --model sos-i,shared --json results.jsonl
  sparse-recovery --data my-arrays                    own data: train_W.npy, train_v0.npy, val_*, test_*";

/// Recover a planted sparse vector from a random basis of a subspace, by spectral methods h(a): two of the
/// literature, two families of equivariant polynomial maps that are trained. Prints mean <v_0, v^>^2 on test.
#[derive(Clone, Debug, Parser)]
#[command(name = "sparse-recovery", version, after_help = EXAMPLES)]
#[command(group(ArgGroup::new("generated").multiple(true)
    .args(["sampling", "covariance", "n", "d", "eps", "train", "validation", "test"]).conflicts_with("data")))]
pub(crate) struct Cli {
    /// Distributions of the sparse vector [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAME,..")]
    pub(crate) sampling: Vec<Sampling>,
    /// Covariances of the noise [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAME,..")]
    pub(crate) covariance: Vec<Covariance>,
    /// Methods [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAME,..")]
    pub(crate) model: Vec<Model>,
    /// Repetitions of everything, each with its own data and shuffling
    #[arg(long, default_value_t = 1, value_parser = at_least_one)]
    pub(crate) trials: usize,
    /// Seed; the same seed gives the same numbers on every machine with the same arithmetic
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,

    /// Length of the sparse vector [default: 100]
    #[arg(long, value_parser = at_least_one)]
    pub(crate) n: Option<usize>,
    /// Dimension of the subspace, 1 to 16 [default: 5]
    #[arg(long, value_parser = dimension)]
    pub(crate) d: Option<usize>,
    /// Sparsity, in (0, 1]
    #[arg(long, default_value_t = 0.25, value_parser = sparsity)]
    pub(crate) eps: f64,
    /// Training samples [default: 5000]
    #[arg(long, value_parser = at_least_one, value_name = "SAMPLES")]
    pub(crate) train: Option<usize>,
    /// Validation samples [default: 500]
    #[arg(long, visible_alias = "val", value_parser = at_least_one, value_name = "SAMPLES")]
    pub(crate) validation: Option<usize>,
    /// Test samples [default: 500]
    #[arg(long, value_parser = at_least_one, value_name = "SAMPLES")]
    pub(crate) test: Option<usize>,

    /// Passes over the training samples, at most [default: 60]
    #[arg(long, value_parser = epochs)]
    pub(crate) epochs: Option<usize>,
    /// Samples of one step
    #[arg(long, default_value_t = 100, value_parser = at_least_one)]
    pub(crate) batch: usize,
    /// Adam's learning rate at the start [default: 0.02]
    #[arg(long, default_value_t = 0.02, hide_default_value = true, value_parser = positive)]
    pub(crate) learning_rate: f64,
    /// Stop after this many epochs without a better validation score
    #[arg(long, default_value_t = 20, value_parser = at_least_one)]
    pub(crate) patience: usize,

    /// Write one JSON object per trial, setting and method to FILE, a line each
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Train and test on the arrays in DIR instead of generated ones: train_W.npy (samples, n, d), train_v0.npy
    /// (samples, n), val_*, test_*; f32 or f64
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Small sizes and few epochs, to see that everything works; options given beside it win
    #[arg(long)]
    pub(crate) quick: bool,
    /// No progress on standard error
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(e) => Err(format!("{e}")),
    }
}

/// The most epochs that are counted.
const MAX_EPOCHS: usize = 1_000_000;

fn epochs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number <= MAX_EPOCHS => Ok(number),
        Ok(_) => Err(format!("must be at most {MAX_EPOCHS}")),
        Err(e) => Err(format!("{e}")),
    }
}

fn dimension(text: &str) -> Result<usize, String> {
    match at_least_one(text)? {
        d if d <= MAX_D => Ok(d),
        d => Err(format!("the methods are compiled for d = 1 to {MAX_D}, found {d}")),
    }
}

fn sparsity(text: &str) -> Result<f64, String> {
    positive(text).and_then(|eps| if eps <= 1.0 { Ok(eps) } else { Err("must be in (0, 1]".to_owned()) })
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x.is_finite() => Ok(x),
        Ok(_) => Err("must be positive and finite".to_owned()),
        Err(e) => Err(e.to_string()),
    }
}
