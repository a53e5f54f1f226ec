//! Programs as pictures: Graphviz DOT.

use std::fmt::Write;

use super::text::axes_text;
use super::{Op, Program, Ratio, Step, StepId};

/// A program in a picture.
#[derive(Clone, Debug)]
pub struct Drawing<'a> {
    /// What stands above it, if there are several.
    pub title: String,
    /// The program.
    pub program: &'a Program,
    /// The name of every root.
    pub results: Vec<String>,
}

/// Programs as one graph in the DOT language of Graphviz, each in a frame if there are several.
///
/// A box is a contraction or a sum, with its number and its axes; an ellipse is a given tensor; results stand below
/// what holds them. Data flows downwards: a box is one row below the last of what it reads. The formula, the
/// computation and the multiply-adds of a step are its tooltip, which `dot -Tsvg` keeps.
pub fn dot(name: &str, drawings: &[Drawing<'_>]) -> String {
    let mut text = format!(
        "digraph \"{}\" {{\n  ranksep=0.3; nodesep=0.08;\n  \
         node [fontname=\"sans-serif\", fontsize=10, margin=\"0.04,0.02\", width=0, height=0, shape=box];\n  \
         edge [arrowsize=0.4, fontname=\"sans-serif\", fontsize=8];\n",
        escaped(name)
    );
    for (index, drawing) in drawings.iter().enumerate() {
        let prefix = if drawings.len() > 1 { format!("p{index}") } else { String::new() };
        if drawings.len() > 1 {
            let title = escaped(&drawing.title);
            let _ = writeln!(text, "  subgraph cluster_{index} {{ label=\"{title}\"; color=gray;");
        }
        draw(&mut text, drawing, &prefix);
        if drawings.len() > 1 {
            text.push_str("  }\n");
        }
    }
    text.push_str("}\n");
    text
}

fn draw(text: &mut String, Drawing { program, results, .. }: &Drawing<'_>, prefix: &str) {
    let rows = program.rows();
    for (id, step) in program.iter() {
        let given = step.op.reads().is_empty();
        let shape = if given { ", shape=ellipse" } else { "" };
        let (label, tooltip) = (escaped(&program.label(id, step)), escaped(&program.tooltip(id, step)));
        let _ = writeln!(text, "  {prefix}s{} [label=\"{label}\", tooltip=\"{tooltip}\"{shape}];", id.0);
        for (read, caption) in program.edges(&step.op) {
            let _ = writeln!(text, "  {prefix}s{} -> {prefix}s{}{};", read.0, id.0, attribute(&caption));
        }
    }
    for row in 0..=rows.iter().copied().max().unwrap_or(0) {
        let steps = rows.iter().enumerate().filter(|(_, other)| **other == row);
        let names: String = steps.map(|(step, _)| format!(" {prefix}s{step};")).collect();
        let _ = writeln!(text, "  {{ rank=same;{names} }}");
    }
    for (position, (root, name)) in program.roots.iter().zip(results).enumerate() {
        let projected = if root.project { ", tooltip=\"symmetrised\", fontcolor=\"#a05000\"" } else { "" };
        let name = escaped(name);
        let _ = writeln!(text, "  {prefix}r{position} [label=\"{name}\", shape=plaintext{projected}];");
        let factor = attribute(&factor(root.scale, None));
        let _ = writeln!(text, "  {prefix}s{} -> {prefix}r{position}{factor};", root.step.0);
    }
}

impl Program {
    /// The program as one graph in the DOT language of Graphviz; see [`dot`].
    pub fn dot(&self, name: &str) -> String {
        let results = self.roots.iter().map(|root| self.root_text(root.kind)).collect();
        dot(name, &[Drawing { title: name.to_owned(), program: self, results }])
    }

    /// The row of every step, 0 on top: below all that it reads, and a given tensor just above what reads it first.
    fn rows(&self) -> Vec<usize> {
        let mut rows = vec![0_usize; self.steps.len()];
        for (id, step) in self.iter() {
            let below = |read: &StepId| rows[read.index()] + 1;
            rows[id.index()] = step.op.reads().iter().map(below).max().unwrap_or(0);
        }
        let mut first: Vec<Option<usize>> = vec![None; self.steps.len()];
        for (id, step) in self.iter() {
            let above = rows[id.index()].saturating_sub(1);
            for read in step.op.reads() {
                let known = &mut first[read.index()];
                *known = Some(known.map_or(above, |known| known.min(above)));
            }
        }
        for (id, step) in self.iter() {
            if step.op.reads().is_empty() {
                rows[id.index()] = first[id.index()].unwrap_or(0);
            }
        }
        rows
    }

    /// A given tensor by its name, everything else by its number and its axes.
    fn label(&self, id: StepId, step: &Step) -> String {
        match &step.op {
            Op::Input(input) => self.inputs[*input].name.clone(),
            Op::Coefficient(member) => format!("theta_{member}"),
            Op::Cotangent => "dh".to_owned(),
            Op::Delta(_) => "delta".to_owned(),
            Op::Epsilon(_) => "eps".to_owned(),
            Op::Ones(_) | Op::One => "1".to_owned(),
            Op::Einsum(_) | Op::Linear(_) if step.axes.is_empty() => id.to_string(),
            Op::Einsum(_) | Op::Linear(_) => format!("{id}\n{}", axes_text(&self.axes, &step.axes)),
        }
    }

    /// What a step is, how it is computed, and what that costs.
    fn tooltip(&self, id: StepId, step: &Step) -> String {
        let mut lines = vec![step.formula.clone()];
        lines.push(format!("{id} {} = {}", axes_text(&self.axes, &step.axes), self.op_text(&step.op)));
        if !step.op.reads().is_empty() {
            lines.push(format!("{} multiply-adds", self.step_cost(step)));
        }
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    /// What a step reads, each time with what happens to it on the way.
    fn edges(&self, op: &Op) -> Vec<(StepId, String)> {
        match op {
            Op::Einsum(einsum) => {
                einsum.operands.iter().map(|operand| (operand.step, String::new())).collect()
            }
            Op::Linear(terms) => {
                terms.iter().map(|term| (term.step, factor(term.scale, term.theta))).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A factor other than 1.
fn factor(scale: Ratio, theta: Option<usize>) -> String {
    match theta {
        None if scale == Ratio::ONE => String::new(),
        None => scale.to_string(),
        Some(member) if scale == Ratio::ONE => format!("theta_{member}"),
        Some(member) => format!("{scale} theta_{member}"),
    }
}

fn attribute(caption: &str) -> String {
    if caption.is_empty() { String::new() } else { format!(" [label=\"{}\"]", escaped(caption)) }
}

/// Text between quotation marks; the lines of it stay lines.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basis::{Basis, Options};
    use crate::map::Map;
    use crate::optimise::{Wanted, compile_one};
    use crate::program::Polynomial;
    use crate::signature::{Sizes, parse_signature};

    #[test]
    fn every_step_and_every_result_is_a_node_and_every_read_an_edge() {
        let signature = parse_signature("O(d) * S(n): a: (R^d)^n -> S^d").expect("parses");
        let basis = Basis::new(&signature, &Options::up_to(4)).expect("a basis");
        let map = Map::of_basis(&basis);
        for wanted in [Wanted::Members, Wanted::Combination, Wanted::Gradient] {
            let program = compile_one(&map, &wanted, &Sizes(vec![5, 100]));
            let dot = program.dot("spectral");
            let count = |needle: &str| dot.matches(needle).count();
            assert_eq!(count("tooltip=\"") - count("symmetrised"), program.steps.len());
            assert_eq!(count("shape=plaintext"), program.roots.len());
            let reads: usize = program.steps.iter().map(|step| step.op.reads().len()).sum();
            assert_eq!(count(" -> s") + count(" -> r"), reads + program.roots.len());
            let total = program.iter().fold(Polynomial::zero(&program.axes), |total, (_, step)| {
                total.plus(&program.step_cost(step))
            });
            let symmetrised = program.roots.iter().filter(|root| root.project);
            let total = symmetrised.fold(total, |mut total, root| {
                total.add(1, &program.step(root.step).axes);
                total
            });
            assert_eq!(total, program.cost(), "the tooltips add up to the cost of the program");
        }
    }

    #[test]
    fn a_small_program_is_drawn_in_full() {
        let text = "signature O(d) * S(n): a: (R^d)^n -> S^d\n\
                    coefficients 2\n\
                    %0 [n d] = input a  ; a\n\
                    %1 [d d] = einsum [i:n p:d q:d] (%0[i p], %0[i q]) -> [p q]  ; sum_i a_i^p a_i^q\n\
                    %2 [d d] = delta d  ; delta^pq\n\
                    %3 [d d] = linear 1/2 * theta_0 * %1 - theta_1 * %2\n\
                    combination = 2 * %3\n";
        let expected = r#"digraph "map" {
  ranksep=0.3; nodesep=0.08;
  node [fontname="sans-serif", fontsize=10, margin="0.04,0.02", width=0, height=0, shape=box];
  edge [arrowsize=0.4, fontname="sans-serif", fontsize=8];
  s0 [label="a", tooltip="a\n%0 [n d] = input a", shape=ellipse];
  s1 [label="%1\n[d d]", tooltip="sum_i a_i^p a_i^q\n%1 [d d] = einsum [i:n p:d q:d] (%0[i p], %0[i q]) -> [p q]\nn d^2 multiply-adds"];
  s0 -> s1;
  s0 -> s1;
  s2 [label="delta", tooltip="delta^pq\n%2 [d d] = delta d", shape=ellipse];
  s3 [label="%3\n[d d]", tooltip="%3 [d d] = linear 1/2 * theta_0 * %1 - theta_1 * %2\n2 d^2 multiply-adds"];
  s1 -> s3 [label="1/2 theta_0"];
  s2 -> s3 [label="-1 theta_1"];
  { rank=same; s0; }
  { rank=same; s1; s2; }
  { rank=same; s3; }
  r0 [label="combination", shape=plaintext];
  s3 -> r0 [label="2"];
}
"#;
        assert_eq!(Program::parse(text).expect("parses").dot("map"), expected);
    }

    #[test]
    fn everything_stands_below_what_it_reads_and_only_as_far_down_as_it_must() {
        for text in ["O(d) * S(n): a: (R^d)^n -> S^d", "O(d): P: S^d, Q: S^d -> S^d", "Sp(4): a: R^4 -> R^4"]
        {
            let signature = parse_signature(text).expect("parses");
            let basis = Basis::new(&signature, &Options::up_to(3)).expect("a basis");
            let sizes = Sizes::sample(&signature, &[]);
            let program = compile_one(&Map::of_basis(&basis), &Wanted::Gradient, &sizes);
            let rows = program.rows();
            for (id, step) in program.iter() {
                let row = rows[id.index()];
                let reads = step.op.reads();
                let above: Vec<usize> = reads.iter().map(|read| rows[read.index()]).collect();
                assert!(above.iter().all(|&other| other < row), "{program}");
                assert!(reads.is_empty() || above.contains(&(row - 1)), "{program}");
            }
        }
    }

    #[test]
    fn two_programs_are_one_graph_of_two_frames() {
        let text = "signature O(d): a: R^d -> R\ncoefficients 1\n%0 [d] = input a\n\
                    %1 [] = einsum [p:d] (%0[p], %0[p]) -> []\nmember 0 = 1 * %1\n";
        let program = Program::parse(text).expect("parses");
        let drawing = |title: &str| Drawing {
            title: title.to_owned(),
            program: &program,
            results: vec![format!("{title}_\"0\"")],
        };
        let dot = dot("both", &[drawing("I"), drawing("T")]);
        assert_eq!(dot.matches("digraph").count(), 1);
        assert_eq!(dot.matches("subgraph cluster_").count(), 2);
        assert_eq!(dot.matches('{').count(), dot.matches('}').count());
        assert!(dot.contains("p0s0 -> p0s1") && dot.contains("p1s1 -> p1r0"), "{dot}");
        assert!(dot.contains(r#"label="T_\"0\"""#), "{dot}");
    }
}
