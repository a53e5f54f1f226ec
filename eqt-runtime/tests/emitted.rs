//! Code of the kind that eqt emits, generic in sizes and scalars: what it asks of the runtime must type-check for
//! every size at once, not only for those of a unit test.

use eqt_runtime::prelude::*;

type Moments<const D: usize, const E: usize, T> = (Product<Sym<D, T>, Pseudo<Vector<E, T>>>, Tensor<3, D, T>);

/// `sum_i a_i^p a_i^q b^r` and `sum_i a_i^p a_i^q a_i^r`: the storage of ranked types and products is known without knowing D, E or T.
fn moment<const D: usize, const E: usize, const N: usize, T: Scalar>(
    a: &[Vector<D, T>; N],
    b: &Pseudo<Vector<E, T>>,
) -> Moments<D, E, T> {
    let mut h = Product::<Sym<D, T>, Pseudo<Vector<E, T>>>::zeros();
    let mut t = Tensor::<3, D, T>::zeros();
    for a in a {
        for p in 0..D {
            for q in 0..D {
                let product = a.0[p] * a.0[q];
                for r in 0..E {
                    h.0[p][q][r] += product * b.0.0[r];
                }
                for r in 0..D {
                    t.0[p][q][r] += product * a.0[r];
                }
            }
        }
    }
    (h, t)
}

#[test]
fn one_function_runs_over_every_scalar() {
    fn entries<T: Scalar>(embed: impl Fn(i64) -> T) -> (T, T) {
        let a = [Vector([1, 2].map(&embed)), Vector([3, -1].map(&embed))];
        let (h, t) = moment(&a, &Pseudo(Vector([T::from_i64(5)])));
        (h.0[0][1][0], t.0[1][1][0])
    }
    assert_eq!(entries(Fp::from_i64), (-Fp::new(5), Fp::new(7)));
    assert_eq!(entries(|x| x as f32), (-5.0, 7.0));
    assert_eq!(entries(<Lanes<f64, 4>>::from_i64), (Lanes([-5.0; 4]), Lanes([7.0; 4])));
    // All entries grow at unit rate: sum_i 5 (a_i^0 + a_i^1) = 25, sum_i 2 a_i^1 a_i^0 + a_i^1 a_i^1 = 8 - 5.
    assert_eq!(entries(|x| Dual::variable(x as f64)), (Dual::new(-5.0, 25.0), Dual::new(7.0, 3.0)));
}

#[test]
fn items_for_ndarray_appear_with_the_feature_only() {
    mod emitted {
        pub(super) fn forward() -> u32 {
            1
        }

        eqt_runtime::__private::with_ndarray! {
            pub(super) fn batch() -> u32 {
                forward() + 1
            }
        }
    }
    assert_eq!(emitted::forward(), 1);
    #[cfg(feature = "ndarray")]
    assert_eq!(emitted::batch(), 2);
}

#[cfg(feature = "ndarray")]
mod batches {
    use eqt_runtime::batch::{BatchError, Extent, check_shape, map_chunks_with, read_lanes, write_lanes};
    use eqt_runtime::prelude::*;
    use ndarray::{Array3, ArrayView3, ArrayViewMut3, Axis, s};

    /// `sum_i a_i a_i^T` of every sample; also the sum of all samples' traces.
    fn gram<const D: usize, const N: usize, T: Scalar>(
        a: ArrayView3<'_, T>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<T, BatchError> {
        const W: usize = 8;
        let samples = a.len_of(Axis(0));
        check_shape(
            "input `a`",
            &[Extent::Any("samples"), Extent::Exactly(N), Extent::Exactly(D)],
            a.shape(),
        )?;
        check_shape("output", &[samples, D, D].map(Extent::Exactly), out.shape())?;
        let traces = map_chunks_with(samples, (N * D * D) as u64, (a, out), |range, (a, mut out)| {
            let mut trace = T::ZERO;
            for first in (0..range.len()).step_by(W) {
                let mut x = [Vector::<D, Lanes<T, W>>::default(); N];
                read_lanes(&a.slice(s![first.., .., ..]), &mut x);
                let mut h = Sym::<D, Lanes<T, W>>::zeros();
                for x in &x {
                    h += Sym(x.outer(x).0);
                }
                write_lanes(&h, &mut out.slice_mut(s![first.., .., ..]));
                for lane in 0..W.min(range.len() - first) {
                    trace += (0..D).fold(T::ZERO, |sum, p| sum + h.0[p][p].0[lane]);
                }
            }
            trace
        });
        Ok(traces.into_iter().fold(T::ZERO, |sum, trace| sum + trace))
    }

    #[test]
    fn a_batch_of_any_stride_and_size_agrees_with_single_samples() {
        for samples in [0, 1, 7, 8, 9, 100, 1111] {
            let mut state = Fp::new(samples as u64);
            let stored = Array3::from_shape_simple_fn((3, samples, 4), || {
                state = state * Fp::new(6364136223846793005) + Fp::ONE;
                state
            });
            let a = stored.view().permuted_axes([1, 2, 0]);
            let mut out = Array3::from_elem((samples, 3, 3), Fp::ZERO);
            let traces = gram::<3, 4, Fp>(a, out.view_mut()).unwrap();
            let mut expected = Fp::ZERO;
            for (a, out) in a.outer_iter().zip(out.outer_iter()) {
                let gram = Sym::<3, Fp>::try_from(a.t().dot_exact(&a).view()).unwrap();
                assert_eq!(Sym::try_from(out), Ok(gram));
                expected += Sym::identity().inner(&gram);
            }
            assert_eq!(traces, expected);
        }
    }

    #[test]
    fn a_batch_that_does_not_fit_is_an_error() {
        let a = Array3::<f32>::zeros((10, 4, 3));
        let mut out = Array3::zeros((9, 3, 3));
        let error = gram::<3, 4, f32>(a.view(), out.view_mut()).unwrap_err();
        assert_eq!(error.to_string(), "output: expected shape (10, 3, 3), found (9, 3, 3)");
        let error = gram::<3, 5, f32>(a.view(), out.view_mut()).unwrap_err();
        assert_eq!(error.to_string(), "input `a`: expected shape (samples, 5, 3), found (10, 4, 3)");
    }

    /// The matrix product over any scalar, by its definition.
    trait DotExact {
        fn dot_exact(&self, other: &Self) -> ndarray::Array2<Fp>;
    }

    impl DotExact for ndarray::ArrayView2<'_, Fp> {
        fn dot_exact(&self, other: &Self) -> ndarray::Array2<Fp> {
            ndarray::Array2::from_shape_fn((self.nrows(), other.ncols()), |(p, q)| {
                (0..self.ncols()).map(|i| self[[p, i]] * other[[i, q]]).sum()
            })
        }
    }
}
