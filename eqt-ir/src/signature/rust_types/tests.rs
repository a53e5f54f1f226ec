use syn::parse::Parser;

use super::*;

fn read(group: &str, function: &str) -> Result<RustSignature> {
    let Head::Group(group) = syn::parse_str::<Head>(group)? else { panic!("`{group}` is not a group") };
    let function: syn::Signature = syn::parse_str(function)?;
    let generics: Vec<Ident> =
        function.generics.const_params().map(|generic| generic.ident.clone()).collect();
    group.function(&generics, &function)
}

fn named(text: &str) -> Result<RustSignature> {
    let Head::Signature(signature) = Head::parse.parse_str(text)? else {
        panic!("`{text}` is not a signature")
    };
    signature.name()
}

fn extents(signature: &RustSignature) -> String {
    let text = |extent: &Extent| match extent {
        Extent::Literal(value) => value.to_string(),
        Extent::Const(name) => format!("const {name}"),
        Extent::RunTime(name) => format!("run-time {name}"),
    };
    signature.extents.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[test]
fn every_type_means_its_space() {
    for (ty, space) in [
        ("Scalar", "R"),
        ("eqt::Vector<D>", "R^D"),
        ("Matrix<D>", "T^2(R^D)"),
        ("Sym<{ D }>", "S^D"),
        ("Alt<3>", "Alt^2(R^3)"),
        ("Sym0<3>", "Sym0^2(R^3)"),
        ("Tensor<3, D>", "T^3(R^D)"),
        ("SymTensor<4, D>", "Sym^4(R^D)"),
        ("AltTensor<3, D>", "Alt^3(R^D)"),
        ("Sym0Tensor<{ 3 }, D>", "Sym0^3(R^D)"),
        ("Pseudo<Vector<3>>", "pseudo R^3"),
        ("Product<Vector<3>, Sym<D>>", "R^3 (x) S^D"),
        ("[Vector<D>; 7]", "(R^D)^7"),
        ("[[Pseudo<Sym<3>>; 7]; n]", "((pseudo S^3)^7)^n"),
    ] {
        let function = format!("fn f<const D: usize>(x: {ty}, v: Vector<D>, w: Vector<3>) -> Scalar");
        let read = read("O(D) * O(3)", &function).unwrap_or_else(|error| panic!("{ty}: {error}"));
        assert_eq!(read.signature.to_string(), format!("O(D) * O(3): x: {space}, v: R^D, w: R^3 -> R"));
    }
}

#[test]
fn lengths_are_numbers_const_generics_or_run_time_names() {
    let function =
        "fn f<const D: usize, const N: usize>(a: [Vector<D>; N], b: [Scalar; 4], c: [Scalar; n]) -> Sym<D>";
    let read = read("O(D) * S(N) * S(n)", function).expect("reads");
    assert_eq!(read.signature.to_string(), "O(D) * S(N) * S(n): a: (R^D)^N, b: (R)^4, c: (R)^n -> S^D");
    assert_eq!(extents(&read), "const D, const N, run-time n, 4");
}

#[test]
fn a_signature_in_the_grammar_gets_names_in_rust() {
    for (text, expected) in [
        ("O(d): (R^d)^n -> S^d", "const D, run-time n; x"),
        ("O(3) * S(N): (R^3)^N, (R)^N -> R", "3, run-time n; x1 x2"),
        ("S(n): T^2(R^n) -> R", "const N; x"),
        ("O(d) * S(d): (R^d)^d -> R", "const D, const D; x"),
        ("O(3): type: (R^3)^n, b: ((R^3)^n)^m -> R", "3, const N, run-time m; r#type b"),
        ("1: -> (R)^n", "const N; "),
    ] {
        let read = named(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let inputs: Vec<String> = read.inputs.iter().map(Ident::to_string).collect();
        assert_eq!(format!("{}; {}", extents(&read), inputs.join(" ")), expected, "{text}");
    }
}

#[test]
fn all_mistakes_of_a_function_are_reported_together() {
    let function = "fn f<const D: usize>(mut a: &Vector<D>, b: Foo, _: [Scalar; M]) -> Sym<E>";
    let error = read("O(D)", function).expect_err("has mistakes");
    assert_eq!(error.into_iter().count(), 6);
}

#[test]
fn a_vec_is_written_as_a_family() {
    let error = read("O(3)", "fn f(a: Vec<Vector<3>>) -> Scalar").expect_err("no type").to_string();
    assert_eq!(
        error,
        "a family of run-time length is written `[Vector<3>; n]`, with a lower-case name for its length"
    );
}

#[test]
fn a_literal_dimension_needs_a_factor() {
    for function in ["fn f(a: Vector<3>) -> Vector<4>", "fn f(a: Vector<3>, b: Vector<4>) -> Scalar"] {
        let error = read("O(3)", function).expect_err("nothing acts on 4").to_string();
        assert_eq!(
            error,
            "no factor of the group acts on dimension `4`; add for instance `O(4)` to the group, or write `[Scalar; 4]` \
             for 4 labelled scalars"
        );
    }
    read("O(3)", "fn f(a: Vector<3>, b: [Scalar; 4]) -> [Vector<3>; 4]").expect("families are as before");
    let error =
        read("O(3) * O(5)", "fn f(a: Vector<3>) -> Scalar").expect_err("nothing for O(5)").to_string();
    assert_eq!(error, "no space has an index on which O(5) acts; leave this factor out");
}

#[test]
fn spaces_nest_to_a_counted_depth() {
    let nested = |levels: usize| {
        let ty = format!("{}Vector<3>{}", "Pseudo<".repeat(levels), ">".repeat(levels));
        let tokens: TokenStream = format!("fn f(a: {ty}) -> Scalar").parse().expect("lexes");
        check_nesting(&tokens)
    };
    assert!(nested(28).is_ok());
    let message = nested(200).expect_err("too deep").to_string();
    assert_eq!(message, "nested more than 32 levels deep");
}
