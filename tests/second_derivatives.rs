//! Gradients over dual numbers are Hessian-vector products: against second derivatives that come from values alone, by
//! exact interpolation over the prime field.

use eqt::prelude::*;

#[equivariant(O(D) * S(N), degree <= 4)]
fn spectral<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;

#[equivariant(O(D) * S(N))]
fn sos<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D> {
    sum(|i| (dot(a[i], a[i]) - D / N) * outer(a[i], a[i]))
}

const D: usize = 3;
const N: usize = 4;

type Rows<T> = [Vector<D, T>; N];

/// Numbers of the prime field, the same on every run.
fn numbers(seed: u64) -> impl FnMut() -> Fp {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Fp::new(state >> 5)
    }
}

fn rows(next: &mut impl FnMut() -> Fp) -> Rows<Fp> {
    std::array::from_fn(|_| Vector(std::array::from_fn(|_| next())))
}

fn symmetric(next: &mut impl FnMut() -> Fp) -> Sym<D, Fp> {
    let entries: [[Fp; D]; D] = std::array::from_fn(|_| std::array::from_fn(|_| next()));
    Sym(std::array::from_fn(|p| std::array::from_fn(|q| entries[p][q] + entries[q][p])))
}

fn dot(x: &Rows<Fp>, y: &Rows<Fp>) -> Fp {
    let entries = x.iter().zip(y).flat_map(|(x, y)| x.0.iter().zip(&y.0));
    entries.fold(Fp::ZERO, |sum, (&x, &y)| sum + x * y)
}

fn inner(x: &Sym<D, Fp>, y: &Sym<D, Fp>) -> Fp {
    let entries = x.0.iter().flatten().zip(y.0.iter().flatten());
    entries.fold(Fp::ZERO, |sum, (&x, &y)| sum + x * y)
}

/// `a + t u`.
fn line(a: &Rows<Fp>, t: Fp, u: &Rows<Fp>) -> Rows<Fp> {
    std::array::from_fn(|i| Vector(std::array::from_fn(|p| a[i].0[p] + t * u[i].0[p])))
}

fn moved(a: &Rows<Fp>, u: &Rows<Fp>) -> Rows<Dual<Fp>> {
    std::array::from_fn(|i| Vector(std::array::from_fn(|p| Dual::new(a[i].0[p], u[i].0[p]))))
}

fn constant(dh: &Sym<D, Fp>) -> Sym<D, Dual<Fp>> {
    Sym(dh.0.map(|row| row.map(Dual::constant)))
}

fn slopes(gradient: &[Vector<D, Dual<Fp>>]) -> Rows<Fp> {
    std::array::from_fn(|i| Vector(gradient[i].0.map(|entry| entry.eps)))
}

/// The first and the second derivative at zero of a polynomial, from its values at 0, 1, .., degree: in Newton's form
/// `sum_j (difference of order j) binomial(t, j)`, with the binomials expanded up to `t^2`.
fn derivatives(polynomial: impl Fn(Fp) -> Fp, degree: i64) -> [Fp; 2] {
    let mut differences: Vec<Fp> = (0..=degree).map(|t| polynomial(Fp::from_i64(t))).collect();
    let mut binomial = [Fp::ONE, Fp::ZERO, Fp::ZERO];
    let mut derivatives = [Fp::ZERO; 2];
    for order in 1..=degree {
        for k in 0..differences.len() - 1 {
            differences[k] = differences[k + 1] - differences[k];
        }
        differences.pop();
        let (shift, scale) = (Fp::from_i64(order - 1), Fp::from_ratio(1, order as u64));
        let [b0, b1, b2] = binomial;
        binomial = [-shift * b0, b0 - shift * b1, b1 - shift * b2].map(|b| b * scale);
        derivatives[0] += differences[0] * binomial[1];
        derivatives[1] += differences[0] * binomial[2] * Fp::from_i64(2);
    }
    derivatives
}

/// `u^T H w` for the Hessian of a polynomial at `a`, by polarisation.
fn hessian(value: impl Fn(&Rows<Fp>) -> Fp, degree: i64, a: &Rows<Fp>, u: &Rows<Fp>, w: &Rows<Fp>) -> Fp {
    let along = |u: &Rows<Fp>| derivatives(|t| value(&line(a, t, u)), degree)[1];
    (along(&line(u, Fp::ONE, w)) - along(u) - along(w)) * Fp::from_ratio(1, 2)
}

#[test]
fn of_a_declared_map() {
    let mut next = numbers(1);
    let (a, u, w, dh) = (rows(&mut next), rows(&mut next), rows(&mut next), symmetric(&mut next));
    let theta: [Fp; spectral::LEN] = std::array::from_fn(|_| next());
    let gradient = spectral::gradient(&theta.map(Dual::constant), &moved(&a, &w), &constant(&dh));
    let expected = hessian(|a| inner(&dh, &spectral(&theta, a)), 4, &a, &u, &w);
    assert_ne!(expected, Fp::ZERO);
    assert_eq!(dot(&u, &slopes(&gradient.a)), expected);
}

#[test]
fn of_a_map_with_a_body() {
    let mut next = numbers(2);
    let (a, u, w, dh) = (rows(&mut next), rows(&mut next), rows(&mut next), symmetric(&mut next));
    let gradient = sos::gradient(&moved(&a, &w), &constant(&dh));
    let expected = hessian(|a| inner(&dh, &sos(a)), 4, &a, &u, &w);
    assert_ne!(expected, Fp::ZERO);
    assert_eq!(dot(&u, &slopes(&gradient.a)), expected);
}

#[cfg(feature = "ndarray")]
mod label_arrays {
    use super::*;

    #[equivariant(O(D), degree <= 2)]
    fn pairs<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;

    #[equivariant(O(D), degree <= 4, labels <= 1)]
    fn powers<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;

    #[test]
    fn of_coefficients_for_pairs_of_labels() {
        let mut next = numbers(3);
        let (a, u, w, dh) = (rows(&mut next), rows(&mut next), rows(&mut next), symmetric(&mut next));
        let mut theta = pairs::Coefficients::zeros(N);
        theta.iter_mut().for_each(|entry| *entry = next());
        let gradient = pairs::gradient(&theta.map(Dual::constant), &moved(&a, &w), &constant(&dh));
        let expected = hessian(|a| inner(&dh, &pairs(&theta, a)), 2, &a, &u, &w);
        assert_ne!(expected, Fp::ZERO);
        assert_eq!(dot(&u, &slopes(&gradient.a)), expected);

        // Mixed derivatives, in the coefficients and along w: the map is linear in its coefficients.
        let mixed = gradient.theta.map(|entry| entry.eps).to_vec();
        let sum = mixed.iter().zip(theta.iter()).fold(Fp::ZERO, |sum, (&slope, x)| sum + slope * x);
        assert_eq!(sum, derivatives(|t| inner(&dh, &pairs(&theta, &line(&a, t, &w))), 2)[0]);
    }

    #[test]
    fn of_coefficients_for_single_labels() {
        let mut next = numbers(4);
        let (a, u, w, dh) = (rows(&mut next), rows(&mut next), rows(&mut next), symmetric(&mut next));
        let mut theta = powers::Coefficients::zeros(N);
        theta.iter_mut().for_each(|entry| *entry = next());
        let gradient = powers::gradient(&theta.map(Dual::constant), &moved(&a, &w), &constant(&dh));
        let expected = hessian(|a| inner(&dh, &powers(&theta, a)), 4, &a, &u, &w);
        assert_ne!(expected, Fp::ZERO);
        assert_eq!(dot(&u, &slopes(&gradient.a)), expected);
    }
}
