//! Wires: slots whose indices determine each other, through deltas and forms.
//!
//! In `h^p = A^pq eta_qr b^r` there are two wires: p joins a slot of A and a slot of the result by equality, q and r
//! join a slot of A and one of b by the form. All indices of a wire follow from one of them, so a wire is one loop:
//! for eta the loop is split where the sign changes, for omega each iteration has two ways, q in the first half and q
//! in the second.

use eqt_ir::group::Form;
use eqt_ir::signature::AxisId;

use super::super::{Bound, Index, VariableId};
use super::Builder;

/// A slot of an operand, or of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Operand(usize, usize),
    Target(usize),
}

/// Slots whose indices determine each other, with the relations between them: `ends[0]` is the slot that the loop
/// variable belongs to.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    pub(super) axis: AxisId,
    /// Its slots.
    pub(super) ends: Vec<End>,
    /// What ties them together, as pairs of positions in `ends`; empty on a label axis, where all indices are equal.
    pub(super) links: Vec<Link>,
}

/// A relation between the indices at the ends `from` and `to`, positions in [`Wire::ends`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The ends are joined by the form: index b at `to` is the only column with `F[a][b] != 0` for the index a at
    /// `from`, and that entry, +1 or -1, is a factor of the term. Otherwise the indices are equal.
    pub(super) form: bool,
}

/// A wire with its indices known: one index per end, and the product of the entries of its forms: -1 if `negative`,
/// times an entry of eta for every (permutation, number) in `signs`, whose index is known at run time only.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    pub(super) indices: Vec<Index>,
    pub(super) negative: bool,
    pub(super) signs: Vec<(VariableId, usize)>,
}

/// One piece of the range of a wire's variable, with the ways to go through it, a term of the sum for each. For
/// `x^T omega y` there is the piece 0..m with the ways `x[q] y[q + m]` and `-x[q + m] y[q]`.
pub(super) struct Piece {
    pub(super) from: Bound,
    pub(super) to: Bound,
    pub(super) ways: Vec<Resolved>,
}

impl Builder<'_> {
    /// The pieces of the range of a wire's variable.
    pub(super) fn pieces(&self, variable: VariableId, wire: &Wire) -> Vec<Piece> {
        let size = Bound::Size(wire.axis);
        let start = Bound::Literal(0);
        let way = |half: bool, high: bool| self.resolve(wire, Index::Variable { variable, half }, high);
        match self.form(wire.axis) {
            Form::Diagonal(first_negative) if wire.forms() % 2 == 1 => {
                let middle = Bound::Literal(first_negative);
                vec![
                    Piece { from: start, to: middle, ways: way(false, false).into_iter().collect() },
                    Piece { from: middle, to: size, ways: way(false, true).into_iter().collect() },
                ]
            }
            Form::Omega if wire.forms() > 0 => {
                let ways = [false, true].into_iter().filter_map(|half| way(half, half)).collect();
                vec![Piece { from: start, to: Bound::Half(wire.axis), ways }]
            }
            _ => vec![Piece { from: start, to: size, ways: way(false, false).into_iter().collect() }],
        }
    }

    /// The indices of all ends of a wire from that of the first, by following its links. `high`: the first index is
    /// one where eta is negative, or in the second half under omega. Nothing if a wire that is closed to a ring comes
    /// back with another index: the term is zero, as `F[a][a]` is for omega.
    pub(super) fn resolve(&self, wire: &Wire, first: Index, high: bool) -> Option<Resolved> {
        let mut known: Vec<Option<(Index, bool)>> = vec![None; wire.ends.len()];
        known[0] = Some((first, high));
        let mut resolved = Resolved { indices: Vec::new(), negative: false, signs: Vec::new() };
        let mut used = vec![false; wire.links.len()];
        let mut changed = true;
        while changed {
            changed = false;
            for (position, &Link { from, to, form }) in wire.links.iter().enumerate() {
                let (known_end, other, forward) = match (known[from], known[to]) {
                    _ if used[position] => continue,
                    (Some(end), _) => (end, to, true),
                    (None, Some(end)) => (end, from, false),
                    (None, None) => continue,
                };
                let (mut index, mut high) = known_end;
                if form {
                    if let (Index::Image(permutation, number), Form::Diagonal(_)) =
                        (index, self.form(wire.axis))
                    {
                        resolved.signs.push((permutation, number));
                    }
                    let negative;
                    (index, high, negative) = self.through(wire.axis, index, high, forward);
                    resolved.negative ^= negative;
                }
                used[position] = true;
                changed = true;
                match known[other] {
                    None => known[other] = Some((index, high)),
                    Some((same, _)) if same == index => {}
                    Some(_) => return None,
                }
            }
        }
        resolved.indices = known.into_iter().map(|index| index.map_or(first, |(index, _)| index)).collect();
        Some(resolved)
    }

    /// The index on the other side of a form, whether it is `high` there, and whether the entry of the form is -1.
    /// `forward`: the known index is the row of F, the other the column.
    fn through(&self, axis: AxisId, index: Index, high: bool, forward: bool) -> (Index, bool, bool) {
        match self.form(axis) {
            Form::Identity => (index, high, false),
            Form::Diagonal(first_negative) => match index {
                Index::Constant(value) => (index, high, value >= first_negative),
                Index::Image(..) => (index, high, false),
                Index::Variable { .. } => (index, high, high),
            },
            // F[a][a + m] = 1, F[a + m][a] = -1.
            Form::Omega => match index {
                Index::Variable { variable, half } => {
                    (Index::Variable { variable, half: !half }, !half, half == forward)
                }
                other => (other, high, false),
            },
        }
    }
}

impl End {
    pub(super) fn is_of(self, operand: usize) -> bool {
        matches!(self, End::Operand(other, _) if other == operand)
    }
}

/// Joins the wires at two ends by a form from the first to the second: two wires become one, or one becomes a ring.
pub(super) fn join(wires: &mut Vec<Wire>, first: End, second: End) {
    let position = |wires: &[Wire], end: End| {
        wires
            .iter()
            .enumerate()
            .find_map(|(wire, at)| Some((wire, at.ends.iter().position(|other| *other == end)?)))
    };
    let (Some((a, x)), Some((b, y))) = (position(wires, first), position(wires, second)) else { return };
    if a == b {
        wires[a].links.push(Link { from: x, to: y, form: true });
        return;
    }
    let other = wires[b].clone();
    let shift = wires[a].ends.len();
    wires[a].ends.extend(other.ends);
    wires[a].links.extend(other.links.iter().map(|link| Link {
        from: link.from + shift,
        to: link.to + shift,
        ..*link
    }));
    wires[a].links.push(Link { from: x, to: y + shift, form: true });
    wires.remove(b);
}

impl Wire {
    /// The same wire with another end as the first.
    pub(super) fn starting_at(&self, position: usize) -> Wire {
        let mut wire = self.clone();
        wire.ends.swap(0, position);
        let moved = |at: usize| match at {
            0 => position,
            at if at == position => 0,
            at => at,
        };
        wire.links = self
            .links
            .iter()
            .map(|&Link { from, to, form }| Link { from: moved(from), to: moved(to), form })
            .collect();
        wire
    }

    /// How many forms are on it.
    fn forms(&self) -> usize {
        self.links.iter().filter(|link| link.form).count()
    }
}
