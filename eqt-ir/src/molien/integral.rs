//! Joint classes of all axes and the characters of all spaces there.
//!
//! The character of a space is a product over the axes, so each axis has a table of its own factors, and the tables
//! are multiplied while walking over the joint classes. The axis of the most classes is walked once, without a table.

use eqt_runtime::{Fp, Scalar};

use super::MolienError;
use crate::exact::inverses;
use crate::group::Class;
use crate::signature::{AxisId, Block, Layout, Signature, Sizes, SlotSymmetry};

/// The characters of all spaces at one joint class g: `χ(g), χ(g^2), ..` of every input space, and `χ_W(g)`.
pub(super) struct Characters<'a> {
    starts: &'a [usize],
    values: &'a [Fp],
}

impl Characters<'_> {
    /// `χ(g^k)` of one of the input spaces, for k = 1, 2, .. at positions 0, 1, ..
    pub(super) fn of(&self, space: usize) -> &[Fp] {
        &self.values[self.starts[space]..self.starts[space + 1]]
    }

    /// `χ_W(g)`.
    pub(super) fn output(&self) -> Fp {
        self.values[self.values.len() - 1]
    }
}

/// The classes of one axis and what the characters of the spaces need of them.
struct AxisClasses {
    axis: AxisId,
    size: usize,
    classes: Vec<Class>,
}

/// A Molien-Weyl integral, ready to be walked over.
pub(super) struct Integral {
    /// The different input spaces, each with the highest k for which `χ(g^k)` is wanted: the highest degree in an
    /// input of this space, as Newton's identity for `h_r` takes `χ(g), .., χ(g^r)`. Two inputs of one space share an
    /// entry.
    spaces: Vec<(Layout, usize)>,
    space_of_input: Vec<usize>,
    output: Layout,
    /// A row holds the characters of all spaces one after the other, and last that of the output; space s has
    /// `starts[s]..starts[s + 1]`.
    starts: Vec<usize>,
    /// The axes that some character depends on, the one with the most classes first.
    axes: Vec<AxisClasses>,
    inverses: Vec<Fp>,
}

impl Integral {
    /// `highest[i]` is the highest degree in input i. `multidegrees` give the band width of the quadrature: on each
    /// axis, the integrand must have no more slots (occurrences times slots of their inputs) than one of them has; it
    /// is enough to list the extreme ones. `operations` is the work for every joint class besides the characters, for
    /// the budget.
    pub(super) fn new(
        signature: &Signature,
        sizes: &Sizes,
        highest: &[usize],
        multidegrees: &[&[usize]],
        operations: usize,
    ) -> Result<Integral, MolienError> {
        let mut spaces: Vec<(Layout, usize)> = Vec::new();
        let mut space_of_input = Vec::new();
        for (input, &powers) in signature.inputs.iter().zip(highest) {
            let layout = input.space.layout();
            let known = spaces.iter().position(|(other, _)| *other == layout);
            let space = known.unwrap_or_else(|| {
                spaces.push((layout, 0));
                spaces.len() - 1
            });
            spaces[space].1 = spaces[space].1.max(powers);
            space_of_input.push(space);
        }
        let output = signature.output.layout();

        let mut starts = vec![0_usize];
        for (_, powers) in &spaces {
            starts.push(starts[starts.len() - 1].saturating_add(*powers));
        }
        let most = spaces.iter().map(|(_, powers)| *powers).max().unwrap_or(0);
        // Newton's identities take k/2 products on average for each power of each space.
        let columns = starts[starts.len() - 1].saturating_add(1);
        let per_class = (columns as u64)
            .saturating_mul((signature.axes.len() + most / 2) as u64)
            .saturating_add(operations as u64);
        MolienError::check(per_class)?;

        let mut axes = Vec::new();
        let mut joint = 1_u64;
        for axis in signature.axis_ids() {
            let used =
                spaces.iter().filter(|(_, powers)| *powers > 0).map(|(layout, powers)| (layout, *powers));
            let used: Vec<(&Layout, usize)> = used.chain([(&output, 1)]).collect();
            if !used.iter().any(|(layout, _)| layout.slots.contains(&axis) || layout.pseudo.contains(&axis)) {
                continue;
            }
            let slots = |layout: &Layout| layout.slots.iter().filter(|slot| **slot == axis).count();
            let of_input: Vec<usize> = space_of_input.iter().map(|&space| slots(&spaces[space].0)).collect();
            let degree = |degrees: &[usize]| {
                of_input
                    .iter()
                    .zip(degrees)
                    .fold(0_usize, |sum, (slots, r)| sum.saturating_add(slots.saturating_mul(*r)))
            };
            let band = multidegrees.iter().map(|degrees| degree(degrees)).max().unwrap_or(0);
            let band = band.saturating_add(slots(&output));
            let powers = used.iter().flat_map(|(layout, powers)| {
                blocks_on(layout, axis).map(|block| powers.saturating_mul(power_sums_of(block)))
            });
            let powers = powers.max().unwrap_or(0);
            let size = sizes.of(axis);
            let classes = signature.axis(axis).group.rules().classes(size, band, powers)?;
            joint = joint.saturating_mul(classes.len() as u64);
            MolienError::check(joint.saturating_mul(per_class))?;
            axes.push(AxisClasses { axis, size, classes });
        }
        axes.sort_by_key(|axis| std::cmp::Reverse(axis.classes.len()));

        let ranks =
            spaces.iter().map(|(layout, _)| layout).chain([&output]).flat_map(|layout| &layout.blocks);
        let largest = ranks.map(|block| block.rank).chain([most]).max().unwrap_or(0);
        let inverses = inverses(largest);
        Ok(Integral { spaces, space_of_input, output, starts, axes, inverses })
    }

    /// Number of different input spaces.
    pub(super) fn spaces(&self) -> usize {
        self.spaces.len()
    }

    /// The space of an input.
    pub(super) fn space_of_input(&self, input: usize) -> usize {
        self.space_of_input[input]
    }

    /// `1/k` at position k.
    pub(super) fn inverses(&self) -> &[Fp] {
        &self.inverses
    }

    /// Calls `visit` with the weight of every joint class and the characters of all spaces there.
    pub(super) fn for_each_class(&self, mut visit: impl FnMut(Fp, &Characters<'_>)) {
        let columns = self.starts[self.starts.len() - 1] + 1;
        let mut rows = vec![vec![Fp::ONE; columns]; self.axes.len() + 1];
        let tables: Vec<Vec<Fp>> = self
            .axes
            .iter()
            .enumerate()
            .map(|(position, axis)| {
                let (mut table, mut scratch) = (Vec::new(), Scratch::default());
                if position > 0 {
                    axis.classes.iter().for_each(|class| self.factors(axis, class, &mut scratch, &mut table));
                }
                table
            })
            .collect();
        self.walk(0, Fp::ONE, &tables, &mut rows, &mut visit);
    }

    /// Visits all classes of the axes from `position` on. `rows[0]` holds the products of the factors of the axes
    /// before it at the classes chosen there, `weight` the product of their weights; `rows[1]` is overwritten with
    /// those of this axis.
    fn walk(
        &self,
        position: usize,
        weight: Fp,
        tables: &[Vec<Fp>],
        rows: &mut [Vec<Fp>],
        visit: &mut impl FnMut(Fp, &Characters<'_>),
    ) {
        let Some(axis) = self.axes.get(position) else {
            visit(weight, &Characters { starts: &self.starts, values: &rows[0] });
            return;
        };
        let columns = rows[0].len();
        let (mut streamed, mut scratch) = (Vec::new(), Scratch::default());
        for (index, class) in axis.classes.iter().enumerate() {
            let factors = if position == 0 {
                streamed.clear();
                self.factors(axis, class, &mut scratch, &mut streamed);
                &streamed
            } else {
                &tables[position][index * columns..(index + 1) * columns]
            };
            let (row, next) = rows.split_at_mut(1);
            for ((product, &value), &factor) in next[0].iter_mut().zip(&row[0]).zip(factors) {
                *product = value * factor;
            }
            self.walk(position + 1, weight * class.weight, tables, &mut rows[1..], visit);
        }
    }

    /// Appends the factor of one axis in every character.
    fn factors(&self, axis: &AxisClasses, class: &Class, scratch: &mut Scratch, row: &mut Vec<Fp>) {
        for (layout, powers) in &self.spaces {
            row.extend((1..=*powers).map(|k| character(layout, axis, class, k, &self.inverses, scratch)));
        }
        row.push(character(&self.output, axis, class, 1, &self.inverses, scratch));
    }
}

/// Storage that is used again for every character.
#[derive(Default)]
struct Scratch {
    power_sums: Vec<Fp>,
    powers: Vec<Fp>,
}

fn blocks_on(layout: &Layout, axis: AxisId) -> impl Iterator<Item = &Block> {
    layout.blocks.iter().filter(move |block| block.rank > 0 && layout.slots[block.start] == axis)
}

/// How many power sums the character of a block involves.
fn power_sums_of(block: &Block) -> usize {
    if block.symmetry == SlotSymmetry::General { 1 } else { block.rank }
}

/// The factor of one axis in the character of a space at `g^k`: with `p_j = tr g^{jk}`, a block of rank r has
/// `p_1^r` (general), `h_r` (symmetric), `e_r` (alternating) or `h_r - h_{r-2}` (traceless).
fn character(
    layout: &Layout,
    axis: &AxisClasses,
    class: &Class,
    k: usize,
    inverses: &[Fp],
    scratch: &mut Scratch,
) -> Fp {
    let odd = class.determinant < 0 && !k.is_multiple_of(2) && layout.pseudo.contains(&axis.axis);
    let mut value = if odd { -Fp::ONE } else { Fp::ONE };
    for block in blocks_on(layout, axis.axis) {
        if block.symmetry == SlotSymmetry::General || block.rank == 1 {
            value *= class.power_sums[k - 1].pow(block.rank as u64);
            continue;
        }
        // The trace maps Sym^r onto Sym^{r-2}, unless d = 0.
        if block.symmetry == SlotSymmetry::Traceless && axis.size == 0 {
            return Fp::ZERO;
        }
        // e_r[p_1, p_2, ..] = h_r[p_1, -p_2, p_3, ..].
        let alternating = block.symmetry == SlotSymmetry::Alternating;
        let Scratch { power_sums, powers } = scratch;
        power_sums.clear();
        power_sums.extend((1..=block.rank).map(|j| {
            let sum = class.power_sums[j * k - 1];
            if alternating && j.is_multiple_of(2) { -sum } else { sum }
        }));
        complete(power_sums, inverses, powers);
        let traces = block.symmetry == SlotSymmetry::Traceless;
        value *= powers[block.rank] - if traces { powers[block.rank - 2] } else { Fp::ZERO };
    }
    value
}

/// `h_0, .., h_r` of the r power sums, by Newton's identities `k h_k = sum_{j=1..k} p_j h_{k-j}`; `inverses[k]` is 1/k.
pub(super) fn complete(power_sums: &[Fp], inverses: &[Fp], powers: &mut Vec<Fp>) {
    powers.clear();
    powers.push(Fp::ONE);
    for k in 1..=power_sums.len() {
        let sum = Fp::dot(power_sums[..k].iter().copied().zip(powers.iter().rev().copied()));
        powers.push(sum * inverses[k]);
    }
}
