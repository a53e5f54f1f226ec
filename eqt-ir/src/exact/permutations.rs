//! Permutations, with signs.

/// The sign of the permutation that sorts the values, 0 if two are equal.
pub fn arrangement_sign<T: Ord>(values: &[T]) -> i8 {
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

/// All permutations of `0..count`, in lexicographic order.
pub fn permutations(count: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..count {
        let longer = |shorter: Vec<usize>| {
            let left: Vec<usize> = (0..count).filter(|value| !shorter.contains(value)).collect();
            left.into_iter().map(move |value| [&shorter[..], &[value]].concat())
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}

/// All permutations of `0..count` with their signs, in lexicographic order.
pub fn signed_permutations(count: usize) -> Vec<SignedPermutation> {
    let signed = |image: Vec<usize>| SignedPermutation { sign: arrangement_sign(&image), image };
    permutations(count).into_iter().map(signed).collect()
}

/// The permutation that takes `permutation[k]` to k.
pub fn inverse(permutation: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; permutation.len()];
    for (from, &to) in permutation.iter().enumerate() {
        inverse[to] = from;
    }
    inverse
}

/// A permutation of slots with the sign that it has on a space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedPermutation {
    /// Slot k goes to slot `image[k]`.
    pub image: Vec<usize>,
    /// +1 or -1.
    pub sign: i8,
}

impl SignedPermutation {
    /// All slots stay.
    pub fn identity(slots: usize) -> SignedPermutation {
        SignedPermutation { image: (0..slots).collect(), sign: 1 }
    }

    /// Whether the sign is -1.
    pub fn is_odd(&self) -> bool {
        self.sign < 0
    }

    /// First this one, then the other.
    pub fn then(&self, other: &SignedPermutation) -> SignedPermutation {
        let image = self.image.iter().map(|&slot| other.image[slot]).collect();
        SignedPermutation { image, sign: self.sign * other.sign }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn permutations_are_all_different_and_in_order() {
        for (count, number) in [(0, 1), (1, 1), (2, 2), (3, 6), (5, 120)] {
            let all = permutations(count);
            assert_eq!(all.len(), number);
            assert!(all.is_sorted());
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), number);
            for permutation in &all {
                let both: Vec<usize> = inverse(permutation).iter().map(|&at| permutation[at]).collect();
                assert_eq!(both, (0..count).collect::<Vec<_>>());
            }
        }
    }
}
