//! The generator form: invariants, and the sum of module generators with coefficients that are given.
//!
//! ```text
//! f(a) = sum_g q_g(I(a)) T_g(a),    I_1, I_2, ..: the integrity basis,    T_g: module generators
//! ```
//!
//! `a -> I(a)` and `(q, a) -> sum_g q_g T_g(a)` are two maps; what is between them, the functions q, is free. A cotangent of
//! the invariants is a coefficient of theirs: the gradient of `sum_g c_g I_g` in the inputs is `sum_g c_g dI_g/da`. Over free
//! labels an invariant is an array, `<a_i, a_j>` for all i and j, and so is a coefficient.

use super::{Map, Origin};
use crate::basis::{Element, Error, Generators, Options, generator_form};
use crate::signature::Signature;

/// The generator form of a signature, as two maps.
#[derive(Clone, Debug)]
pub struct GeneratorForm {
    /// The signature as declared.
    pub declared: Signature,
    /// Its generators; [`Generators::signature`] has free labels in the place of shared ones.
    pub generators: Generators,
    /// The map `sum_g q_g T_g` over the module generators.
    pub assembly: Map,
    /// The integrity basis: scalar maps, whose coefficients are cotangents.
    pub invariants: Map,
}

impl GeneratorForm {
    /// Finds generators up to `degree`, or to the known bound; `limit` as in [`Options::limit`].
    ///
    /// # Errors
    /// [`Error::Bound`] if no bound is given or known, [`Error::Unreachable`] if the map can only be zero; else limits and
    /// budgets.
    pub fn new(signature: &Signature, degree: Option<usize>, limit: usize) -> Result<GeneratorForm, Error> {
        let form = GeneratorForm::of(signature, generator_form(signature, degree, limit)?, limit);
        if form.assembly.members.is_empty() {
            let most = form.generators.bound.covariants;
            return Err(Error::unreachable(
                &form.generators.signature,
                &Options { limit, ..Options::up_to(most) },
            ));
        }
        Ok(form)
    }

    /// The maps of generators that are found already, those of `declared` or of the signature with shared labels free.
    pub fn of(declared: &Signature, generators: Generators, limit: usize) -> GeneratorForm {
        let map = |signature: &Signature, degree: usize, elements: &[Element]| {
            let options = Options { limit, ..Options::up_to(degree) };
            let origin = Origin::Generators { bound: generators.bound, options };
            Map::of_elements(signature, elements, origin)
        };
        let bound = generators.bound;
        let assembly = map(&generators.signature, bound.covariants, &generators.covariants);
        let invariants = map(&generators.invariant_signature(), bound.invariants, &generators.invariants);
        GeneratorForm { declared: declared.clone(), generators, assembly, invariants }
    }

    /// The option that bounds the degree, empty if the bound is that of a theorem.
    pub fn options(&self) -> String {
        let bound = self.generators.bound;
        match bound.source {
            Some(_) => String::new(),
            None => format!("degree <= {}", bound.invariants.max(bound.covariants)),
        }
    }
}
