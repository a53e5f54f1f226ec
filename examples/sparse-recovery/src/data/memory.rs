//! What a run would ask of memory, said before it is asked for.

use super::generate::{Covariance, Shape};

/// The most bytes of a run.
pub(crate) const BUDGET: u128 = 8 << 30;

/// Arrays of the size of the coefficients that training holds at once: Adam's two moments, averages, the best, ..
const COPIES: u128 = 10;

/// Refuses what is beyond the budget; `what` says whose bytes they are.
pub(crate) fn check(bytes: u128, what: &str) -> Result<(), String> {
    if bytes <= BUDGET {
        return Ok(());
    }
    Err(format!("{what} would need {} of memory, and the budget of a run is {}", text(bytes), text(BUDGET)))
}

/// Refuses sizes of generated data beyond the budget.
pub(crate) fn check_data(covariance: Covariance, shape: &Shape) -> Result<(), String> {
    let Shape { n, d, train, validation, test, .. } = *shape;
    let wide = |size: usize| size as u128;
    let samples = wide(train) + wide(validation) + wide(test);
    // A basis and its vector in doubles, the rows once more in single precision.
    let sample = wide(n).saturating_mul(8 * (wide(d) + 1) + 4 * wide(d));
    check(samples.saturating_mul(sample), &format!("{samples} samples of n = {n}, d = {d}"))?;
    match covariance {
        Covariance::Random => {
            check(8 * wide(n).saturating_mul(wide(n)), &format!("the random covariance of n = {n}"))
        }
        Covariance::Diagonal | Covariance::Identity => Ok(()),
    }
}

/// Refuses coefficients for pairs of labels beyond the budget.
pub(crate) fn check_pairs(n: usize) -> Result<(), String> {
    let coefficients = (n as u128).saturating_mul(n as u128);
    check(
        coefficients.saturating_mul(4 * COPIES),
        &format!(
            "the method `labelled`, with {n} x {n} coefficients and {COPIES} copies of them in training,"
        ),
    )
}

/// `8.6 GB`.
fn text(bytes: u128) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ if size >= 1e6 => format!("{size:.1e} {}", UNITS[unit]),
        _ => format!("{size:.1} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_one_would_write_them() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (8_589_934_592, "8.6 GB"),
            (1_500_000_000_000, "1.5 TB"),
            (u128::MAX, "3.4e23 PB"),
        ] {
            assert_eq!(text(bytes), expected);
        }
    }

    #[test]
    fn the_largest_sizes_are_counted_without_overflow() {
        let shape = Shape {
            n: usize::MAX,
            d: 16,
            eps: 0.25,
            train: usize::MAX,
            validation: usize::MAX,
            test: usize::MAX,
        };
        assert!(check_data(Covariance::Random, &shape).is_err());
        assert!(check_pairs(usize::MAX).is_err());
        let usual = Shape { n: 100, d: 5, train: 5000, validation: 500, test: 500, ..shape };
        assert_eq!(check_data(Covariance::Random, &usual), Ok(()));
        // 8 n^2 bytes are within 8 GiB up to n = 32768, 40 n^2 up to 14654.
        let one = Shape { n: 32_768, d: 1, train: 1, validation: 1, test: 1, ..shape };
        assert_eq!(check_data(Covariance::Random, &one), Ok(()));
        assert!(check_data(Covariance::Random, &Shape { n: 32_769, ..one }).is_err());
        assert!(check_pairs(14_654).is_ok() && check_pairs(14_655).is_err());
    }
}
