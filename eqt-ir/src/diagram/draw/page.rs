//! The page of an SVG picture: panels in rows, under titles.

use std::fmt::Write;

use super::super::NodeId;
use super::{
    Drawn, Graph, Layout, Node, Point, Section, Shapes, Signature, caption, components, is_free,
    is_lone_output, layout,
};

/// The size of a panel, and of the drawing in it; in pixels.
const PANEL: Point = (240.0, 232.0);
const DRAWING: Point = (224.0, 176.0);
/// Where the drawing begins in its panel, below the name.
const TOP: f64 = 20.0;
/// The longest edge.
const EDGE: f64 = 56.0;
/// Half the height of a node.
const RADIUS: f64 = 12.0;
/// The height of the title, and of the title of a section.
const TITLE: f64 = 34.0;
const SECTION: f64 = 30.0;
/// Panels in a row.
const COLUMNS: usize = 4;

const LABEL: &str = "#ffe3b8";
const FREE_LABEL: &str = "#e6d5f5";

/// One panel per diagram with its name and its formula, four in a row; sections one below the other, with titles if
/// there are several.
pub fn svg(signature: &Signature, title: &str, sections: &[Section<'_>]) -> String {
    let shapes = Shapes::new(signature);
    let heading = if sections.len() > 1 { SECTION } else { 0.0 };
    let columns = sections.iter().map(|section| section.members.len()).max().unwrap_or(1).clamp(2, COLUMNS);
    let rows = |section: &Section<'_>| section.members.len().div_ceil(columns);
    let width = PANEL.0 * columns as f64;
    let height = TITLE + sections.iter().map(|section| heading + PANEL.1 * rows(section) as f64).sum::<f64>();
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"12\" text-anchor=\"middle\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let caption = [title.to_owned(), legend(&shapes, sections)].join("   ");
    let size = fitting(&caption, width - 16.0, 14.0);
    line(&mut text, (8.0, 22.0), size, "text-anchor=\"start\"", caption.trim_end());
    let mut y = TITLE;
    for section in sections {
        if sections.len() > 1 {
            let size = fitting(&section.title, width - 16.0, 14.0);
            line(
                &mut text,
                (8.0, y + 20.0),
                size,
                "text-anchor=\"start\" font-weight=\"bold\"",
                &section.title,
            );
            y += heading;
        }
        for (panel, drawn) in section.members.iter().enumerate() {
            let corner = (PANEL.0 * (panel % columns) as f64, y + PANEL.1 * (panel / columns) as f64);
            draw_panel(&mut text, signature, &shapes, drawn, corner);
        }
        y += PANEL.1 * rows(section) as f64;
    }
    text.push_str("</svg>\n");
    text
}

/// What the shapes mean that not every picture has.
fn legend(shapes: &Shapes, sections: &[Section<'_>]) -> String {
    let graphs = || sections.iter().flat_map(|section| &section.members).map(|drawn| drawn.graph);
    let nodes = || graphs().flat_map(|graph| graph.nodes.iter().copied());
    let mut entries: Vec<&str> = Vec::new();
    if nodes().any(|node| matches!(node, Node::Spider(_)) && !is_free(shapes, node)) {
        entries.push("box: a label, summed over");
    }
    if nodes().any(|node| is_free(shapes, node)) {
        entries.push("double box: a free label");
    }
    if graphs().any(|graph| graph.wires.iter().any(|wire| shapes.is_oriented(graph, wire))) {
        entries.push("x \u{2192} y: x omega y");
    }
    if entries.is_empty() { String::new() } else { format!("({})", entries.join(", ")) }
}

/// The size at which a line is at most so wide: a letter is about half as wide as it is high.
fn fitting(text: &str, width: f64, largest: f64) -> f64 {
    (width / (0.52 * text.chars().count().max(1) as f64)).min(largest)
}

fn line(text: &mut String, (x, y): Point, size: f64, attributes: &str, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        text,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size:.1}\" {attributes}>{content}</text>"
    );
}

fn draw_panel(text: &mut String, signature: &Signature, shapes: &Shapes, drawn: &Drawn<'_>, (x, y): Point) {
    let _ = writeln!(
        text,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"none\" stroke=\"#ddd\"/>",
        x + 2.0,
        y + 2.0,
        PANEL.0 - 4.0,
        PANEL.1 - 4.0,
    );
    line(text, (x + 8.0, y + 16.0), 11.0, "text-anchor=\"start\" fill=\"#666\"", &drawn.name);
    draw_graph(text, signature, shapes, drawn.graph, (x + PANEL.0 / 2.0, y + TOP + DRAWING.1 / 2.0));
    let size = fitting(&drawn.formula, DRAWING.0, 13.0);
    line(text, (x + PANEL.0 / 2.0, y + TOP + DRAWING.1 + 20.0), size, "", &drawn.formula);
}

fn draw_graph(text: &mut String, signature: &Signature, shapes: &Shapes, graph: &Graph, (x, y): Point) {
    let edges: Vec<(usize, usize)> =
        graph.wires.iter().map(|wire| (wire.from.node.index(), wire.to.node.index())).collect();
    let parts: Vec<Vec<usize>> = components(graph)
        .into_iter()
        .map(|nodes| nodes.into_iter().map(NodeId::index).collect::<Vec<usize>>())
        .filter(|nodes| !nodes.iter().all(|&node| is_lone_output(graph, node)))
        .collect();
    let head = graph.nodes.iter().position(|&node| node == Node::Output);
    let mut plan = layout(graph.nodes.len(), &edges, &parts, head, DRAWING.0 / DRAWING.1);
    let scale = (DRAWING.0 / plan.size.0).min(DRAWING.1 / plan.size.1).min(EDGE);
    for place in &mut plan.places {
        *place = (x + scale * (place.0 - plan.size.0 / 2.0), y + scale * (place.1 - plan.size.1 / 2.0));
    }
    for position in 0..edges.len() {
        draw_wire(text, shapes, graph, &plan, &edges, position);
    }
    for (index, (&node, &(cx, cy))) in graph.nodes.iter().zip(&plan.places).enumerate() {
        if is_lone_output(graph, index) {
            continue;
        }
        let caption = caption(signature, node);
        // Long names become wider first, then smaller.
        let letters = caption.chars().count() as f64;
        let half = (4.0 * letters - 1.0).clamp(RADIUS, 2.0 * RADIUS);
        let size = (2.0 * half / (0.6 * letters)).min(12.0);
        let (fill, corner) = match node {
            Node::Output => ("#cfe8ff", RADIUS),
            Node::Spider(_) if is_free(shapes, node) => (FREE_LABEL, 2.0),
            Node::Spider(_) => (LABEL, 2.0),
            Node::Epsilon(_) => ("#d9f2d0", RADIUS),
            _ => ("#eeeeee", RADIUS),
        };
        if is_free(shapes, node) {
            let _ = write!(
                text,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"white\" stroke=\"#444\"/>",
                cx - half - 3.0,
                cy - RADIUS - 3.0,
                2.0 * half + 6.0,
                2.0 * RADIUS + 6.0,
            );
        }
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
fn draw_wire(
    text: &mut String,
    shapes: &Shapes,
    graph: &Graph,
    plan: &Layout,
    edges: &[(usize, usize)],
    position: usize,
) {
    let (from, to) = edges[position];
    let pair = |&(a, b): &(usize, usize)| (a.min(b), a.max(b));
    let is_parallel = |other: &&(usize, usize)| pair(other) == pair(&(from, to));
    let before = edges[..position].iter().filter(is_parallel).count() as f64;
    let all = edges.iter().filter(is_parallel).count() as f64;
    let oriented = shapes.is_oriented(graph, &graph.wires[position]);
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
        if oriented {
            draw_arrow(text, (cx + 0.75 * out * dx, cy + 0.75 * out * dy), (dy, -dx));
        }
        return;
    }
    // Seen from the same end whatever the direction of the wire.
    let ((ax, ay), (bx, by)) = (plan.places[from.min(to)], plan.places[from.max(to)]);
    let (dx, dy) = (bx - ax, by - ay);
    let length = (dx * dx + dy * dy).sqrt().max(1.0);
    let bend = 22.0 * (before - (all - 1.0) / 2.0) / length;
    let (mx, my) = ((ax + bx) / 2.0 - bend * dy, (ay + by) / 2.0 + bend * dx);
    let _ = writeln!(
        text,
        "<path d=\"M {ax:.1} {ay:.1} Q {mx:.1} {my:.1} {bx:.1} {by:.1}\" fill=\"none\" {style}/>"
    );
    if oriented {
        let towards = if from < to { length } else { -length };
        let middle = ((ax + bx) / 4.0 + mx / 2.0, (ay + by) / 4.0 + my / 2.0);
        draw_arrow(text, middle, (dx / towards, dy / towards));
    }
}

/// A head in the middle of a wire; the direction has length 1.
fn draw_arrow(text: &mut String, (x, y): Point, (dx, dy): Point) {
    const SIZE: f64 = 6.0;
    let corner = |along: f64, across: f64| {
        format!("{:.1} {:.1}", x + SIZE * (along * dx - across * dy), y + SIZE * (along * dy + across * dx))
    };
    let _ = writeln!(
        text,
        "<path d=\"M {} L {} L {} Z\" fill=\"#444\" stroke=\"none\"/>",
        corner(1.0, 0.0),
        corner(-0.8, 0.8),
        corner(-0.8, -0.8)
    );
}
