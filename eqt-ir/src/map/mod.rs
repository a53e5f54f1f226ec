//! Maps: what is computed, whichever way it was found.
//!
//! ```text
//! f(x) = sum_b c_b T_b(x),    T_b = sum_t s_t D_t
//! ```
//!
//! A [`Map`] lists its members `T_b`, each a combination of diagrams `D_t` with rational constants `s_t`, and their
//! coefficients `c_b`: a number, an array over the free labels of the member, or, for a map with a body, a function of the
//! sizes. Three kinds of map become this one value, and everything after it (programs, loop nests, emitted code) is the same
//! for all of them:
//!
//! | [`Origin`] | members | coefficients |
//! |---|---|---|
//! | [`Origin::Basis`] | those of a basis, one diagram each | given: theta |
//! | [`Origin::Generators`] | module generators, or the invariants of an integrity basis | given: q, or the cotangents of the invariants |
//! | [`Origin::Body`] | the terms of a body | constants of the body |
//! | [`Origin::Members`] | some that were picked from another map | as there |
//!
//! ```
//! use eqt_ir::basis::{Basis, Options};
//! use eqt_ir::map::Map;
//! use eqt_ir::signature::parse_signature;
//!
//! let signature = parse_signature("O(d) * S(n): a: (R^d)^n -> S^d")?;
//! let map = Map::of_basis(&Basis::new(&signature, &Options::up_to(2))?);
//! assert_eq!(map.members.len(), 5);
//! assert!(map.coefficients.iter().all(|coefficient| coefficient.axes.is_empty() && coefficient.given));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::ops::Deref;

use crate::basis::{Basis, Bound, Element, Options, Proof};
use crate::diagram::{Graph, MemberId, NodeId, Notation, Shapes, Style, canonicalise, with_coefficient};
use crate::exact::Ratio;
use crate::signature::{AxisId, Signature};

pub mod body;
mod generators;
#[cfg(test)]
mod tests;

pub use body::{Constant, ConstantTooLarge, FixedLabels};
pub use generators::GeneratorForm;

/// A sum of members with coefficients; see the [module documentation](self).
///
/// It is read as its [`Content`], and never changes, so that what its [origin](Map::origin) proves of it stays true;
/// [`Map::with`] makes another map.
///
/// ```compile_fail,E0596
/// use eqt_ir::basis::{Basis, Options};
/// use eqt_ir::map::Map;
/// use eqt_ir::signature::parse_signature;
///
/// let signature = parse_signature("O(d): a: R^d -> R^d").unwrap();
/// let mut map = Map::of_basis(&Basis::new(&signature, &Options::up_to(3)).unwrap());
/// map.members.pop(); // would be no basis any more
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    content: Content,
    origin: Origin,
}

impl Deref for Map {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

/// What a map is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The signature. Its inputs are those of the map, then the [`Content::fixed`] ones.
    pub signature: Signature,
    /// Inputs at fixed labels that a body reads, `w[0]`: the last inputs of the signature, in order.
    pub fixed: Vec<FixedLabels>,
    /// The members, in the order of the file format.
    pub members: Vec<Member>,
    /// The coefficients that members refer to.
    pub coefficients: Vec<Coefficient>,
}

/// A member: `T = sum_t s_t D_t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Number of occurrences of inputs.
    pub degree: usize,
    /// Index into [`Content::coefficients`].
    pub coefficient: usize,
    /// The diagrams, each with an output node, and their constants.
    pub terms: Vec<Term>,
}

/// A diagram times a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The constant.
    pub scale: Ratio,
    /// The diagram.
    pub graph: Graph,
}

/// A coefficient: `factor`, times what the caller gives if it is [given](Coefficient::given).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coefficient {
    /// The name of its field where coefficients are arrays, `c3`.
    pub name: String,
    /// The axes of its array, the free labels of its member in canonical order; none for a number.
    pub axes: Vec<AxisId>,
    /// Symmetries under which the array is read: it stands for its average over the group that these generate.
    pub ties: Vec<Tie>,
    /// Whether the caller gives a number or an array.
    pub given: bool,
    /// A function of the sizes, 1 unless the map comes from a body.
    pub factor: Constant,
}

impl Coefficient {
    /// The sign of the array under the exchange of its two axes, if that is all a [tie](Coefficient::ties) of it.
    pub fn exchange(&self) -> Option<i8> {
        self.ties.iter().find(|tie| tie.permutation == [1, 0]).map(|tie| tie.sign)
    }
}

/// A symmetry of an array of coefficients: only the part of q with `q[i_permutation[0], i_permutation[1], ..] = sign *
/// q[i_0, i_1, ..]` matters.
///
/// For `sum_ij q_ij a_i a_j^T` with a symmetric output: the exchange of the two axes, with sign +1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// A permutation of the axes.
    pub permutation: Vec<usize>,
    /// +1 or -1.
    pub sign: i8,
}

/// Where a map comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A basis of all maps within some options, proved complete.
    Basis(Proof),
    /// Generators, over the invariants.
    Generators {
        /// How far they were sought.
        bound: Bound,
        /// The options that the list stands for.
        options: Options,
    },
    /// A body.
    Body,
    /// Members that were picked from a list, or changed: nothing is proved of them together.
    Members {
        /// The options of the list.
        options: Options,
    },
}

impl Map {
    /// The map `sum_b theta_b T_b` over the members of a basis.
    pub fn of_basis(basis: &Basis) -> Map {
        let origin = Origin::Basis(basis.proof().clone());
        Map::of_elements(&basis.signature, &basis.elements, origin)
    }

    /// The map over some members, each with a coefficient that is given.
    fn of_elements(signature: &Signature, elements: &[Element], origin: Origin) -> Map {
        let shapes = Shapes::new(signature);
        let coefficients = elements.iter().enumerate().map(|(member, element)| {
            let axes = element.diagram.coefficient_axes(&shapes);
            let ties = ties(&element.diagram.graph, &shapes, axes.len());
            Coefficient { name: format!("c{member}"), axes, ties, given: true, factor: Constant::integer(1) }
        });
        let members = elements.iter().enumerate().map(|(coefficient, element)| Member {
            degree: element.degree,
            coefficient,
            terms: vec![Term { scale: Ratio::ONE, graph: element.diagram.graph.clone() }],
        });
        let content = Content {
            signature: signature.clone(),
            fixed: Vec::new(),
            members: members.collect(),
            coefficients: coefficients.collect(),
        };
        Map { content, origin }
    }

    /// Where the map comes from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// A map with other content. A map with a body stays one; of others nothing is proved any more.
    pub fn with(&self, change: impl FnOnce(&mut Content)) -> Map {
        let mut content = self.content.clone();
        change(&mut content);
        let origin = match self.options() {
            Some(options) => Origin::Members { options: options.clone() },
            None => Origin::Body,
        };
        Map { content, origin }
    }

    /// The number of inputs of the map itself, without the [`Content::fixed`] ones.
    pub fn inputs(&self) -> usize {
        self.signature.inputs.len() - self.fixed.len()
    }

    /// The signature of the map itself, without the [`Content::fixed`] inputs.
    pub fn declared(&self) -> Signature {
        let mut signature = self.signature.clone();
        signature.inputs.truncate(self.inputs());
        signature
    }

    /// The same members, each with a coefficient of its own that is given: a map with a body becomes a family of maps.
    pub fn weighted(&self) -> Map {
        self.with(|content| {
            content.coefficients.clear();
            for (index, member) in content.members.iter_mut().enumerate() {
                let of = self.coefficients[member.coefficient].clone();
                member.coefficient = index;
                content.coefficients.push(Coefficient { name: format!("c{index}"), given: true, ..of });
            }
        })
    }

    /// The members alone that are listed, with their coefficients.
    pub fn only(&self, members: &[usize]) -> Map {
        self.with(|content| {
            content.members = members.iter().map(|&member| self.members[member].clone()).collect();
            content.coefficients.clear();
            for (index, member) in content.members.iter_mut().enumerate() {
                content.coefficients.push(self.coefficients[member.coefficient].clone());
                member.coefficient = index;
            }
        })
    }

    /// Whether some coefficient is an array over labels.
    pub fn has_arrays(&self) -> bool {
        self.coefficients.iter().any(|coefficient| !coefficient.axes.is_empty())
    }

    /// The coefficient of a member.
    pub fn coefficient_of(&self, member: usize) -> &Coefficient {
        &self.coefficients[self.members[member].coefficient]
    }

    /// Whether an input is a parameter of a map with a body: scalars on which no group acts, `R` and families of it over
    /// free labels. All samples of a batch share it.
    pub fn is_parameter(&self, input: usize) -> bool {
        let input = match input.checked_sub(self.inputs()) {
            None => input,
            Some(fixed) => self.fixed[fixed].input,
        };
        self.origin == Origin::Body && body::Definition::is_parameter(&self.signature, input)
    }

    /// The inputs that are [parameters](Map::is_parameter), the fixed ones among them.
    pub fn parameters(&self) -> Vec<usize> {
        (0..self.signature.inputs.len()).filter(|&input| self.is_parameter(input)).collect()
    }

    /// What bounds the members.
    pub fn options(&self) -> Option<&Options> {
        match &self.origin {
            Origin::Basis(proof) => Some(proof.options()),
            Origin::Generators { options, .. } | Origin::Members { options } => Some(options),
            Origin::Body => None,
        }
    }

    /// The formula of every member; in a map with a body, with its constant.
    pub fn formulas(&self, style: Style) -> Vec<String> {
        let notation = Notation::new(&self.signature, style);
        let member = |member: &Member| {
            let coefficient = &self.coefficients[member.coefficient];
            let terms = member.terms.iter().map(|term| match self.origin {
                Origin::Body => {
                    let constant = coefficient.factor.times_ratio(term.scale);
                    let text = constant.map_or_else(
                        || format!("{} {}", term.scale, coefficient.factor.text(&self.signature)),
                        |constant| constant.text(&self.signature),
                    );
                    body::scaled(&text, &notation.formula(&term.graph))
                }
                _ => notation.member_graph(&term.graph),
            });
            terms.collect::<Vec<_>>().join(" + ")
        };
        self.members.iter().map(member).collect()
    }
}

/// Generators of the symmetries of an array of coefficients: the automorphisms of its diagram, as permutations of the free
/// labels, with their signs.
fn ties(graph: &Graph, shapes: &Shapes, axes: usize) -> Vec<Tie> {
    if axes < 2 {
        return Vec::new();
    }
    let labels = graph.of_kind(|node| shapes.is_free_spider(node));
    let mut ties: Vec<Tie> = Vec::new();
    for automorphism in canonicalise(graph, shapes).automorphisms {
        let permutation: Vec<usize> = labels
            .iter()
            .filter_map(|&label| labels.iter().position(|&other| other == automorphism[label.index()]))
            .collect();
        if permutation.len() != axes || permutation.iter().copied().eq(0..axes) {
            continue;
        }
        // The sign of an automorphism: the graph with its labels told apart by an array, before and after.
        let sign = |order: &[usize]| {
            let marked = with_coefficient(graph, shapes, MemberId::default());
            // The array is the last node.
            let array = NodeId::new(graph.nodes.len());
            canonicalise(&marked.with_slots_moved(array, |slot| order[slot]), shapes).labelling_sign
        };
        let straight: Vec<usize> = (0..axes).collect();
        let tie = Tie { sign: sign(&permutation) * sign(&straight), permutation };
        if !ties.contains(&tie) {
            ties.push(tie);
        }
    }
    ties
}
