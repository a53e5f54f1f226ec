use eqt::prelude::*;

// Everything but the limit is right: the fallback has the shape of the map.
#[equivariant(O(D) * S(N), degree <= 4, limit = 1)]
fn known<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;

// The types are not readable: the fallback takes and gives anything.
#[equivariant(O(D), degree <= 4)]
fn unknown<const D: usize>(a: Points<D>) -> Sym<D>;

fn main() {
    let a = [Vector([1.0, 2.0, 3.0]); 4];
    let theta = [0.0; known::LEN];
    let h = known(&theta, &a);
    println!("{} {}", h.0[0][1], known::basis());
    let _ = known::gradient(&theta, &a, &h);
    let (x, mut y) = (ndarray::Array3::zeros((9, 4, 3)), ndarray::Array3::zeros((9, 3, 3)));
    let _ = known::batch::<3, 4, f32>(&[0.0; known::LEN], x.view(), y.view_mut());
    let h: Sym<3> = unknown(&theta, &a);
    println!("{} {}", h.0[0][1], unknown::basis());
}
