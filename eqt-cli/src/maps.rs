//! The maps that a question is about: a basis of a vector space, or the generators of a module.

use eqt_ir::basis::{Basis, DegreeCount, Generators, generator_form, independence};
use eqt_ir::diagram::{Shapes, Style};
use eqt_ir::signature::{Signature, Space};
use eqt_runtime::description::{self, Fingerprint, Form};

use crate::arguments::{Degrees, Question};
use crate::counted;
use crate::failure::Failure;
use crate::request::Request;

/// Maps in one of the two forms.
pub(crate) struct Maps {
    /// The members of a basis, or the generators; for a scalar output, the integrity basis.
    pub(crate) elements: Basis,
    /// In the generator form, the integrity basis.
    pub(crate) invariants: Option<Basis>,
    /// In the generator form, how far it is complete.
    pub(crate) generation: Option<String>,
    /// In the generator form, the factors whose labels are free in the generators.
    pub(crate) freed: Vec<String>,
    /// What the emitted `basis()` has as its fingerprint.
    pub(crate) fingerprint: Fingerprint,
}

impl Maps {
    /// The maps that a question asks for.
    pub(crate) fn new(question: &Question, in_generators: bool) -> Result<(Request, Maps), Failure> {
        if in_generators {
            return Maps::generators(question);
        }
        let request = Request::new(question)?;
        let elements = Basis::new(&request.signature, &request.options)?;
        let fingerprint =
            fingerprint(&request.signature, request.options.to_string(), Form::VectorSpace, &elements, None);
        Ok((request, Maps { elements, invariants: None, generation: None, freed: Vec::new(), fingerprint }))
    }

    fn generators(question: &Question) -> Result<(Request, Maps), Failure> {
        let degree = generator_bound(question)?;
        let signature = Request::signature(question)?;
        let found = generator_form(&signature, degree, question.limit)?;
        let most = degree.unwrap_or(found.bound.invariants.max(found.bound.covariants));
        let request = Request::of_degrees(signature, question, Degrees::AtMost(most))?;
        let generation = Some(found.certificate());
        let scalar = found.invariant_signature();
        let options = if found.bound.source.is_some() {
            String::new()
        } else {
            format!("degree <= {}", found.bound.invariants.max(found.bound.covariants))
        };
        let Generators { signature, invariants, covariants, freed, .. } = found;
        let list = |signature, elements| Basis {
            signature,
            options: request.options.clone(),
            elements,
            counts: Vec::new(),
        };
        let is_scalar = signature.output == Space::Scalar;
        let invariants = list(scalar, invariants);
        let covariants = list(signature, covariants);
        let fingerprint =
            fingerprint(&request.signature, options, Form::Generators, &covariants, Some(&invariants));
        let elements = if is_scalar { invariants.clone() } else { covariants };
        let invariants = Some(invariants);
        Ok((request, Maps { elements, invariants, generation, freed, fingerprint }))
    }

    /// The lists with the letter of their members; the integrity basis once only.
    pub(crate) fn lists(&self) -> Vec<(&'static str, &Basis)> {
        match &self.invariants {
            None => vec![("T", &self.elements)],
            Some(invariants) if self.elements.signature.output == Space::Scalar => vec![("I", invariants)],
            Some(invariants) => vec![("I", invariants), ("T", &self.elements)],
        }
    }

    /// What these maps are, one line.
    pub(crate) fn title(&self, request: &Request) -> String {
        match self.generation {
            Some(_) => format!("{}, generators of {}", request.signature, request.options),
            None => format!("{}, {}", request.signature, request.options),
        }
    }

    /// How many there are, and by which proof.
    pub(crate) fn summary(&self) -> String {
        if let Some(certificate) = &self.generation {
            let invariants = self.invariants.as_ref().map_or(0, |basis| basis.elements.len());
            let mut summary = counted(invariants, "invariant");
            if self.elements.signature.output != Space::Scalar {
                summary += &format!(" and {} over them", counted(self.elements.elements.len(), "generator"));
            }
            return format!("{summary}\n{certificate}");
        }
        let certificate = self.elements.certificate();
        if let Err(reason) = self.elements.clone().require_members() {
            return format!("no members: {reason}\n{certificate}");
        }
        let range = independence(&self.elements.signature, &self.elements.options);
        let range = if range.starts_with("independent") { range } else { format!("independent for {range}") };
        let independence = match self.arrays() {
            Some((coefficients, independent)) if coefficients != independent => {
                let coefficients = counted(coefficients, "coefficient");
                format!("arrays of {coefficients}, of which {independent} are independent at these sizes")
            }
            Some((coefficients, _)) => {
                format!("arrays of {}, {range}", counted(coefficients, "coefficient"))
            }
            None if self.elements.counts.iter().all(|count| count.independent) => range,
            None => "arrays whose coefficients are dependent at these sizes".to_owned(),
        };
        format!("{}, {independence}\n{certificate}", counted(self.elements.elements.len(), "member"))
    }

    /// With free labels of literal length, the number of coefficients in the arrays of all members, and how many of
    /// them are independent.
    pub(crate) fn arrays(&self) -> Option<(u64, u64)> {
        let counts = &self.elements.counts;
        let sum = |number: fn(&DegreeCount) -> Option<u64>| {
            counts.iter().map(number).try_fold(0_u64, |sum, number| Some(sum.saturating_add(number?)))
        };
        let arrays = (sum(|count| count.coefficients)?, sum(|count| count.scalars)?);
        (!counts.is_empty()).then_some(arrays)
    }

    /// The maps, if there is any but zero.
    pub(crate) fn require_members(self) -> Result<Maps, Failure> {
        let elements = self.elements.require_members()?;
        Ok(Maps { elements, ..self })
    }
}

/// The fingerprint of the description that the emitted code has of these maps.
fn fingerprint(
    signature: &Signature,
    options: String,
    form: Form,
    elements: &Basis,
    invariants: Option<&Basis>,
) -> Fingerprint {
    // A description is a constant of emitted code, so that its texts live as long as the program.
    let constant = |text: String| -> &'static str { text.leak() };
    let describe = |basis: &Basis| -> &'static [description::Element] {
        let shapes = Shapes::new(&basis.signature);
        let formulas = basis.formulas(Style::Text).into_iter().zip(&basis.elements);
        let elements: Vec<description::Element> = formulas
            .map(|(formula, element)| description::Element {
                degree: u32::try_from(element.degree).unwrap_or(u32::MAX),
                diagram: constant(formula),
                latex: "",
                macs: "",
                labels: constant(('i'..='z').take(element.diagram.free_labels(&shapes).len()).collect()),
            })
            .collect();
        elements.leak()
    };
    let description = description::Basis {
        signature: constant(signature.to_string()),
        options: constant(options),
        form,
        elements: describe(elements),
        invariants: invariants.map_or(&[], describe),
        certificate: "",
        independence: "",
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
