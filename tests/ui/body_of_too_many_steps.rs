use eqt::equivariant;

#[equivariant(1)]
fn f(c: Scalar) -> Scalar {
    let f0 = |x| x + c;
    let f1 = |x| f0(f0(x));
    let f2 = |x| f1(f1(x));
    let f3 = |x| f2(f2(x));
    let f4 = |x| f3(f3(x));
    let f5 = |x| f4(f4(x));
    let f6 = |x| f5(f5(x));
    let f7 = |x| f6(f6(x));
    let f8 = |x| f7(f7(x));
    let f9 = |x| f8(f8(x));
    let f10 = |x| f9(f9(x));
    let f11 = |x| f10(f10(x));
    let f12 = |x| f11(f11(x));
    let f13 = |x| f12(f12(x));
    let f14 = |x| f13(f13(x));
    let f15 = |x| f14(f14(x));
    let f16 = |x| f15(f15(x));
    let f17 = |x| f16(f16(x));
    let f18 = |x| f17(f17(x));
    let f19 = |x| f18(f18(x));
    f19(c)
}

fn main() {}
