//! What is said of a map: the description of its members, and the documentation of its function and module.

use eqt_ir::diagram::Style;
use eqt_ir::map::{GeneratorForm, Map, Origin};
use eqt_ir::optimise::{Objective, member_costs};
use eqt_ir::signature::{Signature, Sizes};

use super::{CompiledMap, Interface, Kind, Role};
use crate::lower::Nest;

/// Members listed in the documentation; the description has all.
const LISTED: usize = 200;

/// A member in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberText {
    /// The total degree in the inputs.
    pub degree: usize,
    /// The formula.
    pub diagram: String,
    /// The same in LaTeX.
    pub latex: String,
    /// The multiply-adds of the member by itself.
    pub macs: String,
    /// The labels of its coefficient, "ij".
    pub labels: String,
}

/// What the description at run time says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The signature, as declared.
    pub signature: String,
    /// The options that bound the members; empty if there are none.
    pub options: String,
    /// The members, generators or terms.
    pub members: Vec<MemberText>,
    /// The invariants of the generator form.
    pub invariants: Vec<MemberText>,
    /// How completeness was proved.
    pub certificate: String,
    /// Where members are independent.
    pub independence: String,
}

impl Description {
    /// The description of a compiled map.
    pub fn new(compiled: &CompiledMap) -> Description {
        let mut description = match &compiled.form {
            Some(form) => Description::of_generators(form),
            None => Description::of_map(compiled.map()),
        };
        let objective = &compiled.main.objective;
        add_costs(&mut description.members, compiled.map(), objective);
        if let Some(programs) = &compiled.invariants {
            add_costs(&mut description.invariants, &programs.map, objective);
        }
        description
    }

    /// The description of a map before any program is made, with all that its fingerprint depends on: costs are empty.
    pub fn of_map(map: &Map) -> Description {
        let (options, certificate) = match map.origin() {
            Origin::Basis(proof) => (proof.options().to_string(), proof.certificate()),
            Origin::Members { options } => (options.to_string(), String::new()),
            Origin::Generators { .. } | Origin::Body => (String::new(), String::new()),
        };
        Description {
            signature: map.declared().to_string(),
            options,
            members: members(map),
            invariants: Vec::new(),
            certificate,
            independence: independence(map),
        }
    }

    /// As [`Description::of_map`], of a generator form.
    pub fn of_generators(form: &GeneratorForm) -> Description {
        // Both lists are found at the sizes of the highest degree.
        let highest = [&form.assembly, &form.invariants]
            .into_iter()
            .max_by_key(|map| map.options().map(|options| *options.degrees.end()));
        Description {
            signature: form.declared.to_string(),
            options: form.options(),
            members: members(&form.assembly),
            invariants: members(&form.invariants),
            certificate: form.generators.certificate(),
            independence: highest.map(independence).unwrap_or_default(),
        }
    }
}

/// Where the members are independent; of a map with a body, nothing is said.
fn independence(map: &Map) -> String {
    map.options().map_or_else(String::new, |options| eqt_ir::basis::independence(&map.signature, options))
}

fn add_costs(members: &mut [MemberText], map: &Map, objective: &Objective) {
    for (member, cost) in members.iter_mut().zip(member_costs(map, objective)) {
        member.macs = cost.to_string();
    }
}

fn members(map: &Map) -> Vec<MemberText> {
    let formulas = map.formulas(Style::Text).into_iter().zip(map.formulas(Style::Latex));
    map.members
        .iter()
        .zip(formulas)
        .enumerate()
        .map(|(index, (member, (diagram, latex)))| MemberText {
            degree: member.degree,
            diagram,
            latex,
            macs: String::new(),
            labels: ('i'..='z').take(map.coefficient_of(index).axes.len()).collect(),
        })
        .collect()
}

/// The documentation of the function and that of its module.
#[derive(Default)]
pub(crate) struct Docs {
    pub(crate) function: String,
    pub(crate) module: String,
}

/// The documentation of a map. `name` is that of the function, `coefficients` how it calls them; `fallible` whether lengths
/// may disagree.
pub(crate) fn docs(
    interface: &Interface,
    compiled: &CompiledMap,
    name: &str,
    coefficients: &str,
    fallible: bool,
) -> Docs {
    let sizes = &compiled.main.objective.sizes;
    let value = interface.function(Role::Value);
    let evaluation = value.and_then(|function| function.code.as_ref()).map_or_else(String::new, |code| {
        let (cost, sizes) = (cost(&code.nest, sizes), sizes_text(&interface.signature, sizes));
        format!("One evaluation takes about {cost} multiply-adds at {sizes}.")
    });
    let (mut function, module) = match interface.kind {
        Kind::Basis => basis(interface, compiled, &evaluation),
        Kind::Body => body(interface, compiled, &evaluation),
        Kind::Generators => generators(interface, compiled, name, coefficients, &evaluation),
    };
    if let (true, Some(value)) = (fallible, value.and_then(|function| function.name)) {
        function.push_str(&format!(
            "\n\n# Panics\n\nIf lengths that should agree differ; `{name}::try_{value}` returns an error instead."
        ));
    }
    Docs { function, module }
}

fn basis(interface: &Interface, compiled: &CompiledMap, evaluation: &str) -> (String, String) {
    let members = match compiled.map().members.len() {
        1 => "one member".to_owned(),
        count => format!("{count} members"),
    };
    let options = compiled.map().options().map(ToString::to_string).unwrap_or_default();
    let of = format!("the {members} of `{}`, {options}", interface.declared);
    let table = table(compiled.map());
    (
        format!(
            "`sum_b theta_b T_b` over {of}:\n\n```text\n{table}```\n\n{evaluation} The module of the same name holds \
             gradients and batches."
        ),
        format!("What belongs to the map of the same name: {of}.\n\n```text\n{table}```\n"),
    )
}

fn body(interface: &Interface, compiled: &CompiledMap, evaluation: &str) -> (String, String) {
    let formulas = compiled.map().formulas(Style::Text);
    let listing: String = formulas.iter().map(|line| format!("    {line}\n")).collect();
    let signature = &interface.declared;
    let parameters: Vec<String> = interface
        .parameters
        .iter()
        .map(|&input| format!("`{}`", interface.signature.inputs[input].name))
        .collect();
    let parameters = match parameters.is_empty() {
        true => " (here there are none)".to_owned(),
        false => format!(" ({})", parameters.join(", ")),
    };
    (
        format!(
            "A map `{signature}`, the sum of\n\n```text\n{listing}```\n\n{evaluation} The module of the same name holds \
             gradients and batches."
        ),
        format!(
            "What belongs to the map of the same name, `{signature}`. Arguments that are scalars on which no group \
             acts{parameters} are parameters: all samples of a batch share them.\n\n```text\n{listing}```\n"
        ),
    )
}

fn generators(
    interface: &Interface,
    compiled: &CompiledMap,
    name: &str,
    q: &str,
    evaluation: &str,
) -> (String, String) {
    let count = |count: usize, what: &str| match count {
        1 => format!("one {what}"),
        count => format!("{count} {what}s"),
    };
    let mut lists = format!("```text\n{}```\n\n", table(compiled.map()));
    let invariants = compiled.invariants.as_ref().map(|programs| &programs.map);
    let invariant_count = invariants.map_or(0, |map| map.members.len());
    if let Some(map) = invariants.filter(|map| !map.members.is_empty()) {
        lists += &format!(
            "The coefficients are any functions of the invariants, `{name}::invariants`:\n\n```text\n{}```\n\n",
            table(map)
        );
    }
    if interface.has_arrays() {
        lists += "Over labels, an invariant is the array of its values, and a coefficient an array, which is read through its \
                  symmetrisation under the automorphisms of its diagram. ";
        let freed =
            compiled.form.as_ref().map(|form| form.generators.freed.join(" and ")).unwrap_or_default();
        if !freed.is_empty() {
            lists += &format!(
                "The map is equivariant under {freed} if the functions are: if relabelled invariants give coefficients that \
                 are relabelled alike, as one function shared across labels does."
            );
        }
        lists += "\n\n";
    }
    let of = format!(
        "the {} of `{}` over {}",
        count(compiled.map().members.len(), "generator"),
        interface.declared,
        count(invariant_count, "invariant")
    );
    (
        format!(
            "`sum_g {q}_g T_g` over {of}:\n\n{lists}{evaluation} The module of the same name holds the invariants, gradients \
             and batches."
        ),
        format!("What belongs to the map of the same name: {of}.\n\n{lists}"),
    )
}

fn table(map: &Map) -> String {
    let formulas = map.formulas(Style::Text);
    let mut text = String::new();
    for (index, formula) in formulas.iter().enumerate().take(LISTED) {
        text.push_str(&format!("{index:>4}  {formula}\n"));
    }
    if formulas.len() > LISTED {
        text.push_str(&format!("      and {} more\n", formulas.len() - LISTED));
    }
    text
}

fn cost(nest: &Nest, sizes: &Sizes) -> u64 {
    nest.cost()
        .iter()
        .map(|(axes, count)| axes.iter().map(|axis| sizes.of(*axis) as u64).fold(*count, u64::saturating_mul))
        .fold(0, u64::saturating_add)
}

fn sizes_text(signature: &Signature, sizes: &Sizes) -> String {
    let names: Vec<String> = signature
        .axis_ids()
        .filter(|&axis| signature.axis(axis).dimension.literal().is_none())
        .map(|axis| format!("{} = {}", signature.axis(axis).dimension, sizes.of(axis)))
        .collect();
    if names.is_empty() { "these sizes".to_owned() } else { names.join(", ") }
}
