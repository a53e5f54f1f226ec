//! Laws of every tensor type, at random entries: views round-trip, and all ways to an entry lead to the same one.

use proptest::prelude::*;

use super::*;
use crate::{Dual, Fp, Lanes};

/// Peeling, flattening, and the ways back, for single values, slices and families of them.
fn views_round_trip<X: Peel + PartialEq + Debug>(values: &mut [X]) {
    let length = <X::Plain as NestedArray>::LEN;
    let mut copied = vec![X::Scalar::ZERO; values.len() * length];
    values.copy_to_entries(&mut copied);
    let count = values.len();

    let plain = X::peel_slice(values);
    let flat = NestedArray::flatten(plain);
    assert_eq!(flat, copied, "flattening and copying agree");
    assert_eq!(X::Plain::slice_from_flat(flat, count), Some(plain));
    assert_eq!(X::wrap_slice(plain), values);
    for (value, plain) in values.iter().zip(plain) {
        assert_eq!((value.peel(), X::wrap(plain)), (plain, value));
        assert_eq!(X::Plain::from_flat(plain.as_entries()), Some(plain));
    }
    if length > 0 {
        assert_eq!(X::Plain::slice_from_flat(flat, count + 1), None);
        assert_eq!(X::Plain::slice_from_flat(&copied, usize::MAX), None);
    }
    assert_eq!(X::Plain::from_flat(&vec![X::Scalar::ZERO; length + 1]), None);

    // What is written through one view is read through the others.
    let before = values.to_vec();
    for value in &mut *values {
        value.peel_mut().as_entries_mut().iter_mut().for_each(|entry| *entry += X::Scalar::ONE);
    }
    let plain = X::peel_slice_mut(values);
    NestedArray::flatten_mut(plain).iter_mut().for_each(|entry| *entry += X::Scalar::ONE);
    X::wrap_slice_mut(plain)
        .iter_mut()
        .for_each(|value| value.for_each_entry_mut(&mut |entry| *entry -= X::Scalar::ONE));
    for plain in plain {
        X::wrap_mut(plain).for_each_entry_mut(&mut |entry| *entry -= X::Scalar::ONE);
    }
    assert_eq!(values, before);
    let again = copied.clone();
    assert_eq!(
        X::Plain::slice_from_flat_mut(&mut copied, count).map(|plain| &*X::wrap_slice_mut(plain)),
        Some(&*values)
    );
    assert_eq!(copied, again);
}

/// The entry at every multi-index is that of row-major order; there is none at others.
fn every_index_finds_its_entry<X: TensorType>(tensor: &X) {
    let mut position = 0;
    let rebuilt = X::from_index_fn(|index| {
        assert_eq!(X::position(index), Some(position));
        position += 1;
        *tensor.get(index).unwrap()
    });
    assert_eq!((position, &rebuilt), (X::LEN, tensor));
    assert_eq!(tensor.peel(), tensor.as_array());
    assert_eq!(tensor.entries(), NestedArray::as_entries(tensor.peel()));
    assert_eq!(X::position(&vec![0; X::RANK + 1]), None);
    for axis in 0..X::RANK {
        let mut index = vec![0; X::RANK];
        index[axis] = X::size(axis);
        assert_eq!(X::position(&index), None, "axis {axis}");
    }
}

fn check<X: TensorType>(entries: &[i64]) {
    let mut state = entries.iter().cycle().copied().map(X::Scalar::from_i64);
    let mut next = || X::from_entries(&mut state);
    let mut values = [next(), next(), next()];
    every_index_finds_its_entry(&values[0]);
    views_round_trip(&mut values);
    views_round_trip(&mut [[values; 2]; 2]);
    views_round_trip(&mut [[values; 0]; 2]);
    views_round_trip::<[X; 2]>(&mut []);
    let mut wrapped = values.map(Pseudo);
    every_index_finds_its_entry(&wrapped[0]);
    views_round_trip(&mut wrapped);
}

macro_rules! matrices {
    ($entries:ident, $dimension:literal, $scalar:ty: $($name:ident)*) => {$(
        check::<$name<$dimension, $scalar>>($entries);
        let m = $name::<$dimension, $scalar>::from_entries($entries.iter().map(|&x| <$scalar>::from_i64(x)));
        assert!(m.indexed_iter().eq(m.iter().zip(0..).map(|(x, i)| ((i / $dimension, i % $dimension), x))));
        for ((p, q), entry) in m.indexed_iter() {
            let found = [m[(p, q)], m[[p, q]], m.0[p][q], m.row(p)[q], m.column(q)[p], Pseudo(m)[(p, q)]];
            assert_eq!(found, [*entry; 6]);
        }
        assert!(m.rows().flatten().eq(&m), "rows are the entries in order");
        assert_eq!(m.diagonal().into_iter().fold(<$scalar>::ZERO, |sum, x| sum + x), Matrix(m.0).trace());
    )*};
}

macro_rules! tensors {
    ($entries:ident, $rank:literal, $dimension:literal, $scalar:ty: $($name:ident)*) => {$(
        check::<$name<$rank, $dimension, $scalar>>($entries);
        let t = $name::<$rank, $dimension, $scalar>::from_entries(
            $entries.iter().cycle().map(|&x| <$scalar>::from_i64(x)),
        );
        assert!(t.indexed_iter().map(|(_, entry)| entry).eq(&t));
        for (index, entry) in t.indexed_iter() {
            assert_eq!((&t[index], t.get(&index)), (entry, Some(entry)));
        }
    )*};
}

macro_rules! all_types {
    ($entries:ident, $dimension:literal, $scalar:ty) => {
        check::<$scalar>($entries);
        check::<Vector<$dimension, $scalar>>($entries);
        let v = Vector::<$dimension, $scalar>::from_entries($entries.iter().map(|&x| <$scalar>::from_i64(x)));
        assert!(v.indexed_iter().all(|(p, entry)| v[p] == *entry && v.0[p] == *entry));
        assert!(v.iter().eq(&v.0));
        matrices! { $entries, $dimension, $scalar: Matrix Sym Alt Sym0 }
        tensors! { $entries, 1, $dimension, $scalar: Tensor SymTensor AltTensor Sym0Tensor }
        tensors! { $entries, 3, $dimension, $scalar: Tensor SymTensor AltTensor Sym0Tensor }
        check::<Product<Vector<$dimension, $scalar>, Sym<2, $scalar>>>($entries);
        check::<Product<Pseudo<Alt<2, $scalar>>, Product<Vector<$dimension, $scalar>, $scalar>>>($entries);
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn all_ways_to_an_entry_agree(entries in prop::collection::vec(-1000_i64..1000, 40)) {
        let entries = &entries[..];
        all_types! { entries, 2, Fp }
        all_types! { entries, 3, f32 }
        check::<Sym<1>>(entries);
        check::<Product<Sym<2, Lanes<f32, 8>>, Vector<3, Lanes<f32, 8>>>>(entries);
        check::<Tensor<8, 2, Dual<f32>>>(entries);
    }

    #[test]
    fn a_product_indexes_its_factors_in_turn(entries in prop::collection::vec(-1000_i64..1000, 18)) {
        let x = Product::<Vector<2, Fp>, Matrix<3, Fp>>::from_entries(entries.iter().map(|&x| Fp::from_i64(x)));
        for (position, entry) in x.iter().enumerate() {
            let (p, q, r) = (position / 9, position / 3 % 3, position % 3);
            prop_assert_eq!([x[[p, q, r]], x.0[p][q][r], Pseudo(x)[[p, q, r]]], [*entry; 3]);
        }
    }
}

/// Types without entries: their number is all that is left of a slice of them.
#[test]
fn dimension_zero_keeps_the_number_of_values() {
    check::<Vector<0>>(&[1]);
    check::<Sym<0, Fp>>(&[1]);
    check::<Tensor<3, 0>>(&[1]);
    check::<Product<Vector<0>, Vector<2>>>(&[1]);
    check::<Product<Vector<2>, Vector<0>>>(&[1]);
    assert_eq!(<[[f64; 0]; 3]>::slice_from_flat(&[], 5).map(<[_]>::len), Some(5));
    assert_eq!(<[[f64; 3]; 0]>::slice_from_flat(&[], 5).map(<[_]>::len), Some(5));
    assert_eq!(<[[f64; 3]; 0]>::slice_from_flat(&[1.0, 2.0, 3.0], 1), None);
    assert_eq!(<[f64; 3]>::slice_from_flat_mut(&mut [], 0).map(|arrays| arrays.len()), Some(0));
}
