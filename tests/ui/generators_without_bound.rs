use eqt::equivariant;

#[equivariant(O(4), generators)]
fn f(a: Sym<4>) -> Sym<4>;

fn main() {}
