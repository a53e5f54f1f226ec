//! Pictures: what is drawn is what there is.

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use support::success;

const SPECTRAL: &str = "O(d) * S(n): a: (R^d)^n -> S^d";
const SYMPLECTIC: &str = "Sp(4): a: R^4, B: S^4 -> R^4";

fn picture(signature: &str, options: &[&str], format: &str) -> String {
    success(&[&["basis", signature], options, &["--format", format]].concat())
}

/// The names of the elements of an XML document, closed ones in order.
fn assert_well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().expect("a name");
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name), "{svg}"),
            (false, true) => {}
            (false, false) => open.push(name),
        }
    }
    assert!(open.is_empty());
    let text: String = svg.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    assert!(!text.contains('>'));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn an_svg_has_a_title_and_every_member_with_its_name_and_formula() {
    let svg = picture(SPECTRAL, &["--degree", "4"], "svg");
    assert_well_formed(&svg);
    assert_eq!(svg, picture(SPECTRAL, &["--degree", "4"], "svg"));
    assert!(svg.contains("O(d) * S(n): a: (R^d)^n -&gt; S^d, degree &lt;= 4"));
    for member in 0..21 {
        assert_eq!(svg.matches(&format!(">T_{member}<")).count(), 1);
    }
    assert_eq!(svg.matches("delta^pq").count(), 10);
}

#[test]
fn invariants_and_generators_stand_apart_under_titles() {
    let svg = picture("O(3): A: S^3 -> S^3", &["--generators"], "svg");
    assert_well_formed(&svg);
    let at = |text: &str| svg.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at(">invariants<") < at(">I_0<") && at(">I_0<") < at(">generators<"));
    assert!(at(">generators<") < at(">T_0<"));
    // An invariant has no output to be drawn.
    let of_invariants = &svg[at(">invariants<")..at(">generators<")];
    assert!(!of_invariants.contains(">out<") && svg[at(">generators<")..].contains(">out<"));
    let scalar = picture("O(d): a: R^d -> R", &["--degree", "2"], "svg");
    assert!(!scalar.contains(">out<"), "{scalar}");
    let dot = picture("O(3): A: S^3 -> S^3", &["--generators"], "dot");
    assert!(dot.contains("label=\"invariants\"") && dot.contains("label=\"generators\""));
}

#[test]
fn arrows_are_drawn_where_the_direction_matters_and_nowhere_else() {
    let arrows =
        |signature: &str| picture(signature, &["--degree", "3"], "svg").matches("stroke=\"none\"").count();
    // a B, a B B, and B B: one, two and two wires that carry omega.
    assert_eq!(arrows(SYMPLECTIC), 5);
    assert_eq!(arrows("O(4): a: R^4, B: S^4 -> R^4"), 0);
    let dot = picture(SYMPLECTIC, &["--degree", "3"], "dot");
    assert_eq!(dot.matches("dir=forward").count(), 5);
    assert!(picture(SYMPLECTIC, &["--degree", "3"], "svg").contains("x omega y"));
}

#[test]
fn free_labels_are_drawn_unlike_summed_ones() {
    let free = picture("O(d): a: (R^d)^n -> S^d", &["--degree", "2"], "svg");
    let summed = picture(SPECTRAL, &["--degree", "2"], "svg");
    assert!(free.contains("#e6d5f5") && !free.contains("#ffe3b8"));
    assert!(summed.contains("#ffe3b8") && !summed.contains("#e6d5f5"));
    assert!(free.contains("a free label") && summed.contains("summed over"));
    let dot = |signature: &str| picture(signature, &["--degree", "2"], "dot");
    assert!(
        dot("O(d): a: (R^d)^n -> S^d").contains("peripheries=2") && !dot(SPECTRAL).contains("peripheries")
    );
}

#[test]
fn a_basis_is_one_graph_with_a_frame_per_member() {
    for (signature, degree, members) in [(SPECTRAL, "4", 21), (SYMPLECTIC, "3", 4), ("1: x: R -> R", "3", 4)]
    {
        let dot = picture(signature, &["--degree", degree], "dot");
        assert_eq!(dot.matches("graph \"").count(), 1);
        assert_eq!(dot.matches("subgraph cluster_").count(), members, "{dot}");
        assert_eq!(dot.matches('{').count(), dot.matches('}').count());
    }
}

/// Width and height in pixels as Graphviz draws a graph; nothing without Graphviz.
fn drawn(dot: &str) -> Option<(f64, f64)> {
    let child = Command::new("dot").arg("-Tplain").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: there is no Graphviz to draw with");
        return None;
    };
    child.stdin.take().expect("a pipe").write_all(dot.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("dot ends");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let numbers: Vec<f64> = text
        .lines()
        .next()
        .expect("a line")
        .split(' ')
        .skip(2)
        .map(|word| word.parse().expect("a number"))
        .collect();
    // Inches, at 96 pixels.
    Some((96.0 * numbers[0], 96.0 * numbers[1]))
}

#[test]
fn graphviz_draws_graphs_that_fit_on_a_screen() {
    let program = success(&["program", SPECTRAL, "--degree", "4", "--format", "dot"]);
    let basis = picture(SPECTRAL, &["--degree", "4"], "dot");
    let generators = success(&["program", "O(3): A: S^3 -> S^3", "--generators", "--format", "dot"]);
    assert_eq!(generators.matches("digraph").count(), 1);
    for dot in [program, basis, generators] {
        if let Some((width, height)) = drawn(&dot) {
            assert!(width < 2_000.0 && height < 2_000.0, "{width} x {height}");
        }
    }
}

#[test]
fn names_with_marks_of_the_language_are_escaped() {
    // No name of an input can hold one, but titles and formulas hold `<`, `>` and `&`-like text.
    let svg = picture("O(d) * S(n): (R^d)^n -> R", &["--degree", "2"], "svg");
    assert_well_formed(&svg);
    assert!(svg.contains("&lt;x_i, x_j&gt;"));
}
