//! `eqt program`: the simplified program, step by step, and what it saves.

use std::collections::BTreeSet;

use eqt_ir::map::Map;
use eqt_ir::optimise::{Budget, Macs, Wanted, compile_reported, macs};
use eqt_ir::program::{Drawing, Polynomial, Program, Step, dot};

use crate::arguments::{Format, Question, RootArguments};
use crate::failure::Failure;
use crate::maps::{Maps, Noun};
use crate::request::Request;
use crate::table::{Align, Table};
use crate::{Answer, count_text};

mod json;
mod text;

use text::Text;

/// A program and the maps that it is made of.
struct Part<'a> {
    noun: Noun,
    map: &'a Map,
    wanted: Wanted,
    program: Program,
    /// The limits that the search for it met.
    met: BTreeSet<Budget>,
}

impl<'a> Part<'a> {
    fn new(noun: Noun, map: &'a Map, roots: RootArguments, request: &Request) -> Part<'a> {
        let wanted = match noun {
            // Every invariant is a value of its own: what they are put into is not known here.
            Noun::Invariant if roots.gradient => Wanted::UnitGradient,
            Noun::Invariant => Wanted::Arrays,
            _ if roots.gradient => Wanted::Gradient,
            _ if roots.combine => Wanted::Combination,
            _ => Wanted::Members,
        };
        let (program, met) = compile_reported(map, &wanted, request.objective());
        Part { noun, map, wanted, program, met }
    }

    fn notation(&self) -> Text<'_> {
        Text { program: &self.program, letter: self.noun.letter(), coefficient: self.noun.coefficient() }
    }

    /// What the same roots cost with nothing shared.
    fn unshared(&self, request: &Request) -> Macs {
        macs(self.map, &request.sizes, &self.wanted)
    }
}

pub(crate) fn answer(
    question: &Question,
    generators: bool,
    roots: RootArguments,
    format: Format,
) -> Result<Answer, Failure> {
    let (request, maps) = Maps::new(question, generators)?;
    let maps = maps.require_members(&request)?;
    let parts: Vec<Part<'_>> = maps
        .lists()
        .into_iter()
        .filter(|(_, map)| !map.members.is_empty())
        .map(|(noun, map)| Part::new(noun, map, roots, &request))
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
    let derived = matches!(part.wanted, Wanted::Gradient | Wanted::UnitGradient);
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
    let met: String = part.met.iter().map(|budget| format!("budget met: {budget}\n")).collect();
    format!("{costs}{met}\n{steps}\n{results}")
}

/// One graph, with a frame per program if there are two.
fn picture(title: &str, parts: &[Part<'_>]) -> String {
    let drawings: Vec<Drawing<'_>> = parts
        .iter()
        .map(|part| {
            let notation = part.notation();
            Drawing {
                title: part.noun.plural().to_owned(),
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

#[cfg(test)]
mod tests {
    use eqt_ir::basis::{Basis, Options};
    use eqt_ir::optimise::compile_one;
    use eqt_ir::signature::{Sizes, parse_signature};

    use super::*;

    #[test]
    fn a_member_times_its_number_is_written_with_it_and_one_with_an_array_as_it_is() {
        for (text, degree) in [("O(d): x: R^d -> R^d", 3), ("O(d): a: (R^d)^n -> S^d", 2)] {
            let signature = parse_signature(text).expect("parses");
            let options = Options::up_to(degree);
            let map = Map::of_basis(&Basis::new(&signature, &options).expect("a basis"));
            let sizes = Sizes::sample(&signature, &[]);
            let program = compile_one(&map, &Wanted::Terms, &sizes);
            let (noun, wanted, met) = (Noun::Member, Wanted::Terms, BTreeSet::new());
            let part = Part { noun, map: &map, wanted, program, met };
            let request = Request { signature, options, sizes, fast: false };
            let table = table(&request, &part);
            let document = json::listing(&request, &[part]);
            let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
            for (index, root) in
                document["programs"][0]["roots"].as_array().expect("roots").iter().enumerate()
            {
                let is_number = map.coefficient_of(index).axes.is_empty();
                let theta = format!("theta_{index} ");
                assert_eq!((&root["kind"], &root["member"]), (&"term".into(), &index.into()), "{root}");
                assert_eq!(root.get("coefficient"), is_number.then(|| index.into()).as_ref(), "{root}");
                let value = root["value"].as_str().expect("a text");
                assert_eq!(value.contains(&theta), is_number, "{root}");
                assert!(
                    table.contains(&format!("theta_{index} T_{index}")) && table.contains(value),
                    "{table}"
                );
            }
        }
    }
}
