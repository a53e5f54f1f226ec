//! The basis that a file of coefficients is for.

use std::fmt;

use crate::{Basis, Fingerprint};

/// The basis that coefficients belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its signature.
    pub signature: String,
    /// Its options.
    pub options: String,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
}

impl Owner {
    pub(super) fn of(basis: &Basis) -> Self {
        Self {
            signature: basis.signature.to_owned(),
            options: basis.options.to_owned(),
            fingerprint: basis.fingerprint(),
        }
    }

    /// Three lines: signature, options, fingerprint.
    pub(super) fn to_metadata(&self) -> String {
        format!("{}\n{}\n{}", self.signature, self.options, self.fingerprint)
    }

    pub(super) fn from_metadata(text: &str) -> Option<Self> {
        let (names, fingerprint) = text.rsplit_once('\n')?;
        let (signature, options) = names.rsplit_once('\n')?;
        Some(Self {
            signature: signature.to_owned(),
            options: options.to_owned(),
            fingerprint: fingerprint.parse().ok()?,
        })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signature, options, fingerprint } = self;
        let separator = if options.is_empty() { "" } else { ", " };
        write!(f, "`{signature}{separator}{options}` ({fingerprint})")
    }
}
