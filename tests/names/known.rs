//! Names that do not compile yet, by role and form. Each is a fault of what is emitted: remove it with the fault.

/// Role, form, names.
pub(crate) const KNOWN: &[(&str, &str, &[&str])] = &[("generic", "labels", &["value"])];
