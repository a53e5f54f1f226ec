//! Permutations and their signs.

/// The sign of the permutation that sorts the values, 0 if two are equal.
pub fn arrangement_sign(values: &[usize]) -> i8 {
    let mut sign = 1;
    for (position, value) in values.iter().enumerate() {
        for later in &values[position + 1..] {
            match value.cmp(later) {
                std::cmp::Ordering::Equal => return 0,
                std::cmp::Ordering::Greater => sign = -sign,
                std::cmp::Ordering::Less => {}
            }
        }
    }
    sign
}
