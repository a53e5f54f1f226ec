//! Names that do not compile yet, by role and form. Each is a fault of what is emitted: remove it with the fault.

/// Role, form, names.
#[rustfmt::skip]
pub(crate) const KNOWN: &[(&str, &str, &[&str])] = &[
    ("function", "declared", &[
        "T"
    ]),
    ("function", "labels", &[
        "T"
    ]),
    ("function", "generators", &[
        "T"
    ]),
    ("function", "body", &[
        "T"
    ]),
    ("input", "declared", &[
        "LEN", "ELEMENTS", "call", "gradient", "coefficient_gradient"
    ]),
    ("input", "labels", &[
        "LEN", "ELEMENTS", "try_call", "unchecked_call", "unchecked_call_into", "try_gradient", "in_place_call"
    ]),
    ("input", "generators", &[
        "INVARIANTS", "GENERATORS", "coefficient_gradient", "invariants", "invariants_gradient", "assemble",
        "assemble_gradient"
    ]),
    ("input", "body", &[
        "call", "gradient", "parameter_gradient"
    ]),
    ("generic", "declared", &[
        "call", "gradient", "coefficient_gradient", "Gradient", "BatchGradient", "lanes", "term", "eqt", "Option",
        "Result", "Vec", "String", "Box", "Copy", "Clone", "Send", "Sync", "Sized", "Drop", "Fn", "FnMut", "FnOnce",
        "Iterator", "IntoIterator", "Extend", "Default", "PartialEq", "Eq", "Ord", "From", "Into", "TryFrom",
        "AsRef", "ToOwned", "ToString", "bool", "char", "str", "usize", "isize", "u8", "u64", "i32", "f32", "f64",
        "core", "std", "None", "Some", "Ok", "Err"
    ]),
    ("generic", "labels", &[
        "try_call", "unchecked_call", "unchecked_call_into", "try_gradient", "in_place_call", "Workspace",
        "Gradient", "BatchGradient", "Coefficients", "LengthError", "value", "lanes", "eqt", "Option", "Result",
        "Vec", "String", "Box", "Copy", "Clone", "Send", "Sync", "Sized", "Drop", "Fn", "FnMut", "FnOnce",
        "Iterator", "IntoIterator", "Extend", "Default", "PartialEq", "Eq", "Ord", "From", "Into", "TryFrom",
        "AsRef", "ToOwned", "ToString", "bool", "char", "str", "usize", "isize", "u8", "u64", "i32", "f32", "f64",
        "core", "std", "None", "Some", "Ok", "Err"
    ]),
    ("generic", "generators", &[
        "assemble", "assemble_gradient", "Gradient", "InvariantsGradient", "eqt", "Option", "Result", "Vec",
        "String", "Box", "Copy", "Clone", "Send", "Sync", "Sized", "Drop", "Fn", "FnMut", "FnOnce", "Iterator",
        "IntoIterator", "Extend", "Default", "PartialEq", "Eq", "Ord", "From", "Into", "TryFrom", "AsRef",
        "ToOwned", "ToString", "bool", "char", "str", "usize", "isize", "u8", "u64", "i32", "f32", "f64", "core",
        "std", "None", "Some", "Ok", "Err", "coefficient_gradient", "invariants", "invariants_gradient"
    ]),
    ("generic", "body", &[
        "call", "gradient", "Gradient", "lanes", "eqt", "Option", "Result", "Vec", "String", "Box", "Copy", "Clone",
        "Send", "Sync", "Sized", "Drop", "Fn", "FnMut", "FnOnce", "Iterator", "IntoIterator", "Extend", "Default",
        "PartialEq", "Eq", "Ord", "From", "Into", "TryFrom", "AsRef", "ToOwned", "ToString", "bool", "char", "str",
        "usize", "isize", "u8", "u64", "i32", "f32", "f64", "core", "std", "None", "Some", "Ok", "Err"
    ]),
    ("length", "declared", &[
        "call_into", "gradient_into"
    ]),
    ("length", "labels", &[
        "unchecked_call", "unchecked_call_into", "in_place_call"
    ]),
    ("length", "body", &[
        "call", "call_into", "gradient", "gradient_into"
    ]),
    ("symbol", "declared", &[
        "call", "call_into", "Call", "gradient", "gradient_into", "Gradient"
    ]),
    ("symbol", "labels", &[
        "call", "call_into", "Call", "gradient", "gradient_into", "Gradient", "unchecked_call",
        "unchecked_call_into", "try_call", "try_gradient", "in_place_call"
    ]),
    ("symbol", "generators", &[
        "assemble", "assemble_into", "assemble_gradient", "invariants", "Invariants", "invariants_gradient"
    ]),
    ("symbol", "body", &[
        "call", "call_into", "Call", "gradient", "gradient_into", "Gradient"
    ]),
    ("notation", "declared", &[
        "LEN", "ELEMENTS", "call", "gradient", "coefficient_gradient"
    ]),
    ("notation", "labels", &[
        "LEN", "ELEMENTS", "try_call", "unchecked_call", "unchecked_call_into", "try_gradient", "in_place_call"
    ]),
    ("notation", "generators", &[
        "INVARIANTS", "GENERATORS", "coefficient_gradient", "invariants", "invariants_gradient", "assemble",
        "assemble_gradient"
    ]),
    ("notation", "body", &[
        "call", "gradient", "parameter_gradient"
    ]),
];
