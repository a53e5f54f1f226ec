//! What a crate of twenty maps costs: the machine code of its release binary, and the processor time of its own build, those of
//! its dependencies left out.
//!
//! ```text
//! cargo bench -p eqt-benches --bench copies [-- OTHER_CHECKOUT]
//! ```
//!
//! With the path of another checkout of eqt, both are measured, one after the other.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use object::{Object, ObjectSection};

const SOURCE: &str = include_str!("../copies/main.rs");

/// Clock ticks of `/proc`, per second.
const TICKS: f64 = 100.0;

/// Processor seconds of the children that have ended, by proc(5).
fn seconds_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    // The second field is a name in parentheses; cutime and cstime are fields 16 and 17.
    let after = stat.rsplit(')').next().expect("a name");
    let fields = after.split_whitespace().skip(13).take(2);
    fields.map(|ticks| ticks.parse::<f64>().expect("a number")).sum::<f64>() / TICKS
}

/// A crate on its own, with the profile of this workspace.
fn write_crate(folder: &Path, checkout: &Path) {
    let manifest = format!(
        "[package]\nname = \"copies\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\neqt = {{ path = {:?} }}\nndarray = \"0.17\"\n\n{}\n[workspace]\n",
        checkout,
        ["eqt-ir", "eqt-codegen", "eqt-macros", "egg"]
            .map(|name| format!("[profile.release.package.{name}]\nopt-level = 3\n"))
            .concat(),
    );
    fs::create_dir_all(folder.join("src")).expect("a folder of this target");
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(folder.join("src/main.rs"), SOURCE).expect("a source");
}

fn cargo(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO"));
    let status = command
        .args(arguments)
        .arg("--release")
        .arg("--quiet")
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"));
    assert!(status.status().expect("cargo runs").success(), "cargo {arguments:?} in {}", folder.display());
}

fn measure(name: &str, checkout: &Path) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("copies").join(name);
    write_crate(&folder, checkout);
    // Once for the dependencies, then for the crate alone.
    cargo(&folder, &["build"]);
    cargo(&folder, &["clean", "-p", "copies"]);
    let before = seconds_of_children();
    cargo(&folder, &["build"]);
    let seconds = seconds_of_children() - before;
    let binary = fs::read(folder.join("target/release/copies")).expect("the binary");
    let file = object::File::parse(&*binary).expect("an executable");
    let text = file.section_by_name(".text").expect("machine code").size();
    println!("{}: .text {:.2} MB, own build {seconds:.1} CPU seconds", checkout.display(), text as f64 / 1e6);
}

fn main() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    // Cargo adds `--bench`.
    for other in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        measure("other", &fs::canonicalize(&other).unwrap_or_else(|error| panic!("{other}: {error}")));
    }
    measure("here", here);
}
