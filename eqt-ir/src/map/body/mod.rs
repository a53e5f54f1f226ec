//! Bodies of defined maps: a small tensor language, checked for equivariance and multiplied out into diagrams.
//!
//! ```text
//! sum(|i| (dot(a[i], a[i]) - D / N) * outer(a[i], a[i]))
//! ```
//!
//! Every expression is a tensor with ordered axes and a parity. Numbers are exact: integers, decimals, sizes of axes, and
//! their quotients. A size 0 in a denominator makes the constant zero.
//!
//! | expression | meaning |
//! |---|---|
//! | `x + y`, `x - y`, `-x` | axes and parity must agree |
//! | `s * x`, `x / c` | times a scalar; by a number |
//! | `a[i]`, `w[0]` | the member of a family at a bound label; at a number, if no group acts on the label |
//! | `sum(\|i, j\| x)` | over all labels of the axes that i and j index in x |
//! | `family(\|i\| x)` | the family of x over i |
//! | `dot(x, y)` | all axes contracted, `x_p y_p`, with the invariant form |
//! | `outer(x, y)`, `sym_outer(x, y)` | `x_p y_q`, and its symmetric part |
//! | `contract(x, y)`, `contract(x, p, y, q)` | the last axis with the first, as matrices multiply; axis p with axis q |
//! | `trace(x)`, `trace(x, p, q)` | of a matrix; of two axes |
//! | `transpose(x)`, `transpose(x, 2, 0, 1)` | of a matrix; axes in a new order |
//! | `symmetrize(x)`, `antisymmetrize(x)`, `traceless(x)` | the mean over orders of the axes; the symmetric traceless part of a matrix |
//! | `cross(x, y)`, `det(x, y, z)`, `epsilon()` | with a literal dimension, of O (changing parity) and SO |
//! | `identity()`, `identity(D)` | the inverse form, `delta_pq` for O(d) |
//! | `pow(s, k)` | of a scalar, k literal |
//! | `let x = ..;`, `let f = \|x, y\| ..;` | names and local functions |
//! | `map(x, y)` | another defined map, if it is listed as used |
//!
//! # An example
//!
//! ```
//! use eqt_ir::diagram::Style;
//! use eqt_ir::map::body::define;
//! use eqt_ir::signature::rust_types::Head;
//!
//! // What the attribute hands over: the group, and a function with a body.
//! let Ok(Head::Group(group)) = syn::parse_str("O(D) * S(N)") else { panic!("no group") };
//! let function: syn::ItemFn = syn::parse_str(
//!     "fn sos<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D> {
//!         sum(|i| (dot(a[i], a[i]) - D / N) * outer(a[i], a[i]))
//!     }",
//! )
//! .unwrap();
//! let generics: Vec<_> = function.sig.generics.const_params().map(|generic| generic.ident.clone()).collect();
//! let rust = group.function(&generics, &function.sig).unwrap();
//!
//! // Multiplied out: constants times diagrams.
//! let definition = define(&rust, &function.block, &[]).unwrap();
//! let terms = definition.formulas(Style::Text);
//! assert_eq!(terms[0], ("1".to_owned(), "sum_i |a_i|^2 a_i^p a_i^q".to_owned()));
//! assert_eq!(terms[1], ("-D/N".to_owned(), "sum_i a_i^p a_i^q".to_owned()));
//!
//! // A body that is not equivariant is an error at its place: a trace leaves a number, not a matrix.
//! let wrong: syn::Block = syn::parse_str("{ sum(|i| dot(a[i], a[i])) }").unwrap();
//! assert!(define(&rust, &wrong, &[]).is_err());
//! ```

use std::fmt;

use syn::{Block, Error, Ident, Result};

use super::{Coefficient, Content, Map, Member, Origin};
use crate::diagram::{Graph, Notation, Style};
use crate::exact::Ratio;
use crate::exact::tensor::{Tensor, indices};
use crate::signature::Signature;
use crate::signature::rust_types::{Extent, RustSignature};

#[macro_use]
mod spans;

mod calls;
mod constant;
mod elaborate;
mod families;
mod functions;
mod output;
mod product;
mod scope;

#[cfg(test)]
mod tests;
mod value;

pub use constant::{Constant, SizePolynomial};

use elaborate::Elaborator;
use scope::{Binding, Scope};

/// Another defined map that a body may call.
#[derive(Clone, Debug)]
pub struct Used {
    /// Its name in calls.
    pub name: String,
    /// Its signature.
    pub rust: RustSignature,
    /// Its body.
    pub body: Block,
    /// What that body may call.
    pub uses: Vec<Used>,
}

/// An input at fixed labels, `w[0]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedLabels {
    /// The input.
    pub input: usize,
    /// Slots and the label that each is fixed at, in order.
    pub labels: Vec<(usize, usize)>,
}

/// A term: a constant times a diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The constant.
    pub constant: Constant,
    /// The diagram, with an output node; not in canonical form.
    pub graph: Graph,
}

/// A map as the sum of its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The signature; its inputs are those of the map, then the members at fixed labels that the body reads.
    pub signature: Signature,
    /// What the further inputs are.
    pub fixed: Vec<FixedLabels>,
    /// The terms, at least one.
    pub terms: Vec<Term>,
}

/// Checks a body and multiplies it out.
///
/// # Errors
/// One sentence at the offending token; several, if sides of one operation are wrong each.
pub fn define(rust: &RustSignature, body: &Block, uses: &[Used]) -> Result<Definition> {
    if let Some(name) = rust.inputs.get(elaborate::MAX_INPUTS) {
        return Err(Error::new(name.span(), elaborate::too_many_inputs()));
    }
    let mut elaborator = Elaborator::new(&rust.signature, uses);
    let value = elaborator.block(body, &outermost(rust))?;
    output::check(&elaborator, &value, body)?;
    for (name, named) in rust.inputs.iter().zip(&elaborator.named) {
        if !named && !name.to_string().starts_with('_') {
            return Err(mistake!(
                name.span(),
                "the body does not read `{name}`; remove it, or name it `_{name}`"
            ));
        }
    }
    let terms = value.terms().map(|(constant, graph)| Term { constant: constant.clone(), graph }).collect();
    Ok(Definition { signature: elaborator.signature().clone(), fixed: elaborator.fixed, terms })
}

/// The names of a whole body.
fn outermost<'a>(rust: &RustSignature) -> Scope<'a> {
    let mut scope = Scope::default();
    for (axis, extent) in rust.signature.axis_ids().zip(&rust.extents) {
        if let Extent::Const(name) | Extent::RunTime(name) = extent {
            scope = scope.with(plain(name), Binding::Size(axis));
        }
    }
    for (input, name) in rust.inputs.iter().enumerate() {
        scope = scope.with(plain(name), Binding::Input(input));
    }
    scope
}

fn plain(name: &Ident) -> String {
    syn::ext::IdentExt::unraw(name).to_string()
}

/// A constant of a body needs more than 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConstantTooLarge;

impl fmt::Display for ConstantTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a constant of the body is too large: numerator and denominator must fit 63 bits")
    }
}

impl std::error::Error for ConstantTooLarge {}

impl Map {
    /// The sum of the terms of a body, a member each.
    ///
    /// # Errors
    /// If a constant is too large.
    pub fn of_definition(definition: &Definition) -> std::result::Result<Map, ConstantTooLarge> {
        let mut coefficients: Vec<Coefficient> = Vec::new();
        let mut members = Vec::with_capacity(definition.terms.len());
        for (index, term) in definition.terms.iter().enumerate() {
            let ((numerator, denominator), factor) = term.constant.split();
            let fits = |value: i128| match i64::try_from(value) {
                Ok(value) if value != i64::MIN => Ok(value),
                _ => Err(ConstantTooLarge),
            };
            let scale = Ratio::new(fits(numerator)?, fits(denominator)?.unsigned_abs());
            let known = coefficients.iter().position(|other| other.factor == factor);
            let coefficient = known.unwrap_or_else(|| {
                let name = format!("c{}", coefficients.len());
                coefficients.push(Coefficient {
                    name,
                    axes: Vec::new(),
                    ties: Vec::new(),
                    given: false,
                    factor,
                });
                coefficients.len() - 1
            });
            let terms = vec![super::Term { scale, graph: term.graph.clone() }];
            members.push(Member { degree: definition.degree(index), coefficient, terms });
        }
        let content = Content {
            signature: definition.signature.clone(),
            fixed: definition.fixed.clone(),
            members,
            coefficients,
        };
        Ok(Map { content, origin: Origin::Body })
    }
}

/// A constant in front of a formula, as people write it.
pub(super) fn scaled(constant: &str, diagram: &str) -> String {
    match constant {
        "1" => diagram.to_owned(),
        _ if diagram == "1" => constant.to_owned(),
        "-1" => format!("-{diagram}"),
        _ => format!("{constant} {diagram}"),
    }
}

impl Definition {
    /// The number of inputs of the map itself.
    pub fn inputs(&self) -> usize {
        self.signature.inputs.len() - self.fixed.len()
    }

    /// Whether an input is a parameter: scalars on which no group acts, `R` and families of it over free labels.
    pub fn is_parameter(signature: &Signature, input: usize) -> bool {
        let layout = signature.inputs[input].space.layout();
        layout.pseudo.is_empty() && layout.slots.iter().all(|&axis| signature.axis(axis).group.is_free())
    }

    /// The inputs of [`Definition::signature`] for values of the inputs of the map.
    pub fn extended(&self, inputs: &[Tensor]) -> Vec<Tensor> {
        let mut all = inputs.to_vec();
        for fixed in &self.fixed {
            let whole = &inputs[fixed.input];
            let is_fixed = |slot: usize| fixed.labels.iter().find(|(other, _)| *other == slot);
            let shape =
                (0..whole.shape.len()).filter(|slot| is_fixed(*slot).is_none()).map(|slot| whole.shape[slot]);
            let mut member = Tensor::zeros(shape.collect());
            for (flat, index) in indices(&member.shape.clone()).enumerate() {
                let mut rest = index.into_iter();
                let full: Vec<usize> = (0..whole.shape.len())
                    .map(|slot| {
                        is_fixed(slot).map_or_else(
                            || rest.next().expect("an index for every slot that is not fixed"),
                            |(_, label)| *label,
                        )
                    })
                    .collect();
                member.data[flat] = whole.at(&full);
            }
            all.push(member);
        }
        all
    }

    /// Every term as text: its constant and its diagram.
    pub fn formulas(&self, style: Style) -> Vec<(String, String)> {
        let notation = Notation::new(&self.signature, style);
        self.terms
            .iter()
            .map(|term| (term.constant.text(&self.signature), notation.formula(&term.graph)))
            .collect()
    }

    /// The degree of a term.
    pub fn degree(&self, term: usize) -> usize {
        let is_input = |node: &&crate::diagram::Node| matches!(node, crate::diagram::Node::Input(_));
        self.terms[term].graph.nodes.iter().filter(is_input).count()
    }
}
