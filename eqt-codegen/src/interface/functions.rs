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
    let table = Table::new(interface);
    let mut functions = vec![table.value(), table.members(), table.gradient()];
    functions.extend(table.parameter_gradient());
    match interface.kind {
        Kind::Basis => {}
        Kind::Body => functions.push(table.member_gradient()),
        Kind::Generators => {
            functions.push(table.invariants());
            functions.extend(table.invariants_gradient());
        }
    }
    functions
}

/// What functions of a map read and write, and one constructor per role.
struct Table<'a> {
    interface: &'a Interface,
    /// The coefficients as arguments: none of a body.
    coefficients: Vec<Value>,
    /// All inputs as arguments.
    inputs: Vec<Value>,
    /// The output as an argument.
    cotangent: Vec<Value>,
    /// The coefficients as results.
    d_coefficients: Vec<Value>,
    /// All inputs as results.
    d_inputs: Vec<Value>,
    /// The name of the function with the role [`Role::Gradient`].
    gradient: &'static str,
}

const INVARIANTS: Value =
    Value { quantity: Quantity::Coefficients(FamilyId::INVARIANTS), sharing: Sharing::PerSample };
const OUTPUT: Value = Value { quantity: Quantity::Output, sharing: Sharing::PerSample };

impl<'a> Table<'a> {
    fn new(interface: &'a Interface) -> Table<'a> {
        let inputs = 0..interface.signature.inputs.len();
        let input = |input: usize| Value {
            quantity: Quantity::Input(input),
            sharing: match interface.parameters.contains(&input) {
                true => Sharing::Shared,
                false => Sharing::PerSample,
            },
        };
        let members = |sharing| vec![Value { quantity: Quantity::Coefficients(FamilyId::MEMBERS), sharing }];
        let coefficients = match interface.kind {
            Kind::Basis => members(Sharing::Shared),
            Kind::Generators => members(Sharing::PerSample),
            Kind::Body => Vec::new(),
        };
        let inputs: Vec<Value> = inputs.map(input).collect();
        // The gradient in what all samples share is a sum over them.
        let written = |value: &Value| Value {
            sharing: if value.sharing == Sharing::Shared { Sharing::Summed } else { value.sharing },
            ..*value
        };
        Table {
            interface,
            d_coefficients: coefficients.iter().map(written).collect(),
            d_inputs: inputs.iter().map(written).collect(),
            coefficients,
            inputs,
            cotangent: vec![OUTPUT],
            gradient: match interface.kind {
                Kind::Generators => "assemble_gradient",
                Kind::Basis | Kind::Body => "gradient",
            },
        }
    }

    /// A function with a name, whose only result is no field of a struct, and that has no form for many samples.
    fn function(&self, role: Role, name: &'static str, docs: &str, result: Vec<Value>) -> Function {
        Function {
            role,
            name: Some(name),
            docs: docs.to_owned(),
            arguments: [&self.coefficients[..], &self.inputs].concat(),
            results: result,
            structure: None,
            batch: None,
            code: None,
        }
    }

    fn value(&self) -> Function {
        let (name, docs) = match self.interface.kind {
            Kind::Basis | Kind::Body => ("call", MANY),
            Kind::Generators => (
                "assemble",
                "The values of many samples, each with its own coefficients, written to the last array.",
            ),
        };
        Function {
            batch: Some(Batch { name: "batch", docs }),
            ..self.function(Role::Value, name, "The map itself.", vec![OUTPUT])
        }
    }

    fn members(&self) -> Function {
        let noun = self.interface.members().map_or("term", |family| family.noun);
        let has_arrays = self.interface.members().is_some_and(super::Family::has_arrays);
        let docs = match has_arrays || self.interface.kind == Kind::Body {
            true => format!("The value of every {noun}, each with its own coefficients."),
            false => format!("The value of every {noun}, in the order of their coefficients."),
        };
        let result = vec![Value { quantity: Quantity::Members, sharing: Sharing::PerSample }];
        let function = self.function(Role::Members, "evaluate", &docs, result);
        match has_arrays {
            true => function,
            false => Function { arguments: self.inputs.clone(), ..function },
        }
    }

    fn gradient(&self) -> Function {
        let docs = format!(
            "The gradient of `<cotangent, value>` (the sum over all entries of their products) with respect to {}every input.",
            if self.coefficients.is_empty() { "" } else { "the coefficients and to " }
        );
        let batch = |name, docs| Some(Batch { name, docs });
        Function {
            arguments: [&self.coefficients[..], &self.inputs, &self.cotangent].concat(),
            structure: Some("Gradient"),
            batch: match self.interface.kind {
                Kind::Generators => batch(
                    "batch_gradient",
                    "The gradient of `<cotangent, value>` with respect to the coefficients and the inputs of every sample, \
                     written to the arrays after the cotangent.",
                ),
                Kind::Basis => batch(
                    "batch_input_gradient",
                    "As [`batch_gradient`]; the gradients with respect to the inputs of every sample are written to the \
                     arrays after the cotangent.",
                ),
                Kind::Body if self.d_inputs.iter().all(|value| value.sharing == Sharing::Summed) => None,
                Kind::Body => batch(
                    "batch_input_gradient",
                    "The gradient of `<cotangent, value>`: that of the parameters is summed over samples, those of the inputs \
                     of every sample are written to the arrays after the cotangent.",
                ),
            },
            ..self.function(
                Role::Gradient,
                self.gradient,
                &docs,
                [&self.d_coefficients[..], &self.d_inputs].concat(),
            )
        }
    }

    /// Nothing if there are no parameters.
    fn parameter_gradient(&self) -> Option<Function> {
        let (name, structure, results, what, batch) = match self.interface.kind {
            Kind::Basis => (
                "coefficient_gradient",
                None,
                self.d_coefficients.clone(),
                "coefficients",
                Batch {
                    name: "batch_gradient",
                    docs: "The gradient of `<cotangent, value>` with respect to the coefficients, summed over samples.",
                },
            ),
            Kind::Generators => (
                "coefficient_gradient",
                None,
                self.d_coefficients.clone(),
                "coefficients",
                Batch {
                    name: "batch_coefficient_gradient",
                    docs: "The gradient of `<cotangent, value>` with respect to the coefficients of every sample, written to \
                           the arrays after the cotangent.",
                },
            ),
            Kind::Body => (
                "parameter_gradient",
                Some("ParameterGradient"),
                self.d_inputs.iter().copied().filter(|value| value.sharing == Sharing::Summed).collect(),
                "parameters",
                Batch {
                    name: "batch_gradient",
                    docs: "The gradient of `<cotangent, value>` with respect to the parameters, summed over samples.",
                },
            ),
        };
        let docs = format!(
            "The gradient of `<cotangent, value>` with respect to the {what} only: cheaper than [`{}`].",
            self.gradient
        );
        (!results.is_empty()).then(|| Function {
            arguments: [&self.coefficients[..], &self.inputs, &self.cotangent].concat(),
            structure,
            batch: Some(batch),
            ..self.function(Role::ParameterGradient, name, &docs, results)
        })
    }

    fn member_gradient(&self) -> Function {
        let weights = [Value { quantity: Quantity::Weights, sharing: Sharing::Shared }];
        let per_sample = |value: &Value| Value { sharing: Sharing::PerSample, ..*value };
        Function {
            role: Role::MemberGradient,
            name: None,
            docs: "The gradient of `<cotangent, sum_b w_b T_b>` over the terms, with respect to every input."
                .to_owned(),
            arguments: [&weights[..], &self.inputs, &self.cotangent].concat(),
            results: self.d_inputs.iter().map(per_sample).collect(),
            structure: None,
            batch: None,
            code: None,
        }
    }

    fn invariants(&self) -> Function {
        let docs = "The invariants, in the order of the integrity basis.";
        Function {
            arguments: self.inputs.clone(),
            batch: Some(Batch {
                name: "batch_invariants",
                docs: "The invariants of many samples: the first axis of every array counts them, the others are those of one \
                       sample. Arrays may have any strides; samples run in vector registers and on all cores.",
            }),
            ..self.function(Role::Invariants, "invariants", docs, vec![INVARIANTS])
        }
    }

    /// Nothing without inputs, which it would be the gradient in.
    fn invariants_gradient(&self) -> Option<Function> {
        let docs = "The gradient of `<cotangent, invariants>` (the sum over all entries of their products) with respect to \
                    every input.";
        (!self.inputs.is_empty()).then(|| Function {
            arguments: [&self.inputs[..], &[INVARIANTS]].concat(),
            structure: Some("InvariantsGradient"),
            batch: Some(Batch {
                name: "batch_invariants_gradient",
                docs: "The gradient of `<cotangent, invariants>` with respect to the inputs of every sample, written to the \
                       arrays after the cotangents.",
            }),
            ..self.function(Role::InvariantsGradient, "invariants_gradient", docs, self.d_inputs.clone())
        })
    }
}
