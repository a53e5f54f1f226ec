use eqt::equivariant;

#[equivariant(O(3), generators, degree = 4)]
fn f(a: Sym<3>) -> Sym<3>;

fn main() {}
