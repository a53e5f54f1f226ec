//! eqt-ir
