//! What `--help` says is true.

mod support;

use std::process::Command;

use support::{eqt, success, text};

const COMMANDS: &[&str] = &["basis", "count", "program", "emit", "check", "relations", "completions"];

/// The arguments of an example: words, or texts in quotation marks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (position, part) in line.split('\'').enumerate() {
        if position % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[test]
fn every_example_of_every_help_works() {
    let mut examples = 0;
    let helps = COMMANDS.iter().map(|command| success(&[command, "--help"])).chain([success(&["--help"])]);
    for help in helps {
        for line in help.lines().filter_map(|line| line.strip_prefix("  eqt ")) {
            let command =
                line.split(['|', '#', '>']).next().filter(|_| !line.contains("->")).map(str::to_owned);
            // An arrow is part of a signature, which is in quotation marks.
            let command = command.unwrap_or_else(|| {
                let end = line.rfind('\'').expect("a quotation mark");
                let rest = line[end..].split(['|', '#', '>']).next().unwrap_or_default();
                format!("{}{rest}", &line[..end])
            });
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::create_dir(folder.path().join("src")).expect("a folder");
            let output = Command::new(env!("CARGO_BIN_EXE_eqt"))
                .args(words(&command))
                .current_dir(&folder)
                .output()
                .expect("eqt runs");
            assert_eq!(output.status.code(), Some(0), "{command}: {}", text(&output.stderr));
            examples += 1;
        }
    }
    assert!(examples >= 12, "{examples}");
}

#[test]
fn every_command_has_a_line_a_paragraph_and_an_example() {
    let help = success(&["--help"]);
    for command in COMMANDS {
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))), "{command}");
        let own = success(&[command, "--help"]);
        assert!(own.contains("\nExample"), "{command}");
        assert!(success(&[command, "-h"]).contains(&format!("Usage: eqt {command}")));
    }
    assert!(help.contains("Exit status:"));
    assert_eq!(success(&["help", "basis"]), success(&["basis", "--help"]));
}

#[test]
fn the_exit_statuses_are_those_of_the_help() {
    assert_eq!(eqt(&["count", "O(3): R^3 -> R", "--degree", "2"]).status.code(), Some(0));
    assert_eq!(eqt(&["count", "O(3): R^3 -> Q", "--degree", "2"]).status.code(), Some(2));
    assert_eq!(eqt(&["check", "SO(9): a: R^9, F: Alt^2(R^9) -> R", "--degree", "5"]).status.code(), Some(0));
}
