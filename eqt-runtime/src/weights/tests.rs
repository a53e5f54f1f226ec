use super::*;
use crate::{Element, Form};

const BASIS: Basis = Basis {
    signature: "O(D): (R^D)^N -> S^D",
    options: "degree <= 2",
    form: Form::VectorSpace,
    elements: &[Element { degree: 2, diagram: "a_i^p a_j^q", latex: "", macs: "", labels: "ij" }],
    invariants: &[],
    certificate: "",
    independence: "",
};

fn sample() -> Weights {
    let mut weights = Weights::new(&BASIS);
    weights.insert("theta", &[3], &[1.0, f64::MIN_POSITIVE, -0.1]).unwrap();
    weights.insert("a", &[2, 2], &[1.0_f32, 2.0, 3.0, 0.1]).unwrap();
    weights.insert("none", &[0, 4], &[] as &[f32]).unwrap();
    weights
}

#[test]
fn coefficients_return_bit_by_bit() {
    let weights = sample();
    let loaded = Weights::from_bytes(&BASIS, &weights.to_bytes().unwrap()).unwrap();
    assert_eq!(loaded, weights);
    assert_eq!(loaded.array::<f64, 3>("theta").unwrap(), [1.0, f64::MIN_POSITIVE, -0.1]);
    assert_eq!(loaded.values_of_shape::<f32>("a", &[2, 2]).unwrap(), [1.0, 2.0, 3.0, 0.1]);
    assert_eq!(loaded.shape("none").unwrap(), [0, 4]);
    assert_eq!(loaded.names().collect::<Vec<_>>(), ["a", "none", "theta"]);
    assert_eq!(loaded.owner().fingerprint, BASIS.fingerprint());
}

#[test]
fn precisions_convert() {
    let weights = sample();
    assert_eq!(weights.array::<f32, 3>("theta").unwrap(), [1.0, 0.0, -0.1]);
    assert_eq!(weights.values::<f64>("a").unwrap()[3], f64::from(0.1_f32));
}

#[test]
fn equal_weights_give_equal_bytes() {
    assert_eq!(sample().to_bytes().unwrap(), sample().to_bytes().unwrap());
}

#[test]
fn another_basis_is_an_error_that_shows_both() {
    let bytes = sample().to_bytes().unwrap();
    let other = Basis { signature: "O(D): (R^D)^N -> R", options: "", ..BASIS };
    let message = Weights::from_bytes(&other, &bytes).unwrap_err().to_string();
    let (found, expected) = (BASIS.fingerprint(), other.fingerprint());
    assert_eq!(
        message,
        format!(
            "these coefficients are of `O(D): (R^D)^N -> S^D, degree <= 2` ({found}), \
             expected `O(D): (R^D)^N -> R` ({expected})"
        )
    );
}

#[test]
fn every_mistake_has_its_message() {
    let mut weights = sample();
    let message = |error: WeightsError| error.to_string();
    assert_eq!(
        message(weights.array::<f64, 4>("theta").unwrap_err()),
        "coefficients `theta`: expected shape (4), found (3)"
    );
    assert_eq!(
        message(weights.values::<f64>("phi").unwrap_err()),
        "no coefficients `phi`, found `a`, `none`, `theta`"
    );
    assert_eq!(
        message(weights.insert("b", &[2, 2], &[1.0]).unwrap_err()),
        "coefficients `b`: expected shape (2, 2), found (1)"
    );
    assert!(weights.insert("b", &[usize::MAX, 2], &[1.0]).is_err());
    assert!(message(Weights::from_bytes(&BASIS, b"junk").unwrap_err()).starts_with("safetensors: "));
}

#[test]
fn errors_name_the_file() {
    let error = Weights::load(&BASIS, "/no/such/file").unwrap_err();
    assert!(matches!(error.cause(), WeightsError::File(_)));
    assert_eq!(error.path(), Some(Path::new("/no/such/file")));
    assert!(error.to_string().starts_with("/no/such/file: "), "{error}");
    let error = sample().save("/no/such/folder/x.safetensors").unwrap_err();
    assert!(error.to_string().starts_with("/no/such/folder/x.safetensors: "), "{error}");

    let path = std::env::temp_dir().join(format!("eqt-errors-{}.safetensors", std::process::id()));
    let name = path.display().to_string();
    fs::write(&path, b"junk").unwrap();
    let junk = Weights::load(&BASIS, &path).unwrap_err();
    sample().save(&path).unwrap();
    let loaded = Weights::load(&BASIS, &path).unwrap();
    let other = Basis { signature: "O(D): (R^D)^N -> R", ..BASIS };
    let foreign = Weights::load(&other, &path).unwrap_err();
    fs::remove_file(&path).unwrap();
    assert!(junk.to_string().starts_with(&format!("{name}: safetensors: ")), "{junk}");
    assert!(foreign.to_string().starts_with(&format!("{name}: these coefficients are of ")), "{foreign}");
    assert!(matches!(foreign.cause(), WeightsError::OtherBasis { .. }));
    // What is asked of the arrays later is still about the file.
    assert_eq!(
        loaded.array::<f64, 4>("theta").unwrap_err().to_string(),
        format!("{name}: coefficients `theta`: expected shape (4), found (3)")
    );
    assert_eq!(
        loaded.values::<f64>("phi").unwrap_err().to_string(),
        format!("{name}: no coefficients `phi`, found `a`, `none`, `theta`")
    );
    assert_eq!(sample().values::<f64>("phi").unwrap_err().path(), None);
}

#[test]
fn files_of_others_are_refused() {
    let view = TensorView::new(Dtype::U8, vec![1], &[7]).unwrap();
    let anonymous = safetensors::serialize([("x", view.clone())], None).unwrap();
    let error = Weights::from_bytes(&BASIS, &anonymous).unwrap_err();
    assert_eq!(error.to_string(), "the file names no basis (metadata key `eqt`)");

    let metadata = [(METADATA_KEY.to_owned(), Owner::of(&BASIS).to_metadata())];
    let bytes = safetensors::serialize([("x", view)], Some(metadata.into_iter().collect())).unwrap();
    let error = Weights::from_bytes(&BASIS, &bytes).unwrap_err();
    assert_eq!(error.to_string(), "coefficients `x`: expected numbers F32 or F64, found U8");
}

#[test]
fn truncated_files_are_errors() {
    let bytes = sample().to_bytes().unwrap();
    for length in 0..bytes.len() {
        assert!(Weights::from_bytes(&BASIS, &bytes[..length]).is_err(), "{length}");
    }
}

#[test]
fn files_are_written_and_read() {
    let path = std::env::temp_dir().join(format!("eqt-weights-{}.safetensors", std::process::id()));
    sample().save(&path).unwrap();
    let loaded = Weights::load(&BASIS, &path);
    fs::remove_file(&path).unwrap();
    assert_eq!(loaded.unwrap(), sample());
}
