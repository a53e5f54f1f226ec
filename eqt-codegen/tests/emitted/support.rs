//! What the checks of all cases share.

use eqt_runtime::{Dual, Entries, Fp, Scalar};

/// Puts numbers into a typed value.
pub fn fill<X: Entries + ?Sized>(x: &mut X, numbers: &[u64], number: impl Fn(usize, u64) -> X::Scalar) {
    let mut numbers = numbers.iter().enumerate().map(|(index, value)| number(index, *value));
    assert_eq!(x.entry_count(), numbers.len());
    x.fill_entries(&mut numbers);
}

/// All numbers of a typed value.
pub fn entries<X: Entries + ?Sized>(x: &X) -> Vec<X::Scalar> {
    let mut all = Vec::new();
    x.for_each_entry(&mut |entry| all.push(entry));
    all
}

pub fn fps(numbers: &[u64]) -> Vec<Fp> {
    numbers.iter().map(|value| Fp::new(*value)).collect()
}

/// `sum x y`.
pub fn inner(x: &[Fp], y: &[Fp]) -> Fp {
    assert_eq!(x.len(), y.len());
    x.iter().zip(y).map(|(x, y)| *x * *y).sum()
}

/// A small float for a residue.
pub fn float(value: u64) -> f64 {
    (value % 1999) as f64 / 1000.0 - 1.0
}

pub fn close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0_f64, |scale, value| scale.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance * scale, "{what}: {found} for {expected}");
    }
}
