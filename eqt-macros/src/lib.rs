//! eqt-macros
