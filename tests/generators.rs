//! The generator form as users write it: invariants in, coefficients out.

use eqt::prelude::*;
use eqt::{Dual, Form, Fp};

#[equivariant(O(3), generators)]
fn one(a: Sym<3>) -> Sym<3>;

#[equivariant(O(3), generators)]
fn two(a: Sym<3>, b: Sym<3>) -> Sym<3>;

#[equivariant(O(3), generators)]
fn three(a: Sym<3>, b: Sym<3>, c: Sym<3>) -> Scalar;

#[equivariant(SO(3), generators)]
fn volume(a: Vector<3>, b: Vector<3>, c: Vector<3>) -> Scalar;

#[equivariant(O(4), generators, degree <= 5)]
fn bounded(a: Sym<4>) -> Sym<4>;

#[equivariant(O(D), generators)]
fn labelled<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

#[equivariant(O(D) * S(N), generators)]
fn shared<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;

#[equivariant(O(d) * S(n): (R^d)^n, R -> (R^d)^n, generators)]
fn forces();

/// Names of the emitted items are free for inputs.
#[equivariant(O(3), generators)]
fn assemble(q: Vector<3>, cotangent: Scalar, values: Vector<3>) -> Vector<3>;

fn symmetric(seed: u64) -> Sym<3, Fp> {
    let entry = |p: usize, q: usize| {
        let x = Fp::new(seed * 7919 + (p.min(q) * 31 + p.max(q) * 17 + 5) as u64);
        x * x * x
    };
    Sym(std::array::from_fn(|p| std::array::from_fn(|q| entry(p, q))))
}

fn product<T: eqt::Scalar>(a: &[[T; 3]; 3], b: &[[T; 3]; 3]) -> [[T; 3]; 3] {
    let entry = |p: usize, q: usize| (0..3).map(|r| a[p][r] * b[r][q]).fold(T::ZERO, |sum, term| sum + term);
    std::array::from_fn(|p| std::array::from_fn(|q| entry(p, q)))
}

fn trace<T: eqt::Scalar>(a: &[[T; 3]; 3]) -> T {
    a[0][0] + a[1][1] + a[2][2]
}

#[test]
fn the_numbers_are_the_classical_ones() {
    assert_eq!((one::INVARIANTS, one::GENERATORS), (3, 3));
    assert_eq!((two::INVARIANTS, two::GENERATORS), (10, 9));
    let mut degrees = [0; 5];
    two::basis().iter().for_each(|generator| degrees[generator.degree as usize] += 1);
    assert_eq!(degrees, [1, 2, 3, 2, 1]);
    assert_eq!((three::INVARIANTS, three::GENERATORS), (28, 1));
    let mut degrees = [0; 4];
    volume::basis().invariants.iter().for_each(|invariant| degrees[invariant.degree as usize] += 1);
    assert_eq!(degrees, [0, 0, 6, 1]);
    assert_eq!((bounded::INVARIANTS, bounded::GENERATORS), (4, 4));
    assert_eq!((labelled::INVARIANTS, labelled::GENERATORS), (1, 2));
}

#[test]
fn the_description_tells_the_form() {
    let basis = two::basis();
    assert_eq!(basis.form, Form::Generators);
    assert_eq!((basis.len(), basis.invariants.len()), (9, 10));
    assert!(basis.certificate.contains("none beyond"), "{}", basis.certificate);
    assert_eq!(bounded::basis().options, "degree <= 5");
    assert!(bounded::basis().certificate.contains("nothing is said"), "{}", bounded::basis().certificate);
    let formulas = |elements: &[eqt::Element]| elements.iter().map(|one| one.diagram).collect::<Vec<_>>();
    assert_eq!(formulas(one::basis().elements), ["delta^pq", "a^pq", "a^pr a^qr"]);
    assert_eq!(formulas(one::basis().invariants), ["tr(a)", "tr(a a)", "tr(a a a)"]);
    let text = shared::basis().to_string();
    assert!(text.starts_with("O(D) * S(N): a: (R^D)^N -> S^D: 2 generators, 1 invariant\n"), "{text}");
    assert_eq!(formulas(shared::basis().invariants), ["sum_ij c_ij <a_i, a_j>"]);
}

#[test]
fn one_matrix_has_traces_of_powers_and_powers() {
    let a = symmetric(3);
    let square = product(&a.0, &a.0);
    assert_eq!(one::invariants(&a), [trace(&a.0), trace(&square), trace(&product(&square, &a.0))]);
    let q = [Fp::new(2), Fp::new(3), Fp::new(5)];
    let h = one(&q, &a);
    let entry = |r: usize, s: usize| {
        let delta = if r == s { q[0] } else { Fp::ZERO };
        delta + q[1] * a.0[r][s] + q[2] * square[r][s]
    };
    assert_eq!(h.0, std::array::from_fn(|r| std::array::from_fn(|s| entry(r, s))));
}

/// Some functions between invariants and coefficients.
fn network<T: eqt::Scalar>(i: &[T; two::INVARIANTS]) -> [T; two::GENERATORS] {
    std::array::from_fn(|g| i[g] * i[g + 1] + i[9 - g] * T::from_i64(g as i64 + 1))
}

#[test]
fn gradients_run_through_the_functions_between() {
    let (a, b, da, db) = (symmetric(1), symmetric(2), symmetric(5), symmetric(6));
    let dh = symmetric(9);
    // Forwards, by dual numbers.
    let dual = |x: &Sym<3, Fp>, dx: &Sym<3, Fp>| -> Sym<3, Dual<Fp>> {
        Sym(std::array::from_fn(|p| std::array::from_fn(|q| Dual::new(x.0[p][q], dx.0[p][q]))))
    };
    let (a2, b2) = (dual(&a, &da), dual(&b, &db));
    let h = two(&network(&two::invariants(&a2, &b2)), &a2, &b2);
    let inner = |x: &[[Fp; 3]; 3], y: &[[Fp; 3]; 3]| trace(&product(x, y));
    let slope = inner(&dh.0, &h.0.map(|row| row.map(|entry| entry.eps)));

    // Backwards.
    let i = two::invariants(&a, &b);
    let back = two::assemble_gradient(&network(&i), &a, &b, &dh);
    let mut di = [Fp::ZERO; two::INVARIANTS];
    for (g, &dq) in back.q.iter().enumerate() {
        di[g] += dq * i[g + 1];
        di[g + 1] += dq * i[g];
        di[9 - g] += dq * Fp::new(g as u64 + 1);
    }
    let more = two::invariants_gradient(&a, &b, &di);
    let gradients = [(&back.a, &da), (&more.a, &da), (&back.b, &db), (&more.b, &db)];
    let sum = gradients.iter().map(|(g, dx)| inner(&g.0, &dx.0)).sum::<Fp>();
    assert_eq!(sum, slope);
}

#[cfg(feature = "ndarray")]
#[test]
fn families_have_inner_products_for_arrays() {
    let a: [Vector<2, Fp>; 3] =
        std::array::from_fn(|i| Vector([Fp::new(i as u64 + 2), Fp::new(5 * i as u64 + 1)]));
    let gram = labelled::invariants(&a).c0;
    let mut q = labelled::Coefficients::zeros(3);
    q.c0 = Fp::new(11);
    q.c1.iter_mut().enumerate().for_each(|(k, entry)| *entry = Fp::new(k as u64 * k as u64 + 1));
    let h = labelled(&q, &a);
    let same = shared::Coefficients { c0: q.c0, c1: q.c1.clone() };
    assert_eq!(shared(&same, &a), h);
    for r in 0..2 {
        for s in 0..2 {
            let mut sum = if r == s { q.c0 } else { Fp::ZERO };
            for i in 0..3 {
                for j in 0..3 {
                    let symmetrised = (q.c1[[i, j]] + q.c1[[j, i]]) * Fp::from_ratio(1, 2);
                    sum += symmetrised * a[i].0[r] * a[j].0[s];
                }
            }
            assert_eq!(h.0[r][s], sum);
        }
    }
    for i in 0..3 {
        for j in 0..3 {
            assert_eq!(gram[[i, j]], a[i].0[0] * a[j].0[0] + a[i].0[1] * a[j].0[1]);
        }
    }
}

#[cfg(feature = "ndarray")]
#[test]
fn scalars_stand_beside_families() {
    let x = vec![Vector([Fp::new(2), Fp::new(3)]), Vector([Fp::new(5), Fp::new(7)])];
    let invariants = forces::invariants(&x, Fp::new(13));
    assert_eq!(invariants.to_vec().len(), 1 + 4);
    let mut q = forces::Coefficients::zeros(2);
    q.c0[[0, 1]] = Fp::ONE;
    let moved = forces(&q, &x, Fp::new(13));
    assert!(moved.contains(&Vector([Fp::ZERO; 2])) && moved.iter().any(|f| *f == x[0] || *f == x[1]));
}

#[test]
fn inputs_may_have_the_names_of_arguments() {
    let coefficients = [Fp::ONE; assemble::GENERATORS];
    let (q, t, v) = (Vector([Fp::new(2); 3]), Fp::new(3), Vector([Fp::ONE, Fp::new(4), Fp::new(9)]));
    let h = assemble(&coefficients, &q, t, &v);
    let back = assemble::assemble_gradient(&coefficients, &q, t, &v, &h);
    assert_eq!(back.coefficients.len(), assemble::GENERATORS);
    let invariants = assemble::invariants(&q, t, &v);
    assert_eq!(assemble::invariants_gradient(&q, t, &v, &invariants).values.0.len(), 3);
}
