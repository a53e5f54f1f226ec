//! The interface of a map: the functions that belong to it, what each reads and writes, and how it is computed; in no language.
//!
//! ```text
//! Map -> Programs -> CompiledMap -> Interface { functions: role, arguments, results, nest } -> emit
//! ```
//!
//! Signatures, documentation, shape checks, the description at run time, and what stands in for a map with errors are all made
//! from an [`Interface`]. The kinds of map differ in the table (`interface/functions.rs`) of their functions, and nowhere else.

use std::collections::BTreeMap;

use eqt_ir::diagram::Style;
use eqt_ir::map::{Coefficient, Map, Origin};
use eqt_ir::optimise::{Programs, Wanted};
use eqt_ir::program::RootKind;
use eqt_ir::signature::{Axis, AxisId, Signature};

use crate::lower::{Arrangement, Multiply, Nest, Place, Written, lower, lower_batch};

mod compiled;
mod functions;
mod listing;

pub use compiled::CompiledMap;
pub use functions::{Batch, Function, Quantity, Role, Sharing, Value};
pub use listing::{Description, MemberText};
pub(crate) use listing::{Docs, docs};

/// How a map was declared, as far as its functions differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By a basis: `sum_b theta_b T_b`, theta shared by all samples.
    Basis,
    /// By generators: `sum_g q_g T_g`, q given per sample.
    Generators,
    /// By a body.
    Body,
}

/// A list of maps with a coefficient each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// What one of the maps is called: member, generator, invariant, term.
    pub noun: &'static str,
    /// The argument of the coefficients, names in order of preference.
    pub argument: [&'static str; 2],
    /// The struct of coefficients over free labels.
    pub structure: &'static str,
    /// What messages call the coefficients.
    pub what: &'static str,
    /// What a field of the struct is, before the formula of its map.
    pub field: &'static str,
    /// The coefficients that are given, if it is known which there are.
    pub coefficients: Option<Vec<Coefficient>>,
    /// Whether the signature has free labels: coefficients that are not known may be arrays then.
    pub free_labels: bool,
    /// The formulas of the maps.
    pub formulas: Vec<String>,
}

/// Index into [`Interface::families`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FamilyId(pub usize);

impl FamilyId {
    /// The members of a basis, or the module generators.
    pub const MEMBERS: FamilyId = FamilyId(0);
    /// The invariants of the generator form.
    pub const INVARIANTS: FamilyId = FamilyId(1);
}

/// What a map offers.
#[derive(Clone, Debug)]
pub struct Interface {
    /// How it was declared.
    pub kind: Kind,
    /// The signature as declared.
    pub declared: Signature,
    /// The signature of its functions: the inputs of the map itself; in the generator form, with shared labels free.
    pub signature: Signature,
    /// The lists of maps with coefficients: none, the members, or the generators and the invariants.
    pub families: Vec<Family>,
    /// The inputs that are parameters.
    pub parameters: Vec<usize>,
    /// How many members there are, if it is known.
    pub members_count: Option<usize>,
    /// All functions.
    pub functions: Vec<Function>,
}

impl Family {
    /// Whether some coefficient is, or may be, an array over labels.
    pub fn has_arrays(&self) -> bool {
        match &self.coefficients {
            Some(known) => known.iter().any(|coefficient| !coefficient.axes.is_empty()),
            None => self.free_labels,
        }
    }

    /// The coefficients; none where they are not known.
    pub fn coefficients(&self) -> &[Coefficient] {
        self.coefficients.as_deref().unwrap_or_default()
    }
}

impl Interface {
    /// The interface of a compiled map.
    pub fn new(compiled: &CompiledMap) -> Interface {
        let map = compiled.map();
        let mut interface = Interface::skeleton(compiled.kind(), &compiled.declared);
        interface.members_count = Some(map.members.len());
        interface.signature = map.declared();
        interface.parameters = (0..map.inputs()).filter(|&input| map.is_parameter(input)).collect();
        let maps = [Some(map), compiled.invariants.as_ref().map(|invariants| &invariants.map)];
        for (family, map) in interface.families.iter_mut().zip(maps.into_iter().flatten()) {
            family.coefficients = Some(map.coefficients.clone());
            family.formulas = map.formulas(Style::Text);
        }
        interface.functions = functions::functions(&interface);
        let codes: Vec<Option<Code>> =
            interface.functions.iter().map(|function| compiled.code(function.role, &interface)).collect();
        for (function, code) in interface.functions.iter_mut().zip(codes) {
            function.code = code;
        }
        interface.functions.retain(|function| function.code.is_some());
        interface
    }

    /// The interface as far as it is known from a signature alone: its functions, without their code.
    pub fn skeleton(kind: Kind, declared: &Signature) -> Interface {
        // In generator form all labels are free.
        let is_free = |axis: &Axis| match kind {
            Kind::Generators => axis.group.is_label(),
            Kind::Basis | Kind::Body => axis.group.is_free(),
        };
        let members = Family {
            noun: "member",
            argument: ["theta", "coefficients"],
            structure: "Coefficients",
            what: "coefficients",
            field: "Of the member",
            coefficients: None,
            free_labels: declared.axes.iter().any(is_free),
            formulas: Vec::new(),
        };
        let families = match kind {
            Kind::Basis => vec![members],
            Kind::Generators => vec![
                Family {
                    noun: "generator",
                    argument: ["q", "coefficients"],
                    field: "Of the generator",
                    ..members.clone()
                },
                Family {
                    noun: "invariant",
                    argument: ["cotangent", "di"],
                    structure: "Invariants",
                    what: "cotangent",
                    field: "What multiplies the coefficient c in",
                    ..members
                },
            ],
            Kind::Body => Vec::new(),
        };
        let is_parameter = |input: &usize| {
            kind == Kind::Body && eqt_ir::map::body::Definition::is_parameter(declared, *input)
        };
        let parameters = (0..declared.inputs.len()).filter(is_parameter).collect();
        let mut interface = Interface {
            kind,
            declared: declared.clone(),
            signature: declared.clone(),
            families,
            parameters,
            members_count: None,
            functions: Vec::new(),
        };
        interface.functions = functions::functions(&interface);
        interface
    }

    /// Whether the functions have their code.
    pub fn is_compiled(&self) -> bool {
        self.members_count.is_some()
    }

    /// The function with this role, if there is one.
    pub fn function(&self, role: Role) -> Option<&Function> {
        self.functions.iter().find(|function| function.role == role)
    }

    /// The members or generators, or nothing of a map with a body.
    pub fn members(&self) -> Option<&Family> {
        self.families.first()
    }

    /// The list with this id.
    pub fn family(&self, id: FamilyId) -> &Family {
        &self.families[id.0]
    }

    /// Whether some coefficient is an array over labels.
    pub fn has_arrays(&self) -> bool {
        self.families.iter().any(Family::has_arrays)
    }
}

/// How a function is computed.
#[derive(Clone, Debug)]
pub struct Code {
    /// The loop nest.
    pub nest: Nest,
    /// That of many samples at once.
    pub batch: Nest,
    /// Every coefficient that the nest reads: what is given, and the function of the sizes that it is multiplied by.
    pub coefficients: Vec<Coefficient>,
}

impl Code {
    /// The results of a program that a function has: those that `wanted` writes.
    fn new(
        programs: &Programs,
        wanted: &Wanted,
        written: &dyn Fn(RootKind) -> Option<Written>,
    ) -> Option<Code> {
        let program = programs.get(wanted)?;
        let nest = lower(program, &programs.map, written);
        let batch = lower_batch(program, &programs.map, written);
        Some(Code { nest, batch, coefficients: programs.map.coefficients.clone() })
    }

    /// From how many labels of some axes on the products of the nest of batches take less time than loops; nothing if it has none, or
    /// if these axes have fewer. `shared`: whether the samples share the coefficients.
    ///
    /// Vectors are transposed before and after a product, at a cost of n for its n^2. The numbers are those of d = 3 to 8 in single
    /// precision on AVX2, of n = 4 to 100.
    pub(crate) fn multiplied_from(&self, shared: bool) -> Option<Vec<(AxisId, usize)>> {
        let mut least: BTreeMap<AxisId, usize> = BTreeMap::new();
        for product in self.batch.products() {
            let (vectors, labels) = match product {
                Multiply::Apply { operand, target, .. } => ([operand, target], if shared { 16 } else { 64 }),
                Multiply::Outer { left, right, target } => {
                    ([left, right], if self.batch.is_sum(target) { 56 } else { 24 })
                }
            };
            for axis in vectors.into_iter().filter_map(|id| self.batch.buffers[id.0].axes.first()) {
                let most = least.entry(*axis).or_default();
                *most = labels.max(*most);
            }
        }
        let is_reached = |(axis, labels): (&AxisId, &usize)| {
            self.batch.axis(*axis).size.literal().is_none_or(|size| size >= *labels)
        };
        let is_worthwhile = !least.is_empty() && least.iter().all(is_reached);
        is_worthwhile.then(|| least.into_iter().collect())
    }

    /// Where the array of a coefficient is when many samples are computed at once, or that of its gradient, if it is `written`.
    /// An array that is not read need not be moved.
    pub(crate) fn arrangement(&self, coefficient: usize, written: bool) -> Arrangement {
        let is_meant = |place: Place| match place {
            Place::Coefficient(index) => !written && index == coefficient,
            Place::Result(result) => {
                let kind = self.batch.results[result].kind;
                let kinds = [RootKind::CoefficientGradient(coefficient), RootKind::Array(coefficient)];
                written && kinds.contains(&kind)
            }
            _ => false,
        };
        let is_number = self.coefficients.get(coefficient).is_none_or(|array| array.axes.is_empty());
        let unread = if written || is_number { Arrangement::Lanes } else { Arrangement::Rows };
        let buffer = self.batch.buffers.iter().find(|buffer| is_meant(buffer.place));
        buffer.map_or(unread, |buffer| buffer.arrangement)
    }
}

/// The kind of a map by where it comes from.
fn kind_of(map: &Map) -> Kind {
    match map.origin() {
        Origin::Basis(_) | Origin::Members { .. } => Kind::Basis,
        Origin::Generators { .. } => Kind::Generators,
        Origin::Body => Kind::Body,
    }
}
