//! The macro works under any name of the crate.

extern crate eqt as other;

mod deep {
    pub mod deeper {
        #[other::equivariant(O(D), degree <= 2, crate = other)]
        pub fn f<const D: usize>(a: Vector<D>) -> Sym<D>;
    }
}

fn main() {
    let h = deep::deeper::f(&[1.0; deep::deeper::f::LEN], &other::Vector([1.0, 2.0]));
    assert_eq!(h.0, h.0);
}
