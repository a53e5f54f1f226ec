//! Planted sparse vector recovery: spectral methods from equivariant polynomial maps, trained and compared.

mod cli;
mod data;
mod experiment;
mod maps;
mod report;
mod spectral;
mod train;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use cli::Cli;
use data::generate::{Covariance, Sampling, Shape, dataset};
use data::{Dataset, files, memory};
use experiment::{Label, trial_seed};
use maps::Model;
use train::Schedule;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("sparse-recovery: {message}");
            ExitCode::from(2)
        }
    }
}

/// One data set of the run, or the recipe for it.
enum Source {
    Files(Box<Dataset>),
    Generated(Sampling, Covariance),
}

fn run(cli: &Cli) -> Result<(), String> {
    let shape = shape(cli);
    let epochs = cli.epochs.unwrap_or(if cli.quick { 3 } else { 60 });
    let models = chosen(&cli.model);
    let sources = sources(cli)?;
    for source in &sources {
        if let Source::Generated(_, covariance) = source {
            memory::check_data(*covariance, &shape)?;
        }
    }
    if models.contains(&Model::Labelled) {
        let n = match sources.first() {
            Some(Source::Files(data)) => data.train.n(),
            _ => shape.n,
        };
        memory::check_pairs(n)?;
    }
    let mut json = cli.json.as_deref().map(report::JsonLines::create).transpose()?;
    let bar = report::progress_bar(cli.trials.saturating_mul(sources.len() * models.len()) as u64, cli.quiet);

    let mut records = Vec::new();
    for trial in 0..cli.trials {
        let seed = trial_seed(cli.seed, trial);
        let schedule = Schedule {
            epochs,
            batch: cli.batch,
            learning_rate: cli.learning_rate,
            patience: cli.patience,
            seed,
        };
        for source in &sources {
            let generated;
            let (data, sampling, covariance) = match source {
                Source::Files(data) => (&**data, "data".to_owned(), "data".to_owned()),
                Source::Generated(sampling, covariance) => {
                    bar.set_message(format!("{sampling} {covariance}: generating"));
                    generated = dataset(*sampling, *covariance, &shape, seed)?;
                    (&generated, sampling.to_string(), covariance.to_string())
                }
            };
            let label = Label { trial, sampling, covariance };
            for model in &models {
                let record = experiment::run(*model, data, &label, &schedule, &mut |epoch, score| {
                    bar.set_message(format!(
                        "{} {} {model}: epoch {epoch}, validation {score:.3}",
                        label.sampling, label.covariance
                    ));
                })?;
                if let Some(json) = &mut json {
                    json.write(&record)?;
                }
                records.push(record);
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    // A reader that went away (`| head`) is no error.
    let _ = std::io::stdout().write_all(report::table(&records).as_bytes());
    Ok(())
}

fn shape(cli: &Cli) -> Shape {
    let pick = |given: Option<usize>, full, quick| given.unwrap_or(if cli.quick { quick } else { full });
    Shape {
        n: pick(cli.n, 100, 40),
        d: pick(cli.d, 5, 4),
        eps: cli.eps,
        train: pick(cli.train, 5000, 200),
        validation: pick(cli.validation, 500, 60),
        test: pick(cli.test, 500, 60),
    }
}

fn sources(cli: &Cli) -> Result<Vec<Source>, String> {
    if let Some(folder) = &cli.data {
        let (data, changed) = files::read(folder)?;
        if changed && !cli.quiet {
            eprintln!("note: some W had no orthonormal columns; an orthonormal basis of their span is used");
        }
        return Ok(vec![Source::Files(Box::new(data))]);
    }
    let covariances = chosen(&cli.covariance);
    let settings = chosen(&cli.sampling).into_iter();
    Ok(settings.flat_map(|s| covariances.iter().map(move |c| Source::Generated(s, *c))).collect())
}

/// The values asked for, each once and in their usual order; all of them if none was.
fn chosen<V: ValueEnum + PartialEq>(asked: &[V]) -> Vec<V> {
    let all = V::value_variants().iter();
    all.filter(|value| asked.is_empty() || asked.contains(value)).cloned().collect()
}
