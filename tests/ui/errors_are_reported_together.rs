use eqt::equivariant;

#[equivariant(O(D) * S(m), degree < 2, labels = 1, frobnicate)]
async fn f<const D: usize>(mut a: &Vector<D>, b: Points<3>) -> [f64; N];

fn main() {}
