//! What is computed: maps with a body.

pub mod body;
