//! Maps with a body, as emitted: values over the prime field, gradients by dual numbers, batches by single samples.

use eqt::prelude::*;

#[equivariant(O(D) * S(N))]
fn sos<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D> {
    sum(|i| (dot(a[i], a[i]) - D / N) * outer(a[i], a[i]))
}

#[equivariant(O(D) * S(N))]
fn second<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D> {
    sum(|i| (dot(a[i], a[i]) - (D - 1) / N) * outer(a[i], a[i])) - 3 * identity()
}

#[equivariant(O(D))]
fn gram<const D: usize>(a: Matrix<D>) -> Sym0<D> {
    let h = contract(transpose(a), a);
    h - trace(h) / D * identity()
}

#[equivariant(O(D) * S(n))]
fn weighted<const D: usize>(
    w: [Scalar; 2],
    a: [Vector<D>; n],
    c: Scalar,
    b: [Vector<D>; n],
) -> [Vector<D>; n] {
    let mean = sum(|j| a[j]) / n;
    family(|i| w[0] * dot(a[i], b[i]) * mean + c * w[1] * w[1] * a[i] + 0.25 * b[i])
}

#[equivariant(O(D))]
fn mixed<const D: usize>(q: [[Scalar; 2]; m], a: [Vector<D>; m]) -> Sym<D> {
    sum(|i, j| q[i][0] * q[j][1] * sym_outer(a[i], a[j]))
}

/// Numbers of the prime field, the same on every run.
fn numbers(seed: u64) -> impl FnMut() -> Fp {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Fp::new(state >> 5)
    }
}

fn vectors<const D: usize, const N: usize>(next: &mut impl FnMut() -> Fp) -> [Vector<D, Fp>; N] {
    std::array::from_fn(|_| Vector(std::array::from_fn(|_| next())))
}

fn symmetric<const D: usize>(next: &mut impl FnMut() -> Fp) -> Sym<D, Fp> {
    let mut h = Sym([[Fp::ZERO; D]; D]);
    for p in 0..D {
        for q in 0..=p {
            h.0[p][q] = next();
            h.0[q][p] = h.0[p][q];
        }
    }
    h
}

fn inner<const D: usize>(a: &[[Fp; D]; D], b: &[[Fp; D]; D]) -> Fp {
    a.iter().flatten().zip(b.iter().flatten()).fold(Fp::ZERO, |sum, (&x, &y)| sum + x * y)
}

#[test]
fn sums_of_squares_are_exact_over_the_prime_field() {
    const D: usize = 3;
    const N: usize = 7;
    let mut next = numbers(1);
    let a = vectors::<D, N>(&mut next);
    let (first, other) = (sos(&a), second(&a));
    for p in 0..D {
        for q in 0..D {
            let [mut one, mut two] = [Fp::ZERO; 2];
            for v in &a {
                let square = v.0.iter().fold(Fp::ZERO, |sum, &x| sum + x * x);
                one += (square - Fp::from_ratio(3, 7)) * v.0[p] * v.0[q];
                two += (square - Fp::from_ratio(2, 7)) * v.0[p] * v.0[q];
            }
            assert_eq!(first.0[p][q], one);
            assert_eq!(other.0[p][q], if p == q { two - Fp::from_i64(3) } else { two });
        }
    }
}

#[test]
fn gradients_equal_the_derivatives_of_dual_numbers() {
    const D: usize = 3;
    const N: usize = 5;
    let mut next = numbers(2);
    let (a, da) = (vectors::<D, N>(&mut next), vectors::<D, N>(&mut next));
    let moved: [Vector<D, Dual<Fp>>; N] =
        std::array::from_fn(|i| Vector(std::array::from_fn(|p| Dual::new(a[i].0[p], da[i].0[p]))));
    let dh = symmetric::<D>(&mut next);
    let slope = sos(&moved).0.map(|row| row.map(|entry| entry.eps));
    let gradient = sos::gradient(&a, &dh);
    let expected =
        (0..N).fold(Fp::ZERO, |sum, i| (0..D).fold(sum, |sum, p| sum + gradient.a[i].0[p] * da[i].0[p]));
    assert_eq!(inner(&dh.0, &slope), expected);

    let m: [[Fp; D]; D] = std::array::from_fn(|_| std::array::from_fn(|_| next()));
    let dm: [[Fp; D]; D] = std::array::from_fn(|_| std::array::from_fn(|_| next()));
    let moved = Matrix(std::array::from_fn(|p| std::array::from_fn(|q| Dual::new(m[p][q], dm[p][q]))));
    let value = gram(&Matrix(m));
    assert_eq!((0..D).fold(Fp::ZERO, |sum, p| sum + value.0[p][p]), Fp::ZERO);
    let slope = gram(&moved).0.map(|row| row.map(|entry| entry.eps));
    assert_eq!(inner(&gram::gradient(&Matrix(m), &Sym0(dh.0)).a.0, &dm), inner(&dh.0, &slope));
}

#[test]
fn gradients_in_members_at_fixed_labels_are_those_of_the_whole_array() {
    let mut next = numbers(3);
    let a = vectors::<2, 3>(&mut next);
    let q: [[Fp; 2]; 3] = std::array::from_fn(|_| [next(), next()]);
    let dq: [[Fp; 2]; 3] = std::array::from_fn(|_| [next(), next()]);
    let dh = symmetric::<2>(&mut next);
    let moved: [[Dual<Fp>; 2]; 3] =
        std::array::from_fn(|i| std::array::from_fn(|k| Dual::new(q[i][k], dq[i][k])));
    let constant = a.map(|v| Vector(v.0.map(|x| Dual::new(x, Fp::ZERO))));
    let slope = mixed(&moved, &constant).0.map(|row| row.map(|entry| entry.eps));
    let gradient = mixed::gradient(&q, &a, &dh);
    let sum =
        gradient.q.iter().flatten().zip(dq.iter().flatten()).fold(Fp::ZERO, |sum, (&x, &y)| sum + x * y);
    assert_eq!(sum, inner(&dh.0, &slope));
    assert_eq!(mixed::parameter_gradient(&q, &a, &dh).q, gradient.q);
}

#[test]
fn empty_families_make_no_panic_and_no_nan() {
    let none: [Vector<2>; 0] = [];
    assert_eq!(sos(&none), Sym([[0.0; 2]; 2]));
    assert_eq!(weighted(&[1.0, 2.0], &none, 1.0, &none), Vec::new());
    assert!(weighted::try_call(&[1.0, 2.0], &none, 1.0, &[Vector([1.0, 2.0])]).is_err());
}

#[test]
fn terms_are_listed_with_their_constants() {
    let terms: Vec<&str> = sos::terms().iter().map(|term| term.diagram).collect();
    assert_eq!(terms, ["sum_i |a_i|^2 a_i^p a_i^q", "-D/N sum_i a_i^p a_i^q"]);
}

#[cfg(feature = "ndarray")]
mod batches {
    use ndarray::{Array, Array2, Array3};

    use super::*;

    const SAMPLES: usize = 21;
    const N: usize = 4;

    fn array<D: ndarray::Dimension, S: ndarray::ShapeBuilder<Dim = D>>(shape: S, seed: u64) -> Array<f64, D> {
        let mut next = numbers(seed);
        Array::from_shape_simple_fn(shape, || (next().value() % 1000) as f64 / 500.0 - 1.0)
    }

    fn members(array: &Array3<f64>, sample: usize) -> [Vector<3>; N] {
        std::array::from_fn(|i| Vector(std::array::from_fn(|p| array[[sample, i, p]])))
    }

    #[test]
    fn values_of_batches_are_those_of_single_samples() -> Result<(), eqt::BatchError> {
        let a = array((SAMPLES, N, 3), 4);
        let mut out = Array3::zeros((SAMPLES, 3, 3));
        sos::batch::<3, N, f64>(a.view(), out.view_mut())?;
        for sample in 0..SAMPLES {
            let h = sos(&members(&a, sample));
            for p in 0..3 {
                for q in 0..3 {
                    assert_eq!(out[[sample, p, q]], h.0[p][q]);
                }
            }
        }
        assert!(sos::batch::<3, 5, f64>(a.view(), out.view_mut()).is_err());
        Ok(())
    }

    #[test]
    fn gradients_in_parameters_are_summed_over_samples() -> Result<(), eqt::BatchError> {
        let (a, b, dh) = (array((SAMPLES, N, 3), 5), array((SAMPLES, N, 3), 6), array((SAMPLES, N, 3), 7));
        let (w, c) = ([0.5, -0.25], 1.5);
        let mut out = Array3::zeros((SAMPLES, N, 3));
        weighted::batch::<3, f64>(&w, a.view(), c, b.view(), out.view_mut())?;
        let sums = weighted::batch_gradient::<3, f64>(&w, a.view(), c, b.view(), dh.view())?;
        let (mut d_a, mut d_b) = (Array3::zeros((SAMPLES, N, 3)), Array3::zeros((SAMPLES, N, 3)));
        let again = weighted::batch_input_gradient::<3, f64>(
            &w,
            a.view(),
            c,
            b.view(),
            dh.view(),
            d_a.view_mut(),
            d_b.view_mut(),
        )?;
        assert!((again.c - sums.c).abs() < 1e-12);
        let mut total = [0.0; 3];
        for sample in 0..SAMPLES {
            let (a, b, dh) = (members(&a, sample), members(&b, sample), members(&dh, sample));
            let value = weighted(&w, &a, c, &b);
            let gradient = weighted::gradient(&w, &a, c, &b, &dh);
            total[0] += gradient.w[0];
            total[1] += gradient.w[1];
            total[2] += gradient.c;
            for i in 0..N {
                for p in 0..3 {
                    assert!((out[[sample, i, p]] - value[i].0[p]).abs() < 1e-12);
                    assert!((d_a[[sample, i, p]] - gradient.a[i].0[p]).abs() < 1e-12);
                    assert!((d_b[[sample, i, p]] - gradient.b[i].0[p]).abs() < 1e-12);
                }
            }
        }
        for (sum, total) in [sums.w[0], sums.w[1], sums.c].into_iter().zip(total) {
            assert!((sum - total).abs() < 1e-10);
        }
        let short = b.slice(ndarray::s![.., ..2, ..]);
        assert!(weighted::batch::<3, f64>(&w, a.view(), c, short, out.view_mut()).is_err());
        Ok(())
    }

    #[test]
    fn parameters_of_run_time_length_are_shared() -> Result<(), eqt::BatchError> {
        let (a, dh) = (array((SAMPLES, N, 3), 8), array((SAMPLES, 3, 3), 9));
        let dh = (&dh + &dh.view().permuted_axes([0, 2, 1])) / 2.0;
        let q: [[f64; 2]; N] = std::array::from_fn(|i| [i as f64, 1.0 - i as f64]);
        let sums = mixed::batch_gradient::<3, f64>(&q, a.view(), dh.view())?;
        let mut total = Array2::<f64>::zeros((N, 2));
        for sample in 0..SAMPLES {
            let dh = Sym(std::array::from_fn(|p| std::array::from_fn(|r| dh[[sample, p, r]])));
            for (i, row) in mixed::gradient(&q, &members(&a, sample), &dh).q.iter().enumerate() {
                total[[i, 0]] += row[0];
                total[[i, 1]] += row[1];
            }
        }
        for i in 0..N {
            assert!(
                (sums.q[i][0] - total[[i, 0]]).abs() < 1e-10 && (sums.q[i][1] - total[[i, 1]]).abs() < 1e-10
            );
        }
        assert!(mixed::batch_gradient::<3, f64>(&q[..2], a.view(), dh.view()).is_err());
        Ok(())
    }
}
