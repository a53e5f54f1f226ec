//! What an emitted map looks like to code that knows nothing of it: its axes, arrays, functions and symmetries.
//!
//! Everything here is a constant of emitted code. Shapes are lists of axes; a size for every axis, in the order of
//! [`Interface::axes`], turns them into lengths.

use super::{Basis, Element};

/// Index into [`Interface::axes`].
pub type AxisIndex = u8;

/// A map, described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The axes of all arrays.
    pub axes: &'static [Axis],
    /// The inputs, in order.
    pub inputs: &'static [Array],
    /// The output.
    pub output: Array,
    /// The coefficients that the caller gives, in order: one per member, and none of a map with a body.
    pub coefficients: &'static [Coefficient],
    /// In the generator form, what the invariants are over labels; empty otherwise.
    pub invariants: &'static [Coefficient],
    /// The inputs that are parameters, in order: those of a map with a body.
    pub parameters: &'static [u16],
    /// The members: of a basis, generators, or the terms of a body.
    pub members: &'static [Element],
    /// The description that weights are pinned to.
    pub basis: Basis,
}

/// An axis: what an index of it counts, and how the group acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The dimension as it is written, `D` or `3`.
    pub name: &'static str,
    /// How the group acts.
    pub action: Action,
}

/// How a group acts on the indices of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// By all invertible matrices g with `g^T F g = F`, F the form.
    Linear {
        /// The form F.
        metric: Metric,
        /// Whether matrices of determinant -1 belong to it.
        reflections: bool,
    },
    /// By all permutations.
    Permuted,
    /// Not at all.
    Fixed,
}

/// An invariant bilinear form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The identity.
    Identity,
    /// `diag(+1 x p, -1 x the rest)`, p given.
    Diagonal(usize),
    /// `[[0, I], [-I, 0]]`.
    Omega,
}

/// An input or the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Array {
    /// Its name.
    pub name: &'static str,
    /// The axis of every index.
    pub axes: &'static [AxisIndex],
    /// Runs of indices with a symmetry of their own, in order.
    pub blocks: &'static [Block],
    /// The axes whose determinant it picks up: those that make it a pseudo-tensor.
    pub pseudo: &'static [AxisIndex],
}

/// A run of indices with a symmetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first index.
    pub start: u8,
    /// How many there are.
    pub rank: u8,
    /// The symmetry.
    pub symmetry: Symmetry,
}

/// How the indices of a block are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symmetry {
    /// Any two may be exchanged.
    Symmetric,
    /// Exchanging two changes the sign.
    Alternating,
    /// Symmetric, and the contraction of two with the form vanishes.
    Traceless,
}

/// A coefficient: a number, or an array over labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coefficient {
    /// Its name, `c3`.
    pub name: &'static str,
    /// The axis of every index; none for a number.
    pub axes: &'static [AxisIndex],
    /// Symmetries under which the array is read.
    pub ties: &'static [Tie],
}

impl Coefficient {
    /// The sign of the array under the exchange of its two indices, if that is a symmetry of it. A kernel that sums up the
    /// gradient in such an array over samples need not write entries whose second index is less than the first.
    pub fn exchange(&self) -> Option<i8> {
        self.ties.iter().find(|tie| tie.permutation == [1, 0]).map(|tie| tie.sign)
    }
}

/// A symmetry of an array: index k of the image of a multi-index i is `i[permutation[k]]`, and its entry is `sign` times
/// that at i.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// A permutation of the indices.
    pub permutation: &'static [u8],
    /// +1 or -1.
    pub sign: i8,
}

/// A function of an emitted map: what it reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// What it reads, in order.
    pub arguments: &'static [Argument],
    /// What it writes, in order.
    pub results: &'static [Argument],
}

/// Something that a function reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What it is.
    pub quantity: Quantity,
    /// How the samples of a batch share it.
    pub sharing: Sharing,
    /// Where a kernel finds it.
    pub arrangement: Arrangement,
    /// What messages call it: "input `a`", "gradient of input `a`".
    pub what: &'static str,
}

/// A quantity of a map. Read, an output is a cotangent; written, a quantity other than the value is a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The input with this index.
    Input(u16),
    /// The output.
    Output,
    /// The value of every member, one after the other.
    Members,
    /// All coefficients, which are numbers.
    Coefficients,
    /// The coefficient with this index.
    Coefficient(u16),
    /// All invariants, which are numbers.
    Invariants,
    /// The invariant with this index.
    Invariant(u16),
    /// A number per member.
    Weights,
}

/// How the samples of a batch share a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Every sample has its own.
    PerSample,
    /// All samples have the same.
    Shared,
    /// Written: the sum over all samples. A kernel adds to it.
    Summed,
}

/// Where the kernel of a batch finds a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// In lanes, one for each sample.
    Lanes,
    /// As it is, one row of numbers per sample, or one for all: an array over labels, which is large.
    Rows,
}

impl Interface {
    /// The shape of a quantity at some sizes, one per axis.
    ///
    /// # Panics
    ///
    /// If there are fewer sizes than axes.
    #[cfg(feature = "std")]
    pub fn shape(&self, quantity: Quantity, sizes: &[usize]) -> Vec<usize> {
        let over = self.axes_of(quantity).iter().map(|&axis| sizes[usize::from(axis)]);
        self.count_of(quantity).into_iter().chain(over).collect()
    }

    /// The inputs that belong to samples: those that are no parameters, in order.
    pub fn sample_inputs(&self) -> impl Iterator<Item = u16> + '_ {
        (0..self.inputs.len()).map(|input| input as u16).filter(|input| !self.parameters.contains(input))
    }

    /// Names and shapes of the inputs that belong to samples, at these sizes.
    #[cfg(feature = "std")]
    pub fn described_inputs(&self, sizes: &[usize]) -> Vec<(&'static str, Vec<usize>)> {
        let described = |input| {
            let shape = self.shape(Quantity::Input(input), sizes);
            (self.inputs[usize::from(input)].name, shape)
        };
        self.sample_inputs().map(described).collect()
    }

    /// The arrays that hold all coefficients: one if all are numbers, else one each.
    #[cfg(feature = "std")]
    pub fn coefficient_arrays(&self) -> Vec<Quantity> {
        arrays_of(self.coefficients, Quantity::Coefficients, Quantity::Coefficient)
    }

    /// The arrays that hold all invariants: one if all are numbers, else one each.
    #[cfg(feature = "std")]
    pub fn invariant_arrays(&self) -> Vec<Quantity> {
        arrays_of(self.invariants, Quantity::Invariants, Quantity::Invariant)
    }

    /// The axes of a quantity, but for the number of members or coefficients in front.
    pub fn axes_of(&self, quantity: Quantity) -> &'static [AxisIndex] {
        match quantity {
            Quantity::Input(input) => self.inputs[usize::from(input)].axes,
            Quantity::Output | Quantity::Members => self.output.axes,
            Quantity::Coefficient(index) => self.coefficients[usize::from(index)].axes,
            Quantity::Invariant(index) => self.invariants[usize::from(index)].axes,
            Quantity::Coefficients | Quantity::Invariants | Quantity::Weights => &[],
        }
    }

    /// The number of entries of a quantity at some sizes.
    ///
    /// # Panics
    ///
    /// If there are fewer sizes than axes.
    pub fn len_of(&self, quantity: Quantity, sizes: &[usize]) -> usize {
        let axes = self.axes_of(quantity);
        let one: usize = axes.iter().map(|&axis| sizes[usize::from(axis)]).product();
        one * self.count_of(quantity).unwrap_or(1)
    }

    /// How many members, coefficients or invariants a quantity lists, if it is a list of such.
    pub(crate) fn count_of(&self, quantity: Quantity) -> Option<usize> {
        match quantity {
            Quantity::Members | Quantity::Weights => Some(self.members.len()),
            Quantity::Coefficients => Some(self.coefficients.len()),
            Quantity::Invariants => Some(self.invariants.len()),
            Quantity::Input(_) | Quantity::Output | Quantity::Coefficient(_) | Quantity::Invariant(_) => None,
        }
    }
}

#[cfg(feature = "std")]
fn arrays_of(coefficients: &[Coefficient], all: Quantity, each: fn(u16) -> Quantity) -> Vec<Quantity> {
    if coefficients.iter().all(|coefficient| coefficient.axes.is_empty()) {
        return if coefficients.is_empty() { Vec::new() } else { vec![all] };
    }
    (0..coefficients.len()).map(|index| each(index as u16)).collect()
}
