use super::*;

fn check(text: &str) {
    let signature = parse_signature(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(signature.to_string(), text);
    assert_eq!(parse_signature(&signature.to_string()).expect("printed text parses"), signature);
}

fn error(text: &str) -> String {
    parse_signature(text).err().unwrap_or_else(|| panic!("`{text}` must not parse")).to_string()
}

#[test]
fn printing_is_the_inverse_of_parsing() {
    for text in [
        "O(d) * S(n): x: (R^d)^n -> S^d",
        "O(3): P: S^3, Q: S^3 -> S^3",
        "O(1,3): a: R^4 -> T^3(R^4)",
        "O(3): x1: R^3, x2: pseudo R^3 -> Alt^2(R^3)",
        "SO(2) * O(0,3): x: R^2 -> pseudo R",
        "O(3) * O(5): x: R^3 -> pseudo R^5",
        "O(3) * O(2): x: R^3 (x) R^2 -> pseudo Sym0^4(R^3)",
        "Sp(4): -> T^8(R^4)",
        "1: x: (R)^5 -> R",
        "O(5): x: ((R^5)^4)^n -> S^5",
        "S(4): -> T^3(R^4)",
    ] {
        check(text);
    }
}

#[test]
fn unnamed_inputs_are_numbered_when_there_are_several() {
    let signature = parse_signature("O(3): R^3, a: S^3, R^3 -> R").expect("parses");
    let names: Vec<&str> = signature.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["x1", "a", "x2"]);
}

#[test]
fn the_product_sign_may_be_unicode() {
    let plain = parse_signature("O(3) * O(2): R^3 (x) R^2 -> R").expect("parses");
    assert_eq!(parse_signature("O(3) * O(2): R^3 \u{2297} R^2 -> R").expect("parses"), plain);
}

#[test]
fn a_literal_size_binds_to_the_linear_factor_then_to_labels() {
    let signature = parse_signature("O(3) * S(4): R^3, R^4, (R^3)^4, (R^4)^3, (R)^7 -> R").expect("parses");
    assert_eq!(signature.axes.len(), 4);
    assert_eq!(signature.inputs[0].space, Space::Vector(AxisId::new(0)));
    assert_eq!(signature.inputs[1].space, Space::Vector(AxisId::new(1)));
    assert_eq!(
        signature.axis(AxisId::new(2)),
        &Axis { dimension: Dimension::Literal(3), group: Group::free_label() }
    );
    let scalars = Space::Family { member: Box::new(Space::Scalar), label: AxisId::new(3) };
    assert_eq!(signature.inputs[4].space, scalars);
}

#[test]
fn every_mistake_is_one_sentence() {
    let mistakes = [
        "",
        "O(3)",
        "O(3):",
        "O(3): R^3",
        "O(3): R^3 ->",
        "O(3): R^3 -> R R",
        "O: R -> R",
        "O(): R -> R",
        "O(d",
        "U(3): R^3 -> R",
        "Sp(3): R^3 -> R",
        "SO(d): R^d -> R",
        "O(p,q): R^4 -> R",
        "SO(1,q): R^4 -> R",
        "Sp(2,2): R^4 -> R",
        "O(3) * SO(3): R^3 -> R",
        "O(3): R^d -> R",
        "O(3): S^4 -> R",
        "Sp(4): Sym0^2(R^4) -> R",
        "Sp(4): pseudo R^4 -> R",
        "SO(3): pseudo R^3 -> R",
        "SO(3) * S(4): (pseudo R^3)^4 -> R",
        "O(3): a: R^4 -> R",
        "1: -> R^4",
        "O(3): R^3 -> R^4",
        "O(3) * S(n): r: (R^3)^7 -> R",
        "O(3) * O(5): r: R^3 -> R",
        "SO(2) * O(0,3): R^2 -> R",
        "O(3): -> R",
        "O(3) * O(2) * O(5): R^3 -> pseudo (R^2 (x) R^5)",
        "O(1,2,3): R^6 -> R",
        "Sp(): R -> R",
        "O(3; 1): R^3 -> R",
        "O(3) * O(2): pseudo (R^3 (x) R^2) -> R",
        "O(3): Sym^2(Sym^2) -> R",
        "O(3): T^99(R^3) -> R",
        "O(3): T^d(R^3) -> R",
        "O(3): a: R^3, a: R^3 -> R",
        "O(3): R^3,, R^3 -> R",
        "O(3): R^3, -> R",
        "O(3): Q^3 -> R",
        "O(3): () -> R",
        "O(3): R^-3 -> R",
        "O(3): R^3u -> R",
        "O(99999999999999999999): R -> R",
        "2: R -> R",
        "O(3): R^3 (y) R^3 -> R",
        "O(\u{3b4}): R^\u{3b4} -> R",
    ];
    let listing: Vec<String> = mistakes.iter().map(|text| format!("{text:45} {}", error(text))).collect();
    insta::assert_snapshot!(listing.join("\n"));
}
