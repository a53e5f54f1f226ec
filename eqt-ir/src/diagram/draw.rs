//! Diagrams as pictures: Graphviz DOT, and self-contained SVG.
//!
//! In both, ellipses are occurrences of inputs and the output, triangles or green shapes epsilons, and boxes on dashed
//! wires labels: a plain box is summed over, a double one is free. An arrow tells in which direction an antisymmetric
//! form is read, `x^a omega_ab y^b` from x to y. An output without slots is not drawn.

use std::fmt::Write;

use super::components;
use super::graph::{Graph, Node, Shapes, Wire};
use crate::signature::Signature;

mod layout;
mod page;

use layout::{Layout, Point, layout};
pub use page::svg;

/// Diagrams under one title.
#[derive(Clone, Debug)]
pub struct Section<'a> {
    /// For instance `invariants`.
    pub title: String,
    /// The diagrams.
    pub members: Vec<Drawn<'a>>,
}

/// A diagram with what is written beside it.
#[derive(Clone, Debug)]
pub struct Drawn<'a> {
    /// Its name, for instance `T_3`.
    pub name: String,
    /// Its formula.
    pub formula: String,
    /// What is drawn.
    pub graph: &'a Graph,
}

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

/// Whether a node is an output that nothing is wired to.
fn is_lone_output(graph: &Graph, node: usize) -> bool {
    let of_wire = |wire: &Wire| wire.from.node.index() == node || wire.to.node.index() == node;
    graph.nodes[node] == Node::Output && !graph.wires.iter().any(of_wire)
}

/// Whether a node is a label that the coefficient depends on.
fn is_free(shapes: &Shapes, node: Node) -> bool {
    matches!(node, Node::Spider(axis) if shapes.is_free(axis))
}

/// Frames in a row of a DOT picture.
const COLUMNS: usize = 4;

/// Diagrams as one graph in the DOT language of Graphviz: a frame for each, with its name and its formula, in rows of
/// four, and a frame around each section if there are several.
pub fn dot(signature: &Signature, title: &str, sections: &[Section<'_>]) -> String {
    let shapes = Shapes::new(signature);
    let mut text = format!(
        "graph \"{}\" {{\n  fontsize=12; node [fontsize=11, margin=\"0.05,0.03\", width=0.3, height=0.25];\n",
        escaped(title)
    );
    for (number, section) in sections.iter().enumerate() {
        if sections.len() > 1 {
            let title = escaped(&section.title);
            let _ = writeln!(text, "  subgraph cluster_section{number} {{ label=\"{title}\"; color=black;");
        }
        let node = |member: usize, node: usize| format!("s{number}m{member}v{node}");
        for (member, Drawn { name, formula, graph }) in section.members.iter().enumerate() {
            let (name, formula) = (escaped(name), escaped(formula));
            let _ = writeln!(
                text,
                "  subgraph cluster_s{number}m{member} {{ color=gray; label=\"{name}\\n{formula}\";"
            );
            dot_graph(&mut text, signature, &shapes, graph, |index| node(member, index));
            text.push_str("  }\n");
        }
        // An unseen edge from the lowest node of a frame puts another frame below it.
        for (member, pair) in section.members.windows(COLUMNS + 1).enumerate() {
            let (above, below) = (lowest(pair[0].graph), highest(pair[COLUMNS].graph));
            let (above, below) = (node(member, above), node(member + COLUMNS, below));
            let _ = writeln!(text, "  {above} -- {below} [style=invis];");
        }
        if sections.len() > 1 {
            text.push_str("  }\n");
        }
    }
    text.push_str("}\n");
    text
}

/// A node on the first row of a drawing.
fn highest(graph: &Graph) -> usize {
    usize::from(is_lone_output(graph, 0) && graph.nodes.len() > 1)
}

/// A node on the last row of a drawing, in which wires run downwards.
fn lowest(graph: &Graph) -> usize {
    let mut depth = vec![0_usize; graph.nodes.len()];
    for _ in 0..graph.nodes.len() {
        for wire in graph.wires.iter().filter(|wire| wire.from.node < wire.to.node) {
            let below = depth[wire.from.node.index()] + 1;
            let deepest = &mut depth[wire.to.node.index()];
            *deepest = below.max(*deepest);
        }
    }
    let first = highest(graph);
    (first..depth.len()).max_by_key(|&node| depth[node]).unwrap_or(first)
}

fn dot_graph(
    text: &mut String,
    signature: &Signature,
    shapes: &Shapes,
    graph: &Graph,
    name: impl Fn(usize) -> String,
) {
    for (index, &node) in graph.nodes.iter().enumerate() {
        if is_lone_output(graph, index) {
            if graph.nodes.len() == 1 {
                // The empty product; a frame without a node would not be drawn.
                let _ = writeln!(text, "    {} [label=\"1\", shape=plaintext];", name(index));
            }
            continue;
        }
        let shape = match node {
            Node::Output => "shape=ellipse, style=filled, fillcolor=\"#cfe8ff\"",
            Node::Spider(_) if is_free(shapes, node) => {
                "shape=box, peripheries=2, style=filled, fillcolor=\"#e6d5f5\""
            }
            Node::Spider(_) => "shape=box, style=filled, fillcolor=\"#ffe3b8\"",
            Node::Epsilon(_) => "shape=triangle, margin=0, style=filled, fillcolor=\"#d9f2d0\"",
            Node::Leg(_) => "shape=plaintext",
            _ => "shape=ellipse",
        };
        let label = escaped(&caption(signature, node));
        let _ = writeln!(text, "    {} [label=\"{label}\", {shape}];", name(index));
    }
    for wire in &graph.wires {
        let (from, to) = (name(wire.from.node.index()), name(wire.to.node.index()));
        let style = if graph.is_label_wire(wire) {
            " [style=dashed]"
        } else if shapes.is_oriented(graph, wire) {
            " [dir=forward, arrowsize=0.6]"
        } else {
            ""
        };
        let _ = writeln!(text, "    {from} -- {to}{style};");
    }
}

/// Text between quotation marks.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
