//! Diagrams as pictures: Graphviz DOT, and self-contained SVG.

use std::fmt::Write;

use super::NodeId;
use super::components;
use super::graph::{Graph, Node};
use crate::signature::Signature;

mod layout;

use layout::{Layout, Point, layout};

fn caption(signature: &Signature, node: Node) -> String {
    match node {
        Node::Output | Node::Frame => "out".to_owned(),
        Node::Input(input) => signature.inputs[input.index()].name.clone(),
        Node::Coefficient(_) => "c".to_owned(),
        Node::Cotangent => "dh".to_owned(),
        Node::Epsilon(_) => "eps".to_owned(),
        Node::Delta(_) => "delta".to_owned(),
        Node::Ones(_) => "1".to_owned(),
        Node::Spider(axis) | Node::Leg(axis) => signature.axis(axis).dimension.to_string(),
    }
}

/// A graph in the DOT language of Graphviz. Labels are boxes on dashed wires, occurrences ellipses, the
/// output a double circle.
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
        let _ = writeln!(
            text,
            "  v{index} [label=\"{}\", shape={shape}];",
            caption(signature, node).escape_default()
        );
    }
    for wire in &graph.wires {
        let (from, to) = (wire.from.node, wire.to.node);
        let style = if graph.is_label_wire(wire) { " [style=dashed]" } else { "" };
        let _ = writeln!(text, "  {from} -- {to}{style};");
    }
    text.push_str("}\n");
    text
}

/// The size of a panel, and of the drawing in it; in pixels.
const PANEL: Point = (240.0, 220.0);
const DRAWING: Point = (224.0, 176.0);
/// The longest edge.
const EDGE: f64 = 56.0;
/// Half the height of a node.
const RADIUS: f64 = 12.0;

/// One panel per graph, each with its formula below. Labels are boxes on dashed wires.
pub fn svg(signature: &Signature, graphs: &[(String, &Graph)]) -> String {
    let columns = graphs.len().clamp(1, 4);
    let rows = graphs.len().div_ceil(columns).max(1);
    let (width, height) = (PANEL.0 * columns as f64, PANEL.1 * rows as f64);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"12\" text-anchor=\"middle\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (panel, (formula, graph)) in graphs.iter().enumerate() {
        let corner = (PANEL.0 * (panel % columns) as f64, PANEL.1 * (panel / columns) as f64);
        draw_panel(&mut text, signature, graph, (corner.0 + PANEL.0 / 2.0, corner.1 + 8.0 + DRAWING.1 / 2.0));
        let escaped = formula.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        // A letter is about half as wide as it is high.
        let size = (DRAWING.0 / (0.52 * formula.chars().count().max(1) as f64)).min(13.0);
        let (x, y) = (corner.0 + PANEL.0 / 2.0, corner.1 + DRAWING.1 + 28.0);
        let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size:.1}\">{escaped}</text>");
    }
    text.push_str("</svg>\n");
    text
}

fn draw_panel(text: &mut String, signature: &Signature, graph: &Graph, (x, y): Point) {
    let edges: Vec<(usize, usize)> =
        graph.wires.iter().map(|wire| (wire.from.node.index(), wire.to.node.index())).collect();
    let parts: Vec<Vec<usize>> =
        components(graph).into_iter().map(|nodes| nodes.into_iter().map(NodeId::index).collect()).collect();
    let head = graph.nodes.iter().position(|&node| node == Node::Output);
    let mut plan = layout(graph.nodes.len(), &edges, &parts, head, DRAWING.0 / DRAWING.1);
    let scale = (DRAWING.0 / plan.size.0).min(DRAWING.1 / plan.size.1).min(EDGE);
    for place in &mut plan.places {
        *place = (x + scale * (place.0 - plan.size.0 / 2.0), y + scale * (place.1 - plan.size.1 / 2.0));
    }
    for position in 0..edges.len() {
        draw_wire(text, graph, &plan, &edges, position);
    }
    for (&node, &(cx, cy)) in graph.nodes.iter().zip(&plan.places) {
        let caption = caption(signature, node);
        // Long names become wider first, then smaller.
        let letters = caption.chars().count() as f64;
        let half = (4.0 * letters - 1.0).clamp(RADIUS, 2.0 * RADIUS);
        let size = (2.0 * half / (0.6 * letters)).min(12.0);
        let (fill, corner) = match node {
            Node::Output => ("#cfe8ff", RADIUS),
            Node::Spider(_) => ("#ffe3b8", 2.0),
            Node::Epsilon(_) => ("#d9f2d0", RADIUS),
            _ => ("#eeeeee", RADIUS),
        };
        let _ = writeln!(
            text,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{corner}\" fill=\"{fill}\" \
             stroke=\"#444\"/><text x=\"{cx:.1}\" y=\"{:.1}\" font-size=\"{size:.1}\">{caption}</text>",
            cx - half,
            cy - RADIUS,
            2.0 * half,
            2.0 * RADIUS,
            cy + 4.0,
        );
    }
}

/// Parallel wires are bent by different amounts to both sides; loops leave outwards and become longer one by one.
fn draw_wire(text: &mut String, graph: &Graph, plan: &Layout, edges: &[(usize, usize)], position: usize) {
    let (from, to) = edges[position];
    let pair = |&(a, b): &(usize, usize)| (a.min(b), a.max(b));
    let is_parallel = |other: &&(usize, usize)| pair(other) == pair(&(from, to));
    let before = edges[..position].iter().filter(is_parallel).count() as f64;
    let all = edges.iter().filter(is_parallel).count() as f64;
    let style = if graph.is_label_wire(&graph.wires[position]) {
        "stroke=\"#b9770e\" stroke-dasharray=\"3 3\""
    } else {
        "stroke=\"#444\" stroke-width=\"1.4\""
    };
    if from == to {
        let ((cx, cy), (dx, dy)) = (plan.places[from], plan.outwards[from]);
        let (out, wide) = (44.0 + 12.0 * before, 22.0 + 8.0 * before);
        let (tip, side) = ((cx + out * dx, cy + out * dy), (-wide * dy, wide * dx));
        let _ = writeln!(
            text,
            "<path d=\"M {cx:.1} {cy:.1} C {:.1} {:.1} {:.1} {:.1} {cx:.1} {cy:.1}\" fill=\"none\" {style}/>",
            tip.0 + side.0,
            tip.1 + side.1,
            tip.0 - side.0,
            tip.1 - side.1,
        );
        return;
    }
    // Seen from the same end whatever the direction of the wire.
    let ((ax, ay), (bx, by)) = (plan.places[from.min(to)], plan.places[from.max(to)]);
    let (dx, dy) = (bx - ax, by - ay);
    let bend = 22.0 * (before - (all - 1.0) / 2.0) / (dx * dx + dy * dy).sqrt().max(1.0);
    let _ = writeln!(
        text,
        "<path d=\"M {ax:.1} {ay:.1} Q {:.1} {:.1} {bx:.1} {by:.1}\" fill=\"none\" {style}/>",
        (ax + bx) / 2.0 - bend * dy,
        (ay + by) / 2.0 + bend * dx,
    );
}
