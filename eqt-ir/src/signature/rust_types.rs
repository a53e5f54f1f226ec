//! rust_types
