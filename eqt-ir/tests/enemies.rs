//! Signatures at the edge: every one is an error of one line, or gives the Molien-Weyl number. Nothing panics or hangs.

use eqt_ir::basis::{Basis, Options, count, generators, relations};
use eqt_ir::map::Map;
use eqt_ir::optimise::{Wanted, compile_one, macs};
use eqt_ir::signature::parse::MAX_NESTING;
use eqt_ir::signature::{Sizes, parse_signature};

/// What must come out, degree by degree from 0.
enum Want {
    /// The signature is refused, with these words in the message.
    Refused(&'static str),
    /// The signature is read and has these numbers, from theory.
    Numbers(&'static [u64]),
    /// The signature is read; an error of one line up to this degree, or numbers that agree.
    Either(usize),
}
use Want::{Either, Numbers, Refused};

fn one_line(text: &str, message: &str) {
    assert!(!message.is_empty() && !message.contains('\n') && message.len() < 700, "{text}: {message:?}");
}

/// A text for messages: the beginning of a long one.
fn short(text: &str) -> String {
    text.chars().take(90).collect()
}

/// The numbers of maps in degrees 0 to `degree`.
fn numbers(text: &str, degree: usize) -> Result<Vec<u64>, String> {
    let signature = parse_signature(text).map_err(|error| error.to_string())?;
    let options = Options { limit: 400, ..Options::up_to(degree) };
    let counts = count(&signature, &options).map_err(|error| error.to_string())?;
    let members: Vec<u64> = counts
        .iter()
        .map(|count| {
            let found = count.scalars.unwrap_or(count.members as u64);
            assert_eq!(count.molien.unwrap_or(found), found, "{}", short(text));
            found
        })
        .collect();
    // What else reads such a signature does not panic either.
    let generated = generators(&signature, Some(degree), 400).map(|found| found.certificate());
    for result in [
        generated,
        Basis::new(&signature, &options).map(|basis| basis.proof().certificate()),
        relations(&signature, &options).map(|found| format!("{} relations", found.relations.len())),
    ] {
        one_line(&short(text), &result.unwrap_or_else(|error| error.to_string()));
    }
    Ok(members)
}

fn check(text: &str, want: &Want) {
    let name = short(text);
    match want {
        Refused(words) => {
            let message =
                parse_signature(text).err().unwrap_or_else(|| panic!("`{name}` is refused")).to_string();
            one_line(&name, &message);
            assert!(message.contains(words), "{name}: {message}");
        }
        Numbers(expected) => match numbers(text, expected.len() - 1) {
            Ok(found) => assert_eq!(found, *expected, "{name}"),
            Err(message) => panic!("{name}: {message}"),
        },
        Either(degree) => {
            if let Err(message) = numbers(text, *degree) {
                one_line(&name, &message);
            }
        }
    }
}

#[test]
fn dimensions_zero_and_one() {
    for (text, want) in [
        // A space of dimension 0 has the constants only.
        ("O(0): R^0 -> R", Numbers(&[1, 0, 0])),
        ("O(0): R^0 -> R^0", Numbers(&[0, 0, 0])),
        ("SO(0): R^0 -> R", Numbers(&[1, 0, 0])),
        ("Sp(0): R^0 -> R", Numbers(&[1, 0, 0])),
        ("O(0,0): R^0 -> R", Numbers(&[1, 0, 0])),
        ("S(0): R^0 -> R", Numbers(&[1, 0, 0])),
        ("S(0): x: R -> R^0", Numbers(&[0, 0, 0])),
        ("1: (R)^0 -> R", Numbers(&[1, 0, 0])),
        ("O(3): ((R^3)^0)^2 -> R", Numbers(&[1, 0, 0])),
        ("O(0): P: Sym^2(R^0), x: R -> R", Numbers(&[1, 1, 1])),
        // O(1) is {1, -1}: even degrees; SO(1) and S(1) are trivial.
        ("O(1): R^1 -> R", Numbers(&[1, 0, 1, 0, 1])),
        ("O(1): R^1 -> R^1", Numbers(&[0, 1, 0, 1])),
        ("O(1): R^1 -> pseudo R", Numbers(&[0, 1, 0, 1])),
        ("O(1,0): R^1 -> R", Numbers(&[1, 0, 1])),
        ("O(0,1): R^1 -> R", Numbers(&[1, 0, 1])),
        ("SO(1): R^1 -> R", Numbers(&[1, 1, 1, 1])),
        ("SO(1): R^1 -> R^1", Numbers(&[1, 1, 1])),
        ("SO(0,1): R^1 -> R", Numbers(&[1, 1, 1])),
        ("S(1): R^1 -> R", Numbers(&[1, 1, 1, 1])),
        ("S(1): (R)^1 -> R^1", Numbers(&[1, 1, 1])),
        ("O(1): F: Alt^2(R^1), x: R -> R", Numbers(&[1, 1, 1])),
        ("O(1): P: Sym0^2(R^1), x: R -> R", Numbers(&[1, 1, 1])),
        ("1: (R)^1 -> R", Numbers(&[1, 1, 1])),
        ("1: -> R", Numbers(&[1, 0])),
        ("1: x: R -> R", Numbers(&[1, 1, 1])),
        ("O(3): T^0(R^3) -> R", Numbers(&[1, 1, 1])),
        // Degree r of one vector of Sp: Sym^r has no invariant; of two: powers of the form.
        ("Sp(2): R^2 -> R", Numbers(&[1, 0, 0])),
        ("Sp(2): R^2, R^2 -> R", Numbers(&[1, 0, 1, 0, 1])),
        ("Sp(2): -> Alt^2(R^2)", Numbers(&[1, 0])),
        ("Sp(2): -> S^2", Numbers(&[0, 0])),
    ] {
        check(text, &want);
    }
}

#[test]
fn what_does_not_exist_is_refused() {
    for (text, words) in [
        ("Sp(1): R^1 -> R", "write Sp(0) or Sp(2)"),
        ("Sp(3): R^3 -> R", "symplectic dimensions are even"),
        ("Sp(4294967295): R^4294967295 -> R", "symplectic dimensions are even"),
        ("Sp(4): pseudo R^4 -> R", "reflections"),
        ("Sp(4): Sym0^2(R^4) -> R", "traceless"),
        ("SO(3): pseudo R^3 -> R", "reflections"),
        ("S(3): pseudo R^3 -> R", "reflections"),
        ("1: pseudo R -> R", "reflections"),
        ("O(2) * O(3): pseudo (R^2 (x) R^3) -> R", "exactly one"),
        ("O(2) * O(3): R^2, R^3 -> pseudo R", "exactly one"),
        ("O(3): a: R^4 -> R", "`(R)^4`"),
        ("1: -> R^4", "`(R)^4`"),
        ("O(3): R^3 -> S^4", "acts on dimension `4`"),
        ("O(3): R^0 -> R", "acts on dimension `0`"),
        ("O(3) * S(n): r: (R^3)^7 -> R", "S(n) acts; leave this factor out"),
        ("O(3) * O(5): r: R^3 -> R", "O(5) acts; leave this factor out"),
        ("O(3): -> R", "leave this factor out"),
        ("O(3) * O(3): R^3 -> R", "two factors act on dimension 3"),
        ("O(1,2) * SO(3): R^3 -> R", "two factors act on dimension 3"),
        ("O(4294967296): R -> R", "below 2^32"),
        ("O(4294967295,4294967295): R^8589934590 -> R", "below 2^32"),
        ("O(-3): R -> R", "a symbol or a number from 0 on"),
        ("O(3.5): R -> R", "expected a dimension"),
        ("O(3u8): R^3 -> R", "write `3`"),
        ("O(0x3): R^3 -> R^4", "no factor of the group acts on dimension `4`"),
        ("O(3): T^33(R^3) -> R", "a rank must be a number from 0 to 32"),
        ("O(3): T^18446744073709551616(R^3) -> R", "a rank must be"),
        ("O(3): T^-1(R^3) -> R", "a rank must be"),
        ("O(\u{3b4}): R^\u{3b4} -> R", "ASCII"),
        ("O(3): \u{e9}: R^3 -> R", "ASCII"),
        ("O(3): x: R\u{b3} -> R", ""),
        ("O(3)\u{ff1a} R^3 -> R", ""),
        ("O(3): R^3 \u{2192} R", ""),
        ("O(3): \u{1f600} -> R", ""),
        ("O(3): R^3 -> R\u{0}", ""),
        ("O(3): R^3 -> \u{202e}R", ""),
        ("O(3): R^3 (\u{d7}) R^3 -> R", ""),
        ("\u{feff}", ""),
        ("O(3): \"R^3\" -> R", "expected a space"),
        ("O(3): R^'a -> R", "expected a dimension"),
        ("O(3): R^3 -> R, degree <= 2", ""),
        ("O(3) S(n): (R^3)^n -> R", "expected `:`"),
        ("O(3) *: R^3 -> R", "expected a group"),
        ("* O(3): R^3 -> R", "expected a group"),
        ("o(3): R^3 -> R", "unknown group `o`"),
        ("O[3]: R^3 -> R", "expected `O(d)`"),
        ("O((3)): R^3 -> R", "expected a dimension"),
        ("O(3): (R^3 -> R", ""),
        (")", ""),
    ] {
        check(text, &Refused(words));
    }
}

#[test]
fn the_determinant_that_pseudo_means() {
    // SO factors do not count: the character is that of O(0,3), under which nothing else is odd.
    check("SO(2) * O(0,3): R^2 -> pseudo R", &Numbers(&[0, 0, 0]));
    // det of O(5) alone: odd under it, whatever R^3 does.
    check("O(3) * O(5): R^3 -> pseudo R^5", &Numbers(&[0, 0, 0]));
    // The pseudo-scalar of three vectors is their determinant.
    check("O(3) * SO(2): R^3, R^3, R^3, R^2 -> pseudo R", &Numbers(&[0, 0, 0, 1]));
}

#[test]
fn huge_sizes_count_like_large_ones() {
    for (text, want) in [
        ("O(4294967295): R^4294967295 -> R", Numbers(&[1, 0, 1])),
        ("SO(4294967295): R^4294967295 -> R", Numbers(&[1, 0, 1])),
        ("Sp(4294967294): R^4294967294 -> R", Numbers(&[1, 0, 0])),
        ("O(2147483648,2147483647): R^4294967295 -> R", Numbers(&[1, 0, 1])),
        ("S(4294967295): (R)^4294967295 -> R", Numbers(&[1, 1, 2, 3])),
        ("1: (R)^4294967295 -> R", Either(2)),
        ("1: (((R)^4294967295)^4294967295)^4294967295 -> R", Either(2)),
        ("O(3): (R^3)^4294967295 -> R", Either(2)),
        ("O(3) * S(4294967295): (R^3)^4294967295 -> R", Numbers(&[1, 0, 2])),
        ("O(3): -> (((R^3)^4294967295)^4294967295)^4294967295", Either(1)),
        ("O(4294967295): Alt^32(R^4294967295) -> R", Either(1)),
        ("O(4294967295): R^4294967295 -> pseudo R", Either(3)),
    ] {
        check(text, &want);
    }
}

#[test]
fn ranks_up_to_sixty_slots() {
    for (text, want) in [
        // Common irreducible representations of Sym^32 and Sym^28 of the plane: 14 pairs and the trivial one.
        ("O(2): Sym^32(R^2) -> Sym^28(R^2)", Numbers(&[1, 15])),
        ("O(1): -> T^32(R^1) (x) T^28(R^1)", Either(0)),
        ("O(2): -> T^30(R^2) (x) T^30(R^2)", Either(0)),
        ("O(3): Sym^30(R^3) (x) Sym^30(R^3) -> R", Either(1)),
        ("O(3): -> Alt^32(R^3)", Numbers(&[0, 0])),
        ("O(3): F: Alt^32(R^3), x: R -> R", Numbers(&[1, 1])),
        ("Sp(2): -> Sym^32(R^2) (x) Sym^28(R^2)", Numbers(&[0, 0])),
        ("S(2): -> T^30(R^2) (x) T^30(R^2)", Either(0)),
        ("O(3): Sym0^32(R^3) -> R", Either(1)),
        ("SO(2): Sym0^32(R^2) -> Sym0^32(R^2)", Numbers(&[0, 2])),
        ("O(3): T^32(R^3) (x) T^32(R^3) (x) T^32(R^3) (x) T^32(R^3) -> R", Either(1)),
    ] {
        check(text, &want);
    }
}

#[test]
fn many_inputs_factors_and_levels() {
    let inputs = |count: usize| vec!["R^3"; count].join(", ");
    let named = |count: usize, space: &str| {
        (0..count).map(|at| format!("a{at}: {space}")).collect::<Vec<_>>().join(", ")
    };
    check(&format!("O(3): {} -> R^3", inputs(257)), &Numbers(&[0, 257]));
    check(
        &format!("O(3): {} -> R", inputs(5000)),
        &Refused("5000 inputs are more than the 4096 that are supported"),
    );
    check(&format!("O(3): {} -> R^3", inputs(200)), &Numbers(&[0, 200]));
    check(&format!("O(3): {} -> R", inputs(200)), &Either(2));
    check(&format!("1: {} -> R", named(200, "R")), &Numbers(&[1, 200]));
    let factors: Vec<String> = (1..40).map(|d| format!("O({d})")).collect();
    check(
        &format!("{}: R^3 -> R", factors.join(" * ")),
        &Refused("39 axes (factors of the group, and labels) are more than the 16 that are supported"),
    );
    let families = (0..20).fold("R".to_owned(), |space, n| format!("({space})^n{n}"));
    check(&format!("1: {families} -> R"), &Refused("20 axes"));
    // More than an index of 8 bits tells apart.
    let labels: Vec<String> = (0..300).map(|n| format!("a{n}: (R)^n{n}")).collect();
    check(&format!("S(n7): {} -> R", labels.join(", ")), &Refused("300 axes"));

    let deep = format!("nested more than {MAX_NESTING} levels deep");
    let deep: &'static str = deep.leak();
    for nested in [
        format!("{}R^3{}", "pseudo (".repeat(200), ")".repeat(200)),
        format!("{}R^3", "pseudo ".repeat(5000)),
        format!("{}R^3{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("(R^3){}", "^n".repeat(5000)),
        format!("{}R^3{}", "(".repeat(200), ")^n".repeat(200)),
        format!("{}R^3{}", "(R^3 (x) ".repeat(200), ")".repeat(200)),
    ] {
        check(&format!("O(3): {nested} -> R"), &Refused(deep));
    }
    for open in ["(", "["] {
        check(&format!("O(3): R^3{} -> R", open.repeat(100_000)), &Refused("cannot read the signature"));
    }
    // What is nested less is read.
    let levels = MAX_NESTING - 4;
    check(&format!("O(3): {}R^3{} -> R", "(".repeat(levels), ")".repeat(levels)), &Numbers(&[1, 0, 1]));
    check(&format!("O(3): {}R^3 -> R", "pseudo ".repeat(levels)), &Numbers(&[1, 0, 1]));
    let product = |count: usize| vec!["R"; count].join(" (x) ");
    check(&format!("1: x: {} -> R", product(100)), &Numbers(&[1, 1, 1]));
    check(&format!("1: x: {} -> R", product(100_000)), &Refused("more than 256 factors"));
    check(&format!("O(2): {} -> R", vec!["R^2"; 130].join(" (x) ")), &Either(1));
}

#[test]
fn generators_stop_at_a_degree_that_can_be_searched() {
    let message = |text: &str, degree: Option<usize>| {
        let signature = parse_signature(text).expect("reads");
        let message = match generators(&signature, degree, Options::LIMIT) {
            Ok(found) => found.certificate(),
            Err(error) => error.to_string(),
        };
        one_line(text, &message);
        message
    };
    for text in ["O(3): (S^3)^0 -> R^3", "O(1): (S^1)^n -> Alt^3(R^1)", "O(d): S^d -> S^d"] {
        for degree in [65, 20_000, u32::MAX as usize, usize::MAX] {
            let expected = format!("degree {degree} is above the largest supported degree 64");
            assert_eq!(message(text, Some(degree)), expected, "{text}");
        }
    }
    // A bound of a theorem that nobody gave is named with the theorem.
    for text in ["SO(20000): R^20000 -> R", "S(20000): (R)^20000 -> R"] {
        assert!(message(text, None).contains("the generators may have degrees up to 20000, by"), "{text}");
        assert!(message(text, Some(2)).starts_with("complete up to degree 2"), "{text}");
    }
    // Where the theorem's bound is below the degree given, that is what counts.
    assert!(message("O(d): (R^d)^n -> R^d", Some(usize::MAX)).starts_with("complete: up to degree 2"));
    assert!(message("O(1): (S^1)^n -> Alt^3(R^1)", Some(64)).contains("more than 20000 multidegrees"));
    let empty = message("O(3): (S^3)^0 -> R^3", Some(64));
    assert!(empty.starts_with("complete up to degree 64"), "{empty}");
    let many = (0..6).map(|at| format!("a{at}: (S^3)^n")).collect::<Vec<_>>().join(", ");
    assert!(message(&format!("O(3): {many} -> R^3"), Some(64)).contains("384 separate inputs"));
}

/// Costs beyond 64 bits are compared, not wrapped: of two ways to compute a map the cheaper one is taken at every size.
#[test]
fn programs_at_sizes_without_bound_are_chosen_by_their_costs() {
    for (text, degree, sizes) in [
        ("O(d) * S(n): a: (R^d)^n -> S^d", 4, [3, u32::MAX as usize]),
        ("O(d) * S(n): a: (R^d)^n -> S^d", 4, [u32::MAX as usize; 2]),
        ("O(2): -> Sym^32(R^2) (x) Sym^32(R^2) (x) Sym^2(R^2)", 0, [2, 0]),
    ] {
        let signature = parse_signature(text).expect("parses");
        let map = Map::of_basis(&Basis::new(&signature, &Options::up_to(degree)).expect("a basis"));
        let sizes = Sizes(sizes[..signature.axes.len()].to_vec());
        for wanted in [Wanted::Members, Wanted::Gradient] {
            let program = compile_one(&map, &wanted, &sizes);
            let alone = macs(&map, &sizes, &wanted).independent;
            assert!(program.cost().at(&sizes) <= alone, "{text}: {} {alone}", program.cost());
        }
    }
}
