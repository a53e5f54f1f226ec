//! What `docs/theory.md` states is so: the numbers of its tables, and its reading of printed formulas.

use eqt_ir::basis::{Basis, Options, count, generators};
use eqt_ir::diagram::{Evaluator, Style};
use eqt_ir::exact::tensor::indices;
use eqt_ir::exact::{Random, Tensor};
use eqt_ir::signature::{AxisId, Signature, Sizes, parse_signature};
use eqt_runtime::{Fp, Scalar};

const THEORY: &str = include_str!("../../docs/theory.md");

fn signature(text: &str) -> Signature {
    parse_signature(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The rows of the table whose head begins with these cells.
fn table(head: &[&str]) -> Vec<Vec<&'static str>> {
    let cells = |line: &'static str| -> Vec<&'static str> {
        line.trim_matches('|').split(" | ").map(str::trim).collect()
    };
    let lines = THEORY.lines().skip_while(|line| !line.starts_with('|') || !cells(line).starts_with(head));
    let rows: Vec<Vec<&str>> = lines.skip(2).take_while(|line| line.starts_with('|')).map(cells).collect();
    assert!(rows.len() > 3, "no table {head:?}");
    rows
}

/// The code span that a cell begins with, and what follows it.
fn code(cell: &str) -> (&str, &str) {
    let inner = cell.strip_prefix('`').and_then(|rest| rest.split_once('`'));
    inner.unwrap_or_else(|| panic!("no code in {cell}"))
}

fn numbers(cell: &str) -> Vec<u64> {
    cell.split(", ").map(|number| number.parse().unwrap_or_else(|_| panic!("{number} in {cell}"))).collect()
}

/// The members of each degree, which are the Molien-Weyl numbers.
fn counts(text: &str, options: &Options) -> Vec<u64> {
    let counts = count(&signature(text), options).unwrap_or_else(|error| panic!("{text}: {error}"));
    counts
        .iter()
        .map(|count| {
            assert_eq!(count.molien, Some(count.members as u64), "{text}");
            count.members as u64
        })
        .collect()
}

#[test]
fn maps_of_every_degree_are_as_many_as_the_table_says() {
    for row in table(&["signature", "numbers", "why"]) {
        let (text, option) = code(row[0]);
        let expected = numbers(row[1]);
        let mut options = Options::up_to(expected.len() - 1);
        if !option.is_empty() {
            let labels = option.strip_prefix(", labels <= ").and_then(|labels| labels.parse().ok());
            options = options.with_labels(labels.unwrap_or_else(|| panic!("{option}")));
        }
        assert_eq!(counts(text, &options), expected, "{}", row[0]);
    }
}

#[test]
fn invariant_tensors_of_every_rank_are_as_many_as_the_table_says() {
    for row in table(&["signature", "numbers for k = 0, 1, .."]) {
        let (text, _) = code(row[0]);
        for (rank, expected) in numbers(row[1]).into_iter().enumerate() {
            let space = text.replace("T^k", &format!("T^{rank}"));
            assert_eq!(counts(&space, &Options::exactly(0)), [expected], "{space}");
        }
    }
}

#[test]
fn generators_are_as_many_as_the_table_says() {
    for row in table(&["signature", "invariants", "generators"]) {
        let (text, _) = code(row[0]);
        let found = generators(&signature(text), None, Options::LIMIT)
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let numbers = [found.invariants.len(), found.covariants.len()].map(|number| number.to_string());
        assert_eq!(numbers, [row[1], row[2]], "{text}");
    }
}

/// A printed formula without labels, evaluated as section 3 reads it: an index that occurs twice is contracted with the
/// form of the only axis, the first occurrence transposed, times F, times the second. Open indices are p, q, ..
fn read(formula: &str, open: usize, signature: &Signature, sizes: &Sizes, inputs: &[Tensor]) -> Tensor {
    let axis = signature.axis(AxisId::new(0));
    let size = sizes.of(AxisId::new(0));
    // F_ab is `sign` where b is the partner of a.
    let form = |a: usize| axis.group.rules().form().entry(size, a);
    let mut factors: Vec<(Option<usize>, Vec<String>)> = Vec::new();
    let input = |name: &str| {
        let position = signature.inputs.iter().position(|input| input.name == name);
        position.unwrap_or_else(|| panic!("{name} in {formula}"))
    };
    let mut products = 0;
    for factor in formula.replace(", ", ",").split(' ') {
        if let Some(inner) = factor.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
            products += 1;
            for name in inner.split(',') {
                factors.push((Some(input(name)), vec![format!("product {products}")]));
            }
        } else if factor != "1" {
            let (name, letters) = factor.split_once('^').unwrap_or_else(|| panic!("{factor} in {formula}"));
            let tensor = (name != "delta").then(|| input(name));
            factors.push((tensor, letters.chars().map(String::from).collect()));
        }
    }
    let mut names: Vec<&String> = factors.iter().flat_map(|(_, names)| names).collect();
    names.sort();
    names.dedup();
    let open_names: Vec<String> = ["p", "q", "r", "s"].map(String::from)[..open].to_vec();
    let mut value = Tensor::zeros(vec![size; open]);
    for index in indices(&vec![size; names.len()]) {
        let mut product = Fp::ONE;
        let mut seen: Vec<&String> = Vec::new();
        for (tensor, slots) in &factors {
            let mut at = Vec::new();
            for slot in slots {
                let here = names.iter().position(|name| *name == slot).expect("listed");
                if seen.contains(&slot) {
                    let (partner, sign) = form(index[here]);
                    product *= Fp::from_i64(sign.into());
                    at.push(partner);
                } else {
                    at.push(index[here]);
                    seen.push(slot);
                }
            }
            product *= match tensor {
                Some(input) => inputs[*input].at(&at),
                // F is a signed permutation, its inverse the transpose.
                None if form(at[1]).0 == at[0] => Fp::from_i64(form(at[1]).1.into()),
                None => Fp::ZERO,
            };
        }
        let place: Vec<usize> = open_names
            .iter()
            .map(|open| index[names.iter().position(|name| *name == open).expect("an open index")])
            .collect();
        let offset = value.offset(&place);
        value.data[offset] += product;
    }
    value
}

#[test]
fn a_repeated_index_is_the_first_occurrence_transposed_times_the_form_times_the_second() {
    let mut turned = 0;
    for (text, degree, open) in [
        ("Sp(2): A: T^2(R^2), a: R^2 -> T^2(R^2)", 3, 2),
        ("Sp(2): A: T^2(R^2), B: Alt^2(R^2), a: R^2, b: R^2 -> R", 3, 0),
        ("Sp(4): a: R^4, b: R^4, A: T^2(R^4) -> R^4", 3, 1),
        ("Sp(2): A: T^3(R^2), a: R^2 -> R^2", 2, 1),
        ("O(1,1): A: T^2(R^2), a: R^2 -> T^2(R^2)", 3, 2),
    ] {
        let signature = signature(text);
        let sizes = Sizes::sample(&signature, &[]);
        let mut random = Random::seeded(11);
        let inputs: Vec<Tensor> = signature
            .inputs
            .iter()
            .map(|input| Tensor::random(&signature, &input.space.layout(), &sizes, &mut random))
            .collect();
        let basis = Basis::new(&signature, &Options::up_to(degree)).unwrap_or_else(|error| panic!("{error}"));
        let evaluator = Evaluator::new(&signature, &sizes);
        for (element, formula) in basis.elements.iter().zip(basis.formulas(Style::Text)) {
            if ["tr(", ")^", ">^", "|"].iter().any(|other| formula.contains(other)) {
                continue;
            }
            let expected = evaluator.evaluate(&element.diagram, &inputs, None).expect("no budget");
            let found = read(&formula, open, &signature, &sizes, &inputs);
            assert_eq!(found, expected, "{text}: {formula}");
            turned += 1;
        }
    }
    assert!(turned > 80, "{turned} formulas");
}
