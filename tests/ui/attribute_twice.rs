use eqt::equivariant;

#[equivariant(O(D), degree <= 1)]
#[equivariant(O(D), degree <= 2)]
fn f<const D: usize>(a: Vector<D>) -> Vector<D>;

fn main() {
    let _ = f(&[1.0], &eqt::Vector([1.0, 2.0]));
}
