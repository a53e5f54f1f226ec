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
