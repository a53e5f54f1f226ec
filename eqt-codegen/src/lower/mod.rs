//! Lowering: from a program, a DAG of einsums, to loop nests.
//!
//! 1. `plan` spells out what a program leaves implicit: projections onto slot symmetries, raised and lowered indices,
//!    the copies into the results. Its operations are still tensors as a whole.
//! 2. `kernel` gives every tensor its statements: loops over linear indices around products of indexed entries. The
//!    invariant form is a sign (eta) or a pair of indices (omega), epsilon a list of signed permutations.
//!    A product with an array over two labels that belongs to a sample is one statement, [`Multiply`] (`kernel/multiply.rs`).
//! 3. `schedule` orders the kernels and fuses the loops over labels: kernels share a loop if they depend on each other
//!    only at the same label. A tensor that is used in one iteration only is a local of that iteration.
//! 4. `fuse` does the same for loops over linear indices, where each iteration touches its own entries only; `fold` leaves out
//!    half of what is symmetric in two labels and added up over samples.
//!
//! The result, a [`Nest`], knows nothing of groups and nothing of Rust. `Display` prints it.

use std::fmt;

use eqt_ir::map::Map;
use eqt_ir::program::{Program, Ratio, RootKind};
use eqt_ir::signature::{AxisId, AxisShape};

mod display;
mod evaluate;
mod fixed;
mod fold;
mod fuse;
mod kernel;
mod plan;
mod schedule;
mod verify;

pub use eqt_runtime::Way;
pub use evaluate::Arguments;
pub use verify::{VerifyError, verify};

/// Index into [`Nest::buffers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BufferId(pub usize);

/// Index into [`Nest::variables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VariableId(pub usize);

/// Where a buffer lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An argument: the input with this index.
    Input(usize),
    /// An argument: the cotangent of the output, as given.
    Cotangent,
    /// An argument: the array of coefficients of a member.
    Coefficient(usize),
    /// A result: index into [`Nest::results`].
    Result(usize),
    /// A local.
    Local,
}

/// A tensor in memory, zero when it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Where it lives.
    pub place: Place,
    /// The axis of every index.
    pub axes: Vec<AxisId>,
    /// Which indices are stored; the others belong to loops that a local lives inside of.
    pub stored: Vec<bool>,
    /// Where its entries are when many samples are computed at once.
    pub arrangement: Arrangement,
    /// What it holds, in index notation.
    pub formula: String,
}

/// Where the entries of a buffer are when many samples are computed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// In lanes, one for each sample.
    Lanes,
    /// A row of numbers per sample, or one for all: as the caller has them. [`Multiply`] computes with such arrays, and nothing else.
    Rows,
}

/// A product with an array over two labels, which lies in [rows](Arrangement::Rows). P stands for all indices of the other tensors but
/// their first, which is a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiply {
    /// `target_iP = sum_j matrix_ij operand_jP`, with the matrix that is made of the array in some [`Way`].
    Apply {
        /// The array.
        matrix: BufferId,
        /// The matrix that is made of it.
        way: Way,
        /// What it is applied to.
        operand: BufferId,
        /// What is written.
        target: BufferId,
    },
    /// `target_ij = sum_P left_iP right_jP`; or `+=`, where the target is a [sum over samples](Written::Added).
    Outer {
        /// The factor with the first label.
        left: BufferId,
        /// The factor with the second label.
        right: BufferId,
        /// The array.
        target: BufferId,
    },
}

impl Multiply {
    /// The tensors that it reads.
    pub fn reads(&self) -> [BufferId; 2] {
        match *self {
            Multiply::Apply { matrix, operand, .. } => [matrix, operand],
            Multiply::Outer { left, right, .. } => [left, right],
        }
    }

    /// The tensor that it writes.
    pub fn target(&self) -> BufferId {
        let (Multiply::Apply { target, .. } | Multiply::Outer { target, .. }) = *self;
        target
    }
}

/// An index of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Index {
    /// The value of a loop variable; with `half`, plus half the dimension (the partner under omega).
    Variable {
        /// The variable.
        variable: VariableId,
        /// Whether half the dimension is added.
        half: bool,
    },
    /// A number.
    Constant(usize),
    /// The image of a number under the current permutation of an enclosing [`Node::Permutations`].
    Image(VariableId, usize),
}

/// An entry of a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The buffer.
    pub buffer: BufferId,
    /// One index per axis, stored or not.
    pub indices: Vec<Index>,
}

/// A constant factor other than a sign.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constant {
    /// A positive rational number.
    Ratio(Ratio),
    /// `numerator / (denominator * prod_k (d + shifts[k]))`, d the size of the axis; zero factors count as 1.
    Harmonic {
        /// The axis.
        axis: AxisId,
        /// Positive.
        numerator: u64,
        /// Positive.
        denominator: u64,
        /// Added to the dimension.
        shifts: Vec<u64>,
    },
}

/// A signed product of entries.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Product {
    /// Whether it is subtracted.
    pub negative: bool,
    /// Constant factors; none is 1.
    pub constants: Vec<Constant>,
    /// A scalar coefficient of a member.
    pub theta: Option<usize>,
    /// Signs of permutations and of metrics at their images: enclosing [`Node::Permutations`], and the first
    /// negative coordinate with the numbers whose images are counted.
    pub signs: Vec<PermutationSign>,
    /// The entries.
    pub entries: Vec<Access>,
}

/// The sign of the current permutation, times a metric sign per listed number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermutationSign {
    /// The variable of the enclosing [`Node::Permutations`].
    pub variable: VariableId,
    /// Images of these numbers flip the sign if they are at least `first_negative`.
    pub metric: Vec<usize>,
    /// The first coordinate with a negative metric.
    pub first_negative: usize,
}

/// An end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A number.
    Literal(usize),
    /// The size of an axis.
    Size(AxisId),
    /// Half the size of an axis.
    Half(AxisId),
    /// The value of a loop around it: `q in p..d`, for tensors that are symmetric in p and q.
    Variable(VariableId),
}

/// A piece of program text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A new local, zero.
    Declare(BufferId),
    /// `for variable in from..to { body }`.
    Loop {
        /// The variable.
        variable: VariableId,
        /// From here.
        from: Bound,
        /// To here, exclusive.
        to: Bound,
        /// What is done for each value.
        body: Vec<Node>,
    },
    /// Runs the body for every permutation of `0..legs`.
    Permutations {
        /// Names the permutation.
        variable: VariableId,
        /// How many numbers are permuted.
        legs: usize,
        /// What is done for each permutation.
        body: Vec<Node>,
    },
    /// `target = sum of products`, or `target += ..`.
    Store {
        /// The entry written.
        target: Access,
        /// Whether it is added to.
        add: bool,
        /// The products.
        terms: Vec<Product>,
    },
    /// `target = sum over the body`, or `target += ..`: the body accumulates.
    Reduce {
        /// The entry written.
        target: Access,
        /// Whether it is added to.
        add: bool,
        /// Loops around [`Node::Accumulate`].
        body: Vec<Node>,
    },
    /// Adds products to the sum of the enclosing [`Node::Reduce`].
    Accumulate(Vec<Product>),
    /// Writes all entries of a tensor.
    Multiply(Multiply),
}

/// What a buffer at [`Place::Result`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultSlot {
    /// Which result.
    pub kind: RootKind,
    /// How it is written.
    pub written: Written,
    /// Of a sum over samples of an array over two labels i, j of one axis: only entries with i <= j count, the others are their
    /// mirror images, with the opposite sign if this is true. They are copied once all samples are added.
    pub folded: Option<bool>,
}

/// How a result is written; it is zero before the first call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Set.
    Assigned,
    /// Added to what is there: the sum over many samples.
    Added,
}

/// Straight-line code with loops: the lowest form that is independent of the target language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nest {
    /// The axes.
    pub axes: Vec<AxisShape>,
    /// The names of the inputs.
    pub inputs: Vec<String>,
    /// All tensors.
    pub buffers: Vec<Buffer>,
    /// The axis of every loop variable.
    pub variables: Vec<AxisId>,
    /// What is returned.
    pub results: Vec<ResultSlot>,
    /// The text.
    pub body: Vec<Node>,
}

/// The loop nests of those roots of a program that are written at all, without what they do not need.
///
/// `map` is what the program computes: its last inputs may be members of others at [fixed labels](eqt_ir::map::Content::fixed), and the nest reads
/// and writes those others instead.
pub fn lower(program: &Program, map: &Map, wanted: &dyn Fn(RootKind) -> Option<Written>) -> Nest {
    lower_arranged(program, map, Arrangement::Lanes, wanted)
}

/// The same for many samples at once: arrays over two labels stay in [rows](Arrangement::Rows) where they can.
pub fn lower_batch(program: &Program, map: &Map, wanted: &dyn Fn(RootKind) -> Option<Written>) -> Nest {
    lower_arranged(program, map, Arrangement::Rows, wanted)
}

fn lower_arranged(
    program: &Program,
    map: &Map,
    arrays: Arrangement,
    wanted: &dyn Fn(RootKind) -> Option<Written>,
) -> Nest {
    let plan = plan::Plan::new(program, wanted);
    let exchanges: Vec<Option<i8>> =
        map.coefficients.iter().map(|coefficient| coefficient.exchange()).collect();
    let buffers = plan.buffers();
    let multiplied = match arrays {
        Arrangement::Rows => kernel::Multiplied::new(&plan, &buffers, &exchanges),
        Arrangement::Lanes => kernel::Multiplied::default(),
    };
    let kernels = kernel::Kernels::new(&plan, buffers, &multiplied);
    let mut nest = schedule::schedule(&plan, kernels);
    let axes: Vec<Vec<AxisId>> = program.inputs.iter().map(|input| input.layout.slots.clone()).collect();
    fixed::resolve(&mut nest, &map.fixed, &axes);
    nest.add_to_sums();
    nest.fuse();
    nest.fold(map);
    debug_assert_eq!(verify(&nest), Ok(()), "{nest}");
    nest
}

impl Nest {
    /// The sizes that the loop around a statement runs over, for every product: a monomial of axes (sorted) and
    /// how many multiply-adds it counts; the cost is the sum of monomials. That mirror images are copied and not computed
    /// is left out: a loop `q in p..d` counts d.
    pub fn cost(&self) -> Vec<(Vec<AxisId>, u64)> {
        let mut monomials = std::collections::BTreeMap::new();
        let mut path = Vec::new();
        self.count(&self.body, &mut path, 1, &mut monomials);
        monomials.into_iter().collect()
    }

    fn count(
        &self,
        nodes: &[Node],
        path: &mut Vec<AxisId>,
        times: u64,
        monomials: &mut std::collections::BTreeMap<Vec<AxisId>, u64>,
    ) {
        let work = |terms: &[Product]| {
            let factors = |term: &Product| {
                term.entries.len() + usize::from(term.theta.is_some()) + term.constants.len()
            };
            terms.iter().map(|term| factors(term).saturating_sub(1).max(1) as u64).sum::<u64>()
        };
        for node in nodes {
            match node {
                Node::Declare(_) => {}
                Node::Loop { variable, from, body, .. } => {
                    // The second piece of a split range belongs to the cost of the first.
                    if matches!(from, Bound::Literal(0) | Bound::Variable(_)) {
                        path.push(self.variables[variable.0]);
                        self.count(body, path, times, monomials);
                        path.pop();
                    }
                }
                Node::Permutations { legs, body, .. } => {
                    self.count(body, path, times * (1..=*legs as u64).product::<u64>(), monomials);
                }
                // The copy of a mirror image.
                Node::Store { target, add: false, terms } if matches!(&terms[..], [Product { entries, .. }] if matches!(&entries[..], [entry] if entry.buffer == target.buffer)) =>
                    {}
                Node::Store { terms, .. } | Node::Accumulate(terms) => {
                    let mut key = path.clone();
                    key.sort();
                    *monomials.entry(key).or_insert(0) += times * work(terms);
                }
                Node::Reduce { body, .. } => self.count(body, path, times, monomials),
                Node::Multiply(multiply) => {
                    // The axes of one factor, and the label that it has not.
                    let (of, other) = match *multiply {
                        Multiply::Apply { operand, target, .. } => (operand, target),
                        Multiply::Outer { left, right, .. } => (left, right),
                    };
                    let mut key = self.buffers[of.0].axes.clone();
                    key.extend(self.buffers[other.0].axes.first());
                    key.sort();
                    *monomials.entry(key).or_insert(0) += times;
                }
            }
        }
    }

    /// The axis with this id.
    pub fn axis(&self, axis: AxisId) -> &AxisShape {
        &self.axes[axis.index()]
    }

    /// Statements that set a sum add to it.
    fn add_to_sums(&mut self) {
        let is_sum: Vec<bool> = self
            .buffers
            .iter()
            .map(|buffer| matches!(buffer.place, Place::Result(at) if self.results[at].written == Written::Added))
            .collect();
        fn walk(nodes: &mut [Node], is_sum: &[bool]) {
            for node in nodes {
                match node {
                    Node::Declare(_) | Node::Accumulate(_) | Node::Multiply(_) => {}
                    Node::Loop { body, .. } | Node::Permutations { body, .. } => walk(body, is_sum),
                    Node::Store { target, add, .. } => *add |= is_sum[target.buffer.0],
                    Node::Reduce { target, add, body } => {
                        *add |= is_sum[target.buffer.0];
                        walk(body, is_sum);
                    }
                }
            }
        }
        walk(&mut self.body, &is_sum);
    }

    /// All products.
    pub fn products(&self) -> Vec<Multiply> {
        let of = |node: &Node| if let Node::Multiply(multiply) = node { Some(*multiply) } else { None };
        self.body.iter().filter_map(of).collect()
    }

    /// Whether a buffer is a sum over samples.
    pub fn is_sum(&self, buffer: BufferId) -> bool {
        let written = |result: usize| self.results[result].written;
        matches!(self.buffers[buffer.0].place, Place::Result(result) if written(result) == Written::Added)
    }

    /// Whether a buffer is a result that is [folded](ResultSlot::folded).
    pub fn is_folded(&self, buffer: BufferId) -> bool {
        matches!(self.buffers[buffer.0].place, Place::Result(result) if self.results[result].folded.is_some())
    }

    /// How many loops over an axis follow each other at the outermost level.
    pub fn passes(&self, axis: AxisId) -> usize {
        let outermost =
            |node: &&Node| matches!(node, Node::Loop { variable, .. } if self.variables[variable.0] == axis);
        self.body.iter().filter(outermost).count()
    }
}

impl fmt::Display for Nest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display::nest(self, f)
    }
}
