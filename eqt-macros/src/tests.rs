//! The macro without rustc: what every expansion must be.

use proc_macro2::TokenStream;

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

#[test]
fn what_nests_within_the_budget_does_not_overflow_the_stack() {
    let nested = |levels: usize| {
        let ty = format!("{}Vector<3>{}", "Pseudo<".repeat(levels), ">".repeat(levels));
        expand("O(3), degree <= 1", &format!("fn f(a: {ty}) -> Vector<3>;"))
    };
    assert!(nested(28).contains("pub fn evaluate"), "an even number of determinants is none");
    let text = nested(1000);
    assert_eq!(text.matches("compile_error").count(), 1, "{text}");
    assert!(text.contains("nested more than 32 levels deep"), "{text}");
}

#[test]
fn a_negative_number_is_called_one() {
    let text = expand("O(D), degree <= -1", "fn f<const D: usize>(a: Vector<D>) -> Scalar;");
    assert!(
        text.contains("expected a number from 0 on, found `-1`") && !text.contains("too large"),
        "{text}"
    );
}
