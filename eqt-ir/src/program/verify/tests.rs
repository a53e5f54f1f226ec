use super::*;

/// A lawful program, its lines to be spoilt one at a time.
const LAWFUL: &str = "\
signature O(3) * S(n): a: (R^3)^n, b: pseudo R^3 -> S^3
coefficients 2
%0 [n 3] = input a
%1 [3 3] = einsum [i:n p:3 q:3] (%0[i p], %0[i q]) -> [p q]
%2 [3 3] = delta 3
%3 [n] = ones n
%4 [3] = einsum [i:n p:3] (%0[i p], %3[i]) -> [p]
%5 [] = einsum [p:3] (%4[p], %4[p]) -> []
%6 [3 3] = einsum [p:3 q:3] (%5[], %2[p q]) -> [p q]
%7 [3 3] = linear 1/2 * theta_0 * %1 - theta_1 * %6[1 0]
combination = 2 * %7, project
";

fn verdict(text: &str) -> String {
    let program = Program::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    verify(&program).map_or_else(|error| error.to_string(), |()| "lawful".to_owned())
}

#[test]
fn a_lawful_program_passes() {
    assert_eq!(verdict(LAWFUL), "lawful");
}

#[test]
fn every_broken_law_is_told() {
    for (line, spoilt, expected) in [
        (
            "coefficients 2",
            "coefficients 2, 1[3]",
            "coefficient 1: an axis of the array is not one of free labels",
        ),
        ("%0 [n 3] = input a", "%0 [3 n] = input a", "step %0: the axes should be [3 n], not [n 3]"),
        ("%0 [n 3] = input a", "%0 [n @9] = input a", "step %0: an axis is not of the signature"),
        ("%0 [n 3] = input a", "%0 [n 3] = input 2", "step %0: there is no input 2"),
        ("%0 [n 3] = input a", "%0 [n 3] = input b", "step %0: the axes should be [n 3], not [3]"),
        ("(%0[i p], %0[i q])", "(%0[i p], %7[i q])", "step %1: reads %7, which is not an earlier step"),
        ("(%0[i p], %0[i q])", "(%0[i p], %1[i q])", "step %1: reads %1, which is not an earlier step"),
        ("(%0[i p], %0[i q])", "(%0[i p q], %0[i q])", "step %1: 3 labels for the 2 axes of %0"),
        (
            "(%0[i p], %0[i q])",
            "(%0[i p], %0[q i])",
            "step %1: label 2 is not of the axis of %0 that it stands at",
        ),
        ("(%0[i p], %0[i q])", "(%0[i p], %0[i ?9])", "step %1: label 9 has no axis"),
        ("(%0[i p], %0[i q])", "()", "step %1: an einsum has one or two operands, not 0"),
        ("(%4[p], %4[p])", "(%4[p], %4[p], %5[])", "step %5: an einsum has one or two operands, not 3"),
        ("-> [p q]\n%2", "-> [p p]\n%2", "step %1: label 1 occurs twice in the result"),
        ("-> [p q]\n%2", "-> [p ?7]\n%2", "step %1: label 7 of the result has no axis"),
        ("[i:n p:3 q:3]", "[i:n p:3 q:3 r:3]", "step %1: label 3 occurs in no operand"),
        (
            "(%4[p], %4[p]) -> []",
            "(%4[p]) -> []",
            "step %5: the linear label 0 is summed and occurs 1 times instead of 2",
        ),
        (
            "(%4[p], %4[p]) -> []",
            "(%4[p], %4[p]) -> [p]",
            "step %5: the linear label 0 is kept and occurs 2 times instead of 1",
        ),
        ("%1 [3 3] = einsum", "%1 [3 n] = einsum", "step %1: the axes should be [3 n], not [3 3]"),
        ("%2 [3 3] = delta 3", "%2 [3 3 3] = delta 3", "step %2: the axes should be [3 3 3], not [3 3]"),
        ("%2 [3 3] = delta 3", "%2 [3 3] = epsilon 3", "step %2: the axes should be [3 3], not [3 3 3]"),
        ("%2 [3 3] = delta 3", "%2 [n] = epsilon n", "step %2: there is no epsilon on axis n"),
        ("%2 [3 3] = delta 3", "%2 [3 3] = delta @5", "step %2: the axis is not of the signature"),
        ("%3 [n] = ones n", "%3 [3] = ones 3", "step %3: ones are not invariant on a linear axis"),
        (
            "%2 [3 3] = delta 3",
            "%2 [3 3] = coefficient 1",
            "step %2: the coefficient of member 1 is a number, not an array",
        ),
        ("%2 [3 3] = delta 3", "%2 [3 3] = coefficient 5", "step %2: there is no member 5"),
        (
            "%2 [3 3] = delta 3",
            "%2 [3 3] = cotangent",
            "step %7: a term of degree 1 in the cotangent is added to one of degree 0",
        ),
        ("theta_1", "theta_2", "step %7: there is no member 2"),
        ("%6[1 0]", "%6[1 1]", "step %7: [1, 1] is not a permutation of 2 axes"),
        ("%6[1 0]", "%6[0]", "step %7: [0] is not a permutation of 2 axes"),
        ("%6[1 0]", "%0[1 0]", "step %7: the axes should be [3 3], not [3 n]"),
        ("1/2 *", "2/4 *", "step %7: 2/4 is not in lowest terms"),
        ("1/2 *", "1/0 *", "step %7: the denominator of 1/0 is not positive"),
        ("1/2 *", "0 *", "step %7: a term that is zero"),
        ("- theta_1 * %6[1 0]", "", "step %2: no result needs it"),
        ("%3 [n] = ones n", "%3 [n 3] = input a", "step %3: computes the same as %0"),
        ("2 * %7, project", "2 * %9[], project", "result 0: there is no step %9"),
        ("2 * %7, project", "2 * %7[1 2], project", "result 0: [1, 2] is not a permutation of 2 axes"),
        ("2 * %7, project", "2 * %5, project", "result 0: the axes should be [3 3], not []"),
        ("2 * %7, project", "0 * %7, project", "result 0: a term that is zero"),
        (
            "combination = 2 * %7, project",
            "member 0 = %7",
            "result 0: has degree 1 in the coefficients, more than 0",
        ),
        (
            "combination = 2 * %7, project",
            "gradient input b = %4",
            "result 0: has degree 0 in the cotangent instead of 1",
        ),
        (
            "combination = 2 * %7, project",
            "%8 [3 3] = linear theta_0 * %7\ncombination = %8",
            "result 0: has degree 2 in the coefficients, more than 1",
        ),
        (
            "combination = 2 * %7, project",
            "combination = %7\ncombination = %7",
            "result 1: is the same as result 0",
        ),
        ("combination = 2 * %7, project", "gradient input 3 = %7", "result 0: there is no input 3"),
        ("combination = 2 * %7, project", "member 3 = %7", "result 0: there is no member 3"),
        (
            "combination = 2 * %7, project",
            "gradient coefficient 0 = %5, project",
            "result 0: there is no symmetry to project to",
        ),
    ] {
        assert!(LAWFUL.contains(line), "{line}");
        let text = LAWFUL.replacen(line, spoilt, 1);
        // The error may be found on a later line than the one spoilt.
        assert_eq!(verdict(&text), expected, "{spoilt}");
    }
}

#[test]
fn an_epsilon_needs_a_literal_size_and_a_group_that_has_one() {
    let with = |signature: &str, axis: &str| {
        verdict(&format!("signature {signature}\ncoefficients 0\n%0 [] = epsilon {axis}\n"))
    };
    assert_eq!(with("O(d): a: R^d -> R", "d"), "step %0: an epsilon needs a literal size, not d");
    assert_eq!(with("Sp(4): a: R^4 -> R", "4"), "step %0: there is no epsilon on axis 4");
    assert_eq!(with("SO(3): a: R^3 -> R", "3"), "step %0: the axes should be [], not [3 3 3]");
}

#[test]
fn a_formula_is_one_line() {
    let mut program = Program::parse(LAWFUL).expect("parses");
    program.steps[1].formula = "two\nlines".to_owned();
    let error = verify(&program).expect_err("two lines");
    assert_eq!(
        error,
        VerifyError {
            place: Place::Step(StepId::new(1)),
            message: "the formula is more than one line".to_owned()
        }
    );
}

#[test]
fn the_cotangent_of_a_scalar_may_be_left_out_everywhere_or_nowhere() {
    let with = |output: &str, roots: &str| {
        verdict(&format!(
            "signature O(d): a: R^d -> {output}\ncoefficients 2\n%0 [d] = input a\n\
             %1 [] = einsum [p:d] (%0[p], %0[p]) -> []\n{roots}"
        ))
    };
    assert_eq!(with("R", "gradient coefficient 0 = %1\n"), "lawful");
    assert_eq!(
        with("R", "%2 [d] = linear theta_0 * %0\ngradient input a = 2 * %2\nmember 0 = %1\n"),
        "lawful"
    );
    let expected = "result 0: has degree 0 in the cotangent instead of 1";
    assert_eq!(with("R^d", "gradient coefficient 0 = %1\n"), expected);
    let mixed = "%2 [] = cotangent\ngradient coefficient 0 = %1\ngradient coefficient 1 = %2\n";
    assert_eq!(with("R", mixed), expected);
}
