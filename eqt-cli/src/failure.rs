//! What ends a command early: one line on standard error and an exit status.

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use eqt_codegen::SourceError;
use eqt_ir::basis;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The question cannot be answered as it stands: exit status 2.
    Input(String),
    /// A proof did not go through: exit status 1.
    Certificate(String),
}

impl Failure {
    pub(crate) fn input(message: impl fmt::Display) -> Failure {
        Failure::Input(message.to_string())
    }

    /// Prints the line and gives the status.
    pub(crate) fn report(&self) -> ExitCode {
        let (message, status) = match self {
            Failure::Input(message) => (message, 2),
            Failure::Certificate(message) => (message, 1),
        };
        // Standard error may be closed; there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "eqt: {}", one_line(message));
        ExitCode::from(status)
    }
}

impl From<basis::Error> for Failure {
    fn from(error: basis::Error) -> Failure {
        match error {
            basis::Error::Incomplete { .. } => Failure::Certificate(error.to_string()),
            _ => Failure::input(error),
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Failure {
        match error {
            SourceError::Basis(error) => error.into(),
            SourceError::Signature(error) => Failure::input(error),
            SourceError::Declaration(error) => Failure::input(error),
            // That emitted code parses is a promise of the compiler, not of the user.
            SourceError::Format(defect) => Failure::Certificate(defect.to_string()),
        }
    }
}

impl From<clap::Error> for Failure {
    /// Of clap's several paragraphs, the mistake itself and the tips.
    fn from(error: clap::Error) -> Failure {
        let text = error.to_string();
        let mut paragraphs = text.split("\n\n");
        let mistake = paragraphs.next().unwrap_or_default();
        let mistake = mistake.strip_prefix("error: ").unwrap_or(mistake);
        let tips = paragraphs
            .flat_map(str::lines)
            .filter_map(|line| line.trim_start().strip_prefix("tip: "))
            .filter(|tip| !tip.starts_with("to pass"))
            .map(|tip| format!("; {tip}"));
        let hint = "; see `eqt --help`".to_owned();
        Failure::Input(one_line(mistake) + &tips.chain([hint]).collect::<String>())
    }
}

/// Runs of white space become one space, and characters that would disturb a terminal are escaped.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}
