use eqt_runtime::{Fp, Scalar};
use syn::ItemFn;

use super::*;
use crate::certify;
use crate::exact::{Matrix, Random};
use crate::optimise::{Programs, Wanted, compile};
use crate::program::{Arguments, Program, RootKind};
use crate::signature::rust_types::Head;
use crate::signature::{Layout, Sizes};

fn read(group: &str, function: &str) -> (RustSignature, Block) {
    let Ok(Head::Group(group)) = syn::parse_str::<Head>(group) else { panic!("`{group}` is not a group") };
    let function: ItemFn = syn::parse_str(function).unwrap_or_else(|error| panic!("{function}: {error}"));
    let generics: Vec<Ident> =
        function.sig.generics.const_params().map(|generic| generic.ident.clone()).collect();
    let rust = group.function(&generics, &function.sig).unwrap_or_else(|error| panic!("{error}"));
    (rust, *function.block)
}

fn definition(group: &str, function: &str) -> Result<Definition> {
    let (rust, body) = read(group, function);
    define(&rust, &body, &[])
}

fn message(group: &str, function: &str) -> String {
    match definition(group, function) {
        Ok(_) => panic!("`{function:.100}` is accepted"),
        Err(error) => error.into_iter().map(|error| error.to_string()).collect::<Vec<_>>().join(" | "),
    }
}

fn programs(definition: &Definition, sizes: &Sizes) -> Programs {
    let map = Map::of_definition(definition).expect("small constants");
    let mut wanted = vec![Wanted::Terms, Wanted::Combination, Wanted::Gradient];
    if !map.parameters().is_empty() {
        wanted.push(Wanted::InputGradient(map.parameters()));
    }
    compile(&map, &wanted, sizes)
}

/// A map with random inputs.
struct Case {
    definition: Definition,
    programs: Programs,
    sizes: Sizes,
    inputs: Vec<Tensor>,
    random: Random,
}

impl Case {
    fn new(group: &str, function: &str, sizes: &[(&str, usize)]) -> Case {
        let definition = definition(group, function).unwrap_or_else(|error| panic!("{function}: {error}"));
        Case::of(definition, sizes)
    }

    fn of(definition: Definition, sizes: &[(&str, usize)]) -> Case {
        let named: Vec<(String, usize)> =
            sizes.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
        let sizes = Sizes::sample(&definition.signature, &named);
        let mut random = Random::seeded(definition.terms.len() as u64);
        let signature = &definition.signature;
        let inputs = signature.inputs[..definition.inputs()]
            .iter()
            .map(|input| Tensor::random(signature, &input.space.layout(), &sizes, &mut random))
            .collect();
        let programs = programs(&definition, &sizes);
        Case { definition, programs, sizes, inputs, random }
    }

    fn signature(&self) -> &Signature {
        &self.definition.signature
    }

    fn arguments(&self, inputs: &[Tensor], cotangent: Option<Tensor>) -> Arguments {
        let inputs = self.definition.extended(inputs);
        let value = |coefficient: &Coefficient| coefficient.factor.in_field(&self.sizes).expect("small");
        let coefficients = &self.programs.map.coefficients;
        let coefficients =
            coefficients.iter().map(|coefficient| Tensor::scalar(value(coefficient))).collect();
        Arguments { inputs, coefficients, cotangent }
    }

    fn program(&self, wanted: &Wanted) -> &Program {
        self.programs.get(wanted).expect("compiled")
    }

    fn value_at(&self, inputs: &[Tensor]) -> Tensor {
        self.program(&Wanted::Combination).evaluate(&self.sizes, &self.arguments(inputs, None)).remove(0)
    }

    fn value(&self) -> Tensor {
        self.value_at(&self.inputs)
    }

    /// Gradients against the derivative of the program along random lines, by interpolation.
    fn check_gradient(&mut self) {
        let definition = self.definition.clone();
        let degree = (0..definition.terms.len()).map(|term| definition.degree(term)).max().unwrap_or(0);
        let layout = definition.signature.output.layout();
        let cotangent = Tensor::random(&definition.signature, &layout, &self.sizes, &mut self.random);
        let arguments = self.arguments(&self.inputs, Some(cotangent.clone()));
        let gradient = self.program(&Wanted::Gradient).clone();
        let of_parameters = self.programs.get(&Wanted::InputGradient(self.programs.map.parameters()));
        let roots = gradient.evaluate(&self.sizes, &arguments);
        let parameters = of_parameters.map(|program| program.evaluate(&self.sizes, &arguments));
        let mut slopes = vec![Fp::ZERO; self.inputs.len()];
        let directions: Vec<Tensor> = definition.signature.inputs[..self.inputs.len()]
            .iter()
            .map(|input| {
                Tensor::random(&definition.signature, &input.space.layout(), &self.sizes, &mut self.random)
            })
            .collect();
        let extended = definition.extended(&directions);
        for (root, value) in gradient.roots.iter().zip(&roots) {
            match root.kind {
                RootKind::Combination => assert_eq!(*value, self.value()),
                RootKind::InputGradient(input) => {
                    let owner = match input.checked_sub(self.inputs.len()) {
                        Some(fixed) => definition.fixed[fixed].input,
                        None => input,
                    };
                    slopes[owner] += inner(value, &extended[input]);
                    let alone = of_parameters.zip(parameters.as_ref()).and_then(|(program, values)| {
                        let at = program.roots.iter().position(|other| other.kind == root.kind)?;
                        Some(&values[at])
                    });
                    assert_eq!(alone.is_some(), Definition::is_parameter(&definition.signature, owner));
                    assert!(alone.is_none_or(|alone| alone == value), "the parameters alone");
                }
                _ => panic!("no such root"),
            }
        }
        for (input, direction) in directions.iter().enumerate() {
            let expected = linear_coefficient(degree, |t| {
                let mut moved = self.inputs.clone();
                moved[input].add_scaled(t, direction);
                inner(&cotangent, &self.value_at(&moved))
            });
            assert_eq!(slopes[input], expected, "gradient of input {input}");
        }
    }

    fn transformed(&self, tensor: &Tensor, layout: &Layout, elements: &[Matrix]) -> Tensor {
        let mut tensor = tensor.clone();
        for (slot, axis) in layout.slots.iter().enumerate() {
            tensor = tensor.transform(slot, &elements[axis.index()]);
        }
        for axis in &layout.pseudo {
            let group = &self.signature().axis(*axis).group;
            let sign = group.rules().determinant_sign(&elements[axis.index()]);
            tensor.data.iter_mut().for_each(|entry| *entry *= sign);
        }
        tensor
    }

    /// `f(g x) = g f(x)`, exactly, for elements of every component of the group.
    fn check_equivariance(&mut self) {
        let signature = self.signature().clone();
        for round in 0..4 {
            let elements: Vec<Matrix> = signature
                .axis_ids()
                .map(|axis| {
                    let (group, size) = (&signature.axis(axis).group, self.sizes.of(axis));
                    let elements = group.rules().random_elements(size, &mut self.random);
                    elements[round % elements.len()].clone()
                })
                .collect();
            let moved: Vec<Tensor> = (self.inputs.iter().zip(&signature.inputs))
                .map(|(tensor, input)| self.transformed(tensor, &input.space.layout(), &elements))
                .collect();
            let expected = self.transformed(&self.value(), &signature.output.layout(), &elements);
            assert_eq!(self.value_at(&moved), expected, "{signature}");
        }
    }

    fn check(mut self, expected: impl Fn(&[Tensor], &[usize]) -> Fp) {
        let value = self.value();
        for (flat, index) in indices(&value.shape).enumerate() {
            assert_eq!(value.data[flat], expected(&self.inputs, &index), "{} at {index:?}", self.signature());
        }
        self.check_gradient();
        self.check_equivariance();
        for certificate in certify::programs(&self.programs) {
            assert!(certificate.holds() && !certificate.tried.contains("not tried"), "{certificate}");
        }
    }
}

fn inner(a: &Tensor, b: &Tensor) -> Fp {
    a.data.iter().zip(&b.data).fold(Fp::ZERO, |sum, (&x, &y)| sum + x * y)
}

fn sum(range: usize, f: impl Fn(usize) -> Fp) -> Fp {
    (0..range).fold(Fp::ZERO, |sum, k| sum + f(k))
}

fn ratio(numerator: i64, denominator: u64) -> Fp {
    Fp::from_ratio(numerator, denominator)
}

fn delta(p: usize, q: usize) -> Fp {
    if p == q { Fp::ONE } else { Fp::ZERO }
}

/// The coefficient of t of a polynomial of degree at most `degree`, by interpolation at 0, 1, .., degree.
fn linear_coefficient(degree: usize, f: impl Fn(Fp) -> Fp) -> Fp {
    let nodes: Vec<Fp> = (0..=degree).map(|t| Fp::from_i64(t as i64)).collect();
    let mut total = Fp::ZERO;
    for (i, &x) in nodes.iter().enumerate() {
        let (mut constant, mut linear) = (Fp::ONE, Fp::ZERO);
        for (_, &y) in nodes.iter().enumerate().filter(|(j, _)| *j != i) {
            let scale = (x - y).inv().expect("distinct nodes");
            linear = linear * (-y) * scale + constant * scale;
            constant = constant * (-y) * scale;
        }
        total += linear * f(x);
    }
    total
}

const SIZES: &[(&str, usize)] = &[("D", 3), ("N", 4), ("n", 4), ("M", 2)];

#[test]
fn sums_of_squares_equal_their_definition() {
    let case = Case::new(
        "O(D) * S(N)",
        "fn sos<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D> {
            sum(|i| (dot(a[i], a[i]) - D / N) * outer(a[i], a[i]))
        }",
        SIZES,
    );
    case.check(|x, at| {
        let a = |i: usize, p: usize| x[0].at(&[i, p]);
        let square = |i| sum(3, |p| a(i, p) * a(i, p));
        sum(4, |i| (square(i) - ratio(3, 4)) * a(i, at[0]) * a(i, at[1]))
    });
    let case = Case::new(
        "O(D) * S(n)",
        "fn sos<const D: usize>(a: [Vector<D>; n]) -> Sym<D> {
            let fourth = |x| dot(x, x) * outer(x, x);
            sum(|i| fourth(a[i]) - (D - 1) / n * outer(a[i], a[i])) - 3 * identity()
        }",
        SIZES,
    );
    case.check(|x, at| {
        let a = |i: usize, p: usize| x[0].at(&[i, p]);
        let square = |i| sum(3, |p| a(i, p) * a(i, p));
        sum(4, |i| (square(i) - ratio(2, 4)) * a(i, at[0]) * a(i, at[1]))
            - Fp::from_i64(3) * delta(at[0], at[1])
    });
}

#[test]
fn a_traceless_gram_matrix_equals_its_definition() {
    for body in [
        "let square = contract(transpose(m), m); square - trace(square) / D * identity()",
        "traceless(contract(m, 0, m, 0))",
    ] {
        for output in ["Sym<D>", "Sym0<D>", "Matrix<D>"] {
            let function = format!("fn h<const D: usize>(m: Matrix<D>) -> {output} {{ {body} }}");
            Case::new("O(D)", &function, SIZES).check(|x, at| {
                let gram = |p: usize, q: usize| sum(3, |r| x[0].at(&[r, p]) * x[0].at(&[r, q]));
                gram(at[0], at[1]) - sum(3, |p| gram(p, p)) * ratio(1, 3) * delta(at[0], at[1])
            });
        }
    }
}

#[test]
fn parameters_are_inputs_and_have_gradients() {
    let case = Case::new(
        "O(D) * S(N)",
        "fn f<const D: usize, const N: usize>(a: [Vector<D>; N], c: Scalar, w: [Scalar; 2]) -> Sym<D> {
            sum(|i| (w[0] * dot(a[i], a[i]) + w[1] * 0.5) * outer(a[i], a[i])) + c * c * sum(|k| w[k]) * identity()
        }",
        SIZES,
    );
    assert_eq!(case.definition.fixed.len(), 2);
    case.check(|x, at| {
        let a = |i: usize, p: usize| x[0].at(&[i, p]);
        let (c, w) = (x[1].data[0], &x[2].data);
        sum(4, |i| (w[0] * sum(3, |p| a(i, p) * a(i, p)) + w[1] * ratio(1, 2)) * a(i, at[0]) * a(i, at[1]))
            + c * c * (w[0] + w[1]) * delta(at[0], at[1])
    });
}

#[test]
fn free_labels_are_summed_indexed_and_fixed() {
    let case = Case::new(
        "O(D)",
        "fn f<const D: usize, const N: usize>(a: [Vector<D>; N], b: [Vector<D>; 2], q: [[Scalar; N]; N]) -> [Vector<D>; N] {
            family(|i| sum(|j| q[i][j] * a[j]) + q[i][i] * b[1] - dot(b[0], a[i]) * b[0])
        }",
        SIZES,
    );
    case.check(|x, at| {
        let (i, p) = (at[0], at[1]);
        let (a, b) = (|i: usize, p: usize| x[0].at(&[i, p]), |i: usize, p: usize| x[1].at(&[i, p]));
        sum(4, |j| x[2].at(&[i, j]) * a(j, p)) + x[2].at(&[i, i]) * b(1, p)
            - sum(3, |q| b(0, q) * a(i, q)) * b(0, p)
    });
    let case = Case::new(
        "1",
        "fn f(w: [[Scalar; 2]; n]) -> Scalar { sum(|i| w[i][0] * w[i][1]) + n * sum(|i, k| w[i][k]) }",
        SIZES,
    );
    case.check(|x, _| {
        let w = |i: usize, k: usize| x[0].at(&[i, k]);
        sum(4, |i| w(i, 0) * w(i, 1)) + Fp::from_i64(4) * sum(4, |i| w(i, 0) + w(i, 1))
    });
}

#[test]
fn sums_over_labels_that_a_term_does_not_hold_count_them() {
    let case = Case::new(
        "O(D) * S(N)",
        "fn f<const D: usize, const N: usize>(a: [Vector<D>; N], m: Matrix<N>) -> Scalar {
            sum(|i, j| m[i][j] * dot(a[i], a[j]) - D) + trace(identity(N)) + trace(identity()) + dot(m, identity(N))
        }",
        SIZES,
    );
    case.check(|x, _| {
        let a = |i: usize, p: usize| x[0].at(&[i, p]);
        let weighted = |i, j| x[1].at(&[i, j]) * sum(3, |p| a(i, p) * a(j, p)) - Fp::from_i64(3);
        sum(4, |i| sum(4, |j| weighted(i, j))) + Fp::from_i64(7) + sum(4, |i| x[1].at(&[i, i]))
    });
}

#[test]
fn cross_products_change_parity_under_reflections_only() {
    let cross = |x: &[Tensor], u: usize, v: usize, p: usize| {
        let (q, r) = ((p + 1) % 3, (p + 2) % 3);
        x[u].data[q] * x[v].data[r] - x[u].data[r] * x[v].data[q]
    };
    Case::new("SO(3)", "fn f(a: Vector<3>, b: Vector<3>) -> Vector<3> { cross(a, b) }", SIZES)
        .check(|x, at| cross(x, 0, 1, at[0]));
    Case::new("O(3)", "fn f(a: Vector<3>, b: Vector<3>) -> Pseudo<Vector<3>> { cross(a, b) }", SIZES)
        .check(|x, at| cross(x, 0, 1, at[0]));
    let lagrange = "fn f(a: Vector<3>, b: Vector<3>) -> Scalar { dot(cross(a, b), cross(a, b)) }";
    Case::new("O(3)", lagrange, SIZES).check(|x, _| sum(3, |p| cross(x, 0, 1, p) * cross(x, 0, 1, p)));
    Case::new(
        "O(3)",
        "fn f(a: Vector<3>, b: Vector<3>, c: Vector<3>) -> Scalar { pow(det(a, b, c), 2) }",
        SIZES,
    )
    .check(|x, _| {
        let volume = sum(3, |p| x[0].data[p] * cross(x, 1, 2, p));
        volume * volume
    });
    Case::new(
        "SO(3)",
        "fn f(a: Vector<3>, m: Matrix<3>) -> Alt<3> { contract(epsilon(), a) + antisymmetrize(m) }",
        SIZES,
    )
    .check(|x, at| {
        let (p, q) = (at[0], at[1]);
        let sign = [[0, 1, -1], [-1, 0, 1], [1, -1, 0]][p][q];
        let other = (6 - p - q) % 3;
        Fp::from_i64(sign) * x[0].data[other] + (x[1].at(&[p, q]) - x[1].at(&[q, p])) * ratio(1, 2)
    });
}

#[test]
fn products_of_cross_products_are_multiplied_out() {
    let expected = "1 <a, c> b^p, -1 <a, b> c^p";
    let found = definition(
        "SO(3)",
        "fn f(a: Vector<3>, b: Vector<3>, c: Vector<3>) -> Vector<3> { cross(a, cross(b, c)) }",
    )
    .expect("is fine");
    let mut formulas: Vec<String> = found
        .formulas(Style::Text)
        .iter()
        .map(|(constant, diagram)| format!("{constant} {diagram}"))
        .collect();
    formulas.sort_by_key(|text| text.starts_with('-'));
    assert_eq!(formulas.join(", "), expected);
}

#[test]
fn forms_of_other_groups_are_used() {
    // eta = diag(1, -1, -1)
    let eta = |p: usize| if p == 0 { Fp::ONE } else { -Fp::ONE };
    Case::new(
        "O(1, 2)",
        "fn f(a: Vector<3>, m: Matrix<3>) -> Sym<3> { dot(a, a) * identity() + sym_outer(a, contract(m, a)) }",
        SIZES,
    )
    .check(|x, at| {
        let a = |p: usize| x[0].data[p];
        let image = |p: usize| sum(3, |q| x[1].at(&[p, q]) * eta(q) * a(q));
        sum(3, |p| eta(p) * a(p) * a(p)) * delta(at[0], at[1]) * eta(at[0])
            + (a(at[0]) * image(at[1]) + a(at[1]) * image(at[0])) * ratio(1, 2)
    });
    Case::new(
        "SO(1, 2)",
        "fn f(a: Vector<3>, b: Vector<3>, c: Vector<3>) -> Vector<3> { cross(a, cross(b, c)) + cross(b, c) }",
        SIZES,
    )
    .check(|x, at| {
        let cross = |u: &dyn Fn(usize) -> Fp, v: &dyn Fn(usize) -> Fp, p: usize| {
            let (q, r) = ((p + 1) % 3, (p + 2) % 3);
            eta(p) * (u(q) * v(r) - u(r) * v(q))
        };
        let of = |k: usize| move |p: usize| x[k].data[p];
        let inner_cross = |p: usize| cross(&of(1), &of(2), p);
        cross(&of(0), &inner_cross, at[0]) + inner_cross(at[0])
    });
    // omega = [[0, I], [-I, 0]]
    let omega = |p: usize, q: usize| match (p as i64, q as i64) {
        (p, q) if q == p + 2 => Fp::ONE,
        (p, q) if p == q + 2 => -Fp::ONE,
        _ => Fp::ZERO,
    };
    let pair = move |u: &Tensor, v: &Tensor| sum(4, |p| sum(4, |q| u.data[p] * omega(p, q) * v.data[q]));
    Case::new(
        "Sp(4)",
        "fn f(a: Vector<4>, b: Vector<4>, m: Matrix<4>) -> Matrix<4> {
            dot(a, b) * identity() + outer(contract(m, a), b) + contract(identity(), 0, m, 0) - contract(m, 1, identity(), 1)
                + trace(m) * identity() + trace(identity()) * outer(a, contract(a, m))
        }",
        SIZES,
    )
    .check(move |x, at| {
        let (p, q) = (at[0], at[1]);
        let m = |p: usize, q: usize| x[2].at(&[p, q]);
        // The inverse form has the entries of the transposed form.
        let inverse = |p: usize, q: usize| omega(q, p);
        let image = |p: usize| sum(4, |r| sum(4, |s| m(p, r) * omega(r, s) * x[0].data[s]));
        let coimage = |p: usize| sum(4, |r| sum(4, |s| x[0].data[r] * omega(r, s) * m(s, p)));
        let left = sum(4, |r| sum(4, |s| inverse(r, p) * omega(r, s) * m(s, q)));
        let right = sum(4, |r| sum(4, |s| m(p, r) * omega(r, s) * inverse(q, s)));
        let trace = sum(4, |r| sum(4, |s| m(r, s) * omega(r, s)));
        let loops = sum(4, |r| sum(4, |s| inverse(r, s) * omega(r, s)));
        pair(&x[0], &x[1]) * inverse(p, q) + image(p) * x[1].data[q] + left - right
            + trace * inverse(p, q)
            + loops * x[0].data[p] * coimage(q)
    });
}

#[test]
fn higher_ranks_are_permuted_contracted_and_symmetrised() {
    Case::new(
        "O(D)",
        "fn f<const D: usize>(t: Tensor<3, D>, a: Vector<D>) -> SymTensor<3, D> {
            symmetrize(transpose(t, 2, 0, 1) + outer(trace(t, 0, 2), identity())) + dot(a, a) * outer(a, outer(a, a))
        }",
        SIZES,
    )
    .check(|x, at| {
        let t = |p: usize, q: usize, r: usize| x[0].at(&[p, q, r]);
        let traced = |q: usize| sum(3, |p| t(p, q, p));
        let a = |p: usize| x[1].data[p];
        let mut mean = Fp::ZERO;
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let (p, q, r) = (at[order[0]], at[order[1]], at[order[2]]);
            mean += (t(q, r, p) + traced(p) * delta(q, r)) * ratio(1, 6);
        }
        mean + sum(3, |p| a(p) * a(p)) * a(at[0]) * a(at[1]) * a(at[2])
    });
}

#[test]
fn other_maps_are_spliced_in() {
    let (rust, body) = read(
        "O(D) * S(N)",
        "fn gram<const D: usize, const N: usize>(v: [Vector<D>; N]) -> Sym<D> { sum(|i| outer(v[i], v[i])) / N }",
    );
    let gram = Used { name: "gram".to_owned(), rust, body, uses: Vec::new() };
    let (rust, body) = read(
        "O(3) * S(M)",
        "fn f<const M: usize>(a: [Vector<3>; M], s: Sym<3>) -> Scalar { dot(s, gram(a)) - trace(gram(family(|i| 2 * a[i]))) }",
    );
    let definition =
        define(&rust, &body, std::slice::from_ref(&gram)).unwrap_or_else(|error| panic!("{error}"));
    Case::of(definition, SIZES).check(|x, _| {
        let gram = |p: usize, q: usize| sum(2, |i| x[0].at(&[i, p]) * x[0].at(&[i, q])) * ratio(1, 2);
        sum(3, |p| sum(3, |q| x[1].at(&[p, q]) * gram(p, q))) - Fp::from_i64(4) * sum(3, |p| gram(p, p))
    });
    let (rust, body) = read("O(3)", "fn f(s: Sym<3>) -> Scalar { trace(gram(s)) }");
    let error = define(&rust, &body, &[gram]).expect_err("no family");
    assert_eq!(error.to_string(), "`gram` takes (R^D)^N here, found a tensor of axes (3, 3)");
}

/// The message to a body of `fn f<const D: usize, const N: usize>(a: [Vector<D>; N], m: Matrix<D>, c: Scalar) -> output`
/// under O(D) * S(N).
fn of_body(output: &str, body: &str) -> String {
    let arguments = "<const D: usize, const N: usize>(a: [Vector<D>; N], m: Matrix<D>, c: Scalar)";
    message("O(D) * S(N)", &format!("fn f{arguments} -> {output} {{ {body} }}"))
}

#[test]
fn every_mistake_is_said_in_one_sentence() {
    for (output, body, expected) in [
        (
            "Sym<D>",
            "m + c",
            "cannot add a tensor of axes (D, D) and a scalar: both sides of a sum must have the same axes in \
                             the same order; multiply the scalar by `identity()`",
        ),
        (
            "Scalar",
            "sum(|i| contract(a[i], a))",
            "`contract` joins axis 0 of a vector of axis (D) with axis 0 of a tensor \
                                                  of axes (N, D), which are not alike",
        ),
        (
            "Scalar",
            "dot(a, m)",
            "`dot` contracts all axes of two tensors, which must be alike; found a tensor of axes (N, D) \
                                 and a tensor of axes (D, D)",
        ),
        (
            "Scalar",
            "dot(a[0], sum(|i| a[i]))",
            "the label 0 is fixed here, which breaks S(N): no label is special; sum over labels, \
                                       as in `sum(|i| a[i])`",
        ),
        (
            "Scalar",
            "sum(|i| a[i][0])",
            "this index reads a component, which breaks O(D): its elements mix components; \
                                        contract with another tensor instead",
        ),
        (
            "Scalar",
            "sum(|i| dot(a[i], a[i])) * trace(contract(m, a[i]))",
            "the label `i` is known inside its `sum` or `family` only",
        ),
        (
            "Scalar",
            "sum(|i| i * dot(a[i], a[i]))",
            "`i` is a label, not a number: a value that depends on it breaks the \
                                                    symmetry; use it to index a family, `a[i]`",
        ),
        (
            "Scalar",
            "sum(|i| c)",
            "the label `i` indexes nothing, so that its range is unknown; write for instance `a[i]`",
        ),
        (
            "Scalar",
            "c / c",
            "division by a scalar is not polynomial; divide by numbers and const generics only",
        ),
        ("Scalar", "c / (D - D)", "division by zero"),
        ("Scalar", "sqrt(c)", "`sqrt` is not polynomial; a map is made of sums and products"),
        ("Scalar", "norm(m)", "`norm` is not polynomial; write `dot(a, a)` for its square"),
        (
            "Scalar",
            "b",
            "unknown name `b`; a body knows the inputs `a`, `m`, `c`, const generics and names given by `let`",
        ),
        ("Scalar", "det(a)", "`det` takes vectors of one axis, found a tensor of axes (N, D)"),
        (
            "Sym<D>",
            "m",
            "this tensor is not symmetric, as its type asks; write `sym_outer` for `outer`, or `symmetrize(..)`",
        ),
        ("Alt<D>", "m", "this tensor is not antisymmetric, as its type asks; write `antisymmetrize(..)`"),
        (
            "Sym0<D>",
            "symmetrize(m)",
            "this tensor has a trace, which its type excludes; write `traceless(..)`",
        ),
        (
            "Sym<D>",
            "c",
            "the body is a scalar, but the output is a tensor of axes (D, D); multiply it by `identity()`",
        ),
        ("Sym<D>", "m - m", "the body is zero for all inputs"),
        (
            "Scalar",
            "m * m",
            "`*` multiplies by a scalar, but here are a tensor of axes (D, D) and a tensor of axes (D, D); \
                             write `outer`, `contract` or `dot`",
        ),
        (
            "Scalar",
            "trace(epsilon())",
            "the epsilon of O(D) has as many axes as the dimension, which must therefore be a \
                                        number, as in `Vector<3>`",
        ),
        ("Scalar", "c", "the body does not read `a`; remove it, or name it `_a`"),
        (
            "Vector<D>",
            "[1, 0]",
            "components are written out here, which breaks O(D): its elements change them; build tensors \
                                 from the inputs, `identity()` and `epsilon()`",
        ),
        (
            "Scalar",
            "if c > 0 { c } else { -c }",
            "a polynomial map does not depend on conditions; write one expression for \
                                                  all inputs",
        ),
        (
            "Scalar",
            "c as f64",
            "numbers of a body are exact and need no `as`; write `D / N` for the quotient of two sizes",
        ),
        ("Scalar", "m.trace()", "a body has no methods; write a function call, as in `trace(x, y)`"),
        ("Scalar", "c;", "the last expression is the value of the map; remove this semicolon"),
        (
            "Scalar",
            "dot(b, c + m)",
            "unknown name `b`; a body knows the inputs `a`, `m`, `c`, const generics and names given \
                                     by `let` | cannot add a scalar and a tensor of axes (D, D): both sides of a sum must \
                                     have the same axes in the same order; multiply the scalar by `identity()`",
        ),
        ("Scalar", "dot::<3>(m, m)", "`dot` has no generic arguments; remove them"),
        (
            "Scalar",
            "sum(|i| -> Scalar { c * dot(a[i], a[i]) })",
            "closures of a body have no types; remove this one",
        ),
        ("Scalar", "dot(m)", "`dot` takes 2 arguments, found 1"),
        ("Scalar", "2.0f64 * c", "numbers of a body are exact and have no type; remove the suffix"),
        ("Scalar", "transpose(m, 0, 0)", "every axis stands once in the new order; axis 1 is missing"),
    ] {
        assert_eq!(of_body(output, body), expected, "{body}");
    }
    let parity = "fn f(a: Vector<3>, b: Vector<3>) -> Vector<3>";
    assert_eq!(
        message("O(3)", &format!("{parity} {{ cross(a, b) }}")),
        "the body is a pseudo-vector of axis (3), but the output is a vector of axis (3): under O(3) they change differently \
         with the sign of the determinant; write the output as `Pseudo<X>`"
    );
    assert_eq!(
        message("O(3)", &format!("{parity} {{ cross(a, b) + a }}")),
        "cannot add a pseudo-vector of axis (3) and a vector of axis (3): under O(3) they change differently with the sign \
         of the determinant"
    );
    assert_eq!(
        message("O(3)", "fn f(a: Vector<3>, w: [Scalar; 2]) -> Vector<3> { w[2] * a }"),
        "the labels of this axis are 0 to 1"
    );
    assert!(
        message("O(3)", "fn f(a: Vector<3>) -> Vector<3> { dott(a, a) * a }")
            .starts_with("unknown function `dott`; the")
    );
    assert_eq!(
        message("Sp(4)", "fn f(a: Vector<4>) -> Scalar { dot(a, a) }"),
        "the body is zero for all inputs"
    );
}

#[test]
fn limits_are_errors_not_waits() {
    assert!(of_body("Scalar", "pow(c, 60)").contains("degree above 24"));
    assert_eq!(
        message("O(2)", "fn f(t: Tensor<8, 2>) -> Scalar { pow(dot(t, t), 8) }"),
        "a term with more than 120 indices in all is not supported"
    );
    assert!(
        of_body(
            "Scalar",
            "pow(c + trace(m) + dot(m, m) + sum(|i| dot(a[i], a[i])) + dot(transpose(m), m), 12)"
        )
        .contains("terms")
    );
    assert!(
        of_body(
            "Scalar",
            "outer(outer(outer(outer(m, m), outer(m, m)), outer(outer(m, m), outer(m, m))), m)"
        )
        .contains("axes")
    );
}

/// What a closure gives on a thread of 2 MiB, a quarter of rustc's, where procedural macros run.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("starts");
    thread.join().expect("the stack suffices")
}

#[test]
fn sums_of_thousands_of_terms_take_no_stack() {
    let terms = |count: usize| (0..count).map(|k| format!("{k} * c")).collect::<Vec<_>>().join(" + ");
    let formulas = on_a_small_stack(move || {
        let function = format!("fn f(c: Scalar, d: Scalar) -> Scalar {{ pow(d, 2) + {} }}", terms(2_500));
        definition("1", &function).map(|found| found.formulas(Style::Text)).map_err(|error| error.to_string())
    });
    let expected =
        [("1", "d^2"), ("3123750", "c")].map(|(constant, diagram)| (constant.to_owned(), diagram.to_owned()));
    assert_eq!(formulas.as_deref(), Ok(&expected[..]), "0 + 1 + .. + 2499 = 2500 2499 / 2");
    // 70 71 / 2 = 2485 different products.
    let message = on_a_small_stack(|| {
        let inputs: String = (0..70).map(|k| format!("x{k}: Scalar, ")).collect();
        let products = (0..70).flat_map(|j| (0..=j).map(move |i| format!("x{i} * x{j}")));
        let sum = products.collect::<Vec<_>>().join(" - ");
        message("1", &format!("fn f({inputs}) -> Scalar {{ {sum} }}"))
    });
    assert_eq!(
        message,
        "the body has more than 2000 terms once it is multiplied out; write it as several maps"
    );
}

#[test]
fn names_by_the_thousand_take_no_stack() {
    let names: String = (1..3_000).map(|k| format!("let x{k} = x{} + c;", k - 1)).collect();
    let function = format!("fn f(c: Scalar) -> Scalar {{ let x0 = c; {names} x2999 }}");
    let formulas = on_a_small_stack(move || {
        definition("1", &function).map(|found| found.formulas(Style::Text)).map_err(|error| error.to_string())
    });
    assert_eq!(formulas, Ok(vec![("3000".to_owned(), "c".to_owned())]));
}

#[test]
fn names_have_letters_of_all_scripts() {
    let function = "fn f(a: Vector<3>, b: Scalar) -> Vector<3> { let μ = b * a; let λ = |ξ| 2 * ξ; λ(μ) }";
    Case::new("O(3)", function, SIZES).check(|x, at| Fp::from_i64(2) * x[1].data[0] * x[0].data[at[0]]);
}

#[test]
fn inputs_beyond_the_format_are_refused() {
    let function = |count: usize, last: &str| {
        let inputs: String = (0..count).map(|k| format!("x{k}: Scalar, ")).collect();
        let sum = (0..count).map(|k| format!("x{k}")).collect::<Vec<_>>().join(" + ");
        format!("fn f({inputs} w: [Scalar; 3]) -> Scalar {{ {sum} + {last} }}")
    };
    let refused = "a map with a body has at most 256 inputs, each member of a family at a fixed label, as in `w[0]`, \
                   counted as one more";
    assert_eq!(message("1", &function(300, "w[0]")), refused);
    assert_eq!(
        message("1", &function(254, "w[0] + w[1] + w[2]")),
        [refused; 2].join(" | "),
        "255 inputs and 3 members"
    );
    let fine = definition("1", &function(254, "w[2]")).expect("255 inputs and 1 member");
    assert_eq!(fine.terms.len(), 255);
    assert_eq!(fine.formulas(Style::Text)[254].1, "w[2]");
}

#[test]
fn calls_of_closures_are_bounded_in_depth_and_in_number() {
    let chain = |count: usize, call: &str| {
        let functions: String = (1..count)
            .map(|k| format!("let f{k} = |x| {};", call.replace('f', &format!("f{}", k - 1))))
            .collect();
        format!("fn f(c: Scalar) -> Scalar {{ let f0 = |x| x + c; {functions} f{}(c) }}", count - 1)
    };
    let deep = chain(200, "f(x)");
    assert_eq!(
        on_a_small_stack(move || message("1", &deep)),
        "expressions and the functions that they call are nested more than 96 deep here"
    );
    let wide = chain(20, "f(f(x))");
    assert_eq!(
        on_a_small_stack(move || message("1", &wide)),
        "the body takes more than 100000 steps to be multiplied out, one for each expression and each term; write it as \
         several maps"
    );
}

#[test]
fn a_wrong_program_is_no_certificate() {
    let mut case = Case::new(
        "O(D) * S(N)",
        "fn f<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Scalar { sum(|i| dot(a[i], a[i])) }",
        SIZES,
    );
    let fine = case.programs.map.clone();
    case.programs.map =
        case.programs.map.with(|content| content.members[0].terms[0].scale = Ratio::new(2, 1));
    assert!(certify::programs(&case.programs).iter().all(|certificate| !certificate.holds()));
    case.programs.map = fine;
    assert!(certify::programs(&case.programs).iter().all(certify::Certificate::holds));
}

/// Constants next to the largest one that is read: sums of them that do not fit are kept apart, and no result changes.
#[test]
fn constants_of_sixty_three_bits_are_computed_with_exactly() {
    let most = i64::MAX;
    for body in [
        format!("{most} * dot(a, a) * dot(a, a) * a + b"),
        format!("{most} * dot(a, b) * a + {} * dot(a, a) * b + dot(b, b) * a / {most}", most - 1),
    ] {
        let function = format!("fn f<const D: usize>(a: Vector<D>, b: Vector<D>) -> Vector<D> {{ {body} }}");
        let case = Case::new("O(D)", &function, SIZES);
        for certificate in certify::programs(&case.programs) {
            assert!(certificate.holds(), "{body}: {certificate}");
        }
    }
    let doubled = format!("fn f<const D: usize>(a: Vector<D>) -> Vector<D> {{ 2 * {most} * a }}");
    let definition = definition("O(D)", &doubled).expect("a definition");
    assert_eq!(Map::of_definition(&definition), Err(super::ConstantTooLarge));
}
