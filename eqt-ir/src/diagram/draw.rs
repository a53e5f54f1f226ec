//! Diagrams as pictures: Graphviz DOT, and self-contained SVG.

use std::fmt::Write;

use super::graph::{Graph, Node};
use crate::signature::Signature;

fn caption(signature: &Signature, node: Node) -> String {
    match node {
        Node::Output => "out".to_owned(),
        Node::Input(input) => signature.inputs[usize::from(input)].name.clone(),
        Node::Coefficient(_) => "c".to_owned(),
        Node::Cotangent => "dh".to_owned(),
        Node::Epsilon(_) => "eps".to_owned(),
        Node::Spider(axis) | Node::Leg(axis) => signature.axis(axis).dimension.to_string(),
    }
}

/// A graph in the DOT language of Graphviz. Labels are boxes, occurrences ellipses, the output a double circle.
pub fn dot(signature: &Signature, graph: &Graph, name: &str) -> String {
    let mut text = format!("graph \"{}\" {{\n  layout=neato; overlap=false;\n", name.escape_default());
    for (index, &node) in graph.nodes.iter().enumerate() {
        let shape = match node {
            Node::Output => "doublecircle",
            Node::Spider(_) => "box",
            Node::Epsilon(_) => "triangle",
            Node::Leg(_) => "plaintext",
            _ => "ellipse",
        };
        let _ = writeln!(text, "  v{index} [label=\"{}\", shape={shape}];", caption(signature, node).escape_default());
    }
    for wire in &graph.wires {
        let _ = writeln!(text, "  v{} -- v{};", wire.from.node, wire.to.node);
    }
    text.push_str("}\n");
    text
}

const WIDTH: f64 = 260.0;
const RADIUS: f64 = 90.0;

/// One panel per graph, nodes on a circle, each with its formula below.
pub fn svg(signature: &Signature, graphs: &[(String, &Graph)]) -> String {
    let columns = graphs.len().clamp(1, 4);
    let rows = graphs.len().div_ceil(columns).max(1);
    let (width, height) = (WIDTH * columns as f64, (WIDTH + 20.0) * rows as f64);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"13\" text-anchor=\"middle\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (panel, (formula, graph)) in graphs.iter().enumerate() {
        let left = WIDTH * (panel % columns) as f64;
        let top = (WIDTH + 20.0) * (panel / columns) as f64;
        draw_panel(&mut text, signature, graph, left + WIDTH / 2.0, top + WIDTH / 2.0 - 8.0);
        let escaped = formula.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let size = if escaped.len() > 36 { 9 } else { 12 };
        let _ = writeln!(
            text,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\">{escaped}</text>",
            left + WIDTH / 2.0,
            top + WIDTH + 4.0
        );
    }
    text.push_str("</svg>\n");
    text
}

fn draw_panel(text: &mut String, signature: &Signature, graph: &Graph, x: f64, y: f64) {
    let count = graph.nodes.len().max(1) as f64;
    let place = |node: u8| {
        let angle = std::f64::consts::TAU * f64::from(node) / count - std::f64::consts::FRAC_PI_2;
        (x + RADIUS * angle.cos(), y + RADIUS * angle.sin())
    };
    for (position, wire) in graph.wires.iter().enumerate() {
        let (from, to) = (place(wire.from.node), place(wire.to.node));
        // Parallel wires are bent by different amounts; a loop leaves and returns outside the circle.
        let parallel = graph.wires[..position]
            .iter()
            .filter(|other| {
                let ends = |w: &super::graph::Wire| {
                    (w.from.node.min(w.to.node), w.from.node.max(w.to.node))
                };
                ends(other) == ends(wire)
            })
            .count() as f64;
        if wire.from.node == wire.to.node {
            let out = 1.35 + 0.15 * parallel;
            let (cx, cy) = (x + (from.0 - x) * out, y + (from.1 - y) * out);
            let _ = writeln!(
                text,
                "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"16\" fill=\"none\" stroke=\"#555\"/>"
            );
            continue;
        }
        let bend = 22.0 * parallel;
        let (mx, my) = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt().max(1.0);
        let _ = writeln!(
            text,
            "<path d=\"M {:.1} {:.1} Q {:.1} {:.1} {:.1} {:.1}\" fill=\"none\" stroke=\"#555\"/>",
            from.0,
            from.1,
            mx - bend * dy / length,
            my + bend * dx / length,
            to.0,
            to.1
        );
    }
    for (index, &node) in graph.nodes.iter().enumerate() {
        let (cx, cy) = place(index as u8);
        let _ = match node {
            Node::Spider(_) => writeln!(
                text,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"20\" height=\"20\" fill=\"#ffd9a0\" stroke=\"#555\"/>",
                cx - 10.0,
                cy - 10.0
            ),
            _ => writeln!(
                text,
                "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"14\" fill=\"{}\" stroke=\"#555\"/>",
                if node == Node::Output { "#cfe8ff" } else { "#eeeeee" }
            ),
        };
        let _ = writeln!(text, "<text x=\"{cx:.1}\" y=\"{:.1}\">{}</text>", cy + 4.5, caption(signature, node));
    }
}
