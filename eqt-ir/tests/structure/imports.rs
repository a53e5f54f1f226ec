//! Modules of eqt-ir import each other in one direction.
//!
//! Within every folder of `eqt-ir/src`, the top one included, what a module imports never leads back to it; a folder counts
//! as one module with all below it. What a folder and its own `mod.rs` import of each other does not count, and test
//! modules do not either. A name that another `mod.rs` exports again counts as that of the module that defines it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};

use super::{code, rust_files};

/// Folders whose modules may import each other: in the language of bodies, calls hold values and values hold calls.
const EXEMPT: &[&str] = &["map/body"];

/// A path of modules from the root of the crate, or a path as written.
type Names = Vec<String>;

/// What a module imports and what it exports again.
#[derive(Default)]
struct Module {
    paths: Vec<Names>,
    exports: BTreeMap<String, Names>,
}

/// The paths of a tree of imports, `a::{b, c::d as e}`: `a::b` and `a::c::d`.
fn tree(tokens: &[TokenTree], prefix: &[String], found: &mut Vec<Names>) {
    for part in tokens.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')) {
        let mut path = prefix.to_vec();
        for token in part {
            match token {
                TokenTree::Ident(name) if name == "as" => break,
                TokenTree::Ident(name) => path.push(name.to_string()),
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    tree(&inner, &path, found);
                    path.clear();
                }
                _ => {}
            }
        }
        if !path.is_empty() {
            found.push(path);
        }
    }
}

fn module(text: &str) -> Module {
    let mut module = Module::default();
    let stream: TokenStream = text.parse().expect("Rust");
    code(stream, &mut |tokens| {
        let word = |at: usize| tokens.get(at).map(ToString::to_string).unwrap_or_default();
        let mut at = 0;
        while at < tokens.len() {
            let start = at;
            at += 1;
            if word(start) == "use" {
                let length = tokens[at..].iter().take_while(|token| token.to_string() != ";").count();
                let mut found = Vec::new();
                tree(&tokens[at..at + length], &[], &mut found);
                at += length;
                // `mod a; use a::b;` and `pub use a::b;` alike: `b` is that of `a`.
                module
                    .exports
                    .extend(found.iter().filter_map(|path| Some((path.last()?.clone(), path.clone()))));
                module.paths.extend(found);
            } else if ["crate", "super"].contains(&word(start).as_str()) && word(at) == ":" {
                let is_path = |token: &&TokenTree| match token {
                    TokenTree::Ident(_) => true,
                    TokenTree::Punct(punct) => punct.as_char() == ':',
                    _ => false,
                };
                at += tokens[at..].iter().take_while(is_path).count();
                tree(&tokens[start..at], &[], &mut module.paths);
            }
        }
    });
    module
}

/// The module that a path written in the module `from` leads to; none if it leads out of the crate.
fn target(modules: &BTreeMap<Names, Module>, from: &[String], path: &[String]) -> Option<Names> {
    let mut at = from.to_vec();
    let mut rest = path.iter().peekable();
    match rest.peek()?.as_str() {
        "crate" => {
            at.clear();
            rest.next();
        }
        "super" => {
            while rest.next_if(|word| *word == "super").is_some() {
                at.pop();
            }
        }
        "self" => {
            rest.next();
        }
        child if !modules.contains_key(&[from, &[child.to_owned()]].concat()) => return None,
        _ => {}
    }
    for word in rest {
        let child = [&at[..], std::slice::from_ref(word)].concat();
        if modules.contains_key(&child) {
            at = child;
            continue;
        }
        let export = modules.get(&at).filter(|_| at != from).and_then(|module| module.exports.get(word));
        let defined =
            export.filter(|export| export.len() > 1).and_then(|export| target(modules, &at, export));
        return Some(defined.unwrap_or(at));
    }
    Some(at)
}

/// By folder: which of its modules import which.
fn imports(modules: &BTreeMap<Names, Module>) -> BTreeMap<Names, BTreeSet<(String, String)>> {
    let mut imports: BTreeMap<Names, BTreeSet<(String, String)>> = BTreeMap::new();
    for (from, module) in modules {
        for to in module.paths.iter().filter_map(|path| target(modules, from, path)) {
            let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if let (Some(importing), Some(imported)) = (from.get(common), to.get(common)) {
                let folder = imports.entry(from[..common].to_vec()).or_default();
                folder.insert((importing.clone(), imported.clone()));
            }
        }
    }
    imports
}

/// The imports that lead back to where they come from.
fn circles(imports: &BTreeSet<(String, String)>) -> Vec<&(String, String)> {
    let leads_to = |from: &String, to: &String| {
        let mut reached = BTreeSet::from([from]);
        let mut new = vec![from];
        while let Some(at) = new.pop() {
            new.extend(imports.iter().filter(|(a, _)| a == at).map(|(_, b)| b).filter(|b| reached.insert(b)));
        }
        reached.contains(to)
    };
    imports.iter().filter(|(a, b)| leads_to(b, a)).collect()
}

fn faults(files: &[(String, String)]) -> Vec<String> {
    let modules: BTreeMap<Names, Module> = files
        .iter()
        .map(|(file, text)| {
            let mut path: Names = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            if path.last().is_some_and(|name| name == "mod" || name == "lib") {
                path.pop();
            }
            (path, module(text))
        })
        .collect();
    let mut faults = Vec::new();
    for (folder, imports) in imports(&modules) {
        let folder = folder.join("/");
        if !EXEMPT.contains(&folder.as_str()) {
            faults.extend(circles(&imports).into_iter().map(|(a, b)| format!("{folder}: {a} -> {b}")));
        }
    }
    faults
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let files: Vec<(String, String)> = files
        .iter()
        .map(|file| {
            let place = file.strip_prefix(&root).expect("in src").to_string_lossy().replace('\\', "/");
            (place, fs::read_to_string(file).expect("a file"))
        })
        .collect();
    assert!(files.len() > 100, "{} files", files.len());
    assert_eq!(faults(&files), Vec::<String>::new());
}

#[test]
fn circles_are_seen() {
    let files = |texts: &[(&str, &str)]| -> Vec<String> {
        let texts: Vec<(String, String)> =
            texts.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        faults(&texts)
    };
    let lib = ("lib.rs", "pub mod a; pub mod b; pub mod c;");
    let c = ("c.rs", "pub struct C;");
    // Through a name that is exported again, and a path in the middle of code.
    let a = ("a/mod.rs", "mod inner; pub use inner::A; use crate::c::C;");
    let inner = ("a/inner.rs", "use super::super::b::{C as D, nested::B}; pub struct A;");
    let b = ("b.rs", "mod nested { pub struct B; } fn f() -> usize { crate::a::A::size() }");
    assert_eq!(files(&[lib, a, inner, b, c]), [": a -> b", ": b -> a"]);
    let good = ("b.rs", "fn f() -> C { crate::c::C }\n#[cfg(test)] mod tests { use crate::a::A; }");
    assert_eq!(files(&[lib, a, inner, good, c]), Vec::<String>::new());
    // Two modules of one folder.
    let one = ("a/one.rs", "use super::two::Two; pub struct One;");
    let two = ("a/two.rs", "use super::One; pub struct Two;");
    let folder = ("a/mod.rs", "mod one; mod two; pub use one::One;");
    assert_eq!(files(&[lib, folder, one, two]), ["a: one -> two", "a: two -> one"]);
}
