//! `docs/walk.md` is what the stages print. `EQT_WALK=write cargo test -p eqt-codegen --test walk` writes it anew.

use std::fmt::Write;
use std::path::Path;

use eqt_codegen::lower::{Written, lower};
use eqt_codegen::source;
use eqt_ir::basis::{self, Basis, Options};
use eqt_ir::diagram::{Diagram, End, Enumeration, Node, Notation, Style};
use eqt_ir::map::Map;
use eqt_ir::molien;
use eqt_ir::optimise::{Programs, Wanted, compile};
use eqt_ir::program::{Program, RootKind};
use eqt_ir::signature::{AxisId, Block, Layout, Signature, Sizes, parse_signature};

const SIGNATURE: &str = "O(d) * S(n): a: (R^d)^n -> S^d";
const DEGREE: usize = 2;
/// The function of the emitted source that is shown.
const SHOWN: &str = "pub(super) fn value<";

/// The signature with the result of every stage.
struct Walk {
    signature: Signature,
    options: Options,
    basis: Basis,
    sizes: Sizes,
    programs: Programs,
}

impl Walk {
    fn new() -> Walk {
        let signature = parse_signature(SIGNATURE).expect("a signature");
        let options = Options::up_to(DEGREE);
        let basis = Basis::new(&signature, &options).expect("a basis");
        let sizes = Sizes::sample(&signature, &[]);
        let wanted = [Wanted::Combination, Wanted::Gradient];
        let programs = compile(&Map::of_basis(&basis), &wanted, &sizes);
        Walk { signature, options, basis, sizes, programs }
    }

    /// What stands in the block after the comment of this name.
    fn block(&self, name: &str) -> String {
        match name {
            "signature" => self.signature(),
            "diagrams" => self.diagrams(),
            "counts" => self.counts(),
            "basis" => self.members(),
            "program" => self.program(self.compiled(&Wanted::Combination)),
            "gradient" => self.program(self.compiled(&Wanted::Gradient)),
            "nest" => {
                let written = |kind| (kind == RootKind::Combination).then_some(Written::Assigned);
                lower(self.compiled(&Wanted::Combination), &self.programs.map, &written).to_string()
            }
            "rust" => self.rust(),
            other => panic!("docs/walk.md has a block `{other}`, which no stage prints"),
        }
    }

    fn compiled(&self, wanted: &Wanted) -> &Program {
        self.programs.get(wanted).expect("it is compiled")
    }

    fn axis(&self, id: AxisId) -> String {
        self.signature.axis(id).dimension.to_string()
    }

    fn signature(&self) -> String {
        let mut text = format!("{}\n\n", self.signature);
        for id in self.signature.axis_ids() {
            let axis = self.signature.axis(id);
            let kind = if axis.group.is_label() { "labels" } else { "linear indices" };
            let group = axis.group.text(&axis.dimension);
            writeln!(text, "axis {}: dimension {}, {kind}, {group}", id.index(), axis.dimension)
                .expect("text");
        }
        let layout = |layout: &Layout| {
            let slots: Vec<String> = layout.slots.iter().map(|&slot| self.axis(slot)).collect();
            let block =
                |block: &Block| format!("{}..{} {:?}", block.start, block.start + block.rank, block.symmetry);
            let blocks: Vec<String> = layout.blocks.iter().map(block).collect();
            format!("slots [{}], blocks [{}]", slots.join(" "), blocks.join(", "))
        };
        for input in &self.signature.inputs {
            writeln!(text, "input {}: {}", input.name, layout(&input.space.layout())).expect("text");
        }
        writeln!(text, "output: {}", layout(&self.signature.output.layout())).expect("text");
        text
    }

    fn diagrams(&self) -> String {
        let notation = Notation::new(&self.signature, Style::Text);
        let found = Enumeration::new(&self.signature, None, Options::LIMIT).of_degree(DEGREE);
        let mut text = String::new();
        for diagram in found.expect("diagrams") {
            let key = diagram.order_key(&self.signature);
            writeln!(
                text,
                "{}\n  key: degree {}, occurrences {:?}, labels {}, epsilons {}, loops {}, components {}\n  wires: {}",
                notation.member(&diagram),
                key.degree,
                key.occurrences,
                key.labels,
                key.epsilons,
                key.loops,
                key.components,
                self.wires(&diagram),
            )
            .expect("text");
        }
        text
    }

    fn wires(&self, diagram: &Diagram) -> String {
        let nodes = &diagram.graph.nodes;
        let end = |end: End| {
            let same = |node: &Node| *node == diagram.graph[end.node];
            let number = nodes[..end.node.index()].iter().filter(|node| same(node)).count();
            let prime = "'".repeat(number);
            let name = match diagram.graph[end.node] {
                Node::Output => "out".to_owned(),
                Node::Input(input) => format!("{}{prime}", self.signature.inputs[input.index()].name),
                Node::Spider(_) => format!("label{prime}"),
                ref other => format!("{other:?}"),
            };
            format!("{name}.{}", end.slot.index())
        };
        let wires = diagram.graph.wires.iter().map(|wire| format!("{}:{}", end(wire.from), end(wire.to)));
        wires.collect::<Vec<String>>().join("  ")
    }

    fn counts(&self) -> String {
        let mut text = "degree  found  Molien-Weyl  at\n".to_owned();
        for count in basis::count(&self.signature, &self.options).expect("counts") {
            let sizes = basis::stable_sizes(&self.signature, count.degree, None);
            let molien = molien::dimension(&self.signature, &sizes, count.degree).expect("a count");
            let at: Vec<String> = self
                .signature
                .axis_ids()
                .map(|axis| format!("{} = {}", self.axis(axis), sizes.of(axis)))
                .collect();
            writeln!(text, "{:>6}  {:>5}  {molien:>11}  {}", count.degree, count.members, at.join(", "))
                .expect("text");
        }
        text
    }

    fn members(&self) -> String {
        let mut text = String::new();
        let formulas = self.basis.formulas(Style::Text);
        for (index, (element, formula)) in self.basis.elements.iter().zip(formulas).enumerate() {
            writeln!(text, "{index}  degree {}  {formula}", element.degree).expect("text");
        }
        let independent = basis::independence(&self.signature, &self.options);
        writeln!(text, "\nindependent for {independent}\n{}", self.basis.proof().certificate())
            .expect("text");
        text
    }

    fn program(&self, program: &Program) -> String {
        let cost = program.cost();
        let sample: Vec<String> = self
            .signature
            .axis_ids()
            .map(|axis| format!("{} = {}", self.axis(axis), self.sizes.of(axis)))
            .collect();
        let at = cost.at(&self.sizes);
        format!("{program}\n; multiply-adds: {cost}, which is {at} at {}\n", sample.join(", "))
    }

    /// One function of the source, without its comment.
    fn rust(&self) -> String {
        let source = source(SIGNATURE, &self.options, "spectral", &[]).expect("a source");
        let lines: Vec<&str> = source.lines().collect();
        let start = lines.iter().position(|line| line.contains(SHOWN));
        let start = start.unwrap_or_else(|| panic!("no `{SHOWN}` in\n{source}"));
        let indent = lines[start].len() - lines[start].trim_start().len();
        let end = format!("{}}}", " ".repeat(indent));
        let length = lines[start..].iter().position(|line| **line == end).expect("the end of the function");
        let shown = lines[start..=start + length].iter().map(|line| line.get(indent..).unwrap_or(""));
        shown.map(|line| format!("{line}\n")).collect()
    }
}

/// The page with every block after a comment `<!-- name -->` printed anew.
fn rewritten(page: &str, walk: &Walk) -> String {
    let mut text = String::new();
    let mut name = None;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        writeln!(text, "{line}").expect("text");
        if let Some(comment) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) {
            name = Some(comment);
        } else if line.starts_with("```") {
            let name = name.take().unwrap_or_else(|| panic!("a block without a name: {line}"));
            let block = walk.block(name);
            let block: Vec<&str> = block.lines().map(str::trim_end).collect();
            writeln!(text, "{}\n```", block.join("\n").trim_end()).expect("text");
            assert!(lines.by_ref().any(|line| line == "```"), "block `{name}` has no end");
        }
    }
    text
}

#[test]
fn the_walk_is_what_the_stages_print() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/walk.md");
    let page = std::fs::read_to_string(&path).expect("docs/walk.md");
    let expected = rewritten(&page, &Walk::new());
    if std::env::var("EQT_WALK").is_ok_and(|value| value == "write") {
        std::fs::write(&path, &expected).expect("docs/walk.md is written");
        return;
    }
    for (line, (found, expected)) in page.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "docs/walk.md, line {}; EQT_WALK=write writes it anew", line + 1);
    }
    assert!(page == expected, "docs/walk.md ends elsewhere; EQT_WALK=write writes it anew");
}
