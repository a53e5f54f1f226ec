//! Twenty copies of one map under different names, with the batches that a training loop calls, in both precisions: what a
//! crate with many maps costs. `benches/copies.rs` builds it.

use eqt::prelude::*;
use ndarray::{Array3, s};

macro_rules! both {
    ($scalar:ty, $($name:ident)*) => {
        {
            let (samples, n) = (std::env::args().count(), 100);
            let a = Array3::from_elem((samples, n, 5), 0.05 as $scalar);
            let dh = Array3::from_elem((samples, 5, 5), 1.0 as $scalar);
            let (mut out, mut da) = (Array3::zeros((samples, 5, 5)), Array3::zeros((samples, n, 5)));
            $(
                let theta = [0.25; $name::LEN];
                $name::batch::<5, 100, $scalar>(&theta, a.view(), out.view_mut()).expect("shapes agree");
                $name::batch_input_gradient::<5, 100, $scalar>(&theta, a.view(), dh.view(), da.view_mut()).expect("shapes agree");
                println!("{} {} {}", stringify!($name), out.slice(s![.., 0, 0]).sum(), da.sum());
            )*
        }
    };
}

macro_rules! copies {
    ($($name:ident)*) => {
        $(
            #[equivariant(O(D) * S(N), degree <= 4)]
            fn $name<const D: usize, const N: usize>(a: [Vector<D>; N]) -> Sym<D>;
        )*

        fn main() {
            both!(f32, $($name)*);
            both!(f64, $($name)*);
        }
    };
}

copies! { f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 }
