//! Programs as pictures: Graphviz DOT.

use std::fmt::Write;

use super::text::axes_text;
use super::{Op, Program, Ratio, StepId};

impl Program {
    /// The program in the DOT language of Graphviz: a box per contraction or sum with its axes, its formula and its
    /// multiply-adds; an ellipse per given tensor; data flows along the edges, to the results at the bottom.
    pub fn dot(&self, name: &str) -> String {
        let mut text = format!("digraph \"{}\" {{\n  node [fontname=monospace];\n", name.escape_default());
        for (id, step) in self.iter() {
            let is_given = step.op.reads().is_empty();
            let shape = if is_given { "ellipse" } else { "box" };
            let mut lines =
                vec![format!("{id} {}", axes_text(&self.signature, &step.axes)), step.formula.clone()];
            if !is_given {
                lines.push(self.step_cost(step).to_string());
            }
            let _ = writeln!(text, "  s{} [label=\"{}\", shape={shape}];", id.0, caption(&lines));
            for (read, caption) in self.edges(&step.op) {
                let _ = writeln!(text, "  s{} -> s{}{};", read.0, id.0, attribute(&caption));
            }
        }
        for (position, root) in self.roots.iter().enumerate() {
            let mut lines = vec![self.root_text(root.kind)];
            if root.project {
                lines.push("projected".to_owned());
            }
            let _ = writeln!(text, "  r{position} [label=\"{}\", shape=plaintext];", caption(&lines));
            let factor = factor(root.scale, None);
            let _ = writeln!(text, "  s{} -> r{position}{};", root.step.0, attribute(&factor));
        }
        text.push_str("}\n");
        text
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
    if caption.is_empty() { String::new() } else { format!(" [label=\"{}\"]", caption.escape_default()) }
}

/// Lines of a caption, those that say something.
fn caption(lines: &[String]) -> String {
    let lines: Vec<String> =
        lines.iter().filter(|line| !line.is_empty()).map(|line| line.escape_default().to_string()).collect();
    lines.join("\\n")
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
            assert_eq!(count("shape=box") + count("shape=ellipse"), program.steps.len());
            assert_eq!(count("shape=plaintext"), program.roots.len());
            let reads: usize = program.steps.iter().map(|step| step.op.reads().len()).sum();
            assert_eq!(count(" -> s") + count(" -> r"), reads + program.roots.len());
            let total = program
                .iter()
                .fold(Polynomial::zero(&signature), |total, (_, step)| total.plus(&program.step_cost(step)));
            let symmetrised = program.roots.iter().filter(|root| root.project);
            let total = symmetrised.fold(total, |mut total, root| {
                total.add(&signature, 1, &program.step(root.step).axes);
                total
            });
            assert_eq!(total, program.cost(), "the captions add up to the cost of the program");
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
  node [fontname=monospace];
  s0 [label="%0 [n d]\na", shape=ellipse];
  s1 [label="%1 [d d]\nsum_i a_i^p a_i^q\nn d^2", shape=box];
  s0 -> s1;
  s0 -> s1;
  s2 [label="%2 [d d]\ndelta^pq", shape=ellipse];
  s3 [label="%3 [d d]\n2 d^2", shape=box];
  s1 -> s3 [label="1/2 theta_0"];
  s2 -> s3 [label="-1 theta_1"];
  r0 [label="combination", shape=plaintext];
  s3 -> r0 [label="2"];
}
"#;
        assert_eq!(Program::parse(text).expect("parses").dot("map"), expected);
    }
}
