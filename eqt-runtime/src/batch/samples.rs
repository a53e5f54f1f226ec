//! Samples of arrays of any strides, into typed values and back.

use std::array;

use ndarray::{ArrayView, ArrayViewMut, Axis, Dimension, RemoveAxis};

use crate::{Entries, Lanes, Scalar};

/// Copies one sample, an array of any strides, into a typed input.
///
/// `view` holds the entries of `target`; emitted code has checked the shape. Contiguous samples are copied as slices.
#[inline]
pub fn read_sample<X: Entries + ?Sized, N: Dimension>(view: ArrayView<'_, X::Scalar, N>, target: &mut X) {
    match view.as_slice() {
        Some(entries) => target.copy_from_entries(entries),
        None => target.fill_entries(&mut view.iter().copied()),
    }
}

/// Copies a typed output to one sample of an array of any strides.
///
/// `view` holds the entries of `source`; emitted code has checked the shape. Contiguous samples are copied as slices.
#[inline]
pub fn write_sample<X: Entries + ?Sized, N: Dimension>(source: &X, mut view: ArrayViewMut<'_, X::Scalar, N>) {
    if let Some(entries) = view.as_slice_mut() {
        return source.copy_to_entries(entries);
    }
    let mut slots = view.iter_mut();
    source.for_each_entry(&mut |value| {
        if let Some(slot) = slots.next() {
            *slot = value;
        }
    });
}

/// Copies up to `W` samples, the first of `view` along its first axis, into the lanes of a typed input; with fewer
/// samples the last one fills the remaining lanes, so that no lane computes with numbers that are not in the data.
///
/// With no sample the target stays as it is.
pub fn read_lanes<T, X, N, const W: usize>(view: &ArrayView<'_, T, N>, target: &mut X)
where
    T: Scalar,
    X: Entries<Scalar = Lanes<T, W>> + ?Sized,
    N: RemoveAxis,
{
    let samples = view.len_of(Axis(0)).min(W);
    if samples == 0 {
        return;
    }
    if let Some(entries) = view.as_slice() {
        let length = entries.len() / view.len_of(Axis(0));
        let starts: [usize; W] = array::from_fn(|w| w.min(samples - 1) * length);
        let mut position = 0;
        target.for_each_entry_mut(&mut |lanes| {
            for (lane, start) in lanes.0.iter_mut().zip(starts) {
                if let Some(&value) = entries.get(start + position) {
                    *lane = value;
                }
            }
            position += 1;
        });
        return;
    }
    for w in 0..W {
        let sample = view.index_axis(Axis(0), w.min(samples - 1));
        let mut values = sample.iter();
        target.for_each_entry_mut(&mut |lanes| {
            if let Some(&value) = values.next() {
                lanes.0[w] = value;
            }
        });
    }
}

/// Copies the lanes of a typed output to up to `W` samples, the first of `view` along its first axis; lanes without
/// a sample are dropped.
pub fn write_lanes<T, X, N, const W: usize>(source: &X, view: &mut ArrayViewMut<'_, T, N>)
where
    T: Scalar,
    X: Entries<Scalar = Lanes<T, W>> + ?Sized,
    N: RemoveAxis,
{
    for (w, mut sample) in view.axis_iter_mut(Axis(0)).take(W).enumerate() {
        let mut slots = sample.iter_mut();
        source.for_each_entry(&mut |lanes| {
            if let Some(slot) = slots.next() {
                *slot = lanes.0[w];
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sym, Vector};
    use ndarray::{Array3, s};

    fn counted(shape: (usize, usize, usize)) -> Array3<f64> {
        let mut count = 0.0;
        Array3::from_shape_simple_fn(shape, || {
            count += 1.0;
            count
        })
    }

    #[test]
    fn samples_of_any_stride_are_read_and_written() {
        let array = counted((4, 3, 2));
        let mut contiguous = [Vector::<2>::default(); 3];
        read_sample(array.index_axis(Axis(0), 1), &mut contiguous);
        assert_eq!(contiguous.map(|v| v.0), [[7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]);
        let turned = array.view().permuted_axes([0, 2, 1]);
        let mut strided = [Vector::<3>::default(); 2];
        read_sample(turned.index_axis(Axis(0), 1), &mut strided);
        assert_eq!(strided.map(|v| v.0), [[7.0, 9.0, 11.0], [8.0, 10.0, 12.0]]);

        let mut target = Array3::zeros((4, 3, 2));
        write_sample(&contiguous, target.index_axis_mut(Axis(0), 0));
        write_sample(&strided, target.view_mut().permuted_axes([0, 2, 1]).index_axis_mut(Axis(0), 1));
        assert_eq!(target.index_axis(Axis(0), 0), array.index_axis(Axis(0), 1));
        assert_eq!(target.index_axis(Axis(0), 1), array.index_axis(Axis(0), 1));
    }

    #[test]
    fn lanes_hold_one_sample_each_and_repeat_the_last() {
        let array = counted((3, 2, 2));
        let mut lanes = Sym::<2, Lanes<f64, 4>>::default();
        read_lanes(&array.view(), &mut lanes);
        assert_eq!(lanes.0[0][0], Lanes([1.0, 5.0, 9.0, 9.0]));
        assert_eq!(lanes.0[1][1], Lanes([4.0, 8.0, 12.0, 12.0]));
        let mut strided = Sym::<2, Lanes<f64, 4>>::default();
        read_lanes(&array.slice(s![..;-1, .., ..]), &mut strided);
        assert_eq!(strided.0[1][0], Lanes([11.0, 7.0, 3.0, 3.0]));

        let mut target = Array3::zeros((3, 2, 2));
        write_lanes(&lanes, &mut target.view_mut());
        assert_eq!(target, array);
        let mut short = Array3::zeros((1, 2, 2));
        write_lanes(&lanes, &mut short.view_mut());
        assert_eq!(short, array.slice(s![..1, .., ..]));
        let before = lanes;
        read_lanes(&array.slice(s![..0, .., ..]), &mut lanes);
        assert_eq!(lanes, before);
    }
}
