use eqt::equivariant;

struct Model;

impl Model {
    #[equivariant(O(D), degree <= 2)]
    fn f<const D: usize>(a: Vector<D>) -> Sym<D>;
}

fn main() {}
