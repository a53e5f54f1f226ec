//! Emitted code is compiled and run: a program of its own, with every case in one package, compares it over the prime
//! field with the raw diagrams, its gradients with dual numbers, and its batches with single samples.

#![allow(clippy::unwrap_used)]

mod case;
mod cases;
mod generators;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[test]
fn emitted_code_computes_what_the_diagrams_say() {
    let package = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("emitted");
    let source = package.join("src");
    fs::create_dir_all(&source).unwrap();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    write(&package.join("Cargo.toml"), &manifest(workspace));
    // The versions of the workspace, so that nothing is looked up.
    write(&package.join("Cargo.lock"), &fs::read_to_string(workspace.join("Cargo.lock")).unwrap());
    let only = env::var("CASE").ok();
    let mut main = String::from("#![allow(unused)]\n#![deny(warnings)]\nmod support;\n");
    let mut calls = String::new();
    let all = cases::all();
    let generators = generators::all();
    let sources = all.iter().map(|case| (case.signature.to_owned(), Form::Basis(case)));
    let sources = sources.chain(
        generators.iter().map(|case| (format!("generators of {}", case.signature), Form::Generators(case))),
    );
    for (index, (signature, form)) in sources.enumerate() {
        if only.as_ref().is_some_and(|only| !signature.contains(only.as_str()) && *only != index.to_string())
        {
            continue;
        }
        let (code, check) = match form {
            Form::Basis(case) => case::sources(case),
            Form::Generators(case) => generators::sources(case),
        };
        write(&source.join(format!("code_{index}.rs")), &code);
        write(
            &source.join(format!("case_{index}.rs")),
            &check.replace("CODE_FILE", &format!("code_{index}.rs")),
        );
        main.push_str(&format!("mod case_{index};\n"));
        calls.push_str(&format!("    failed |= std::panic::catch_unwind(case_{index}::check).is_err();\n"));
    }
    main.push_str(&format!(
        "fn main() {{\n    let mut failed = false;\n{calls}    std::process::exit(i32::from(failed));\n}}\n"
    ));
    write(&source.join("support.rs"), include_str!("support.rs"));
    write(&source.join("main.rs"), &main);
    let target = package.join("target");
    let output = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(["run", "--offline", "--quiet"])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "in {}:\n{text}", package.display());
}

/// In which of the two forms a map is emitted.
enum Form<'a> {
    Basis(&'a case::Case),
    Generators(&'a generators::Case),
}

fn manifest(workspace: &Path) -> String {
    let runtime = workspace.join("eqt-runtime");
    format!(
        "[package]\nname = \"emitted\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         eqt-runtime = {{ path = {runtime:?} }}\n\n[profile.dev]\ndebug = false\nincremental = false\n\n\
         [profile.dev.package.eqt-runtime]\nopt-level = 2\n"
    )
}

/// Only where something changes, so that nothing is built twice.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).unwrap();
    }
}
