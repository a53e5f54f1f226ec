//! Upper bounds on dimensions: a count modulo p tells the dimension only if that is below p.

use eqt_runtime::Fp;

use super::MolienError;
use crate::group::{Epsilon, Wires};
use crate::signature::{AxisId, Layout, Signature, Sizes, SlotSymmetry};

/// Every total degree in `least..=most` must have a dimension below p.
pub(super) fn check_total_degrees(
    signature: &Signature,
    sizes: &Sizes,
    least: usize,
    most: usize,
) -> Result<(), MolienError> {
    let spaces = Spaces::new(signature, sizes);
    // Multidegrees (r_1, .., r_m) with sum r: as many as monomials of degree r in m variables, binomial(m + r - 1, r).
    (least..=most).try_for_each(|degree| {
        let whole = symmetric_power(spaces.inputs.iter().map(|space| space.dimension).sum(), degree);
        let multidegrees = symmetric_power(spaces.inputs.len() as f64, degree);
        let most_slots = |axis: usize| {
            let slots = spaces.inputs.iter().map(|space| space.slots[axis]).max().unwrap_or(0);
            slots.saturating_mul(degree)
        };
        spaces.check(whole, multidegrees, most_slots)
    })
}

/// Every one of the multidegrees must have a dimension below p.
pub(super) fn check_multidegrees(
    signature: &Signature,
    sizes: &Sizes,
    multidegrees: &[&[usize]],
) -> Result<(), MolienError> {
    let spaces = Spaces::new(signature, sizes);
    multidegrees.iter().try_for_each(|degrees| {
        let inputs = || spaces.inputs.iter().zip(degrees.iter());
        let whole = inputs().map(|(space, &degree)| symmetric_power(space.dimension, degree)).product();
        let slots = |axis: usize| {
            inputs().fold(0_usize, |sum, (space, degree)| {
                sum.saturating_add(space.slots[axis].saturating_mul(*degree))
            })
        };
        spaces.check(whole, 1.0, slots)
    })
}

struct Space {
    /// The dimension of the space.
    dimension: f64,
    /// The number of slots on each axis.
    slots: Vec<usize>,
}

struct Spaces {
    inputs: Vec<Space>,
    output: Space,
    axes: Vec<(usize, Wires)>,
}

impl Spaces {
    fn new(signature: &Signature, sizes: &Sizes) -> Spaces {
        let space = |layout: Layout| Space {
            dimension: dimension(&layout, sizes),
            slots: signature
                .axis_ids()
                .map(|axis| layout.slots.iter().filter(|slot| **slot == axis).count())
                .collect(),
        };
        Spaces {
            inputs: signature.inputs.iter().map(|input| space(input.space.layout())).collect(),
            output: space(signature.output.layout()),
            axes: signature
                .axis_ids()
                .map(|axis: AxisId| (sizes.of(axis), signature.axis(axis).group.rules().wires()))
                .collect(),
        }
    }

    /// `whole * dim W` polynomial maps there are, equivariant or not; and an equivariant one of one multidegree is an
    /// invariant tensor of as many slots as its occurrences and the output have. The dimension is at most the smaller
    /// number.
    fn check(
        &self,
        whole: f64,
        multidegrees: f64,
        slots: impl Fn(usize) -> usize,
    ) -> Result<(), MolienError> {
        let tensors: f64 = (0..self.axes.len())
            .map(|axis| {
                let (size, wires) = self.axes[axis];
                invariant_tensors(wires, size, slots(axis).saturating_add(self.output.slots[axis]))
            })
            .product();
        // The bound is a product of rounded numbers; one percent is far more than all rounding.
        let bound = (whole * self.output.dimension).min(multidegrees * tensors);
        if bound < 0.99 * Fp::P as f64 { Ok(()) } else { Err(MolienError::Size) }
    }
}

/// The dimension of a space, at least 1; traces are not subtracted.
fn dimension(layout: &Layout, sizes: &Sizes) -> f64 {
    let of_block = |start: usize, rank: usize, symmetry: SlotSymmetry| {
        let size = sizes.of(layout.slots[start]) as f64;
        match symmetry {
            SlotSymmetry::General | SlotSymmetry::Alternating => size.powf(rank as f64),
            SlotSymmetry::Symmetric | SlotSymmetry::Traceless => symmetric_power(size, rank),
        }
    };
    layout.blocks.iter().map(|block| of_block(block.start, block.rank, block.symmetry).max(1.0)).product()
}

/// `binomial(dimension + degree - 1, degree)`.
fn symmetric_power(dimension: f64, degree: usize) -> f64 {
    if dimension == 0.0 {
        return if degree == 0 { 1.0 } else { 0.0 };
    }
    let mut value = 1.0;
    for i in 0..degree {
        value *= (dimension + i as f64) / (i as f64 + 1.0);
        if value.is_infinite() {
            break;
        }
    }
    value
}

/// A bound on the number of independent invariants, of either parity, among the tensors with so many slots on one
/// axis: the smaller of the number of entries, size^slots, and the number of wirings: (k - 1)!! matchings of k slots,
/// with an epsilon binomial(k, size) choices of its legs times the matchings of the rest, and set partitions for
/// spiders.
fn invariant_tensors(wires: Wires, size: usize, slots: usize) -> f64 {
    let entries = (size as f64).powf(slots as f64).max(1.0);
    let wirings = match wires {
        Wires::Edges { epsilon: Epsilon::Never, .. } => matchings(slots),
        Wires::Edges { .. } if slots < size => matchings(slots),
        Wires::Edges { .. } => {
            matchings(slots) + symmetric_power((slots - size) as f64 + 1.0, size) * matchings(slots - size)
        }
        Wires::Spiders { free: true } => f64::INFINITY,
        Wires::Spiders { free: false } => set_partitions(slots),
    };
    entries.min(wirings)
}

/// `(slots - 1)!!`, with an odd number rounded up.
fn matchings(slots: usize) -> f64 {
    (1..=slots.div_ceil(2)).map(|pair| 2.0 * pair as f64 - 1.0).product()
}

/// A bound on the Bell number, `(0.792 k / ln(k + 1))^k` (Berend & Tassa 2010).
fn set_partitions(slots: usize) -> f64 {
    if slots == 0 {
        return 1.0;
    }
    let k = slots as f64;
    (0.792 * k / (k + 1.0).ln()).powf(k)
}
