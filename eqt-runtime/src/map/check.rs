//! Equivariance in floats: `f(g x)` and `g f(x)` at random points, g random elements of the group.

use std::fmt;

use ndarray::{ArrayD, ArrayViewD, Axis as Along, IxDyn};

use crate::Real;
use crate::batch::BatchError;
use crate::description::interface::{Action, Array, Interface, Metric, Symmetry};

/// How far a map is from commuting with its group: `max |f(g x) - g f(x)| / max |f(x)|` over some random g and x.
///
/// Rounding alone gives some hundred times the machine's epsilon, more under boosts and for high degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equivariance {
    /// The largest deviation, relative to the largest entry of the output; absolute where the output is zero.
    pub deviation: f64,
    /// How many group elements were tried.
    pub elements: usize,
}

impl fmt::Display for Equivariance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "deviates by {:.1e} over {} elements of the group", self.deviation, self.elements)
    }
}

/// Elements of the whole group that are tried, besides one of each component of the group of each axis.
const ELEMENTS: usize = 4;

/// What is checked: the values of a batch.
type Values<'a, T> = &'a dyn Fn(&[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, BatchError>;

pub(super) fn check<T: Real>(
    values: Values<'_, T>,
    interface: &Interface,
    sizes: &[usize],
    seed: u64,
) -> Result<Equivariance, BatchError> {
    let mut random = Random(seed ^ 0x9e37_79b9_7f4a_7c15);
    let arrays: Vec<&Array> =
        interface.sample_inputs().map(|input| &interface.inputs[usize::from(input)]).collect();
    let (mut deviation, mut scale) = (0.0_f64, 0.0_f64);
    let elements = elements(interface, sizes, &mut random);
    for element in &elements {
        let inputs: Vec<ArrayD<f64>> =
            arrays.iter().map(|array| random_array(array, interface, sizes, &mut random)).collect();
        let moved: Vec<ArrayD<f64>> =
            arrays.iter().zip(&inputs).map(|(array, x)| act(element, array, x)).collect();
        let batch = |x: &ArrayD<f64>| x.mapv(T::from_f64).insert_axis(Along(0));
        let of = |inputs: &[ArrayD<f64>]| -> Result<ArrayD<f64>, BatchError> {
            let inputs: Vec<ArrayD<T>> = inputs.iter().map(batch).collect();
            let views: Vec<ArrayViewD<'_, T>> = inputs.iter().map(|input| input.view()).collect();
            Ok(values(&views)?.index_axis(Along(0), 0).mapv(Real::to_f64))
        };
        let (value, of_moved) = (of(&inputs)?, of(&moved)?);
        let expected = act(element, &interface.output, &value);
        for (x, y) in of_moved.iter().zip(&expected) {
            // What is no number, or beyond all numbers, is as far away as can be.
            if !x.is_finite() || !y.is_finite() {
                return Ok(Equivariance { deviation: f64::INFINITY, elements: elements.len() });
            }
            deviation = deviation.max((x - y).abs());
            scale = scale.max(y.abs());
        }
    }
    let deviation = if scale > 0.0 { deviation / scale } else { deviation };
    Ok(Equivariance { deviation, elements: elements.len() })
}

/// Elements of the group, each a list with an element for every axis: one of each component for each axis alone, and
/// some of all axes together.
fn elements(interface: &Interface, sizes: &[usize], random: &mut Random) -> Vec<Vec<Element>> {
    let axes = || interface.axes.iter().zip(sizes);
    let mut elements = Vec::new();
    for (position, (axis, &size)) in axes().enumerate() {
        for component in components(axis.action, size) {
            let mut alone: Vec<Element> = axes().map(|_| Element::Identity).collect();
            alone[position] = Element::random(axis.action, size, &component, random);
            elements.push(alone);
        }
    }
    for _ in 0..ELEMENTS {
        let mut together = Vec::with_capacity(interface.axes.len());
        for (axis, &size) in axes() {
            let components = components(axis.action, size);
            let component = components.get(random.below(components.len().max(1)));
            together.push(match component {
                Some(component) => Element::random(axis.action, size, component, random),
                None => Element::Identity,
            });
        }
        elements.push(together);
    }
    elements
}

/// The components of the group of an axis: for each the rows whose sign is changed in an element next to the identity.
/// With a form of both signs there are two of each determinant.
fn components(action: Action, size: usize) -> Vec<Vec<usize>> {
    match action {
        Action::Fixed => Vec::new(),
        _ if size == 0 => Vec::new(),
        Action::Permuted => vec![Vec::new()],
        Action::Linear { metric, reflections } => {
            let mixed = matches!(metric, Metric::Diagonal(positive) if 0 < positive && positive < size);
            let mut components = vec![Vec::new()];
            if mixed {
                components.push(vec![0, size - 1]);
            }
            if reflections {
                components.push(vec![0]);
                components.extend(mixed.then(|| vec![size - 1]));
            }
            components
        }
    }
}

/// An element of the group of an axis.
enum Element {
    /// A matrix and its determinant, +1 or -1.
    Matrix(Vec<Vec<f64>>, f64),
    /// The label at i comes from that at `order[i]`.
    Permutation(Vec<usize>),
    Identity,
}

impl Element {
    /// An element of one of the [`components`]; a permutation of at least two labels moves some.
    fn random(action: Action, size: usize, component: &[usize], random: &mut Random) -> Element {
        match action {
            Action::Fixed => Element::Identity,
            Action::Permuted => {
                let mut order = random.permutation(size);
                if order.is_sorted() {
                    order.rotate_left(1.min(size));
                }
                Element::Permutation(order)
            }
            Action::Linear { metric, .. } => {
                let mut g = cayley(metric, size, random);
                for &row in component {
                    g[row].iter_mut().for_each(|entry| *entry = -*entry);
                }
                Element::Matrix(g, if component.len() % 2 == 1 { -1.0 } else { 1.0 })
            }
        }
    }
}

/// `(I - K)(I + K)^-1` with K in the Lie algebra of the form: `F K` skew, or for omega symmetric.
fn cayley(metric: Metric, size: usize, random: &mut Random) -> Vec<Vec<f64>> {
    let mut part = vec![vec![0.0; size]; size];
    for (a, b) in (0..size).flat_map(|a| (0..=a).map(move |b| (a, b))) {
        let entry = 0.4 * random.normal();
        part[a][b] = entry;
        part[b][a] = match metric {
            Metric::Omega => entry,
            _ if a == b => 0.0,
            _ => -entry,
        };
    }
    // K = F^-1 part, F a signed permutation: row a of the product with F^-1 is a row of `part`.
    let k: Vec<Vec<f64>> = (0..size)
        .map(|a| {
            let (row, sign) = match metric {
                Metric::Identity => (a, 1.0),
                Metric::Diagonal(p) => (a, if a < p { 1.0 } else { -1.0 }),
                Metric::Omega if a < size / 2 => (a + size / 2, -1.0),
                Metric::Omega => (a - size / 2, 1.0),
            };
            part[row].iter().map(|entry| sign * entry).collect()
        })
        .collect();
    let with_identity = |sign: f64| -> Vec<Vec<f64>> {
        let entry = |a: usize, b: usize| sign * k[a][b] + if a == b { 1.0 } else { 0.0 };
        (0..size).map(|a| (0..size).map(|b| entry(a, b)).collect()).collect()
    };
    // (I - K) and (I + K)^-1 commute.
    solve(with_identity(1.0), with_identity(-1.0))
}

/// The solution X of `A X = B` by elimination with row exchanges.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let size = a.len();
    for column in 0..size {
        let larger = |&x: &usize, &y: &usize| a[x][column].abs().total_cmp(&a[y][column].abs());
        if let Some(pivot) = (column..size).max_by(larger) {
            a.swap(column, pivot);
            b.swap(column, pivot);
        }
        let (pivot_row, pivot_right) = (a[column].clone(), b[column].clone());
        for row in (0..size).filter(|&row| row != column) {
            let factor = a[row][column] / pivot_row[column];
            a[row].iter_mut().zip(&pivot_row).for_each(|(x, y)| *x -= factor * y);
            b[row].iter_mut().zip(&pivot_right).for_each(|(x, y)| *x -= factor * y);
        }
    }
    for (row, right) in b.iter_mut().enumerate() {
        right.iter_mut().for_each(|x| *x /= a[row][row]);
    }
    b
}

/// `g x`: every index is transformed, pseudo-tensors change with the determinant.
fn act(element: &[Element], array: &Array, x: &ArrayD<f64>) -> ArrayD<f64> {
    let mut moved = x.clone();
    for (slot, &axis) in array.axes.iter().enumerate() {
        moved = match &element[usize::from(axis)] {
            Element::Identity => moved,
            Element::Permutation(order) => moved.select(Along(slot), order),
            Element::Matrix(g, _) => {
                let mut result = ArrayD::zeros(moved.raw_dim());
                for (a, row) in g.iter().enumerate() {
                    for (b, &factor) in row.iter().enumerate() {
                        let source = moved.index_axis(Along(slot), b);
                        result.index_axis_mut(Along(slot), a).scaled_add(factor, &source);
                    }
                }
                result
            }
        };
    }
    for &axis in array.pseudo {
        if let Element::Matrix(_, determinant) = element[usize::from(axis)] {
            moved *= determinant;
        }
    }
    moved
}

/// A random member of a space.
fn random_array(array: &Array, interface: &Interface, sizes: &[usize], random: &mut Random) -> ArrayD<f64> {
    let shape: Vec<usize> = array.axes.iter().map(|&axis| sizes[usize::from(axis)]).collect();
    let mut x = ArrayD::from_shape_simple_fn(IxDyn(&shape), || random.normal());
    for block in array.blocks {
        let (start, rank) = (usize::from(block.start), usize::from(block.rank));
        x = average(&x, start, rank, block.symmetry == Symmetry::Alternating);
        if block.symmetry == Symmetry::Traceless
            && let Action::Linear { metric, .. } = interface.axes[usize::from(array.axes[start])].action
        {
            x = without_traces(&x, start, rank, metric);
        }
    }
    x
}

/// The mean over all orders of the indices `start..start + rank`, with signs: `Sym_m = (1/m) (1 + sum_{j<m} (j m)) Sym_{m-1}`.
fn average(x: &ArrayD<f64>, start: usize, rank: usize, alternating: bool) -> ArrayD<f64> {
    let mut mean = x.clone();
    for slot in 1..rank {
        let mut sum = mean.clone();
        for other in 0..slot {
            let mut swapped = mean.view();
            swapped.swap_axes(start + other, start + slot);
            sum.scaled_add(if alternating { -1.0 } else { 1.0 }, &swapped);
        }
        mean = sum / (slot + 1) as f64;
    }
    mean
}

/// The traceless part of a symmetric block: `sum_j a_j Sym(g^j (x) tr^j S)`, a_j as for harmonic polynomials.
fn without_traces(x: &ArrayD<f64>, start: usize, rank: usize, metric: Metric) -> ArrayD<f64> {
    let size = x.len_of(Along(start));
    let sign = |a: usize| match metric {
        Metric::Diagonal(p) if a >= p => -1.0,
        _ => 1.0,
    };
    let (mut trace, mut result, mut factor) = (x.clone(), x.clone(), 1.0);
    for j in 1..=rank / 2 {
        let mut next = ArrayD::zeros(trace.index_axis(Along(start), 0).index_axis(Along(start), 0).raw_dim());
        for a in 0..size {
            next.scaled_add(sign(a), &trace.index_axis(Along(start), a).index_axis(Along(start), a));
        }
        trace = next;
        let left = (rank - 2 * (j - 1)) as f64;
        factor *= -left * (left - 1.0) / (2 * j * (size + 2 * rank - 2 - 2 * j)) as f64;
        let mut lifted = trace.clone();
        for _ in 0..j {
            let mut shape = lifted.shape().to_vec();
            shape.splice(start..start, [size, size]);
            let mut wider = ArrayD::zeros(IxDyn(&shape));
            for a in 0..size {
                let mut row = wider.index_axis_mut(Along(start), a);
                row.index_axis_mut(Along(start), a).scaled_add(sign(a), &lifted);
            }
            lifted = wider;
        }
        result.scaled_add(factor, &average(&lifted, start, rank, false));
    }
    result
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal: the sum of twelve uniform numbers, without its mean.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// A number below a bound.
    fn below(&mut self, bound: usize) -> usize {
        (self.bits() % bound as u64) as usize
    }

    fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_elements_keep_their_form() {
        let mut random = Random(5);
        let cases = [(Metric::Identity, 3, 2), (Metric::Diagonal(1), 4, 4), (Metric::Omega, 4, 1)];
        let elements = cases.into_iter().flat_map(|(metric, size, number)| {
            let action = Action::Linear { metric, reflections: metric != Metric::Omega };
            let components = components(action, size);
            assert_eq!(components.len(), number, "{metric:?}");
            components.into_iter().map(move |component| (metric, size, action, component))
        });
        for (metric, size, action, component) in elements {
            let Element::Matrix(g, determinant) = Element::random(action, size, &component, &mut random)
            else {
                panic!("a matrix");
            };
            assert!((self::determinant(g.clone()) - determinant).abs() < 1e-9, "{metric:?}");
            let form = |a: usize, b: usize| match metric {
                Metric::Identity => f64::from(a == b),
                Metric::Diagonal(p) => f64::from(a == b) * if a < p { 1.0 } else { -1.0 },
                Metric::Omega => f64::from(b == a + size / 2) - f64::from(a == b + size / 2),
            };
            for a in 0..size {
                for b in 0..size {
                    let pairs = (0..size).flat_map(|c| (0..size).map(move |d| (c, d)));
                    let found: f64 = pairs.map(|(c, d)| g[c][a] * form(c, d) * g[d][b]).sum();
                    assert!((found - form(a, b)).abs() < 1e-12, "{metric:?}: {found}");
                }
            }
        }
    }

    /// By elimination with row exchanges.
    fn determinant(mut a: Vec<Vec<f64>>) -> f64 {
        let mut product = 1.0;
        for column in 0..a.len() {
            let larger = |&x: &usize, &y: &usize| a[x][column].abs().total_cmp(&a[y][column].abs());
            let pivot = (column..a.len()).max_by(larger).expect("a row");
            if pivot != column {
                a.swap(column, pivot);
                product = -product;
            }
            product *= a[column][column];
            let pivot = a[column].clone();
            for row in &mut a[column + 1..] {
                let factor = row[column] / pivot[column];
                row.iter_mut().zip(&pivot).for_each(|(entry, above)| *entry -= factor * above);
            }
        }
        product
    }

    const PLANE: Interface = Interface {
        axes: &[
            crate::description::interface::Axis {
                name: "2",
                action: Action::Linear { metric: Metric::Identity, reflections: true },
            },
            crate::description::interface::Axis { name: "n", action: Action::Permuted },
        ],
        inputs: &[Array { name: "a", axes: &[1, 0], blocks: &[], pseudo: &[] }],
        output: Array { name: "output", axes: &[], blocks: &[], pseudo: &[] },
        coefficients: &[],
        invariants: &[],
        parameters: &[],
        members: &[],
        basis: crate::Basis {
            signature: "",
            options: "",
            form: crate::Form::VectorSpace,
            elements: &[],
            invariants: &[],
            certificate: "",
            independence: "",
        },
    };

    /// Of the plane's vectors: a map that only reflections, only permutations, or no element at all breaks, at every seed.
    #[test]
    fn every_component_is_tried_and_what_is_no_number_deviates() {
        type Entry = fn(&ArrayViewD<'_, f64>) -> f64;
        type Fits = fn(f64) -> bool;
        let cases: [(&str, Entry, Fits); 5] = [
            ("sum of squares", |a| a.iter().map(|x| x * x).sum(), |deviation| deviation < 1e-12),
            (
                "area",
                |a| a[[0, 0, 0]] * a[[0, 1, 1]] - a[[0, 0, 1]] * a[[0, 1, 0]],
                |deviation| deviation > 0.1,
            ),
            ("first", |a| a[[0, 0, 0]].powi(2) + a[[0, 0, 1]].powi(2), |deviation| deviation > 0.01),
            ("no number", |_| f64::NAN, |deviation| deviation == f64::INFINITY),
            ("infinite", |_| f64::INFINITY, |deviation| deviation == f64::INFINITY),
        ];
        for (name, entry, fits) in cases {
            for seed in 0..20 {
                let value =
                    |inputs: &[ArrayViewD<'_, f64>]| Ok(ArrayD::from_elem(IxDyn(&[1]), entry(&inputs[0])));
                let found = check::<f64>(&value, &PLANE, &[2, 2], seed).expect("no error");
                assert!(fits(found.deviation), "{name}, seed {seed}: {found}");
            }
        }
    }

    #[test]
    fn traceless_tensors_have_no_trace() {
        let mut random = Random(7);
        for metric in [Metric::Identity, Metric::Diagonal(1)] {
            for rank in [2, 3, 4] {
                let x = ArrayD::from_shape_simple_fn(IxDyn(&vec![3; rank]), || random.normal());
                let x = without_traces(&average(&x, 0, rank, false), 0, rank, metric);
                let sign =
                    |a: usize| if matches!(metric, Metric::Diagonal(p) if a >= p) { -1.0 } else { 1.0 };
                let zero = x.index_axis(Along(0), 0).index_axis(Along(0), 0).mapv(|_| 0.0);
                let trace = (0..3)
                    .fold(zero, |sum, a| sum + &x.index_axis(Along(0), a).index_axis(Along(0), a) * sign(a));
                assert!(trace.iter().all(|entry| entry.abs() < 1e-12), "{metric:?}, rank {rank}");
            }
        }
    }
}
