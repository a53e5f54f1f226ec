//! What a run shows: progress on a terminal, JSON lines in a file, one table at the end.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::Record;

/// A progress bar on standard error; hidden where that is no terminal.
pub(crate) fn progress_bar(length: u64, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template("{elapsed_precise} [{bar:30}] {pos}/{len} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(Some(length), target).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// JSON lines: one object per record, written as soon as it is known.
pub(crate) struct JsonLines<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> JsonLines<'a> {
    pub(crate) fn create(path: &'a Path) -> Result<Self, String> {
        let file = File::create(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self { path, file })
    }

    pub(crate) fn write(&mut self, record: &Record) -> Result<(), String> {
        let fail = |e: &dyn std::fmt::Display| format!("{}: {e}", self.path.display());
        let mut line = serde_json::to_string(record).map_err(|e| fail(&e))?;
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(|e| fail(&e))
    }
}

/// The table of all records: a row for each setting and method, means over the trials (with the standard deviation
/// where there are several). `*` marks the trained map that validation prefers.
pub(crate) fn table(records: &[Record]) -> String {
    let mut out = format!(
        "{:<9} {:<10} {:<9}   {:<14} {:>10} {:>10} {:>7} {:>8}\n",
        "sampling", "covariance", "model", "test", "validation", "parameters", "epochs", "seconds"
    );
    let mut settings: Vec<(&str, &str)> = Vec::new();
    for record in records {
        let setting = (record.sampling.as_str(), record.covariance.as_str());
        if !settings.contains(&setting) {
            settings.push(setting);
        }
    }
    for (sampling, covariance) in settings {
        let of_setting: Vec<&Record> =
            records.iter().filter(|r| r.sampling == sampling && r.covariance == covariance).collect();
        let mut rows: Vec<Row> = Vec::new();
        for record in &of_setting {
            if rows.iter().all(|row| row.model != record.model) {
                rows.push(Row::of(&record.model, &of_setting));
            }
        }
        let best = rows.iter().filter(|r| r.parameters > 0).map(|r| r.validation).fold(f64::NAN, f64::max);
        for row in rows {
            let mark = if row.parameters > 0 && row.validation == best { '*' } else { ' ' };
            let spread = row.deviation.map_or(String::new(), |s| format!(" +- {s:.3}"));
            let test = format!("{:.3}{spread}", row.test);
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "{sampling:<9} {covariance:<10} {:<9} {mark} {test:<14} {:>10.3} {:>10} {:>7.0} {:>8.2}",
                row.model, row.validation, row.parameters, row.epochs, row.seconds
            );
        }
    }
    out
}

/// Means over the trials of one method in one setting.
struct Row {
    model: String,
    test: f64,
    deviation: Option<f64>,
    validation: f64,
    parameters: usize,
    epochs: f64,
    seconds: f64,
}

impl Row {
    fn of(model: &str, records: &[&Record]) -> Self {
        let trials: Vec<&&Record> = records.iter().filter(|r| r.model == model).collect();
        let count = trials.len() as f64;
        let mean = |f: &dyn Fn(&Record) -> f64| trials.iter().map(|r| f(r)).sum::<f64>() / count;
        let test = mean(&|r| r.test);
        let squares: f64 = trials.iter().map(|r| (r.test - test).powi(2)).sum();
        Self {
            model: model.to_owned(),
            test,
            deviation: (trials.len() > 1).then(|| (squares / (count - 1.0)).sqrt()),
            validation: mean(&|r| r.validation),
            parameters: trials.first().map_or(0, |r| r.parameters),
            epochs: mean(&|r| r.epochs as f64),
            seconds: mean(&|r| r.seconds),
        }
    }
}
