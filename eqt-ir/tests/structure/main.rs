//! Rules on the source itself.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

mod group_names;
mod imports;

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let is_test = name == "tests" || name == "tests.rs" || name.ends_with("_tests.rs");
        if path.is_dir() && !is_test {
            rust_files(&path, found);
        } else if name.ends_with(".rs") && !is_test {
            found.push(path);
        }
    }
}

/// The files of all `src` folders, relative to the workspace.
fn sources() -> (PathBuf, Vec<PathBuf>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace");
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    for folder in [root.clone(), root.join("examples")] {
        for entry in fs::read_dir(folder).expect("a folder") {
            let source = entry.expect("an entry").path().join("src");
            if source.is_dir() && source != root.join("src") {
                rust_files(&source, &mut files);
            }
        }
    }
    (root, files)
}

/// Calls `visit` with every run of tokens that is code, inside out.
fn code(tokens: TokenStream, visit: &mut impl FnMut(&[TokenTree])) {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    let mut skipping = false;
    while let Some(token) = tokens.next() {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#') {
            if matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!') {
                tokens.next();
            }
            if let Some(TokenTree::Group(attribute)) = tokens.peek()
                && attribute.delimiter() == Delimiter::Bracket
            {
                skipping |= attribute.stream().to_string().replace(' ', "").starts_with("cfg(test)");
                tokens.next();
                continue;
            }
        }
        let ends_item = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        if skipping {
            skipping = !ends_item;
            continue;
        }
        if let TokenTree::Group(group) = &token {
            code(group.stream(), visit);
        }
        kept.push(token);
    }
    visit(&kept);
}
