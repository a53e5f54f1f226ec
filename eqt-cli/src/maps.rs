//! The maps that a question is about: a basis of a vector space, or the generators of a module.

use eqt_codegen::interface::{Description, MemberText};
use eqt_ir::basis::{Basis, DegreeCount, Error, generator_form, independence};
use eqt_ir::map::{GeneratorForm, Map};
use eqt_ir::signature::Space;
use eqt_runtime::description::{self, Fingerprint, Form};

use crate::arguments::{Degrees, Question};
use crate::counted;
use crate::failure::Failure;
use crate::request::Request;

/// Maps in one of the two forms.
pub(crate) enum Maps {
    /// `sum_b theta_b T_b` over the members of a basis.
    Basis {
        /// The basis, for its proof.
        basis: Box<Basis>,
        /// The map over its members.
        map: Box<Map>,
    },
    /// `sum_g q_g(I) T_g` over module generators.
    Generators(Box<GeneratorForm>),
}

/// What a list of maps holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noun {
    Member,
    Generator,
    Invariant,
}

impl Noun {
    /// What one of the maps is called in a table of them.
    pub(crate) fn singular(self) -> &'static str {
        match self {
            Noun::Member => "index",
            Noun::Generator => "generator",
            Noun::Invariant => "invariant",
        }
    }

    pub(crate) fn plural(self) -> &'static str {
        match self {
            Noun::Member => "members",
            Noun::Generator => "generators",
            Noun::Invariant => "invariants",
        }
    }

    /// The name of the maps in formulas.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Noun::Member | Noun::Generator => "T",
            Noun::Invariant => "I",
        }
    }

    /// The name of their coefficients.
    pub(crate) fn coefficient(self) -> &'static str {
        match self {
            Noun::Member => "theta",
            Noun::Generator => "q",
            Noun::Invariant => "c",
        }
    }
}

impl Maps {
    /// The maps that a question asks for.
    pub(crate) fn new(question: &Question, in_generators: bool) -> Result<(Request, Maps), Failure> {
        if in_generators {
            return Maps::generators(question);
        }
        let request = Request::new(question)?;
        let basis = Basis::new(&request.signature, &request.options)?;
        let map = Map::of_basis(&basis);
        Ok((request, Maps::Basis { basis: Box::new(basis), map: Box::new(map) }))
    }

    fn generators(question: &Question) -> Result<(Request, Maps), Failure> {
        let degree = generator_bound(question)?;
        let signature = Request::signature(question)?;
        let found = generator_form(&signature, degree, question.limit)?;
        let most = degree.unwrap_or(found.bound.invariants.max(found.bound.covariants));
        let form = GeneratorForm::of(&signature, found, question.limit);
        let request = Request::of_degrees(signature, question, Degrees::AtMost(most))?;
        Ok((request, Maps::Generators(Box::new(form))))
    }

    /// The lists; of a scalar output the integrity basis alone, over which 1 is the only generator.
    pub(crate) fn lists(&self) -> Vec<(Noun, &Map)> {
        match self {
            Maps::Basis { map, .. } => vec![(Noun::Member, map)],
            Maps::Generators(form) => match form.declared.output {
                Space::Scalar => vec![(Noun::Invariant, &form.invariants)],
                _ => vec![(Noun::Invariant, &form.invariants), (Noun::Generator, &form.assembly)],
            },
        }
    }

    /// The list that was asked for, the last one: members, generators, or invariants of a scalar output.
    pub(crate) fn asked(&self) -> &Map {
        match self {
            Maps::Basis { map, .. } => map,
            Maps::Generators(form) if form.declared.output == Space::Scalar => &form.invariants,
            Maps::Generators(form) => &form.assembly,
        }
    }

    /// The generator form, if that was asked for.
    pub(crate) fn form(&self) -> Option<&GeneratorForm> {
        match self {
            Maps::Basis { .. } => None,
            Maps::Generators(form) => Some(form),
        }
    }

    /// What these maps are, one line.
    pub(crate) fn title(&self, request: &Request) -> String {
        match self {
            Maps::Basis { .. } => request.title(),
            Maps::Generators(_) => format!("{}, generators of {}", request.signature, request.options),
        }
    }

    /// How many there are, and by which proof.
    pub(crate) fn summary(&self) -> String {
        let (basis, map) = match self {
            Maps::Basis { basis, map } => (basis, map),
            Maps::Generators(form) => {
                let mut summary = counted(form.invariants.members.len(), "invariant");
                if form.declared.output != Space::Scalar {
                    summary +=
                        &format!(" and {} over them", counted(form.assembly.members.len(), "generator"));
                }
                return format!("{summary}\n{}", form.generators.certificate());
            }
        };
        let certificate = basis.proof().certificate();
        if map.members.is_empty() {
            return format!(
                "no members: {}\n{certificate}",
                Error::unreachable(&basis.signature, &basis.options)
            );
        }
        let range = independence(&basis.signature, &basis.options);
        let range = if range.starts_with("independent") { range } else { format!("independent for {range}") };
        let independence = match self.arrays() {
            Some((coefficients, independent)) if coefficients != independent => {
                let coefficients = counted(coefficients, "coefficient");
                format!("arrays of {coefficients}, of which {independent} are independent at these sizes")
            }
            Some((coefficients, _)) => {
                format!("arrays of {}, {range}", counted(coefficients, "coefficient"))
            }
            None if basis.proof().counts().iter().all(|count| count.independent) => range,
            None => "arrays whose coefficients are dependent at these sizes".to_owned(),
        };
        format!("{}, {independence}\n{certificate}", counted(map.members.len(), "member"))
    }

    /// With free labels of literal length, the number of coefficients in the arrays of all members, and how many of
    /// them are independent.
    pub(crate) fn arrays(&self) -> Option<(u64, u64)> {
        let Maps::Basis { basis, .. } = self else { return None };
        let counts = basis.proof().counts();
        let sum = |number: fn(&DegreeCount) -> Option<u64>| {
            counts.iter().map(number).try_fold(0_u64, |sum, number| Some(sum.saturating_add(number?)))
        };
        let arrays = (sum(|count| count.coefficients)?, sum(|count| count.scalars)?);
        (!counts.is_empty()).then_some(arrays)
    }

    /// The maps, if there is any but zero.
    pub(crate) fn require_members(self, request: &Request) -> Result<Maps, Failure> {
        let asked = self.asked();
        match asked.members.is_empty() {
            true => Err(Error::unreachable(&asked.signature, &request.options).into()),
            false => Ok(self),
        }
    }

    /// What the emitted `basis()` has as its fingerprint.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        match self {
            Maps::Basis { map, .. } => fingerprint(Form::VectorSpace, Description::of_map(map)),
            Maps::Generators(form) => fingerprint(Form::Generators, Description::of_generators(form)),
        }
    }
}

/// The fingerprint of a description, which is a constant of emitted code, so that its texts live as long as the program.
fn fingerprint(form: Form, description: Description) -> Fingerprint {
    let constant = |text: String| -> &'static str { text.leak() };
    let elements = |members: Vec<MemberText>| -> &'static [description::Element] {
        let element = |MemberText { degree, diagram, latex, macs, labels }| description::Element {
            degree: u32::try_from(degree).unwrap_or(u32::MAX),
            diagram: constant(diagram),
            latex: constant(latex),
            macs: constant(macs),
            labels: constant(labels),
        };
        members.into_iter().map(element).collect::<Vec<_>>().leak()
    };
    let Description { signature, options, members, invariants, certificate, independence } = description;
    let description = description::Basis {
        signature: constant(signature),
        options: constant(options),
        form,
        elements: elements(members),
        invariants: elements(invariants),
        certificate: constant(certificate),
        independence: constant(independence),
    };
    description.fingerprint()
}

/// The degree up to which generators are sought, if one is given.
pub(crate) fn generator_bound(question: &Question) -> Result<Option<usize>, Failure> {
    if question.labels.is_some() {
        return Err(Failure::input("--labels bounds the members of a basis, not generators"));
    }
    match question.degree {
        None => Ok(None),
        Some(Degrees::AtMost(degree)) => Ok(Some(degree)),
        Some(Degrees::Range(_)) => Err(Failure::input(
            "generators are sought from degree 0 on; write `--degree 4` for all up to degree 4, or no \
             `--degree` where a bound is known",
        )),
    }
}
