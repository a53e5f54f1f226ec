//! The macro without rustc: what every expansion must be.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use crate::expand::equivariant;

fn expand(arguments: &str, item: &str) -> String {
    let tokens = |text: &str| text.parse::<TokenStream>().expect("the test is made of tokens");
    let expanded = equivariant(tokens(arguments), tokens(item));
    let file: syn::File = syn::parse2(expanded).expect("every expansion is a list of items");
    prettyplease::unparse(&file)
}

#[test]
fn every_expansion_is_a_list_of_items() {
    let function = "pub fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;";
    for (arguments, item) in [
        ("O(D) * S(n), degree <= 2", function),
        ("O(d): (R^d)^n -> S^d, degree = 2", "fn f();"),
        ("", function),
        ("O(D) degree <= 2", function),
        ("O(D), degree <= 2, limit = 1", function),
        ("O(D), degree <= 2", "fn f(&self, a: Vector<3>) -> Scalar;"),
        ("O(D), degree <= 2", "fn r#type(a: &Vector<3>) -> Scalar;"),
        ("O(D), degree <= 2", "struct S;"),
        ("O(D), degree <= 2", "fn f<const D: usize>(a: Vector<D>) -> Scalar { 1 }"),
        ("O(D)", "fn f<const D: usize>(a: Vector<D>) -> Scalar { dot(a, a) + b }"),
        (
            "O(D) * S(n)",
            "fn f<const D: usize>(a: [Vector<D>; n], c: Scalar) -> Sym<D> { sum(|i| c / n * outer(a[i], a[i])) }",
        ),
        ("O(3): (R^3)^n, R^3 (x) R^3, pseudo R^3, T^3(R^3) -> (R)^n, foo", "fn f();"),
    ] {
        assert!(
            expand(arguments, item).contains("fn") || item.starts_with("struct"),
            "{arguments} on {item}"
        );
    }
}

#[test]
fn all_mistakes_are_reported_together() {
    let text = expand(
        "O(D), degree < 2, labels = 1, limit == 3, frobnicate, limit = 1, limit = 2",
        "async fn f<T, const D: usize>(a: &Vector<D>) -> [f64; E];",
    );
    assert_eq!(text.matches("compile_error").count(), 11, "{text}");
}

/// What the macro says, error by error.
fn errors(arguments: &str, item: &str) -> Vec<String> {
    let text = expand(arguments, item);
    let literals = text.split("compile_error!").skip(1);
    literals.map(|rest| rest.split('"').nth(1).unwrap_or_default().to_owned()).collect()
}

/// What a closure gives on a thread of 2 MiB, a quarter of rustc's, where procedural macros run.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("starts");
    thread.join().expect("the stack suffices")
}

#[test]
fn degrees_are_bounded_or_given_by_a_range_with_both_ends() {
    let function = "fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;";
    let options = |degree: &str| {
        let text = expand(&format!("O(D) * S(n), {degree}"), function);
        let start = text.find("options: \"").unwrap_or_else(|| panic!("{degree}: {text:.300}")) + 10;
        text[start..].split('"').next().unwrap_or_default().to_owned()
    };
    for (degree, shown) in [
        ("degree <= 2", "degree <= 2"),
        ("degree = 0..2", "degree <= 2"),
        ("degree = 2", "degree = 2"),
        ("degree = 2..2", "degree = 2"),
        ("degree = 1..3", "degree 1..3"),
        ("degree = 1..=3", "degree 1..3"),
        ("degree = 2..4, labels <= 1", "degree 2..4, labels <= 1"),
    ] {
        assert_eq!(options(degree), shown, "{degree}");
    }
    for (degree, message) in [
        ("degree <= -1", "`degree` is not negative; write for instance `degree <= 4`"),
        ("degree = -1", "`degree` is not negative; write for instance `degree = 4`"),
        ("degree = -2..1", "`degree` is not negative; write for instance `degree = 4`"),
        ("degree = 1..-2", "`degree` is not negative; write for instance `degree = 1..3`"),
        ("degree = 3..1", "no degree is in 3..1; write `degree = 1..3`"),
        ("degree = 3..=1", "no degree is in 3..1; write `degree = 1..3`"),
        ("degree <= 1..3", "a range of degrees is written with `=`, `degree = 1..4`"),
        ("degree = 1..", "expected the highest degree, as in `degree = 1..3`"),
        ("degree = 1..x", "expected a number, as in `degree = 1..3`"),
        ("degree = ..3", "expected a number, as in `degree = 4`"),
        ("degree = 1...3", "expected `degree <= k`, `degree = k` or `degree = j..k`"),
        ("degree <= 2, labels <= -1", "`labels` is not negative; write for instance `labels <= 1`"),
        ("degree <= 2, limit = -1", "`limit` is not negative; write for instance `limit = 20000`"),
        ("degree <= 2, sizes(D = -1)", "`D` is not negative; write for instance `D = 5`"),
        ("degree = 1..3, generators", "generators are found from degree 0 on; write `degree <= 3`"),
    ] {
        assert_eq!(errors(&format!("O(D) * S(n), {degree}"), function), [message], "{degree}");
    }
}

#[test]
fn two_attributes_and_recursion_are_one_error() {
    for attribute in
        ["#[equivariant(O(D), degree <= 1)]", "#[eqt::equivariant(O(D))]", "#[::eqt::equivariant]"]
    {
        let function = format!("{attribute} fn f<const D: usize>(a: Vector<D>) -> Vector<D>;");
        assert_eq!(
            errors("O(D), degree <= 2", &function),
            [
                "`f` has two `#[equivariant]`; a function states one map, so remove one, or declare a second function"
            ]
        );
    }
    assert_eq!(
        errors("O(D), uses(f)", "fn f<const D: usize>(a: Vector<D>) -> Vector<D> { f(a) }"),
        ["`f` cannot use itself: a map is a polynomial, without recursion"]
    );
    let body = "fn f<const D: usize>(a: Vector<D>) -> Vector<D> { g(a) }";
    for uses in ["g, g", "g, other::g", "one::g, other::g", "a::b::g, ::other::g"] {
        assert_eq!(
            errors(&format!("O(D), uses({uses})"), body),
            [
                "there is a `g` in this list already: a body calls maps by the last name of their path; remove one, or rename its \
                 function"
            ],
            "{uses}"
        );
    }
}

#[test]
fn bodies_of_thousands_of_terms_take_no_stack() {
    let text = on_a_small_stack(|| {
        let terms: Vec<String> = (0..2_500).map(|k| format!("{k} * dot(a, a)")).collect();
        let function = format!("fn f<const D: usize>(a: Vector<D>) -> Scalar {{ {} }}", terms.join(" + "));
        errors("O(D)", &function)
    });
    assert_eq!(text, [""; 0]);
}

#[test]
fn what_nests_too_deep_is_one_error() {
    let body = |open: &str, close: &str, depth: usize| {
        let function = format!(
            "fn f<const D: usize>(a: Vector<D>) -> Scalar {{ {}dot(a, a){} }}",
            open.repeat(depth),
            close.repeat(depth)
        );
        on_a_small_stack(move || errors("O(D)", &function))
    };
    for (open, close) in [
        ("(", ")"),
        ("trace(", ")"),
        ("-", ""),
        ("{", "}"),
        ("[", "]"),
        ("|x| ", ""),
        ("|x, y| ", ""),
        ("sum(|i| 2 * a[i] - ", ")"),
        ("", "[0]"),
        ("", "(0)"),
        ("", ".x"),
        ("", " as f64"),
        ("if c { ", " } else { 0 }"),
        ("if c { 0 } else if d { 0 } else { ", " }"),
        ("return ", ""),
        ("&", ""),
        ("x = ", ""),
        ("0 as A<B, { ", " }>"),
    ] {
        let said = body(open, close, 10_000);
        assert_eq!(
            said,
            ["this is nested more than 64 levels deep; name the inner part by `let`"],
            "{open}..{close}"
        );
        // As deep as is allowed, syn has the stack that it needs.
        let fine = (1..64).rev().find(|depth| body(open, close, *depth) != said);
        assert!(fine.is_some_and(|depth| depth > 8), "{open}..{close}: {fine:?}");
    }
    let types = |depth: usize| {
        let function =
            format!("fn f(a: {}Vector<3>{}) -> Scalar;", "Pseudo<".repeat(depth), ">".repeat(depth));
        on_a_small_stack(move || errors("O(3), degree <= 2", &function))
    };
    assert_eq!(types(10_000), ["this is nested more than 64 levels deep; write a simpler type"]);
    // Half as deep, there is the stack to read them.
    assert!(types(30).len() <= 1);
    let group = format!("O(3): {}R^3{} -> R, degree <= 1", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(
        on_a_small_stack(move || errors(&group, "fn f();")),
        ["this is nested more than 64 levels deep; write a simpler one"]
    );
    let long = format!("fn f(c: Scalar) -> Scalar {{ {} }}", ["c"; 10_002].join(" + "));
    assert_eq!(
        on_a_small_stack(move || errors("1", &long)),
        ["one expression has more than 10000 operators; name parts of it by `let`"]
    );
}

#[test]
fn names_that_rust_refuses_are_one_error() {
    // As inputs of functions.
    for name in ["None", "Some", "Ok", "Err", "D", "self", "&self", "_", "α"] {
        let input = if name.ends_with("self") { name.to_owned() } else { format!("{name}: Vector<D>") };
        let function = format!("fn f<const D: usize>({input}, a: Vector<D>) -> Vector<D>;");
        assert_eq!(errors("O(D), degree <= 2", &function).len(), 1, "{function}");
    }
    // In a signature.
    for name in ["None", "Some", "Ok", "Err", "D", "self", "Self", "super", "crate", "_", "α"] {
        let signature = format!("O(d): {name}: R^d, a: R^d -> R^d, degree <= 2");
        assert_eq!(errors(&signature, "fn f();").len(), 1, "{signature}");
    }
    for name in ["self", "Self", "super", "crate", "_"] {
        for signature in [
            format!("O({name}): a: R^{name} -> R, degree <= 2"),
            format!("S({name}): a: (R)^{name} -> R, degree <= 2"),
        ] {
            // In upper case, `SUPER`, they are names like any other.
            let said = errors(&signature, "fn f();");
            assert!(
                said.len() == 1 || (said.is_empty() && signature.starts_with('O')),
                "{signature}: {said:?}"
            );
        }
    }
}

#[test]
fn attributes_in_bodies_are_not_passed_over() {
    let body = |attribute: &str| format!("fn f(c: Scalar) -> Scalar {{ {attribute} let d = pow(c, 2); d }}");
    for attribute in ["/// A square.", "#[allow(unused)]", "#[rustfmt::skip]"] {
        assert_eq!(errors("1", &body(&format!("{attribute}\n"))), [""; 0], "{attribute}");
    }
    for attribute in ["#[cfg(test)]", "#[cfg_attr(test, allow(unused))]"] {
        assert_eq!(
            errors("1", &body(attribute)),
            ["attributes are not obeyed inside of a body; remove this one"],
            "{attribute}"
        );
    }
}

/// The public items of the module of an expansion: types, constants, functions with their numbers of arguments and the
/// outermost types of their results. An array and a vector are the same here: how many members there are is not known of a map
/// with mistakes.
fn public_items(text: &str) -> BTreeMap<String, String> {
    fn result(output: &syn::ReturnType) -> String {
        let syn::ReturnType::Type(_, ty) = output else { return String::new() };
        match &**ty {
            syn::Type::Array(_) => "Vec".to_owned(),
            syn::Type::Path(path) => {
                path.path.segments.last().map(|name| name.ident.to_string()).unwrap_or_default()
            }
            other => other.to_token_stream().to_string(),
        }
    }
    fn is_behind_feature(item: &syn::ItemMacro) -> bool {
        item.mac.path.segments.last().is_some_and(|name| name.ident == "with_ndarray")
    }
    fn inside(item: &syn::ItemMacro) -> Vec<syn::Item> {
        syn::parse2::<syn::File>(item.mac.tokens.clone()).expect("items in a macro").items
    }
    fn collect(items: &[syn::Item], found: &mut BTreeMap<String, String>) {
        for item in items {
            let (visibility, name, what) = match item {
                syn::Item::Fn(item) => {
                    let what =
                        format!("{} arguments, gives {}", item.sig.inputs.len(), result(&item.sig.output));
                    (&item.vis, &item.sig.ident, what)
                }
                syn::Item::Struct(item) => (&item.vis, &item.ident, "type".to_owned()),
                syn::Item::Type(item) => (&item.vis, &item.ident, "type".to_owned()),
                syn::Item::Const(item) => (&item.vis, &item.ident, "constant".to_owned()),
                syn::Item::Macro(item) if is_behind_feature(item) => {
                    collect(&inside(item), found);
                    continue;
                }
                syn::Item::Macro(item) => {
                    // A struct of coefficients: `coefficients! { #[doc = ".."] Coefficients(n) .. }`.
                    let mut tokens = item.mac.tokens.clone().into_iter();
                    let name = tokens.find_map(|token| match token {
                        TokenTree::Ident(name) => Some(name.to_string()),
                        _ => None,
                    });
                    found.extend(name.map(|name| (name, "type".to_owned())));
                    continue;
                }
                _ => continue,
            };
            if matches!(visibility, syn::Visibility::Public(_)) {
                found.insert(name.to_string(), what);
            }
        }
    }
    let mut items = syn::parse_file(text).expect("an expansion").items;
    // A map with coefficients over labels is behind the feature as a whole.
    let whole = items.iter().find_map(|item| match item {
        syn::Item::Macro(item) if is_behind_feature(item) => Some(inside(item)),
        _ => None,
    });
    items.extend(whole.into_iter().flatten());
    let mut found = BTreeMap::new();
    for item in &items {
        if let syn::Item::Mod(module) = item
            && let Some((_, items)) = &module.content
        {
            collect(items, &mut found);
        }
    }
    assert!(found.contains_key("basis"), "{text}");
    found
}

/// A use of a map whose declaration has a mistake raises no error of its own.
#[test]
fn a_map_with_a_mistake_has_the_functions_that_it_would_have() {
    let degree = |group: &str, options: &str| {
        [format!("{group}, {options}"), format!("{group}, {options}, limit = 1")]
    };
    for (arguments, item, arrays_per_sample) in [
        (degree("O(D)", "degree <= 2"), "fn f<const D: usize>(a: Vector<D>, b: Vector<D>) -> Sym<D>;", false),
        (degree("O(D) * S(n)", "degree <= 2"), "fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;", false),
        (
            degree("O(D) * S(n)", "degree <= 2"),
            "fn f<const D: usize>(a: [Vector<D>; n], b: [Vector<D>; n]) -> [Vector<D>; n];",
            false,
        ),
        (
            degree("O(D)", "degree <= 2"),
            "fn f<const D: usize>(a: [Vector<D>; n], s: Scalar) -> Sym<D>;",
            false,
        ),
        (degree("O(3)", "generators"), "fn f(a: Vector<3>, b: Vector<3>) -> Vector<3>;", false),
        (degree("O(D) * S(n)", "generators"), "fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;", true),
    ] {
        let [right, wrong] = arguments.map(|arguments| expand(&arguments, item));
        assert!(wrong.contains("compile_error"), "{wrong}");
        let [mut right, mut wrong] = [right, wrong].map(|text| public_items(&text));
        if arrays_per_sample {
            // A view for every array of coefficients, of which it is not known how many there are.
            for items in [&mut right, &mut wrong] {
                items.retain(|name, _| !name.starts_with("batch"));
            }
        }
        assert_eq!(wrong, right, "{item}");
    }
    let body = |value: &str| {
        expand("O(D)", &format!("fn f<const D: usize>(w: Scalar, a: Vector<D>) -> Scalar {{ {value} }}"))
    };
    let (right, wrong) = (body("w * dot(a, a)"), body("w * dot(a, missing)"));
    assert_eq!(public_items(&wrong), public_items(&right));
}

/// The names in the first column of the table after a line of the crate's documentation: `call` of `` `call(&theta, &a)` ``.
fn documented(page: &str, after: &str) -> BTreeSet<String> {
    let rest = page.split_once(after).unwrap_or_else(|| panic!("no line `{after}`")).1;
    let rows = rest
        .lines()
        .skip_while(|line| !line.starts_with("//! |"))
        .take_while(|line| line.starts_with("//! |"));
    let first_column = rows.skip(2).filter_map(|row| row.split('|').nth(1));
    let spans = first_column.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    spans.map(|span| span.split('(').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_tables_of_the_crate_name_every_item() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/lib.rs");
    let page = std::fs::read_to_string(page).expect("the crate `eqt` lies beside this one");
    let of_all = documented(&page, "Where a length is known at run time only");
    assert!(of_all.contains("call_into") && of_all.contains("try_call"));
    for (after, maps) in [
        (
            "# What the function is",
            &[
                ("O(D), degree <= 2", "fn f<const D: usize>(a: Vector<D>) -> Sym<D>;"),
                (
                    "O(D), degree <= 2",
                    "fn f<const D: usize>(a: [Vector<D>; n], b: [Vector<D>; n]) -> Sym<D>;",
                ),
            ],
        ),
        (
            "let more = stress::invariants_gradient",
            &[
                ("O(3), generators", "fn f(a: Vector<3>) -> Vector<3>;"),
                ("O(D) * S(n), generators", "fn f<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;"),
            ],
        ),
        (
            "are *parameters*",
            &[
                ("O(D)", "fn f<const D: usize>(w: Scalar, a: Vector<D>) -> Vector<D> { w * a }"),
                (
                    "O(D) * S(n)",
                    "fn f<const D: usize>(w: Scalar, a: [Vector<D>; n]) -> Vector<D> { w * sum(|i| a[i]) }",
                ),
            ],
        ),
    ] {
        let mut emitted = BTreeSet::new();
        for (arguments, item) in maps {
            for name in public_items(&expand(arguments, item)).into_keys() {
                let whole = name.trim_start_matches("try_").trim_end_matches("_into");
                emitted.insert(whole.to_owned());
            }
        }
        assert_eq!(documented(&page, after), emitted, "the table after `{after}`");
    }
}
