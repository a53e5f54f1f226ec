//! Relations: what a small dimension makes of the diagrams that a basis leaves out (docs/theory.md section 4).
//!
//! Every diagram D is a unique rational combination of the members `T_1 .. T_r`: these span over Q, as their rank
//! modulo p is the Molien-Weyl number, and a minor that is not zero modulo p is not zero. The coefficients are
//! computed modulo p = 2^61 - 1 from values at small integer points, and read as fractions `a/b` with
//! `|a|, b <= 2^30`, of which a residue has at most one (Wang, *A p-adic algorithm for univariate partial fractions*,
//! 1981).
//!
//! That is proved exactly over Q, not modulo a second prime: the points are integral and so small that no value of a
//! diagram exceeds p/2 in absolute value, so that a residue *is* the integer. `b D = sum_i a_i T_i` is then checked in
//! integers at the same points. As the members' values there have rank r, only one combination passes.

use eqt_runtime::{Fp, Scalar};

use super::{Basis, Error, Options, free, stable::stable_sizes};
use crate::diagram::{Diagram, End, Enumeration, Evaluator, Node, Notation, Shapes, Style};
use crate::exact::Random;
use crate::exact::gcd;
use crate::exact::tensor::{Tensor, harmonic_factors};
use crate::program::Ratio;
use crate::signature::{Layout, Signature, Sizes, SlotSymmetry};

/// A diagram that is not in the basis, as a combination of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The diagram.
    pub diagram: Diagram,
    /// Coefficients, none zero, with the positions of the members in the basis. Empty if the diagram
    /// vanishes.
    pub combination: Vec<(Ratio, usize)>,
}

/// A basis and, for each diagram that it leaves out, the relation that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relations {
    /// The basis.
    pub basis: Basis,
    /// In the frozen order of the diagrams left out.
    pub relations: Vec<Relation>,
}

/// Enumerates all diagrams of a signature, also those with more labels than a literal `S(n)` has, and relates those
/// that its basis leaves out. With free labels the members are arrays; with `labels <= 1` the relations are those of
/// the label's scalars.
///
/// # Errors
/// As [`Basis::new`]; [`Error::Relation`] if a combination cannot be proved in 64 bits; [`Error::Arrays`] if arrays
/// over free labels are left out.
pub fn relations(signature: &Signature, options: &Options) -> Result<Relations, Error> {
    let basis = Basis::new(signature, options)?;
    let mut enumeration = Enumeration::new(signature, options.labels, options.limit);
    enumeration.beyond_size = true;
    let mut relations = Vec::new();
    for degree in options.degrees.clone() {
        for multidegree in enumeration.multidegrees(degree)? {
            let members: Vec<usize> = (0..basis.elements.len())
                .filter(|&member| {
                    let diagram = &basis.elements[member].diagram;
                    diagram.occurrences(signature.inputs.len()) == multidegree
                })
                .collect();
            let is_member = |diagram: &Diagram| {
                members.iter().any(|&member| basis.elements[member].diagram.graph == diagram.graph)
            };
            let left_out: Vec<Diagram> = enumeration
                .of_multidegree(&multidegree)?
                .into_iter()
                .filter(|diagram| !is_member(diagram))
                .collect();
            if left_out.is_empty() {
                continue;
            }
            let carried = free::carried_free_axes(signature, &multidegree);
            if !carried.is_empty() && options.labels.is_none() {
                return Err(Error::Arrays);
            }
            // There are no maps over no labels, and nothing to relate.
            if carried.into_iter().any(|axis| signature.axis(axis).dimension.literal() == Some(0)) {
                continue;
            }
            let kept: Vec<&Diagram> = members.iter().map(|&member| &basis.elements[member].diagram).collect();
            let sizes = scalar_sizes(signature, degree, options.labels);
            let combinations = solve(signature, &sizes, &kept, &left_out, degree)?;
            for (diagram, combination) in left_out.into_iter().zip(combinations) {
                let combination = combination
                    .into_iter()
                    .map(|(coefficient, position)| (coefficient, members[position]))
                    .collect();
                relations.push(Relation { diagram, combination });
            }
        }
    }
    Ok(Relations { basis, relations })
}

impl Relations {
    /// `diagram = combination` for every relation, one string each.
    pub fn formulas(&self, style: Style) -> Vec<String> {
        let notation = Notation::new(&self.basis.signature, style);
        let members = self.basis.formulas(style);
        let right = |relation: &Relation| -> String {
            let terms = relation.combination.iter().enumerate();
            let text: String =
                terms.map(|(term, (scale, member))| signed(style, term, *scale, &members[*member])).collect();
            if text.is_empty() { "0".to_owned() } else { text }
        };
        let line =
            |relation: &Relation| format!("{} = {}", notation.member(&relation.diagram), right(relation));
        self.relations.iter().map(line).collect()
    }
}

/// A term of a sum, with its sign in front: ` - 1/2 tr(P)`.
fn signed(style: Style, term: usize, scale: Ratio, formula: &str) -> String {
    let sign = match (scale.numerator < 0, term) {
        (true, 0) => "-",
        (true, _) => " - ",
        (false, 0) => "",
        (false, _) => " + ",
    };
    let absolute = scale.numerator.unsigned_abs();
    let factor = match (absolute, scale.denominator, style) {
        (1, 1, _) if formula == "1" => return format!("{sign}1"),
        (1, 1, _) => String::new(),
        (_, 1, _) => format!("{absolute} "),
        (_, _, Style::Text) => format!("{absolute}/{} ", scale.denominator),
        (_, _, Style::Latex) => format!(r"\frac{{{absolute}}}{{{}}} ", scale.denominator),
    };
    // A sum reaches as far as it can: it is put in brackets if something follows or stands before it.
    let formula = if formula.starts_with("sum_") || formula.starts_with(r"\sum_") {
        match style {
            Style::Text => format!("({formula})"),
            Style::Latex => format!(r"\left({formula}\right)"),
        }
    } else {
        formula.to_owned()
    };
    format!("{sign}{factor}{formula}")
}

/// The sizes at which diagrams are compared: the stable ones, and a single value for free labels (`labels <= 1`).
fn scalar_sizes(signature: &Signature, degree: usize, labels: Option<usize>) -> Sizes {
    let mut sizes = stable_sizes(signature, degree, labels);
    for axis in signature.axis_ids().filter(|&axis| signature.axis(axis).group.is_free()) {
        sizes.0[axis.index()] = 1;
    }
    sizes
}

/// Entries of the random points, before projection, are at most this large.
const LARGEST: i64 = 3;

/// How often points are added until members are seen to be independent, each time as many as there are.
const MOST_ATTEMPTS: usize = 6;

/// The coefficients of every diagram of `left_out` over `kept`.
fn solve(
    signature: &Signature,
    sizes: &Sizes,
    kept: &[&Diagram],
    left_out: &[Diagram],
    degree: usize,
) -> Result<Vec<Vec<(Ratio, usize)>>, Error> {
    let diagrams: Vec<&Diagram> = kept.iter().copied().chain(left_out).collect();
    super::rank::check_evaluable(signature, sizes, &diagrams)?;
    let unproven = Error::Relation { degree };
    let scales: Vec<i64> = signature
        .inputs
        .iter()
        .map(|input| common_denominator(&input.space.layout(), sizes))
        .collect::<Option<_>>()
        .ok_or_else(|| unproven.clone())?;
    let output_scale =
        common_denominator(&signature.output.layout(), sizes).ok_or_else(|| unproven.clone())?;
    let shapes = Shapes::new(signature);
    for diagram in &diagrams {
        if bound(signature, &shapes, sizes, diagram, &scales, output_scale) >= (Fp::P / 2) as f64 {
            return Err(unproven);
        }
    }
    let entries = sizes.product(&signature.output.layout().slots) as usize;
    if entries == 0 {
        return Ok(vec![Vec::new(); left_out.len()]);
    }
    let evaluator = Evaluator::new(signature, sizes).within(Error::WORK);
    let mut random = Random::seeded(0x4e1);
    let mut rows: Vec<Vec<Fp>> = vec![Vec::new(); diagrams.len()];
    let mut points = (kept.len() + 8).div_ceil(entries);
    let mut attempts = 0..MOST_ATTEMPTS;
    let solver = loop {
        // Members are independent: all points so far would have to be special.
        attempts.next().ok_or(unproven.clone())?;
        for _ in 0..points {
            let inputs: Vec<Tensor> = signature
                .inputs
                .iter()
                .zip(&scales)
                .map(|(input, &scale)| {
                    integral_point(signature, &input.space.layout(), sizes, scale, &mut random)
                })
                .collect();
            for (row, diagram) in rows.iter_mut().zip(&diagrams) {
                let value = evaluator.evaluate(diagram, &inputs, None)?;
                row.extend(value.data.into_iter().map(|entry| entry * Fp::from_i64(output_scale)));
            }
        }
        if let Some(solver) = Solver::new(&rows[..kept.len()]) {
            break solver;
        }
        points = rows[0].len() / entries;
        super::rank::check_work(
            (2 * rows[0].len()).saturating_mul(kept.len()).saturating_mul(kept.len()) as u64
        )?;
    };
    rows[kept.len()..]
        .iter()
        .map(|row| {
            let combination = solver.combination(row).ok_or(unproven.clone())?;
            let fractions: Option<Vec<Ratio>> = combination.into_iter().map(fraction).collect();
            let fractions = fractions.ok_or(unproven.clone())?;
            prove(&rows[..kept.len()], row, &fractions).ok_or(unproven.clone())?;
            let nonzero = fractions.into_iter().enumerate().filter(|(_, ratio)| ratio.numerator != 0);
            Ok(nonzero.map(|(position, ratio)| (ratio, position)).collect())
        })
        .collect()
}

/// A number c such that c times the projection of an integral tensor onto a space is integral: k! for a symmetric
/// block of k slots, whose projection is the mean of k! permutations. Nothing if it is beyond 63 bits.
fn common_denominator(layout: &Layout, sizes: &Sizes) -> Option<i64> {
    let factorial = |rank: usize| (1..=rank as i64).try_fold(1_i64, i64::checked_mul);
    let mut common = 1_i64;
    for block in &layout.blocks {
        let averages = match block.symmetry {
            SlotSymmetry::General => 1,
            SlotSymmetry::Symmetric | SlotSymmetry::Alternating => factorial(block.rank)?,
            SlotSymmetry::Traceless => {
                let dimension = sizes.of(layout.slots[block.start]).max(1);
                let (mut coefficient, mut lcm) = (Ratio::ONE, 1_u64);
                for factor in harmonic_factors(block.rank, dimension) {
                    coefficient = coefficient.times(factor)?;
                    let denominator = coefficient.denominator;
                    lcm = (lcm / gcd(lcm, denominator)).checked_mul(denominator)?;
                }
                // The tensor is averaged, and then every lifted trace.
                let averages = factorial(block.rank)?;
                averages.checked_mul(averages)?.checked_mul(lcm.try_into().ok()?)?
            }
        };
        common = common.checked_mul(averages)?;
    }
    Some(common)
}

/// A random member of a space with small integral entries.
fn integral_point(
    signature: &Signature,
    layout: &Layout,
    sizes: &Sizes,
    scale: i64,
    random: &mut Random,
) -> Tensor {
    let mut point = Tensor::zeros(sizes.shape(&layout.slots));
    for entry in &mut point.data {
        *entry = Fp::from_i64(random.below(2 * LARGEST as usize + 1) as i64 - LARGEST);
    }
    point.project(layout, |axis| signature.form(axis));
    point.data.iter_mut().for_each(|entry| *entry *= Fp::from_i64(scale));
    point
}

/// By how much a projection can enlarge the largest entry: an average never does; the traceless projection
/// `sum_j a_j Sym(g^j (x) tr^j S)` by `sum_j |a_j| d^j` at most, as a trace is a sum of d entries.
fn growth(layout: &Layout, sizes: &Sizes) -> f64 {
    let of_block = |block: &crate::signature::Block| {
        if block.symmetry != SlotSymmetry::Traceless {
            return 1.0;
        }
        let dimension = sizes.of(layout.slots[block.start]).max(1);
        // The terms of the sum, each from the one before it.
        let mut term = 1.0;
        let later = harmonic_factors(block.rank, dimension).map(|factor| {
            term *= factor.numerator.unsigned_abs() as f64 / factor.denominator as f64 * dimension as f64;
            term
        });
        1.0 + later.sum::<f64>()
    };
    layout.blocks.iter().map(of_block).product()
}

/// A bound on the scaled values of a diagram, which must stay below p/2: the largest entries of all factors multiplied
/// (the largest term), times the sizes of all summed indices and labels (the number of terms).
fn bound(
    signature: &Signature,
    shapes: &Shapes,
    sizes: &Sizes,
    diagram: &Diagram,
    scales: &[i64],
    output_scale: i64,
) -> f64 {
    let graph = &diagram.graph;
    let output = signature.output.layout();
    let mut bound = output_scale as f64 * growth(&output, sizes);
    for node in &graph.nodes {
        match node {
            Node::Input(input) => {
                let input = input.index();
                let layout = signature.inputs[input].space.layout();
                bound *= LARGEST as f64 * scales[input] as f64 * growth(&layout, sizes);
            }
            Node::Spider(axis) => bound *= sizes.of(*axis).max(1) as f64,
            _ => {}
        }
    }
    for wire in &graph.wires {
        let summed = |end: End| !matches!(graph[end.node], Node::Output | Node::Spider(_));
        if let (true, true, Some(axis)) = (summed(wire.from), summed(wire.to), shapes.wire_axis(graph, wire))
        {
            bound *= sizes.of(axis).max(1) as f64;
        }
    }
    bound
}

/// Rows brought to echelon form together with how they came about.
struct Solver {
    /// Leading column, row with a leading one, and its coefficients over the given rows.
    rows: Vec<(usize, Vec<Fp>, Vec<Fp>)>,
    given: usize,
}

impl Solver {
    /// `None` if the rows are dependent.
    fn new(given: &[Vec<Fp>]) -> Option<Solver> {
        let mut solver = Solver { rows: Vec::new(), given: given.len() };
        for (position, row) in given.iter().enumerate() {
            let (mut row, mut history) = solver.reduce(row);
            history[position] += Fp::ONE;
            let pivot = row.iter().position(|&entry| entry != Fp::ZERO)?;
            let scale = row[pivot].inv()?;
            row.iter_mut().chain(&mut history).for_each(|entry| *entry *= scale);
            solver.rows.push((pivot, row, history));
        }
        Some(solver)
    }

    /// `left = row + sum_i history_i given_i`, with zeros at all leading columns.
    fn reduce(&self, row: &[Fp]) -> (Vec<Fp>, Vec<Fp>) {
        let mut left = row.to_vec();
        let mut history = vec![Fp::ZERO; self.given];
        for (pivot, known, made_of) in &self.rows {
            let factor = left[*pivot];
            if factor != Fp::ZERO {
                left.iter_mut().zip(known).for_each(|(entry, &value)| *entry -= factor * value);
                history.iter_mut().zip(made_of).for_each(|(entry, &value)| *entry -= factor * value);
            }
        }
        (left, history)
    }

    /// The coefficients of a row over the given ones, if it is in their span.
    fn combination(&self, row: &[Fp]) -> Option<Vec<Fp>> {
        let (left, history) = self.reduce(row);
        left.iter().all(|&entry| entry == Fp::ZERO).then(|| history.into_iter().map(|entry| -entry).collect())
    }
}

/// The fraction `a/b` with `|a|, b <= 2^30` and `a = b residue` modulo p, if there is one: the extended Euclidean
/// algorithm of p and the residue, stopped at the first remainder of at most 2^30.
fn fraction(residue: Fp) -> Option<Ratio> {
    const MOST: i128 = 1 << 30;
    let (mut a, mut b) = (i128::from(Fp::P), i128::from(residue.value()));
    let (mut s, mut t) = (0_i128, 1_i128);
    while b > MOST {
        let quotient = a / b;
        (a, b) = (b, a - quotient * b);
        (s, t) = (t, s - quotient * t);
    }
    if t == 0 || t.abs() > MOST {
        return None;
    }
    let numerator = if t < 0 { -b } else { b };
    Some(Ratio::new(numerator as i64, t.unsigned_abs() as u64))
}

/// Checks `b row = sum_i a_i rows_i` in integers, column by column, where b is the common denominator and `a_i / b`
/// are the fractions. Residues stand for integers here, being below p/2 in absolute value.
fn prove(rows: &[Vec<Fp>], row: &[Fp], fractions: &[Ratio]) -> Option<()> {
    let mut common = 1_i128;
    for ratio in fractions {
        let denominator = i128::from(ratio.denominator);
        let shared = i128::from(gcd(u64::try_from(common).ok()?, ratio.denominator));
        common = (common / shared).checked_mul(denominator)?;
    }
    for (column, &value) in row.iter().enumerate() {
        let mut difference = i128::from(value.signed_value()).checked_mul(common)?;
        for (known, ratio) in rows.iter().zip(fractions).filter(|(_, ratio)| ratio.numerator != 0) {
            let scale = i128::from(ratio.numerator).checked_mul(common / i128::from(ratio.denominator))?;
            difference =
                difference.checked_sub(scale.checked_mul(i128::from(known[column].signed_value()))?)?;
        }
        if difference != 0 {
            return None;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::parse_signature;

    fn listing(text: &str, degree: usize, style: Style) -> Vec<String> {
        let signature = parse_signature(text).expect("parses");
        let found = relations(&signature, &Options::exactly(degree))
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        found.formulas(style)
    }

    #[test]
    fn fractions_are_read_from_residues() {
        for (numerator, denominator) in
            [(0, 1), (1, 1), (-1, 1), (5, 3), (-7, 1_000_003), (1 << 29, (1 << 29) + 1)]
        {
            let read = fraction(Fp::from_ratio(numerator, denominator));
            assert_eq!(read, Some(Ratio::new(numerator, denominator)));
        }
    }

    #[test]
    fn cayley_and_hamilton_hold() {
        assert_eq!(
            listing("O(2): P: S^2 -> S^2", 2, Style::Text),
            ["tr(P)^2 delta^pq = -2 P^pr P^qr + tr(P P) delta^pq + 2 tr(P) P^pq"]
        );
    }

    #[test]
    fn nothing_is_left_out_in_large_or_symbolic_dimensions() {
        assert!(listing("O(9): P: S^9 -> S^9", 3, Style::Text).is_empty());
        assert!(listing("O(d): P: S^d -> S^d", 3, Style::Text).is_empty());
    }

    #[test]
    fn every_group_has_relations_in_small_dimensions() {
        for (text, degree) in [
            ("O(1): a: R^1, b: R^1, c: R^1, e: R^1 -> R", 4),
            ("O(1,1): a: R^2, F: Alt^2(R^2) -> R^2", 3),
            ("SO(3): a: R^3, b: R^3, c: R^3, e: R^3 -> R^3", 4),
            ("Sp(2): a: R^2, b: R^2, c: R^2 -> R^2", 3),
            ("O(2) * S(2): (R^2)^2 -> R", 4),
            ("O(2): P: Sym0^2(R^2) -> Sym0^2(R^2)", 3),
            ("SO(3): -> T^5(R^3)", 0),
            ("S(2): A: T^2(R^2) -> R^2", 2),
        ] {
            let signature = parse_signature(text).expect("parses");
            let found = relations(&signature, &Options::exactly(degree))
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(!found.relations.is_empty(), "{text}");
        }
    }

    #[test]
    fn ranks_whose_factorials_are_too_large_are_refused() {
        for text in ["S(1): P: Sym^32(R^1) -> Sym^32(R^1)", "O(1): P: Sym0^32(R^1), a: R^1 -> Sym^21(R^1)"] {
            let signature = parse_signature(text).expect("parses");
            match relations(&signature, &Options::up_to(1)) {
                Err(Error::Relation { .. }) => {}
                Ok(found) => assert!(found.relations.is_empty(), "{text}"),
                Err(other) => panic!("{text}: {other}"),
            }
        }
    }

    #[test]
    fn relations_between_arrays_are_refused() {
        let signature = parse_signature("SO(3) * S(1): (R^3)^2, (R)^1 -> S^1").expect("parses");
        assert_eq!(relations(&signature, &Options::exactly(3)), Err(Error::Arrays));
    }

    #[test]
    fn relations_read_as_one_would_write_them() {
        let mut text = String::new();
        for (signature, degree) in [
            ("O(2): a: R^2, b: R^2, c: R^2 -> R", 6),
            ("O(2): P: S^2 -> S^2", 3),
            ("SO(3): -> T^5(R^3)", 0),
            ("S(2): x: R^2 -> R", 3),
            ("Sp(2): a: R^2, b: R^2, c: R^2, e: R^2 -> R", 4),
        ] {
            for style in [Style::Text, Style::Latex] {
                text.push_str(&format!(
                    "{signature}, degree {degree}\n  {}\n",
                    listing(signature, degree, style).join("\n  ")
                ));
            }
        }
        insta::assert_snapshot!(text);
    }
}
