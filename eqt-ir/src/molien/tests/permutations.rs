//! An oracle for `S(n)`: the maps that permutations leave alone have one independent member per orbit of monomials.

use std::collections::BTreeSet;

use super::{dimensions, read};
use crate::signature::{AxisId, Layout, SlotSymmetry};

/// A coordinate: which space, and an index per slot.
type Coordinate = (usize, Vec<usize>);

fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let smaller = permutations(n - 1);
    smaller
        .iter()
        .flat_map(|permutation| {
            (0..n).map(move |position| {
                let mut longer = permutation.clone();
                longer.insert(position, n - 1);
                longer
            })
        })
        .collect()
}

fn coordinates(layout: &Layout, size: impl Fn(AxisId) -> usize) -> Vec<Vec<usize>> {
    let mut tuples = vec![Vec::new()];
    for slot in &layout.slots {
        tuples = tuples
            .into_iter()
            .flat_map(|tuple| (0..size(*slot)).map(move |i| tuple.iter().copied().chain([i]).collect()))
            .collect();
    }
    let tuples: BTreeSet<Vec<usize>> = tuples.into_iter().map(|tuple| sorted_blocks(layout, tuple)).collect();
    tuples.into_iter().collect()
}

/// The entries of a symmetric tensor do not know the order of their indices.
fn sorted_blocks(layout: &Layout, mut tuple: Vec<usize>) -> Vec<usize> {
    for block in &layout.blocks {
        match block.symmetry {
            SlotSymmetry::General => {}
            SlotSymmetry::Symmetric => tuple[block.start..block.start + block.rank].sort_unstable(),
            _ => panic!("an orbit of signed monomials may vanish"),
        }
    }
    tuple
}

fn orbits(text: &str, degree: usize) -> u64 {
    let (signature, sizes) = read(text);
    let spaces: Vec<Layout> = signature.inputs.iter().map(|input| input.space.layout()).collect();
    let output = signature.output.layout();
    let inputs: Vec<Coordinate> = spaces
        .iter()
        .enumerate()
        .flat_map(|(space, layout)| {
            coordinates(layout, |axis| sizes.of(axis)).into_iter().map(move |tuple| (space, tuple))
        })
        .collect();

    let mut monomials: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..degree {
        monomials = monomials
            .into_iter()
            .flat_map(|monomial| {
                let least = monomial.last().copied().unwrap_or(0);
                (least..inputs.len()).map(move |next| monomial.iter().copied().chain([next]).collect())
            })
            .collect();
    }

    let mut group: Vec<Vec<Vec<usize>>> = vec![Vec::new()];
    for axis in signature.axis_ids() {
        let factor = permutations(sizes.of(axis));
        group = group
            .iter()
            .flat_map(|element| {
                factor.iter().map(|last| element.iter().cloned().chain([last.clone()]).collect())
            })
            .collect();
    }
    let act = |element: &[Vec<usize>], layout: &Layout, tuple: &[usize]| {
        let moved = layout.slots.iter().zip(tuple).map(|(axis, &i)| element[axis.index()][i]);
        sorted_blocks(layout, moved.collect())
    };
    let mut count = 0;
    for component in coordinates(&output, |axis| sizes.of(axis)) {
        for monomial in &monomials {
            let least = group.iter().all(|element| {
                let moved_component = act(element, &output, &component);
                let mut moved: Vec<usize> = monomial
                    .iter()
                    .map(|&i| {
                        let (space, tuple) = &inputs[i];
                        let image = (*space, act(element, &spaces[*space], tuple));
                        inputs.binary_search(&image).expect("the coordinates are permuted")
                    })
                    .collect();
                moved.sort_unstable();
                (&moved_component, &moved) >= (&component, monomial)
            });
            count += u64::from(least);
        }
    }
    count
}

#[test]
fn maps_of_permutations_count_orbits_of_monomials() {
    for (text, degree) in [
        ("S(3): R^3 -> R", 6),
        ("S(3): R^3 -> R^3", 5),
        ("S(3): T^2(R^3) -> R", 4),
        ("S(3): S^3, R^3 -> S^3", 3),
        ("S(3): Sym^3(R^3) -> R^3", 3),
        ("S(4): R^4, R^4 -> T^2(R^4)", 3),
        ("S(4): S^4 -> R", 4),
        ("S(5): R^5 -> Sym^2(R^5)", 3),
        ("S(3) * S(2): ((R)^3)^2 -> R", 5),
        ("S(3) * S(2): (R^3)^2, R^2 -> R^3 (x) R^2", 3),
        ("S(2) * S(4): R^2 (x) S^4 -> R^4", 2),
    ] {
        let (signature, sizes) = read(text);
        let expected: Vec<u64> = (0..=degree).map(|degree| orbits(text, degree)).collect();
        assert_eq!(dimensions(&signature, &sizes, degree).expect("small"), expected, "{text}");
    }
}
