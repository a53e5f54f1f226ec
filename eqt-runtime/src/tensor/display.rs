//! Tensors printed for people: nested brackets as in `ndarray`, entries aligned.
//!
//! The precision, the sign and the least width of the format apply to every entry.

use core::fmt::{self, Display, Formatter, LowerExp, Write};

use super::{
    Alt, AltTensor, Matrix, Nesting, Product, Pseudo, Rank, Sym, Sym0, Sym0Tensor, SymTensor, Tensor,
    TensorType, Vector,
};
use crate::Scalar;

/// How one entry is written: the sign and the precision of the format around it, and its width.
#[derive(Clone, Copy)]
struct Style {
    plus: bool,
    precision: Option<usize>,
    width: usize,
}

/// Counts the characters written to it.
struct Count(usize);

impl Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.chars().count();
        Ok(())
    }
}

/// Writes one entry.
type WriteEntry<S> = fn(&mut dyn Write, &S, Style) -> fmt::Result;

/// Writes a tensor: a vector as `[1, 2]`, a matrix with one line per row, a blank line between matrices and one more
/// for every further axis.
fn write_tensor<X: TensorType>(
    tensor: &X,
    f: &mut Formatter<'_>,
    write_entry: WriteEntry<X::Scalar>,
) -> fmt::Result {
    let mut style = Style { plus: f.sign_plus(), precision: f.precision(), width: 0 };
    let mut width = f.width().unwrap_or(0);
    for entry in tensor.entries() {
        let mut count = Count(0);
        write_entry(&mut count, entry, style)?;
        width = width.max(count.0);
    }
    style.width = width;
    write_axis::<X>(tensor.entries(), 0, f, &|f, entry| write_entry(f, entry, style))
}

/// Writes the entries that share all indices before `axis`.
fn write_axis<X: TensorType>(
    entries: &[X::Scalar],
    axis: usize,
    f: &mut Formatter<'_>,
    write_entry: &dyn Fn(&mut Formatter<'_>, &X::Scalar) -> fmt::Result,
) -> fmt::Result {
    if axis == X::RANK {
        return entries.iter().try_for_each(|entry| write_entry(f, entry));
    }
    let size = X::size(axis);
    let rest = entries.len().checked_div(size).unwrap_or(0);
    f.write_char('[')?;
    for p in 0..size {
        if p > 0 {
            f.write_char(',')?;
            let breaks = X::RANK - 1 - axis;
            (0..breaks).try_for_each(|_| f.write_char('\n'))?;
            let indent = if breaks == 0 { 1 } else { axis + 1 };
            (0..indent).try_for_each(|_| f.write_char(' '))?;
        }
        write_axis::<X>(&entries[p * rest..(p + 1) * rest], axis + 1, f, write_entry)?;
    }
    f.write_char(']')
}

macro_rules! formats {
    ($($format:ident $suffix:literal $write_entry:ident;)*) => {$(
        fn $write_entry<S: $format>(out: &mut dyn Write, entry: &S, style: Style) -> fmt::Result {
            let Style { plus, precision, width } = style;
            match (plus, precision) {
                (false, None) => write!(out, concat!("{:>width$", $suffix, "}"), entry, width = width),
                (true, None) => write!(out, concat!("{:>+width$", $suffix, "}"), entry, width = width),
                (false, Some(precision)) => write!(
                    out,
                    concat!("{:>width$.precision$", $suffix, "}"),
                    entry,
                    width = width,
                    precision = precision
                ),
                (true, Some(precision)) => write!(
                    out,
                    concat!("{:>+width$.precision$", $suffix, "}"),
                    entry,
                    width = width,
                    precision = precision
                ),
            }
        }

        tensor_formats! {
            $format $write_entry
            [const D: usize, T: Scalar] Vector<D, T>, [T: $format];
            [const D: usize, T: Scalar] Matrix<D, T>, [T: $format];
            [const D: usize, T: Scalar] Sym<D, T>, [T: $format];
            [const D: usize, T: Scalar] Alt<D, T>, [T: $format];
            [const D: usize, T: Scalar] Sym0<D, T>, [T: $format];
            [const K: usize, const D: usize, T: Scalar] Tensor<K, D, T>, [T: $format, Rank<K>: Nesting<D>];
            [const K: usize, const D: usize, T: Scalar] SymTensor<K, D, T>, [T: $format, Rank<K>: Nesting<D>];
            [const K: usize, const D: usize, T: Scalar] AltTensor<K, D, T>, [T: $format, Rank<K>: Nesting<D>];
            [const K: usize, const D: usize, T: Scalar] Sym0Tensor<K, D, T>, [T: $format, Rank<K>: Nesting<D>];
            [A: TensorType, B: TensorType] Product<A, B>, [B::Scalar: $format];
        }

        impl<X: $format> $format for Pseudo<X> {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

macro_rules! tensor_formats {
    ($format:ident $write_entry:ident $([$($generics:tt)*] $tensor:ty, [$($bounds:tt)*];)*) => {$(
        impl<$($generics)*> $format for $tensor
        where
            $($bounds)*
        {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write_tensor(self, f, $write_entry)
            }
        }
    )*};
}

formats! {
    Display "" write_display;
    LowerExp "e" write_lower_exp;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fp;

    #[test]
    fn matrices_are_printed_row_by_row_with_aligned_entries() {
        let m = Matrix([[1.0, -2.5], [10.0, 4.0]]);
        assert_eq!(m.to_string(), "[[   1, -2.5],\n [  10,    4]]");
        assert_eq!(format!("{m:.2}"), "[[ 1.00, -2.50],\n [10.00,  4.00]]");
        assert_eq!(format!("{m:+.0}"), "[[ +1,  -2],\n [+10,  +4]]");
        assert_eq!(format!("{m:e}"), "[[   1e0, -2.5e0],\n [   1e1,    4e0]]");
        assert_eq!(format!("{:4}", Sym([[1.0]])), "[[   1]]");
    }

    #[test]
    fn every_rank_is_printed() {
        assert_eq!(Vector([1.5, -2.0]).to_string(), "[1.5,  -2]");
        assert_eq!(Pseudo(Vector([Fp::new(1), Fp::new(20)])).to_string(), "[ 1, 20]");
        assert_eq!(format!("{:.1}", Pseudo(2.0)), "2.0");
        let t = Product::<Vector<2>, Matrix<2>>::from_entries((1..).map(f64::from));
        assert_eq!(t.to_string(), "[[[1, 2],\n  [3, 4]],\n\n [[5, 6],\n  [7, 8]]]");
        assert_eq!(Tensor::<3, 1>::from([[[7.0]]]).to_string(), "[[[7]]]");
        assert_eq!((Vector::<0>([]).to_string(), Matrix::<0>([]).to_string()), ("[]".into(), "[]".into()));
    }

    #[cfg(feature = "ndarray")]
    #[test]
    fn the_layout_is_that_of_ndarray() {
        let t = Tensor::<4, 2>::from_entries((0..16).map(|i| f64::from(i % 10)));
        assert_eq!(t.to_string(), t.to_ndarray().to_string());
        let m = Sym([[1.0, 2.0, 3.0], [2.0, 4.0, 5.0], [3.0, 5.0, 6.0]]);
        assert_eq!(m.to_string(), m.to_ndarray().to_string());
    }
}
