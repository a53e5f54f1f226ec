use eqt::equivariant;

struct Model;

impl Model {
    #[equivariant(O(D), degree <= 2)]
    fn f<const D: usize>(&self, a: Vector<D>) -> Sym<D>;
}

fn main() {}
