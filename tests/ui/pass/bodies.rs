//! Maps with a body: as they are written, called, differentiated and used by others.

use eqt::prelude::*;

/// Sum of squares, first kind.
#[equivariant(O(D) * S(N))]
pub fn sos<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D> {
    sum(|i| (dot(a[i], a[i]) - D / N) * outer(a[i], a[i]))
}

#[equivariant(O(D) * S(n))]
fn weighted<const D: usize>(a: [Vector<D>; n], c: Scalar, w: [Scalar; 2]) -> Sym<D> {
    let power = |x| dot(x, x) * outer(x, x);
    sum(|i| w[0] * power(a[i]) - w[1] * (D - 1) / n * outer(a[i], a[i])) - 3 * c * identity()
}

mod maps {
    use eqt::equivariant;

    #[equivariant(O(D) * S(n))]
    pub(crate) fn gram<const D: usize>(a: [Vector<D>; n]) -> Sym<D> {
        sum(|i| outer(a[i], a[i])) / n
    }

    #[equivariant(O(D), uses(square))]
    pub(crate) fn fourth<const D: usize>(m: Sym<D>) -> Sym<D> {
        square(square(m))
    }

    #[equivariant(O(d): m: S^d -> S^d)]
    pub(crate) fn square() {
        contract(m, m)
    }
}

use maps::fourth;

#[equivariant(O(D) * S(N), uses(maps::gram, fourth))]
fn together<const D: usize, const N: usize>(b: [Vector<D>; N]) -> Scalar {
    trace(fourth(maps::gram(b)))
}

#[equivariant(O(D), crate = ::eqt)]
fn free<const D: usize, const N: usize>(a: [Vector<D>; N], q: [[Scalar; N]; N], r: [Scalar; k], b: [Vector<D>; k]) -> [Vector<D>; N] {
    family(|i| sum(|j| q[i][j] * a[j]) + sum(|k| r[k] * b[k]))
}

#[equivariant(O(3))]
fn torque(x: Vector<3>, f: Vector<3>) -> Pseudo<Vector<3>> {
    cross(x, f)
}

fn main() {
    let a = [Vector([1.0, 2.0]), Vector([0.0, 1.0]), Vector([-1.0, 1.0])];
    let h = sos(&a);
    assert_eq!(sos::call(&a), h);
    let entry = |p: usize, q: usize| a.iter().map(|v| (v.0[0] * v.0[0] + v.0[1] * v.0[1] - 2.0 / 3.0) * v.0[p] * v.0[q]).sum::<f64>();
    for p in 0..2 {
        for q in 0..2 {
            assert!((h.0[p][q] - entry(p, q)).abs() < 1e-12);
        }
    }
    let g = sos::gradient(&a, &Sym([[1.0, 0.0], [0.0, 1.0]]));
    // tr h = sum_i |a_i|^4 - 2/3 |a_i|^2
    assert!((g.a[1].0[1] - (4.0 - 4.0 / 3.0)).abs() < 1e-12);
    assert_eq!(sos::terms().len(), 2);

    let value = weighted(&a, 2.0, &[1.0, 3.0]);
    let slope = weighted::gradient(&a, 2.0, &[1.0, 3.0], &Sym([[1.0, 0.0], [0.0, 0.0]]));
    assert_eq!(slope.c, -3.0);
    assert!((slope.w[0] * 1.0 + slope.w[1] * 3.0 + slope.c * 2.0 - value.0[0][0]).abs() < 1e-12);
    let only = weighted::parameter_gradient(&a, 2.0, &[1.0, 3.0], &Sym([[1.0, 0.0], [0.0, 0.0]]));
    assert_eq!((only.c, only.w), (slope.c, slope.w));
    let none: [Vector<2>; 0] = [];
    assert_eq!(weighted(&none, 1.0, &[1.0, 1.0]), Sym([[-3.0, 0.0], [0.0, -3.0]]));

    let gram = maps::gram(&a);
    let square = maps::square(&gram);
    assert!((together(&a) - square.0.iter().flatten().map(|x| x * x).sum::<f64>()).abs() < 1e-9);

    let moved = free(&a, &[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], &[2.0], &a[..1]);
    assert_eq!(moved, [Vector([2.0, 5.0]), Vector([3.0, 6.0]), Vector([1.0, 5.0])]);
    assert!(free::try_call(&a, &[[0.0; 3]; 3], &[2.0], &a[..2]).is_err());

    assert_eq!(torque(&Vector([1.0, 0.0, 0.0]), &Vector([0.0, 1.0, 0.0])), Pseudo(Vector([0.0, 0.0, 1.0])));
}
