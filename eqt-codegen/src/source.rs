//! From a signature to source in one call, for build scripts.

use std::fmt;

use eqt_ir::basis::{self, Basis, Options};
use eqt_ir::map::GeneratorForm;
use eqt_ir::optimise::Objective;
use eqt_ir::signature::{Signature, Sizes, parse_signature};

use crate::emit::rust::{FormatError, emit_commented, format};
use crate::{CompiledMap, DeclarationError, declaration_for};

/// Why there is no source.
#[derive(Debug)]
pub enum SourceError {
    /// The signature cannot be read.
    Signature(syn::Error),
    /// The signature is not that of a Rust function.
    Declaration(DeclarationError),
    /// There is no basis.
    Basis(basis::Error),
    /// A defect of eqt.
    Format(FormatError),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceError::Signature(error) => error.fmt(f),
            SourceError::Declaration(error) => error.fmt(f),
            SourceError::Basis(error) => error.fmt(f),
            SourceError::Format(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SourceError {}

/// The formatted source of a public map and its module, for instance in a build script:
///
/// ```
/// use eqt_ir::basis::Options;
///
/// let code = eqt_codegen::source("O(d): a: R^d -> S^d", &Options::up_to(2), "square", &[])?;
/// assert!(code.contains("pub fn square<const D: usize, T: ::eqt::__private::Scalar>("));
/// // std::fs::write(std::path::Path::new(&std::env::var("OUT_DIR")?).join("square.rs"), code)?;
/// # Ok::<(), eqt_codegen::SourceError>(())
/// ```
///
/// `sizes` are samples of symbolic sizes, by name, at which costs are compared.
///
/// # Errors
///
/// If the signature cannot be read, is not that of a Rust function, or has no basis within the options.
pub fn source(
    signature: &str,
    options: &Options,
    name: &str,
    sizes: &[(String, usize)],
) -> Result<String, SourceError> {
    let signature = parse_signature(signature).map_err(SourceError::Signature)?;
    let sizes = &Sizes::sample(&signature, sizes);
    source_of(&signature, options, name, sizes)
}

/// As [`source`], of a signature that is read already; `objective` says by what programs are chosen, sizes alone or more.
///
/// # Errors
///
/// If the signature is not that of a Rust function, or there is no basis within the options.
pub fn source_of(
    signature: &Signature,
    options: &Options,
    name: &str,
    objective: impl Into<Objective>,
) -> Result<String, SourceError> {
    let objective = objective.into();
    let declaration =
        declaration_for(signature, name, objective.sizes.clone()).map_err(SourceError::Declaration)?;
    let basis =
        Basis::new(signature, options).and_then(Basis::require_members).map_err(SourceError::Basis)?;
    let compiled = CompiledMap::of_basis(&basis, objective);
    format(emit_commented(&declaration, &compiled)).map_err(SourceError::Format)
}

/// The formatted source of a public map in generator form and its module, like [`source`]. Generators are found up to
/// `degree`, or to the known bound.
///
/// ```
/// let code = eqt_codegen::generator_source("O(3): a: S^3, b: S^3 -> S^3", None, 20_000, "stress", &[])?;
/// assert!(code.contains("pub const INVARIANTS: usize = 10;"));
/// # Ok::<(), eqt_codegen::SourceError>(())
/// ```
///
/// # Errors
///
/// If the signature cannot be read, is not that of a Rust function, has no generators but zero, or no bound is given or
/// known.
pub fn generator_source(
    signature: &str,
    degree: Option<usize>,
    limit: usize,
    name: &str,
    sizes: &[(String, usize)],
) -> Result<String, SourceError> {
    let signature = parse_signature(signature).map_err(SourceError::Signature)?;
    let sizes = &Sizes::sample(&signature, sizes);
    generator_source_of(&signature, degree, limit, name, sizes)
}

/// As [`generator_source`], of a signature that is read already; `objective` says by what programs are chosen.
///
/// # Errors
///
/// If the signature is not that of a Rust function, the map has no generators but zero, or no bound is given or known.
pub fn generator_source_of(
    signature: &Signature,
    degree: Option<usize>,
    limit: usize,
    name: &str,
    objective: impl Into<Objective>,
) -> Result<String, SourceError> {
    let objective = objective.into();
    let declaration =
        declaration_for(signature, name, objective.sizes.clone()).map_err(SourceError::Declaration)?;
    let form = GeneratorForm::new(signature, degree, limit).map_err(SourceError::Basis)?;
    let compiled = CompiledMap::of_generators(form, objective);
    format(emit_commented(&declaration, &compiled)).map_err(SourceError::Format)
}
