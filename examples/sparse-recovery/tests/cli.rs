//! The program as its users meet it.

use std::process::{Command, Output};

use ndarray::{Array2, Array3};
use ndarray_npy::write_npy;
use serde_json::Value;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sparse-recovery")).args(arguments).output().expect("the program runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The one line of a refused call.
fn refusal(arguments: &[&str]) -> String {
    let output = run(arguments);
    let message = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(message.lines().count(), 1, "{message}");
    message.trim_end().to_owned()
}

#[test]
fn the_quick_run_prints_a_row_for_each_setting_and_method() {
    let output = run(&["--quick"]);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "no progress where there is no terminal");
    assert_eq!(stdout(&output).lines().count(), 1 + 4 * 3 * 4);
}

#[test]
fn json_lines_have_the_documented_fields_and_do_not_depend_on_the_other_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.jsonl");
    let path = file.to_str().unwrap();
    let records = |arguments: &[&str]| -> Vec<Value> {
        let output = run(&[&["--quick", "--json", path], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        let text = std::fs::read_to_string(&file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = records(&["--trials", "2", "--sampling", "bg,br"]);
    assert_eq!(all.len(), 2 * 2 * 3 * 4);
    for record in &all {
        let record = record.as_object().unwrap();
        let keys: Vec<&str> = record.keys().map(String::as_str).collect();
        let mut expected =
            ["trial", "sampling", "covariance", "model", "train", "test", "parameters", "epochs", "seconds"];
        expected.sort_unstable();
        assert_eq!(keys, expected);
        for score in ["train", "test"] {
            assert!((0.0..=1.0 + 1e-6).contains(&record[score].as_f64().unwrap()));
        }
        assert!(record["trial"].is_u64() && record["epochs"].is_u64() && record["seconds"].is_f64());
        let parameters = match record["model"].as_str().unwrap() {
            "sos-i" | "sos-ii" => 0,
            "shared" => 13,
            // n (n + 1) symmetric pairs, 10 n powers, 2 constants, n = 40.
            "labelled" => 40 * 41 + 400 + 2,
            other => panic!("unknown model {other}"),
        };
        assert_eq!(record["parameters"], parameters);
    }
    let one = records(&["--sampling", "br", "--covariance", "diagonal", "--model", "labelled"]);
    let same = all.iter().find(|r| {
        r["trial"] == 0 && r["sampling"] == "br" && r["covariance"] == "diagonal" && r["model"] == "labelled"
    });
    assert_eq!(one.len(), 1);
    assert_eq!(same.map(|r| (&r["train"], &r["test"])), Some((&one[0]["train"], &one[0]["test"])));
}

#[test]
fn own_arrays_are_trained_on_and_bad_ones_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    assert!(refusal(&["--data", path]).contains("train_W.npy"));
    // The first two unit vectors span the plane; v_0 is the first.
    for name in ["train", "val", "test"] {
        let bases = Array3::from_shape_fn((3, 6, 2), |(_, i, p)| f32::from(i == p));
        let planted = Array2::from_shape_fn((3, 6), |(_, i)| f64::from(i == 0));
        write_npy(folder.path().join(format!("{name}_W.npy")), &bases).unwrap();
        write_npy(folder.path().join(format!("{name}_v0.npy")), &planted).unwrap();
    }
    let output = run(&["--data", path, "--epochs", "2"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(stdout(&output).lines().count(), 5);
    assert!(stdout(&output).contains("data      data       labelled"));

    write_npy(folder.path().join("val_v0.npy"), &Array2::<f32>::ones((2, 6))).unwrap();
    assert_eq!(
        refusal(&["--data", path]),
        format!(
            "sparse-recovery: {path}/val_v0.npy: expected shape (3, 6), one vector for each sample of val_W.npy, \
             found (2, 6)"
        )
    );
    write_npy(folder.path().join("train_W.npy"), &Array3::<f32>::ones((3, 20, 17))).unwrap();
    assert!(refusal(&["--data", path]).contains("found (3, 20, 17)"));
}

#[test]
fn options_out_of_range_are_refused_with_status_2() {
    for arguments in [
        &["--n", "0"][..],
        &["--d", "17"],
        &["--eps", "0"],
        &["--eps", "nan"],
        &["--learning-rate", "-1"],
        &["--batch", "0"],
        &["--trials", "0"],
        &["--sampling", "nothing"],
        &["--data", ".", "--n", "5"],
        &["--epochs", "18446744073709551615"],
        &["--train", "18446744073709551616"],
    ] {
        assert_eq!(run(arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(refusal(&["--quick", "--n", "3"]).contains("n = 3 is smaller than d = 4"));
    assert!(refusal(&["--quick", "--sampling", "cbg", "--eps", "0.5"]).contains("cbg needs eps <= 1/3"));
    assert!(refusal(&["--quick", "--json", "/nowhere/out.jsonl"]).contains("/nowhere/out.jsonl"));
    assert!(stdout(&run(&["--help"])).contains("Examples:"));
}

#[test]
fn absurd_sizes_are_refused_before_memory_is_asked_for() {
    let start = std::time::Instant::now();
    let budget = "of memory, and the budget of a run is 8.6 GB";
    for (arguments, expected) in [
        (
            "--quick --train 18446744073709551615",
            format!("samples of n = 40, d = 4 would need 4.1e7 PB {budget}"),
        ),
        (
            "--quick --model sos-i --n 100000000",
            format!("320 samples of n = 100000000, d = 4 would need 1.8 TB {budget}"),
        ),
        (
            "--quick --model labelled --n 20000 --d 1 --covariance identity --sampling bg",
            format!(
                "the method `labelled`, with 20000 x 20000 coefficients and 10 copies of them in training, would need 16.0 GB \
                 {budget}"
            ),
        ),
        (
            "--model shared --n 200000 --d 1 --train 1 --val 1 --test 1 --covariance random --sampling bg",
            format!("the random covariance of n = 200000 would need 320.0 GB {budget}"),
        ),
        (
            "--quick --sampling br --eps 1e-300",
            "br draws hardly anything but vectors of zeros at n = 40".to_owned(),
        ),
    ] {
        let message = refusal(&arguments.split(' ').collect::<Vec<_>>());
        assert!(message.contains(&expected), "{message}");
    }
    assert!(start.elapsed().as_secs() < 20, "nothing is generated");
}

#[test]
fn numbers_in_files_that_are_none_are_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for name in ["train", "val", "test"] {
            let bases = Array3::from_shape_fn((3, 6, 2), |(_, i, p)| f64::from(i == p));
            let mut planted = Array2::from_shape_fn((3, 6), |(_, i)| f64::from(i == 0));
            if name == "val" {
                planted[[2, 5]] = value;
            }
            write_npy(folder.path().join(format!("{name}_W.npy")), &bases).unwrap();
            write_npy(folder.path().join(format!("{name}_v0.npy")), &planted).unwrap();
        }
        assert_eq!(
            refusal(&["--data", path]),
            format!("sparse-recovery: {path}/val_v0.npy: expected finite numbers, found {value} at (2, 5)")
        );
    }
}
