//! eqt-codegen
