//! Parameters as one flat vector.

use std::ops::Range;

use crate::Scalar;
use crate::description::interface::{Interface, Quantity, Tie};

/// How the parameters of a map lie in one flat vector.
///
/// A number takes one place. Of an array that is read under symmetries, entries that these make equal, up to a sign, share
/// one place, and entries that they make zero have none: a symmetric matrix of n labels takes `n (n + 1) / 2` places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    arrays: Vec<ParameterArray>,
    len: usize,
}

/// A parameter: a number or an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterArray {
    /// Its name.
    pub name: String,
    /// Its shape; empty for a number.
    pub shape: Vec<usize>,
    /// Its places in the flat vector.
    pub range: Range<usize>,
    /// What it is to the map.
    pub(super) quantity: Quantity,
    /// For every entry its place within the range and a sign; nothing if places are entries.
    ties: Option<Vec<Option<(usize, i8)>>>,
}

impl Parameters {
    /// The parameters of a map at some sizes, one per axis.
    ///
    /// # Panics
    ///
    /// If there are fewer sizes than axes.
    pub fn new(interface: &Interface, sizes: &[usize]) -> Self {
        let mut parameters = Parameters { arrays: Vec::new(), len: 0 };
        for (index, coefficient) in interface.coefficients.iter().enumerate() {
            let quantity = Quantity::Coefficient(index as u16);
            let shape = interface.shape(quantity, sizes);
            let ties = (!coefficient.ties.is_empty()).then(|| orbits(&shape, coefficient.ties));
            parameters.push(coefficient.name.to_owned(), shape, quantity, ties);
        }
        for &input in interface.parameters {
            let quantity = Quantity::Input(input);
            let shape = interface.shape(quantity, sizes);
            parameters.push(interface.inputs[usize::from(input)].name.to_owned(), shape, quantity, None);
        }
        parameters
    }

    fn push(
        &mut self,
        name: String,
        shape: Vec<usize>,
        quantity: Quantity,
        ties: Option<Vec<Option<(usize, i8)>>>,
    ) {
        let len = match &ties {
            None => shape.iter().product(),
            Some(ties) => ties.iter().flatten().map(|(place, _)| place + 1).max().unwrap_or_default(),
        };
        let range = self.len..self.len + len;
        self.len += len;
        self.arrays.push(ParameterArray { name, shape, range, quantity, ties });
    }

    /// The parameters of several maps, one after the other; names begin with the number of their map.
    pub(super) fn join(lists: &[&Parameters]) -> Self {
        let mut joined = Parameters { arrays: Vec::new(), len: 0 };
        for (number, list) in lists.iter().enumerate() {
            for array in &list.arrays {
                let range = array.range.start + joined.len..array.range.end + joined.len;
                joined.arrays.push(ParameterArray {
                    name: format!("{number}.{}", array.name),
                    range,
                    ..array.clone()
                });
            }
            joined.len += list.len;
        }
        joined
    }

    /// The length of the flat vector: the number of independent scalars.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All numbers and arrays, in order.
    pub fn arrays(&self) -> &[ParameterArray] {
        &self.arrays
    }

    /// The parameter that is this quantity.
    pub(super) fn of_quantity(&self, quantity: Quantity) -> Option<&ParameterArray> {
        self.arrays.iter().find(|array| array.quantity == quantity)
    }

    /// The parameter with this name.
    pub fn get(&self, name: &str) -> Option<&ParameterArray> {
        self.arrays.iter().find(|array| array.name == name)
    }
}

impl ParameterArray {
    /// All entries in row-major order, from the flat vector of all parameters.
    ///
    /// # Panics
    ///
    /// If the vector is too short.
    pub fn expand<T: Scalar>(&self, flat: &[T]) -> Vec<T> {
        let places = &flat[self.range.clone()];
        match &self.ties {
            None => places.to_vec(),
            Some(ties) => {
                let entry = |tie: &Option<(usize, i8)>| match tie {
                    None => T::ZERO,
                    Some((place, 1)) => places[*place],
                    Some((place, _)) => -places[*place],
                };
                ties.iter().map(entry).collect()
            }
        }
    }

    /// Adds a gradient in all entries to the flat gradient of all parameters: entries that share a place add up.
    ///
    /// # Panics
    ///
    /// If the vector is too short, or there are not as many entries as the shape says.
    pub fn collect<T: Scalar>(&self, entries: &[T], flat: &mut [T]) {
        let places = &mut flat[self.range.clone()];
        assert_eq!(entries.len(), self.shape.iter().product::<usize>(), "an entry each");
        match &self.ties {
            None => places.iter_mut().zip(entries).for_each(|(place, &entry)| *place += entry),
            Some(ties) => {
                for (tie, &entry) in ties.iter().zip(entries) {
                    match tie {
                        None => {}
                        Some((place, 1)) => places[*place] += entry,
                        Some((place, _)) => places[*place] -= entry,
                    }
                }
            }
        }
    }
}

/// The orbits of multi-indices under ties, numbered by their first members: for every entry its orbit and sign, nothing
/// where a tie makes an entry its own negative.
fn orbits(shape: &[usize], ties: &[Tie]) -> Vec<Option<(usize, i8)>> {
    let count: usize = shape.iter().product();
    let image = |flat: usize, tie: &Tie| {
        let (mut rest, mut index) = (flat, vec![0; shape.len()]);
        for (slot, &size) in shape.iter().enumerate().rev() {
            index[slot] = rest % size;
            rest /= size;
        }
        let moved = tie.permutation.iter().zip(shape);
        moved.fold(0, |flat, (&slot, &size)| flat * size + index[usize::from(slot)])
    };
    // By entry, the sign relative to the first of its orbit, and the orbit.
    let mut found: Vec<Option<(usize, i8)>> = vec![None; count];
    let mut places: Vec<Option<usize>> = Vec::new();
    let mut next_place = 0;
    for first in 0..count {
        if found[first].is_some() {
            continue;
        }
        let orbit = places.len();
        found[first] = Some((orbit, 1));
        let (mut members, mut vanishes) = (vec![first], false);
        while let Some(member) = members.pop() {
            let sign = found[member].map_or(1, |(_, sign)| sign);
            for tie in ties {
                let (other, sign) = (image(member, tie), sign * tie.sign);
                match found[other] {
                    Some((_, known)) => vanishes |= known != sign,
                    None => {
                        found[other] = Some((orbit, sign));
                        members.push(other);
                    }
                }
            }
        }
        places.push((!vanishes).then_some(next_place));
        next_place += usize::from(!vanishes);
    }
    found
        .into_iter()
        .map(|entry| entry.and_then(|(orbit, sign)| places[orbit].map(|place| (place, sign))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXCHANGE: &[Tie] = &[Tie { permutation: &[1, 0], sign: 1 }];
    const ANTI: &[Tie] = &[Tie { permutation: &[1, 0], sign: -1 }];
    const CYCLE: &[Tie] =
        &[Tie { permutation: &[1, 2, 0], sign: 1 }, Tie { permutation: &[1, 0, 2], sign: -1 }];

    fn array(shape: &[usize], ties: &[Tie]) -> ParameterArray {
        let mut parameters = Parameters { arrays: Vec::new(), len: 0 };
        parameters.push("c".to_owned(), shape.to_vec(), Quantity::Coefficient(0), Some(orbits(shape, ties)));
        parameters.arrays.remove(0)
    }

    #[test]
    fn equal_entries_share_a_place() {
        assert_eq!(array(&[4, 4], EXCHANGE).range, 0..10);
        assert_eq!(array(&[4, 4], ANTI).range, 0..6);
        // Alternating in three labels: binomial(5, 3).
        assert_eq!(array(&[5, 5, 5], CYCLE).range, 0..10);
        let matrix = array(&[3, 3], ANTI).expand(&[1.0, 2.0, 3.0]);
        assert_eq!(matrix, [0.0, 1.0, 2.0, -1.0, 0.0, 3.0, -2.0, -3.0, 0.0]);
    }

    #[test]
    fn collecting_is_the_transpose_of_expanding() {
        for ties in [EXCHANGE, ANTI] {
            let array = array(&[3, 3], ties);
            let flat: Vec<f64> = array.range.clone().map(|k| k as f64 + 1.0).collect();
            let entries: Vec<f64> = (0..9).map(|k| f64::from(k * k % 7)).collect();
            let mut collected = vec![0.0; flat.len()];
            array.collect(&entries, &mut collected);
            let inner = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
            assert_eq!(inner(&array.expand(&flat), &entries), inner(&flat, &collected));
        }
    }
}
