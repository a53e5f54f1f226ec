//! Eigenvalues and eigenvectors of a small symmetric matrix by cyclic Jacobi rotations.

/// Eigenvalues in descending order and the eigenvectors that belong to them (`vectors[k]` is the k-th).
///
/// Source: Golub, Van Loan, Matrix Computations, section 8.5. `h` must be finite.
pub(super) fn eigen<const D: usize>(mut h: [[f64; D]; D]) -> ([f64; D], [[f64; D]; D]) {
    const SWEEPS: usize = 30;
    let mut v: [[f64; D]; D] = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(i == j)));
    for _ in 0..SWEEPS {
        let (mut off, mut diagonal) = (0.0, 0.0);
        for (p, row) in h.iter().enumerate() {
            diagonal += row[p] * row[p];
            off += row[p + 1..].iter().map(|x| x * x).sum::<f64>();
        }
        if off <= 1e-30 * diagonal {
            break;
        }
        for p in 0..D {
            for q in p + 1..D {
                rotate(&mut h, &mut v, p, q);
            }
        }
    }
    let mut order: [usize; D] = std::array::from_fn(|i| i);
    order.sort_by(|a, b| h[*b][*b].total_cmp(&h[*a][*a]));
    (order.map(|k| h[k][k]), order.map(|k| v[k]))
}

/// The rotation in the (p, q) plane that makes `h[p][q]` zero; the rows of `v` collect the rotations.
fn rotate<const D: usize>(h: &mut [[f64; D]; D], v: &mut [[f64; D]; D], p: usize, q: usize) {
    if h[p][q] == 0.0 {
        return;
    }
    let theta = (h[q][q] - h[p][p]) / (2.0 * h[p][q]);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for row in h.iter_mut() {
        let (x, y) = (row[p], row[q]);
        row[p] = c * x - s * y;
        row[q] = s * x + c * y;
    }
    for k in 0..D {
        let (x, y) = (h[p][k], h[q][k]);
        h[p][k] = c * x - s * y;
        h[q][k] = s * x + c * y;
        let (x, y) = (v[p][k], v[q][k]);
        v[p][k] = c * x - s * y;
        v[q][k] = s * x + c * y;
    }
}
