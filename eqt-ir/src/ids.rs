//! Indices as types of their own, so that a node is never read as a slot, and none wraps.
//!
//! Every id is made by `new` or `try_new`, which are checked. Sizes that a user can cause are refused before, in one sentence
//! with the number: axes, inputs and slots of one tensor where the signature is bound ([`Signature::MAX_AXES`],
//! [`Signature::MAX_INPUTS`], [`Signature::MAX_SLOTS`]), ports of one diagram where it is enumerated
//! ([`DiagramLimit::MAX_PORTS`]) or a body is multiplied out, members by the limit on the basis, and numbers in the text of
//! a program where they are read.
//!
//! [`Signature::MAX_AXES`]: crate::signature::Signature::MAX_AXES
//! [`Signature::MAX_INPUTS`]: crate::signature::Signature::MAX_INPUTS
//! [`Signature::MAX_SLOTS`]: crate::signature::Signature::MAX_SLOTS
//! [`DiagramLimit::MAX_PORTS`]: crate::diagram::DiagramLimit::MAX_PORTS

use std::fmt;

/// More of something than there may be.
///
/// ```
/// use eqt_ir::signature::AxisId;
///
/// let error = AxisId::try_new(300).unwrap_err();
/// assert_eq!(error.to_string(), "301 axes are more than the 256 that are supported");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// What there is too much of, in the plural.
    pub what: &'static str,
    /// How many.
    pub given: usize,
    /// The most there may be.
    pub most: usize,
}

impl TooMany {
    /// Refuses more than `most`.
    ///
    /// # Errors
    /// With the number given.
    pub fn check(what: &'static str, given: usize, most: usize) -> Result<(), TooMany> {
        if given > most { Err(TooMany { what, given, most }) } else { Ok(()) }
    }
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} are more than the {} that are supported", self.given, self.what, self.most)
    }
}

impl std::error::Error for TooMany {}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($number:ty), $what:literal, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($number);

        impl $name {
            /// The id of an index.
            ///
            /// # Errors
            /// If the index does not fit.
            pub const fn try_new(index: usize) -> Result<$name, $crate::ids::TooMany> {
                let last = <$number>::MAX as usize;
                if index <= last {
                    Ok($name(index as $number))
                } else {
                    let given = index.saturating_add(1);
                    Err($crate::ids::TooMany { what: $what, given, most: last + 1 })
                }
            }

            /// The id of an index.
            ///
            /// # Panics
            /// If the index does not fit. Limits on signatures and diagrams see to it that it does.
            pub const fn new(index: usize) -> $name {
                match Self::try_new(index) {
                    Ok(id) => id,
                    Err(_) => panic!(concat!(stringify!($name), " out of range")),
                }
            }

            /// The index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

pub(crate) use id;
