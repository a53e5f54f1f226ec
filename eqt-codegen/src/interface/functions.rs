//! The functions of every kind of map: one table.

use super::{Code, FamilyId, Interface, Kind};

/// What a function is for; a map has at most one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The map itself.
    Value,
    /// The value of every member.
    Members,
    /// The gradient of `<cotangent, value>` in all inputs and coefficients.
    Gradient,
    /// That in the coefficients, or in the inputs that are parameters, alone.
    ParameterGradient,
    /// That of `sum_b w_b T_b` in all inputs, w a number per member. Only of a map with a body, elsewhere it is
    /// [`Role::Gradient`].
    MemberGradient,
    /// The invariants.
    Invariants,
    /// The gradient of `<cotangent, invariants>` in all inputs.
    InvariantsGradient,
}

/// Something that a function reads or writes. Read, the output is a cotangent; written, a quantity other than the value is a
/// gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The input with this index.
    Input(usize),
    /// The output.
    Output,
    /// The value of every member.
    Members,
    /// The coefficients of a family.
    Coefficients(FamilyId),
    /// A number per member.
    Weights,
}

/// How the samples of a batch share a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Every sample has its own.
    PerSample,
    /// All samples have the same.
    Shared,
    /// Written as the sum over all samples.
    Summed,
}

/// An argument or a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub quantity: Quantity,
    /// How the samples of a batch share it.
    pub sharing: Sharing,
}

/// A function of a map.
#[derive(Clone, Debug)]
pub struct Function {
    /// What it is for.
    pub role: Role,
    /// Its name; nothing if only other code calls it.
    pub name: Option<&'static str>,
    /// What it computes, one or two sentences.
    pub docs: String,
    /// What it reads, in order.
    pub arguments: Vec<Value>,
    /// What it writes, in order.
    pub results: Vec<Value>,
    /// The struct whose fields the results are, if they are fields of one.
    pub structure: Option<&'static str>,
    /// Its form for many samples.
    pub batch: Option<Batch>,
    /// How it is computed, once the map is compiled.
    pub code: Option<Code>,
}

/// A function of many samples.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its name.
    pub name: &'static str,
    /// What it computes.
    pub docs: &'static str,
}

impl Function {
    /// The results that a batch sums up.
    pub fn summed(&self) -> Vec<Value> {
        self.results.iter().copied().filter(|result| result.sharing == Sharing::Summed).collect()
    }
}

const MANY: &str = "The values of many samples: the first axis of every array counts them, the others are those of one \
                    sample. Arrays may have any strides; samples run in vector registers and on all cores, with the same \
                    result on any number of them.";

/// All functions of a kind of map.
pub(super) fn functions(interface: &Interface) -> Vec<Function> {
    let inputs = 0..interface.signature.inputs.len();
    let is_parameter = |input: usize| interface.parameters.contains(&input);
    let members = Quantity::Coefficients(FamilyId::MEMBERS);
    let invariants = Quantity::Coefficients(FamilyId::INVARIANTS);
    let read = |input: usize| Value {
        quantity: Quantity::Input(input),
        sharing: if is_parameter(input) { Sharing::Shared } else { Sharing::PerSample },
    };
    let written = |input: usize| Value {
        quantity: Quantity::Input(input),
        sharing: if is_parameter(input) { Sharing::Summed } else { Sharing::PerSample },
    };
    let per_sample = |quantity: Quantity| Value { quantity, sharing: Sharing::PerSample };
    let all_read: Vec<Value> = inputs.clone().map(read).collect();
    let all_written: Vec<Value> = inputs.clone().map(written).collect();
    let coefficients = match interface.kind {
        Kind::Basis => vec![Value { quantity: members, sharing: Sharing::Shared }],
        Kind::Generators => vec![per_sample(members)],
        Kind::Body => Vec::new(),
    };
    let d_coefficients: Vec<Value> = coefficients
        .iter()
        .map(|value| Value {
            sharing: if value.sharing == Sharing::Shared { Sharing::Summed } else { value.sharing },
            ..*value
        })
        .collect();
    let parameters: Vec<Value> =
        all_written.iter().copied().filter(|value| value.sharing == Sharing::Summed).collect();
    let cotangent = vec![per_sample(Quantity::Output)];
    let of = |lists: &[&[Value]]| lists.concat();

    let (value, gradient) = match interface.kind {
        Kind::Generators => ("assemble", "assemble_gradient"),
        Kind::Basis | Kind::Body => ("call", "gradient"),
    };
    let noun = interface.members().map_or("term", |family| family.noun);
    let has_arrays = interface.members().is_some_and(super::Family::has_arrays);
    let with_coefficients = has_arrays || interface.kind == Kind::Body;
    let mut functions = vec![
        Function {
            role: Role::Value,
            name: Some(value),
            docs: "The map itself.".to_owned(),
            arguments: of(&[&coefficients, &all_read]),
            results: vec![per_sample(Quantity::Output)],
            structure: None,
            batch: Some(Batch {
                name: "batch",
                docs: match interface.kind {
                    Kind::Basis | Kind::Body => MANY,
                    Kind::Generators => {
                        "The values of many samples, each with its own coefficients, written to the last array."
                    }
                },
            }),
            code: None,
        },
        Function {
            role: Role::Members,
            name: Some("evaluate"),
            docs: match with_coefficients {
                true => format!("The value of every {noun}, each with its own coefficients."),
                false => format!("The value of every {noun}, in the order of their coefficients."),
            },
            arguments: if has_arrays { of(&[&coefficients, &all_read]) } else { all_read.clone() },
            results: vec![per_sample(Quantity::Members)],
            structure: None,
            batch: None,
            code: None,
        },
        Function {
            role: Role::Gradient,
            name: Some(gradient),
            docs: format!(
                "The gradient of `<cotangent, value>` (the sum over all entries of their products) with respect to {}every \
                 input.",
                if coefficients.is_empty() { "" } else { "the coefficients and to " }
            ),
            arguments: of(&[&coefficients, &all_read, &cotangent]),
            results: of(&[&d_coefficients, &all_written]),
            structure: Some("Gradient"),
            batch: match interface.kind {
                Kind::Generators => Some(Batch {
                    name: "batch_gradient",
                    docs: "The gradient of `<cotangent, value>` with respect to the coefficients and the inputs of every \
                           sample, written to the arrays after the cotangent.",
                }),
                Kind::Basis => Some(Batch {
                    name: "batch_input_gradient",
                    docs: "As [`batch_gradient`]; the gradients with respect to the inputs of every sample are written to \
                           the arrays after the cotangent.",
                }),
                Kind::Body => all_written.iter().any(|value| value.sharing == Sharing::PerSample).then_some(Batch {
                    name: "batch_input_gradient",
                    docs: "The gradient of `<cotangent, value>`: that of the parameters is summed over samples, those of \
                           the inputs of every sample are written to the arrays after the cotangent.",
                }),
            },
            code: None,
        },
    ];
    let (name, structure, results) = match interface.kind {
        Kind::Basis | Kind::Generators => ("coefficient_gradient", None, d_coefficients.clone()),
        Kind::Body => ("parameter_gradient", Some("ParameterGradient"), parameters),
    };
    if !results.is_empty() {
        let what = if interface.kind == Kind::Body { "parameters" } else { "coefficients" };
        functions.push(Function {
            role: Role::ParameterGradient,
            name: Some(name),
            docs: format!(
                "The gradient of `<cotangent, value>` with respect to the {what} only: cheaper than [`{gradient}`]."
            ),
            arguments: of(&[&coefficients, &all_read, &cotangent]),
            results,
            structure,
            batch: Some(match interface.kind {
                Kind::Basis => Batch {
                    name: "batch_gradient",
                    docs: "The gradient of `<cotangent, value>` with respect to the coefficients, summed over samples.",
                },
                Kind::Body => Batch {
                    name: "batch_gradient",
                    docs: "The gradient of `<cotangent, value>` with respect to the parameters, summed over samples.",
                },
                Kind::Generators => Batch {
                    name: "batch_coefficient_gradient",
                    docs: "The gradient of `<cotangent, value>` with respect to the coefficients of every sample, written to \
                           the arrays after the cotangent.",
                },
            }),
            code: None,
        });
    }
    match interface.kind {
        Kind::Basis => {}
        Kind::Body => functions.push(Function {
            role: Role::MemberGradient,
            name: None,
            docs: "The gradient of `<cotangent, sum_b w_b T_b>` over the terms, with respect to every input."
                .to_owned(),
            arguments: of(&[
                &[Value { quantity: Quantity::Weights, sharing: Sharing::Shared }],
                &all_read,
                &cotangent,
            ]),
            results: inputs.map(|input| per_sample(Quantity::Input(input))).collect(),
            structure: None,
            batch: None,
            code: None,
        }),
        Kind::Generators => {
            functions.push(Function {
                role: Role::Invariants,
                name: Some("invariants"),
                docs: "The invariants, in the order of the integrity basis.".to_owned(),
                arguments: all_read.clone(),
                results: vec![per_sample(invariants)],
                structure: None,
                batch: Some(Batch {
                    name: "batch_invariants",
                    docs: "The invariants of many samples: the first axis of every array counts them, the others are those \
                           of one sample. Arrays may have any strides; samples run in vector registers and on all cores.",
                }),
                code: None,
            });
            // Without inputs there is nothing to derive for.
            if !all_read.is_empty() {
                functions.push(Function {
                    role: Role::InvariantsGradient,
                    name: Some("invariants_gradient"),
                    docs: "The gradient of `<cotangent, invariants>` (the sum over all entries of their products) with \
                           respect to every input."
                        .to_owned(),
                    arguments: of(&[&all_read, &[per_sample(invariants)]]),
                    results: all_written,
                    structure: Some("InvariantsGradient"),
                    batch: Some(Batch {
                        name: "batch_invariants_gradient",
                        docs: "The gradient of `<cotangent, invariants>` with respect to the inputs of every sample, written \
                               to the arrays after the cotangents.",
                    }),
                    code: None,
                });
            }
        }
    }
    functions
}
