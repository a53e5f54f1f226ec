use super::{Rows, RowsMut, Way, labels};
use crate::{Fp, Lanes, NestedArray, Pack, Scalar};

/// Numbers of all samples: of sample w, `matrix` is `outer x inner`, `x` is `inner x C`, `y` is `outer x C`.
struct Case<S> {
    samples: usize,
    inner: usize,
    outer: usize,
    matrix: Vec<S>,
    x: Vec<S>,
    y: Vec<S>,
}

impl<S: Scalar> Case<S> {
    fn new(samples: usize, columns: usize, inner: usize, outer: usize, number: &dyn Fn(usize) -> S) -> Self {
        let some = |seed: usize, count: usize| (0..count).map(|k| number(k * 31 + seed)).collect::<Vec<S>>();
        Case {
            samples,
            inner,
            outer,
            matrix: some(1, samples * inner * outer),
            x: some(2, samples * inner * columns),
            y: some(3, samples * outer * columns),
        }
    }

    /// Numbers of all samples as lanes.
    fn lanes<V: Pack<S>>(&self, numbers: &[S]) -> Vec<V> {
        let length = numbers.len() / self.samples;
        let mut lanes = vec![V::ZERO; length];
        for (k, register) in lanes.iter_mut().enumerate() {
            for (w, lane) in register.lanes_mut().iter_mut().enumerate() {
                *lane = numbers[w.min(self.samples - 1) * length + k];
            }
        }
        lanes
    }

    /// `A x` and `A^T y` of sample w.
    fn applied(&self, columns: usize, w: usize) -> [Vec<S>; 2] {
        let Case { inner, outer, .. } = *self;
        let matrix = &self.matrix[w * inner * outer..];
        let (x, y) = (&self.x[w * inner * columns..], &self.y[w * outer * columns..]);
        let mut results = [vec![S::ZERO; outer * columns], vec![S::ZERO; inner * columns]];
        for (i, j, p) in triples(outer, inner, columns) {
            results[0][i * columns + p] += matrix[i * inner + j] * x[j * columns + p];
            results[1][j * columns + p] += matrix[i * inner + j] * y[i * columns + p];
        }
        results
    }

    /// `sum_p y_ip x_jp` of sample w.
    fn outer(&self, columns: usize, w: usize) -> Vec<S> {
        let Case { inner, outer, .. } = *self;
        let (x, y) = (&self.x[w * inner * columns..], &self.y[w * outer * columns..]);
        let mut result = vec![S::ZERO; outer * inner];
        for (i, j, p) in triples(outer, inner, columns) {
            result[i * inner + j] += y[i * columns + p] * x[j * columns + p];
        }
        result
    }
}

fn triples(outer: usize, inner: usize, columns: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..outer).flat_map(move |i| (0..inner).flat_map(move |j| (0..columns).map(move |p| (i, j, p))))
}

/// All products of a case in registers `V`, with vectors of C entries, against sums written out. Only some lanes are written.
fn check<S: Scalar, V: Pack<S>, const C: usize>(
    case: &Case<S>,
    first: usize,
    close: &dyn Fn(S, S) -> bool,
    along: bool,
) {
    let Case { samples, inner, outer, .. } = *case;
    let about = format!("{C} columns, {outer} x {inner}, {samples} samples from {first} on, along: {along}");
    let same = |found: &[S], expected: &[S]| {
        assert_eq!(found.len(), expected.len(), "{about}");
        assert!(found.iter().zip(expected).all(|(&x, &y)| close(x, y)), "{about}: {found:?} {expected:?}");
    };
    let rows = &Rows::of(&case.matrix, inner * outer, samples);
    let (x, y): (Vec<V>, Vec<V>) = (case.lanes(&case.x), case.lanes(&case.y));
    let mut applied = vec![V::ONE; outer * C];
    let mut transposed = vec![V::ONE; inner * C];
    let mut product = vec![S::ONE; (samples - first) * inner * outer];
    let mut sum: Vec<S> = case.outer(C, 0);
    let of = |numbers: &[V]| <[V; C]>::slice_from_flat(numbers, numbers.len() / C).map(<[_]>::to_vec);
    let (Some(vectors), Some(covectors)) = (of(&x), of(&y)) else { panic!("whole vectors") };
    let target = |entries| RowsMut::of(entries, inner * outer, first);
    match along {
        true => {
            if inner >= V::LANES && outer >= V::LANES {
                labels::apply(rows, Way::Plain, C, &x, &mut applied);
                labels::outer(C, &y, &x, &mut target(&mut product));
                labels::add_outer(C, &y, &x, false, &mut sum);
                labels::apply(rows, Way::Transposed, C, &y, &mut transposed);
            } else {
                return;
            }
        }
        false => {
            let whole = |numbers: &mut [V], way: Way, vectors: &[[V; C]]| {
                let target = <[V; C]>::slice_from_flat_mut(numbers, numbers.len() / C);
                V::apply(rows, way, vectors, target.expect("whole vectors"));
            };
            whole(&mut applied, Way::Plain, &vectors);
            whole(&mut transposed, Way::Transposed, &covectors);
            V::outer(&covectors, &vectors, &mut target(&mut product));
            V::add_outer(&covectors, &vectors, false, &mut RowsMut::one(&mut sum));
        }
    }
    let lane = |numbers: &[V], w: usize| numbers.iter().map(|x| x.lanes()[w]).collect::<Vec<S>>();
    for w in 0..V::LANES {
        let [expected, expected_transposed] = case.applied(C, w.min(samples - 1));
        same(&lane(&applied, w), &expected);
        same(&lane(&transposed, w), &expected_transposed);
    }
    let mut total = case.outer(C, 0);
    for w in 0..V::LANES {
        let expected = case.outer(C, w.min(samples - 1));
        total.iter_mut().zip(&expected).for_each(|(sum, &term)| *sum += term);
        if let Some(row) = w.checked_sub(first).filter(|row| row + first < samples) {
            same(&product[row * inner * outer..][..inner * outer], &expected);
        }
    }
    same(&sum, &total);
    if inner == outer {
        let apply = |way: Way| {
            let mut found = vec![V::ONE; outer * C];
            match along {
                true => labels::apply(rows, way, C, &x, &mut found),
                false => {
                    let target = <[V; C]>::slice_from_flat_mut(&mut found, outer);
                    V::apply(rows, way, &vectors, target.expect("whole vectors"));
                }
            }
            found
        };
        for (way, half, other, odd) in
            [(Way::Sum, Way::Upper, Way::Lower, false), (Way::Difference, Way::OddUpper, Way::OddLower, true)]
        {
            let (found, half, other) = (apply(way), apply(half), apply(other));
            for w in 0..V::LANES {
                let (matrix, x) = (rows.lane(w), lane(&x, w));
                let mut sum = vec![S::ZERO; outer * C];
                for (i, j, p) in triples(outer, inner, C) {
                    let (entry, other) = (matrix[i * inner + j], matrix[j * inner + i]);
                    let entry = if odd { entry - other } else { entry + other };
                    sum[i * C + p] += entry * x[j * C + p];
                }
                same(&lane(&found, w), &sum);
                // Half of it and the transpose of that half.
                let halves = lane(&half, w).into_iter().zip(lane(&other, w));
                let halves = halves.map(|(half, other)| if odd { half - other } else { half + other });
                same(&halves.collect::<Vec<S>>(), &sum);
            }
        }
    }
    if inner == outer && !along {
        let mut upper = case.outer(C, 0);
        V::add_outer(&covectors, &vectors, true, &mut RowsMut::one(&mut upper));
        for (i, j) in (0..outer).flat_map(|i| (i..inner).map(move |j| (i, j))) {
            same(&upper[i * inner + j..][..1], &total[i * inner + j..][..1]);
        }
    }
}

fn check_sizes<S: Scalar, V: Pack<S>>(number: &dyn Fn(usize) -> S, close: &dyn Fn(S, S) -> bool) {
    let lanes = V::LANES;
    let sizes = [0, 1, 2, 3, lanes - 1, lanes, lanes + 1, 2 * lanes, 2 * lanes + 3, 3 * lanes + 1, 13];
    for (inner, outer) in sizes.into_iter().flat_map(|inner| sizes.map(|outer| (inner, outer))) {
        // One sample is one array for all.
        for (samples, first) in [(lanes, 0), (lanes, lanes - 1), (lanes.min(2), 0), (1, 0)] {
            let case = |columns| Case::new(samples, columns, inner, outer, number);
            for along in [false, true] {
                check::<S, V, 1>(&case(1), first, close, along);
                check::<S, V, 5>(&case(5), first, close, along);
                check::<S, V, 9>(&case(9), first, close, along);
            }
        }
    }
}

#[test]
fn products_along_labels_are_those_of_every_sample() {
    let number = |k: usize| Fp::new(k as u64 * 7919 + 5);
    check_sizes::<Fp, Lanes<Fp, 4>>(&number, &|x, y| x == y);
    check_sizes::<Fp, Lanes<Fp, 1>>(&number, &|x, y| x == y);
    // More lanes than any register has.
    let case = Case::new(20, 5, 40, 33, &number);
    check::<Fp, Lanes<Fp, 20>, 5>(&case, 3, &|x, y| x == y, false);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn products_in_registers_are_those_of_every_sample() {
    use crate::vectors::{F32x4, F32x8, F64x2, F64x4};

    fn single(k: usize) -> f32 {
        (k % 64) as f32 - 31.0
    }
    fn double(k: usize) -> f64 {
        (k % 64) as f64 - 31.0
    }
    // Integers, so that sums are exact in any order.
    check_sizes::<f32, F32x4>(&single, &|x, y| x == y);
    check_sizes::<f64, F64x2>(&double, &|x, y| x == y);
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        check_sizes::<f32, F32x8>(&single, &|x, y| x == y);
        check_sizes::<f64, F64x4>(&double, &|x, y| x == y);
    }
    #[cfg(feature = "avx512")]
    if crate::batch::InstructionSet::used() == crate::batch::InstructionSet::Avx512 {
        check_sizes::<f32, crate::vectors::F32x16>(&single, &|x, y| x == y);
        check_sizes::<f64, crate::vectors::F64x8>(&double, &|x, y| x == y);
    }
}

/// One sample, whose halves of a matrix are looked at entry by entry.
#[test]
fn products_of_one_sample() {
    type One = Lanes<Fp, 1>;
    for size in [1, 2, 5] {
        let case = Case::new(1, 2, size, size, &|k| Fp::new(k as u64 * 7919 + 5));
        let x: Vec<[One; 2]> = case.x.as_chunks().0.iter().map(|x| x.map(|x| Lanes([x]))).collect();
        let apply = |way| {
            let mut applied = vec![[One::ONE; 2]; size];
            One::apply(&Rows::one(&case.matrix), way, &x, &mut applied);
            applied.into_iter().map(|y| y[0].0[0]).collect::<Vec<Fp>>()
        };
        let at = |i: usize, j: usize| case.matrix[i * size + j];
        type Entry<'a> = &'a dyn Fn(usize, usize) -> Fp;
        let ways: [(Way, Entry<'_>); 8] = [
            (Way::Plain, &|i, j| at(i, j)),
            (Way::Transposed, &|i, j| at(j, i)),
            (Way::Sum, &|i, j| at(i, j) + at(j, i)),
            (Way::Difference, &|i, j| at(i, j) - at(j, i)),
            (Way::Upper, &|i, j| {
                if i == j {
                    at(i, i)
                } else if i < j {
                    at(i, j) + at(j, i)
                } else {
                    Fp::ZERO
                }
            }),
            (Way::Lower, &|i, j| {
                if i == j {
                    at(i, i)
                } else if i > j {
                    at(i, j) + at(j, i)
                } else {
                    Fp::ZERO
                }
            }),
            (Way::OddUpper, &|i, j| if i < j { at(i, j) - at(j, i) } else { Fp::ZERO }),
            (Way::OddLower, &|i, j| if i > j { at(j, i) - at(i, j) } else { Fp::ZERO }),
        ];
        assert_eq!(ways.len(), Way::COUNT);
        for (way, entry) in ways {
            let row = |i: usize| (0..size).fold(Fp::ZERO, |sum, j| sum + entry(i, j) * case.x[2 * j]);
            assert_eq!(apply(way), (0..size).map(row).collect::<Vec<_>>(), "{way:?}, {size}");
        }
    }
}
