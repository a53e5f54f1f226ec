//! The user's own arrays: `train_W.npy`, `train_v0.npy`, `val_*` and `test_*` in one folder.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use ndarray::{Array2, Array3, ArrayD, Axis, Ix2, Ix3};
use ndarray_npy::{ReadNpyError, ReadNpyExt};

use super::{Dataset, Samples, memory, normalise, orthonormalise};
use crate::experiment::MAX_D;

/// Largest entry of `|W^T W - I|` that is taken for rounding; single precision leaves about 1e-6.
const ORTHONORMAL: f64 = 1e-5;

/// Reads and checks the six arrays. Errors are one line: the file, what was expected, what was found.
///
/// A `W` whose columns are not orthonormal is replaced by an orthonormal basis of their span, which is all that
/// the problem is about; the second value says whether that was needed anywhere.
pub(crate) fn read(folder: &Path) -> Result<(Dataset, bool), String> {
    if !folder.is_dir() {
        return Err(format!("{}: expected a folder with train_W.npy, train_v0.npy, ..", folder.display()));
    }
    let (train, a) = split(folder, "train", None)?;
    let (validation, b) = split(folder, "val", Some(&train))?;
    let (test, c) = split(folder, "test", Some(&train))?;
    Ok((Dataset { train, validation, test }, a || b || c))
}

fn split(folder: &Path, name: &str, like: Option<&Samples>) -> Result<(Samples, bool), String> {
    let file = |array: &str| folder.join(format!("{name}_{array}.npy"));
    let (bases, planted) = (file("W"), file("v0"));

    let expected = match like {
        Some(train) => format!("(samples, {}, {}) as in train_W.npy", train.n(), train.d()),
        None => format!("(samples, n, d) with samples >= 1, n >= d, 1 <= d <= {MAX_D}"),
    };
    let mut bases_read = array(&bases, &expected, |shape| match *shape {
        [samples, n, d] => {
            samples > 0
                && (1..=MAX_D).contains(&d)
                && n >= d
                && like.is_none_or(|train| (train.n(), train.d()) == (n, d))
        }
        _ => false,
    })?
    .into_dimensionality::<Ix3>()
    .map_err(|e| at(&bases, e))?;
    let (samples, n, _) = bases_read.dim();

    let expected = format!("({samples}, {n}), one vector for each sample of {name}_W.npy");
    let mut planted_read = array(&planted, &expected, |shape| *shape == [samples, n])?
        .into_dimensionality::<Ix2>()
        .map_err(|e| at(&planted, e))?;

    let changed = make_orthonormal(&mut bases_read, &bases)?;
    make_unit(&mut planted_read, &planted)?;
    Ok((Samples { bases: bases_read, planted: planted_read }, changed))
}

fn make_orthonormal(bases: &mut Array3<f64>, file: &Path) -> Result<bool, String> {
    let mut changed = false;
    for (index, mut basis) in bases.outer_iter_mut().enumerate() {
        let mut gram = basis.t().dot(&basis);
        gram.diag_mut().mapv_inplace(|x| x - 1.0);
        if gram.iter().all(|x| x.abs() <= ORTHONORMAL) {
            continue;
        }
        changed = true;
        if !orthonormalise(&mut basis) {
            return Err(at(
                file,
                format_args!("expected independent columns, found dependent ones in sample {index}"),
            ));
        }
    }
    Ok(changed)
}

fn make_unit(planted: &mut Array2<f64>, file: &Path) -> Result<(), String> {
    for (index, mut v) in planted.axis_iter_mut(Axis(0)).enumerate() {
        let mut unit = v.to_vec();
        if !normalise(&mut unit) {
            return Err(at(
                file,
                format_args!("expected non-zero vectors, found a vector of zeros in sample {index}"),
            ));
        }
        v.iter_mut().zip(unit).for_each(|(v, x)| *v = x);
    }
    Ok(())
}

/// One array, f32 or f64, C or Fortran order, as f64 in C order. The shape is checked before the data is read.
fn array(file: &Path, expected: &str, fits: impl Fn(&[usize]) -> bool) -> Result<ArrayD<f64>, String> {
    let unread = |e: std::io::Error| at(file, format_args!("expected shape {expected}, found: {e}"));
    // The bytes themselves, and as many doubles as there may be singles.
    let length = fs::metadata(file).map_err(unread)?.len();
    memory::check(3 * u128::from(length), "its data").map_err(|e| at(file, e))?;
    let bytes = fs::read(file).map_err(unread)?;
    check_header(&bytes).map_err(|e| at(file, e))?;
    let shape = ndarray_npy::npy::header::Header::from_reader(&mut bytes.as_slice())
        .map_err(|e| at(file, format_args!("expected a .npy file, found: {e}")))?
        .shape;
    if !fits(&shape) {
        return Err(at(file, format_args!("expected shape {expected}, found {}", tuple(&shape))));
    }
    // A damaged header may ask for more memory than there is: no element of a float takes less than four bytes.
    let needed = shape.iter().fold(4_u128, |product, axis| product.saturating_mul(*axis as u128));
    if needed > bytes.len() as u128 {
        return Err(at(
            file,
            format_args!(
                "expected the data of shape {}, at least {needed} bytes, found a file of {} bytes",
                tuple(&shape),
                bytes.len()
            ),
        ));
    }
    let read = match ArrayD::<f64>::read_npy(bytes.as_slice()) {
        Err(ReadNpyError::WrongDescriptor(_)) => {
            ArrayD::<f32>::read_npy(bytes.as_slice()).map(|array| array.mapv(f64::from))
        }
        other => other,
    };
    let read = read.map_err(|e| match e {
        ReadNpyError::WrongDescriptor(found) => {
            at(file, format_args!("expected numbers of type f32 or f64, found {found}"))
        }
        e => at(file, format_args!("expected the data of shape {}, found: {e}", tuple(&shape))),
    })?;
    if let Some((index, value)) = read.indexed_iter().find(|(_, value)| !value.is_finite()) {
        return Err(at(
            file,
            format_args!(
                "expected finite numbers, found {value} at {}",
                tuple(ndarray::Dimension::slice(&index))
            ),
        ));
    }
    Ok(read.as_standard_layout().into_owned())
}

/// That the file is as long as its header claims to be: from version 2 of the format on that may be 4 GB.
fn check_header(bytes: &[u8]) -> Result<(), String> {
    let claimed = match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => u64::from(u16::from_le_bytes([*a, *b])),
        [0x93, b'N', b'U', b'M', b'P', b'Y', _, _, a, b, c, d, ..] => {
            u64::from(u32::from_le_bytes([*a, *b, *c, *d]))
        }
        // What is no such file is said where it is read.
        _ => 0,
    };
    if claimed <= bytes.len() as u64 {
        return Ok(());
    }
    Err(format!("expected a header of {claimed} bytes, found a file of {} bytes", bytes.len()))
}

/// `file: what`, on one line whatever `what` prints.
fn at(file: &Path, what: impl Display) -> String {
    let what = what.to_string();
    format!("{}: {}", file.display(), what.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A shape as NumPy prints it.
fn tuple(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array, ShapeBuilder};
    use ndarray_npy::write_npy;
    use tempfile::TempDir;

    use super::*;
    use crate::data::generate::{Covariance, Sampling, Shape, dataset};

    /// A folder of good files: n = 10, d = 3; 4, 3 and 2 samples.
    fn folder() -> (TempDir, Dataset) {
        let shape = Shape { n: 10, d: 3, eps: 0.3, train: 4, validation: 3, test: 2 };
        let data = dataset(Sampling::BernoulliGaussian, Covariance::Identity, &shape, 1).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for (name, part) in [("train", &data.train), ("val", &data.validation), ("test", &data.test)] {
            write_npy(folder.path().join(format!("{name}_W.npy")), &part.bases).unwrap();
            write_npy(folder.path().join(format!("{name}_v0.npy")), &part.planted).unwrap();
        }
        (folder, data)
    }

    /// The error, with the folder's own name taken off its front.
    fn error(folder: &TempDir) -> String {
        let error = read(folder.path()).unwrap_err();
        assert!(!error.contains('\n'), "one line: {error}");
        error.replace(&format!("{}/", folder.path().display()), "")
    }

    #[test]
    fn doubles_come_back_as_they_were_written() {
        let (folder, data) = folder();
        let (read, changed) = read(folder.path()).unwrap();
        assert!(!changed);
        assert_eq!(read.train.bases, data.train.bases);
        assert_eq!(read.test.bases, data.test.bases);
        assert!((&read.train.planted - &data.train.planted).iter().all(|x| x.abs() < 1e-15));
    }

    #[test]
    fn singles_in_fortran_order_are_read_and_vectors_are_normalised() {
        let (folder, data) = folder();
        let mut single = Array::zeros((4, 10, 3).f());
        single.assign(&data.train.bases.mapv(|x| x as f32));
        write_npy(folder.path().join("train_W.npy"), &single).unwrap();
        write_npy(folder.path().join("train_v0.npy"), &(&data.train.planted * -7.0)).unwrap();
        let (read, changed) = read(folder.path()).unwrap();
        assert!(!changed);
        assert!((&read.train.bases - &data.train.bases).iter().all(|x| x.abs() < 1e-6));
        assert!((&read.train.planted + &data.train.planted).iter().all(|x| x.abs() < 1e-12));
    }

    #[test]
    fn columns_that_are_not_orthonormal_are_replaced_by_a_basis_of_their_span() {
        let (folder, data) = folder();
        let skew = ndarray::array![[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [0.0, 0.0, 0.5]];
        let mut bases = data.test.bases.clone();
        for mut basis in bases.outer_iter_mut() {
            let skewed = basis.dot(&skew);
            basis.assign(&skewed);
        }
        write_npy(folder.path().join("test_W.npy"), &bases).unwrap();
        let (read, changed) = read(folder.path()).unwrap();
        assert!(changed);
        // R is upper triangular with positive diagonal, so Q is the basis it started from.
        assert!((&read.test.bases - &data.test.bases).iter().all(|x| x.abs() < 1e-12));
    }

    #[test]
    fn shapes_that_do_not_fit_name_the_file_the_expected_and_the_found_shape() {
        let (folder, _) = folder();
        let put = |name: &str, shape: &[usize]| {
            write_npy(folder.path().join(name), &ArrayD::<f64>::ones(shape)).unwrap();
        };
        put("test_v0.npy", &[2, 9]);
        assert_eq!(
            error(&folder),
            "test_v0.npy: expected shape (2, 10), one vector for each sample of test_W.npy, found (2, 9)"
        );
        put("test_W.npy", &[2, 10, 4]);
        assert_eq!(
            error(&folder),
            "test_W.npy: expected shape (samples, 10, 3) as in train_W.npy, found (2, 10, 4)"
        );
        put("train_v0.npy", &[4]);
        assert_eq!(
            error(&folder),
            "train_v0.npy: expected shape (4, 10), one vector for each sample of train_W.npy, found (4,)"
        );
        for (shape, found) in
            [(&[0, 10, 3][..], "(0, 10, 3)"), (&[4, 10], "(4, 10)"), (&[4, 2, 3], "(4, 2, 3)"), (&[], "()")]
        {
            put("train_W.npy", shape);
            assert_eq!(
                error(&folder),
                format!(
                    "train_W.npy: expected shape (samples, n, d) with samples >= 1, n >= d, 1 <= d <= 16, found {found}"
                )
            );
        }
    }

    #[test]
    fn values_that_do_not_fit_name_the_file_and_the_place() {
        let (folder, data) = folder();
        let mut bad = data.train.bases.clone();
        bad[[1, 2, 0]] = f64::NAN;
        let file = folder.path().join("train_W.npy");
        write_npy(&file, &bad).unwrap();
        assert_eq!(error(&folder), "train_W.npy: expected finite numbers, found NaN at (1, 2, 0)");

        write_npy(&file, &Array::<f64, _>::ones((4, 10, 3))).unwrap();
        assert_eq!(
            error(&folder),
            "train_W.npy: expected independent columns, found dependent ones in sample 0"
        );

        write_npy(&file, &Array::<i32, _>::ones((4, 10, 3))).unwrap();
        assert!(error(&folder).starts_with("train_W.npy: expected numbers of type f32 or f64, found "));

        write_npy(&file, &data.train.bases).unwrap();
        write_npy(folder.path().join("val_v0.npy"), &Array::<f32, _>::zeros((3, 10))).unwrap();
        assert_eq!(
            error(&folder),
            "val_v0.npy: expected non-zero vectors, found a vector of zeros in sample 0"
        );
    }

    #[test]
    fn damaged_and_missing_files_are_errors() {
        let (folder, data) = folder();
        let file = folder.path().join("train_W.npy");
        fs::write(&file, b"not an array").unwrap();
        assert!(
            error(&folder).starts_with("train_W.npy: expected a .npy file, found: "),
            "{}",
            error(&folder)
        );
        fs::write(&file, b"").unwrap();
        assert!(error(&folder).starts_with("train_W.npy: expected a .npy file, found: "));

        write_npy(&file, &data.train.bases).unwrap();
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() - 8]).unwrap();
        assert!(error(&folder).starts_with("train_W.npy: expected the data of shape (4, 10, 3), found: "));

        // A header that asks for far more than the file holds must not be believed.
        let text = String::from_utf8_lossy(&bytes[10..128]).replace("(4, 10, 3)", "(4000000000000, 10, 3)");
        let header = format!("{}\n", &text.trim_end()[..text.trim_end().len().min(117)]);
        let mut huge = bytes[..8].to_vec();
        huge.extend((header.len() as u16).to_le_bytes());
        huge.extend(header.bytes());
        fs::write(&file, &huge).unwrap();
        assert!(error(&folder).starts_with("train_W.npy: expected the data of shape (4000000000000, 10, 3)"));

        // So may the length of the header itself.
        for version in [2, 3] {
            fs::write(&file, [&b"\x93NUMPY"[..], &[version, 0, 255, 255, 255, 255]].concat()).unwrap();
            assert_eq!(
                error(&folder),
                "train_W.npy: expected a header of 4294967295 bytes, found a file of 12 bytes"
            );
        }
        // A file of holes takes no space on the disk, but would take it in memory.
        fs::File::create(&file).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(
            error(&folder),
            "train_W.npy: its data would need 3.3 TB of memory, and the budget of a run is 8.6 GB"
        );

        fs::remove_file(&file).unwrap();
        assert!(error(&folder).starts_with("train_W.npy: "));
        let nowhere = read(&folder.path().join("nowhere")).unwrap_err();
        assert!(nowhere.ends_with("expected a folder with train_W.npy, train_v0.npy, .."), "{nowhere}");
    }
}
