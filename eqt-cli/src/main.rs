//! `eqt`: look at equivariant bases, programs and emitted code without writing Rust.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, error};

mod arguments;
mod basis;
mod check;
mod count;
mod emit;
mod failure;
mod json;
mod maps;
mod output;
mod program;
mod progress;
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
            output::write(None, &error.to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(error.into()),
    };
    let command = &arguments.command;
    output::check(command.output())?;
    let answer = progress::shown(|| answer(command))?;
    output::write(command.output(), &answer.text)?;
    Ok(if answer.proven { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn answer(command: &Command) -> Result<Answer, Failure> {
    match command {
        Command::Basis { question, form, format } => basis::answer(question, form.generators, *format),
        Command::Count { question, format } => count::answer(question, *format),
        Command::Program { question, form, roots, format } => {
            program::answer(question, form.generators, *roots, *format)
        }
        Command::Emit { question, form, name } => emit::answer(question, form.generators, name),
        Command::Check { question, form, format } => check::answer(question, form.generators, *format),
        Command::Relations { question, format } => relations::answer(question, *format),
        Command::Completions { shell, .. } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "eqt", &mut script);
            Ok(Answer::new(String::from_utf8_lossy(&script).into_owned()))
        }
    }
}

/// A number of operations; they are counted up to 64 bits.
fn count_text(number: u64) -> String {
    if number == u64::MAX { "> 1.8e19".to_owned() } else { number.to_string() }
}

/// `1 member`, `2 members`.
fn counted<N: std::fmt::Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    if number == N::from(1) { format!("1 {what}") } else { format!("{number} {what}s") }
}
