//! What is left of the digits of single precision: measured, not proved.

use crate::exact::{Random, Tensor};
use crate::group::Form;
use crate::program::{Arguments, Program, Root, RootKind};
use crate::signature::{Layout, Sizes};

/// The velocity of the boost.
pub const VELOCITY: f64 = 0.99;

/// More labels than this are not tried.
const LABELS: usize = 20;
/// More multiply-adds, entries and projected entries than this together are not tried.
const BUDGET: u64 = 1 << 24;
const SEED: u64 = 0x5ca1e;

/// How far a program without cotangent deviates in single precision, for every root: the largest deviation of an entry, relative to the largest entry.
/// Inputs are random, of entries between -1 and 1, and are seen from another frame wherever the form of an axis is not definite:
/// boosted to [`VELOCITY`] along the last coordinate, or stretched as much under omega. The exact value is that in the frame at rest,
/// in double precision. Nothing if the program, its tensors and their projections take more than 2^24 multiply-adds and entries at
/// these sizes, labels counting 20 at most.
///
/// ```
/// use eqt_ir::basis::{Basis, Options};
/// use eqt_ir::certify::single_precision;
/// use eqt_ir::map::Map;
/// use eqt_ir::optimise::{Objective, Wanted, compile_one};
/// use eqt_ir::signature::{Sizes, parse_signature};
///
/// let signature = parse_signature("O(1,3) * S(n): p: (R^4)^n -> R")?;
/// let sizes = Sizes::sample(&signature, &[]);
/// let map = Map::of_basis(&Basis::new(&signature, &Options { labels: Some(2), ..Options::exactly(4) })?);
/// let worst = |objective: Objective| {
///     let program = compile_one(&map, &Wanted::Members, objective);
///     single_precision(&program, &sizes).into_iter().flatten().fold(0.0, f64::max)
/// };
/// // Some roundings of single precision, 6e-8, at gamma^2 = 50.
/// assert!(worst(Objective::from(&sizes)) < 2e-5);
/// assert!(worst(Objective::fast(&sizes)) > 4.0 * worst(Objective::from(&sizes)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn single_precision(program: &Program, sizes: &Sizes) -> Option<Vec<f64>> {
    let few = program.axes.iter().zip(&sizes.0);
    let sizes = Sizes(few.map(|(axis, &size)| if axis.is_label { size.min(LABELS) } else { size }).collect());
    if effort(program, &sizes) > BUDGET {
        return None;
    }
    let mut random = Random::seeded(SEED);
    let mut drawn = |layout: &Layout| -> Tensor<f64> {
        let shape = sizes.shape(&layout.slots);
        let count = shape.iter().product::<usize>();
        let number = |bits: u64| (bits >> 11) as f64 / (1_u64 << 52) as f64 - 1.0;
        let mut tensor = Tensor { shape, data: (0..count).map(|_| number(random.bits())).collect() };
        tensor.project(layout, |axis| program.axis(axis).form);
        tensor
    };
    let inputs: Vec<Tensor<f64>> = program.inputs.iter().map(|input| drawn(&input.layout)).collect();
    let array = |axes: &Vec<_>| Layout { slots: axes.clone(), ..Layout::default() };
    let coefficients: Vec<Tensor<f64>> =
        program.coefficients.iter().map(|axes| drawn(&array(axes))).collect();
    let boosted = inputs.iter().zip(&program.inputs);
    let boosted = boosted.map(|(input, given)| single(&boost(program, &given.layout, input))).collect();
    let at_rest = Arguments { inputs, coefficients, cotangent: None };
    let moving = Arguments {
        inputs: boosted,
        coefficients: at_rest.coefficients.iter().map(single).collect(),
        cotangent: None,
    };
    let (exact, found) = (program.evaluate(&sizes, &at_rest), program.evaluate::<f32>(&sizes, &moving));
    let deviation = |((exact, found), root): ((Tensor<f64>, Tensor<f32>), &Root)| {
        let exact = match root.kind {
            RootKind::Member(_) | RootKind::Term(_) | RootKind::Combination => {
                boost(program, &program.output, &exact)
            }
            // Arrays over labels do not move.
            RootKind::Array(_) | RootKind::InputGradient(_) | RootKind::CoefficientGradient(_) => exact,
        };
        let largest =
            |entries: &mut dyn Iterator<Item = f64>| entries.fold(0.0, |most: f64, x| most.max(x.abs()));
        let size = largest(&mut exact.data.iter().copied());
        let pairs = exact.data.iter().zip(&found.data);
        let error = largest(&mut pairs.map(|(&exact, &found)| exact - f64::from(found)));
        if error == 0.0 { 0.0 } else { error / size }
    };
    Some(exact.into_iter().zip(found).zip(&program.roots).map(deviation).collect())
}

/// Multiply-adds of a program, and what its tensors take.
fn effort(program: &Program, sizes: &Sizes) -> u64 {
    let entries = program.steps.iter().map(|step| sizes.product(&step.axes));
    let inputs = program.inputs.iter().map(|input| &input.layout);
    let inputs = inputs
        .map(|layout| sizes.product(&layout.slots).saturating_add(Tensor::projection_effort(layout, sizes)));
    let coefficients = program.coefficients.iter().map(|axes| sizes.product(axes));
    let per_root = Tensor::projection_effort(&program.output, sizes);
    let roots = program.roots.iter().map(|_| per_root);
    let tensors = entries.chain(inputs).chain(coefficients).chain(roots);
    tensors.fold(program.cost().at(sizes), u64::saturating_add)
}

fn single(tensor: &Tensor<f64>) -> Tensor<f32> {
    Tensor { shape: tensor.shape.clone(), data: tensor.data.iter().map(|&x| x as f32).collect() }
}

/// A tensor in the moving frame.
fn boost(program: &Program, layout: &Layout, tensor: &Tensor<f64>) -> Tensor<f64> {
    let gamma = 1.0 / (1.0 - VELOCITY * VELOCITY).sqrt();
    let stretch = ((1.0 + VELOCITY) / (1.0 - VELOCITY)).sqrt();
    let mut moved = tensor.clone();
    for (slot, &axis) in layout.slots.iter().enumerate() {
        let size = moved.shape[slot];
        // Two coordinates, and the matrix that acts on them.
        let (first, second, [[a, b], [c, d]]) = match program.axis(axis).form {
            Form::Diagonal(positive) if positive > 0 && positive < size => {
                (0, size - 1, [[gamma, -gamma * VELOCITY], [-gamma * VELOCITY, gamma]])
            }
            Form::Omega if size > 0 => (0, size / 2, [[stretch, 0.0], [0.0, 1.0 / stretch]]),
            _ => continue,
        };
        let inner: usize = moved.shape[slot + 1..].iter().product();
        for outer in 0..moved.shape[..slot].iter().product() {
            for k in 0..inner {
                let at = |index: usize| (outer * size + index) * inner + k;
                let (x, y) = (moved.data[at(first)], moved.data[at(second)]);
                (moved.data[at(first)], moved.data[at(second)]) = (a * x + b * y, c * x + d * y);
            }
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basis::{Basis, Options};
    use crate::map::Map;
    use crate::optimise::{Wanted, compile_one};
    use crate::signature::parse_signature;

    fn measured(text: &str, degree: usize) -> Option<Vec<f64>> {
        let signature = parse_signature(text).expect("parses");
        let sizes = Sizes::sample(&signature, &[]);
        let map = Map::of_basis(&Basis::new(&signature, &Options::up_to(degree)).expect("a basis"));
        single_precision(&compile_one(&map, &Wanted::Members, &sizes), &sizes)
    }

    /// Also where nothing but the input is large, and the program does not read it.
    #[test]
    fn what_is_too_large_is_not_tried() {
        for (text, degree) in [
            ("O(2): a: Sym^32(R^2) -> R", 0),
            ("O(2): a: Sym^24(R^2) -> R", 2),
            ("O(2): -> Sym^26(R^2)", 0),
            ("SO(9): a: R^9, b: R^9 -> Alt^7(R^9)", 2),
        ] {
            assert_eq!(measured(text, degree), None, "{text}");
        }
    }

    /// In every frame members are what they are at rest: the frame is changed by elements of the group.
    #[test]
    fn deviations_are_roundings_under_every_form() {
        for (text, degree) in [
            ("O(3): a: R^3, P: S^3 -> S^3", 3),
            ("O(1,3): a: R^4, F: Alt^2(R^4) -> Sym0^2(R^4)", 3),
            ("SO(2,1): a: R^3, b: R^3 -> R^3", 3),
            ("Sp(4): a: R^4, B: S^4 -> R^4", 3),
            ("O(0,2): a: R^2 -> S^2", 2),
            ("S(n): x: (R)^n -> (R)^n", 2),
        ] {
            let deviations = measured(text, degree).expect("it is small");
            assert!(deviations.iter().all(|deviation| *deviation < 1e-3), "{text}: {deviations:?}");
            assert!(!deviations.is_empty(), "{text}");
        }
    }
}
