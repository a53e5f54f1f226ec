//! What the compiler says to each mistake, and what compiles: one file each under `tests/ui`.

#[test]
fn every_mistake_is_one_sentence_at_its_token() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn maps_compile_wherever_they_are_declared() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}

// A second time here, where clippy sees it.
#[allow(dead_code, unreachable_pub)]
#[path = "ui/pass/strict_lints.rs"]
mod strict_lints;
