//! The compiler proper: from a [`Signature`](signature::Signature) to its diagrams, a proven basis, and a program.
//!
//! # The whole pipeline
//!
//! ```
//! use eqt_ir::basis::{Basis, Options};
//! use eqt_ir::diagram::{Enumeration, Evaluator, Style};
//! use eqt_ir::exact::{Random, Tensor};
//! use eqt_ir::map::Map;
//! use eqt_ir::optimise::Wanted;
//! use eqt_ir::program::{Arguments, RootKind};
//! use eqt_ir::signature::{Sizes, parse_signature};
//! use eqt_ir::{certify, molien, optimise};
//!
//! // A signature: maps from n vectors to a symmetric matrix. Axis 0 is d, with O(d); axis 1 is n, with S(n).
//! let signature = parse_signature("O(d) * S(n): a: (R^d)^n -> S^d").unwrap();
//!
//! // Diagrams: all contractions of two occurrences of `a` and the output. They span the maps of degree 2.
//! let diagrams = Enumeration::new(&signature, None, Options::LIMIT).of_degree(2).unwrap();
//! assert_eq!(diagrams.len(), 4);
//!
//! // A basis with its proof: at d = 2, n = 2, and so at all larger sizes, the dimension of that space of maps is 4 too, by
//! // an integral over the group that knows nothing of diagrams.
//! let basis = Basis::new(&signature, &Options::up_to(2)).unwrap();
//! assert_eq!(molien::dimensions(&signature, &Sizes(vec![2, 2]), 2).unwrap(), [1, 0, 4]);
//! assert_eq!(
//!     basis.formulas(Style::Text),
//!     [
//!         "delta^pq",
//!         "sum_i a_i^p a_i^q",
//!         "sum_i |a_i|^2 delta^pq",
//!         "sum_ij a_i^p a_j^q",
//!         "sum_ij <a_i, a_j> delta^pq",
//!     ]
//! );
//!
//! // Programs: the members one by one, their combination sum_b theta_b T_b, and its gradient, each with shared work done
//! // once. `sizes` is the sample at which costs are compared, d = 5 and n = 100.
//! let sizes = Sizes::sample(&signature, &[]);
//! let map = Map::of_basis(&basis);
//! let programs = optimise::compile(&map, &[Wanted::Members, Wanted::Gradient], &sizes);
//! let members = programs.get(&Wanted::Members).unwrap();
//! assert_eq!(members.cost().at(&sizes), 3045);
//!
//! // A program runs over the prime field GF(2^61 - 1), and equals the diagrams there, digit by digit.
//! let few = Sizes(vec![3, 4]);
//! let mut random = Random::seeded(1);
//! let a = Tensor::random(&signature, &signature.inputs[0].space.layout(), &few, &mut random);
//! let arguments = Arguments { inputs: vec![a.clone()], coefficients: Vec::new(), cotangent: None };
//! let values = members.evaluate(&few, &arguments);
//! let evaluator = Evaluator::new(&signature, &few);
//! for (root, value) in members.roots.iter().zip(values) {
//!     let RootKind::Member(member) = root.kind else { panic!("a root that is no member") };
//!     assert_eq!(value, evaluator.evaluate(&basis.elements[member].diagram, &[a.clone()], None).unwrap());
//! }
//!
//! // Certificates: equivariance, completeness, programs and gradients, all exact.
//! for certificate in certify::basis(&basis).iter().chain(&certify::programs(&programs)) {
//!     assert!(certificate.holds(), "{certificate}");
//! }
//! ```
//!
//! Diagrams and programs can be had as graphs of [`petgraph`], in the version that is exported here:
//! [`Diagram::to_petgraph`](diagram::Diagram::to_petgraph), [`Program::to_petgraph`](program::Program::to_petgraph).

#[macro_use]
mod mistake;

pub mod basis;
pub mod certify;
pub mod diagram;
pub mod exact;
pub mod group;
pub mod ids;
pub mod map;
pub mod molien;
pub mod optimise;
pub mod program;
pub mod progress;
pub mod signature;

/// The examples of the README are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
pub use petgraph;
