//! Loop nests run over the prime field give what their programs give, for every function of maps of every kind.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use eqt_codegen::CompiledMap;
use eqt_codegen::interface::{Code, Interface, Role};
use eqt_codegen::lower::{
    Arguments, Arrangement, Bound, Constant, Multiply, Nest, Node, Place, Way, Written, lower, verify,
};
use eqt_ir::basis::{Basis, Options};
use eqt_ir::exact::tensor::harmonic_factors;
use eqt_ir::exact::{Random, Tensor};
use eqt_ir::map::{GeneratorForm, Map};
use eqt_ir::optimise::{Objective, Wanted, compile_one};
use eqt_ir::program::{self, Program};
use eqt_ir::signature::{Sizes, parse_signature};
use eqt_runtime::{Fp, Scalar};

#[path = "../../eqt-ir/tests/random_signatures/draw.rs"]
mod draw;

/// Sizes at which nests are run: small, and different for different symbols.
fn sizes_of(map: &Map) -> Sizes {
    let symbols = [("d", 2), ("n", 3), ("m", 2), ("e", 4), ("l", 3)];
    let named: Vec<(String, usize)> =
        symbols.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
    Sizes::sample(&map.signature, &named)
}

/// The results of a nest against the roots of the program that it was made from.
fn compare(what: &str, map: &Map, code: &Code, program: &Program) {
    let sizes = sizes_of(map);
    let mut random = Random::seeded(17);
    let inputs: Vec<Tensor> = map
        .signature
        .inputs
        .iter()
        .map(|input| Tensor::random(&map.signature, &input.space.layout(), &sizes, &mut random))
        .collect();
    let coefficients: Vec<Tensor> = map
        .coefficients
        .iter()
        .map(|coefficient| {
            let shape = sizes.shape(&coefficient.axes);
            Tensor::of_random_entries(shape, &mut random)
        })
        .collect();
    let shape = sizes.shape(&map.signature.output.layout().slots);
    let cotangent = Some(Tensor::of_random_entries(shape, &mut random));
    let arguments = Arguments {
        inputs: inputs.clone(),
        coefficients: coefficients.clone(),
        cotangent: cotangent.clone(),
    };
    let expected = program.evaluate(&sizes, &program::Arguments { inputs, coefficients, cotangent });
    for nest in [&code.nest, &code.batch] {
        assert!(!nest.results.is_empty(), "{what}");
        for (slot, found) in nest.results.iter().zip(nest.evaluate(&sizes, &arguments)) {
            let root = program.roots.iter().position(|root| root.kind == slot.kind).unwrap();
            assert_eq!(found.data, expected[root].data, "{what}: {:?}\n{nest}", slot.kind);
        }
    }
}

/// The products with arrays in a nest, by what is done.
fn products(nest: &Nest) -> Vec<Option<Way>> {
    let of = |node: &Node| match node {
        Node::Multiply(Multiply::Apply { way, .. }) => Some(Some(*way)),
        Node::Multiply(Multiply::Outer { .. }) => Some(None),
        _ => None,
    };
    let mut found: Vec<Option<Way>> = nest.body.iter().filter_map(of).collect();
    found.sort_by_key(|way| format!("{way:?}"));
    found
}

/// Of the arrays that are read, and written, in the functions of some maps.
#[test]
fn arrays_over_two_labels_stay_in_rows_where_they_are_multiplied() {
    use Way::{Lower, OddLower, OddUpper, Sum, Transposed, Upper};
    let of = |text: &str, degree: usize, generators: bool, role: Role| {
        let signature = parse_signature(text).unwrap();
        let sizes = Sizes::sample(&signature, &[]);
        let compiled = match generators {
            true => CompiledMap::of_generators(
                GeneratorForm::new(&signature, None, Options::LIMIT).unwrap(),
                &sizes,
            ),
            false => CompiledMap::of_basis(&Basis::new(&signature, &Options::up_to(degree)).unwrap(), &sizes),
        };
        let code = Interface::new(&compiled).function(role).unwrap().code.clone().unwrap();
        assert_eq!(products(&code.nest), [], "{text}: {}", code.nest);
        assert_eq!(verify(&code.batch), Ok(()));
        products(&code.batch)
    };
    // P of sum_ij P_ij a_i a_j^T, symmetrised, and Q of sum_ij Q_ij <a_i, a_j>: both are symmetric.
    let pairs = "O(d): a: (R^d)^n -> S^d";
    assert_eq!(of(pairs, 2, false, Role::Value), [Some(Lower), Some(Upper)]);
    assert_eq!(of(pairs, 2, false, Role::ParameterGradient), [None, None]);
    assert_eq!(of(pairs, 2, false, Role::Gradient), [None, None, Some(Sum), Some(Sum)]);
    // sum_ij P_ij (a_i b_j^T - b_j a_i^T), of any P; and of an antisymmetric one.
    assert_eq!(of("O(d): a: (R^d)^n, b: (R^d)^n -> R", 2, false, Role::Value).len(), 3);
    assert_eq!(of("O(d): a: (R^d)^n -> Alt^2(R^d)", 2, false, Role::Value), [Some(OddUpper)]);
    assert_eq!(
        of("O(d): a: (R^d)^n -> Alt^2(R^d)", 2, false, Role::Gradient),
        [None, Some(OddLower), Some(OddUpper)]
    );
    // Layers: from labels to labels.
    assert_eq!(of("O(d): a: (R^d)^n -> (R^d)^n", 1, false, Role::Value), [Some(Transposed)]);
    assert_eq!(of("O(d): a: (R^d)^n -> (R^d)^m", 1, false, Role::ParameterGradient), [None]);
    // The invariants <a_i, a_j>, and what they are coefficients of.
    let generated = "O(d) * S(n): a: (R^d)^n -> S^d";
    assert_eq!(of(generated, 0, true, Role::Value), [Some(Upper)]);
    assert_eq!(of(generated, 0, true, Role::Invariants), [None]);
    assert_eq!(of(generated, 0, true, Role::InvariantsGradient), [Some(Sum)]);
    // Products that others read, sums through a form that is no identity.
    assert_eq!(of("O(d): a: (R^d)^n -> R", 4, false, Role::ParameterGradient), []);
    assert_eq!(of("Sp(4): a: (R^4)^n -> R", 2, false, Role::ParameterGradient), []);
}

fn check(what: &str, compiled: &CompiledMap) {
    let interface = Interface::new(compiled);
    let main = &compiled.main;
    for function in &interface.functions {
        let Some(code) = &function.code else { continue };
        let (programs, wanted) = match function.role {
            Role::Value => (main, Wanted::Combination),
            Role::Members => {
                (main, if compiled.map().has_arrays() { Wanted::Terms } else { Wanted::Members })
            }
            Role::Gradient => (main, Wanted::Gradient),
            Role::ParameterGradient => (main, Wanted::CoefficientGradient),
            Role::Invariants => (compiled.invariants.as_ref().unwrap(), Wanted::Arrays),
            Role::InvariantsGradient => (compiled.invariants.as_ref().unwrap(), Wanted::UnitGradient),
            Role::MemberGradient => continue,
        };
        let program = programs.get(&wanted).unwrap();
        compare(&format!("{what}, {:?}", function.role), &programs.map, code, program);
    }
}

#[test]
fn nests_of_declared_maps_compute_what_their_programs_compute() {
    for (text, degree) in [
        ("O(d) * S(n): a: (R^d)^n -> S^d", 4),
        ("O(d) * S(n): a: (R^d)^n -> R", 4),
        ("O(d): a: (R^d)^n -> S^d", 3),
        ("O(d): a: (R^d)^n -> (R^d)^n", 2),
        ("O(d): a: (R^d)^n -> Alt^2(R^d)", 2),
        ("O(3): P: S^3, Q: S^3 -> S^3", 3),
        ("O(3): A: T^2(R^3) -> T^2(R^3)", 2),
        ("Sp(4): a: R^4, b: R^4 -> R^4", 3),
        ("Sp(4): A: Alt^2(R^4), P: S^4, a: R^4 -> Alt^2(R^4)", 2),
        ("Sp(2): T: T^2(R^2) -> T^2(R^2)", 3),
        ("SO(3): a: R^3, P: S^3 -> S^3", 3),
        ("SO(5): a: R^5, F: Alt^2(R^5) -> Alt^2(R^5)", 2),
        ("O(1,2): a: R^3, F: Alt^2(R^3) -> R^3", 3),
        ("SO(1,2): a: R^3, b: R^3 -> R^3", 3),
        ("SO(2,3): a: R^5, F: Alt^2(R^5) -> R^5", 2),
        ("O(3): E: Sym0^2(R^3) -> Sym0^2(R^3)", 3),
        ("O(1,3): a: R^4 -> Sym0^3(R^4)", 3),
        ("O(3): a: pseudo R^3, b: R^3 -> R^3", 3),
        ("O(3) * Sp(2): X: R^3 (x) R^2 -> S^3", 2),
        ("S(n): x: (R)^n -> (R)^n", 3),
        ("S(4): A: T^2(R^4) -> T^2(R^4)", 1),
        ("O(3): -> T^4(R^3)", 0),
        ("O(2) * S(n): a: ((R^2)^n)^m -> R", 2),
        ("O(d) * S(n): a: (R^d)^n -> (S^d)^n", 4),
        ("O(d): a: (R^d)^n -> (S^d)^n", 3),
        ("O(3) * S(n): a: (R^3)^n -> Sym^3(R^3)", 3),
        ("O(3): a: R^3 -> Sym^4(R^3)", 4),
        ("O(1,2): F: Alt^2(R^3), P: S^3 -> Alt^2(R^3)", 3),
        ("Sp(4): P: S^4 -> S^4", 3),
        ("O(3): F: Alt^2(R^3) -> T^4(R^3)", 2),
    ] {
        let signature = parse_signature(text).unwrap();
        let basis = Basis::new(&signature, &Options::up_to(degree)).unwrap();
        check(text, &CompiledMap::of_basis(&basis, &Sizes::sample(&signature, &[])));
    }
}

/// Of random signatures of every group and space too, by the programs that keep digits and by the cheapest.
#[test]
fn nests_of_random_signatures_compute_what_their_programs_compute() {
    let (mut compared, mut folded, mut multiplied) = (0, 0, 0);
    let narrow = (0..400).map(|seed| (seed, draw::case(seed)));
    let wide = (0..100).map(|seed| (seed, draw::wide_case(seed, 12)));
    for (seed, draw::Case { text, options }) in narrow.chain(wide) {
        let signature = parse_signature(&text).unwrap();
        let Ok(basis) = Basis::new(&signature, &options) else { continue };
        if basis.elements.is_empty() || basis.elements.len() > 12 {
            continue;
        }
        let sizes = Sizes::sample(&signature, &[]);
        for objective in [Objective::from(&sizes), Objective::fast(&sizes)] {
            let compiled = CompiledMap::of_basis(&basis, objective);
            check(&format!("seed {seed}: {text}"), &compiled);
            let interface = Interface::new(&compiled);
            let nests = || interface.functions.iter().filter_map(|function| function.code.as_ref());
            multiplied += nests().map(|code| products(&code.batch).len()).sum::<usize>();
            folded +=
                nests().flat_map(|code| &code.nest.results).filter(|slot| slot.folded.is_some()).count();
        }
        compared += 1;
    }
    let counts = format!("{compared} bases, {folded} folded results, {multiplied} products");
    assert!(compared > 150 && folded > 10 && multiplied > 30, "{counts}");
}

#[test]
fn nests_of_generator_forms_compute_what_their_programs_compute() {
    for (text, degree) in [
        ("O(3): A: S^3, B: S^3 -> S^3", None),
        ("SO(3): a: R^3, b: R^3, c: R^3 -> R", None),
        ("O(d) * S(n): a: (R^d)^n -> S^d", None),
        ("O(d) * S(n): a: (R^d)^n -> (R^d)^n", None),
        ("Sp(4): a: R^4, b: R^4 -> S^4", None),
        ("O(3) * S(n): A: (S^3)^n -> R", Some(2)),
    ] {
        let signature = parse_signature(text).unwrap();
        let form = GeneratorForm::new(&signature, degree, Options::LIMIT).unwrap();
        check(text, &CompiledMap::of_generators(form, &Sizes::sample(&signature, &[])));
    }
}

/// How many of the loops of a nest start from another, of those around entries that are written once and of those that copy
/// mirror images.
fn halves(nest: &Nest) -> (usize, usize) {
    fn count(nodes: &[Node], half: bool, found: &mut (usize, usize)) {
        for node in nodes {
            match node {
                Node::Loop { from, body, .. } => {
                    count(body, half || matches!(from, Bound::Variable(_)), found)
                }
                Node::Store { target, terms, .. } if half => {
                    let is_copy = terms
                        .iter()
                        .any(|term| term.entries.iter().any(|entry| entry.buffer == target.buffer));
                    *(if is_copy { &mut found.1 } else { &mut found.0 }) += 1;
                }
                Node::Reduce { .. } if half => found.0 += 1,
                Node::Permutations { body, .. } => count(body, half, found),
                Node::Declare(_)
                | Node::Store { .. }
                | Node::Reduce { .. }
                | Node::Accumulate(_)
                | Node::Multiply(_) => {}
            }
        }
    }
    let mut found = (0, 0);
    count(&nest.body, false, &mut found);
    found
}

#[test]
fn what_is_symmetric_is_computed_by_half() {
    // The degree, and the statements that compute half of a tensor, with the copies of the other half.
    for (text, degree, expected) in [
        // sum_i a_i a_i^T, and sum_ij a_i a_j^T = s s^T.
        ("O(d) * S(n): a: (R^d)^n -> S^d", 2, (2, 2)),
        // P^2, as a factor in P^2 Q + Q P^2 and by itself; P^2 is symmetric as P is.
        ("O(d): P: S^d -> S^d", 2, (1, 1)),
        // F F, of an antisymmetric F.
        ("O(d): F: Alt^2(R^d) -> S^d", 2, (1, 1)),
        // F F; the map is F times a sum of it and the unit, which is not multiplied out.
        ("O(d): F: Alt^2(R^d) -> Alt^2(R^d)", 3, (1, 1)),
        // The mean over all orders of a tensor: five copies of every entry. And a a^T.
        ("O(d): a: R^d -> Sym^3(R^d)", 3, (3, 7)),
        // Neither a b^T nor a (s a + t b)^T is symmetric.
        ("O(d): a: R^d, b: R^d -> T^2(R^d)", 2, (0, 0)),
        // Sums through omega know left from right.
        ("Sp(4): a: R^4, b: R^4 -> R", 2, (0, 0)),
    ] {
        let signature = parse_signature(text).unwrap();
        let basis =
            Basis::new(&signature, &Options { degrees: degree..=degree, ..Options::up_to(degree) }).unwrap();
        let compiled = CompiledMap::of_basis(&basis, &Sizes::sample(&signature, &[]));
        let interface = Interface::new(&compiled);
        let nest = interface.function(Role::Value).unwrap().code.clone().unwrap().nest;
        assert_eq!(halves(&nest), expected, "{text}\n{nest}");
    }
}

/// A nest with gradients that are summed, to be spoiled.
fn lawful() -> Nest {
    let signature = parse_signature("O(d): a: (R^d)^n -> S^d").unwrap();
    let basis = Basis::new(&signature, &Options::up_to(2)).unwrap();
    let compiled = CompiledMap::of_basis(&basis, &Sizes::sample(&signature, &[]));
    let interface = Interface::new(&compiled);
    interface.function(Role::Gradient).unwrap().code.clone().unwrap().nest
}

/// Visits all nodes.
fn walk(nodes: &mut Vec<Node>, visit: &mut dyn FnMut(&mut Node)) {
    for node in nodes {
        visit(node);
        if let Node::Loop { body, .. } | Node::Permutations { body, .. } | Node::Reduce { body, .. } = node {
            walk(body, visit);
        }
    }
}

#[test]
fn every_law_of_nests_is_checked() {
    assert_eq!(verify(&lawful()), Ok(()));
    type Spoil = fn(&mut Nest);
    let spoils: [(&str, Spoil); 8] = [
        ("starts from", |nest| {
            walk(&mut nest.body, &mut |node| {
                if let Node::Loop { from, .. } = node {
                    *from = Bound::Variable(eqt_codegen::lower::VariableId(1000));
                }
            })
        }),
        ("is not declared here", |nest| {
            nest.body.retain(|node| !matches!(node, Node::Declare(_)));
            walk(&mut nest.body, &mut |node| {
                if let Node::Loop { body, .. } = node {
                    body.retain(|node| !matches!(node, Node::Declare(_)));
                }
            });
        }),
        ("is set", |nest| {
            walk(&mut nest.body, &mut |node| {
                if let Node::Store { add, .. } | Node::Reduce { add, .. } = node {
                    *add = false;
                }
            })
        }),
        ("outside of a sum", |nest| nest.body.push(Node::Accumulate(Vec::new()))),
        ("not bound here", |nest| {
            let inner = nest.body.iter().find_map(|node| match node {
                Node::Loop { body, .. } => {
                    body.iter().find(|node| matches!(node, Node::Store { .. } | Node::Loop { .. }))
                }
                _ => None,
            });
            let inner = inner.cloned().unwrap();
            nest.body.push(inner);
        }),
        ("an index per axis", |nest| {
            walk(&mut nest.body, &mut |node| {
                if let Node::Store { target, .. } | Node::Reduce { target, .. } = node {
                    target.indices.push(eqt_codegen::lower::Index::Constant(0));
                }
            })
        }),
        ("no buffer", |nest| {
            walk(&mut nest.body, &mut |node| {
                if let Node::Store { target, .. } | Node::Reduce { target, .. } = node {
                    target.buffer.0 = 1000;
                }
            })
        }),
        ("bound twice", |nest| {
            let again = nest.body.iter().find(|node| matches!(node, Node::Loop { .. })).cloned().unwrap();
            if let Some(Node::Loop { body, .. }) =
                nest.body.iter_mut().find(|node| matches!(node, Node::Loop { .. }))
            {
                body.push(again);
            }
        }),
    ];
    for (broken, spoil) in spoils {
        let mut nest = lawful();
        spoil(&mut nest);
        let found = verify(&nest).unwrap_err().to_string();
        assert!(found.contains(broken), "{found:?} instead of {broken:?}");
    }
    assert!(lawful().results.iter().any(|slot| slot.written == Written::Added));
}

/// The same in a nest with products, which are its first statements but for loops and declarations.
#[test]
fn every_law_of_products_is_checked() {
    let lawful = || {
        let signature = parse_signature("O(d): a: (R^d)^n -> S^d").unwrap();
        let basis = Basis::new(&signature, &Options::exactly(2)).unwrap();
        let compiled = CompiledMap::of_basis(&basis, &Sizes::sample(&signature, &[]));
        Interface::new(&compiled).function(Role::Gradient).unwrap().code.clone().unwrap().batch
    };
    fn each(nest: &mut Nest, visit: fn(&mut Multiply)) {
        walk(&mut nest.body, &mut |node| {
            if let Node::Multiply(multiply) = node {
                visit(multiply);
            }
        });
    }
    type Spoil = fn(&mut Nest);
    let spoils: [(&str, Spoil); 8] = [
        ("there is no buffer", |nest| {
            each(nest, |multiply| {
                if let Multiply::Apply { operand, .. } = multiply {
                    operand.0 = 1000;
                }
            })
        }),
        ("is in lanes", |nest| {
            nest.buffers.iter_mut().for_each(|buffer| buffer.arrangement = Arrangement::Lanes);
        }),
        ("is no array over two labels", |nest| {
            nest.buffers.iter_mut().for_each(|buffer| buffer.arrangement = Arrangement::Rows);
        }),
        ("is read where it is written", |nest| {
            let result = nest.buffers.iter().position(|buffer| {
                buffer.arrangement == Arrangement::Rows && matches!(buffer.place, Place::Result(_))
            });
            let result = eqt_codegen::lower::BufferId(result.unwrap());
            walk(&mut nest.body, &mut |node| {
                if let Node::Multiply(Multiply::Apply { matrix, .. }) = node {
                    *matrix = result;
                }
            });
        }),
        ("does not begin with a label", |nest| {
            let cotangent = nest.buffers.iter().position(|buffer| buffer.place == Place::Cotangent);
            let cotangent = eqt_codegen::lower::BufferId(cotangent.unwrap());
            walk(&mut nest.body, &mut |node| {
                if let Node::Multiply(Multiply::Outer { left, .. }) = node {
                    *left = cotangent;
                }
            });
        }),
        ("is no vector of another per label", |nest| {
            each(nest, |multiply| {
                if let Multiply::Apply { matrix, operand, .. } = multiply {
                    *operand = *matrix;
                }
            })
        }),
        ("is not declared here", |nest| nest.body.retain(|node| !matches!(node, Node::Declare(_)))),
        ("cannot be set here", |nest| {
            each(nest, |multiply| {
                if let Multiply::Apply { operand, target, .. } = multiply {
                    *target = *operand;
                }
            })
        }),
    ];
    assert_eq!(verify(&lawful()), Ok(()));
    for (broken, spoil) in spoils {
        let mut nest = lawful();
        spoil(&mut nest);
        let found = verify(&nest).unwrap_err().to_string();
        assert!(found.contains(broken), "{found:?} instead of {broken:?}\n{}", lawful());
    }
}

/// The coefficients of the traces of a harmonic projection, however many constants each is made of.
#[test]
fn coefficients_of_traces_are_those_of_the_projection_at_every_rank() {
    for rank in [2, 5, 17, 18, 32] {
        let signature = parse_signature(&format!("O(2): a: R^2 -> Sym0^{rank}(R^2)")).unwrap();
        let map = Map::of_basis(&Basis::new(&signature, &Options::exactly(rank)).unwrap());
        let program = compile_one(&map, &Wanted::Members, &Sizes(vec![2]));
        let mut nest = lower(&program, &map, &|_| Some(Written::Assigned));
        let mut found = BTreeSet::new();
        walk(&mut nest.body, &mut |node| {
            let (Node::Store { terms, .. } | Node::Accumulate(terms)) = node else { return };
            for term in terms {
                let harmonic = term.constants.iter().filter_map(|constant| match constant {
                    Constant::Harmonic { numerator, denominator, shifts, .. } => {
                        let shifted = shifts.iter().map(|shift| Fp::new((2 + shift).max(1)));
                        Some(Fp::new(*numerator) / shifted.fold(Fp::new(*denominator), |a, b| a * b))
                    }
                    Constant::Ratio(_) => None,
                });
                let harmonic: Vec<Fp> = harmonic.collect();
                if !harmonic.is_empty() {
                    found.insert(harmonic.into_iter().fold(Fp::ONE, |a, b| a * b).value());
                }
            }
        });
        let factors = harmonic_factors(rank, 2).scan(Fp::ONE, |product, factor| {
            *product *= -factor.to_field();
            Some(product.value())
        });
        assert_eq!(found, factors.collect(), "rank {rank}");
    }
}
