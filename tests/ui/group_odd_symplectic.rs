use eqt::equivariant;

#[equivariant(Sp(3), degree <= 2)]
fn f(a: Vector<3>) -> Sym<3>;

fn main() {}
