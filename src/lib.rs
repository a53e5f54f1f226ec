//! A symbolic, code-generating compiler for equivariant polynomial maps.
//!
//! State a symmetry and the types of a function; [`equivariant`] finds every polynomial map with that symmetry, proves
//! that none is missing, shares the work between them, and writes the Rust that computes them and their gradients.
//!
//! ```
//! use eqt::prelude::*;
//!
//! /// Every polynomial of degree <= 4 in n vectors that is equivariant under rotations and reflections, and does not
//! /// depend on the order of the vectors.
//! #[equivariant(O(D) * S(N), degree <= 4)]
//! pub fn spectral<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;
//!
//! let a = [Vector([1.0, 2.0, 0.5]), Vector([0.0, -1.0, 1.0])];
//! let theta = [0.1; spectral::LEN]; // one coefficient per member of the basis
//! let h = spectral(&theta, &a);
//! assert_eq!(h.0[0][1], h.0[1][0]);
//! ```
//!
//! # A basis is there to be looked at
//!
//! ```
//! # use eqt::prelude::*;
//! #[equivariant(O(D) * S(N), degree <= 2)]
//! pub fn moments<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;
//!
//! println!("{}", moments::basis());
//! let members: Vec<&str> = moments::basis().iter().map(|member| member.diagram).collect();
//! assert_eq!(members.len(), moments::LEN);
//! assert!(members.contains(&"sum_i a_i^p a_i^q"));
//! ```
//!
//! Each member is a contraction graph in index notation: `a_i^p a_i^q` is the matrix `a_i a_i^T`, `<a_i, a_j>` an inner
//! product, `delta^pq` the identity; p, q, .. are the indices of the output. Order, sign and normalisation of the members
//! depend on nothing but the signature and the options, and [`Basis::fingerprint`] tells bases apart. Pin yours in a
//! snapshot test, `insta::assert_snapshot!(moments::basis())`, and a change of the signature cannot go unnoticed.
//!
//! # A basis is a file format
//!
//! Saved coefficients are worth what the order and the meaning of the members are, and these are fixed:
//!
//! - **Order**: by degree; then more occurrences of an earlier input first; then fewer labels, fewer epsilons, fewer wires
//!   with both ends on one tensor (traces, deltas of the output), fewer connected parts; then by the canonical form of the
//!   contraction graph. Where a small dimension makes members dependent, the first ones in this order are kept.
//! - **Signs**: a member is its canonical diagram, with coefficient +1. `<x, y>` is `x^T F y` with F = 1, diag(+1, .., -1, ..),
//!   or omega = [[0, I], [-I, 0]] for `Sp(D)`. So a repeated index stands for the form between its two occurrences, the first
//!   one that is written on the left: under `Sp(4)`, `a^q A^pq` is `sum_qr a^q omega_qr A^pr`, and `A^rr` is
//!   `sum_rs A^rs omega_rs`; exchanging the two occurrences changes the sign. An index of an input that stays open is the index of the output; two indices of
//!   the output are joined by the inverse form: `delta^pq` is the identity, or `-omega^pq` for `Sp(D)`. `epsilon_{12..d} = +1`, with the indices of the output first, in order, then
//!   those of the inputs in canonical order: the vector `a^q b^r eps^pqr` is the cross product of a and b.
//! - **Normalisation**: sums run over all values of every index and label. The value is averaged over the permutations of the
//!   output's symmetric or alternating slots (`(a b^T + b a^T) / 2`, no other factorials), and projected orthogonally where
//!   the output is traceless. An array over free labels is averaged over the symmetries of its diagram, with their signs.
//!
//! [`Basis::fingerprint`] is a hash of the signature, the options and the formulas of the members; `eqt basis` prints the
//! same for the same signature, so that a file can be checked without Rust.
//!
//! # What the function is
//!
//! The emitted function has the const generics of the declaration, in order, and then the scalar `T: `[`Scalar`]: `f32`,
//! `f64`, [`Lanes`] of them, [`Dual`] numbers, the prime field [`Fp`]. It takes the coefficients, then every input by
//! reference (scalars by value). What belongs to it is in a module of the same name:
//!
//! | item | what it is |
//! |---|---|
//! | `LEN`, `basis()` | the number of members, and their description |
//! | `call(&theta, &a)` | the function itself |
//! | `evaluate(&a)` | the value of every member |
//! | `gradient(&theta, &a, &dh)` | the gradient of `<dh, h>` with respect to the coefficients and every input |
//! | `coefficient_gradient(&theta, &a, &dh)` | the first part of it alone, which is cheaper |
//! | `batch(&theta, a, out)` | many samples, from and to arrays of ndarray: SIMD, threads |
//! | `batch_gradient`, `batch_input_gradient` | gradients over many samples |
//! | `Gradient`, `BatchGradient` | what the gradients are: a field for theta and for every input, and the sum over samples of the first |
//! | `Coefficients` | over [free labels](#groups): what theta is, with `zeros(n)` and a field per member |
//! | `instance()`, `Instance` | the map [as a value](#maps-as-values) |
//!
//! Where a length is known at run time only, each function has forms that allocate nothing and forms that do not panic:
//!
//! | item | what it is |
//! |---|---|
//! | `call_into(.., &mut workspace, &mut out)`, `gradient_into`, .. | results are written to the last argument, memory is kept in a `Workspace` |
//! | `try_call(..)`, `try_gradient`, `try_call_into`, .. | lengths that do not agree are a [`LengthError`], elsewhere a panic |
//!
//! ```
//! # use eqt::prelude::*;
//! # #[equivariant(O(D) * S(N), degree <= 2)]
//! # pub fn moments<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;
//! let a = [Vector([1.0, 2.0]), Vector([3.0, 4.0]), Vector([5.0, 6.0])];
//! let theta = [1.0; moments::LEN];
//! // The gradient of the trace of h.
//! let g = moments::gradient(&theta, &a, &Sym::identity());
//!
//! // The map is linear in theta, so that <dh, h> = <g.theta, theta>.
//! let h = moments(&theta, &a);
//! let trace = h.0[0][0] + h.0[1][1];
//! let sum: f64 = g.theta.iter().zip(&theta).map(|(g, theta)| g * theta).sum();
//! assert!((trace - sum).abs() < 1e-12 * trace.abs());
//! assert_eq!(g.a.len(), 3);
//! ```
//!
#![cfg_attr(feature = "ndarray", doc = "```")]
#![cfg_attr(not(feature = "ndarray"), doc = "```ignore")]
//! # use eqt::prelude::*;
//! # #[equivariant(O(D) * S(N), degree <= 2)]
//! # pub fn moments<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;
//! use ndarray::Array3;
//!
//! let a = Array3::<f32>::ones((1000, 7, 5)); // samples, n, d
//! let mut out = Array3::zeros((1000, 5, 5));
//! moments::batch::<5, 7, f32>(&[0.5; moments::LEN], a.view(), out.view_mut())?;
//! # Ok::<(), eqt::BatchError>(())
//! ```
//!
//! # Maps as values
//!
//! `f::instance()` is the map as a value: it implements [`EquivariantMap`](map::EquivariantMap), by which a trainer or a layer holds
//! any map and knows nothing of it. Declared maps, generator forms and maps with a body are held alike. (Default feature
//! `ndarray`.)
//!
//! ```
//! # #[cfg(feature = "ndarray")] {
//! use eqt::map::EquivariantMap;
//! use eqt::prelude::*;
//! use ndarray::Array3;
//!
//! /// The stress of an isotropic solid up to second order in its strain.
//! #[equivariant(O(3), degree <= 2)]
//! fn stress(e: Sym<3>) -> Sym<3>;
//!
//! let map: &dyn EquivariantMap<f64> = &stress::instance();
//! assert_eq!((map.parameters().len(), map.output()), (stress::LEN, vec![3, 3]));
//!
//! // One row per sample and output entry, one column per member: least squares finds the coefficients.
//! let e = Array3::from_shape_fn((100, 3, 3), |(sample, p, q)| (sample * (p + q) % 7) as f64).into_dyn();
//! let theta = vec![0.5; stress::LEN];
//! let design = map.design_matrix(&theta, &[e.view()])?;
//! assert_eq!(design.dim(), (100 * 9, stress::LEN));
//!
//! // The gradient of sum <cotangent, h(e)> in the parameters and the inputs.
//! let h = map.values(&theta, &[e.view()])?;
//! let gradient = map.pull_back(&theta, &[e.view()], h.view())?;
//! assert_eq!((gradient.parameters.len(), gradient.inputs[0].shape()), (stress::LEN, e.shape()));
//! assert!(map.check_equivariance(&theta, 0)?.deviation < 1e-10);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Run-time lengths are arguments, `instance(100)`, and const generics are written `instance::<5>()`. Several maps with a
//! common output are one by [`Sum`](map::Sum); forces are the [`gradient_matrix`](map::EquivariantMap::gradient_matrix) of an energy.
//!
//! # Second derivatives
//!
//! Gradients are as generic in the scalar as the map is. Over [`Dual`] numbers, with a direction as the dual part of an
//! input, a gradient comes with its derivative along that direction, `H v`: a product of the Hessian with a vector, for a
//! few times the cost of the gradient, exact up to rounding, and without the Hessian ever being stored. The same holds for
//! maps with a body, and for coefficients over labels (`theta.map(Dual::constant)`).
//!
//! ```
//! use eqt::prelude::*;
//!
//! #[equivariant(O(D) * S(N), degree <= 4)]
//! fn energy<const D: usize, const N: usize>(x: [Vector<D>; N]) -> Scalar;
//!
//! let theta = [0.5; energy::LEN];
//! let x = [[1.0, 2.0], [0.5, -1.0], [3.0, 1.0]];
//! let v = [[0.0, 1.0], [1.0, 1.0], [-1.0, 0.5]]; // the direction
//!
//! let moved: [Vector<2, Dual<f64>>; 3] =
//!     std::array::from_fn(|i| Vector(std::array::from_fn(|p| Dual::new(x[i][p], v[i][p]))));
//! let g = energy::gradient(&theta.map(Dual::constant), &moved, Dual::constant(1.0));
//! let gradient = g.x.map(|row| row.0.map(|entry| entry.re));
//! let product = g.x.map(|row| row.0.map(|entry| entry.eps)); // H v
//!
//! // The gradient moves by h H v along h v.
//! let h = 1e-6;
//! let there: [Vector<2>; 3] =
//!     std::array::from_fn(|i| Vector(std::array::from_fn(|p| x[i][p] + h * v[i][p])));
//! let after = energy::gradient(&theta, &there, 1.0).x;
//! for i in 0..3 {
//!     for p in 0..2 {
//!         let change = (after[i].0[p] - gradient[i][p]) / h;
//!         assert!((change - product[i][p]).abs() < 1e-4 * (1.0 + product[i][p].abs()));
//!     }
//! }
//! ```
//!
//! # Groups
//!
//! The group is a product of factors, each of which acts on one dimension. A dimension is a const generic or a number;
//! the basis of a const generic is the one of every large enough value, `basis()` says from where on it is independent.
//!
//! | factor | acts by | dimension |
//! |---|---|---|
//! | `O(D)` | rotations and reflections | any |
//! | `SO(3)` | rotations; adds the cross product and its kin | a number |
//! | `O(1, 3)`, `SO(1, 3)` | Lorentz transformations, metric (+, -, -, -), and other signatures | numbers |
//! | `Sp(D)` | symplectic transformations, form [[0, I], [-I, 0]] | even |
//! | `S(N)` | permutations of the members of a family | any, also at run time |
//! | `1` | nothing | |
//!
//! Every factor acts on something: one that acts on no input and no output is an error. A length of a family that no factor
//! acts on is a *free label*: the coefficients of a member are then an array over its labels, and
//! `theta` is the struct `Coefficients` of the module. (Four scalars are `[Scalar; 4]`; `Vector<4>` needs a factor on 4.)
//!
//! # Types
//!
//! The types of a declaration carry no scalar. They are read as tokens, so that type aliases are not seen through.
//!
//! | type | space | in the grammar |
//! |---|---|---|
//! | `Scalar` | numbers | `R` |
//! | `Vector<D>` | vectors | `R^d` |
//! | `Matrix<D>`, `Tensor<K, D>` | all matrices, all tensors of rank K <= 8 | `T^k(R^d)` |
//! | `Sym<D>`, `SymTensor<K, D>` | symmetric ones | `S^d`, `Sym^k(R^d)` |
//! | `Sym0<D>`, `Sym0Tensor<K, D>` | symmetric and traceless ones | `Sym0^k(R^d)` |
//! | `Alt<D>`, `AltTensor<K, D>` | antisymmetric ones | `Alt^k(R^d)` |
//! | `Pseudo<X>` | X times the determinant of the one `O` factor that acts on X, or, if none does, of the only one | `pseudo X` |
//! | `Product<X, Y>` | the tensor product | `X (x) Y` |
//! | `[X; N]`, `[X; 100]` | families of fixed length | `(X)^n` |
//! | `[X; n]` | families of a length known at run time: slices | `(X)^n` |
//!
//! The whole signature may stand in the attribute instead, in the grammar of the last column. Dimensions become const
//! generics, in upper case; a label that only counts the members of families becomes a run-time length; an input without
//! a name is `x`, or several are `x1`, `x2`, ...
//!
//! ```
//! use eqt::prelude::*;
//!
//! #[equivariant(O(d) * S(n): (R^d)^n -> S^d, degree <= 4)]
//! pub fn spectral();
//!
//! let x = vec![Vector([1.0, 2.0, 0.5]); 100];
//! let h = spectral(&[0.1; spectral::LEN], &x);
//! assert_eq!(h.0[0][1], h.0[1][0]);
//! ```
//!
//! # Generators: invariants in, coefficients out
//!
//! With `generators` the coefficients of a map are not constants but functions of the invariants, a network for instance:
//! `f(a) = sum_g q_g(I(a)) T_g(a)`. Emitted are the invariants I and the sum over the module generators T, each with its
//! gradient; what lies between them is yours.
//!
//! ```
//! use eqt::prelude::*;
//!
//! /// Stress from strain and structure tensor, as isotropic functions of two symmetric matrices.
//! #[equivariant(O(3), generators)]
//! fn stress(a: Sym<3>, b: Sym<3>) -> Sym<3>;
//!
//! assert_eq!((stress::INVARIANTS, stress::GENERATORS), (10, 9));
//! let (a, b) = (Sym::<3>::identity(), Sym([[1.0, 2.0, 0.0], [2.0, 0.5, 0.0], [0.0, 0.0, -1.0]]));
//!
//! // Any functions of the invariants.
//! let i: [f64; stress::INVARIANTS] = stress::invariants(&a, &b);
//! let q: [f64; stress::GENERATORS] = std::array::from_fn(|g| (i[g] - i[g + 1]).tanh());
//! let h = stress(&q, &a, &b); // stress::assemble
//!
//! // Backwards: from dh to dq and the inputs; then from di, which comes back through your functions, to the inputs.
//! let dh = Sym::identity();
//! let back = stress::assemble_gradient(&q, &a, &b, &dh);
//! let mut di = [0.0; stress::INVARIANTS];
//! for (g, dq) in back.q.iter().enumerate() {
//!     let slope = dq * (1.0 - q[g] * q[g]);
//!     di[g] += slope;
//!     di[g + 1] -= slope;
//! }
//! let more = stress::invariants_gradient(&a, &b, &di);
//! let da = back.a.0[0][0] + more.a.0[0][0];
//! # assert!(da.is_finite() && h.0[0][1] == h.0[1][0]);
//! ```
//!
//! | item | what it is |
//! |---|---|
//! | `INVARIANTS`, `GENERATORS`, `basis()` | the numbers of invariants and module generators, and their description |
//! | `invariants(&a)` | the invariants |
//! | `invariants_gradient(&a, &di)` | the gradient of `<di, invariants>` with respect to every input |
//! | `assemble(&q, &a)` | `sum_g q_g T_g`, the function itself |
//! | `assemble_gradient(&q, &a, &dh)` | the gradient of `<dh, h>` with respect to q and every input |
//! | `coefficient_gradient(&q, &a, &dh)` | the first part of it alone |
//! | `evaluate(&a)` | the value of every module generator |
//! | `batch`, `batch_gradient`, `batch_coefficient_gradient` | the same for many samples, each with coefficients of its own |
//! | `batch_invariants`, `batch_invariants_gradient` | the invariants of many samples, and their gradient |
//! | `Gradient`, `InvariantsGradient` | what the gradients are: a field for q, and for every input |
//! | `Coefficients`, `Invariants` | over labels: what q is, and what the invariants are |
//! | `instance()`, `Instance` | the map [as a value](#maps-as-values): its parameters are q, or every sample has a q of its own ([`GeneratorMap`](map::GeneratorMap)) |
//!
//! Generators are sought up to the degree that a theorem gives: for vectors, and for symmetric matrices in dimension 2 and
//! 3. Elsewhere `degree <= k` is the bound, and `basis()` says that nothing is known beyond it.
//!
//! **Labels.** Over the labels of a family an invariant is the array of its values, and a coefficient an array: of n vectors
//! the invariants are all inner products, and `h = sum_ij q_ij a_i a_j^T + q_0 I`. (An array is read through its
//! symmetrisation: `q_ij` and `q_ji` count the same.) So it is with `O(D)` and with `O(D) * S(n)`: the map does not depend on
//! the order of the vectors if relabelling the invariants relabels the coefficients alike, and one function f shared
//! across labels does just that. (Every map that is equivariant under S(n) is of this form. The invariants of S(n) itself,
//! polynomials in the inner products of growing degree, are not emitted.)
//!
#![cfg_attr(feature = "ndarray", doc = "```")]
#![cfg_attr(not(feature = "ndarray"), doc = "```ignore")]
//! # use eqt::prelude::*;
//! #[equivariant(O(D) * S(n), generators)]
//! fn spectral<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;
//!
//! let a = [Vector([1.0, 2.0]), Vector([0.0, 1.0]), Vector([3.0, 1.0])];
//! let gram = spectral::invariants(&a).c0; // <a_i, a_j>
//! let mut q = spectral::Coefficients::zeros(a.len()); // c0 of the identity, c1 of a_i a_j^T
//! let f = |square: f64| 1.0 / (1.0 + square);
//! for i in 0..a.len() {
//!     q.c1[[i, i]] = f(gram[[i, i]]);
//! }
//! let h = spectral(&q, &a); // sum_i f(|a_i|^2) a_i a_i^T, whatever the order
//! let other = spectral::invariants(&[a[2], a[0], a[1]]).c0;
//! assert_eq!(other[[0, 0]], gram[[2, 2]]);
//! # assert_eq!(h.0[0][1], h.0[1][0]);
//! ```
//!
//! **Three notions of basis.** They are easily confused:
//!  - a *basis of a vector space*: of all equivariant polynomial maps of bounded degree, every one is `sum_b theta_b T_b`
//!    with unique constants theta. This is what `degree <= k` emits.
//!  - an *integrity basis*: invariants such that every invariant polynomial is a polynomial in them; with it, *module
//!    generators*: maps such that every equivariant polynomial map, of any degree, is a sum of generators times invariant
//!    polynomials. Minimal ones are what `generators` emits. Invariants may satisfy relations (syzygies), so that the
//!    polynomials are not unique.
//!  - a *function basis* (or functional basis): invariants such that every invariant function, polynomial or not, is a
//!    function of them. For O and SO it need only tell orbits apart, and may be smaller: of three symmetric 3 x 3 matrices
//!    the least one known has 22 members, an integrity basis 28. An integrity basis of O or SO is a function basis too,
//!    seldom a smallest one; eqt emits no other.
//!
//! # Maps with a body
//!
//! A function with a body is one map, written in a small tensor language. That it is equivariant is checked where it is
//! written, index by index; it is multiplied out, simplified and differentiated as declared maps are.
//!
//! ```
//! use eqt::prelude::*;
//!
//! /// Hopkins, Schramm, Shi and Steurer (2016), with a weight.
//! #[equivariant(O(D) * S(N))]
//! fn sos<const D: usize, const N: usize>(a: [Vector<D>; N], w: Scalar) -> Sym<D> {
//!     sum(|i| (w * dot(a[i], a[i]) - D / N) * outer(a[i], a[i]))
//! }
//!
//! /// The traceless part of another map.
//! #[equivariant(O(D) * S(N), uses(sos))]
//! fn shape<const D: usize, const N: usize>(a: [Vector<D>; N], w: Scalar) -> Sym0<D> {
//!     let h = sos(a, w);
//!     h - trace(h) / D * identity()
//! }
//!
//! let a = [Vector([1.0, 2.0]), Vector([0.0, 1.0]), Vector([3.0, 1.0])];
//! let h = shape(&a, 0.5);
//! let g = shape::gradient(&a, 0.5, &h); // g.a, g.w
//! println!("{:?}", shape::terms()); // the diagrams that it is the sum of
//! # assert_eq!(h.0[0][1], h.0[1][0]);
//! # assert!((h.0[0][0] + h.0[1][1]).abs() < 1e-12 && g.w != 0.0);
//! ```
//!
//! | expression | meaning |
//! |---|---|
//! | `x + y`, `x - y`, `-x` | of the same axes and parity |
//! | `s * x`, `x / c` | times a scalar; by a number |
//! | `2`, `0.1`, `D`, `n` | exact numbers; const generics and run-time lengths. `D / N` is a fraction, and zero if N is |
//! | `a[i]`, `w[0]` | the member of a family at a label; at a number only where no group permutes the labels |
//! | `sum(\|i, j\| x)`, `family(\|i\| x)` | over all labels of what i and j index in x; the family of x |
//! | `dot(x, y)`, `outer(x, y)`, `sym_outer(x, y)` | all axes contracted by the invariant form; the tensor product, and its symmetric part |
//! | `contract(x, y)`, `contract(x, p, y, q)` | the last axis of x with the first of y, as matrices multiply; axis p with axis q |
//! | `trace(x)`, `trace(x, p, q)`, `transpose(x)`, `transpose(x, 2, 0, 1)` | of a matrix, or by the numbers of axes |
//! | `symmetrize(x)`, `antisymmetrize(x)`, `traceless(x)` | the mean over orders of the axes; the symmetric traceless part of a matrix |
//! | `cross(x, y)`, `det(x, y, z)`, `epsilon()` | of O and SO in a literal dimension; under O they change parity |
//! | `identity()`, `identity(D)`, `pow(s, k)` | the inverse form (`delta_pq` for O); a power of a scalar |
//! | `let x = ..;`, `let f = \|x, y\| ..;` | names and local functions |
//! | `f(x, y)` | another map with a body of this crate, listed in `uses(f, maps::g)` |
//!
//! Budgets, counted and named where they are exceeded: 10000 operators in one expression, 2000 terms once multiplied out,
//! 100000 steps to get there, 64 levels of brackets, 256 inputs, degree 24.
//!
//! Arguments that are scalars on which no group acts, `Scalar` and families of it over free labels, are *parameters*: all samples of
//! a batch share them, and `batch_gradient` sums their gradient.
//!
//! | item | what it is |
//! |---|---|
//! | `terms()`, `TERMS` | the diagrams that the map is the sum of, with their constants, and how many they are |
//! | `basis()` | the description of the map that weights are saved with |
//! | `call(&a, w)`, `gradient(&a, w, &dh)` | the map itself; the gradient of `<dh, h>` with respect to every input |
//! | `evaluate(&a, w)` | the value of every term |
//! | `parameter_gradient(&a, w, &dh)` | with respect to the parameters alone |
//! | `batch`, `batch_gradient`, `batch_input_gradient` | the same for many samples |
//! | `Gradient`, `ParameterGradient`, `BatchGradient` | what the gradients are: a field for every input, or every parameter |
//! | `instance()`, `Instance` | the map [as a value](#maps-as-values) |
//!
//! # Options
//!
//! | option | meaning |
//! |---|---|
//! | `degree <= k`, `degree = k`, `degree = j..k` | all degrees up to k, only k, or from j to k, both included (also written `j..=k`); one of them is needed |
//! | `labels <= m` | at most m different labels of each family in a member; with free labels, m is 1 |
//! | `limit = n` | more diagrams than this in one degree are an error; 20000 if not given |
//! | `sizes(D = 5, N = 100)` | the sizes for which the code is optimised and costs are stated; 5 and 100 if not given |
//! | `fast` | programs are chosen by their multiply-adds alone; otherwise, where a form is not definite (O(p,q), Sp), programs are left out that lose more digits than others when all inputs are boosted |
//! | `crate = path` | where this crate is, if it is renamed |
//! | `generators` | invariants and module generators instead of a basis; `degree <= k` is needed where no bound is known |
//! | `uses(f, maps::g)` | other maps with a body that this body calls |
//!
//! ```
//! # use eqt::prelude::*;
//! // sum_i |a_i|^2k a_i a_i^T and sum_i |a_i|^2k I, for all that fit in degree 12.
//! #[equivariant(O(D) * S(n), degree <= 12, labels <= 1, sizes(n = 1000))]
//! pub fn radial<const D: usize>(a: [Vector<D>; n]) -> Sym<D>;
//!
//! assert!(radial::LEN < 20);
//! ```
//!
//! **Body order.** An interatomic potential of body order m + 1 is a sum over m neighbours of an atom, which is itself the
//! first body: of n relative positions a_i, `sum_i |a_i|^2` (one label) is a two-body term, `sum_ij <a_i, a_j>^2` (two) a
//! three-body term. For a scalar of neighbours, `labels <= m` is therefore body order at most m + 1. (Sums run over all
//! values of every label, also equal ones, so that a member with m labels contains terms of lower body order too; the span up
//! to m labels is the same.) An output that is a family has one label of its own among the m.
//!
//! # Accuracy and machines
//!
//! Bases, programs and everything over the prime field are the same everywhere. In floats every value and every gradient in inputs is
//! computed by the same operations in the same order, one rounding each, in single calls and in batches, with any number of threads.
//! Gradients in parameters are sums over samples, made lane by lane first: their last bits depend on the width of the registers that a
//! batch uses (16 bytes, or 32 with AVX2, which is looked for at run time), and on nothing else. `EQT_INSTRUCTIONS=baseline` in the
//! environment keeps to 16 bytes.
//!
//! # Compile time
//!
//! Cargo builds procedural macros without optimisation, in release builds too. For large bases, let the compiler be
//! compiled well in your `Cargo.toml` (the same four under `[profile.release.package]` for release builds):
//!
//! ```toml
//! [profile.dev.package]
//! eqt-ir = { opt-level = 3 }
//! eqt-codegen = { opt-level = 3 }
//! eqt-macros = { opt-level = 3 }
//! egg = { opt-level = 3 }
//! ```
//!
//! # Features
//!
//! `ndarray` (default): batches, and maps with free labels. `nalgebra`: vectors and matrices to and from `nalgebra`.
//! `safetensors`: coefficients in files, [`weights`]. `avx512`: batches are compiled for AVX-512 too, and use it where the machine has
//! it: up to twice as fast, but maps take longer to compile.
#![cfg_attr(not(feature = "safetensors"), doc = "")]
#![cfg_attr(not(feature = "safetensors"), doc = "[`weights`]: https://docs.rs/eqt")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use eqt_runtime::*;

/// Emits every equivariant polynomial map of a signature; the [crate documentation](crate) is the tutorial.
///
/// On `fn name<const D: usize, ..>(inputs) -> output;` the arguments are a group and options; on `fn name();` a whole
/// signature and options. The function keeps its name, and a module of the same name holds what belongs to it.
///
/// ```
/// use eqt::prelude::*;
///
/// #[equivariant(SO(3), degree = 2)]
/// fn cross(a: Vector<3>, b: Vector<3>) -> Vector<3>;
///
/// let (a, b) = (Vector([1.0, 0.0, 0.0]), Vector([0.0, 1.0, 0.0]));
/// assert_eq!(cross(&[1.0], &a, &b), Vector([0.0, 0.0, 1.0]));
/// ```
///
/// Every mistake is an error at its token:
///
/// ```compile_fail
/// # use eqt::prelude::*;
/// #[equivariant(O(D), degree <= 3)] // the map can only be zero: the inputs have an even number of indices of O(D) ..
/// fn impossible<const D: usize>(a: Sym<D>) -> Vector<D>;
/// ```
pub use eqt_macros::equivariant;

/// Everything that code with equivariant maps usually names.
pub mod prelude {
    #[doc(no_inline)]
    pub use eqt_runtime::prelude::*;

    #[doc(no_inline)]
    pub use crate::equivariant;
}

/// What emitted code names; no part of the public interface, and free to change with any version.
#[doc(hidden)]
pub mod __private {
    pub use eqt_runtime::__private::*;

    /// Named by every expansion: code that another version of the macros emits does not compile with this crate.
    pub const MACROS_0_1_0: () = ();
}

/// The examples of the README are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
