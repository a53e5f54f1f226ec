//! The command from outside.

// Not every test needs all of it.
#![allow(dead_code)]

use std::process::{Command, Output};

use serde_json::Value;

pub(crate) fn eqt(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_eqt")).args(arguments).output().expect("eqt runs")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Standard output of a command that succeeds, and says nothing else.
pub(crate) fn success(arguments: &[&str]) -> String {
    let output = eqt(arguments);
    assert_eq!(text(&output.stderr), "", "{arguments:?}");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    text(&output.stdout)
}

/// The one line of a command that refuses its input.
pub(crate) fn mistake(arguments: &[&str]) -> String {
    let output = eqt(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stdout));
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    let line = text(&output.stderr);
    assert!(line.starts_with("eqt: ") && line.ends_with('\n'), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    line.trim_end().to_owned()
}

pub(crate) fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&success(&[arguments, &["--format", "json"]].concat())).expect("JSON")
}
