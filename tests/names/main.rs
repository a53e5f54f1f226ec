//! Whatever Rust takes as a name is one here too: maps whose functions, inputs, const generics, run-time lengths and
//! symbols have all the names that emitted code uses itself, in a crate that is checked.

#![allow(clippy::unwrap_used)]

mod list;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use list::{KEYWORDS, VARIANTS};

/// Names of one map, where a role has room for several.
const GROUP: usize = 12;

const FORMS: [&str; 4] = ["declared", "labels", "generators", "body"];
const ROLES: [&str; 6] = ["function", "input", "generic", "length", "symbol", "notation"];

/// A map as one line of Rust.
struct Case {
    role: &'static str,
    form: &'static str,
    names: Vec<&'static str>,
    line: String,
}

/// A name as Rust writes it.
fn spelled(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("r#{name}") } else { name.to_owned() }
}

/// Whether Rust has such a name in a role, and eqt gives it that role.
fn fits(role: &str, name: &str) -> bool {
    let lower_case = !name.chars().any(char::is_uppercase);
    match role {
        // A pattern of the prelude is none to bind, and inputs stand in formulas, which are ASCII.
        "input" | "notation" => !VARIANTS.contains(&name) && name.is_ascii(),
        "length" => lower_case && name.is_ascii(),
        "generic" | "symbol" => name.is_ascii(),
        _ => true,
    }
}

/// The options of the attribute behind a group, and whether there is a body.
fn options(form: &str, degree: usize) -> String {
    match form {
        "declared" | "labels" => format!(", degree <= {degree}"),
        "generators" => format!(", degree <= {degree}, generators"),
        _ => String::new(),
    }
}

fn line(role: &str, form: &str, names: &[&str]) -> String {
    let body = |text: String| if form == "body" { format!("{{ {text} }}") } else { ";".to_owned() };
    // In the form with labels, every input is a family over a free label of a length that it shares with no other name.
    let typed = |ty: &str| if form == "labels" { format!("[{ty}; zz_length]") } else { ty.to_owned() };
    let spelled: Vec<String> = names.iter().map(|name| spelled(name)).collect();
    let join = |parts: Vec<String>, by: &str| parts.join(by);
    match role {
        "function" => format!(
            "#[::eqt::equivariant(O(2){})] pub fn {}(zz: {}) -> Vector<2> {}",
            options(form, 1),
            spelled[0],
            typed("Vector<2>"),
            body("2 * zz".to_owned())
        ),
        // Vectors and scalars by turns.
        "input" => {
            let ty = |index: usize| if index.is_multiple_of(2) { "Vector<2>" } else { "Scalar" };
            let inputs = spelled
                .iter()
                .enumerate()
                .map(|(index, name)| format!("{name}: {}", typed(ty(index))))
                .collect();
            let terms = spelled.iter().enumerate().map(|(index, name)| match index % 2 {
                0 => name.clone(),
                _ => format!("{name} * {}", spelled[0]),
            });
            format!(
                "#[::eqt::equivariant(O(2){})] pub fn zz({}) -> Vector<2> {}",
                options(form, 1),
                join(inputs, ", "),
                body(join(terms.collect(), " + "))
            )
        }
        "generic" => {
            let group = names.iter().map(|name| format!("O({name})")).collect();
            let constants = spelled.iter().map(|name| format!("const {name}: usize")).collect();
            let inputs = (spelled.iter().enumerate())
                .map(|(index, name)| format!("zz{index}: {}", typed(&format!("Vector<{name}>"))));
            let terms = (0..names.len()).map(|index| format!("dot(zz{index}, zz{index})")).collect();
            format!(
                "#[::eqt::equivariant({}{})] pub fn zz<{}>({}) -> Scalar {}",
                join(group, " * "),
                options(form, 2),
                join(constants, ", "),
                join(inputs.collect(), ", "),
                body(join(terms, " + "))
            )
        }
        "length" => {
            let group = names.iter().map(|name| format!(" * S({name})")).collect::<String>();
            let group = if form == "labels" { String::new() } else { group };
            let inputs =
                spelled.iter().enumerate().map(|(index, name)| format!("zz{index}: [Vector<2>; {name}]"));
            let terms = (0..names.len()).map(|index| format!("sum(|i| zz{index}[i])")).collect();
            format!(
                "#[::eqt::equivariant(O(2){group}{})] pub fn zz({}) -> Vector<2> {}",
                options(form, 1),
                join(inputs.collect(), ", "),
                body(join(terms, " + "))
            )
        }
        // By turns const generics and run-time lengths.
        "symbol" => {
            let part = |(index, name): (usize, &&str)| match (index % 2, form) {
                (0, _) => (
                    format!("O({name})"),
                    format!("zz{index}: R^{name}"),
                    format!("dot(zz{index}, zz{index})"),
                ),
                (_, "labels") => {
                    ("1".to_owned(), format!("zz{index}: (R)^{name}"), format!("sum(|i| zz{index}[i])"))
                }
                _ => {
                    (format!("S({name})"), format!("zz{index}: (R)^{name}"), format!("sum(|i| zz{index}[i])"))
                }
            };
            let parts: Vec<(String, String, String)> = names.iter().enumerate().map(part).collect();
            let column = |of: fn(&(String, String, String)) -> &String| {
                parts.iter().map(of).cloned().collect::<Vec<_>>()
            };
            let mut group: Vec<String> = column(|part| &part.0);
            group.retain(|factor| factor != "1");
            format!(
                "#[::eqt::equivariant({}: {} -> R{})] pub fn zz() {}",
                join(group, " * "),
                join(column(|part| &part.1), ", "),
                options(form, 2),
                body(join(column(|part| &part.2), " + "))
            )
        }
        _ => {
            let space = if form == "labels" { "(R^2)^zz_length" } else { "R^2" };
            let inputs = names.iter().map(|name| format!("{name}: {space}")).collect();
            format!(
                "#[::eqt::equivariant(O(2): {} -> R^2{})] pub fn zz() {}",
                join(inputs, ", "),
                options(form, 1),
                body(join(spelled.clone(), " + "))
            )
        }
    }
}

/// All maps; with `whole`, functions of every name in every form.
fn cases(group: usize, whole: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for role in ROLES {
        for form in FORMS {
            // Names that case alone tells apart stand in different maps.
            let mut maps: Vec<Vec<&str>> = Vec::new();
            for (position, name) in list::all().into_iter().enumerate() {
                // A map for every name and form would take minutes: one form for each, in turn.
                let in_turn = whole || role != "function" || FORMS[position % FORMS.len()] == form;
                if !in_turn || !fits(role, name) {
                    continue;
                }
                let room = if role == "function" { 1 } else { group };
                let has_room = |map: &&mut Vec<&str>| {
                    map.len() < room && map.iter().all(|other| !other.eq_ignore_ascii_case(name))
                };
                match maps.iter_mut().find(has_room) {
                    Some(map) => map.push(name),
                    None => maps.push(vec![name]),
                }
            }
            cases.extend(maps.into_iter().map(|names| Case {
                role,
                form,
                line: line(role, form, &names),
                names,
            }));
        }
    }
    cases
}

#[test]
fn every_name_of_rust_is_a_name_here() {
    assert!(list::all().len() >= 150);
    // `NAMES_ROLE=function` goes through all forms; `NAMES_GROUP=1 NAMES_ROLE=input` finds out which names of a map are at
    // fault.
    let group = env::var("NAMES_GROUP").ok().and_then(|group| group.parse().ok()).unwrap_or(GROUP);
    let only = env::var("NAMES_ROLE").ok();
    let mut cases = cases(group, only.is_some());
    cases.retain(|case| only.as_ref().is_none_or(|only| only.contains(case.role)));
    let mut source = String::from("#![allow(unused, nonstandard_style)]\n");
    for (index, case) in cases.iter().enumerate() {
        source.push_str(&format!("pub mod zz_{index} {{ {} }}\n", case.line));
    }
    let failed = check(&source);
    let mut faults: BTreeMap<(&str, &str, String), String> = BTreeMap::new();
    for (line, message) in failed {
        let Some(case) = line.checked_sub(2).and_then(|index| cases.get(index)) else {
            panic!("line {line}: {message}");
        };
        faults.entry((case.role, case.form, case.names.join(" "))).or_insert(message);
    }
    let text: String = faults
        .iter()
        .map(|((role, form, names), message)| format!("{role}, {form}: {names}: {message}\n"))
        .collect();
    assert!(text.is_empty(), "{} maps with errors:\n{text}", faults.len());
}

/// The errors of a crate with this source: its lines, and what is said there.
fn check(source: &str) -> Vec<(usize, String)> {
    let package = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("names");
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(package.join("src")).unwrap();
    let manifest = fs::read_to_string(workspace.join("Cargo.toml")).unwrap();
    let profiles = manifest.find("[profile.dev.package]").map_or("", |start| &manifest[start..]);
    write(
        &package.join("Cargo.toml"),
        &format!(
            "[package]\nname = \"names\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\neqt = \
             {{ path = {workspace:?} }}\n\n[profile.dev]\ndebug = false\nincremental = false\n\n{profiles}"
        ),
    );
    // The versions of the workspace, so that nothing is looked up.
    write(&package.join("Cargo.lock"), &fs::read_to_string(workspace.join("Cargo.lock")).unwrap());
    write(&package.join("src/lib.rs"), source);
    let output = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(["check", "--offline", "--quiet", "--message-format=short"])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<(usize, String)> = text.lines().filter_map(place).collect();
    assert!(output.status.success() || !errors.is_empty(), "in {}:\n{text}", package.display());
    errors
}

/// The line of an error, and what is said: of `src/lib.rs:12:3: error[E0412]: cannot find type`.
fn place(message: &str) -> Option<(usize, String)> {
    let (line, rest) = message.strip_prefix("src/lib.rs:")?.split_once(':')?;
    let (_column, said) = rest.split_once(": error")?;
    Some((line.parse().ok()?, said.to_owned()))
}

/// Only where something changes, so that nothing is built twice.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).unwrap();
    }
}
