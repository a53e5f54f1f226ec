//! eqt-runtime
