//! `eqt`: look at equivariant bases, programs and emitted code without writing Rust.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, error};

mod arguments;
mod basis;
mod check;
mod count;
mod emit;
mod failure;
mod maps;
mod program;
mod relations;
mod request;
mod table;

use arguments::{Arguments, Command};
use failure::Failure;

/// What a command has to say.
struct Answer {
    text: String,
    /// Whether every proof that was asked for went through.
    proven: bool,
}

impl Answer {
    fn new(text: String) -> Answer {
        Answer { text, proven: true }
    }
}

fn main() -> ExitCode {
    run().unwrap_or_else(|failure| failure.report())
}

fn run() -> Result<ExitCode, Failure> {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error)
            if matches!(error.kind(), error::ErrorKind::DisplayHelp | error::ErrorKind::DisplayVersion) =>
        {
            write(None, &error.to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(error.into()),
    };
    let (answer, output) = answer(&arguments.command)?;
    write(output, &answer.text)?;
    Ok(if answer.proven { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The answer, and the file to which it goes.
fn answer(command: &Command) -> Result<(Answer, Option<&Path>), Failure> {
    let (answer, output) = match command {
        Command::Basis { question, generators, format } => {
            (basis::answer(question, *generators, *format)?, &question.output)
        }
        Command::Count { question, format } => (count::answer(question, *format)?, &question.output),
        Command::Program { question, generators, roots, format } => {
            (program::answer(question, *generators, *roots, *format)?, &question.output)
        }
        Command::Emit { question, generators, name } => {
            (emit::answer(question, *generators, name)?, &question.output)
        }
        Command::Check { question, generators, format } => {
            (check::answer(question, *generators, *format)?, &question.output)
        }
        Command::Relations { question, format } => (relations::answer(question, *format)?, &question.output),
        Command::Completions { shell, output } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "eqt", &mut script);
            (Answer::new(String::from_utf8_lossy(&script).into_owned()), output)
        }
    };
    Ok((answer, output.as_deref()))
}

fn write(output: Option<&Path>, text: &str) -> Result<(), Failure> {
    let Some(path) = output else {
        let mut stdout = io::stdout().lock();
        return match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            // The reader has seen enough, as `head` has.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => {
                result.map_err(|error| Failure::input(format!("cannot write to standard output: {error}")))
            }
        };
    };
    std::fs::write(path, text)
        .map_err(|error| Failure::input(format!("cannot write {}: {error}", path.display())))
}

/// Indented JSON; keys in the order of the fields.
fn json(value: &impl serde::Serialize) -> String {
    // Fails for maps whose keys are no strings only; there are none.
    serde_json::to_string_pretty(value).map(|text| text + "\n").unwrap_or_default()
}

/// A number of operations; they are counted up to 64 bits.
fn count_text(number: u64) -> String {
    if number == u64::MAX { "> 1.8e19".to_owned() } else { number.to_string() }
}

/// `1 member`, `2 members`.
fn counted<N: std::fmt::Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    if number == N::from(1) { format!("1 {what}") } else { format!("{number} {what}s") }
}
