//! Back ends: the interface of a map in a language, a folder each.

pub mod rust;
