//! `eqt program`: the simplified program, step by step, and what it saves.

use eqt_ir::basis::Basis;
use eqt_ir::optimise::{CompiledInvariants, Compiler, Macs, Roots, macs};
use eqt_ir::program::{Drawing, Polynomial, Program, Step, dot};

use crate::arguments::{Format, Question, RootArguments};
use crate::failure::Failure;
use crate::maps::Maps;
use crate::request::Request;
use crate::table::{Align, Table};
use crate::{Answer, count_text};

mod json;
mod text;

use text::Text;

/// A program and the members that it is made of.
struct Part<'a> {
    /// What the basis holds: `members`, `generators` or `invariants`.
    of: &'static str,
    letter: &'static str,
    coefficient: &'static str,
    basis: &'a Basis,
    roots: Roots,
    program: Program,
}

impl Part<'_> {
    fn notation(&self) -> Text<'_> {
        Text { program: &self.program, letter: self.letter, coefficient: self.coefficient }
    }

    fn is_invariants(&self) -> bool {
        self.of == "invariants"
    }

    /// What the same roots cost with nothing shared.
    fn unshared(&self, request: &Request) -> Macs {
        macs(self.basis, &request.sizes, self.roots)
    }
}

pub(crate) fn answer(
    question: &Question,
    generators: bool,
    roots: RootArguments,
    format: Format,
) -> Result<Answer, Failure> {
    let (request, maps) = Maps::new(question, generators)?;
    let maps = maps.require_members()?;
    let parts: Vec<Part<'_>> = maps
        .lists()
        .into_iter()
        .filter(|(_, basis)| !basis.elements.is_empty())
        .map(|(letter, basis)| {
            if letter == "I" {
                // Every invariant is a value of its own: what they are put into is not known here.
                let CompiledInvariants { values, gradient, .. } =
                    CompiledInvariants::new(basis.clone(), &request.sizes);
                let (roots, program) = if roots.gradient {
                    (Roots::InvariantGradient, gradient)
                } else {
                    (Roots::Invariants, values)
                };
                return Part { of: "invariants", letter, coefficient: "c", basis, roots, program };
            }
            let compiler = Compiler::new(basis, &request.sizes);
            let (roots, program) = match (roots.gradient, roots.combine) {
                (true, _) => (Roots::Gradient, compiler.gradient(true)),
                (_, true) => (Roots::Combination, compiler.combination()),
                _ => (Roots::Members, compiler.members()),
            };
            let (of, coefficient) =
                if maps.generation.is_some() { ("generators", "q") } else { ("members", "theta") };
            Part { of, letter, coefficient, basis, roots, program }
        })
        .collect();
    Ok(Answer::new(match format {
        Format::Json => json::listing(&request, &parts),
        Format::Dot => picture(&maps.title(&request), &parts),
        _ => {
            parts.iter().fold(maps.title(&request) + "\n", |text, part| text + "\n" + &table(&request, part))
        }
    }))
}

fn table(request: &Request, part: &Part<'_>) -> String {
    let program = &part.program;
    let unshared = part.unshared(request);
    let notation = part.notation();
    let shared = program.cost();
    let sample = request.sample_text();
    let at = sample.as_ref().map_or("number".to_owned(), |sizes| format!("at {sizes}"));
    let mut costs = Table::new(&[
        ("multiply-adds", Align::Left),
        (&at, Align::Right),
        (if sample.is_some() { "polynomial" } else { "" }, Align::Left),
    ]);
    let mut cost = |name: &str, number: u64, polynomial: Option<&Polynomial>| {
        let polynomial = polynomial.filter(|_| sample.is_some()).map(Polynomial::to_string);
        costs.row([name.to_owned(), count_text(number), polynomial.unwrap_or_default()]);
    };
    let derived = matches!(part.roots, Roots::Gradient | Roots::InvariantGradient);
    cost(
        "naive: every diagram over all its indices",
        unshared.naive.at(&request.sizes),
        Some(&unshared.naive),
    );
    let independent = if derived {
        "independent: every diagram by its best tree, in reverse mode"
    } else {
        "independent: every diagram by its best tree"
    };
    cost(independent, unshared.independent, None);
    cost("shared: this program", shared.at(&request.sizes), Some(&shared));
    let mut steps = Table::new(&[("steps", Align::Left), ("", Align::Left), ("", Align::Left)]);
    for (id, step) in program.iter() {
        let result = notation.access(id, &notation.names(&step.axes));
        let formula = if has_formula(step) { format!("// {}", step.formula) } else { String::new() };
        steps.row([result, format!("= {}", notation.computation(step)), formula]);
    }
    let mut results = Table::new(&[("results", Align::Left), ("", Align::Left)]);
    for root in &program.roots {
        results.row([notation.root_name(root.kind), format!("= {}", notation.root_value(root))]);
    }
    format!("{costs}\n{steps}\n{results}")
}

/// One graph, with a frame per program if there are two.
fn picture(title: &str, parts: &[Part<'_>]) -> String {
    let drawings: Vec<Drawing<'_>> = parts
        .iter()
        .map(|part| {
            let notation = part.notation();
            Drawing {
                title: part.of.to_owned(),
                program: &part.program,
                results: part.program.roots.iter().map(|root| notation.root_name(root.kind)).collect(),
            }
        })
        .collect();
    dot(title, &drawings)
}

/// Some steps are no diagrams, and have the name of the operation only.
fn has_formula(step: &Step) -> bool {
    !step.formula.is_empty() && step.formula != step.op.name()
}
