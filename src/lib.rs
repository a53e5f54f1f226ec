//! eqt
