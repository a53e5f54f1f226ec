//! eqt

pub use eqt_macros::equivariant;
pub use eqt_runtime::*;

/// Everything that code with equivariant maps usually names.
pub mod prelude {
    #[doc(no_inline)]
    pub use eqt_runtime::prelude::*;

    #[doc(no_inline)]
    pub use crate::equivariant;
}

/// What emitted code names; no part of the public interface, and free to change with any version.
#[doc(hidden)]
pub mod __private {
    pub use eqt_runtime::__private::*;

    /// Named by every expansion: code that another version of the macros emits does not compile with this crate.
    pub const MACROS_0_1_0: () = ();
}
