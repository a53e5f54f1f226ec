//! Electrodynamics from its symmetry: which forces can a field exert on a current, and what stress can it have, if no
//! frame of reference is preferred?
//!
//! The metric is (+, -, -, -), c = 1, and units are those of Heaviside and Lorentz. The field F^ab is antisymmetric,
//! F^0i = -E_i and F^ij = -eps_ijk B_k; the current is J = (rho, j).

use eqt::prelude::*;
use nalgebra::{DMatrix, DVector};
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;

/// What the build script wrote.
mod maps {
    include!(concat!(env!("OUT_DIR"), "/force.rs"));
    include!(concat!(env!("OUT_DIR"), "/stress.rs"));
}

use maps::{force, stress};

const SAMPLES: usize = 200;
/// The standard deviation of the noise on every component of a measured force.
const NOISE: f64 = 0.1;

/// A measurement: the field, the current, and the force density on it.
struct Sample {
    field: Alt<4>,
    current: Vector<4>,
    force: Vector<4>,
}

/// F^0i = -E_i, F^ij = -eps_ijk B_k.
fn faraday(e: [f64; 3], b: [f64; 3]) -> Alt<4> {
    let [ex, ey, ez] = e;
    let [bx, by, bz] = b;
    Alt([[0.0, -ex, -ey, -ez], [ex, 0.0, -bz, by], [ey, bz, 0.0, -bx], [ez, -by, bx, 0.0]])
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// The law as textbooks have it: power `E . j`, force `rho E + j x B`.
fn lorentz_force(e: [f64; 3], b: [f64; 3], rho: f64, j: [f64; 3]) -> Vector<4> {
    let magnetic = cross(j, b);
    let [x, y, z] = [0, 1, 2].map(|i| rho * e[i] + magnetic[i]);
    Vector([dot(e, j), x, y, z])
}

/// Fields and currents at random, and forces measured with noise.
fn measure(random: &mut Xoshiro256PlusPlus, noise: f64) -> Vec<Sample> {
    let mut normal = || random.sample::<f64, _>(StandardNormal);
    let sample = |_| {
        let [e, b, j] = [(); 3].map(|()| [(); 3].map(|()| normal()));
        let rho = normal();
        let force = lorentz_force(e, b, rho, j).map(|component| component + noise * normal());
        Sample { field: faraday(e, b), current: Vector([rho, j[0], j[1], j[2]]), force }
    };
    (0..SAMPLES).map(sample).collect()
}

/// The coefficients of the members of `force` that fit the samples best (least squares).
fn fit(samples: &[Sample]) -> Result<[f64; force::LEN], &'static str> {
    let rows: Vec<[Vector<4>; force::LEN]> =
        samples.iter().map(|sample| force::evaluate(&sample.field, &sample.current)).collect();
    let design = DMatrix::from_fn(4 * rows.len(), force::LEN, |row, member| rows[row / 4][member].0[row % 4]);
    let measured = DVector::from_iterator(4 * rows.len(), samples.iter().flat_map(|sample| sample.force.0));
    let theta = design.svd(true, true).solve(&measured, 1e-12)?;
    Ok(std::array::from_fn(|member| theta[member]))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", force::basis());
    let theta = fit(&measure(&mut Xoshiro256PlusPlus::seed_from_u64(1), NOISE))?;
    println!("fitted to {SAMPLES} measurements with noise {NOISE}:");
    for (member, coefficient) in force::basis().iter().zip(theta) {
        println!("{coefficient:8.3}  {}", member.diagram);
    }
    println!("\n{}", stress::basis());
    let (e, b) = ([1.0, 0.0, 0.5], [0.0, 2.0, 0.0]);
    // The one stress there is; the scale, -1, makes the energy density positive and (E^2 + B^2) / 2.
    let t = stress(&[-1.0], &faraday(e, b)).0;
    println!("E = {e:?}, B = {b:?}: energy density {}, energy flux {:?}", t[0][0], &t[0][1..]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The member `F^ab J_b` alone.
    fn law() -> [f64; force::LEN] {
        std::array::from_fn(|member| f64::from(force::basis().elements[member].diagram == "F^pq J^q"))
    }

    #[test]
    fn the_law_is_a_member() {
        assert_eq!(law().iter().sum::<f64>(), 1.0);
        for sample in measure(&mut Xoshiro256PlusPlus::seed_from_u64(2), 0.0) {
            let error = force(&law(), &sample.field, &sample.current) - sample.force;
            assert!(error.entries().iter().all(|entry| entry.abs() < 1e-13), "{error:?}");
        }
    }

    #[test]
    fn the_law_is_found_from_noisy_measurements() {
        let theta = fit(&measure(&mut Xoshiro256PlusPlus::seed_from_u64(3), NOISE)).expect("a fit");
        // Of 800 equations with noise 0.1 and members of size 1 or more: a standard error of at most 0.004 each.
        for (found, expected) in theta.into_iter().zip(law()) {
            assert!((found - expected).abs() < 0.02, "{theta:?}");
        }
    }

    /// `T^00 = (E^2 + B^2) / 2`, `T^0i = (E x B)_i`, `T^ij = -E_i E_j - B_i B_j + delta_ij T^00`.
    #[test]
    fn the_stress_is_maxwells() {
        let (e, b) = ([0.3, -1.2, 0.7], [2.0, 0.4, -0.9]);
        let t = stress(&[-1.0], &faraday(e, b)).0;
        let energy = (dot(e, e) + dot(b, b)) / 2.0;
        let flux = cross(e, b);
        for i in 0..4 {
            for j in 0..4 {
                let expected = match (i, j) {
                    (0, 0) => energy,
                    (0, k) | (k, 0) => flux[k - 1],
                    _ => {
                        let diagonal = if i == j { energy } else { 0.0 };
                        diagonal - e[i - 1] * e[j - 1] - b[i - 1] * b[j - 1]
                    }
                };
                assert!((t[i][j] - expected).abs() < 1e-13, "T^{i}{j} = {} for {expected}", t[i][j]);
            }
        }
    }
}
