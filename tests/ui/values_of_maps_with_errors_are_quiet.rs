use eqt::map::EquivariantMap;
use eqt::prelude::*;
use ndarray::{Array2, Array3};

// Over free labels: what theta holds is not known.
#[equivariant(O(D), degree <= 2, limit = 1)]
fn pairs<const D: usize>(a: [Vector<D>; n], b: [Vector<D>; n]) -> Sym<D>;

#[equivariant(O(3), generators, limit = 1)]
fn stress(e: Sym<3>) -> Sym<3>;

#[equivariant(O(D) * S(n))]
fn weighted<const D: usize>(a: [Vector<D>; n], w: Scalar) -> Vector<D> {
    w * sum(|i| b[i])
}

fn main() {
    let a = vec![Vector([1.0, 2.0]); 7];
    let mut workspace = pairs::Workspace::new();

    let theta = pairs::Coefficients::<f64>::zeros(7);
    let h: Sym<2> = pairs(&theta, &a, &a);
    let mut out = Sym::default();
    pairs::call_into(&theta, &a, &a, &mut workspace, &mut out);
    let _: Result<Sym<2>, LengthError> = pairs::try_call(&theta, &a, &a);
    let _ = pairs::evaluate(&theta, &a, &a);
    let back: pairs::Gradient<2, f64> = pairs::gradient(&theta, &a, &a, &h);
    println!("{:?} {:?}", back.a, back.theta);
    let map: &dyn EquivariantMap<f64> = &pairs::instance::<2>(7);
    println!("{:?} {}", map.parameters(), pairs::LEN);
    let x = Array3::<f32>::zeros((5, 7, 2));
    let mut y = Array3::zeros((5, 2, 2));
    pairs::batch::<2, f32>(&pairs::Coefficients::zeros(7), x.view(), x.view(), y.view_mut()).unwrap();

    let e = Sym::<3>::identity();
    let q = [0.5; stress::GENERATORS];
    let i = stress::invariants(&e);
    let s: Sym<3> = stress::assemble(&q, &e);
    let _ = stress::assemble_gradient(&q, &e, &s).q;
    let _ = stress::invariants_gradient(&e, &i).e;
    let _: &dyn EquivariantMap<f32> = &stress::instance();
    let x = Array3::<f64>::zeros((5, 3, 3));
    let mut invariants = Array2::zeros((5, stress::INVARIANTS));
    stress::batch_invariants::<f64>(x.view(), invariants.view_mut()).unwrap();

    let v: Vector<2> = weighted(&a, 0.5);
    let back = weighted::parameter_gradient(&a, 0.5, &v);
    println!("{} {:?} {}", back.w, weighted::terms(), weighted::TERMS);
    let _ = weighted::evaluate(&a, 0.5);
    let x = Array3::<f64>::zeros((5, 7, 2));
    let dv = Array2::<f64>::zeros((5, 2));
    let _: f64 = weighted::batch_gradient::<2, f64>(x.view(), 0.5, dv.view()).unwrap().w;
    let _: &dyn EquivariantMap<f64> = &weighted::instance::<2>(7);
}
