//! The generator form, compiled: invariants, and the sum of module generators with coefficients that are given.
//!
//! ```text
//! f(a) = sum_g q_g(I(a)) T_g(a),    I_1, I_2, ..: the integrity basis,    T_g: module generators
//! ```
//!
//! `a -> I(a)` and `(q, a) -> sum_g q_g T_g(a)` are compiled, each with its gradient; what is between them, the functions
//! q, is free. The sum is that of a declared map with one coefficient per generator. The invariants are the derivatives
//! of `sum_g c_g I_g` in c, and a cotangent of the invariants is such a c: its gradient in the inputs is
//! `sum_g c_g dI_g/da`.
//!
//! Over free labels an invariant is an array, `<a_i, a_j>` for all i and j, and so is a coefficient: the derivative of
//! `sum_ij c_ij <a_i, a_j>` in c_ij is just that.

use super::classes::Classes;
use super::forward::{Compiled, Compiler, Saturated, compile};
use crate::basis::{Basis, Element, Error, Generators, Options, generator_form};
use crate::diagram::{Graph, Node};
use crate::program::Program;
use crate::signature::{Signature, Sizes};

/// The generator form of a signature with its programs.
#[derive(Clone, Debug)]
pub struct CompiledGenerators {
    /// The signature as declared.
    pub declared: Signature,
    /// Its generators; [`Generators::signature`] has free labels in the place of shared ones.
    pub generators: Generators,
    /// The map `sum_g q_g T_g` over the module generators.
    pub assembly: Compiled,
    /// The integrity basis.
    pub invariants: CompiledInvariants,
}

/// The integrity basis with its programs. Neither reads a cotangent of the output, which would be 1.
#[derive(Clone, Debug)]
pub struct CompiledInvariants {
    /// The invariants as members of a basis of scalar maps.
    pub basis: Basis,
    /// One root per invariant, a [`CoefficientGradient`](crate::program::RootKind::CoefficientGradient): its value, or the array
    /// of its values over the free labels.
    pub values: Program,
    /// One root per input: the gradient of `sum_g c_g I_g`, where coefficient g is the cotangent of invariant g.
    pub gradient: Program,
}

/// Finds generators up to `degree` or the known bound, and compiles them; `limit` as in [`Options::limit`], `sizes` is
/// the sample at which costs are compared.
///
/// # Errors
/// [`Error::Bound`] if no bound is given or known, [`Error::Unreachable`] if the map can only be zero; else limits and
/// budgets.
pub fn compile_generators(
    signature: &Signature,
    degree: Option<usize>,
    limit: usize,
    sizes: &Sizes,
) -> Result<CompiledGenerators, Error> {
    let generators = generator_form(signature, degree, limit)?;
    let list = |signature: &Signature, degree: usize, elements: &[Element]| Basis {
        signature: signature.clone(),
        options: Options { limit, ..Options::up_to(degree) },
        elements: elements.to_vec(),
        counts: Vec::new(),
    };
    let covariants = list(&generators.signature, generators.bound.covariants, &generators.covariants);
    let scalar = generators.invariant_signature();
    let invariants = list(&scalar, generators.bound.invariants, &generators.invariants);
    Ok(CompiledGenerators {
        declared: signature.clone(),
        assembly: compile(&covariants.require_members()?, sizes),
        invariants: CompiledInvariants::new(invariants, sizes),
        generators,
    })
}

impl CompiledInvariants {
    /// Compiles an integrity basis, a list of scalar maps; `sizes` is the sample at which costs are compared.
    pub fn new(basis: Basis, sizes: &Sizes) -> CompiledInvariants {
        let compiler = Compiler::new(&basis, sizes);
        let values = compiler.values();
        let gradient = compiler.gradient_of_values();
        CompiledInvariants { basis, values, gradient }
    }
}

impl Compiler<'_> {
    fn values(&self) -> Program {
        let mut classes = Classes::new(&self.shapes, self.sizes);
        let wanted = self.coefficient_gradients(&mut classes, |member| closed(&self.member_graph(member)));
        self.extract(Saturated::new(classes, wanted))
    }

    fn gradient_of_values(&self) -> Program {
        let mut classes = Classes::new(&self.shapes, self.sizes);
        let roots = self.input_gradients(|member| closed(&self.member_graph(member)));
        let wanted = self.linear(&mut classes, roots);
        self.extract(Saturated::new(classes, wanted))
    }
}

/// The diagram of a scalar map without its output, which has no slots.
fn closed(graph: &Graph) -> Graph {
    let Some(output) = graph.find(Node::Output) else { return graph.clone() };
    let mut edit = graph.edit();
    edit.remove(output);
    edit.finish().graph
}

#[cfg(test)]
mod tests;
