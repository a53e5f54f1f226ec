use eqt_runtime::{Fp, Scalar};

use super::{Programs, Wanted, compile};
use crate::basis::{Error, Options, generators};
use crate::certify;
use crate::diagram::{Diagram, Evaluator};
use crate::exact::Random;
use crate::exact::tensor::Tensor;
use crate::map::{GeneratorForm, Member};
use crate::program::{Arguments, Program, RootKind, verify};
use crate::signature::{AxisId, Sizes, parse_signature};

/// A generator form with its programs.
struct Compiled {
    form: GeneratorForm,
    assembly: Programs,
    invariants: Programs,
}

impl Compiled {
    fn values(&self) -> &Program {
        self.invariants.get(&Wanted::Arrays).expect("compiled")
    }

    fn gradient(&self) -> &Program {
        self.invariants.get(&Wanted::UnitGradient).expect("compiled")
    }

    fn combination(&self) -> &Program {
        self.assembly.get(&Wanted::Combination).expect("compiled")
    }
}

fn compiled(text: &str, degree: Option<usize>, sizes: &[(&str, usize)]) -> (Compiled, Sizes) {
    let signature = parse_signature(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let named: Vec<(String, usize)> = sizes.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
    let sizes = Sizes::sample(&signature, &named);
    let form = GeneratorForm::new(&signature, degree, Options::LIMIT);
    let form = form.unwrap_or_else(|error| panic!("{text}: {error}"));
    let assembly = compile(&form.assembly, &Wanted::ALL_OF_GIVEN, &sizes);
    let invariants = compile(&form.invariants, &[Wanted::Arrays, Wanted::UnitGradient], &sizes);
    (Compiled { form, assembly, invariants }, sizes)
}

fn random_coefficients(axes: &[Vec<AxisId>], sizes: &Sizes, random: &mut Random) -> Vec<Tensor> {
    let shape = |axes: &Vec<AxisId>| sizes.shape(axes);
    let array = |shape: Vec<usize>, random: &mut Random| Tensor {
        data: random.fields(shape.iter().product()),
        shape,
    };
    axes.iter().map(|axes| array(shape(axes), random)).collect()
}

fn inner(x: &Tensor, y: &Tensor) -> Fp {
    x.data.iter().zip(&y.data).fold(Fp::ZERO, |sum, (&x, &y)| sum + x * y)
}

/// `sum_g <c_g, I_g>` by the raw diagrams.
fn paired(form: &GeneratorForm, sizes: &Sizes, inputs: &[Tensor], cotangent: &[Tensor]) -> Fp {
    let map = &form.invariants;
    let evaluator = Evaluator::new(&map.signature, sizes);
    let term = |(member, c): (&Member, &Tensor)| {
        let diagram = Diagram { graph: member.terms[0].graph.clone() };
        if c.shape.is_empty() {
            evaluator.evaluate(&diagram, inputs, None).expect("no budget").data[0] * c.data[0]
        } else {
            evaluator.evaluate(&diagram, inputs, Some(c)).expect("no budget").data[0]
        }
    };
    map.members.iter().zip(cotangent).map(term).fold(Fp::ZERO, |sum, term| sum + term)
}

/// Invariants and their gradient against the raw diagrams; the assembly by its certificates.
fn check(text: &str, degree: Option<usize>, named: &[(&str, usize)]) {
    let (compiled, sizes) = compiled(text, degree, named);
    let form = &compiled.form;
    let signature = &form.generators.signature;
    let mut random = Random::seeded(11);
    let layouts: Vec<_> = signature.inputs.iter().map(|input| input.space.layout()).collect();
    let mut draw = || -> Vec<Tensor> {
        layouts.iter().map(|layout| Tensor::random(signature, layout, &sizes, &mut random)).collect()
    };
    let (inputs, direction) = (draw(), draw());
    let cotangent = random_coefficients(&compiled.values().coefficients, &sizes, &mut random);
    let arguments = Arguments { inputs: inputs.clone(), coefficients: cotangent.clone(), cotangent: None };

    let values = compiled.values().evaluate(&sizes, &arguments);
    assert_eq!(values.len(), form.generators.invariants.len());
    let sum = values.iter().zip(&cotangent).map(|(value, c)| inner(value, c)).sum::<Fp>();
    assert_eq!(sum, paired(form, &sizes, &inputs, &cotangent), "invariants of {text}");

    // The linear term along a line, from enough points on it.
    let gradient = compiled.gradient().evaluate(&sizes, &arguments);
    let slope = gradient.iter().zip(&direction).map(|(g, da)| inner(g, da)).sum::<Fp>();
    let highest = form.generators.invariants.iter().map(|element| element.degree).max().unwrap_or(0);
    let on_line: Vec<Fp> = (0..=highest as u64)
        .map(|t| {
            let mut moved = inputs.clone();
            moved.iter_mut().zip(&direction).for_each(|(x, dx)| x.add_scaled(Fp::new(t), dx));
            paired(form, &sizes, &moved, &cotangent)
        })
        .collect();
    assert_eq!(slope, linear_term(&on_line), "gradient of the invariants of {text}");
    let roots: Vec<RootKind> = compiled.gradient().roots.iter().map(|root| root.kind).collect();
    let expected: Vec<RootKind> = (0..signature.inputs.len()).map(RootKind::InputGradient).collect();
    assert_eq!(roots, expected);

    for program in [compiled.values(), compiled.gradient()] {
        assert_eq!(verify(program), Ok(()), "{text}\n{program}");
    }
    let certificates = [&compiled.assembly, &compiled.invariants].map(certify::programs);
    for certificate in certificates.into_iter().flatten() {
        assert!(certificate.holds(), "{text}: {certificate}");
    }
}

/// The coefficient of t in the polynomial with these values at 0, 1, 2, ..
fn linear_term(values: &[Fp]) -> Fp {
    // Newton: p(t) = sum_k D^k p(0) t (t - 1) .. (t - k + 1) / k!, with linear term D^k (-1)^(k-1) / k.
    let mut differences = values.to_vec();
    let mut slope = Fp::ZERO;
    for k in 1..values.len() {
        for at in (k..values.len()).rev() {
            differences[at] = differences[at] - differences[at - 1];
        }
        slope += differences[k] * Fp::from_ratio(if k % 2 == 1 { 1 } else { -1 }, k as u64);
    }
    slope
}

#[test]
fn invariants_and_assembly_are_those_of_the_raw_diagrams() {
    check("O(3): A: S^3, B: S^3 -> S^3", None, &[]);
    check("SO(3): a: R^3, b: R^3, c: R^3 -> R", None, &[]);
    check("SO(3): a: R^3, b: R^3 -> R^3", None, &[]);
    check("O(1,3): a: R^4, b: R^4 -> T^2(R^4)", None, &[]);
    check("Sp(4): a: R^4, b: R^4, c: R^4 -> S^4", None, &[]);
    check("O(d): t: R, a: R^d -> R^d", None, &[("d", 3)]);
    check("O(4): A: S^4 -> S^4", Some(4), &[]);
}

#[test]
fn invariants_over_free_labels_are_arrays() {
    let line = [("d", 3), ("n", 4), ("m", 2)];
    check("O(d): a: (R^d)^n -> S^d", None, &line);
    check("O(d) * S(n): a: (R^d)^n -> S^d", None, &line);
    check("O(d) * S(n): a: (R^d)^n -> (R^d)^n", None, &line);
    check("SO(3): a: (R^3)^n -> R^3", None, &line);
    check("O(d) * S(n): a: (R^d)^n, b: (R^d)^m -> T^2(R^d)", None, &line);
    check("O(3) * S(n): A: (S^3)^n -> S^3", Some(3), &line);
    check("Sp(d) * S(n): a: (R^d)^n -> R^d", None, &[("d", 4), ("n", 3)]);
    let (compiled, sizes) = compiled("O(d) * S(n): a: (R^d)^n -> S^d", None, &line);
    let n = compiled.form.declared.axis_ids().nth(1).expect("two axes");
    assert_eq!(compiled.values().coefficients, [vec![n, n]]);
    assert_eq!(compiled.combination().coefficients, [vec![], vec![n, n]]);
    assert_eq!(sizes.of(n), 4);
}

#[test]
fn the_certificate_of_invariants_sees_both_a_wrong_value_and_a_wrong_gradient() {
    let (compiled, sizes) = compiled("O(d) * S(n): a: (R^d)^n -> S^d", None, &[("d", 3), ("n", 4)]);
    for wanted in [Wanted::Arrays, Wanted::UnitGradient] {
        let mut programs = compile(&compiled.form.invariants, &[wanted], &sizes);
        let holds = |programs: &Programs| certify::programs(programs).iter().all(certify::Certificate::holds);
        assert!(holds(&programs));
        let doubled = crate::exact::Ratio::new(2, 1);
        programs.map = programs.map.with(|content| content.members[0].terms[0].scale = doubled);
        assert!(!holds(&programs), "programs of another map");
    }
}

#[test]
fn labels_are_freed_beside_a_linear_group_only() {
    let parse = |text: &str| parse_signature(text).expect("parses");
    let free = |text: &str| crate::basis::with_shared_labels_free(&parse(text)).to_string();
    assert_eq!(free("O(d) * S(n): a: (R^d)^n -> S^d"), parse("O(d): a: (R^d)^n -> S^d").to_string());
    assert_eq!(free("S(4): x: R^4 -> R^4"), "S(4): x: R^4 -> R^4");
}

#[test]
fn coefficients_that_are_shared_across_labels_make_the_map_equivariant() {
    let (compiled, sizes) = compiled("O(d) * S(n): a: (R^d)^n -> S^d", None, &[("d", 3), ("n", 4)]);
    let mut random = Random::seeded(5);
    let layout = compiled.form.declared.inputs[0].space.layout();
    let a = Tensor::random(&compiled.form.declared, &layout, &sizes, &mut random);
    let order = [2, 0, 3, 1];
    let mut relabelled = a.clone();
    for (i, &j) in order.iter().enumerate() {
        relabelled.data[3 * i..3 * i + 3].copy_from_slice(&a.data[3 * j..3 * j + 3]);
    }
    let h = |a: &Tensor| {
        let of =
            |coefficients: Vec<Tensor>| Arguments { inputs: vec![a.clone()], coefficients, cotangent: None };
        let invariants = compiled.values().evaluate(&sizes, &of(Vec::new()));
        let gram = &invariants[0];
        let trace = (0..4).map(|i| gram.data[5 * i]).sum::<Fp>();
        // q_ij = (G_ii + G_jj + tr G)^2 G_ij, q_0 = tr G.
        let entry = |k: usize| {
            let sum = gram.data[5 * (k / 4)] + gram.data[5 * (k % 4)] + trace;
            sum * sum * gram.data[k]
        };
        let q = Tensor { shape: vec![4, 4], data: (0..16).map(entry).collect() };
        compiled.combination().evaluate(&sizes, &of(vec![Tensor::scalar(trace), q]))
    };
    assert_eq!(h(&a), h(&relabelled));
}

#[test]
fn the_classical_numbers_come_out() {
    let numbers = |text: &str| {
        let found = generators(&parse_signature(text).expect("parses"), None, Options::LIMIT).expect("found");
        (found.invariants.len(), found.covariants.len())
    };
    assert_eq!(numbers("O(3): A: S^3 -> S^3"), (3, 3));
    assert_eq!(numbers("O(3): A: S^3, B: S^3 -> S^3"), (10, 9));
    assert_eq!(numbers("SO(3): a: R^3, b: R^3, c: R^3 -> R"), (7, 1));
}

#[test]
fn a_map_that_can_only_be_zero_has_no_generator_form() {
    let signature = parse_signature("O(3): A: S^3 -> R^3").expect("parses");
    let error = GeneratorForm::new(&signature, Some(3), Options::LIMIT).map(|_| ());
    assert!(matches!(error, Err(Error::Unreachable { .. })), "{error:?}");
}
