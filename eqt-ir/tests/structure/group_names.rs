//! Outside `eqt-ir/src/group/` no code names a group: what it needs to know, it asks the group.
//!
//! The rule, on tokens of all `src` folders of the workspace (comments, attributes with their doc comments, test modules
//! and test files left out):
//!
//! - no identifier that is the name of a type that implements `AxisGroup` in `group/`, and no `Group::Variant`;
//! - no string literal that is a word of the registry, or holds `word(`. Messages that want an example ask
//!   `group::example` for one, and lists of all groups come from `group::usages`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use eqt_ir::group::REGISTRY;
use proc_macro2::TokenTree;

use super::{code, rust_files, sources};

/// Literals that mean something else, or are addressed to people alone: the file, the literal (all of the file's if
/// empty), why.
const EXEMPT: &[(&str, &str, &str)] = &[
    ("eqt-ir/src/signature/parse.rs", "S", "the space S^d"),
    ("eqt-ir/src/basis/generators/bounds.rs", "", "the statement of a theorem"),
    ("eqt-cli/src/arguments.rs", "", "the help of the command"),
];

/// The types that implement `AxisGroup`.
fn group_types(root: &Path) -> BTreeSet<String> {
    let mut files = Vec::new();
    rust_files(&root.join("eqt-ir/src/group"), &mut files);
    let mut types = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a file");
        code(text.parse().expect("Rust"), &mut |tokens| {
            let names: Vec<String> = tokens.iter().map(ToString::to_string).collect();
            for window in names.windows(4) {
                if window[0] == "impl" && window[1] == "AxisGroup" && window[2] == "for" {
                    types.insert(window[3].clone());
                }
            }
        });
    }
    types
}

/// Whether a text is a word of the registry, or holds one before a parenthesis.
fn names_a_group(text: &str) -> bool {
    REGISTRY.iter().any(|entry| {
        text == entry.word
            || text.match_indices(&format!("{}(", entry.word)).any(|(at, _)| {
                !text[..at]
                    .chars()
                    .next_back()
                    .is_some_and(|before| before.is_alphanumeric() || before == '_')
            })
    })
}

/// What names a group in some code.
fn faults(text: &str, types: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    code(text.parse().expect("Rust"), &mut |tokens| {
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(name) if types.contains(&name.to_string()) => faults.push(name.to_string()),
                TokenTree::Ident(name) if name == "Group" => {
                    if let [TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Ident(variant), ..] =
                        &tokens[at + 1..]
                        && (a.as_char(), b.as_char()) == (':', ':')
                        && variant.to_string().starts_with(char::is_uppercase)
                    {
                        faults.push(format!("Group::{variant}"));
                    }
                }
                TokenTree::Literal(literal) => {
                    let written = literal.to_string();
                    let inside = written.trim_start_matches(['b', 'c', 'r', '#']).trim_end_matches('#');
                    if let Some(content) = inside.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
                        && names_a_group(content)
                    {
                        faults.push(content.to_owned());
                    }
                }
                _ => {}
            }
        }
    });
    faults
}

#[test]
fn no_code_outside_group_names_a_group() {
    let (root, files) = sources();
    let types = group_types(&root);
    assert!(types.len() >= 5, "{types:?}");
    assert!(files.len() > 150, "{} files", files.len());
    let mut all = Vec::new();
    for file in files {
        let place = file.strip_prefix(&root).expect("in the workspace").to_string_lossy().replace('\\', "/");
        if place.starts_with("eqt-ir/src/group/") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a file");
        let exempt = |fault: &String| {
            EXEMPT.iter().any(|(file, literal, _)| *file == place && (literal.is_empty() || literal == fault))
        };
        let found = faults(&text, &types).into_iter().filter(|fault| !exempt(fault));
        all.extend(found.map(|fault| format!("{place}: {fault}")));
    }
    assert!(all.is_empty(), "ask the group instead (eqt_ir::group):\n{}", all.join("\n"));
}

#[test]
fn the_rule_sees_names_and_only_names() {
    let types = BTreeSet::from(["Symplectic".to_owned()]);
    for named in [
        "fn f(g: &Group) -> bool { *g == Group::Orthogonal }",
        "use crate::group::symplectic::Symplectic;",
        "fn f(word: &str) -> bool { word == \"Sp\" }",
        "fn f(d: usize) -> String { format!(\"write SO({d})\") }",
        "mod a { mod b { const C: [&str; 1] = [r#\"O(3)\"#]; } }",
    ] {
        assert_eq!(faults(named, &types).len(), 1, "{named}");
    }
    for unnamed in [
        "/// `O(d)` and Symplectic\n#[equivariant(O(D), degree <= 2)]\nfn f() {} // Sp(4)",
        "#[cfg(test)]\nmod tests { const A: &str = \"Sp(4): R^4 -> R\"; }",
        "#[cfg(test)]\nuse crate::Symplectic;\nfn f() { g(\"FOO(3)\", \"Soap\", Group::new(1), 'S') }",
    ] {
        assert_eq!(faults(unnamed, &types), Vec::<String>::new(), "{unnamed}");
    }
}
