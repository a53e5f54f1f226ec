//! What nobody should ask, and everybody does: one line and status 2, quickly, or an answer.

mod support;

use std::fs;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::{mistake, success, text};

const VECTOR: &str = "O(d): R^d -> R^d";
const COMMANDS: &[&str] = &["basis", "count", "program", "emit", "check", "relations"];

/// How long a refusal may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn spawn(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_eqt"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("eqt runs")
}

/// Waits for the end; a command that does not end is killed, and the test fails.
fn ends(child: &mut Child, arguments: &[&str]) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a status") {
            return status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().expect("killed");
            panic!("no end: {arguments:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whatever is asked: no panic, no signal, and of a refusal one line.
fn behaves(arguments: &[&str]) {
    let mut child = spawn(arguments);
    // What is written must be read, or a long answer would wait for ever.
    let mut stdout = child.stdout.take().expect("a pipe");
    let reader = thread::spawn(move || {
        let mut answer = Vec::new();
        stdout.read_to_end(&mut answer).map(|_| answer)
    });
    let status = ends(&mut child, arguments);
    let answer = reader.join().expect("read").expect("read");
    let mut errors = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("UTF-8");
    assert!(!errors.contains("panicked"), "{arguments:?}: {errors}");
    match status.code() {
        Some(0) => assert_eq!(errors, "", "{arguments:?}"),
        Some(2) => {
            assert!(errors.starts_with("eqt: ") && errors.lines().count() == 1, "{arguments:?}: {errors}");
            assert!(answer.is_empty(), "{arguments:?}");
        }
        other => panic!("{arguments:?}: {other:?} {errors}"),
    }
}

#[test]
fn signatures_that_are_none_are_refused_in_one_line() {
    for signature in [
        "",
        " ",
        "\t\n",
        ":",
        "->",
        ": ->",
        "::",
        "O",
        "O(",
        "O()",
        "O(3",
        "O(3))",
        "O(3):",
        "O(3): ->",
        "O(3): -> ->",
        "O(3): R^3",
        "O(3): R^3 ->",
        "O(3): R^3 -> R^3 -> R",
        "O(3) R^3 -> R",
        "O(3): R^ -> R",
        "O(3): R^^3 -> R",
        "O(3): ^3 -> R",
        "O(3): R^3, -> R",
        "O(3): , R^3 -> R",
        "O(3): a: -> R",
        "O(3): a: b: R^3 -> R",
        "O(3): R^3 R^3 -> R",
        "O(3)*: R^3 -> R",
        "*O(3): R^3 -> R",
        "O(3)**O(2): R^3 -> R",
        "O(3.5): R^3 -> R",
        "O(3): R^3u8 -> R",
        "O(\"3\"): R -> R",
        "O('3'): R -> R",
        "O(3): R^'3 -> R",
        "O(-1): R -> R",
        "O(1,-1): R^0 -> R",
        "O(1,2,3): R^6 -> R",
        "S(1,2): R^3 -> R",
        "Sp(1,1): R^2 -> R",
        "Sp(3): R^3 -> R",
        "U(3): R^3 -> R",
        "o(3): R^3 -> R",
        "O(3): Sym(R^3) -> R",
        "O(3): Sym^(R^3) -> R",
        "O(3): Sym^k(R^3) -> R",
        "O(3): Sym^-1(R^3) -> R",
        "O(3): Alt(3) -> R",
        "O(3): T^2(R^3 -> R",
        "O(3): T^2[R^3] -> R",
        "O(3): T^2{R^3} -> R",
        "O(3): (R^3)^ -> R",
        "O(3): ()^3 -> R",
        "O(3): R^3 (x) -> R",
        "O(3): (x) R^3 -> R",
        "O(3): pseudo -> R",
        "O(3): pseudo pseudo -> R",
        "O(3): a a: R^3 -> R",
        "O(3): \u{1F600}: R^3 -> R",
        "O(\u{221E}): R -> R",
        "O(3): R\u{b3} -> R",
        "O(3): R^\u{663} -> R",
        "O(3): R^3 \u{2192} R",
        "\u{202E}O(3): R^3 -> R",
        "O(3)\0: R^3 -> R",
        "O(3): R^3 -> R /* x",
        "O(3): R^3 -> R;",
        "#[O(3)]: R^3 -> R",
        "O(3): $a: R^3 -> R",
        "O(3): R^3 -> R \\",
        "O(3): R^3 -> `R`",
        "O(3): r#fn: R^3 -> R # ",
        "'",
        "\"",
        "O(18446744073709551616): R -> R",
        "O(99999999999999999999999999): R -> R",
        "O(4294967296): R^4294967296 -> R",
    ] {
        let arguments = ["basis", signature, "--degree", "1"];
        let output = support::eqt(&arguments.map(|word| if word.contains('\0') { "\u{1}" } else { word }));
        assert_eq!(output.status.code(), Some(2), "{signature:?}: {}", text(&output.stdout));
        let line = text(&output.stderr);
        assert!(line.starts_with("eqt: ") && line.lines().count() == 1, "{signature:?}: {line}");
        assert!(!line.contains('\u{1b}') && !line.contains("panicked"), "{line}");
    }
}

#[test]
fn names_in_other_scripts_are_read_or_refused_but_never_a_defect() {
    for signature in [
        "O(3): \u{e4}: R^3 -> R",
        "O(3): \u{3b1}: R^3 -> R",
        "O(\u{3b4}): R^\u{3b4} -> R",
        "O(3): \u{8b8a}: R^3 -> R^3",
        "O(3): a\u{301}: R^3 -> R",
        "O(3): fn: R^3 -> R",
        "O(3): self: R^3 -> R",
        "O(3): gen: R^3 -> R",
        "O(3): r#fn: R^3 -> R",
        "O(3): _: R^3 -> R",
        "O(3): __: R^3 -> R",
        "O(fn): R^fn -> R",
        "O(d): d: R^d -> R",
        "S(n): n: R^n -> R^n",
    ] {
        for command in COMMANDS {
            behaves(&[command, signature, "--degree", "2"]);
        }
        for format in ["json", "latex", "dot", "svg"] {
            behaves(&["basis", signature, "--degree", "2", "--format", format]);
        }
    }
}

#[test]
fn numbers_of_every_size_for_every_option_end_in_an_answer_or_one_line() {
    let numbers = [
        "0",
        "1",
        "00",
        "+1",
        "-0",
        "-1",
        "255",
        "256",
        "65535",
        "65536",
        "4294967295",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1e3",
        "1.0",
        "0x10",
        "1_000",
        "",
        " 1",
        "NaN",
        "inf",
        "\u{663}",
    ];
    for number in numbers {
        behaves(&["basis", VECTOR, "--degree", number]);
        behaves(&["count", VECTOR, "--degree", &format!("{number}..{number}")]);
        behaves(&["basis", VECTOR, "--degree", "2", "--limit", number]);
        behaves(&["basis", "O(d) * S(n): (R^d)^n -> R", "--degree", "2", "--labels", number]);
        behaves(&["basis", VECTOR, "--degree", "2", "--set", &format!("d={number}")]);
        behaves(&["program", VECTOR, "--degree", "2", "--at", &format!("d={number}"), "--gradient"]);
        behaves(&["basis", VECTOR, "--degree", "2", "--at", &format!("d={number}"), "--format", "json"]);
        behaves(&["emit", VECTOR, "--degree", "2", "--name", number]);
    }
    for range in [
        "..",
        "..2",
        "2..",
        "1...3",
        "1..=3",
        "3..1",
        "1..2..3",
        "a..b",
        "1 .. 2",
        "-1..2",
        "0..18446744073709551615",
    ] {
        behaves(&["basis", VECTOR, "--degree", range]);
    }
}

#[test]
fn costs_and_texts_without_bound_are_printed() {
    for arguments in [
        &["basis", "O(2): -> Sym^32(R^2) (x) Sym^32(R^2) (x) Sym^2(R^2)", "--degree", "0"][..],
        &["program", "O(d) * S(n): (R^d)^n -> S^d", "--degree", "4", "--at", "d=4294967295,n=4294967295"],
        // A sum of some hundred thousand letters.
        &["program", "O(d): a: R^d, b: R^d, c: R^d, e: R^d -> S^d", "--degree", "8", "--combine"],
        &["emit", "O(4000000000): P: Sym0^8(R^4000000000) -> Sym0^8(R^4000000000)", "--degree", "1"],
        &["check", "S(1): P: Sym^32(R^1) -> Sym^32(R^1)", "--degree", "1"],
    ] {
        behaves(arguments);
    }
}

#[test]
fn the_size_zero_is_a_size() {
    for (signature, zero) in [
        (VECTOR, "d=0"),
        ("O(d) * S(n): a: (R^d)^n -> S^d", "d=0"),
        ("O(d) * S(n): a: (R^d)^n -> S^d", "n=0"),
        ("O(d): a: (R^d)^n -> S^d", "d=0,n=0"),
        ("Sp(d): a: R^d -> S^d", "d=0"),
        ("O(d): A: S^d -> Sym0^2(R^d)", "d=0"),
        ("S(n): A: T^2(R^n) -> R^n", "n=0"),
    ] {
        for command in ["basis", "program", "check", "emit"] {
            behaves(&[command, signature, "--degree", "2", "--at", zero]);
        }
        behaves(&["program", signature, "--degree", "2", "--at", zero, "--gradient", "--format", "json"]);
        behaves(&["basis", signature, "--degree", "2", "--set", zero]);
    }
}

#[test]
fn sizes_are_assigned_to_symbols_once_and_by_name() {
    for at in [
        "",
        "=",
        "d",
        "d=",
        "=3",
        "d==3",
        "d=3=4",
        "d=3,",
        ",d=3",
        "d=3;n=4",
        "d 3",
        "d:3",
        "D=3",
        "\u{3b4}=3",
        "d=3,d=3",
    ] {
        for option in ["--at", "--set"] {
            mistake(&["basis", VECTOR, "--degree", "2", option, at]);
        }
    }
    success(&["basis", VECTOR, "--degree", "2", "--at", " d = 3 "]);
}

#[test]
fn files_that_cannot_be_written_are_named_before_anything_is_worked_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("UTF-8");
    let missing = format!("{path}/missing/file");
    // A question that would take minutes.
    let long = ["basis", "O(d) * S(n): (R^d)^n -> S^d", "--degree", "12"];
    for bad in [&missing, path, ""] {
        let arguments = [&long[..], &["-o", bad]].concat();
        let begun = Instant::now();
        let line = mistake(&arguments);
        assert!(begun.elapsed() < PATIENCE && (bad.is_empty() || line.contains(bad)), "{line}");
    }
    let file = folder.path().join("file");
    fs::write(&file, "x").expect("written");
    mistake(&["count", VECTOR, "--degree", "2", "-o", &format!("{path}/file/below")]);
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1, "nothing is left beside");
}

#[test]
fn a_file_is_replaced_as_a_whole_and_stays_what_it_was_if_there_is_no_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("count.txt");
    let name = file.to_str().expect("UTF-8");
    fs::write(&file, "before").expect("written");
    mistake(&["count", "O(d): R^d -> Q", "--degree", "2", "-o", name]);
    assert_eq!(fs::read_to_string(&file).expect("read"), "before");
    success(&["count", VECTOR, "--degree", "2", "-o", name]);
    assert_eq!(fs::read_to_string(&file).expect("read"), success(&["count", VECTOR, "--degree", "2"]));
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1, "nothing is left beside");
}

#[cfg(unix)]
#[test]
fn links_devices_and_permissions_stay_what_they_are() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    let folder = tempfile::tempdir().expect("a folder");
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "before").expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("permissions");
    symlink(&file, &link).expect("a link");
    success(&["count", VECTOR, "--degree", "2", "-o", link.to_str().expect("UTF-8")]);
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert!(fs::read_to_string(&file).expect("read").starts_with("O(d)"));
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o640);
    success(&["count", VECTOR, "--degree", "2", "-o", "/dev/null"]);
    assert!(fs::metadata("/dev/null").expect("a device").file_type().is_char_device());
    let dangling = folder.path().join("dangling");
    symlink(folder.path().join("target"), &dangling).expect("a link");
    success(&["count", VECTOR, "--degree", "2", "-o", dangling.to_str().expect("UTF-8")]);
    assert!(fs::symlink_metadata(&dangling).expect("a link").is_symlink());
    assert!(folder.path().join("target").is_file());
}

#[cfg(unix)]
#[test]
fn a_closed_standard_output_is_no_defect() {
    for arguments in [
        &["basis", "O(d)*S(n): (R^d)^n -> S^d", "--degree", "8"][..],
        &["basis", "O(d)*S(n): (R^d)^n -> S^d", "--degree", "4", "--format", "svg"],
        &["--help"],
        &["completions", "bash"],
    ] {
        // As `eqt .. | head -1` does.
        let mut child = spawn(arguments);
        let mut first = [0_u8; 1];
        child.stdout.take().expect("a pipe").read_exact(&mut first).expect("a byte");
        let status = ends(&mut child, arguments);
        let mut errors = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("UTF-8");
        assert_eq!((status.code(), errors.as_str()), (Some(0), ""), "{arguments:?}");
    }
    // As `eqt .. >&-` does.
    let closed = Command::new("sh")
        .args(["-c", "exec \"$0\" count 'O(3): R^3 -> R' --degree 2 >&-", env!("CARGO_BIN_EXE_eqt")])
        .output()
        .expect("sh runs");
    assert!(matches!(closed.status.code(), Some(0 | 2)), "{closed:?}");
    assert!(!text(&closed.stderr).contains("panicked"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_one_line() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let output = Command::new(env!("CARGO_BIN_EXE_eqt"))
        .args(["count", VECTOR, "--degree", "2"])
        .stdout(full)
        .output()
        .expect("eqt runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr).lines().count(), 1);
}

#[cfg(unix)]
#[test]
fn an_interrupted_command_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("program.txt");
    let arguments = [
        "program",
        "O(d) * S(n): (R^d)^n -> S^d",
        "--degree",
        "8",
        "--gradient",
        "-o",
        file.to_str().expect("UTF-8"),
    ];
    let mut child = spawn(&arguments);
    thread::sleep(Duration::from_millis(700));
    let interrupted =
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(interrupted.success());
    let status = ends(&mut child, &arguments);
    let mut errors = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("UTF-8");
    assert_eq!((status.code(), errors.as_str()), (Some(130), ""));
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 0);
}
