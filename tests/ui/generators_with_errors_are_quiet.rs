use eqt::prelude::*;

// Everything but the bound is right: the fallback has the shape of the map.
#[equivariant(O(4), generators)]
fn known(a: Sym<4>) -> Sym<4>;

fn main() {
    let a = Sym::<4>::identity();
    let h = known(&[1.0; known::GENERATORS], &a);
    println!("{} {}", h.0[0][1], known::basis());
    let invariants = known::invariants(&a);
    let _ = known::invariants_gradient(&a, &invariants).a;
    let _ = known::assemble_gradient(&[1.0; known::GENERATORS], &a, &h).q;
}
