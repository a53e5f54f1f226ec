//! Numbers for the dimensions of a signature.

use super::{AxisId, Dimension, Signature};

/// A size for every axis of one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes(pub Vec<usize>);

impl Sizes {
    /// Default sample for symbolic linear axes.
    pub const DEFAULT_LINEAR: usize = 5;
    /// Default sample for symbolic label axes.
    pub const DEFAULT_LABEL: usize = 100;

    /// Literal sizes as they are; symbolic ones from `named`, else the defaults.
    ///
    /// Names are compared without case, as `d` becomes the const generic `D`, unless that leaves a choice: the symbol
    /// itself comes first, and a name that is another symbol, or one of several, is not taken.
    pub fn sample(signature: &Signature, named: &[(String, usize)]) -> Sizes {
        Sizes(
            signature
                .axes
                .iter()
                .map(|axis| match &axis.dimension {
                    Dimension::Literal(value) => *value,
                    Dimension::Symbol(symbol) => {
                        named_size(signature, symbol, named).unwrap_or(if axis.group.is_label() {
                            Self::DEFAULT_LABEL
                        } else {
                            Self::DEFAULT_LINEAR
                        })
                    }
                })
                .collect(),
        )
    }

    /// The shape of a tensor with some axes.
    pub fn shape(&self, axes: &[AxisId]) -> Vec<usize> {
        axes.iter().map(|&axis| self.of(axis)).collect()
    }

    /// The number of its entries, saturating.
    pub fn product(&self, axes: &[AxisId]) -> u64 {
        axes.iter().fold(1, |product, &axis| product.saturating_mul(self.of(axis) as u64))
    }

    /// As [`product`](Sizes::product), at least 1: what a loop over the axes costs. An axis of size 0 does not make all ways
    /// to compute something equally good.
    pub fn cost(&self, axes: &[AxisId]) -> u64 {
        axes.iter().fold(1, |product, &axis| product.saturating_mul(self.of(axis).max(1) as u64))
    }

    /// The size of one axis.
    pub fn of(&self, axis: AxisId) -> usize {
        self.0[axis.index()]
    }
}

fn named_size(signature: &Signature, symbol: &str, named: &[(String, usize)]) -> Option<usize> {
    if let Some((_, size)) = named.iter().find(|(name, _)| name == symbol) {
        return Some(*size);
    }
    let is_symbol = |name: &str| {
        signature.axes.iter().any(|axis| matches!(&axis.dimension, Dimension::Symbol(other) if other == name))
    };
    let mut alike =
        named.iter().filter(|(name, _)| name.eq_ignore_ascii_case(symbol) && !is_symbol(name.as_str()));
    match (alike.next(), alike.next()) {
        (Some((_, size)), None) => Some(*size),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::parse_signature;

    #[test]
    fn the_symbol_itself_comes_before_others_in_another_case() {
        let sample = |signature: &str, named: &[(&str, usize)]| {
            let named: Vec<(String, usize)> =
                named.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
            let Ok(signature) = parse_signature(signature) else { panic!("the signature is read") };
            Sizes::sample(&signature, &named).0
        };
        let both = "O(d) * O(D): R^d (x) R^D -> R";
        assert_eq!(sample(both, &[("D", 3), ("d", 2)]), [2, 3]);
        assert_eq!(sample(both, &[("D", 3)]), [Sizes::DEFAULT_LINEAR, 3]);
        let one = "O(d): R^d -> R";
        assert_eq!(sample(one, &[("D", 3)]), [3]);
        assert_eq!(sample(one, &[("D", 3), ("d", 2)]), [2]);
        let long = "O(dim): R^dim -> R";
        assert_eq!(sample(long, &[("DIM", 3), ("Dim", 2)]), [Sizes::DEFAULT_LINEAR]);
    }
}
