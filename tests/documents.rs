//! What the documents name is there: links, headings, files of the code, sections of the theory, licences.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that paths in the text may be relative to, the root first.
const BASES: &[&str] =
    &["", "eqt-ir/src", "eqt-codegen/src", "eqt-macros/src", "eqt-runtime/src", "eqt-cli/src"];
const CRATES: &[&str] = &["eqt-ir", "eqt-codegen", "eqt-macros", "eqt-runtime", "eqt-cli"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files with an ending, relative to the root; not what is built, hidden, or of other repositories.
fn files(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            let path = folder.join(&name);
            if name.starts_with('.') || name == "target" || entry.file_type().expect("a type").is_symlink() {
                continue;
            }
            if entry.file_type().expect("a type").is_dir() {
                folders.push(path);
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The lines of a page outside of its fenced blocks.
fn prose(page: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            lines.push(line);
        }
    }
    assert!(!fenced, "a block without an end");
    lines
}

/// Pairs of delimiters and what stands between them.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(open) {
        let Some((inner, more)) = after.split_once(close) else { break };
        found.push(inner);
        rest = more;
    }
    found
}

/// The anchors of the headings of a page, as GitHub forms them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page).into_iter().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn relative_links_lead_to_files_and_headings() {
    let mut links = 0;
    for file in files(".md") {
        let page = read(&root().join(&file));
        for link in prose(&page).into_iter().flat_map(|line| between(line, "](", ")")) {
            if link.contains("://") {
                continue;
            }
            links += 1;
            let (path, anchor) =
                link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
            let target =
                if path.is_empty() { file.clone() } else { file.parent().expect("a folder").join(path) };
            let target = root().join(target);
            assert!(target.exists(), "{}: no {link}", file.display());
            if let Some(anchor) = anchor {
                assert!(anchors(&read(&target)).contains(anchor), "{}: no {link}", file.display());
            }
        }
    }
    assert!(links > 20, "{links} links");
}

/// `a/{b,c}.rs` as `a/b.rs` and `a/c.rs`.
fn alternatives(text: &str) -> Vec<String> {
    match text.split_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?))) {
        Some((head, (list, tail))) => list.split(',').map(|one| format!("{head}{one}{tail}")).collect(),
        None => vec![text.to_owned()],
    }
}

/// Whether a code span is meant as a path of this repository: `eqt-ir/src/basis/`, `program/cost.rs`, `lower/`.
fn is_path(span: &str) -> bool {
    let parts: Vec<&str> = span.trim_end_matches('/').split('/').collect();
    let is_name = |part: &&str| {
        part.len() > 1 && part.chars().all(|c| c.is_ascii_alphanumeric() || "_-.{},".contains(c))
    };
    let is_file = [".rs", ".md", ".toml", ".yml"].iter().any(|ending| span.ends_with(ending));
    (span.contains('/') || is_file) && parts.iter().all(is_name)
}

#[test]
fn paths_in_the_text_exist() {
    let (mut paths, mut missing) = (0, Vec::new());
    for file in files(".md") {
        let page = read(&root().join(&file));
        for line in prose(&page) {
            // A row on `eqt-ir/src/optimise/` names what is in it: `classes/`.
            let mut bases: Vec<PathBuf> = BASES.iter().map(|base| root().join(base)).collect();
            bases.push(root().join(file.parent().expect("a folder")));
            for span in between(line, "`", "`").into_iter().filter(|span| is_path(span)) {
                for path in alternatives(span) {
                    paths += 1;
                    let places = bases.iter().map(|base| base.join(&path));
                    let found = places
                        .flat_map(|place| [place.clone(), place.with_extension("rs")])
                        .find(|place| place.exists());
                    match found {
                        Some(place) if place.is_dir() => bases.push(place),
                        Some(_) => {}
                        None => missing.push(format!("{}: no `{span}`", file.display())),
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(paths > 40, "{paths} paths");
}

/// Drawings name folders, too: `| eqt-ir/src/diagram/    orderly enumeration ..`.
#[test]
fn folders_in_drawings_exist() {
    let mut folders = 0;
    for file in files(".md") {
        let page = read(&root().join(&file));
        let outside: BTreeSet<&str> = prose(&page).into_iter().collect();
        let drawn = page.lines().filter(|line| !outside.contains(line));
        for word in drawn.flat_map(str::split_whitespace) {
            let word = word.trim_end_matches([',', ';', ':']);
            if CRATES.iter().any(|name| word.starts_with(&format!("{name}/"))) && is_path(word) {
                folders += 1;
                assert!(root().join(word).exists(), "{}: no {word}", file.display());
            }
        }
    }
    assert!(folders >= 8, "{folders} folders");
}

#[test]
fn cited_sections_of_the_theory_exist() {
    let theory = read(&root().join("docs/theory.md"));
    let sections: BTreeSet<&str> = theory
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .filter_map(|title| Some(title.split_once('.')?.0))
        .collect();
    let mut citations = 0;
    let cited = |text: &str, before: &str| -> Vec<String> {
        let after = text.split(before).skip(1);
        after.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect()).collect()
    };
    for file in files(".rs").into_iter().chain(files(".md")) {
        let text = read(&root().join(&file));
        let text = text.replace("\n//! ", " ").replace("\n/// ", " ");
        let mut numbers = cited(&text, "theory.md section ");
        if file.ends_with("theory.md") {
            numbers.extend(cited(&text, "(section "));
        }
        if file.ends_with("documents.rs") {
            continue;
        }
        for number in numbers {
            citations += 1;
            assert!(sections.contains(&number[..]), "{} cites section {number}", file.display());
        }
    }
    assert!(citations > 5, "{citations} citations");
}

#[test]
fn every_package_has_its_licence_readme_and_metadata() {
    let licence = read(&root().join("LICENSE"));
    for name in CRATES {
        let folder = root().join(name);
        assert_eq!(read(&folder.join("LICENSE")), licence, "{name}");
        assert!(read(&folder.join("README.md")).starts_with(&format!("# {name}\n")), "{name}");
        let manifest = read(&folder.join("Cargo.toml"));
        for key in
            ["repository", "homepage", "documentation", "readme", "include", "[package.metadata.docs.rs]"]
        {
            assert!(manifest.lines().any(|line| line.starts_with(key)), "{name}: no {key}");
        }
    }
}
