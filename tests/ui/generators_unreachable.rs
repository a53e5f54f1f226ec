use eqt::equivariant;

#[equivariant(O(3), generators, degree <= 3)]
fn f(a: Sym<3>) -> Vector<3>;

fn main() {}
