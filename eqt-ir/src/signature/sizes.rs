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

    /// Literal sizes as they are; symbolic ones from `named` (compared without case, as `d` becomes the const generic
    /// `D`), else the defaults.
    pub fn sample(signature: &Signature, named: &[(String, usize)]) -> Sizes {
        Sizes(
            signature
                .axes
                .iter()
                .map(|axis| match &axis.dimension {
                    Dimension::Literal(value) => *value,
                    Dimension::Symbol(symbol) => named
                        .iter()
                        .find(|(name, _)| name.eq_ignore_ascii_case(symbol))
                        .map(|(_, value)| *value)
                        .unwrap_or(if axis.group.is_label() {
                            Self::DEFAULT_LABEL
                        } else {
                            Self::DEFAULT_LINEAR
                        }),
                })
                .collect(),
        )
    }

    /// The size of one axis.
    pub fn of(&self, axis: AxisId) -> usize {
        self.0[usize::from(axis.0)]
    }
}
